"""Judges many repositories at once and tells how far it is; whose they are is not asked here."""

from collections.abc import Generator, Sequence
from functools import partial

from prooflane.event import Event
from prooflane.fleet import executors, judge
from prooflane.fleet.executors import How
from prooflane.fleet.job import Job, Target
from prooflane.fleet.planned import Planned, Verdict
from prooflane.fleet.progress import told


def judged(
    name: str, jobs: Sequence[Job], target: Target, how: How
) -> Generator[Event, None, tuple[Planned, ...]]:
    """Return what `target` would make of each repository, by key, telling it as the step `name`."""
    if not jobs:
        return ()
    ran = executors.run(how, partial(judge.judge_all, target), jobs, _lost)
    found = yield from told(name, ran, len(jobs))
    return tuple(sorted(found, key=lambda row: row.key))


def _lost(lost: Job) -> Planned:
    return Planned(lost.key, Verdict.failed, reason="planning it ended the process")
