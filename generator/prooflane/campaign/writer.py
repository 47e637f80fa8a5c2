"""The one who asks a forge, and waits: every write of an identity goes through here, paced.

What may still be sent is in the ledger, and is taken before the request: a process that dies after
it has wasted one request, and none is ever sent that was not counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from prooflane.campaign.pace import limits
from prooflane.campaign.settings import Rate
from prooflane.campaign.span import span
from prooflane.event import Event, Notice
from prooflane.fleet.ledger import buckets
from prooflane.fleet.ledger.database import Ledger
from prooflane.forge.model import Forge, ForgeError, Trouble

T = TypeVar("T")
# a person is told of longer breaks
QUIET = 5.0
FIRST = 0.5


@dataclass(frozen=True, slots=True)
class Writer:
    """A forge with its pace; `says` hears of breaks."""

    forge: Forge
    ledger: Ledger
    rate: Rate
    attempts: int
    says: Callable[[Event], None]

    def ask(self, question: Callable[[Forge], T]) -> T:
        """Return the forge's answer to something that changes nothing.

        Raises:
            ForgeError: when it gives none, however often it is asked.
        """
        return self._again(lambda: question(self.forge))

    def change(self, action: Callable[[Forge], T]) -> T:
        """Return what a change came to, sent when the pace allows it.

        Raises:
            ForgeError: when the forge does not do it.
        """

        def paced() -> T:
            self._take()
            return action(self.forge)

        return self._again(paced)

    def _again(self, act: Callable[[], T]) -> T:
        for attempt in count(1):
            try:
                return act()
            except ForgeError as error:
                if not error.passes or attempt >= self.attempts:
                    raise
                self._pause(error, attempt)
        raise AssertionError

    def _pause(self, error: ForgeError, attempt: int) -> None:
        seconds = error.wait or FIRST * 2 ** (attempt - 1)
        if error.trouble is Trouble.limited:
            self._hold(seconds)
        if seconds > QUIET:
            self.says(Notice(f"{error.message}: going on in {span(seconds)}"))
        time.sleep(seconds)

    def _hold(self, seconds: float) -> None:
        # the next process has to know it too
        limit = limits(self.forge.identity, self.rate)[0]
        with self.ledger.writing() as connection:
            buckets.hold(connection, limit, self.ledger.clock(), seconds)

    def _take(self) -> None:
        if not self.forge.host:
            return  # folders of this machine are in nobody's way
        while delay := self._taken():
            if delay > QUIET:
                self.says(Notice(f"the pace of {self.forge.identity}: next in {span(delay)}"))
            time.sleep(delay)

    def _taken(self) -> float:
        rows = limits(self.forge.identity, self.rate)
        with self.ledger.writing() as connection:
            return buckets.take_all(connection, rows, self.ledger.clock())
