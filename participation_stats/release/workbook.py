"""The accessible spreadsheet: cover, contents, notes, and one marked-up table a sheet."""

from __future__ import annotations

import itertools
import re
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from participation_stats.measure.results import VOCABULARY
from participation_stats.release.archives import undate
from participation_stats.release.phrases import WITHHELD
from participation_stats.release.tables import (
    LONGEST_WORD,
    MARKS,
    NOT_APPLICABLE,
    heading_in,
    is_number,
    neutralised,
    readable,
    shown_columns,
    sure,
    unit_in,
)

#: The longest name of a sheet, what must not stand in one, and the names that are not free.
LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_RESERVED = ("cover", "contents", "notes", "history")

#: How a spreadsheet shows each unit; the value in the cell keeps its digits.
NUMBER_FORMATS = {
    "count": "#,##0",
    "fraction": "0.0%",
    "rate": "0.0%",
    "ratio": "0.00",
    "probability": "0.000",
    "number": "0.00",
}

#: Characters of a line of the cover, and of a column of sentences.
COVER_WIDTH, TEXT_WIDTH = 85, 80
#: Letters on a line for each unit of its width, which is that of a digit.
CROWDED = 1.1
#: A narrow column still holds the number of a note; and the gap to the next one.
LEAST_WIDTH, BETWEEN = 9, 3
#: Height of a line in points, and the number that stands for A4 paper.
LINE, A4 = 15, 9


class Sheet(NamedTuple):
    """One table of a workbook.

    Attributes
    ----------
    name, title, source : str
        What is written on the tab, and above the table.
    released : DataFrame
        A frame of a `Protected`.
    text : DataFrame, optional
        The same as `readable` gives it, where it has been asked before.
    """

    name: str
    title: str
    source: str
    released: pd.DataFrame
    text: pd.DataFrame | None = None


def write_workbook(
    path: Path,
    title: str,
    about: Sequence[str],
    sheets: Iterable[Sheet],
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
    sheets : iterable of Sheet
        A name that is too long for a sheet is cut, see `sheet_names`.
    notes : sequence of str
        More to say, such as what was withheld and what can be done.
    """
    with warnings.catch_warnings():
        # What gptables says about its own code (a theme file left open, deprecated calls, notes
        # to which no heading refers) is for its authors.
        for category in (ResourceWarning, DeprecationWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        pages = list(sheets)
        names = sheet_names(page.name for page in pages)
        named = [page._replace(name=name) for name, page in zip(names, pages, strict=True)]
        _write_workbook(path, title, about, named, notes)
    undate(path)


def sheet_names(names: Iterable[str]) -> list[str]:
    """Names that a spreadsheet gives its sheets: the ends of long ones, and no two the same.

    Examples
    --------
    >>> sheet_names(["neighbourhood boards housing tenure", "Seats", "seats", "who? where?"])
    ['boards housing tenure', 'Seats', 'seats 2', 'who where']
    """
    found: list[str] = []
    taken = set(_RESERVED)
    for name in names:
        words = _NOT_IN_NAMES.sub(" ", name).strip("' ").split() or ["table"]
        # Tables of one body begin alike.
        while len(words) > 1 and len(" ".join(words)) > LONGEST_NAME:
            del words[0]
        label = whole = " ".join(words)[:LONGEST_NAME]
        for number in itertools.count(2):
            if label.lower() not in taken:
                break
            label = f"{whole[: LONGEST_NAME - len(f' {number}')]} {number}"
        taken.add(label.lower())
        found.append(label)
    return found


def _write_workbook(
    path: Path,
    title: str,
    about: Sequence[str],
    sheets: Sequence[Sheet],
    notes: Sequence[str],
) -> None:
    import gptables

    texts = {
        sheet.name: readable(sheet.released) if sheet.text is None else sheet.text
        for sheet in sheets
    }
    tables = {
        label: gptables.GPTable(
            table=_numeric(released, texts[label]),
            table_name=re.sub(r"^(?=\d)|\W", "_", label.lower()),
            title=sheet_title,
            source=_short(source),
            table_notes=_references(released),
            instructions="This worksheet contains one table.",
            legend=_legend(texts[label]),
            index_columns={},
            additional_formatting=_number_formats(released),
        )
        for label, sheet_title, source, released, _ in sheets
    }
    cover = gptables.Cover(
        title=title, intro=["Tables of the report."], about=list(about), width=COVER_WIDTH
    )
    notes_table = _notes_table([sheet.released for sheet in sheets], notes)
    book = gptables.produce_workbook(
        filename=str(path),
        sheets=tables,
        cover=cover,
        contentsheet_label="Contents",
        notes_table=notes_table,
        auto_width=dict.fromkeys(tables, False),  # `_fit` does it
        workbook_options={
            "in_memory": True,  # or an interrupt leaves its sheets in the temporary folder
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    for sheet in book.worksheets():
        # Printed, a table is as wide as the page, and not cut into strips.
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    # Two headings stand on the cover before and after the line of introduction.
    _wrap(book.get_worksheet_by_name(cover.cover_label), 0, about, first=4, width=COVER_WIDTH)
    _wrap(book.get_worksheet_by_name("Notes"), 1, notes_table["Note"], first=3)
    for label, _, source, *_ in sheets:
        above = 2 + bool(source) + len(_legend(texts[label]))
        _fit(book.get_worksheet_by_name(label), texts[label], above)
    book.close()


def _fit(sheet: Any, text: pd.DataFrame, above: int) -> None:
    """Columns as wide as what is seen in them, not as the digits behind it.

    The headings stand below so many rows, over the numbers of their notes.
    """
    sheet.set_row(above, 2 * LINE)
    for place, heading in enumerate(text):
        widest = max((len(cell) for cell in text[heading]), default=0)
        if widest > LONGEST_WORD:
            _wrap(sheet, place, text[heading], first=above + 1)
        else:
            sheet.set_column(place, place, max(widest, len(str(heading)), LEAST_WIDTH) + BETWEEN)


def _short(source: str) -> str | None:
    """A source in one line; a longer one stands on the cover, and does not stretch the sheet."""
    told = f"Source: {source.removeprefix('Source: ')}"
    return None if not source else told if len(told) <= COVER_WIDTH else "Source: see the cover."


def _legend(text: pd.DataFrame) -> list[str]:
    """What the markers on a sheet mean, where there are any."""
    cells = set(text.to_numpy().ravel())
    return [f"{mark} {MARKS[mark]}." for mark in MARKS if mark in cells]


def _wrap(
    sheet: Any, column: int, cells: Iterable[str], *, first: int, width: int = TEXT_WIDTH
) -> None:
    """A column of sentences no wider than a page, in rows high enough for their lines.

    Not every program makes room for wrapped text by itself.
    """
    sheet.set_column(column, column, width)
    for place, text in enumerate(cells, start=first):
        lines = len(textwrap.wrap(text, round(width * CROWDED))) or 1
        sheet.set_row(place, LINE * lines)


def _references(released: pd.DataFrame) -> dict[str, str]:
    """For each heading that the vocabulary explains a reference to its note."""
    return {
        heading_in(released, name): f"$${name}$$"
        for name in shown_columns(released)
        if name in VOCABULARY
    }


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


def _numeric(released: pd.DataFrame, text: pd.DataFrame) -> pd.DataFrame:
    """Cells as a spreadsheet wants them: numbers stay numbers, markers stand where none is."""
    text = text.copy()
    for name in shown_columns(released):
        title = heading_in(released, name)
        if is_number(released, name):
            cells = [
                told if pd.isna(number) or number == float("inf") else sure(number)
                for number, told in zip(released[name], text[title], strict=True)
            ]
            text[title] = pd.Series(cells, dtype="object")
    # Columns of one kind: gptables takes longer over words of a kind of their own.
    return neutralised(text).astype("object")


def _number_formats(released: pd.DataFrame) -> list[dict[str, Any]]:
    """How columns look, alike ones together: numbers by their unit, and words beside them."""
    numbers: dict[str, list[int]] = {}
    words: list[int] = []
    for place, name in enumerate(shown_columns(released)):
        if not is_number(released, name):
            words.append(place)
        elif (unit := unit_in(released, name)) in NUMBER_FORMATS:
            numbers.setdefault(NUMBER_FORMATS[unit], []).append(place)
    looks = [_look(places, {"num_format": form}) for form, places in numbers.items()]
    # Words keep away from a number that ends just before them.
    beside = [place for place in words if place]
    return [*looks, _look(beside, {"indent": 1}, headings=True)] if beside else looks


def _look(places: list[int], form: dict[str, Any], *, headings: bool = False) -> dict[str, Any]:
    """Of columns by their places: a reference to a note changes the heading."""
    return {"column": {"columns": places, "format": form, "include_names": headings}}
