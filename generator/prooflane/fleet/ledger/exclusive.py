"""One run at a time: the lock of the ledger, which the system takes back when a process dies.

A run that was killed leaves nothing to clean up: SQLite's lock is one of a file beside the
database, PostgreSQL's is one of a connection. Its server notices some time after the process is
gone, and for that long the next run waits instead of naming one that is no more.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger.database import Ledger

NOTICED = 3  # seconds
LOCK_NOT_AVAILABLE = "55P03"
HINT = "wait for it, or end it: a run that was killed holds nothing"


@contextmanager
def exclusive(ledger: Ledger, what: str = "fleet sync") -> Iterator[None]:
    """Let this process alone do `what` while the context lasts.

    Raises:
        ProoflaneError: when another one does it.
    """
    with _file(ledger.file, what) if ledger.file else _connection(ledger, what):
        yield


@contextmanager
def _file(database: Path, what: str) -> Iterator[None]:
    slug = "-".join(what.replace("/", " of ").split())
    path = database.with_name(f"{database.name}.{slug}.lock")
    with _opened(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise _taken(what, lock.read().strip()) from error
        except OSError as error:
            raise _unlockable(path, error) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a+", encoding="ascii")
    except OSError as error:
        raise _unlockable(path, error) from error


def _unlockable(path: Path, error: OSError) -> ProoflaneError:
    reason = (error.strerror or str(error)).lower()
    hint = "keep the ledger in a folder of yours, on a disk of this machine"
    return ProoflaneError(f"the ledger's lock {str(path)!r} cannot be taken: {reason}", hint)


@contextmanager
def _connection(ledger: Ledger, what: str) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(f"prooflane {what}".encode()).digest()[:7], "big")
    alone = ledger.engine.execution_options(isolation_level="AUTOCOMMIT")
    with ledger.saying(), alone.connect() as connection:
        if not _taken_within(connection, number, NOTICED):
            raise _taken(what, "")
        try:
            yield
        finally:
            # the server ends a connection some time after it was closed
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})


def _taken_within(connection: Connection, number: int, seconds: int) -> bool:
    connection.execute(text(f"SET lock_timeout = '{seconds}s'"))
    try:
        connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": number})
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            return False
        raise
    return True


def _taken(what: str, process: str) -> ProoflaneError:
    who = f" (process {process})" if process else ""
    return ProoflaneError(f"another {what!r} runs on this ledger{who}", HINT)
