"""Models of a survey fitted again in every replicate of the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from participation_stats.errors import EstimationError

from .replicate_variances import spread_of
from .replicates import ReplicateDesign, replicate_factors

if TYPE_CHECKING:
    from .model_fitting import Response
    from .model_rows import ModelRows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Newton's steps from the whole sample's estimates; one that needs more is running off.
MOST_STEPS = 30
SETTLED = 1e-12
#: An information matrix with an eigenvalue below this part of the largest tells nothing apart.
FLAT = 1e-12


@dataclass(frozen=True, eq=False)
class Refits:
    """A model in every replicate, on its distinct covariate patterns.

    Attributes
    ----------
    replicates : ReplicateDesign
    first : array of int of shape (patterns,)
        A row of each pattern, among the rows used.
    weights : array of shape (replicates, patterns)
        Sums of the weights that a replicate gives.
    estimates : array of shape (replicates, terms)
    """

    replicates: ReplicateDesign
    first: Ints
    weights: Floats
    estimates: Floats

    def covariance(self, estimates: Floats) -> Floats:
        """Covariance of the model's estimates."""
        return spread_of(self.replicates, self.estimates, estimates)

    def averages(self, design: Floats, respond: Response) -> Floats:
        """Mean response, of shape (replicates,), if the rows used had this design (rows, terms)."""
        means = respond(self.estimates @ design[self.first].T)[0]
        return np.asarray((self.weights * means).sum(axis=1) / self.weights.sum(axis=1))


def refit_model(
    rows: ModelRows, estimates: Floats, respond: Response, replicates: ReplicateDesign, where: str
) -> Refits:
    """Solve the estimating equations anew with the weights of every replicate.

    Raises
    ------
    EstimationError
        If some replicate has no finite estimates, or weights below 0.
    """
    pattern, first = _patterns(rows)
    x, size = rows.coded.design[first], len(first)
    weights = np.empty((replicates.n_replicates, size))
    found = np.empty((replicates.n_replicates, len(estimates)))
    settled = np.ones(replicates.n_replicates, dtype=bool)
    for at, weight in enumerate(_replicate_weights(rows, replicates)):
        weights[at] = np.bincount(pattern, weight, size)
        answers = np.asarray(np.bincount(pattern, weight * rows.y, size), dtype=float)
        if (weight < 0).any():
            raise _negative(where)
        found[at], settled[at] = _solved(x, weights[at], answers, estimates, respond)
    if not settled.all():
        raise _unsolved(rows, found[~settled] - estimates, replicates.n_replicates, where)
    return Refits(replicates, first, weights, found)


def _replicate_weights(rows: ModelRows, replicates: ReplicateDesign) -> Any:
    """Weights of the rows used in one replicate after the other."""
    design, scale = rows.design, rows.weights.sum() / rows.design.weights[rows.used].sum()
    for part in replicates.parts():
        for factor in replicate_factors(replicates, part).T:
            factors = factor[design.cluster]
            if design.adjustment is None:
                yield rows.weights * factors[rows.used]
            else:
                yield design.adjustment.refitted(factors)[rows.used] * scale


def _patterns(rows: ModelRows) -> tuple[Ints, Ints]:
    """Number of each row's covariate pattern, and a row of each."""
    frame = rows.coded.patterns
    if not frame.shape[1]:
        return np.zeros(len(rows.y), dtype=np.int64), np.zeros(1, dtype=np.int64)
    groups = frame.groupby(list(frame), observed=True, sort=False).ngroup()
    number = np.asarray(groups, dtype=np.int64)
    return number, np.asarray(np.unique(number, return_index=True)[1], dtype=np.int64)


def _solved(
    x: Floats, weights: Floats, answers: Floats, start: Floats, respond: Response
) -> tuple[Floats, bool]:
    """Newton's method for Σ x (wy − wμ) = 0, and whether it came to rest.

    Terms that nobody has left are infinitely far off.
    """
    values = start.copy()
    for _ in range(MOST_STEPS):
        mean, slope = respond(x @ values)
        information = x.T @ (x * (weights * slope)[:, None])
        length = np.sqrt(np.maximum(np.diag(information), 0.0))
        if not length.all():
            return np.where(length > 0, values, np.inf), False
        scaled = information / np.outer(length, length)
        if np.linalg.eigvalsh(scaled)[0] < FLAT:
            return values, False
        step = np.linalg.solve(scaled, x.T @ (answers - weights * mean) / length) / length
        values += step
        if np.abs(step).max() <= SETTLED * max(1.0, float(np.abs(values).max())):
            return values, True
    return values, False


def _unsolved(rows: ModelRows, moved: Floats, replicates: int, where: str) -> EstimationError:
    """Name the term that ran off furthest, and in how many replicates some did."""
    term = rows.coded.terms[int(np.abs(moved).max(axis=0).argmax())]
    return EstimationError(
        f"the model of '{rows.response}' has no finite estimates in {len(moved):,} of "
        f"{replicates:,} replicates",
        where=where,
        expected="both answers and every group in each replicate",
        got=f"{term}, which rests on few clusters",
        hint="merge the group with another by ps.roll_up, or give the design itself, whose errors "
        "come from linearisation",
    )


def _negative(where: str) -> EstimationError:
    return EstimationError(
        "some replicate has weights below 0",
        where=where,
        expected="weights above 0, for a model",
        got="a negative weight",
        hint="calibrate with bounds= or distance='logit', or rake",
    )
