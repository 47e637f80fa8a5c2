"""The statistics of a verdict: pure functions, each with its formula and source.

Never decides anything: `verdict.py` does.
"""

from math import comb, sqrt

Z95 = 1.959963984540054


def wilson(passed: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a proportion, (0, 1) where nothing was counted.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n); Wilson 1927, JASA 22, 209-212. It stays
    within 0 and 1 and is sensible at 50 of 50, where the usual p ± 2·se has no width at all.
    """
    if n == 0:
        return (0.0, 1.0)
    p, z2 = passed / n, Z95 * Z95
    middle = p + z2 / (2 * n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n)))


def mcnemar_mid_p(worse: int, better: int) -> float:
    """Return the two-sided mid-p value of McNemar's test on the pairs that changed.

    `worse` went from pass to fail, `better` the other way. 2·P(X ≤ k) - P(X = k) for
    X ~ Bin(worse + better, ½), k the smaller count; Fagerland, Lydersen and Laake 2013, BMC Medical
    Research Methodology 13:91, who recommend it over the exact test, which is too timid.
    """
    n, k = worse + better, min(worse, better)
    tail = sum(comb(n, i) for i in range(k + 1)) / 2**n
    return min(1.0, 2 * tail - comb(n, k) / 2**n)
