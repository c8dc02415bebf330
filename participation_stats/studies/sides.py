"""Sides: one place at two times, ready to be compared."""

from __future__ import annotations

import dataclasses

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.phrases import capital
from participation_stats.studies.seating import comparable, last_meeting
from participation_stats.studies.waves import read_wave

#: What the groups of people compared are called, and what their people hold.
CAME, ANSWERED = "People who came", "Answers to the survey"


@dataclasses.dataclass(frozen=True)
class Side:
    """One place at one time.

    Parameters
    ----------
    label : str
        What the time is called.
    groups : mapping of str to DataFrame
        One row for each person with what is known of them: those who hold seats on each body
        (by its name), residents who came to a meeting, and those who answered the survey.
    meetings, attendances : int or None
        Meetings held, and people present added up over them; ``None`` without a register.
    """

    label: str
    groups: dict[str, pd.DataFrame]
    meetings: int | None
    attendances: int | None


def side_of(estate: Estate, label: str, year: int | None) -> Side:
    """A place as its tables have it, or as it was in one year.

    Raises
    ------
    InputError
        If nothing is recorded of that year.
    """
    groups = _seats(estate, year)
    met = _met(estate, year)
    if met is not None and len(met):
        groups[CAME] = met.drop_duplicates("person_id", keep="last")
    answers = _answers(estate, year)
    if answers is not None:
        groups[ANSWERED] = answers
    if not groups:
        raise InputError(
            f"nothing is recorded of {label} in {estate.title}",
            where="write_report",
            expected="seats held, meetings, or a survey of that time",
            hint="check the years, or the folder",
        )
    held = _meetings(estate, year)
    return Side(
        label,
        groups,
        meetings=None if held is None else len(held),
        attendances=None if held is None else _present(estate, held),
    )


def _seats(estate: Estate, year: int | None) -> dict[str, pd.DataFrame]:
    """Who holds seats on each body, on the day of its last meeting of the time."""
    if not estate.has("memberships", "people"):
        return {}
    found = {}
    for body in estate.tables["memberships"]["body_id"].unique():
        day = _last_day(estate, str(body), year)
        members = estate.members(str(body), on=day)
        if len(members):
            found[capital(estate.body_name(str(body)))] = comparable(members)
    return found


def _last_day(estate: Estate, body: str, year: int | None) -> pd.Timestamp | None:
    if year is None:
        return last_meeting(estate, body)
    meetings = _meetings(estate, year)
    dates = pd.Series(dtype="datetime64[s]")
    if meetings is not None:
        dates = meetings.loc[meetings["body_id"] == body, "date"].dropna()
    return pd.Timestamp(dates.max()) if len(dates) else pd.Timestamp(year, 12, 31)


def _meetings(estate: Estate, year: int | None) -> pd.DataFrame | None:
    if not estate.has("meetings", "attendance"):
        return None
    meetings = estate.tables["meetings"]
    return meetings if year is None else meetings[meetings["date"].dt.year == year]


def _present(estate: Estate, meetings: pd.DataFrame) -> int:
    register = estate.tables["attendance"]
    here = register["meeting_id"].isin(meetings["meeting_id"])
    return int((here & register["status"].eq("present")).sum())


def _met(estate: Estate, year: int | None) -> pd.DataFrame | None:
    """Residents at meetings that they came to."""
    if not estate.has("meetings", "attendance", "people"):
        return None
    panel = estate.panel()
    panel = panel[panel["attended"].eq(1) & panel["capacity"].eq("resident")]
    return comparable(panel if year is None else panel[panel["date"].dt.year == year])


def _answers(estate: Estate, year: int | None) -> pd.DataFrame | None:
    """The last wave, or that of the year; each answer is somebody else."""
    if not estate.has("estate_survey"):
        return None
    table = estate.tables["estate_survey"]
    if year is None:
        return read_wave(estate, None).answers
    if "wave" not in table or str(year) not in set(table["wave"].astype("str")):
        return None
    return read_wave(estate, str(year)).answers
