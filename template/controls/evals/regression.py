"""Compares a run with its baseline, and runs again what changed before it is called anything.

At a 5 % flake rate one newly failing case says little; four failures of five say a lot. The rule's
numbers stand in `verdict.py`, why they are these in the docs ("the statistics of the gate").
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from controls.evals import counterfactual
from controls.evals.baseline import Baseline
from controls.evals.cases import Case
from controls.evals.results import Result, State, Summary, summarised
from controls.evals.statistics import Z999, Difference, mcnemar_mid_p, paired_difference, wilson
from controls.evals.verdict import RUNS, is_steady

Rerun = Callable[[Sequence[Case]], Sequence[Result]]


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside its baseline: `broken` and `fixed` were confirmed, `flaky` went both ways.

    `epochs` is how often each case was run on the side that ran it less often, `prompt` the one
    that the baseline was made with.

    `unknown` are not in the baseline, or not as they are now: nothing is compared with them.
    `newly` fail and were not run again, because the verdict does not hang on them. `worse` and
    `better` count the cases whose first run differs from the baseline's first run: a comparison of
    like with like. `difference` leaves out the runs that were made to confirm, for the same reason.
    """

    name: str = ""
    broken: tuple[str, ...] = ()
    newly: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    worse: int = 0
    better: int = 0
    p_worse: float | None = None
    difference: Difference | None = None
    epochs: int = 1
    prompt: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may excuse a failure: `strict` sets excuse none, quarantined cases do not count.

    `max_difference` is that of counterfactual pairs, None where there are none.
    """

    floor: float
    strict: bool = False
    quarantined: frozenset[str] = field(default_factory=frozenset)
    max_difference: float | None = None


def settle(
    results: Sequence[Result], baseline: Baseline | None, policy: Policy, rerun: Rerun
) -> tuple[Summary, ...]:
    """Return each case over all its runs, those whose result is in doubt run again first.

    In doubt is what changed since the baseline, each contrast whose sides differ and, where the
    floor was missed by no more than chance explains, each failure. A floor that was missed by more
    is an answer, and a case that may never fail has no excuse to look for: neither is paid for
    again. Nor is anything where the ceiling has stopped a case: such a run judges nothing.
    """
    first = summarised(results, strict=policy.strict)
    if any(result.state is State.skipped for result in results):
        return first
    counted = [summary for summary in first if _id(summary) not in policy.quarantined]
    missed, near = _floor(counted, policy.floor)
    settled = policy.strict or (missed and not near)
    doubtful = [] if settled else list(_doubtful(counted, baseline, missed=missed))
    doubtful += [case for case in _unequal(counted, policy) if case not in doubtful]
    again = [*results]
    for _ in range(RUNS - len(first[0].runs) if doubtful else 0):
        again += rerun(doubtful)
    return summarised(again, strict=policy.strict)


def _unequal(counted: Sequence[Summary], policy: Policy) -> list[Case]:
    """Return the cases of the contrasts whose sides differ by more than is allowed."""
    found = counterfactual.compare(counted, policy.max_difference)
    apart = {contrast.id for contrast in found if contrast.unequal}
    cases = [summary.result.case for summary in counted]
    return [case for case in cases if case.twin and case.twin.contrast in apart]


def compare(
    name: str,
    baseline: Baseline | None,
    settled: Sequence[Summary],
    epochs: int,
    quarantined: frozenset[str] = frozenset(),
) -> Compared:
    """Return how the settled cases differ from the baseline; without one, only what is flaky.

    A case that did not run differs in nothing.
    """
    flaky = tuple(summary.result.case.id for summary in settled if summary.flaky)
    if baseline is None:
        return Compared(flaky=flaky)
    ran = [summary for summary in settled if summary.result.state is not State.skipped]
    counted = [summary for summary in ran if _id(summary) not in quarantined]
    known = [(kept, summary) for summary in counted if (kept := baseline.known(summary))]
    worse = sum(kept.runs[0] and not summary.runs[0] for kept, summary in known)
    better = sum(summary.runs[0] and not kept.runs[0] for kept, summary in known)
    lost = [now for kept, now in known if kept.held and not now.ok]
    broken = tuple(_id(now) for now in lost if _confirmed(now))
    gained = [now for kept, now in known if kept.missed and now.ok]
    planned = [(kept.share, sum(now.runs[:epochs]) / epochs) for kept, now in known]
    return Compared(
        name=name,
        broken=broken,
        newly=tuple(_id(now) for now in lost if not (_confirmed(now) or now.flaky)),
        fixed=tuple(_id(now) for now in gained if _confirmed(now)),
        flaky=tuple(id_ for id_ in flaky if id_ not in broken),
        unknown=tuple(_id(now) for now in counted if baseline.known(now) is None),
        worse=worse,
        better=better,
        p_worse=mcnemar_mid_p(worse, better),
        difference=paired_difference(planned),
        epochs=min([epochs, *(len(kept.runs) for kept, _ in known)]),
        prompt=baseline.prompt,
    )


def _doubtful(
    counted: Sequence[Summary], baseline: Baseline | None, *, missed: bool
) -> Iterator[Case]:
    for summary in counted:
        kept = baseline.known(summary) if baseline else None
        changed = kept is not None and (kept.missed if summary.ok else kept.held)
        if not summary.result.case.critical and (changed or (missed and not summary.ok)):
            yield summary.result.case


def _floor(counted: Sequence[Summary], floor: float) -> tuple[bool, bool]:
    """Say whether the floor was missed, and whether the 99.9 % interval still holds it."""
    passed = sum(summary.ok for summary in counted)
    missed = bool(counted) and passed / len(counted) < floor
    return missed, wilson(passed, len(counted), Z999)[1] >= floor


def _confirmed(now: Summary) -> bool:
    """Say whether the case does now what it does, steadily; a critical one is believed at once."""
    steady = is_steady(now.runs.count(now.ok), len(now.runs))
    return steady and (len(now.runs) >= RUNS or now.result.case.critical)


def _id(summary: Summary) -> str:
    return summary.result.case.id
