"""The whole profile of each body at once: how far from the population, and by chance how far."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ..inference.fair_draw import Floats
from ..inference.goodness_of_fit import (
    Ordering,
    Urn,
    references_of,
    statistic_of,
)

_COLUMNS = [
    "body", "variable", "n", "not_stated", "dissimilarity", "dissimilarity_expected", "cohen_w",
    "p_value",
]  # fmt: skip


def overall_fit(
    cells: pd.DataFrame, profiles: pd.DataFrame, *, seed: int = 0, ordering: Ordering = "x2"
) -> pd.DataFrame:
    """One row per body and variable: dissimilarity, its mean by chance, w and an exact p.

    Parameters
    ----------
    cells, profiles : DataFrame
        As `assess` and `align` return them.
    seed : int
        For the Monte Carlo where there are too many tables to enumerate.
    ordering : {"x2", "g", "dissimilarity", "probability"}
    """
    at, count = cells["profile"].to_numpy(), len(profiles)
    share, W = cells["share"].to_numpy(dtype=float), cells["population_share"].to_numpy(dtype=float)
    deviation = cells["deviation"].fillna(0.0).to_numpy(dtype=float)
    held = W > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(held, (share - W) ** 2 / W, np.where(share > 0, np.nan, 0.0))
        expected = np.bincount(at, deviation, count) / (2.0 * profiles["n"].to_numpy(dtype=float))
    frame = profiles.assign(
        dissimilarity=np.bincount(at, np.abs(share - W), count) / 2.0,
        dissimilarity_expected=expected,
        cohen_w=np.sqrt(np.bincount(at, squares, count)),
        p_value=_p_values(cells, count, seed, ordering),
    )
    frame["n"] = frame["n"].round().astype(np.int64)
    frame["not_stated"] = frame["not_stated"].round().astype(np.int64)
    return frame[_COLUMNS]


def _p_values(cells: pd.DataFrame, count: int, seed: int, ordering: Ordering) -> Floats:
    """Exact p of every profile; bodies drawn from one population share their reference."""
    p_values = np.full(count, np.nan)
    starts = np.flatnonzero(np.diff(cells["profile"].to_numpy(), prepend=-1))
    ends = np.append(starts[1:], len(cells))
    profile = cells["profile"].to_numpy()[starts]
    table = _Columns(
        cells["method"].to_numpy(dtype=str),
        *(
            cells[name].to_numpy(dtype=float)
            for name in ("count", "N", "population_share", "share", "effective_n", "std_error",
                         "benchmark_n")
        ),
    )  # fmt: skip
    sharing: dict[tuple[bytes, float], list[tuple[int, Floats]]] = {}
    for place, start, end in zip(profile, starts, ends, strict=True):
        rows = table.part(int(start), int(end))
        held = rows.W > 0
        if rows.x.sum() == 0 or (rows.x[~held] > 0).any():
            continue
        if (rows.method == "effective").any():
            p_values[place] = _weighted_p(rows)
        elif (rows.method == "estimated").any():
            p_values[place] = _homogeneity_p(rows, seed, ordering)
        else:
            N = float(rows.N[0]) if (rows.method[held] == "counted").all() else np.inf
            sharing.setdefault((rows.W.tobytes(), N), []).append((int(place), rows.x))
    for (shares, N), bodies in sharing.items():
        W = np.frombuffer(shares)
        urn = Urn(W / W.sum(), np.round(W * N) if np.isfinite(N) else None)
        references = references_of(
            {int(x.sum()) for _, x in bodies}, urn, ordering=ordering, seed=seed
        )
        for place, x in bodies:
            observed = float(statistic_of(x, x.sum(), urn, ordering))
            p_values[place] = references[int(x.sum())].p_value(observed)
    return p_values


@dataclass(frozen=True)
class _Columns:
    method: NDArray[np.str_]
    x: Floats
    N: Floats
    W: Floats
    share: Floats
    effective_n: Floats
    std_error: Floats
    benchmark_n: Floats

    def part(self, start: int, end: int) -> _Columns:
        return _Columns(*(getattr(self, f.name)[start:end] for f in fields(self)))


def _weighted_p(rows: _Columns) -> float:
    """Chi-square of weighted shares at the effective n: Rao & Scott's first-order correction."""
    held = rows.W > 0
    squares = ((rows.share - rows.W)[held] ** 2 / rows.W[held]).sum() * rows.effective_n[0]
    return float(stats.chi2.sf(squares, held.sum() - 1)) if held.sum() > 1 else 1.0


def _homogeneity_p(rows: _Columns, seed: int, ordering: Ordering) -> float:
    """The body as a fair draw from itself and the benchmark's sample put together."""
    with np.errstate(divide="ignore", invalid="ignore"):
        sampled = np.where(
            rows.std_error > 0, rows.W * (1 - rows.W) / rows.std_error**2, rows.benchmark_n
        )
    pooled = rows.x + np.round(rows.W * np.nanmin(sampled))
    urn = Urn(pooled / pooled.sum(), pooled)
    n = int(rows.x.sum())
    reference = references_of([n], urn, ordering=ordering, seed=seed)[n]
    return reference.p_value(float(statistic_of(rows.x, n, urn, ordering)))
