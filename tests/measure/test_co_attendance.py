"""Who meets whom: counted by hand, by sets, and on Davis's women."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.encounters import co_attendance

WOMEN = pd.read_csv(
    Path(__file__).parents[1] / "golden" / "davis_southern_women_networkx.csv", index_col="person"
)


@dataclasses.dataclass
class Tables:
    tables: dict


# Of m1: two residents, one staff; m2: one resident, two staff; m3: staff alone.
ROWS = pd.DataFrame(
    {
        "meeting_id": ["m1", "m1", "m1", "m2", "m2", "m2", "m3", "m3"],
        "person_id": ["a", "b", "s", "a", "s", "t", "t", "t"],
        "capacity": ["resident", "resident", "staff", "resident", *["staff"] * 4],
    }
)
LOGS = {
    "meetings": pd.DataFrame({"meeting_id": ["m1"], "body_id": "net", "date": "2012-01-01"}),
    "attendance": ROWS.assign(status="present"),
}


def test_company_by_hand():
    found = co_attendance(ROWS)
    assert found.n_meetings == 3
    assert found.table.drop(columns="variable").values.tolist() == [
        ["resident", 2, 1, 1 / 2, 1, 1 / 2, 1, 1 / 3],
        ["staff", 3, 2, 2 / 3, 1, 1 / 3, 0, 0.0],
    ]
    assert found.contacts.values.tolist() == [
        ["resident", "resident", 1, 1 / 3, 2 / 3],
        ["resident", "staff", 2, 2 / 3, (1 + 1 + 2) / 3],
        ["staff", "resident", 2, 2 / 3, (2 + 1 + 1) / 4],
        ["staff", "staff", 1, 1 / 3, 2 / 4],
    ]
    assert found.pairs.empty


def test_pairs_by_hand():
    assert co_attendance(ROWS, pairs=True).pairs.values.tolist() == [
        ["a", "b", 1, 1 / 2], ["a", "s", 2, 1.0], ["a", "t", 1, 1 / 3],
        ["b", "s", 1, 1 / 2], ["s", "t", 1, 1 / 3],
    ]  # fmt: skip


def test_davis_women_who_met_whom():
    estate = ps.load_example("southern_women")
    found = co_attendance(estate, pairs=True)
    held = WOMEN.to_numpy()
    together = held @ held.T
    met = together[np.triu_indices(18, 1)]
    assert sorted(found.pairs["meetings"]) == sorted(met[met > 0])
    # p01 … p18 stand in the order of the published table.
    jaccard = together / (held.sum(1)[:, None] + held.sum(1) - together)
    rows, columns = np.nonzero(np.triu(together, 1))
    assert found.pairs["person_id"].tolist() == [f"p{at + 1:02d}" for at in rows]
    np.testing.assert_allclose(found.pairs["jaccard"], jaccard[rows, columns], rtol=1e-15)
    # All have one capacity: at each event a woman met all others there.
    sizes = held.sum(0)
    assert found.contacts["met"].item() == pytest.approx((sizes * (sizes - 1)).sum() / 89)
    assert found.table[["alone", "outnumbered", "none"]].values.tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("seed", range(12))
def test_against_sets(seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "meeting_id": rng.integers(0, 6, 40),
            "person_id": rng.integers(0, 10, 40),
        }
    )
    rows["capacity"] = rows["person_id"].map(lambda person: "resident" if person < 4 else "staff")
    rooms = [set(people) for _, people in rows.groupby("meeting_id")["person_id"]]
    residents = [{person for person in room if person < 4} for room in rooms]
    found = co_attendance(rows, pairs=True)
    row = found.table.set_index("category").loc["resident"]
    assert row["meetings"] == sum(bool(who) for who in residents)
    assert row["alone"] == sum(len(who) == 1 for who in residents)
    assert row["none"] == sum(not who for who in residents)
    assert row["outnumbered"] == sum(
        0 < len(who) < len(room - who) for who, room in zip(residents, rooms, strict=True)
    )
    counted = {
        pair: sum(set(pair) <= room for room in rooms)
        for pair in itertools.combinations(range(10), 2)
    }
    pairs = found.pairs.set_index(["person_id", "other_person_id"])["meetings"].to_dict()
    assert pairs == {pair: times for pair, times in counted.items() if times}
    staff = [room - who for who, room in zip(residents, rooms, strict=True)]
    met = [len(other) for who, other in zip(residents, staff, strict=True) for _ in who]
    contacts = found.contacts.set_index(["capacity", "other_capacity"])
    assert contacts.loc[("resident", "staff"), "met"] == pytest.approx(np.mean(met))


def test_st_marys_agrees_with_the_headcounts():
    estate = ps.load_example("st_marys")
    found = co_attendance(estate, "subgroup").table.set_index("category")
    heads = ps.attendance_record(estate, "subgroup").headcounts
    residents = heads.loc[heads["capacity"] == "resident", "count"]
    assert found.loc["resident", "alone"] == (residents == 1).sum()
    assert found.loc["resident", "none"] == (residents == 0).sum()
    # The committee's residents sit among themselves.
    committee = co_attendance(estate, "committee").table
    assert committee[["category", "alone", "outnumbered"]].values.tolist() == [["resident", 0, 0]]


def test_a_place_of_bare_tables_with_dates_as_text():
    assert co_attendance(Tables(LOGS), "net").n_meetings == 1


def test_one_person_at_one_meeting():
    found = co_attendance(pd.DataFrame({"meeting_id": [1], "person_id": ["a"]}), pairs=True)
    assert found.table[["category", "alone_share"]].values.tolist() == [["Not stated", 1.0]]
    assert found.contacts[["meetings", "met"]].values.tolist() == [[0, 0.0]]
    assert found.pairs.empty


def test_no_pair_leaves():
    released = ps.protect(
        co_attendance(ps.load_example("st_marys"), "subgroup", pairs=True), ps.Policy.publish()
    )
    assert set(released.frames) == {"table", "contacts"}
    assert released.table["alone_share"].notna().all()


@pytest.mark.parametrize(
    ("place", "body", "message"),
    [
        (3, None, "co_attendance: this is an int"),
        (Tables({}), None, "there is no table 'meetings'"),
        (Tables(LOGS), "board", "meetings has no row of the body 'board'"),
        (Tables({**LOGS, "attendance": ROWS}), None, "attendance has no column 'status'"),
        (Tables({**LOGS, "meetings": ROWS}), None, "meetings has no column 'body_id'"),
        (ROWS.drop(columns="person_id"), None, "the frame has no column 'person_id'"),
        (ROWS, "net", "the frame has no column 'body_id'"),
        (ROWS[:0], None, "nobody was present at a meeting"),
    ],
)
def test_what_is_missing_is_named(place, body, message):
    with pytest.raises(InputError, match=message):
        co_attendance(place, body)
