"""Means, proportions, totals and ratios: numbers that cluster totals determine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .cluster_totals import ClusterTotals
from .covariances import cluster_covariance

Floats = npt.NDArray[np.float64]
Kind = Literal["mean", "total", "ratio"]


@dataclass(frozen=True, eq=False)
class Linear:
    r"""Estimates by domain and what a row adds to them.

    The score of a row, before its weight, is :math:`\alpha_d y + \beta_d x`: for a mean
    :math:`(y - \bar y_d)/W_d`, for a total y, for a ratio :math:`(y - r_d x)/X_d`.

    Attributes
    ----------
    kind : {"mean", "total", "ratio"}
    totals : ClusterTotals
    estimates, alpha, beta : arrays of shape (domains,)
        Missing (alpha and beta 0) where nobody answered or weights add up to 0.
    """

    kind: Kind
    totals: ClusterTotals
    estimates: Floats
    alpha: Floats
    beta: Floats

    @property
    def scores(self) -> sparse.csr_array:
        """Sums of weighted scores, of shape (clusters, domains)."""
        held = self.totals
        alpha, beta = self.alpha[held.domain], self.beta[held.domain]
        return held.spread(alpha * held.numerator + beta * held.denominator)

    @property
    def slopes(self) -> Floats | None:
        """Regression of scores on what weights were fitted to, (auxiliaries, domains)."""
        if self.totals.regressed is None:
            return None
        top, bottom = self.totals.regressed
        return self.alpha * top + self.beta * bottom

    def srs_variances(self) -> Floats:
        """Variance in a simple random sample of as many people, drawn with replacement."""
        held = self.totals
        n, weight = held.by_domain(held.n), held.by_domain(held.weight)
        alpha, beta = self.alpha[held.domain], self.beta[held.domain]
        squares = held.by_domain(
            alpha**2 * held.squares
            + 2 * alpha * beta * held.products
            + beta**2 * held.denominator_squares
        )
        sums = held.by_domain(alpha * held.numerator + beta * held.denominator)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Sums of squares less squared sums: what is left of 0 by rounding is 0.
            spread = weight * squares - sums**2
            spread = np.where(spread > 1e-12 * weight * squares, spread, 0.0)
            return np.asarray(np.where(n > 1, spread / (n - 1), np.nan))


def linear_estimates(totals: ClusterTotals, kind: Kind) -> Linear:
    """Estimates of every domain from cluster totals."""
    top, bottom = totals.by_domain(totals.numerator), totals.by_domain(totals.denominator)
    some = totals.by_domain(totals.n) > 0
    if kind == "total":
        zeros = np.zeros(totals.size)
        return Linear(kind, totals, np.where(some, top, np.nan), some.astype(float), zeros)
    some &= bottom != 0
    alpha = np.divide(1.0, bottom, out=np.zeros(totals.size), where=some)
    estimates = np.divide(top, bottom, out=np.full(totals.size, np.nan), where=some)
    return Linear(kind, totals, estimates, alpha, -alpha * np.where(some, estimates, 0.0))


def linear_covariance(blocks: Sequence[Linear], auxiliaries: sparse.csr_array | None) -> Floats:
    """Covariance of the estimates of several blocks, one after the other.

    Parameters
    ----------
    blocks : sequence of Linear
    auxiliaries : sparse array of shape (clusters, k), optional
        Weighted cluster totals of what weights were fitted to.
    """
    stage = blocks[0].totals.stage
    scores = [block.scores for block in blocks]
    if auxiliaries is None:
        return cluster_covariance(stage, sparse.csr_array(sparse.hstack(scores, format="csr")))
    slopes = np.hstack([part for block in blocks if (part := block.slopes) is not None])
    stacked = sparse.csr_array(sparse.hstack([*scores, auxiliaries], format="csr"))
    joint = cluster_covariance(stage, stacked)
    gradient = np.vstack([np.eye(slopes.shape[1]), -slopes])
    covariance = gradient.T @ joint @ gradient
    np.fill_diagonal(covariance, np.maximum(np.diag(covariance), 0.0))
    return np.asarray(covariance)
