"""validate: what it says, what it keeps, what it shows and what it writes."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation_stats.errors import InputError, OutputError, SchemaError, SourceError
from participation_stats.intake.catalogue import schemas_folder
from participation_stats.intake.issues import ISSUE_COLUMNS
from participation_stats.intake.renderings import neutralised
from participation_stats.intake.schemas import load_schema, schema_names
from participation_stats.intake.validation import validate

REGISTER = """meeting_id,person_id,status,capacity,spoke
m1,p1,present,resident,yes
m1,p2,presnt,,no
m1,p3
m1,p4,absent,officr,-9
m1,p1,present,resident,yes
"""


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text(REGISTER)
    return path


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "estate"
    place.mkdir()
    (place / "attendance.csv").write_text(REGISTER)
    (place / "people.csv").write_text("person_id,capacity\np1,resident\np2,staff\np4,officer\n")
    (place / "meetings.csv").write_text("meeting_id,body_id,date\nm1,committee,2011-10-26\n")
    (place / "bodies.csv").write_text("body_id,name\ncommittee,Committee\n")
    return place


class TestOneTable:
    def test_every_problem_in_one_run(self, register):
        checked = validate(register)
        assert not checked.ok
        assert list(checked.issues.columns) == list(ISSUE_COLUMNS)
        errors = checked.issues[checked.issues["severity"] == "error"]
        assert errors[["row", "column", "value", "rule"]].fillna("").values.tolist() == [
            [3, "status", "presnt", "code"],
            [4, "", "m1,p3", "columns"],
            [5, "capacity", "officr", "code"],
            [6, "meeting_id, person_id", "m1, p1", "duplicate row"],
        ]

    def test_messages_and_hints(self, register):
        issues = validate(register).issues.set_index("row")
        assert issues.loc[3, "message"] == "status 'presnt' is not one of its codes"
        assert issues.loc[3, "hint"] == "perhaps 'present' is meant"
        assert issues.loc[4, "message"] == "3 cells too few: 2 where the heading has 5"
        assert issues.loc[5, "hint"] == "perhaps 'officer' is meant"
        assert issues.loc[6, "message"] == "the same row as on line 2"

    def test_valid_and_rejected(self, register):
        checked = validate(register)
        assert checked.valid.values.tolist() == [["m1", "p1", "present", "resident", "yes"]]
        assert list(checked.rejected.columns) == [
            "_row",
            *REGISTER.split("\n")[0].split(","),
            "_line",
            "_reasons",
        ]
        rejected = checked.rejected.set_index("_row")
        assert rejected.loc[3, "status"] == "presnt"
        assert rejected.loc[4, "_line"] == "m1,p3"
        assert pd.isna(rejected.loc[4, "status"])
        assert rejected.loc[5, "spoke"] == "-9"
        assert rejected.loc[6, "_reasons"] == "the same row as on line 2"

    def test_reasons_of_missing_values(self, register):
        checked = validate(register)
        assert checked.missing.values.tolist() == [
            ["attendance", "capacity", "Not recorded", 1],
            ["attendance", "spoke", "Prefer not to say", 1],
        ]

    def test_references_cannot_be_checked_alone(self, register):
        notes = validate(register).issues.query("severity == 'note'")
        assert notes["message"].tolist() == [
            "meeting_id could not be checked against meetings: there is no such table",
            "person_id could not be checked against people: there is no such table",
        ]

    def test_a_required_column_is_missing(self, tmp_path):
        path = tmp_path / "attendance.csv"
        path.write_text("meeting_id,person_id,staus\nm1,p1,present\nm1,p2\n")
        checked = validate(path)
        assert len(checked.valid) == 0
        assert checked.issues["message"][0] == (
            "no column 'status', which attendance must have; no row can be used"
        )
        assert checked.issues["hint"][0] == "perhaps 'staus' is meant"
        assert checked.rejected["_reasons"].tolist() == [
            "no column 'status', which attendance must have; no row can be used",
            "no column 'status', which attendance must have; no row can be used; "
            "1 cell too few: 2 where the heading has 3",
        ]

    def test_the_shipped_examples_are_valid(self):
        for name in schema_names():
            checked = validate(schemas_folder() / "examples" / f"{name}.csv")
            assert checked.ok, checked
            assert len(checked.rejected) == 0


class TestWhichTable:
    def test_by_the_name_of_the_file(self, tmp_path, register):
        other = tmp_path / "attendance_2011.csv"
        other.write_text(REGISTER)
        assert set(validate(other).issues["table"]) == {"attendance"}

    def test_by_its_headings(self, tmp_path):
        other = tmp_path / "register.csv"
        other.write_text(REGISTER)
        assert list(validate(other).tables) == ["attendance"]

    def test_as_told(self, register):
        assert list(validate(register, "people").tables) == ["people"]

    def test_own_schema(self, tmp_path):
        path = tmp_path / "shoes.json"
        fields = [
            {"name": "size", "type": "integer", "constraints": {"required": True, "maximum": 60}},
            {"name": "pair", "type": "string", "constraints": {"unique": True}},
        ]
        path.write_text(json.dumps({"name": "shoes", "fields": fields}))
        frame = pd.DataFrame({"size": [40, 61, 38], "pair": ["a", "b", "a"]})
        checked = validate(frame, load_schema(path))
        assert checked.issues[["row", "column", "rule"]].values.tolist() == [
            [1, "pair", "unique"],
            [2, "size", "range"],
            [3, "pair", "unique"],
        ]
        assert checked.issues["hint"][1] == "at most 60"

    def test_it_cannot_be_told(self, tmp_path):
        path = tmp_path / "numbers.csv"
        path.write_text("a,b\n1,2\n")
        with pytest.raises(InputError) as caught:
            validate(path)
        assert str(caught.value).startswith(
            "validate(numbers.csv): it cannot be told which table this is. Expected one of "
            "estate_survey, people,"
        )
        assert str(caught.value).endswith(
            "got the columns a, b. Hint: name it: validate(source, schema='people')."
        )

    def test_an_export_or_a_register_is_named_with_what_reads_it(self, tmp_path):
        wave = tmp_path / "wave.csv"
        wave.write_text("_uuid,_submission_time,Gender\n1,2026-01-02,F\n")
        with pytest.raises(InputError, match=r"export of kobo: draft .* schema map wave\.csv"):
            validate(wave)
        panel = tmp_path / "panel.csv"
        panel.write_text("Panel 2025\nName,13-May,10-Jun\nA. Amadi,P,Ap\nB. Rees,A,P\n")
        with pytest.raises(InputError, match=r"dates across the top: ps\.read_register reads it"):
            validate(panel)

    def test_no_such_schema(self, register):
        with pytest.raises(SchemaError, match="no table 'attendence'"):
            validate(register, "attendence")

    def test_a_single_source_that_cannot_be_read(self, tmp_path):
        with pytest.raises(SourceError, match="there is no such file"):
            validate(tmp_path / "people.csv")


class TestFolder:
    def test_references_are_followed(self, folder):
        # p3 stands on a line that could not be cut into columns: nobody refers to them.
        assert "foreign key" not in set(validate(folder).issues["rule"])

    def test_a_stranger(self, folder):
        (folder / "people.csv").write_text("person_id,capacity\np1,resident\nP-2,staff\n")
        found = validate(folder).issues.query("rule == 'foreign key'")
        assert found[["table", "row", "column", "value", "hint"]].values.tolist() == [
            ["attendance", 3, "person_id", "p2", "perhaps 'P-2' is meant"],
            ["attendance", 5, "person_id", "p4", "correct it, or add it to people"],
        ]

    def test_tables_by_name(self, folder):
        checked = validate(folder)
        assert list(checked.valid) == ["people", "bodies", "meetings", "attendance"]
        assert list(checked.rejected) == list(checked.valid)
        assert checked.summary().values.tolist() == [
            ["people", 3, 3, 0, 0, 0, 0],
            ["bodies", 1, 1, 0, 0, 0, 0],
            ["meetings", 1, 1, 0, 0, 0, 0],
            ["attendance", 5, 1, 4, 4, 0, 0],
        ]

    def test_a_file_that_cannot_be_read_is_an_issue_among_others(self, folder):
        (folder / "decisions.csv").write_bytes(b"")
        checked = validate(folder)
        (failure,) = checked.issues.query("rule == 'source'").itertuples()
        assert failure.table == "decisions"
        assert failure.message == "decisions.csv: the file is empty"
        assert "decisions" not in checked.valid
        assert not checked.ok
        assert len(checked.valid["attendance"]) == 1

    def test_headings_without_rows_are_an_empty_table(self, folder):
        (folder / "decisions.csv").write_text("decision_id,meeting_id,outcome\n")
        checked = validate(folder)
        assert len(checked.valid["decisions"]) == 0
        assert "decisions" not in set(checked.issues["table"])

    def test_parquet_beside_csv(self, folder):
        people = pd.read_csv(folder / "people.csv")
        (folder / "people.csv").unlink()
        people.to_parquet(folder / "people.parquet")
        assert len(validate(folder).valid["people"]) == 3

    def test_two_files_for_one_table(self, folder):
        pd.read_csv(folder / "people.csv").to_parquet(folder / "people.parquet")
        with pytest.raises(SourceError, match="there are two files for the table 'people'"):
            validate(folder)

    def test_no_table_at_all(self, tmp_path):
        (tmp_path / "notes.csv").write_text("a\n1\n")
        with pytest.raises(SourceError) as caught:
            validate(tmp_path)
        assert "the folder holds no table of an estate" in str(caught.value)
        assert "got notes.csv" in str(caught.value)

    def test_a_mapping_of_frames(self, folder):
        frames = {path.stem: pd.read_csv(path) for path in folder.glob("[bmp]*.csv")}
        assert validate(frames).ok

    def test_own_codes(self, folder):
        (folder / "people.csv").write_text("person_id,ethnicity\np1,Somali\np2,Somali\np4,Welsh\n")
        checked = validate(folder, codelists={"ethnicity_estate": ["Somali", "Irish"]})
        assert checked.issues.query("table == 'people'")["value"].tolist() == ["Welsh"]


class TestShown:
    def test_text(self, register):
        text = validate(register).to_text()
        assert "attendance.csv: 4 errors" in text
        assert "error: code in attendance.status (1)" in text
        assert (
            "  line 3: status 'presnt' is not one of its codes. Hint: perhaps 'present' is meant"
            in text
        )
        assert "\x1b" not in text
        assert str(validate(register)) == text == repr(validate(register))

    def test_colours_only_where_asked_for(self, register):
        text = validate(register).to_text(colour=True)
        assert "\x1b[31m4 errors\x1b[0m" in text
        assert "\x1b[31merror\x1b[0m: code" in text

    def test_one_message_is_said_once_with_its_lines(self):
        frame = pd.DataFrame({"person_id": [f"p{n}" for n in range(30)], "age": ["old"] * 30})
        checked = validate(frame, "people")
        text = checked.to_text()
        assert text.count("age 'old' is not a whole number") == 1
        assert "  lines 1, 2, 3, 4, 5, 6, 7, 8 and 22 more: age 'old' is not" in text
        assert "<b>Lines 1, 2, 3, 4, 5, 6, 7, 8 and 22 more</b>: age &#x27;old" in checked.to_html()

    def test_many_messages_of_one_kind_are_counted(self):
        ids = [f"p{n}" for n in range(30)]
        checked = validate(pd.DataFrame({"person_id": ids, "age": ids}), "people")
        text = checked.to_text()
        assert text.count("is not a whole number") == 5
        assert "  ... and 25 more" in text
        page = checked.to_html()
        assert page.split("<details>")[0].count("is not a whole number") == 20
        assert "… and 10 more" in page
        assert page.split("<details>")[1].count("is not a whole number") == 30

    def test_what_is_said_of_the_table_is_read_together(self):
        frame = pd.DataFrame({"person_id": ["p1"], "shoes": ["42"], "hat": ["58"]})
        text = validate(frame, "people").to_text()
        assert "note: unknown column in people (2)\n  column 'shoes' is" in text

    def test_errors_stand_first(self, register):
        text = validate(register).to_text()
        assert text.index("error: columns") < text.index("note: foreign key")

    def test_valid(self):
        frame = pd.DataFrame({"person_id": ["p1"]})
        assert validate(frame, "people").to_text().startswith("data frame: valid\n")
        assert "Nothing was found." in validate(frame, "people").to_html()

    def test_json(self, register):
        report = json.loads(validate(register).to_json())
        assert report["ok"] is False
        assert report["source"] == "attendance.csv"
        assert report["summary"][0]["rejected"] == 4
        assert {issue["row"] for issue in report["issues"]} == {None, 3, 4, 5, 6}
        assert report["missing"][0]["reason"] == "Not recorded"

    def test_html_escapes_what_came_in(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("person_id,age\n<script>alert(1)</script>,<b>old</b>\n")
        page = validate(path).to_html()
        assert "<script>" not in page
        assert "&lt;b&gt;old&lt;/b&gt;" in page

        found = set()
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, attrs: found.add(tag)
        parser.feed(page)
        assert {"h1", "table", "th", "section", "details"} <= found
        assert validate(path)._repr_html_() == page


class TestWritten:
    def test_three_things_side_by_side(self, folder, tmp_path):
        out = validate(folder).write(tmp_path / "checked")
        assert sorted(path.name for path in out.iterdir()) == ["issues.csv", "rejected", "valid"]
        names = ["attendance.csv", "bodies.csv", "meetings.csv", "people.csv"]
        assert sorted(path.name for path in (out / "valid").iterdir()) == names
        assert sorted(path.name for path in (out / "rejected").iterdir()) == names
        issues = pd.read_csv(out / "issues.csv")
        assert len(issues) == len(validate(folder).issues)

    def test_what_is_valid_reads_back_the_same(self, folder, tmp_path):
        checked = validate(folder)
        again = validate(checked.write(tmp_path / "checked") / "valid")
        assert again.ok
        for name, frame in checked.valid.items():
            pd.testing.assert_frame_equal(again.valid[name], frame)
            assert again.valid[name].attrs == frame.attrs

    def test_decimal_commas_and_reasons_survive(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("person_id;length_of_residence;age\np1;0,5;-9\np2;12;-8\n")
        checked = validate(path)
        again = validate(checked.write(tmp_path / "checked") / "valid" / "people.csv")
        pd.testing.assert_frame_equal(again.valid, checked.valid)
        assert again.valid.attrs["missing"]["age"] == {
            "Prefer not to say": 1,
            "Does not apply": 1,
        }

    def test_formulas_are_defused(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text(
            "person_id,organisation,age,=cmd\n"
            "p1,=1+1,-9,a\np2,@SUM(A1),-5,+x\np3,-2 flats,12,-7\np4,+44 20 7946 0000,12,-7.5%\n"
        )
        out = validate(path).write(tmp_path / "checked")
        with (out / "valid" / "people.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows == [
            ["person_id", "organisation", "age", "'=cmd"],
            ["p1", "'=1+1", "-9", "a"],
            ["p3", "'-2 flats", "12", "-7"],
            ["p4", "'+44 20 7946 0000", "12", "-7.5%"],
        ]
        with (out / "rejected" / "people.csv").open(encoding="utf-8-sig", newline="") as stream:
            (rejected,) = list(csv.DictReader(stream))
        assert rejected["organisation"] == "'@SUM(A1)"
        assert rejected["age"] == "-5"

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_each_start_of_a_formula(self, start):
        assert neutralised(pd.Series([f"{start}A1"])).tolist() == [f"'{start}A1"]

    @pytest.mark.parametrize("number", ["-9", "+5", "-0.5", "-1,5", "-1e-5", "-7%", "-.5"])
    def test_plain_numbers_stay(self, number):
        assert neutralised(pd.Series([number])).tolist() == [number]

    def test_an_earlier_validation_is_replaced(self, folder, tmp_path):
        out = validate(folder).write(tmp_path / "checked")
        (folder / "bodies.csv").unlink()
        validate(folder).write(out)
        assert not (out / "valid" / "bodies.csv").exists()

    def test_other_work_is_not(self, folder, tmp_path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("x")
        with pytest.raises(OutputError, match=r"holds something else.*got thesis\.txt"):
            validate(folder).write(tmp_path / "mine")
        assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]

    def test_nor_is_a_file(self, folder, tmp_path):
        (tmp_path / "mine").write_text("x")
        with pytest.raises(OutputError, match="there is a file of that name"):
            validate(folder).write(tmp_path / "mine")

    def test_nothing_half_written(self, folder, tmp_path, monkeypatch):
        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pd.DataFrame, "to_csv", full)
        with pytest.raises(OutputError, match="cannot be written: no space left on device"):
            validate(folder).write(tmp_path / "checked")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["estate"]


PEOPLE_CELLS = {
    "person_id": st.sampled_from(["p1", "p2", "p3", " p4", "", "-9", "p5"]),
    "age": st.sampled_from(["34", "", "-9", "old", "130", "12.0", "1,5", '"', "=1"]),
    "ethnicity": st.sampled_from(["Portuguese", "portuguese", "Other", "", "-8", "a,b", "a\nb"]),
    "notes": st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6),
}


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(
    st.lists(st.fixed_dictionaries(PEOPLE_CELLS), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["p9", 'x,"', "a,b,c,d,e", "1,2,3"]))),
)
def test_valid_and_rejected_are_what_came_in(tmp_path_factory, rows, damage):
    """By count and by content: each line is in one of the two, with every cell as written."""
    path = tmp_path_factory.mktemp("any") / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(PEOPLE_CELLS)
        for place, row in enumerate(rows):
            writer.writerow(row.values())
            for at, text in damage:
                if at == place:
                    stream.write(text + "\n")
    checked = validate(path)
    table = checked.tables["people"]
    assert len(checked.valid) + len(checked.rejected) == table.raw.came_in
    lines = [*table.raw.lines[table.good], *checked.rejected["_row"]]
    expected = [*table.raw.lines, *(row.line for row in table.raw.broken)]
    assert sorted(lines) == sorted(expected)
    assert (checked.rejected["_reasons"].str.len() > 0).all()
    # content: what the csv module reads is what stands in valid and rejected together
    written = table.raw.frame()
    kept = written[table.good].reset_index(drop=True)
    for name in ("person_id", "notes"):
        stated = checked.valid[name].notna().to_numpy()
        texts = kept[name].str.strip() if name == "person_id" else kept[name]
        assert checked.valid[name][stated].tolist() == texts[stated].tolist()
    whole = checked.rejected[checked.rejected["_line"].isna()]
    assert (
        whole[list(PEOPLE_CELLS)].astype(object).values.tolist()
        == written[~table.good].astype(object).values.tolist()
    )
    cut = checked.rejected[checked.rejected["_line"].notna()]
    text = path.read_text(encoding="utf-8")
    assert all(line in text for line in cut["_line"])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "people.csv"
    path.write_bytes(content)
    try:
        checked = validate(path)
    except SourceError as error:
        assert str(error)
    else:
        assert checked.to_text()
        assert checked.to_html()


PIECES = st.sampled_from(
    [
        b"person_id,age,moved_in\n",
        b"p1,34,2011-10-26\n",
        b"p2,,\r\n",
        b"p3,=1+1,x\r",
        b'"p4","5\n',
        b'"',
        b",",
        b";",
        b"\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x00",
        b"-9",
        b"99999999999999999999",
        b"9999-99-99",
        b"0000-00-00",
        b"1e400",
        b"x" * 140_000,
        "é".encode(),
        "é".encode("cp1252"),
        b"\xe2\x80\xa8",
    ]
)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=4)), max_size=25).map(b"".join))
def test_no_mess_ends_in_a_traceback(tmp_path_factory, content):
    _try(tmp_path_factory.mktemp("any"), content)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=20).map(b"".join))
def test_little_mess_ends_in_a_traceback(tmp_path_factory, content):
    _try(tmp_path_factory.mktemp("any"), content)


def _try(folder, content):
    path = folder / "people.csv"
    path.write_bytes(content)
    try:
        checked = validate(path)
    except SourceError as error:
        assert str(error)
        return
    table = checked.tables["people"]
    assert len(checked.valid) + len(checked.rejected) == table.raw.came_in
    assert np.all(np.diff(checked.rejected["_row"]) > 0)
    checked.write(folder / "checked")


def test_two_spells_of_one_person_are_told_what_to_do():
    people = pd.DataFrame(
        {
            "person_id": ["p1", "p1", "p2", "p2"],
            "gender": ["Female", "Female", "Female", "Male"],
            "moved_in": ["2010-01-01", "2012-03-01", "2010-01-01", "2010-01-01"],
            "moved_out": ["2011-06-30", None, None, None],
        }
    )
    for rows, words in (
        ([0, 1], "of somebody who moved away and came back keep the spell that the records"),
        ([2, 3], "keep the row that is right and delete the other"),
    ):
        issues = validate(people.iloc[rows], "people").issues
        found = issues[issues["rule"] == "primary key"]
        assert len(found) == 2
        assert found["hint"].str.startswith(words).all()
