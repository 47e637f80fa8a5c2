"""One path that both sides have and both changed: its mode, and its content by lines, then by key.

Reads and writes objects; which paths come here is decided by `prooflane.merge.three`.
"""

from dataclasses import dataclass

from prooflane.files import EXECUTABLE, REGULAR, Entry
from prooflane.merge import structured, text
from prooflane.merge.model import Conflict, ConflictKind, Objects

PLAIN = {REGULAR, EXECUTABLE, 0o100664}
Side = Entry | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a path becomes, and what is left for a person to decide."""

    entry: Side
    conflict: Conflict | None = None


def merge(path: str, base: Side, ours: Entry, theirs: Entry, objects: Objects) -> Decided:
    """Return the merged file; with a conflict, the version with markers, or ours."""
    mode = _mode(base, ours, theirs)
    if {ours.mode, theirs.mode} - PLAIN:
        kind = ConflictKind.mode if ours.mode != theirs.mode else _kind(base)
        return Decided(ours, Conflict(path, kind, base, ours, theirs))
    if ours.id == theirs.id or (base and theirs.id == base.id):
        return Decided(Entry(mode, ours.id))
    if base and ours.id == base.id:
        return Decided(Entry(mode, theirs.id))
    old = objects.read(base.id) if base and base.mode in PLAIN else b""
    mine, other = objects.read(ours.id), objects.read(theirs.id)
    merged = text.merge(old, mine, other)
    if not merged.conflicts:
        return Decided(Entry(mode, objects.write(merged.data)))
    by_key = structured.merge(path, old, mine, other)
    if by_key is not None:
        return Decided(Entry(mode, objects.write(by_key)))
    marked = Entry(mode, objects.write(merged.data))
    return Decided(marked, Conflict(path, _kind(base), base, ours, theirs))


def is_mergeable(sides: tuple[Side, Side, Side], objects: Objects) -> bool:
    """Say whether all that exists of `sides` is text, or no file at all but a link."""
    files = [side for side in sides if side]
    if any(side.mode not in PLAIN for side in files):
        return True
    return all(text.is_text(objects.read(side.id)) for side in files)


def _mode(base: Side, ours: Entry, theirs: Entry) -> int:
    return theirs.mode if base and ours.mode == base.mode else ours.mode


def _kind(base: Side) -> ConflictKind:
    return ConflictKind.content if base else ConflictKind.both_added
