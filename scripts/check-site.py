#!/usr/bin/env python3
"""Checks a built site: every link to a page, a file or a heading leads somewhere, and the search knows every page.

    scripts/check-site.py FOLDER
"""
import html.parser
import json
import pathlib
import re
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.headings: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if value and name in ("href", "src"):
                self.links.append(value)
            elif value and name in ("id", "name"):
                self.headings.add(value)


def main() -> None:
    root = pathlib.Path(sys.argv[1]).resolve()
    # The library's reference is an application of DocC's own, and the page of a missing page is no page.
    paths = [path for path in sorted(root.rglob("*.html")) if path.relative_to(root).parts[0] not in ("api", "404.html")]
    pages = {path: Page(path.read_text()) for path in paths}
    faults, links = [], 0
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:|//", link):
                continue
            links += 1
            target, _, heading = link.partition("#")
            target = urllib.parse.unquote(target.partition("?")[0])
            found = path if not target else (path.parent / target).resolve()
            if found.is_dir():
                found = found / "index.html"
            if not found.exists():
                faults.append(f"{path.relative_to(root)}: {link} leads nowhere")
            elif heading and found in pages and urllib.parse.unquote(heading) not in pages[found].headings:
                faults.append(f"{path.relative_to(root)}: {link} leads to no heading")
    known = {entry["location"].partition("#")[0] for entry in json.loads((root / "search" / "search_index.json").read_text())["docs"]}
    faults += [f"{path.relative_to(root)}: the search does not know it" for path in pages if str(path.relative_to(root)) not in known]
    for fault in faults:
        print(f"docs: {fault}", file=sys.stderr)
    print(f"docs: {len(pages)} pages, {links} links")
    sys.exit(1 if faults or not pages else 0)


if __name__ == "__main__":
    main()
