"""The weights of a design, read and checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

from .adjustments import Fitted
from .stages import WHERE

Floats = npt.NDArray[np.float64]


def read_weights(frame: pd.DataFrame, weights: Any) -> Floats:
    """One weight per row: of a column, a list, a Series or a Weighting; 1 where none is given.

    Raises
    ------
    InputError
        If there are too many or too few, they are of other rows, or one is missing, infinite,
        below 0 (fitted ones may be) or all are 0.
    """
    if weights is None:
        return np.ones(len(frame))
    fitted = isinstance(weights, Fitted)
    given = frame[weights] if isinstance(weights, str) else weights
    given = given.weights if fitted else given
    _check_rows(frame, given)
    numbers = pd.to_numeric(pd.Series(given), errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
    # One that is missing or infinite makes the sum so: a look at each row is seldom needed.
    total = numbers.sum()
    if not np.isfinite(total) or (not fitted and numbers.min(initial=0) < 0):
        wrong = ~np.isfinite(numbers) | ((numbers < 0) & (not fitted))
        _refuse_wrong(pd.Series(given), frame.index, wrong)
    if not total > 0:
        raise InputError("every weight is 0", where=WHERE, expected="weights above 0", got="zeros")
    return numbers


def _refuse_wrong(given: pd.Series, index: pd.Index, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(
            f"{int(wrong.sum()):,} of {len(wrong):,} weights are missing, negative or infinite",
            where=WHERE,
            expected="a finite weight of 0 or more for everybody",
            got=f"the first is {given.iloc[first]} at index {index[first]!r}",
            hint="a missing weight is not 1: leave the row out, or give it the weight 0",
        )


def _check_rows(frame: pd.DataFrame, given: Any) -> None:
    if not hasattr(given, "__len__"):
        raise InputError(
            f"weights is {type(given).__name__}",
            where=WHERE,
            expected="a column, one number per row, or the result of rake, poststratify or "
            "calibrate",
            got=repr(given),
        )
    moved = isinstance(given, pd.Series) and not given.index.equals(frame.index)
    if len(given) != len(frame) or moved:
        raise InputError(
            "the weights are of other rows than the frame",
            where=WHERE,
            expected=f"one weight for each of {len(frame):,} rows, in their order",
            got=f"{len(given):,} weights"
            + (" with another index" if len(given) == len(frame) else ""),
            hint="weight the same frame that you give here",
        )
