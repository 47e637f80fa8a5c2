"""The repositories of the fleet, and which version of which control each holds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, delete, select, update

from prooflane.fleet.ledger.rows import chunks, upsert
from prooflane.fleet.ledger.tables import ADOPTION, CONTROL_STATES, REPOSITORIES
from prooflane.fleet.repository import Repository, Standing


@dataclass(frozen=True, slots=True)
class Held:
    """A control in a repository: the version in force, and `current` or `held`."""

    repository: str
    control: str
    version: str
    state: str
    title: str = ""
    seen: float = field(default=0.0, compare=False)


def keep(connection: Connection, repositories: Iterable[Repository]) -> None:
    """Write the repositories as they are now."""
    upsert(connection, REPOSITORIES, map(asdict, repositories))


def read(connection: Connection, states: Iterable[str] = ()) -> Iterator[Repository]:
    """Give the repositories by key; those in one of `states` when any is named."""
    asked = select(*(REPOSITORIES.c[name] for name in Repository.__slots__))
    if wanted := list(states):
        asked = asked.where(REPOSITORIES.c.state.in_(wanted))
    for row in connection.execute(asked.order_by(REPOSITORIES.c.key)):
        yield Repository(*row)


def mark(connection: Connection, keys: Iterable[str], state: str, reason: str) -> None:
    """Say of the repositories `keys` that they are in `state`."""
    for key in keys:
        connection.execute(
            update(REPOSITORIES).where(REPOSITORIES.c.key == key).values(state=state, reason=reason)
        )


def keep_controls(connection: Connection, held: Mapping[str, Iterable[Held]], seen: float) -> None:
    """Replace what is known of the controls of each repository in `held`."""
    for keys in chunks(held):
        connection.execute(delete(CONTROL_STATES).where(CONTROL_STATES.c.repository.in_(keys)))
    upsert(
        connection,
        CONTROL_STATES,
        (asdict(row) | {"seen": seen} for rows in held.values() for row in rows),
    )


def controls(connection: Connection) -> Iterator[Held]:
    """Give the controls of all repositories, by repository."""
    names = (CONTROL_STATES.c[name] for name in Held.__slots__)
    asked = select(*names).order_by(CONTROL_STATES.c.repository, CONTROL_STATES.c.control)
    for row in connection.execute(asked):
        yield Held(*row)


@dataclass(frozen=True, slots=True)
class Adopted:
    """How many repositories of a tier had a control at a version, in a state, on a day."""

    day: str
    control: str
    tier: int
    version: str
    state: str
    repositories: int


def count(connection: Connection, day: str) -> None:
    """Write down what the ledger knows as the adoption of `day`; a second count replaces it."""
    tiers = {row.key: row.tier for row in read(connection, [Standing.active])}
    found = Counter(
        (row.control, tiers[row.repository] or 0, row.version, row.state)
        for row in controls(connection)
        if row.repository in tiers
    )
    connection.execute(delete(ADOPTION).where(ADOPTION.c.day == day))
    rows = (Adopted(day, *key, number) for key, number in sorted(found.items()))
    upsert(connection, ADOPTION, map(asdict, rows))


def adoption(connection: Connection) -> Iterator[Adopted]:
    """Give the adoption of each day that was counted, in order."""
    names = (ADOPTION.c[name] for name in Adopted.__slots__)
    for row in connection.execute(select(*names).order_by(ADOPTION.c.day, ADOPTION.c.control)):
        yield Adopted(*row)
