"""The verb: a repository and a version → three trees → one → shown, or applied.

Decides the order: whatever can be refused is refused before anything is written, and what is shown
by a plan is what would be applied, because it is the same value. It yields events while it works.
"""

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prooflane import lock
from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.files import Entries, Entry
from prooflane.gate import check as gate
from prooflane.gate import evals
from prooflane.gate.check import Checked
from prooflane.gate.tree import laid_out
from prooflane.git import place as places
from prooflane.git.identity import identity, require_version
from prooflane.git.objects import Store, store
from prooflane.git.place import Place
from prooflane.merge.model import Merged
from prooflane.resync import apply, journal
from prooflane.resync.apply import Seen
from prooflane.resync.desk import Desk
from prooflane.resync.plan import plan
from prooflane.resync.replay import Recorded, Replayed, Target, replay
from prooflane.resync.shelf import Shelf, shelf
from prooflane.source import find
from prooflane.sync import subject as subjects
from prooflane.sync.outcome import Basis, Outcome, work_out
from prooflane.sync.result import Consent, Request, State, Synced
from prooflane.sync.subject import Subject
from prooflane.sync.versions import Journey, journey, signed

AGAIN = "an interrupted sync was finished first"


@dataclass(frozen=True, slots=True)
class Worked:
    """Everything that is known before anything is written."""

    subject: Subject
    way: Journey
    outcome: Outcome
    seen: Seen | None
    ignored: Entries


def sync(request: Request, consent: Consent) -> Generator[Event, None, Synced]:
    """Bring a repository to another version of its template, and return what that came to.

    Raises:
        ProoflaneError: when it cannot be; nothing of it was touched then.
    """
    started = time.monotonic()
    require_version()
    place = subjects.locate(request.repository)
    yield from _finished(place, request)
    with store(place.root) as objects, shelf() as opened:
        worked = _worked(place, request, objects, opened)
        yield from map(Notice, worked.way.notices)
        done = _described(worked)
        if not worked.outcome.changes:
            return replace(done, state=State.nothing)
        if worked.seen and apply.is_applied(worked.outcome.changes, worked.seen):
            yield Notice("this sync is staged already")
            return replace(done, state=State.staged)
        _refuse(worked)
        done = yield from _checked(worked, request, done, objects)
        done = replace(done, consented=not done.losses or consent(done.losses))
        if request.is_plan or not done.consented or done.state is State.refused:
            return done
        return replace(_applied(worked, done, objects), seconds=time.monotonic() - started)


def _finished(place: Place, request: Request) -> Generator[Event, None, None]:
    desk = Desk(place.root, place.folder)
    if place.is_bare:
        return
    if request.is_plan:
        if journal.is_pending(desk):
            raise ProoflaneError("a sync was interrupted here", "prooflane sync finishes it")
        return
    with journal.exclusive(desk):
        if journal.recover(desk):
            yield Notice(AGAIN)


def _worked(place: Place, request: Request, objects: Store, opened: Shelf) -> Worked:
    seen = None if place.is_bare else apply.see(place)
    subject = subjects.read(place, objects)
    way = journey(subject, request.template, request.to)
    replayed = _replayed(subject, way, request.given, objects, opened)
    way = signed(way, replayed.answers.get("tier"))
    _refuse_unproved(subject, replayed)
    ignored = {} if place.is_bare else _ignored(subject, replayed.theirs, objects)
    merged = _merged(subject, replayed, ignored, objects)

    def render(version: str) -> Entries:
        start = find.at(way.source, version)
        return _replayed(subject, replace(way, start=start), {}, objects, opened).base

    outcome = work_out(Basis(subject, way, replayed, objects), merged, render)
    return Worked(subject, way, outcome, seen, ignored)


def _merged(subject: Subject, replayed: Replayed, ignored: Entries, objects: Store) -> Merged:
    policy = replace(replayed.policy, ignored=ignored)
    merged = plan(replayed.base, subject.head, replayed.theirs, policy, objects)
    # an ignored file that stays as it is stays ignored
    stays = {path for path, entry in ignored.items() if merged.tree.get(path) == entry}
    tree = {path: entry for path, entry in merged.tree.items() if path not in stays}
    return replace(merged, tree=tree)


def _replayed(
    subject: Subject, way: Journey, given: Mapping[str, object], objects: Store, opened: Shelf
) -> Replayed:
    recorded = Recorded(
        url=subject.url,
        version=subject.version,
        answers=subject.answers,
        answers_file=subject.answers_file,
        folder=subject.place.root.name,
    )
    source = way.source
    target = Target(source.repository, way.start, source.commit, source.version)
    return replay(opened, target, recorded, given, objects)


def _refuse_unproved(subject: Subject, replayed: Replayed) -> None:
    if subject.proof and not replayed.reproduces(subject.proof.tree):
        name = subject.answers_file
        raise ProoflaneError(
            f"the base is not reproducible: {subject.version} with the answers of {name} gives "
            f"another tree than {lock.NAME} records",
            f"undo edits of {name} and use --set; without {lock.NAME} it is not proved",
        )


def _ignored(subject: Subject, theirs: Entries, objects: Store) -> dict[str, Entry]:
    root = subject.place.root
    there = [path for path in theirs if path not in subject.head and (root / path).is_file()]
    covered = places.ignored(subject.place, there)
    return {path: _entry(root / path, objects) for path in there if path in covered}


def _entry(path: Path, objects: Store) -> Entry:
    mode = 0o100755 if path.stat().st_mode & 0o100 else 0o100644
    return Entry(mode, objects.write(path.read_bytes()))


def _described(worked: Worked) -> Synced:
    outcome, subject = worked.outcome, worked.subject
    return Synced(
        root=subject.place.root,
        is_bare=subject.place.is_bare,
        source=replace(worked.way.source, url=subject.url),
        before=subject.version,
        tiers=outcome.tiers,
        state=State.planned,
        rows=outcome.rows(subject.answers_file),
        controls=outcome.controls,
        holds=outcome.holds,
        lifted=_lifted(worked),
        conflicts=outcome.merged.conflicts,
        notes=outcome.merged.notes,
        losses=outcome.losses,
        record=outcome.record,
        is_record_open=outcome.is_record_open,
        patch=_patch(worked),
        notices=worked.way.notices,
    )


def _lifted(worked: Worked) -> tuple[str, ...]:
    before = worked.subject.lock.held if worked.subject.lock else {}
    stays = {hold.id for hold in worked.outcome.holds}
    return tuple(id_ for id_ in before if id_ in worked.outcome.new.controls and id_ not in stays)


def _patch(worked: Worked) -> str:
    outcome = worked.outcome
    if not outcome.patch:
        return ""
    if outcome.record:
        return outcome.record.removesuffix(".md") + ".patch"
    # a foreign template has no place for it, so git's own folder keeps it
    return str(worked.subject.place.folder / f"prooflane-{worked.way.source.commit[:12]}.patch")


def _refuse(worked: Worked) -> None:
    if worked.seen is None:
        identity()  # its commit will need an author
    else:
        apply.refuse_unmerged(worked.seen)
        apply.refuse_overlap(worked.subject.place, worked.outcome.changes, worked.ignored)


def _checked(
    worked: Worked, request: Request, done: Synced, objects: Store
) -> Generator[Event, None, Synced]:
    place, tree = worked.subject.place, worked.outcome.merged.tree
    if done.conflicts and place.is_bare:
        done = replace(done, state=State.refused, reason="conflicts need a checkout")
    if not worked.outcome.new.catalogue or not (request.is_plan or request.verifies):
        return done

    def read(path: str) -> bytes | None:
        return objects.read(tree[path].id) if path in tree else None

    done = replace(done, evals=evals.recorded(place.root, read))
    with laid_out(place.root, tree, objects.read) as folder:
        if not request.verifies:
            return replace(done, static=(yield from gate.static(folder, done.record)))
        if done.conflicts:
            return replace(done, everything=Checked(reason="not run, conflicts come first"))
        said = yield from gate.everything(folder, done.record)
    done = replace(done, everything=said)
    if said.failed or said.reason:
        return replace(done, state=State.refused, reason="its checks fail: nothing was changed")
    return done


def _applied(worked: Worked, done: Synced, objects: Store) -> Synced:
    place, changes = worked.subject.place, worked.outcome.changes
    if worked.outcome.patch and not worked.outcome.record:
        Path(done.patch).write_bytes(worked.outcome.patch)
    if worked.seen is None:
        message = f"Sync with the template {done.after}"
        commit = apply.into_bare(place, changes, message, objects)
        return replace(done, state=State.committed, commit=commit)
    apply.into_checkout(place, changes, worked.seen, objects, worked.ignored)
    return replace(done, state=State.staged)
