"""Adds up the ledger: who spent what, what a success cost, what more tasks would cost.

Reads and never guesses: what has no owner is shown as unattributed, and the rows always add up to
the total. A task is a run; it is a success when `gateway outcome` says so, and where it said
nothing, when one of its attempts was answered and kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from controls.gateway import ledger, outcomes
from controls.gateway.money import to_usd

DIMENSIONS = ("workspace", "team", "feature", "model")


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt as it was booked; `held` is what it still reserves."""

    run_id: str
    names: dict[str, str]
    spent: Decimal
    held: Decimal
    outcome: str
    success: bool


@dataclass(frozen=True, slots=True)
class Row:
    """The spend of one name; `per_success` is None where nothing succeeded."""

    name: str
    tasks: int
    attempts: int
    successes: int
    usd: Decimal
    reserved: Decimal

    @property
    def per_success(self) -> Decimal | None:
        """Return all spend of all attempts over the successes."""
        return self.usd / self.successes if self.successes else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `tasks` more would cost, at what the measured ones cost on average."""

    tasks: int
    measured: int
    usd: Decimal
    per_task: Decimal
    per_success: Decimal | None
    dearest: Decimal


def entries(root: Path) -> list[Entry]:
    """Return every attempt in the books of `root`.

    Raises:
        Refused: when the books cannot be read.
    """
    if not (root / ledger.FILE).exists():
        return []
    told = outcomes.told(root)
    return [
        Entry(
            row["run_id"],
            {name: row[name] for name in DIMENSIONS},
            to_usd(row["spent"]),
            to_usd(row["held"] if row["state"] == "held" else 0),
            row["outcome"],
            told.get(row["run_id"], bool(row["success"])),
        )
        for row in ledger.open(root).rows()
    ]


def by(dimension: str, found: Sequence[Entry]) -> list[Row]:
    """Return a row for each name in `dimension`, dearest first."""

    def name(entry: Entry) -> str:
        return entry.names[dimension]

    grouped = groupby(sorted(found, key=name), key=name)
    rows = [_row(each, list(members)) for each, members in grouped]
    return sorted(rows, key=lambda row: (-row.usd, row.name))


def total(found: Sequence[Entry]) -> Row:
    """Return everything in one row."""
    return _row("total", found)


def forecast(found: Sequence[Entry], tasks: int) -> Forecast:
    """Return what `tasks` tasks would cost; as many as were measured cost what they cost."""
    costs: dict[str, Decimal] = {}
    for entry in found:
        costs[entry.run_id] = costs.get(entry.run_id, Decimal(0)) + entry.spent
    spent = sum(costs.values(), Decimal(0))
    everything = total(found)
    return Forecast(
        tasks,
        len(costs),
        spent * tasks / len(costs) if costs else Decimal(0),
        spent / len(costs) if costs else Decimal(0),
        everything.per_success,
        max(costs.values(), default=Decimal(0)),
    )


def _row(name: str, found: Iterable[Entry]) -> Row:
    members = list(found)
    return Row(
        name,
        len({entry.run_id for entry in members}),
        len(members),
        len({entry.run_id for entry in members if entry.success}),
        sum((entry.spent for entry in members), Decimal(0)),
        sum((entry.held for entry in members), Decimal(0)),
    )
