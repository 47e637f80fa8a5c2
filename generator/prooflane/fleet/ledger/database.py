"""Opens the ledger, makes it when there is none, and refuses one that a newer prooflane wrote.

Decides how both databases begin a transaction; no other module knows which of the two it is.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger import append_only
from prooflane.fleet.ledger.tables import META, METADATA, SCHEMA

Clock = Callable[[], float]
WAIT = 30
# a number of our own: the locks of other programs in the same database are not ours
MAKING = 0x70726F6F


@dataclass(frozen=True, slots=True)
class Ledger:
    """An opened ledger; `name` is how messages call it, without a password."""

    engine: Engine
    name: str
    clock: Clock

    @property
    def file(self) -> Path | None:
        """The file of a SQLite ledger."""
        path = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return Path(path) if path else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the ledger, and writes nothing."""
        with self.saying(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all."""
        with self.saying(), self.engine.connect() as connection:
            writer = connection.execution_options(prooflane_writes=True)
            with writer.begin():
                yield writer

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Let what the database refuses be one sentence.

        Raises:
            ProoflaneError: when it refuses something.
        """
        try:
            yield
        except DBAPIError as error:
            raise _broken(self.name, error) from error


@contextmanager
def opened(address: str | None = None, clock: Clock = time.time) -> Iterator[Ledger]:
    """Give the ledger at `address`, a file or a URL, or the user's own.

    Raises:
        ProoflaneError: when it cannot be opened, is no ledger, or a newer prooflane wrote it.
    """
    url = _url(address or str(default()))
    ledger = Ledger(_engine(url), _name(url), clock)
    try:
        _prepare(ledger)
        yield ledger
    finally:
        ledger.engine.dispose()


def default() -> Path:
    """Return where the user's own ledger is."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(base, "prooflane", "fleet.db")


def _url(address: str) -> URL:
    if "://" not in address:
        return URL.create("sqlite", database=str(Path(address).expanduser().absolute()))
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise ProoflaneError(f"the ledger's address is no URL: {error}", HINT) from error
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ProoflaneError("a ledger in memory is gone when its command ends", HINT)
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ProoflaneError(f"a ledger cannot be kept in {url.get_backend_name()!r}", HINT)
    return url


HINT = "--ledger takes a file, or postgresql://USER@HOST/DATABASE"


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"the ledger {url.database!r}"
    return f"the ledger {url.render_as_string(hide_password=True)!r}"


def _engine(url: URL) -> Engine:
    try:
        # a connection that is shared with a forked worker breaks both: none outlives its use
        engine = create_engine(url, poolclass=NullPool)
    except NoSuchModuleError as error:
        raise ProoflaneError(f"a ledger cannot be kept in {url.drivername!r}", HINT) from error
    except ModuleNotFoundError as error:
        raise ProoflaneError(
            f"{_name(url)} needs {error.name}", "pip install 'prooflane[postgresql]'"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def _sqlite(connection: object, _record: object) -> None:
    # else Python's driver begins transactions itself, and too late
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout = {WAIT * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("prooflane_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(ledger: Ledger) -> None:
    if file := ledger.file:
        _folder(file)
    with ledger.reading() as connection:
        if inspect(connection).has_table(META.name):
            _refuse_newer(connection, ledger.name)
            return
        others = inspect(connection).get_table_names()
    if others and ledger.file:
        raise ProoflaneError(f"{ledger.name} is a database of another program", HINT)
    _make(ledger)


def _make(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MAKING})")
        if not inspect(connection).has_table(META.name):
            METADATA.create_all(connection)
            append_only.protect(connection)
            connection.execute(insert(META).values(key="schema", value=str(SCHEMA)))


def _refuse_newer(connection: Connection, name: str) -> None:
    found = connection.execute(select(META.c.value).where(META.c.key == "schema")).scalar()
    if not str(found).isdigit():
        raise ProoflaneError(f"{name} is a database of another program", HINT)
    if int(str(found)) > SCHEMA:
        raise ProoflaneError(
            f"{name} is of schema {found}, and this prooflane knows {SCHEMA}",
            "install the prooflane that wrote it, or a newer one",
        )


def _folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"the folder of the ledger {str(file)!r} cannot be made: {reason}", HINT
        ) from error


def _broken(name: str, error: SQLAlchemyError) -> ProoflaneError:
    origin = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(origin).splitlines() if line.strip()]
    said = (lines or ["no reason given"])[0]
    if "not a database" in said:
        return ProoflaneError(f"{name} is no database", HINT)
    return ProoflaneError(f"{name} cannot be used: {said}", HINT)
