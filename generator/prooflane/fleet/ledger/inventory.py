"""The repositories of the fleet, and which version of which control each holds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, delete, select, update

from prooflane.fleet.ledger.rows import upsert
from prooflane.fleet.ledger.tables import ADOPTION, CONTROL_STATES, REPOSITORIES


class Standing(StrEnum):
    """Whether a repository takes part."""

    active = "active"
    foreign = "foreign"  # not ours: no template made it, or one that nobody trusts
    archived = "archived"
    renamed = "renamed"
    gone = "gone"  # was there at an earlier scan of the same source
    unreachable = "unreachable"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as its last scan saw it; `key` is host and path, or a folder."""

    key: str
    source: str = ""
    forge_id: str = ""
    url: str = ""
    branch: str = ""
    state: str = Standing.active
    reason: str = ""
    head: str = ""
    name: str = ""
    team: str = ""
    owner: str = ""
    tier: int | None = None
    template: str = ""
    version: str = ""
    commit: str = ""
    seen: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether it is ours and can be reached."""
        return self.state == Standing.active


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
    if held:
        connection.execute(
            delete(CONTROL_STATES).where(CONTROL_STATES.c.repository.in_(list(held)))
        )
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
