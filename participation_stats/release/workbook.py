"""The accessible spreadsheet: cover, contents, notes, and one marked-up table a sheet."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from participation_stats.measure.results import VOCABULARY, unit_of
from participation_stats.release.archives import undate
from participation_stats.release.phrases import WITHHELD, heading
from participation_stats.release.tables import (
    NOT_APPLICABLE,
    is_number,
    neutralised,
    readable,
    shown_columns,
    sure,
)

#: How a spreadsheet shows each unit; the value in the cell keeps its digits.
NUMBER_FORMATS = {
    "count": "#,##0",
    "fraction": "0.0%",
    "ratio": "0.00",
    "probability": "0.000",
    "number": "0.00",
}


def write_workbook(
    path: Path,
    title: str,
    about: Sequence[str],
    sheets: Iterable[tuple[str, str, str, pd.DataFrame]],
    notes: Sequence[str] = (),
) -> None:
    """Write an accessible workbook: cover, contents, notes, and one marked-up table a sheet.

    Each heading refers to a note that says what its column means.

    Parameters
    ----------
    path : Path
        The ``.xlsx`` file to write.
    title : str
        Title of the cover page.
    about : sequence of str
        Paragraphs of the cover page: banner, sources, method.
    sheets : iterable of (label, title, source, released)
        One sheet each.
    notes : sequence of str
        More to say, such as what was withheld and what can be done.
    """
    with warnings.catch_warnings():
        # What gptables says about its own code (a theme file left open, deprecated calls, notes
        # to which no heading refers) is for its authors.
        for category in (ResourceWarning, DeprecationWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        _write_workbook(path, title, about, list(sheets), notes)
    undate(path)


def _write_workbook(
    path: Path,
    title: str,
    about: Sequence[str],
    sheets: Sequence[tuple[str, str, str, pd.DataFrame]],
    notes: Sequence[str],
) -> None:
    import gptables

    tables = {
        label: gptables.GPTable(
            table=_numeric(released),
            table_name=label.lower().replace(" ", "_").replace("-", "_"),
            title=sheet_title,
            source=source,
            table_notes=_references(released),
            instructions=f"This worksheet contains one table. {WITHHELD} marks a value withheld "
            f"to protect confidentiality, {NOT_APPLICABLE} one that does not apply.",
            index_columns={},
            additional_formatting=_number_formats(released),
        )
        for label, sheet_title, source, released in sheets
    }
    gptables.write_workbook(
        filename=str(path),
        sheets=tables,
        cover=gptables.Cover(title=title, intro=["Tables of the report."], about=list(about)),
        contentsheet_label="Contents",
        notes_table=_notes_table([released for *_, released in sheets], notes),
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False},
    )


def _references(released: pd.DataFrame) -> dict[str, str]:
    """For each heading that the vocabulary explains a reference to its note."""
    return {heading(name): f"$${name}$$" for name in shown_columns(released) if name in VOCABULARY}


def _notes_table(frames: Sequence[pd.DataFrame], notes: Sequence[str]) -> pd.DataFrame:
    """What each column means, then the markers, then what else there is to say."""
    names = dict.fromkeys(name for frame in frames for name in shown_columns(frame))
    rows = [
        (name, f"{VOCABULARY[name].title}: {VOCABULARY[name].meaning}.")
        for name in names
        if name in VOCABULARY
    ]
    rows += [
        ("withheld", f"{WITHHELD} marks a value withheld to protect confidentiality."),
        ("not_applicable", f"{NOT_APPLICABLE} marks a value that does not apply."),
    ]
    rows += [(f"more_{place}", note) for place, note in enumerate(dict.fromkeys(notes))]
    return pd.DataFrame(rows, columns=["Note reference", "Note"])


def _numeric(released: pd.DataFrame) -> pd.DataFrame:
    """Cells as a spreadsheet wants them: numbers stay numbers, markers stand where none is."""
    text = readable(released)
    for name in shown_columns(released):
        if is_number(released, name):
            cells = [
                told if pd.isna(number) or number == float("inf") else sure(number)
                for number, told in zip(released[name], text[heading(name)], strict=True)
            ]
            text[heading(name)] = pd.Series(cells, dtype="object")
    return neutralised(text)


def _number_formats(released: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "column": {
                # By its place: a reference to a note changes the heading.
                "columns": [place],
                "format": {"num_format": NUMBER_FORMATS[unit_of(name)]},
                "include_names": False,
            }
        }
        for place, name in enumerate(shown_columns(released))
        if unit_of(name) in NUMBER_FORMATS
    ]
