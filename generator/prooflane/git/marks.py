"""Finds what a conflict leaves behind: marks in tracked files, and paths that the index holds open.

Git does the reading, in parallel; binary files are none of its business here.
"""

from collections.abc import Iterator
from pathlib import Path

from prooflane.git import process

PATTERN = r"^(<<<<<<<|=======|>>>>>>>)( |$)"
OPEN, MIDDLE, CLOSE = "<<<<<<<", "=======", ">>>>>>>"


def left(root: Path) -> list[tuple[str, int]]:
    """Return path and line of each conflict that is left in a tracked file of `root`.

    Raises:
        ProoflaneError: when git fails.
    """
    command = ("grep", "--no-textconv", "-I", "-n", "-z", "-E", "-e", PATTERN)
    done = process.attempt(*command, cwd=root)
    if done.returncode > 1:
        raise process.failure(command, done.stderr.decode(errors="replace"))
    return list(_conflicts(done.stdout.decode("utf-8", "backslashreplace")))


def unmerged(root: Path) -> list[str]:
    """Return the paths that are in conflict in the index of `root`."""
    listing = process.git("ls-files", "--unmerged", "-z", cwd=root)
    rows = listing.decode("utf-8", "backslashreplace").split("\0")[:-1]
    return sorted({row.partition("\t")[2] for row in rows})


def is_tracked(root: Path, path: str) -> bool:
    """Say whether `path`, or anything below it, is in the index of `root`."""
    return bool(process.git("--literal-pathspecs", "ls-files", "-z", "--", path, cwd=root))


def _conflicts(found: str) -> Iterator[tuple[str, int]]:
    # one line of equals signs is a heading in some formats: only the three in order are a conflict
    start, seen = ("", 0), ""
    for row in found.split("\n")[:-1]:
        path, number, text = row.split("\0", 2)
        mark = text[:7]
        if path != start[0]:
            seen = ""
        if mark == OPEN:
            start, seen = (path, int(number)), OPEN
        elif mark == MIDDLE and seen == OPEN:
            seen = MIDDLE
        elif mark == CLOSE and seen == MIDDLE:
            yield start
            seen = ""
