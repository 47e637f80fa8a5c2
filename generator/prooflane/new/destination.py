"""Where a new repository may be written, and writing it there: all of it, or nothing.

The tree is built in a hidden sibling and renamed at the end, so that an interrupt leaves nothing.
"""

import errno
import os
import secrets
import shutil
import time
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import EXECUTABLE, LINK, File, Tree, is_text
from prooflane.git import repository
from prooflane.git.identity import Identity


def check(destination: Path) -> Path:
    """Return `destination` as an absolute path where a repository may be made.

    Raises:
        ProoflaneError: when something is there, it lies inside another repository, or nothing can
            be there: a name that is too long or no text, a folder that may not be entered.
    """
    try:
        return _checked(destination)
    except OSError as error:
        raise _impossible(destination, error) from error


def _checked(destination: Path) -> Path:
    if not is_text(destination.name):  # it is the default of the title, which stands in files
        raise ProoflaneError(f"{str(destination)!r} is no name in UTF-8", "choose another name")
    path = destination.absolute()
    path = path.resolve() if path.is_symlink() else path
    if path.resolve() == Path.cwd():
        raise ProoflaneError("DEST is the current folder", "name a folder that is to be made")
    if path.exists() and not path.is_dir():
        raise ProoflaneError(f"{str(destination)!r} is not a folder", "choose another name")
    if path.is_dir() and any(path.iterdir()):
        raise ProoflaneError(
            f"{str(destination)!r} is not empty", "choose a folder that does not exist yet"
        )
    _refuse_nested(path, destination)
    return path


def build(path: Path, tree: Tree, message: str, who: Identity) -> str:
    """Make `path` a repository that holds `tree` in one commit; return the commit's id.

    Raises:
        ProoflaneError: when it cannot be written; nothing of it is left then.
    """
    try:
        return _build(path, tree, message, who)
    except OSError as error:
        raise _impossible(path, error) from error


def take_back(path: Path, commit: str) -> bool:
    """Remove the repository at `path` that `build` made, and say whether it is gone.

    It stays where anything in it is not what `build` wrote, but for what its own rules ignore.
    """
    if repository.resolve(path, "HEAD") != commit or repository.is_dirty(path):
        return False
    doomed = _sibling(path.parent, path)
    path.rename(doomed)  # one step: a second interrupt finds nothing half removed
    _remove(doomed)
    return True


def _build(path: Path, tree: Tree, message: str, who: Identity) -> str:
    above = _existing(path.parent)
    staging = _sibling(above, path)
    try:
        staging.mkdir()
        for name, file in tree.items():
            _write(staging / name, file)
        commit = repository.first_commit(staging, tree, message, who)
        path.parent.mkdir(parents=True, exist_ok=True)
        staging.rename(path)
    finally:
        _remove(staging)
    return commit


def _sibling(folder: Path, path: Path) -> Path:
    # on the same disk, so that the rename is one step; the name alone says whose it was
    return folder / f".{path.name[:32]}.{secrets.token_hex(4)}"


def _remove(folder: Path) -> None:
    # a git that was just ended may still be writing
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def _write(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.mode == LINK:
        path.symlink_to(os.fsdecode(file.data))
        return
    mode = 0o777 if file.mode == EXECUTABLE else 0o666
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(path, flags, mode), "wb") as out:  # noqa: PTH123 - Path.open takes no mode
        out.write(file.data)


def _impossible(path: Path, error: OSError) -> ProoflaneError:
    reason = (error.strerror or str(error)).lower()
    hints = {errno.ENAMETOOLONG: "choose a shorter name"}
    hint = hints.get(error.errno or 0, "choose a folder that you may write to")
    return ProoflaneError(f"{str(path)!r} cannot be created: {reason}", hint)


def _refuse_nested(path: Path, destination: Path) -> None:
    above = _existing(path)
    outer = repository.top(above)
    if outer and not repository.ignores(outer, path):
        raise ProoflaneError(
            f"{str(destination)!r} lies inside the repository {str(outer)!r}",
            "choose a folder outside it, or add this one to its .gitignore",
        )


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
