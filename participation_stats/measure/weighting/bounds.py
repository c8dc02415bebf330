"""Bounds of factors and limits of iterations, read."""

from __future__ import annotations

from typing import Any

import numpy as np

from participation_stats.errors import InputError


def read_bounds(
    bounds: Any, where: str, *, lowest: float = 0.0, needed: bool = False
) -> tuple[float, float]:
    """Lowest and highest factor; `lowest` and infinity where none are given.

    Raises
    ------
    InputError
        If they are no two numbers around 1.

    Examples
    --------
    >>> read_bounds(None, "rake"), read_bounds((0.3, 3), "rake")
    ((0.0, inf), (0.3, 3.0))
    """
    if bounds is None and not needed:
        return lowest, np.inf
    try:
        low, high = (float(value) for value in bounds)
        fits = lowest <= low < 1 < high and not (needed and np.isinf([low, high]).any())
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise InputError(
            "bounds= are not two factors around 1",
            where=where,
            expected="the lowest and highest factor, such as (0.3, 3)",
            got=repr(bounds),
            hint="a factor of 1 leaves a row's share of the total as it was",
        )
    return low, high


def read_limit(max_iterations: Any, where: str) -> int:
    """The number of iterations allowed.

    Raises
    ------
    InputError
        If it is not a whole number of at least 1.
    """
    if not isinstance(max_iterations, int | np.integer) or max_iterations < 1:
        raise InputError(
            "max_iterations is not a whole number above 0",
            where=where,
            expected="1 or more",
            got=repr(max_iterations),
        )
    return int(max_iterations)
