"""Formulas: which columns a model needs, and how covariate patterns become a design matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.tallies import level_order

Floats = npt.NDArray[np.float64]

#: A term is redundant if what the others leave of it is below this part of its length.
REDUNDANT = 1e-9


@dataclass(frozen=True)
class Encoding:
    """A design matrix and how to make another in the same coding.

    Attributes
    ----------
    terms : list of str
        Names of the columns: ``"ethnicity[T.Portuguese]"``.
    design : array of shape (patterns, terms)
    patterns : DataFrame
        The patterns with text and truth values as factors.
    encode : callable
        Such patterns to a design in this coding.
    levels : dict
        Levels of each factor; the first is the reference.
    blocks : dict
        Columns of each term of the formula: ``{"ethnicity": [1, 2], "age": [3]}``.
    """

    terms: list[str]
    design: Floats
    patterns: pd.DataFrame
    encode: Callable[[pd.DataFrame], Floats]
    levels: dict[str, list[object]]
    blocks: dict[str, list[int]]

    def encode_only(self, columns: list[int], patterns: pd.DataFrame) -> Floats:
        """Patterns to some columns of a design in this coding."""
        return self.encode(patterns)[:, columns]


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
    if len(left) != 1 or str(parsed.lhs).strip() != left[0] or left[0] in right:
        raise InputError(
            f"the left side of '{formula}' is not one column of its own",
            where="formula",
            expected="the name of a column that is on the left side only",
            got=f"'{parsed.lhs}'",
        )
    return left[0], right


def encode(formula: str, patterns: pd.DataFrame) -> Encoding:
    """Code the patterns: factors against their first level, numbers as they are.

    The first level is the first of a list's own order, else of the alphabet with Other and Not
    stated last.

    Raises
    ------
    InputError
        If a factor has only one level in the data, or a term cannot be worked out.
    EstimationError
        If a term follows from the others.
    """
    from formulaic import model_matrix
    from formulaic.errors import FormulaicError

    factors = _as_factors(patterns)
    levels = {
        str(name): list(factors[name].cat.categories)
        for name in factors
        if isinstance(factors[name].dtype, pd.CategoricalDtype)
    }
    _refuse_single(levels)
    right = formula.split("~", 1)[1]
    try:
        matrix: Any = model_matrix(right, factors)
    except FormulaicError as error:
        raise InputError(
            f"the terms of '{formula}' cannot be worked out",
            where="formula",
            expected="columns, and numpy functions of numeric columns",
            got=str(error).splitlines()[0],
        ) from error
    spec = matrix.model_spec
    terms, design = list(matrix.columns), np.asarray(matrix, dtype=float)
    _refuse_redundant(terms, design)
    blocks = {str(term): list(columns) for term, columns in spec.term_indices.items()}
    return Encoding(terms, design, factors, partial(_encoded, spec), levels, blocks)


def _encoded(spec: Any, patterns: pd.DataFrame) -> Floats:
    """Other patterns by the same terms and levels."""
    return np.asarray(spec.get_model_matrix(patterns), dtype=float)


def _as_factors(patterns: pd.DataFrame) -> pd.DataFrame:
    """Text and truth values as factors with only the levels that occur, in their order."""
    out = patterns.copy()
    for name in out:
        column = out[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            out[name] = column.cat.remove_unused_categories()
        elif not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            out[name] = pd.Categorical(column, categories=level_order(column.unique()))
    return out


def _refuse_single(levels: dict[str, list[object]]) -> None:
    for name, known in levels.items():
        if len(known) < 2:
            raise InputError(
                f"'{name}' has only one group, '{known[0]}'",
                where="formula",
                expected="at least two groups to compare",
                got=f"everybody is '{known[0]}'",
                hint=f"leave '{name}' out of the formula",
            )


def _refuse_redundant(terms: list[str], design: Floats) -> None:
    """Refuse terms that follow from the others, by name."""
    length = np.linalg.norm(design, axis=0)
    scaled = design / np.where(length > 0, length, 1.0)
    triangle, order = linalg.qr(scaled, mode="r", pivoting=True, check_finite=False)
    size = np.zeros(len(terms))
    size[: min(triangle.shape)] = np.abs(np.diag(triangle))
    redundant = [terms[column] for column in order[size < REDUNDANT]]
    if redundant:
        raise EstimationError(
            f"{', '.join(sorted(redundant))}: no estimate, as it follows from the other terms",
            where="formula",
            expected="terms of which none can be worked out from the others",
            got=f"{len(terms)} terms, of which {len(terms) - len(redundant)} can be told apart",
            hint="leave out a factor that another one determines, or an interaction with "
            "combinations that nobody has",
        )
