"""Adjusting p-values for the family of comparisons that they belong to."""

from __future__ import annotations

import numpy as np

from .fair_draw import Floats, Ints


def holm(p_values: Floats, family: Ints, tests: Ints | None = None) -> Floats:
    """Holm's step-down p-values within each family; NaN stays NaN and is not counted.

    Parameters
    ----------
    p_values : array of shape (cells,)
    family : array of int of shape (cells,)
        Which family each p-value belongs to.
    tests : array of int of shape (cells,), optional
        How many tests the family really holds, where some of its p-values are the same test
        (the two categories of a variable). Default: the number of p-values.

    Notes
    -----
    p₍ᵢ₎ is multiplied by m − i + 1, made monotone and held at 1 (Holm 1979, Scandinavian Journal
    of Statistics 6). It controls the chance of any false claim in the family, however the tests
    depend on one another.

    Examples
    --------
    >>> import numpy as np
    >>> holm(np.array([0.01, 0.04, 0.03]), np.array([0, 0, 0]))
    array([0.03, 0.06, 0.06])
    """
    adjusted = np.full(len(p_values), np.nan)
    cells = np.flatnonzero(~np.isnan(p_values))
    cells = cells[np.lexsort((p_values[cells], family[cells]))]
    groups, rank, size = _ranks(family[cells])
    count = size if tests is None else np.minimum(size, tests[cells])
    raised = np.minimum(1.0, p_values[cells] * np.maximum(count - rank, 1))
    adjusted[cells] = _running_maximum(raised, groups)
    return adjusted


def benjamini_hochberg(p_values: Floats, family: Ints) -> Floats:
    """Benjamini–Hochberg step-up p-values (false discovery rate) within each family.

    Examples
    --------
    >>> import numpy as np
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03]), np.array([0, 0, 0]))
    array([0.03, 0.04, 0.04])
    """
    adjusted = np.full(len(p_values), np.nan)
    cells = np.flatnonzero(~np.isnan(p_values))
    cells = cells[np.lexsort((p_values[cells], family[cells]))]
    groups, rank, size = _ranks(family[cells])
    raised = np.minimum(1.0, p_values[cells] * size / (rank + 1))
    # A running minimum from the largest p down is a running maximum of the negatives.
    adjusted[cells] = -_running_maximum(-raised[::-1], groups.max(initial=0) - groups[::-1])[::-1]
    return adjusted


def across_bodies(p_values: Floats, body: Ints) -> Floats:
    """Benjamini–Hochberg across bodies, of p-values already adjusted within each body.

    A body's smallest p decides whether it is selected, by Benjamini–Hochberg at level α among all
    B bodies; within the R that are selected, a group is claimed at α·R/B. The adjusted p is the
    smallest α at which the group would be claimed, so the share of false claims is held on
    average over the bodies selected (Benjamini & Bogomolov 2014, JRSS B 76). With one body
    nothing changes; with one test in each body this is Benjamini–Hochberg itself.

    Parameters
    ----------
    p_values : array of shape (cells,)
        Adjusted within each body (Holm); NaN stays NaN.
    body : array of int of shape (cells,)
        Which body each p-value belongs to.
    """
    adjusted = np.full(len(p_values), np.nan)
    cells = np.flatnonzero(~np.isnan(p_values))
    if not len(cells):
        return adjusted
    order = cells[np.lexsort((p_values[cells], body[cells]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = body[order][1:] != body[order][:-1]
    adjusted[cells] = selected_level(p_values[cells], np.sort(p_values[order][first]))
    return adjusted


def selected_level(p_values: Floats, smallest: Floats) -> Floats:
    """The adjusted p of `across_bodies`, given the smallest p of every body in ascending order."""
    bodies = len(smallest)
    rank = np.arange(1, bodies + 1)
    selected = np.minimum.accumulate((smallest * bodies / rank)[::-1])[::-1]
    # Claimed with r bodies selected: α ≥ selected[r] and α ≥ p·B/r. The first grows with r and
    # the second falls, so the least α lies where they cross.
    cross = np.searchsorted(selected * rank / bodies, p_values, side="left")
    at = np.minimum(cross, bodies - 1)
    after = np.maximum(selected[at], p_values * bodies / (at + 1))
    before = np.where(at > 0, p_values * bodies / np.maximum(at, 1), np.inf)
    return np.asarray(np.minimum(1.0, np.minimum(after, before)), dtype=float)


def _ranks(family: Ints) -> tuple[Ints, Ints, Ints]:
    """For sorted families: number of the family, rank from 0 within it, and its size."""
    _, groups, sizes = np.unique(family, return_inverse=True, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return groups, np.arange(len(family)) - starts[groups], sizes[groups]


def _running_maximum(values: Floats, groups: Ints) -> Floats:
    """The running maximum that begins anew in each group; `groups` ascends.

    Works on the ranks of the values, so that a p of 1e-145 is not lost beside an offset.
    """
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    offset = groups * len(values)
    highest = np.maximum.accumulate(rank + offset) - offset
    return values[order][highest]
