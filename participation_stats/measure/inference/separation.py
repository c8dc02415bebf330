"""Separation: is there a direction in which no finite odds fit? Pure linear programming."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]

#: A direction counts as separating only if it is clearly not rounding.
TOLERANCE = 1e-7


def separated_terms(design: Floats, trials: Floats, successes: Floats) -> list[int]:
    """Columns of the design that separate those with successes from those without.

    Parameters
    ----------
    design : array of shape (patterns, terms)
    trials, successes : arrays of shape (patterns,)

    Returns
    -------
    list of int
        The columns with a coefficient that runs off to infinity; empty when estimates exist.

    Notes
    -----
    The maximum-likelihood estimates of a logit are finite unless some direction b has xb ≥ 0 in
    every pattern with an attendance and xb ≤ 0 in every pattern with an absence, and is not 0 in
    all of them (Albert & Anderson 1984, Biometrika 71). The linear programme of Konis (2007)
    finds such a direction if there is one.
    """
    came, missed = successes > 0, successes < trials
    both = came & missed
    signed = np.vstack([design[came & ~missed], -design[missed & ~came]])
    # Where the mixed patterns alone tell all terms apart, only the zero direction is left.
    if signed.size == 0 or np.linalg.matrix_rank(design[both]) == design.shape[1]:
        return []
    equal = design[both] if both.any() else None
    solved = linprog(
        c=-signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=equal,
        b_eq=None if equal is None else np.zeros(len(equal)),
        bounds=(-1, 1),
        method="highs",
    )
    direction = np.asarray(solved.x, dtype=float)
    if signed.sum(axis=0) @ direction < TOLERANCE:
        return []
    return [int(column) for column in np.flatnonzero(np.abs(direction) > TOLERANCE)]
