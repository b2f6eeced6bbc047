"""The code blocks of README and tutorials run, in their order, in one folder and one session of Python for each page."""

import contextlib
import io
import os
import pathlib
import re
import stat
import subprocess
import sys
import unittest

from support import ROOT, Folder

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.M | re.S)
# What a block does that a test shall not do again: installing, and what needs a terminal or the repository.
LEFT_OUT = ("pip install", "make ")


class Pages(Folder):
    def setUp(self):
        super().setUp()
        shim = self.folder / "bin" / "amalgam"
        shim.parent.mkdir()
        shim.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from amalgam._launcher import main; main()' \"$@\"\n")
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        self.path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"

    def run_page(self, name: str) -> tuple[str, dict]:
        """Everything that the blocks of a page print, and the variables of its Python."""
        session: dict = {"__name__": "__main__"}
        printed = []
        for language, block in BLOCK.findall((ROOT / name).read_text()):
            if block.startswith(LEFT_OUT):
                continue
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

    def test_two_mlps(self):
        _, session = self.run_page("docs/tutorials/two-mlps.md")
        self.fused_beats_the_average(session["result"])
        self.assertGreater(session["result"].fused.accuracy, max(row.accuracy for row in session["result"].parents))
        self.assertEqual(pathlib.Path("again.pt").exists(), True)


if __name__ == "__main__":
    unittest.main()
