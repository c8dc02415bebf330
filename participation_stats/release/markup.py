"""Markup: a released table as HTML for a page, a mail or a notebook, set by great_tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.release import theme
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import WITHHELD, capital, heading, plain_name
from participation_stats.release.tables import (
    MARKS,
    NOT_APPLICABLE,
    is_number,
    readable,
    released_frame,
    shown_columns,
)

#: Columns with which rows are put under headings.
HEADINGS = ("body", "variable")


def table_html(
    protected: Protected,
    frame: str = "table",
    *,
    columns: Sequence[str] | None = None,
    title: str | None = None,
    source: str | None = None,
) -> str:
    """A released table as HTML that stands by itself: styles are in it, nothing is fetched.

    Parameters
    ----------
    protected : Protected
        What `protect` gave.
    frame : str
        Which of its frames; ``"table"`` is the main one.
    columns : sequence of str, optional
        Which columns, in this order; all where not given.
    title : str, optional
        Heading of the table.
    source : str, optional
        Source, population and period, under it.

    Returns
    -------
    str
        A ``div`` with a ``table`` whose headers carry their scope. Rows of several variables or
        bodies stand under headings; ``[c]`` marks what is withheld. The policy's banner and what
        was withheld stand under the table.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or has no such frame or column.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 4}
    >>> city = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}
    >>> found = ps.representativeness_ratios(boards, city, by="tenure")
    >>> page = table_html(ps.protect(found, ps.Policy.publish()), columns=["category", "count"])
    >>> page.count('scope="row"'), page.count("[c]</td>")
    (4, 2)
    """
    import great_tables

    released = released_frame(protected, frame, "table_html")
    _check_columns(released, columns or [])
    text = readable(released, columns)
    names = shown_columns(released, columns)
    stub = "category" if "category" in names else names[0]
    groups = _groups(released, names) if stub == "category" else None
    dropped = [heading(name) for name in HEADINGS if groups is not None and name in names]
    shown = text.drop(columns=[name for name in dropped if name != heading(stub)])
    if groups is not None:
        shown = shown.assign(_group=groups)
    content = hashlib.sha256(shown.to_csv(index=False).encode("utf-8")).hexdigest()
    table = great_tables.GT(
        shown,
        rowname_col=heading(stub),
        groupname_col="_group" if groups is not None else None,
        # An id of its own keeps the styles of two tables on one page apart.
        id=f"table-{content[:12]}",
    )
    right = [
        heading(name) for name in names if is_number(released, name) and heading(name) in shown
    ]
    table = table.cols_align("right", columns=right).tab_stubhead(heading(stub))
    if title:
        table = table.tab_header(title=title)
    for note in _notes(protected, text, source):
        table = table.tab_source_note(note)
    return str(_styled(table).as_raw_html(inline_css=False))


def _check_columns(released: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in released:
            raise InputError(
                f"the table has no column '{name}'",
                where="table_html",
                expected=", ".join(shown_columns(released)),
                got=repr(name),
            )


def _groups(released: pd.DataFrame, names: list[str]) -> list[str] | None:
    """A heading for each row, where the rows are of several bodies or variables."""
    keys = [name for name in HEADINGS if name in names and len(set(released[name])) > 1]
    if not keys:
        return None
    return [
        ": ".join(
            capital(plain_name(str(row[name]))) if name == "variable" else str(row[name])
            for name in keys
        )
        for _, row in released.iterrows()
    ]


def _notes(protected: Protected, text: pd.DataFrame, source: str | None) -> list[str]:
    cells = set(text.to_numpy().ravel())
    notes = [source] if source else []
    if protected.banner:
        notes.append(protected.banner)
    if WITHHELD in cells:
        notes.append(f"{WITHHELD} {MARKS[WITHHELD]}.")
        notes.extend(protected.notes)
    if NOT_APPLICABLE in cells:
        notes.append(f"{NOT_APPLICABLE} {MARKS[NOT_APPLICABLE]}.")
    return notes


def _styled(table: Any) -> Any:
    return table.tab_options(
        table_font_size="14px",
        table_font_color=theme.INK,
        heading_align="left",
        heading_title_font_size="16px",
        heading_title_font_weight="bold",
        column_labels_font_weight="bold",
        row_group_font_weight="bold",
        row_group_background_color=theme.PALE,
        stub_font_weight="bold",
        source_notes_font_size="13px",
        table_border_top_color=theme.QUIET,
        table_border_bottom_color=theme.QUIET,
        table_body_hlines_color=theme.BAND,
    )
