"""What a terminal can show: colour only where somebody looks, symbols only where they arrive.

Decided once per command from the stream and the environment, then handed on as a value.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

CODES = {"ok": "32", "pending": "33", "failed": "31", "dim": "2", "bold": "1"}
MARKS = {"ok": "✓", "pending": "●", "failed": "✗"}
ASCII_MARKS = {"ok": "+", "pending": "o", "failed": "x"}
_STEERING = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")
ASCII = {"·": "-", "…": "...", "→": "->", "≥": ">="}


@dataclass(frozen=True, slots=True)
class Paint:
    """A way to write: `colour`, `symbols` beyond ASCII, and `width` columns (0 = do not cut)."""

    colour: bool = False
    symbols: bool = True
    width: int = 0

    def __call__(self, style: str, text: str) -> str:
        """Return `text` in `style` (a state, dim or bold), or unchanged without colour."""
        return f"\x1b[{CODES[style]}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, state: str) -> str:
        """Return the one-character mark of a state."""
        return self(state, (MARKS if self.symbols else ASCII_MARKS)[state])

    def plain(self, text: str) -> str:
        """Return `text` with what this terminal cannot show replaced."""
        if self.symbols:
            return text
        for symbol, ascii_ in ASCII.items():
            text = text.replace(symbol, ascii_)
        return text.encode("ascii", "replace").decode("ascii")

    def cut(self, text: str, used: int) -> str:
        """Return `text` shortened to what is left of the line after `used` columns."""
        room = self.width - used
        return text if not self.width or len(text) <= room else text[: max(room - 1, 8)] + "…"


def harmless(text: str) -> str:
    """Return others' words without what steers a terminal, or cannot stand in a file."""
    return _STEERING.sub("\ufffd", text)


def paint(stream: TextIO, environ: Mapping[str, str] = os.environ) -> Paint:
    """Return how to write to `stream`; NO_COLOR and a dumb terminal are respected."""
    terminal = stream.isatty()
    return Paint(
        colour=terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb",
        symbols=(getattr(stream, "encoding", None) or "ascii").lower().replace("-", "") == "utf8",
        width=shutil.get_terminal_size().columns if terminal else 0,
    )
