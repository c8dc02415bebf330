"""SPSS files: labels for codes, every kind of missing apart, damage refused in our words."""

import datetime
import json
import random
import struct
import sys
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

import participation_stats as ps
from participation_stats.errors import MissingExtraError, ParticipationError, SourceError
from participation_stats.intake.spss import read_spss, spss_texts

SAMPLES = Path(__file__).parents[1] / "golden" / "exports"
SAMPLE = SAMPLES / "spss.sav"
EXPECTED = json.loads((SAMPLES / "spss.expected.json").read_text(encoding="utf-8"))
REASONS = {
    "refused": "Prefer not to say",
    "dont_know": "Do not know",
    "blank": "Not recorded",
}


@pytest.fixture(scope="module")
def sample():
    return read_spss(SAMPLE)


@pytest.fixture(scope="module")
def kept(sample):
    """Places of the responses that count, by the expected reading."""
    out = {reject["row"] - 1 for reject in EXPECTED["reject"]}
    return [row for row in range(len(sample.frame)) if row not in out]


def test_variable_and_value_labels_are_the_expected_ones(sample):
    assert dict(sample.columns.to_numpy()) == EXPECTED["column_labels"]
    told = {}
    for column, code, label in sample.labels.to_numpy():
        told.setdefault(column, {})[str(int(code))] = label
    for column, labels in EXPECTED["value_codes"].items():
        assert told[column] == {code: label.strip() for code, label in labels.items()}


@pytest.mark.parametrize("column", [name for name in EXPECTED["columns"] if name[:2] != "Q9"])
def test_answers_are_the_expected_ones(sample, kept, column):
    field = EXPECTED["columns"][column]
    answers = sample.frame[column].iloc[kept].dropna()
    if field in ("can_influence", "trusts_landlord"):
        numbers = {label: code for code, label in EXPECTED["value_codes"][column].items()}
        answers = answers.map(numbers)
    counts = {_plain(value): count for value, count in answers.value_counts().items()}
    assert counts == EXPECTED["value_counts"][field]


@pytest.mark.parametrize("column", [name for name in EXPECTED["columns"] if name[:2] != "Q9"])
def test_each_reason_is_kept_apart(sample, kept, column):
    expected = EXPECTED["not_stated"][EXPECTED["columns"][column]]
    counts = sample.reasons[column].iloc[kept].value_counts()
    for word, reason in REASONS.items():
        blank = expected["not_asked"] if word == "blank" else 0  # the file itself says no more
        assert counts.get(reason, 0) == expected[word] + blank


def test_a_refusal_that_nobody_declared_is_told(sample):
    undeclared = sample.missing[~sample.missing["declared"] & (sample.missing["count"] > 0)]
    assert undeclared[["column", "code", "label"]].to_numpy().tolist() == [["Q8B", 99, "Refused"]]
    assert sample.frame["Q5AGE"].max() == 98  # 98 is missing elsewhere, not among ages


@pytest.mark.slow
def test_a_file_reads_as_a_table_with_its_reasons(tmp_path):
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame(
        {
            "respondent_id": ["r1", "r2", "r3", "r4"],
            "survey_date": pd.to_datetime(["2026-01-02"] * 4),
            "gender": [1.0, 99.0, 97.0, 96.0],
            "age": [45.0, 999.0, None, 30.0],
        }
    )
    pyreadstat.write_sav(
        frame,
        path,
        variable_value_labels={
            "gender": {1: "Female", 96: "Interviewer error", 99: "Refused"},
            "age": {999: "Don't know"},
        },
        missing_ranges={"gender": [{"lo": 96, "hi": 97}], "age": [999]},
        variable_format={"survey_date": "DATE11"},
    )
    typed = ps.read_table(path, "estate_survey")
    assert typed["gender"].tolist()[0] == "Female"
    assert typed["gender"].isna().tolist() == [False, True, True, True]
    assert typed["age"].tolist() == [45, pd.NA, pd.NA, 30]
    assert typed["survey_date"].eq("2026-01-02").all()
    assert typed.attrs["missing"] == {
        "gender": {"Prefer not to say": 1, "Not recorded": 2},
        "age": {"Do not know": 1, "Not recorded": 1},
    }
    told = ps.validate(path, "estate_survey").issues
    assert told[told["rule"] == "missing"]["message"].tolist() == [
        "gender 96 is declared missing without a reason that is known ('Interviewer error'); "
        "read as not recorded",
        "gender 99 is labelled 'Refused' but not declared missing; "
        "read as missing (prefer not to say)",
        "gender 97 is declared missing without a reason that is known; read as not recorded",
    ]
    assert read_spss(path).reasons["gender"].tolist()[1:] == [
        "Prefer not to say",
        "declared missing (97)",
        "Interviewer error",
    ]


def test_texts_can_be_missing_too(tmp_path):
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame({"q": ["a", "zz", "", "b"]})
    pyreadstat.write_sav(
        frame, path, missing_ranges={"q": ["zz"]}, variable_value_labels={"q": {"a": "Yes"}}
    )
    spss = read_spss(path)
    assert spss.frame["q"].dropna().to_dict() == {0: "Yes", 3: "b"}
    assert spss.reasons["q"].tolist()[1:3] == ["declared missing (zz)", "Not recorded"]


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(MissingExtraError, match=r"needs pyreadstat.*participation-stats\[spss\]"):
        read_spss(SAMPLE)


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(SourceError, match="there is no such file"):
        read_spss(tmp_path / "none.sav")
    path = tmp_path / "wave.sav"
    path.write_text("a,b\n1,2\n" * 40, encoding="utf-8")
    with pytest.raises(SourceError, match=r"not an SPSS file, or a damaged one.*value labels"):
        read_spss(path)


def test_a_head_that_promises_billions_of_cases_takes_no_memory(tmp_path):
    path = tmp_path / "wave.sav"
    data = bytearray(SAMPLE.read_bytes())
    data[80:84] = struct.pack("<i", 2_000_000_000)
    path.write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        read_spss(path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_damage_that_would_end_the_process_is_an_error(tmp_path, seed):
    """Found by running this with pyreadstat in the process itself: it died within 60 files."""
    chance = random.Random(seed)
    path = tmp_path / "wave.sav"
    for _ in range(6):
        data = bytearray(SAMPLE.read_bytes())
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data) // 2, len(data) + 1)])
        try:
            spss = read_spss(path)
        except ParticipationError as error:
            assert "damaged" in str(error)
        else:
            assert spss.frame.shape == spss.reasons.shape


def _plain(value):
    return str(int(value)) if isinstance(value, float) else value


def test_texts_are_as_labelled_and_no_code_is_lost(tmp_path):
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"q": [1.0, 2.0, 97.0, 98.0, 99.0, None]}),
        path,
        missing_ranges={"q": [{"lo": 97, "hi": 99}]},
        variable_value_labels={"q": {1: "Yes", 2: "", 98: "Refused", 99: "Prefer not to answer"}},
    )
    spss = read_spss(path)
    # A label without a letter says nothing: the code stays.
    assert spss.frame["q"].tolist()[:2] == ["Yes", "2"]
    assert spss.reasons["q"].tolist()[2:] == [
        "declared missing (97)", "Prefer not to say", "Prefer not to say", "Not recorded",
    ]  # fmt: skip
    texts = [row[0] for row in spss_texts(path)[2:]]
    assert texts == ["Yes", "2", "declared missing (97)", "Refused", "Prefer not to answer", ""]


def test_open_ranges_of_missing_values_and_dates_without_a_day(tmp_path):
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame({"q": [-5.0, -1.0, 3.0], "day": [datetime.date(2024, 1, 2), None, None]})
    pyreadstat.write_sav(frame, path, missing_ranges={"q": [{"lo": -1e300, "hi": -1}]})
    spss = read_spss(path)
    assert spss.frame["q"].dropna().tolist() == [3]
    assert spss.frame["day"].dropna().tolist() == [pd.Timestamp("2024-01-02")]
    assert spss.reasons["day"].tolist()[1:] == ["Not recorded"] * 2
