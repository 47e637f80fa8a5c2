"""Limits how often a user and a workspace may ask (from tier 2 on): token buckets in SQLite.

A bucket holds one minute's worth and refills evenly; taking is one transaction, so all processes
share the limit. A clock that moves back refills nothing until it is where it was. Runs under a cap
(evals) are held by the cap instead.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from controls.gateway.database import writing
from controls.gateway.refusal import LimitRefused

FILE = Path(".aiwf/limits.db")
SCHEMA = (
    "CREATE TABLE buckets"
    " (name TEXT PRIMARY KEY, tokens REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """`per_minute` calls for `name` in `scope` (user, workspace)."""

    scope: str
    name: str
    per_minute: int


def take(root: Path, limits: Sequence[Limit], clock: Callable[[], float] = time.time) -> None:
    """Take one call from every bucket, or from none.

    Raises:
        LimitRefused: when a bucket is empty, with the seconds to wait.
        Refused: when the buckets cannot be read: an uncounted call is not made.
    """
    with writing(root / FILE, SCHEMA) as base:
        _take_all(base, limits, clock())


def _take_all(base: sqlite3.Connection, limits: Sequence[Limit], now: float) -> None:
    for limit in limits:
        tokens, at = _level(base, limit, now)
        if tokens < 1:
            wait = (1 - tokens) * 60 / limit.per_minute + max(0.0, at - now)
            raise LimitRefused(
                f"{limit.scope} has used its {limit.per_minute} calls a minute",
                hint=f"wait {wait:.0f} s, or raise spec.limits.requests_per_minute.{limit.scope}",
                rule=limit.scope,
                seconds=wait,
            )
        base.execute(
            "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)", (_key(limit), tokens - 1, at)
        )


def _level(base: sqlite3.Connection, limit: Limit, now: float) -> tuple[float, float]:
    row = base.execute("SELECT tokens, at FROM buckets WHERE name = ?", (_key(limit),)).fetchone()
    if row is None:
        return float(limit.per_minute), now
    tokens, at = row
    refilled = max(0.0, now - at) * limit.per_minute / 60
    return min(float(limit.per_minute), tokens + refilled), max(now, at)


def _key(limit: Limit) -> str:
    """Return a name that says nothing about a person who reads the file."""
    return sha256(f"{limit.scope} {limit.name}".encode()).hexdigest()
