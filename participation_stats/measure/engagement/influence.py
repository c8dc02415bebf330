"""Influence: how far each estimate moves when one person is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.standardisation import Basis

#: People without whom the model is fitted anew: those that move an estimate most by the
#: first-order approximation.
CANDIDATES = 20
#: Newton's steps of such a fit; where they do not come to rest nothing holds the estimates.
MOST_STEPS = 30
STEP = 1e-8
#: Least variance, so that a rate of nought divides nothing by nought.
LEAST = 1e-300
#: A term of which this part of its length is left has nothing to rest on.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Influence:
    """The largest change that leaving out any one person makes.

    Attributes
    ----------
    changes : array of shape (terms,)
        Of each estimate, signed, in its own standard errors; infinite where no finite estimate
        is left without somebody.
    decisive : array of bool of shape (terms,)
        Whether some person decides if the interval holds nought.
    """

    changes: Floats
    decisive: npt.NDArray[np.bool_]


def person_influence(basis: Basis, n_terms: int, errors: Floats, reach: float) -> Influence:
    r"""Estimates of the quasi-likelihood without each of those people who could matter most.

    Who could is told by one step, :math:`A^{-1} u_s`, with A the information and u_s the
    person's score; without each of those the equations are solved anew.

    Parameters
    ----------
    basis : Basis
        With a variance.
    n_terms : int
        Parameters that are estimates of terms; they come first, and the others are held.
    errors : array of shape (terms,)
        Standard errors, by which changes are measured.
    reach : float
        Standard errors from an estimate to its limit.

    Notes
    -----
    Pregibon (1981), Annals of Statistics 9; Preisser & Qaqish (1996), Biometrika 83, for
    leaving out clusters.
    """
    people = basis.people
    solve = Equations(basis, n_terms)
    came = basis.each * people.totals(people.successes)
    whole = solve(basis.weights, came)
    starts = np.searchsorted(people.profile, np.arange(len(people.units) + 1))
    moved = np.zeros((0, n_terms))
    for profile in _candidates(basis, n_terms, errors):
        cells = slice(starts[profile], starts[profile + 1])
        trials, left = basis.weights.copy(), came.copy()
        each = basis.each[people.pattern[cells]]
        trials[people.pattern[cells]] -= each * people.trials[cells]
        left[people.pattern[cells]] -= each * people.successes[cells]
        moved = np.vstack([moved, (solve(np.maximum(trials, 0.0), left) - whole) / errors])
    worst = np.abs(moved).argmax(axis=0)
    z = basis.parameters[:n_terms] / errors
    decisive = ((np.abs(z) > reach) != (np.abs(z + moved) > reach)).any(axis=0)
    return Influence(moved[worst, np.arange(n_terms)], decisive)


@dataclass(frozen=True)
class Equations:
    """The estimating equations of a model, to be solved for any trials and successes."""

    basis: Basis
    n_terms: int

    def __call__(self, trials: Floats, came: Floats) -> Floats:
        """Estimates of shape (terms,); infinite where a term has nothing to rest on."""
        basis, kept = self.basis, slice(self.n_terms)
        x, values = basis.encode(basis.patterns), basis.parameters.copy()
        for _ in range(MOST_STEPS):
            slope, spread, gap = _pieces(basis, x, values, self.n_terms, trials, came)
            scaled = slope * np.sqrt(trials / spread)[:, None]
            length = np.linalg.norm(scaled, axis=0)
            gone = length <= ROUNDING * np.linalg.norm(slope, axis=0)
            if gone.any():
                return np.where(gone, np.inf, basis.parameters[kept])
            inner = (scaled / length).T @ (scaled / length)
            step = np.linalg.lstsq(inner, slope.T @ (gap / spread) / length, rcond=None)[0] / length
            values[kept] += step
            if np.abs(step).max() < STEP * max(1.0, float(np.abs(values).max())):
                return values[kept]
        ran = np.abs(values - basis.parameters)[kept]
        return np.where(ran == ran.max(), np.inf, basis.parameters[kept])


def _pieces(
    basis: Basis, x: Floats, values: Floats, n_terms: int, trials: Floats, came: Floats
) -> tuple[Floats, Floats, Floats]:
    """Slopes, variances and what came less what is expected, by pattern."""
    rates, slope = basis.respond(x, values)
    variance = basis.variance
    spread = np.maximum(rates if variance is None else variance(rates), LEAST)
    return slope[:, :n_terms], spread, came - trials * rates


def _candidates(basis: Basis, n_terms: int, errors: Floats) -> npt.NDArray[np.int64]:
    people = basis.people
    x = basis.encode(basis.patterns)
    slope, spread, _ = _pieces(basis, x, basis.parameters, n_terms, basis.weights, np.zeros(len(x)))
    rates = basis.respond(x, basis.parameters)[0]
    information = (slope * (basis.weights / spread)[:, None]).T @ slope
    residuals = basis.each[people.pattern] * (
        people.successes - people.trials * rates[people.pattern]
    )
    scores = np.asarray(people.spread(residuals) @ (slope / spread[:, None]))
    rough = np.abs(scores @ np.linalg.pinv(information)) / errors
    # The few on whom a term rests may leave no score at all and yet be all that holds it.
    alone = people.alone_with(slope != 0).any(axis=1)
    order = np.argsort(-np.where(alone, np.inf, rough.max(axis=1)), kind="stable")
    return order[:CANDIDATES]
