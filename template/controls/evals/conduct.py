"""Conducts one eval run from options to report: run, settle, compare, judge.

What each step means is decided in its own module; this one only says in which order they come.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.evals import (
    asked,
    baseline,
    build,
    counterfactual,
    inputs,
    journal,
    quarantine,
    regression,
)
from controls.evals.baseline import Baseline
from controls.evals.cases import Case, EvalSet
from controls.evals.engine import Progress, Session
from controls.evals.journal import Head
from controls.evals.options import Options
from controls.evals.quarantine import Quarantine
from controls.evals.regression import Compared, Policy, Rerun
from controls.evals.report import Report
from controls.evals.results import State, Summary
from controls.evals.task import Task
from controls.evals.verdict import RUNS, STOPPED, Facts, verdict
from controls.run import Cap


def conduct(
    root: Path, evals: EvalSet, options: Options, progress: Progress = lambda: None
) -> Report:
    """Return the report of a run of `evals`; the baseline is replaced where the options say so.

    Raises:
        ControlsError: when the manifest, an evaluator, the baseline or the profile cannot be used.
    """
    began = time.perf_counter()
    excused = quarantine.of(evals, datetime.now(UTC).date())
    found = asked.resolve(root, evals, options.profile, options.model)
    file = options.baseline or baseline.path(root, evals.name, found.ref)
    kept = None if options.save_baseline else _baseline(options, file)
    head = _head(root, evals, options, found.ref)
    book = journal.resume(root, head) if options.resume else journal.begin(root, head)
    task = Task(root, evals, Cap(book.head.cap, options.max_cost), found.override, options.profile)
    session = Session(task, book, options.concurrency, progress)
    finished = None
    try:
        settled = settle(session.run, evals, options, kept, excused)
        epochs = planned(options)
        compared = regression.compare(file.name, kept, settled, epochs, excused.ids)
        done = build.Conducted(
            evals=evals,
            options=options,
            asked=found,
            quarantine=excused,
            head=book.head,
            seconds=time.perf_counter() - began,
            cost=task.spent(),
            judges=task.judged(),
            results=session.results,
            summaries=settled,
            compared=compared,
        )
        facts = weighed(evals, options, settled, compared, excused)
        facts = replace(
            facts,
            configured=", ".join(found.configured),
            stands_in="" if found.vouches else found.ref,
        )
        finished = build.build(done, facts, verdict(facts))
    finally:
        book.close(finished=finished is not None and finished.exit != STOPPED)
    if options.save_baseline:
        _save(file, settled, finished)
    return finished


def _baseline(options: Options, file: Path) -> Baseline | None:
    """Return the baseline in `file`; one that was asked for by name must be there."""
    kept = baseline.load(file)
    if options.baseline and kept is None:
        raise ControlsError(
            f"there is no baseline {str(file)!r}", "save one with --save-baseline, or leave it out"
        )
    return kept


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


def planned(options: Options) -> int:
    """Return how often each case is run; a baseline is not made from single runs."""
    return max(options.epochs, RUNS) if options.save_baseline else options.epochs


def floor(evals: EvalSet, options: Options) -> float:
    """Return the pass rate below which the run fails: the one that was asked for, or the set's."""
    return evals.min_pass if options.min_pass is None else options.min_pass


def _head(root: Path, evals: EvalSet, options: Options, ref: str) -> Head:
    return Head(
        set=evals.name,
        inputs_sha256=inputs.sha256(root),  # now: an edit during the run must not be covered by it
        model=ref,
        profile=options.profile,
        epochs=planned(options),
        cases=options.cases,
        cap=f"eval-{evals.name}-{secrets.token_hex(6)}",
        started=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def settle(
    run: Rerun,
    evals: EvalSet,
    options: Options,
    kept: Baseline | None,
    excused: Quarantine,
) -> tuple[Summary, ...]:
    """Return each case that was asked for over all its runs, as `run` gives them."""
    cases = selected(evals, options.cases)
    if not cases:
        return ()
    results = [result for _ in range(planned(options)) for result in run(cases)]
    least = floor(evals, options) if is_gated(evals, options) else 0.0
    policy = Policy(least, evals.strict or least >= 1, excused.ids, evals.max_difference)
    return regression.settle(results, kept, policy, run)


def is_gated(evals: EvalSet, options: Options) -> bool:
    """Say whether the run can fail: its set gates, or whoever started it named a floor."""
    return evals.gated or options.min_pass is not None


def weighed(
    evals: EvalSet,
    options: Options,
    settled: Sequence[Summary],
    compared: Compared,
    excused: Quarantine,
) -> Facts:
    """Return what the settled cases amount to; quarantined ones are in none of the numbers."""
    results = [s.result for s in settled if s.result.case.id not in excused.ids]
    return Facts(
        planned=len(results),
        ran=sum(result.state is not State.skipped for result in results),
        errors=sum(result.state is State.error for result in results),
        passed=sum(result.ok for result in results),
        floor=floor(evals, options),
        critical=tuple(r.case.id for r in results if r.case.critical and not r.ok),
        broken=compared.broken,
        worse=compared.worse,
        better=compared.better,
        p_worse=compared.p_worse,
        lower=_lower(compared),
        gated=is_gated(evals, options),
        contrasts=counterfactual.compare(settled, evals.max_difference, excused.ids),
    )


def _lower(compared: Compared) -> tuple[float, float] | None:
    """Return mean and upper end of the difference, where single runs do not make it up."""
    found = compared.difference
    return (found.mean, found.highest) if found and compared.epochs >= RUNS else None


def _save(file: Path, summaries: Sequence[Summary], report: Report) -> None:
    if report.skipped or not report.complete or not report.cases:
        raise ControlsError(
            "an incomplete run is no baseline", "leave out --case, and let every case run"
        )
    figures = {
        "set": report.set,
        "model": report.model,
        "profile": report.profile,
        "started": report.started,
        "rate": report.rate,
        "passed": report.passed,
        "models": list(report.models),
        "cost_usd": report.cost_usd,
        "runs": len(report.run_ids),
        "latency_s": dict(report.latency_s),
        "prompt": dict(report.prompt),
    }
    baseline.save(file, summaries, figures)
