"""The logs of a place joined: seats held on a day, and who was present in what right.

Shared by the measures of seats, steps and continuity; joins are merges, never loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, named_kind

from .results import Place
from .tallies import NOT_STATED, column_names, gathered

Day = str | date | np.datetime64


def is_place(data: Any) -> TypeGuard[Place]:
    """Whether this is an estate, or anything else that has tables by name."""
    return hasattr(data, "tables")


def table_of(place: Place, name: str, where: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """A table of the place, which has these columns.

    Raises
    ------
    InputError
        If the place has no such table, or that has no such column.
    """
    if name not in place.tables:
        raise InputError(
            f"there is no table '{name}'",
            where=where,
            expected=f"a place with {name}",
            got=", ".join(place.tables) or "no table",
        )
    check_columns(place.tables[name], columns, name, where)
    return place.tables[name]


def check_columns(frame: pd.DataFrame, names: Sequence[str], what: str, where: str) -> None:
    """Refuse a frame that lacks a column.

    Raises
    ------
    InputError
        Naming the first column that is not there.
    """
    for name in names:
        if name not in frame:
            raise InputError(
                f"{what} has no column '{name}'",
                where=where,
                expected="the columns " + ", ".join(names),
                got=", ".join(map(str, frame.columns)) or "none",
            )


def rows_of(data: Any, wanted: Sequence[str], where: str, expected: str) -> pd.DataFrame:
    """A frame of any engine in pandas: of one whose rows are elsewhere, the columns named.

    Parameters
    ----------
    wanted : sequence of str
        Those that are not there are left out.

    Raises
    ------
    InputError
        If `data` is no frame.
    SourceError
        If a path leads to no CSV or Parquet.
    """
    if isinstance(data, pd.DataFrame):
        return data
    known = column_names(data, where)
    if known is None:
        raise InputError(f"this is {named_kind(data)}", where=where, expected=expected)
    return gathered(data, where, [name for name in wanted if name in known])


def of_body(rows: pd.DataFrame, body: str | None, what: str, where: str) -> pd.DataFrame:
    """The rows of one body; of the only one where none is named.

    Raises
    ------
    InputError
        If the body has no row, or none is named and there are several.
    """
    if "body_id" not in rows:
        if body is None:
            return rows
        check_columns(rows, ["body_id"], what, where)
    known = [str(name) for name in rows["body_id"].dropna().unique()]
    if body is None:
        if len(known) > 1:
            raise InputError(
                "there are several bodies",
                where=where,
                expected="the name of one",
                got=", ".join(known),
                hint="give its body_id",
            )
        return rows
    if body not in known:
        raise InputError(
            f"{what} has no row of the body '{body}'",
            where=where,
            expected="one of " + (", ".join(known) or "no body at all"),
        )
    return rows[rows["body_id"] == body]


def as_day(on: Day, where: str) -> pd.Timestamp:
    """A day as pandas has it.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        day = pd.Timestamp(on)
    except (ValueError, TypeError) as error:
        raise InputError(
            "this is no date", where=where, expected="year-month-day", got=repr(on)
        ) from error
    if pd.isna(day):
        raise InputError("this is no date", where=where, expected="year-month-day", got=repr(on))
    return day


def days_of(column: pd.Series, where: str) -> pd.Series:
    """A column of days as pandas has them.

    Raises
    ------
    InputError
        If a value is no date.
    """
    days = pd.to_datetime(column, format="ISO8601", errors="coerce")
    wrong = days.isna() & column.notna()
    if wrong.any():
        raise InputError(
            f"a date in '{column.name}' is none",
            where=where,
            expected="year-month-day",
            got=f"{column[wrong].iloc[0]!r} in row {wrong.idxmax()}",
        )
    return days


def held_seats(rows: pd.DataFrame, on: Day | None, where: str) -> pd.DataFrame:
    """Seats held on a day, or ever; one for each person, the latest.

    Parameters
    ----------
    rows : DataFrame
        Memberships of one body. Where there is no ``person_id``, each row is a seat.
    """
    if on is not None:
        check_columns(rows, ["start_date"], "memberships", where)
        day = as_day(on, where)
        held = days_of(rows["start_date"], where) <= day
        if "end_date" in rows:
            held &= ~(days_of(rows["end_date"], where) < day)
        rows = rows[held]
    if "start_date" in rows:
        rows = rows.sort_values("start_date", kind="stable")
    if "person_id" in rows:
        rows = rows.drop_duplicates("person_id", keep="last")
    return rows.sort_index()


def presences(place: Place, body: str | None, where: str) -> pd.DataFrame:
    """Everybody present at each meeting, once.

    Columns ``meeting_id, body_id, date, person_id, capacity``, and ``spoke`` where it is known.

    Parameters
    ----------
    body : str, optional
        Meetings of one body. Default: of all.
    """
    meetings = table_of(place, "meetings", where, ["meeting_id", "body_id", "date"])
    register = table_of(place, "attendance", where, ["meeting_id", "person_id", "status"])
    meetings = meetings.assign(date=days_of(meetings["date"], where))
    if body is not None:
        meetings = of_body(meetings, body, "meetings", where)
    came = register[register["status"].eq("present")].merge(
        meetings[["meeting_id", "body_id", "date"]], on="meeting_id"
    )
    came = came.drop_duplicates(["meeting_id", "person_id"]).reset_index(drop=True)
    came = came.assign(capacity=_capacity_then(came, place, where))
    columns = ["meeting_id", "body_id", "date", "person_id", "capacity", "spoke"]
    return came[[name for name in columns if name in came]]


def stated_capacity(rows: pd.DataFrame, place: Place | None) -> pd.Series:
    """In what right: as the rows say, else as people does, else "Not stated"."""
    known = pd.Series(pd.NA, index=rows.index, dtype="str")
    if "capacity" in rows:
        known = rows["capacity"].astype("str")
    people = None if place is None else place.tables.get("people")
    if people is not None and "capacity" in people and "person_id" in rows:
        named = people.drop_duplicates("person_id").set_index("person_id")["capacity"]
        known = known.fillna(rows["person_id"].map(named.astype("str")))
    return known.fillna(NOT_STATED)


def capacity_order(capacities: Sequence[str]) -> list[str]:
    """Alphabetical, with other and Not stated last.

    Examples
    --------
    >>> capacity_order(["staff", "Not stated", "other", "resident"])
    ['resident', 'staff', 'other', 'Not stated']
    """
    last = {"other": 1, NOT_STATED: 2}
    return sorted(set(capacities), key=lambda name: (last.get(name, 0), name))


def _capacity_then(came: pd.DataFrame, place: Place, where: str) -> pd.Series:
    """In what right each was there: by the register, else the seat held that day, else people."""
    seats = place.tables.get("memberships")
    if seats is None or "capacity" not in seats or came.empty:
        return stated_capacity(came, place)
    check_columns(seats, ["body_id", "person_id", "start_date"], "memberships", where)
    if "capacity" not in came:
        came = came.assign(capacity=pd.Series(pd.NA, index=came.index, dtype="str"))
    unknown = came.loc[came["capacity"].isna(), ["body_id", "person_id", "date"]]
    ends = seats["end_date"] if "end_date" in seats else pd.Series(pd.NaT, index=seats.index)
    seats = seats[["body_id", "person_id", "capacity"]].assign(
        start=days_of(seats["start_date"], where), end=days_of(ends, where)
    )
    pairs = unknown.reset_index().merge(seats, on=["body_id", "person_id"])
    held = (pairs["start"] <= pairs["date"]) & ~(pairs["end"] < pairs["date"])
    pairs = pairs[held].sort_values("start", kind="stable").drop_duplicates("index", keep="last")
    seated = pairs.set_index("index")["capacity"].reindex(came.index)
    return stated_capacity(came.assign(capacity=came["capacity"].fillna(seated)), place)


def chances(place: Place, body: str | None, where: str) -> pd.DataFrame:
    """Who could have come to which meeting, and did: ``person_id, body_id, date, attended`` ….

    An estate says who was at risk (`Estate.panel`). Of any other place it is taken that whoever
    ever came to a body could have come to each of its meetings that has a register.
    """
    panel: Callable[[str | None], pd.DataFrame] | None = getattr(place, "panel", None)
    if callable(panel):
        rows = panel(body)
        return rows.assign(capacity=rows["capacity"].astype("str").fillna(NOT_STATED))
    came = presences(place, body, where)
    meetings = came[["body_id", "meeting_id", "date"]].drop_duplicates()
    people = came.drop_duplicates(["body_id", "person_id"])[["body_id", "person_id", "capacity"]]
    pairs = meetings.merge(people, on="body_id")
    there = came[["meeting_id", "person_id"]].assign(attended=1)
    rows = pairs.merge(there, on=["meeting_id", "person_id"], how="left")
    return rows.assign(attended=rows["attended"].fillna(0).astype("int64"))


def attendance_by_person(rows: pd.DataFrame) -> pd.DataFrame:
    """``body_id, person_id, capacity, attended, eligible, share`` from rows of `chances`.

    The capacity is that of the latest row.
    """
    if "body_id" not in rows:
        rows = rows.assign(body_id="")
    if "capacity" not in rows:
        rows = rows.assign(capacity=NOT_STATED)
    if "date" in rows:
        rows = rows.sort_values("date", kind="stable")
    people = rows.groupby(["body_id", "person_id"], sort=True, observed=True)
    sums = people.agg(
        capacity=("capacity", "last"), attended=("attended", "sum"), eligible=("attended", "size")
    ).reset_index()
    return sums.assign(share=sums["attended"] / sums["eligible"])


def is_regular(people: pd.DataFrame, share: float, least: int) -> pd.Series:
    """Who came to at least this share of the meetings open to them, and at least so often."""
    # 0.7 · 10 is more than 7 in binary; seven of ten are meant.
    enough = people["attended"] >= share * people["eligible"] - 1e-9
    return pd.Series(enough & (people["attended"] >= least), dtype=bool)
