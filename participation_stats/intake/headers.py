"""The header rows of survey tools: which tool wrote a file, and one heading per column."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from participation_stats.errors import SourceError

from .raw import BrokenRow

#: Rows above the first response, and which of them names the columns and words the questions.
_HEADERS = {
    "qualtrics": (3, 0, 1),
    "core_lettings": (2, 1, 0),
    "surveymonkey": (2, 0, 0),
    "spss": (2, 0, 1),
}
_ANSWERS = ("", "Response", "Open-Ended Response")


@dataclass(frozen=True)
class Grid:
    """The lines of a file, uninterpreted: cells, the number of each line, and broken lines."""

    rows: list[list[str]]
    lines: list[int]
    broken: tuple[BrokenRow, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Rows under one heading each; `stray` marks lines that are no response."""

    frame: pd.DataFrame
    columns: pd.DataFrame
    stray: pd.Series[bool]
    lines: pd.Series[int]
    broken: tuple[BrokenRow, ...]


def tool_of(rows: list[list[str]]) -> str | None:
    """Name the tool by its own headings, wherever they stand; None if no tool is known."""
    first, second, third = (
        {cell.strip() for cell in rows[at]} if len(rows) > at else set() for at in range(3)
    )
    named = {cell.split(". ", 1)[0] for cell in first}
    tests = {
        "qualtrics": any("ImportId" in cell for cell in third),
        "kobo": {"_uuid", "_submission_time"} <= first,
        "surveymonkey": {"Respondent ID", "Collector ID"} <= first,
        "core_lettings": {"id", "propcode", "startdate"} <= second,
        "limesurvey": {"Response ID", "Date submitted"} <= first or {"id", "submitdate"} <= named,
        "ms_forms": {"ID", "Start time", "Completion time"} <= first,
        "google_forms": "Timestamp" in first,
    }
    return next((tool for tool, fits in tests.items() if fits), None)


def tidy_sheet(grid: Grid, tool: str, origin: str) -> Sheet:
    """Undo the header rows of `tool`; every line below them is a row, a stray or broken."""
    rows = grid.rows
    depth, names_at, words_at = _HEADERS.get(tool, (1, 0, 0))
    if len(rows) <= depth:
        raise SourceError(
            "there are headings but no rows", where=origin, expected="at least one response"
        )
    names = _joined(rows[0], rows[1]) if tool == "surveymonkey" else rows[names_at]
    words = names if names_at == words_at else rows[words_at]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError(f"two columns are named {twice[0]!r}", where=origin)
    lines = pd.Series(grid.lines[depth:], index=range(1, len(rows) - depth + 1), dtype="int64")
    frame = pd.DataFrame(rows[depth:], columns=names, index=lines.index, dtype="str")
    frame.index.name = lines.index.name = "row"
    stray = ~frame.astype(bool).any(axis="columns")
    for name in ("ID", "Completion time"):
        if tool == "ms_forms" and name in frame:
            stray |= frame[name].eq("")
    return Sheet(
        frame=frame,
        columns=pd.DataFrame({"column": names, "question": words}, dtype="str"),
        stray=stray,
        lines=lines,
        broken=grid.broken,
    )


def _joined(questions: list[str], answers: list[str]) -> list[str]:
    # The question stands once, over the first of its columns.
    names, question = [], ""
    for heading, answer in zip(questions, answers, strict=True):
        question = heading or question
        names.append(question if answer in _ANSWERS else f"{question} | {answer}")
    return names
