"""Whether a repository's wave is open, from what its template says. Pure, the same on any machine.

A campaign sees the whole fleet and takes an exact share of it; a repository sees itself alone, so
its place comes from a hash of its name: of many repositories, `share` percent are below `share`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from prooflane.campaign import gate, waves
from prooflane.campaign.settings import Settings, Stage
from prooflane.fleet.repository import Repository


@dataclass(frozen=True, slots=True)
class Record:
    """What the platform team decided: a version, the day its first wave opens, who may begin."""

    version: str
    start: date
    settings: Settings = field(default_factory=Settings)
    paused: str = ""
    approved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """The wave that a repository is in, which is open."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nothing is proposed now; nothing is wrong."""

    reason: str


def standing(record: Record, key: str, tier: int | None, now: float) -> Open | Closed:
    """Return whether the repository called `key` may go to the version of `record` at `now`."""
    if record.paused:
        return Closed(f"{record.version} is paused: {record.paused}")
    if stopped := gate.frozen(record.settings.freeze, gate.day(now)):
        return Closed(stopped.reason)
    stages = record.settings.waves
    number = wave(stages, key, tier)
    if number is None:
        return Closed(f"no wave of {record.version} takes this repository")
    for stage in stages[: number + 1]:
        if stage.approval and stage.name not in record.approved:
            return Closed(f"wave {stage.name!r} of {record.version} needs somebody's approval")
    opening = opens(stages, number, record.start)
    name = stages[number].name
    if now < opening:
        at = datetime.fromtimestamp(opening, UTC)
        shown = f"{at:%Y-%m-%d}" if opening % 86400 == 0 else f"{at:%Y-%m-%d %H:%M} UTC"
        return Closed(f"not yet: wave {name!r} of {record.version} opens {shown}")
    return Open(number, name)


def wave(stages: Sequence[Stage], key: str, tier: int | None) -> int | None:
    """Return the number of the first wave that takes the repository, or None."""
    one = Repository(key, tier=tier)
    found = (
        number
        for number, stage in enumerate(stages)
        if waves.covers(stage, one) and position(key) < stage.share
    )
    return next(found, None)


def position(key: str) -> float:
    """Return where `key` stands among all names, from 0 to below 100, as a campaign orders them."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return int(digest[:8], 16) / 2**32 * 100


def opens(stages: Sequence[Stage], number: int, start: date) -> float:
    """Return when wave `number` opens: after the soak of each wave before it, from `start` on."""
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
    return begin + sum(stage.soak for stage in stages[:number])
