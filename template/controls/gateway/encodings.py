"""Undoes the encodings in which an answer could carry a word out unseen, for looking only.

base64 in both alphabets, hexadecimal, percent signs, and letters from back to front; one layer.
What is encoded otherwise, or spread over several answers, is not seen.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){8,}")
_SAME = str.maketrans("-_", "+/")


def readings(text: str) -> Iterator[str]:
    """Yield `text` and everything that it may stand for."""
    yield text
    yield text[::-1]
    if "%" in text:
        yield unquote(text)
    for match in _BASE64.finditer(text):
        yield from _base64(match[0].translate(_SAME))
    for match in _HEX.finditer(text):
        yield bytes.fromhex(re.sub(r"[\s:]", "", match[0])).decode(errors="replace")


def _base64(code: str) -> Iterator[str]:
    for start in range(4):  # what stands before the code without a gap shifts it
        cut = code[start:]
        cut = cut[:-1] if len(cut) % 4 == 1 else cut  # a letter alone says nothing
        yield base64.b64decode(cut + "=" * (-len(cut) % 4)).decode(errors="replace")
