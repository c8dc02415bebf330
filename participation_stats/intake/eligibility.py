"""Who could have come to which meeting: people at risk, and the bands they are counted in."""

from __future__ import annotations

import pandas as pd

from participation_stats.errors import InputError

from .keys import stands_in
from .parsing import empty_column
from .schemas import load_schema
from .shaping import BANDS, band

#: What names a row of the panel, and what is known of its meeting.
_PANEL = ("person_id", "meeting_id", "body_id", "date", "format", "open_to")


def banded(people: pd.DataFrame) -> pd.DataFrame:
    """People with ``age_band`` and ``length_of_residence_band`` worked out from the numbers.

    A band that is given stays; a missing one is filled where the number is known.
    """
    added = {}
    for number, name in BANDS.items():
        if number not in people:
            continue
        worked_out = band(people[number], name)
        added[name] = people[name].fillna(worked_out) if name in people else worked_out
    return people.assign(**added)


def day_of(on: str | pd.Timestamp) -> pd.Timestamp:
    """The day that a caller names.

    Raises
    ------
    InputError
        If it is no date.
    """
    try:
        return pd.Timestamp(on)
    except (ValueError, TypeError) as error:
        raise InputError(
            "this is no date", where="members", expected="year-month-day", got=repr(on)
        ) from error


def held_on(seats: pd.DataFrame, day: pd.Timestamp | pd.Series[pd.Timestamp]) -> pd.Series[bool]:
    """Which seats are held on a day: the same for all, or one for each."""
    started = seats["start_date"] <= day
    return started & ~(seats["end_date"] < day) if "end_date" in seats else started


def join_people(rows: pd.DataFrame, people: pd.DataFrame | None) -> pd.DataFrame:
    """Rows with the columns of people joined on, and bands; their own capacity goes first."""
    known = pd.DataFrame({"person_id": pd.Series(dtype="str")}) if people is None else people
    clashing = rows.columns.drop("person_id").intersection(known.columns)
    joined = rows.merge(banded(known), on="person_id", how="left", suffixes=("", "_of_person"))
    if "capacity_of_person" in joined:
        joined["capacity"] = joined["capacity"].fillna(joined["capacity_of_person"])
    return joined.drop(columns=[f"{name}_of_person" for name in clashing])


def join_panel(
    meetings: pd.DataFrame,
    attendance: pd.DataFrame,
    people: pd.DataFrame,
    seats: pd.DataFrame | None,
) -> pd.DataFrame:
    """One row for each meeting and person at risk of it, as `Estate.panel` describes."""
    seats = _completed(pd.DataFrame() if seats is None else seats, "memberships")
    pairs = _at_risk(_completed(meetings, "meetings"), _completed(people, "people"), seats)
    records = _completed(attendance, "attendance")
    records = records[["meeting_id", "person_id", "status", "capacity"]]
    joined = pairs.merge(
        records, on=["meeting_id", "person_id"], how="left", suffixes=("_of_seat", "")
    )
    joined["capacity"] = joined["capacity"].fillna(joined.pop("capacity_of_seat"))
    joined["status"] = joined["status"].fillna("no record")
    joined["attended"] = (joined["status"] == "present").astype("int64")
    leading = [*_PANEL, "capacity", "status", "attended", "seat"]
    panel = join_people(joined[leading], people)
    there = stands_in(records["meeting_id"], meetings["meeting_id"])
    present = int((records.loc[there, "status"] == "present").sum())
    panel.attrs = {"not_eligible": present - int(panel["attended"].sum())}
    return panel


def _at_risk(meetings: pd.DataFrame, people: pd.DataFrame, seats: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a meeting and a person who could have come to it, and whether they held a seat."""
    columns = list(_PANEL[1:])
    known = stands_in(meetings["body_id"], seats["body_id"])
    closed = meetings["open_to"].isin(["members", "invited"]) | meetings["open_to"].isna()
    held = meetings[columns].merge(
        seats[["body_id", "person_id", "capacity", "start_date", "end_date"]], on="body_id"
    )
    held = held[held_on(held, held["date"])]
    # Two seats of one body held at once are one chance to come.
    held = held.drop_duplicates(["meeting_id", "person_id"], keep="last").assign(seat="yes")
    held = held[stands_in(held["person_id"], people["person_id"])]
    guests = _invited(meetings[~(closed & known)], people, columns)
    guests["seat"] = guests["body_id"].isin(seats["body_id"]).map({True: "no", False: pd.NA})
    # Whoever holds a seat stands in `held`, which comes first.
    pairs = pd.concat([held, guests]).drop_duplicates(["meeting_id", "person_id"])
    homes = people[["person_id", "moved_in", "moved_out"]]
    pairs = pairs.merge(homes, on="person_id", how="left")
    lives = ~(pairs["date"] < pairs["moved_in"]) & ~(pairs["date"] > pairs["moved_out"])
    pairs = pairs[lives].sort_values(["date", "meeting_id", "person_id"], ignore_index=True)
    return pairs[[*_PANEL, "capacity", "seat"]].astype({"seat": "str"})


def _invited(meetings: pd.DataFrame, people: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Everybody with a meeting open to all; residents only with one open to residents.

    Whose capacity is not known is taken for a resident.
    """
    lives_there = people["capacity"].isna() | people["capacity"].eq("resident")
    to_residents = meetings["open_to"].eq("residents")
    return pd.concat(
        [
            meetings.loc[to_residents, columns].merge(
                people.loc[lives_there, ["person_id"]], how="cross"
            ),
            meetings.loc[~to_residents, columns].merge(people[["person_id"]], how="cross"),
        ]
    )


def _completed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table with every column of its schema; those that did not come are NA."""
    lacking = {
        field.name: empty_column(field, len(table)).set_axis(table.index)
        for field in load_schema(name).fields
        if field.name not in table
    }
    return table.assign(**lacking)
