"""Intervals and tests for a share: sampled from a known population, from shares, or estimated.

Each pair of test and interval here is a dual: the interval leaves out a value exactly where the
two-sided p against that value is below 1 − confidence.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from .fair_draw import Draw, Floats, Ints, distribution_of, significance_level, tails

#: Bisection halves the bracket of ln(ratio); 90 rounds of it exhaust a float64.
_HALVINGS = 90
_WIDEST = 60.0


def population_limits(
    x: Ints, n: Ints, N: Ints, confidence: float, *, mid_p: bool = False
) -> tuple[Ints, Ints]:
    """Limits for the people of the group in a population of which n were sampled at random.

    K_L = min{M : P(X ≥ x | M) > α/2} and K_U = max{M : P(X ≤ x | M) > α/2}, by bisection over
    whole numbers for all cells at once. A tie with α/2 counts as inside. After Konijn (1973),
    Statistical Theory of Sample Survey Design and Analysis.
    """
    tail = significance_level(confidence) / 2.0
    fewest, most = x.astype(np.int64), (N - n + x).astype(np.int64)
    low, high = fewest.copy(), most.copy()
    while (low < high).any():
        middle = (low + high) // 2
        _, above = tails(x, distribution_of(Draw.from_people(n, middle, N)), mid_p=mid_p)
        enough = above > tail
        low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
    lower = np.minimum(low, most)
    low, high = fewest.copy(), most.copy()
    while (low < high).any():
        middle = (low + high + 1) // 2
        below, _ = tails(x, distribution_of(Draw.from_people(n, middle, N)), mid_p=mid_p)
        enough = below > tail
        low, high = np.where(enough, middle, low), np.where(enough, high, middle - 1)
    return lower, low


def share_limits(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Clopper–Pearson limits of a share; x and n may be effective numbers, not whole.

    With effective numbers this is the interval of Korn & Graubard (1998) for weighted surveys.
    """
    tail = (1.0 - confidence) / 2.0
    some, short = x > 0, x < n
    low = special.betaincinv(np.where(some, x, 1.0), np.where(some, n - x + 1, 1.0), tail)
    high = special.betaincinv(np.where(short, x + 1, 1.0), np.where(short, n - x, 1.0), 1 - tail)
    return np.where(some, low, 0.0), np.where(short, high, 1.0)


def share_tails(x: Floats, n: Floats, W: Floats) -> tuple[Floats, Floats]:
    """P(X ≤ x) and P(X ≥ x) of a binomial through the beta function, for effective numbers."""
    some, short = x > 0, x < n
    above = special.betainc(np.where(some, x, 1.0), np.where(some, n - x + 1, 1.0), W)
    below = special.betaincc(np.where(short, x + 1, 1.0), np.where(short, n - x, 1.0), W)
    return np.where(short, below, 1.0), np.where(some, above, 1.0)


def score_statistic(
    x: Floats, n: Floats, k: Floats, m: Floats, ratio: Floats, *, correction: bool = True
) -> Floats:
    """The score z for p₁/p₂ = ratio: Koopman's, or Miettinen & Nurminen's with `correction`.

    The shares are estimated under that ratio (the root of a quadratic); x of n against k of m. The
    correction multiplies the variance by (n+m)/(n+m−1).
    """
    total = n + m
    a = total * ratio
    b = n * ratio + x + m + k * ratio
    c = x + k
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
    # The smaller root, in the form that does not subtract nearly equal numbers.
    second = np.where(b + root > 0, 2 * c / np.where(b + root > 0, b + root, 1.0), 0.0)
    first = np.minimum(ratio * second, 1.0)
    variance = first * (1 - first) / n + ratio**2 * second * (1 - second) / m
    variance = np.maximum(variance, 0.0) * (total / (total - 1) if correction else 1.0)
    distance = x / n - ratio * k / m
    with np.errstate(divide="ignore", invalid="ignore"):
        z = distance / np.sqrt(variance)
    return np.where(np.abs(distance) < 1e-15, 0.0, z)


def score_test(x: Floats, n: Floats, k: Floats, m: Floats) -> Floats:
    """Two-sided p that the two shares are equal."""
    z = score_statistic(x, n, k, m, np.ones_like(x, dtype=float))
    return np.asarray(2.0 * stats.norm.sf(np.abs(z)), dtype=float)


def score_limits(
    x: Floats, n: Floats, k: Floats, m: Floats, confidence: float, *, correction: bool = True
) -> tuple[Floats, Floats]:
    """Limits of the ratio (x/n)/(k/m) where k of m is itself an estimate.

    Koopman (1984), Biometrics 40; Miettinen & Nurminen (1985), Statistics in Medicine 4.
    The limit is 0 where x is 0 and infinite where k is 0.
    """
    quantile = float(stats.norm.ppf(0.5 + confidence / 2.0))
    lower = _score_root(x, n, k, m, quantile, correction)
    upper = _score_root(x, n, k, m, -quantile, correction)
    return np.where(x > 0, lower, 0.0), np.where(k > 0, upper, np.inf)


def _score_root(
    x: Floats, n: Floats, k: Floats, m: Floats, target: float, correction: bool
) -> Floats:
    low, high = np.full(len(x), -_WIDEST), np.full(len(x), _WIDEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        z = score_statistic(x, n, k, m, np.exp(middle), correction=correction)
        low, high = np.where(z > target, middle, low), np.where(z > target, high, middle)
    return np.asarray(np.exp((low + high) / 2.0), dtype=float)
