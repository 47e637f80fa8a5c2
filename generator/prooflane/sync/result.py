"""What a sync is asked for, and what it came to. Values only; `prooflane.report` shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from prooflane.gate.check import Checked
from prooflane.gate.evals import Recorded
from prooflane.merge.model import Conflict, Note
from prooflane.source.find import Source
from prooflane.sync.controls import Difference
from prooflane.sync.holds import Hold

# says whether a person gives the edits in these notes up
Consent = Callable[[tuple[Note, ...]], bool]


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for; `given` are the answers to change, the tier among them."""

    repository: Path
    given: Mapping[str, object] = field(default_factory=dict)
    template: str | None = None
    to: str | None = None
    is_plan: bool = False
    verifies: bool = False


class State(StrEnum):
    """What became of the plan."""

    nothing = "nothing"  # there was nothing to do
    planned = "planned"  # shown only
    staged = "staged"  # in the index and the work tree
    committed = "committed"  # on the branch of a bare repository
    refused = "refused"  # not applied: its checks failed, or nobody can resolve its conflicts


@dataclass(frozen=True, slots=True)
class Row:
    """One path that changes: how, and who owns it."""

    path: str
    action: str
    owner: str


@dataclass(frozen=True, slots=True)
class Synced:
    """A sync, done or planned; `before` and `after` are versions of the template."""

    root: Path
    is_bare: bool
    source: Source
    before: str
    tiers: tuple[int, int] | None
    state: State
    rows: tuple[Row, ...] = ()
    controls: tuple[Difference, ...] = ()
    holds: tuple[Hold, ...] = ()
    lifted: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    losses: tuple[Note, ...] = ()
    consented: bool = True
    record: str = ""
    is_record_open: bool = False
    patch: str = ""
    commit: str = ""
    reason: str = ""
    static: Checked | None = None
    everything: Checked | None = None
    evals: tuple[Recorded, ...] = ()
    notices: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def after(self) -> str:
        """The template's version after the sync."""
        return self.source.version

    @property
    def status(self) -> int:
        """The exit status: 2 consent is missing, 1 conflicts, holds or failed checks, else 0."""
        if not self.consented:
            return 2
        return int(bool(self.conflicts or self.holds or self.state is State.refused))
