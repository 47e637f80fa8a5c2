"""Reads the sources of a prompt, marked `<source id="…" title="…">text</source>` by `Run.cite`.

What stands between the marks is data. Nothing is ranked or judged here.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

BLOCK = re.compile(r'<source id="([^"<>]*)" title="([^"<>]*)">(.*?)</source>\n?', re.DOTALL)
ANY_MARK = re.compile(r"</?source\b[^>]*>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marked:
    """One source of a prompt, unescaped; `span` is where its block stands in the text."""

    id: str
    title: str
    text: str
    span: tuple[int, int]

    @property
    def digest(self) -> str:
        """SHA-256 of the text, to be compared with what the run recorded."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse(text: str) -> tuple[Marked, ...]:
    """Return the sources in `text`, in order."""
    return tuple(_marked(match) for match in BLOCK.finditer(text))


def without(text: str) -> str:
    """Return what `text` says outside of its sources: the question."""
    return BLOCK.sub("", text).strip()


def keep(text: str, wanted: Callable[[Marked], bool]) -> str:
    """Return `text` with only the blocks that are `wanted`."""
    return BLOCK.sub(lambda match: match[0] if wanted(_marked(match)) else "", text)


def _marked(match: re.Match[str]) -> Marked:
    name, title, body = (unescape(group) for group in match.groups())
    return Marked(name, title, body, match.span())


def ids(texts: Sequence[str]) -> Iterator[str]:
    """Yield the ids of every source in `texts`."""
    for text in texts:
        yield from (source.id for source in parse(text))
