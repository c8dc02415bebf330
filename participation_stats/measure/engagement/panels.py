"""Panels: what changed within people from month to month, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.results import Result, Rule

Floats = npt.NDArray[np.float64]
Effects = Literal["person", "period", "both", "none", "random", "difference"]

_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False)
class PanelFit(Result):
    """A fitted panel model.

    Attributes
    ----------
    table : DataFrame
        ``term, estimate`` (in units of the response: a fraction, for a rate of attendance),
        ``std_error, statistic, p_value, conf_low, conf_high, n_units`` (people in whom the term
        varies).
    effects : str
        What is held fixed: "person", "period", "both" or "none"; or "random", "difference".
    n_rows, n_units, n_periods, n_missing : int
        Person-periods, people, periods, and rows left out because a value is missing.
    r_squared_within : float
        Share of the variation within people that the terms go with.
    """

    effects: str
    n_rows: int
    n_units: int
    n_periods: int
    n_missing: int
    r_squared_within: float
    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )


def fit_panel(
    formula: str,
    data: pd.DataFrame,
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
    data : DataFrame
        One row per person and period, e.g. attendance rates by month; several rows of one person
        in one period are refused.
    unit, time : str
        The columns that name the person and the period.
    effects : {"both", "person", "period", "none", "random", "difference"}
        What is held fixed, or how people's effects are treated otherwise.
    confidence : float
        Level of the intervals.

    Returns
    -------
    PanelFit

    Raises
    ------
    InputError
        If the formula or a column is wrong, or a person has two rows in one period.
    EstimationError
        If a term does not vary once the effects are taken out, or there are too few people.

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

    if effects not in get_args(Effects):
        raise InputError(
            f"effects='{effects}' is no choice",
            where="fit_panel",
            expected="one of " + ", ".join(get_args(Effects)),
            got=f"'{effects}'",
        )
    response, design, n_missing = panel_matrices(formula, data, unit, time, effects)
    _check_variation(response, design, effects)
    try:
        model = model_of(response, design, effects)
        fitted: Any = model.fit(cov_type="clustered", cluster_entity=True)
    except (AbsorbingEffectError, ValueError, ZeroDivisionError) as error:
        raise EstimationError(
            f"the terms of '{formula}' cannot be told from the effects",
            where="fit_panel",
            expected="terms that vary within people and differ from one another",
            got=", ".join(design.columns),
            hint="leave out what never changes within a person, or ask for effects='period'",
        ) from error
    # Where nobody's residual varies there is no error, and no test.
    with np.errstate(invalid="ignore", divide="ignore"):
        limits = fitted.conf_int(confidence)
        table = pd.DataFrame(
            {
                "term": list(design.columns),
                "estimate": fitted.params.to_numpy(),
                "std_error": fitted.std_errors.to_numpy(),
                "statistic": fitted.tstats.to_numpy(),
                "p_value": fitted.pvalues.to_numpy(),
                "conf_low": limits["lower"].to_numpy(),
                "conf_high": limits["upper"].to_numpy(),
                "n_units": [_people_who_vary(design[name]) for name in design],
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


def panel_matrices(
    formula: str, data: pd.DataFrame, unit: str, time: str, effects: Effects
) -> tuple[pd.Series, pd.DataFrame, int]:
    """Response and design by person and period, complete rows only."""
    from formulaic import model_matrix

    from participation_stats.measure.formulas import parse

    response, covariates = parse(formula)
    names = [response, *covariates, unit, time]
    for name in names:
        if name not in data:
            raise InputError(
                f"no column '{name}'",
                where="fit_panel",
                expected="one of " + ", ".join(map(str, data.columns)),
                got=f"'{name}'",
            )
    complete = data[list(dict.fromkeys(names))].dropna()
    twice = complete.duplicated([unit, time])
    if twice.any():
        raise InputError(
            f"{int(twice.sum())} rows are a second row of one person in one period",
            where="fit_panel",
            expected=f"one row for each {unit} and {time}",
            got=f"{len(complete)} rows",
            hint=f"average first: frame.groupby(['{unit}', '{time}']).mean()",
        )
    indexed = complete.assign(**{time: _ordinal(complete[time])}).set_index([unit, time])
    right = formula.split("~", 1)[1]
    coded = pd.DataFrame(model_matrix(right, indexed)).astype("float64")
    if effects not in ("none", "random"):
        coded = coded.drop(columns="Intercept", errors="ignore")
    if coded.empty or not len(coded.columns):
        raise InputError(
            "no term to estimate", where="fit_panel", expected="a term", got=f"'{formula}'"
        )
    return indexed[response].astype("float64"), coded, len(data) - len(complete)


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


def _people_who_vary(term: pd.Series) -> int:
    """People in whom a term changes; everybody where it is the intercept."""
    if term.name == "Intercept":
        return int(term.index.get_level_values(0).nunique())
    spread = term.groupby(level=0).agg(lambda values: values.max() - values.min())
    return int((spread > 0).sum())
