"""Says whether a trace file still has a writer, so that nobody removes what is being written.

A writer holds a shared lock for as long as its file is open; the system drops it when the process
ends, however it ends. Where a system has no such locks, nothing can be claimed and nothing is
removed.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]


def hold(descriptor: int) -> None:
    """Mark the open file as being written, where the file system can."""
    if fcntl:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def take(descriptor: int) -> bool:
    """Make the open file this process's alone, and say whether it was nobody's."""
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return fcntl is not None


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Yield whether the file is nobody's; it stays so until the block ends."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        yield take(descriptor)
    finally:
        os.close(descriptor)
