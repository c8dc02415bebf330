"""Rows to cells: everything a weight depends on, counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.numbering import Numbered, number_columns
from participation_stats.measure.results import number_of
from participation_stats.measure.tallies import BETWEEN, level_name

from .merging import Merging
from .targets import Target

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Up to so many places cells are numbered by a table of all combinations.
PLACES = 1 << 22


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows that are alike in every column that a weight depends on.

    Attributes
    ----------
    cell : array of int of shape (rows,)
        The cell of each row.
    n : array of int of shape (cells,)
        Rows of each cell; none has 0.
    values : dict of str to array of shape (cells,)
        Place of each cell's value in the distinct values of each column.
    """

    cell: Ints
    n: Ints
    values: dict[str, Ints]


def read_columns(frame: pd.DataFrame, names: Sequence[str], where: str) -> dict[str, Numbered]:
    """Number the columns that weights depend on.

    Raises
    ------
    InputError
        If a column is there twice, a value is missing, or values are no categories.
    """
    for name in names:
        if (copies := int((frame.columns == name).sum())) > 1:
            raise InputError(
                f"frame has {copies} columns '{name}'",
                where=where,
                expected="every column of a name of its own",
                got=f"'{name}' {copies} times",
                hint="rename or drop one of them",
            )
    found = number_columns([frame[name] for name in names], where)
    for name, (codes, _) in zip(names, found, strict=True):
        if codes.min(initial=0) < 0:
            missing = np.flatnonzero(codes < 0)
            raise InputError(
                f"'{name}' is not stated in {len(missing):,} of {len(codes):,} rows "
                f"(the first is row {frame.index[missing[0]]})",
                where=where,
                expected="a value for everybody who is to be weighted",
                got="missing values",
                hint="leave those rows out, fill them in, or weight by other variables: a row "
                "without the value belongs to no margin",
            )
    return dict(zip(names, found, strict=True))


def gather_cells(columns: dict[str, Numbered]) -> Cells:
    """Combine columns to cells in one pass each.

    Examples
    --------
    >>> a = Numbered(np.array([0, 0, 1, 0]), ["x", "y"])
    >>> b = Numbered(np.array([0, 1, 1, 0]), [1.5, 2.5])
    >>> cells = gather_cells({"a": a, "b": b})
    >>> cells.cell.tolist(), cells.n.tolist(), cells.values["b"].tolist()
    ([0, 1, 2, 0], [2, 1, 1], [0, 1, 1])
    """
    names = list(columns)
    cell = columns[names[0]].codes
    width = len(columns[names[0]].values)
    values = {names[0]: np.arange(width, dtype=np.int64)}
    for name in names[1:]:
        size = len(columns[name].values)
        cell = cell * size
        cell += columns[name].codes
        if width * size <= PLACES:
            values = {known: np.repeat(place, size) for known, place in values.items()}
            values[name] = np.tile(np.arange(size, dtype=np.int64), width)
            width *= size
            continue
        # Too many places for a table of them: the ones in use are looked up.
        cell, used = pd.factorize(cell)
        values = {known: place[used // size] for known, place in values.items()}
        values[name] = used % size
        width = len(used)
    cell, width, values = _closed_up(cell, width, values)
    return Cells(cell, np.bincount(cell, minlength=width), values)


def _closed_up(
    cell: Ints, width: int, values: dict[str, Ints]
) -> tuple[Ints, int, dict[str, Ints]]:
    """Number the cells that have rows without gaps."""
    used = np.bincount(cell, minlength=width) > 0
    if used.all():
        return cell, width, values
    place = np.cumsum(used) - 1
    return place[cell], int(used.sum()), {name: codes[used] for name, codes in values.items()}


def columns_of(variable: str, known: Sequence[str], where: str) -> tuple[str, ...]:
    """The columns of the frame that a variable of the margins speaks of.

    Raises
    ------
    InputError
        If the frame has no such column.
    """
    names = (variable,) if variable in known else tuple(variable.split(BETWEEN))
    for name in names:
        if name not in known:
            raise InputError(
                f"frame has no column '{name}', which the margins have",
                where=where,
                expected="a column for every variable of the margins",
                got=", ".join(repr(str(column)) for column in list(known)[:12]),
                hint="keep only the rows of margins to weight by, or rename the column",
            )
    return names


def align(
    target: Target,
    names: tuple[str, ...],
    columns: dict[str, Numbered],
    cells: Cells,
    merging: Merging,
    where: str,
) -> Ints:
    """Place of each cell in the categories of a target.

    Raises
    ------
    InputError
        If either side has a category that the other lacks.
    """
    sizes = [len(columns[name].values) for name in names]
    joined = np.ravel_multi_index([cells.values[name] for name in names], sizes)
    found, place = np.unique(joined, return_inverse=True)
    parts = np.unravel_index(found, sizes)
    texts = [[level_name(value) for value in columns[name].values] for name in names]
    labels = [
        merging.label(
            target.variable,
            BETWEEN.join(text[at] for text, at in zip(texts, where_at, strict=True)),
        )
        for where_at in zip(*parts, strict=True)
    ]
    position = {category: at for at, category in enumerate(target.categories)}
    codes = np.array([position.get(label, -1) for label in labels], dtype=np.int64)
    rows = np.bincount(place.ravel(), weights=cells.n, minlength=len(found))
    extra: dict[str, int] = {}
    for label, code, n in zip(labels, codes, rows, strict=True):
        if code < 0:
            extra[label] = extra.get(label, 0) + int(n)
    if extra:
        raise _unknown_to_margins(target, extra, where)
    absent = sorted(set(target.categories) - set(labels))
    if absent:
        raise _unknown_to_frame(target, absent, where)
    return codes[place.ravel()]


def _unknown_to_margins(target: Target, extra: dict[str, int], where: str) -> InputError:
    name, n = next(iter(extra.items()))
    others = f" and {len(extra) - 1} more" if len(extra) > 1 else ""
    return InputError(
        f"margins have nobody in category '{name}'{others} of '{target.variable}' "
        f"(frame has {number_of(n, 'row')} there)",
        where=where,
        expected="the same categories on both sides",
        got=f"{', '.join(repr(name) for name in target.categories)} in margins",
        hint="merge categories on both sides with collapse=, group numbers into bands first with "
        "ps.band, or add the category to the margins",
    )


def _unknown_to_frame(target: Target, absent: list[str], where: str) -> InputError:
    share = target.shares[target.categories.index(absent[0])]
    others = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    return InputError(
        f"frame has nobody in category '{absent[0]}'{others} of '{target.variable}' "
        f"({share:.1%} of the population)",
        where=where,
        expected="at least one row for every category of the margins",
        got="an empty category, which no weight can fill",
        hint="merge it with a neighbour on both sides with "
        f"collapse={{'{target.variable}': {{'{absent[0]}': ...}}}}",
    )
