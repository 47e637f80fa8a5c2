"""What a forge says, as values. What it proves is decided by `controls.approvals`.

Nothing here is interpreted: a review is reported whoever wrote it and whatever it is about.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Review:
    """One verdict of one account on one commit; `at` is the forge's own time."""

    handle: str
    state: str
    commit: str
    at: str
    url: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a proposal; `handles` are the accounts that the forge sees behind it."""

    sha: str
    handles: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull or merge request; `pushers` is empty when the forge does not know who pushed.

    `head` is the exact commit that is proposed, `tree` its content; `merged_as` is empty until it
    is merged. `complete` says that no commit was left out of the list.
    """

    number: int
    url: str
    author: str
    head: str
    tree: str
    merged_as: str
    pushers: tuple[str, ...]
    commits: tuple[Commit, ...]
    complete: bool
    reviews: tuple[Review, ...]


class Live(StrEnum):
    """Whether a protection is on; unknown is never good news."""

    ok = "ok"
    missing = "missing"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Protection:
    """One protection of the default branch, or of the environment that guards a release."""

    name: str
    live: Live
    found: str
    hint: str = ""


class Forge(Protocol):
    """The questions that a forge answers; each raises ControlsError when it cannot."""

    def proposal(self, number: int) -> Proposal:
        """Return the pull or merge request `number` with its reviews."""

    def merged(self, commit: str) -> tuple[int, ...]:
        """Return the numbers of the proposals that were merged as `commit`."""

    def protections(self, environment: str) -> tuple[Protection, ...]:
        """Return the protections of the default branch and of the release's `environment`."""
