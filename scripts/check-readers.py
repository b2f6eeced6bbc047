#!/usr/bin/env python3
"""Unchecked arithmetic on numbers that come from files, in the readers of files.

A number from outside may be anything, so `a + b` on it may end the program. The lint follows such numbers by name: a name is outside where it is
assigned from a read (`reader.integer`, `reader.length`, `header.integers`, `octal`, `Int(text)`), from another outside name, or is one of OUTSIDE, the
properties that carry them from file to file. It reports, in each reader:

  * `+ - * << += -= *=` with an outside name as operand, unless the line, or a comment of its own before it, says why that is safe:  // checked: …
  * `Int(…)` and its like on 64-bit unsigned or floating-point reads, which trap: `Int(exactly:)` gives nil instead.

Helpers that check do not need a comment: `multipliedReportingOverflow`, `addingReportingOverflow`, `ByteReader.advance/seek/length`, `ByteView.slice`, `elementCount`.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["Sources/Archives", "Sources/Checkpoints/Description", "Sources/Datasets/Arrays", "Sources/Datasets/Images", "Sources/Datasets/Sources", "Sources/Datasets/Specs"]
EXEMPT = ["Sources/Archives/Writing", "Sources/Archives/Files/SHA256.swift", "Sources/Archives/Files/MD5.swift", "Sources/Archives/FileBudget.swift"]
# Numbers of files that are kept as properties and read elsewhere.
OUTSIDE = {"storedSize", "shape", "strides", "sizes", "localHeader", "dataStart"}
SOURCE = re.compile(r"\.(integer|length|integers)\(|\boctal\(|\bloadUnaligned\(|\bInt\((text|trimmed|String|digits|word|value)\b")
ASSIGN = re.compile(r"\b(?:let|var)\s+(\w+)(?:\s*:\s*[\w\[\]?.]+)?\s*=\s*(.+)|^\s*(\w+)\s*=\s*(.+)|guard\s+let\s+(\w+)\s*=\s*(.+)")
OPERATION = re.compile(r"([\w.)\]]+)\s(\+|-|\*|<<|\+=|-=|\*=)\s([\w.(\[]+)")
TRAP = re.compile(r"\bU?Int(?:8|16|32|64)?\((?:try\s+)?[\w.]*integer\(UInt64\.self|\bInt\((?:try\s+)?[\w.]*(?:real|double|float)")
ALONE = re.compile(r"\s*// checked(?:, (\d+) lines)?: \S")
STRING = re.compile(r'"(?:\\.|[^"\\])*"')


def code(line):
    """The line without texts, and what its comment says."""
    bare = STRING.sub('""', line)
    where = bare.find("//")
    return (bare, "") if where < 0 else (bare[:where], bare[where:])


def names(operand):
    return set(re.findall(r"\w+", operand))


def findings(path):
    lines = path.read_text().split("\n")
    outside = set(OUTSIDE)
    for line in lines:
        bare, _ = code(line)
        for match in ASSIGN.finditer(bare):
            groups = [group for group in match.groups() if group]
            if len(groups) == 2 and (SOURCE.search(groups[1]) or (names(re.sub(r"\.count\b|\w+:", "", groups[1])) & outside and not re.search(r"[\[({]", groups[1]))):
                outside.add(groups[0])
    outside -= {"_", "self", "try", "count"} if not re.search(r"(let|var) count = .*(\.integer|\.length)\(", "\n".join(lines)) else {"_", "self", "try"}
    spoken = 0
    for number, line in enumerate(lines, 1):
        bare, comment = code(line)
        # A comment on a line of its own speaks of the line that follows, or of so many lines as it says.
        before = ALONE.match(lines[number - 2]) if number > 1 else None
        if before:
            spoken = int(before.group(1) or 1)
        if spoken > 0:
            spoken -= 1
            continue
        if "checked" in comment or "ReportingOverflow" in bare:
            continue
        for match in OPERATION.finditer(bare):
            left, operator, right = match.groups()
            if '""' in bare[max(0, match.start() - 3):match.end() + 3]:
                continue  # texts are joined
            touched = {name for side in (left, right) for name in (side.rstrip(")]").split(".")[-1], side.lstrip("([").split(".")[0])} & outside
            # The number of things in memory is no number of a file.
            if touched and not all(side.endswith(".count") for side in (left, right) if names(side) & touched):
                yield number, f"{operator} on {', '.join(sorted(touched))}", line
        if TRAP.search(bare):
            yield number, "a conversion that traps; use (exactly:)", line


# Entrances that there is one of: TOML past its guard, and text past the filter of the console.
DOORS = [
    (r"TOMLTable\(string:|import (?:struct )?TOMLKit", "Sources", "Sources/TOMLFiles/", "TOML is read by TOMLTable(checking:)"),
    (r"(?<![.\w])(?:print|debugPrint|dump|fputs|puts)\(|FileHandle\.standard(?:Output|Error)", "Sources/amalgam", "Sources/amalgam/Support/Console.swift", "text is printed by Console"),
]


def doors():
    for pattern, folder, entrance, sentence in DOORS:
        for path in sorted((ROOT / folder).rglob("*.swift")):
            name = str(path.relative_to(ROOT))
            if name.startswith(entrance):
                continue
            for number, line in enumerate(path.read_text().split("\n"), 1):
                if re.search(pattern, code(line)[0]):
                    yield f"{name}:{number}: {sentence}: {line.strip()}"


def main():
    found = 0
    for place in doors():
        found += 1
        print(place)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.swift")):
            name = str(path.relative_to(ROOT))
            if any(name.startswith(exempt) for exempt in EXEMPT):
                continue
            for number, what, line in findings(path):
                found += 1
                print(f"{name}:{number}: {what}: {line.strip()}")
    if found:
        print(f"{found} places. Arithmetic on numbers from files uses a helper that checks, or says why it is safe:  // checked: …")
    return 1 if found else 0


sys.exit(main())
