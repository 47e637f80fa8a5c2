"""What is known of a release before anybody has it. Values only; `prooflane.report` shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from prooflane.fleet.planned import Planned
from prooflane.release.candidate import Candidate
from prooflane.release.delta import Delta
from prooflane.release.effect import Proved, Reason
from prooflane.release.fresh import Fresh
from prooflane.release.level import Level, following
from prooflane.release.problems import Problem
from prooflane.resync.migrations import Migration


@dataclass(frozen=True, slots=True)
class Checkup:
    """The candidate, its effect, and what is wrong with it."""

    wanted: Candidate
    level: Level
    reasons: tuple[Reason, ...]
    problems: tuple[Problem, ...]
    fresh: tuple[Fresh, ...]
    proved: Proved
    change: Delta
    steps: tuple[Migration, ...]
    moved: Mapping[str, str]
    removed: tuple[str, ...]
    fleet: tuple[Planned, ...]

    @property
    def version(self) -> str:
        """The least version that tells of the effect, named as the releases before it are."""
        newest = self.wanted.newest
        return following(newest.name if newest else "", self.level)

    @property
    def status(self) -> int:
        """The exit status: 1 when something is wrong."""
        return int(bool(self.problems))
