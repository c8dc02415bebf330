"""Intervals for the odds with which a group is recruited: Fisher's noncentral distributions.

If each person of the group is ω times as likely (in odds) to be taken as each other person,
P_ω(k) ∝ P_1(k)·ω^k. Inverting both tails in ω gives an exact interval; mapping it by the mean
E_ω[X] puts it on the scale of the ratio, where it can never leave what is feasible.
"""

from __future__ import annotations

import numpy as np

from .fair_draw import Distribution, Draw, Flags, Floats, Ints

_HALF = np.log(0.5)
_ROUNDS = 80
#: Newton steps shrink quadratically: a step below this leaves an error near the square of it.
_STEP = 1e-11


def tilted_interval(
    x: Ints, draw: Draw, distribution: Distribution, confidence: float, *, mid_p: bool = False
) -> tuple[Floats, Floats]:
    """Equal-tailed limits of ln ω: P(X ≥ x) = α/2 at the lower, P(X ≤ x) = α/2 at the upper.

    The limit is −inf where x is the fewest possible and +inf where it is the most possible.
    """
    tail = (1.0 - confidence) / 2.0
    edge = np.log(1.0 - tail) - np.log(tail)
    here, k = np.asarray(x)[:, None], distribution.support
    start = _rough_log_odds(x, draw)
    at_least, below = _weights(distribution, k >= here), _weights(distribution, k < here)
    low = _solve(k, at_least, below, -edge, start, x > draw.lowest, -np.inf)
    above, at_most = _weights(distribution, k > here), _weights(distribution, k <= here)
    high = _solve(k, above, at_most, edge, start, x < draw.highest, np.inf)
    if not mid_p:
        return low, high
    # Half of P(X = x) counts on either side. The mid-p limits lie inside the exact ones.
    upper = np.where(k == here, distribution.logs + _HALF, above)
    lower = np.where(k == here, distribution.logs + _HALF, below)
    inner_low = _solve(k, upper, lower, -edge, low, x > draw.lowest, -np.inf, (low, high))
    inner_high = _solve(k, upper, lower, edge, high, x < draw.highest, np.inf, (low, high))
    return inner_low, inner_high


def tilted_mean(distribution: Distribution, log_odds: Floats) -> Floats:
    """E_ω[X], the people of the group that a draw with these odds would hold."""
    finite = np.isfinite(log_odds)
    k = distribution.support
    logs = distribution.logs + k * np.where(finite, log_odds, 0.0)[:, None]
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    mean = (weights * k).sum(axis=1) / weights.sum(axis=1)
    inside = np.isfinite(distribution.logs)
    highest = distribution.lowest + inside.sum(axis=1) - 1
    return np.where(finite, mean, np.where(log_odds > 0, highest, distribution.lowest))


def _weights(distribution: Distribution, members: Flags) -> Floats:
    return np.where(members, distribution.logs, -np.inf)


def _rough_log_odds(x: Ints, draw: Draw) -> Floats:
    """Logarithm of the sample odds over the population's, half a person added to every cell."""
    known = draw.known
    margin = np.where(known, 0.5, 1e-12)
    inside = np.where(known, draw.K - x, draw.W) + margin
    outside = np.where(known, draw.N - draw.K - draw.n + x, 1 - draw.W) + margin
    odds = (x + 0.5) / (draw.n - x + 0.5)
    return np.asarray(np.log(odds * outside / inside), dtype=float)


def _solve(
    k: Floats,
    upper: Floats,
    lower: Floats,
    target: float,
    start: Floats,
    solvable: Flags,
    otherwise: float,
    bracket: tuple[Floats, Floats] | None = None,
) -> Floats:
    """All roots at once of ln(Σ upper·ω^k) − ln(Σ lower·ω^k) = target, by safeguarded Newton.

    Without a bracket the two groups do not overlap, so the slope, a difference of two means, is
    at least 1, and one evaluation brackets the root.
    """
    root = np.full(len(start), otherwise)
    cells = np.flatnonzero(solvable)
    if not len(cells):
        return root
    k, upper, lower = k[cells], upper[cells], lower[cells]
    theta = np.where(np.isfinite(start), start, 0.0)[cells]
    gap, slope = _gap(k, upper, lower, theta, target)
    if bracket is None:
        low, high = np.minimum(theta, theta - gap), np.maximum(theta, theta - gap)
    else:
        low, high = _closed(bracket[0][cells], theta, -1), _closed(bracket[1][cells], theta, 1)
    for _ in range(_ROUNDS):
        low, high = np.where(gap < 0, theta, low), np.where(gap > 0, theta, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = theta - gap / slope
        usable = (newton >= low) & (newton <= high)
        following = np.where(usable, newton, (low + high) / 2.0)
        moved = np.abs(following - theta)
        theta = following
        root[cells] = theta
        active = (moved > _STEP * (1.0 + np.abs(theta))) & (gap != 0.0)
        if not active.any():
            break
        cells, k, upper, lower = cells[active], k[active], upper[active], lower[active]
        theta, low, high = theta[active], low[active], high[active]
        gap, slope = _gap(k, upper, lower, theta, target)
    return root


def _closed(bound: Floats, theta: Floats, side: int) -> Floats:
    """A finite end for a bracket: far enough for any tail that a float can hold."""
    return np.where(np.isfinite(bound), bound, theta + side * 750.0)


def _gap(
    k: Floats, upper: Floats, lower: Floats, theta: Floats, target: float
) -> tuple[Floats, Floats]:
    """The logit of the upper group's probability less the target, and its slope in ln ω."""
    total_up, mean_up = _log_sum(k, upper, theta)
    total_low, mean_low = _log_sum(k, lower, theta)
    return total_up - total_low - target, mean_up - mean_low


def _log_sum(k: Floats, logs: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the sum of the tilted weights and their mean; each scaled by its largest."""
    tilted = logs + k * theta[:, None]
    top = tilted.max(axis=1, keepdims=True)
    weights = np.exp(tilted - top)
    total = weights.sum(axis=1)
    return np.log(total) + top[:, 0], (weights * k).sum(axis=1) / total
