"""Says what a change is: which files differ from where it started. Never judges it; `rule` does.

The change is the work tree, untracked files included, against a base commit: the one given or
`BASE_SHA`, else the merge base with the remote's default branch, else HEAD, else (nothing differs)
HEAD's parent.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from controls import git
from controls.errors import ControlsError

_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)", re.MULTILINE)
_FETCH = "git fetch --unshallow, or fetch-depth: 0 in the workflow"
_NO_COMMIT = re.compile(r"0{40}|0{64}")  # what a forge sends as the "before" of a new branch


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from `base` (None: everything is new); `compared` counts the files seen."""

    base: str | None
    paths: tuple[str, ...]
    added: frozenset[str]
    compared: int

    @property
    def since(self) -> str:
        """Return how to name the base to a person."""
        return self.base[:12] if self.base else "the empty tree"


def read(root: Path, base: str | None = None) -> Change:
    """Return the change in the work tree at `root`.

    Raises:
        ControlsError: when it is no git repository, or the base that was asked for is not in it.
    """
    wanted = base or os.environ.get("BASE_SHA", "")
    if wanted and not _NO_COMMIT.fullmatch(wanted):
        return _against(root, _fork(root, _known(root, wanted)))
    upstream = _default_branch(root)
    change = _against(root, _fork(root, upstream) if upstream else git.commit(root, "HEAD"))
    return change if change.paths else _against(root, _parent(root))


def first_line(root: Path, change: Change, path: str) -> int:
    """Return the first line of `path` that differs; 1 for a file that is new, gone or binary."""
    if change.base is None or path in change.added:
        return 1
    diff = git.run(root, "diff", "-U0", "--no-ext-diff", "--no-color", change.base, "--", path)
    hunk = _HUNK.search(diff)
    return max(1, int(hunk[1])) if hunk else 1


def before(root: Path, change: Change, path: str) -> bytes | None:
    """Return `path` as it was at the base, or None when it did not exist."""
    if change.base is None:
        return None
    if not git.paths(root, "ls-tree", "-z", "--name-only", change.base, "--", path):
        return None
    return git.run(root, "cat-file", "blob", f"{change.base}:./{path}")


def _parent(root: Path) -> str | None:
    found = git.commit(root, "HEAD^")
    if found is None and git.text(root, "rev-parse", "--is-shallow-repository") == "true":
        raise ControlsError("the history of this clone is cut off before HEAD", hint=_FETCH)
    return found


def _known(root: Path, wanted: str) -> str:
    found = git.commit(root, wanted)
    if found is None:
        raise ControlsError(
            f"base {wanted!r} is not a commit of this repository",
            hint=_FETCH,
        )
    return found


def _fork(root: Path, other: str) -> str:
    """Return where HEAD left `other`, so that what others changed since is not in the change."""
    if git.commit(root, "HEAD") is None:
        return other
    try:
        return git.text(root, "merge-base", other, "HEAD")
    except ControlsError:
        return other  # unrelated histories: everything that differs is the change


def _default_branch(root: Path) -> str | None:
    names = ("origin/HEAD", "origin/main", "origin/master")
    return next(
        (found for name in names if (found := git.commit(root, f"refs/remotes/{name}"))), None
    )


def _against(root: Path, base: str | None) -> Change:
    tree = base or git.text(root, "hash-object", "-t", "tree", "--stdin")
    diff = ("diff", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--relative")
    fresh = set(git.paths(root, "ls-files", "-z", "--others", "--exclude-standard"))
    added = fresh | set(git.paths(root, *diff, "--diff-filter=A", tree))
    changed = fresh | set(git.paths(root, *diff, tree))
    return Change(base, tuple(sorted(changed)), frozenset(added), len(git.files(root)))
