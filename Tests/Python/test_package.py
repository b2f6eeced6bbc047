"""The functions of `import amalgam`, and the console script, on networks trained here."""

import json
import pathlib
import subprocess
import sys
import unittest

import amalgam
from support import Folder, arrays


def console(*arguments: str) -> subprocess.CompletedProcess:
    """The console script, as the entry point calls it."""
    start = "from amalgam._launcher import main; main()"
    return subprocess.run([sys.executable, "-c", start, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Console(Folder):
    def test_doctor_finds_nothing_wrong_and_says_where_libtorch_is(self):
        import torch

        result = console("doctor", "--json")
        findings = {finding["subject"]: finding for finding in json.loads(result.stdout)}
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(str(pathlib.Path(torch.__file__).parent), findings["files"]["detail"])
        self.assertEqual(findings["libtorch"]["detail"], f"version {torch.__version__.split('+')[0]}")
        self.assertEqual(findings["samples"]["state"], "ok")

    def test_demo_explains_each_step_and_ends_with_commands_to_go_on_with(self):
        result = console("demo")
        self.assertEqual(result.returncode, 0, result.stderr)
        for text in ("1. Open", "2. Fuse", "3. Evaluate", "4. Compare", "plain average", "Next:", "amalgam fuse"):
            self.assertIn(text, result.stdout)
        self.assertEqual(list(self.folder.iterdir()), [], "it writes nothing")
        self.assertIn("1. Open", console().stdout, "without a terminal and without arguments there is the same to read")


class Package(Folder):
    def networks(self):
        from training import MLP, train

        self.models = [train(MLP(), seed) for seed in (1, 2)]
        import torch

        for name, model in zip("ab", self.models, strict=True):
            amalgam.export(model, torch.zeros(2, 1, 8, 8), f"{name}.pt2")
        return ["a.pt2", "b.pt2"]

    def test_export_fuse_load_gives_the_network_that_was_reported(self):
        import torch
        from training import MLP, accuracy

        parents = self.networks()
        train, test = arrays()
        result = amalgam.fuse(parents, data=train, evaluate=test, output="fused.pt", settings={"samples": 400})
        self.assertEqual([row.role for row in result.parents], ["parent", "parent"])
        for row, model in zip(result.parents, self.models, strict=True):
            self.assertAlmostEqual(100 * row.accuracy, accuracy(model), places=6)
        self.assertEqual(result.path, pathlib.Path("fused.pt"))
        self.assertEqual(result.assumed, [], "an exported graph is exact")
        model = MLP()
        model.load_state_dict(result.load(), strict=True)
        self.assertAlmostEqual(100 * result.fused.accuracy, accuracy(model), places=6)
        self.assertGreater(result.fused.accuracy, 0.8)
        for text in ("network", "A a.pt2", "fused", "%"):
            self.assertIn(text, str(result))
        again = amalgam.fuse(parents, data=train, evaluate=test, settings={"samples": 400})
        self.assertEqual(again.checksum, result.checksum)
        with self.assertRaises(ValueError):
            again.load()
        self.assertIsInstance(result.load()["fc1.weight"], torch.Tensor)

    def test_export_leaves_the_mode_of_every_module(self):
        import torch

        model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(), torch.nn.Linear(4, 2))
        model.train()
        model[1].eval()
        amalgam.export(model, torch.zeros(2, 4), "net.pt2")
        self.assertEqual([module.training for module in model], [True, False, True])
        with self.assertRaisesRegex(ValueError, "pt2"):
            amalgam.export(model, torch.zeros(2, 4), "net.pt")

    def test_evaluate_and_inspect_say_what_the_command_line_says(self):
        from training import accuracy

        parents = self.networks()
        rows = amalgam.evaluate(parents, arrays()[1], ensemble=True)
        self.assertAlmostEqual(100 * rows[0].accuracy, accuracy(self.models[0]), places=6)
        self.assertIn("ensemble", [row.role for row in rows])
        network = amalgam.inspect("a.pt2")["networks"][0]
        self.assertEqual([group["neurons"] for group in network["groups"] if group["role"] == "hidden"], [32, 24])

    def test_a_refusal_is_an_error_with_the_sentence_and_the_status(self):
        with self.assertRaises(amalgam.AmalgamError) as caught:
            amalgam.fuse(["no.pt", "such.pt"], data="digits")
        self.assertIn("no.pt", str(caught.exception))
        self.assertEqual(caught.exception.status, 1)
        with self.assertRaises(amalgam.AmalgamError) as caught:
            amalgam.fuse(["a.pt", "b.pt"], data="digits", method="no-such")
        self.assertIn("no-such", str(caught.exception))
        with self.assertRaises(TypeError):
            amalgam.fuse("a.pt", data="digits")


if __name__ == "__main__":
    unittest.main()
