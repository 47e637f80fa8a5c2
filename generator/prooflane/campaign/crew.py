"""What one invocation works with. A value, made anew each time: all that lasts is in the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from prooflane.campaign import gate, rollout_file
from prooflane.campaign.book import Book
from prooflane.campaign.forges import Forges
from prooflane.campaign.settings import Settings
from prooflane.event import Event
from prooflane.fleet.ledger.campaigns import Campaign
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.repository import Repository

Says = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Crew:
    """A campaign's book and settings, the forges, the known fleet, and who hears of it.

    `older` is what campaigns before this one left open.
    """

    book: Book
    settings: Settings
    forges: Forges
    fleet: Mapping[str, Repository]
    says: Says
    older: Mapping[str, tuple[Book, Run]]

    @property
    def today(self) -> date:
        """The day, by the ledger's clock."""
        return gate.day(self.book.ledger.clock())

    def repository(self, key: str) -> Repository:
        """Return what the ledger knows of a repository; of an unknown one, its key."""
        return self.fleet.get(key) or Repository(key)


def hired(ledger: Ledger, campaign: Campaign, says: Says) -> Crew:
    """Return what works on `campaign`."""
    book = Book(ledger, campaign.id)
    told = rollout_file.parse(campaign.settings, "the settings in the ledger")
    return Crew(book, told, Forges(ledger, told, says), book.repositories(), says, book.older())
