"""Covariance of estimates, clustered by person or by person and meeting, as sums over cells."""

from __future__ import annotations

import numpy as np

from participation_stats.measure.engagement.people import Floats, People

#: An eigenvalue below nought by less than this part of the largest is nought but for rounding.
ROUNDING = 1e-12


def clustered(inverse: Floats, design: Floats, residuals: Floats, people: People) -> Floats:
    r"""Sandwich covariance with the scores of each person summed before they are squared.

    .. math:: \hat V = A^{-1}\Big(\sum_s n_s u_s u_s'\Big)A^{-1}, \quad
              u_s = \sum_{p \in s} x_p r_{sp}

    The middle is :math:`X'(R' \mathrm{diag}(n) R)X` with R sparse, so that memory does not grow
    with people times terms.

    Parameters
    ----------
    inverse : array of shape (terms, terms)
        Inverse information A⁻¹.
    design : array of shape (patterns, terms)
    residuals : array of shape (cells,)
        Score residuals of one person in each cell, e.g. k − mμ.
    people : People

    Notes
    -----
    Liang & Zeger (1986), Biometrika 73. Without the small-sample factor; see `correction`.
    """
    scores = people.spread(residuals)
    weighted = people.spread(residuals * people.units[people.profile])
    middle = design.T @ ((scores.T @ weighted) @ design)
    return not_below_nought(inverse @ middle @ inverse)


def not_below_nought(covariance: Floats) -> Floats:
    """Variances that rounding left just below nought, where no score varies, are nought.

    Examples
    --------
    >>> not_below_nought(np.array([[-1e-40, 0.0], [0.0, 2.0]])).tolist()
    [[0.0, 0.0], [0.0, 2.0]]
    """
    out = np.array(covariance, dtype=float)
    np.fill_diagonal(out, np.maximum(np.diag(out), 0.0))
    return out


#: With fewer clusters the sandwich is too small often enough to say so.
FEW = 30


def few_clusters(n_units: int) -> str:
    """What a reader must know of errors that rest on few people; empty where they are many.

    Examples
    --------
    >>> few_clusters(12)
    'Errors rest on 12 people: of fewer than 30, clustered and robust ones tend to be too small.'
    """
    if n_units >= FEW:
        return ""
    return (
        f"Errors rest on {n_units} people: of fewer than {FEW}, clustered and robust ones tend to "
        "be too small."
    )


def correction(n_clusters: int, n_rows: int, n_terms: int) -> float:
    """G/(G − 1) · (N − 1)/(N − P), as statsmodels and Stata multiply by.

    Examples
    --------
    >>> round(correction(50, 1000, 5), 4)
    1.0245
    """
    return n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - n_terms)


def mended(covariance: Floats) -> tuple[Floats, bool]:
    """A covariance without negative eigenvalues, and whether it had any.

    Two-way clustering adds two covariances and takes a third off, so that some combination of
    estimates can be left with a negative variance; its eigenvalue is then set to nought.

    Notes
    -----
    Cameron, Gelbach & Miller (2011), Journal of Business & Economic Statistics 29, section 2.3.

    Examples
    --------
    >>> covariance, had = mended(np.array([[1.0, 2.0], [2.0, 1.0]]))
    >>> covariance.round(6).tolist(), had
    ([[1.5, 1.5], [1.5, 1.5]], True)
    """
    values, vectors = np.linalg.eigh(covariance)
    if values[0] >= -ROUNDING * max(float(values[-1]), 0.0):
        return not_below_nought(covariance), False
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T), True
