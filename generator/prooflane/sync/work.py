"""Reads a repository and two versions of its template, and works out where a sync leads.

Nothing is written. Decides what counts as the repository's own, and proves the base of the merge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from prooflane import lock
from prooflane.errors import ProoflaneError
from prooflane.files import EXECUTABLE, LINK, REGULAR, Entries, Entry
from prooflane.git import place as places
from prooflane.git.objects import Store
from prooflane.git.place import Place
from prooflane.merge.model import Merged
from prooflane.resync import apply
from prooflane.resync.apply import Seen
from prooflane.resync.migrations import moved
from prooflane.resync.plan import plan
from prooflane.resync.replay import Recorded, Replayed, Target, replay
from prooflane.resync.shelf import Shelf
from prooflane.source import find
from prooflane.sync import subject as subjects
from prooflane.sync.outcome import Basis, Outcome, work_out
from prooflane.sync.record import FOLDER
from prooflane.sync.result import Request
from prooflane.sync.subject import Subject
from prooflane.sync.versions import Journey, journey, signed


@dataclass(frozen=True, slots=True)
class Worked:
    """Everything that is known before anything is written."""

    subject: Subject
    way: Journey
    outcome: Outcome
    seen: Seen | None
    ignored: Entries


def work(place: Place, request: Request, objects: Store, opened: Shelf) -> Worked:
    """Return what the sync of the repository at `place` leads to.

    Raises:
        ProoflaneError: when it does not say where it came from, or the base cannot be proved.
    """
    seen = None if place.is_bare else apply.see(place)
    subject = subjects.read(place, objects)
    way = journey(subject, request.template, request.to)
    return replace(worked_out(subject, way, request.given, objects, opened), seen=seen)


Sign = Callable[[Journey, object], Journey]


def worked_out(  # noqa: PLR0913, PLR0917 - a repository, a way, and what reads them
    subject: Subject,
    way: Journey,
    given: Mapping[str, object],
    objects: Store,
    opened: Shelf,
    sign: Sign = signed,
) -> Worked:
    """Return what it leads to when `subject` goes that `way`, with answers that are `given`.

    `sign` says who signed the version, and refuses what a tier does not take.

    Raises:
        ProoflaneError: when the base cannot be proved, or the version is not signed as it must be.
    """
    replayed = _replayed(subject, way, given, objects, opened)
    way = sign(way, replayed.answers.get("tier"))
    _refuse_unproved(subject, replayed)
    ignored = {} if subject.place.is_bare else _ignored(subject, replayed.theirs, objects)
    merged = _merged(subject, replayed, ignored, objects)

    @cache
    def render(version: str) -> Entries:
        older = replace(way, start=find.at(way.source, version))
        then = _replayed(subject, older, given, objects, opened)
        return moved(then.base, then.migrations)

    outcome = work_out(Basis(subject, way, replayed, objects, _beside(subject)), merged, render)
    return Worked(subject, way, outcome, None, ignored)


def _beside(subject: Subject) -> tuple[str, ...]:
    if subject.place.is_bare:
        return ()
    folder = subject.place.root / FOLDER
    return tuple(sorted(f"{FOLDER}{path.name}" for path in folder.glob("*.md")))


def _merged(subject: Subject, replayed: Replayed, ignored: Entries, objects: Store) -> Merged:
    policy = replace(replayed.policy, ignored=ignored)
    base, ours = (moved(side, replayed.migrations) for side in (replayed.base, subject.head))
    merged = plan(base, ours, replayed.theirs, policy, objects)
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
    there = [path for path in theirs if path not in subject.head and _is_file(root / path)]
    covered = places.ignored(subject.place, there)
    return {path: _entry(root / path, objects) for path in there if path in covered}


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _entry(path: Path, objects: Store) -> Entry:
    if path.is_symlink():
        return Entry(LINK, objects.write(bytes(path.readlink())))
    mode = EXECUTABLE if path.stat().st_mode & 0o100 else REGULAR
    return Entry(mode, objects.write(path.read_bytes()))
