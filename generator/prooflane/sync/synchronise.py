"""The verb: a repository and a version → three trees → one → shown, or applied.

Decides the order: whatever can be refused is refused before anything is written, and what is shown
by a plan is what would be applied, because it is the same value. It yields events while it works.
"""

import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.gate import check as gate
from prooflane.gate import evals
from prooflane.gate.check import Checked
from prooflane.gate.tree import laid_out
from prooflane.git.identity import identity, require_version
from prooflane.git.objects import Store, store
from prooflane.git.place import Place
from prooflane.resync import apply, journal
from prooflane.resync.desk import Desk
from prooflane.resync.shelf import shelf
from prooflane.sync.describe import describe
from prooflane.sync.result import Consent, Request, State, Synced
from prooflane.sync.subject import locate
from prooflane.sync.work import Worked, work


def sync(request: Request, consent: Consent) -> Generator[Event, None, Synced]:
    """Bring a repository to another version of its template, and return what that came to.

    Raises:
        ProoflaneError: when it cannot be; nothing of it was touched then.
    """
    started = time.monotonic()
    require_version()
    place = locate(request.repository)
    yield from _finished(place, request)
    with store(place.root) as objects, shelf() as opened:
        worked = work(place, request, objects, opened)
        yield from map(Notice, worked.way.notices)
        done = describe(worked)
        if not worked.outcome.changes:
            return replace(done, state=State.nothing)
        if worked.seen and apply.is_applied(worked.outcome.changes, worked.seen):
            yield Notice("this sync is staged already")
            return replace(done, state=State.staged)
        _refuse(worked)
        done = yield from _checked(worked, request, done, objects)
        if done.state is State.refused:
            return done
        done = replace(done, consented=not done.losses or consent(done.losses))
        if request.is_plan or not done.consented:
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
            yield Notice("an interrupted sync was finished first")


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
        return replace(done, state=State.refused, reason="conflicts need a checkout")
    if not (request.is_plan or request.verifies):
        return done
    if not worked.outcome.new.catalogue:
        said = Checked(reason="not run, the template has none")
        return _verified(done, said) if request.verifies else replace(done, static=said)

    def read(path: str) -> bytes | None:
        return objects.read(tree[path].id) if path in tree else None

    done = replace(done, evals=evals.recorded(place.root, read))
    with laid_out(place.root, tree, objects.read) as folder:
        if not request.verifies:
            return replace(done, static=(yield from gate.static(folder, done.record)))
        if done.conflicts:
            return _verified(done, Checked(reason="not run, conflicts come first"))
        return _verified(done, (yield from gate.everything(folder, done.record)))


def _verified(done: Synced, said: Checked) -> Synced:
    done = replace(done, everything=said)
    if said.failed or said.ok == 0 or said.reason:
        why = "its checks fail" if said.ok or said.findings else "it cannot be verified"
        return replace(done, state=State.refused, reason=f"{why}: nothing was changed")
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
