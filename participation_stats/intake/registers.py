"""The attendance register as clerks keep it, turned into attendance, meetings and people."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from participation_stats.errors import InputError

from .attendees import find_attendees
from .codelists import load_codelist
from .marks import MEANINGS, meanings_of, normal_mark, read_key
from .register_issues import Reading, register_issues
from .register_layouts import RegisterLayout, lay_out
from .register_sheets import read_register_sheet
from .register_tables import (
    apart_frame,
    attendance_frame,
    columns_frame,
    marks_frame,
    meetings_frame,
    people_frame,
    rows_frame,
    totals_frame,
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Register:
    """What an attendance register says, as tables of an estate, and all that it says besides.

    Every cell of the file is in one of `marks`, `rows`, `columns`, `totals` and `apart`.

    Attributes
    ----------
    attendance : DataFrame
        meeting_id, person_id, status, capacity: one row for each person marked as present, absent
        or with apologies at each meeting held.
    meetings : DataFrame
        meeting_id, body_id, date: the meetings held.
    people : DataFrame
        person_id, capacity, organisation; with ``keep_names`` also name and the other columns of
        the register.
    issues : DataFrame
        table, row, column, value, rule, severity, message, hint, as in `Validation.issues`; `row`
        is the line of the file or row of the sheet, `column` a heading of the register.
    marks : DataFrame
        row, column, person_id, meeting_id, mark, meaning: each cell under a date as written.
        ``meaning`` is one of present, apologies, absent, not_recorded, not_member, left, or NA
        where the mark cannot be read; ``meeting_id`` is NA where no meeting was held or its date
        cannot be read.
    rows : DataFrame
        row, person_id, section, capacity, same_as: the line of each person; ``same_as`` is the
        line on which the same person stands before.
    columns : DataFrame
        column, heading, date, meeting_id, kind (meeting, AGM …), status (held, cancelled, blank,
        unreadable), note. ``column`` counts from 1.
    totals : DataFrame
        row, column, what, stated, counted: totals and head counts as the register states them,
        beside our count of the same people where there is one.
    apart : DataFrame
        row, text, reason: lines that are nobody's (titles, section headings, notes …), as they
        stand. They may name people, and are never written.
    """

    attendance: pd.DataFrame
    meetings: pd.DataFrame
    people: pd.DataFrame
    issues: pd.DataFrame
    marks: pd.DataFrame
    rows: pd.DataFrame
    columns: pd.DataFrame
    totals: pd.DataFrame
    apart: pd.DataFrame
    source: str

    @property
    def ok(self) -> bool:
        """Is there no error? Warnings and notes do not count."""
        return not bool((self.issues["severity"] == "error").any())

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of an estate that the register gives, by name."""
        return {"people": self.people, "meetings": self.meetings, "attendance": self.attendance}

    def write(self, folder: str | Path, *, title: str | None = None) -> Path:
        """Write people, meetings and attendance as a folder that ``read_estate`` reads, or nothing.

        Parameters
        ----------
        folder : path
            Must not exist yet.
        title : str, optional
            Of the estate. Default: made from the folder's name.

        Raises
        ------
        OutputError
            If something stands there already, or cannot be written.
        InputError
            If the register has no row of attendance.
        """
        from .register_files import write_register

        return write_register(self, Path(folder), title)

    def __str__(self) -> str:
        counts = self.issues["severity"].value_counts()
        said = ", ".join(
            f"{counts.get(word, 0)} {word}{'' if counts.get(word, 0) == 1 else 's'}"
            for word in ("error", "warning", "note")
        )
        lines = [
            f"{self.source}: {len(self.people)} people, {len(self.meetings)} meetings, "
            f"{len(self.attendance)} rows of attendance; {said}"
        ]
        for issue in self.issues[self.issues["severity"].ne("note")].itertuples():
            line = "" if pd.isna(issue.row) else f"line {issue.row}, "
            column = "" if pd.isna(issue.column) else f"{issue.column}: "
            hint = f" ({issue.hint})" if issue.hint else ""
            lines.append(f"  {issue.severity}: {line}{column}{issue.message}{hint}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def read_register(
    source: str | Path,
    *,
    body_id: str | None = None,
    year: int | None = None,
    sheet: str | None = None,
    capacity: str | None = "resident",
    marks: Mapping[str, str] | None = None,
    merge: bool = True,
    keep_names: bool = False,
) -> Register:
    r"""Read an attendance register: people down the side, dates across the top, marks between.

    Titles above, section headings between, totals and notes below are told apart from people.
    Dates may lack the year. What a mark means is known of P, A, Ap and their variants, ticks,
    1 and 0; the register's own key ("X = present") comes before that, `marks` before both. What
    cannot be read is an issue, and counts for nobody.

    Parameters
    ----------
    source : path
        A CSV file or an Excel workbook.
    body_id : str, optional
        The body that met. Default: ``"body"``.
    year : int, optional
        The year of the first meeting, where the dates lack one. Default: as a line above says.
    sheet : str, optional
        The sheet of a workbook. Default: the one with most dates.
    capacity : str or None
        Of people of whom the register says nothing else; None: not stated.
    marks : mapping of str to str, optional
        What marks mean: present, apologies, absent, not_recorded, not_member or left.
    merge : bool
        Count two lines with one name, and nothing that tells them apart, as one person.
    keep_names : bool
        Keep names, and columns such as the flat, in `people`. Person ids are made from the
        order of the lines: who has the register can tell who is who.

    Returns
    -------
    Register

    Raises
    ------
    SourceError
        If the file cannot be read, has no dates across the top or no names beside them.
    MissingExtraError
        If it is a workbook and the extra ``excel`` is not installed.
    InputError
        If an argument is not one of those above.

    Examples
    --------
    >>> import tempfile
    >>> text = "Panel 2025/26\nName,13-May,10-Jun,13-Jan\nA. Amadi,P,Ap,P\nB. Rees,A,P,\nTotal,1,1,1\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "register.csv"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     register = read_register(path, body_id="panel")
    >>> register.attendance
             meeting_id person_id     status  capacity
    0  panel-2025-05-13       p01    present  resident
    1  panel-2025-05-13       p02     absent  resident
    2  panel-2025-06-10       p01  apologies  resident
    3  panel-2025-06-10       p02    present  resident
    4  panel-2026-01-13       p01    present  resident
    """
    path = Path(source)
    body, told = _checked(body_id, year, capacity, marks)
    lines = read_register_sheet(path, sheet)
    layout = lay_out(lines.lines, year, path.name)
    attendees = find_attendees(layout, capacity, merge=merge)
    meanings = _meanings(layout, told)
    columns = columns_frame(layout, body)
    rows = rows_frame(attendees)
    cells = marks_frame(attendees, columns, meanings)
    totals = totals_frame(layout, cells, rows, columns)
    reading = Reading(
        layout, attendees, columns, cells, totals, meanings, lines.remarks, keep_names, merge
    )
    return Register(
        attendance=attendance_frame(cells, rows),
        meetings=meetings_frame(columns, body),
        people=people_frame(layout, attendees, keep_names=keep_names),
        issues=register_issues(reading),
        marks=cells,
        rows=rows,
        columns=columns,
        totals=totals,
        apart=apart_frame(layout),
        source=path.name,
    )


def _meanings(layout: RegisterLayout, told: Mapping[str, str]) -> dict[str, str | None]:
    written = {
        entry.line.cells[column.place].strip() for entry in layout.people for column in layout.dates
    }
    keys = [line.text for line, _ in layout.above]
    keys += [entry.line.text for entry in layout.below if entry.kind == "note"]
    return meanings_of(written, read_key(keys), told)


def _checked(
    body_id: str | None, year: int | None, capacity: str | None, marks: Mapping[str, str] | None
) -> tuple[str, dict[str, str]]:
    def refuse(name: str, value: object, expected: str) -> InputError:
        return InputError(
            f"{name} is not one", where="read_register", expected=expected, got=repr(value)
        )

    body = "body" if body_id is None else body_id
    if not isinstance(body, str) or not body.strip() or body != body.strip():
        raise refuse("body_id", body_id, "a short name without spaces round it")
    whole = isinstance(year, int) and not isinstance(year, bool)
    if year is not None and not (whole and 1900 <= year <= 2100):
        raise refuse("year", year, "a whole number from 1900 to 2100")
    codes = load_codelist("capacity").codes
    if capacity is not None and capacity not in codes:
        raise refuse("capacity", capacity, "one of " + ", ".join(codes))
    told = {normal_mark(mark): meaning for mark, meaning in (marks or {}).items()}
    for mark, meaning in told.items():
        if meaning not in MEANINGS:
            raise refuse(f"the meaning of mark {mark!r}", meaning, "one of " + ", ".join(MEANINGS))
    return body, told
