"""The mark by which a pull request is found again: a comment that no reader sees. Pure."""

import re

PATTERN = re.compile(r"<!-- prooflane: ([\w./@:+-]+) -->")


def hide(marker: str, text: str) -> str:
    """Return `text` with `marker` in it."""
    return f"{text.rstrip()}\n\n<!-- prooflane: {marker} -->\n"


def found(text: str | None) -> str:
    """Return the last marker that `text` hides, or nothing."""
    # the last one is ours: what stands above it may quote a file of the repository
    hidden: list[str] = PATTERN.findall(text or "")
    return hidden[-1] if hidden else ""
