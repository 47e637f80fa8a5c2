"""Reads the sources of a prompt, marked `<source id="…" title="…">text</source>` by `Run.cite`.

What stands between the marks is data. Nothing is ranked or judged here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

_OPENED = re.compile(r'<source id="([^"<>]*)" title="([^"<>]*)">')
_CLOSED = "</source>"
ANY_MARK = re.compile(r"<\s*(?:/\s*)?source\b[^>]*>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marked:
    """One source of a prompt, unescaped; `span` is where its block stands in the text."""

    id: str
    title: str
    text: str
    span: tuple[int, int]


def parse(text: str) -> tuple[Marked, ...]:
    """Return the sources in `text`, in order; what is opened and never closed is none."""
    return tuple(_blocks(text))


def without(text: str) -> str:
    """Return what `text` says outside of its sources: the question."""
    return keep(text, lambda _: False).strip()


def keep(text: str, wanted: Callable[[Marked], bool]) -> str:
    """Return `text` with only the blocks that are `wanted`."""
    kept: list[str] = []
    at = 0
    for source in _blocks(text):
        begin, end = source.span
        kept += [text[at:begin], text[begin:end] if wanted(source) else ""]
        at = end
    return "".join([*kept, text[at:]])


def _blocks(text: str) -> Iterator[Marked]:
    """Yield each block with the line end after it; each character is looked at once, or twice."""
    at = 0
    while opened := _OPENED.search(text, at):
        closed = text.find(_CLOSED, opened.end())
        if closed < 0:
            return
        name, title = map(unescape, opened.groups())
        at = closed + len(_CLOSED)
        at += text.startswith("\n", at)
        yield Marked(name, title, unescape(text[opened.end() : closed]), (opened.start(), at))


def ids(texts: Sequence[str]) -> Iterator[str]:
    """Yield the ids of every source in `texts`."""
    for text in texts:
        yield from (source.id for source in parse(text))
