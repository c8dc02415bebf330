"""What a fitted model of engagement gives: its terms, adjusted rates and average effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from participation_stats.measure.engagement.fit_checks import FitCheck, Words, checked
from participation_stats.measure.engagement.fit_comparison import FitComparison, comparison
from participation_stats.measure.engagement.influence import Influence, person_influence
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.standardisation import (
    Basis,
    By,
    adjusted_rates,
    average_effects,
    tested,
)
from participation_stats.measure.results import Result, Rule, left_out, number_of

_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
_BY_GROUP = (*_ESTIMATES, "p_adjusted", "n_rows")


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Result):
    """Adjusted attendance rates.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, n_units`` (people), ``n_rows`` (person-meetings), ``estimate``
        (the rate, a fraction; of a count model, the expected count), ``std_error, conf_low,
        conf_high``.
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
class Among:
    """A fitted model over some groups only; see `Fit.among`."""

    basis: Basis
    confidence: float

    def rates(self, by: By) -> Rates:
        """Adjusted rates, as `Fit.rates`."""
        table = adjusted_rates(self.basis, by, self.confidence)
        return Rates(table, confidence=self.confidence)

    def effects(self, by: By, reference: object = None) -> Effects:
        """Average marginal effects, as `Fit.effects`."""
        table = average_effects(self.basis, by, reference, self.confidence)
        return Effects(table, confidence=self.confidence)


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Result):
    """A fitted model of who comes.

    Attributes
    ----------
    table : DataFrame
        ``term, estimate`` (log-odds, or log-rate of a count model), ``std_error, statistic,
        p_value, conf_low, conf_high``, and ``n_units``, the people on whom the term rests.
    model, formula : str
    n_rows, n_units, n_cells, n_meetings, n_missing : int
        Person-meetings, people, distinct covariate patterns, distinct meetings (0 where the
        data have no column ``meeting_id``), and rows left out because a value is missing.
    converged : bool
    log_likelihood : float
    unit, clustered_by : str
        The column that names the person, and the one by which errors are clustered; empty
        when rows are independent.
    confidence : float
        Level of the intervals.
    note : str
        What a reader must know of how it was fitted; empty where there is nothing.
    """

    model: str
    formula: str
    n_rows: int
    n_units: int
    n_cells: int
    n_meetings: int
    n_missing: int
    converged: bool
    log_likelihood: float
    unit: str
    clustered_by: str
    confidence: float
    note: str
    basis: Basis = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )
    #: What the exponential of an estimate is called.
    ratio: ClassVar[str] = "odds ratio"
    #: What `check` calls the outcomes.
    words: ClassVar[Words] = Words()

    @property
    def copes(self) -> bool:
        """Whether the standard errors allow for people who differ by more than chance."""
        own_intercepts = bool(self.unit) and self.basis.likelihood == "full"
        return bool(self.clustered_by) or own_intercepts

    @property
    def references(self) -> Mapping[str, str]:
        """The level of each factor with which its other levels are compared."""
        return {name: str(levels[0]) for name, levels in self.basis.levels.items()}

    def compared(self) -> pd.DataFrame:
        """How many people are in each level of each factor; see `Result.compared`."""
        pairs = [(name, level) for name, levels in self.basis.levels.items() for level in levels]
        patterns = self.basis.patterns
        masks = [[value == level for value in patterns[name]] for name, level in pairs]
        found = pd.DataFrame(pairs, columns=["variable", "category"])
        held = np.array(masks, dtype=bool).reshape(len(pairs), len(patterns)).T
        return found.assign(
            category=found["category"].map(str), n_units=self.basis.people.with_any(held)
        )

    def ratios(self) -> pd.DataFrame:
        """The table with estimates and limits as ratios, of what the model is in (see `ratio`).

        Odds ratios of a logit, rate ratios of a count model, hazard ratios of a hazard; the
        intercept is the odds, rate or hazard itself. There is no standard error: the limits are
        those of the logarithm, and not symmetric.

        Returns
        -------
        DataFrame
            ``term, measure`` (what the ratio is one of) ``, estimate, statistic, p_value,
            conf_low, conf_high, n_units``.
        """
        out = self.table.copy()
        for name in ("estimate", "conf_low", "conf_high"):
            out[name] = np.exp(out[name])
        out.insert(1, "measure", self.ratio)
        out.loc[out["term"].eq("Intercept"), "measure"] = "level"
        return out.drop(columns="std_error")

    def odds_ratios(self) -> pd.DataFrame:
        """As `ratios`, without saying of what: of a count model they are ratios of rates."""
        return self.ratios().drop(columns="measure")

    def rates(self, by: By) -> Rates:
        r"""Adjusted rates: what share would come if everybody had the same level of a factor.

        .. math:: \hat r_\ell = \sum_p m_p\,\mu(x_p^{(\ell)}\hat\beta) / \sum_p m_p

        over patterns p with m person-meetings, with the factor set to level ℓ and the rest as
        they are. Delta-method standard error; the interval is made on the logit scale (on the
        log scale for counts), so that it stays between 0 and 1.

        Parameters
        ----------
        by : str, tuple of str, or list of these
            Factors of the formula; a tuple sets several at once, over the combinations that
            occur.

        Raises
        ------
        InputError
            If `by` is no factor of the model.
        """
        table = adjusted_rates(self.basis, by, self.confidence)
        return Rates(table, confidence=self.confidence)

    def effects(self, by: By, reference: object = None) -> Effects:
        """Average marginal effects: each level's adjusted rate less the reference's.

        Parameters
        ----------
        by : str, tuple of str, or list of these
            Factors of the formula.
        reference : optional
            A level (a tuple of levels for an intersection), or ``"overall"`` for the rate of
            everybody as they are. Default: the factor's first level.

        Returns
        -------
        Effects
            ``p_adjusted`` is Holm's, within each variable.

        Raises
        ------
        InputError
            If `by` is no factor of the model, or `reference` none of its levels.
        """
        table = average_effects(self.basis, by, reference, self.confidence)
        return Effects(table, confidence=self.confidence)

    def among(self, **levels: object) -> Among:
        """Rates and effects over the person-meetings of some groups only.

        Parameters
        ----------
        **levels
            ``seat="yes"``: a level of each factor named.

        Returns
        -------
        Among
            With ``.rates(by)`` and ``.effects(by)``, averaged over these groups as they are.

        Raises
        ------
        InputError
            If a factor or level is not of the model, or nobody is in all of the groups.
        """
        return Among(self.basis.among(levels), self.confidence)

    def compare(self, other: Fit) -> FitComparison:
        """Compare with another model of the same data.

        Where one model holds the other, the terms that it has more are tested together: by
        likelihood ratio, or by Wald's test with the larger model's covariance where errors are
        clustered, people weighted or the likelihood penalised, as a ratio of likelihoods that
        take rows as independent means nothing there. Otherwise the information criteria are all
        there is.

        Parameters
        ----------
        other : Fit
            Larger or smaller.

        Returns
        -------
        FitComparison
            ``.table`` with the criteria, the test, and ``.sentence`` in words.

        Raises
        ------
        InputError
            If the responses differ, or the models are fitted to different people, meetings or
            attendances (as when one leaves out more rows with missing values).

        Notes
        -----
        Two data sets in which as many people have each number of meetings and attendances are
        taken for the same.
        """
        return comparison(self, other)

    def check(self) -> FitCheck:
        """Look for what would make the numbers misleading.

        Near separation, events per term, collinearity, dispersion by person, influence of
        single people, and calibration; each with a number and a sentence. Nobody is named.

        Returns
        -------
        FitCheck
        """
        return checked(self)

    def _influence(self, errors: Floats, reach: float) -> Influence:
        """How far leaving out any one person moves each estimate; see `check`."""
        return person_influence(self.basis, len(self.table), errors, reach)

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        people = f" of {number_of(self.n_units, 'person', 'people')}" if self.unit else ""
        meetings = f" at {number_of(self.n_meetings, 'meeting')}" if self.n_meetings else ""
        parts = [
            f"{self.model} of {self.formula}: {number_of(self.n_rows, 'person-meeting')}{people}"
            f"{meetings}, collapsed without loss to "
            f"{number_of(self.n_cells, 'covariate pattern')}; "
            f"{self._errors()}."
        ]
        if self.references:
            compared = ", ".join(f"{level} ({name})" for name, level in self.references.items())
            parts.append(f"Groups are compared with {compared}.")
        if self.n_missing:
            parts.append(left_out(self.n_missing, "row"))
        return " ".join([*parts, *([self.note] if self.note else [])])

    def _errors(self) -> str:
        if self.clustered_by:
            return f"standard errors are clustered by {self.clustered_by}"
        return "rows are taken as independent"


def wald_table(
    terms: list[str], estimates: Floats, covariance: Floats, confidence: float
) -> pd.DataFrame:
    """Terms with standard errors, z statistics, two-sided p-values and limits."""
    errors = np.sqrt(np.diag(covariance))
    return pd.DataFrame({"term": terms, **tested(estimates, errors, confidence)})
