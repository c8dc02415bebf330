"""Formulas: which columns a model needs, and how covariate patterns become a design matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """A design matrix and how to make another in the same coding.

    Attributes
    ----------
    terms : list of str
        Names of the columns: ``"ethnicity[T.Portuguese]"``.
    design : array of shape (patterns, terms)
    encode : callable
        Patterns to a design in this coding.
    levels : dict
        Levels of each factor; the first is the reference.
    """

    terms: list[str]
    design: Floats
    encode: Callable[[pd.DataFrame], Floats]
    levels: dict[str, list[object]]


def parse(formula: str) -> tuple[str, list[str]]:
    """The response and the covariates that a formula names.

    Raises
    ------
    InputError
        If it cannot be read, or does not have one column on its left side.

    Examples
    --------
    >>> parse("attended ~ ethnicity * format + age")
    ('attended', ['age', 'ethnicity', 'format'])
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed: Any = Formula(formula)
        left = sorted(parsed.lhs.required_variables)
        right = sorted(parsed.rhs.required_variables)
    except (FormulaicError, AttributeError, SyntaxError) as error:
        raise InputError(
            f"the formula '{formula}' cannot be read",
            where="formula",
            expected="a response, a tilde and terms: 'attended ~ ethnicity + gender'",
            got=f"'{formula}'",
        ) from error
    if len(left) != 1 or str(parsed.lhs).strip() != left[0]:
        raise InputError(
            f"the left side of '{formula}' is not one column",
            where="formula",
            expected="the name of a column of 0 and 1",
            got=f"'{parsed.lhs}'",
        )
    return left[0], right


def encode(formula: str, patterns: pd.DataFrame) -> Encoding:
    """Code the patterns: factors against their first level, numbers as they are.

    Raises
    ------
    InputError
        If a factor has only one level in the data.
    """
    from formulaic import model_matrix

    patterns = _as_factors(patterns)
    levels = {
        str(name): list(patterns[name].cat.categories)
        for name in patterns
        if isinstance(patterns[name].dtype, pd.CategoricalDtype)
    }
    for name, known in levels.items():
        if len(known) < 2:
            raise InputError(
                f"'{name}' has only one group, '{known[0]}'",
                where="formula",
                expected="at least two groups to compare",
                got=f"everybody is '{known[0]}'",
                hint=f"leave '{name}' out of the formula",
            )
    right = formula.split("~", 1)[1]
    matrix: Any = model_matrix(right, patterns)
    spec = matrix.model_spec

    def again(other: pd.DataFrame) -> Floats:
        return np.asarray(spec.get_model_matrix(_like(other, patterns)), dtype=float)

    return Encoding(list(matrix.columns), np.asarray(matrix, dtype=float), again, levels)


def _as_factors(patterns: pd.DataFrame) -> pd.DataFrame:
    """Text and truth values as factors with only the levels that occur, in their order."""
    out = patterns.copy()
    for name in out:
        column = out[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            out[name] = column.cat.remove_unused_categories()
        elif not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            out[name] = pd.Categorical(column, categories=sorted(column.unique()))
    return out


def _like(other: pd.DataFrame, patterns: pd.DataFrame) -> pd.DataFrame:
    return other.astype({name: patterns[name].dtype for name in patterns})
