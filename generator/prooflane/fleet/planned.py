"""What a version would do to a repository: one verdict, and what it rests on. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What would become of a repository; the first that holds, from the last to the first."""

    current = "current"  # it is there already
    clean = "clean"
    held = "held"  # no conflict, and yet a control stays at its version
    blocked = "blocked"  # a static check of the new version fails on the merged tree
    conflict = "conflict"
    foreign = "not ours"
    failed = "failed"  # it could not be judged


@dataclass(frozen=True, slots=True)
class Blocked:
    """A static check that fails on the merged tree, and whether the release changes its control."""

    id: str
    message: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Stays:
    """A control that stays at `version`, and the files that are the reason."""

    id: str
    version: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One repository's part of a what-if; `lost` are edits of managed files, kept as a patch."""

    key: str
    verdict: Verdict
    before: str = ""
    after: str = ""
    tier: int | None = None
    team: str = ""
    owner: str = ""
    head: str = ""
    files: int = 0
    controls: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Stays, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    lost: tuple[str, ...] = ()
    unchecked: str = ""
    waits: str = ""
    reason: str = ""
    hint: str = ""
    seconds: float = 0.0
