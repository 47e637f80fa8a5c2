"""Rows written by key, the same for both databases: what is there is replaced, in one statement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, object]


def chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    """Give `keys` in lists that one statement takes."""
    listed = list(keys)
    for at in range(0, len(listed), 500):
        yield listed[at : at + 500]


def upsert(
    connection: Connection, table: Table, rows: Iterable[Row], keys: Sequence[str] = ()
) -> None:
    """Write `rows`; one that is there by `keys`, or by its primary key, takes the given columns."""
    listed = [dict(row) for row in rows]
    if not listed:
        return
    columns = list(keys) or [column.name for column in table.primary_key]
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    kept = {name: statement.excluded[name] for name in listed[0] if name not in columns}
    if not kept:
        connection.execute(statement.on_conflict_do_nothing(index_elements=columns), listed)
        return
    connection.execute(statement.on_conflict_do_update(index_elements=columns, set_=kept), listed)
