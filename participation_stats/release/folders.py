"""Folders: a written report read again as anybody could who downloads it, and attacked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from participation_stats.errors import DisclosureError
from participation_stats.release.attack import breaches_of
from participation_stats.release.audits import refuse
from participation_stats.release.linkage import Knowledge
from participation_stats.release.phrases import WITHHELD, heading
from participation_stats.release.register import read_releases
from participation_stats.release.sheets import read_sheets

#: Columns of written tables from which the count of their row follows.
TELLING = (
    "count", "n_units", "n_rows", "weighted", "share", "ratio", "conf_low", "conf_high", "p_value",
    "p_adjusted", "estimate", "std_error", "statistic", "z", "seats_short", "absolute_disparity",
    "comparative_disparity", "selection_ratio", "rate_per_1000",
)  # fmt: skip

#: A row of a table as it was written: the text of its cells by column or heading.
_Row = dict[str, str]


def audit_folder(folder: str | Path) -> int:
    """Attack a written report as anybody could who downloads it.

    Every table is read again, in the CSV files, the tidy file, the spreadsheet and the page: a
    row with a withheld count must tell no number that follows from it. Then each release in the
    folder's register is attacked.

    Parameters
    ----------
    folder : path
        Of a written report.

    Returns
    -------
    int
        Rows with a withheld count that were read.

    Raises
    ------
    DisclosureError
        A withheld count is told, or can be worked out; the message names the file.
    SourceError
        The register cannot be read.
    """
    place = Path(folder)
    read = 0
    for where, row in (*_files(place), *_tidy(place), *_sheets(place), *_page(place)):
        read += 1
        told = [name for name in _TELLING_HERE if row.get(name, "") not in ("", WITHHELD, "[z]")]
        if told:
            raise DisclosureError(
                f"'{', '.join(told)}' is told beside a withheld count",
                where=f"audit, {where}",
                expected="no number from which a withheld count follows",
                hint="write the report again: the file has been changed",
            )
    for release in read_releases(place):
        alone = Knowledge(release.cells, release.views, {}, release.withheld)
        for part in alone.components():
            if part.withheld:
                refuse(breaches_of(part, release.threshold, part.cells.keys()), {})
    return read


def _files(place: Path) -> Iterator[tuple[str, _Row]]:
    for path in sorted((place / "tables").glob("*.csv")):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        for row in frame.to_dict("records"):
            if row.get("suppressed") == "True":
                yield f"table '{path.name}'", {str(name): str(text) for name, text in row.items()}


def _tidy(place: Path) -> Iterator[tuple[str, _Row]]:
    """Rows of the tidy file, one number each, put together again."""
    path = place / "tables.csv"
    if not path.exists():
        return
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    keys = [name for name in frame if name not in (*_NUMBERS, "measure", "marker")]
    for _, rows in frame.groupby(keys, sort=False):
        if ((rows["measure"] == "count") & (rows["marker"] == WITHHELD)).any():
            for row in rows.to_dict("records"):
                told = "".join(str(row[name]) for name in _NUMBERS if name in row)
                yield f"table '{path.name}', {row['table']}", {str(row["measure"]): told}


def _sheets(place: Path) -> Iterator[tuple[str, _Row]]:
    """Rows of the spreadsheet."""
    path = place / "tables.xlsx"
    if not path.exists():
        return
    for title, lines in read_sheets(path):
        for row in _marked(lines):
            yield f"sheet '{title}' of {path.name}", row


def _page(place: Path) -> Iterator[tuple[str, _Row]]:
    path = place / "index.html"
    if not path.exists():
        return
    reader = _Tables()
    reader.feed(path.read_text(encoding="utf-8"))
    for table in reader.tables:
        for row in _marked(table):
            yield "table of index.html", row


def _marked(lines: Sequence[Sequence[str]]) -> Iterator[_Row]:
    """Rows of which a count is withheld, by the heading of the last line of headings above."""
    counts = {heading(name) for name in ("count", "n_units")}
    headings: list[str] = []
    for line in lines:
        names = [text.partition("\n")[0] for text in line]
        if counts & {*names}:
            headings = names
            continue
        row = dict(zip(headings, line, strict=False))
        if any(row.get(name) == WITHHELD for name in counts):
            yield row


class _Tables(HTMLParser):
    """The cells of every table of a page, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.tables[-1][-1][-1] += data.strip()


#: Columns of the tidy file that hold numbers.
_NUMBERS = ("value", "numerator", "denominator", "lower", "upper")
_TELLING_HERE = tuple(dict.fromkeys((*TELLING, *(heading(name) for name in TELLING))))
