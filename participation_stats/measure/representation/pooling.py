"""Groups too rare to be judged singly, put together under one name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..tallies import BETWEEN
from .alignment import Alignment, ordered

#: (body, variable) → the groups that were put together there.
Pooled = Mapping[tuple[str, str], tuple[str, ...]]


def pool_rare(aligned: Alignment, pool: bool | None) -> tuple[Alignment, Pooled]:
    """Pool the groups of which a fair draw would hold less than one person (nW < 1).

    Parameters
    ----------
    aligned : Alignment
    pool : bool, optional
        Whether to pool. Default: in intersections only.

    Returns
    -------
    aligned : Alignment
        With the pooled groups in one row, called ``Pooled (5 groups)``.
    pooled : mapping
        From (body, variable) to the groups that were put together.
    """
    cells = aligned.cells
    expected = aligned.profiles["n"].to_numpy()[cells["profile"]] * cells["population_share"]
    chosen = (expected < 1.0) & ~cells["residual"].astype(bool)
    if pool is None:
        chosen &= cells["variable"].str.contains(BETWEEN, regex=False)
    elif not pool:
        return aligned, {}
    rare = np.bincount(cells["profile"], weights=chosen)[cells["profile"]]
    chosen &= rare > 1
    if not chosen.any():
        return aligned, {}
    labels = np.array([f"Pooled ({size:.0f} groups)" for size in rare], dtype=object)
    parts = cells.loc[chosen].groupby(["body", "variable"], sort=False)["category"]
    pooled = {(str(body), str(variable)): tuple(names) for (body, variable), names in parts}
    rows = cells.assign(
        category=np.where(chosen, labels, cells["category"]), variance=cells["std_error"] ** 2
    )
    keys = ["profile", "category"]
    groups = rows.groupby(keys, sort=False)
    names = ["count", "weighted", "population_count", "population_share", "variance"]
    merged = groups.first()
    merged[names] = groups[names].sum(min_count=1)
    merged["std_error"] = np.sqrt(merged["variance"])
    merged = merged.reset_index()[cells.columns]
    return Alignment(ordered(merged), aligned.profiles), pooled
