"""libtorch is found without importing torch; what does not fit is said with what to install."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import amalgam
from amalgam import _torch

HOME = pathlib.Path(amalgam.__file__).parent.parent


def python(code: str, *paths: str, **environment: str) -> str:
    """What a Python without site packages prints that sees only `paths` and the package."""
    clean = {name: value for name, value in os.environ.items() if name not in ("AMALGAM_LIBTORCH", "LIBTORCH", "AMALGAM_TORCH_BRIDGE")}
    clean.update(PYTHONPATH=os.pathsep.join([*paths, str(HOME)]), **environment)
    return subprocess.run([sys.executable, "-S", "-c", code], env=clean, capture_output=True, text=True, check=True).stdout.strip()


class Needs(unittest.TestCase):
    def test_pip_installs_only_a_torch_that_has_a_bridge(self):
        from packaging.requirements import Requirement

        needs = [Requirement(line) for line in importlib.metadata.requires("amalgam-fusion")]
        versions, = [need.specifier for need in needs if need.name == "torch"]
        major, last = (int(part) for part in _torch.supported()[-1].split("."))
        served = [f"{major}.{minor}" for minor in range(last + 3) if versions.contains(f"{major}.{minor}.1")]
        self.assertEqual(served, _torch.supported())


class Finding(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.site = pathlib.Path(holder.name)

    def torch(self, version: str, *, library: bool = True) -> pathlib.Path:
        """A package that raises as soon as it is imported."""
        folder = self.site / "torch"
        (folder / "lib").mkdir(parents=True)
        (folder / "__init__.py").write_text("raise RuntimeError('imported')")
        (folder / "version.py").write_text(f"__all__ = ['__version__']\n__version__ = '{version}'\n")
        if library:
            (folder / "lib" / "libtorch_cpu.so").touch()
        return folder

    def test_the_torch_of_this_python_is_found_without_importing_it(self):
        newest = _torch.supported()[-1]
        folder = self.torch(f"{newest}.1+cu132")
        said = python("import sys; from amalgam import _torch; e = _torch.environment(); print(e['AMALGAM_LIBTORCH'], e['AMALGAM_TORCH_BRIDGE'], 'torch' in sys.modules)",
                      str(self.site)).split()
        self.assertEqual(said[0], str(folder))
        self.assertTrue(said[1].endswith(f"torch-{newest}/libCTorchBridge.so"), said[1])
        self.assertEqual(said[2], "False")

    def test_another_version_is_one_sentence_with_the_versions_that_fit(self):
        self.torch("1.13.1")
        said = python("from amalgam import _torch; print(_torch.environment()['AMALGAM_TORCH_PROBLEM'])", str(self.site))
        self.assertIn("torch 1.13.1", said)
        for version in _torch.supported():
            self.assertIn(version, said)
        self.assertIn("-m pip install 'torch==", said)

    def test_no_torch_is_said_and_the_program_still_prints_its_help(self):
        said = python("from amalgam import _torch; print(_torch.environment()['AMALGAM_TORCH_PROBLEM'])")
        self.assertIn("torch is not installed", said)
        start = "import sys; sys.argv = ['amalgam', '--help']; from amalgam._launcher import main; main()"
        self.assertIn("Exit codes", python(start))
        doctor = subprocess.run([sys.executable, "-S", "-c", start.replace("--help", "doctor")], env={"PYTHONPATH": str(HOME)},
                                capture_output=True, text=True)
        self.assertEqual(doctor.returncode, 1)
        self.assertIn("torch is not installed", doctor.stdout)

    def test_a_torch_without_a_library_is_refused(self):
        self.torch("2.13.0", library=False)
        self.assertIn("has no lib/libtorch_cpu.so", python("from amalgam import _torch; print(_torch.environment()['AMALGAM_TORCH_PROBLEM'])", str(self.site)))

    def test_an_unpacked_libtorch_goes_before_the_package_and_says_its_version_in_its_headers(self):
        self.torch("1.13.1")
        unpacked = self.site / "libtorch"
        (unpacked / "lib").mkdir(parents=True)
        (unpacked / "lib" / "libtorch_cpu.so").touch()
        headers = unpacked / "include" / "torch" / "headeronly"
        headers.mkdir(parents=True)
        major, minor = _torch.supported()[0].split(".")
        (headers / "version.h").write_text(f"#define TORCH_VERSION_MAJOR {major}\n#define TORCH_VERSION_MINOR {minor}\n#define TORCH_VERSION_PATCH 1\n")
        said = python("from amalgam import _torch; found = _torch.find(); print(found.version)", str(self.site), LIBTORCH=str(unpacked))
        self.assertEqual(said, f"{major}.{minor}.1")


if __name__ == "__main__":
    unittest.main()
