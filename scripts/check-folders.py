#!/usr/bin/env python3
"""Holds the folders of Sources/Fusion to their order: a file names only types of its own folder and of folders above it.

Reads declarations and names, not meanings, so that it needs no compiler: a type counts as used where its name stands outside comments and
strings. Prints every use that goes down, and exits with 1.
"""
import pathlib
import re
import sys

ORDER = ["Plan", "Importance", "Teacher", "Alignments", "Combinations", "Refinements", "Controls", "Pipeline", "Methods", "Recipes"]
DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |fileprivate |private )?(?:final |indirect )*"
    r"(struct|enum|class|protocol|actor|typealias) (\w+)", re.M)


def code(text: str) -> str:
    text = re.sub(r'"""(?:.|\n)*?"""', '""', text)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: " ".join(re.findall(r"\\\(([^()]*(?:\([^()]*\)[^()]*)*)\)", m.group())) or '""', text)
    return re.sub(r"//[^\n]*", "", text)


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "Fusion"
    files = {path: code(path.read_text()) for path in sorted(root.rglob("*.swift"))}
    folder = {path: path.relative_to(root).parts[0] for path in files}
    unknown = sorted({name for name in folder.values() if name not in ORDER})
    for name in unknown:
        print(f"Sources/Fusion/{name} has no place in the order {', '.join(ORDER)}")
    home = {}
    for path, text in files.items():
        for match in DECLARATION.finditer(text):
            if not re.match(r".*(private|fileprivate) ", match.group()):
                home[match.group(2)] = folder[path]
    problems = 0
    for path, text in files.items():
        if folder[path] in unknown:
            continue
        place = ORDER.index(folder[path])
        own = {m.group(2) for m in DECLARATION.finditer(text)}
        for name in sorted(set(re.findall(r"(?<![.\w])[A-Z]\w+", text)) - own):
            other = home.get(name)
            if other in ORDER and ORDER.index(other) > place:
                print(f"{path.relative_to(root.parent.parent)}: {name} is declared in {other}, below {folder[path]}")
                problems += 1
    return 1 if problems or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
