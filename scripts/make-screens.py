#!/usr/bin/env python3
"""Draws screens of the workbench as SVG, in their colours: docs/images/workbench-*.svg. Needs tmux and a built program.

    scripts/make-screens.py .build-release/release/amalgam

The program runs in tmux, gets key presses, and tmux says what stands in each cell.
"""
import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 100, 30
WIDTH, HEIGHT, BASELINE = 8.4, 18, 13.5
BACKGROUND, FOREGROUND = "#12100e", "#d8d0c4"
# Keys, each with the seconds until the screen stands still.
SCREENS = {
    "plan": [("Enter", 6), ("F", 8), ("2", 3)],
    "neurons": [("Enter", 6), ("F", 8), ("3", 4)],
}


def palette(index: int) -> str:
    if index < 16:
        return ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
                "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"][index]
    if index < 232:
        levels = [0, 95, 135, 175, 215, 255]
        index -= 16
        return "#%02x%02x%02x" % (levels[index // 36], levels[index // 6 % 6], levels[index % 6])
    return "#%02x%02x%02x" % ((8 + 10 * (index - 232),) * 3)


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.front, self.back, self.bold, self.reverse, self.underline, self.dim = None, None, False, False, False, False

    def apply(self, codes: list[int]) -> None:
        codes = codes or [0]
        while codes:
            code = codes.pop(0)
            if code == 0: self.reset()
            elif code == 1: self.bold = True
            elif code == 2: self.dim = True
            elif code == 4: self.underline = True
            elif code == 7: self.reverse = True
            elif code == 22: self.bold = self.dim = False
            elif code == 24: self.underline = False
            elif code == 27: self.reverse = False
            elif code in (38, 48):
                if codes.pop(0) == 2:
                    colour = "#%02x%02x%02x" % tuple(codes[:3])
                    del codes[:3]
                else:
                    colour = palette(codes.pop(0))
                if code == 38: self.front = colour
                else: self.back = colour
            elif code == 39: self.front = None
            elif code == 49: self.back = None
            elif 30 <= code <= 37: self.front = palette(code - 30)
            elif 90 <= code <= 97: self.front = palette(code - 82)
            elif 40 <= code <= 47: self.back = palette(code - 40)
            elif 100 <= code <= 107: self.back = palette(code - 92)

    def key(self) -> tuple:
        front, back = self.front or FOREGROUND, self.back or BACKGROUND
        if self.reverse: front, back = back, front
        return front, back, self.bold, self.underline, self.dim


def runs(line: str, style: Style) -> list[tuple[int, str, tuple]]:
    """(column, text, look) of each stretch of one look."""
    found: list[tuple[int, str, tuple]] = []
    column = 0
    for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
        codes = re.fullmatch(r"\x1b\[([0-9;:]*)m", part)
        if codes:
            style.apply([int(code) for code in re.split("[;:]", codes.group(1)) if code])
            continue
        part = re.sub(r"\x1b[()][A-Z0-9]|\x0e|\x0f", "", part)
        if part:
            if found and found[-1][2] == style.key():
                found[-1] = (found[-1][0], found[-1][1] + part, found[-1][2])
            else:
                found.append((column, part, style.key()))
            column += len(part)
    return found


def svg(text: str, title: str) -> str:
    boxes, words = [], []
    style = Style()
    for row, line in enumerate(text.split("\n")[:ROWS]):
        for column, part, (front, back, bold, underline, dim) in runs(line, style):
            x, y = 10 + column * WIDTH, 10 + row * HEIGHT
            if back != BACKGROUND:
                boxes.append(f'<rect x="{x:.1f}" y="{y:g}" width="{len(part) * WIDTH + 0.2:.1f}" height="{HEIGHT}" fill="{back}"/>')
            if part.strip():
                extra = ' font-weight="bold"' if bold else ""
                extra += ' text-decoration="underline"' if underline else ""
                extra += ' opacity="0.65"' if dim else ""
                words.append(f'<text x="{x:.1f}" y="{y + BASELINE:g}" textLength="{len(part) * WIDTH:.1f}" fill="{front}"{extra}>{html.escape(part)}</text>')
    width, height = 20 + COLUMNS * WIDTH, 20 + ROWS * HEIGHT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{html.escape(title)}">'
            f'<title>{html.escape(title)}</title><rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
            f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve" style="white-space:pre">\n'
            + "\n".join(boxes + words) + "\n</g></svg>\n")


def main() -> None:
    program = pathlib.Path(sys.argv[1]).resolve()
    for name, keys in SCREENS.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            socket = f"amalgam-screens-{os.getpid()}"

            def tmux(*words: str) -> str:
                return subprocess.run(["tmux", "-L", socket, *words], check=True, capture_output=True, text=True).stdout

            tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS + 1), "env", f"AMALGAM_RUNS={folder}/runs", f"XDG_STATE_HOME={folder}",
                 "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "TERM=tmux-256color", f"AMALGAM_HOME={ROOT}", str(program), "open", "--fresh", "--color", "16m")
            try:
                time.sleep(3 * float(os.environ.get("SLOW", "1")))
                for key, seconds in keys:
                    tmux("send-keys", key)
                    time.sleep(seconds * float(os.environ.get("SLOW", "1")))
                text = tmux("capture-pane", "-e", "-p")
            finally:
                tmux("kill-server")
                time.sleep(1)
        target = ROOT / "docs" / "images" / f"workbench-{name}.svg"
        target.write_text(svg(text, f"The workbench, screen {name}"))
        print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
