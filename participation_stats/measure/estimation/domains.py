"""Domains: the groups of which estimates are asked, numbered row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError, named_kind
from participation_stats.measure.numbering import number_columns
from participation_stats.measure.tallies import BETWEEN, NOT_STATED, level_name, level_order

from .columns import require_column

Ints = npt.NDArray[np.int64]
By = str | Sequence[str] | None

WHERE = "survey_estimate"

#: Columns of a table of estimates, which no domain may have the name of.
TAKEN = (
    "variable", "category", "answer", "n", "n_smallest", "share_missing", "estimate", "std_error",
    "conf_low", "conf_high", "design_effect", "degrees_freedom", "note", "reference",
    "statistic", "p_value", "p_adjusted", "quantile",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Domains:
    """Groups of rows.

    Attributes
    ----------
    table : DataFrame
        One row per domain: its columns in words, then ``variable`` and ``category``. Without
        columns there is one row, everybody.
    codes : array of int of shape (rows,)
        Domain of each row.
    """

    table: pd.DataFrame
    codes: Ints

    @property
    def size(self) -> int:
        """Number of domains."""
        return len(self.table)


def domain_columns(by: By, known: Sequence[object], where: str) -> tuple[str, ...]:
    """The columns of a domain, each of them once.

    Raises
    ------
    InputError
        If one is not there or there twice, is named twice, or has the name of a column of the
        result.
    """
    named = () if by is None else (by,) if isinstance(by, str) else by
    if not isinstance(named, Sequence):
        raise InputError(
            f"by= is {named_kind(by)}",
            where=where,
            expected="a column, or a list of columns",
            got=repr(by),
        )
    names = tuple(named)
    for name in names:
        require_column(name, known, where)
        if name in TAKEN or names.count(name) > 1:
            raise InputError(
                f"by= has '{name}' twice"
                if names.count(name) > 1
                else f"by= has '{name}', which is a column of the estimates",
                where=where,
                expected="columns of names of their own",
                got=", ".join(map(repr, names)),
                hint="rename the column first" if name in TAKEN else "name it once",
            )
    return names


def read_domains(frame: pd.DataFrame, names: Sequence[str]) -> Domains:
    """Number the groups; a missing value is of the group Not stated.

    A single column with a list of its own (categorical) keeps its order, and levels that nobody
    has are domains too; of several columns only combinations that occur are.

    Examples
    --------
    >>> found = read_domains(pd.DataFrame({"gender": ["Male", None, "Female"]}), ["gender"])
    >>> found.table["category"].tolist(), found.codes.tolist()
    (['Female', 'Male', 'Not stated'], [1, 2, 0])
    """
    if not names:
        return Domains(pd.DataFrame(index=range(1)), np.zeros(len(frame), dtype=np.int64))
    codes, labels = number_levels(frame[names[0]])
    columns = [labels]
    for name in names[1:]:
        more, others = number_levels(frame[name])
        codes, used = pd.factorize(codes * len(others) + more, sort=True)
        columns = [[column[at // len(others)] for at in used] for column in columns]
        columns.append([others[at % len(others)] for at in used])
    held: dict[str, object] = dict(zip(names, columns, strict=True))
    held["variable"] = BETWEEN.join(names)
    held["category"] = [BETWEEN.join(row) for row in zip(*columns, strict=True)]
    return Domains(pd.DataFrame(held, dtype="str"), codes.astype(np.int64, copy=False))


def number_levels(column: pd.Series) -> tuple[Ints, list[str]]:
    """Each row's place among the levels of a column, and the levels in words, in their order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes: Ints = column.cat.codes.to_numpy().astype(np.int64)
        values = list(column.cat.categories)
    else:
        ((codes, values),) = number_columns([column], WHERE, level_order)
    labels = [level_name(value) for value in values]
    if codes.min(initial=0) >= 0:
        return codes, labels
    if NOT_STATED not in labels:
        labels.append(NOT_STATED)
    codes[codes < 0] = labels.index(NOT_STATED)
    return codes, labels
