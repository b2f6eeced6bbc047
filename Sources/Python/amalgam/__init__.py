"""Amalgam fuses trained neural networks into one.

    import amalgam

    amalgam.export(model_a, example, "a.pt2")            # PyTorch module -> graph and weights
    amalgam.export(model_b, example, "b.pt2")
    result = amalgam.fuse(["a.pt2", "b.pt2"], data="arrays:train.npz", evaluate="arrays:test.npz", output="fused.pt")
    print(result)                                        # parents, ensemble, plain average, fused network
    model_a.load_state_dict(result.load())

The functions call the program `amalgam` of this package and read its JSON; nothing runs in this process but PyTorch's own exporters.
"""

from ._export import export, to_onnx
from ._fuse import Result, Row, evaluate, fuse, inspect, load
from ._program import AmalgamError, run
from ._torch import TorchNotUsable, supported

__all__ = ["AmalgamError", "Result", "Row", "TorchNotUsable", "evaluate", "export", "fuse", "inspect", "load", "run", "supported", "to_onnx"]
