"""Fusion, evaluation and inspection through the command line's JSON."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._program import run

if TYPE_CHECKING:
    import torch

Path = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True)
class Row:
    """One network, or several that answer together, on the evaluation data.

    Attributes:
        role: parent, ensemble, vote, shares, average, fused, best.
        name: a file name for a parent, else as the report calls it.
        letter: A, B, … for parents.
        parameters: of an ensemble, those of all members.
        accuracy: the share of right answers, 0 … 1; None without evaluation data.
        loss: None without evaluation data.
        evaluation: everything that was measured, as `--json` has it: per class, calibration, the task's own figures.
    """

    role: str
    name: str
    letter: str | None
    parameters: int
    accuracy: float | None
    loss: float | None
    evaluation: Mapping[str, Any] | None = dataclasses.field(repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Row:
        evaluation = row.get("evaluation")
        measured = evaluation or {}
        return cls(row["role"], row["name"], row.get("letter"), row["parameters"], measured.get("accuracy"), measured.get("loss"), evaluation)


@dataclasses.dataclass(frozen=True)
class Result:
    """What a fusion gave.

    Attributes:
        path: the saved network; None where no output was asked for.
        rows: parents, ensembles, plain average and the fused network.
        method: the id of the method.
        recipe: as TOML; `amalgam fuse --recipe FILE` makes the same network again.
        command: the command line that makes the same network again.
        notes: what was noticed, in sentences.
        assumed: what was assumed about the parents' graphs; empty where they are exact.
        checksum: of the fused parameters.
        report: everything, as `amalgam fuse --json` prints it.
    """

    path: pathlib.Path | None
    rows: list[Row]
    method: str
    recipe: str
    command: str
    notes: list[str]
    assumed: list[str]
    checksum: str
    report: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def fused(self) -> Row:
        """The row of the fused network."""
        return next(row for row in self.rows if row.role == "fused")

    @property
    def parents(self) -> list[Row]:
        """The rows of the parents, in their order."""
        return [row for row in self.rows if row.role == "parent"]

    def load(self) -> dict[str, torch.Tensor] | torch.export.ExportedProgram:
        """The fused network, as `amalgam.load` gives it. Raises ValueError where no output was asked for."""
        if self.path is None:
            raise ValueError("nothing was saved: call fuse(…, output=\"fused.pt\")")
        return load(self.path)

    def __str__(self) -> str:
        head = ["network", "accuracy", "loss", "parameters"]
        cells = [[" ".join(filter(None, [row.letter, row.name])), "–" if row.accuracy is None else f"{100 * row.accuracy:.2f} %",
                  "–" if row.loss is None else f"{row.loss:.4f}", f"{row.parameters:,}".replace(",", " ")] for row in self.rows]
        widths = [max(len(line[i]) for line in [head, *cells]) for i in range(4)]
        return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths)))
                         for line in [head, *cells])


def options(**named: object) -> list[str]:
    """Flags of the command line: None and False are left out, True is a flag alone."""
    words: list[str] = []
    for name, value in named.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        words += [flag] if value is True else [flag, str(value)]
    return words


def fuse(parents: Sequence[Path], *, data: str | None = None, evaluate: str | None = None, output: Path | None = None,
         method: str | None = None, preset: str | None = None, settings: Mapping[str, object] | None = None,
         architecture: Path | None = None, task: str | None = None, validate: float | None = None, seed: int | None = None,
         record: bool = False, force: bool = False) -> Result:
    """Fuses networks into one, and evaluates it beside its parents.

    Args:
        parents: checkpoints (`.pt`, `.pth`, `.safetensors`), graphs (`.pt2`), folders of Hugging Face or timm; or the name of one sample set.
        data: unlabelled samples for methods that look at activations: "mnist:DIR", "images:DIR", "arrays:train.npz", "digits", …
        evaluate: labelled samples; the test split of `data` by default, where it has one.
        output: where the fused network goes: `.pt`, `.pth`, `.safetensors`, `.pt2` for parents that are graphs, or a folder (a name that ends in a slash).
        method: reconstruct (the default with data), otfusion, git-rebasin, transplant, hf, kf, average, auto.
        preset: a published setting of a method.
        settings: hyperparameters by key; `amalgam recipe defaults METHOD` lists them.
        architecture: a `.pt2` or an architecture file for parents that are state dicts.
        task: classification, binary, multilabel, regression, segmentation or next-token; found from outputs and data by default.
        validate: the share of the training data that is held out to choose the best parent on.
        seed: 0 by default; the same recipe and seed give the same bits.
        record: whether the run is recorded in the store (`amalgam runs`).
        force: whether an existing file that Amalgam did not write may be replaced.

    Returns the result; raises AmalgamError with the program's sentence where it refuses.
    """
    if isinstance(parents, (str, os.PathLike)):
        raise TypeError("parents is a list of paths: fuse([\"a.pt\", \"b.pt\"], …)")
    words = [*map(os.fspath, parents), *options(data=data, evaluate=evaluate, method=method, preset=preset, architecture=architecture,
                                                task=task, validate=validate, seed=seed, output=output, force=force)]
    for key, value in (settings or {}).items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        words += ["--set", f"{key}={text}"]
    if not record:
        words.append("--no-record")
    report = run("fuse", *words)
    return Result(
        path=pathlib.Path(report["output"]) if report.get("output") else None, rows=[Row.of(row) for row in report["rows"]],
        method=report["method"], recipe=report["recipe"], command=report["command"], notes=report["notes"], assumed=report["assumed"],
        checksum=report["network"], report=report)


def evaluate(networks: Sequence[Path], data: str, *, ensemble: bool = False, task: str | None = None) -> list[Row]:
    """Evaluates networks on labelled data; with `ensemble` also all of them together.

    Raises AmalgamError where data and networks do not fit.
    """
    report = run("eval", *map(os.fspath, networks), *options(data=data, ensemble=ensemble, task=task))
    return [Row.of(row) for row in report["rows"]]


def inspect(*networks: Path, check: bool = False) -> Mapping[str, Any]:
    """What `amalgam inspect --json` says: layers, neuron groups, what is assumed, and for two networks which methods can fuse them.

    Args:
        check: permutes each neuron group at random and compares the outputs.
    """
    return run("inspect", *map(os.fspath, networks), *options(check=check))


def load(path: Path) -> dict[str, torch.Tensor] | torch.export.ExportedProgram:
    """Opens what Amalgam saved, without executing anything in it.

    A state dict from `.pt`, `.pth`, `.safetensors` or a folder; an `ExportedProgram` from `.pt2` (`.module()` makes it callable).
    """
    import torch

    source = pathlib.Path(path)
    if source.suffix == ".pt2":
        return torch.export.load(source)
    if source.is_dir():
        files = sorted(source.glob("*.safetensors"))
        if not files:
            raise FileNotFoundError(f"{source} has no .safetensors file")
        state: dict[str, torch.Tensor] = {}
        for file in files:
            state.update(_safetensors(file))
        return state
    if source.suffix == ".safetensors":
        return _safetensors(source)
    return torch.load(source, map_location="cpu", weights_only=True)


def _safetensors(file: pathlib.Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(file)
