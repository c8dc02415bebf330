"""Discrete hazards: the complementary log-log, and whether ratios change with the time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.designs import Design
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.proportionality import (
    discrete_change,
    proportionality_table,
)
from participation_stats.measure.engagement.standardisation import Respond
from participation_stats.measure.formulas import encode, parse

PERIOD = "period"
#: Steps of Fisher's scoring stop below this.
STEP = 1e-12
MOST_STEPS = 100


def discrete_changes(
    dated: Design, design: Design, baseline: str, estimates: Floats, answer: Respond
) -> pd.DataFrame:
    """Score tests of whether the ratios of the terms beside the baseline change with log t.

    Parameters
    ----------
    dated : Design
        Cells that know their period.
    design : Design
        As it was fitted.
    baseline : str
    estimates : array of shape (terms,)
    answer : callable
        Rate of each pattern and its slope in each estimate.
    """
    names = parse(f"event ~ {baseline}")[1]
    base = encode(f"event ~ {baseline}", dated.coded.patterns[names]).terms if names else []
    own = [term for term in design.coded.terms if term not in {"Intercept", *base}]
    resting = dict(zip(design.coded.terms, design.resting(), strict=True))
    x = dated.coded.design[:, [dated.coded.terms.index(term) for term in design.coded.terms]]
    rate, slopes = answer(x, estimates)
    # The slope in an estimate is that in the predictor times the term.
    rows, largest = np.arange(len(x)), np.abs(x).argmax(axis=1)
    slope = slopes[rows, largest] / x[rows, largest]
    patterns = dated.coded.patterns
    time = np.log(patterns[PERIOD].to_numpy(dtype=float)) if PERIOD in patterns else 0.0 * rate
    places = [design.coded.terms.index(term) for term in own]
    score, information = discrete_change(
        x, x[:, places] * time[:, None], dated.trials, dated.successes, rate, slope
    )
    people = [resting[term] for term in own]
    return proportionality_table(own, score, information, people, design.n_units)


def respond_cloglog(design: Floats, estimates: Floats) -> tuple[Floats, Floats]:
    """Hazard 1 − exp(−eˣᵝ) of each pattern, and its slope in each estimate."""
    rate = np.exp(design @ estimates)
    return np.asarray(-np.expm1(-rate)), (rate * np.exp(-rate))[:, None] * design


def complementary(design: Design) -> tuple[Floats, Floats, float]:
    """Newton's method; the log-likelihood is concave. Errors are of the expected information."""
    x, trials, events = design.coded.design, design.trials, design.successes

    def height_of(beta: Floats) -> float:
        rate = np.exp(x @ beta)
        # log(1 − e^−r), where no event needs no logarithm of nought.
        stopped = events > 0
        return float(events[stopped] @ np.log(-np.expm1(-rate[stopped])) - (trials - events) @ rate)

    share = np.clip(events / trials, 0.01, 0.99)
    target = np.log(-np.log1p(-share))
    estimates = np.linalg.lstsq(x * np.sqrt(trials)[:, None], target * np.sqrt(trials), rcond=None)[
        0
    ]
    best = height_of(estimates)
    for _ in range(MOST_STEPS):
        hazard, slope = respond_cloglog(x, estimates)
        weight = trials / (hazard * (1 - hazard))
        inverse = np.linalg.inv(slope.T @ (weight[:, None] * slope))
        step = inverse @ (slope.T @ (weight * (events / trials - hazard)))
        while not (told := height_of(estimates + step)) >= best - 1e-12 * abs(best):
            step = step / 2
        estimates, best = np.asarray(estimates + step, dtype=float), told
        if np.abs(step).max() <= STEP * max(1.0, float(np.abs(estimates).max())):
            return estimates, np.asarray(inverse, dtype=float), best
    raise EstimationError(
        f"the estimates did not settle in {MOST_STEPS} steps",
        where="fit_hazard",
        expected=f"steps below {STEP}",
        got=f"a last step of {np.abs(step).max():.1e}",
        hint="bring numeric terms to a similar size, e.g. decades of age",
    )
