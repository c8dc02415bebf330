"""Estimates from several imputations, combined by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.measure.results import Result, Rule

from .estimates import Estimates
from .intervals import logit_limits, t_limits

Floats = npt.NDArray[np.float64]

_DERIVED = (
    "n", "share_missing", "estimate", "std_error", "conf_low", "conf_high", "degrees_freedom",
    "missing_information", "note",
)  # fmt: skip
_EFFECT = "design_effect"


@dataclass(frozen=True, eq=False)
class Combined:
    """What Rubin's rules give; arrays of shape (estimates,).

    Attributes
    ----------
    estimates, errors : array
        Means over imputations, and the roots of within + (1 + 1/m) between.
    degrees : array
        Barnard and Rubin's degrees of freedom.
    missing_information : array
        (1 + 1/m) between over the total variance.
    """

    estimates: Floats
    errors: Floats
    degrees: Floats
    missing_information: Floats


@dataclass(frozen=True, eq=False, repr=False)
class ImputedEstimates(Result):
    """Design-based estimates with missing answers imputed.

    Attributes
    ----------
    table : DataFrame
        As in `Estimates`: the domain's columns, ``variable`` and ``category``, ``answer``, then
        ``n`` (respondents who answered themselves, not weighted), ``share_missing`` (of the
        domain's respondents: those imputed), ``estimate, std_error, conf_low, conf_high,
        degrees_freedom`` (Barnard and Rubin's), ``missing_information`` (share of the variance
        that comes from not knowing the answers), ``note`` and ``n_smallest``.
    statistic, value, by : str
    n, n_missing : int
        Respondents who answered, and who were imputed.
    n_imputations : int
    confidence : float
    method : str
        How answers were imputed, in words.
    design : str
        The design in a sentence.
    """

    statistic: str
    value: str
    by: str
    n: int
    n_missing: int
    n_imputations: int
    confidence: float
    interval: str
    method: str
    design: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_smallest", derived=_DERIVED, margin=("variable",)),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        by = f" by {self.by}" if self.by else ""
        return (
            f"{self.statistic.capitalize()} of {self.value}{by}, weighted to the design. "
            f"{self.method} Estimates were combined by Rubin's rules; {self.confidence:.0%} "
            f"intervals ({self.interval}, Barnard and Rubin's degrees of freedom). {self.design}"
        )


def rubin(estimates: Floats, errors: Floats, degrees: Floats) -> Combined:
    r"""Combine estimates from m imputations.

    With U the mean of squared errors and B the variance of the estimates,
    :math:`T = U + (1 + 1/m) B`. With :math:`\lambda = (1 + 1/m) B / T` and ν the degrees of
    freedom of the complete data, those of T are :math:`1 / (1/\nu_m + 1/\nu_o)`, where
    :math:`\nu_m = (m - 1) / \lambda^2` and
    :math:`\nu_o = \nu (\nu + 1)(1 - \lambda) / (\nu + 3)`; where B is 0 they are ν.

    Parameters
    ----------
    estimates, errors : arrays of shape (m, estimates)
    degrees : array of shape (estimates,)

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys; Barnard & Rubin (1999),
    Biometrika 86, 948-955.

    Examples
    --------
    >>> found = rubin(np.array([[1.0], [2.0], [3.0]]), np.ones((3, 1)), np.array([100.0]))
    >>> found.estimates.tolist(), found.errors.round(4).tolist(), found.degrees.round(2).tolist()
    ([2.0], [1.5275], [5.35])
    """
    m = len(estimates)
    within = (errors**2).mean(axis=0)
    between = (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    # Estimates that are the same to rounding were not imputed at all.
    between = np.where(between > 1e-20 * (within + estimates.mean(axis=0) ** 2), between, 0.0)
    total = within + between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, between / total, 0.0)
        over = share**2 / (m - 1)
        known = degrees * (degrees + 1) / (degrees + 3) * (1 - share)
        free = np.where(between > 0, 1 / (over + 1 / known), degrees)
    return Combined(estimates.mean(axis=0), np.sqrt(total), free, share)


def combine(answered: Estimates, found: Sequence[Estimates], method: str) -> ImputedEstimates:
    """One result from those of each imputation; n and the share missing are of the answers."""
    filled = [_aligned(one.table, answered.table) for one in found]
    values = np.stack([table["estimate"].to_numpy(dtype=float) for table in filled])
    errors = np.stack([table["std_error"].to_numpy(dtype=float) for table in filled])
    degrees = np.stack([table["degrees_freedom"].to_numpy(dtype=float) for table in filled])
    pooled = rubin(values, errors, degrees.min(axis=0))
    low, high = _limits(pooled, filled[0], answered)
    kept = [name for name in answered.table if name not in (*_DERIVED, _EFFECT, "n_smallest")]
    table = answered.table[kept].assign(
        n=answered.table["n"],
        share_missing=answered.table["share_missing"],
        estimate=pooled.estimates,
        std_error=pooled.errors,
        conf_low=low,
        conf_high=high,
        degrees_freedom=pooled.degrees,
        missing_information=pooled.missing_information,
        note=_notes(filled, low),
        n_smallest=answered.table["n_smallest"],
    )
    return ImputedEstimates(
        table,
        statistic=answered.statistic,
        value=answered.value,
        by=answered.by,
        n=answered.n,
        n_missing=answered.n_missing,
        n_imputations=len(found),
        confidence=answered.confidence,
        interval=answered.interval,
        method=method,
        design=answered.design,
    )


def _aligned(table: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the table of those who answered."""
    keys = [name for name in ("category", "answer") if name in wanted]
    return wanted[keys].merge(table, on=keys, how="left") if keys else table


def _limits(pooled: Combined, first: pd.DataFrame, answered: Estimates) -> tuple[Floats, Floats]:
    """Limits of what was combined; where all imputations are the same, those of the first."""
    limits = logit_limits if "logit" in answered.interval else t_limits
    made = limits(pooled.estimates, pooled.errors, pooled.degrees, answered.confidence)
    same = pooled.missing_information == 0
    low, high = (
        np.where(same, first[name].to_numpy(dtype=float), limit)
        for name, limit in zip(("conf_low", "conf_high"), made, strict=True)
    )
    return low, high


def _notes(filled: list[pd.DataFrame], low: Floats) -> list[str]:
    """Why a number is missing, or what it was made of: the first reason of any imputation."""
    told = pd.concat([table["note"].rename(at) for at, table in enumerate(filled)], axis=1)
    alike = told.eq(told[0], axis=0).all(axis=1)
    first = told.replace("", pd.NA).bfill(axis=1).iloc[:, 0]
    return list(first.where(np.isnan(low) | alike, "").fillna(""))
