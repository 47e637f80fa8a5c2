"""Builds the report of a run: figures and rows from what was conducted and judged.

Decides nothing: the verdict is already there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles

from controls.evals.cases import EvalSet
from controls.evals.options import Options
from controls.evals.regression import Compared
from controls.evals.report import Report, Row
from controls.evals.results import Result, State, Summary
from controls.evals.statistics import wilson
from controls.evals.verdict import Facts, Verdict
from controls.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Conducted:
    """Everything that a report is built from, beside facts and verdict.

    `prompt` is the one that all runs used; where they used none, or several, there is none to name.
    """

    evals: EvalSet
    options: Options
    prompt: Prompt | None
    inputs_sha256: str
    started: str
    seconds: float
    cost: Decimal
    run_ids: Sequence[str]
    results: Sequence[Result]
    summaries: Sequence[Summary]
    compared: Compared


def build(done: Conducted, facts: Facts, judged: Verdict) -> Report:
    """Return the report of a run that has been judged."""
    found = rows(done.summaries)
    answers = [result.answer for result in done.results if result.answer]
    mixed = tuple(summary.result.case.id for summary in done.summaries if summary.flaky)
    options, compared, prompt = done.options, done.compared, done.prompt
    return Report(
        set=done.evals.name,
        title=done.evals.title,
        exit=judged.exit,
        verdict=judged.word,
        reason=judged.reason,
        cases=facts.planned,
        passed=facts.passed,
        failed=sum(row.state == State.failed for row in found),
        errors=facts.errors,
        skipped=facts.planned - facts.ran,
        rate=facts.passed / facts.planned if facts.planned else 0.0,
        wilson=wilson(facts.passed, facts.planned),
        floor=facts.floor,
        profile=options.profile,
        epochs=options.epochs,
        complete=not options.cases and facts.floor >= done.evals.min_pass,
        cost_usd=float(done.cost),
        max_cost_usd=float(options.max_cost),
        cost_per_success_usd=float(done.cost / facts.passed) if facts.passed else None,
        duration_s=round(done.seconds, 3),
        latency_s=latency(found),
        inputs_sha256=done.inputs_sha256,
        prompt=_prompt(prompt) if prompt else {},
        models=tuple(sorted({answer.model for answer in answers if answer.model})),
        escalation_rate=sum(answer.calls > 1 for answer in answers) / max(len(answers), 1),
        baseline=compared.name,
        broken=compared.broken,
        fixed=compared.fixed,
        flaky=compared.flaky + mixed,
        p_worse=compared.p_worse,
        kinds=kinds(found),
        failures=tuple(row for row in found if row.state != State.passed),
        rows=found,
        run_ids=tuple(done.run_ids),
        started=done.started,
    )


def _prompt(prompt: Prompt) -> dict[str, str]:
    return {"name": prompt.name, "version": prompt.version, "sha256": prompt.sha256}


def rows(summaries: Sequence[Summary]) -> tuple[Row, ...]:
    """Return one row for each case."""
    return tuple(_row(summary.result) for summary in summaries)


def kinds(found: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """Return passed and all cases of each kind."""
    counts: dict[str, tuple[int, int]] = {}
    for row in found:
        passed, total = counts.get(row.kind, (0, 0))
        counts[row.kind] = (passed + (row.state == State.passed), total + 1)
    return counts


def latency(found: Sequence[Row]) -> dict[str, float]:
    """Return median and 95th percentile of the cases' seconds, nothing where fewer than two ran."""
    seconds = [row.seconds for row in found if row.seconds]
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=20, method="inclusive")
    return {"p50": round(cuts[9], 4), "p95": round(cuts[18], 4)}


def _row(result: Result) -> Row:
    case, answer = result.case, result.answer
    return Row(
        id=case.id,
        kind=case.kind,
        critical=case.critical,
        state=str(result.state),
        reason=result.reason,
        run_id=result.run_id,
        question=case.question,
        got=answer.text if answer else "",
        seconds=round(answer.seconds, 4) if answer else 0.0,
        path=case.path,
        line=case.line,
    )
