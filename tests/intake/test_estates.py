"""Estates: read whole, joined as the registers say, and what is wrong is kept out aloud."""

from __future__ import annotations

import json
import pickle
import shutil

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from participation_stats.errors import DataWarning, InputError, OutputError, SourceError
from participation_stats.intake.estates import (
    Estate,
    copy_example,
    example_names,
    load_example,
    read_estate,
)

FILES = {
    "people": """person_id,capacity,organisation,gender,age,length_of_residence,moved_in,moved_out
p1,resident,,Female,34,12,1999-01-01,
p2,resident,,Male,,0.5,2011-06-01,2012-06-30
p3,staff,Tenants' trust,Female,65,,,
p4,resident,,-9,24.0,5,,
""",
    "bodies": "body_id,name\nb1,Committee\nb2,Network\n",
    "memberships": """body_id,person_id,role,capacity,start_date,end_date
b1,p1,member,,2010-01-01,2011-12-31
b1,p1,chair,,2012-01-01,
b1,p2,member,,2012-01-10,2012-06-30
b2,p3,director,staff,2012-01-01,
b2,p1,member,other,2012-01-01,
""",
    "meetings": """meeting_id,body_id,date,format,open_to
m1,b1,2011-05-31,formal,members
m2,b1,2012-01-10,formal,invited
m3,b1,2012-07-01,informal,residents
m4,b2,2012-02-01,formal,members
m5,b2,2012-03-01,informal,
""",
    "attendance": """meeting_id,person_id,status,capacity
m1,p1,present,
m2,p1,apologies,
m2,p2,present,
m2,p3,present,
m3,p4,present,
m3,p1,absent,
m4,p1,present,resident
""",
    "population": """variable,category,count,share
gender,Female,60,0.6
gender,Male,40,0.4
age_band,25 to 34,30,
age_band,65 and over,70,
""",
    "profiles": "body_id,variable,category,count\nb2,gender,Female,3\nb2,gender,Male,9\n",
}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "oak_estate"
    place.mkdir()
    for name, text in FILES.items():
        (place / f"{name}.csv").write_text(text)
    return place


@pytest.fixture
def estate(folder):
    return read_estate(folder)


def rows(frame, *columns):
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in frame[list(columns)].itertuples(index=False)
    ]


class TestReading:
    def test_a_folder_without_a_description(self, estate):
        assert (estate.name, estate.title) == ("oak_estate", "Oak Estate")
        assert not estate.synthetic
        assert estate.already_published is None
        assert next(iter(estate.tables)) == "people"
        assert estate.validation.ok
        assert str(estate) == repr(estate)
        assert str(estate).startswith("Oak Estate: people 4, bodies 2,")

    def test_the_description(self, folder):
        about = {
            "name": "oak",
            "title": "The Oak",
            "description": "Invented.",
            "period": "2011",
            "synthetic": True,
            "already_published": "in a book",
            "sources": [{"title": "A"}, {"title": "B"}],
        }
        (folder / "datapackage.json").write_text(json.dumps(about))
        estate = read_estate(folder)
        assert (estate.name, estate.title, estate.period) == ("oak", "The Oak", "2011")
        assert (estate.synthetic, estate.already_published) == (True, "in a book")
        assert (estate.description, estate.source) == ("Invented.", "A; B")
        assert str(estate).startswith("The Oak (synthetic): ")

    def test_rows_with_errors_are_kept_out_aloud(self, folder):
        (folder / "people.csv").write_text(FILES["people"] + "p5,tenant,,,,,,\np6,x\n")
        with pytest.warns(
            DataWarning,
            match=r"read_estate: 2 of 6 rows of people have errors; they are left out\. "
            r"Hint: estate\.validation shows each error\.",
        ):
            estate = read_estate(folder)
        assert len(estate.tables["people"]) == 4
        assert estate.validation.rejected["people"]["_row"].tolist() == [6, 7]

    def test_an_estate_goes_to_another_process_with_what_was_found_wrong(self, folder):
        (folder / "people.csv").write_text(FILES["people"] + "p5,tenant,,,,,,\np6,x\n")
        with pytest.warns(DataWarning):
            estate = read_estate(folder)
        again = pickle.loads(pickle.dumps(estate))
        assert (again.name, again.folder, str(again)) == (estate.name, folder, str(estate))
        for name, table in estate.tables.items():
            assert_frame_equal(again.tables[name], table)
        assert_frame_equal(again.panel(), estate.panel())
        assert_frame_equal(again.validation.issues, estate.validation.issues)
        assert_frame_equal(
            again.validation.rejected["people"], estate.validation.rejected["people"]
        )

    def test_margins_lose_the_fellows_of_a_group_with_an_error(self, folder):
        (folder / "population.csv").write_text(FILES["population"].replace(",40,", ",forty,"))
        with pytest.warns(
            DataWarning,
            match="1 of 4 rows of population have errors, 1 more rows of population lack another "
            "group of their variable; they are left out",
        ):
            estate = read_estate(folder)
        assert set(estate.population()["variable"]) == {"age_band"}

    def test_a_second_copy_of_a_group_takes_nothing_away(self, folder):
        (folder / "population.csv").write_text(FILES["population"] + "gender,Male,40,0.4\n")
        with pytest.warns(DataWarning, match="1 of 5 rows of population"):
            estate = read_estate(folder)
        assert len(estate.population("gender")) == 2

    def test_profiles_lose_only_the_variable_of_their_own_body(self, folder):
        (folder / "profiles.csv").write_text(
            FILES["profiles"] + "b1,gender,Female,-3\nb1,gender,Male,2\n"
        )
        with pytest.warns(DataWarning, match="1 more rows of profiles lack"):
            estate = read_estate(folder)
        assert len(estate.profile("b2", "gender")) == 2
        assert len(estate.profile("b1")) == 0

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda place: shutil.rmtree(place), "there is no such folder"),
            (lambda place: [path.unlink() for path in place.iterdir()], "holds no table"),
            (
                lambda place: (place / "people.csv").write_bytes(b"\x00\x01"),
                "people.csv: the file holds NUL bytes: it is binary or damaged",
            ),
            (
                lambda place: (place / "datapackage.json").write_text("{"),
                r"datapackage\.json is not JSON",
            ),
            (
                lambda place: (place / "datapackage.json").write_text('{"synthetic": "yes"}'),
                r'does not describe an estate\. Expected an object, with "synthetic" true or',
            ),
        ],
    )
    def test_refused(self, folder, make, message):
        make(folder)
        with pytest.raises(SourceError, match=message):
            read_estate(folder)

    def test_a_file_is_no_folder(self, folder):
        with pytest.raises(SourceError, match="this is a file"):
            read_estate(folder / "people.csv")

    def test_has(self, estate, folder):
        assert estate.has("people", "bodies")
        assert not estate.has("people", "decisions")
        (folder / "decisions.csv").write_text("decision_id,meeting_id,outcome\n")
        assert not read_estate(folder).has("decisions")


class TestBodies:
    def test_named(self, estate):
        assert estate.bodies_named() == {"b1": "Committee", "b2": "Network"}
        assert estate.body_name("b2") == "Network"

    def test_named_by_themselves_where_there_is_no_table(self):
        meetings = pd.DataFrame({"meeting_id": ["m1"], "body_id": ["forum"]})
        assert Estate("x", "X", {"meetings": meetings}).bodies_named() == {"forum": "forum"}

    @pytest.mark.parametrize("ask", ["body_name", "members", "profile", "panel"])
    def test_no_such_body(self, estate, ask):
        with pytest.raises(InputError) as caught:
            getattr(estate, ask)("b3")
        assert str(caught.value) == "Oak Estate: there is no body 'b3'. Expected one of b1, b2."


class TestMargins:
    def test_of_the_population(self, estate):
        assert rows(estate.population("gender"), "variable", "category", "count", "share") == [
            ("gender", "Female", 60, 0.6),
            ("gender", "Male", 40, 0.4),
        ]
        assert list(estate.population("age_band").columns) == ["variable", "category", "count"]
        assert len(estate.population()) == 4
        assert set(estate.population(["gender"])["variable"]) == {"gender"}
        both = estate.population(["age_band", "gender"])
        assert set(both["variable"]) == {"gender", "age_band"}
        with pytest.raises(InputError, match="no variable 'sex'"):
            estate.population(["gender", "sex"])

    def test_of_a_profile(self, estate):
        assert rows(estate.profile("b2", "gender"), "variable", "category", "count") == [
            ("gender", "Female", 3),
            ("gender", "Male", 9),
        ]
        assert estate.profile("b1").empty

    def test_no_such_variable(self, estate):
        with pytest.raises(InputError) as caught:
            estate.population("Gender")
        assert str(caught.value) == (
            "population of Oak Estate: there is no variable 'Gender'. Expected one of gender, "
            "age_band. Hint: perhaps 'gender' is meant."
        )

    def test_no_such_table(self, estate):
        lone = Estate("x", "X", {"people": estate.tables["people"]})
        with pytest.raises(InputError) as caught:
            lone.population()
        assert str(caught.value) == (
            "X: there is no table 'population'. Got people. Hint: add population.csv to the folder."
        )


class TestMembers:
    def test_everybody_who_ever_held_a_seat_once(self, estate):
        members = estate.members("b1")
        assert rows(members, "person_id", "role", "capacity", "gender") == [
            ("p1", "chair", "resident", "Female"),
            ("p2", "member", "resident", "Male"),
        ]

    @pytest.mark.parametrize(
        ("day", "seated"),
        [
            ("2009-12-31", []),
            ("2010-01-01", [("p1", "member")]),
            ("2011-12-31", [("p1", "member")]),
            ("2012-01-01", [("p1", "chair")]),
            ("2012-06-30", [("p1", "chair"), ("p2", "member")]),
            ("2012-07-01", [("p1", "chair")]),
            (pd.Timestamp("2012-06-30"), [("p1", "chair"), ("p2", "member")]),
        ],
    )
    def test_on_a_day(self, estate, day, seated):
        assert rows(estate.members("b1", on=day), "person_id", "role") == seated

    def test_the_capacity_of_the_seat_goes_first(self, estate):
        assert rows(estate.members("b2"), "person_id", "capacity") == [
            ("p3", "staff"),
            ("p1", "other"),
        ]

    def test_bands(self, estate):
        members = estate.members("b1").set_index("person_id")
        assert members["length_of_residence_band"].to_dict() == {
            "p1": "10 or more",
            "p2": "under 1",
        }
        assert members.loc["p1", "age_band"] == "25 to 34"
        assert pd.isna(members.loc["p2", "age_band"])

    def test_a_band_that_is_given_stays(self, folder):
        (folder / "people.csv").write_text("person_id,age,age_band\np1,,65 and over\np2,34,\n")
        with pytest.warns(DataWarning):
            members = read_estate(folder).members("b1")
        assert members["age_band"].tolist() == ["65 and over", "25 to 34"]

    def test_without_people(self, estate):
        tables = {name: table for name, table in estate.tables.items() if name != "people"}
        members = Estate("x", "X", tables).members("b2")
        assert rows(members, "person_id", "capacity") == [("p3", "staff"), ("p1", "other")]

    def test_no_date(self, estate):
        with pytest.raises(InputError, match=r"members: this is no date\. Expected year-month-day"):
            estate.members("b1", on="Tuesday week")


class TestPanel:
    def test_who_is_at_risk_of_which_meeting(self, estate):
        panel = estate.panel()
        assert rows(panel, "meeting_id", "person_id", "status", "attended") == [
            ("m1", "p1", "present", 1),  # p2 holds no seat yet
            ("m2", "p1", "apologies", 0),
            ("m2", "p2", "present", 1),  # p3 came as a guest: not at risk
            ("m4", "p1", "present", 1),
            ("m4", "p3", "no record", 0),
            ("m5", "p1", "no record", 0),  # not said who it was open to: members
            ("m5", "p3", "no record", 0),
            ("m3", "p1", "absent", 0),  # open to residents: not to p3; p2 has moved out
            ("m3", "p4", "present", 1),
        ]
        assert panel.attrs["not_eligible"] == 1

    def test_columns(self, estate):
        panel = estate.panel()
        assert list(panel.columns[:9]) == [
            *("person_id", "meeting_id", "body_id", "date", "format", "open_to"),
            *("capacity", "status", "attended"),
        ]
        assert {"gender", "age_band", "length_of_residence_band"} <= set(panel.columns)
        assert not panel.columns.duplicated().any()

    def test_capacity_there_then_of_the_seat_then_of_the_person(self, estate):
        panel = estate.panel().set_index(["meeting_id", "person_id"])["capacity"]
        assert panel["m4", "p1"] == "resident"
        assert panel["m5", "p1"] == "other"
        assert panel["m1", "p1"] == "resident"
        assert panel["m3", "p4"] == "resident"

    def test_who_holds_a_seat_that_day(self, estate):
        panel = estate.panel().set_index(["meeting_id", "person_id"])["seat"]
        assert panel.to_dict() == {
            **dict.fromkeys([("m1", "p1"), ("m2", "p1"), ("m2", "p2"), ("m3", "p1")], "yes"),
            **dict.fromkeys([("m4", "p1"), ("m4", "p3"), ("m5", "p1"), ("m5", "p3")], "yes"),
            ("m3", "p4"): "no",
        }

    def test_of_one_body(self, estate):
        assert set(estate.panel("b2")["meeting_id"]) == {"m4", "m5"}
        assert estate.panel("b2").attrs["not_eligible"] == 0

    def test_everybody_where_no_memberships_are_known(self, estate):
        tables = {name: table for name, table in estate.tables.items() if name != "memberships"}
        panel = Estate("x", "X", tables).panel()
        # five meetings and four people, less p2 before moving in (m1) and after leaving (m3),
        # and p3, no resident, at the meeting open to residents
        assert len(panel) == 5 * 4 - 3
        assert panel["seat"].isna().all()

    def test_two_seats_at_once_are_one_chance_to_come(self, folder):
        (folder / "memberships.csv").write_text(
            FILES["memberships"] + "b2,p1,secretary,,2012-01-15,\n"
        )
        panel = read_estate(folder).panel("b2")
        assert not panel.duplicated(["meeting_id", "person_id"]).any()

    @pytest.mark.parametrize("lacking", ["people", "meetings", "attendance"])
    def test_a_table_is_missing(self, estate, lacking):
        tables = {name: table for name, table in estate.tables.items() if name != lacking}
        with pytest.raises(InputError, match=f"there is no table '{lacking}'"):
            Estate("x", "X", tables).panel()


class TestExamples:
    def test_each_loads_and_is_valid(self):
        for name in example_names():
            estate = load_example(name)
            assert estate.name == name
            assert estate.validation.ok
            assert estate.synthetic or estate.already_published
            assert estate.source

    def test_southern_women(self):
        panel = load_example("southern_women").panel()
        assert len(panel) == 18 * 14
        assert panel["attended"].sum() == 89

    def test_unknown(self):
        with pytest.raises(InputError) as caught:
            load_example("st_mary")
        assert str(caught.value) == (
            "load_example: there is no example 'st_mary'. Expected one of minneapolis_boards, "
            "southern_women, st_marys. Hint: perhaps 'st_marys' is meant."
        )

    def test_copy(self, tmp_path):
        place = copy_example("southern_women", tmp_path / "mine")
        assert sorted(path.name for path in place.iterdir()) == [
            *("attendance.csv", "bodies.csv", "datapackage.json", "meetings.csv", "people.csv")
        ]
        assert read_estate(place).title == "Davis's Southern Women"

    def test_copy_never_overwrites(self, tmp_path):
        (tmp_path / "mine.txt").write_text("x")
        with pytest.raises(OutputError, match=r"there is something already\. Expected a new or"):
            copy_example("southern_women", tmp_path)
        with pytest.raises(OutputError, match="there is something already"):
            copy_example("southern_women", tmp_path / "mine.txt")
        with pytest.raises(InputError, match="there is no example 'x'"):
            copy_example("x", tmp_path / "new")

    def test_copy_fails_as_a_whole(self, tmp_path, monkeypatch):
        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(shutil, "copytree", full)
        with pytest.raises(OutputError, match="the example cannot be copied"):
            copy_example("southern_women", tmp_path / "mine")
        assert not (tmp_path / "mine").exists()
