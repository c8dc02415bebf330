"""Point estimates by statsmodels, and their covariance by the design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError
from participation_stats.measure.inference.separation import separated_terms

from .covariances import linearised_covariance
from .model_rows import ModelRows
from .replicate_models import Refits, refit_model
from .replicates import ReplicateDesign

Floats = npt.NDArray[np.float64]
Kind = Literal["logit", "linear"]
#: From linear predictors to means and their slopes.
Response = Callable[[Floats], tuple[Floats, Floats]]
ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class Estimated:
    """What is known of a fitted model.

    Attributes
    ----------
    kind : {"logit", "linear"}
    estimates : array of shape (terms,)
    covariance : array of shape (terms, terms)
        By the design.
    working : array of shape (terms, terms)
        Inverse information: the covariance (up to a scale) if rows were drawn simply.
    influence : array of shape (used rows, terms)
        What each row adds to the estimates, its weight included.
    deviance : float
        With weights of mean 1.
    refits : Refits or None
        The model in every replicate, where errors come from these.
    """

    kind: Kind
    estimates: Floats
    covariance: Floats
    working: Floats
    influence: Floats
    deviance: float
    refits: Refits | None = None

    def respond(self, design: Floats) -> tuple[Floats, Floats]:
        """Mean of each row of a design (rows, terms) and its slope in the linear predictor."""
        return RESPONSES[self.kind](design @ self.estimates)


def _logit(eta: Floats) -> tuple[Floats, Floats]:
    rate = 1 / (1 + np.exp(-eta))
    return rate, rate * (1 - rate)


def _linear(eta: Floats) -> tuple[Floats, Floats]:
    return eta, np.ones_like(eta)


RESPONSES: dict[Kind, Response] = {
    "logit": _logit,
    "linear": _linear,
}


def estimate(
    rows: ModelRows, kind: Kind, where: str, replicates: ReplicateDesign | None = None
) -> Estimated:
    r"""Fit and take the covariance from the design, or from its replicates.

    With scores :math:`w_i (y_i - \mu_i) x_i` and information A, row i adds
    :math:`A^{-1} w_i (y_i - \mu_i) x_i` to the estimates; these are summed to clusters and
    centred by stratum.

    Raises
    ------
    EstimationError
        If no finite odds fit, in the sample or in some replicate.
    """
    x = rows.coded.design
    if kind == "logit":
        refuse_separation(rows, where)
    estimates, deviance = fit_point(kind, x, rows.y, rows.weights)
    mean, slope = RESPONSES[kind](x @ estimates)
    information = x.T @ (x * (rows.weights * slope)[:, None])
    working = np.asarray(np.linalg.inv(information), dtype=float)
    residuals = rows.y - mean
    # A line that meets every answer leaves rounding, which is no error.
    residuals[np.abs(residuals) < ROUNDING * np.abs(rows.y).max()] = 0
    influence = (x * (rows.weights * residuals)[:, None]) @ working
    if replicates is None:
        covariance = linearised_covariance(rows.design, rows.spread(influence))
        return Estimated(kind, estimates, covariance, working, influence, deviance)
    refits = refit_model(rows, estimates, RESPONSES[kind], replicates, where)
    covariance = refits.covariance(estimates)
    return Estimated(kind, estimates, covariance, working, influence, deviance, refits)


def fit_point(kind: Kind, x: Floats, y: Floats, weights: Floats) -> tuple[Floats, float]:
    """Weighted estimates of shape (terms,) and the deviance, by statsmodels."""
    import statsmodels.api as sm

    if kind == "linear":
        plain = sm.WLS(y, x, weights=weights).fit()
        return np.asarray(plain.params, dtype=float), float(plain.ssr)
    fitted = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=weights).fit(
        # Scores are nought to rounding; statsmodels' own 1e-8 of the deviance leaves six digits.
        tol=1e-10,
        rtol=1e-10,
        tol_criterion="params",
        maxiter=100,
    )
    return np.asarray(fitted.params, dtype=float), float(fitted.deviance)


def refuse_separation(rows: ModelRows, where: str) -> None:
    """Name the group that makes the odds run off, instead of an estimate of 25.

    Raises
    ------
    EstimationError
        If there is one.
    """
    alike = (
        pd.DataFrame(rows.coded.design)
        .assign(_y=rows.y)
        .groupby(list(range(rows.coded.design.shape[1])), sort=False)["_y"]
        .agg(["size", "sum"])
    )
    patterns = np.array(alike.index.to_list(), dtype=float).reshape(len(alike), -1)
    trials, successes = (alike[name].to_numpy(dtype=float) for name in ("size", "sum"))
    one_answer = successes.sum() in (0, trials.sum())
    found = [] if one_answer else separated_terms(patterns, trials, successes)
    if not (one_answer or found):
        return
    told = f"all {len(rows.y):,} gave the same answer" if one_answer else _pure_group(rows)
    raise EstimationError(
        f"'{rows.response}': {told or _together(rows, found)}",
        where=where,
        expected="both answers in every group",
        got="separation: no finite odds ratio fits",
        hint="merge the group with another by ps.roll_up, or compare shares with "
        "ps.survey_estimate",
    )


def _together(rows: ModelRows, found: list[int]) -> str:
    return f"{', '.join(rows.coded.terms[column] for column in found)} together tell the answer"


def _pure_group(rows: ModelRows) -> str:
    """Groups of one factor with one answer only, in words."""
    told = []
    for name in rows.coded.levels:
        sizes = (
            rows.coded.patterns.assign(_answer=rows.y)
            .groupby(name, observed=True)["_answer"]
            .agg(["size", "mean"])
        )
        told += [
            f"all {size:,} of {name} '{level}' gave the same answer"
            for level, size, mean in sizes.itertuples()
            if mean in (0, 1)
        ]
    return "; ".join(told)
