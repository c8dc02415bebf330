"""Separation: is there a group that always came, or never, so that no finite odds fit it?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.formulas import Encoding
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.tallies import BETWEEN

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


def separated(coded: Encoding, trials: Floats, successes: Floats) -> str:
    """What separates, in words that name the group; empty when estimates exist."""
    if successes.sum() == 0:
        return f"nobody ever came (0 of {trials.sum():,.0f} person-meetings)"
    if successes.sum() == trials.sum():
        return f"everybody always came ({trials.sum():,.0f} person-meetings)"
    found = separated_terms(coded.design, trials, successes)
    if not found:
        return ""
    factors = list(coded.levels)
    # Groups of one factor say most; only where none is pure are pairs looked at.
    for size in (1, 2):
        named = [
            sentence
            for names in combinations(factors, size)
            for sentence in _pure_groups(coded.patterns, list(names), trials, successes)
        ]
        if named:
            return "; ".join(named)
    return f"{', '.join(coded.terms[column] for column in found)} together tell who came"


def refuse_separation(told: str, where: str) -> None:
    """Raise an error that names what separates, instead of an estimate of 25 with an error of 10⁴.

    Raises
    ------
    EstimationError
        If anything does.
    """
    if told:
        raise EstimationError(
            told,
            where=where,
            expected="some who came and some who did not in every group",
            got="separation: no finite odds ratio fits",
            hint="ask for separation='firth', or merge the group with another by ps.roll_up",
        )


def _pure_groups(
    patterns: pd.DataFrame, names: list[str], trials: Floats, successes: Floats
) -> list[str]:
    """Groups of which nobody ever came, or everybody always did."""
    counted = (
        patterns[names]
        .assign(_asked=trials, _came=successes)
        .groupby(names, observed=True)[["_asked", "_came"]]
        .sum()
        .reset_index()
    )
    told = []
    for row in counted.itertuples(index=False, name=None):
        *levels, asked, came = row
        group = f"{BETWEEN.join(names)} '{BETWEEN.join(map(str, levels))}'"
        if came == 0:
            told.append(f"nobody of {group} ever came (0 of {asked:,.0f} person-meetings)")
        elif came == asked:
            told.append(f"everybody of {group} always came ({came:,.0f} of {asked:,.0f})")
    return told
