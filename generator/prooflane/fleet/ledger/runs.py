"""What is done to each repository: its state, how often it was tried, and what came of it.

There is one row for a campaign, a kind and a repository, so that nothing can be begun twice. Which
states there are is the caller's to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, delete, select

from prooflane.fleet.ledger.rows import chunks, upsert
from prooflane.fleet.ledger.tables import RUNS

KEYS = ("campaign", "kind", "repository")


@dataclass(frozen=True, slots=True)
class Run:
    """One repository's part; `campaign` is empty for the last what-if."""

    repository: str
    kind: str
    state: str
    campaign: str = ""
    wave: int | None = None
    attempt: int = 0
    before: str = ""
    after: str = ""
    head: str = ""
    branch: str = ""
    pull: str = ""
    reason: str = ""
    hint: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    started: float = 0.0
    updated: float = 0.0


def keep(connection: Connection, runs: Iterable[Run]) -> None:
    """Write the runs as they are now."""
    upsert(connection, RUNS, map(asdict, runs), KEYS)


def read(
    connection: Connection, campaign: str = "", kind: str = "", states: Iterable[str] = ()
) -> Iterator[Run]:
    """Give the runs of a campaign, by repository; of one kind, in some states, when named."""
    asked = select(*(RUNS.c[name] for name in Run.__slots__)).where(RUNS.c.campaign == campaign)
    if kind:
        asked = asked.where(RUNS.c.kind == kind)
    if wanted := list(states):
        asked = asked.where(RUNS.c.state.in_(wanted))
    for row in connection.execute(asked.order_by(RUNS.c.repository)):
        yield Run(*row)


def find(connection: Connection, campaign: str, kind: str, repository: str) -> Run | None:
    """Return the run of one repository, or None."""
    asked = select(*(RUNS.c[name] for name in Run.__slots__)).where(
        RUNS.c.campaign == campaign, RUNS.c.kind == kind, RUNS.c.repository == repository
    )
    row = connection.execute(asked).first()
    return Run(*row) if row else None


def forget(connection: Connection, campaign: str, kind: str, repositories: Iterable[str]) -> None:
    """Remove the runs of `repositories`, such as those of a what-if that is made anew."""
    mine = (RUNS.c.campaign == campaign, RUNS.c.kind == kind)
    for keys in chunks(repositories):
        connection.execute(delete(RUNS).where(*mine, RUNS.c.repository.in_(keys)))
