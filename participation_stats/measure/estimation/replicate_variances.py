"""Covariance of estimates from replicates of their cluster totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .blocks import Rows
from .cluster_totals import sums_by
from .linear_statistics import Linear
from .replicates import ReplicateDesign, bootstrap_factors, replicate_factors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def replicate_covariance(
    blocks: Sequence[Linear], replicates: ReplicateDesign, rows: Rows | None = None
) -> Floats:
    """Covariance of the estimates of several blocks, one after the other.

    Missing where a replicate has nobody in a domain.

    Parameters
    ----------
    blocks : sequence of Linear
    replicates : ReplicateDesign
    rows : Rows, optional
        What the first blocks were summed from, the others being the same over all domains:
        needed where weights are fitted again.

    Raises
    ------
    EstimationError
        If a replicate cannot be fitted to the known totals.
    """
    again = rows if replicates.design.adjustment is not None else None
    estimates = np.concatenate([block.estimates for block in blocks])
    size = len(estimates)
    squares, scaled, plain, whole = np.zeros((size, size)), np.zeros(size), np.zeros(size), 0.0
    for part in replicates.parts():
        thetas, scale = _thetas(blocks, replicates, part, again)
        away = thetas - estimates
        squares += away.T @ (away * scale[:, None])
        scaled += scale @ away
        plain += away.sum(axis=0)
        whole += float(scale.sum())
    if replicates.centre == "estimate":
        return squares
    mean = plain / replicates.n_replicates
    return np.asarray(
        squares - np.outer(scaled, mean) - np.outer(mean, scaled) + whole * np.outer(mean, mean)
    )


def spread_of(replicates: ReplicateDesign, thetas: Floats, estimates: Floats) -> Floats:
    """Covariance of estimates from all replicates of them, of shape (replicates, estimates)."""
    scale = replicate_scales(replicates, slice(0, replicates.n_replicates))
    away = thetas - (estimates if replicates.centre == "estimate" else thetas.mean(axis=0))
    return np.asarray(away.T @ (away * scale[:, None]))


def _thetas(
    blocks: Sequence[Linear], replicates: ReplicateDesign, part: slice, again: Rows | None
) -> tuple[Floats, Floats]:
    """Estimates of some replicates, shape (replicates, estimates), and their scale."""
    stage = replicates.design.stage
    if again is not None:
        return _fitted_again(blocks, replicates, part, again), replicate_scales(replicates, part)
    if replicates.counts is not None:
        factors = bootstrap_factors(stage, replicates.counts[:, part])
        found = [
            _estimates(block, *(held.T @ factors for held in _totals(block))) for block in blocks
        ]
        return np.vstack(found).T, replicate_scales(replicates, part)
    many = np.flatnonzero(stage.drawn[stage.stratum] > 1)[part]
    layer = stage.stratum[many]
    n = stage.drawn[layer]
    found = [
        _estimates(block, *(_without(held, many, stage.stratum, n) for held in _totals(block)))
        for block in blocks
    ]
    return np.vstack(found).T, replicate_scales(replicates, part)


def replicate_scales(replicates: ReplicateDesign, part: slice) -> Floats:
    """By what the square of each replicate is multiplied."""
    stage = replicates.design.stage
    if replicates.counts is not None:
        return np.full(part.stop - part.start, 1 / (replicates.n_replicates - 1))
    layer = stage.stratum[np.flatnonzero(stage.drawn[stage.stratum] > 1)[part]]
    n = stage.drawn[layer]
    return np.asarray((1 - stage.fraction[layer]) * (n - 1) / n)


def _fitted_again(
    blocks: Sequence[Linear], replicates: ReplicateDesign, part: slice, rows: Rows
) -> Floats:
    """Estimates from weights fitted again, shape (replicates, estimates)."""
    design = replicates.design
    if design.adjustment is None:
        raise TypeError("weights that were not fitted cannot be fitted again")
    factors = replicate_factors(replicates, part)
    domains = blocks[0].totals.size
    used = np.flatnonzero(rows.answered)
    codes = rows.codes[used]
    bottom = np.ones(len(used)) if rows.denominator is None else rows.denominator[used]
    thetas = np.empty((factors.shape[1], sum(len(block.estimates) for block in blocks)))
    for at, factor in enumerate(factors.T):
        weights = design.adjustment.refitted(factor[design.cluster])[used]
        tops = [sums_by(codes, weights * column[used], domains) for column in rows.numerators]
        below = sums_by(codes, weights * bottom, domains)
        # Domains first, then everybody.
        sums = [*((top, below) for top in tops)]
        sums += [(top.sum(keepdims=True), below.sum(keepdims=True)) for top in tops]
        thetas[at] = np.concatenate(
            [
                _estimates(block, top[:, None], None if block.kind == "total" else low[:, None])
                for block, (top, low) in zip(blocks, sums, strict=True)
            ]
        )[:, 0]
    return thetas


def _totals(block: Linear) -> tuple[sparse.csr_array, ...]:
    held = block.totals
    top = held.spread(held.numerator)
    return (top,) if block.kind == "total" else (top, held.spread(held.denominator))


def _without(totals: sparse.csr_array, clusters: Ints, stratum: Ints, n: Ints) -> Floats:
    """Totals without each of some clusters, shape (domains, clusters)."""
    strata = int(stratum.max()) + 1
    rows = np.arange(len(stratum))
    layers = sparse.csr_array((np.ones(len(rows)), (stratum, rows)), shape=(strata, len(rows)))
    sums: Floats = sparse.csr_array(layers @ totals).toarray()
    picked: Any = totals[clusters]
    left = sums[stratum[clusters]] - n[:, None] * picked.toarray()
    left = left / (n - 1)[:, None] + sums.sum(axis=0)
    return np.asarray(left.T)


def _estimates(block: Linear, top: Floats, bottom: Floats | None = None) -> Floats:
    if bottom is None:
        return np.where(np.isnan(block.estimates)[:, None], np.nan, top)
    # Sums that rounding left of nought stand for nobody.
    small = 1e-12 * np.abs(block.totals.by_domain(block.totals.denominator))[:, None]
    some = np.abs(bottom) > small
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=some))
