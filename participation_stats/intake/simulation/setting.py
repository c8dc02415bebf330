"""The setting of St Mary's: published margins, bodies, seats and the calendar. No randomness.

What the source publishes is cited; everything else is invented and says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

CITATION = (
    "Alexander, J. (2021), Co-production: fostering greater inclusion or reproducing existing "
    "exclusion?, SN Social Sciences 1, 56"
)
SYNTHETIC = "synthetic (not published)"
REMAINDER = f"remainder that the source does not break down ({CITATION})"

#: The day that the population margins and lengths of residence describe.
REFERENCE_DATE = pd.Timestamp("2011-10-01")
FIRST_DAY = pd.Timestamp("2010-09-01")
LAST_DAY = pd.Timestamp("2013-12-31")
KICK_OFF = pd.Timestamp("2011-10-26")
SUBGROUP_START = pd.Timestamp("2012-04-18")


@dataclasses.dataclass(frozen=True)
class Margin:
    """One variable of the population: residents by category, and where the figures come from."""

    counts: Mapping[str, int]
    source: str


#: Counts of 3,000 residents. Percentages of the source times 3,000 are whole numbers.
MARGINS: Mapping[str, Margin] = {
    "ethnicity": Margin(
        {
            "Black African": 810,
            "Black Caribbean": 540,
            "Other White": 180,
            "Portuguese": 210,
            "White British": 540,
            "Other": 720,
        },
        CITATION,
    ),
    "gender": Margin({"Female": 1710, "Male": 1290}, CITATION),
    "length_of_residence": Margin(
        {"under 1": 300, "1 to 4": 510, "5 to 9": 750, "10 or more": 1440}, CITATION
    ),
    "housing_tenure": Margin(
        {"Private rent": 360, "Social rent": 2220, "Leasehold": 420}, SYNTHETIC
    ),
    "age_band": Margin(
        {"16 to 24": 420, "25 to 34": 660, "35 to 49": 900, "50 to 64": 600, "65 and over": 420},
        SYNTHETIC,
    ),
    "disability": Margin({"Not disabled": 2460, "Disabled": 540}, SYNTHETIC),
}
RESIDENTS = 3000

#: Variables of `people` that may be left unrecorded.
STATED = ("ethnicity", "gender", "age", "housing_tenure", "length_of_residence", "disability")

#: First and last whole year of each band, for drawing ages and lengths of residence.
AGE_YEARS = {
    "16 to 24": (16, 24),
    "25 to 34": (25, 34),
    "35 to 49": (35, 49),
    "50 to 64": (50, 64),
    "65 and over": (65, 90),
}
LENGTH_YEARS = {"under 1": (0, 1), "1 to 4": (1, 5), "5 to 9": (5, 10), "10 or more": (10, 40)}

#: How groups lean towards long residence on a standard scale, so that the joint is not a product.
LENGTH_LEANING = {
    "Black African": -0.3,
    "Black Caribbean": 0.6,
    "Other White": -0.4,
    "Portuguese": -0.4,
    "White British": 0.6,
    "Other": -0.2,
}
#: Yearly rate of moving out, by length of residence.
MOVING_OUT = {"under 1": 0.12, "1 to 4": 0.08, "5 to 9": 0.05, "10 or more": 0.02}

#: The survey invites every adult of the households drawn; larger shares in the smaller blocks.
BLOCKS = {"Ash": 0.5, "Birch": 0.5, "Cedar": 0.4, "Elm": 0.4, "Maple": 0.3, "Oak": 0.3}

PROFESSIONAL_CAPACITIES = ("councillor", "officer", "staff")
#: Ethnicity of professionals: invented.
PROFESSIONAL_ETHNICITY = {"Black Caribbean": 0.15, "Other White": 0.10, "White British": 0.75}
#: Not recorded for professionals more often than for residents, as logs of the kind go.
PROFESSIONAL_NOT_STATED = 0.07


@dataclasses.dataclass(frozen=True)
class Post:
    """A professional's seat on the network, and whether the same person sits on the subgroup."""

    capacity: str
    organisation: str
    role: str
    subgroup: bool = False


POSTS = (
    Post("staff", "Youth charity", "chair", subgroup=True),
    Post("staff", "Youth charity", "representative", subgroup=True),
    Post("staff", "Youth charity", "representative", subgroup=True),
    Post("staff", "Youth charity", "representative"),
    Post("staff", "Housing association", "director"),
    Post("staff", "Housing association", "representative", subgroup=True),
    Post("staff", "Housing association", "representative"),
    Post("staff", "Housing association", "representative"),
    Post("staff", "Community trust", "director"),
    Post("staff", "Community trust", "representative", subgroup=True),
    Post("staff", "Community trust", "representative"),
    Post("councillor", "Council", "representative", subgroup=True),
    Post("officer", "Council", "member", subgroup=True),
    Post("officer", "Council", "member", subgroup=True),
    Post("officer", "Council", "member"),
    Post("officer", "Council", "member"),
    Post("officer", "Council", "member"),
    Post("officer", "Council", "member"),
)
COMMITTEE_WOMEN, COMMITTEE_MEN = 13, 2
COMMITTEE_ROLES = ("chair", "secretary", "treasurer")
NETWORK_RESIDENTS, SUBGROUP_RESIDENTS = 2, 3
PANEL_SEATS = 12


def bodies() -> pd.DataFrame:
    """The estate's bodies. Quotas are strict majorities of the seats."""
    seats = COMMITTEE_WOMEN + COMMITTEE_MEN
    network = len(POSTS) + NETWORK_RESIDENTS
    subgroup = sum(post.subgroup for post in POSTS) + SUBGROUP_RESIDENTS
    rows = [
        ("committee", "Residents' committee", "committee", None, "majority", seats // 2 + 1),
        ("network", "Local network", "network", None, "majority", network // 2 + 1),
        ("subgroup", "Youth subgroup", "subgroup", "network", "majority", subgroup // 2 + 1),
        ("grants_panel", "Small grants panel of 2010", "panel", None, "majority", 7),
    ]
    columns = ["body_id", "name", "kind", "parent_body_id", "decision_rule", "quota"]
    return pd.DataFrame(rows, columns=columns)


def meetings() -> pd.DataFrame:
    """The calendar, by date: body, format and who may come."""
    kinds = [
        ("committee", _monthly("WOM-1TUE", FIRST_DAY), "formal", "members"),
        ("committee", _monthly("WOM-3THU", FIRST_DAY, (2, 5, 8, 11)), "informal", "members"),
        ("committee", _monthly("WOM-2SAT", FIRST_DAY, (1, 3, 7, 12)), "informal", "residents"),
        ("committee", _monthly("WOM-3TUE", FIRST_DAY, (5, 11)), "formal", "residents"),
        ("network", pd.DatetimeIndex([KICK_OFF]), "formal", "residents"),
        ("network", _monthly("WOM-4WED", KICK_OFF + pd.Timedelta(days=1)), "formal", "members"),
        ("subgroup", _monthly("WOM-3WED", SUBGROUP_START), "formal", "members"),
    ]
    frame = pd.concat(
        pd.DataFrame({"body_id": body, "date": dates, "format": kind, "open_to": whom})
        for body, dates, kind, whom in kinds
    )
    frame = frame.sort_values(["date", "body_id"], kind="stable", ignore_index=True)
    frame.insert(0, "meeting_id", [f"m{number:03d}" for number in range(1, len(frame) + 1)])
    return frame


def _monthly(rule: str, start: pd.Timestamp, months: tuple[int, ...] = ()) -> pd.DatetimeIndex:
    dates = pd.date_range(start, LAST_DAY, freq=rule)
    return dates[dates.month.isin(months)] if months else dates
