"""Undoes the disguises of text before a pattern is matched on it.

They are compatibility forms, invisible characters, and letters of another script that look Latin.

The result is for looking, never for showing: an answer keeps its own characters. Which text is
suspicious is decided by `safety`, `instructions` and `injection`.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Cyrillic, Greek, Armenian and IPA letters, each above the Latin one it is mistaken for.
_LOOKALIKE = str.maketrans(
    "\u0430\u0432\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043a\u043c\u043e"
    "\u0440\u051b\u0455\u0442\u051d\u0445\u0443\u0410\u0412\u0421\u0415\u041d"
    "\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423\u051c\u0500"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4"
    "\u03a5\u03a7\u03b1\u03bf\u03bd\u03c1\u03c4\u03c5\u03b9\u03ba\u0261\u0251"
    "\u0131\u0585\u0578\u057d\u0570",
    "abcdehijlkmopqstwxyABCEHIJKMOPSTXYWDABEZHIKMNOPTYXaovptuikgaionuh",
)
_OTHER = re.compile(r"[^\x00-\x7f]")  # no ASCII character is invisible; looking at each is slow
_LINE = re.compile(r"[\u2028\u2029\x85]")
_JOINERS = "\u200c\u200d"
_SELECTORS = re.compile(r"[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_KEYCAP = "\u20e3"


def whole(text: str) -> str:
    """Return `text` with halves of a letter joined, or replaced where the other half is missing."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def plain(text: str) -> str:
    """Return `text` as one would read it aloud: NFKC, nothing unseen, Latin letters."""
    shown = unicodedata.normalize("NFKC", text)
    if not shown.isascii():
        shown = "".join(char for char in _LINE.sub("\n", shown) if not _unseen(char))
    return shown.translate(_LOOKALIKE)


def visible(text: str) -> str:
    """Return `text` without its `hidden` characters, its line ends those of a file."""
    if text.isascii():
        return text
    gone = set(_hidden(text))
    kept = "".join(char for offset, char in enumerate(text) if offset not in gone)
    return _LINE.sub("\n", kept.removeprefix("\ufeff"))


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """Yield offset and name of each invisible character that has no business where it is.

    A byte order mark at the start has, and what shapes an emoji or a letter that needs it: a joiner
    between two of them, one selector after one.
    """
    for offset in _hidden(text):
        yield offset, unicodedata.name(text[offset], f"U+{ord(text[offset]):04X}").lower()


def _hidden(text: str) -> Iterator[int]:
    for match in _OTHER.finditer(text):
        offset, char = match.start(), match[0]
        if not _unseen(char) or (offset == 0 and char == "\ufeff"):
            continue
        before, after = text[max(0, offset - 1) : offset], text[offset + 1 : offset + 2]
        if not _shapes(before, char, after):
            yield offset


def _shapes(before: str, char: str, after: str) -> bool:
    if _SELECTORS.match(char):
        return _shaped(before) or after == _KEYCAP
    joined = _shaped(before) or _SELECTORS.match(before) is not None
    return char in _JOINERS and joined and _shaped(after)


def _shaped(char: str) -> bool:
    return char != "" and not char.isascii() and not _unseen(char)


@lru_cache(maxsize=4096)
def _unseen(char: str) -> bool:
    hides = char in _FILLERS or _SELECTORS.match(char) is not None
    return hides or unicodedata.category(char) in {"Cf", "Co", "Cn"}
