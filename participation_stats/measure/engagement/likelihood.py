"""The binomial likelihood of cells: its value, information and maximum."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.people import Floats

#: Newton's steps stop when none moves an estimate by more than this.
STEP = 1e-12
MOST_STEPS = 50
#: A log-likelihood that falls by less than this part of itself has not fallen.
ROUNDING = 1e-12


def log_likelihood(eta: Floats, trials: Floats, successes: Floats) -> float:
    """Of person-meetings, one by one (no binomial coefficients), so that rows give the same."""
    return float(np.sum(successes * eta - trials * np.logaddexp(0, eta)))


def information(estimates: Floats, design: Floats, trials: Floats) -> Floats:
    """X' diag(mμ(1 − μ)) X, of shape (terms, terms)."""
    fitted = expit(design @ estimates)
    return np.asarray((design * (trials * fitted * (1 - fitted))[:, None]).T @ design)


def respond(design: Floats, estimates: Floats) -> tuple[Floats, Floats]:
    """Rate of each pattern, and its slope in each estimate."""
    fitted = np.asarray(expit(design @ estimates), dtype=float)
    return fitted, (fitted * (1 - fitted))[:, None] * design


def binomial_variance(rates: Floats) -> Floats:
    """μ(1 − μ): of one person at one meeting."""
    return rates * (1 - rates)


def maximise(design: Floats, trials: Floats, successes: Floats, where: str) -> Floats:
    """Newton's method from nought; the log-likelihood is concave, so halving a step ends.

    Parameters
    ----------
    design : array of shape (patterns, terms)
    trials, successes : arrays of shape (patterns,)
    where : str
        The public function, for the error.

    Raises
    ------
    EstimationError
        If it does not come to rest in 50 steps.
    """
    estimates = np.zeros(design.shape[1])
    best = log_likelihood(design @ estimates, trials, successes)
    for _ in range(MOST_STEPS):
        score = design.T @ (successes - trials * expit(design @ estimates))
        step = np.linalg.solve(information(estimates, design, trials), score)
        floor = best - ROUNDING * abs(best)
        while (told := log_likelihood(design @ (estimates + step), trials, successes)) < floor:
            step /= 2
        estimates, best = estimates + step, told
        if np.abs(step).max() <= STEP * max(1.0, float(np.abs(estimates).max())):
            return estimates
    raise EstimationError(
        f"the estimates did not settle in {MOST_STEPS} steps",
        where=where,
        expected=f"steps below {STEP}",
        got=f"a last step of {np.abs(step).max():.1e}",
        hint="bring numeric terms to a similar size, e.g. decades of age",
    )
