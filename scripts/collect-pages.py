#!/usr/bin/env python3
"""Copies what becomes a page of the site into a folder, and mends its links.

    scripts/collect-pages.py FOLDER

Pages are docs/**/*.md, README.md (as index.md), CONTRIBUTING.md and CHANGELOG.md; pictures, recipes and scripts of docs/ go with them. A link to another file of the checkout becomes its name: the site does
not hold the sources.
"""
import os
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOP = {"README.md": "index.md", "CONTRIBUTING.md": "CONTRIBUTING.md", "CHANGELOG.md": "CHANGELOG.md"}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


def place(path: pathlib.Path) -> str | None:
    """Where a file of the checkout stands on the site; None where it does not."""
    try:
        relative = path.relative_to(ROOT)
    except ValueError:
        return None
    if str(relative) in TOP:
        return TOP[str(relative)]
    if relative.parts[0] == "docs" and path.is_file():
        return "/".join(relative.parts[1:])
    return None


def mended(text: str, source: pathlib.Path, page: str) -> str:
    def link(match: re.Match) -> str:
        image, title, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match.group()
        path, _, anchor = target.partition("#")
        found = place((source.parent / path).resolve())
        if found is None:
            if not (source.parent / path).exists():
                sys.exit(f"{source.relative_to(ROOT)}: the link {target} leads nowhere")
            return title if title.startswith("`") else f"{title} (`{(source.parent / path).resolve().relative_to(ROOT)}`)"
        shown = os.path.relpath(found, os.path.dirname(page) or ".")
        return f"{image}[{title}]({shown}{'#' + anchor if anchor else ''})"

    blocks = re.split(r"(^```.*?^```)", text, flags=re.M | re.S)
    return "".join(block if block.startswith("```") else LINK.sub(link, block) for block in blocks)


def main() -> None:
    target = pathlib.Path(sys.argv[1])
    sources = [ROOT / name for name in TOP] + sorted((ROOT / "docs").rglob("*.md"))
    for source in sources:
        page = place(source)
        copy = target / page
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(mended(source.read_text(), source, page))
    for source in (ROOT / "docs").rglob("*"):
        if source.is_file() and source.suffix != ".md":
            copy = target / place(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


if __name__ == "__main__":
    main()
