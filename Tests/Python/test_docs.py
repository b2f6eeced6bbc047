"""The code blocks of README and tutorials run, in their order, in one folder and one session of Python for each page."""

import contextlib
import io
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import unittest

import amalgam
from support import ROOT, Folder, arrays, import_timm

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.M | re.S)
# What the README calls its data, and what stands for it here.
STANDS = (("mnist:data/mnist", "digits"),)
# Lines that a test leaves out: installing, what builds the repository, downloads.
LEFT_OUT = ("pip install", "make ", "amalgam data fetch")


def made_up_cifar10(folder: pathlib.Path) -> None:
    """The files of CIFAR-10 with 240 images each: every class is a colour and a place of a square, in noise."""
    import numpy as np

    folder.mkdir(parents=True)
    chance = np.random.default_rng(1)
    for name in [f"data_batch_{part}.bin" for part in range(1, 6)] + ["test_batch.bin"]:
        labels = np.arange(240) % 10
        images = chance.integers(0, 90, (240, 3, 32, 32))
        for image, label in zip(images, labels):
            image[label % 3, 8 * (label // 3):8 * (label // 3) + 8] += 120
        (folder / name).write_bytes(np.concatenate([labels[:, None], images.reshape(240, -1)], axis=1).astype(np.uint8).tobytes())


class Pages(Folder):
    def setUp(self):
        super().setUp()
        shim = self.folder / "bin" / "amalgam"
        shim.parent.mkdir()
        shim.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from amalgam._launcher import main; main()' \"$@\"\n")
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        self.path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"

    def run_page(self, name: str, stands=STANDS, **variables) -> tuple[str, dict]:
        """Everything that the blocks of a page print, and the variables of its Python.

        Args:
            stands: texts of the page, and what stands for each here.
            variables: what the page takes as given.
        """
        session: dict = {"__name__": "__main__", **variables}
        printed = []
        for language, block in BLOCK.findall((ROOT / name).read_text()):
            block = "\n".join(line for line in block.splitlines() if not line.startswith(LEFT_OUT))
            if not block.strip():
                continue
            for text, other in stands:
                block = block.replace(text, other)
            with self.subTest(block=block.splitlines()[0]):
                if language == "python":
                    output = io.StringIO()
                    with contextlib.redirect_stdout(output):
                        exec(compile(block, name, "exec"), session)
                    printed.append(output.getvalue())
                else:
                    result = subprocess.run(["bash", "-euo", "pipefail", "-c", block], env={**os.environ, "PATH": self.path},
                                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    printed.append(result.stdout)
        self.assertTrue(printed, f"{name} has no block that runs")
        return "".join(printed), session

    def fused_beats_the_average(self, result):
        rows = {row.role: row for row in result.rows}
        self.assertGreater(rows["fused"].accuracy, rows["average"].accuracy)

    def test_readme(self):
        import torch
        from training import MLP, train

        arrays()
        # What the reader has: two checkpoints, and a run that was recorded.
        for name in "ab":
            shutil.copy(ROOT / "sample-models" / "non-iid-pair" / f"{name}.safetensors", f"{name}.pt")
        amalgam.fuse(["a.pt", "b.pt"], data="digits", record=True)
        # The page has no options behind the files: the digits as they are after normalisation have negative values, and are used unchanged.
        models = {"model_a": train(MLP(), 1), "model_b": train(MLP(), 2)}
        printed, session = self.run_page("README.md", example=torch.zeros(2, 1, 8, 8), **models)
        self.fused_beats_the_average(session["result"])
        for text in ("libtorch", "4. Compare", "fused"):
            self.assertIn(text, printed)

    def test_own_module(self):
        printed, session = self.run_page("docs/tutorials/own-module.md")
        self.fused_beats_the_average(session["result"])
        self.assertIn("96 hidden gate.weight/0, gate.bias/0, up.weight/0", printed)
        self.assertTrue(pathlib.Path("fused.onnx").exists())

    def test_text_classifier(self):
        import_timm()  # transformers imports torchvision where it is installed
        _, session = self.run_page("docs/tutorials/text-classifier.md")
        self.fused_beats_the_average(session["result"])

    def test_resnets_on_cifar10(self):
        made_up_cifar10(pathlib.Path("data/cifar10"))
        printed, session = self.run_page(
            "docs/tutorials/resnets-on-cifar10.md", stands=(("samples=10000", "samples=200"), ("samples=2000", "samples=200")))
        self.fused_beats_the_average(session["result"])
        self.assertTrue(pathlib.Path("tuned.pt2").exists())
        self.assertIn("finetune", printed)

    def test_cluster(self):
        printed, _ = self.run_page("docs/tutorials/cluster.md")
        self.assertTrue(pathlib.Path("three.safetensors").exists() and pathlib.Path("tuned.safetensors").exists())
        self.assertEqual(printed.count("All parameters are equal."), 2, printed)

    def test_two_mlps(self):
        _, session = self.run_page("docs/tutorials/two-mlps.md")
        self.fused_beats_the_average(session["result"])
        self.assertGreater(session["result"].fused.accuracy, max(row.accuracy for row in session["result"].parents))
        self.assertEqual(pathlib.Path("again.pt").exists(), True)


if __name__ == "__main__":
    unittest.main()
