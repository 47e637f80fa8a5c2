"""Three trees, path by path: whoever alone changed a path wins; where both did, content is read.

Which edits count and whose a file is was decided before, in `prooflane.resync`.
"""

from prooflane.files import Entries, Entry
from prooflane.merge.model import Conflict, ConflictKind, Merged, Objects

Side = Entry | None


def merge(base: Entries, ours: Entries, theirs: Entries, objects: Objects) -> Merged:
    """Return the three trees as one."""
    tree: dict[str, Entry] = {}
    conflicts: list[Conflict] = []
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        entry, conflict = _one(path, base.get(path), ours.get(path), theirs.get(path))
        if entry:
            tree[path] = entry
        if conflict:
            conflicts.append(conflict)
    objects.write(b"")
    return Merged(tree, tuple(conflicts))


def _one(path: str, base: Side, ours: Side, theirs: Side) -> tuple[Side, Conflict | None]:
    if theirs in {ours, base}:
        return ours, None
    if ours == base:
        return theirs, None
    kind = ConflictKind.content if base else ConflictKind.both_added
    return ours, Conflict(path, kind, base, ours, theirs)
