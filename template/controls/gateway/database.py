"""Opens the small SQLite files of `.aiwf/`, so that any number of processes may be first.

A file is made complete, under another name, and then moved into place by whoever holds the folder's
lock: nobody ever sees it half made, and what SQLite kept beside a file that was removed is not
taken for part of the new one. What is in a file is the business of `ledger`, `limits` and
`controls.review.store`; how long a connection lives is that of `connections`.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from controls.gateway.connections import lent
from controls.gateway.refusal import Refused

WAIT = 10.0  # seconds for another process to finish its transaction
LOCK = ".making"


@contextmanager
def opened(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Give a connection to the file at `path`, made with `schema` where it is absent.

    Raises:
        Refused: when the file cannot be made, read or written, in one sentence.
    """
    try:
        if not path.exists():
            _create(path, schema)
        with lent(path, WAIT) as base:
            yield base
    except (sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
        name = f"{path.parent.name}/{path.name}"
        raise Refused(f"{name} cannot be used: {error}", _remedy(name, error), path.stem) from error


def _remedy(name: str, error: Exception) -> str:
    if "locked" in str(error):
        return f"another process holds {name}: ask again when it has ended"
    return f"no call is made without it: free the disk, or move {name} aside if damaged"


@contextmanager
def writing(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Give a connection that holds the write lock; all is kept at the end, or nothing.

    Raises:
        Refused: as `opened` does.
    """
    with opened(path, schema) as base:
        base.execute("BEGIN IMMEDIATE")
        try:
            yield base
        except BaseException:
            base.rollback()
            raise
        base.commit()


def _create(path: Path, schema: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        if path.exists():  # another process was quicker
            return
        for left in ("-wal", "-shm"):
            path.with_name(path.name + left).unlink(missing_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as base:
                base.execute("PRAGMA journal_mode = WAL")
                base.executescript(schema)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`: an SQLite lock, which ends with the process that held it."""
    with closing(sqlite3.connect(folder / LOCK, timeout=WAIT, isolation_level=None)) as base:
        base.execute("BEGIN EXCLUSIVE")
        yield
