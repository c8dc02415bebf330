"""Answers as numbers, read and checked, for scales and group comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.tallies import gathered

#: What a result that does not use weights says of itself.
UNWEIGHTED = "not used: this describes those who answered, not the population"


def frame_of(data: Any, names: Sequence[str], where: str) -> pd.DataFrame:
    """The columns named, of a frame of any engine; of a pandas frame with its index.

    Raises
    ------
    InputError
        If `data` is no frame, or a column is not there.
    """
    if not isinstance(data, pd.DataFrame):
        return gathered(data, where, list(dict.fromkeys(names)))
    for name in names:
        if name not in data:
            raise InputError(
                f"no column '{name}'",
                where=where,
                expected="one of " + ", ".join(map(str, data.columns)),
                got=f"'{name}'",
            )
    return data[list(dict.fromkeys(names))]


def numbers_of(column: pd.Series, where: str) -> pd.Series:
    """A column of answers as numbers; missing stays missing.

    Raises
    ------
    InputError
        If an answer is no number.
    """
    numbers = pd.Series(pd.to_numeric(column, errors="coerce"), index=column.index)
    wrong = numbers.isna() & column.notna()
    if wrong.any():
        raise InputError(
            f"'{column.name}' is no number",
            where=where,
            expected="answers as numbers that run the same way",
            got=repr(column[wrong].iloc[0]),
            hint="code the answers first: 1 for the lowest",
        )
    return numbers.astype("float64")
