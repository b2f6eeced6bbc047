"""Graphs: from PyTorch to a `.pt2`, and from a `.pt2` to ONNX."""

from __future__ import annotations

import inspect
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Path = str | os.PathLike[str]


def export(model: torch.nn.Module, example_inputs: torch.Tensor | Sequence[Any], path: Path, *,
           kwargs: Mapping[str, Any] | None = None) -> pathlib.Path:
    """Writes the graph and the weights of a module as a `.pt2`, which `fuse` and the command line open.

    Args:
        model: a module; it is exported in evaluation mode and left in the mode that it had.
        example_inputs: one tensor, or the positional arguments of `forward`. The batch size may be any but 1; the graph takes any batch size where
            the module does.
        path: where the graph goes; it must end in `.pt2`.
        kwargs: arguments of `forward` by name.

    Returns the path. Raises ValueError for another suffix, and what `torch.export` raises where it cannot export the module.
    """
    import torch

    target = pathlib.Path(path)
    if target.suffix != ".pt2":
        raise ValueError(f"{target}: a graph is written to a file that ends in .pt2")
    inputs = (example_inputs,) if isinstance(example_inputs, torch.Tensor) else tuple(example_inputs)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            named = dict(kwargs) if kwargs else {}
            program = torch.export.export(model, inputs, named or None, dynamic_shapes=batches(arguments(model, inputs, named)))
    finally:
        for module, training in modes:
            module.training = training
    torch.export.save(program, target)
    return target


def arguments(model: torch.nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by the names that `forward` gives them."""
    signature = inspect.signature(model.forward)
    found = dict(signature.bind(*inputs, **named).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found.update(found.pop(name, {}))
    return found


def batches(values: Any) -> Any:
    """That the first axis of every tensor is a batch, whose size is free where the module leaves it so."""
    import torch

    if isinstance(values, torch.Tensor):
        return {0: torch.export.Dim.AUTO} if values.dim() and values.shape[0] > 1 else None
    if isinstance(values, Mapping):
        return {key: batches(value) for key, value in values.items()}
    if isinstance(values, (tuple, list)):
        return type(values)(batches(value) for value in values)
    return None


def to_onnx(path: Path, output: Path | None = None, *, tolerance: float = 1e-5) -> pathlib.Path:
    """Converts a `.pt2` to ONNX with PyTorch's exporter, and compares the two with onnxruntime on random inputs.

    Args:
        path: a `.pt2`, as `export` or `amalgam fuse --output fused.pt2` wrote it.
        output: where the ONNX file goes; the same name with `.onnx` by default.
        tolerance: the largest difference of an output, in units of the output's largest magnitude.

    Returns the path. Needs the packages onnx, onnxscript and onnxruntime . Raises ValueError where the outputs differ by
    more, and leaves no file then.
    """
    import torch

    source = pathlib.Path(path)
    target = pathlib.Path(output) if output is not None else source.with_suffix(".onnx")
    program = torch.export.load(source)
    names, inputs = example(program)
    partial = target.with_name(target.name + ".part")
    try:
        torch.onnx.export(program, inputs, partial, dynamo=True, external_data=False, verbose=False)
        compare(program, names, inputs, partial, tolerance)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def example(program: torch.export.ExportedProgram) -> tuple[list[str], tuple[torch.Tensor, ...]]:
    """Random inputs of the shapes and types that the graph was exported with, in a batch of two where its size is free, and their names."""
    import torch

    generator = torch.Generator().manual_seed(0)
    values = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    names = list(program.graph_signature.user_inputs)
    inputs = []
    for name in names:
        value = values[name]
        shape = [size if isinstance(size, int) else 2 for size in value.shape]
        if value.dtype.is_floating_point:
            inputs.append(torch.randn(shape, generator=generator, dtype=value.dtype))
        elif value.dtype == torch.bool:
            inputs.append(torch.ones(shape, dtype=torch.bool))
        else:
            # Token ids or a mask: 0 and 1 are in range for both.
            inputs.append(torch.randint(0, 2, shape, generator=generator, dtype=value.dtype))
    return names, tuple(inputs)


def compare(program: torch.export.ExportedProgram, names: list[str], inputs: tuple[torch.Tensor, ...], file: pathlib.Path,
            tolerance: float) -> None:
    import onnxruntime
    import torch
    from torch.utils._pytree import tree_flatten

    signature = program.call_spec.in_spec
    arguments, keywords = torch.utils._pytree.tree_unflatten(list(inputs), signature)
    with torch.no_grad():
        expected = [value for value in tree_flatten(program.module()(*arguments, **keywords))[0] if isinstance(value, torch.Tensor)]
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found = session.run(None, {entry.name: value.numpy() for entry, value in zip(session.get_inputs(), inputs, strict=True)})
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        size = one.abs().max().clamp(min=torch.finfo(torch.float32).tiny)
        difference = float(((one - torch.from_numpy(other)).abs().max() / size))
        if not difference <= tolerance:
            raise ValueError(f"{file.stem}: output {index} of onnxruntime differs from PyTorch's by {difference:.1e} of its size, more than {tolerance:.0e}")
