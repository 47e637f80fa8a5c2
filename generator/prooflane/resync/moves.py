"""Moves prepared files into a work tree, and takes the moves back when one fails.

Each move is one step of the file system. Whether a move is made can be seen from the files alone.
"""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from prooflane.resync.desk import Desk, Move

# the file system does not link here: a copy does as well
UNLINKED = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP})


def is_made(desk: Desk, move: Move) -> bool:
    """Say whether `move` is made."""
    if move.writes:
        return not os.path.lexists(desk.files / move.path)
    return not os.path.lexists(desk.root / move.path)


def make(desk: Desk, left: list[tuple[int, Move]]) -> None:
    """Make the moves that are `left`, each with its number.

    Raises:
        OSError: when one cannot be made, and then none of them is, and all can be made again.
    """
    made: list[tuple[int, Move]] = []
    try:
        # removals first: a folder may take the place of a file
        for at, move in sorted(left, key=lambda pair: pair[1].writes):
            made.append((at, move))
            _move(desk, at, move)
    except OSError:
        for at, move in reversed(made):
            _undo(desk, at, move)
        raise


def _move(desk: Desk, at: int, move: Move) -> None:
    path = desk.root / move.path
    if move.was:
        _keep(path, desk.old(at))
    if move.writes:
        path.parent.mkdir(parents=True, exist_ok=True)
        _place(desk.files / move.path, path)
        return
    path.unlink(missing_ok=True)
    _prune(path.parent, desk.root)


def _undo(desk: Desk, at: int, move: Move) -> None:
    path, old, prepared = desk.root / move.path, desk.old(at), desk.files / move.path
    if move.writes and not os.path.lexists(prepared):
        with suppress(OSError):
            _place(path, prepared)
    if os.path.lexists(old):
        path.parent.mkdir(parents=True, exist_ok=True)
        _place(old, path)
    elif not move.was:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        _prune(path.parent, desk.root)


def _keep(path: Path, old: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(path, old, follow_symlinks=False)
        except OSError as error:
            if error.errno not in UNLINKED:
                raise
            shutil.copy2(path, old, follow_symlinks=False)


def _place(source: Path, path: Path) -> None:
    try:
        source.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # git's folder is on another disk: a copy beside the path, then one step
        beside = path.with_name(f".{path.name}.prooflane")
        shutil.copy2(source, beside, follow_symlinks=False)
        beside.replace(path)
        source.unlink()


def _prune(folder: Path, root: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
