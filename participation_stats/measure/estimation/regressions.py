"""Models of a survey: fitted to the weighted answers, with errors that know the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, left_out, number_of

from .adjusted_means import (
    By,
    SurveyEffects,
    SurveyRates,
    effects_table,
    rates_table,
    t_tested,
)
from .designs import SurveyDesign
from .model_fitting import Estimated, Kind, estimate
from .model_rows import ModelRows, model_rows
from .replicates import ReplicateDesign
from .term_tests import TermTests, term_table

_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False)
class SurveyFit(Result):
    """A model fitted to a survey.

    Attributes
    ----------
    table : DataFrame
        ``term, estimate`` (log-odds of a logit), ``std_error, statistic`` (t), ``p_value,
        conf_low, conf_high``, and ``n_units``, the respondents for whom the term is not nought.
    model, formula, answer : str
        ``answer`` is the column on the left side.
    kind : {"logit", "linear"}
    n_units, n_missing : int
        Respondents used, and those left out because a value is missing.
    degrees_freedom : int
        Clusters less strata, less terms, plus 1: those of every test and interval.
    confidence : float
        Level of the intervals.
    """

    model: str
    formula: str
    answer: str
    kind: Kind
    n_units: int
    n_missing: int
    degrees_freedom: int
    confidence: float
    rows: ModelRows = field(repr=False)
    estimated: Estimated = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates by the design, (terms, terms), named."""
        terms = self.rows.coded.terms
        return pd.DataFrame(self.estimated.covariance, index=terms, columns=terms)

    @property
    def references(self) -> Mapping[str, str]:
        """The level of each factor with which its other levels are compared."""
        return {name: str(levels[0]) for name, levels in self.rows.coded.levels.items()}

    def odds_ratios(self) -> pd.DataFrame:
        """The table of a logit with estimates and limits as odds ratios, without errors.

        Raises
        ------
        InputError
            If the model is linear.
        """
        if self.estimated.kind != "logit":
            raise InputError(
                "a linear model has no odds ratios",
                where="SurveyFit.odds_ratios",
                expected="a fit by survey_logit",
                got=self.formula,
            )
        out = self.table.copy()
        for name in ("estimate", "conf_low", "conf_high"):
            out[name] = np.exp(out[name])
        return out.drop(columns="std_error")

    def test(self, terms: str | Sequence[str] | None = None) -> TermTests:
        """Test whole terms: Wald's F, and Rao and Scott's test of the working likelihood ratio.

        Parameters
        ----------
        terms : str or sequence of str, optional
            A term as the formula has it (``"ethnicity"``, ``"ethnicity:gender"``), or several,
            tested together. Default: each term on its own, all others in the model.

        Returns
        -------
        TermTests

        Raises
        ------
        InputError
            If the formula has no such term.

        Notes
        -----
        The likelihood ratio is divided by the sum of its design effects and taken as F with
        Satterthwaite's degrees of freedom (second-order correction).
        """
        return TermTests(term_table(self.rows, self.estimated, terms))

    def rates(self, by: By) -> SurveyRates:
        r"""Adjusted proportions: what if everybody had the same level of a factor?

        .. math:: \hat m_\ell = \sum_i w_i\,\mu(x_i^{(\ell)}\hat\beta) / \sum_i w_i

        over the respondents used, with the factor set to level ℓ and the rest as they are. The
        standard error knows that both the model and who the others are come from the sample. Of a
        linear model they are adjusted means. Intervals of proportions are made on the logit
        scale.

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
        table = rates_table(self.rows, self.estimated, by, self.confidence)
        return SurveyRates(table, self.answer, self.kind, self.confidence)

    def effects(self, by: By, reference: object = None) -> SurveyEffects:
        """Each level's adjusted proportion less the reference's, with covariance.

        Parameters
        ----------
        by : str, tuple of str, or list of these
            Factors of the formula.
        reference : optional
            A level (a tuple of levels for an intersection), or ``"overall"`` for everybody as
            they are. Default: the factor's first level.

        Raises
        ------
        InputError
            If `by` is no factor of the model, or `reference` none of its levels.
        """
        table = effects_table(self.rows, self.estimated, by, reference, self.confidence)
        return SurveyEffects(table, self.answer, self.kind, self.confidence)

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        refits = self.estimated.refits
        errors = "linearisation over the design" if refits is None else refits.replicates.told
        free = number_of(self.degrees_freedom, "degree")
        weighted = "weighted" if "weights" in self.rows.design.stated else "without weights"
        parts = [
            f"{self.model} of {self.formula}: {number_of(self.n_units, 'respondent')}, "
            f"{weighted}; standard errors by {errors}, t with {free} of freedom."
        ]
        if self.references:
            compared = ", ".join(f"{level} ({name})" for name, level in self.references.items())
            parts.append(f"Groups are compared with {compared}.")
        if self.n_missing:
            parts.append(left_out(self.n_missing, "respondent"))
        return " ".join([*parts, self.rows.design.describe()])


def survey_logit(
    formula: str,
    design: SurveyDesign | ReplicateDesign,
    *,
    domain: Any = None,
    confidence: float = 0.95,
) -> SurveyFit:
    r"""Logistic regression of a yes-or-no answer in a survey.

    Estimates solve :math:`\sum w_i (y_i - \mu_i) x_i = 0` (fitted by statsmodels): what a fit to
    everybody in the population would give, estimated. Their covariance is
    :math:`A^{-1} \hat V A^{-1}`, with V the design's covariance of the sum of scores: over
    clusters, centred by stratum, with the share drawn and the lonely rule of the design. Of
    `survey_replicates` the model is fitted again in every replicate, and the covariance is that of
    these estimates.

    Parameters
    ----------
    formula : str
        ``"came_last_year ~ ethnicity + housing_tenure"``. The left side is a column of 0 and 1,
        of truth values, or of yes and no. Factors are coded against their first level (a list's
        own order, else alphabetical with Other and Not stated last).
    design : SurveyDesign or ReplicateDesign
        From `survey_design` or `survey_replicates`. Respondents with a missing value are left out
        of the model and stay in the design, so that standard errors count their clusters and
        strata.
    domain : str, Series or array of bool, optional
        A column of truth values, or one per row: fit to those only, the design staying whole.
    confidence : float
        Level of the intervals.

    Returns
    -------
    SurveyFit
        ``.table`` in log-odds; ``.rates(by)`` and ``.effects(by)`` in fractions; ``.test(term)``.

    Raises
    ------
    InputError
        If the formula cannot be read, a column is not there, the answer is not 0 and 1, `domain`
        is not one truth value per row, nobody is left, or a weight is negative.
    EstimationError
        If a group gave one answer only (separation, named), a term follows from the others,
        there are too few clusters for the terms, or some replicate has no finite estimates.

    References
    ----------
    Binder, D. A. (1983), International Statistical Review 51, 279-292. Lumley, T. & Scott, A.
    (2014), Tests for regression models fitted to survey data, Australian & New Zealand Journal
    of Statistics 56, 1-14. The same numbers as `svyglm` of R's survey package.

    Examples
    --------
    >>> from participation_stats import load_example, survey_design
    >>> survey = load_example("st_marys").tables["estate_survey"]
    >>> design = survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> fit = survey_logit("came_last_year ~ gender", design)
    >>> print(fit.table[["term", "estimate", "std_error", "n_units"]].round(3))
                 term  estimate  std_error  n_units
    0       Intercept    -1.835      0.158      579
    1  gender[T.Male]    -0.637      0.294      233
    >>> print(fit.rates("gender").table[["category", "n_units", "estimate", "std_error"]].round(3))
      category  n_units  estimate  std_error
    0   Female      346     0.138      0.019
    1     Male      233     0.078      0.018
    """
    return _fitted(formula, design, domain, confidence, "logit", "survey_logit")


def survey_linear(
    formula: str,
    design: SurveyDesign | ReplicateDesign,
    *,
    domain: Any = None,
    confidence: float = 0.95,
) -> SurveyFit:
    """Linear regression of a number in a survey, such as a score.

    Weighted least squares (by statsmodels) with the covariance of `survey_logit`. Of a
    yes-or-no answer the estimates are differences between shares.

    Parameters
    ----------
    formula, design, domain, confidence
        As in `survey_logit`; the left side is a column of numbers.

    Returns
    -------
    SurveyFit

    Raises
    ------
    InputError, EstimationError
        As in `survey_logit`.

    References
    ----------
    Fuller, W. A. (1975), Regression analysis for sample survey, Sankhya C 37, 117-132. The same
    numbers as `svyglm` of R's survey package.

    Examples
    --------
    The difference of two means:

    >>> import pandas as pd
    >>> from participation_stats import survey_design
    >>> answers = pd.DataFrame({"score": [1, 2, 3, 3, 5, 7], "gender": list("FFFMMM")})
    >>> fit = survey_linear("score ~ gender", survey_design(answers))
    >>> fit.table["estimate"].round(6).tolist()
    [2.0, 3.0]
    """
    return _fitted(formula, design, domain, confidence, "linear", "survey_linear")


def _fitted(
    formula: str,
    design: SurveyDesign | ReplicateDesign,
    domain: Any,
    confidence: float,
    kind: Kind,
    where: str,
) -> SurveyFit:
    check_confidence(confidence, where)
    replicates = design if isinstance(design, ReplicateDesign) else None
    plain = design.design if isinstance(design, ReplicateDesign) else design
    rows = model_rows(plain, formula, domain, where)
    if kind == "logit" and not np.isin(rows.y, (0, 1)).all():
        raise InputError(
            f"'{rows.response}' is not 0 and 1",
            where=where,
            expected="0 and 1, truth values, or yes and no",
            got=f"{rows.y[~np.isin(rows.y, (0, 1))][0]:g}",
            hint="use survey_linear for a score",
        )
    found = estimate(rows, kind, where, replicates)
    errors = np.sqrt(np.diag(found.covariance))
    tested = t_tested(found.estimates, errors, rows.degrees_freedom, confidence)
    return SurveyFit(
        pd.DataFrame({"term": rows.coded.terms, **tested, "n_units": rows.resting()}),
        model="Survey-weighted logit" if kind == "logit" else "Survey-weighted linear model",
        formula=formula,
        answer=rows.response,
        kind=kind,
        n_units=len(rows.y),
        n_missing=rows.n_missing,
        degrees_freedom=rows.degrees_freedom,
        confidence=confidence,
        rows=rows,
        estimated=found,
    )
