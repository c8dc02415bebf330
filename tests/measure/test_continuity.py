"""Turnover and regulars: Davis's women, sets by hand, and definitions that hold."""

import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.continuity import regulars, turnover

GOLDEN = Path(__file__).parents[1] / "golden"
DAVIS = json.loads((GOLDEN / "davis_reference.json").read_text())
WOMEN = pd.read_csv(GOLDEN / "davis_southern_women_networkx.csv", index_col="person")


@dataclasses.dataclass
class Tables:
    tables: dict


def davis():
    return {event: WOMEN.index[WOMEN[event] == 1].tolist() for event in WOMEN}


def test_davis_from_event_to_event():
    found = turnover(davis())
    assert found.table["stayers"][1:].tolist() == DAVIS["stayers_consecutive"]
    # Divisions of the same whole numbers.
    assert found.table["retention"][1:].tolist() == DAVIS["retention_consecutive"]
    assert found.table["jaccard"][1:].tolist() == DAVIS["jaccard_consecutive"]
    assert found.table["count"].tolist() == list(DAVIS["event_sizes"].values())
    assert found.n_people == 18
    assert found.table.loc[0, "stayers":].isna().all()


def test_davis_as_an_estate_meeting_by_meeting():
    estate = ps.load_example("southern_women")
    found = turnover(estate, period="meeting")
    meetings = estate.tables["meetings"].sort_values("date")
    events = [f"E{int(name[1:])}" for name in meetings["meeting_id"]]
    expected = turnover({event: davis()[event] for event in events})
    pd.testing.assert_frame_equal(
        found.table.drop(columns="period"), expected.table.drop(columns="period")
    )
    assert found.table["period"].iloc[0] == "1936-02-23"
    panel = turnover(estate.panel(), period="meeting")
    pd.testing.assert_frame_equal(panel.table, found.table)


def test_sets_by_hand():
    found = turnover({"2010": ["a", "b", "c", "b"], 2011: ["b", "d"], "2012": [], "2013": ["a"]})
    assert found.table["period"].tolist() == ["2010", "2011", "2012", "2013"]
    assert found.table["count"].tolist() == [3, 2, 0, 1]
    assert found.table["retention"].tolist()[1:3] == [1 / 3, 0]
    assert found.table["entrants"].tolist()[1:] == [1, 0, 1]
    # a returns.
    assert found.table["newcomers"].tolist()[1:] == [1, 0, 0]
    assert turnover({"2010": []}).table["count"].tolist() == [0]


@pytest.mark.parametrize("seed", range(20))
def test_against_sets(seed):
    rng = np.random.default_rng(seed)
    periods = {
        str(year): rng.choice(12, rng.integers(0, 9), replace=False).tolist()
        for year in range(2010, 2010 + rng.integers(1, 6))
    }
    table = turnover(periods).table
    sets = [set(people) for people in periods.values()]
    seen = sets[0]
    for at, (before, now) in enumerate(itertools.pairwise(sets), start=1):
        row = table.loc[at]
        assert row[["count", "stayers", "entrants", "newcomers", "leavers"]].tolist() == [
            len(now), len(now & before), len(now - before), len(now - seen), len(before - now)
        ]  # fmt: skip
        for name, part, whole in (
            ("retention", now & before, before),
            ("jaccard", now & before, now | before),
            ("entrant_share", now - before, now),
        ):
            expected = len(part) / len(whole) if whole else np.nan
            np.testing.assert_equal(row[name], expected)
        seen = seen | now


MEETINGS = pd.DataFrame(
    {
        "meeting_id": ["m1", "m2", "m3", "m4", "x"],
        "body_id": ["net"] * 4 + ["sub"],
        "date": pd.to_datetime(
            ["2011-12-01", "2012-02-01", "2012-02-01", "2013-05-01", "2012-01-01"]
        ),
    }
)
REGISTER = pd.DataFrame(
    {
        "meeting_id": ["m1", "m1", "m2", "m3", "m3", "m4", "x"],
        "person_id": ["a", "b", "a", "c", "a", "a", "b"],
        "status": ["present", "present", "present", "present", "absent", "apologies", "present"],
        "capacity": ["resident", "staff", "resident", "resident", "resident", "resident", "staff"],
    }
)
PLACE = Tables({"meetings": MEETINGS, "attendance": REGISTER})


@pytest.mark.parametrize(
    ("period", "capacity", "periods", "counts"),
    [
        ("year", None, ["2011", "2012", "2013"], [2, 2, 0]),
        ("year", "resident", ["2011", "2012", "2013"], [1, 2, 0]),
        ("quarter", None, ["2011Q4", "2012Q1", "2013Q2"], [2, 2, 0]),
        ("month", None, ["2011-12", "2012-02", "2013-05"], [2, 2, 0]),
        (
            "meeting", None,
            ["2011-12-01", "2012-02-01", "2012-02-01 (2)", "2013-05-01"], [2, 1, 1, 0],
        ),
        (["2013-01-01"], None, ["before 2013-01-01", "from 2013-01-01"], [3, 0]),
        # A limit is the first day of what follows.
        (["2012-02-01"], None, ["before 2012-02-01", "from 2012-02-01"], [2, 2]),
        (["2000-01-01"], None, ["from 2000-01-01"], [3]),
    ],
)  # fmt: skip
def test_periods_of_a_place(period, capacity, periods, counts):
    found = turnover(PLACE, "net", period=period, capacity=capacity)
    assert found.table["period"].tolist() == periods
    assert found.table["count"].tolist() == counts


def test_all_bodies_together():
    assert turnover(PLACE).table["count"].tolist() == [2, 3, 0]


def test_st_marys_loses_regulars_after_the_subgroup_starts():
    estate = ps.load_example("st_marys")
    cut = ["2012-04-18"]
    found = turnover(estate, "committee", period=cut, capacity="resident").table
    panel = estate.panel("committee")
    came = panel[panel["attended"] == 1]
    before = set(came.loc[came["date"] < cut[0], "person_id"])
    after = set(came.loc[came["date"] >= cut[0], "person_id"])
    assert found.loc[1, ["stayers", "entrants", "leavers"]].tolist() == [
        len(before & after), len(after - before), len(before - after)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "body", "period", "message"),
    [
        (3, None, "year", "turnover: this is an int"),
        ({}, None, "year", "there is no period"),
        ({"2010": "abc"}, None, "year", "the people of '2010' are str"),
        ({"2010": 3}, None, "year", "the people of '2010' are int"),
        (Tables({}), None, "year", "there is no table 'meetings'"),
        (Tables({"meetings": MEETINGS}), None, "year", "there is no table 'attendance'"),
        (PLACE, "board", "year", "meetings has no row of the body 'board'"),
        (
            Tables({"meetings": MEETINGS.assign(date="soon"), "attendance": REGISTER}), "net",
            "year", "a date in 'date' is none",
        ),
        (PLACE, "net", "week", "period is 'week'. Expected year, quarter, month, meeting"),
        (PLACE, "net", ["soon"], "a period's limit is no date"),
        (PLACE, "net", [], "no dates to cut at"),
        (
            Tables({"meetings": MEETINGS, "attendance": REGISTER[:0]}), "net", "year",
            "no meeting has a register",
        ),
        (pd.DataFrame({"person_id": []}), None, "year", "the panel has no column 'attended'"),
        (
            pd.DataFrame({"person_id": ["a"], "attended": [1]}), None, "year",
            "the panel has no column 'meeting_id'",
        ),
    ],
)  # fmt: skip
def test_turnover_names_what_is_missing(place, body, period, message):
    with pytest.raises(InputError, match=message):
        turnover(place, body, period=period)


def test_davis_regulars():
    found = regulars(ps.load_example("southern_women"))
    counts = pd.Series(DAVIS["counts"])
    assert found.table["count"].item() == (counts >= 7).sum() == 6
    assert sorted(found.people["attended"]) == sorted(counts)
    most = regulars(ps.load_example("southern_women"), share=8 / 14)
    assert most.table["count"].item() == (counts >= 8).sum()


def panel(attended, **columns):
    people = [name for name, times in attended.items() for _ in times]
    came = [int(time) for times in attended.values() for time in times]
    return pd.DataFrame({"person_id": people, "attended": came, **columns})


def test_a_share_is_met_exactly():
    # Seven of ten is .7, although 0.7 · 10 is more than 7 in binary.
    rows = panel({"a": "1111111000", "b": "1111110000", "c": "11", "d": "111", "e": "000"})
    found = regulars(rows, share=0.7, least=3)
    assert found.people.set_index("person_id")["regular"].to_dict() == {
        "a": True, "b": False, "c": False, "d": True, "e": False
    }  # fmt: skip
    # Of those who ever came; e never did.
    assert found.table[["count", "n", "share"]].values.tolist() == [[2, 4, 0.5]]
    assert found.definition == (
        "came to at least 70% of the meetings that they could have come to, and at least 3 times"
    )


def test_each_body_by_itself_and_capacity_of_the_latest_meeting():
    rows = panel(
        {"a": "1111", "b": "1110"},
        body_id=["net", "net", "sub", "sub"] * 2,
        capacity=["resident"] * 4 + ["staff", "other", "staff", "other"],
        date=pd.to_datetime(["2012-01-01", "2012-02-01"] * 4),
    )
    found = regulars(rows, share=1.0, least=1)
    assert found.table[["body", "category", "count", "n"]].values.tolist() == [
        ["net", "resident", 1, 1], ["net", "other", 1, 1],
        ["sub", "resident", 1, 1], ["sub", "other", 0, 1],
    ]  # fmt: skip
    assert set(regulars(rows, "sub", least=1).table["body"]) == {"sub"}


def test_regulars_of_a_place_of_bare_tables():
    # b came to one of four meetings of the network; a to two, and could have come to all.
    found = regulars(PLACE, "net", share=0.5, least=2)
    assert found.people[["person_id", "attended", "eligible", "regular"]].values.tolist() == [
        ["a", 2, 3, True], ["b", 1, 3, False], ["c", 1, 3, False]
    ]  # fmt: skip


def test_st_marys_has_ten_to_fifteen_regulars():
    found = regulars(ps.load_example("st_marys"), "committee")
    assert 10 <= found.table["count"].item() <= 15


@pytest.mark.parametrize(
    ("place", "options", "message"),
    [
        (3, {}, "regulars: this is an int"),
        (PLACE, {"share": 0}, "a share of 0 and 3 times. Expected a share above 0"),
        (PLACE, {"share": 1.1}, "a share of 1.1 and 3 times"),
        (PLACE, {"least": 0}, "a share of 0.5 and 0 times"),
        (PLACE, {"body": "board"}, "meetings has no row of the body 'board'"),
        (Tables({"meetings": MEETINGS}), {}, "there is no table 'attendance'"),
        (pd.DataFrame({"attended": [1]}), {}, "the panel has no column 'person_id'"),
        (panel({"a": "12"}), {}, "attended is neither 0 nor 1"),
        (panel({"a": "1"}), {"body": "net"}, "the panel has no column 'body_id'"),
    ],
)
def test_regulars_names_what_is_missing(place, options, message):
    with pytest.raises(InputError, match=message):
        regulars(place, **options)


def test_no_name_leaves():
    released = ps.protect(regulars(ps.load_example("st_marys")), ps.Policy.publish())
    assert set(released.frames) == {"table"}
    assert released.table["count"].notna().all()
    counted = ps.protect(turnover(ps.load_example("st_marys")), ps.Policy.publish())
    assert counted.table["count"].notna().all()
