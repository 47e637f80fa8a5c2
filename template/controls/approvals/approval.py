"""An approval that is or was in force: a value, and what it answers for. Pure."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval for one role, in force from `since` until just before `until` (UTC).

    `evidence` is signature or review; `file` and `commit` are where it lies: the statement and the
    commit that brought it, or the review's URL and the reviewed commit. `revisions` are the
    commits that had the approved `tree` meanwhile; `paths` are what the role answers for;
    `threshold` is how many people the role needs.
    """

    role: str
    principal: str
    name: str
    evidence: str
    file: str
    commit: str
    decision: str
    tree: str
    threshold: int
    paths: tuple[str, ...]
    revisions: tuple[str, ...]
    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether it was in force at `moment`."""
        return self.since <= moment < self.until

    def covers(self, path: str) -> bool:
        """Say whether its role answers for `path`; a role without paths answers for all of them."""
        return not self.paths or any(_matches(path, pattern) for pattern in self.paths)


def _matches(path: str, pattern: str) -> bool:
    """Say whether a pattern of the manifest, read as CODEOWNERS reads it, holds `path`."""
    plain = pattern.strip("/")
    return plain == "*" or fnmatchcase(path, plain) or path.startswith(f"{plain}/")
