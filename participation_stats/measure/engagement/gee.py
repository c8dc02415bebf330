"""Population-averaged logit with attendances of one person correlated, by cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.covariance import clustered, few_clusters
from participation_stats.measure.engagement.designs import Design, design_of
from participation_stats.measure.engagement.fits import Fit, wald_table
from participation_stats.measure.engagement.likelihood import maximise, respond
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.separation import refuse_separation, separated

Structure = Literal["exchangeable", "independence"]

STEP = 1e-11
MOST_STEPS = 200


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GeeFit(Fit):
    """A fitted population-averaged logit.

    Attributes
    ----------
    table : DataFrame
        As of `Fit`. There is no likelihood: ``log_likelihood`` is not a number.
    structure : str
    correlation : float
        Of any two attendances of one person, once the terms are taken into account.
    scale : float
        Mean squared Pearson residual; it does not enter the errors.
    """

    structure: str
    correlation: float
    scale: float

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        told = f"The correlation of two attendances of one person is {self.correlation:.3f}."
        return " ".join([super().describe(), *([told] if self.structure != "independence" else [])])


def fit_gee(
    formula: str,
    data: Any,
    *,
    unit: str,
    structure: Structure = "exchangeable",
    confidence: float = 0.95,
) -> GeeFit:
    r"""Fit a logit by generalised estimating equations, with any two attendances equally alike.

    .. math::

        \sum_i D_i'V_i^{-1}(y_i - \mu_i) = 0, \quad
        V_i = \phi A_i^{1/2} R_i(\alpha) A_i^{1/2}, \quad
        R_i^{-1} = \frac{1}{1-\alpha}\Big(I - \frac{\alpha}{1 + (n_i - 1)\alpha} 11'\Big)

    The inverse needs only sums of a person's residuals, so that cells suffice. α is the mean
    product of two Pearson residuals of one person over φ, φ their mean square (no degrees of
    freedom taken off). Estimates say how groups differ on average, not how a person would
    differ (see `fit_mixed_logit` for that).

    Parameters
    ----------
    formula : str
        ``"attended ~ ethnicity + format"``, as of `fit_logit`.
    data : frame, str or Path
        One row per person and meeting at risk, as of `fit_logit`.
    unit : str
        The column that names the person.
    structure : {"exchangeable", "independence"}
    confidence : float
        Level of the intervals.

    Returns
    -------
    GeeFit
        Errors are the empirical ones, which hold whatever the true correlation; without a
        small-sample factor, so that with ``"independence"`` they are those of `fit_logit` without
        its G/(G − 1) · (N − 1)/(N − P).

    Raises
    ------
    InputError
        If the formula cannot be read, a column is not there, the response is not 0 and 1, or the
        structure is neither of these.
    EstimationError
        If a group always or never came, terms cannot be told apart, there are too few people,
        or nobody has two rows.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 2, 2, 3, 3, 4, 4], "gender": list("FFFFMMMM")})
    >>> log["attended"] = [1, 1, 0, 1, 1, 0, 0, 0]
    >>> fit = fit_gee("attended ~ gender", log, unit="who")
    >>> print(fit.table[["term", "estimate", "std_error", "n_units"]].round(4))
              term  estimate  std_error  n_units
    0    Intercept    1.0986     0.9428        4
    1  gender[T.M]   -2.1972     1.3333        2
    """
    if structure not in ("exchangeable", "independence"):
        raise InputError(
            f"structure='{structure}' is no choice",
            where="fit_gee",
            expected="'exchangeable' or 'independence'",
            got=f"'{structure}'",
        )
    design = design_of(formula, data, unit, confidence, "fit_gee")
    refuse_separation(separated(design.coded, design.trials, design.successes), "fit_gee")
    x = design.coded.design
    estimates = maximise(x, design.trials, design.successes, "fit_gee")
    correlation = 0.0
    if structure == "exchangeable":
        if design.n_rows == design.n_units:
            raise EstimationError(
                "nobody has two rows, so that no correlation can be told",
                where="fit_gee",
                expected="people with several meetings",
                got=f"{design.n_rows} rows of {design.n_units} people",
                hint="ask for fit_logit, or check which column names the person",
            )
        estimates, correlation = _solve(design, estimates)
    residuals, inverse = _equations(design, estimates, correlation)
    covariance = clustered(inverse, x, residuals, design.people)
    scale, _ = _moments(design, estimates)
    return GeeFit(
        design.numbered(wald_table(design.coded.terms, estimates, covariance, confidence)),
        model=f"Population-averaged logit (GEE, {structure})",
        formula=formula,
        **design.counts(),
        converged=True,
        log_likelihood=float("nan"),
        unit=unit,
        clustered_by=unit,
        confidence=confidence,
        note=" ".join(told for told in (design.fallback(), few_clusters(design.n_units)) if told),
        basis=design.basis(estimates, covariance, likelihood="none"),
        structure=structure,
        correlation=correlation,
        scale=scale,
    )


def _solve(design: Design, start: Floats) -> tuple[Floats, float]:
    """Fisher's scoring of the estimates, with the correlation worked out anew in between."""
    estimates, correlation = start, _moments(design, start)[1]
    for _ in range(MOST_STEPS):
        residuals, inverse = _equations(design, estimates, correlation)
        step = inverse @ (design.coded.design.T @ design.people.totals(residuals))
        estimates = np.asarray(estimates + step, dtype=float)
        before, correlation = correlation, _moments(design, estimates)[1]
        if max(np.abs(step).max(), abs(correlation - before)) <= STEP:
            return estimates, correlation
    raise EstimationError(
        f"the estimates did not settle in {MOST_STEPS} steps",
        where="fit_gee",
        expected=f"steps below {STEP}",
        got=f"a last step of {np.abs(step).max():.1e}",
        hint="ask for structure='independence'",
    )


def _equations(design: Design, estimates: Floats, correlation: float) -> tuple[Floats, Floats]:
    """Residuals of one person in each cell, as they enter the score, and the inverse information.

    Returns
    -------
    residuals : array of shape (cells,)
    inverse : array of shape (terms, terms)
    """
    people, x = design.people, design.coded.design
    rates, _ = respond(x, estimates)
    spread = np.sqrt(rates * (1 - rates))
    pearson = (people.successes - people.trials * rates[people.pattern]) / spread[people.pattern]
    size = np.bincount(people.profile, people.trials)
    _refuse_impossible(correlation, int(size.max()))
    shared = correlation / (1 + (size - 1) * correlation)
    common = np.bincount(people.profile, pearson) * shared
    taken = pearson - people.trials * common[people.profile]
    residuals = spread[people.pattern] * taken / (1 - correlation)
    met = people.spread(people.trials)
    weighted = people.spread(people.trials * (people.units * shared)[people.profile])
    scaled = spread[:, None] * x
    plain = (scaled * design.trials[:, None]).T @ scaled
    information = (plain - scaled.T @ ((met.T @ weighted) @ scaled)) / (1 - correlation)
    return residuals, np.asarray(np.linalg.inv(information), dtype=float)


def _refuse_impossible(correlation: float, most: int) -> None:
    """Refuse a correlation with which the matrix of somebody's meetings cannot be inverted."""
    floor = -1 / max(most - 1, 1)
    if floor + 1e-9 < correlation < 1 - 1e-9:
        return
    raise EstimationError(
        f"a correlation of {correlation:.3f} cannot be, with {most} meetings of one person",
        where="fit_gee",
        expected=f"between {floor:.3f} and 1",
        got=_odd(correlation),
        hint="ask for structure='independence', whose errors hold whatever the correlation, or for "
        "fit_mixed_logit",
    )


def _odd(correlation: float) -> str:
    if correlation < 0:
        return "people who take turns"
    if correlation < 1 + 1e-9:
        return "people who always or never come"
    return "people who differ by more than the terms say, those with most meetings the most"


def _moments(design: Design, estimates: Floats) -> tuple[float, float]:
    """Mean squared Pearson residual φ, and the correlation α."""
    people = design.people
    rates = respond(design.coded.design, estimates)[0][people.pattern]
    odds = rates / (1 - rates)
    missed = people.trials - people.successes
    square = np.bincount(people.profile, people.successes / odds + missed * odds)
    each = (people.successes - people.trials * rates) / np.sqrt(rates * (1 - rates))
    total = np.bincount(people.profile, each)
    size = np.bincount(people.profile, people.trials)
    scale = float(people.units @ square) / design.n_rows
    pairs = float(people.units @ (size * (size - 1))) / 2
    if pairs == 0:
        return scale, 0.0
    return scale, float(people.units @ (total**2 - square)) / 2 / pairs / scale
