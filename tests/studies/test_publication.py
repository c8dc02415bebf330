"""The report: what stands on the page, what must never stand there, and how it is written."""

import dataclasses
import html
import json
import os
import re
import shutil

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError, OutputError

NAMES = ("st_marys", "minneapolis_boards", "southern_women")


pytestmark = pytest.mark.slow  # whole reports of St Mary's, in the open and guarded


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The report of each bundled estate, written once."""
    home = tmp_path_factory.mktemp("reports")
    return {name: ps.write_report(ps.load_example(name), home / name).parent for name in NAMES}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """St Mary's as if its people were real: published under the default policy."""
    real = dataclasses.replace(ps.load_example("st_marys"), synthetic=False)
    return ps.write_report(real, tmp_path_factory.mktemp("guarded") / "report").parent


def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


def words(folder):
    """The text of a page without its markup."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", page(folder), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("name", NAMES)
def test_page_is_one_file_that_asks_for_nothing(reports, name):
    text = page(reports[name])
    for attribute in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert attribute.startswith(
            ("data:", "#", "tables/", "figures/", "tables.xlsx", "tables.csv", "prov")
        )
    assert "@import" not in text
    assert "<script" not in text


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_the_page_offers_is_there(reports, name):
    offered = re.findall(r'href="((?:tables|figures|provenance)[^"]*)"', page(reports[name]))
    assert offered
    for path in offered:
        assert (reports[name] / path).stat().st_size > 0, path


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_words(reports, name):
    texts = re.findall(r'<img [^>]*alt="([^"]*)"', page(reports[name]))
    assert texts
    assert all(len(text) > 60 for text in texts)


def test_order_of_the_page(reports):
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page(reports["st_marys"]))
    assert [html.unescape(title) for title in titles] == [
        "In short",
        "Residents' committee: who is there and who is missing",
        "Local network: who is there and who is missing",
        "Youth subgroup: who is there and who is missing",
        "Small grants panel of 2010: who is there and who is missing",
        "At which step do we lose them?",
        "Seats and voice",
        "Who comes, and how often",
        "Who comes again?",
        "What goes with coming",
        "Formal meetings, and who kept coming",
        "How good are the data?",
        "What this page does not show",
        "Where this comes from",
    ]


def test_who_is_missing_from_the_network_how_many_seats_and_could_it_be_chance(reports):
    """Black African residents are 27% of 3,000; 18 of the 20 seats state an ethnicity."""
    heading = "Local network, 20 seats, 18 with ethnicity stated"
    short = words(reports["st_marys"]).split(heading)[1].split("Youth sub")[0]
    assert "Black African people hold none of the 18 seats; proportional would be 4.9" in short
    assert "about five seats short" in short
    assert "Residents hold 2 of the 20 seats; 1 councillor, 6 council officers" in short
    rare = "less than 1 time in 100 (adjusted for several groups, p = .03), so they are under"
    assert rare in short.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("st_marys", "the people in these data are synthetic"),
        ("minneapolis_boards", "the records are already published (City of Minneapolis"),
        ("southern_women", "the records are already published (Davis"),
    ],
)
def test_an_exemption_is_told_on_the_page(reports, name, told):
    assert told in words(reports[name])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "minneapolis_boards",
            "Who comes, and how often: not done for want of the tables meetings and attendance.",
        ),
        (
            "southern_women",
            "Who sits on each body beside who lives here: not done for want of the tables "
            "population and memberships, or population and profiles.",
        ),
    ],
)
def test_what_could_not_be_done_names_the_missing_table(reports, name, line):
    assert line in words(reports[name])


def test_published_numbers_of_minneapolis(reports):
    table = pd.read_csv(
        reports["minneapolis_boards"] / "tables" / "neighborhood_boards_housing_tenure.csv"
    ).set_index("category")
    renters = table.loc["Renter"]
    assert renters["count"] == 66
    assert renters["share"] == pytest.approx(0.154, abs=5e-4)  # published to one decimal place
    assert renters["ratio"] == pytest.approx(66 / 428 / 0.528)


def test_numbers_of_davis(reports):
    assert "18 people came 89 times to 14 meetings" in words(reports["southern_women"])
    lorenz = pd.read_csv(reports["southern_women"] / "tables" / "attendance_inequality.csv")
    assert lorenz["attendance_share"].iloc[-4] == pytest.approx(1 - 0.2696629213)


def test_no_id_reaches_a_report(reports):
    for name in ("st_marys", "southern_women"):
        ids = {str(pid) for pid in ps.load_example(name).tables["people"]["person_id"]}
        for path in reports[name].rglob("*"):
            if path.suffix in {".html", ".csv", ".json"}:
                found = ids & set(re.findall(r"\bp\d{2,4}\b", path.read_text(encoding="utf-8")))
                assert not found, path


def test_guarded_report_withholds_every_small_count(guarded):
    """Nothing derived from fewer than 10 people of a body of 12 or 20 is in any table."""
    for path in (guarded / "tables").glob("*.csv"):
        table = pd.read_csv(path)
        if "count" in table and "category" in table:
            # In what right somebody sits on a body is a public fact; who they are is not.
            personal = ~table["variable"].eq("capacity")
            kept = table.loc[personal, "count"].dropna()
            assert (kept >= 10).all(), path.name
        gone = table[table["suppressed"]]
        for name in ("count", "share", "ratio", "conf_low", "conf_high", "p_value", "estimate"):
            if name in gone:
                assert gone[name].isna().all(), (path.name, name)


def test_guarded_page_says_what_is_withheld_and_shows_no_person(guarded):
    text = words(guarded)
    assert "synthetic" not in text.split("Where this comes from")[0]
    assert "withheld" in text
    assert "Black African people hold none" not in text
    assert "hold none of" not in text
    # A raster is one line per person; what is drawn instead is headcounts.
    assert not list((guarded / "tables").glob("attendance_inequality.csv"))


def test_internal_policy_prints_its_reason(tmp_path):
    real = dataclasses.replace(ps.load_example("st_marys"), synthetic=False)
    folder = ps.write_report(
        real, tmp_path / "r", policy=ps.Policy.internal("board paper"), bodies=["network"]
    ).parent
    assert "Internal (board paper)" in words(folder)
    assert "Black African people hold none of the 18 seats" in words(folder)


def test_same_inputs_give_the_same_bytes(reports, tmp_path):
    again = ps.write_report(ps.load_example("southern_women"), tmp_path / "again").parent
    first = reports["southern_women"]
    paths = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert paths == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for path in paths:
        assert (first / path).read_bytes() == (again / path).read_bytes(), path


def test_provenance_has_hashes_versions_policy_and_command(reports):
    record = json.loads((reports["st_marys"] / "provenance.json").read_text())
    assert len(record["inputs"]) == 10
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in record["inputs"].values())
    assert record["policy"].startswith("publish. Nothing is withheld here: the people in these")
    assert record["time"] is None
    assert {"python", "pandas", "participation-stats"} <= set(record["versions"])


def test_unknown_body_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no body 'board' in St Mary's.*committee, network"):
        ps.write_report(ps.load_example("st_marys"), tmp_path / "r", bodies=["board"])
    assert os.listdir(tmp_path) == []


def test_somebody_elses_folder_is_not_overwritten(tmp_path):
    (tmp_path / "minutes.txt").write_text("mine")
    with pytest.raises(OutputError, match="already holds something else"):
        ps.write_report(ps.load_example("southern_women"), tmp_path)
    assert os.listdir(tmp_path) == ["minutes.txt"]


def test_estate_with_only_a_survey_still_reports(tmp_path):
    source = ps.load_example("st_marys").folder
    (tmp_path / "estate").mkdir()
    shutil.copy(source / "estate_survey.csv", tmp_path / "estate")
    folder = ps.write_report(ps.read_estate(tmp_path / "estate"), tmp_path / "report").parent
    text = words(folder)
    assert "not done for want of the table" in text
    assert "550 rows were read from 1 tables" in text or "rows were read from 1 table" in text
