"""`release check`: everything that can be known of a release before anybody has it.

Renders every profile, lets fresh repositories check themselves, updates golden repositories from
every supported version with realistic edits, and asks what a fleet would come to. From that: what
is wrong, and which version the effect asks for. Writes nothing but a scratch folder.
"""

import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from prooflane.catalogue import Catalogue
from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.fleet import executors, judge, sources
from prooflane.fleet.executors import How
from prooflane.fleet.job import Job, Target, job
from prooflane.fleet.planned import Planned, Verdict
from prooflane.fleet.progress import told
from prooflane.fleet.repository import Standing as Takes
from prooflane.release import candidate as candidates
from prooflane.release import standing
from prooflane.release.candidate import Candidate
from prooflane.release.checkup import Checkup, Problem
from prooflane.release.delta import Delta, delta
from prooflane.release.effect import Proved, is_broken, level, reasons, verdicts
from prooflane.release.golden import golden
from prooflane.release.made import made, own_files
from prooflane.release.own_checks import Fresh, Nursery
from prooflane.release.profiles import profiles
from prooflane.release.replays import Replays, replays
from prooflane.render.tree import Origin
from prooflane.resync.shelf import Shelf, shelf

JUDGED = frozenset({Takes.active, Takes.foreign, Takes.unreachable})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be released, and how thoroughly it is looked at; `runs` runs all own checks."""

    template: str
    to: str
    today: date
    how: How
    python: str
    fleet: tuple[str, ...] = ()
    runs: bool = True


def check(asked: Asked) -> Generator[Event, None, Checkup]:
    """Return what is known of the candidate.

    Raises:
        ProoflaneError: when there is none, or its records are malformed.
    """
    named = [sources.parse(text) for text in asked.fleet]
    with shelf() as opened, tempfile.TemporaryDirectory(prefix="prooflane-release-") as folder:
        wanted = candidates.candidate(asked.template, asked.to, opened)
        yield from map(Notice, wanted.source.notices)
        for name in ("fresh", "golden"):
            Path(folder, name).mkdir()
        fresh = yield from _fresh(wanted, opened, Path(folder, "fresh"), asked)
        proved = yield from _proved(wanted, opened, Path(folder, "golden"), asked)
        seen = replays(wanted, opened)
        old, new = _catalogues(wanted, opened)
        change = delta(old, new, seen.differences)
        jobs = [job(row) for source in named for row in sources.repositories(source)]
        fleet = yield from _judged("planning the fleet", jobs, wanted, asked)
        return _checkup(wanted, fresh, proved, seen, change, old, fleet, asked)


def _checkup(  # noqa: PLR0913, PLR0917 - each is one part of what was looked at
    wanted: Candidate,
    fresh: tuple[Fresh, ...],
    proved: Proved,
    seen: Replays,
    change: Delta,
    old: Catalogue | None,
    fleet: tuple[Planned, ...],
    asked: Asked,
) -> Checkup:
    found = reasons(change, seen, proved)
    early = _early(change, old, asked.today)
    problems = (*_of_fresh(fresh), *_of_golden(proved), *early)
    return Checkup(
        wanted=wanted,
        level=level(found),
        reasons=found,
        problems=tuple(problems),
        fresh=fresh,
        proved=proved,
        change=change,
        steps=seen.steps,
        moved=seen.gone,
        removed=seen.removed,
        fleet=fleet,
    )


def _fresh(
    wanted: Candidate, opened: Shelf, scratch: Path, asked: Asked
) -> Generator[Event, None, tuple[Fresh, ...]]:
    source = wanted.source
    edition = candidates.edition(opened, source.repository, source.commit)
    assert edition.template
    catalogue = opened.catalogue(edition)
    nursery = Nursery(scratch)
    found: list[Fresh] = []
    origin = Origin(source.url, source.version)
    for profile in profiles(edition.template, wanted.settings, origin):
        tree = made(edition.template, profile, source, catalogue)
        if strays := own_files(tree):
            raise ProoflaneError(
                f"the template gives its own {strays[0]!r} to each project",
                "set _subdirectory in copier.yml: the files of a release lie beside it",
            )
        if asked.runs and profile.is_main and catalogue:
            found.append((yield from nursery.fresh(profile.name, tree)))
        else:
            found.append(Fresh(profile.name, len(tree), None))
    return tuple(found)


def _proved(
    wanted: Candidate, opened: Shelf, scratch: Path, asked: Asked
) -> Generator[Event, None, Proved]:
    fleet = tuple(golden(wanted, opened, scratch))
    jobs = [row.job for row in fleet]
    target = Target(asked.template, wanted.source.commit, asked.python)
    governed = _governed(wanted, opened)
    stood = [row.job for row in fleet if row.version in governed]
    before = partial(standing.standing_all, target)
    ran = executors.run(asked.how, before, stood, standing.lost)
    name = f"checking {len(stood):,} golden repositories"
    known = (yield from told(name, ran, len(stood))) if stood else []
    judged = yield from _judged(f"updating {len(jobs):,} golden repositories", jobs, wanted, asked)
    after = {row.key: row for row in judged}
    return Proved(fleet, {row.key: row for row in known}, after)


def _governed(wanted: Candidate, opened: Shelf) -> set[str]:
    editions = (
        (row.name, candidates.edition(opened, wanted.root, row.commit)) for row in wanted.supported
    )
    return {name for name, edition in editions if opened.catalogue(edition)}


def _judged(
    name: str, jobs: list[Job], wanted: Candidate, asked: Asked
) -> Generator[Event, None, tuple[Planned, ...]]:
    if not jobs:
        return ()
    target = Target(asked.template, wanted.source.commit, asked.python)
    ran = executors.run(asked.how, partial(judge.judge_all, target), jobs, _lost)
    found = yield from told(name, ran, len(jobs))
    return tuple(sorted(found, key=lambda row: row.key))


def _lost(lost: Job) -> Planned:
    return Planned(lost.key, Verdict.failed, reason="planning it ended the process")


def _catalogues(wanted: Candidate, opened: Shelf) -> tuple[Catalogue | None, Catalogue | None]:
    new = opened.catalogue(candidates.edition(opened, wanted.root, wanted.source.commit))
    if wanted.newest is None:
        return None, new
    old = opened.catalogue(candidates.edition(opened, wanted.root, wanted.newest.commit))
    return old, new


def _of_fresh(fresh: tuple[Fresh, ...]) -> Iterator[Problem]:
    for row in fresh:
        if row.failure:
            yield Problem(f"a new repository, {row.profile}", row.failure)


def _of_golden(proved: Proved) -> Iterator[Problem]:
    for row in proved.fleet:
        after, before = proved.after[row.key], proved.before.get(row.key)
        if is_broken(after, row):
            said = after.reason or f"conflicts in {', '.join(sorted(after.conflicts))}"
            yield Problem(row.key, said)
        elif before and before.reason:
            yield Problem(row.key, f"its own checks: {before.reason}")
        elif before and after.unchecked and not after.conflicts:
            yield Problem(row.key, f"the new checks: {after.unchecked}")
    for key, id_, was, now in verdicts(proved):
        if now == "failed":
            says = next(r.message for r in proved.after[key].blocked if r.id == id_)
            yield Problem(key, f"{id_} was {was}, and fails: {says}")


def _early(change: Delta, old: Catalogue | None, today: date) -> Iterator[Problem]:
    announced = {row.id: row.blocks_on for row in old.controls} if old else {}
    for row in change.changed:
        if row.starts_to_block and announced.get(row.id, "") > today.isoformat():
            yield Problem(row.id, f"was announced to block from {announced[row.id]}, not before")
