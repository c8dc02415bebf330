"""Every group of every body under a fair draw: which exact method applies to which row."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from participation_stats.errors import DataWarning

from ..inference.adjustment import across_bodies, benjamini_hochberg, holm
from ..inference.fair_draw import Draw, Flags, Floats, Ints, doubled
from ..inference.judgement import Design, Judgement, judge
from ..inference.proportions import (
    score_limits,
    score_test,
    share_limits,
    share_tails,
)
from ..margins import row_name


@dataclass(frozen=True)
class Terms:
    """How a comparison is to be judged; see the arguments of `representativeness_ratios`."""

    design: Design = "body"
    confidence: float = 0.95
    adjust: str = "holm"
    mid_p: bool = False
    design_effect: float = 1.0


@dataclass(frozen=True)
class _Rows:
    """The numbers of the cells as arrays of shape ``(cells,)``, and which method each takes."""

    x: Floats
    n: Floats
    N: Floats
    W: Floats
    share: Floats
    effective_n: Floats
    std_error: Floats
    benchmark_n: Floats

    @property
    def possible(self) -> Flags:
        """Somebody is stated in the body, and the population has the group."""
        return np.asarray((self.n > 0) & (self.W > 0))

    @property
    def estimated(self) -> Flags:
        """The benchmark is itself an estimate."""
        sampled = (self.std_error > 0) | (self.benchmark_n > 0)
        return np.asarray(self.possible & sampled & (self.W < 1))

    @property
    def effective(self) -> Flags:
        """People were weighted, so that n counts for fewer."""
        return np.asarray(self.possible & ~self.estimated & (self.effective_n != self.n))

    @property
    def group(self) -> Floats:
        """People of the group in the population, 0 where only shares are known."""
        known = np.isfinite(self.N)
        return np.where(known, np.round(np.where(known, self.N, 0.0) * self.W), 0.0)

    @property
    def feasible(self) -> Flags:
        """A draw from the counted population could hold x of the group."""
        fewest = np.maximum(0.0, self.n - (self.N - self.group))
        possible = (self.x >= fewest) & (self.x <= np.minimum(self.n, self.group))
        return np.asarray(np.isfinite(self.N) & possible)


def assess(cells: pd.DataFrame, profiles: pd.DataFrame, terms: Terms, where: str) -> pd.DataFrame:
    """Ratio, interval, chance range and p of every cell of an `Alignment`.

    Returns
    -------
    DataFrame
        The cells with ``n, N, effective_n, expected, share, ratio, conf_low, conf_high,
        chance_low, chance_high`` (ratios), ``deviation`` (E|X − nW|), ``p_value`` and
        ``p_adjusted``, and ``method`` ("counted", "shares", "effective", "estimated" or "none"):
        from what the row is judged. NaN where nothing can be said: a body of which nobody is
        stated, a group that the population does not have.
    """
    at = cells["profile"].to_numpy()
    n, N, weight = (profiles[name].to_numpy(dtype=float)[at] for name in ("n", "N", "weight"))
    x, W, weighted = (
        cells[name].to_numpy(dtype=float) for name in ("count", "population_share", "weighted")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(np.isnan(weight), x / n, weighted / weight)
        ratio = np.where(W > 0, share / W, np.nan)
    rows = _Rows(
        x, n, N, W, share, _effective(n, N, weight, terms),
        cells["std_error"].to_numpy(dtype=float), cells["benchmark_n"].to_numpy(dtype=float),
    )  # fmt: skip
    _warn_infeasible(cells, rows, where)
    frame = cells.assign(
        n=n, N=N, effective_n=rows.effective_n, expected=n * W, share=share, ratio=ratio
    )
    frame = frame.assign(**_judged(rows, terms))
    frame["p_adjusted"] = adjusted_p(frame, terms.adjust)
    return frame


def _effective(n: Floats, N: Floats, weight: Floats, terms: Terms) -> Floats:
    """People over the design effect and, where the population is known, the finite correction."""
    weighted = ~np.isnan(weight) | (terms.design_effect != 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(np.isfinite(N) & (n < N), (N - 1) / (N - n), 1.0)
    return np.where(weighted, n / terms.design_effect * drawn, n)


def _judged(rows: _Rows, terms: Terms) -> dict[str, NDArray[Any]]:
    names = ("conf_low", "conf_high", "chance_low", "chance_high", "deviation", "p_value")
    found: dict[str, NDArray[Any]] = {name: np.full(len(rows.x), np.nan) for name in names}
    counted = rows.possible & ~rows.estimated & ~rows.effective & rows.feasible
    counted &= terms.design != "shares"
    if counted.any():
        draw = Draw.from_people(rows.n[counted], rows.group[counted], rows.N[counted])
        _fill(found, rows, counted, draw, terms, terms.design)
    shares = rows.possible & ~counted
    if shares.any():
        draw = Draw.from_shares(np.round(rows.effective_n)[shares], rows.W[shares])
        _fill(found, rows, shares, draw, terms, "shares")
    _override(found, rows, shares & (rows.effective | (rows.W >= 1)), _by_beta, terms)
    _override(found, rows, rows.estimated, _by_score, terms)
    found["method"] = np.select(
        [~rows.possible, rows.estimated, rows.effective, counted],
        ["none", "estimated", "effective", "counted"],
        "shares",
    )
    return found


def _fill(
    found: dict[str, NDArray[Any]],
    rows: _Rows,
    cells: Flags,
    draw: Draw,
    terms: Terms,
    design: Design,
) -> None:
    x: Ints = np.clip(np.round(rows.x[cells]), draw.lowest, draw.highest).astype(np.int64)
    told = judge(x, draw, design=design, confidence=terms.confidence, mid_p=terms.mid_p)
    W = rows.W[cells]
    found["p_value"][cells] = told.p_value
    found["conf_low"][cells], found["conf_high"][cells] = told.conf_low / W, told.conf_high / W
    found["chance_low"][cells] = told.chance_low / draw.expected
    found["chance_high"][cells] = told.chance_high / draw.expected
    found["deviation"][cells] = told.deviation * rows.n[cells] / draw.n


def _by_beta(rows: _Rows, cells: Flags, terms: Terms) -> tuple[Floats, Floats, Floats]:
    n, W = rows.effective_n[cells], rows.W[cells]
    x = np.clip(rows.share[cells] * n, 0.0, n)
    low, high = share_limits(x, n, terms.confidence)
    return low / W, high / W, doubled(*share_tails(x, n, W))


def _by_score(rows: _Rows, cells: Flags, terms: Terms) -> tuple[Floats, Floats, Floats]:
    n, W, error = rows.effective_n[cells], rows.W[cells], rows.std_error[cells]
    sampled = rows.benchmark_n[cells]
    with np.errstate(divide="ignore", invalid="ignore"):
        # A standard error stands for the sample that would have it: W(1−W)/m = error².
        m = np.where(error > 0, W * (1 - W) / error**2, sampled)
    x = np.clip(rows.share[cells] * n, 0.0, n)
    low, high = score_limits(x, n, W * m, m, terms.confidence)
    return low, high, score_test(x, n, W * m, m)


def _override(
    found: dict[str, NDArray[Any]],
    rows: _Rows,
    cells: Flags,
    method: Callable[[_Rows, Flags, Terms], tuple[Floats, Floats, Floats]],
    terms: Terms,
) -> None:
    if cells.any():
        for name, values in zip(
            ("conf_low", "conf_high", "p_value"), method(rows, cells, terms), strict=True
        ):
            found[name][cells] = values


def _warn_infeasible(cells: pd.DataFrame, rows: _Rows, where: str) -> None:
    """Warn of counts that no draw from the population can give: x > K.

    Where n − x > N − K some other group has more than its K, and that one is named.
    """
    absent = (rows.n > 0) & (rows.W == 0) & (rows.x > 0)
    impossible = rows.possible & np.isfinite(rows.N) & (rows.x > rows.group)
    for at in np.flatnonzero(impossible | absent):
        row = cells.iloc[int(at)]
        name = row_name(row["row"], row["variable"], row["category"], row["body"])
        warnings.warn(
            f"{where}: body, {name}: {rows.x[at]:.0f} of {rows.n[at]:.0f}, "
            + (
                "but the population has nobody there; no ratio is given"
                if absent[at]
                else f"which no draw of {rows.group[at]:.0f} in {rows.N[at]:.0f} can give; judged "
                "by the population's share alone"
            ),
            DataWarning,
            stacklevel=4,
        )


def judged_counts(cell: pd.Series, terms: Terms) -> tuple[Ints, Judgement]:
    """Every count that a cell might have had, judged as the cell was."""
    n, N = int(cell["n"]), float(cell["N"])
    W = float(cell["population_share"])
    if cell["method"] == "counted":
        one, design = Draw.from_people(n, round(N * W), N), terms.design
    else:
        one, design = Draw.from_shares(n, W), "shares"
    counts: Ints = np.arange(one.lowest[0], one.highest[0] + 1)
    draws = one[np.zeros(len(counts), dtype=np.int64)]
    return counts, judge(
        counts, draws, design=design, confidence=terms.confidence, mid_p=terms.mid_p
    )


def adjusted_within(frame: pd.DataFrame, adjust: str) -> Floats:
    """P-values of all cells, adjusted within each profile."""
    p_values = frame["p_value"].to_numpy(dtype=float)
    profile = frame["profile"].to_numpy(dtype=np.int64)
    if adjust == "none":
        return p_values
    if adjust == "bh":
        return benjamini_hochberg(p_values, profile)
    return holm(p_values, profile, _tests(frame))


def adjusted_p(frame: pd.DataFrame, adjust: str) -> Floats:
    """P-values of all cells, adjusted within each profile and, after Holm, across the bodies."""
    result = adjusted_within(frame, adjust)
    if adjust == "holm":
        profile = frame["profile"].to_numpy(dtype=np.int64)
        for variable in frame["variable"].unique():
            cells = (frame["variable"] == variable).to_numpy()
            result[cells] = across_bodies(result[cells], profile[cells])
    return result


def _tests(frame: pd.DataFrame) -> Ints:
    """How many tests each profile holds: two groups that make up everybody are one test."""
    profile = frame["profile"].to_numpy(dtype=np.int64)
    tests = np.bincount(profile, weights=frame["p_value"].notna())
    counted = np.bincount(profile, weights=frame["count"])
    n = np.zeros(len(tests))
    n[profile] = frame["n"]
    tests = np.where((tests == 2) & (counted == n), 1, tests)
    return np.asarray(tests.astype(np.int64)[profile])
