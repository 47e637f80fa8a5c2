"""What the static checks said of a golden repository before the release: its own, at its HEAD."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prooflane.errors import ProoflaneError
from prooflane.fleet.desk import desk
from prooflane.fleet.job import Job, Target
from prooflane.fleet.reach import reach


@dataclass(frozen=True, slots=True)
class Standing:
    """The controls that are not ok, by id, as `failed` or `pending`; or why nobody can say."""

    key: str
    states: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def standing_all(target: Target, jobs: tuple[Job, ...]) -> list[Standing]:
    """Return how each repository of `jobs` stands."""
    opened = desk(target)
    found = []
    for job in jobs:
        try:
            reached = reach(job, opened.folders)
            checked = opened.checks.own(reached.place, reached.head, reached.objects)
        except (ProoflaneError, OSError) as error:
            found.append(Standing(job.key, reason=str(error)))
            continue
        states = {row.id: row.state for row in checked.findings}
        found.append(Standing(job.key, states, checked.reason))
    return found


def lost(job: Job) -> Standing:
    """Return what is said of a repository whose checks ended the process."""
    return Standing(job.key, reason="checking it ended the process")
