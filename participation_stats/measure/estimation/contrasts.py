"""Contrasts: one estimate less another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.inference.adjustment import holm
from participation_stats.measure.tallies import level_name

from .intervals import t_limits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OVERALL = "overall"
_WHERE = "Estimates.differences"


@dataclass(frozen=True, eq=False)
class Joint:
    """Estimates with their covariance, those of everybody last.

    Attributes
    ----------
    estimates : array of shape (rows + answers,)
        In the order of the table, then one for each answer over all domains.
    covariance : array of shape (rows + answers, rows + answers)
    answers : int
        Answers per domain.
    degrees : array of int of shape (rows + answers,)
        Degrees of freedom of each domain, and of everybody.
    """

    estimates: Floats
    covariance: Floats
    answers: int
    degrees: Ints


def contrast_table(
    table: pd.DataFrame, joint: Joint, reference: object, adjust: str, confidence: float
) -> pd.DataFrame:
    """Every domain less the reference.

    Raises
    ------
    InputError
        If the reference is none of the domains.
    """
    rows, against, label = _pairs(table, joint.answers, reference)
    size = len(joint.estimates)
    contrasts = np.zeros((len(rows), size))
    contrasts[np.arange(len(rows)), rows] = 1.0
    contrasts[np.arange(len(rows)), against] -= 1.0
    values, known = np.nan_to_num(joint.estimates), np.nan_to_num(joint.covariance)
    # What cannot be estimated is missing only where it takes part; a domain's error of 0, where
    # all answers are the same, is none. Everybody's may be 0: weights can be fitted to it.
    unsure, domains = np.isnan(joint.estimates), slice(len(table))
    unsure[domains] |= table["std_error"].isna().to_numpy()
    unsure[domains] |= ~(np.diag(joint.covariance)[domains] > 0)
    unsure = unsure[rows] | unsure[against]
    estimates = np.where(
        np.isnan(joint.estimates[rows] + joint.estimates[against]), np.nan, contrasts @ values
    )
    errors = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", contrasts, known, contrasts), 0.0))
    errors = np.where(unsure, np.nan, errors)
    return _tested(table, rows, against, label, joint, estimates, errors, adjust, confidence)


def comparable(table: pd.DataFrame, joint: Joint | None, adjust: str) -> Joint:
    """What is needed to compare.

    Raises
    ------
    InputError
        If there is no covariance, there are no domains, or the adjustment is not known.
    """
    if joint is None:
        raise InputError(
            "quantiles have no covariance",
            where=_WHERE,
            expected="means, proportions, totals or ratios",
            got="quantiles",
            hint="compare the shares above a value instead",
        )
    if "category" not in table:
        raise InputError(
            "there are no domains to compare",
            where=_WHERE,
            expected="estimates made with by=",
            got="estimates of everybody",
        )
    if adjust not in ("holm", "none"):
        raise InputError(
            f"adjust {adjust!r} is not known",
            where=_WHERE,
            expected="'holm' or 'none'",
            got=repr(adjust),
        )
    return joint


def _pairs(table: pd.DataFrame, answers: int, reference: object) -> tuple[Ints, Ints, str]:
    """Rows compared, what each is compared with, and the name of that."""
    every = np.arange(len(table))
    if reference == OVERALL:
        return every, len(table) + every % answers, OVERALL
    categories = table["category"].tolist()
    label = categories[0] if reference is None else level_name(reference)
    if label not in categories:
        raise InputError(
            f"'{label}' is none of the domains",
            where=_WHERE,
            expected=f"one of {', '.join(map(repr, dict.fromkeys(categories)))}, or '{OVERALL}'",
            got=f"'{label}'",
        )
    first = categories.index(label)
    rows = np.flatnonzero(table["category"].to_numpy() != label)
    return rows, first + rows % answers, label


def _tested(
    table: pd.DataFrame,
    rows: Ints,
    against: Ints,
    label: str,
    joint: Joint,
    estimates: Floats,
    errors: Floats,
    adjust: str,
    confidence: float,
) -> pd.DataFrame:
    degrees = np.minimum(joint.degrees[rows], joint.degrees[against])
    statistic = np.divide(estimates, errors, out=np.full(len(rows), np.nan), where=errors > 0)
    p_values = 2 * stats.t.sf(np.abs(statistic), np.maximum(degrees, 1))
    p_values = np.where(degrees > 0, p_values, np.nan)
    low, high = t_limits(estimates, errors, degrees, confidence)
    own = table.iloc[rows].reset_index(drop=True)
    keys = own.loc[:, "variable" : "answer" if "answer" in own else "category"]
    others = table.iloc[against] if label != OVERALL else own
    smaller = {
        name: np.minimum(own[name].to_numpy(), others[name].to_numpy())
        for name in ("n", "n_smallest")
    }
    return keys.assign(
        reference=label,
        n=smaller["n"],
        estimate=estimates,
        std_error=errors,
        conf_low=low,
        conf_high=high,
        statistic=statistic,
        degrees_freedom=degrees,
        p_value=p_values,
        p_adjusted=holm(p_values, rows % joint.answers) if adjust == "holm" else p_values,
        note=np.where(np.isnan(p_values), "no standard error or degree of freedom", ""),
        n_smallest=smaller["n_smallest"],
    )
