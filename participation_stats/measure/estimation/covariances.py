"""Covariance of estimates by linearisation: scores summed to clusters, centred by stratum."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from participation_stats.errors import InputError

from .designs import SurveyDesign, require_design
from .stages import Stage

Floats = npt.NDArray[np.float64]


def linearised_covariance(design: SurveyDesign, scores: Any) -> Floats:
    r"""Design-based covariance of estimates from the scores of their rows.

    With u the sums of scores over clusters, n_h clusters drawn in stratum h and f_h the share
    of the stratum that they are,

    .. math:: \hat V = \sum_h (1 - f_h) \frac{n_h}{n_h - 1}
              \sum_{c \in h} (u_c - \bar u_h)(u_c - \bar u_h)'

    Where weights were fitted to known totals, scores are first replaced by the residuals of
    their regression on what the weights were fitted to.

    Parameters
    ----------
    design : SurveyDesign
    scores : array of shape (rows, k) or (rows,)
        What each row adds to each estimate, its weight included: :math:`w_i (y_i - \bar y) / W`
        for a mean; the score times the inverse information for a model. Rows outside a domain
        have 0.

    Returns
    -------
    array of shape (k, k)

    Raises
    ------
    InputError
        If `design` is none, or there is not one row of scores per respondent.

    References
    ----------
    Binder, D. A. (1983), International Statistical Review 51, 279-292; Lumley, T. (2010),
    Complex Surveys.

    Examples
    --------
    The variance of a mean of five answers, each a cluster of its own, is s²/n:

    >>> import pandas as pd
    >>> from participation_stats import survey_design
    >>> design = survey_design(pd.DataFrame({"years": [1.0, 2.0, 3.0, 4.0, 5.0]}))
    >>> scores = (design.frame["years"].to_numpy() - 3) / 5
    >>> linearised_covariance(design, scores).round(10).tolist()
    [[0.5]]
    """
    require_design(design, "linearised_covariance")
    given = np.asarray(scores, dtype=float)
    given = given[:, None] if given.ndim == 1 else given
    if len(given) != len(design.weights):
        raise InputError(
            "the scores are of other rows than the design",
            where="linearised_covariance",
            expected=f"{len(design.weights)} rows",
            got=f"{len(given)}",
            hint="rows that are elsewhere are brought by design.in_memory(columns)"
            if len(given) == design.n
            else "",
        )
    if design.adjustment is not None:
        weights = design.weights[:, None]
        plain = np.divide(given, weights, out=np.zeros_like(given), where=weights != 0)
        slopes = design.adjustment.slopes(plain)
        given = given - weights * (design.adjustment.auxiliaries @ slopes)
    return cluster_covariance(design.stage, cluster_sums(design, given))


def cluster_sums(design: SurveyDesign, rows: Floats) -> Floats:
    """Sums over clusters of values of shape (rows, k)."""
    if len(design.stage.stratum) == len(rows) and "clusters" not in design.stated:
        return rows
    sums = [
        np.bincount(design.cluster, weights=column, minlength=len(design.stage.stratum))
        for column in rows.T
    ]
    return np.stack(sums, axis=1)


def cluster_covariance(stage: Stage, totals: Floats | sparse.csr_array) -> Floats:
    """Covariance of sums of cluster totals of shape (clusters, k), dense or sparse."""
    strata, clusters = len(stage.drawn), len(stage.stratum)
    layers = sparse.csr_array(
        (np.ones(clusters), (stage.stratum, np.arange(clusters))), shape=(strata, clusters)
    )
    summed: Any = layers @ totals
    sums: Floats = summed.toarray() if isinstance(totals, sparse.csr_array) else summed
    many = stage.drawn > 1
    factor = np.zeros(strata)
    factor[many] = (1 - stage.fraction[many]) * stage.drawn[many] / (stage.drawn[many] - 1)
    if isinstance(totals, sparse.csr_array):
        scaled = sparse.csr_array(totals.multiply(factor[stage.stratum][:, None]))
        shared = sums.T @ (sums * (factor / np.maximum(stage.drawn, 1))[:, None])
        covariance = (totals.T @ scaled).toarray() - shared
    else:
        centred = totals - (sums / np.maximum(stage.drawn, 1)[:, None])[stage.stratum]
        covariance = centred.T @ (centred * factor[stage.stratum][:, None])
    if stage.lonely == "centre" and not many.all():
        away = sums[~many] - sums.sum(axis=0) / clusters
        covariance += away.T @ (away * (1 - stage.fraction[~many])[:, None])
    np.fill_diagonal(covariance, np.maximum(np.diag(covariance), 0.0))
    return np.asarray((covariance + covariance.T) / 2)
