"""Calibration to margins and to totals of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from participation_stats.errors import InputError

from .bounds import read_bounds, read_limit
from .distances import Distance
from .fitting import Recipe
from .problems import read_problem
from .weightings import Weighting, weighting_of


def calibrate(
    frame: Any,
    margins: Any = None,
    *,
    weights: Any = None,
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    totals: Mapping[str, float] | None = None,
    collapse: Any = None,
    max_iterations: int = 200,
) -> Weighting:
    r"""Weight a sample so that it has the population's margins and totals of numeric columns.

    Weights :math:`w_i = d_i F(x_i'\lambda)` with :math:`\sum w_i x_i` equal to what is known of
    the population; x holds an indicator for every category and the numeric columns. F is
    :math:`1 + u` (linear: the generalised regression estimator), :math:`e^u` (raking), or the
    logit function that stays between the bounds.

    Parameters
    ----------
    frame, margins, weights, collapse
        As in `rake`; `margins` may be None where `totals` are given.
    distance : {"linear", "raking", "logit"}
        Linear weights may be negative; logit needs bounds.
    bounds : tuple of two floats, optional
        Lowest and highest factor, where 1 leaves a row's share of the total as it was. Linear
        and raking are cut off there, logit approaches them smoothly.
    totals : mapping, optional
        Numeric column to its sum over the population, such as ``{"children": 812}``.
    max_iterations : int
        Newton steps.

    Returns
    -------
    Weighting
        Weights add up as in `rake`. With `totals` alone their sum is what follows.

    Raises
    ------
    InputError
        As in `rake`; also if neither margins nor totals are given, the distance is unknown,
        logit has no bounds, or a column of `totals` does not hold numbers.
    EstimationError
        If no such weights are found, naming the margin or total with the largest gap.

    References
    ----------
    Deville, J.-C. & Särndal, C.-E. (1992), Calibration estimators in survey sampling, Journal
    of the American Statistical Association 87, 376-382.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame(
    ...     {"gender": ["Female", "Female", "Female", "Male", "Male"], "children": [0, 1, 3, 0, 2]}
    ... )
    >>> gender = {"gender": {"Female": 60, "Male": 40}}
    >>> weighting = calibrate(answers, gender, totals={"children": 100})
    >>> weighting.weights.round(2).tolist()
    [24.0, 21.0, 15.0, 23.0, 17.0]
    >>> print(weighting.totals.round(1).to_string(index=False))
    variable  n  total_before  total_after  total_target
    children  5           6.0        100.0         100.0
    """
    where = "calibrate"
    if distance not in get_args(Distance):
        raise InputError(
            f"distance '{distance}' is not known",
            where=where,
            expected=", ".join(repr(name) for name in get_args(Distance)),
            got=repr(distance),
        )
    if margins is None and not totals:
        raise InputError(
            "there is nothing to calibrate to",
            where=where,
            expected="margins, totals= or both",
            got="neither",
        )
    lowest = -np.inf if distance == "linear" else 0.0
    low, high = read_bounds(bounds, where, lowest=lowest, needed=distance == "logit")
    recipe = Recipe(where, distance, low, high, read_limit(max_iterations, where))
    problem, base = read_problem(frame, margins, weights, collapse, where, totals)
    within = "" if bounds is None else f", factors from {low:g} to {high:g}"
    return weighting_of(problem, base, recipe, f"calibration, {distance} distance{within}")
