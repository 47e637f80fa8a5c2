"""Runs cases with pydantic-evals and turns its report into results, with a denominator of our own.

Every case that was asked for is in the results: one that crashed is an error, one whose evaluator
crashed is an error, one about which no evaluator had anything to say is an error. Each result is in
the journal before the next is waited for. What they amount to is decided in `verdict.py`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pydantic_evals import Case as EngineCase
from pydantic_evals import CaseLifecycle, Dataset
from pydantic_evals.evaluators import EvaluatorContext
from pydantic_evals.reporting import ReportCase, ReportCaseFailure

from controls.errors import ControlsError
from controls.evals import library
from controls.evals.cases import Answer, Case
from controls.evals.contained import Contained
from controls.evals.journal import Journal
from controls.evals.results import Result, State
from controls.evals.spans import tree
from controls.evals.task import Stopped, Task
from controls.threads import threads

Progress = Callable[[], None]
Judged = ReportCase[Case, Answer, None]
Crashed = ReportCaseFailure[Case, Answer, None]
CEILING = "the cost ceiling was reached before"


@dataclass(slots=True)
class Session:
    """One run of a set: what runs a case, where results go, how many cases run at once.

    `results` are those of all its turns, in the order of the turns.
    """

    task: Task
    journal: Journal
    concurrency: int
    progress: Progress
    turns: int = field(default=0)
    results: list[Result] = field(default_factory=list)
    broken: OSError | None = field(default=None)

    def run(self, cases: Sequence[Case]) -> tuple[Result, ...]:
        """Return one result for each of `cases`, in their order; what is in the journal stands.

        Raises:
            ControlsError: when an evaluator of the set cannot be used, or the disk is full.
        """
        turn, self.turns = self.turns, self.turns + 1
        kept = {case.id: old for case in cases if (old := self.journal.find(turn, case))}
        for _ in kept:
            self.progress()
        fresh = self._fresh([case for case in cases if case.id not in kept], turn)
        found = tuple((kept | fresh)[case.id] for case in cases)
        self.results.extend(found)
        return found

    def _fresh(self, cases: Sequence[Case], turn: int) -> dict[str, Result]:
        found = {case.id: Result(case, State.skipped, "did not run", None, "") for case in cases}
        if not cases:
            return found
        evaluators = library.evaluators(self.task)
        dataset = Dataset(
            name=self.task.evals.name,
            cases=[EngineCase(name=case.id, inputs=case) for case in cases],
            evaluators=[*map(Contained, evaluators)],
        )
        spans = any(map(library.reads_spans, evaluators))

        def keep(result: Result) -> None:
            found[result.case.id] = result
            try:
                self.journal.add(turn, result)
            except OSError as error:
                self.broken = error
            self.progress()

        async def worked(case: Case) -> Answer:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, self.task, case)

        with threads(self.concurrency) as pool:
            asyncio.run(
                dataset.evaluate(
                    worked,
                    max_concurrency=self.concurrency,
                    progress=False,
                    lifecycle=lambda case: _Recorder(case, self.task, keep, spans=spans),
                )
            )
        if self.broken:
            raise ControlsError(
                f"{self.journal.path.name!r} cannot be written: {self.broken.strerror}",
                "free some space; --resume goes on where it stopped",
            )
        return found


class _Recorder(CaseLifecycle[Case, Answer, None]):
    """Gives evaluators the spans of a case's run, and hands on its result when they are done."""

    def __init__(
        self,
        case: EngineCase[Case, Answer, None],
        task: Task,
        keep: Callable[[Result], None],
        *,
        spans: bool,
    ) -> None:
        super().__init__(case)
        self._task, self._keep, self._spans = task, keep, spans

    async def prepare_context(
        self, ctx: EvaluatorContext[Case, Answer, None]
    ) -> EvaluatorContext[Case, Answer, None]:
        """Return the context with the spans that the trace holds of the run, where one asks."""
        if not self._spans:
            return ctx
        return replace(ctx, _span_tree=tree(self._task.root, ctx.output.run_id))

    async def teardown(self, result: Judged | Crashed | None) -> None:
        """Keep what came of the case; nothing came of one that was interrupted."""
        if isinstance(result, ReportCase):
            self._keep(_judged(result, self._task))
        elif result is not None:
            self._keep(_crashed(result, self._task))


def _crashed(row: Crashed, task: Task) -> Result:
    run = task.runs.get(row.name, "")
    if row.error_message.partition(":")[0] == Stopped.__name__:
        return Result(row.inputs, State.skipped, f"{CEILING} it ran", None, run)
    return Result(row.inputs, State.error, " ".join(row.error_message.split()), None, run)


def _judged(row: Judged, task: Task) -> Result:
    broken = [f"{failure.name}: {failure.error_message}" for failure in row.evaluator_failures]
    stopped = any(failure.error_type == Stopped.__name__ for failure in row.evaluator_failures)
    faults = [result.reason or name for name, result in row.assertions.items() if not result.value]
    if stopped:
        state, reason = State.skipped, f"{CEILING} it was judged"
    elif broken:
        state, reason = State.error, "; ".join(broken)
    elif not row.assertions:
        state, reason = State.error, "no evaluator had anything to say about it"
    else:
        state, reason = (State.failed, "; ".join(faults)) if faults else (State.passed, "")
    return Result(row.inputs, state, reason, row.output, task.runs.get(row.name, ""))
