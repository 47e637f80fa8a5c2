"""Where a change of a work tree is prepared, and what a prepared change is. Values and names."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

# of what a path holds: time of change, size, inode, mode; None where there is nothing
Signature = tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Move:
    """Puts the prepared file of `path` in its place, or removes it; `was` is there before."""

    path: str
    writes: bool
    was: Signature


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder inside git's own where a change is prepared; gone when the change is made."""

    root: Path
    git: Path

    @property
    def folder(self) -> Path:
        """What is written before the change is made lies below it."""
        return self.git / "prooflane"

    @property
    def files(self) -> Path:
        """The prepared files, each at its path."""
        return self.folder / "files"

    @property
    def index(self) -> Path:
        """The prepared index."""
        return self.folder / "index"

    @property
    def journal(self) -> Path:
        """The list of moves; as soon as it is there, the change will be made."""
        return self.folder / "journal.json"

    def old(self, at: int) -> Path:
        """Return where the file that move number `at` replaces is kept until all are made."""
        return self.folder / f"old-{at}"


def signature(path: Path) -> Signature:
    """Return what tells one content of a file from another without reading it, or None."""
    try:
        stat = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if S_ISDIR(stat.st_mode):
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_mode


def digest(path: Path) -> str:
    """Return the digest of the file at `path`; of an absent one, nothing."""
    with suppress(FileNotFoundError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return ""
