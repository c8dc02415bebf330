"""Reading a sheet of an Excel workbook into raw cells, with the row that each stood in."""

from __future__ import annotations

import contextlib
import datetime
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from participation_stats.errors import MissingExtraError, SourceError

from .parsing import spell
from .raw import Cells, Remark, from_series

Row = tuple[Any, ...]
Sheet = tuple[list[str], list[Cells], NDArray[np.int64], tuple[Remark, ...]]

_NO_WORKBOOK = (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError)


def parse_workbook(path: Path, name: str) -> Sheet:
    """Headings, columns, sheet row of each row, and remarks, of one sheet of a workbook.

    The sheet is the one called like the table, else the first that is not empty. Its first row
    that is not empty holds the headings. Of formulas the value is read that Excel last saw.

    Raises
    ------
    MissingExtraError
        If the extra ``excel`` is not installed.
    SourceError
        If the file is no workbook, is locked with a password, or all its sheets are empty.
    """
    sheets = _filled_sheets(path)
    filled = {title: rows for title, rows in sheets.items() if rows}
    if not filled:
        raise SourceError("the workbook is empty", where=path.name, expected="headings and rows")
    title = next((title for title in filled if title.casefold() == name.casefold()), None)
    title = title or next(iter(filled))
    rows = filled[title]
    return *_columns(rows), _remarks(title, list(filled))


def read_sheets(path: Path) -> dict[str, list[tuple[int, list[str]]]]:
    """The rows of every sheet as text, by title, without the empty ones.

    A formula without a value (the file was never opened in Excel) stands as the formula.

    Raises
    ------
    MissingExtraError, SourceError
        As `parse_workbook`, but for empty sheets.
    """
    values = {title: dict(rows) for title, rows in _filled_sheets(path).items()}
    texts = {}
    for title, rows in _filled_sheets(path, formulas=True).items():
        seen = values.get(title, {})
        texts[title] = [(number, _texts(row, seen.get(number, ()))) for number, row in rows]
    return texts


def _texts(formulas: Row, values: Row) -> list[str]:
    values = (*values, *[None] * (len(formulas) - len(values)))
    return [
        spell(_plain(getattr(formula, "text", formula) if value is None else value))
        for formula, value in zip(formulas, values, strict=False)
    ]


def _filled_sheets(path: Path, *, formulas: bool = False) -> dict[str, list[tuple[int, Row]]]:
    """The rows of each sheet that are not empty, with their numbers; values, or formulas."""
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError(
            "reading Excel needs openpyxl",
            where=path.name,
            hint="pip install participation-stats[excel], or save the sheet as CSV UTF-8",
        ) from error

    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-down lists and styles that it leaves alone; so do we.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
            with contextlib.closing(book):
                sheets = {sheet.title: _filled_rows(sheet) for sheet in book.worksheets}
    except _NO_WORKBOOK as error:
        raise SourceError(
            "this is not an Excel workbook, or one that is damaged or locked",
            where=path.name,
            hint="open it in Excel and save the sheet as CSV UTF-8",
        ) from error
    return sheets


def _filled_rows(sheet: Any) -> list[tuple[int, Row]]:
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(number, row) for number, row in rows if any(cell is not None for cell in row)]


def _columns(
    rows: list[tuple[int, Row]],
) -> tuple[list[str], list[Cells], NDArray[np.int64]]:
    (_, heading), *data = rows
    width = max(
        (place for _, row in rows for place, cell in enumerate(row, start=1) if cell is not None),
        default=0,
    )
    padded = [(*row, *[None] * (width - len(row))) for _, row in data]
    columns = []
    for place in range(width):
        values = pd.Series([_plain(row[place]) for row in padded], dtype=object)
        columns.append(from_series(values))
    headings = ["" if cell is None else str(cell) for cell in heading[:width]]
    headings += [""] * (width - len(headings))
    return headings, columns, np.array([number for number, _ in data], dtype=np.int64)


def _plain(cell: Any) -> Any:
    """A cell as it would stand in a CSV file; Excel's times of day and dates are apart."""
    return str(cell) if isinstance(cell, datetime.time | datetime.timedelta) else cell


def _remarks(title: str, filled: list[str]) -> tuple[Remark, ...]:
    others = [other for other in filled if other != title]
    if not others:
        return ()
    return (
        Remark(
            rule="sheet",
            severity="note",
            message=f"only the sheet '{title}' was read, not " + ", ".join(map(repr, others)),
            hint="save another sheet as a file of its own to read it",
        ),
    )
