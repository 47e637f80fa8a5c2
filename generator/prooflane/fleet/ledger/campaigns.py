"""Campaigns and their waves, as rows. What a state means is decided by whoever runs them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, select

from prooflane.fleet.ledger.rows import upsert
from prooflane.fleet.ledger.tables import CAMPAIGNS, RELEASES, WAVES


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a template that the fleet has to do with."""

    template: str
    version: str
    commit: str
    signer: str = ""
    seen: float = 0.0
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A version that the fleet is brought to; `settings` are its thresholds and windows."""

    id: str
    template: str
    version: str
    commit: str
    state: str
    reason: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class Wave:
    """A part of the fleet that goes together."""

    campaign: str
    number: int
    name: str
    state: str
    reason: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    started: float = 0.0
    finished: float = 0.0


def keep(connection: Connection, *campaigns: Campaign) -> None:
    """Write the campaigns as they are now."""
    upsert(connection, CAMPAIGNS, map(asdict, campaigns))


def read(connection: Connection) -> Iterator[Campaign]:
    """Give all campaigns, the newest first."""
    names = (CAMPAIGNS.c[name] for name in Campaign.__slots__)
    asked = select(*names).order_by(CAMPAIGNS.c.created.desc(), CAMPAIGNS.c.id)
    for row in connection.execute(asked):
        yield Campaign(*row)


def keep_waves(connection: Connection, waves: Iterable[Wave]) -> None:
    """Write the waves as they are now."""
    upsert(connection, WAVES, map(asdict, waves))


def waves(connection: Connection, campaign: str) -> Iterator[Wave]:
    """Give the waves of a campaign in their order."""
    names = (WAVES.c[name] for name in Wave.__slots__)
    asked = select(*names).where(WAVES.c.campaign == campaign).order_by(WAVES.c.number)
    for row in connection.execute(asked):
        yield Wave(*row)


def keep_releases(connection: Connection, *releases: Release) -> None:
    """Write the releases down."""
    upsert(connection, RELEASES, map(asdict, releases))


def releases(connection: Connection, template: str) -> Iterator[Release]:
    """Give the releases of a template that the ledger knows."""
    names = (RELEASES.c[name] for name in Release.__slots__)
    asked = select(*names).where(RELEASES.c.template == template).order_by(RELEASES.c.seen)
    for row in connection.execute(asked):
        yield Release(*row)
