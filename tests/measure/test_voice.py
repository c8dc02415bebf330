"""Seats and voice: in what right people sit, speak and decide."""

import dataclasses

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.voice import seats


@dataclasses.dataclass
class Tables:
    tables: dict


SEATS = pd.DataFrame(
    {
        "body_id": ["net", "net", "net", "net", "net", "sub"],
        "person_id": ["a", "b", "b", "c", "d", "a"],
        "role": "member",
        "capacity": ["resident", "staff", "officer", None, None, "resident"],
        "votes": [1, 1, 2, None, 1, 1],
        "start_date": pd.to_datetime(
            ["2012-01-01", "2012-01-01", "2012-06-01", "2012-01-01", "2012-03-01", "2012-01-01"]
        ),
        "end_date": pd.to_datetime([None, "2012-05-31", None, "2012-12-31", None, None]),
    }
)
PEOPLE = pd.DataFrame({"person_id": ["c", "d"], "capacity": ["councillor", None]})
PLACE = Tables({"memberships": SEATS, "people": PEOPLE})


def listed(result):
    return {row["category"]: (row["count"], row["votes"]) for _, row in result.table.iterrows()}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2012-01-01", {"councillor": (1, 1), "resident": (1, 1), "staff": (1, 1)}),
        # The seat of b as staff lasts through 31 May; the next day it is another one.
        (
            "2012-05-31",
            {"councillor": (1, 1), "resident": (1, 1), "staff": (1, 1), "Not stated": (1, 1)},
        ),
        (
            "2012-06-01",
            {"councillor": (1, 1), "officer": (1, 2), "resident": (1, 1), "Not stated": (1, 1)},
        ),
        ("2013-01-01", {"officer": (1, 2), "resident": (1, 1), "Not stated": (1, 1)}),
        (
            None,
            {"councillor": (1, 1), "officer": (1, 2), "resident": (1, 1), "Not stated": (1, 1)},
        ),
    ],
)
def test_seats_on_a_day(on, expected):
    found = seats(PLACE, "net", on=on)
    assert listed(found) == expected
    assert list(listed(found)) == list(expected)
    assert found.n_seats == sum(count for count, _ in expected.values())
    assert found.table["share"].sum() == pytest.approx(1, abs=1e-15)
    assert found.body == "net"
    assert found.on == on


def test_seats_of_st_marys_as_the_setting_has_them():
    estate = ps.load_example("st_marys")
    network = seats(estate, "network", on="2012-01-01")
    assert listed(network) == {
        "councillor": (1, 1), "officer": (6, 6), "resident": (2, 2), "staff": (11, 11)
    }  # fmt: skip
    committee = seats(estate, "committee", on="2010-10-01")
    assert listed(committee) == {"resident": (15, 15)}
    # Some leave the committee after the subgroup starts.
    later = seats(estate, "committee", on="2013-12-01")
    assert listed(later)["resident"][0] == len(estate.members("committee", on="2013-12-01")) < 15


def test_bare_data():
    rows = SEATS.loc[SEATS["body_id"] == "net", ["capacity"]].fillna("councillor")
    assert {name: count for name, (count, _) in listed(seats(rows)).items()} == {
        "councillor": 2, "officer": 1, "resident": 1, "staff": 1
    }  # fmt: skip
    given = seats({"resident": 2, "staff": 10, "other": 0})
    assert given.table["category"].tolist() == ["resident", "staff", "other"]
    assert given.table["share"].tolist() == [2 / 12, 10 / 12, 0.0]
    assert given.votes == {"resident": 2, "staff": 10, "other": 0}


def test_half_votes_are_kept():
    rows = pd.DataFrame({"capacity": ["resident", "resident", "staff"], "votes": [0.5, 1, 1]})
    assert seats(rows).votes == {"resident": 1.5, "staff": 1.0}


@pytest.mark.parametrize(
    ("data", "body", "on", "message"),
    [
        (Tables({}), "net", None, "seats: there is no table 'memberships'"),
        (PLACE, None, None, "there are several bodies. Expected the name of one; got net, sub"),
        (PLACE, "board", None, "memberships has no row of the body 'board'"),
        (PLACE, "net", "1999-01-01", "nobody holds a seat on 'net'"),
        (PLACE, "net", "soon", "this is no date"),
        (PLACE, "net", "NaT", "this is no date"),
        (
            Tables({"memberships": SEATS.drop(columns="person_id")}),
            "net",
            None,
            "memberships has no column 'person_id'",
        ),
        (
            SEATS.assign(start_date="soon"),
            "net",
            "2012-01-01",
            "a date in 'start_date' is none. Expected year-month-day; got 'soon' in row 0",
        ),
        (SEATS.drop(columns="capacity"), "net", None, "memberships has no column 'capacity'"),
        (SEATS.drop(columns="body_id"), "net", None, "memberships has no column 'body_id'"),
        (SEATS[["capacity"]], None, "2012-01-01", "memberships has no column 'start_date'"),
        (SEATS[:0], None, None, "nobody holds a seat"),
        ({"resident": 0}, None, None, "nobody holds a seat"),
        ({"resident": 1.5}, None, None, "the seats of 'resident' are no whole number"),
        ({"resident": -1}, None, None, "the seats of 'resident' are no whole number"),
        (7, None, None, "this is an int. Expected an estate, a frame of memberships"),
    ],
)
def test_what_is_missing_is_named(data, body, on, message):
    with pytest.raises(InputError, match=message):
        seats(data, body, on=on)


def test_seats_are_public():
    few = ps.protect(seats(PLACE, "net", on="2012-01-01"), ps.Policy.publish())
    assert not few.table["suppressed"].any()
    assert few.table["share"].notna().all()
    power = ps.protect(ps.voting_power(seats(PLACE, "net").votes), ps.Policy.publish())
    assert not power.table["suppressed"].any()
    assert power.table["banzhaf"].notna().all()
