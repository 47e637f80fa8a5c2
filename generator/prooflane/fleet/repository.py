"""A repository of the fleet, as a value: what workers and the ledger both speak of."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """Whether a repository takes part."""

    active = "active"
    foreign = "foreign"  # not ours: no template made it, or one that nobody trusts
    empty = "empty"  # there, without a commit
    archived = "archived"
    renamed = "renamed"
    gone = "gone"  # was there at an earlier scan of the same source
    unreachable = "unreachable"


EMPTY = "it has no commit yet"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as its last scan saw it; `key` is host and path, or a folder."""

    key: str
    source: str = ""
    forge_id: str = ""
    url: str = ""
    branch: str = ""
    state: str = Standing.active
    reason: str = ""
    head: str = ""
    name: str = ""
    team: str = ""
    owner: str = ""
    tier: int | None = None
    template: str = ""
    version: str = ""
    commit: str = ""
    seen: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether it is ours and can be reached."""
        return self.state == Standing.active
