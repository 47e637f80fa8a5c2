"""Colour, where a terminal shows it and nobody asked for none."""

import os
from collections.abc import Callable
from typing import TextIO

Paint = Callable[[str, str], str]
CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def paint(stream: TextIO) -> Paint:
    """Return what colours a text for `stream`; `NO_COLOR` and `TERM=dumb` are respected."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return _plain if plain or not stream.isatty() else _coloured


def _plain(_style: str, text: str) -> str:
    return text


def _coloured(style: str, text: str) -> str:
    return f"\x1b[{CODES[style]}m{text}\x1b[0m"
