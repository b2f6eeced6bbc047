#!/usr/bin/env python3
"""Compares the `import` lines of every Swift target with the dependencies that Package.swift declares for it.

    scripts/check-imports.py          prints what is missing or superfluous; exit status 1 if anything is
    scripts/check-imports.py --fix    also edits the lists in Package.swift

The compiler accepts an import of any module that happens to be built before; then the manifest does not show what depends on what.
"""
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

SYSTEM = {"Darwin", "Dispatch", "Foundation", "FoundationNetworking", "Glibc", "Musl", "Synchronization", "Testing"}

# Comments and string literals: tests hold Python programs, which import as well.
SKIPPED = re.compile(r'//[^\n]*|/\*.*?\*/|(?P<q>#*)""".*?"""(?P=q)|(?P<r>#*)"(?:\\.|[^"\\\n])*"(?P=r)', re.DOTALL)
KINDS = "typealias|struct|class|enum|protocol|let|var|func"
IMPORT = re.compile(
    rf"^[ \t]*(?:@\w+[ \t]+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+(?:(?:{KINDS})[ \t]+)?(\w+)", re.MULTILINE)


def imports(source):
    text = SKIPPED.sub(lambda match: "\n" * match.group().count("\n"), source.read_text())
    return {match.group(1) for match in IMPORT.finditer(text)}


def findings(package):
    """Yields (target, dependency, files that import it); no files where a declared dependency is never imported."""
    targets = {target["name"]: target for target in package["targets"]}
    for name, target in sorted(targets.items()):
        if target["module_type"] != "SwiftTarget":
            continue
        own, products = target.get("target_dependencies") or [], target.get("product_dependencies") or []
        files = defaultdict(list)
        for source in target["sources"]:
            path = Path(target["path"]) / source
            for module in imports(path):
                files[module].append(path)
        for module in sorted(set(files) - SYSTEM - set(own) - set(products) - {name}):
            yield name, module, files[module]
        for module in sorted(set(own + products) - set(files)):
            # A test may depend on a program that it starts.
            if not (target["type"] == "test" and module in targets and targets[module]["type"] == "executable"):
                yield name, module, []


def edit(manifest, target, dependency, add):
    """The manifest with the dependency in the list of the target, or without it; None where the list is not found."""
    variable = re.search(rf'let (\w+) = Target\.Dependency\.product\(name: "{dependency}"', manifest)
    entry = variable.group(1) if variable else f'"{dependency}"'
    start = re.search(rf'\.(?:target|executableTarget|testTarget)\(\s*name: "{re.escape(target)}"', manifest)
    if not start:
        return None
    rest = manifest[start.end():]
    found = re.match(r",\s*dependencies: \[(.*?)\]", rest, re.DOTALL)
    if not found:
        return manifest[: start.end()] + f", dependencies: [{entry}]" + rest if add and rest[0] in ",)" else None
    entries = [each.strip() for each in found.group(1).split(",") if each.strip()]
    entries = entries + [entry] if add else [each for each in entries if each != entry]
    entries.sort(key=lambda each: (not each.startswith('"'), each))
    return manifest[: start.end() + found.start(1)] + ", ".join(entries) + manifest[start.end() + found.end(1):]


def main():
    fix = sys.argv[1:] == ["--fix"]
    if sys.argv[1:] and not fix:
        sys.exit(__doc__)
    root = Path(__file__).resolve().parent.parent
    described = subprocess.run(["swift", "package", "describe", "--type", "json"], cwd=root, stdout=subprocess.PIPE, text=True)
    if described.returncode:
        sys.exit("check-imports: `swift package describe` failed")
    package = json.loads(described.stdout)
    for target in package["targets"]:
        target["path"] = str(root / target["path"])
    path = root / "Package.swift"
    manifest, count = path.read_text(), 0
    for target, dependency, files in findings(package):
        count += 1
        if files:
            others = f" and {len(files) - 1} other files" if len(files) > 2 else " and another file" if len(files) == 2 else ""
            print(f"check-imports: {target} imports {dependency} ({files[0].relative_to(root)}{others}): add it to the dependencies of {target} in Package.swift")
        else:
            print(f"check-imports: {target} never imports {dependency}: remove it from the dependencies of {target} in Package.swift")
        if fix:
            edited = edit(manifest, target, dependency, add=bool(files))
            if edited is None:
                print(f"check-imports: the dependencies of {target} could not be edited; change Package.swift by hand")
            else:
                manifest = edited
    if fix and manifest != path.read_text():
        path.write_text(manifest)
        print("check-imports: Package.swift was edited; run this check again")
    if count:
        sys.exit(1)
    print("check-imports: every import is declared, and every declared dependency is imported")


main()
