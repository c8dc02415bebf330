"""Panels: what changed within people from month to month, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.covariance import few_clusters
from participation_stats.measure.engagement.standardisation import beyond_rounding
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, left_out, number_of
from participation_stats.measure.tallies import gathered

Floats = npt.NDArray[np.float64]
Effects = Literal["person", "period", "both", "none", "random", "difference"]
TREATED = {
    "person": "what does not change about a person is held fixed",
    "period": "what is common to a period is held fixed",
    "both": "what does not change about a person and what is common to a period are held fixed",
    "none": "people and periods are pooled",
    "random": "people's effects are taken as drawn",
    "difference": "changes from one period to the next are compared",
}

STILL = "Nobody's outcome ever changes: there is nothing to explain."
_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False)
class PanelFit(Result):
    """A fitted panel model.

    Attributes
    ----------
    table : DataFrame
        ``term, estimate`` (in units of the response: a fraction, for a rate of attendance),
        ``std_error, statistic, p_value, conf_low, conf_high, n_units`` (people in whom the term
        varies; where people are compared with one another, people for whom it is not nought).
    effects : str
        What is held fixed: "person", "period", "both" or "none"; or "random", "difference".
    n_rows, n_units, n_periods, n_missing : int
        Person-periods, people, periods, and rows left out because a value is missing.
    r_squared_within : float
        Share of the variation within people that the terms go with; not a number where nobody's
        outcome varies.
    note : str
        What a reader must know of how it was fitted; empty where there is nothing.
    """

    effects: str
    n_rows: int
    n_units: int
    n_periods: int
    n_missing: int
    r_squared_within: float
    confidence: float
    note: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        told = (
            f"Linear panel model of {number_of(self.n_rows, 'person-period')}, "
            f"{number_of(self.n_units, 'person', 'people')}, "
            f"{number_of(self.n_periods, 'period')}: {TREATED[self.effects]}; "
            "errors clustered by person."
        )
        if self.n_missing:
            told += f" {left_out(self.n_missing, 'row')}"
        return f"{told} {self.note}".strip()


def fit_panel(
    formula: str,
    data: Any,
    *,
    unit: str,
    time: str,
    effects: Effects = "both",
    confidence: float = 0.95,
) -> PanelFit:
    r"""Fit a linear panel model, errors clustered by person.

    .. math:: y_{it} = x_{it}'\beta + \alpha_i + \gamma_t + e_{it}

    Person effects :math:`\alpha_i` take out everything about a person that does not change, seen
    or unseen; period effects :math:`\gamma_t` what is common to a period. Only what varies within
    people is compared. With ``"difference"`` changes from one period to the next are, with
    ``"random"`` people are compared too, their effects taken as drawn (Swamy and Arora), which
    is right only if they do not go with the terms: see `compare_panels`.

    Parameters
    ----------
    formula : str
        ``"attended ~ formal + after"``; factors are coded against their first level.
    data : frame, str or Path
        One row per person and period, e.g. attendance rates by month; several rows of one person
        in one period are refused.
    unit, time : str
        The columns that name the person and the period. Periods are consecutive as they occur in
        the data: of ``"difference"`` only people with a row in the period before count.
    effects : {"both", "person", "period", "none", "random", "difference"}
        What is held fixed, or how people's effects are treated otherwise.
    confidence : float
        Level of the intervals.

    Returns
    -------
    PanelFit
        Errors carry the factor G/(G − 1) · (N − 1)/(N − P) for G people, N rows and P terms: the
        intercept and period effects count among these, person effects do not.

    Raises
    ------
    InputError
        If the formula or a column is wrong, or a person has two rows in one period.
    EstimationError
        If a term does not vary once the effects are taken out (it is named), or there are too
        few people.

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, chapter 10.
    Computed by linearmodels (PanelOLS, RandomEffects, FirstDifferenceOLS).

    Examples
    --------
    Two people come half as often after the change, whatever their level before:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 1, 1, 2, 2, 2, 2], "month": [1, 2, 3, 4] * 2})
    >>> log["after"] = (log["month"] > 2).astype(int)
    >>> log["rate"] = [1.0, 0.9, 0.5, 0.4, 0.8, 0.9, 0.3, 0.4]
    >>> fit = fit_panel("rate ~ after", log, unit="who", time="month", effects="person")
    >>> fit.table[["term", "estimate", "n_units"]].round(3)
        term  estimate  n_units
    0  after      -0.5        2
    """
    from linearmodels.panel.utility import AbsorbingEffectError

    check_confidence(confidence, "fit_panel")
    if effects not in get_args(Effects):
        raise InputError(
            f"effects='{effects}' is no choice",
            where="fit_panel",
            expected="one of " + ", ".join(get_args(Effects)),
            got=f"'{effects}'",
        )
    response, design, n_missing = panel_matrices(formula, data, unit, time, effects)
    left = 0
    if effects == "difference":
        follows = _follows(design)
        kept = follows | np.r_[follows[1:], False]
        left = int((~kept).sum())
        response, design = response[kept], design[kept]
    _check_variation(response, design, effects)
    try:
        fitted, covariance = clustered_fit(model_of(response, design, effects), effects)
    except (AbsorbingEffectError, ValueError, ZeroDivisionError) as error:
        raise _untold(formula, design, effects) from error
    # A change across a gap is none from one period to the next.
    varying = design
    if effects == "difference":
        varying = design.diff().fillna(0.0) * _follows(design)[:, None]
    # Where nobody's residual varies there is no error, and no test.
    estimates = fitted.params.to_numpy(dtype=float)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    told = beyond_rounding(estimates, errors)
    statistic = np.divide(estimates, errors, out=np.full_like(errors, np.nan), where=told)
    reach = stats.t.ppf(0.5 + confidence / 2, fitted.df_resid) * errors
    table = pd.DataFrame(
        {
            "term": list(design.columns),
            "estimate": estimates,
            "std_error": errors,
            "statistic": statistic,
            "p_value": 2 * stats.t.sf(np.abs(statistic), fitted.df_resid),
            "conf_low": estimates - reach,
            "conf_high": estimates + reach,
            "n_units": [_people_behind(varying[name], effects) for name in design],
        }
    )
    index = response.index
    return PanelFit(
        table,
        effects=effects,
        n_rows=len(response),
        n_units=index.get_level_values(0).nunique(),
        n_periods=index.get_level_values(1).nunique(),
        n_missing=n_missing,
        r_squared_within=float(fitted.rsquared_within),
        confidence=confidence,
        note=" ".join(told for told in _notes(response, effects, left) if told),
    )


def _notes(response: pd.Series, effects: Effects, left: int) -> list[str]:
    people = response.groupby(level=0)
    still = effects not in ("none", "period") and bool((people.max() == people.min()).all())
    gaps = f"{left:,} rows of people without one in the period before or after are left out."
    return [
        gaps if left else "",
        STILL if still else "",
        few_clusters(len(people)),
    ]


def _follows(design: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows of people who have one in the period before."""
    people = design.index.get_level_values(0).to_numpy()
    period = design.index.get_level_values(1).to_numpy()
    out = np.zeros(len(design), dtype=bool)
    out[1:] = (people[1:] == people[:-1]) & (period[1:] == period[:-1] + 1)
    return out


def _untold(formula: str, design: pd.DataFrame, effects: Effects) -> EstimationError:
    """Which terms nothing is left of, and why."""
    by_period = design.groupby(level=1)
    common = [str(name) for name in design.columns[(by_period.max() == by_period.min()).all()]]
    if common and effects in ("both", "period"):
        return EstimationError(
            f"{', '.join(common)}: the same for everybody in each period",
            where="fit_panel",
            expected="terms in which people differ, where period effects are held fixed",
            got=f"effects='{effects}'",
            hint="ask for effects='person', or let the term interact with one in which people "
            "differ",
        )
    return EstimationError(
        f"the terms of '{formula}' cannot be told from the effects",
        where="fit_panel",
        expected="terms that differ from one another once the effects are taken out",
        got=", ".join(map(str, design.columns)),
        hint="ask for fewer terms, or leave out what follows from the person and the period",
    )


def model_of(response: pd.Series, design: pd.DataFrame, effects: Effects) -> Any:
    """The model of linearmodels, not fitted yet."""
    from linearmodels.panel import FirstDifferenceOLS, PanelOLS, RandomEffects

    if effects == "random":
        return RandomEffects(response, design)
    if effects == "difference":
        return FirstDifferenceOLS(response, design)
    return PanelOLS(
        response,
        design,
        entity_effects=effects in ("person", "both"),
        time_effects=effects in ("period", "both"),
    )


def clustered_fit(model: Any, effects: Effects) -> tuple[Any, Floats]:
    """A fit of linearmodels, and the covariance of its estimates clustered by person.

    With the factor G/(G − 1) · (N − 1)/(N − P) of `fit_logit`. Person effects are within the
    clusters and do not count among the P terms, as they would halve the worth of two periods;
    the intercept and period effects do (as in R's fixest).
    """
    how: dict[str, Any] = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
    if effects == "random":
        # Of people with unlike numbers of periods, the variances of Baltagi and Chang (1994).
        how["small_sample"] = True
    elif effects != "difference":
        how |= {"auto_df": False, "count_effects": False}
    fitted = model.fit(**how)
    more = 0
    if effects in ("person", "period", "both"):
        periods = fitted.model.dependent.dataframe.index.get_level_values(1).nunique()
        more = 1 if effects == "person" else periods
    rows, terms = fitted.nobs, len(fitted.params)
    covariance = fitted.cov.to_numpy(dtype=float) * (rows - terms) / (rows - terms - more)
    return fitted, np.asarray(covariance)


def panel_matrices(
    formula: str, data: Any, unit: str, time: str, effects: Effects
) -> tuple[pd.Series, pd.DataFrame, int]:
    """Response and design by person and period, complete rows only."""
    from formulaic import model_matrix

    from participation_stats.measure.formulas import parse

    response, covariates = parse(formula)
    names = list(dict.fromkeys([response, *covariates, unit, time]))
    rows = gathered(data, "fit_panel", names)
    if not pd.api.types.is_numeric_dtype(rows[response]):
        raise InputError(
            f"'{response}' is not a number",
            where="fit_panel",
            expected="a column of numbers, such as a rate of attendance",
            got=f"{rows[response].dtype}",
            hint="make it first: panel['status'].eq('present').astype(int)",
        )
    complete = rows.dropna()
    if complete.empty:
        raise InputError(
            "no row has every value",
            where="fit_panel",
            expected=f"rows with {', '.join(names)}",
            got=f"{len(rows)} rows, each with a missing value",
        )
    twice = complete.duplicated([unit, time])
    if twice.any():
        raise InputError(
            f"{int(twice.sum())} rows are a second row of one person in one period",
            where="fit_panel",
            expected=f"one row for each {unit} and {time}",
            got=f"{len(complete)} rows",
            hint=f"average first: frame.groupby(['{unit}', '{time}']).mean()",
        )
    ordered = complete.assign(**{time: _ordinal(complete[time])})
    indexed = ordered.set_index([unit, time]).sort_index()
    right = formula.split("~", 1)[1]
    coded = pd.DataFrame(model_matrix(right, indexed)).astype("float64")
    if effects not in ("none", "random"):
        coded = coded.drop(columns="Intercept", errors="ignore")
    if coded.empty or not len(coded.columns):
        raise InputError(
            "no term to estimate", where="fit_panel", expected="a term", got=f"'{formula}'"
        )
    return indexed[response].astype("float64"), coded, len(rows) - len(complete)


def _ordinal(time: pd.Series) -> pd.Series:
    """Periods as whole numbers in their order: dates and labels alike."""
    return time.rank(method="dense").astype("int64")


def _check_variation(response: pd.Series, design: pd.DataFrame, effects: Effects) -> None:
    people = response.index.get_level_values(0).nunique()
    if people <= design.shape[1]:
        raise EstimationError(
            f"{people} people for {design.shape[1]} terms",
            where="fit_panel",
            expected="more people than terms",
            got=f"{people} people",
        )
    if effects not in ("person", "both", "difference"):
        return
    for name in design:
        if not _people_who_vary(design[name]):
            raise EstimationError(
                f"'{name}' never changes within a person",
                where="fit_panel",
                expected="terms that change within people where person effects are held fixed",
                got=f"the same '{name}' in every period of each of {people} people",
                hint="compare people with fit_logit instead, or ask for effects='period'",
            )


def _people_behind(term: pd.Series, effects: Effects) -> int:
    """People on whom a term rests: those who have it, where people are compared with others."""
    if effects in ("none", "period", "random"):
        return int((term != 0).groupby(level=0).any().sum())
    return _people_who_vary(term)


def _people_who_vary(term: pd.Series) -> int:
    """People in whom a term changes; everybody where it is the intercept."""
    if term.name == "Intercept":
        return int(term.index.get_level_values(0).nunique())
    people = term.groupby(level=0)
    return int((people.max() > people.min()).sum())
