"""What a sync leads to, worked out in memory: nothing here reads a work tree or writes anything.

From the merged tree to what the repository's own records say of it: the lock, the decision record,
and the patch of what is taken out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from prooflane import catalogue, lock
from prooflane.errors import ProoflaneError
from prooflane.files import REGULAR, Entries, Entry, tree_id
from prooflane.lock import Lock
from prooflane.merge.model import Merged, Note, Objects
from prooflane.resync.changes import Change, changes
from prooflane.resync.migrations import moved
from prooflane.resync.replay import Replayed
from prooflane.sync import losses, record
from prooflane.sync.controls import Difference, Side, differences
from prooflane.sync.holds import Ground, Hold, held, in_force, states
from prooflane.sync.record import Facts
from prooflane.sync.result import Row
from prooflane.sync.subject import Subject
from prooflane.sync.versions import Journey

UNGOVERNED = -1


@dataclass(frozen=True, slots=True)
class Basis:
    """The repository, where it goes, and what the template gave and gives.

    `beside` are the decision records that lie in its work tree, committed or not.
    """

    subject: Subject
    way: Journey
    replayed: Replayed
    objects: Objects
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The merged tree with its records, what takes HEAD there, and what that means."""

    merged: Merged
    changes: tuple[Change, ...]
    old: Side
    new: Side
    controls: tuple[Difference, ...]
    holds: tuple[Hold, ...]
    losses: tuple[Note, ...]
    record: str = ""
    is_record_open: bool = False
    patch: bytes = b""

    @property
    def tiers(self) -> tuple[int, int] | None:
        """The tier before and after; None where the template knows none."""
        pair = self.old.tier, self.new.tier
        return None if UNGOVERNED in pair else pair

    def owner(self, path: str, answers_file: str) -> str:
        """Return who owns `path`: a class of the catalogue, or `merged`."""
        if path in {lock.NAME, answers_file}:
            return "state"
        offered = self.new.catalogue or self.old.catalogue
        return offered.ownership.of(path) if offered else catalogue.MERGED

    def rows(self, answers_file: str) -> tuple[Row, ...]:
        """Return each path that changes."""
        return tuple(
            Row(change.path, change.action, self.owner(change.path, answers_file))
            for change in self.changes
        )


def work_out(basis: Basis, merged: Merged, render: Callable[[str], Entries]) -> Outcome:
    """Return what `merged` leads to; `render` gives the files of an older version."""
    subject, objects = basis.subject, basis.objects
    old = _side(basis.replayed.base, subject.answers, objects)
    new = _side(basis.replayed.theirs, basis.replayed.answers, objects)
    force = in_force(subject.lock, old, subject.version)
    holds = held(Ground(new, merged, objects), force, subject.lock, render)
    locked = lock.dump(_lock(basis, new, holds))
    tree = {**merged.tree, lock.NAME: Entry(REGULAR, objects.write(locked))}
    outcome = Outcome(
        merged=replace(merged, tree=tree),
        changes=changes(subject.head, replace(merged, tree=tree)),
        old=old,
        new=new,
        controls=differences(old, new),
        holds=holds,
        losses=losses.losses(merged),
    )
    outcome = _with_patch(outcome, basis)
    if new.catalogue is None or {change.path for change in outcome.changes} <= {lock.NAME}:
        return outcome
    return _with_record(outcome, basis)


def _side(tree: Entries, answers: Mapping[str, object], objects: Objects) -> Side:
    entry = tree.get(catalogue.PATH)
    if entry is None or "tier" not in answers:
        return Side(None, UNGOVERNED, tree)
    return Side(catalogue.load(objects.read(entry.id)), int(str(answers["tier"])), tree)


def _lock(basis: Basis, new: Side, holds: tuple[Hold, ...]) -> Lock:
    source, tree = basis.way.source, tree_id(new.tree)
    controls, signer = states(new, source.version, holds), basis.way.signer
    url = basis.subject.url
    return Lock(url, source.version, source.commit, tree, controls, signer=signer)


def _with_patch(outcome: Outcome, basis: Basis) -> Outcome:
    if not outcome.losses:
        return outcome
    steps = basis.replayed.migrations
    base, head = (moved(side, steps) for side in (basis.replayed.base, basis.subject.head))
    return replace(outcome, patch=losses.as_patch(outcome.losses, base, head, basis.objects))


def _with_record(outcome: Outcome, basis: Basis) -> Outcome:
    head, facts = basis.subject.head, _facts(outcome, basis)
    stem = record.stem(facts, (*head, *outcome.merged.tree), basis.beside)
    written = {f"{stem}.md": record.text(facts, stem)}
    if outcome.patch:
        written[f"{stem}.patch"] = outcome.patch
    added = {path: Entry(REGULAR, basis.objects.write(data)) for path, data in written.items()}
    merged = replace(outcome.merged, tree={**outcome.merged.tree, **added})
    return replace(
        outcome,
        merged=merged,
        changes=changes(head, merged),
        record=f"{stem}.md",
        is_record_open=record.asks(facts),
    )


def _facts(outcome: Outcome, basis: Basis) -> Facts:
    subject, source = basis.subject, basis.way.source
    state = {lock.NAME, subject.answers_file}
    return Facts(
        url=subject.url,
        before=subject.version,
        after=source.version,
        commit=source.commit,
        tiers=(outcome.old.tier, outcome.new.tier),
        changed=tuple(row.path for row in outcome.changes if row.path not in state),
        controls=outcome.controls,
        conflicts=tuple(conflict.path for conflict in outcome.merged.conflicts),
        holds=outcome.holds,
        lost=tuple(note.path for note in outcome.losses),
        owner=str(basis.replayed.answers.get("owner") or ""),
        keeps_data=_keeps_data(subject.head, outcome.merged.tree, basis.objects),
    )


def _keeps_data(before: Entries, after: Entries, objects: Objects) -> bool:
    was, now = before.get(record.MANIFEST), after.get(record.MANIFEST)
    if was == now or was is None or now is None:
        return was == now
    try:
        return record.data(objects.read(was.id)) == record.data(objects.read(now.id))
    except ProoflaneError:
        return False  # in conflict, or no YAML: somebody has to look
