"""Cuts text into sentences and words, crudely and for English. Nothing is ranked here."""

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+(?:['\u2019][a-z]+)?")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_SUFFIXES = (
    *("ational", "ations", "ation", "ments", "ment", "ings", "ing", "edly", "ied", "ies", "ers"),
    *("ed", "es", "er", "ly", "s"),
)
STOP = frozenset(
    re.findall(
        r"\S+",
        "a about after all also am an and any are as at be been before being but by can could "
        "did do does doing for from get gets getting got had has have having he her his how i "
        "if in into is it its just let long many may me might more most much must my no not "
        "of off on once one only or our out over please shall she should so some such tell "
        "than that the their them then there these they this those to too up us want was we "
        "were what what's when where which while who why will with within would you your",
    )
)


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`, one to a list item, headings left out."""
    found: list[str] = []
    for paragraph in _paragraphs(text):
        found += [part.strip() for part in _END.split(paragraph) if part.strip()]
    return found


def _paragraphs(text: str) -> list[str]:
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            paragraphs.append([])
        elif _BULLET.match(line):
            paragraphs.append([_BULLET.sub("", line).strip()])
        else:
            paragraphs[-1].append(line.strip())
    return [" ".join(lines) for lines in paragraphs if lines]


@lru_cache(maxsize=8192)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words of `text` that carry meaning, repetitions kept."""
    return tuple(_stem(word) for word in _WORD.findall(text.lower()) if word not in STOP)


def _stem(word: str) -> str:
    word = word.replace("\u2019", "'").removesuffix("'s")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
