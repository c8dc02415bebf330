"""Reading: whatever a file or frame looks like, its cells and lines are right, or it is refused."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from participation_stats.errors import DataWarning, InputError, SchemaError, SourceError
from participation_stats.intake import csvfiles
from participation_stats.intake.dialects import Dialect, detect_dialect
from participation_stats.intake.schemas import load_schema
from participation_stats.intake.sources import read_margins, read_raw, read_table

ROWS = [
    ["meeting_id", "person_id", "status", "capacity", "spoke"],
    ["m1", "p1", "present", "resident", "yes"],
    ["m1", "p2", "absent", "staff", ""],
    ["m2", "p1", "apologies", "resident", "-9"],
]


def as_text(rows=None, delimiter=",", newline="\n", quoting=csv.QUOTE_MINIMAL):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(
        rows or ROWS
    )
    return buffer.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(content, name="attendance.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def cells(raw):
    return raw.frame().to_numpy().tolist()


class TestWriting:
    """Ways of writing one and the same table."""

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    @pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    def test_all_read_alike(self, file, delimiter, newline, encoding, quoting):
        text = as_text(delimiter=delimiter, newline=newline, quoting=quoting)
        raw = read_raw(file(text.encode(encoding)))
        assert list(raw.columns) == ROWS[0]
        assert cells(raw) == ROWS[1:]
        assert raw.lines.tolist() == [2, 3, 4]

    def test_without_a_last_newline(self, file):
        assert cells(read_raw(file(as_text().rstrip("\n")))) == ROWS[1:]

    def test_excel_names_the_delimiter(self, file):
        raw = read_raw(file("sep=|\n" + as_text(delimiter="|")))
        assert cells(raw) == ROWS[1:]
        assert raw.lines.tolist() == [3, 4, 5]

    def test_blank_lines_are_no_rows_but_count_as_lines(self, file):
        first, second, *rest = as_text().splitlines()
        raw = read_raw(file("\n".join(["", first, "", second, "", "", *rest, "", ""])))
        assert cells(raw) == ROWS[1:]
        assert raw.lines.tolist() == [4, 7, 8]

    def test_a_cell_may_hold_a_newline(self, file):
        rows = [["person_id", "organisation"], ["p1", "Tenants'\ntrust"], ["p2", "a, b"]]
        raw = read_raw(file(as_text(rows)))
        assert cells(raw) == rows[1:]
        assert raw.lines.tolist() == [2, 4]

    def test_a_newline_in_the_heading(self, file):
        raw = read_raw(file('person_id,"organ-\nisation"\np1,x\n'))
        assert list(raw.columns) == ["person_id", "organ- isation"]
        assert raw.lines.tolist() == [3]

    def test_accents_in_windows_1252_are_read_with_a_remark(self, file):
        rows = [["person_id", "organisation"], ["p1", "trust"], ["p2", "Café – “Três”"]]
        raw = read_raw(file(as_text(rows).encode("cp1252")))
        assert cells(raw) == rows[1:]
        (remark,) = raw.remarks
        assert remark.severity == "warning"
        assert remark.message == (
            "the file is not UTF-8 (first seen on line 3); read as Windows-1252"
        )

    def test_one_column_is_a_table(self, file):
        assert cells(read_raw(file("person_id\np1\np2\n", "people.csv"))) == [["p1"], ["p2"]]

    def test_known_names_decide_between_delimiters(self, file):
        text = "person_id;organisation\np1;a, b, c\np2;d, e, f\n"
        raw = read_raw(file(text, "people.csv"), known=load_schema("people").field_names)
        assert list(raw.columns) == ["person_id", "organisation"]

    def test_headings_lose_spaces_round_them(self, file):
        assert list(read_raw(file(" person_id , capacity\np1,x\n")).columns) == [
            "person_id",
            "capacity",
        ]

    def test_columns_without_a_heading(self, file):
        raw = read_raw(file("person_id,,capacity,\np1,x,resident,\np2,,staff,\n"))
        assert list(raw.columns) == ["person_id", "column 2", "capacity"]
        assert [remark.message for remark in raw.remarks] == [
            "column 2 has no heading",
            "column 4 has no heading and no values; it is left out",
        ]


class TestBrokenRows:
    def test_a_row_too_short_or_too_long_is_kept_apart_with_its_line(self, file):
        raw = read_raw(file("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n"))
        assert cells(raw) == [["1", "2", "3"], ["10", "11", "12"]]
        assert raw.lines.tolist() == [2, 5]
        assert [(row.line, row.text, row.what) for row in raw.broken] == [
            (3, "4,5", "1 cell too few: 2 where the heading has 3"),
            (4, "6,7,8,9", "1 cell too many: 4 where the heading has 3"),
        ]
        assert raw.came_in == 4

    def test_a_quotation_mark_left_open_costs_one_row(self, file):
        raw = read_raw(file('a,b\n1,2\n3,"4\n5,6\n7,8\n'))
        assert cells(raw) == [["1", "2"], ["5", "6"], ["7", "8"]]
        assert [(row.line, row.text) for row in raw.broken] == [(3, '3,"4')]

    def test_quotation_marks_left_open_in_two_rows_swallow_nothing(self, file):
        raw = read_raw(file('a,b\n1,"2\n3,4\n5,6\n7,"8\n9,10\n'))
        assert cells(raw) == [["3", "4"], ["5", "6"], ["9", "10"]]
        assert [(row.line, row.text) for row in raw.broken] == [(2, '1,"2'), (5, '7,"8')]

    def test_nor_where_the_second_ends_a_cell(self, file):
        raw = read_raw(file('a,b,c,d,e\n1,2,3,4,"5\n1,2,3,4,5\n1,2,3,4,5"\n1,2,3,4,5\n'))
        assert raw.lines.tolist() == [3, 4, 5]
        assert [row.line for row in raw.broken] == [2]

    def test_prose_of_several_lines_is_one_cell(self, file):
        rows = [["a", "b"], ["1", "One, two\nthree, four\nand five."], ["2", "x"]]
        assert cells(read_raw(file(as_text(rows)))) == rows[1:]

    def test_a_quotation_mark_within_a_cell_is_part_of_it(self, file):
        raw = read_raw(file('a,b\n1,5" pipe\n3\n'))
        assert cells(raw) == [["1", '5" pipe']]

    def test_an_enormous_cell(self, file):
        text = "a,b\n1,2\n3," + "x" * 200_000 + "\n5\n7,8\n"
        for same in (text, text.replace("1", '"1"')):  # the fast and the careful reader
            raw = read_raw(file(same))
            assert cells(raw) == [["1", "2"], ["3", "x" * 200_000], ["7", "8"]]
            assert [row.line for row in raw.broken] == [4]

    def test_the_limit_of_the_csv_module_stays_as_it_was(self, file):
        before = csv.field_size_limit()
        read_raw(file('a,b\n1,"2\n'))
        assert csv.field_size_limit() == before

    def test_a_quotation_mark_left_open_far_from_the_end(self, file):
        raw = read_raw(file('a,b\n1,"2\n' + "3,4\n" * 50_000))
        assert len(raw) == 50_000
        assert [row.line for row in raw.broken] == [2]

    def test_a_file_of_open_quotation_marks_is_refused(self, file, monkeypatch):
        monkeypatch.setattr(csvfiles, "_MOST_UNCLOSED", 2)
        with pytest.raises(SourceError, match="more than 2 rows have a quotation mark that is"):
            read_raw(file("a,b\n" + ('1,"' + "x" * 140_000 + "\n2,3\n") * 3))


class TestRefused:
    """Sources that cannot be read: the text of each error."""

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "attendance.csv: the file is empty. Expected headings and rows."),
            (b" \n\n", "attendance.csv: the file is empty. Expected headings and rows."),
            (
                b"a,b\n",
                "attendance.csv: there are headings but no rows. Expected at least one row.",
            ),
            (
                b"a,b,a\n1,2,3\n",
                "attendance.csv: more than one column is called 'a'. Expected every column has a "
                "name of its own. Hint: rename or delete the column that is not meant.",
            ),
            (
                b"a,b\n1,\x00\x01\n" * 30,
                "attendance.csv: the file holds NUL bytes: it is binary or damaged. Expected "
                "text. Hint: ask for it again, as CSV UTF-8.",
            ),
            (
                b"\x00" * 60,
                "attendance.csv: the file holds NUL bytes: it is binary or damaged. Expected "
                "text. Hint: ask for it again, as CSV UTF-8.",
            ),
            (
                b"a,b\n\xff\x02,1\n",
                "attendance.csv: the file is binary, or text in an encoding we do not read. "
                "Expected UTF-8, UTF-16 or Windows-1252. Hint: save it as CSV UTF-8.",
            ),
            (
                b"a,b\nx\x81y,2\n",
                "attendance.csv: byte 6 cannot be read as text. Expected UTF-8, UTF-16 or "
                "Windows-1252. Hint: save it as CSV UTF-8.",
            ),
            (
                "a,b\n1,2\n".encode("utf-16") + b"\x00",
                "attendance.csv: byte 19 cannot be read as text. Expected UTF-8, UTF-16 or "
                "Windows-1252. Hint: save it as CSV UTF-8.",
            ),
            (
                b"PK\x03\x04" + b"\x00" * 30,
                "attendance.csv: this is a zip archive or an Excel workbook, not a text file. "
                "Hint: save the sheet as CSV UTF-8.",
            ),
            (
                b"PAR1" + b"\x00" * 30,
                "attendance.csv: this is a Parquet file, not a text file. Hint: name it .parquet.",
            ),
            (
                b"<!DOCTYPE html><html><body>Sign in</body></html>",
                "attendance.csv: this is a web page, XML or JSON, not a table. Hint: download the "
                "data as CSV.",
            ),
        ],
    )
    def test_contents(self, file, content, message):
        with pytest.raises(SourceError) as caught:
            read_raw(file(content))
        assert str(caught.value) == message

    def test_no_such_file(self, tmp_path):
        with pytest.raises(SourceError, match=r"nowhere\.csv: there is no such file\. Hint"):
            read_raw(tmp_path / "nowhere.csv")
        with pytest.raises(SourceError, match="there is no such file"):
            read_raw(tmp_path / "nowhere.parquet")

    def test_a_folder(self, tmp_path):
        with pytest.raises(SourceError, match=r"this is a folder\. Expected a file"):
            read_raw(tmp_path)

    def test_another_kind_of_file(self, file):
        with pytest.raises(SourceError, match=r"files named '\.docx' are not read"):
            read_raw(file(b"x", "people.docx"))

    def test_a_damaged_parquet_file(self, file):
        with pytest.raises(SourceError, match="this is not a Parquet file, or a damaged one"):
            read_raw(file(b"PAR1xxxx", "people.parquet"))

    def test_no_frame(self):
        with pytest.raises(InputError, match="the source is neither a path nor a data frame"):
            read_raw(42)

    def test_a_frame_without_columns(self):
        with pytest.raises(SourceError, match="there are no columns"):
            read_raw(pd.DataFrame())

    def test_a_frame_that_names_a_column_twice(self):
        with pytest.raises(SourceError, match="more than one column is called 'a'"):
            read_raw(pd.DataFrame([[1, 2]], columns=["a", "a"]))

    def test_headings_without_rows_where_asked_for(self, file):
        assert read_raw(file("a,b\n"), may_be_empty=True).came_in == 0


FRAME = pd.DataFrame(
    {
        "respondent_id": ["r1", "r2", "r3"],
        "survey_date": pd.to_datetime(["2011-06-14", None, "2011-06-15"]),
        "age": pd.array([52, None, -9], dtype="Int64"),
        "length_of_residence": [12.0, float("nan"), 0.5],
        "ethnicity": ["Portuguese", None, "Other White"],
        "can_influence": [1, 5, 3],
    }
)


class TestFrames:
    @pytest.mark.parametrize(
        "convert",
        [
            lambda frame: frame,
            lambda frame: frame.astype({"ethnicity": "category"}),
            lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
            lambda frame: frame.astype(object),
            pl.from_pandas,
            lambda frame: pl.from_pandas(frame).lazy(),
            pa.Table.from_pandas,
        ],
        ids=["pandas", "categories", "arrow types", "objects", "polars", "lazy polars", "arrow"],
    )
    def test_every_engine_gives_the_same(self, convert):
        typed = read_table(convert(FRAME), "estate_survey")
        expected = read_table(FRAME, "estate_survey")
        pd.testing.assert_frame_equal(typed, expected)
        assert typed["age"].tolist() == [52, pd.NA, pd.NA]
        assert typed.attrs["missing"]["age"] == {"Not recorded": 1, "Prefer not to say": 1}

    def test_parquet(self, tmp_path):
        FRAME.to_parquet(tmp_path / "estate_survey.parquet")
        typed = read_table(tmp_path / "estate_survey.parquet", "estate_survey")
        pd.testing.assert_frame_equal(typed, read_table(FRAME, "estate_survey"))

    def test_a_column_of_mixed_things(self):
        frame = pd.DataFrame({"person_id": ["p1", 2, 3.5, None, True, ["a"], {"b": 1}]})
        raw = read_raw(frame)
        assert cells(raw) == [["p1"], [2], [3.5], [None], [True], [["a"]], [{"b": 1}]]

    def test_lists_in_arrow(self):
        table = pa.table({"person_id": ["p1", "p2"], "tags": [["a", "b"], None]})
        assert read_raw(table).columns["tags"].values.tolist() == ["['a', 'b']", None]

    def test_rows_count_from_one(self):
        assert read_raw(FRAME.set_index("respondent_id", drop=False)).lines.tolist() == [1, 2, 3]

    def test_the_frame_is_not_changed(self):
        before = FRAME.copy(deep=True)
        read_table(FRAME, "estate_survey")
        pd.testing.assert_frame_equal(FRAME, before)


class TestTypes:
    """What one cell of text becomes."""

    @staticmethod
    def survey(column, values):
        frame = pd.DataFrame({"respondent_id": [f"r{n}" for n, _ in enumerate(values)]})
        return read_table(frame.assign(**{column: values}), "estate_survey")[column]

    def test_whole_numbers(self):
        read = self.survey("age", ["0", "007", "+34", "34.0", "34.", " 40 ", "120", ""])
        assert read.tolist() == [0, 7, 34, 34, 34, 40, 120, pd.NA]
        assert read.dtype == "Int64"

    def test_numbers(self):
        read = self.survey("length_of_residence", ["0", ".5", "1e1", "12.25", "-1", "3.", " 7"])
        assert read.tolist() == [0, 0.5, 10, 12.25, pd.NA, 3, 7]
        assert read.dtype == "Float64"

    def test_dates(self):
        read = self.survey(
            "survey_date",
            ["2011-10-26", "2011-10-26 00:00:00", "2011-10-26T00:00", "1066-10-14", "2012-02-29"],
        )
        assert read.dt.strftime("%Y-%m-%d").tolist() == [
            *["2011-10-26"] * 3,
            "1066-10-14",
            "2012-02-29",
        ]

    def test_booleans(self, tmp_path):
        schema = tmp_path / "flags.json"
        schema.write_text(
            json.dumps({"name": "flags", "fields": [{"name": "flag", "type": "boolean"}]})
        )
        frame = pd.DataFrame({"flag": ["yes", "No", "TRUE", "0", "", True, False]})
        read = read_table(frame, load_schema(schema))["flag"]
        assert read.tolist() == [True, False, True, False, pd.NA, True, False]
        assert read.dtype == "boolean"

    def test_decimal_comma_where_columns_are_not_separated_by_commas(self, file):
        text = "respondent_id;length_of_residence\nr1;0,5\nr2;12\nr3;1,25\n"
        typed = read_table(file(text), "estate_survey")
        assert typed["length_of_residence"].tolist() == [0.5, 12, 1.25]

    def test_no_decimal_comma_where_there_are_points_too(self, file):
        text = "respondent_id;length_of_residence\nr1;0.5\nr2;1,25\n"
        with pytest.warns(DataWarning, match="1 of 2 rows"):
            typed = read_table(file(text), "estate_survey")
        assert typed["length_of_residence"].tolist() == [0.5]

    def test_native_numbers_where_text_is_meant(self):
        frame = pd.DataFrame({"person_id": [101, 102], "organisation": [1.5, 2.0]})
        assert read_table(frame, "people")["person_id"].tolist() == ["101", "102"]
        assert read_table(frame, "people")["organisation"].tolist() == ["1.5", "2"]


class TestReadTable:
    def test_rows_with_errors_are_left_out_and_counted(self, file):
        text = "person_id,age\np1,34\np2,old\np3\n"
        with pytest.warns(
            DataWarning,
            match=r"read_table: 2 of 3 rows of people\.csv have errors and are left out\. "
            r"Hint: ps\.validate shows each\.",
        ):
            typed = read_table(file(text, "people.csv"), "people")
        assert typed["person_id"].tolist() == ["p1"]

    def test_a_required_column_is_missing(self, file):
        with pytest.raises(SourceError) as caught:
            read_table(file("meeting_id,person,status\nm1,p1,present\n"), "attendance")
        assert str(caught.value) == (
            "attendance.csv: no column 'person_id', which attendance must have. Expected "
            "meeting_id, person_id, status; got meeting_id, person, status. "
            "Hint: perhaps 'person' is meant to be 'person_id'."
        )

    def test_no_column_resembles_it(self, file):
        with pytest.raises(SourceError, match="Hint: add the column, or name another table"):
            read_table(file("x,y\n1,2\n"), "attendance")

    def test_unknown_schema(self, file):
        with pytest.raises(SchemaError, match="no table 'attendence'"):
            read_table(file(as_text()), "attendence")

    def test_unknown_columns_are_kept_as_they_came(self, file):
        typed = read_table(file("person_id,notes\np1, hello \n", "people.csv"), "people")
        assert typed["notes"].tolist() == [" hello "]

    def test_own_codes(self, file):
        text = "person_id,ethnicity\np1,Somali\np2,Portuguese\n"
        with pytest.warns(DataWarning, match="1 of 2"):
            read_table(file(text, "people.csv"), "people")
        lists = {"ethnicity_estate": ["Somali", "Portuguese"]}
        assert len(read_table(file(text, "people.csv"), "people", codelists=lists)) == 2


class TestReadMargins:
    def test_counts(self, file):
        margins = read_margins(file("category,variable,count\nFemale,gender,3\nMale,gender,4\n"))
        assert list(margins.columns) == ["category", "variable", "count"]
        assert margins["count"].tolist() == [3, 4]

    def test_one_error_is_enough(self, file):
        text = "variable,category,count\ngender,Female,three\ngender,Male,-4\n"
        with pytest.raises(InputError) as caught:
            read_margins(file(text, "margins.csv"))
        assert str(caught.value) == (
            "margins.csv: line 2: count 'three' is not a number (and 1 more error). "
            "Hint: write a number, or leave the cell empty."
        )

    def test_neither_counts_nor_shares(self, file):
        with pytest.raises(SourceError, match="no column 'count', which population must have"):
            read_margins(file("variable,category\ngender,Female\n"))


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8
)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=6)
)


@settings(max_examples=150, deadline=None)
@given(TABLE, st.sampled_from([",", ";", "\t", "|"]), st.booleans())
def test_what_was_written_is_read(tmp_path_factory, table, delimiter, final):
    """Any text in any cell, and the careful reader agrees with the fast one."""
    heading = [f"c{place}" for place, _ in enumerate(table[0])]
    rows = [row if any(row) and row != [""] else ["x"] * len(row) for row in table]
    text = as_text([heading, *rows], delimiter=delimiter, quoting=csv.QUOTE_ALL)
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes((text if final else text[:-1]).encode())
    raw = read_raw(path, known=heading)
    assert [list(map(str, row)) for row in cells(raw)] == rows


PIECE = st.one_of(st.sampled_from([*list('ab,"\n\r;'), "\r\n", '""']), st.just("x"))


@settings(max_examples=300, deadline=None)
@example(',\r\n""a,"')
@given(st.lists(PIECE, max_size=30).map("".join))
def test_the_fast_reader_agrees_with_the_careful_one(tmp_path_factory, body):
    """Whatever the fast reader accepts, it reads as the careful one does."""
    path = tmp_path_factory.mktemp("both") / "both.csv"
    path.write_bytes(("a,b\n" + body).encode())
    found = detect_dialect(path)
    dialect = Dialect("utf-8", ",", 1, found.line_count, found.has_quotes)
    fast = csvfiles._parse_fast(path, dialect)
    if fast is not None:
        careful = csvfiles._parse_carefully(path, dialect)
        assert fast[0] == careful[0]
        for one, other in zip(fast[1], careful[1], strict=True):
            assert one.values[one.codes].tolist() == other.values[other.codes].tolist()
        assert np.array_equal(fast[2], careful[2])
        assert fast[3] == careful[3]
