"""May people be compared with one another? Fixed against random effects, after Hausman."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.panels import (
    Floats,
    clustered_fit,
    fit_panel,
    model_of,
    panel_matrices,
)
from participation_stats.measure.results import Result, Rule, told_p


@dataclass(frozen=True, eq=False, repr=False)
class PanelComparison(Result):
    """Estimates within people and across them, side by side.

    Attributes
    ----------
    table : DataFrame
        ``term, fixed`` and ``random`` (estimates), ``difference`` (the former less the latter),
        ``n_units`` (people in whom the term varies).
    hausman, hausman_p_value : float or None
        Hausman's χ² and its p-value, which suppose errors without clusters; none where V_F − V_R
        is no variance, as happens when effects go with the terms strongly.
    mundlak, mundlak_p_value : float
        Wald's χ² of people's means of the terms in the model with random effects, clustered by
        person: the same question, whatever the errors.
    degrees_of_freedom, n_rows, n_units, n_missing : int
    """

    hausman: float | None
    hausman_p_value: float | None
    mundlak: float
    mundlak_p_value: float
    degrees_of_freedom: int
    n_rows: int
    n_units: int
    n_missing: int
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=("fixed", "random", "difference"), variable=None),
    )

    def describe(self) -> str:
        """What follows, in a sentence."""
        told = f"χ²({self.degrees_of_freedom}) = {self.mundlak:.2f}, {told_p(self.mundlak_p_value)}"
        if self.mundlak_p_value < 0.05:
            return (
                f"People who differ in the terms differ in other ways too ({told}): keep to what "
                "changes within people (effects='person')."
            )
        return (
            f"No sign that people who differ in the terms differ in other ways too ({told}): "
            "random effects may be used, which is no proof that they are right."
        )


def compare_panels(formula: str, data: Any, *, unit: str, time: str) -> PanelComparison:
    r"""Compare fixed with random person effects.

    .. math:: H = d'\,(\hat V_F - \hat V_R)^{-1}\,d, \qquad d = \hat\beta_F - \hat\beta_R

    Were people's effects to go with the terms, random effects would be wrong and d large. Beside
    it Mundlak's test with clustered errors, by which `PanelComparison.describe` judges.

    Parameters
    ----------
    formula : str
        As of `fit_panel`; every term must change within people.
    data : frame, str or Path
        One row per person and period.
    unit, time : str

    Returns
    -------
    PanelComparison

    Raises
    ------
    InputError, EstimationError
        As `fit_panel` does; also where the means of people say nothing beside the terms.

    References
    ----------
    Hausman (1978), Econometrica 46; Mundlak (1978), Econometrica 46; Wooldridge (2010),
    Econometric Analysis of Cross Section and Panel Data, section 10.7.3.

    Examples
    --------
    >>> log = pd.DataFrame({"who": np.repeat(range(6), 4), "month": [1, 2, 3, 4] * 6})
    >>> log["formal"] = [0, 1, 0, 1] * 3 + [1, 1, 0, 1] * 3
    >>> log["rate"] = 0.8 - 0.2 * log["formal"] + log["who"] % 3 / 10 + log["month"] % 3 / 20
    >>> print(compare_panels("rate ~ formal", log, unit="who", time="month").table.round(4))
         term   fixed  random  difference  n_units
    0  formal -0.1429 -0.1429      0.0001        6
    """
    fixed = fit_panel(formula, data, unit=unit, time=time, effects="person")
    response, design, n_missing = panel_matrices(formula, data, unit, time, "random")
    terms = fixed.table["term"].tolist()
    people = response.index.get_level_values(0).nunique()
    if people <= design.shape[1]:
        raise EstimationError(
            f"{people} people for {design.shape[1]} terms",
            where="compare_panels",
            expected="more people than terms",
            got=f"{people} people",
        )
    within = model_of(response, design[terms], "person").fit()
    try:
        across = model_of(response, design, "random").fit(small_sample=True)
        mundlak = _mundlak(response, design, terms)
    except (ValueError, ZeroDivisionError) as error:
        raise EstimationError(
            "the variance of people's effects cannot be told",
            where="compare_panels",
            expected="people and periods that vary beyond what the terms explain",
            got=f"{people} people, {len(response)} rows",
            hint="keep to effects='person'",
        ) from error
    difference = within.params[terms].to_numpy() - across.params[terms].to_numpy()
    spread = (within.cov.loc[terms, terms] - across.cov.loc[terms, terms]).to_numpy()
    hausman = _wald(difference, spread)
    degrees = len(terms)
    table = pd.DataFrame(
        {
            "term": terms,
            "fixed": within.params[terms].to_numpy(),
            "random": across.params[terms].to_numpy(),
            "difference": difference,
            "n_units": fixed.table["n_units"],
        }
    )
    return PanelComparison(
        table,
        hausman=hausman,
        hausman_p_value=None if hausman is None else float(stats.chi2.sf(hausman, degrees)),
        mundlak=mundlak,
        mundlak_p_value=float(stats.chi2.sf(mundlak, degrees)),
        degrees_of_freedom=degrees,
        n_rows=fixed.n_rows,
        n_units=fixed.n_units,
        n_missing=n_missing,
    )


def _mundlak(response: pd.Series, design: pd.DataFrame, terms: list[str]) -> float:
    """Wald's χ² of people's means beside the terms, clustered by person."""
    means = design[terms].groupby(level=0).transform("mean").add_prefix("mean of ")
    both = pd.concat([design, means], axis=1)
    people = response.index.get_level_values(0).nunique()
    rank = np.linalg.matrix_rank(both.to_numpy())
    if rank < both.shape[1] or people <= both.shape[1]:
        raise EstimationError(
            "the means of people say nothing beside the terms",
            where="compare_panels",
            expected="people who differ in their means of each term, and more of them than terms",
            got=f"{people} people, {rank} of {both.shape[1]} terms and means to tell apart",
            hint="where everybody has the same meetings, fixed and random effects agree",
        )
    fitted, covariance = clustered_fit(model_of(response, both, "random"), "random")
    names = list(means.columns)
    places = np.flatnonzero(both.columns.isin(names))
    found = _wald(fitted.params[names].to_numpy(), covariance[np.ix_(places, places)])
    return float("nan") if found is None else found


def _wald(estimates: Floats, covariance: Floats) -> float | None:
    """χ² of all estimates together; None where the covariance is none."""
    sizes = np.linalg.eigvalsh(covariance)
    if sizes[0] <= 1e-12 * np.abs(sizes).max():
        return None
    return float(estimates @ np.linalg.solve(covariance, estimates))
