"""What the ledger knows of the fleet today, as one value: what `status` and `report` show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from prooflane.fleet.ledger import campaigns, inventory, runs, waivers
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.inventory import Adopted, Held
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository, Standing
from prooflane.version import is_older

SOON = timedelta(days=14)
# the words of `prooflane.campaign`, which is a layer above
UNDONE = frozenset({"failed", "gone", "unreachable"})
SETTLED = frozenset({"declined", "waived"})


@dataclass(frozen=True, slots=True)
class Overview:
    """Repositories, the controls they hold, waivers, runs, and adoption over time.

    `plans` are the last what-if's, `runs` those of each campaign, the newest campaign first.
    """

    today: date
    repositories: tuple[Repository, ...]
    controls: tuple[Held, ...]
    waivers: tuple[Waiver, ...]
    adoption: tuple[Adopted, ...]
    plans: tuple[Run, ...]
    campaigns: tuple[tuple[Campaign, tuple[Wave, ...], tuple[Run, ...]], ...]

    @property
    def active(self) -> tuple[Repository, ...]:
        """The repositories that take part."""
        return tuple(row for row in self.repositories if row.is_active)

    @property
    def lost(self) -> tuple[Repository, ...]:
        """The repositories that could not be reached at the last scan."""
        return tuple(row for row in self.repositories if row.state == Standing.unreachable)

    @property
    def held(self) -> tuple[Held, ...]:
        """The controls that stay at an older version."""
        return tuple(row for row in self.controls if row.state == "held")

    @property
    def ending(self) -> tuple[Waiver, ...]:
        """The waivers that end soon, or have ended and are still written down."""
        last = (self.today + SOON).isoformat()
        return tuple(row for row in self.waivers if row.until <= last)

    @property
    def red(self) -> tuple[Run, ...]:
        """The pull requests whose checks are red, and that nobody closed or put off."""
        every = (run for _, _, found in self.campaigns for run in found)
        red = (run for run in every if run.data.get("checks") == "red")
        return tuple(run for run in red if run.state not in SETTLED)

    @property
    def undone(self) -> tuple[Run, ...]:
        """What the newest campaign could not do, each with its reason."""
        every = (run for _, _, found in self.campaigns[:1] for run in found)
        return tuple(run for run in every if run.state in UNDONE)


def overview(ledger: Ledger) -> Overview:
    """Return what the ledger knows.

    Raises:
        ProoflaneError: when it cannot be read.
    """
    with ledger.reading() as connection:
        known = [
            (row, tuple(campaigns.waves(connection, row.id)), tuple(runs.read(connection, row.id)))
            for row in campaigns.read(connection)
        ]
        return Overview(
            today=datetime.fromtimestamp(ledger.clock(), UTC).date(),
            repositories=tuple(inventory.read(connection)),
            controls=tuple(inventory.controls(connection)),
            waivers=tuple(waivers.read(connection)),
            adoption=tuple(inventory.adoption(connection)),
            plans=tuple(runs.read(connection, kind="plan")),
            campaigns=tuple(known),
        )


def by_control(known: Overview) -> dict[str, dict[str, int]]:
    """Return, for each control, how many repositories hold it at which version; or `held`."""
    active = {row.key for row in known.active}
    found: dict[str, dict[str, int]] = {}
    for row in known.controls:
        if row.repository in active:
            name = "held" if row.state == "held" else row.version
            counts = found.setdefault(row.control, {})
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(found.items()))


def share(rows: Iterable[Adopted], newest: str) -> float:
    """Return the share of `rows`' repositories that hold their control at `newest`."""
    listed = list(rows)
    whole = sum(row.repositories for row in listed)
    good = sum(r.repositories for r in listed if r.version == newest and r.state == "current")
    return good / whole if whole else 0.0


def newest(known: Overview) -> str:
    """Return the version of the fleet that is the newest, as far as the ledger knows."""
    found = ""
    for row in known.active:
        if not found or is_older(found, row.version):
            found = row.version
    return found
