"""The template as it lies in the work tree, uncommitted changes included."""

import subprocess
from pathlib import Path

from prooflane.files import EXECUTABLE, LINK, REGULAR, File, Tree

SOURCES = ("copier.yml", "template")


def files(root: Path) -> dict[str, File]:
    """Return what git tracks or would add, so that caches and reports never count."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SOURCES],
        cwd=root,
        check=True,
        capture_output=True,
    )
    paths = sorted({path for path in listing.stdout.decode().split("\0") if path})
    return {path: _file(root / path) for path in paths if (root / path).exists()}


def with_changes(tree: Tree, changes: Tree) -> dict[str, File]:
    """Return `tree` with the files of `changes` in place of its own."""
    return {**tree, **changes}


def _file(path: Path) -> File:
    if path.is_symlink():
        return File(str(path.readlink()).encode(), LINK)
    executable = path.stat().st_mode & 0o100
    return File(path.read_bytes(), EXECUTABLE if executable else REGULAR)
