"""Finds the libtorch of the installed `torch` without importing it, and the bridge that was built for its version."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import pathlib
import re
import sys

PROGRAM = pathlib.Path(__file__).resolve().parent / "program"


@dataclasses.dataclass(frozen=True)
class Libtorch:
    """A libtorch and the bridge for it."""

    folder: pathlib.Path
    version: str
    bridge: pathlib.Path


class TorchNotUsable(Exception):
    """Why there is no libtorch for the program, and what to install."""


def supported() -> list[str]:
    """The minor versions of torch that a bridge was built for, oldest first: ["2.13", "2.15"]."""
    found = [path.name.removeprefix("torch-") for path in (PROGRAM / "bridges").glob("torch-*")]
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")])


def advice() -> str:
    versions = supported()
    listed = ", ".join(versions) or "none"
    newest = versions[-1] if versions else ""
    return f"this Amalgam was built for torch {listed}: run  {sys.executable} -m pip install 'torch=={newest}.*'"


def folder_of_torch() -> pathlib.Path:
    """The folder of the package `torch`; of an unpacked libtorch where $AMALGAM_LIBTORCH or $LIBTORCH names one."""
    for name in ("AMALGAM_LIBTORCH", "LIBTORCH"):
        if os.environ.get(name):
            return pathlib.Path(os.environ[name])
    # A look-up of a module at the top level reads no file of the package.
    specification = importlib.util.find_spec("torch")
    if specification is None or specification.origin is None:
        raise TorchNotUsable(f"torch is not installed for {sys.executable}; {advice()}")
    return pathlib.Path(specification.origin).parent


def version_of(folder: pathlib.Path) -> str:
    """As the files of `folder` say it, which are read as text: a Python package has version.py, an unpacked libtorch build-version."""
    for name, pattern in (("version.py", r"__version__\s*=\s*['\"]([^'\"]+)"), ("build-version", r"^(\S+)")):
        try:
            found = re.search(pattern, (folder / name).read_text(), re.M)
        except OSError:
            continue
        if found:
            return found.group(1)
    for name in ("headeronly/version.h", "csrc/api/include/torch/version.h"):
        try:
            text = (folder / "include" / "torch" / name).read_text()
        except OSError:
            continue
        parts = [re.search(rf"define TORCH_VERSION_{part} (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH")]
        if all(parts):
            return ".".join(part.group(1) for part in parts if part)
    raise TorchNotUsable(f"{folder} does not say which version of torch it is: it has neither version.py nor build-version nor headers")


def find() -> Libtorch:
    """The libtorch to use. Raises TorchNotUsable with a sentence that says what to do."""
    folder = folder_of_torch()
    if not (folder / "lib" / "libtorch_cpu.so").is_file():
        raise TorchNotUsable(f"{folder} has no lib/libtorch_cpu.so; {advice()}")
    version = version_of(folder)
    minor = re.match(r"\d+\.\d+", version)
    bridge = PROGRAM / "bridges" / f"torch-{minor.group() if minor else version}" / "libCTorchBridge.so"
    if not bridge.is_file():
        raise TorchNotUsable(f"torch {version} in {folder} has no bridge: {advice()}")
    return Libtorch(folder, version, bridge)


def environment() -> dict[str, str]:
    """The environment for the program: with the paths of libtorch and bridge, or with the reason why there are none.

    What needs no tensor (`--help`, `runs`, `doctor`) works without torch; the first tensor then fails with the reason.
    """
    result = dict(os.environ)
    if result.get("AMALGAM_TORCH_BRIDGE"):
        return result
    try:
        found = find()
    except TorchNotUsable as problem:
        result["AMALGAM_TORCH_PROBLEM"] = str(problem)
        return result
    result["AMALGAM_LIBTORCH"] = str(found.folder)
    result["AMALGAM_TORCH_BRIDGE"] = str(found.bridge)
    return result
