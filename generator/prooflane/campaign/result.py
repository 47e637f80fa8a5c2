"""What a rollout came to. Values only; `prooflane.report` shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from prooflane.campaign import gate
from prooflane.campaign.state import FAILED, REVERT, Phase
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.runs import Run


@dataclass(frozen=True, slots=True)
class Rolled:
    """A campaign after a command: its waves, each repository's run, and why it stopped."""

    campaign: Campaign
    waves: tuple[Wave, ...]
    runs: tuple[Run, ...]
    waits: str = ""
    hint: str = ""
    left_out: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_revert(self) -> bool:
        """Whether the runs are those that take a wave back."""
        return any(run.kind == REVERT for run in self.runs)

    @property
    def failed(self) -> tuple[Run, ...]:
        """The repositories that could not be done, each with its reason."""
        return tuple(run for run in self.runs if run.state in FAILED)

    @property
    def red(self) -> tuple[Run, ...]:
        """The proposals whose checks are red, and that nobody closed, put off or accepted."""
        syncs = [run for run in self.runs if run.kind != REVERT]
        there = (wave for wave in self.waves if wave.state != Phase.reverted)
        return tuple(
            run
            for wave in there
            for run in gate.red(wave, [run for run in syncs if run.wave == wave.number])
        )

    @property
    def counts(self) -> Mapping[int, Mapping[str, int]]:
        """How many repositories of each wave are in each state."""
        found: dict[int, dict[str, int]] = {}
        for run in self.runs:
            row = found.setdefault(run.wave or 0, {})
            row[run.state] = row.get(run.state, 0) + 1
        return found

    @property
    def status(self) -> int:
        """The exit status: 1 when a repository failed, or it is paused or ends red, else 0."""
        is_sent = all(wave.state in gate.OVER for wave in self.waves)
        ends_red = is_sent and not self.is_revert and bool(self.red)
        return int(bool(self.failed) or self.campaign.state == "paused" or ends_red)
