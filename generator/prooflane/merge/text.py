"""Three versions of a text to one, line by line, as git merges them.

Pure, on bytes: no encoding is guessed, and no line is made up but the markers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from prooflane.merge.diff import Hunk, hunks
from prooflane.merge.diff3 import Chunk, Clash, Stable, chunks
from prooflane.merge.model import OURS, THEIRS

Lines = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Text:
    """The merged text, and how many conflicts are marked in it."""

    data: bytes
    conflicts: int


def merge(base: bytes, ours: bytes, theirs: bytes) -> Text:
    """Return what both sides made of `base`.

    When one side changed how all lines end, its line ends are kept and the rest is merged.
    """
    ends = [_line_end(side) for side in (base, ours, theirs)]
    if None in ends or len(set(ends)) == 1:
        return _merge(base, ours, theirs, ends[1] or b"\n")
    wanted = ends[2] if ends[1] == ends[0] else ends[1]
    old, mine, other = (side.replace(b"\r\n", b"\n") for side in (base, ours, theirs))
    merged = _merge(old, mine, other, b"\n")
    return Text(merged.data.replace(b"\n", wanted or b"\n"), merged.conflicts)


def is_text(data: bytes) -> bool:
    """Say whether `data` is text that we merge: UTF-8 without a zero byte."""
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _line_end(text: bytes) -> bytes | None:
    windows = text.count(b"\r\n")
    return b"\n" if not windows else b"\r\n" if windows == text.count(b"\n") else None


def _merge(base: bytes, ours: bytes, theirs: bytes, end: bytes) -> Text:
    merged = list(_refined(chunks(_lines(base), _lines(ours), _lines(theirs))))
    data = b"".join(line for chunk in merged for line in _shown(chunk, end))
    return Text(data, sum(isinstance(chunk, Clash) for chunk in merged))


def _lines(text: bytes) -> list[bytes]:
    # not splitlines: it also breaks at a lone carriage return
    return BytesIO(text).readlines()


def _refined(found: Iterable[Chunk[bytes]]) -> Iterator[Chunk[bytes]]:
    # a clash shrinks to the lines that really differ between the two sides
    for chunk in found:
        if isinstance(chunk, Stable):
            yield chunk
        else:
            yield from _parts(chunk)


def _parts(clash: Clash[bytes]) -> Iterator[Chunk[bytes]]:
    at = 0
    for gap in _telling(clash):
        yield Stable(clash.ours[at : gap.a])
        yield Clash((), clash.ours[gap.a : gap.a_end], clash.theirs[gap.b : gap.b_end])
        at = gap.a_end
    yield Stable(clash.ours[at:])


def _telling(clash: Clash[bytes]) -> list[Hunk]:
    # two differences with nothing but blanks and brackets between them are one
    joined: list[Hunk] = []
    for gap in hunks(clash.ours, clash.theirs):
        between = clash.ours[joined[-1].a_end : gap.a] if joined else ()
        if joined and not any(_tells(line) for line in between):
            joined[-1] = Hunk(joined[-1].a, gap.a_end, joined[-1].b, gap.b_end)
        else:
            joined.append(gap)
    return joined


def _tells(line: bytes) -> bool:
    return any(byte > 127 or chr(byte).isalnum() for byte in line)


def _shown(chunk: Chunk[bytes], end: bytes) -> Iterator[bytes]:
    if isinstance(chunk, Stable):
        yield from chunk.items
        return
    yield f"<<<<<<< {OURS}".encode() + end
    yield from _closed(chunk.ours, end)
    yield b"=======" + end
    yield from _closed(chunk.theirs, end)
    yield f">>>>>>> {THEIRS}".encode() + end


def _closed(lines: Lines, end: bytes) -> Iterator[bytes]:
    yield from lines
    if lines and not lines[-1].endswith(b"\n"):
        yield end
