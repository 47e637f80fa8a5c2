"""Keeps the books: what may still be spent, what was spent, by whom, on which attempt.

A call first reserves an upper bound, in one transaction that holds the write lock, and settles the
true cost afterwards; so callers in any number of processes never overshoot a limit together. The
reservation of a caller that died is taken back after a while: as spent where a provider may have
been paid, as free where the model was embedded. Who settles later still books the true cost. A
clock that was moved back opens no month again. What a call costs is decided by `prices`, which
limits apply by `budgets`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from controls.gateway.database import opened, writing
from controls.gateway.money import to_nano, to_usd
from controls.gateway.refusal import BudgetRefused, Refused

FILE = Path(".aiwf/ledger.db")
SCHEMA = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, run_id TEXT NOT NULL, attempt INTEGER NOT NULL,
    workspace TEXT NOT NULL, team TEXT NOT NULL, feature TEXT NOT NULL, model TEXT NOT NULL,
    held INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'held',
    input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '', success INTEGER NOT NULL DEFAULT 0);
CREATE TABLE totals (
    scope TEXT NOT NULL, name TEXT NOT NULL, period TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0, spent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, name, period));
CREATE TABLE shares (
    attempt INTEGER NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, period TEXT NOT NULL,
    PRIMARY KEY (attempt, scope)) WITHOUT ROWID;
CREATE INDEX held ON attempts (at) WHERE state = 'held';
"""


HELD, SETTLED = "held", "settled"
LOST, RELEASED = "lost", "released"  # taken back from a dead caller: as spent, as free


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget: `scope` is cap, team, feature or workspace, `name` whose it is; None is no limit.

    `period` is a calendar month such as 2026-11, or empty for ever.
    """

    scope: str
    name: str
    hard: Decimal | None
    soft: Decimal | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who is about to call what."""

    run_id: str
    number: int
    workspace: str
    team: str
    feature: str
    model: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation to be settled; `soft` names the scopes whose warning line is passed."""

    id: int
    usd: Decimal
    soft: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """What an attempt came to."""

    usd: Decimal
    input_tokens: int
    output_tokens: int
    outcome: str
    success: bool


# of an attempt whose process was killed, and which another one goes on with
RESUMED = Bill(Decimal(0), 0, 0, "resumed", success=False)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books of one repository; each use borrows a connection, so threads may share this."""

    path: Path
    hold_minutes: float = 15.0

    def reserve(self, attempt: Attempt, usd: Decimal, limits: Sequence[Limit]) -> Hold:
        """Set `usd` aside under every limit at once, or under none.

        Raises:
            BudgetRefused: when a limit would be passed, naming it.
            Refused: when the clock was moved back into an earlier month, or the books cannot be
                opened or written; no call is made without them.
        """
        nano = to_nano(usd)
        with writing(self.path, SCHEMA) as base:
            _reclaim(base, _now(self.hold_minutes))
            for limit in limits:
                _refuse_past(base, limit)
                _refuse_over(base, limit, nano)
            row = (_now(), attempt.run_id, attempt.number, attempt.workspace, attempt.team)
            cursor = base.execute(
                "INSERT INTO attempts (at, run_id, attempt, workspace, team, feature, model, held)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, attempt.feature, attempt.model, nano),
            )
            number = cursor.lastrowid or 0
            soft = tuple(limit.scope for limit in limits if _take(base, limit, nano, number))
        return Hold(number, usd, soft)

    def settle(self, hold: Hold, bill: Bill) -> None:
        """Replace the reservation by the true cost; a second settlement of a hold changes nothing.

        Raises:
            Refused: when the books cannot be written.
        """
        nano = to_nano(bill.usd)
        with writing(self.path, SCHEMA) as base:
            found = "SELECT state, held, spent FROM attempts WHERE id = ?"
            row = base.execute(found, (hold.id,)).fetchone()
            if row is None or row["state"] == SETTLED:
                return
            base.execute(
                "UPDATE attempts SET state = ?, spent = ?, input_tokens = ?, output_tokens = ?,"
                " outcome = ?, success = ? WHERE id = ?",
                (
                    *(SETTLED, nano, bill.input_tokens, bill.output_tokens, bill.outcome),
                    *(bill.success, hold.id),
                ),
            )
            _shift(base, hold.id, row["held"] * (row["state"] == HELD), nano - row["spent"])

    def over(self, usd: Decimal, limits: Sequence[Limit]) -> BudgetRefused | None:
        """Return why `usd` no longer fits into what is unspent, None where it does.

        What others only hold is left to `reserve`, which alone decides between callers.

        Raises:
            Refused: when the books cannot be read.
        """
        if not self.path.exists():
            return next(filter(None, (_over(limit, 0, 0, to_nano(usd)) for limit in limits)), None)
        with opened(self.path, SCHEMA) as base:
            spent = ((limit, _used(base, limit, "spent")) for limit in limits)
            return next(
                filter(None, (_over(at, used, used, to_nano(usd)) for at, used in spent)), None
            )

    def held(self, run_id: str) -> list[Hold]:
        """Return what the attempts of a run still reserve.

        Raises:
            Refused: when the books cannot be read.
        """
        with opened(self.path, SCHEMA) as base:
            held = "SELECT id, held FROM attempts WHERE run_id = ? AND state = 'held'"
            rows = base.execute(held, (run_id,)).fetchall()
        return [Hold(row["id"], to_usd(row["held"]), ()) for row in rows]

    def spent(self, scope: str, name: str, period: str = "") -> Decimal:
        """Return what `name` spent in `scope` ("cap", "team", …), reservations not counted.

        Raises:
            Refused: when the books cannot be read.
        """
        with opened(self.path, SCHEMA) as base:
            row = base.execute(
                "SELECT spent FROM totals WHERE (scope, name, period) = (?, ?, ?)",
                (scope, name, period),
            ).fetchone()
        return to_usd(row[0] if row else 0)

    def spent_on(self, feature: str, scope: str, name: str) -> Decimal:
        """Return what of all that `name` spent in `scope` was booked as `feature`.

        Raises:
            Refused: when the books cannot be read.
        """
        with opened(self.path, SCHEMA) as base:
            row = base.execute(
                "SELECT sum(spent) FROM attempts JOIN shares ON shares.attempt = attempts.id"
                " WHERE (feature, scope, name) = (?, ?, ?)",
                (feature, scope, name),
            ).fetchone()
        return to_usd(row[0] or 0)

    def rows(self) -> list[sqlite3.Row]:
        """Return every attempt, oldest first.

        Raises:
            Refused: when the books cannot be read.
        """
        with opened(self.path, SCHEMA) as base:
            return base.execute("SELECT * FROM attempts ORDER BY id").fetchall()

    def totals(self) -> dict[str, Decimal]:
        """Return what each scope spent under all names and periods together.

        Raises:
            Refused: when the books cannot be read.
        """
        with opened(self.path, SCHEMA) as base:
            rows = base.execute("SELECT scope, sum(spent) FROM totals GROUP BY scope").fetchall()
        return {scope: to_usd(spent) for scope, spent in rows}


def open(root: Path, hold_minutes: float = 15.0) -> Ledger:  # noqa: A001  called as `ledger.open`
    """Return the books of the repository at `root`; the file is made by the first reservation."""
    return Ledger(root / FILE, hold_minutes)


def month() -> str:
    """Return the calendar month that a budget runs in, such as 2026-11 (UTC)."""
    return f"{datetime.now(UTC):%Y-%m}"


def _now(minutes_ago: float = 0) -> str:
    then = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return then.isoformat(timespec="milliseconds")


def _reclaim(base: sqlite3.Connection, before: str) -> None:
    """Take back what was reserved `before` a moment; a clock that moved back takes nothing."""
    old = "SELECT id, model, held FROM attempts WHERE state = 'held' AND at < ?"
    for row in base.execute(old, (before,)).fetchall():
        free = row["model"].startswith("embedded:")
        spent = 0 if free else row["held"]
        base.execute(
            "UPDATE attempts SET state = ?, spent = ?, outcome = 'error' WHERE id = ?",
            (RELEASED if free else LOST, spent, row["id"]),
        )
        _shift(base, row["id"], row["held"], spent)


def _shift(base: sqlite3.Connection, attempt: int, held: int, spent: int) -> None:
    base.execute(
        "UPDATE totals SET held = held - ?, spent = spent + ? WHERE (scope, name, period) IN"
        " (SELECT scope, name, period FROM shares WHERE attempt = ?)",
        (held, spent, attempt),
    )


def _refuse_past(base: sqlite3.Connection, limit: Limit) -> None:
    """Refuse a month before one that is in the books: its budget was another one's."""
    newest = "SELECT max(period) FROM totals WHERE (scope, name) = (?, ?)"
    booked = base.execute(newest, (limit.scope, limit.name)).fetchone()[0] or ""
    if limit.period < booked:
        raise Refused(
            f"the clock says {limit.period}, and {limit.scope} {limit.name!r} has calls of {booked}"
            " in the books",
            hint="set the clock of this machine right",
            rule="clock",
        )


def _refuse_over(base: sqlite3.Connection, limit: Limit, nano: int) -> None:
    refusal = _over(limit, _used(base, limit), _used(base, limit, "spent"), nano)
    if refusal:
        raise refusal


def _over(limit: Limit, used: int, spent: int, nano: int) -> BudgetRefused | None:
    if limit.hard is None or used + nano <= to_nano(limit.hard):
        return None
    return BudgetRefused(
        f"{limit.scope} {limit.name!r} has ${to_usd(used):f} of ${limit.hard} spent or"
        f" reserved, this call may cost ${to_usd(nano):f}",
        hint=_remedy(limit),
        rule=limit.scope,
        passing=spent + nano <= to_nano(limit.hard),
    )


def _take(base: sqlite3.Connection, limit: Limit, nano: int, attempt: int) -> bool:
    key = (limit.scope, limit.name, limit.period)
    base.execute("INSERT OR IGNORE INTO totals (scope, name, period) VALUES (?, ?, ?)", key)
    base.execute(
        "UPDATE totals SET held = held + ? WHERE (scope, name, period) = (?, ?, ?)", (nano, *key)
    )
    base.execute("INSERT INTO shares VALUES (?, ?, ?, ?)", (attempt, *key))
    return limit.soft is not None and _used(base, limit) > to_nano(limit.soft)


def _used(base: sqlite3.Connection, limit: Limit, what: str = "held + spent") -> int:
    row = base.execute(
        f"SELECT {what} FROM totals WHERE (scope, name, period) = (?, ?, ?)",  # noqa: S608  ours
        (limit.scope, limit.name, limit.period),
    ).fetchone()
    return int(row[0]) if row else 0


def _remedy(limit: Limit) -> str:
    if limit.scope == "cap":
        return "raise --max-cost, or ask for less in one run"
    return f"raise spec.budgets.{limit.scope}.hard in ai-workflow.yaml, with a decision record"
