"""Says what routing is worth: how often it escalates, whether the confidence tells, what it saves.

Measured, never assumed: the confidence is judged on answers of the first model whose outcome is
known, from evals or `gateway outcome`; a figure without data is None. What the large model alone
would have cost is its real bill where it was asked, else its price for the first model's tokens.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from controls.gateway import ledger, outcomes, prices
from controls.gateway.money import to_usd
from controls.policy import data
from controls.policy.data import PolicyData
from controls.tracing import read, semconv

REPORTS = Path(".aiwf/reports/evals")


@dataclass(frozen=True, slots=True)
class Routing:
    """The figures, each with the number of calls that it rests on."""

    calls: int
    escalated: int
    judged: int
    auroc: float | None
    usd: Decimal
    large_only_usd: Decimal

    @property
    def escalation_rate(self) -> float | None:
        """Return how many of the calls went on to the larger model."""
        return self.escalated / self.calls if self.calls else None

    @property
    def saving(self) -> float | None:
        """Return which part of the large model's bill was saved; below 0 routing costs more."""
        return float(1 - self.usd / self.large_only_usd) if self.large_only_usd else None


def measured(root: Path) -> Routing:
    """Return the figures of every routed call in the books.

    Raises:
        ControlsError: when books or policy data cannot be read.
    """
    if not (root / ledger.FILE).exists():
        return Routing(0, 0, 0, None, Decimal(0), Decimal(0))
    numbers, rows = data.load(root), ledger.open(root).rows()
    first = [row for row in rows if row["attempt"] == 1 and row["model"] in numbers.routing]
    second = {row["run_id"]: row for row in rows if row["attempt"] == 2}
    escalated = [row for row in first if row["outcome"] == semconv.WENT_FURTHER]
    spent = sum((to_usd(row["spent"]) for row in first), Decimal(0))
    large, more = Decimal(0), Decimal(0)
    for row in first:
        after = second.get(row["run_id"]) if row["outcome"] == semconv.WENT_FURTHER else None
        more += to_usd(after["spent"]) if after else 0
        large += to_usd(after["spent"]) if after else _instead(row, numbers)
    pairs = list(_judged(root))
    return Routing(len(first), len(escalated), len(pairs), auroc(pairs), spent + more, large)


def auroc(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Return how likely a right answer has the higher confidence than a wrong one; ties count half.

    None where all are right, or all wrong.
    """
    right = [confidence for confidence, good in pairs if good]
    wrong = [confidence for confidence, good in pairs if not good]
    if not right or not wrong:
        return None
    wins = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    return wins / (len(right) * len(wrong))


def _instead(row: sqlite3.Row, numbers: PolicyData) -> Decimal:
    price = prices.find(numbers.routing[str(row["model"])].escalate_to, numbers)
    given, made = int(str(row["input_tokens"])), int(str(row["output_tokens"]))
    return price.cost(prices.counted(given, made)) if price else Decimal(0)


def _judged(root: Path) -> Iterator[tuple[float, bool]]:
    known = {**_evaluated(root), **outcomes.told(root)}
    for span in read.spans(root):
        confidence = span.attributes.get(semconv.CONFIDENCE)
        run = str(span.attributes.get(semconv.RUN_ID))
        alone = span.attributes.get(semconv.OUTCOME) != semconv.WENT_FURTHER
        first = span.attributes.get(semconv.ATTEMPT) == 1
        if isinstance(confidence, (int, float)) and first and alone and run in known:
            yield float(confidence), known[run]


def _evaluated(root: Path) -> dict[str, bool]:
    known: dict[str, bool] = {}
    for path in sorted((root / REPORTS).glob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            failed = {failure["run_id"] for failure in report["failures"]}
            known |= {run: run not in failed for run in report["run_ids"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half a report judges nothing
    return known
