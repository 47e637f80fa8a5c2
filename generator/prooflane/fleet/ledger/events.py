"""What happened, in order, never changed afterwards; and what a clock that went back means.

The order of events is their number. Their time is the machine's, which may go back: durations are
therefore never less than nothing, and who opens the ledger is told.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, insert, select

from prooflane.fleet.ledger.tables import EVENTS

# less is two machines' clocks, not one that was set
TOLERATED = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in a sentence; `data` is for a reader of its own."""

    at: float
    kind: str
    text: str = ""
    repository: str = ""
    campaign: str = ""
    wave: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def append(connection: Connection, *events: Event) -> None:
    """Write `events` down, in their order."""
    rows = [{name: getattr(event, name) for name in Event.__slots__} for event in events]
    if rows:
        connection.execute(insert(EVENTS), rows)


def read(connection: Connection, kind: str = "", campaign: str = "") -> Iterator[Event]:
    """Give the events in their order; of one kind or campaign when it is named."""
    asked = select(*(EVENTS.c[name] for name in Event.__slots__)).order_by(EVENTS.c.id)
    if kind:
        asked = asked.where(EVENTS.c.kind == kind)
    if campaign:
        asked = asked.where(EVENTS.c.campaign == campaign)
    for row in connection.execute(asked):
        yield Event(*row)


def elapsed(since: float, now: float) -> float:
    """Return the seconds from `since` to `now`; none when the clock went back."""
    return max(0.0, now - since)


def went_back(connection: Connection, now: float) -> str:
    """Return a sentence when `now` is before the last event, else nothing."""
    last = connection.execute(select(func.max(EVENTS.c.at))).scalar() or 0.0
    behind = last - now
    if behind <= TOLERATED:
        return ""
    return (
        f"the clock is {_span(behind)} behind the ledger's last entry: "
        "waits start anew, and nothing is sent early"
    )


def _span(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{math.floor(seconds / size)} {unit}"
    return f"{math.floor(seconds)} s"
