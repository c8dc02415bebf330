"""Exports of survey tools: their header rows are undone, test answers set apart, nothing lost."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from participation_stats.errors import InputError, MissingExtraError, SourceError

from .dialects import detect_dialect
from .headers import Sheet, tidy_sheet, tool_of
from .screening import screen, submission_dates

TOOLS = (
    "core_lettings",
    "google_forms",
    "kobo",
    "limesurvey",
    "ms_forms",
    "qualtrics",
    "surveymonkey",
)


@dataclass(frozen=True)
class Export:
    """What a survey tool exported, with one heading per column.

    ``frame``, ``rejected`` and ``strays`` together hold every row under the headings.

    Attributes
    ----------
    tool : str
        The tool whose shape the file has.
    frame : DataFrame
        The rows kept, as text, an empty cell as ``""``; the index ``row`` counts from 1.
    rejected : DataFrame
        row, id, reason, text: previews, tests, spam, unapproved, blank and repeated rows.
    review : DataFrame
        row, id, reason: rows kept that a person should look at.
    strays : DataFrame
        row, text: lines that are no response, such as totals typed below a sheet.
    columns : DataFrame
        column, question: the wording above each column.
    submitted_on : Series
        The date of each response, by row; missing where none can be read.
    """

    tool: str
    frame: pd.DataFrame
    rejected: pd.DataFrame
    review: pd.DataFrame
    strays: pd.DataFrame
    columns: pd.DataFrame
    submitted_on: pd.Series


def read_export(
    path: str | Path, *, tool: str | None = None, household: str | None = None
) -> Export:
    r"""Read a survey tool's export into one row per response under one heading per column.

    Parameters
    ----------
    path : path
        A CSV file or an Excel workbook as the tool wrote it.
    tool : str, optional
        One of ``TOOLS``. Default: found from the headings.
    household : str, optional
        The column that names the household; two answers of one household are for review.
        Default: the column whose heading speaks of a household, house or flat.

    Raises
    ------
    SourceError
        If the file cannot be read or has the shape of none of the tools.
    MissingExtraError
        If it is a workbook and the extra ``excel`` is not installed.
    InputError
        If `tool` or `household` is unknown.

    Examples
    --------
    >>> import tempfile
    >>> wave = "Timestamp,Gender\n2026/01/02 10:00:00,Female\n2026/01/02 10:00:00,Female\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "wave.csv"
    ...     _ = path.write_text(wave, encoding="utf-8")
    ...     export = read_export(path)
    >>> export.tool, len(export.frame), export.rejected["reason"].tolist()
    ('google_forms', 1, ['duplicate_submission'])
    """
    if tool is not None and tool not in TOOLS:
        raise InputError(
            f"unknown tool {tool!r}", where="read_export", expected=", ".join(TOOLS), got=repr(tool)
        )
    path = Path(path)
    rows = _workbook_rows(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _text_rows(path)
    found = tool or tool_of(rows)
    if found is None:
        raise SourceError(
            "no survey tool is known by these headings",
            where=str(path),
            expected=f"an export of {', '.join(TOOLS)}",
            got=", ".join(rows[0][:5]) if rows else "an empty file",
            hint="name the tool with tool=, or use ps.read_table for a plain table",
        )
    sheet = tidy_sheet(rows, found, str(path))
    column = _household(sheet, household)
    rejected, review = screen(sheet, found, column)
    return Export(
        tool=found,
        frame=sheet.frame[~sheet.frame.index.isin(rejected["row"])],
        rejected=rejected,
        review=review,
        strays=sheet.strays,
        columns=sheet.columns,
        submitted_on=submission_dates(sheet.frame, found),
    )


def _household(sheet: Sheet, household: str | None) -> str | None:
    if household is not None:
        if household not in sheet.frame.columns:
            raise InputError(
                f"no column {household!r}",
                where="read_export",
                expected="a column of the export",
                got=repr(household),
            )
        return household
    known = {"ExternalReference", "Custom Data 1"}
    pattern = re.compile(r"household.?ref|^hh_?ref|(flat|house)\b.*\b(number|ref)", re.IGNORECASE)
    names = list(sheet.columns["column"])
    return next((name for name in names if name in known or pattern.search(name)), None)


def _text_rows(path: Path) -> list[list[str]]:
    dialect = detect_dialect(path)
    encoding = "utf-8-sig" if dialect.encoding.lower().startswith("utf-8") else dialect.encoding
    try:
        with path.open(encoding=encoding, newline="") as text:
            rows = list(csv.reader(text, delimiter=dialect.delimiter))
    except (csv.Error, UnicodeError) as error:
        raise SourceError(
            "this is no readable table of text",
            where=str(path),
            expected="a CSV file as the tool wrote it",
            got=str(error),
            hint="export it again, as CSV in UTF-8 or as an Excel workbook",
        ) from error
    return [row for row in rows if any(row)]


def _workbook_rows(path: Path) -> list[list[str]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingExtraError(
            "reading Excel needs openpyxl",
            where=str(path),
            hint="pip install participation-stats[excel], or save the export as CSV",
        ) from error
    try:
        sheet = load_workbook(path, data_only=True).worksheets[0]
    except OSError as error:
        raise SourceError(
            "this file cannot be opened", where=str(path), got=error.strerror or str(error)
        ) from error
    except Exception as error:  # openpyxl raises many kinds for a broken archive
        raise SourceError("this is no readable workbook", where=str(path)) from error
    rows = [
        ["" if cell is None else str(cell) for cell in row]
        for row in sheet.iter_rows(values_only=True)
    ]
    return [row for row in rows if any(row)]
