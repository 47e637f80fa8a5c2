"""Finds the tools of `make setup` beside the running Python, never somewhere on PATH."""

import sys
from pathlib import Path

from controls.errors import ControlsError


def find(name: str) -> str:
    """Return the program `name` of this environment.

    Raises:
        ControlsError: when the environment does not have it.
    """
    folder = Path(sys.executable).parent
    for candidate in (folder / name, folder / f"{name}.exe"):
        if candidate.is_file():
            return str(candidate)
    raise ControlsError(f"{name} is not in {str(folder)!r}", hint="make setup")
