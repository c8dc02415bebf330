"""Seats, presence, power, proposals and decisions side by side, recounted by hand."""

import dataclasses

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import DataWarning, InputError
from participation_stats.measure.influence import MEASURES, voice_shares


@dataclasses.dataclass
class Tables:
    tables: dict


DAYS = pd.to_datetime(["2012-01-01", "2012-02-01", "2012-03-01"])
TABLES = {
    "bodies": pd.DataFrame(
        {"body_id": ["net"], "decision_rule": ["majority"], "quota": [float("nan")]}
    ),
    "memberships": pd.DataFrame(
        {
            "body_id": "net",
            "person_id": list("abcde"),
            "capacity": ["resident", "resident", None, "staff", "staff"],
            "start_date": [DAYS[0]] * 4 + [DAYS[1]],
            "end_date": [pd.NaT, DAYS[1], pd.NaT, pd.NaT, pd.NaT],
        }
    ),
    "people": pd.DataFrame({"person_id": list("cz"), "capacity": ["staff", "resident"]}),
    "meetings": pd.DataFrame(
        {"meeting_id": ["m1", "m2", "m3", "x"], "body_id": ["net"] * 3 + ["sub"],
         "date": [*DAYS, DAYS[0]]}
    ),
    "attendance": pd.DataFrame(
        {
            "meeting_id": ["m1", "m1", "m1", "m2", "m2", "m2", "x"],
            "person_id": ["a", "b", "d", "a", "z", "nobody", "a"],
            "status": ["present", "absent", "present", "present", "present", "present", "present"],
            "capacity": ["resident", "resident", None, None, None, None, "resident"],
            "spoke": ["no", "yes", "yes", "yes", None, "no", "yes"],
        }
    ),
    "decisions": pd.DataFrame(
        {
            "meeting_id": ["m1", "m1", "m2", "m3", "x"],
            "proposed_by": ["a", "d", "c", None, "a"],
            "capacity": ["resident", "staff", None, None, "resident"],
            "outcome": ["rejected", "passed", "passed", "passed", "passed"],
        }
    ),
}  # fmt: skip


def counts(found):
    return {
        measure: {
            row["category"]: row["count"] for _, row in rows.iterrows() if row["count"]
        }
        for measure, rows in found.table.groupby("measure", sort=False)
    }  # fmt: skip


def test_every_measure_recounted():
    found = voice_shares(Tables(TABLES), "net")
    assert counts(found) == {
        # On 1 March: a as resident, c as staff by people, d and e as staff.
        "seats": {"resident": 1, "staff": 3},
        "votes": {"resident": 1, "staff": 3},
        # Three of four votes needed, which staff have.
        "voting_power": {"staff": 2},
        # d by the seat, a and z by seat and people; of one nothing is known.
        "present": {"resident": 3, "staff": 1, "Not stated": 1},
        "spoke": {"resident": 1, "staff": 1},
        "proposed": {"resident": 1, "staff": 2, "Not stated": 1},
        "passed": {"staff": 2, "Not stated": 1},
    }
    assert list(counts(found)) == list(MEASURES)
    assert (found.body, found.on, found.quota) == ("net", "2012-03-01", 3)
    shares = found.table.groupby("measure")["share"].sum()
    assert shares.tolist() == pytest.approx([1] * 7, abs=1e-15)
    wide = found.side_by_side
    assert wide["category"].tolist() == ["resident", "staff", "Not stated"]
    assert wide["passed"].tolist() == pytest.approx([0, 2 / 3, 1 / 3])


def test_seats_on_another_day():
    found = voice_shares(Tables(TABLES), "net", on="2012-01-15")
    assert counts(found)["seats"] == {"resident": 2, "staff": 2}
    assert counts(found)["present"]["resident"] == 3


def ruled(**columns):
    bodies = TABLES["bodies"].assign(**columns)
    return Tables({**TABLES, "bodies": bodies})


@pytest.mark.parametrize(
    ("columns", "quota"),
    [
        ({"decision_rule": "two_thirds"}, 8 / 3),
        ({"decision_rule": "unanimity"}, 4),
        ({"decision_rule": "majority", "quota": 4.0}, 4),
        ({"decision_rule": None}, 3),
        # Nothing is put to the vote, how many it takes is not known, or nothing could pass.
        ({"decision_rule": "consensus"}, None),
        ({"decision_rule": "advisory"}, None),
        ({"decision_rule": "quota"}, None),
        ({"decision_rule": "majority", "quota": 5.0}, None),
    ],
)
def test_quota_by_the_decision_rule(columns, quota):
    found = voice_shares(ruled(**columns), "net")
    assert found.quota == (None if quota is None else pytest.approx(quota))
    assert ("voting_power" in counts(found)) == (quota is not None)


def test_a_quota_as_an_argument_goes_first():
    assert voice_shares(ruled(decision_rule="consensus"), "net", quota=4).quota == 4
    with pytest.warns(DataWarning, match="not more than half of 4 votes"):
        assert voice_shares(Tables(TABLES), "net", quota=2).quota == 2
    with pytest.raises(InputError, match="a quota of 9 cannot be reached"):
        voice_shares(Tables(TABLES), "net", quota=9)


@pytest.mark.parametrize(
    ("left", "measures"),
    [
        (["memberships"], ["seats", "votes", "voting_power"]),
        (["meetings", "attendance"], ["present", "spoke"]),
        (["meetings", "decisions"], ["proposed", "passed"]),
    ],
)
def test_tables_that_are_missing_leave_their_measures_out(left, measures):
    found = voice_shares(Tables({name: TABLES[name] for name in left}), "net")
    assert list(counts(found)) == measures


def test_a_body_of_which_only_one_thing_is_known():
    found = voice_shares(Tables(TABLES), "sub")
    assert list(counts(found)) == ["present", "spoke", "proposed", "passed"]


def test_bare_counts():
    found = voice_shares(
        {"seats": {"staff": 8, "resident": 3}, "present": {"resident": 24, "staff": 136}}
    )
    assert counts(found)["voting_power"] == {"staff": 2}
    assert found.side_by_side["present"].tolist() == [24 / 160, 136 / 160]
    halves = voice_shares({"votes": {"resident": 1.5, "staff": 2, "officer": 1}})
    assert halves.table["count"].tolist()[:3] == [1.0, 1.5, 2.0]
    assert halves.quota == 2.5


def test_real_log_without_seats():
    found = voice_shares(ps.load_example("southern_women"))
    assert counts(found) == {"present": {"other": 89}}


@pytest.mark.slow
@pytest.mark.parametrize("body", ["committee", "network", "subgroup"])
def test_st_marys_agrees_with_seats_and_headcounts(body):
    estate = ps.load_example("st_marys")
    found = voice_shares(estate, body)
    seated = ps.seats(estate, body, on=found.on)
    assert counts(found)["seats"] == dict(
        zip(seated.table["category"], seated.table["count"], strict=True)
    )
    heads = ps.attendance_record(estate, body).headcounts.groupby("capacity")["count"].sum()
    assert counts(found)["present"] == heads.to_dict()


def test_capacities_are_public():
    released = ps.protect(voice_shares(Tables(TABLES), "net"), ps.Policy.publish())
    assert not released.table["suppressed"].any()
    assert released.table["share"].notna().all()


@pytest.mark.parametrize(
    ("place", "body", "options", "message"),
    [
        (3, None, {}, "voice_shares: this is an int. Expected an estate, or counts"),
        (Tables({}), None, {}, "there is no body"),
        (Tables(TABLES), None, {}, "there are several bodies"),
        (Tables(TABLES), "board", {}, "has no row of the body 'board'"),
        (Tables(TABLES), "net", {"on": "soon"}, "this is no date"),
        (Tables({"meetings": TABLES["meetings"]}), "net", {}, "nothing is known of 'net'"),
        (
            Tables({**TABLES, "decisions": TABLES["decisions"][["meeting_id"]]}),
            "net",
            {},
            "decisions has no column 'outcome'",
        ),
        (
            Tables({**TABLES, "memberships": TABLES["memberships"].drop(columns="start_date")}),
            "net",
            {"on": "2012-01-01"},
            "memberships has no column 'start_date'",
        ),
        ({}, None, {}, "nothing is known"),
        ({"seats": {"resident": 0}}, None, {}, "nothing is known"),
        ({"chairs": {"resident": 1}}, None, {}, "'chairs' is no measure with counts"),
        ({"voting_power": {"resident": 1}}, None, {}, "'voting_power' is no measure"),
        ({"seats": {"resident": -1}}, None, {}, "'seats' has a count that is none"),
        ({"seats": {"resident": "many"}}, None, {}, "'seats' has a count that is none"),
    ],
)
def test_what_is_missing_is_named(place, body, options, message):
    with pytest.raises(InputError, match=message):
        voice_shares(place, body, **options)
