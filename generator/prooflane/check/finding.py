"""What a check found, as values. What it looks like is decided by `prooflane.report`."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from prooflane.check.recorded import Recorded


class Rule(StrEnum):
    """What can be wrong with a repository; the values are the ids that reports carry."""

    edited = "managed-edited"
    missing = "managed-missing"
    unlisted = "managed-unlisted"
    lists = "managed-lists"
    held = "control-held"
    floor = "below-floor"
    marker = "conflict-marker"
    unmerged = "unmerged-path"
    interrupted = "sync-interrupted"
    control = "control-failed"


SAYS = {
    Rule.edited: "A managed file is not byte for byte the template's",
    Rule.missing: "A managed file is missing",
    Rule.unlisted: "A file below controls/ is not the template's",
    Rule.lists: "The lists of digests are not those of this tier and CI",
    Rule.held: "A control is held at an older version",
    Rule.floor: "The template's version is below the floor of the tier",
    Rule.marker: "A conflict was left in a file",
    Rule.unmerged: "A path is in conflict in the index",
    Rule.interrupted: "A sync was interrupted and is to be finished",
    Rule.control: "A static check of the repository failed",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to do; `control` where one is concerned."""

    rule: Rule
    message: str
    path: str = ""
    line: int = 0
    hint: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True)
class Static:
    """How many of the repository's own static checks are ok, pending and failed."""

    ok: int = 0
    pending: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on the repository at `root`; `compared` managed files were looked at."""

    root: Path
    recorded: Recorded
    compared: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    static: Static | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings
