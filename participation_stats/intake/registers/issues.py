"""What a person should know of a register's reading: unread marks and dates, doubts, totals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from participation_stats.intake.issues import ISSUE_COLUMNS
from participation_stats.intake.parsing import shortened
from participation_stats.intake.raw import Remark

from .attendees import Attendee
from .dates import is_month_first, read_heading
from .layouts import RegisterLayout
from .marks import STATUSES, normal_mark
from .tables import frame_of, stated_number

Row = tuple[str, int | None, str | None, str | None, str, str, str, str]


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """A register as read, for its issues."""

    layout: RegisterLayout
    attendees: Sequence[Attendee]
    columns: pd.DataFrame
    marks: pd.DataFrame
    totals: pd.DataFrame
    meanings: Mapping[str, str | None]
    remarks: Sequence[Remark]
    keep_names: bool
    merged: bool

    def heading(self, column: int) -> str:
        """The heading of a column counted from 1, else its number."""
        return " ".join(self.layout.header.cells[column - 1].split()) or f"column {column}"


def register_issues(reading: Reading) -> pd.DataFrame:
    """Every issue, by line."""
    parts: tuple[Callable[[Reading], Iterator[Row]], ...] = (
        _remarks, _dates, _order, _ambiguous, _kept_out, _unread, _silent, _doubts,
        _two_statuses, _totals, _apart,
    )  # fmt: skip
    rows = [row for part in parts for row in part(reading)]
    kinds = {name: "Int64" if name == "row" else "str" for name in ISSUE_COLUMNS}
    frame = frame_of(rows, kinds)
    return frame.sort_values("row", kind="stable", na_position="first", ignore_index=True)


def _remarks(reading: Reading) -> Iterator[Row]:
    for remark in reading.remarks:
        yield (
            "attendance",
            None,
            None,
            None,
            remark.rule,
            remark.severity,
            remark.message,
            remark.hint,
        )


def _dates(reading: Reading) -> Iterator[Row]:
    line = reading.layout.header.number
    for heading, status in zip(reading.columns["heading"], reading.columns["status"], strict=True):
        place = ("meetings", line, heading, heading)
        if status == "unreadable":
            hint = "write it as 2025-04-08; if only the year is missing, give year="
            yield *place, "date", "error", _unread_date(heading), hint
        elif status == "cancelled":
            message = "the meeting was cancelled: it is no meeting and nobody was absent"
            yield *place, "cancelled", "note", message, ""
        elif status == "blank":
            message = "nobody is marked under this date: it is taken for no meeting"
            yield *place, "no mark", "warning", message, "fill it in, if the meeting was held"


def _order(reading: Reading) -> Iterator[Row]:
    line = reading.layout.header.number
    if is_month_first(reading.columns["heading"].tolist()):
        message = "dates such as 5/13 show that the month comes first: all were read so"
        yield "meetings", line, None, None, "date", "warning", message, "write them as 2025-05-13"
    held = reading.columns.dropna(subset=["meeting_id"])
    dates = held["date"].dt.strftime("%Y-%m-%d").tolist()
    last_first = dates == sorted(dates, reverse=True)
    for at, (heading, date) in enumerate(zip(held["heading"], dates, strict=True)):
        place = ("meetings", line, heading, heading)
        if date in dates[:at]:
            message = f"two columns are dated {date}: they are taken for two meetings"
            yield *place, "date", "warning", message, "correct the date if it is wrong"
        elif at and date < dates[at - 1] and not last_first:
            message = f"{date} stands after {dates[at - 1]}"
            yield *place, "order", "warning", message, "is the date right?"
        elif at and _is_far(heading, dates[at - 1], date):
            message = (
                f"'{shortened(heading)}' has no year; after {dates[at - 1]} it is read as {date}"
            )
            yield *place, "order", "warning", message, "write the year, or put the columns in order"


def _is_far(heading: str, before: str, date: str) -> bool:
    """A date without a year, half a year and more from the one beside it: perhaps misplaced."""
    written = read_heading(heading)
    days = abs((pd.Timestamp(date) - pd.Timestamp(before)).days)
    return written is not None and written.year is None and days > 190


def _unread_date(heading: str) -> str:
    what = f"the date of '{shortened(heading)}' is not known" if heading else "there is no date"
    return f"{what}; nobody is counted at this meeting"


def _ambiguous(reading: Reading) -> Iterator[Row]:
    marks = {normal_mark(text): meaning for text, meaning in reading.meanings.items()}
    told = marks.get("a") == "absent" and marks.get("x") == "absent"
    if told and "apologies" not in marks.values():
        yield (
            "attendance", None, None, "A, X", "mark", "warning",
            "both A and X are used and apologies nowhere: both were read as absent",
            "if A stands for apologies say so: marks={'a': 'apologies'}",
        )  # fmt: skip


def _kept_out(reading: Reading) -> Iterator[Row]:
    if reading.keep_names:
        return
    for place in reading.layout.others:
        heading = reading.heading(place + 1)
        if any(entry.line.cells[place].strip() for entry in reading.layout.people):
            message = f"column '{shortened(heading)}' is not kept: it may tell who a person is"
            hint = "keep_names=True keeps names and such columns in people"
            yield (
                "people",
                reading.layout.header.number,
                heading,
                None,
                "privacy",
                "note",
                message,
                hint,
            )


def _unread(reading: Reading) -> Iterator[Row]:
    unread = reading.marks[reading.marks["meaning"].isna()]
    for line, column, mark in zip(unread["row"], unread["column"], unread["mark"], strict=True):
        known = reading.meanings[mark]
        message = (
            f"'{shortened(mark)}' says that the person had left, but a mark stands later"
            if known == "left"
            else f"the mark '{shortened(mark)}' is not known"
        )
        hint = f"say what it means: marks={{{normal_mark(mark)!r}: 'present'}}"
        yield (
            "attendance", line, reading.heading(column), mark, "mark", "error",
            f"{message}; nobody is counted for it", hint,
        )  # fmt: skip


def _silent(reading: Reading) -> Iterator[Row]:
    held = reading.marks[reading.marks["meeting_id"].notna()]
    silent = int(held["meaning"].eq("not_recorded").sum())
    if silent:
        message = (
            f"{silent} cells under meetings that were held say nothing: no row of attendance "
            "stands for them"
        )
        hint = "an empty cell is not read as absent"
        yield "attendance", None, None, None, "not recorded", "note", message, hint


def _doubts(reading: Reading) -> Iterator[Row]:
    for one in reading.attendees:
        line = one.line.line.number
        name = one.name if reading.keep_names else None
        place = ("people", line, None, name)
        if one.same_as is not None:
            done = "counted once" if reading.merged else "counted as two"
            message = f"probably the same person as on line {one.same_as}; {done}"
            yield *place, "same person", "warning", message, "merge= says whether to count once"
        elif one.doubt == "another line has this name":
            message = "another line has this name, but another title or address; counted as two"
            yield (
                *place,
                "same person",
                "warning",
                message,
                "write the name alike if it is one person",
            )
        elif one.doubt:
            yield *place, one.doubt, "warning", one.doubt, "look at it, and decide whom it counts"
        if one.capacity not in (None, "resident") and one.line.line.filled:
            message = f"taken as {one.capacity}, by the title, the role or the section"
            yield *place, "capacity", "note", message, "correct people.capacity if it is wrong"


def _two_statuses(reading: Reading) -> Iterator[Row]:
    held = reading.marks[
        reading.marks["meeting_id"].notna() & reading.marks["meaning"].isin(STATUSES)
    ]
    for _, cells in held.groupby(["column", "person_id"]):
        if len(set(cells["meaning"])) > 1:
            lines = " and ".join(map(str, cells["row"]))
            message = f"lines {lines} are one person with two marks; the stronger one counts"
            column = reading.heading(int(cells["column"].iloc[0]))
            both = ", ".join(map(str, cells["mark"]))
            place = ("attendance", int(cells["row"].max()), column, both)
            yield *place, "two statuses", "warning", message, "look at it, and correct one"


def _totals(reading: Reading) -> Iterator[Row]:
    for total in reading.totals.to_dict("records"):
        if total["what"] == "head count":
            continue
        column = reading.heading(total["column"])
        place = ("attendance", total["row"], column, total["stated"])
        stated = stated_number(total["stated"])
        if stated is None:
            yield *place, "total", "note", "the total is no number", ""
        elif stated not in (total["counted"], total["counted_residents"]):
            counted = f"{total['counted']}"
            if total["counted"] != total["counted_residents"]:
                counted += f" ({total['counted_residents']} of them residents)"
            once = stated == total["counted_once"]
            message = f"the register says {stated} {total['what']}; its marks count {counted}"
            hint = "it is right once each person is counted once" if once else "count again"
            yield *place, "total", "warning", message, hint


def _apart(reading: Reading) -> Iterator[Row]:
    for entry in reading.layout.below:
        if entry.kind not in ("person", "empty row"):
            message = f"set apart: {entry.kind}"
            hint = "register.apart has the line"
            yield "attendance", entry.line.number, None, None, "set apart", "note", message, hint
