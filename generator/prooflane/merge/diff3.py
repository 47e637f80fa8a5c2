"""Three versions of a sequence: where one side alone changed it, and where both did.

Pure. Changes that touch count as made in the same place, as in git: one may have been made in view
of the other.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from prooflane.merge.diff import Hunk, hunks

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Stable(Generic[T]):
    """Items on which the sides agree, or which one side alone changed."""

    items: Sequence[T]


@dataclass(frozen=True, slots=True)
class Clash(Generic[T]):
    """What each side has in a place that both changed."""

    base: Sequence[T]
    ours: Sequence[T]
    theirs: Sequence[T]


Chunk = Stable[T] | Clash[T]


def chunks(base: Sequence[T], ours: Sequence[T], theirs: Sequence[T]) -> Iterator[Chunk[T]]:
    """Return the merged sequence, piece by piece."""
    at, shift_ours, shift_theirs = 0, 0, 0
    for group in _groups(hunks(base, ours), hunks(base, theirs)):
        yield Stable(base[at : group.start])
        mine, other = _growth(group.ours), _growth(group.theirs)
        o = ours[group.start + shift_ours : group.end + shift_ours + mine]
        t = theirs[group.start + shift_theirs : group.end + shift_theirs + other]
        yield _chunk(group, base[group.start : group.end], o, t)
        at, shift_ours, shift_theirs = group.end, shift_ours + mine, shift_theirs + other
    yield Stable(base[at:])


@dataclass(frozen=True, slots=True)
class _Group:
    start: int
    end: int
    ours: tuple[Hunk, ...]
    theirs: tuple[Hunk, ...]


def _groups(ours: list[Hunk], theirs: list[Hunk]) -> Iterator[_Group]:
    marked = sorted(
        [*((hunk, 0) for hunk in ours), *((hunk, 1) for hunk in theirs)],
        key=lambda pair: (pair[0].a, pair[0].a_end),
    )
    group: list[tuple[Hunk, int]] = []
    end = -1
    for hunk, side in marked:
        if hunk.a > end and group:
            yield _group(group)
            group = []
        group.append((hunk, side))
        end = max(end, hunk.a_end)
    if group:
        yield _group(group)


def _group(marked: list[tuple[Hunk, int]]) -> _Group:
    ours = tuple(hunk for hunk, side in marked if side == 0)
    theirs = tuple(hunk for hunk, side in marked if side == 1)
    every = (*ours, *theirs)
    start, end = min(hunk.a for hunk in every), max(hunk.a_end for hunk in every)
    return _Group(start, end, ours, theirs)


def _growth(made: tuple[Hunk, ...]) -> int:
    return sum((hunk.b_end - hunk.b) - (hunk.a_end - hunk.a) for hunk in made)


def _chunk(group: _Group, base: Sequence[T], ours: Sequence[T], theirs: Sequence[T]) -> Chunk[T]:
    if not group.theirs or list(ours) == list(theirs):
        return Stable(ours)
    return Clash(base, ours, theirs) if group.ours else Stable(theirs)
