"""What their own static checks say of repositories as they are, at their HEAD."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import partial

from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.fleet import executors
from prooflane.fleet.desk import Desk, desk
from prooflane.fleet.executors import How
from prooflane.fleet.job import Job, Target
from prooflane.fleet.progress import told
from prooflane.fleet.reach import reach
from prooflane.gate.check import Checked


@dataclass(frozen=True, slots=True)
class Standing:
    """A repository, and what its checks said, or why they could not be run."""

    key: str
    checked: Checked = field(default_factory=Checked)

    @property
    def states(self) -> Mapping[str, str]:
        """The controls that are not ok, by id, as `failed` or `pending`."""
        return {row.id: row.state for row in self.checked.findings}


def standings(
    name: str, jobs: list[Job], target: Target, how: How
) -> Generator[Event, None, dict[str, Standing]]:
    """Return how each repository of `jobs` stands, by its key, telling as `name` how far it is."""
    if not jobs:
        return {}
    ran = executors.run(how, partial(_all, target), jobs, _lost)
    found = yield from told(name, ran, len(jobs))
    return {row.key: row for row in found}


def _all(target: Target, jobs: tuple[Job, ...]) -> list[Standing]:
    opened = desk(target)
    return [_one(opened, job) for job in jobs]


def _one(opened: Desk, job: Job) -> Standing:
    try:
        reached = reach(job, opened.folders)
        return Standing(job.key, opened.checks.own(reached.place, reached.head, reached.objects))
    except (ProoflaneError, OSError) as error:
        return Standing(job.key, Checked(reason=str(error)))


def _lost(job: Job) -> Standing:
    return Standing(job.key, Checked(reason="checking it ended the process"))
