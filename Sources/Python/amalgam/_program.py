"""Runs the program and reads its JSON."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from . import _torch


class AmalgamError(RuntimeError):
    """The program refused or failed; the message is its own sentence.

    Attributes:
        status: its exit status: 1 failure, 2 usage, 70 internal error, 130 interrupted.
        command: the arguments it was called with.
    """

    def __init__(self, message: str, status: int, command: list[str]):
        super().__init__(message)
        self.status = status
        self.command = command


def run(*arguments: object) -> Any:
    """Runs `amalgam ARGUMENTS --json` and returns what it printed, as Python values.

    >>> run("inspect", "a.pt")["networks"][0]["family"]
    'MLP'

    Raises AmalgamError where the program ends with another status than 0.
    """
    command = [str(argument) for argument in arguments]
    if "--json" not in command:
        command.append("--json")
    program = str(_torch.PROGRAM / "amalgam")
    result = subprocess.run([program, *command], env=_torch.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        said = result.stderr.strip().removeprefix("amalgam: ").removeprefix("Error: ")
        raise AmalgamError(said or f"amalgam ended with {result.returncode}", result.returncode, command)
    return json.loads(result.stdout)
