"""Raking and post-stratification."""

from __future__ import annotations

from typing import Any

import numpy as np

from participation_stats.errors import InputError

from .bounds import read_bounds, read_limit
from .fitting import Recipe
from .problems import read_problem
from .weightings import Weighting, weighting_of


def rake(
    frame: Any,
    margins: Any,
    *,
    weights: Any = None,
    bounds: tuple[float, float] | None = None,
    collapse: Any = None,
    max_iterations: int = 1000,
) -> Weighting:
    r"""Weight a sample so that it has the population's margins, several at once.

    Iterative proportional fitting: weights are multiplied by target over weighted share, margin
    after margin, until every share is met to 1e-10. Of all weights with those margins these are
    the nearest to the base weights d in :math:`\sum w_i \log(w_i/d_i) - w_i + d_i`, and
    :math:`w_i = d_i \prod_m f_{m, c_m(i)}`: one factor per category of each margin.

    Parameters
    ----------
    frame : frame, str or Path
        One row per respondent: pandas, or any frame that narwhals knows; or a path of CSV or
        Parquet.
    margins : margins, Tally, or mapping
        The population: ``variable, category`` and ``count`` or ``share``; each variable is a
        column of `frame`, or an intersection such as ``"ethnicity × gender"``. A `Tally` is
        another survey, by its weights where it has them. Or
        ``{"gender": {"Female": 0.57, "Male": 0.43}}``.
    weights : str, Series or array, optional
        Base weights (how many people each row stands for, before raking). Default: 1.
    bounds : tuple of two floats, optional
        Lowest and highest factor, where 1 leaves a row's share of the total as it was
        (0 ≤ low < 1 < high). Solved as a calibration with cut-off raking distance.
    collapse : mapping, optional
        Variable to ``{category: merged category}``, or to a code list whose ``parent`` is taken:
        merged on both sides before anything is compared, and said in ``.collapsed``.
    max_iterations : int
        Sweeps over all margins.

    Returns
    -------
    Weighting
        Weights add up to the population where a margin has counts, else to the sum of the base
        weights. Shares of each margin are first divided by their sum, and of margins with counts
        that differ by rounding (up to 1%) the first gives the total.

    Raises
    ------
    InputError
        If a column or category is missing on either side, a value is not stated, a margin does
        not add up, a weight is not above 0, or bounds or `collapse` cannot be read.
    EstimationError
        If the margins are not reached, naming the margin and category with the largest gap.

    Notes
    -----
    Margins are taken as known: a `std_error` beside them is not used. Rows are counted into cells
    once, so that a sweep costs the same for a hundred rows and for a million.

    References
    ----------
    Deming, W. E. & Stephan, F. F. (1940), Annals of Mathematical Statistics 11, 427-444.
    Kish, L. (1992), Weighting for unequal Pi, Journal of Official Statistics 8, 183-200.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame(
    ...     {
    ...         "gender": ["Female"] * 5 + ["Male"] * 5,
    ...         "age": ["under 35", "under 35", "35 and over", "35 and over", "35 and over"] * 2,
    ...     }
    ... )
    >>> population = {
    ...     "gender": {"Female": 1710, "Male": 1290},
    ...     "age": {"under 35": 1500, "35 and over": 1500},
    ... }
    >>> weighting = rake(answers, population)
    >>> print(weighting.table.round(3))
      variable     category  n  share_before  share_after  target
    0   gender       Female  5           0.5         0.57    0.57
    1   gender         Male  5           0.5         0.43    0.43
    2      age     under 35  4           0.4         0.50    0.50
    3      age  35 and over  6           0.6         0.50    0.50
    >>> weighting.weights.round(1).tolist()
    [427.5, 427.5, 285.0, 285.0, 285.0, 322.5, 322.5, 215.0, 215.0, 215.0]
    >>> print(weighting.describe())
    Weighted by gender and age (raking) to a total of 3,000; weights 0.72 to 1.4 times their mean;
    design effect 1.06; effective n 9 of 10.
    """
    low, high = read_bounds(bounds, "rake")
    recipe = Recipe(
        "rake",
        None if bounds is None else "raking",
        low,
        high,
        read_limit(max_iterations, "rake"),
    )
    problem, base = read_problem(frame, margins, weights, collapse, "rake")
    method = "raking" if bounds is None else f"raking with factors from {low:g} to {high:g}"
    return weighting_of(problem, base, recipe, method)


def poststratify(
    frame: Any, margins: Any, *, weights: Any = None, collapse: Any = None
) -> Weighting:
    """Weight a sample so that it has the population's share of each group of one variable.

    Each base weight is multiplied by the group's population over the group's sum of base
    weights. The variable may be an intersection, such as ``"age_band × gender"``.

    Parameters
    ----------
    frame, margins, weights, collapse
        As in `rake`; `margins` have one variable.

    Returns
    -------
    Weighting

    Raises
    ------
    InputError
        As in `rake`, and if margins have several variables.

    References
    ----------
    Holt, D. & Smith, T. M. F. (1979), Post stratification, Journal of the Royal Statistical
    Society A 142, 33-46.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"gender": ["Female", "Female", "Female", "Male"]})
    >>> weighting = poststratify(answers, {"gender": {"Female": 1710, "Male": 1290}})
    >>> weighting.weights.round(6).tolist()
    [570.0, 570.0, 570.0, 1290.0]
    """
    recipe = Recipe("poststratify", None, 0.0, np.inf, 1)
    problem, base = read_problem(frame, margins, weights, collapse, "poststratify")
    if len(problem.targets) > 1:
        names = ", ".join(target.variable for target in problem.targets)
        raise InputError(
            f"margins have {len(problem.targets)} variables",
            where="poststratify",
            expected="one variable, or one intersection such as 'age_band × gender'",
            got=names,
            hint="use rake for several margins at once",
        )
    return weighting_of(problem, base, recipe, "post-stratification")
