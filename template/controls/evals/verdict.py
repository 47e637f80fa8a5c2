"""The verdict of an eval run: a pure function from counts to one sentence and one exit status.

The order is the rule: whether the run is evidence at all comes before what it shows.
"""

from dataclasses import dataclass

PASS, FAILED, USAGE, STOPPED, ERRORS, EMPTY = range(6)
MAX_ERROR_SHARE = 0.05
SIGNIFICANT = 0.05
RERUNS, BROKEN_AT = 4, 4
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run showed; cases that did not run or crashed are in `planned` and never in `passed`.

    `broken` are regressions that were confirmed by running them again; `p_worse` is the mid-p value
    of the comparison with the baseline, None without one.
    """

    planned: int
    ran: int
    errors: int
    passed: int
    floor: float
    critical: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    worse: int = 0
    better: int = 0
    p_worse: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`exit` is the exit status, `word` what a headline says, `reason` one sentence."""

    exit: int
    word: str
    reason: str


def verdict(facts: Facts) -> Verdict:
    """Return the verdict; an error counts as a failure and nothing to judge is no pass."""
    if facts.planned == 0:
        return Verdict(EMPTY, "empty", "there is no case to judge")
    if facts.ran < facts.planned:
        missing = facts.planned - facts.ran
        return Verdict(STOPPED, "stopped", f"{missing} of {facts.planned} cases did not run")
    if facts.errors / facts.planned > MAX_ERROR_SHARE:
        return Verdict(
            ERRORS, "errors", f"{facts.errors} of {facts.planned} cases ended in an error"
        )
    if facts.critical:
        return Verdict(FAILED, "failed", f"critical: {_listed(facts.critical)}")
    rate = facts.passed / facts.planned
    if rate < facts.floor - _ROUNDING:
        return Verdict(FAILED, "failed", f"pass rate {rate:.3f} is below the floor {facts.floor:g}")
    return _regression(facts) or Verdict(
        PASS, "pass", f"pass rate {rate:.3f}, floor {facts.floor:g}"
    )


def is_broken(failures: int) -> bool:
    """Say whether a newly failing case is broken, from its failures in 1 + `RERUNS` runs."""
    return failures >= BROKEN_AT


def _regression(facts: Facts) -> Verdict | None:
    if facts.broken:
        return Verdict(FAILED, "failed", f"passed in the baseline: {_listed(facts.broken)}")
    worse = facts.worse > facts.better
    if worse and facts.p_worse is not None and facts.p_worse < SIGNIFICANT:
        sentence = f"{facts.worse} cases got worse and {facts.better} better"
        return Verdict(FAILED, "failed", f"{sentence} than the baseline (p = {facts.p_worse:.3f})")
    return None


def _listed(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return ", ".join(ids[:3]) + more
