"""What a check is given and what it answers. Values only; `controls.check.runner` runs checks."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from controls.catalogue import Catalogue, Control
from controls.manifest import Manifest


class State(StrEnum):
    """A control's state; pending means that a person has yet to decide something."""

    ok = "ok"
    pending = "pending"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in order, where it is, and what to do about it."""

    message: str
    path: str = ""
    line: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check's answer: how many things it looked at (`n`) and where the evidence lies."""

    state: State
    n: int
    evidence: str
    findings: tuple[Finding, ...] = ()

    @classmethod
    def ok(cls, n: int, evidence: str) -> "Outcome":
        """Say that all `n` things are in order; the runner turns n = 0 into failed."""
        return cls(State.ok, n, evidence)

    @classmethod
    def failed(cls, n: int, evidence: str, *findings: Finding) -> "Outcome":
        """Say that at least one of `n` things is wrong."""
        return cls(State.failed, n, evidence, findings)

    @classmethod
    def pending(cls, n: int, evidence: str, *findings: Finding) -> "Outcome":
        """Say that nothing is wrong, but a person has yet to fill something in."""
        return cls(State.pending, n, evidence, findings)


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at; `base` is the commit that a change is measured from, if given.

    `control` is the one being proven, for checks that serve several (LOG-1, LOG-2, …).
    """

    root: Path
    manifest: Manifest
    catalogue: Catalogue
    today: date
    base: str | None = None
    control: Control | None = None
