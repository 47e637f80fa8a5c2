"""What the ledger holds of one campaign, read and written while it runs. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from prooflane.campaign.state import SYNC, Standing, State
from prooflane.fleet.ledger import campaigns, events, inventory, runs, waivers
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.events import Event
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository

SUPERSEDED = Standing.superseded


@dataclass(frozen=True, slots=True)
class Book:
    """One campaign in a ledger; `kind` says whether its syncs, or what takes them back."""

    ledger: Ledger
    id: str
    kind: str = SYNC

    def campaign(self) -> Campaign:
        """Return the campaign as it is now."""
        with self.ledger.reading() as connection:
            return next(row for row in campaigns.read(connection) if row.id == self.id)

    def older(self) -> Mapping[str, tuple["Book", Run]]:
        """Return what campaigns that were superseded left open, by repository."""
        with self.ledger.reading() as connection:
            over = [row.id for row in campaigns.read(connection) if row.state == SUPERSEDED]
            return {
                run.repository: (Book(self.ledger, id_), run)
                for id_ in over
                for run in runs.read(connection, id_, SYNC, [State.published, State.waived])
                if run.pull and id_ != self.id
            }

    def waves(self) -> tuple[Wave, ...]:
        """Return its waves in their order."""
        with self.ledger.reading() as connection:
            return tuple(campaigns.waves(connection, self.id))

    def runs(self, wave: int | None = None) -> tuple[Run, ...]:
        """Return its runs; those of one wave when it is named."""
        with self.ledger.reading() as connection:
            found = tuple(runs.read(connection, self.id, self.kind))
        return found if wave is None else tuple(row for row in found if row.wave == wave)

    def repositories(self) -> Mapping[str, Repository]:
        """Return all repositories that the ledger knows, by key."""
        with self.ledger.reading() as connection:
            return {row.key: row for row in inventory.read(connection)}

    def waived(self, today: date) -> Mapping[str, Waiver]:
        """Return who need not be synced today, by key."""
        with self.ledger.reading() as connection:
            found = [row for row in waivers.read(connection) if not row.control]
        return {row.repository: row for row in found if row.holds(today)}

    def keep(self, run: Run) -> Run:
        """Write `run` down, and the event when its state is another; return it."""
        now = self.ledger.clock()
        run = replace(run, updated=now, started=run.started or now)
        with self.ledger.writing() as connection:
            before = runs.find(connection, self.id, self.kind, run.repository)
            runs.keep(connection, [run])
            if before is None or before.state != run.state:
                said = ": ".join(filter(None, (run.state, run.reason or run.pull)))
                events.append(connection, self._event(said, run.repository, run.wave))
        return run

    def keep_waiver(self, waiver: Waiver) -> None:
        """Write down that somebody said "not until"."""
        with self.ledger.writing() as connection:
            waivers.keep(connection, [replace(waiver, seen=self.ledger.clock())])

    def keep_wave(self, wave: Wave, said: str) -> Wave:
        """Write `wave` down, and why; return it."""
        with self.ledger.writing() as connection:
            campaigns.keep_waves(connection, [wave])
            events.append(connection, self._event(f"wave {wave.name!r} {said}", "", wave.number))
        return wave

    def keep_campaign(self, state: str, reason: str) -> Campaign:
        """Write down that the campaign is in `state`, and why."""
        changed = replace(self.campaign(), state=state, reason=reason, updated=self.ledger.clock())
        with self.ledger.writing() as connection:
            campaigns.keep(connection, changed)
            said = ": ".join(filter(None, (state, reason)))
            events.append(connection, self._event(said))
        return changed

    def went_back(self) -> str:
        """Return a sentence when this machine's clock is behind the ledger, else nothing."""
        with self.ledger.reading() as connection:
            return events.went_back(connection, self.ledger.clock())

    def _event(self, text: str, repository: str = "", wave: int | None = None) -> Event:
        return Event(self.ledger.clock(), self.kind, text, repository, self.id, wave)
