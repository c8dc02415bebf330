"""Tables for people and for machines: readable text, HTML, tidy CSV and an accessible workbook.

Every function takes a `Protected`, so a withheld value is an empty cell in the CSV and the
marker ``[c]`` where people read. Units come from the one vocabulary: nothing here knows a topic.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from participation_stats.measure.results import VOCABULARY, unit_of
from participation_stats.release.disclosure import Protected

#: Marker for a value withheld to protect confidentiality (Government Analysis Function list).
CONFIDENTIAL = "[c]"
#: Marker for a value that does not exist for this row.
NOT_APPLICABLE = "[z]"


def heading(column: str) -> str:
    """The heading that people read for a column name."""
    named = VOCABULARY.get(column)
    return named.title if named else column.replace("_", " ").capitalize()


def format_value(value: Any, column: str) -> str:
    """One unrounded value as people read it: ``0.274`` of a fraction column is ``27%``.

    Examples
    --------
    >>> format_value(0.274, "share"), format_value(0.00002, "p_value"), format_value(4.321, "ratio")
    ('27%', '<0.001', '4.32')
    """
    if value is None or value is pd.NA or (not isinstance(value, str) and pd.isna(value)):
        return NOT_APPLICABLE
    unit = unit_of(column)
    if isinstance(value, str) or unit == "word":
        return str(value)
    if unit == "date":
        return f"{pd.Timestamp(value):%-d %B %Y}"
    if unit == "flag":
        return "yes" if value else "no"
    return _format_number(float(value), unit)


def _format_number(value: float, unit: str) -> str:
    if unit == "probability":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if unit == "fraction":
        return f"{value:.0%}" if value == 0 or value >= 0.01 else f"{value:.1%}"
    if unit == "count":
        return f"{value:,.0f}"
    return "no limit" if value == float("inf") else f"{value:,.2f}"


def readable(
    protected: Protected, frame: str = "table", columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """A frame of text as people read it, with ``[c]`` where a value is withheld.

    Parameters
    ----------
    protected : Protected
        What ``protect`` returned.
    frame : str
        Which of its frames.
    columns : sequence of str, optional
        The columns to show, in order; all of them when not given.

    Returns
    -------
    DataFrame
        Text cells under the headings of the vocabulary.
    """
    source = protected.frames[frame]
    shown = [
        name for name in (columns or source.columns) if name in source and name != "suppressed"
    ]
    withheld = source["suppressed"].to_numpy(dtype=bool)
    text = {
        heading(name): [
            CONFIDENTIAL if hidden and _is_missing(value) else format_value(value, name)
            for value, hidden in zip(source[name], withheld, strict=True)
        ]
        for name in shown
    }
    return pd.DataFrame(text)


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def html_table(
    protected: Protected,
    frame: str = "table",
    columns: Sequence[str] | None = None,
    *,
    caption: str,
) -> str:
    """An accessible HTML table: caption, column headers with scope, the group as row header."""
    text = readable(protected, frame, columns)
    names = [name for name in (columns or protected.frames[frame].columns) if name != "suppressed"]
    row_header = "category" if "category" in names else names[0]
    header = heading(row_header)
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in text.columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{html.escape(cell)}</th>'
            if title == header
            else f"<td>{html.escape(cell)}</td>"
            for title, cell in zip(text.columns, row, strict=True)
        )
        + "</tr>"
        for row in text.itertuples(index=False, name=None)
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def write_csv(protected: Protected, path: Path, frame: str = "table") -> None:
    """Write one frame as tidy CSV: unrounded, withheld values empty, ``suppressed`` beside them."""
    protected.frames[frame].pipe(_neutralised).to_csv(path, index=False, lineterminator="\n")


def _neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    out = frame.copy()
    for name in out.columns:
        if pd.api.types.is_string_dtype(out[name]) or isinstance(
            out[name].dtype, pd.CategoricalDtype
        ):
            text = out[name].astype("str")
            risky = text.str.startswith(("=", "+", "-", "@", "\t", "\r"), na=False)
            out[name] = text.where(~risky, "'" + text)
    return out


def write_workbook(
    path: Path,
    title: str,
    about: Sequence[str],
    sheets: Iterable[tuple[str, str, str, Protected, str]],
) -> None:
    """Write an accessible workbook: cover, contents, and one marked-up table a sheet.

    Parameters
    ----------
    path : Path
        The ``.xlsx`` file to write.
    title : str
        Title of the cover page.
    about : sequence of str
        Paragraphs of the cover page: banner, sources, method.
    sheets : iterable of (label, title, source, protected, frame)
        One sheet each.
    """
    import gptables

    tables = {
        label: gptables.GPTable(
            table=readable(protected, frame),
            table_name=label.lower().replace(" ", "_").replace("-", "_"),
            title=sheet_title,
            source=source,
            instructions=f"This worksheet contains one table. {CONFIDENTIAL} marks a value "
            f"withheld to protect confidentiality, {NOT_APPLICABLE} one that does not apply.",
            index_columns={},
        )
        for label, sheet_title, source, protected, frame in sheets
    }
    gptables.write_workbook(
        filename=str(path),
        sheets=tables,
        cover=gptables.Cover(title=title, intro=["Tables of the report."], about=list(about)),
        contentsheet_label="Contents",
    )
