"""Which commit brought a file into a repository, and what another file said there."""

from dataclasses import dataclass
from pathlib import Path

from prooflane.git import process


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit, its day, and its author's name."""

    commit: str
    day: str
    author: str


def added(root: Path, path: str) -> Origin | None:
    """Return the commit that last added `path`, or None when no commit holds it."""
    return _newest(root, path, "--diff-filter=A")


def changed(root: Path, path: str) -> Origin | None:
    """Return the commit that last touched `path`, or None when none did."""
    return _newest(root, path)


def _newest(root: Path, path: str, *options: str) -> Origin | None:
    form = "--format=%H%x00%ad%x00%an"
    command = ("--literal-pathspecs", "log", "-1", form, "--date=short", "--no-renames", *options)
    done = process.attempt(*command, "--", path, cwd=root)
    rows = done.stdout.decode(errors="replace").strip("\n").split("\0")
    return Origin(*rows) if done.returncode == 0 and len(rows) == 3 else None
