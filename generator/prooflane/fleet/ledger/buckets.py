"""How much may still be sent to a forge: one bucket per identity, kept across runs.

A token bucket: `level` requests are left, `rate` come back each second, never more than `capacity`.
A clock that went back gives nothing back and starts a wait anew, so the rate is never exceeded.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from prooflane.fleet.ledger.events import elapsed
from prooflane.fleet.ledger.rows import upsert
from prooflane.fleet.ledger.tables import BUCKETS


@dataclass(frozen=True, slots=True)
class Limit:
    """What a forge allows one identity: `capacity` at once, `rate` a second after that."""

    identity: str
    name: str
    capacity: float
    rate: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a limit at `updated`; for `wait` seconds from then nothing may be sent."""

    level: float
    updated: float
    wait: float = 0.0

    def at(self, now: float, limit: Limit) -> "Bucket":
        """Return the bucket as it is `now`."""
        if now < self.updated:
            return Bucket(min(self.level, limit.capacity), now, self.wait)
        gone = elapsed(self.updated, now)
        level = min(limit.capacity, self.level + gone * limit.rate)
        return Bucket(level, now, max(0.0, self.wait - gone))

    def delay(self, limit: Limit) -> float:
        """Return the seconds until one request may be sent."""
        return max(self.wait, 0.0 if self.level >= 1 else (1 - self.level) / limit.rate)


def take(connection: Connection, limit: Limit, now: float) -> float:
    """Take one request when it may be sent now, and return 0; else return the seconds to wait."""
    bucket = _read(connection, limit, now)
    delay = bucket.delay(limit)
    if delay == 0:
        bucket = Bucket(bucket.level - 1, bucket.updated)
    _write(connection, limit, bucket)
    return delay


def take_all(connection: Connection, limits: Sequence[Limit], now: float) -> float:
    """Take one request of each limit when all let it through, and return 0; else the wait."""
    delay = max(_read(connection, limit, now).delay(limit) for limit in limits)
    return delay or max(take(connection, limit, now) for limit in limits)


def hold(connection: Connection, limit: Limit, now: float, seconds: float) -> None:
    """Send nothing for `seconds`: the forge said so."""
    bucket = _read(connection, limit, now)
    _write(connection, limit, Bucket(bucket.level, now, max(bucket.wait, seconds)))


def _read(connection: Connection, limit: Limit, now: float) -> Bucket:
    asked = select(BUCKETS.c.level, BUCKETS.c.updated, BUCKETS.c.wait).where(
        BUCKETS.c.identity == limit.identity, BUCKETS.c.name == limit.name
    )
    row = connection.execute(asked).first()
    found = Bucket(*row) if row else Bucket(limit.capacity, now)
    return found.at(now, limit)


def _write(connection: Connection, limit: Limit, bucket: Bucket) -> None:
    key = {"identity": limit.identity, "name": limit.name}
    upsert(connection, BUCKETS, [key | asdict(bucket)])
