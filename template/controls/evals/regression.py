"""Compares a run with its baseline, and runs again what newly fails before it is called broken.

At a 5 % flake rate one newly failing case says little; four failures of five say a lot. The rule's
numbers stand in `verdict.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from controls.evals.baseline import Baseline, changes
from controls.evals.cases import Case
from controls.evals.results import Result
from controls.evals.statistics import mcnemar_mid_p
from controls.evals.verdict import RERUNS, is_broken

Rerun = Callable[[Sequence[Case]], Sequence[Result]]


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside its baseline: `broken` was confirmed, `flaky` newly failed but not again."""

    name: str = ""
    worse: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    p_worse: float | None = None


def compare(
    name: str, baseline: Baseline | None, results: Sequence[Result], rerun: Rerun
) -> Compared:
    """Return how `results` differ from the baseline; without one, nothing is compared."""
    if baseline is None:
        return Compared()
    change = changes(baseline, results)
    failures = {result.case.id: 1 for result in change.worse}
    for _ in range(RERUNS if change.worse else 0):
        for result in rerun([result.case for result in change.worse]):
            failures[result.case.id] += not result.ok
    worse, fixed = tuple(failures), tuple(result.case.id for result in change.better)
    return Compared(
        name=name,
        worse=worse,
        fixed=fixed,
        broken=tuple(id_ for id_ in worse if is_broken(failures[id_])),
        flaky=tuple(id_ for id_ in worse if not is_broken(failures[id_])),
        p_worse=mcnemar_mid_p(len(worse), len(fixed)),
    )
