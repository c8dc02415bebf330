"""The few things that pingouin computes, with its warnings kept from the analyst."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd


@contextmanager
def quiet_pingouin() -> Iterator[Any]:
    """pingouin, without what it says of its own use of pandas and of power in small samples.

    Groups in which nothing varies divide nought by nought there; callers turn that into missing
    numbers and say so.
    """
    with warnings.catch_warnings():
        for kind in (DeprecationWarning, FutureWarning, UserWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        import pingouin

        yield pingouin


def cronbach(answers: pd.DataFrame) -> float:
    """Cronbach's alpha; missing where the sum of the items never varies.

    Examples
    --------
    >>> round(cronbach(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 3, 5]})), 4)
    0.96
    """
    if answers.sum(axis=1).std() == 0:
        return float("nan")
    with quiet_pingouin() as pg:
        return float(pg.cronbach_alpha(data=answers)[0])


def correlation(item: pd.Series, rest: pd.Series) -> float:
    """Pearson's correlation; missing where either never varies."""
    if item.std() == 0 or rest.std() == 0:
        return float("nan")
    with quiet_pingouin() as pg:
        return float(pg.corr(item, rest)["r"].iloc[0])


def hedges_limits(g: float, n: int, other: int, confidence: float) -> tuple[float, float]:
    """Limits of Hedges' g of two groups of n and `other` people."""
    with quiet_pingouin() as pg:
        low, high = pg.compute_esci(
            stat=g, nx=n, ny=other, eftype="hedges", confidence=confidence, decimals=15
        )
    return float(low), float(high)
