"""A register's file as lines of cells: of a CSV file, or of the sheet with dates in a workbook."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

from participation_stats.errors import InputError, SourceError
from participation_stats.intake.dialects import DELIMITERS, detect_dialect
from participation_stats.intake.raw import Remark
from participation_stats.intake.sources import EXCEL_ENDINGS, TEXT_ENDINGS
from participation_stats.intake.workbooks import read_sheets

from .dates import looks_like_date


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a file or row of a sheet: its number and its cells, all of one width."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[int]:
        """The places of the cells that hold something."""
        return [place for place, cell in enumerate(self.cells) if cell.strip()]

    @property
    def text(self) -> str:
        """The line as it would stand in a CSV file."""
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="").writerow(self.cells)
        return buffer.getvalue()


@dataclasses.dataclass(frozen=True)
class RegisterSheet:
    """Lines, and what is to be said of the file as a whole."""

    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...] = ()


def read_register_sheet(path: Path, sheet: str | None) -> RegisterSheet:
    """Read the lines of a register.

    Raises
    ------
    SourceError
        If the file cannot be read or is of another kind.
    MissingExtraError
        If it is a workbook and the extra ``excel`` is not installed.
    InputError
        If the workbook has no sheet of that name.
    """
    ending = path.suffix.lower()
    if ending in EXCEL_ENDINGS:
        return _of_workbook(path, sheet)
    if ending in TEXT_ENDINGS:
        return _of_text(path)
    raise SourceError(
        f"a register is not read from '{ending}' files",
        where=str(path),
        expected=", ".join(TEXT_ENDINGS + EXCEL_ENDINGS),
        hint="save it as CSV UTF-8",
    )


def dates_in(line: Line) -> int:
    """How many cells of a line look like dates."""
    return sum(map(looks_like_date, line.cells))


def _of_text(path: Path) -> RegisterSheet:
    dialect = detect_dialect(path)
    with path.open(encoding=dialect.encoding, newline="") as stream:
        text = stream.read()
    # A title without commas says nothing of the delimiter; the line of dates does.
    cut = {delimiter: _cut(text, delimiter, path) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: max(map(dates_in, cut[mark]), default=0))
    return RegisterSheet(tuple(cut[best]), dialect.remarks)


def _cut(text: str, delimiter: str, path: Path) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            found.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        raise SourceError(
            f"line {before + 1} cannot be cut into cells: {error}",
            where=path.name,
            hint="save it again as CSV UTF-8",
        ) from error
    return _alike([(number, cells) for number, cells in found if cells])


def _of_workbook(path: Path, name: str | None) -> RegisterSheet:
    sheets = {title: _alike(rows) for title, rows in read_sheets(path).items()}
    if name is not None and name not in sheets:
        raise InputError(
            f"there is no sheet {name!r}",
            where=path.name,
            expected="one of " + ", ".join(map(repr, sheets)),
            got=repr(name),
        )
    chosen = name or max(
        sheets, key=lambda title: max(map(dates_in, sheets[title]), default=0), default=""
    )
    others = [title for title in sheets if title != chosen and sheets[title]]
    remarks: tuple[Remark, ...] = ()
    if others and name is None:
        remarks = (
            Remark(
                "sheet",
                "note",
                f"only the sheet '{chosen}' was read, not " + ", ".join(map(repr, others)),
                "name another with sheet=",
            ),
        )
    return RegisterSheet(tuple(sheets.get(chosen, ())), remarks)


def _alike(rows: list[tuple[int, list[str]]]) -> list[Line]:
    width = max((len(cells) for _, cells in rows), default=0)
    return [Line(number, (*cells, *[""] * (width - len(cells)))) for number, cells in rows]
