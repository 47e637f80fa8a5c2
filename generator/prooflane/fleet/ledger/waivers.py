"""Who may wait, for what, and until when: a waiver ends by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, delete, select

from prooflane.fleet.ledger.rows import chunks, upsert
from prooflane.fleet.ledger.tables import WAIVERS


@dataclass(frozen=True, slots=True)
class Waiver:
    """A control that a repository need not hold `until` a day; no control: the whole sync."""

    repository: str
    control: str
    until: str
    reason: str = ""
    who: str = ""
    origin: str = "command"
    seen: float = 0.0

    def holds(self, today: date) -> bool:
        """Say whether it still holds on `today`; on the day itself it does."""
        return date.fromisoformat(self.until) >= today


def keep(connection: Connection, waivers: Iterable[Waiver]) -> None:
    """Write the waivers as they are now."""
    upsert(connection, WAIVERS, map(asdict, waivers))


def replace(
    connection: Connection, repositories: Iterable[str], origin: str, waivers: Iterable[Waiver]
) -> None:
    """Let `waivers` be all those of `origin` in `repositories`."""
    for keys in chunks(repositories):
        connection.execute(
            delete(WAIVERS).where(WAIVERS.c.repository.in_(keys), WAIVERS.c.origin == origin)
        )
    keep(connection, waivers)


def read(connection: Connection) -> Iterator[Waiver]:
    """Give all waivers, the first to end first."""
    names = (WAIVERS.c[name] for name in Waiver.__slots__)
    for row in connection.execute(select(*names).order_by(WAIVERS.c.until, WAIVERS.c.repository)):
        yield Waiver(*row)
