"""The statistics of a verdict: pure functions, each with its formula and source.

Never decides anything: `verdict.py` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from random import Random

Z95 = 1.959963984540054
Z999 = 3.290526731491926
DRAWS = 2000
SEED = 20260101  # any number: the same run must always show the same interval


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean of paired differences with its 95 % interval, over `n` pairs.

    `highest` is the upper end of the 99 % interval.
    """

    mean: float
    low: float
    high: float
    highest: float
    n: int


def wilson(passed: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion, (0, 1) where nothing was counted.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n); Wilson 1927, JASA 22, 209-212. It stays
    within 0 and 1 and is sensible at 50 of 50, where the usual p ± 2·se has no width at all.
    """
    if n == 0:
        return (0.0, 1.0)
    p, z2 = passed / n, z * z
    middle = p + z2 / (2 * n)
    half = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n)))


def mcnemar_mid_p(worse: int, better: int) -> float:
    """Return the two-sided mid-p value of McNemar's test on the pairs that changed.

    `worse` went from pass to fail, `better` the other way. 2·P(X ≤ k) - P(X = k) for
    X ~ Bin(worse + better, ½), k the smaller count; Fagerland, Lydersen and Laake 2013, BMC Medical
    Research Methodology 13:91, who recommend it over the exact test, which is too timid.
    """
    n, k = worse + better, min(worse, better)
    tail = sum(comb(n, i) for i in range(k + 1)) / 2.0**n
    return min(1.0, 2 * tail - comb(n, k) / 2.0**n)


def paired_difference(pairs: Sequence[tuple[float, float]]) -> Difference | None:
    """Return the mean of now - before over (before, now) of each case, None without a case.

    Each number is the share of a case's runs that passed. d̄ = Σ(nowᵢ - beforeᵢ)/n, as Miller 2024
    (arXiv 2411.00640, §4.2) advises: pairing takes out how hard the cases are. The interval is the
    percentile bootstrap of Efron 1979 (Annals of Statistics 7, 1-26): the 2.5th and 97.5th
    percentile of the mean of n differences drawn with replacement. Where few cases changed it is
    somewhat too narrow, and where none did it has no width: single runs are judged otherwise.
    """
    if not pairs:
        return None
    changes = [now - before for before, now in pairs]
    n, random = len(changes), Random(SEED)  # noqa: S311  statistics, not secrets
    means = sorted(sum(random.choices(changes, k=n)) / n for _ in range(DRAWS))
    low, high, highest = (means[round(at * (DRAWS - 1))] for at in (0.025, 0.975, 0.995))
    return Difference(sum(changes) / n, low, high, highest, n)
