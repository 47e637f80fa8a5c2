"""What a sync means for the controls: which are new, gone or changed.

Pure; whether a control works is for the repository's own checks to say, and which ones stay behind
is decided in `prooflane.sync.holds`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prooflane.catalogue import Catalogue, Control
from prooflane.files import Entries

NOTHING = Catalogue((), (), ())
# a file that more controls than this list is none's in particular: the manifest, above all
SHARED = 3
# what the template gives of these never reaches a repository that exists, or changes each time
UNMERGED = frozenset({"yours", "state"})


class Kind(StrEnum):
    """What becomes of a control."""

    added = "added"
    changed = "changed"
    removed = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A control that the sync changes, and how."""

    id: str
    title: str
    kind: Kind
    how: str


@dataclass(frozen=True, slots=True)
class Side:
    """One version of the template in this repository: its catalogue, tier and rendered files."""

    catalogue: Catalogue | None
    tier: int
    tree: Entries

    def owner(self, path: str) -> str:
        """Return the class of `path` in the catalogue."""
        return (self.catalogue or NOTHING).ownership.of(path)

    @property
    def controls(self) -> dict[str, Control]:
        """The controls that apply, by id."""
        return {control.id: control for control in (self.catalogue or NOTHING).of(self.tier)}


def differences(old: Side, new: Side) -> tuple[Difference, ...]:
    """Return what takes the controls from `old` to `new`, in the order of the catalogue."""
    was, now = old.controls, new.controls
    touched = _touched(old.tree, new, now)
    ids = dict.fromkeys((*now, *was))
    tiers = old.tier, new.tier
    found = (_difference(was.get(id_), now.get(id_), tiers, touched.get(id_, ())) for id_ in ids)
    return tuple(difference for difference in found if difference)


def _difference(
    was: Control | None, now: Control | None, tiers: tuple[int, int], touched: Sequence[str]
) -> Difference | None:
    is_other, tier = tiers[0] != tiers[1], tiers[1]
    if was is None and now is not None:
        how = f"tier {tier} asks for it" if is_other else f"since {now.since}"
        return Difference(now.id, now.title, Kind.added, how)
    if was is not None and now is None:
        how = f"tier {tier} does without" if is_other else "no longer asked for"
        return Difference(was.id, was.title, Kind.removed, how)
    assert was
    assert now
    how = ", ".join(_how(was, now, touched))
    return Difference(now.id, now.title, Kind.changed, how) if how else None


def _how(was: Control, now: Control, touched: Sequence[str]) -> Iterator[str]:
    if was.mode != now.mode:
        yield f"{was.mode or 'none'} → {now.mode or 'none'}"
    if was.title != now.title:
        yield f"was {was.title!r}"
    if len(touched) == 1:
        yield touched[0]
    elif touched:
        yield f"{len(touched)} files"


def _touched(
    before: Entries, new: Side, controls: Mapping[str, Control]
) -> Mapping[str, Sequence[str]]:
    after = new.tree
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in paths if new.owner(path) not in UNMERGED):
        for control in _nearest(path, controls):
            found.setdefault(control.id, []).append(path)
    return found


def _nearest(path: str, controls: Mapping[str, Control]) -> list[Control]:
    # a file of several controls says little of each, unless one of them names it more closely
    depths = {id_: control.depth(path) for id_, control in controls.items()}
    deepest = max(depths.values(), default=0)
    found = [controls[id_] for id_, depth in depths.items() if depth == deepest > 0]
    return found if len(found) <= SHARED else []
