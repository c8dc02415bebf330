"""Excel workbooks: the right sheet, its rows, its dates; or a clear refusal."""

from __future__ import annotations

import datetime

import openpyxl
import pytest

from participation_stats.errors import SourceError
from participation_stats.intake.sources import read_raw, read_table
from participation_stats.intake.validation import validate


@pytest.fixture
def book(tmp_path):
    def write(name="people.xlsx", **sheets):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / name
        workbook.save(path)
        return path

    return write


ROWS = [
    ["person_id", "age", "length_of_residence", "moved_in", "organisation"],
    ["p1", 34, 2.5, datetime.date(2009, 5, 1), None],
    [],
    ["p2", "-9", 3.0, "2010-01-31", datetime.time(9, 30)],
    [103, None, None, datetime.datetime(2011, 10, 26), True],
]


def test_cells_of_all_kinds(book):
    typed = read_table(book(Sheet1=ROWS), "people")
    assert typed["person_id"].tolist() == ["p1", "p2", "103"]
    assert typed["age"].fillna(0).tolist() == [34, 0, 0]
    assert typed["length_of_residence"].fillna(0).tolist() == [2.5, 3, 0]
    assert typed["moved_in"].dt.strftime("%Y-%m-%d").tolist() == [
        "2009-05-01",
        "2010-01-31",
        "2011-10-26",
    ]
    assert typed["organisation"].fillna("").tolist() == ["", "09:30:00", "true"]
    assert typed.attrs["missing"]["age"] == {"Not recorded": 1, "Prefer not to say": 1}


def test_rows_are_those_of_the_sheet(book):
    assert read_raw(book(Sheet1=[[], *ROWS])).lines.tolist() == [3, 5, 6]


def test_rows_shorter_and_longer_than_the_headings(book):
    raw = read_raw(book(Sheet1=[["person_id", "age"], ["p1"], ["p2", 34, "a remark"]]))
    assert list(raw.columns) == ["person_id", "age", "column 3"]
    assert raw.frame().fillna("").values.tolist() == [["p1", "", ""], ["p2", 34, "a remark"]]


def test_the_sheet_named_like_the_table(book):
    path = book(name="estate.xlsx", Notes=[["Read me"]], People=ROWS, Empty=[])
    checked = validate(path, "people")
    assert len(checked.valid) == 3
    (note,) = checked.issues.query("rule == 'sheet'").itertuples()
    assert note.message == "only the sheet 'People' was read, not 'Notes'"


def test_in_a_folder(book):
    assert len(validate(book(Sheet1=ROWS).parent).valid["people"]) == 3


def test_refused(book, tmp_path):
    with pytest.raises(SourceError, match="the workbook is empty"):
        read_raw(book(Sheet1=[]))
    with pytest.raises(SourceError, match="there are headings but no rows"):
        read_raw(book(Sheet1=[["person_id"]]))
    with pytest.raises(SourceError, match="there is no such file"):
        read_raw(tmp_path / "nowhere.xlsx")
    for content in (b"", b"person_id\np1\n", b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0locked"):
        path = tmp_path / "people.xlsx"
        path.write_bytes(content)
        with pytest.raises(SourceError) as caught:
            read_raw(path)
        assert str(caught.value) == (
            "people.xlsx: this is not an Excel workbook, or one that is damaged or locked. "
            "Hint: open it in Excel and save the sheet as CSV UTF-8."
        )


def test_a_truncated_workbook(book):
    path = book(Sheet1=ROWS)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(SourceError, match="this is not an Excel workbook"):
            read_raw(path)
