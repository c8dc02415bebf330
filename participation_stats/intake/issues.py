"""Findings of the checks, and the frame of issues that they become."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .raw import RawTable, Remark, Rows

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

#: The columns of `Validation.issues`, in order.
ISSUE_COLUMNS = ("table", "row", "column", "value", "rule", "severity", "message", "hint")

Texts = str | Sequence[str] | NDArray[np.object_]


@dataclasses.dataclass(frozen=True, eq=False)
class Finding:
    """One rule broken at some rows of one table, or (`rows` is None) by the table as a whole.

    `values`, `message` and `hint` are one text for all rows or one for each.
    """

    table: str
    rule: str
    severity: Severity
    message: Texts
    hint: Texts = ""
    rows: Rows | None = None
    column: str | None = None
    values: Texts | None = None


def remark_finding(table: str, remark: Remark) -> Finding:
    """A remark about a source as a finding about its table."""
    severity = next(word for word in SEVERITIES if word == remark.severity)
    return Finding(
        table,
        remark.rule,
        severity,
        remark.message,
        remark.hint,
        rows=remark.rows,
        column=remark.column,
    )


def broken_issues(raw: RawTable) -> pd.DataFrame:
    """The issues of lines that are no row; they have no place in the frame."""
    return pd.DataFrame(
        {
            "table": raw.name,
            "row": [row.line for row in raw.broken],
            "column": None,
            "value": [row.text[:200] for row in raw.broken],
            "rule": [row.rule for row in raw.broken],
            "severity": [row.severity for row in raw.broken],
            "message": [row.what for row in raw.broken],
            "hint": [row.hint for row in raw.broken],
        }
    )


def issues_frame(findings: Iterable[Finding], raws: Mapping[str, RawTable]) -> pd.DataFrame:
    """Every finding as rows of one frame, by table, row and column."""
    parts = [_rows_of(finding, raws) for finding in findings]
    parts += [broken_issues(raw) for raw in raws.values()]
    frame = pd.concat([_empty(), *(part for part in parts if len(part))], ignore_index=True)
    order = {name: position for position, name in enumerate(raws)}
    rank = frame["table"].map(order).fillna(len(order))
    frame = frame.assign(_rank=rank).sort_values(
        ["_rank", "row"], kind="stable", na_position="first", ignore_index=True
    )
    return frame.drop(columns="_rank")


def _rows_of(finding: Finding, raws: Mapping[str, RawTable]) -> pd.DataFrame:
    rows = finding.rows
    count = 1 if rows is None else len(rows)
    lines = pd.array([pd.NA], "Int64") if rows is None else raws[finding.table].lines[rows]
    column, values = _in_their_words(finding, raws.get(finding.table))
    return pd.DataFrame(
        {
            "table": pd.Series([finding.table] * count, dtype="str"),
            "row": pd.Series(lines, dtype="Int64"),
            "column": pd.Series([column] * count, dtype="str"),
            "value": _texts(values, count),
            "rule": pd.Series([finding.rule] * count, dtype="str"),
            "severity": pd.Series([finding.severity] * count, dtype="str"),
            "message": _texts(finding.message, count),
            "hint": _texts(finding.hint, count),
        }
    )


def _in_their_words(finding: Finding, raw: RawTable | None) -> tuple[str | None, Texts | None]:
    """Column and values as the file has them, where a mapping stands between."""
    column = finding.column
    if raw is None or raw.written is None or column is None or column not in raw.headings:
        return column, finding.values
    theirs = raw.headings[column]
    if finding.rows is None or finding.values is None:
        return theirs, finding.values
    written = raw.written[theirs].at(finding.rows)
    return theirs, np.array(["" if cell is None else str(cell) for cell in written], dtype=object)


def _texts(texts: Texts | None, count: int) -> pd.Series[str]:
    values = [texts] * count if texts is None or isinstance(texts, str) else texts
    return pd.Series(np.asarray(values, dtype=object), dtype="str")


def _empty() -> pd.DataFrame:
    kinds = {name: "Int64" if name == "row" else "str" for name in ISSUE_COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
