"""Conducts one eval run from options to report: run, confirm what newly fails, compare, judge.

What each step means is decided in its own module; this one only says in which order they come.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from controls import manifest as manifests
from controls import prompts
from controls.errors import ControlsError
from controls.evals import baseline, engine, inputs, report, verdict
from controls.evals.cases import Case, EvalSet
from controls.evals.options import Options
from controls.evals.report import Report
from controls.evals.results import Result, State, Summary, summarised
from controls.evals.statistics import mcnemar_mid_p, wilson
from controls.evals.task import Task
from controls.run import Cap


@dataclass(frozen=True, slots=True)
class Compared:
    """The run beside its baseline; `broken` were confirmed, the rest of `change.worse` is flaky."""

    name: str
    change: baseline.Change
    broken: tuple[str, ...]
    flaky: tuple[str, ...]
    p_worse: float | None


def selected(evals: EvalSet, ids: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases that `--case` asks for, all without it.

    Raises:
        ControlsError: when some of them are not in the set; where none is, the run is empty.
    """
    found = tuple(case for case in evals.cases if not ids or case.id in ids)
    missing = sorted(set(ids) - {case.id for case in found})
    if found and missing:
        raise ControlsError(f"{evals.name} has no case {missing[0]!r}", f"see {evals.path}")
    return found


def conduct(
    root: Path, evals: EvalSet, options: Options, progress: engine.Progress = lambda: None
) -> tuple[Report, tuple[Summary, ...]]:
    """Return the report of a run of `evals`, and how each case ended.

    Raises:
        ControlsError: when the manifest, an evaluator or the baseline cannot be used.
    """
    began, started = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
    cases = selected(evals, options.cases)
    cap = Cap(f"eval-{evals.name}-{secrets.token_hex(6)}", options.max_cost)
    task = Task(root, evals, cap, _model(root, options.profile))
    digest = inputs.sha256(root)  # before the run: an edit during it must not be covered
    known = baseline.load(options.baseline or baseline.path(root, evals.name))
    runs = [
        result
        for _ in range(options.epochs if cases else 0)
        for result in engine.run(root, task, cases, options.concurrency, progress)
    ]
    summaries = summarised(runs, options.epochs)
    compared = _compare(root, task, known, [summary.result for summary in summaries])
    found = report.rows(summaries)
    facts = _facts(summaries, compared, _floor(evals, options))
    judged = verdict.verdict(facts)
    answers = [result.answer for result in runs if result.answer]
    cost = task.spent()
    finished = Report(
        set=evals.name,
        title=evals.title,
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
        complete=not options.cases and facts.floor >= evals.min_pass,
        cost_usd=float(cost),
        max_cost_usd=float(options.max_cost),
        cost_per_success_usd=float(cost / facts.passed) if facts.passed else None,
        duration_s=round(time.perf_counter() - began, 3),
        latency_s=report.latency(found),
        inputs_sha256=digest,
        prompt=_prompt(root),
        models=tuple(sorted({answer.model for answer in answers if answer.model})),
        escalation_rate=sum(answer.calls > 1 for answer in answers) / max(len(answers), 1),
        baseline=compared.name,
        broken=compared.broken,
        fixed=tuple(result.case.id for result in compared.change.better),
        flaky=compared.flaky + tuple(s.result.case.id for s in summaries if s.flaky),
        p_worse=compared.p_worse,
        kinds=report.kinds(found),
        failures=tuple(row for row in found if row.state != State.passed),
        rows=found,
        run_ids=tuple(task.all_runs),
        started=started,
    )
    return finished, summaries
