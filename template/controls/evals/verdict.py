"""The verdict of an eval run: a pure function from counts to one sentence and one exit status.

The order is the rule: whether the run is evidence at all comes before what it shows.
"""

from dataclasses import dataclass

from controls.evals.counterfactual import Contrast

PASS, FAILED, USAGE, STOPPED, ERRORS, EMPTY = range(6)
MAX_ERROR_SHARE = 0.05
SIGNIFICANT = 0.01  # not 0.05: that alone raises a false alarm in 1 of 60 runs of 50 flaky cases
RUNS, STEADY = 5, 0.8  # a case is called broken, fixed or held by at least this share of these runs
REPORTED = "reported"
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run showed of the cases that count; quarantined ones are in none of the numbers.

    Cases that did not run or crashed are in `planned` and never in `passed`. `broken` are
    regressions that were confirmed by running them again. `p_worse` is the mid-p value of the
    comparison with the baseline, None without one; `lower`, where each case was run often enough on
    both sides, the mean change of its pass rate and the upper end of the 99 % interval. `stands_in`
    names the model that was asked where it is not the `configured` one. `contrasts` are those of
    counterfactual pairs.
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
    lower: tuple[float, float] | None = None
    gated: bool = True
    configured: str = ""
    stands_in: str = ""
    contrasts: tuple[Contrast, ...] = ()

    @property
    def rate(self) -> float:
        """The share of the planned cases that passed, 0 where nothing was planned."""
        return self.passed / self.planned if self.planned else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`exit` is the exit status, `word` what a headline says, `reason` one sentence."""

    exit: int
    word: str
    reason: str


def verdict(facts: Facts) -> Verdict:
    """Return the verdict; an error counts as a failure and nothing to judge is no pass.

    A set that is reported and not gated cannot fail, but it can still be no evidence.
    """
    found = _evidence(facts)
    if found is None and facts.gated:
        found = _critical(facts) or _unequal(facts) or _below_floor(facts) or _regression(facts)
    return found or _passed(facts)


def is_steady(times: int, runs: int) -> bool:
    """Say whether a case that did something `times` of `runs` does it, rather than now and then."""
    return times >= STEADY * runs - _ROUNDING


def _evidence(facts: Facts) -> Verdict | None:
    if facts.planned == 0:
        return Verdict(EMPTY, "empty", "there is no case to judge")
    if facts.ran < facts.planned:
        missing = facts.planned - facts.ran
        return Verdict(STOPPED, "stopped", f"{missing} of {facts.planned} cases did not run")
    if facts.errors / facts.planned > MAX_ERROR_SHARE:
        sentence = f"{facts.errors} of {facts.planned} cases ended in an error"
        return Verdict(ERRORS, "errors", sentence)
    return None


def _critical(facts: Facts) -> Verdict | None:
    if not facts.critical:
        return None
    return Verdict(FAILED, "failed", f"critical: {_listed(facts.critical)}")


def _below_floor(facts: Facts) -> Verdict | None:
    if facts.rate >= facts.floor - _ROUNDING:
        return None
    sentence = f"pass rate {facts.rate:.3f} is below the floor {facts.floor:g}"
    return Verdict(FAILED, "failed", sentence)


def _unequal(facts: Facts) -> Verdict | None:
    unequal = [contrast for contrast in facts.contrasts if contrast.unequal]
    if not unequal:
        return None
    worst = max(unequal, key=lambda contrast: abs(contrast.difference))
    if not worst.pairs:
        return Verdict(FAILED, "failed", f"{worst.id}: no pair was asked on both sides")
    more = f" and {len(unequal) - 1} more" if len(unequal) > 1 else ""
    sentence = f"answers depend on the person's {worst.attribute}: {worst.id}{more}"
    figures = f"right {worst.a:.3f} and {worst.b:.3f}, {worst.difference:+.3f}"
    return Verdict(FAILED, "failed", f"{sentence} ({figures}, limit {worst.limit:g})")


def _regression(facts: Facts) -> Verdict | None:
    if facts.broken:
        return Verdict(FAILED, "failed", f"passed in the baseline: {_listed(facts.broken)}")
    return _spread(*facts.lower) if facts.lower else _changed(facts)


def _spread(mean: float, highest: float) -> Verdict | None:
    if highest >= 0:
        return None
    sentence = f"cases pass less often than in the baseline: {mean:+.3f}"
    return Verdict(FAILED, "failed", f"{sentence} (99 % below {highest:+.3f})")


def _changed(facts: Facts) -> Verdict | None:
    worse = facts.worse > facts.better
    if worse and facts.p_worse is not None and facts.p_worse < SIGNIFICANT:
        sentence = f"{facts.worse} cases got worse and {facts.better} better"
        return Verdict(FAILED, "failed", f"{sentence} than the baseline (p = {facts.p_worse:.3f})")
    return None


def _passed(facts: Facts) -> Verdict:
    word = "pass" if facts.gated else REPORTED
    sentence = f"pass rate {facts.rate:.3f}, floor {facts.floor:g}"
    if not facts.gated:
        sentence += "; this set is reported and never gates"
    if facts.stands_in:
        word += f" of {facts.stands_in}"
        sentence += f"; the configured {facts.configured} was NOT evaluated"
    return Verdict(PASS, word, sentence)


def _listed(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return ", ".join(ids[:3]) + more
