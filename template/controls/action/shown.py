"""Writes out what a terminal would obey, or nobody would see: what people agree to, they have read.

A colour code can hide a line, a direction mark can reorder it, a zero-width letter makes another
word. The bytes of an act stay as they are; this is how they look.
"""


def shown(text: str) -> str:
    """Return `text` with each character that is neither seen nor a line end or tab as its code."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _code(char) for char in text)


def _code(char: str) -> str:
    return char.encode("unicode_escape").decode()
