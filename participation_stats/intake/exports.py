"""Exports of survey tools: their header rows are undone, test answers set apart, nothing lost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError, SourceError

from .csvfiles import parse_csv
from .dialects import detect_dialect
from .headers import Grid, Sheet, tidy_sheet, tool_of
from .parsing import spell
from .raw import BrokenRow, RawTable, Remark, from_series
from .screening import screen, submission_dates
from .sources import EXCEL_ENDINGS, SPSS_ENDINGS, TEXT_ENDINGS
from .spss import spss_texts
from .workbooks import parse_workbook

TOOLS = (
    "core_lettings",
    "google_forms",
    "kobo",
    "limesurvey",
    "ms_forms",
    "qualtrics",
    "spss",
    "surveymonkey",
)

#: Why a row of an export is set apart, or to be looked at, in words.
_WORDS = {
    "preview": "a preview of the questionnaire",
    "test": "a test answer",
    "spam": "marked as spam",
    "not_approved": "not approved",
    "blank": "an empty response",
    "duplicate_submission": "the same answers as in an earlier row, sent within two minutes",
    "same_answers": "many answers, and all of them as in an earlier row",
    "incomplete_log": "an incomplete log",
    "partial": "the response was broken off",
    "on_hold": "the response is on hold",
    "same_household": "another response is of the same household",
    "id_in_scientific_notation": "a spreadsheet has shortened the response's number",
    "duplicate_set": "the log may be there twice",
    "renewal_not_new_household": "a renewal: the household is not new",
}


@dataclass(frozen=True, repr=False)
class Export(Card):
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
        line, text, what: lines that are no response, such as totals typed below a sheet, and
        lines that cannot be cut into the columns.
    columns : DataFrame
        column, question: the wording above each column.
    submitted_on : Series
        The date of each response, by row; missing where none can be read.
    lines : Series
        The line of the file, or row of the sheet, on which each row stands.
    """

    tool: str
    frame: pd.DataFrame
    rejected: pd.DataFrame
    review: pd.DataFrame
    strays: pd.DataFrame
    columns: pd.DataFrame
    submitted_on: pd.Series
    lines: pd.Series


def read_export(
    path: str | Path, *, tool: str | None = None, household: str | None = None
) -> Export:
    r"""Read a survey tool's export into one row per response under one heading per column.

    Parameters
    ----------
    path : path
        A CSV file, an Excel workbook or an SPSS file as the tool wrote it.
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
        If it is a workbook and the extra ``excel``, or an SPSS file and the extra ``spss``, is
        not installed.
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
    sheet, found, rejected, review = _screened(Path(path), tool, household)
    strays = [(row.line, row.text, row.what) for row in _strays(sheet)]
    answers = sheet.frame[~sheet.stray]
    return Export(
        tool=found,
        frame=answers[~answers.index.isin(rejected["row"])],
        rejected=rejected,
        review=review,
        strays=pd.DataFrame(strays, columns=["line", "text", "what"]),
        columns=sheet.columns,
        submitted_on=submission_dates(answers, found),
        lines=sheet.lines,
    )


def read_export_raw(path: Path, tool: str | None, name: str) -> RawTable:
    """An export as raw cells; what is no response stands among the broken rows.

    Raises
    ------
    SourceError, MissingExtraError, InputError
        As `read_export`.
    """
    sheet, _, rejected, review = _screened(path, tool, None)
    answers = sheet.frame[~sheet.stray]
    kept = answers[~answers.index.isin(rejected["row"])]
    apart = [
        BrokenRow(
            int(sheet.lines[row]),
            _line_of(answers.loc[row]),
            f"set apart: {_WORDS[reason]}",
            "ps.read_export(path).rejected shows it",
            rule="set apart",
            severity="note",
        )
        for row, reason in zip(rejected["row"], rejected["reason"], strict=True)
    ]
    remarks = [
        Remark(
            "review",
            "warning",
            _WORDS[str(reason)],
            "look at it, and decide whether it counts",
            rows=kept.index.get_indexer(pd.Index(rows)),
        )
        for reason, rows in review.groupby("reason")["row"]
    ]
    return RawTable(
        name=name,
        origin=path.name,
        columns={" ".join(name.split()): from_series(kept[name]) for name in map(str, kept)},
        lines=np.asarray(sheet.lines[kept.index], dtype=np.int64),
        broken=(*_strays(sheet), *apart),
        remarks=tuple(remarks),
    )


def _screened(
    path: Path, tool: str | None, household: str | None
) -> tuple[Sheet, str, pd.DataFrame, pd.DataFrame]:
    if tool is not None and tool not in TOOLS:
        raise InputError(
            f"unknown tool {tool!r}", where="read_export", expected=", ".join(TOOLS), got=repr(tool)
        )
    grid = _grid(path)
    found = tool or ("spss" if path.suffix.lower() in SPSS_ENDINGS else tool_of(grid.rows))
    if found is None:
        raise SourceError(
            "no survey tool is known by these headings",
            where=str(path),
            expected=f"an export of {', '.join(TOOLS)}",
            got=", ".join(grid.rows[0][:5]),
            hint="name the tool with tool=, or use ps.read_table for a plain table",
        )
    sheet = tidy_sheet(grid, found, str(path))
    rejected, review = screen(sheet, found, _household(sheet, household))
    return sheet, found, rejected, review


def _strays(sheet: Sheet) -> list[BrokenRow]:
    """Lines that are no response, as they stood."""
    strays = [
        BrokenRow(
            int(sheet.lines[row]),
            _line_of(sheet.frame.loc[row]),
            "no response: a line without an answer or a number of its own",
            "",
            rule="set apart",
            severity="note",
        )
        for row in sheet.frame.index[sheet.stray]
    ]
    return [*strays, *sheet.broken]


def _line_of(cells: pd.Series[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


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
    return household_column(sheet.columns["column"])


def household_column(names: Iterable[str]) -> str | None:
    """The column that names the household, by its heading; None if there is none."""
    known = {"ExternalReference", "Custom Data 1"}
    pattern = re.compile(r"household.?ref|^hh_?ref|(flat|house)\b.*\b(number|ref)", re.IGNORECASE)
    return next((name for name in names if name in known or pattern.search(name)), None)


def tool_of_file(path: Path) -> str | None:
    """The tool whose headings a file has; None for a plain table.

    Raises
    ------
    SourceError, MissingExtraError
        If the file cannot be read.
    """
    ending = path.suffix.lower()
    if ending in SPSS_ENDINGS:
        return "spss"
    return tool_of(_grid(path).rows) if ending in TEXT_ENDINGS + EXCEL_ENDINGS else None


def _grid(path: Path) -> Grid:
    """The lines of a file of any kind, as text."""
    ending = path.suffix.lower()
    if ending in SPSS_ENDINGS:
        rows = spss_texts(path)
        return Grid(rows, list(range(-1, len(rows) - 1)))
    if ending in EXCEL_ENDINGS and path.exists():
        headings, columns, numbers, _ = parse_workbook(path, path.stem)
        broken: tuple[BrokenRow, ...] = ()
    else:
        headings, columns, numbers, broken = parse_csv(path, detect_dialect(path))
    texts = [
        np.array([spell(value) for value in cells.values], dtype=object)[cells.codes].tolist()
        for cells in columns
    ]
    rows = [headings, *map(list, zip(*texts, strict=True))]
    return Grid(rows, [0, *map(int, numbers)], broken)
