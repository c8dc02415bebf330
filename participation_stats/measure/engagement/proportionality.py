"""Do ratios stay the same however long people have come? Score tests of their change with time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.measure.engagement.people import Floats, Ints
from participation_stats.measure.results import told_p

TOGETHER = "all together"
#: A change of which the terms leave no more than this part follows from them.
FOLLOWS = 1e-9


def proportionality_table(
    terms: list[str], score: Floats, information: Floats, n_units: list[int], all_units: int
) -> pd.DataFrame:
    """χ² of each term's change with the logarithm of time, and of all changes together.

    Parameters
    ----------
    terms : list of str
        The terms that might change; their changes are the last parameters.
    score : array of shape (terms,)
    information : array of shape (parameters + terms, parameters + terms)
    n_units : list of int
        People on whom each term rests.
    all_units : int
    """
    known = len(information) - len(terms)
    first, both = information[:known, :known], information[:known, known:]
    changed = information[known:, known:]
    spread = changed - both.T @ np.linalg.solve(first, both)
    # A change that the model has already, or that never happens, is not tested.
    told = np.diag(spread) > FOLLOWS * np.maximum(np.diag(changed), FOLLOWS)
    each = np.full(len(terms), np.nan)
    each[told] = score[told] ** 2 / np.diag(spread)[told]
    rest = spread[np.ix_(told, told)]
    freedom = int(np.linalg.matrix_rank(rest, hermitian=True)) if told.any() else 0
    together = float(score[told] @ np.linalg.pinv(rest, hermitian=True) @ score[told])
    statistic = np.r_[each, together if freedom else np.nan]
    degrees = np.r_[told.astype(float), float(freedom)]
    return pd.DataFrame(
        {
            "term": [*terms, TOGETHER],
            "statistic": statistic,
            "degrees_of_freedom": degrees,
            "p_value": stats.chi2.sf(statistic, degrees),
            "n_units": [*n_units, all_units],
        }
    )


def told_change(table: pd.DataFrame) -> str:
    """What the joint test says, in a sentence.

    Examples
    --------
    >>> told_change(pd.DataFrame({"statistic": [9.5], "degrees_of_freedom": [2.0],
    ...                           "p_value": [0.0087]}))
    'Ratios change with how long people have come (χ²(2) = 9.50, p = 0.0087): read as averages.'
    """
    statistic, degrees, p_value = table[["statistic", "degrees_of_freedom", "p_value"]].iloc[-1]
    if not degrees:
        return "Whether ratios change with how long people have come cannot be told."
    test = (
        f"with how long people have come (χ²({degrees:.0f}) = {statistic:.2f}, {told_p(p_value)})"
    )
    if p_value < 0.05:
        return f"Ratios change {test}: read as averages."
    return f"No sign that ratios change {test}."


def cox_change(
    design: Floats, pattern: Ints, duration: Floats, event: Floats, estimates: Floats, ties: str
) -> tuple[Floats, Floats]:
    r"""Score and information of terms times log t in the partial likelihood, with β as it is.

    .. math:: U = \sum_k g_k (x_k - \bar x_k), \qquad
        I = \sum_k \begin{pmatrix} 1 & g_k \\ g_k & g_k^2 \end{pmatrix} \otimes V_k

    over stops k, with g = log t, x̄ and V mean and variance of x over those at risk, weighted by
    exp(xβ), and the d who stop at one time taken away bit by bit after Efron.

    Parameters
    ----------
    design : array of shape (patterns, terms)
    pattern : array of int of shape (people,)
    duration, event : arrays of shape (people,)
    estimates : array of shape (terms,)
    ties : {"efron", "breslow"}
    """
    stopped = event == 1
    times, place = np.unique(duration[stopped], return_inverse=True)
    stops = np.bincount(place)
    last = np.searchsorted(times, duration, side="right")
    width = len(design)
    # At risk of a time are those whose duration is no less: cumulated from the end.
    ended = np.bincount(last * width + pattern, minlength=(len(times) + 1) * width)
    at_risk = ended.reshape(-1, width)[::-1].cumsum(axis=0)[::-1][1:].astype(float)
    gone = np.bincount(place * width + pattern[stopped], minlength=len(times) * width)
    gone = gone.reshape(-1, width).astype(float)
    moment = np.repeat(np.arange(len(times)), stops)
    part = (np.arange(len(moment)) - np.repeat(np.cumsum(stops) - stops, stops)) / stops[moment]
    taken = part if ties == "efron" else np.zeros_like(part)
    weight = np.exp(design @ estimates) * (at_risk[moment] - taken[:, None] * gone[moment])
    weight /= weight.sum(axis=1)[:, None]
    mean, change = weight @ design, np.log(times)
    score = change @ (gone @ design) - change[moment] @ mean
    blocks = []
    for power in (0, 1, 2):
        lifted = change[moment] ** power
        square = (design * (lifted @ weight)[:, None]).T @ design
        blocks.append(square - (mean * lifted[:, None]).T @ mean)
    return score, np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])


def discrete_change(
    design: Floats, changes: Floats, trials: Floats, events: Floats, rate: Floats, slope: Floats
) -> tuple[Floats, Floats]:
    """Score and information of terms times log t in a discrete hazard.

    Parameters
    ----------
    design, changes : arrays of shape (patterns, terms)
    trials, events, rate : arrays of shape (patterns,)
    slope : array of shape (patterns,)
        Of the rate in its linear predictor.
    """
    variance = rate * (1 - rate)
    score = changes.T @ (slope / variance * (events - trials * rate))
    both = np.hstack([design, changes])
    information = (both * (trials * slope**2 / variance)[:, None]).T @ both
    return score, information
