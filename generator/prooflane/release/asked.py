"""What a person asks of a release check. Values only."""

from dataclasses import dataclass
from datetime import date

from prooflane.fleet.executors import How
from prooflane.fleet.job import Target


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

    def target(self, commit: str, *, checks: bool = True) -> Target:
        """Return what workers are asked: `commit`, with the static checks or without."""
        return Target(self.template, commit, self.python if checks else "", is_candidate=True)
