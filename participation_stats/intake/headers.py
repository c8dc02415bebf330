"""The header rows of survey tools: which tool wrote a file, and one heading per column."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from participation_stats.errors import SourceError

#: Rows above the first response, and which of them names the columns and words the questions.
_HEADERS = {"qualtrics": (3, 0, 1), "core_lettings": (2, 1, 0), "surveymonkey": (2, 0, 0)}
_ANSWERS = ("", "Response", "Open-Ended Response")


@dataclass(frozen=True)
class Sheet:
    """Rows under one heading each; strays are lines that are no response."""

    frame: pd.DataFrame
    columns: pd.DataFrame
    strays: pd.DataFrame


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


def tidy_sheet(rows: list[list[str]], tool: str, origin: str) -> Sheet:
    """Undo the header rows of `tool`; every line below them is a row or a stray."""
    depth, names_at, words_at = _HEADERS.get(tool, (1, 0, 0))
    if len(rows) <= depth:
        raise SourceError(
            "there are headings but no rows", where=origin, expected="at least one response"
        )
    names = rows[names_at]
    if tool == "surveymonkey":
        names = _joined(rows[0], rows[1])
    words = rows[words_at] if tool in ("qualtrics", "core_lettings") else names
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError(f"two columns are named {twice[0]!r}", where=origin)
    width = len(names)
    ragged = next((row for row in rows[depth:] if len(row) != width), None)
    if ragged is not None:
        raise SourceError(
            "a row has another number of cells than the headings",
            where=origin,
            expected=str(width),
            got=f"{len(ragged)} beginning {ragged[0]!r}",
        )
    body = rows[depth:]
    frame = pd.DataFrame(body, columns=names, index=range(1, len(body) + 1), dtype="str")
    frame.index.name = "row"
    stray = pd.Series(data=False, index=frame.index)
    if tool == "ms_forms":
        stray = frame["ID"].eq("") | frame["Completion time"].eq("")
    strays = frame[stray]
    texts = [" | ".join(cell for cell in row if cell) for row in strays.to_numpy()]
    return Sheet(
        frame=frame[~stray],
        columns=pd.DataFrame({"column": names, "question": words}, dtype="str"),
        strays=pd.DataFrame({"row": strays.index, "text": pd.Series(texts, dtype="str")}),
    )


def _joined(questions: list[str], answers: list[str]) -> list[str]:
    # The question stands once, over the first of its columns.
    names, question = [], ""
    for heading, answer in zip(questions, answers, strict=True):
        question = heading or question
        names.append(question if answer in _ANSWERS else f"{question} | {answer}")
    return names
