"""Which controls stay at the version in force, although the repository moves on.

A control is held when a file of it is in conflict, and until that file holds what the template
changed in it: a conflict that was resolved by keeping one's own side is no adoption.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prooflane.catalogue import Control
from prooflane.errors import ProoflaneError
from prooflane.files import Entries, Entry
from prooflane.lock import Lock, State
from prooflane.merge.model import Merged, Objects
from prooflane.sync.controls import Side

# the version in force of a control that never was
NEVER = "none"
# their content is never the result of a merge
SETTLED = frozenset({"managed", "yours", "state"})


@dataclass(frozen=True, slots=True)
class Hold:
    """A control that stays at `version`, and the files that are the reason."""

    id: str
    title: str
    version: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sync leads to: the template's new side, and what was planned from it."""

    new: Side
    planned: Merged
    objects: Objects


def held(
    ground: Ground,
    in_force: Mapping[str, str],
    locked: Lock | None,
    render: Callable[[str], Entries],
) -> tuple[Hold, ...]:
    """Return the holds after the sync: fresh conflicts, and what `locked` still holds.

    `render` gives the files of an older version of the template.
    """
    fresh = {hold.id: hold for hold in _conflicted(ground, in_force)}
    older = locked.held if locked else {}
    left = (
        _kept(control, older[id_], ground, render)
        for id_, control in ground.new.controls.items()
        if id_ in older and id_ not in fresh
    )
    found = fresh | {hold.id: hold for hold in left if hold}
    return tuple(found[id_] for id_ in ground.new.controls if id_ in found)


def in_force(locked: Lock | None, old: Side, version: str) -> dict[str, str]:
    """Return each control's version in force; without a lock, that of the recorded template."""
    if locked is None:
        return dict.fromkeys(old.controls, version)
    return {id_: at for id_, (at, _) in locked.controls.items()}


def states(new: Side, version: str, holds: tuple[Hold, ...]) -> dict[str, tuple[str, str]]:
    """Return what the lock says of each control after the sync."""
    stays = {hold.id: (hold.version, State.held.value) for hold in holds}
    return {id_: stays.get(id_, (version, State.current.value)) for id_ in new.controls}


def _conflicted(ground: Ground, in_force: Mapping[str, str]) -> Iterator[Hold]:
    paths = [conflict.path for conflict in ground.planned.conflicts]
    for id_, control in ground.new.controls.items():
        if mine := tuple(filter(control.covers, paths)):
            yield Hold(id_, control.title, in_force.get(id_, NEVER), mine)


def _kept(
    control: Control, version: str, ground: Ground, render: Callable[[str], Entries]
) -> Hold | None:
    paths = [path for path in ground.new.tree if control.covers(path) and _is_merged(path, ground)]
    try:
        then = {} if version == NEVER else render(version)
    except ProoflaneError:
        # the older version is gone: what cannot be compared stays held
        return Hold(control.id, control.title, version, tuple(paths))
    missing = [path for path in paths if not _is_adopted(path, then, ground)]
    return Hold(control.id, control.title, version, tuple(missing)) if missing else None


def _is_merged(path: str, ground: Ground) -> bool:
    return ground.new.owner(path) not in SETTLED


def _is_adopted(path: str, then: Entries, ground: Ground) -> bool:
    was, wanted = then.get(path), ground.new.tree[path]
    there = ground.planned.tree.get(path)
    if wanted in {was, there}:
        return True
    old, new, mine = (_lines(entry, ground.objects) for entry in (was, wanted, there))
    return new - old <= mine and not (old - new) & mine


def _lines(entry: Entry | None, objects: Objects) -> set[bytes]:
    return set(objects.read(entry.id).splitlines()) if entry else set()
