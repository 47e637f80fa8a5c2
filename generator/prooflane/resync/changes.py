"""What a plan changes, path by path, in work tree and index. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prooflane.files import Entries, Entry
from prooflane.merge.model import Conflict, Merged


@dataclass(frozen=True, slots=True)
class Change:
    """One path: what it was, what the work tree will hold, and what the index will, by stage."""

    path: str
    old: Entry | None
    new: Entry | None
    stages: Mapping[int, Entry]

    @property
    def action(self) -> str:
        """Whether the path is added, updated, removed or, in the index alone, in conflict."""
        if self.old == self.new:
            return "conflict"
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "updated"


def changes(before: Entries, planned: Merged) -> tuple[Change, ...]:
    """Return what takes a repository from `before` to what is `planned`, by path."""
    conflicts = {conflict.path: conflict for conflict in planned.conflicts}
    paths = before.keys() | planned.tree.keys() | conflicts.keys()
    found = (_change(path, before, planned, conflicts.get(path)) for path in sorted(paths))
    return tuple(change for change in found if change)


def _change(
    path: str, before: Entries, planned: Merged, conflict: Conflict | None
) -> Change | None:
    old, new = before.get(path), planned.tree.get(path)
    if conflict:
        return Change(path, old, new, dict(_stages(conflict)))
    return None if old == new else Change(path, old, new, {0: new} if new else {})


def _stages(conflict: Conflict) -> Iterator[tuple[int, Entry]]:
    for stage, entry in enumerate((conflict.base, conflict.ours, conflict.theirs), 1):
        if entry:
            yield stage, entry
