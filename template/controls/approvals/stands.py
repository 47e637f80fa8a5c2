"""The stretches of a branch in which the tree, approvals left out, stayed the same.

Where they begin and end, from the first parents alone; who approved them is decided in `history`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controls import git
from controls.approvals import committed, people
from controls.approvals.statement import DAYS
from controls.manifest import NAME, Role

ENDLESS = datetime.max.replace(tzinfo=UTC)
_LONGEST = timedelta(days=DAYS + 1)  # a last day ends with its night


@dataclass(frozen=True, slots=True)
class Stand:
    """A stretch of the branch with one tree: its first commit's parent names who may approve."""

    tree: str
    base: str | None
    commits: tuple[str, ...]
    since: datetime
    until: datetime

    @property
    def until_at_most(self) -> datetime:
        """When the last approval is over that was given while this stood."""
        return later(self.until)


@dataclass(frozen=True, slots=True)
class Powers:
    """Who may approve a stretch, as the commit before it says, and of what repository."""

    tier: int
    repository: str
    roles: tuple[Role, ...]


def later(moment: datetime) -> datetime:
    """Return when an approval that is given at `moment` is over at the latest."""
    return ENDLESS if moment > ENDLESS - _LONGEST else moment + _LONGEST


def names(stand: Stand) -> tuple[str, ...]:
    """Return what git calls the manifests that decide who may approve `stand`."""
    return tuple(f"{each}:./{NAME}" for each in (stand.commits[0], stand.base) if each)


def powers(stand: Stand, manifests: Mapping[str, bytes | None]) -> Powers:
    """Return who may approve `stand`; `manifests` holds what `names` names."""
    after = manifests[f"{stand.commits[0]}:./{NAME}"]
    before = manifests[f"{stand.base}:./{NAME}"] if stand.base else None
    tier, repository = people.identity(after)
    roles = people.may_approve(people.of(before), people.of(after), tier)
    return Powers(tier, repository, roles)


def first_parents(root: Path, branch: str) -> list[tuple[str, datetime]]:
    """Return commit and time, oldest first; a clock that went back does not turn time back."""
    told = git.text(
        root, "log", "--first-parent", "--reverse", "--format=%H %ct", "--end-of-options", branch
    )
    found: list[tuple[str, datetime]] = []
    latest = datetime.min.replace(tzinfo=UTC)
    for line in told.splitlines():
        commit, seconds = line.split()
        latest = max(latest, datetime.fromtimestamp(int(seconds), UTC))
        found.append((commit, latest))
    return found


def of(root: Path, commits: list[tuple[str, datetime]]) -> Iterator[Stand]:
    """Yield each stretch, oldest first.

    Raises:
        ControlsError: when git fails.
    """
    trees = committed.trees(root, [commit for commit, _ in commits])
    current: Stand | None = None
    before: str | None = None
    for commit, at in commits:
        tree = trees.get(commit, "")
        if current and current.tree == tree:
            current = replace(current, commits=(*current.commits, commit))
        else:
            if current:
                yield replace(current, until=at)
            current = Stand(tree, before, (commit,), at, ENDLESS)
        before = commit
    if current:
        yield current
