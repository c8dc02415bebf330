"""A table after its own checks: each field's distinct values, and which rows are good."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .issues import Finding
from .parsing import Parsed
from .raw import Cells, RawTable, Rows
from .schemas import Field, Schema


@dataclasses.dataclass(frozen=True, eq=False)
class Column:
    """One field of a table as read: its distinct values and where they stand.

    `typed` is NA where the distinct value is missing or breaks a rule; `codes` are those allowed.
    """

    field: Field
    cells: Cells
    parsed: Parsed
    typed: pd.Series[Any]
    codes: tuple[str, ...] | None

    def series(self, rows: Rows | None = None) -> pd.Series[Any]:
        """Typed values of some rows, or of all; the index is the row's position."""
        codes = self.cells.codes if rows is None else self.cells.codes[rows]
        index = pd.RangeIndex(len(codes)) if rows is None else pd.Index(rows)
        return pd.Series(self.typed.array.take(codes), index=index)

    def values(self) -> pd.Series[Any]:
        """The typed values that stand in at least one row, each once."""
        return self.typed[self.cells.used() & self.typed.notna().to_numpy(dtype=bool)]

    def texts(self, rows: Rows) -> NDArray[np.object_]:
        """What was written there."""
        texts: NDArray[np.object_] = self.parsed.texts.to_numpy(dtype=object)
        return texts[self.cells.codes[rows]]

    def rows_of(self, distinct: NDArray[np.bool_]) -> Rows:
        """The rows that hold one of these distinct values."""
        if not distinct.any():
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(distinct[self.cells.codes])

    def keys(self) -> NDArray[np.int64]:
        """For each row a number that stands for its typed value; −1 where that is NA."""
        numbers, _ = pd.factorize(self.typed)
        taken: NDArray[np.int64] = numbers.astype(np.int64)[self.cells.codes]
        return taken


@dataclasses.dataclass(frozen=True, eq=False)
class CheckedTable:
    """One table with what was found in it by itself.

    Attributes
    ----------
    columns : mapping of str to Column
        The fields of the schema that the table has.
    lacking : tuple of str
        Required fields that it has not.
    good : array of bool
        Rows without an error.
    """

    raw: RawTable
    schema: Schema
    columns: Mapping[str, Column]
    lacking: tuple[str, ...]
    findings: tuple[Finding, ...]
    good: NDArray[np.bool_]

    def typed(self, rows: Rows | None = None) -> pd.DataFrame:
        """Typed frame of some rows, or of all, with reasons of missing values in ``.attrs``."""
        chosen = np.arange(len(self.raw)) if rows is None else rows
        data: dict[str, Any] = {}
        for name, cells in self.raw.columns.items():
            column = self.columns.get(name)
            data[name] = cells.at(chosen) if column is None else column.series(chosen).array
        frame = pd.DataFrame(data).infer_objects()
        frame.attrs["missing"] = self.missing(chosen)
        return frame

    def missing(self, rows: Rows) -> dict[str, dict[str, int]]:
        """How many values of each column are missing for which reason."""
        counts: dict[str, dict[str, int]] = {}
        for name, column in self.columns.items():
            reasons = column.parsed.reasons
            used = np.bincount(column.cells.codes[rows], minlength=len(reasons))
            found: dict[str, int] = {}
            for reason, count in zip(reasons, used, strict=True):
                if reason is not None and count:
                    found[reason] = found.get(reason, 0) + int(count)
            if found:
                counts[name] = found
        return counts

    def without(self, findings: Sequence[Finding]) -> CheckedTable:
        """The same table after further findings about it."""
        return dataclasses.replace(
            self,
            findings=(*self.findings, *findings),
            good=self.good & good_rows(len(self.raw), findings),
        )


def good_rows(count: int, findings: Sequence[Finding]) -> NDArray[np.bool_]:
    """Which of so many rows have no error among these findings."""
    good = np.ones(count, dtype=bool)
    for finding in findings:
        if finding.severity == "error" and finding.rows is not None:
            good[finding.rows] = False
    return good
