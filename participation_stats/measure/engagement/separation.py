"""Separation: is there a group that always came, or never, so that no finite odds fit it?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from participation_stats.errors import EstimationError

Floats = npt.NDArray[np.float64]

#: A direction counts as separating only if it is clearly not rounding.
TOLERANCE = 1e-7


def separated_terms(design: Floats, trials: Floats, successes: Floats) -> list[int]:
    """Columns of the design that separate who came from who did not.

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
    only_came, only_missed, both = came & ~missed, missed & ~came, came & missed
    signed = np.vstack([design[only_came], -design[only_missed]])
    if signed.size == 0:
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


def refuse_separation(
    terms: list[str], design: Floats, trials: Floats, successes: Floats, where: str
) -> None:
    """Raise an error that names what separates, instead of an estimate of 25 with an error of 10⁴.

    Raises
    ------
    EstimationError
        If a combination of groups always or never came.
    """
    found = separated_terms(design, trials, successes)
    if not found:
        return
    named = [
        described
        for column in found
        if (described := _group(terms, design, column, trials, successes))
    ]
    raise EstimationError(
        "; ".join(named) or f"{', '.join(terms[c] for c in found)} together tell who came",
        where=where,
        expected="some who came and some who did not in every group",
        got="separation: no finite odds ratio fits",
        hint="merge the group with another by ps.roll_up, or leave the term out",
    )


def _group(terms: list[str], design: Floats, column: int, trials: Floats, successes: Floats) -> str:
    """What to say of one column if it is a group that is all present or all absent."""
    inside = design[:, column] == 1
    if not np.isin(design[:, column], (0, 1)).all() or inside.all():
        return ""
    came, asked = successes[inside].sum(), trials[inside].sum()
    if came == 0:
        return f"nobody with {terms[column]} ever came (0 of {asked:,.0f} person-meetings)"
    if came == asked:
        return f"everybody with {terms[column]} always came ({asked:,.0f} of {asked:,.0f})"
    return ""
