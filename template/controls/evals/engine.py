"""Runs cases with pydantic-evals and turns its report into results, with a denominator of our own.

Every case that was asked for is in the results: one that crashed is an error, one whose evaluator
crashed is an error, one about which no evaluator had anything to say is an error. What they amount
to is decided in `verdict.py`.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pydantic_evals import Case as EngineCase
from pydantic_evals import Dataset
from pydantic_evals.reporting import EvaluationReport, ReportCase

from controls.evals.cases import Answer, Case
from controls.evals.library import build
from controls.evals.results import Result, State
from controls.evals.task import Stopped, Task

Progress = Callable[[], None]
Report = EvaluationReport[Case, Answer, None]


def run(
    root: Path, task: Task, cases: Sequence[Case], concurrency: int, progress: Progress
) -> tuple[Result, ...]:
    """Return one result for each of `cases`, in their order; `progress` is called after each.

    Raises:
        ControlsError: when an evaluator of the set cannot be used.
    """
    dataset = Dataset(
        name=task.evals.name,
        cases=[EngineCase(name=case.id, inputs=case) for case in cases],
        evaluators=[build(wanted, root) for wanted in task.evals.evaluators],
    )

    async def counted(case: Case) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(pool, task, case)
        finally:
            progress()

    with _workers(concurrency) as pool:
        report = asyncio.run(dataset.evaluate(counted, max_concurrency=concurrency, progress=False))
    return _results(report, task, cases)


@contextmanager
def _workers(count: int) -> Iterator[Executor]:
    """Give threads with an event loop each, so that a synchronous workflow leaves none behind."""
    loops: list[asyncio.AbstractEventLoop] = []

    def begin() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    with ThreadPoolExecutor(count, initializer=begin) as pool:
        yield pool
    for loop in loops:
        loop.close()


def _results(report: Report, task: Task, cases: Sequence[Case]) -> tuple[Result, ...]:
    judged = {row.name: _judged(row, task) for row in report.cases}
    crashed = {
        row.name: Result(
            row.inputs,
            State.skipped if row.error_message.startswith(Stopped.__name__) else State.error,
            " ".join(row.error_message.split()),
            None,
            task.runs.get(row.name, ""),
        )
        for row in report.failures
    }
    return tuple(
        (judged | crashed).get(case.id, Result(case, State.skipped, "did not run", None, ""))
        for case in cases
    )


def _judged(row: "ReportCase[Case, Answer, None]", task: Task) -> Result:
    broken = [f"{failure.name}: {failure.error_message}" for failure in row.evaluator_failures]
    faults = [result.reason or name for name, result in row.assertions.items() if not result.value]
    if broken:
        state, reason = State.error, "; ".join(broken)
    elif not row.assertions:
        state, reason = State.error, "no evaluator had anything to say about it"
    else:
        state, reason = (State.failed, "; ".join(faults)) if faults else (State.passed, "")
    return Result(row.inputs, state, reason, row.output, task.runs.get(row.name, ""))
