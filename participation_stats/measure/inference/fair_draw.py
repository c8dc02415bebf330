"""What a fair draw would give: exact distributions of the number of people from one group.

A fair draw of n people from a population of N, of whom K are in the group, is hypergeometric;
where only the share W is known it is binomial. All functions work on arrays of draws at once
(shape ``(cells,)``) and on a padded table of the whole supports (``(cells, width)``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Elements of one padded table: 16 MB of float64, so that a few of them fit into any memory.
BLOCK_ELEMENTS = 2_000_000

#: Cumulated probabilities carry rounding error; a quantile must not move because of it. R's
#: qhyper and qbinom use the same factor.
_FUZZ = 1.0 - 64.0 * np.finfo(float).eps


def significance_level(confidence: float) -> float:
    """The level α = 1 − confidence, less a hair: a p that equals α exactly is not below it.

    Ties are real (one person of 40, doubled, is .05), and 1 − 0.95 is more than 0.05 in binary.
    """
    return (1.0 - confidence) * (1.0 - 1e-12)


@dataclass(frozen=True)
class Draw:
    """Fair draws, one per cell; every array has shape ``(cells,)``.

    Attributes
    ----------
    n : array of int
        People drawn.
    K : array of float
        People of the group in the population; 0 and not used where `N` is infinite.
    N : array of float
        The population; ``inf`` where only the share is known.
    W : array of float
        The group's share of the population, K/N where both are known.
    """

    n: Ints
    K: Floats
    N: Floats
    W: Floats

    @classmethod
    def from_people(cls, n: object, K: object, N: object) -> Draw:
        """Draws without replacement from populations of known size."""
        n_, K_, N_ = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v)) for v in (n, K, N)))
        return cls(n_.astype(np.int64), K_.astype(float), N_.astype(float), K_.astype(float) / N_)

    @classmethod
    def from_shares(cls, n: object, W: object) -> Draw:
        """Draws from populations of which only the share is known (as if infinite)."""
        n_, W_ = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v)) for v in (n, W)))
        nobody, unknown = np.zeros(n_.shape), np.full(n_.shape, np.inf)
        return cls(n_.astype(np.int64), nobody, unknown, W_.astype(float))

    def __getitem__(self, cells: Ints | Flags) -> Draw:
        return Draw(self.n[cells], self.K[cells], self.N[cells], self.W[cells])

    @property
    def known(self) -> Flags:
        """Whether the population's counts are known."""
        return np.isfinite(self.N)

    @property
    def lowest(self) -> Ints:
        """The fewest people of the group such a draw can hold."""
        forced = np.maximum(0.0, self.n - (self.N - self.K))
        bound = np.where(self.known, forced, np.where(self.W >= 1.0, self.n, 0))
        return bound.astype(np.int64)

    @property
    def highest(self) -> Ints:
        """The most people of the group such a draw can hold."""
        drawn = np.where(self.W <= 0.0, 0, self.n)
        return np.where(self.known, np.minimum(self.n, self.K), drawn).astype(np.int64)

    @property
    def expected(self) -> Floats:
        """The mean nW."""
        return self.n * self.W


@dataclass(frozen=True)
class Distribution:
    """Exact probabilities over the supports: ``logs[i, j]`` = ln P(X = lowest[i] + j)."""

    lowest: Ints
    logs: Floats

    @property
    def support(self) -> Floats:
        """The number of people that each entry of `logs` stands for (``(cells, width)``)."""
        return np.asarray(self.lowest[:, None] + np.arange(self.logs.shape[1]), dtype=float)


def distribution_of(draw: Draw) -> Distribution:
    """Exact probabilities of every draw.

    Successive probabilities are linked by their ratio, (K−k)(n−k) / ((k+1)(N−K−n+k+1)) for the
    hypergeometric and (n−k)W / ((k+1)(1−W)) for the binomial. Adding the logarithms of these
    ratios and normalising once keeps twelve digits even at 1e-145, where differences of
    log-gamma functions of a large N lose them.
    """
    lowest, highest = draw.lowest, draw.highest
    width = int((highest - lowest).max(initial=0)) + 1
    k = lowest[:, None] + np.arange(width - 1, dtype=float)
    n, known = draw.n[:, None], draw.known[:, None]
    K, rest, W = draw.K[:, None], (draw.N - draw.K)[:, None], draw.W[:, None]
    rising = (n - k) * np.where(known, K - k, W)
    falling = (k + 1) * np.where(known, rest - n + k + 1, 1 - W)
    inside = k < highest[:, None]
    steps = np.log(np.where(inside, rising, 1.0) / np.where(inside, falling, 1.0))
    logs = np.concatenate([np.zeros((len(n), 1)), np.cumsum(steps, axis=1)], axis=1)
    logs[:, 1:][~inside] = -np.inf
    top = logs.max(axis=1, keepdims=True)
    logs -= top + np.log(np.exp(logs - top).sum(axis=1, keepdims=True))
    return Distribution(lowest, logs)


def tails(x: Ints, distribution: Distribution, *, mid_p: bool = False) -> tuple[Floats, Floats]:
    """P(X ≤ x) and P(X ≥ x), each summed from its own small terms; half of P(X = x) for mid-p."""
    probability = np.exp(distribution.logs)
    k = distribution.support
    here = np.asarray(x)[:, None]
    share = 0.5 if mid_p else 1.0
    at = np.where(k == here, probability, 0.0).sum(axis=1) * share
    below = np.where(k < here, probability, 0.0).sum(axis=1) + at
    above = np.where(k > here, probability, 0.0).sum(axis=1) + at
    return np.minimum(below, 1.0), np.minimum(above, 1.0)


def doubled(below: Floats, above: Floats) -> Floats:
    """Two-sided p: twice the smaller tail, at most 1; the dual of an equal-tailed interval."""
    return np.minimum(1.0, 2.0 * np.minimum(below, above))


def chance_counts(distribution: Distribution, confidence: float) -> tuple[Ints, Ints]:
    """The counts between which a fair draw falls: quantiles α/2 and 1−α/2."""
    tail = (1.0 - confidence) / 2.0
    cumulated = np.cumsum(np.exp(distribution.logs), axis=1)
    low = np.argmax(cumulated >= tail * _FUZZ, axis=1)
    high = np.argmax(cumulated >= (1.0 - tail) * _FUZZ, axis=1)
    return distribution.lowest + low, distribution.lowest + high


def mean_absolute_deviation(distribution: Distribution, expected: Floats) -> Floats:
    """E|X − nW| under the fair draw, of which the mean dissimilarity is made."""
    distance = np.abs(distribution.support - expected[:, None])
    return np.asarray((np.exp(distribution.logs) * distance).sum(axis=1), dtype=float)


def blocks(width: Ints) -> Iterator[Ints]:
    """Index arrays that cut many cells into padded tables of bounded size, similar widths together.

    The loop that uses this runs over tables of `BLOCK_ELEMENTS`, never over cells.
    """
    order = np.argsort(width, kind="stable")
    start = 0
    while start < len(order):
        ahead = width[order[start:]].astype(float) * np.arange(1, len(order) - start + 1)
        size = max(1, int(np.searchsorted(ahead, BLOCK_ELEMENTS, side="right")))
        yield order[start : start + size]
        start += size
