"""Suppression: the rows of a margin to withhold, and what more, so that none is recovered."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from participation_stats.measure.results import PUBLIC_VARIABLES, Rule
from participation_stats.release.policies import Policy

#: A category that says nothing about anybody: a missing answer is not a characteristic.
NOT_STATED = "Not stated"


def margins_of(frame: pd.DataFrame, rule: Rule) -> list[tuple[Hashable, pd.DataFrame]]:
    """The blocks of rows whose counts add up to a published total."""
    keys = [name for name in rule.margin if name in frame]
    if not keys:
        return [((), frame)]
    return list(frame.groupby(keys, sort=False, dropna=False))


def withheld_rows(rows: pd.DataFrame, rule: Rule, policy: Policy) -> np.ndarray:
    """Which rows of one margin are withheld: primary, complement, then secondary."""
    public = _public(rows, rule)
    counts = rows[rule.count].to_numpy(dtype=float, na_value=np.nan)
    small: np.ndarray = np.isnan(counts) | (counts < policy.threshold)
    if not policy.zeros_disclose:
        small &= counts != 0
    if "category" not in rows:
        return np.asarray(small & ~public, dtype=bool)
    stated = rows["category"].to_numpy() != NOT_STATED
    total = np.nansum(counts[stated])
    hidden = (small | (total - counts < policy.threshold)) & stated & ~public
    return _widened(np.asarray(hidden, dtype=bool), counts, ~public, policy.threshold)


def _widened(
    hidden: np.ndarray, counts: np.ndarray, allowed: np.ndarray, threshold: int
) -> np.ndarray:
    """Withhold the next smallest until two are, and together they reach the threshold."""
    hidden = hidden.copy()
    for row in np.argsort(counts, kind="stable"):
        if not hidden.any() or (hidden.sum() > 1 and np.nansum(counts[hidden]) >= threshold):
            break
        hidden[row] |= allowed[row]
    return hidden


def _public(rows: pd.DataFrame, rule: Rule) -> np.ndarray:
    if rule.variable is None or rule.variable not in rows:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(rows[rule.variable].isin(PUBLIC_VARIABLES), dtype=bool)
