"""Three trees, path by path: whoever alone changed a path wins; where both did, content is read.

Which edits count and whose a file is was decided before, in `prooflane.resync`.
"""

from collections.abc import Iterable

from prooflane.files import Entries, Entry
from prooflane.merge import content, renames
from prooflane.merge.content import Decided
from prooflane.merge.model import Conflict, ConflictKind, Merged, Objects

Side = Entry | None
Sides = tuple[Entries, Entries, Entries]


def merge(base: Entries, ours: Entries, theirs: Entries, objects: Objects) -> Merged:
    """Return the three trees as one; what only git can tell is asked of git, once."""
    sides = (base, ours, theirs)
    contested = _contested(sides)
    hard = renames.suspects(*sides) | renames.under_one_name(ours, theirs)
    hard |= {path for path in contested if not content.is_mergeable(_at(path, sides), objects)}
    known = base.keys() | theirs.keys()
    decided = {path: _one(path, *_at(path, sides), objects) for path in known - hard}
    plain = _merged(decided)
    alone = {path: ours[path] for path in ours.keys() - known - hard}
    by_git = _by_git(_only(sides, hard), objects) if hard else Merged()
    return Merged(
        alone | plain.tree | by_git.tree, plain.conflicts + by_git.conflicts, by_git.notes
    )


def _contested(sides: Sides) -> list[str]:
    base, ours, theirs = sides
    both = ours.keys() & theirs.keys()
    return [p for p in both if ours[p] != theirs[p] and base.get(p) not in {ours[p], theirs[p]}]


def _one(path: str, base: Side, ours: Side, theirs: Side, objects: Objects) -> Decided:
    if theirs in {ours, base}:
        return Decided(ours)
    if ours == base:
        return Decided(theirs)
    if ours and theirs:
        return content.merge(path, base, ours, theirs, objects)
    kind = ConflictKind.deleted_by_them if ours else ConflictKind.deleted_by_us
    return Decided(ours or theirs, Conflict(path, kind, base, ours, theirs))


def _by_git(sides: Sides, objects: Objects) -> Merged:
    outcome = objects.merge(*sides)
    found = list(renames.conflicts(outcome, sides[0]))
    decided = {conflict.path: _again(conflict, outcome.tree, objects) for conflict in found}
    merged = _merged(decided)
    clean = {path: entry for path, entry in outcome.tree.items() if path not in decided}
    left = {conflict.path for conflict in merged.conflicts}
    settled = {path: e for path, e in (clean | merged.tree).items() if path not in left}
    notes = tuple(renames.notes(settled, *sides))
    return Merged(clean | merged.tree, merged.conflicts, notes)


def _again(conflict: Conflict, tree: Entries, objects: Objects) -> Decided:
    # a text that moved is merged as one that stayed: by line, then by key
    base, ours, theirs = conflict.base, conflict.ours, conflict.theirs
    is_plain = conflict.kind in {ConflictKind.content, ConflictKind.both_added}
    if is_plain and ours and theirs and content.is_mergeable((base, ours, theirs), objects):
        return content.merge(conflict.path, base, ours, theirs, objects)
    return Decided(tree.get(conflict.path), conflict)


def _merged(decided: dict[str, Decided]) -> Merged:
    paths = sorted(decided)
    tree = {path: entry for path in paths if (entry := decided[path].entry)}
    return Merged(tree, tuple(c for path in paths if (c := decided[path].conflict)))


def _at(path: str, sides: Sides) -> tuple[Side, Side, Side]:
    base, ours, theirs = sides
    return base.get(path), ours.get(path), theirs.get(path)


def _only(sides: Sides, paths: Iterable[str]) -> Sides:
    wanted = set(paths)
    base, ours, theirs = ({p: e for p, e in side.items() if p in wanted} for side in sides)
    return base, ours, theirs
