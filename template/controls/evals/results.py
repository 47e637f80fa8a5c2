"""What running the cases of a set gave, as values; nothing is judged as a whole here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from controls.evals.cases import Answer, Case


class State(StrEnum):
    """How one case ended; `skipped` means that it never ran."""

    passed = "passed"
    failed = "failed"
    error = "error"
    skipped = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One case, run once; `reason` says what was wrong, in words of the evaluators."""

    case: Case
    state: State
    reason: str
    answer: Answer | None
    run_id: str

    @property
    def ok(self) -> bool:
        """Whether the case passed; an error and a skipped case did not."""
        return self.state is State.passed


@dataclass(frozen=True, slots=True)
class Summary:
    """One case over all its epochs: passed where most runs did, `flaky` where mixed."""

    result: Result
    flaky: bool


def summarised(results: Sequence[Result], epochs: int) -> tuple[Summary, ...]:
    """Return one summary for each case, in the order of the cases."""
    by_case: dict[str, list[Result]] = {}
    for result in results:
        by_case.setdefault(result.case.id, []).append(result)
    return tuple(_summary(runs, epochs) for runs in by_case.values())


def _summary(runs: Sequence[Result], epochs: int) -> Summary:
    passes = sum(run.ok for run in runs)
    skipped = [run for run in runs if run.state is State.skipped]
    wanted = next((run for run in runs if run.ok == (passes * 2 > epochs)), runs[0])
    return Summary(skipped[0] if skipped else wanted, flaky=0 < passes < len(runs))
