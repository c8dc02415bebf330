"""Columns as numbers for chained equations, and numbers back as answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg

from participation_stats.errors import EstimationError, InputError

from .domains import number_levels

Floats = npt.NDArray[np.float64]

WHERE = "survey_impute"
#: A predictor is left out if others leave less than this part of its length.
REDUNDANT = 1e-9


@dataclass(frozen=True, eq=False)
class Coded:
    """An item as numbers.

    Attributes
    ----------
    name : str
    numbers : array of shape (rows,)
        NaN where there is no answer.
    levels : list or None
        The answers that the numbers 0, 1, … stand for; None where they are the answers.
    """

    name: str
    numbers: Floats
    levels: list[object] | None

    def answers(self, numbers: Floats, column: pd.Series) -> pd.Series:
        """Imputed numbers, all of them somebody's answer, in the index and type of a column."""
        values = numbers if self.levels is None else [self.levels[int(at)] for at in numbers]
        return pd.Series(values, index=column.index, name=column.name).astype(column.dtype)


def code_item(column: pd.Series) -> Coded:
    """Answers as numbers: as they are, or their place in an order.

    Raises
    ------
    InputError
        If nobody answered, or there are more than two answers without an order.

    Examples
    --------
    >>> code_item(pd.Series(["yes", None, "no"], name="came")).numbers
    array([ 1., nan,  0.])
    """
    name = str(column.name)
    if not column.notna().any():
        raise InputError(
            f"nobody answered '{name}'",
            where=WHERE,
            expected="some answers, from which the others are drawn",
            got=f"{len(column)} missing values",
        )
    truth = pd.api.types.is_bool_dtype(column)
    if pd.api.types.is_numeric_dtype(column) and not truth:
        return Coded(name, column.to_numpy(dtype=float, na_value=np.nan), None)
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered
    levels = list(column.cat.categories) if ordered else sorted(column.dropna().unique(), key=str)
    if len(levels) > 2 and not ordered:
        raise InputError(
            f"'{name}' has {len(levels)} answers without an order",
            where=WHERE,
            expected="numbers, two answers, or a column with ordered categories",
            got=", ".join(map(repr, levels[:5])),
            hint="make one yes-or-no column for each answer that you report",
        )
    place = {level: float(at) for at, level in enumerate(levels)}
    numbers = np.array([place.get(value, np.nan) for value in column.astype(object)], dtype=float)
    return Coded(name, numbers, levels)


def predictors(frame: pd.DataFrame, names: Sequence[str], weights: Floats) -> pd.DataFrame:
    """Numbers from which answers are predicted: the weights, numbers as they are, and groups.

    Every group of words is an indicator, a missing value a group of its own; a missing number is
    its mean, with an indicator that says so.
    """
    columns: list[Floats] = [weights]
    for name in names:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = column.to_numpy(dtype=float, na_value=np.nan)
            gaps = np.isnan(numbers)
            if not gaps.all():
                columns.append(np.where(gaps, numbers[~gaps].mean(), numbers))
            columns.append(gaps.astype(float))
            continue
        codes, labels = number_levels(column)
        columns += [(codes == at).astype(float) for at in range(1, len(labels))]
    return pd.DataFrame(
        {f"x{at}": column for at, column in enumerate(_independent(columns))}, dtype=float
    )


def _independent(columns: list[Floats]) -> list[Floats]:
    """Columns, less those that follow from a constant and the ones before."""
    kept: list[Floats] = []
    basis = [np.full(len(columns[0]), 1 / np.sqrt(len(columns[0])))]
    for column in columns:
        size = np.linalg.norm(column)
        rest = column - np.stack(basis, axis=1) @ (np.stack(basis) @ column)
        rest = rest - np.stack(basis, axis=1) @ (np.stack(basis) @ rest)
        if size > 0 and linalg.norm(rest) > REDUNDANT * size:
            kept.append(column)
            basis.append(rest / linalg.norm(rest))
    return kept


def refuse_few(items: Sequence[Coded], n_predictors: int) -> None:
    """Refuse to predict from more columns than answers.

    Raises
    ------
    EstimationError
        Naming the item with the fewest answers.
    """
    fewest = min(items, key=lambda item: int(np.isfinite(item.numbers).sum()))
    answers = int(np.isfinite(fewest.numbers).sum())
    # A constant, the predictors, the other items and what breaks ties.
    needed = n_predictors + len(items) + 1
    if answers <= needed:
        raise EstimationError(
            f"'{fewest.name}' has {answers} answers, predicted from {needed} columns",
            where=WHERE,
            expected="more answers than columns",
            got=f"{answers} answers",
            hint="name fewer columns in using=",
        )
