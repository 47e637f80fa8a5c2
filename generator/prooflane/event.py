"""What a running command tells while it runs. Values only; `prooflane.report` shows them."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where a step stands."""

    running = "running"
    done = "done"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence that a person should know, such as what was recorded."""

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step that takes a while, the seconds so far, and the last line that it printed."""

    name: str
    phase: Phase
    seconds: float
    line: str = ""


Event = Notice | Step
