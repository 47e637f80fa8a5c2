"""Conducts one eval run from options to report: run, compare, confirm, judge.

What each step means is decided in its own module; this one only says in which order they come.
"""

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.evals import baseline, engine, inputs, regression
from controls.evals.build import Conducted, build
from controls.evals.cases import Case, EvalSet
from controls.evals.options import Options
from controls.evals.regression import Compared
from controls.evals.report import Report
from controls.evals.results import Result, State, Summary, summarised
from controls.evals.task import Task
from controls.evals.verdict import Facts, verdict
from controls.run import Cap

OFFLINE = "embedded"


def conduct(
    root: Path, evals: EvalSet, options: Options, progress: engine.Progress = lambda: None
) -> Report:
    """Return the report of a run of `evals`; the baseline is replaced where the options say so.

    Raises:
        ControlsError: when the manifest, an evaluator or the baseline cannot be used.
    """
    began, started = time.perf_counter(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    digest = inputs.sha256(root)  # taken first: an edit during the run must not be covered by it
    cases = selected(evals, options.cases)
    task = Task(root, evals, _cap(evals, options), _model(root, options.profile))

    def rerun(again: Sequence[Case]) -> tuple[Result, ...]:
        return engine.run(root, task, again, options.concurrency, progress)

    epochs = range(options.epochs if cases else 0)
    results = [result for _ in epochs for result in rerun(cases)]
    summaries = summarised(results, options.epochs)
    file = options.baseline or baseline.path(root, evals.name)
    ended = [summary.result for summary in summaries]
    compared = regression.compare(file.name, baseline.load(file), ended, rerun)
    done = Conducted(
        evals=evals,
        options=options,
        prompt=next(iter(task.prompts)) if len(task.prompts) == 1 else None,
        inputs_sha256=digest,
        started=started,
        seconds=time.perf_counter() - began,
        cost=task.spent(),
        run_ids=task.run_ids,
        results=results,
        summaries=summaries,
        compared=compared,
    )
    facts = _facts(summaries, compared, _floor(evals, options))
    finished = build(done, facts, verdict(facts))
    if options.save_baseline:
        _save(file, ended, finished)
    return finished


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


def _cap(evals: EvalSet, options: Options) -> Cap:
    return Cap(f"eval-{evals.name}-{secrets.token_hex(6)}", options.max_cost)


def _model(root: Path, profile: str) -> str:
    manifest = manifests.load(root)
    if profile != "offline" or manifest.endpoint(manifest.default_model).provider == OFFLINE:
        return manifest.default_model
    for endpoint in manifest.models:
        if endpoint.provider == OFFLINE:
            return endpoint.ref
    raise ControlsError("the manifest has no embedded model to run offline with", "--profile live")


def _floor(evals: EvalSet, options: Options) -> float:
    return evals.min_pass if options.min_pass is None else options.min_pass


def _facts(summaries: Sequence[Summary], compared: Compared, floor: float) -> Facts:
    results = [summary.result for summary in summaries]
    return Facts(
        planned=len(results),
        ran=sum(result.state is not State.skipped for result in results),
        errors=sum(result.state is State.error for result in results),
        passed=sum(result.ok for result in results),
        floor=floor,
        critical=tuple(r.case.id for r in results if r.case.critical and not r.ok),
        broken=compared.broken,
        worse=len(compared.worse),
        better=len(compared.fixed),
        p_worse=compared.p_worse,
    )


def _save(file: Path, results: Sequence[Result], report: Report) -> None:
    if report.skipped or not report.complete or not report.cases:
        raise ControlsError(
            "an incomplete run is no baseline", "leave out --case, and let every case run"
        )
    figures = {
        "set": report.set,
        "started": report.started,
        "rate": report.rate,
        "models": list(report.models),
        "cost_usd": report.cost_usd,
        "cases": report.cases,
        "latency_s": dict(report.latency_s),
        "prompt": dict(report.prompt),
    }
    baseline.save(file, results, figures)
