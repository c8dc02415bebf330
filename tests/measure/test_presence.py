"""The attendance record: who was there, in what right, and no trace of who they are."""

import dataclasses

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.presence import attendance_record


@dataclasses.dataclass
class Tables:
    tables: dict


def place(**tables):
    return Tables(tables)


MEETINGS = pd.DataFrame(
    {
        "meeting_id": ["m2", "m1", "m3", "m4"],
        "body_id": ["net", "net", "net", "other"],
        "date": pd.to_datetime(["2012-02-01", "2012-01-01", "2012-03-01", "2012-01-15"]),
        "format": ["formal", "informal", "formal", "formal"],
    }
)
REGISTER = pd.DataFrame(
    {
        "meeting_id": ["m1", "m1", "m2", "m2", "m2", "m4"],
        "person_id": ["zoe", "ann", "zoe", "ann", "bob", "zoe"],
        "status": ["present", "absent", "present", "present", "present", "present"],
        "capacity": ["resident", "resident", "resident", None, "staff", "resident"],
    }
)
PEOPLE = pd.DataFrame({"person_id": ["ann", "bob"], "capacity": ["resident", "officer"]})


def test_meetings_are_numbered_by_date_and_people_by_presence():
    record = attendance_record(place(meetings=MEETINGS, attendance=REGISTER, people=PEOPLE), "net")
    expected = pd.DataFrame(
        {
            "meeting": [1, 1, 2, 2, 2],
            "person": [1, 2, 1, 2, 1],
            "capacity": ["resident", "resident", "resident", "resident", "staff"],
            "status": ["present", "absent", "present", "present", "present"],
        }
    )
    found = record.table[["meeting", "person", "capacity", "status"]]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert (record.n_people, record.n_meetings, record.n_present) == (3, 2, 4)


def test_headcounts_have_noughts_and_only_the_present():
    heads = attendance_record(
        place(meetings=MEETINGS, attendance=REGISTER, people=PEOPLE), "net"
    ).headcounts
    assert heads[["meeting", "capacity", "count"]].values.tolist() == [
        [1, "resident", 1],
        [1, "staff", 0],
        [2, "resident", 2],
        [2, "staff", 1],
    ]


def test_capacity_falls_back_to_people_and_then_to_other():
    bare = REGISTER.drop(columns="capacity")
    known = attendance_record(place(meetings=MEETINGS, attendance=bare, people=PEOPLE), "net")
    assert set(known.table["capacity"]) == {"resident", "officer", "other"}
    unknown = attendance_record(place(meetings=MEETINGS, attendance=bare), "net")
    assert set(unknown.table["capacity"]) == {"other"}


def test_no_id_and_no_order_of_ids_is_left():
    tables = ps.load_example("st_marys").tables
    ids = set(tables["people"]["person_id"])
    record = attendance_record(ps.load_example("st_marys"), "network")
    for frame in record.frames().values():
        assert not any(ids & set(frame[name].astype(str)) for name in frame)
    # Renaming everybody so that their order turns round changes nothing.
    turned = {
        name: frame.assign(person_id=frame["person_id"].map(lambda pid: f"q{9999 - int(pid[1:])}"))
        for name, frame in tables.items()
        if name in ("people", "attendance")
    }
    again = attendance_record(Tables({**tables, **turned}), "network")
    pd.testing.assert_frame_equal(again.headcounts, record.headcounts)
    counts = [
        frame.groupby(["capacity", "person"])["status"].apply(lambda s: (s == "present").sum())
        for frame in (record.table, again.table)
    ]
    pd.testing.assert_series_equal(*counts)


@pytest.mark.parametrize(
    ("tables", "body", "message"),
    [
        ({"attendance": REGISTER}, None, "no table 'meetings'"),
        ({"meetings": MEETINGS}, None, "no table 'attendance'"),
        ({"meetings": MEETINGS, "attendance": REGISTER}, "none", "no meeting of 'none' has a"),
        ({"meetings": MEETINGS, "attendance": REGISTER[:0]}, None, "no meeting has a register"),
    ],
)
def test_what_is_missing_is_named(tables, body, message):
    with pytest.raises(InputError, match=message):
        attendance_record(Tables(tables), body)
