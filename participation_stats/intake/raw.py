"""RawTable: what came in, cell by cell, before anybody has judged or changed it.

A column is kept as its distinct values and, for each row, which of them it holds. Everything
that depends on the value alone (type, code, range, pattern) is then worked out once per distinct
value, so that a million rows of three statuses cost three checks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclasses.dataclass(frozen=True, eq=False)
class Cells:
    """One column: its distinct raw `values`, and the position in them of each row's `codes`."""

    values: NDArray[np.object_]
    codes: NDArray[np.int32]

    def at(self, rows: Rows) -> NDArray[np.object_]:
        """The raw values of some rows."""
        taken: NDArray[np.object_] = self.values[self.codes[rows]]
        return taken

    def used(self) -> NDArray[np.bool_]:
        """Which of the distinct values stand in at least one row."""
        return np.bincount(self.codes, minlength=len(self.values)) > 0


@dataclasses.dataclass(frozen=True)
class BrokenRow:
    """A line that is no row of its table, kept as it was written.

    It cannot be cut into the columns (`rule` "columns", an error), or it is no response at all,
    such as a test answer ("set apart", a note).
    """

    line: int
    text: str
    what: str
    hint: str
    rule: str = "columns"
    severity: str = "error"


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something about a source, or about some `rows` of it, that its reader should know."""

    rule: str
    severity: str
    message: str
    hint: str = ""
    column: str | None = None
    rows: Rows | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it came in.

    Attributes
    ----------
    name : str
        The table's name in the estate, or the stem of its file.
    origin : str
        What messages call it: the file's name, or ``"data frame"``.
    columns : mapping of str to Cells
    lines : array of int
        For each row its line in the file (the heading is line 1), or its position counted
        from 1 in a data frame.
    broken : tuple of BrokenRow
        Lines with a cell too few or too many, or with a quotation mark that is never closed,
        or that are no response.
    remarks : tuple of Remark
    decimal_comma : bool
        Numbers may be written 1,5: the columns are not separated by commas.
    written : mapping of str to Cells, optional
        The columns as they came, where a mapping has given them other names and values.
    headings : mapping of str to str
        Of such columns: name here → name in the file.
    unused : frozenset of str
        Columns that the mapping leaves aside knowingly.
    """

    name: str
    origin: str
    columns: Mapping[str, Cells]
    lines: NDArray[np.int64]
    broken: tuple[BrokenRow, ...] = ()
    remarks: tuple[Remark, ...] = ()
    decimal_comma: bool = False
    written: Mapping[str, Cells] | None = None
    headings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unused: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def came_in(self) -> int:
        """Rows that came in, broken ones too."""
        return len(self) + len(self.broken)

    def frame(self, rows: Rows | None = None) -> pd.DataFrame:
        """The raw cells, of some rows or of all."""
        chosen = np.arange(len(self)) if rows is None else rows
        return pd.DataFrame({name: cells.at(chosen) for name, cells in self.columns.items()})

    def as_it_came(self, rows: Rows) -> pd.DataFrame:
        """The cells of some rows under the headings of the file, before any mapping."""
        came = self.columns if self.written is None else self.written
        return pd.DataFrame({name: cells.at(rows) for name, cells in came.items()})


def from_arrow(column: pa.ChunkedArray) -> Cells:
    """One Arrow column of any type as distinct values and codes."""
    if not pa.types.is_dictionary(column.type):
        column = _encoded(column)
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # what Arrow makes of a column without chunks
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    distinct = whole.dictionary.to_pylist()
    indices = whole.indices
    if whole.null_count:
        indices = indices.fill_null(len(distinct))
        distinct.append(None)
    values = np.empty(len(distinct), dtype=object)
    values[:] = distinct
    return Cells(values, indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False))


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.dictionary_encode()
    except pa.ArrowException:  # lists, structs: no distinct values; their text has
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())]).dictionary_encode()


def from_series(column: pd.Series[Any]) -> Cells:
    """One pandas column; one of mixed types is kept as Python objects."""
    try:
        return from_arrow(pa.chunked_array([pa.array(column, from_pandas=True)]))
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        texts = [None if _is_missing(value) else value for value in column]
        keys = [repr((type(value), value)) for value in texts]
        codes, _ = pd.factorize(np.array(keys, dtype=object))
        _, firsts = np.unique(codes, return_index=True)
        values = np.empty(len(firsts), dtype=object)
        values[:] = [texts[first] for first in firsts]
        return Cells(values, codes.astype(np.int32))


def _is_missing(value: Any) -> bool:
    # Only a scalar can be missing; a list in a cell would make pandas answer with an array.
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
