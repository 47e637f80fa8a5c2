"""Says which of the work that went to production had been evaluated, from the traces alone.

One row for each prompt@version (and text), response model and data class of production runs: how
many runs, and the last eval of a set that judges answers, within the days that count, that saw the
same three. An eval counts by the span that its report left, so also when the report is gone.
Whether it passed is shown beside it: that it was evaluated does not say that it is good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controls.tracing import read, semconv
from controls.tracing.read import Span

DAYS = 30
PRODUCTION = "production"


@dataclass(frozen=True, slots=True, order=True)
class Work:
    """What was asked in one way: a prompt's text, the model that answered, the data's class."""

    prompt: str
    sha256: str
    model: str
    data: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One eval of a set, with the exit status of its verdict."""

    set: str
    day: str
    exit: int


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work: its runs, and its last eval, None where there was none in time."""

    work: Work
    runs: int
    evaluated: Evaluated | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All rows; `value` is the share of runs that were evaluated, None where there were none."""

    rows: tuple[Row, ...]

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return sum(row.runs for row in self.rows)

    @property
    def value(self) -> float | None:
        """The share of the runs whose kind of work was evaluated."""
        covered = sum(row.runs for row in self.rows if row.evaluated)
        return covered / self.runs if self.runs else None


def coverage(root: Path, environment: str, days: int, now: datetime) -> Coverage:
    """Return the coverage of the runs in `environment` over the `days` before `now`."""
    spans = read.load(root, since=now - timedelta(days=days)).spans
    evaluated = dict(_evaluated(spans))
    counts: dict[Work, int] = {}
    for span in spans:
        if span.operation == semconv.INVOKE_WORKFLOW and _is_of(span, environment):
            work = _work(span)
            counts[work] = counts.get(work, 0) + 1
    rows = [Row(work, runs, evaluated.get(work)) for work, runs in sorted(counts.items())]
    return Coverage(tuple(rows))


def _is_of(span: Span, environment: str) -> bool:
    """Say whether the span is real work there; a run without a model's answer has no model."""
    here = span.resource.get(semconv.ENVIRONMENT) == environment
    return here and semconv.EVAL_SET not in span.attributes


def _work(span: Span) -> Work:
    at = span.attributes
    return Work(
        _named(span),
        str(at.get(semconv.PROMPT_SHA256, "")),
        str(at.get(semconv.RESPONSE_MODEL, "")) or "no answer",
        str(at.get(semconv.CLASSIFICATION, "")),
    )


def _named(span: Span) -> str:
    at = span.attributes
    if semconv.PROMPT_NAME not in at:
        return "no prompt"
    return f"{at[semconv.PROMPT_NAME]}@{at.get(semconv.PROMPT_VERSION, '?')}"


def _evaluated(spans: Sequence[Span]) -> Iterator[tuple[Work, Evaluated]]:
    """Yield what each eval covered, oldest first: a later one takes its place."""
    for span in sorted(spans, key=lambda span: span.end):
        at = span.attributes
        if span.operation != semconv.EVALUATE or at.get(semconv.EVAL_VERIFIES) is not True:
            continue
        day = f"{datetime.fromtimestamp(span.end / 1e9, UTC):%Y-%m-%d}"
        found = Evaluated(str(at[semconv.EVAL_SET]), day, int(str(at.get(semconv.EVAL_EXIT, 1))))
        pairs = at.get(semconv.EVAL_ANSWERED)
        for pair in pairs if isinstance(pairs, list) else []:
            model, _, data = str(pair).rpartition(" ")
            yield Work(_named(span), str(at.get(semconv.PROMPT_SHA256, "")), model, data), found
