"""The console script `amalgam`: the program takes the place of this Python process."""

import os
import sys

from . import _torch


def main() -> None:
    program = str(_torch.PROGRAM / "amalgam")
    try:
        os.execve(program, [program, *sys.argv[1:]], _torch.environment())
    except OSError as problem:
        sys.exit(f"amalgam: {program} cannot be started: {problem.strerror}; install the wheel again")
