"""Columns on request: the other names under which a share is set beside a population's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from ..inference.fair_draw import Floats

Maker = Callable[[Mapping[str, Floats]], Floats]


def _odds(share: Floats) -> Floats:
    return np.asarray(share / (1.0 - share), dtype=float)


def _people(count: Floats) -> Floats:
    # A whole number went through a division and back.
    return np.asarray(np.round(count, 9), dtype=float)


def _z(of: Mapping[str, Floats]) -> Floats:
    n, N, W = of["n"], of["N"], of["population_share"]
    finite = np.where(np.isfinite(N), (N - n) / (N - 1.0), 1.0)
    return np.asarray((of["share"] - W) * n / np.sqrt(n * W * (1.0 - W) * finite), dtype=float)


#: Each column with its formula, in x = count, n, p = share, K, N, W = K/N.
EXTRA_COLUMNS: Mapping[str, Maker] = {
    "seats_short": lambda of: of["expected"] - of["count"],
    "seats_floor": lambda of: np.floor(of["expected"] + 1e-9),
    "seats_ceiling": lambda of: np.ceil(of["expected"] - 1e-9),
    "absolute_disparity": lambda of: of["population_share"] - of["share"],
    "comparative_disparity": lambda of: 1.0 - of["ratio"],
    "selection_ratio": lambda of: _odds(of["share"]) / _odds(of["population_share"]),
    "rate_per_1000": lambda of: 1000.0 * of["count"] / of["population_count"],
    "z": _z,
    "chance_count_low": lambda of: _people(of["chance_low"] * of["expected"]),
    "chance_count_high": lambda of: _people(of["chance_high"] * of["expected"]),
    "ratio_all_out": lambda of: of["count"] / of["everybody"] / of["population_share"],
    "ratio_all_in": lambda of: (
        (of["count"] + of["not_stated"]) / of["everybody"] / of["population_share"]
    ),
    "share_unweighted": lambda of: of["count"] / of["n"],
    "ratio_unweighted": lambda of: of["count"] / of["n"] / of["population_share"],
}


def with_extras(
    cells: pd.DataFrame, profiles: pd.DataFrame, names: tuple[str, ...]
) -> pd.DataFrame:
    """Add the columns asked for to cells that `assess` has judged."""
    at = cells["profile"].to_numpy()
    of = {
        name: cells[name].to_numpy(dtype=float)
        for name in ("count", "n", "N", "share", "expected", "ratio", "population_count",
                     "population_share", "chance_low", "chance_high")
    }  # fmt: skip
    of["not_stated"] = profiles["not_stated"].to_numpy(dtype=float)[at]
    of["everybody"] = profiles["everybody"].to_numpy(dtype=float)[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        made = {name: EXTRA_COLUMNS[name](of) for name in names}
    return cells.assign(**made)
