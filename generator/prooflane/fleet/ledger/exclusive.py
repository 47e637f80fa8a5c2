"""One run at a time: the lock of the ledger, which the system takes back when a process dies.

A run that was killed leaves nothing to clean up: SQLite's lock is one of a file beside the
database, PostgreSQL's is one of a connection.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import text

from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger.database import Ledger

HINT = "wait for it, or end it: a run that was killed holds nothing"


@contextmanager
def exclusive(ledger: Ledger, what: str = "fleet sync") -> Iterator[None]:
    """Let this process alone do `what` while the context lasts.

    Raises:
        ProoflaneError: when another one does it.
    """
    file = ledger.file
    if file is None and ledger.engine.dialect.name == "sqlite":
        held: AbstractContextManager[None] = nullcontext()  # in memory: nobody else sees it
    else:
        held = _file(file, what) if file else _connection(ledger, what)
    with held:
        yield


@contextmanager
def _file(database: Path, what: str) -> Iterator[None]:
    slug = "-".join(what.replace("/", " of ").split())
    path = database.with_name(f"{database.name}.{slug}.lock")
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise _taken(what, lock.read().strip()) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _connection(ledger: Ledger, what: str) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(f"prooflane {what}".encode()).digest()[:7], "big")
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar()
        if not taken:
            raise _taken(what, "")
        try:
            yield
        finally:
            # the server ends a connection some time after it was closed
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})


def _taken(what: str, process: str) -> ProoflaneError:
    who = f" (process {process})" if process else ""
    return ProoflaneError(f"another {what!r} runs on this ledger{who}", HINT)
