"""What an approval is to the board's question, and what was in force at a moment. Pure values.

Where approvals come from is the business of a `Source`: `recorded.py` reads what git has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval, in the name of a role, of the code that ran.

    `paths` is what the role answers for; `evidence` says what proves it; `file` and `commit` are
    where that lies. In force from `since` until before `until`, nanoseconds since 1970.
    """

    paths: tuple[str, ...]
    role: str
    principal: str
    evidence: str
    decision: str
    file: str
    commit: str
    since: int
    until: int

    def in_force(self, moment: int) -> bool:
        """Say whether it was in force at `moment`."""
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Need:
    """A role whose approval is required, and of how many people."""

    role: str
    people: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What was in force, and each reason why that was not enough; approved where there is none."""

    approvals: tuple[Approval, ...]
    missing: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether every role had approved."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was ever approved of one revision; `unknown` says why nobody can tell, if so."""

    needs: tuple[Need, ...]
    approvals: tuple[Approval, ...]
    unknown: str = ""

    def at(self, moment: int) -> Standing:
        """Return what stood at `moment`."""
        found = tuple(each for each in self.approvals if each.in_force(moment))
        if self.unknown:
            return Standing((), (self.unknown,))
        short = tuple(filter(None, (_short(need, found) for need in self.needs)))
        return Standing(found, short if self.needs else ("no role is named that could approve",))

    def turns(self, first: int, last: int) -> list[tuple[int, Standing]]:
        """Return each moment from `first` to `last` at which the standing changes, and to what."""
        moments = {moment for each in self.approvals for moment in (each.since, each.until)}
        inside = sorted({first, *(moment for moment in moments if first < moment <= last)})
        return [(moment, self.at(moment)) for moment in inside]


class Source(Protocol):
    """Gives the ruling of each revision that ran between two moments."""

    def __call__(
        self, root: Path, revisions: Sequence[str], first: int, last: int
    ) -> Mapping[str, Ruling]:
        """Return revision → ruling, one for each."""


def _short(need: Need, found: Sequence[Approval]) -> str:
    """Return what is missing for `need`; two approvals of one person or one key count once."""
    own = [each for each in found if each.role == need.role]
    people = min(len({each.principal for each in own}), len({each.evidence for each in own}))
    if people >= need.people:
        return ""
    return need.role if need.people == 1 else f"{need.role} ({people} of {need.people} people)"
