"""Tables for people: units, markers, and nothing that a spreadsheet would run."""

import dataclasses
import tempfile
from typing import ClassVar

import numpy as np
import openpyxl
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import DisclosureError
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import protect
from participation_stats.release.policies import Policy
from participation_stats.release.reporting import RATES, Exhibit
from participation_stats.release.tables import (
    format_value,
    html_table,
    readable,
    settled,
    write_csv,
)
from participation_stats.release.tidy import tidy_table
from participation_stats.release.workbook import Sheet, write_workbook


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Profile(Result):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=("share",), margin=("variable",)),
    )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Plain(Result):
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", variable=None),)


@pytest.fixture
def released():
    table = pd.DataFrame(
        {
            "variable": "ethnicity",
            "category": ["Black African", "=cmd()", "White <British>", "Other"],
            "count": [40, 30, 4, 8],
            "share": [40 / 82, 30 / 82, 4 / 82, 8 / 82],
        }
    )
    return protect(Profile(table), Policy.publish()).table


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (0.274, "share", "27%"),
        (0.004, "share", "0.4%"),
        (0, "share", "0%"),
        (1234, "count", "1,234"),
        (4.25, "expected", "4.25"),
        (np.inf, "conf_high", "no limit"),
        (0.0004, "p_value", "<0.001"),
        (0.0421, "p_adjusted", "0.042"),
        (pd.NA, "ratio", "[z]"),
        (float("nan"), "ratio", "[z]"),
        (None, "verdict", "[z]"),
        ("in line", "verdict", "in line"),
        (1.0, "p_adjusted", "1"),
        (0.9996, "p_adjusted", ">0.999"),
        (-0.004, "z", "0.00"),
        (-0.0, "z", "0.00"),
        (-1.5, "z", "−1.50"),
        (-0.25, "change", "−25%"),
        (pd.Timestamp("2010-09-07"), "date", "7 September 2010"),
    ],
)
def test_values_read_in_their_unit(value, column, text):
    assert format_value(value, column) == text


def test_withheld_cells_are_marked_and_others_are_not(released):
    text = readable(released, ["category", "count", "share"])
    assert list(text.columns) == ["Group", "Count", "Share"]
    assert text["Count"].tolist() == ["40", "30", "[c]", "[c]"]
    assert text["Share"].tolist() == ["49%", "37%", "[c]", "[c]"]


def test_what_is_of_all_groups_is_withheld_with_one_of_them():
    """An adjusted p beside a withheld row is withheld, and no number that does not apply."""
    boards = {"A": 14, "B": 46, "C": 41, "D": 2, "E": 17}
    found = ps.representativeness_ratios(boards, dict.fromkeys(boards, 0.2), by="ethnicity")
    guarded = protect(found, Policy.publish()).table
    assert guarded.loc[guarded["category"].isin(["B", "C"]), "p_adjusted"].isna().all()
    text = readable(guarded, ["category", "p_adjusted", "population_count"])
    assert text["Adjusted p"].tolist() == ["[c]"] * 5
    shown = guarded["suppressed"].eq(False).to_numpy()
    assert set(text.loc[shown, "Population"]) == {"[z]"}  # shares were given, not counts
    tidy = tidy_table(protect(found, Policy.publish()))
    assert set(tidy.loc[tidy["measure"] == "p_adjusted", "marker"]) == {"[c]"}
    whole = protect(found, Policy.publish().exempt("made up")).table
    assert "[c]" not in readable(whole).to_numpy()


def test_numbers_without_a_unit_are_numbers(tmp_path):
    table = pd.DataFrame({"data_table": ["people"], "rows_read": [3018], "note": ["x" * 60]})
    released = protect(Plain(table), Policy.publish()).table
    page = html_table(released, caption="Rows")
    assert "<td>3018</td>" in page
    assert '<td class="words">xxx' in page
    path = tmp_path / "rows.xlsx"
    write_workbook(path, "Rows", [], [Sheet("rows", "Rows", "us", released)], [])
    assert openpyxl.load_workbook(path)["rows"]["B5"].value == 3018


def test_a_column_has_the_decimals_that_it_needs():
    table = pd.DataFrame(
        {
            "unconditional": [-0.0042, 0.0204],  # partial indicators: 0.00 would say nothing
            "median": [1.0, 2.0],
            "cohen_w": [0.064, 1.33],
        }
    )
    text = readable(protect(Plain(table), Policy.publish()).table)
    assert text["Partial"].tolist() == ["−0.004", "0.020"]
    assert text["Median"].tolist() == ["1", "2"]
    assert text["Cohen's w"].tolist() == ["0.06", "1.33"]


def test_groups_have_units_and_terms_the_names_of_their_parts():
    bands = pd.DataFrame(
        {"variable": ["length_of_residence"] * 2, "category": ["under 1", "10 or more"]}
    )
    text = readable(protect(Plain(bands), Policy.publish()).table)
    assert text["Group"].tolist() == ["under 1 year", "10 or more years"]
    terms = pd.DataFrame(
        {"term": ["Intercept", "ethnicity[T.Other]", "seat[T.yes]:phase[T.since]"]}
    )
    text = readable(protect(Plain(terms), Policy.publish()).table)
    assert text["Term"].tolist() == ["Intercept", "Ethnicity: Other", "With a seat, since"]
    checks = pd.DataFrame(
        {
            "subject": ["housing_tenure", "seat[T.yes]"],
            "sentence": ["Limits of housing_tenure are wide.", "It turns on gender[T.Male]."],
        }
    )
    text = readable(protect(Plain(checks), Policy.publish()).table)
    assert text["Of"].tolist() == ["housing tenure", "With a seat"]
    assert text["In words"].tolist() == [
        "Limits of housing tenure are wide.", "It turns on “Gender: Male”.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "heading", "told"),
    [
        ({"variable": "capacity", "category": ["officer", "other"]}, "Group",
         ["Council officers", "Others"]),
        ({"capacity": ["staff", None]}, "Capacity", ["Organisation staff", "[z]"]),
        ({"variable": "gender", "category": ["other", "female"]}, "Group", ["other", "female"]),
    ],
)  # fmt: skip
def test_capacities_are_called_as_in_the_sentences(columns, heading, told):
    frame = pd.DataFrame({**columns, "count": [6, 3], "suppressed": [False, False]})
    assert readable(frame)[heading].tolist() == told


def test_an_exhibit_says_the_units_and_headings_of_its_own():
    table = pd.DataFrame({"category": ["A", "B"], "estimate": [0.0281, 0.67], "n": [7, 1234]})
    one = Exhibit(
        "rates",
        "Rates",
        protect(Plain(table), Policy.publish()),
        units=RATES,
        headings={"n": "Asked in 2011"},
    )
    text = readable(one.released())
    assert text["Estimate"].tolist() == ["2.8%", "67%"]
    assert text["Asked in 2011"].tolist() == ["7", "1,234"]
    # What the exhibit says of its table is not written into the result.
    assert readable(one.protected.table)["Estimate"].tolist() == ["0.03", "0.67"]


def test_markers_are_explained_below_a_table_that_has_them(released):
    page = html_table(released, ["category", "count"], caption="Seats")
    assert page.endswith('<p class="marks">[c] withheld, so that nobody can be identified.</p>')
    whole = protect(Plain(pd.DataFrame({"n": [4, None]})), Policy.publish()).table
    assert '<p class="marks">[z] does not apply.</p>' in html_table(whole, caption="n")
    assert "marks" not in html_table(whole.head(1), caption="n")


def test_html_is_escaped_and_has_a_row_header(released):
    page = html_table(released, ["category", "count"], caption="Who sits & where")
    assert "<caption>Who sits &amp; where</caption>" in page
    assert '<th scope="row">White &lt;British&gt;</th><td>[c]</td>' in page
    assert page.count('<th scope="col">') == 2


def test_csv_has_eight_digits_and_formulas_are_neutralised(released, tmp_path):
    write_csv(released, tmp_path / "t.csv")
    again = pd.read_csv(tmp_path / "t.csv")
    assert again["category"].tolist()[1] == "'=cmd()"
    assert again["share"].tolist()[:2] == [0.48780488, 0.36585366]
    assert again["share"].isna().tolist() == [False, False, True, True]
    assert again["suppressed"].tolist() == [False, False, True, True]


def test_workbook_has_cover_contents_and_markers(released, tmp_path):
    path = tmp_path / "t.xlsx"
    write_workbook(path, "A report", ["Synthetic."], [Sheet("Seats", "Who sits", "Here", released)])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Seats"]
    cells = [cell.value for row in book["Seats"].iter_rows() for cell in row]
    assert "[c]" in cells
    assert "'=cmd()" in cells
    assert 40 in cells, "a number is a number in a spreadsheet"
    first = path.read_bytes()
    write_workbook(path, "A report", ["Synthetic."], [Sheet("Seats", "Who sits", "Here", released)])
    assert path.read_bytes() == first


def test_no_part_of_a_workbook_is_ever_in_the_temporary_folder(released, tmp_path, monkeypatch):
    """Where it would stay when the command is stopped."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    write_workbook(
        tmp_path / "t.xlsx", "A report", [], [Sheet("Seats", "Who sits", "Here", released)]
    )
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames[-1] == "Seats"


def test_what_did_not_pass_protect_is_refused(released):
    bare = released.drop(columns="suppressed")
    with pytest.raises(DisclosureError, match=r"did not come from protect.*ps\.protect"):
        readable(bare)


def test_files_keep_no_digit_that_another_processor_would_write_differently():
    numbers = pd.Series([1 / 3, 2e-103 / 3, 67_596_281.0, 1e12 + 1, np.inf, np.nan, -0.25])
    shaken = numbers * (1 + 1e-14)
    frame = pd.DataFrame({"share": numbers, "p_value": numbers.astype("Float64")})
    other = pd.DataFrame({"share": shaken, "p_value": shaken.astype("Float64")})
    kept = settled(frame)
    assert kept["share"].iloc[:2].tolist() == [0.33333333, 6.6666667e-104]
    assert kept["share"].iloc[2:].equals(numbers.iloc[2:])
    assert kept.dtypes.equals(frame.dtypes)
    assert kept.iloc[[0, 1, 6]].equals(settled(other).iloc[[0, 1, 6]])
