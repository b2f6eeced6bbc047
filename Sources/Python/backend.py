"""Builds the wheel: the Python sources, and the program with its bridges that `make wheel` (scripts/make-wheel.sh) has put together.

A build backend of PEP 517 without requirements, so that `pip wheel Sources/Python` works offline; by hand: python3 backend.py FOLDER. The folder of the
program is $AMALGAM_WHEEL_PROGRAM, else .build-wheel/program in the checkout.
"""

import base64
import hashlib
import os
import pathlib
import re
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLATFORM = "manylinux_2_34_x86_64"
# One moment for every file, so that the same contents make the same wheel.
MOMENT = (2026, 1, 1, 0, 0, 0)


def project() -> str:
    return (HERE / "pyproject.toml").read_text()


def field(name: str) -> str:
    return re.search(rf'^{name} = "(.*)"$', project(), re.M).group(1)


def items(text: str) -> list[str]:
    return re.findall(r'"([^"]+)"', text)


def version() -> str:
    """The program's own, from its source."""
    source = next((ROOT / "Sources" / "Provenance").rglob("*Version.swift"))
    return re.search(r'static let current = "(.*)"', source.read_text()).group(1)


def torch_range(program: pathlib.Path) -> str:
    """The versions of torch that the program has a bridge for: "torch>=2.10,<2.14,!=2.12.*"."""
    minors = [path.name.removeprefix("torch-").split(".") for path in (program / "bridges").glob("torch-*")]
    found = sorted((int(major), int(minor)) for major, minor in minors)
    if not found or len({major for major, _ in found}) != 1:
        raise SystemExit(f"{program}/bridges should have bridges for one major version of torch, and has {len(found)}")
    major, (first, last) = found[0][0], (found[0][1], found[-1][1])
    gaps = [f",!={major}.{minor}.*" for minor in range(first, last) if (major, minor) not in found]
    return f"torch>={major}.{first},<{major}.{last + 1}{''.join(gaps)}"


def metadata(program: pathlib.Path) -> str:
    needs = [torch_range(program), "numpy", "safetensors"]
    extra = items(re.search(r"^onnx = \[(.*)\]", project(), re.M).group(1))
    lines = ["Metadata-Version: 2.1", f"Name: {field('name')}", f"Version: {version()}", f"Summary: {field('description')}",
             f"Requires-Python: {field('requires-python')}", f"License: {field('license')}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    lines += ["Provides-Extra: onnx"] + [f'Requires-Dist: {need}; extra == "onnx"' for need in extra]
    return "\n".join(lines) + "\n"


def contents(program: pathlib.Path) -> dict[str, bytes | pathlib.Path]:
    files: dict[str, bytes | pathlib.Path] = {}
    for path in sorted((HERE / "amalgam").glob("*")):
        if path.suffix == ".py" or path.name == "py.typed":
            files[f"amalgam/{path.name}"] = path
    for path in sorted(program.rglob("*")):
        if path.is_file():
            files[f"amalgam/program/{path.relative_to(program)}"] = path
    return files


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None) -> str:
    program = pathlib.Path(os.environ.get("AMALGAM_WHEEL_PROGRAM") or ROOT / ".build-wheel" / "program")
    if not (program / "amalgam").is_file():
        raise SystemExit(f"there is no program in {program}: run  make wheel  in the checkout")
    name = field("name").replace("-", "_")
    tag = f"py3-none-{PLATFORM}"
    info = f"{name}-{version()}.dist-info"
    files = contents(program)
    files[f"{info}/METADATA"] = metadata(program).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: amalgam\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\namalgam = {field('amalgam')}\n".encode()
    files[f"{info}/LICENSE"] = ROOT / "LICENSE"
    wheel = f"{name}-{version()}-{tag}.whl"
    record = []
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for place, source in files.items():
            data = source if isinstance(source, bytes) else source.read_bytes()
            runs = not isinstance(source, bytes) and os.access(source, os.X_OK)
            entry = zipfile.ZipInfo(place, MOMENT)
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{place},sha256={digest},{len(data)}")
        entry = zipfile.ZipInfo(f"{info}/RECORD", MOMENT)
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, "\n".join(record + [f"{info}/RECORD,,"]) + "\n")
    return wheel


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
