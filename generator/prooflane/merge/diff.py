"""What two sequences have in common, in order: lines of a file, or keys of a list.

Pure. Items that occur once on both sides anchor the match (they rarely match by accident); what
lies between anchors is matched by the shortest edit, unless that is hopeless.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# edits in one gap between anchors; beyond it the gap counts as rewritten
HOPELESS = 300


@dataclass(frozen=True, slots=True)
class Run:
    """`size` equal items, from `a` on the one side and `b` on the other."""

    a: int
    b: int
    size: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """The items `a:a_end` of the one side became `b:b_end` of the other; one may be empty."""

    a: int
    a_end: int
    b: int
    b_end: int


def hunks(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Hunk]:
    """Return what takes `a` to `b`, in order; no two of them touch."""
    ends = [Run(0, 0, 0), *_joined(_matches(a, b)), Run(len(a), len(b), 0)]
    gaps = (Hunk(x.a + x.size, y.a, x.b + x.size, y.b) for x, y in pairwise(ends))
    return [gap for gap in gaps if gap.a < gap.a_end or gap.b < gap.b_end]


def _joined(pairs: Iterator[tuple[int, int]]) -> list[Run]:
    runs: list[Run] = []
    for a, b in pairs:
        last = runs[-1] if runs else None
        if last and (last.a + last.size, last.b + last.size) == (a, b):
            runs[-1] = Run(last.a, last.b, last.size + 1)
        else:
            runs.append(Run(a, b, 1))
    return runs


def _matches(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    start, end = _common_ends(a, b)
    yield from ((at, at) for at in range(start))
    inner_a, inner_b = a[start : len(a) - end], b[start : len(b) - end]
    if inner_a and inner_b:
        yield from ((x + start, y + start) for x, y in _inner(inner_a, inner_b))
    yield from ((len(a) - left, len(b) - left) for left in range(end, 0, -1))


def _common_ends(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[int, int]:
    shorter = min(len(a), len(b))
    start = next((at for at in range(shorter) if a[at] != b[at]), shorter)
    left = shorter - start
    end = next((at for at in range(left) if a[-1 - at] != b[-1 - at]), left)
    return start, end


def _inner(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    anchors = _anchors(a, b)
    if not anchors:
        yield from _shortest(a, b)
        return
    at_a = at_b = 0
    for x, y in [*anchors, (len(a), len(b))]:
        yield from ((i + at_a, j + at_b) for i, j in _matches(a[at_a:x], b[at_b:y]))
        if x < len(a):
            yield x, y
        at_a, at_b = x + 1, y + 1


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    in_a, in_b = Counter(a), Counter(b)
    places = {item: at for at, item in enumerate(b) if in_b[item] == 1}
    pairs = [(at, places[x]) for at, x in enumerate(a) if in_a[x] == 1 and x in places]
    return _rising(pairs)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    # the longest subsequence whose second numbers rise (patience sorting)
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, y) in enumerate(pairs):
        pile = bisect_left(tails, y)
        before.append(last[pile - 1] if pile else -1)
        tails[pile : pile + 1] = [y]
        last[pile : pile + 1] = [at]
    chain = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _shortest(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    # Myers 1986: the furthest point on each diagonal, edit by edit
    furthest = {1: 0}
    history = []
    for edits in range(min(len(a) + len(b), HOPELESS) + 1):
        history.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            while x < len(a) and x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(a) and x - diagonal >= len(b):
                return _walked(history, len(a), len(b))
    return []


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    down = diagonal == -edits or (
        diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
    )
    return furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1


def _walked(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for edits in range(len(history) - 1, -1, -1):
        furthest = history[edits]
        diagonal = x - y
        start = _step(furthest, diagonal, edits)
        while x > start and y > start - diagonal and x > 0 and y > 0:
            x, y = x - 1, y - 1
            found.append((x, y))
        if edits:
            down = diagonal == -edits or (
                diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
            )
            x, y = (x, y - 1) if down else (x - 1, y)
    return found[::-1]
