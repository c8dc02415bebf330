"""What validation suggests about a value that it cannot take."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation_stats.intake.hints import code_hint, date_hint, number_hint
from participation_stats.intake.schemas import load_schema
from participation_stats.intake.validation import validate

SURVEY = load_schema("estate_survey")
ISO = "write year-month-day, such as 2011-10-26"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("45944", "if it is the number of a spreadsheet, 2025-10-14 is meant"),
        ("19999", ISO),
        ("60000", ISO),
        ("9" * 5000, ISO),
        ("14/10/2025", "perhaps 2025-10-14 is meant"),
        ("10/14/2025", "perhaps 2025-10-14 is meant"),
        ("14.10.25", "perhaps 2025-10-14 is meant"),
        ("14/10/2025 11:02", "perhaps 2025-10-14 is meant"),
        ("13th May 2025", "perhaps 2025-05-13 is meant"),
        ("May 13, 2025", "perhaps 2025-05-13 is meant"),
        ("13-May-25", "perhaps 2025-05-13 is meant"),
        ("20251014", "perhaps 2025-10-14 is meant"),
        ("2025/10/14", "perhaps 2025-10-14 is meant"),
        ("5/5/2025", "perhaps 2025-05-05 is meant"),
        ("4/5/2025", "write 2025-05-04 if the day stands first, 2025-04-05 if the month does"),
        ("2011-02-30", "there is no such day"),
        ("2011-10-26 14:30", "write the day alone: 2011-10-26"),
        ("12-May", ISO),
        ("yesterday", ISO),
        ("", ISO),
    ],
)
def test_dates(written, hint):
    assert date_hint(written) == hint


@given(st.dates(datetime.date(1954, 10, 4), datetime.date(2064, 4, 7)))
def test_the_number_of_a_spreadsheet_is_the_day_that_pandas_makes_of_it(day):
    serial = (pd.Timestamp(day) - pd.Timestamp(1899, 12, 30)).days
    assert pd.to_datetime(serial, unit="D", origin="1899-12-30").date() == day
    assert str(day) in date_hint(str(serial))


@given(st.text())
def test_any_text_gets_a_hint(text):
    assert date_hint(text)
    for field in SURVEY.fields:
        assert number_hint(text, field)


@pytest.mark.parametrize(
    ("field", "written", "hint"),
    [
        ("age", "35,0", "write 35"),
        ("age", "1,234", "write 1234"),
        ("age", "47 yrs", "write 47 alone"),
        ("age", "47 years old", "write 47 alone"),
        ("age", "18 months", "write it in years: 1"),
        ("age", "40s", "write a whole number, or leave the cell empty"),
        ("age", "34.5", "write a whole number, or leave the cell empty"),
        ("length_of_residence", "18 months", "write it in years: 1.5"),
        ("length_of_residence", "3,5 years", "write 3.5 alone"),
        ("length_of_residence", "1,5", "write 1.5: a decimal point, no comma"),
        ("length_of_residence", "seven", "write a number, or leave the cell empty"),
        ("length_of_residence", "9" * 400 + " years", "write a number, or leave the cell empty"),
        ("weight", "1,234", "write 1234, or 1.234 if the comma is a decimal point"),
        ("weight", "12 months", "write a number, or leave the cell empty"),
    ],
)
def test_numbers(field, written, hint):
    assert number_hint(written, SURVEY.field(field)) == hint


def test_a_percentage_where_a_fraction_is_meant():
    share = load_schema("population").field("share")
    assert number_hint("18%", share) == "write it as a fraction: 0.18"
    assert number_hint("18 %", SURVEY.field("weight")).startswith("write a number")


@pytest.mark.parametrize(
    ("field", "written", "hint"),
    [
        ("gender", "female", "perhaps 'Female' is meant"),
        ("gender", "F", "perhaps 'Female' is meant"),
        ("gender", "woman", "perhaps 'Female' is meant"),
        ("gender", "pnts", "write -9 for 'prefer not to say'"),
        ("sex", "m", "perhaps 'Male' is meant"),
        ("housing_tenure", "council", "perhaps 'Social rent' is meant"),
        ("ethnicity", "Black Carribean", "perhaps 'Black Caribbean' is meant"),
        ("ethnicity", "Any other White background", "it may be Other White or Portuguese: ask wh"),
        ("ethnicity", "3", "use one of Black African, "),
        ("can_influence", "strongly agree", "perhaps '5' is meant"),
        ("can_influence", "9", "use one of 1, 2, 3, 4, 5"),
        ("heard_of_meetings", "Y", "perhaps 'yes' is meant"),
        ("heard_of_meetings", "don't know", "write -7 for 'do not know'"),
        ("came_last_year", "perhaps", "use one of yes, no"),
    ],
)
def test_codes(field, written, hint):
    own = SURVEY.field(field)
    told = code_hint(own, written, own.categories, SURVEY.missing_values, suggest=True)
    assert told.startswith(hint)
    plain = code_hint(own, written, own.categories, SURVEY.missing_values, suggest=False)
    assert plain.startswith("use one of ")


def test_a_list_of_ones_own_is_suggested_from_and_no_other():
    frame = pd.DataFrame({"respondent_id": ["a", "b"], "ethnicity": ["Somalli", "Portugese"]})
    checked = validate(frame, "estate_survey", codelists={"ethnicity_estate": ["Somali", "Arab"]})
    assert checked.issues["hint"].tolist() == [
        "perhaps 'Somali' is meant",
        "use one of Somali, Arab",
    ]


def test_a_value_too_many_names_the_delimiter_of_the_file(tmp_path):
    path = tmp_path / "people.csv"
    for mark, word in {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.items():
        path.write_text("person_id,capacity\np1,resident\np2,staff,x\n".replace(",", mark))
        (hint,) = validate(path).issues["hint"]
        assert hint == f"a {word} within a value needs quotation marks round it"
