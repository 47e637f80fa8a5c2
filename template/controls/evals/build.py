"""Builds the report of a run: figures and rows from what was conducted and judged.

Decides nothing: the verdict is already there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import quantiles

from controls.evals.asked import Asked
from controls.evals.cases import Answer, EvalSet
from controls.evals.journal import Head
from controls.evals.options import Options
from controls.evals.quarantine import Quarantine
from controls.evals.regression import Compared
from controls.evals.report import Report, Row
from controls.evals.results import Result, State, Summary
from controls.evals.statistics import wilson
from controls.evals.verdict import Facts, Verdict


@dataclass(frozen=True, slots=True)
class Conducted:
    """Everything that a report is built from, beside facts and verdict; `cost` holds `judges`."""

    evals: EvalSet
    options: Options
    asked: Asked
    quarantine: Quarantine
    head: Head
    seconds: float
    cost: Decimal
    judges: Decimal
    results: Sequence[Result]
    summaries: Sequence[Summary]
    compared: Compared


def build(done: Conducted, facts: Facts, judged: Verdict) -> Report:
    """Return the report of a run that has been judged."""
    found = rows(done.summaries)
    counted = [row for row in found if row.id not in done.quarantine.ids]
    answers = [result.answer for result in done.results if result.answer]
    options, compared, prompt = done.options, done.compared, _prompt(answers)
    return Report(
        set=done.evals.name,
        title=done.evals.title,
        exit=judged.exit,
        verdict=judged.word,
        reason=judged.reason,
        notes=tuple(_notes(done, facts, prompt)),
        cases=len(found),
        passed=facts.passed,
        failed=sum(row.state == State.failed for row in counted),
        errors=facts.errors,
        skipped=facts.planned - facts.ran,
        quarantined=tuple(sorted(done.quarantine.ids & {row.id for row in found})),
        rate=facts.rate,
        wilson=wilson(facts.passed, facts.planned),
        floor=facts.floor,
        gated=facts.gated,
        verifies=done.evals.verifies,
        profile=options.profile,
        model=done.asked.ref,
        configured=done.asked.configured,
        vouches=done.asked.vouches,
        named=options.model is not None,
        epochs=done.head.epochs,
        complete=_whole(done, facts),
        cost_usd=float(done.cost),
        judge_usd=float(done.judges),
        max_cost_usd=float(options.max_cost),
        cost_per_success_usd=_per_success(done, facts),
        duration_s=round(done.seconds, 3),
        latency_s=latency(found),
        inputs_sha256=done.head.inputs_sha256,
        prompt=prompt,
        models=tuple(sorted({answer.model for answer in answers if answer.model})),
        answered=tuple(sorted({f"{a.model} {a.data}" for a in answers if a.model})),
        escalation_rate=sum(answer.calls > 1 for answer in answers) / max(len(answers), 1),
        baseline=compared.name,
        broken=compared.broken,
        newly=compared.newly,
        fixed=compared.fixed,
        flaky=compared.flaky,
        difference=asdict(compared.difference) if compared.difference else None,
        p_worse=compared.p_worse,
        kinds=kinds(found),
        contrasts=facts.contrasts,
        failures=tuple(row for row in found if row.state != State.passed),
        rows=found,
        run_ids=tuple(result.run_id for result in done.results if result.run_id),
        started=done.head.started,
    )


def _whole(done: Conducted, facts: Facts) -> bool:
    """Say whether every case of the set ran, and was judged by no less than the set's floor."""
    judged = not done.options.cases and facts.ran == facts.planned
    return judged and facts.floor >= done.evals.min_pass


def _notes(done: Conducted, facts: Facts, prompt: Mapping[str, str]) -> Iterator[str]:
    """Yield what a reader of the verdict must know besides, each a sentence."""
    if facts.stands_in:
        yield (
            f"{facts.configured} was NOT evaluated: the {done.options.profile} profile asked"
            f" {facts.stands_in}; --profile live, or record and replay, asks the configured model"
        )
    before = done.compared.prompt
    same = before.get("name"), before.get("version")
    kept = prompt and same == (prompt["name"], prompt["version"])
    if kept and before.get("sha256") != prompt["sha256"]:
        yield (
            f"the text of prompt {prompt['name']} changed since the baseline, and its version"
            f" is still {prompt['version']!r}: raise it"
        )
    if done.compared.name and done.compared.unknown:
        yield (
            f"{len(done.compared.unknown)} cases are new or were rewritten since the baseline:"
            " nothing says whether they got worse (--save-baseline)"
        )
    for entry in done.quarantine.held:
        yield f"{entry.case} is quarantined until {entry.expires}: {entry.reason} ({entry.owner})"
    for entry in done.quarantine.expired:
        yield (
            f"the quarantine of {entry.case} ended on {entry.expires}, so it counts again"
            f" ({entry.owner})"
        )


def _prompt(answers: Sequence[Answer]) -> dict[str, str]:
    """Return the one prompt that all runs used; of none, or several, there is none to name."""
    used = {answer.prompt for answer in answers if answer.prompt}
    keys = ("name", "version", "sha256")
    return dict(zip(keys, used.pop(), strict=True)) if len(used) == 1 else {}


def _per_success(done: Conducted, facts: Facts) -> float | None:
    return float(done.cost - done.judges) / facts.passed if facts.passed else None


def rows(summaries: Sequence[Summary]) -> tuple[Row, ...]:
    """Return one row for each case."""
    return tuple(map(_row, summaries))


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


def _row(summary: Summary) -> Row:
    result = summary.result
    case, answer = result.case, result.answer
    return Row(
        id=case.id,
        kind=case.kind,
        critical=case.critical,
        state=str(result.state),
        reason=result.reason or summary.fault,
        run_id=result.run_id,
        runs="".join("+" if ok else "-" for ok in summary.runs),
        question=case.question,
        got=answer.text if answer else "",
        seconds=round(answer.seconds, 4) if answer else 0.0,
        path=case.path,
        line=case.line,
    )
