"""Says which limits a call is booked under: its run's cap, and the manifest's monthly budgets.

A soft limit warns, once a process and month on the terminal and on every span. A hard limit
refuses; where policy/data.yaml says `queue`, a call first waits for money that other calls only
hold. Asking a cheaper model instead (`degrade`) is decided in `call`.
"""

import asyncio
import sys
import time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from controls.gateway import ledger
from controls.gateway.ledger import Hold, Limit, month
from controls.gateway.refusal import BudgetRefused
from controls.gateway.signals import WARN, Signal
from controls.manifest import NAME
from controls.policy.data import QUEUE
from controls.policy.facts import EXCEEDED, WITHIN
from controls.typed import typed

if TYPE_CHECKING:
    from controls.gateway.desk import Desk
    from controls.run import Run

UNSET = "unset"
UNATTRIBUTED = "unattributed"
SCOPES = ("workspace", "feature", "team")
POLL = 0.05  # seconds


def state(desk: "Desk", usd: Decimal) -> tuple[str, BudgetRefused | None]:
    """Return how a call of `usd` stands to the run's budgets, and why where it does not fit.

    Raises:
        Refused: when the books cannot be read.
    """
    found = limits(desk.run)
    if any(limit.hard is None for limit in found):
        return UNSET, None
    over = desk.books.over(usd, found) if usd else None  # what costs nothing always fits
    return (EXCEEDED, over) if over else (WITHIN, None)


async def reserve(desk: "Desk", entry: ledger.Attempt, usd: Decimal) -> Hold:
    """Return a reservation of `usd` under every limit of the run.

    Raises:
        BudgetRefused: when a limit would be passed, after waiting where the policy says so.
    """
    rules = desk.data.budgets
    until = time.monotonic() + (rules.wait_seconds if rules.on_hard == QUEUE else 0)
    while True:
        try:
            return desk.books.reserve(entry, usd, limits(desk.run))
        except BudgetRefused as error:
            if not error.passing or time.monotonic() >= until:
                raise
        await asyncio.sleep(POLL)


def warnings(hold: Hold, run: "Run") -> tuple[Signal, ...]:
    """Return a signal for each soft limit that `hold` passes, and say so on the terminal, once."""
    for scope in hold.soft:
        _say(run.root.as_posix(), scope, str(run.manifest.budgets[scope]["soft"]), month())
    return tuple(Signal(f"budget-{scope}", WARN, NAME, verdict="warn") for scope in hold.soft)


@cache
def _say(_: str, scope: str, soft: str, period: str) -> None:
    told = f"warning: the {scope} has passed its soft budget of ${soft} in {period}"
    sys.stderr.write(typed(f"{told} (python -m controls gateway budgets)\n"))


def limits(run: "Run") -> tuple[Limit, ...]:
    """Return the limits of a call of `run`; a scope without a budget is booked all the same."""
    owners = {"workspace": run.workspace, "feature": run.feature, "team": run.team}
    period = month()
    found = [_limit(run, scope, owners[scope] or UNATTRIBUTED, period) for scope in SCOPES]
    if run.cap is not None:
        found.insert(0, Limit("cap", run.cap.id, run.cap.usd))
    return tuple(found)


def _limit(run: "Run", scope: str, name: str, period: str) -> Limit:
    budget = run.manifest.budgets.get(scope, {})
    return Limit(scope, name, _usd(budget.get("hard")), _usd(budget.get("soft")), period)


def _usd(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
