"""What a fitted model of engagement gives: its terms, adjusted rates and average effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.inference.adjustment import holm
from participation_stats.measure.results import Result, Rule

Floats = npt.NDArray[np.float64]

_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
_BY_GROUP = (*_ESTIMATES, "p_adjusted", "n_rows")
_EFFECTS = [
    "variable", "category", "reference", "n_units", "n_rows", "estimate", "std_error",
    "statistic", "p_value", "p_adjusted", "conf_low", "conf_high",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Result):
    """Adjusted attendance rates.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, n_units`` (people), ``n_rows`` (person-meetings), ``estimate``
        (the rate, a fraction), ``std_error, conf_low, conf_high``.
    """

    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_BY_GROUP, margin=("variable",)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Effects(Result):
    """Average marginal effects: differences between adjusted rates.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, reference, n_units, n_rows, estimate`` (difference of two
        fractions), ``std_error, statistic, p_value, p_adjusted, conf_low, conf_high``.
    """

    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_BY_GROUP, margin=("variable",)),
    )


@dataclass(frozen=True)
class Basis:
    """What rates and effects are worked out from: patterns, their weight, and how to encode them.

    Attributes
    ----------
    patterns : DataFrame
        One row per distinct combination of covariates.
    trials : array of shape (patterns,)
        Person-meetings of each pattern.
    encode : callable
        Patterns to the design matrix, of shape (patterns, terms), in the model's own coding.
    people : callable
        From a mask over patterns to the number of people who have one of them.
    coefficients, covariance : arrays of shape (terms,) and (terms, terms)
    levels : mapping of str to list
        The levels of each factor in the order of the model; the first is the reference.
    """

    patterns: pd.DataFrame
    trials: Floats
    encode: Callable[[pd.DataFrame], Floats]
    people: Callable[[npt.NDArray[np.bool_]], int]
    coefficients: Floats
    covariance: Floats
    levels: dict[str, list[object]]


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Result):
    """A fitted model of who comes.

    Attributes
    ----------
    table : DataFrame
        ``term, estimate`` (log-odds), ``std_error, statistic, p_value, conf_low, conf_high``,
        and ``n_units``, the people on whom the term rests.
    model, formula : str
    n_rows, n_units, n_cells, n_meetings, n_missing : int
        Person-meetings, people, distinct covariate patterns, distinct meetings (0 where the
        data do not name them), and rows left out because a value is missing.
    converged : bool
    log_likelihood : float
    clustered_by : str
        The column by which errors are clustered; empty when rows are independent.
    """

    model: str
    formula: str
    n_rows: int
    n_units: int
    n_cells: int
    n_missing: int
    converged: bool
    log_likelihood: float
    clustered_by: str
    confidence: float
    basis: Basis = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )

    def odds_ratios(self) -> pd.DataFrame:
        """The table with estimates and limits as odds ratios; the intercept is the odds itself."""
        out = self.table.copy()
        for name in ("estimate", "conf_low", "conf_high"):
            out[name] = np.exp(out[name])
        return out.drop(columns="std_error")

    def rates(self, by: str) -> Rates:
        r"""Adjusted rates: what share would come if everybody had the same level of one factor.

        .. math:: \hat r_\ell = \sum_p m_p\,\mu(x_p^{(\ell)}\hat\beta) / \sum_p m_p

        over patterns p with m person-meetings, with the factor set to level ℓ and the rest as
        they are. Delta-method standard error; the interval is made on the logit scale, so that
        it stays between 0 and 1.

        Parameters
        ----------
        by : str
            A factor of the formula.

        Raises
        ------
        InputError
            If `by` is no factor of the model.
        """
        levels, values, gradients = self._standardised(by, "rates")
        errors = _errors(gradients, self.basis.covariance)
        spread = stats.norm.ppf(0.5 + self.confidence / 2) * errors / (values * (1 - values))
        centre = np.log(values) - np.log1p(-values)
        table = self._people(by, levels).assign(
            estimate=values,
            std_error=errors,
            conf_low=1 / (1 + np.exp(-(centre - spread))),
            conf_high=1 / (1 + np.exp(-(centre + spread))),
        )
        return Rates(table, confidence=self.confidence)

    def effects(self, by: str, reference: str | None = None) -> Effects:
        """Average marginal effects: each level's adjusted rate less the reference's.

        Parameters
        ----------
        by : str
            A factor of the formula.
        reference : str, optional
            A level, or ``"overall"`` for the rate of everybody as they are. Default: the
            factor's first level.

        Raises
        ------
        InputError
            If `by` is no factor of the model, or `reference` none of its levels.
        """
        levels, values, gradients = self._standardised(by, "effects")
        chosen = levels[0] if reference is None else reference
        if chosen == "overall":
            base, slope = self._overall()
            kept = list(range(len(levels)))
        elif chosen in levels:
            place = levels.index(chosen)
            base, slope = values[place], gradients[place]
            kept = [number for number in range(len(levels)) if number != place]
        else:
            raise InputError(
                f"'{by}' has no level '{chosen}'",
                where="Fit.effects",
                expected="one of " + ", ".join(map(str, levels)) + ", or 'overall'",
                got=f"'{chosen}'",
            )
        difference = values[kept] - base
        errors = _errors(gradients[kept] - slope, self.basis.covariance)
        table = self._people(by, levels).iloc[kept].reset_index(drop=True)
        table.insert(2, "reference", str(chosen))
        tested = _tested(difference, errors, self.confidence)
        tested["p_adjusted"] = holm(tested["p_value"], np.zeros(len(kept), dtype=np.int64))
        return Effects(table.assign(**tested)[_EFFECTS], confidence=self.confidence)

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        people = f"{self.n_units:,} people" if self.clustered_by else f"{self.n_units:,} rows"
        errors = (
            f"standard errors are clustered by {self.clustered_by}"
            if self.clustered_by
            else "rows are taken as independent"
        )
        left = (
            f"; {self.n_missing:,} rows with a missing value are left out" if self.n_missing else ""
        )
        return (
            f"{self.model} of {self.formula}: {self.n_rows:,} person-meetings of {people}, "
            f"collapsed without loss to {self.n_cells:,} covariate patterns; {errors}{left}."
        )

    def _standardised(self, by: str, where: str) -> tuple[list[object], Floats, Floats]:
        """Rate and gradient with everybody set to each level of a factor in turn."""
        if by not in self.basis.levels:
            raise InputError(
                f"'{by}' is no factor of the model",
                where=f"Fit.{where}",
                expected="one of " + ", ".join(self.basis.levels),
                got=f"'{by}'",
            )
        levels = self.basis.levels[by]
        found = [self._averaged(self._set(by, level)) for level in levels]
        return levels, np.array([rate for rate, _ in found]), np.array([g for _, g in found])

    def _set(self, by: str, level: object) -> pd.DataFrame:
        column = self.basis.patterns[by]
        return self.basis.patterns.assign(
            **{by: pd.Series([level] * len(column), index=column.index).astype(column.dtype)}
        )

    def _overall(self) -> tuple[float, Floats]:
        return self._averaged(self.basis.patterns)

    def _averaged(self, patterns: pd.DataFrame) -> tuple[float, Floats]:
        design = self.basis.encode(patterns)
        share = self.basis.trials / self.basis.trials.sum()
        fitted = 1 / (1 + np.exp(-design @ self.basis.coefficients))
        return float(share @ fitted), (share * fitted * (1 - fitted)) @ design

    def _people(self, by: str, levels: list[object]) -> pd.DataFrame:
        column = self.basis.patterns[by].to_numpy()
        masks = [column == level for level in levels]
        return pd.DataFrame(
            {
                "variable": by,
                "category": [str(level) for level in levels],
                "n_units": [self.basis.people(mask) for mask in masks],
                "n_rows": [int(self.basis.trials[mask].sum()) for mask in masks],
            }
        )


def wald_table(
    terms: list[str], estimates: Floats, covariance: Floats, confidence: float
) -> pd.DataFrame:
    """Terms with standard errors, z statistics, two-sided p-values and limits."""
    errors = np.sqrt(np.diag(covariance))
    return pd.DataFrame({"term": terms, **_tested(estimates, errors, confidence)})


def _tested(estimates: Floats, errors: Floats, confidence: float) -> dict[str, Floats]:
    reach = stats.norm.ppf(0.5 + confidence / 2) * errors
    # A contrast that cannot vary (every person has the same rate) has no error and no test.
    statistic = np.divide(estimates, errors, out=np.full_like(errors, np.nan), where=errors > 0)
    return {
        "estimate": estimates,
        "std_error": errors,
        "statistic": statistic,
        "p_value": 2 * stats.norm.sf(np.abs(statistic)),
        "conf_low": estimates - reach,
        "conf_high": estimates + reach,
    }


def _errors(gradients: Floats, covariance: Floats) -> Floats:
    variances = np.einsum("ij,jk,ik->i", gradients, covariance, gradients)
    return np.asarray(np.sqrt(np.maximum(variances, 0.0)), dtype=float)
