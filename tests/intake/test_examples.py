"""The bundled estates: what is published stands in them exactly, and they rebuild byte for byte."""

import csv
import json
from pathlib import Path

import example_builder
import frictionless
import pandas as pd
import pytest

from participation_stats.intake.estates import load_example
from participation_stats.intake.simulation.assembly import simulate_tables
from participation_stats.intake.sources import read_table
from participation_stats.intake.validation import validate

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ("minneapolis_boards", "southern_women", "st_marys")
TABLES = {
    "minneapolis_boards": {"bodies", "population", "profiles"},
    "southern_women": {"people", "bodies", "meetings", "attendance"},
    "st_marys": {
        "estate_survey",
        "people",
        "bodies",
        "memberships",
        "meetings",
        "attendance",
        "decisions",
        "population",
        "profiles",
    },
}


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rebuilt")
    example_builder.build_all(folder)
    return folder


def table(example, name):
    return pd.read_csv(example_builder.BUNDLED / example / f"{name}.csv")


def descriptor(example):
    path = example_builder.BUNDLED / example / "datapackage.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", NAMES)
def test_rebuilding_gives_the_same_bytes(rebuilt, example):
    committed = {
        path.name: path.read_bytes() for path in (example_builder.BUNDLED / example).iterdir()
    }
    again = {path.name: path.read_bytes() for path in (rebuilt / example).iterdir()}
    assert committed.keys() == again.keys()
    for name, content in committed.items():
        assert content == again[name], f"{example}/{name}: run tests/intake/example_builder.py"


@pytest.mark.parametrize("example", NAMES)
def test_descriptor_names_every_file_and_where_it_comes_from(example):
    package = descriptor(example)
    assert package["name"] == example
    assert {resource["name"] for resource in package["resources"]} == TABLES[example]
    for resource in package["resources"]:
        assert (example_builder.BUNDLED / example / resource["path"]).exists()
    assert package["title"]
    assert package["description"]
    assert package["sources"]
    assert package["synthetic"] is (example == "st_marys")
    assert ("already_published" in package) is (example != "st_marys")


@pytest.mark.parametrize("example", NAMES)
def test_another_reader_of_data_packages_accepts_them(example):
    report = frictionless.validate(str(example_builder.BUNDLED / example / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])


@pytest.mark.parametrize("example", NAMES)
def test_examples_load_whole(example):
    estate = load_example(example)
    assert set(estate.tables) == TABLES[example]
    for name, rows in estate.tables.items():
        assert len(rows) == len(table(example, name))
    assert estate.title == descriptor(example)["title"]
    assert bool(estate.already_published) is not estate.synthetic


def test_bundled_estates_are_small():
    sizes = [path.stat().st_size for path in example_builder.BUNDLED.rglob("*.csv")]
    assert sum(sizes) < 1_000_000


@pytest.mark.parametrize("example", NAMES)
def test_bundled_estates_are_valid(example):
    found = validate(example_builder.BUNDLED / example)
    assert found.ok, found.issues.to_string()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TABLES["st_marys"]))
def test_tables_read_from_file_are_the_simulated_ones(name):
    simulated = simulate_tables(example_builder.SEED)[name]
    read = read_table(example_builder.BUNDLED / "st_marys" / f"{name}.csv", name)
    pd.testing.assert_frame_equal(read, simulated)


# ---- Minneapolis ------------------------------------------------------------------------------


def test_minneapolis_holds_the_published_figures():
    cases = json.loads((GOLDEN / "published_cases.json").read_text(encoding="utf-8"))
    case = next(case for case in cases if case["id"] == "minneapolis_boards_2015")
    profiles = table("minneapolis_boards", "profiles").groupby("variable", sort=False)
    population = table("minneapolis_boards", "population").groupby("variable", sort=False)
    assert profiles.ngroups == population.ngroups == len(case["rows"])
    for (_, body), (_, city), row in zip(profiles, population, case["rows"], strict=True):
        assert body["count"].sum() == case["body_n"] == 428
        # Published to one decimal place, White alone to a whole per cent.
        digits = 0 if row["group"] == "white alone" else 1
        published = round(100 * body["count"].iloc[0] / 428, digits)
        assert published == row["published_body_pct"]
        assert city["share"].tolist() == pytest.approx(
            [row["city_pct"] / 100, 1 - row["city_pct"] / 100], abs=1e-12
        )
        assert body["category"].tolist() == city["category"].tolist()


def test_counts_worked_out_from_percentages_are_as_certain_as_the_description_says():
    possible = {
        published: [x for x in range(429) if round(100 * x / 428, digits) == published]
        for published, digits in ((15.4, 1), (2.3, 1), (5.6, 1), (81.0, 0))
    }
    assert possible[15.4] == [66]
    assert possible[2.3] == [10]
    assert possible[5.6] == [24]
    assert max(abs(x - 347) for x in possible[81.0]) == 2


# ---- Southern Women ---------------------------------------------------------------------------


def davis():
    return pd.read_csv(GOLDEN / "davis_southern_women_networkx.csv", index_col="person")


def test_southern_women_hold_the_89_attendances():
    attendance = table("southern_women", "attendance")
    assert len(attendance) == 89
    assert (attendance["status"] == "present").all()
    assert attendance["person_id"].value_counts().sort_index().tolist() == (
        davis().sum(axis=1).tolist()
    )
    assert attendance["meeting_id"].value_counts().sort_index().tolist() == davis().sum().tolist()


def test_southern_women_are_18_and_14_within_nine_months():
    assert len(table("southern_women", "people")) == 18
    dates = pd.to_datetime(table("southern_women", "meetings")["date"])
    assert dates.nunique() == 14
    assert dates.max() - dates.min() < pd.Timedelta(days=275)


def test_no_name_of_the_women_stands_in_any_bundled_file():
    names = {part for name in davis().index for part in name.split()}
    assert len(names) > 25
    for path in (example_builder.BUNDLED / "southern_women").iterdir():
        text = path.read_text(encoding="utf-8")
        # "Davis" is the author; no woman of the data bears a word of the description.
        assert not {name for name in names if name in text}, path.name


def test_southern_women_have_no_demographics():
    assert list(table("southern_women", "people").columns) == ["person_id", "capacity"]


# ---- St Mary's: the particulars by which the seed was chosen -------------------------------------


@pytest.fixture(scope="module")
def committee():
    seats = table("st_marys", "memberships").query("body_id == 'committee'")
    return seats.merge(table("st_marys", "people").drop(columns="capacity"), on="person_id")


@pytest.fixture(scope="module")
def register():
    register = table("st_marys", "attendance").merge(table("st_marys", "meetings"), on="meeting_id")
    return register.assign(date=pd.to_datetime(register["date"]))


def test_committee_is_mainly_black_caribbean_and_white_british(committee):
    main = committee["ethnicity"].isin(["Black Caribbean", "White British"])
    assert main.sum() >= 11


def test_committee_has_mostly_lived_there_for_ten_years(committee):
    assert (committee["length_of_residence"] >= 10).sum() >= 12


def test_committee_has_two_men(committee):
    assert (committee["gender"] == "Male").sum() == 2


def test_ten_to_fifteen_people_come_to_the_committee_before_the_subgroup(register):
    meetings = register.query("body_id == 'committee' and open_to == 'members'")
    formal = meetings.query("format == 'formal' and status == 'present'")
    before = formal.loc[formal["date"] < "2012-04-18"].groupby("meeting_id").size()
    assert 10 <= before.mean() <= 15


def test_some_regulars_stop_after_the_subgroup_starts(committee):
    ends = pd.to_datetime(committee["end_date"])
    assert (ends >= "2012-04-18").sum() >= 3


def test_network_residents_stay_on_the_committee(committee):
    network = table("st_marys", "memberships").query(
        "body_id == 'network' and capacity == 'resident'"
    )
    held = committee.loc[committee["person_id"].isin(network["person_id"])]
    assert len(held) == 2
    assert held["end_date"].isna().all()


def test_network_lacks_three_groups_and_one_or_two_are_not_stated():
    seats = table("st_marys", "memberships").query("body_id == 'network'")
    ethnicity = seats.merge(table("st_marys", "people"), on="person_id")["ethnicity"]
    assert not ethnicity.isin(["Black African", "Portuguese", "Other"]).any()
    assert len(ethnicity) == 20
    assert 1 <= ethnicity.isna().sum() <= 2


def test_residents_are_outnumbered_at_every_subgroup_meeting(register):
    present = register.query("body_id == 'subgroup' and status == 'present'")
    residents = (present["capacity"] == "resident").groupby(present["meeting_id"]).mean()
    assert len(residents) == 21
    assert (residents < 0.5).all()


def test_no_file_has_a_line_end_or_mark_of_one_system_only():
    for path in example_builder.BUNDLED.rglob("*.csv"):
        content = path.read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8", newline="") as stream:
            assert len({len(row) for row in csv.reader(stream)}) == 1
