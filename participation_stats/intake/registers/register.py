"""What an attendance register says, as tables and as it was written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from participation_stats.cards import Card


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Register(Card):
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
        ``meaning`` is one of present, apologies, absent, not_recorded, not_member, left and
        cancelled, or NA where the mark cannot be read; ``meeting_id`` is NA where no meeting was
        held or its date cannot be read.
    rows : DataFrame
        row, person_id, section, capacity, same_as: the line of each person; ``same_as`` is the
        line on which the same person stands before.
    columns : DataFrame
        column, heading, date, meeting_id, kind (meeting, AGM …), status (held, cancelled, blank,
        unreadable), note. ``column`` counts from 1.
    totals : DataFrame
        row, column, what, stated, counted, counted_residents, counted_once: totals and head
        counts as the register states them, beside our count of lines, of residents' lines, and of
        people with each counted once.
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
        from .files import write_register

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
        for issue in self.issues[self.issues["severity"].ne("note")].to_dict("records"):
            line = "" if pd.isna(issue["row"]) else f"line {issue['row']}, "
            column = "" if pd.isna(issue["column"]) else f"{issue['column']}: "
            hint = f" ({issue['hint']})" if issue["hint"] else ""
            lines.append(f"  {issue['severity']}: {line}{column}{issue['message']}{hint}")
        return "\n".join(lines)
