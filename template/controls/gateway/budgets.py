"""Says which limits a call is booked under: its run's cap, and the manifest's monthly budgets."""

from decimal import Decimal
from typing import TYPE_CHECKING

from controls.gateway.ledger import Limit, month

if TYPE_CHECKING:
    from controls.run import Run

UNATTRIBUTED = "unattributed"
SCOPES = ("workspace", "feature", "team")


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
