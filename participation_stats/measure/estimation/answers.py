"""Answers: the column of which something is estimated, as numbers per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.tallies import NOT_STATED, level_name

from .domains import number_levels

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answers:
    """What is averaged or added up.

    Attributes
    ----------
    labels : list of str
        One per column of numbers: the answer that it marks; empty where it is the value itself.
    columns : list of arrays of shape (rows,)
        Numbers of each row; 0 where nothing was answered.
    answered : array of bool of shape (rows,)
    """

    labels: list[str]
    columns: list[Floats]
    answered: Flags


def is_categorical(column: pd.Series) -> bool:
    """Whether the mean of a column is a proportion: words and truth values."""
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(
        column.dtype
    ):
        return False
    if column.dtype == object:
        # Truth values with a gap, or numbers that came as objects.
        kept = column.dropna()
        return (
            not len(kept)
            or not kept.map(lambda x: isinstance(x, int | float)).all()
            or bool(kept.map(lambda x: isinstance(x, bool)).all())
        )
    return True


def read_numbers(frame: pd.DataFrame, name: str, where: str) -> tuple[Floats, Flags]:
    """Numbers of a column, 0 where missing, and where there is one.

    Raises
    ------
    InputError
        If the column holds words, dates or infinite numbers.
    """
    column = frame[name]
    try:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            raise TypeError
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"'{name}' is not a column of numbers",
            where=where,
            expected="numbers, or words with statistic='proportion'",
            got=f"a column of kind {column.dtype}",
            hint="recode words to numbers first, such as 1 for yes and 0 for no",
        ) from error
    answered = ~np.isnan(numbers)
    if np.isinf(numbers).any():
        raise InputError(
            f"'{name}' has infinite values", where=where, expected="finite numbers", got="inf"
        )
    return numbers if answered.all() else np.where(answered, numbers, 0.0), answered


def read_answers(frame: pd.DataFrame, name: str, wanted: Any, where: str) -> Answers:
    """A column of 0 and 1 for each answer that is asked for.

    Parameters
    ----------
    frame : DataFrame
    name : str
    wanted : object or sequence, optional
        Answers; None means every answer, and of 0 and 1 or of truth values only the latter.
    where : str

    Raises
    ------
    InputError
        If nobody gave an answer that is wanted, and the column has no list that it is in.
    """
    codes, labels = number_levels(frame[name])
    answered = np.ones(len(codes), dtype=bool)
    if NOT_STATED in labels:
        answered = codes != labels.index(NOT_STATED)
    known = [label for label in labels if label != NOT_STATED]
    chosen = _chosen(known, wanted, name, where)
    place = {label: at for at, label in enumerate(labels)}
    columns = [(codes == place.get(label, -1)).astype(float) for label in chosen]
    return Answers(chosen, columns, answered)


def _chosen(known: list[str], wanted: Any, name: str, where: str) -> list[str]:
    if wanted is None:
        for pair in ({"False", "True"}, {"0", "1"}, {"0.0", "1.0"}):
            if known and set(known) <= pair:
                return [max(pair)]
        return known or [""]
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str)
    chosen = [level_name(answer) for answer in (wanted if several else [wanted])]
    for answer in chosen:
        if answer not in known:
            raise InputError(
                f"nobody gave the answer '{answer}' to '{name}'",
                where=where,
                expected=f"one of {', '.join(map(repr, known[:20]))}",
                got=repr(answer),
                hint="check the spelling, or give the column the list of its answers as categories",
            )
    return chosen
