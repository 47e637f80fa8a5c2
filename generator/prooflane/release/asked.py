"""What a person asks of a release check. Values only."""

from dataclasses import dataclass
from datetime import date

from prooflane.fleet.executors import How
from prooflane.fleet.job import Target
from prooflane.source.find import Source


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be released, and how thoroughly it is looked at.

    `version` is what it will be called, where that is known; `runs` runs all own checks.
    """

    template: str
    to: str
    today: date
    how: How
    python: str
    fleet: tuple[str, ...] = ()
    runs: bool = True
    version: str = ""

    def target(self, source: Source, *, checks: bool = True) -> Target:
        """Return what workers are asked about the candidate, with the static checks or without."""
        python = self.python if checks else ""
        return Target(self.template, source.commit, python, candidate=source.version)
