"""Reads the trail as it is at one moment, while others go on appending.

Files are opened under the lock and read without it: an expiry that replaces a segment meanwhile
changes nothing, for the hashes are the same. A line that is only a hash is an entry whose time is
over. Nothing is judged here; `verify.py` does.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from controls.audit import head
from controls.audit.entry import Entry, parse
from controls.audit.head import Head
from controls.audit.merkle import leaf
from controls.errors import ControlsError

HASH = 64


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The open segments, oldest first, and the head; None where its file is gone or damaged."""

    head: Head | None
    files: tuple[BufferedReader, ...]
    paths: tuple[Path, ...]


def exists(root: Path) -> bool:
    """Say whether there is a trail, or what is left of one."""
    folder = root / head.FOLDER
    return (folder / head.FILE).exists() or bool(head.segments(folder))


@contextmanager
def snapshot(root: Path) -> Iterator[Snapshot]:
    """Give the trail of the repository at `root` as it is now.

    Raises:
        ControlsError: when there is none.
    """
    folder = root / head.FOLDER
    if not exists(root):
        raise ControlsError(
            f"there is no audit trail in {str(head.FOLDER)!r}", "python -m controls audit append"
        )
    with ExitStack() as stack:
        yield _taken(folder, stack)


def _taken(folder: Path, stack: ExitStack) -> Snapshot:
    try:
        descriptor = os.open(folder / head.FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return _listed(folder, None, stack)
    try:
        with head.Locked(descriptor):
            raw = os.pread(descriptor, head.LENGTH + 1, 0)
            return _listed(folder, head.parse(raw), stack)
    finally:
        os.close(descriptor)


def _listed(folder: Path, found: Head | None, stack: ExitStack) -> Snapshot:
    paths = tuple(head.segments(folder))
    files = tuple(stack.enter_context(path.open("rb")) for path in paths)
    return Snapshot(found, files, paths)


def lines(seen: Snapshot) -> Iterator[bytes]:
    """Yield every whole line, without its line end; half a line at the end is left out."""
    for file in seen.files:
        for line in file:
            if line.endswith(b"\n"):
                yield line[:-1]


def hashes(seen: Snapshot) -> Iterator[bytes]:
    """Yield the leaf hash of every entry, expired ones included.

    Raises:
        ControlsError: when a line is neither an entry nor a hash.
    """
    for line in lines(seen):
        yield leaf(line) if line.startswith(b"{") else expired(line)


def expired(line: bytes) -> bytes:
    """Return the hash that a line is.

    Raises:
        ControlsError: when it is none.
    """
    try:
        if len(line) == HASH:
            return bytes.fromhex(line.decode())
    except ValueError:
        pass
    raise ControlsError(f"{line[:40].decode(errors='replace')!r}… is neither entry nor hash")


def entries(seen: Snapshot) -> Iterator[Entry]:
    """Yield what can still be read of the entries.

    Raises:
        ControlsError: when a line that should be one is none.
    """
    return (parse(line) for line in lines(seen) if line.startswith(b"{"))
