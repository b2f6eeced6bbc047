"""What the tests of the Python package share: the built-in digits as a file of arrays, small networks, a working folder."""

import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Folder(unittest.TestCase):
    """A test in a folder of its own, which is the working folder; runs are recorded there."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        os.environ["AMALGAM_RUNS"] = holder.name + "/runs"
        self.addCleanup(os.environ.pop, "AMALGAM_RUNS", None)


def arrays():
    """Writes train.npz and test.npz with the digits as they are after normalisation; gives the specs."""
    import numpy as np
    from training import digits

    x, y, test, answers = digits()
    np.savez("train.npz", images=x.numpy(), labels=y.numpy())
    np.savez("test.npz", images=test.numpy(), labels=answers.numpy())
    return "arrays:train.npz?scale=1", "arrays:test.npz?scale=1"


def import_timm():
    """timm, which imports torchvision; its build for CUDA, where that is the one installed, lacks two operators without a GPU's libraries."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import_timm.kept = library
    import timm

    return timm
