"""Everything that is known of a count under a fair draw, for all cells of all bodies at once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .fair_draw import (
    Draw,
    Floats,
    Ints,
    blocks,
    chance_counts,
    distribution_of,
    doubled,
    mean_absolute_deviation,
    tails,
)
from .noncentral import tilted_interval, tilted_mean
from .proportions import population_limits

Design = Literal["body", "sample", "shares"]


@dataclass(frozen=True)
class Judgement:
    """Arrays of shape ``(cells,)``.

    Attributes
    ----------
    below, above : array of float
        P(X ≤ x) and P(X ≥ x) under the fair draw.
    p_value : array of float
        Two-sided, the smaller tail doubled.
    conf_low, conf_high : array of float
        Interval of the group's share (of the body, or of the population sampled).
    chance_low, chance_high : array of float
        Counts between which a fair draw falls.
    deviation : array of float
        E|X − nW| under the fair draw.
    """

    below: Floats
    above: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    chance_low: Floats
    chance_high: Floats
    deviation: Floats


def judge(
    x: Ints,
    draw: Draw,
    *,
    design: Design = "body",
    confidence: float = 0.95,
    mid_p: bool = False,
) -> Judgement:
    """Exact p, interval and chance range of every count x.

    Parameters
    ----------
    x : array of int of shape (cells,)
        People of the group found; inside ``draw.lowest`` … ``draw.highest``.
    draw : Draw
        What each was drawn from.
    design : {"body", "sample", "shares"}
        ``"body"`` and ``"shares"`` invert the tilted distribution: Fisher's noncentral
        hypergeometric where counts are known, and where only the share is known the tilted
        binomial, whose inversion is Clopper–Pearson. ``"sample"`` inverts the tests of the
        population's count.
    confidence : float
    mid_p : bool
        Count half of P(X = x) only: shorter intervals, whose coverage may fall below nominal.
    """
    cells = np.column_stack([x, draw.n, draw.K, draw.N, draw.W])
    # Bodies of one size share most of their cells: solve each distinct one once.
    distinct, where = np.unique(cells, axis=0, return_inverse=True)
    x_ = distinct[:, 0].astype(np.int64)
    draw_ = Draw(distinct[:, 1].astype(np.int64), *distinct[:, 2:].T)
    results = np.empty((len(dataclasses.fields(Judgement)), len(distinct)))
    for block in blocks(draw_.highest - draw_.lowest + 1):
        results[:, block] = _judge_block(x_[block], draw_[block], design, confidence, mid_p)
    return Judgement(*results[:, where.reshape(-1)])


def _judge_block(
    x: Ints, draw: Draw, design: Design, confidence: float, mid_p: bool
) -> tuple[Floats, ...]:
    distribution = distribution_of(draw)
    below, above = tails(x, distribution, mid_p=mid_p)
    chance_low, chance_high = chance_counts(distribution, confidence)
    if design == "sample":
        N = draw.N.astype(np.int64)
        limits = population_limits(x, draw.n, N, confidence, mid_p=mid_p)
        low, high = (limit / draw.N for limit in limits)
    else:
        odds = tilted_interval(x, draw, distribution, confidence, mid_p=mid_p)
        low, high = (tilted_mean(distribution, log_odds) / draw.n for log_odds in odds)
    return (
        below,
        above,
        doubled(below, above),
        low,
        high,
        chance_low.astype(float),
        chance_high.astype(float),
        mean_absolute_deviation(distribution, draw.expected),
    )
