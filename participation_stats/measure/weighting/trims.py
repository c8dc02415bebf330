"""Trimming: weights cut to limits, and the margins met again."""

from __future__ import annotations

import numpy as np

from participation_stats.errors import EstimationError, InputError, named_kind

from .fitting import fit
from .weightings import Weighting, described

#: Limits are kept when no weight is further outside, relative to the mean weight.
KEPT = 1e-8
ROUNDS = 500


def trim(
    weighting: Weighting, *, lower: float | None = None, upper: float | None = None
) -> Weighting:
    """Cut weights to limits and meet the margins again, until both hold.

    A round sets weights outside the limits to the limit and fits the result to the margins by
    the method of `weighting`; rounds end when none is more than 1e-8 of the mean weight outside.

    Parameters
    ----------
    weighting : Weighting
        From `rake`, `poststratify` or `calibrate`.
    lower, upper : float, optional
        Limits of the weights, in their own unit (with population counts: people).

    Returns
    -------
    Weighting
        With ``.n_trimmed`` (rows outside the limits at first), ``.share_trimmed`` (weight moved
        at first over the total) and the base weights as they were.

    Raises
    ------
    InputError
        If `weighting` is none, no limit is given, or the mean weight is not within the limits.
    EstimationError
        If limits and margins cannot both be kept.

    Examples
    --------
    >>> import pandas as pd
    >>> from participation_stats import rake
    >>> answers = pd.DataFrame({"gender": ["Female"] * 3 + ["Male"] * 3})
    >>> population = {"gender": {"Female": 60, "Male": 40}}
    >>> raked = rake(answers, population, weights=[1, 1, 4, 1, 1, 1])
    >>> raked.weights.round(2).tolist()
    [10.0, 10.0, 40.0, 13.33, 13.33, 13.33]
    >>> trimmed = trim(raked, upper=25)
    >>> trimmed.weights.round(2).tolist()
    [17.5, 17.5, 25.0, 13.33, 13.33, 13.33]
    >>> trimmed.n_trimmed, round(trimmed.share_trimmed, 2)
    (1, 0.15)
    """
    low, high, mean = _read_limits(weighting, lower, upper)
    weights = weighting.weights.to_numpy(dtype=float)
    outside = (low - weights > KEPT * mean) | (weights - high > KEPT * mean)
    moved = float(np.abs(np.clip(weights, low, high) - weights).sum())
    problem, recipe = weighting.problem, weighting.recipe
    iterations, max_gap = weighting.iterations, weighting.max_gap
    for _ in range(ROUNDS):
        if max(weights.max() - high, low - weights.min()) <= KEPT * mean:
            return described(
                problem,
                weighting.base_weights,
                recipe,
                weights,
                weighting.method,
                iterations,
                max_gap,
                n_trimmed=int(outside.sum()),
                share_trimmed=moved / weighting.total,
            )
        cut = np.clip(weights, low, high)
        solution = fit(problem, cut, recipe)
        weights = cut * solution.factors[problem.cells.cell]
        iterations, max_gap = iterations + solution.iterations, solution.max_gap
    raise EstimationError(
        f"the margins cannot be met with weights from {low:g} to {high:g}",
        where="trim",
        expected=f"both kept after {ROUNDS} rounds",
        got=f"weights from {weights.min():.6g} to {weights.max():.6g}",
        hint="widen the limits, or merge small categories with collapse= before",
    )


def _read_limits(
    weighting: Weighting, lower: float | None, upper: float | None
) -> tuple[float, float, float]:
    if not isinstance(weighting, Weighting):
        raise InputError(
            f"this is {named_kind(weighting)}, not a Weighting",
            where="trim",
            expected="the result of rake, poststratify or calibrate",
            got=type(weighting).__name__,
        )
    mean = weighting.total / weighting.n
    try:
        low = -np.inf if lower is None else float(lower)
        high = np.inf if upper is None else float(upper)
        fits = low <= mean <= high and (lower is None or low >= 0)
    except (TypeError, ValueError):
        fits = False
    if not fits or (lower is None and upper is None):
        raise InputError(
            "the limits do not hold the mean weight",
            where="trim",
            expected=f"lower= of 0 or more and at most {mean:.6g}, upper= of at least {mean:.6g}",
            got=f"lower={lower}, upper={upper}",
            hint="limits are in the unit of .weights; a common one is five times their mean",
        )
    return low, high, mean
