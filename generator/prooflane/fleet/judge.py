"""One repository and a version → one verdict. Nothing is written; whatever goes wrong is a verdict.

This is what workers of all kinds run, in chunks. The merge is `prooflane sync`'s own.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

from prooflane.errors import ProoflaneError, defect
from prooflane.fleet.desk import Desk, ForeignError, desk
from prooflane.fleet.facts import Facts, facts
from prooflane.fleet.job import Job, Target
from prooflane.fleet.planned import Blocked, Planned, Stays, Verdict
from prooflane.fleet.reach import Reached, reach
from prooflane.gate.check import Checked
from prooflane.sync import subject as subjects
from prooflane.sync.outcome import Outcome
from prooflane.sync.work import Worked, worked_out


def judge_all(target: Target, jobs: tuple[Job, ...]) -> list[Planned]:
    """Return what the target's version would do to each repository of `jobs`."""
    opened = desk(target)
    return [judge(opened, job) for job in jobs]


def judge(opened: Desk, job: Job) -> Planned:
    """Return what would become of the repository of `job`."""
    started = time.perf_counter()
    try:
        planned = _judged(opened, job)
    except ForeignError as error:
        planned = _ended(job, Verdict.foreign, error)
    except ProoflaneError as error:
        planned = _ended(job, Verdict.failed, error)
    except Exception as error:  # noqa: BLE001 - one repository never sinks a fleet
        planned = _ended(job, Verdict.failed, defect(error))
    return replace(planned, seconds=round(time.perf_counter() - started, 4))


def _ended(job: Job, verdict: Verdict, error: ProoflaneError) -> Planned:
    return Planned(job.key, verdict, reason=error.message, hint=error.hint)


def _judged(opened: Desk, job: Job) -> Planned:
    reached = reach(job, opened.folders)
    if not any(subjects.ANSWERS.fullmatch(path) for path in reached.head):
        return Planned(job.key, Verdict.foreign, reason="no template made it")
    subject = subjects.of(reached.place, reached.head, reached.objects)
    known = facts(subject, reached.objects)
    try:
        way = opened.way(subject)
        worked = worked_out(subject, way, {}, reached.objects, opened.shelf, opened.signed)
    except ForeignError as error:
        return _known(_ended(job, Verdict.foreign, error), known, reached)
    except ProoflaneError as error:
        return _known(_ended(job, Verdict.failed, error), known, reached)
    checked = _checked(opened, worked, reached)
    return _known(_planned(job, worked, checked), known, reached)


def _known(planned: Planned, known: Facts, reached: Reached) -> Planned:
    return replace(
        planned,
        before=known.version,
        tier=known.tier,
        team=known.team,
        owner=known.owner,
        head=reached.place.head,
    )


def _checked(opened: Desk, worked: Worked, reached: Reached) -> Checked | None:
    if not worked.outcome.changes or worked.outcome.new.catalogue is None:
        return None
    outcome = worked.outcome
    return opened.checks.check(outcome, reached.place, reached.head, reached.objects)


def _planned(job: Job, worked: Worked, checked: Checked | None) -> Planned:
    outcome = worked.outcome
    blocked = tuple(_blocked(outcome, checked)) if checked else ()
    return Planned(
        job.key,
        _verdict(outcome, blocked),
        after=worked.way.source.version,
        files=len(outcome.changes),
        controls={row.id: row.kind.value for row in outcome.controls},
        conflicts={row.path: row.kind.value for row in outcome.merged.conflicts},
        held=tuple(Stays(hold.id, hold.version, hold.paths) for hold in outcome.holds),
        blocked=blocked,
        pending=_pending(checked),
        lost=tuple(note.path for note in outcome.losses),
        unchecked=checked.reason if checked else "",
    )


def _blocked(outcome: Outcome, checked: Checked) -> Iterator[Blocked]:
    fresh = {row.id for row in outcome.controls}
    for row in checked.findings:
        if row.state == "failed":
            yield Blocked(row.id, row.message or row.title, row.id in fresh)


def _pending(checked: Checked | None) -> tuple[str, ...]:
    rows = checked.findings if checked else ()
    return tuple(row.id for row in rows if row.state == "pending")


def _verdict(outcome: Outcome, blocked: tuple[Blocked, ...]) -> Verdict:
    if outcome.merged.conflicts:
        return Verdict.conflict
    if blocked:
        return Verdict.blocked
    if outcome.holds:
        return Verdict.held
    return Verdict.clean if outcome.changes else Verdict.current
