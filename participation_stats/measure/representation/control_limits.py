"""The funnel: many bodies of different sizes, and how far chance alone may put each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from ..inference.adjustment import benjamini_hochberg
from ..inference.fair_draw import Draw, blocks, chance_counts, distribution_of
from ..margins import By, clean_margins
from ..results import Result, Rule
from .alignment import align
from .assessment import Terms, assess

_WHERE = "funnel"
_INSIDE = "inside the limits"


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Result):
    """What `funnel` found.

    Attributes
    ----------
    table : DataFrame
        ``body, variable, category, n, count, share, population_share, ratio, p_value,
        p_adjusted, position``.
    curve : DataFrame
        ``variable, category, n, level, limit_low, limit_high``: control limits of the ratio for
        every size from the smallest body to the largest; empty where bodies have benchmarks of
        their own.
    levels : tuple of float
    """

    curve: pd.DataFrame
    levels: tuple[float, ...] = (0.95, 0.998)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            count="count",
            derived=("share", "ratio", "p_value", "p_adjusted", "position"),
            margin=("body", "variable"),
        ),
        # Limits follow from sizes and the population alone: they say nothing of who is there.
        Rule("curve"),
    )


def funnel(
    bodies: Any,
    population: Any,
    *,
    by: By = None,
    levels: Sequence[float] = (0.95, 0.998),
) -> Funnel:
    """Set many bodies beside the limits within which chance would keep a body of their size.

    Among a hundred fairly drawn bodies, five fall outside their 95% limits: a table of ratios
    sorted by size of deviation therefore shows the smallest bodies first. A funnel draws each
    body's ratio over its size n, with exact limits that narrow as n grows: quantiles of the
    hypergeometric distribution (binomial where only shares are known), divided by nW.

    Parameters
    ----------
    bodies : margins with ``body``, or mapping from name to margins, Tally or frame of people
    population : margins, Tally, frame of people, mapping
        One for all, or with a ``body`` column one for each.
    by : str, tuple of str, or sequence of these, optional
    levels : sequence of float
        Confidence of the limits, ascending: the customary "two and three sigma".

    Returns
    -------
    Funnel
        ``position`` is "inside the limits", "below 95%", "above 99.8%" …: the widest limit
        crossed. ``p_adjusted`` is Benjamini–Hochberg's across the bodies, group by group.

    Raises
    ------
    InputError
        An argument is not as described, or the groups differ.

    Notes
    -----
    Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in
    Medicine 24.

    Examples
    --------
    >>> boards = {
    ...     "North": {"Renters": 1, "Owners": 11},
    ...     "South": {"Renters": 4, "Owners": 36},
    ...     "West": {"Renters": 30, "Owners": 28},
    ... }
    >>> city = {"Renters": 0.528, "Owners": 0.472}
    >>> found = funnel(boards, city, by="tenure").table
    >>> renters = found[found["category"] == "Renters"]
    >>> renters[["body", "n", "count", "ratio", "position"]].round(3).reset_index(drop=True)
        body   n  count  ratio           position
    0  North  12      1  0.158          below 95%
    1  South  40      4  0.189        below 99.8%
    2   West  58     30  0.980  inside the limits
    """
    limits = tuple(float(level) for level in levels)
    if not limits or list(limits) != sorted(set(limits)) or not 0 < limits[0] <= limits[-1] < 1:
        raise InputError(
            "levels are not ascending fractions",
            where=_WHERE,
            expected="such as (0.95, 0.998)",
            got=str(tuple(levels)),
        )
    ours = clean_margins(bodies, by, where=_WHERE, side="bodies")
    if (ours["body"] == "").all():
        raise InputError(
            "bodies has no column 'body'",
            where=_WHERE,
            expected="several bodies",
            hint="give a mapping from each body's name to its people or margins",
        )
    theirs = clean_margins(population, by, where=_WHERE, side="population", beside=ours)
    aligned = align(ours, theirs, where=_WHERE)
    cells = assess(aligned.cells, aligned.profiles, Terms(adjust="none"), _WHERE)
    # Family: one group in all bodies. Each is asked whether it stands out among the others.
    cells["p_adjusted"] = _across(cells)
    cells = cells[~cells["residual"].to_numpy(dtype=bool)].reset_index(drop=True)
    table = cells.assign(
        position=_positions(cells, limits),
        n=cells["n"].round().astype(np.int64),
        count=cells["count"].astype(np.int64),
    )
    columns = [
        "body", "variable", "category", "n", "count", "share", "population_share", "ratio",
        "p_value", "p_adjusted", "position",
    ]  # fmt: skip
    single = bool((theirs["body"] == "").all())
    return Funnel(table[columns], _curve(cells if single else cells.iloc[:0], limits), limits)


def _across(cells: pd.DataFrame) -> np.ndarray:
    group = cells.groupby(["variable", "category"], sort=False).ngroup()
    return benjamini_hochberg(
        cells["p_value"].to_numpy(dtype=float), np.asarray(group, dtype=np.int64)
    )


def _draws(cells: pd.DataFrame) -> Draw:
    N = cells["N"].to_numpy(dtype=float)
    W = cells["population_share"].to_numpy(dtype=float)
    n = cells["n"].to_numpy(dtype=float).round().astype(np.int64)
    known = np.isfinite(N) & (n <= N)
    N = np.where(known, N, np.inf)
    return Draw(n, np.where(known, np.round(np.where(known, N, 0.0) * W), 0.0), N, W)


def _limits(draw: Draw, level: float) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.empty(len(draw.n)), np.empty(len(draw.n))
    for block in blocks(draw.highest - draw.lowest + 1):
        low[block], high[block] = chance_counts(distribution_of(draw[block]), level)
    return low, high


def _positions(cells: pd.DataFrame, levels: tuple[float, ...]) -> pd.Series:
    draw, x = _draws(cells), cells["count"].to_numpy(dtype=float)
    words = np.full(len(cells), _INSIDE, dtype=object)
    for level in levels:
        low, high = _limits(draw, level)
        words[x < low] = f"below {100 * level:.4g}%"
        words[x > high] = f"above {100 * level:.4g}%"
    return pd.Series(words, index=cells.index, dtype="str")


def _curve(cells: pd.DataFrame, levels: tuple[float, ...]) -> pd.DataFrame:
    columns = ["variable", "category", "n", "level", "limit_low", "limit_high"]
    groups = cells.drop_duplicates(["variable", "category"])
    if groups.empty:
        return pd.DataFrame(columns=columns)
    sizes = np.arange(max(1, int(cells["n"].min())), int(cells["n"].max()) + 1)
    grid = groups.loc[groups.index.repeat(len(sizes))].reset_index(drop=True)
    grid["n"] = np.tile(sizes, len(groups))
    draw, parts = _draws(grid), []
    for level in levels:
        low, high = _limits(draw, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append(
                grid.assign(
                    level=level, limit_low=low / draw.expected, limit_high=high / draw.expected
                )
            )
    return pd.concat(parts, ignore_index=True)[columns]
