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
    """One case, run once; `reason` says what was wrong."""

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
    """One case over all its runs; `result` is the run that stands for it.

    `runs` says of each that ran whether it passed; a run that its ceiling stopped says nothing.
    `fault` is what was wrong in the first that failed, also where most passed.
    A case passes where most of its runs did. A strict one must pass every time: what is critical,
    and what stands in a set that allows no failure, may not work now and then.
    """

    result: Result
    runs: tuple[bool, ...]
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the case passed."""
        return self.result.ok

    @property
    def flaky(self) -> bool:
        """Whether some of its runs passed and some did not."""
        return 0 < sum(self.runs) < len(self.runs)

    @property
    def share(self) -> float:
        """The share of the runs that passed, 0 where none ran."""
        return sum(self.runs) / max(len(self.runs), 1)


def summarised(results: Sequence[Result], *, strict: bool = False) -> tuple[Summary, ...]:
    """Return one summary for each case, in the order of the cases."""
    by_case: dict[str, list[Result]] = {}
    for result in results:
        by_case.setdefault(result.case.id, []).append(result)
    return tuple(_summary(runs, strict=strict) for runs in by_case.values())


def _summary(runs: Sequence[Result], *, strict: bool) -> Summary:
    passes = tuple(run.ok for run in runs if run.state is not State.skipped)
    needed = len(runs) if strict or runs[0].case.critical else len(runs) // 2 + 1
    passed = sum(passes) >= needed
    skipped = [run for run in runs if run.state is State.skipped]
    stands = next(run for run in runs if run.ok == passed)
    fault = next((run.reason for run in runs if run.reason), "")
    return Summary(skipped[0] if skipped else stands, passes, fault)
