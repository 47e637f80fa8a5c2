"""Lets the database itself refuse to change or remove an event."""

from collections.abc import Iterator

from sqlalchemy import Connection

MESSAGE = "events of the ledger are never changed"


def protect(connection: Connection) -> None:
    """Make the table of events, which is there, one that only grows."""
    is_postgres = connection.dialect.name == "postgresql"
    for statement in _postgres() if is_postgres else _sqlite():
        connection.exec_driver_sql(statement)


def _sqlite() -> Iterator[str]:
    for change in ("UPDATE", "DELETE"):
        body = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        yield f"CREATE TRIGGER events_{change.lower()} BEFORE {change} ON events {body}"


def _postgres() -> Iterator[str]:
    body = f"BEGIN RAISE EXCEPTION '{MESSAGE}'; END"
    yield (
        "CREATE OR REPLACE FUNCTION prooflane_append_only() "
        f"RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )
    yield (
        "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events "
        "FOR EACH ROW EXECUTE FUNCTION prooflane_append_only()"
    )
