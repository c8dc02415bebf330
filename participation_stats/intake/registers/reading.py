"""Reading the attendance register as clerks keep it into attendance, meetings and people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from participation_stats.errors import InputError
from participation_stats.intake.codelists import load_codelist

from .attendees import find_attendees
from .issues import Reading, register_issues
from .layouts import RegisterLayout, lay_out
from .marks import MEANINGS, meanings_of, normal_mark, read_key
from .register import Register
from .sheets import read_register_sheet
from .tables import (
    apart_frame,
    attendance_frame,
    columns_frame,
    marks_frame,
    meetings_frame,
    people_frame,
    rows_frame,
    totals_frame,
)


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
    >>> text = "Panel 2025/26\nName,13-May,10-Jun,13-Jan\nA. Amadi,P,Ap,P\nB. Rees,A,P,\n"
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
