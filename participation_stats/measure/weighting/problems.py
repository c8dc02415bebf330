"""A weighting problem, read and checked: cells of the sample and what they must add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.numbering import Numbered
from participation_stats.measure.tallies import BETWEEN, column_names, gathered, level_name

from .cells import Cells, align, columns_of, gather_cells, read_columns
from .merging import check_merging, read_merging
from .targets import Target, joined, read_targets, total_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be solved.

    Attributes
    ----------
    cells : Cells
        Rows that get the same factor.
    targets : tuple of Target
        One per margin.
    codes : tuple of arrays of shape (cells,)
        Place of each cell in the categories of each target.
    numeric : array of shape (cells, k)
        Values of the numeric columns.
    numeric_totals : dict of str to float
        What each must add up to, in the order of the columns.
    total : float or None
        What the weights must add up to; None where only numeric totals are given.
    collapsed : str
        What was merged, in words.
    """

    cells: Cells
    targets: tuple[Target, ...]
    codes: tuple[Ints, ...]
    numeric: Floats
    numeric_totals: dict[str, float]
    total: float | None
    collapsed: str


def read_problem(
    frame: Any,
    margins: Any,
    weights: Any,
    collapse: Any,
    where: str,
    totals: Mapping[str, float] | None = None,
) -> tuple[Problem, pd.Series]:
    """Check everything that was given; return the problem and the base weights.

    Raises
    ------
    InputError
        Naming the column, category, row or number that does not fit.
    """
    merging = read_merging(collapse, where)
    targets = () if margins is None and totals else read_targets(margins, merging, where)
    named = _read_totals(totals, where)
    known = _columns(frame, where)
    columns_by_target = [columns_of(target.variable, known, where) for target in targets]
    wanted = [*dict.fromkeys(name for names in columns_by_target for name in names), *named]
    needed = [*wanted, *([weights] if isinstance(weights, str) else [])]
    # A pandas frame with all of them is taken as it is: another engine's way there copies it.
    plain = isinstance(frame, pd.DataFrame) and set(needed) <= set(known)
    held = frame[list(dict.fromkeys(needed))] if plain else gathered(frame, where, needed)
    if held.empty:
        raise InputError(
            "frame has no rows", where=where, expected="one row per respondent", got="none"
        )
    base = read_base_weights(held, weights, where)
    columns = read_columns(held, list(dict.fromkeys(wanted)), where)
    cells = gather_cells(columns)
    seen = _seen(columns, targets, margins)
    check_merging(merging, seen, set(seen), where)
    codes = tuple(
        align(target, names, columns, cells, merging, where)
        for target, names in zip(targets, columns_by_target, strict=True)
    )
    total = (total_of(targets) or float(base.sum())) if targets else None
    problem = Problem(
        cells,
        targets,
        codes,
        _numeric(columns, cells, named, where),
        named,
        total,
        merging.told(seen),
    )
    return problem, base


def read_base_weights(held: pd.DataFrame, weights: Any, where: str) -> pd.Series:
    """Base weights, one above 0 for each row; 1 where none are given.

    Raises
    ------
    InputError
        If there are too many or too few, or one is missing, 0, negative or not a number.
    """
    if weights is None:
        return pd.Series(1.0, index=held.index, name="base_weight")
    given = held[weights] if isinstance(weights, str) else weights
    told = f"'{weights}'" if isinstance(weights, str) else "weights"
    if not isinstance(given, Sized):
        raise InputError(
            f"weights is {type(weights).__name__}",
            where=where,
            expected="a column of the frame, or one number per row",
            got=repr(weights),
        )
    if len(given) != len(held) or (
        isinstance(given, pd.Series) and not given.index.equals(held.index)
    ):
        raise InputError(
            f"{told} are of other rows than frame",
            where=where,
            expected=f"one weight for each of {len(held):,} rows, in their order",
            got=f"{len(given):,} weights"
            + ("" if len(given) != len(held) else " with another index"),
            hint="name a column of the frame instead",
        )
    values = pd.to_numeric(pd.Series(given), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~((values > 0) & np.isfinite(values)))
    if len(wrong):
        at = int(wrong[0])
        raise InputError(
            f"{told}: {len(wrong):,} of {len(values):,} rows have no weight above 0 "
            f"(the first is row {held.index[at]})",
            where=where,
            expected="a finite number above 0 for everybody",
            got=str(pd.Series(given).iloc[at]),
            hint="leave out rows that stand for nobody; a missing weight is not 1",
        )
    return pd.Series(values, index=held.index, name="base_weight", copy=False)


def _columns(frame: Any, where: str) -> list[str]:
    names = list(frame.columns) if isinstance(frame, pd.DataFrame) else column_names(frame, where)
    if names is None:
        raise InputError(
            f"frame is {type(frame).__name__}",
            where=where,
            expected="one row per respondent: a frame, or the path of a CSV or Parquet file",
            got=type(frame).__name__,
        )
    return names


def _read_totals(totals: Mapping[str, float] | None, where: str) -> dict[str, float]:
    if totals is not None and not isinstance(totals, Mapping):
        raise InputError(
            f"totals= is {type(totals).__name__}",
            where=where,
            expected="a mapping from numeric column to its sum over the population",
            got=repr(totals),
        )
    named = {str(name): value for name, value in (totals or {}).items()}
    for name, value in named.items():
        if not isinstance(value, int | float | np.number) or not np.isfinite(value):
            raise InputError(
                f"totals= for '{name}' is not a number",
                where=where,
                expected="the sum over the population",
                got=repr(value),
            )
    return {name: float(value) for name, value in named.items()}


def _seen(
    columns: dict[str, Numbered], targets: tuple[Target, ...], margins: Any
) -> dict[str, set[str]]:
    """Categories before merging, of the frame and of the margins, by column."""
    seen = {
        name: {level_name(value) for value in column.values} for name, column in columns.items()
    }
    for variable, category in _pairs(getattr(margins, "table", margins)):
        names, parts = variable.split(BETWEEN), category.split(BETWEEN)
        for name, part in zip(names, parts, strict=False):
            seen.setdefault(name, set()).add(part)
    return seen


def _pairs(margins: Any) -> list[tuple[str, str]]:
    """Variable and category of every row of margins, before merging."""
    if isinstance(margins, pd.DataFrame):
        return list(
            zip(
                margins["variable"].astype(str),
                margins["category"].astype(object).map(level_name),
                strict=True,
            )
        )
    blocks = margins.items() if isinstance(margins, Mapping) else ()
    return [
        (joined(name), joined(category))
        for name, block in blocks
        if isinstance(block, Mapping | pd.Series)
        for category in dict(block)
    ]


def _numeric(
    columns: dict[str, Numbered], cells: Cells, named: dict[str, float], where: str
) -> Floats:
    values = np.empty((len(cells.n), len(named)))
    for at, name in enumerate(named):
        distinct = pd.to_numeric(pd.Series(columns[name].values), errors="coerce")
        numbers = distinct.to_numpy(dtype=float, na_value=np.nan)
        if not np.isfinite(numbers).all():
            worst = columns[name].values[int(np.flatnonzero(~np.isfinite(numbers))[0])]
            raise InputError(
                f"'{name}' is not a column of numbers",
                where=where,
                expected="a finite number for everybody, as totals= has its sum",
                got=repr(worst),
                hint="give a column of groups in margins",
            )
        values[:, at] = numbers[cells.values[name]]
    return values
