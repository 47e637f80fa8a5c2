"""Keeps SQLite connections open between their uses: opening and closing one costs more than a call.

Decides when a kept connection may be used again: by one thread at a time, in the process that
opened it, while the file is still the one that was opened. What is asked of a file, and how it is
made, is decided in `database`.
"""

import atexit
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

KEPT = 8
Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Open:
    """A connection, and the file behind it: device and inode."""

    path: Path
    file: Identity
    base: sqlite3.Connection


@dataclass(slots=True)
class _Pool:
    """The idle connections of one process, the last used at the end."""

    process: int
    _idle: list[_Open] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: Path, file: Identity) -> _Open | None:
        """Return an idle connection to `file`; those to a file that was at `path` before go."""
        with self._lock:
            there = [kept for kept in self._idle if kept.path == path]
            found = next((kept for kept in reversed(there) if kept.file == file), None)
            gone = [kept for kept in there if kept.file != file]
            self._idle = [kept for kept in self._idle if kept is not found and kept not in gone]
        for kept in gone:
            kept.base.close()
        return found

    def give(self, used: _Open) -> None:
        """Keep `used`, and close the one that was idle for longest where there are too many."""
        with self._lock:
            self._idle.append(used)
            spare = self._idle.pop(0) if len(self._idle) > KEPT else None
        if spare:
            spare.base.close()

    def close(self) -> None:
        """Close what is idle; not in a child, whose parent still uses it."""
        if os.getpid() == self.process:
            while self._idle:
                self._idle.pop().base.close()


@contextmanager
def lent(path: Path, wait: float) -> Iterator[sqlite3.Connection]:
    """Give a connection to the file at `path` that nobody else uses meanwhile.

    After an error it is closed, not kept: nothing half done is handed on.

    Raises:
        OSError: when there is no such file.
        sqlite3.Error: when it cannot be used.
    """
    pool, file = _pool(os.getpid()), _identity(path)
    used = pool.take(path, file) or _Open(path, file, _connect(path, wait))
    try:
        yield used.base
    except BaseException:
        used.base.close()
        raise
    pool.give(used)


@cache  # the only state here: handles belong to a process, and a forked child starts anew
def _pool(process: int) -> _Pool:
    made = _Pool(process)
    atexit.register(made.close)
    return made


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        base.row_factory = sqlite3.Row
        base.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        base.close()
        raise
    return base


def _identity(path: Path) -> Identity:
    stat = path.stat()
    return stat.st_dev, stat.st_ino
