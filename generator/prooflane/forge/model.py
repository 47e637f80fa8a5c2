"""What a forge can do, and the values that go to and fro. No forge's own words beyond this page.

A pull request is found by a marker that its text hides, never by its title or number: whoever looks
for it again, after a crash above all, finds the same one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from prooflane.errors import ProoflaneError


class Trouble(StrEnum):
    """Why a forge did not do what it was asked."""

    no_token = "no token"  # noqa: S105 - a reason, not a secret
    scope = "wrong scope"
    limited = "rate limited"
    unreachable = "unreachable"
    gone = "gone"
    renamed = "renamed"
    archived = "archived"
    protected = "protected"
    refused = "refused"


class ForgeError(ProoflaneError):
    """Says what a forge refused; `wait` seconds is what it asked for before the next try."""

    def __init__(self, trouble: Trouble, message: str, hint: str = "", wait: float = 0.0) -> None:
        super().__init__(message, hint)
        self.trouble = trouble
        self.wait = wait

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        return self.trouble in {Trouble.limited, Trouble.unreachable}


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository as a forge lists it.

    `key` is host and path (`github.com/acme/help`), or a folder; `id` is the forge's own, which a
    rename leaves as it is. `url` can be cloned with `Forge.credentials`.
    """

    key: str
    path: str
    url: str
    branch: str
    id: str = ""
    is_archived: bool = False
    is_empty: bool = False
    may_push: bool = True  # as far as the forge says so beforehand


class PullState(StrEnum):
    """Where a pull request stands."""

    open = "open"
    merged = "merged"
    closed = "closed"


class Checks(StrEnum):
    """What the checks of a commit say together."""

    none = "none"
    pending = "pending"
    green = "green"
    red = "red"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request as it should be: `branch` has been pushed, `base` is where it goes."""

    marker: str
    branch: str
    base: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as it is."""

    number: int
    url: str
    state: PullState
    branch: str
    head: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a pull request; a member is somebody who may write to the repository."""

    author: str
    text: str
    is_member: bool


class Forge(Protocol):
    """One forge under one identity. Each call is one question or one change; none waits.

    Each raises `ForgeError`, and nothing else, when the forge does not do it.
    """

    @property
    def host(self) -> str:
        """The name before the path in a repository's key; empty for folders."""
        ...

    @property
    def identity(self) -> str:
        """Who asks: what the forge counts requests by, never the token itself."""
        ...

    def repositories(self, group: str) -> Iterator[Remote]:
        """Give the repositories of an organisation or a group with its subgroups, or a folder."""
        ...

    def repository(self, path: str) -> Remote:
        """Return one repository; one that was renamed has the `path` that it has now."""
        ...

    def credentials(self) -> Mapping[str, str]:
        """Return the environment in which git may clone and push; a token is in no argument."""
        ...

    def find(self, path: str, branch: str, marker: str) -> Pull | None:
        """Return the pull request from `branch` that hides `marker`, open ones first, or None."""
        ...

    def upsert(self, path: str, proposal: Proposal) -> Pull:
        """Return the one pull request of the proposal's marker, made or brought up to date."""
        ...

    def pull(self, path: str, number: int) -> Pull:
        """Return a pull request as it is now."""
        ...

    def checks(self, path: str, commit: str) -> Checks:
        """Return what the checks of `commit` say."""
        ...

    def notes(self, path: str, number: int, about: str) -> tuple[Note, ...]:
        """Return the comments on a pull request that hold `about`, the oldest first."""
        ...

    def close(self, path: str, number: int, comment: str) -> None:
        """Close a pull request, and say why in it."""
        ...
