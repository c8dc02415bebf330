"""The rules over several columns or tables, one small function each.

Errors are contradictions: something written cannot be true, so the row is kept out. Warnings are
things that do happen but are more often mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from .keys import stands_in
from .population_rules import (
    counts_and_shares_mixed,
    group_not_in_population,
    share_disagrees_with_count,
    shares_do_not_sum_to_one,
)
from .rulebook import Breach, CrossRule, Frames, cross_rule
from .schemas import load_codelist
from .shaping import BANDS


@cross_rule("error", people="moved_in moved_out")
def moved_out_before_moved_in(frames: Frames) -> Iterator[Breach]:
    """Nobody moves out before they moved in."""
    people = frames["people"]
    yield Breach(
        "people",
        "moved_out",
        people[people["moved_out"] < people["moved_in"]],
        "moved out on {moved_out}, before moving in on {moved_in}",
        "the two dates may have been swapped",
    )


@cross_rule("error", memberships="start_date end_date")
def membership_ends_before_it_starts(frames: Frames) -> Iterator[Breach]:
    """A membership ends on or after the day on which it starts."""
    seats = frames["memberships"]
    yield Breach(
        "memberships",
        "end_date",
        seats[seats["end_date"] < seats["start_date"]],
        "the membership ends on {end_date}, before it starts on {start_date}",
        "the two dates may have been swapped",
    )


@cross_rule("error", memberships="body_id person_id role start_date [end_date]")
def membership_overlaps_itself(frames: Frames) -> Iterator[Breach]:
    """Nobody holds the same seat twice at one time: their vote would count double."""
    seats = frames["memberships"]
    seats = seats[seats["sound"]].sort_values("start_date", kind="stable")
    open_end = pd.Timestamp.max.floor("D").as_unit("us")
    until = seats["end_date"].fillna(open_end)
    one_seat = [seats["body_id"], seats["person_id"], seats["role"]]
    # The longest of the earlier ones decides: an older, longer one may outlast the one before.
    earlier = until.astype("int64").groupby(one_seat).cummax().groupby(one_seat).shift()
    overlaps = (seats["start_date"].astype("int64") <= earlier) & earlier.notna()
    yield Breach(
        "memberships",
        "start_date",
        seats[overlaps].sort_index(),
        "{person_id} already is {role} of {body_id} on {start_date}, by another row",
        "end the earlier membership the day before, or delete one of the two",
    )


def _longer_than_age(table: str, frames: Frames) -> Iterator[Breach]:
    rows = frames[table]
    # Somebody of 34 may have lived there for 34.9 years: age counts completed years.
    longer = rows["length_of_residence"] >= rows["age"] + 1
    yield Breach(
        table,
        "length_of_residence",
        rows[longer.fillna(False).astype(bool)],
        "lives there for {length_of_residence} years at the age of {age}",
        "one of the two is wrong; the length may be in months",
    )


@cross_rule("error", people="age length_of_residence")
def residence_longer_than_age(frames: Frames) -> Iterator[Breach]:
    """Nobody of the people has lived there for longer than they have lived."""
    return _longer_than_age("people", frames)


@cross_rule("error", estate_survey="age length_of_residence")
def respondent_longer_there_than_alive(frames: Frames) -> Iterator[Breach]:
    """No respondent has lived there for longer than they have lived."""
    return _longer_than_age("estate_survey", frames)


def _outside_band(table: str, number: str, frames: Frames) -> Iterator[Breach]:
    """Rows whose band does not hold their number; `number` is its column."""
    name = BANDS[number]
    bands = load_codelist(name).table.set_index("code")
    rows = frames[table]
    # Without a row the dtype would stay text, which cannot be compared with a number.
    low, high = (rows[name].map(bands[end]).astype("float64") for end in ("min", "max"))
    value = rows[number].astype("float64")
    words = number.replace("_", " ")
    yield Breach(
        table,
        name,
        rows[(value < low) | (value >= high)],
        f"the {words} is {{{number}}} but the {words} band '{{{name}}}'",
        f"correct one of the two, or leave the band out: it is worked out from the {words}",
    )


@cross_rule("error", people="age age_band")
def age_outside_its_band(frames: Frames) -> Iterator[Breach]:
    """The age band of a person holds their age."""
    return _outside_band("people", "age", frames)


@cross_rule("error", estate_survey="age age_band")
def respondent_age_outside_its_band(frames: Frames) -> Iterator[Breach]:
    """The age band of a respondent holds their age."""
    return _outside_band("estate_survey", "age", frames)


@cross_rule("error", people="length_of_residence length_of_residence_band")
def residence_outside_its_band(frames: Frames) -> Iterator[Breach]:
    """The band of a person's length of residence holds it."""
    return _outside_band("people", "length_of_residence", frames)


@cross_rule("error", estate_survey="length_of_residence length_of_residence_band")
def respondent_residence_outside_its_band(frames: Frames) -> Iterator[Breach]:
    """The band of a respondent's length of residence holds it."""
    return _outside_band("estate_survey", "length_of_residence", frames)


@cross_rule("error", bodies="body_id parent_body_id")
def body_is_its_own_parent(frames: Frames) -> Iterator[Breach]:
    """No body is part of itself."""
    bodies = frames["bodies"]
    yield Breach(
        "bodies",
        "parent_body_id",
        bodies[bodies["parent_body_id"] == bodies["body_id"]],
        "{body_id} is given as part of itself",
        "leave the parent empty if it has none",
    )


@cross_rule("warning", bodies="decision_rule [quota]")
def quota_not_given(frames: Frames) -> Iterator[Breach]:
    """A body that decides by a quota says which."""
    bodies = frames["bodies"]
    yield Breach(
        "bodies",
        "quota",
        bodies[(bodies["decision_rule"] == "quota") & bodies["quota"].isna()],
        "decides by a quota that is not given",
        "write the votes needed; without it a simple majority is assumed",
    )


def _presences(frames: Frames) -> pd.DataFrame:
    """Who was present at which meeting on which day; the index is the row of attendance."""
    present = frames["attendance"].dropna(subset=["person_id"])
    return present.join(_lookup(frames["meetings"], "meeting_id"), on="meeting_id")


def _lookup(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The table by its key. Rows with errors of their own still answer for others."""
    known = table.drop(columns="sound").dropna(subset=[key])
    return known.drop_duplicates(key).set_index(key)


@cross_rule(
    "warning",
    by_row="attendance",
    only=("status", "present"),
    attendance="meeting_id person_id status",
    meetings="meeting_id body_id date open_to",
    memberships="body_id person_id start_date [end_date]",
)
def present_without_being_a_member(frames: Frames) -> Iterator[Breach]:
    """At a meeting open to members only, everybody present is a member on that day."""
    present = _presences(frames)
    closed = present[present["open_to"] == "members"].dropna(subset=["body_id", "date"])
    seats = frames["memberships"].drop(columns="sound")
    closed = closed[_seats_are_known(closed, seats)]
    pairs = closed.reset_index(names="at").merge(seats, on=["body_id", "person_id"])
    # A seat whose dates are wrong in themselves has been reported; it accuses nobody else.
    unclear = pairs["start_date"].isna() | (pairs["end_date"] < pairs["start_date"])
    running = (pairs["start_date"] <= pairs["date"]) & ~(pairs["end_date"] < pairs["date"])
    seated = (running | unclear).groupby(pairs["at"]).any()
    first = pairs.groupby("at")["start_date"].min()
    without = closed[~seated.reindex(closed.index, fill_value=False)]
    without = without.assign(first=first.reindex(without.index))
    hint = "correct the dates of the membership, or who the meeting was open to"
    before = without["date"] < without["first"]
    never = without["first"].isna()
    for chosen, message in (
        (before, "present on {date}, before the membership of {body_id} started on {first}"),
        (never, "present at a meeting for members of {body_id} without ever being one"),
        (~before & ~never, "present on {date}, after the membership of {body_id} ended"),
    ):
        yield Breach("attendance", "person_id", without[chosen], message, hint)


def _seats_are_known(closed: pd.DataFrame, seats: pd.DataFrame) -> pd.Series[bool]:
    """Is every seat recorded of the body, and of the person, so that a lacking one means much?"""
    nameless = seats.loc[seats["person_id"].isna(), "body_id"]
    homeless = seats.loc[seats["body_id"].isna(), "person_id"]
    return (
        stands_in(closed["body_id"], seats["body_id"])
        & ~stands_in(closed["body_id"], nameless)
        & ~stands_in(closed["person_id"], homeless)
    )


@cross_rule(
    "warning",
    by_row="attendance",
    only=("status", "present"),
    attendance="meeting_id person_id status",
    meetings="meeting_id date",
    people="person_id moved_in|moved_out capacity",
)
def present_while_not_living_there(frames: Frames) -> Iterator[Breach]:
    """Residents come while they live there."""
    present = _presences(frames).join(_lookup(frames["people"], "person_id"), on="person_id")
    residents = present[present["capacity"] == "resident"]
    away = (residents["date"] < residents["moved_in"]) | (
        residents["date"] > residents["moved_out"]
    )
    away &= ~(residents["moved_out"] < residents["moved_in"])
    yield Breach(
        "attendance",
        "person_id",
        residents[away],
        "present on {date} as a resident, but did not live there then",
        "correct the dates of moving in or out, or the capacity",
    )


@cross_rule("warning", bodies="body_id", memberships="body_id*", profiles="body_id*?")
def body_without_members(frames: Frames) -> Iterator[Breach]:
    """Every body has members or a published profile."""
    bodies = frames["bodies"]
    known = pd.concat([frames[name]["body_id"] for name in frames if name != "bodies"])
    yield Breach(
        "bodies",
        "body_id",
        bodies[bodies["body_id"].notna() & ~stands_in(bodies["body_id"], known)],
        "{body_id} has no members",
        "add its memberships; nothing can be said about it without",
    )


@cross_rule("warning", meetings="body_id date [format]")
def two_meetings_on_one_day(frames: Frames) -> Iterator[Breach]:
    """A body rarely meets twice on one day."""
    meetings = frames["meetings"].dropna(subset=["body_id", "date"])
    yield Breach(
        "meetings",
        "date",
        meetings[meetings.duplicated(["body_id", "date", "format"], keep="first")],
        "{body_id} has another meeting on {date}",
        "delete one if it is the same meeting",
    )


@cross_rule("warning", attendance="meeting_id*", meetings="meeting_id")
def meeting_without_attendance(frames: Frames) -> Iterator[Breach]:
    """Somebody came to every meeting, or its register is missing."""
    meetings = frames["meetings"]
    recorded = stands_in(meetings["meeting_id"], frames["attendance"]["meeting_id"])
    yield Breach(
        "meetings",
        "meeting_id",
        meetings[meetings["meeting_id"].notna() & ~recorded],
        "nothing is recorded of who came to {meeting_id}",
        "add its register, or delete the meeting if it did not take place",
    )


@cross_rule("warning", decisions="meeting_id proposed_by", attendance="meeting_id person_id status")
def proposed_by_someone_not_present(frames: Frames) -> Iterator[Breach]:
    """Whoever proposes an item is present, where the register of the meeting is known."""
    items = frames["decisions"].dropna(subset=["meeting_id", "proposed_by"])
    register = frames["attendance"]
    items = items[stands_in(items["meeting_id"], register["meeting_id"])]
    present = register.loc[register["status"] == "present", ["meeting_id", "person_id"]]
    pairs = pd.MultiIndex.from_frame(items[["meeting_id", "proposed_by"]])
    yield Breach(
        "decisions",
        "proposed_by",
        items[~pairs.isin(pd.MultiIndex.from_frame(present))],
        "{proposed_by} is not recorded as present at {meeting_id}",
        "correct the register or the name",
    )


#: Every rule over several columns or tables, contradictions first.
CROSS_RULES: tuple[CrossRule, ...] = (
    moved_out_before_moved_in,
    membership_ends_before_it_starts,
    membership_overlaps_itself,
    residence_longer_than_age,
    respondent_longer_there_than_alive,
    age_outside_its_band,
    respondent_age_outside_its_band,
    residence_outside_its_band,
    respondent_residence_outside_its_band,
    body_is_its_own_parent,
    shares_do_not_sum_to_one,
    counts_and_shares_mixed,
    quota_not_given,
    present_without_being_a_member,
    present_while_not_living_there,
    body_without_members,
    two_meetings_on_one_day,
    meeting_without_attendance,
    proposed_by_someone_not_present,
    share_disagrees_with_count,
    group_not_in_population,
)
