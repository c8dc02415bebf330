"""Exports of survey tools against the readings written beside the samples."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from participation_stats.errors import (
    InputError,
    MissingExtraError,
    ParticipationError,
    SourceError,
)
from participation_stats.intake.exports import TOOLS, read_export

SAMPLES = Path(__file__).parents[1] / "golden" / "exports"
NAMES = {
    "qualtrics": "qualtrics.csv",
    "kobo_single": "kobo_single.csv",
    "kobo_separate": "kobo_separate.csv",
    "limesurvey": "limesurvey.csv",
    "limesurvey_codes": "limesurvey_codes.csv",
    "surveymonkey": "surveymonkey.csv",
    "ms_forms": "ms_forms.xlsx",
    "google_forms": "google_forms.csv",
    "core_lettings": "core_lettings.csv",
    "spss": "spss.sav",
}


@pytest.mark.parametrize("name", NAMES)
def test_sample_gives_the_expected_rows(name):
    expected = json.loads((SAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))
    export = read_export(SAMPLES / NAMES[name])
    assert len(export.frame) + len(export.rejected) == expected["data_rows_in_file"]
    assert len(export.frame) == expected["real_responses"]
    rejected = export.rejected[["row", "id", "reason"]].to_dict("records")
    assert rejected == expected["reject"]
    review = {(r["row"], r["reason"]) for r in export.review.to_dict("records")}
    assert review == {(r["row"], r["reason"]) for r in expected["review"]}
    dates = export.submitted_on.dropna().dt.strftime("%Y-%m-%d")
    assert {str(row): date for row, date in dates.items()} == expected["submitted_on"]
    # Trailing no-break spaces are part of a heading, as the expected readings keep them.
    assert set(expected["columns"]) <= set(export.frame.columns)


def test_order_separator_and_bom_do_not_matter(tmp_path):
    lines = ["Q;_submission_time;extra;_uuid;_notes", "a;2026-01-02T00:00:00;x;u1;TEST"]
    lines.append("b;2026-01-03T00:00:00;y;u2;passed a blood test")
    for encoding in ("utf-8", "utf-8-sig"):
        for mark in ";,\t":
            path = tmp_path / "wave.csv"
            path.write_text("\r\n".join(lines).replace(";", mark), encoding=encoding)
            export = read_export(path)
            assert export.tool == "kobo"
            assert list(export.frame["Q"]) == ["b"]
            assert list(export.rejected["reason"]) == ["test"]


def test_totals_below_a_form_are_strays_and_not_lost():
    export = read_export(SAMPLES / "ms_forms.xlsx")
    assert len(export.strays) == 2
    assert "Average" in export.strays["text"].iloc[0]


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(set(NAMES.values()))),
    cut=st.integers(0, 4000),
    junk=st.binary(max_size=60),
)
@example(name="google_forms.csv", cut=553, junk=b"")
def test_a_broken_export_is_read_or_refused_in_our_own_words(tmp_path, name, cut, junk):
    path = tmp_path / name
    path.write_bytes((SAMPLES / name).read_bytes()[:cut] + junk)
    try:
        export = read_export(path)
    except ParticipationError as error:
        assert str(error)
    else:
        assert len(export.frame) + len(export.rejected) + len(export.strays) > 0


def test_lines_that_cannot_be_cut_into_columns_are_strays(tmp_path):
    path = tmp_path / "wave.csv"
    path.write_text('_uuid,_submission_time\n1,2,3\n"4\n5,6\n,\n', encoding="utf-8")
    export = read_export(path)
    assert export.frame["_uuid"].tolist() == ["5"]
    assert export.strays["line"].tolist() == [5, 2, 3]
    assert export.strays["text"].tolist() == [",", "1,2,3", '"4']
    assert "1 cell too many" in export.strays["what"][1]


def test_lines_are_those_of_the_file():
    for name in ("qualtrics.csv", "core_lettings.csv", "kobo_single.csv"):
        export = read_export(SAMPLES / name)
        text = (SAMPLES / name).read_text(encoding="utf-8-sig").splitlines()
        first = export.columns["column"][0]
        for row in export.frame.index:
            assert text[export.lines[row] - 1].strip('"').startswith(export.frame.at[row, first])


def test_a_forced_tool_without_its_columns_is_no_traceback(tmp_path):
    path = tmp_path / "wave.csv"
    path.write_text("a,b\n1,2\n3,4\n5,6\n7,8\n", encoding="utf-8")
    for tool in TOOLS:
        assert len(read_export(path, tool=tool).frame) + len(read_export(path, tool=tool).rejected)


def test_no_row_is_lost_and_none_is_there_twice():
    for name in set(NAMES.values()):
        export = read_export(SAMPLES / name)
        lines = [*export.lines[export.frame.index], *export.lines[export.rejected["row"]]]
        assert sorted([*lines, *export.strays["line"]]) == sorted(export.lines)


def test_a_workbook_without_the_extra_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"participation-stats\[excel\]"):
        read_export(SAMPLES / "ms_forms.xlsx")


def test_errors_say_what_to_do(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"no survey tool is known.*name the tool with tool="):
        read_export(path)
    with pytest.raises(InputError, match="unknown tool 'snap'"):
        read_export(path, tool="snap")
    with pytest.raises(InputError, match="no column 'flat'"):
        read_export(SAMPLES / "qualtrics.csv", household="flat")
    path.write_text("_uuid,_submission_time\n", encoding="utf-8")
    with pytest.raises(SourceError, match="headings but no rows"):
        read_export(path)
    path.write_text("_uuid,_submission_time,Q,Q\n1,2,3,4\n", encoding="utf-8")
    with pytest.raises(SourceError, match="two columns are named 'Q'"):
        read_export(path)
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(SourceError, match="not an Excel workbook"):
        read_export(tmp_path / "broken.xlsx")


def google(tmp_path, rows, questions="Gender,Trust"):
    path = tmp_path / "wave.csv"
    path.write_text(f"Timestamp,{questions}\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return read_export(path)


def test_people_who_give_the_same_few_answers_are_not_one(tmp_path):
    rows = [f"2026/03/0{day} {hour}:01:00 PM GMT,Female,Yes" for day in (1, 2) for hour in (1, 12)]
    export = google(tmp_path, rows)
    assert (len(export.frame), len(export.rejected), len(export.review)) == (4, 0, 0)


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ("2026/03/24 11:01:00 AM GMT", "2026/03/24 11:03:00 AM GMT", True),
        ("2026/03/24 11:01:00 AM GMT", "2026/03/24 11:03:01 AM GMT", False),
        ("2026/03/24 11:59:30 AM GMT", "2026/03/24 12:00:10 PM GMT", True),
        ("2026/03/24 12:00:10 AM GMT", "2026/03/24 12:00:10 PM GMT", False),
        ("24/03/2026 11:01:00", "24/03/2026 11:01:40", True),
        ("24/03/2026 11:01", "24/03/2026 23:01", False),
        ("soon", "soon", True),
        ("", "", False),
    ],
)
def test_the_same_answers_soon_after_are_one_response_sent_twice(tmp_path, first, second, again):
    export = google(tmp_path, [f"{first},Female,Yes", f"{second},Female,Yes"])
    assert export.rejected["reason"].tolist() == ["duplicate_submission"] * again


def test_many_answers_alike_are_kept_and_looked_at(tmp_path):
    answers = ",".join("abcdefgh")
    rows = [f"2026/03/0{day} 1:00:00 PM GMT,{answers}" for day in (1, 2)]
    export = google(tmp_path, rows, ",".join(f"Q{number}" for number in range(8)))
    assert export.rejected.empty
    assert export.review.to_dict("records") == [{"row": 2, "id": "", "reason": "same_answers"}]


def test_one_of_many_responses_is_set_apart_and_one_reviewed(tmp_path):
    head = "StartDate,Status,Finished,RecordedDate,ResponseId,Q1\na,b,c,d,e,f\n"
    head += ",".join('"{""ImportId"":""x""}"' for _ in "abcdef") + "\n"
    body = [f"2026-01-01,IP Address,True,2026-01-01,R_{row},Yes" for row in range(20_000)]
    body[7] = body[7].replace("IP Address", "Spam")
    body[8] = body[8].replace("True", "False")
    path = tmp_path / "wave.csv"
    path.write_text(head + "\n".join(body) + "\n", encoding="utf-8")
    export = read_export(path)
    assert export.rejected[["row", "reason"]].values.tolist() == [[8, "spam"]]
    assert export.review[["row", "reason"]].values.tolist() == [[9, "partial"]]
