"""Who was at which meeting, and in what right: the record that a raster shows, without ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, named_kind

from .records import is_place
from .results import Place, Result, Rule


@dataclass(frozen=True, eq=False, repr=False)
class AttendanceRecord(Result):
    """The attendance of a body, person by person without names, and headcounts by capacity.

    Attributes
    ----------
    table : DataFrame
        One row per recorded person and meeting: ``meeting`` (1, 2, … by date), ``date``,
        ``format``, ``person`` (1, 2, … within the capacity, most often present first),
        ``capacity``, ``status``.
    headcounts : DataFrame
        ``meeting, date, format, capacity, count``: people present, noughts included.
    n_people, n_meetings, n_present : int
        People recorded, meetings held, and attendances.
    """

    headcounts: pd.DataFrame
    n_people: int
    n_meetings: int
    n_present: int
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", individual=True),
        # How many sat there in which right is a fact of the minutes; no count to withhold.
        Rule("headcounts", variable=None),
    )


def attendance_record(place: Place, body: str | None = None) -> AttendanceRecord:
    """The attendance record of one body, or of all, without anything that names a person.

    Parameters
    ----------
    place : Place
        Needs the tables ``meetings`` and ``attendance``; capacity comes from ``attendance``,
        else from ``people``, else it is ``other``.
    body : str, optional
        A ``body_id``; all meetings when not given.

    Returns
    -------
    AttendanceRecord

    Raises
    ------
    InputError
        If a table is missing, or no meeting of the body has a register.

    Examples
    --------
    >>> import participation_stats as ps
    >>> women = attendance_record(ps.load_example("southern_women"))
    >>> women.n_people, women.n_meetings, women.n_present
    (18, 14, 89)
    >>> women.headcounts["count"].tolist()  # by date, from 23 February to 21 November
    [4, 8, 3, 10, 6, 12, 6, 8, 5, 3, 3, 14, 4, 3]
    """
    register, meetings = _register(place, body)
    present = register["status"].eq("present")
    table = register.assign(person=_rank(register, present))
    columns = ["meeting", "date", "format", "person", "capacity", "status"]
    return AttendanceRecord(
        table[columns].sort_values(["meeting", "capacity", "person"], ignore_index=True),
        headcounts=_headcounts(register[present], register, meetings),
        n_people=int(register["person_id"].nunique()),
        n_meetings=len(meetings),
        n_present=int(present.sum()),
    )


def _register(place: Place, body: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Register rows with the number, date and format of their meeting; and those meetings."""
    if not is_place(place):
        raise InputError(
            f"this is {named_kind(place)}",
            where="attendance_record",
            expected="an estate, or anything else with tables of meetings and attendance",
        )
    for name in ("meetings", "attendance"):
        if name not in place.tables:
            raise InputError(
                f"no table '{name}'",
                where="attendance_record",
                expected="the tables meetings and attendance",
                got=", ".join(place.tables) or "no table",
            )
    meetings = place.tables["meetings"]
    if body is not None:
        meetings = meetings[meetings["body_id"] == body]
    kept = meetings["meeting_id"].isin(place.tables["attendance"]["meeting_id"])
    meetings = meetings[kept].sort_values(["date", "meeting_id"], ignore_index=True)
    if meetings.empty:
        raise InputError(
            f"no meeting of '{body}' has a register" if body else "no meeting has a register",
            where="attendance_record",
            expected="rows of attendance whose meeting_id stands in meetings",
            got=f"{len(place.tables['attendance'])} rows of attendance, none of them there",
        )
    meetings["meeting"] = np.arange(1, len(meetings) + 1)
    if "format" not in meetings:
        meetings["format"] = pd.NA
    register = place.tables["attendance"].merge(
        meetings[["meeting_id", "meeting", "date", "format"]], on="meeting_id"
    )
    return register.assign(capacity=_capacity(register, place)), meetings


def _capacity(register: pd.DataFrame, place: Place) -> pd.Series:
    """In what right each person was there: as the register says, else as the people table does."""
    known = pd.Series(pd.NA, index=register.index, dtype="str")
    if "capacity" in register:
        known = register["capacity"].astype("str")
    people = place.tables.get("people")
    if people is not None and "capacity" in people:
        named = people.drop_duplicates("person_id").set_index("person_id")["capacity"]
        known = known.fillna(register["person_id"].map(named.astype("str")))
    return known.fillna("other")


def _rank(register: pd.DataFrame, present: pd.Series) -> pd.Series:
    """Number people within their capacity, most often present first.

    Ties stand in the order in which they first came, never in the order of their ids.
    """
    rows = register.assign(present=present, first=register["meeting"].where(present))
    people = rows.groupby(["capacity", "person_id"], sort=False, observed=True)
    summary = people.agg(times=("present", "sum"), first=("first", "min")).reset_index()
    summary = summary.sort_values(
        ["capacity", "times", "first"], ascending=[True, False, True], kind="stable"
    )
    summary["person"] = summary.groupby("capacity").cumcount() + 1
    ranks = summary.set_index(["capacity", "person_id"])["person"]
    keys = pd.MultiIndex.from_frame(register[["capacity", "person_id"]])
    return pd.Series(ranks.reindex(keys).to_numpy(), index=register.index)


def _headcounts(came: pd.DataFrame, register: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    capacities = sorted(register["capacity"].unique())
    grid = meetings[["meeting", "date", "format"]].merge(
        pd.DataFrame({"capacity": capacities}), how="cross"
    )
    counted = came.groupby(["meeting", "capacity"]).size()
    keys = pd.MultiIndex.from_frame(grid[["meeting", "capacity"]])
    return grid.assign(count=counted.reindex(keys, fill_value=0).to_numpy())
