"""Mappings: drafted without guessing, read strictly, applied without losing a row or a line."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import participation_stats as ps
from participation_stats.cli import main
from participation_stats.errors import (
    DataWarning,
    InputError,
    OutputError,
    ParticipationError,
    SchemaError,
    SourceError,
)
from participation_stats.intake.mappings import ColumnMapping, read_mapping
from participation_stats.intake.spelling import normal

SAMPLES = Path(__file__).parents[1] / "golden" / "exports"
FILES = {
    "core_lettings": "core_lettings.csv",
    "google_forms": "google_forms.csv",
    "kobo_separate": "kobo_separate.csv",
    "kobo_single": "kobo_single.csv",
    "limesurvey": "limesurvey.csv",
    "limesurvey_codes": "limesurvey_codes.csv",
    "ms_forms": "ms_forms.xlsx",
    "qualtrics": "qualtrics.csv",
    "spss": "spss.sav",
    "surveymonkey": "surveymonkey.csv",
}
#: What the expected readings call our fields; length of residence was asked in words.
FIELDS = {
    "ethnicity": "ethnicity",
    "gender": "gender",
    "tenure": "housing_tenure",
    "age": "age",
    "heard_of_meetings": "heard_of_meetings",
    "came_last_year": "came_last_year",
    "can_influence": "can_influence",
    "trusts_landlord": "trusts_landlord",
}
#: What a person who knows the questionnaire says of each answer of the expected readings.
OURS = {
    "ethnicity": {
        "White British": "White British",
        "English, Welsh, Northern Irish, Scottish or British": "White British",
        "White Irish": "Other White",
        "Irish": "Other White",
        "Any other White background": "Other White",
        "Gypsy or Irish Traveller": "Other White",
        "Black African": "Black African",
        "African": "Black African",
        "Black Caribbean": "Black Caribbean",
        "Caribbean": "Black Caribbean",
        "Bangladeshi": "Other",
        "Pakistani": "Other",
        "Arab": "Other",
        "Mixed White and Black Caribbean": "Other",
    },
    "gender": {"Woman": "Female", "Man": "Male", "Non-binary": "Other"},
    "tenure": {
        "Council or housing association tenant": "Social rent",
        "Social Rent": "Social rent",
        "Affordable Rent": "Social rent",
        "Leaseholder": "Leasehold",
        "Private renter": "Private rent",
        "Shared owner": "Shared ownership",
        "Temporary accommodation": "Social rent",
    },
    "heard_of_meetings": {"Yes": "yes", "No": "no"},
    "came_last_year": {"Yes": "yes", "No": "no"},
}
SCALE = {"Not at all": 1, "Not very much": 2, "To some extent": 3, "Quite a lot": 4}
SCALE |= {"A great deal": 5, "1 - Not at all": 1, "5 - A great deal": 5}
REASONS = {
    "refused": "Prefer not to say",
    "dont_know": "Do not know",
    "blank": "Not recorded",
    "not_asked": "Not asked",
}


def expected_of(name):
    return json.loads((SAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))


def plain(heading):
    return " ".join(heading.split())


def our_field(name, theirs):
    """The field of ours that an expected one is: sex registered at birth is not gender."""
    if name == "core_lettings" and theirs == "gender":
        return "sex"
    if name in ("google_forms", "ms_forms") and theirs == "age":
        return "age_band"
    return FIELDS.get(theirs, "")


@pytest.fixture(scope="module", params=FILES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def drafted(name):
    return ps.draft_mapping(SAMPLES / FILES[name])


def finished(name, mapping):
    """The draft after a person has filled in what was left empty."""
    expected = expected_of(name)
    told = {our_field(name, theirs): theirs for theirs in expected["columns"].values()}
    values = {}
    for field, labels in mapping.values.items():
        theirs = told[field]
        codes = (expected.get("value_codes") or {}).get(theirs, {})
        values[field] = {
            label: code or answered(theirs, codes.get(label, label))
            for label, code in labels.items()
        }
    columns = dict(mapping.columns)
    if name == "limesurvey_codes":  # nothing in the file says what "came" asks
        columns["came"] = "came_last_year"
        values["came_last_year"] = {"Y": "yes", "N": "no"}
        return dataclasses.replace(
            mapping,
            columns=columns,
            values=values,
            asked_if={"came_last_year": {"heard_of_meetings": "yes"}},
        )
    if name == "qualtrics":
        return dataclasses.replace(mapping, values=values, dates={"survey_date": "day first"})
    return dataclasses.replace(mapping, values=values)


def answered(theirs, label):
    special = {"PN": "Prefer not to say", "DK": "Do not know", "999": "Not recorded"}
    special |= {"47 yrs": "47", "45-54": "", "gypsy_traveller": "Other White", "NB": "Other"}
    if label in special:
        return special[label]
    if theirs in ("can_influence", "trusts_landlord"):
        return str(SCALE[label])
    return OURS.get(theirs, {}).get(label, "")


class TestDraft:
    def test_each_column_is_mapped_as_expected_or_not_at_all(self, name, drafted):
        told = {plain(heading): field for heading, field in expected_of(name)["columns"].items()}
        for heading, target in drafted.columns.items():
            expected = our_field(name, told.get(heading, ""))
            if target not in ("respondent_id", "household_id", "survey_date", "weight"):
                assert target in (expected, ""), heading
            if expected and heading != "came":
                assert target == expected, heading

    def test_metadata_is_found(self, name, drafted):
        told = {plain(key): field for key, field in expected_of(name)["metadata_columns"].items()}
        for heading, target in drafted.columns.items():
            if target == "respondent_id":
                assert told[heading] == "response_id"
            if target == "household_id":
                assert told[heading] == "household_ref"
            if target == "survey_date":
                assert told[heading].startswith("submitted_at")
        assert "survey_date" in drafted.columns.values()
        assert ("respondent_id" in drafted.columns.values()) != ("respondent_id" in drafted.filled)

    def test_nothing_is_mapped_against_the_expected_reading(self, name, drafted):
        expected = expected_of(name)
        told = {our_field(name, theirs): theirs for theirs in expected["columns"].values()}
        for field, labels in drafted.values.items():
            theirs = told[field]
            codes = (expected.get("value_codes") or {}).get(theirs, {})
            known = {key.casefold(): code for key, code in OURS.get(theirs, {}).items()}
            for label, code in labels.items():
                meaning = codes.get(label, label).casefold()
                if code and meaning in known:
                    assert code == known[meaning], (field, label)

    def test_what_is_unsure_says_so(self, drafted):
        for field, labels in drafted.values.items():
            for label, code in labels.items():
                if not code:
                    assert any(
                        line.startswith(f"{field} / {label}: unsure") for line in drafted.unsure
                    )

    def test_it_reads_back(self, drafted, tmp_path):
        again = read_mapping(drafted.write(tmp_path / "wave.yaml"))
        for part in ("table", "tool", "columns", "values", "dates", "filled", "asked_if"):
            assert getattr(again, part) == getattr(drafted, part)
        assert again.origin == "wave.yaml"

    def test_labels_that_may_be_two_groups_stay_empty(self):
        mapping = ps.draft_mapping(SAMPLES / "google_forms.csv")
        assert mapping.values["ethnicity"]["Any other White background"] == ""
        note = mapping.notes["values", "ethnicity", "Any other White background"]
        assert note == "unsure: Other White or Portuguese"
        assert mapping.values["age_band"]["45-54"] == ""

    def test_lengths_of_residence_in_bands_are_ours_or_nobodys(self):
        question = "How long have you lived here?"
        told = ["Less than a year", "1 to 4 years", "5-9 years", "10+ years", "Prefer not to say"]
        wave = pd.DataFrame({"No": list("abcde"), question: told})
        mapping = ps.draft_mapping(wave)
        assert mapping.columns[question] == "length_of_residence_band"
        assert list(mapping.values["length_of_residence_band"].values()) == [
            *["under 1", "1 to 4", "5 to 9", "10 or more", "Prefer not to say"]
        ]
        assert ps.validate(wave, mapping=mapping).ok
        other = wave.replace({"5-9 years": "3 to 5 years"})
        mapping = ps.draft_mapping(other)
        assert mapping.columns[question] == ""
        assert mapping.notes["columns", question] == (
            "unsure: length_of_residence? '3 to 5 years' is no number, and in none of its bands"
        )

    def test_codes_without_a_questionnaire_are_not_decoded(self):
        mapping = ps.draft_mapping(SAMPLES / "limesurvey_codes.csv")
        assert set(mapping.values["ethnicity"].values()) == {""}
        assert "the questionnaire says" in mapping.notes["columns", "ethnicity"]

    def test_two_columns_for_one_field_are_left_to_a_person(self):
        wave = pd.DataFrame({"q1 ethnic group": ["Arab"], "q2 ethnic background": ["Arab"]})
        mapping = ps.draft_mapping(wave)
        assert set(mapping.columns.values()) == {""}
        assert mapping.notes["columns", "q1 ethnic group"] == (
            "unsure: ethnicity? 1 more may be meant"
        )

    def test_one_column_that_speaks_of_two_fields_is_too(self):
        mapping = ps.draft_mapping(pd.DataFrame({"age and gender": ["45 F"]}))
        assert mapping.notes["columns", "age and gender"] == "unsure: gender or age?"

    def test_a_column_of_free_text_is_no_field_with_codes(self):
        wave = pd.DataFrame({"gender": [f"text {place}" for place in range(80)]})
        assert ps.draft_mapping(wave).notes["columns", "gender"] == (
            "unsure: gender? it has 80 different answers"
        )

    def test_numbers_out_of_range_and_a_date_of_two_readings_are_asked_about(self):
        wave = pd.DataFrame(
            {
                "respondent_id": ["a", "b", "c"],
                "age": ["45", "-99", "999"],
                "survey_date": ["01/02/2026", "03/04/2026", "2026-01-01"],
            }
        )
        mapping = ps.draft_mapping(wave)
        assert mapping.notes["values", "age", "999"].startswith("unsure: above 120")
        assert mapping.notes["values", "age", "-99"].startswith("unsure: below 0")
        assert mapping.dates == {"survey_date": ""}
        assert "survey_date: unsure: day first or month first?" in mapping.unsure

    def test_our_own_table_maps_onto_itself(self):
        people = ps.load_example("st_marys").tables["people"]
        mapping = ps.draft_mapping(people, "people")
        known = ps.load_schema("people").field_names
        assert {key: key for key in people if key in known}.items() <= mapping.columns.items()
        assert ps.validate(people, mapping=mapping).ok

    def test_unknown_names_are_refused(self):
        with pytest.raises(SchemaError, match="no table 'survey'"):
            ps.draft_mapping(SAMPLES / "spss.sav", "survey")
        with pytest.raises(InputError, match="unknown tool 'snap'"):
            ps.draft_mapping(SAMPLES / "qualtrics.csv", tool="snap")


class TestApplied:
    def test_the_finished_mapping_gives_the_expected_reading(self, name, drafted):
        expected = expected_of(name)
        checked = ps.validate(SAMPLES / FILES[name], mapping=finished(name, drafted))
        table = checked.tables["estate_survey"]
        assert len(table.raw) == expected["real_responses"]
        missing = table.missing(range(len(table.raw)))
        for theirs in dict.fromkeys(expected["columns"].values()):
            field = our_field(name, theirs)
            if not field or field == "age_band":
                continue
            column = table.columns[field]
            counts = column.series().value_counts()
            assert {str(code): int(count) for code, count in counts.items()} == grouped(
                theirs, expected["value_counts"][theirs]
            ), field
            told = expected["not_stated"][theirs]
            for word, reason in REASONS.items():
                assert missing.get(field, {}).get(reason, 0) == told[word], (field, word)
            stated = column.series().size - sum(missing.get(field, {}).values())
            assert stated - counts.sum() == told["invalid"], field

    def test_dates_are_the_expected_ones(self, name, drafted):
        expected = expected_of(name)["submitted_on"]
        if name in ("core_lettings", "limesurvey", "limesurvey_codes"):
            return  # dates of two readings; a response without its date is dated by read_export
        checked = ps.validate(SAMPLES / FILES[name], mapping=finished(name, drafted))
        table = checked.tables["estate_survey"]
        found = table.columns["survey_date"].series().dt.strftime("%Y-%m-%d").tolist()
        rejected = {reject["row"] for reject in expected_of(name)["reject"]}
        assert found == [date for row, date in expected.items() if int(row) not in rejected]

    @pytest.mark.slow
    def test_every_line_comes_out_once(self, name, drafted):
        checked = ps.validate(SAMPLES / FILES[name], mapping=drafted)
        export = ps.read_export(SAMPLES / FILES[name])
        lines = [*checked.tables["estate_survey"].raw.lines, *checked.rejected["_row"]]
        assert sorted(set(lines)) == sorted(export.lines)
        assert len(checked.valid) + len(checked.rejected) == len(export.lines)

    def test_set_apart_rows_are_no_errors_and_have_their_reason(self):
        mapping = finished("kobo_single", ps.draft_mapping(SAMPLES / "kobo_single.csv"))
        checked = ps.validate(SAMPLES / "kobo_single.csv", mapping=mapping)
        assert checked.ok
        apart = checked.rejected
        assert apart["_row"].tolist() == [2, 11]
        assert apart["_reasons"].tolist() == ["set apart: a test answer", "set apart: not approved"]
        assert apart["_line"][0].startswith("2026-03-09T17:29:00.412+00:00,")

    def test_next_wave_is_one_call(self, tmp_path):
        first = SAMPLES / "surveymonkey.csv"
        path = ps.draft_mapping(first).write(tmp_path / "wave.yaml")
        text = first.read_text(encoding="utf-8").replace("Leaseholder", "Owns the lease")
        second = tmp_path / "second.csv"
        second.write_text(text.replace("How old are you?", "Your age"), encoding="utf-8")
        checked = ps.validate(second, mapping=path)
        issues = checked.issues
        lacking = issues[issues["rule"] == "mapping"].iloc[0]
        assert lacking["message"] == (
            "the file has no column 'How old are you?', which wave.yaml takes for age"
        )
        assert lacking["hint"] == "mend wave.yaml"
        assert issues.loc[issues["rule"] == "unknown column", "column"].tolist() == ["Your age"]
        new = issues[issues["value"] == "Owns the lease"]
        assert set(new["column"]) == {"What is your housing situation?"}
        assert new["hint"].str.endswith("or say in the mapping what it means").all()
        lines = text.splitlines()
        assert all("Owns the lease" in lines[line - 1] for line in new["row"])

    def test_issues_and_rejected_rows_are_in_their_words(self, tmp_path):
        path = tmp_path / "wave.csv"
        path.write_text('No,Wer,Alter\n1,"Frau\n",45\n2,Mann,450\n3,x,9\n', encoding="utf-8")
        mapping = ColumnMapping(
            "estate_survey",
            {"No": "respondent_id", "Wer": "gender", "Alter": "age"},
            values={"gender": {"Frau": "Female", "Mann": "Male"}},
        )
        checked = ps.validate(path, mapping=mapping)
        found = checked.issues[["row", "column", "value", "rule"]].to_numpy().tolist()
        assert found == [[4, "Alter", "450", "range"], [5, "Wer", "x", "code"]]
        assert checked.valid[["gender", "age"]].to_numpy().tolist() == [["Female", 45]]
        assert checked.rejected[["No", "Wer", "Alter"]].to_numpy().tolist() == [
            ["2", "Mann", "450"],
            ["3", "x", "9"],
        ]

    def test_what_is_written_is_ours_and_valid(self, tmp_path):
        mapping = ps.draft_mapping(SAMPLES / "surveymonkey.csv")
        checked = ps.validate(SAMPLES / "surveymonkey.csv", mapping=mapping)
        folder = checked.write(tmp_path / "checked")
        again = ps.validate(folder / "valid" / "estate_survey.csv")
        assert again.ok
        fields = ["respondent_id", "ethnicity", "gender", "age", "survey_date"]
        pd.testing.assert_frame_equal(
            again.valid[fields], checked.valid[fields].reset_index(drop=True)
        )

    def test_read_table_says_what_it_left_out(self):
        mapping = ps.draft_mapping(SAMPLES / "kobo_single.csv")
        with pytest.warns(
            DataWarning, match=r"4 of 16 rows .* or are no response \(2\) and are left"
        ):
            typed = ps.read_table(SAMPLES / "kobo_single.csv", "estate_survey", mapping=mapping)
        assert typed["gender"].isin(["Female", "Male", "Other"]).sum() == 12

    def test_a_column_with_our_name_that_is_not_ours(self):
        wave = pd.DataFrame({"id": ["a"], "age": ["old"], "years": ["45"], "gender": ["x"]})
        mapping = ColumnMapping(
            "estate_survey", {"id": "respondent_id", "years": "age", "gender": ""}
        )
        checked = ps.validate(wave, mapping=mapping)
        assert checked.ok
        assert checked.valid["age"].tolist() == [45]
        assert checked.valid["age (not mapped)"].tolist() == ["old"]
        assert checked.valid["gender (not mapped)"].tolist() == ["x"]
        assert checked.issues["column"].tolist() == ["age"]  # nobody has told what it is

    def test_filled_values_and_questions_that_were_not_asked(self):
        wave = pd.DataFrame(
            {"heard": ["Yes", "No", "No", "", "dk"], "came": ["", "", "Yes", "", ""]}
        )
        mapping = ColumnMapping(
            "estate_survey",
            {"heard": "heard_of_meetings", "came": "came_last_year"},
            values={
                "heard_of_meetings": {"yes": "yes", "no": "no", "DK": "do not know"},
                "came_last_year": {"Yes": "yes"},
            },
            filled={"respondent_id": "w2-{line}", "wave": "2026"},
            asked_if={"came_last_year": {"heard_of_meetings": "yes"}},
        )
        typed = ps.read_table(wave, "estate_survey", mapping=mapping)
        assert typed["respondent_id"].tolist() == ["w2-1", "w2-2", "w2-3", "w2-4", "w2-5"]
        assert set(typed["wave"]) == {"2026"}
        assert typed.attrs["missing"] == {
            "heard_of_meetings": {"Not recorded": 1, "Do not know": 1},
            "came_last_year": {"Not recorded": 2, "Not asked": 2},
        }

    @pytest.mark.parametrize(
        ("order", "text", "date"),
        [
            ("day first", "02/03/2026 11:01", "2026-03-02"),
            ("month first", "2/3/2026", "2026-02-03"),
            ("day first", "2.3.2026", "2026-03-02"),
            ("day first", "02-03-2026", "2026-03-02"),
            ("", "2026-03-02T11:01:00.412+00:00", "2026-03-02"),
            ("", "2026/3/2 11:01:00 AM GMT", "2026-03-02"),
        ],
    )
    def test_dates_as_the_mapping_says(self, order, text, date):
        wave = pd.DataFrame({"respondent_id": ["a"], "survey_date": [text]})
        mapping = ColumnMapping("estate_survey", {}, dates={"survey_date": order})
        typed = ps.read_table(wave, "estate_survey", mapping=mapping)
        assert typed["survey_date"].tolist() == [pd.Timestamp(date)]

    @pytest.mark.parametrize("text", ["02/03/2026", "31/02/2026", "2026-13-01", "2/3/26", "soon"])
    def test_no_other_date_is_read(self, text):
        wave = pd.DataFrame({"respondent_id": ["a"], "survey_date": [text]})
        mapping = ColumnMapping("estate_survey", {"respondent_id": "respondent_id"})
        checked = ps.validate(wave, mapping=mapping)
        assert checked.issues["rule"].tolist() == ["type"]

    def test_codes_of_your_own(self):
        wave = pd.DataFrame({"respondent_id": ["a", "b"], "q": ["x", "y"]})
        mapping = ColumnMapping(
            "estate_survey", {"q": "ethnicity"}, values={"ethnicity": {"x": "Somali", "y": "Arab"}}
        )
        own = {"ethnicity_estate": ["Somali", "Arab"]}
        typed = ps.read_table(wave, "estate_survey", codelists=own, mapping=mapping)
        assert typed["ethnicity"].tolist() == ["Somali", "Arab"]
        with pytest.raises(InputError, match="'Somali' is none of our codes"):
            ps.validate(wave, mapping=mapping)

    @pytest.mark.slow
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from(["a", "b", "", "c "]), st.text(max_size=3)), max_size=12)
    )
    def test_any_table_comes_out_whole(self, rows):
        wave = pd.DataFrame({"k": [str(place) for place in range(len(rows) + 1)]})
        wave["g"] = [first for first, _ in rows] + ["a"]
        wave["t"] = [second for _, second in rows] + ["x"]
        mapping = ColumnMapping(
            "estate_survey",
            {"k": "respondent_id", "g": "gender", "t": "stratum"},
            values={"gender": {"A": "Female", "b": "not recorded"}},
        )
        checked = ps.validate(wave, mapping=mapping)
        assert len(checked.valid) + len(checked.rejected) == len(wave)
        kept = set(checked.valid["respondent_id"])
        assert kept.isdisjoint(checked.rejected["k"])
        assert (wave.loc[wave["k"].isin(kept), "g"] != "c ").all()
        came = wave.set_index("k").loc[checked.rejected["k"]]
        assert came["g"].tolist() == checked.rejected["g"].tolist()
        assert came["t"].tolist() == checked.rejected["t"].tolist()


class TestFile:
    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("columns: {a: gender}", "does not say which table.*table: estate_survey"),
            ("table: estate_survey\ncolums: {}", "no section 'colums'.*perhaps 'columns' is meant"),
            ("table: estate_survey\ncolumns: {a: gendr}", "no field .* 'gendr'.*'gender' is meant"),
            ("table: estate_survey\nvalues: {gendr: {a: b}}", "no field of estate_survey 'gendr'"),
            ("table: estate_survey\nasked_if: {age: {q: y}}", "no field of estate_survey 'q'"),
            ("table: estate_survey\ncolumns: {a: age, b: age}", "from 'a' and from 'b'"),
            (
                "table: estate_survey\ncolumns: {a: wave}\nfilled: {wave: x}",
                "from 'a' and from 'filled'",
            ),
            ("table: estate_survey\ncolumns: [a]", "'columns' is no list of pairs"),
            ("table: estate_survey\nvalues: a", "'values' is no list of pairs.*a field"),
            ("table: estate_survey\nvalues: {age: a}", "'age' is no list of pairs"),
            ("table: estate_survey\ncolumns: {a: {b: c}}", "'columns: a' has more than one value"),
            ("table: estate_survey\ndates: {survey_date: dmy}", "'dmy' says nothing of a date"),
            ("table: estate_survey\ndates: {age: day first}", "for a field of dates"),
            (
                "table: estate_survey\ncolumns: {'a b': age, 'a  b': wave}",
                "'a b' stands twice among the columns, but for spaces",
            ),
            (
                "table: estate_survey\nvalues: {wave: {Woman: f, 'woman ': m}}",
                "'Woman' and 'woman ' are one label.*one meaning; got 'f' and 'm'",
            ),
        ],
    )
    def test_what_no_mapping_can_say(self, tmp_path, text, match):
        path = tmp_path / "wave.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=match):
            read_mapping(path)

    @pytest.mark.parametrize(
        ("data", "match"),
        [
            (b"a: [", "not YAML: .*, line"),
            (b"table: x\ntable: y", "'table' stands there twice, line 1"),
            (b"\xff\xfe\x00", "no text in UTF-8"),
            (b"- a\n- b", "not a mapping file.*schema map FILE drafts one"),
            (b"", "not a mapping file"),
            (b"[" * 5000, "nested too deep"),
        ],
    )
    def test_what_is_no_mapping_file(self, tmp_path, data, match):
        path = tmp_path / "wave.yaml"
        path.write_bytes(data)
        with pytest.raises(SourceError, match=match):
            read_mapping(path)
        with pytest.raises(SourceError, match="there is no such file"):
            read_mapping(tmp_path / "none.yaml")

    def test_an_unknown_table(self, tmp_path):
        path = tmp_path / "wave.yaml"
        path.write_text("table: survey", encoding="utf-8")
        with pytest.raises(SchemaError, match="no table 'survey'"):
            read_mapping(path)

    def test_words_that_yaml_takes_for_something_else(self, tmp_path):
        path = tmp_path / "wave.yaml"
        path.write_text(
            "table: estate_survey\nvalues:\n  heard_of_meetings:\n    Yes: yes\n    NO: no\n"
            "    01: do not know\n",
            encoding="utf-8",
        )
        labels = read_mapping(path).values["heard_of_meetings"]
        assert labels == {"Yes": "yes", "NO": "no", "01": "do not know"}

    def test_another_readers_yaml_says_the_same(self, name, drafted):
        told = yaml.safe_load(drafted.to_yaml())
        assert told["columns"] == {key: text or None for key, text in drafted.columns.items()}
        for field, labels in drafted.values.items():
            assert told["values"][field] == {key: code or None for key, code in labels.items()}

    LABEL = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(LABEL, st.text(max_size=3)), LABEL)
    @example({"a" * 3000: "", "": "x", "#": "-", "? ": "\x85", "yes": "null"}, "note\n#")
    def test_any_label_survives_the_file(self, tmp_path, labels, note):
        # Labels that are one but for case and spaces are refused; that is tested elsewhere.
        labels = {key: labels[key] for key in {normal(key): key for key in labels}.values()}
        mapping = ColumnMapping(
            "estate_survey",
            {" ".join(key.split()): "" for key in labels},
            values={"cluster": {key: text.strip() for key, text in labels.items()}},
            notes={("values", "cluster", key): note for key in labels},
        )
        again = read_mapping(mapping.write(tmp_path / "any.yaml", overwrite=True))
        assert again.columns == mapping.columns
        assert again.values.get("cluster", {}) == mapping.values["cluster"]

    @pytest.mark.slow
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=80), st.integers(0, 900), st.integers(0, 900))
    def test_a_broken_file_is_refused_in_our_own_words(self, tmp_path, junk, start, end):
        path = tmp_path / "wave.yaml"
        whole = ps.draft_mapping(SAMPLES / "google_forms.csv").to_yaml().encode()
        path.write_bytes(whole[:start] + junk + whole[max(start, end) :])
        try:
            mapping = read_mapping(path)
            ps.validate(SAMPLES / "google_forms.csv", mapping=mapping)
        except ParticipationError as error:
            assert str(error)

    def test_what_somebody_filled_in_is_not_overwritten(self, tmp_path):
        mapping = ColumnMapping("estate_survey", {})
        path = mapping.write(tmp_path / "wave.yaml")
        with pytest.raises(OutputError, match=r"exists already.*would be lost"):
            mapping.write(path)
        with pytest.raises(OutputError, match="cannot be written"):
            mapping.write(tmp_path / "none" / "wave.yaml")


class TestRefused:
    def test_a_mapping_for_another_table(self):
        mapping = ColumnMapping("people", {})
        with pytest.raises(InputError, match=r"for the table 'people'.*take another mapping"):
            ps.validate(SAMPLES / "qualtrics.csv", "estate_survey", mapping=mapping)

    def test_a_mapping_for_several_tables(self, tmp_path):
        for source in (tmp_path, {"people": pd.DataFrame()}):
            with pytest.raises(InputError, match="a mapping is for one table"):
                ps.validate(source, mapping=ColumnMapping("people", {}))

    def test_a_tool_for_a_frame_or_one_that_is_unknown(self):
        wave = pd.DataFrame({"a": ["x"]})
        mapping = ColumnMapping("estate_survey", {}, tool="qualtrics")
        with pytest.raises(InputError, match="leave out the line 'tool' for a data frame"):
            ps.validate(wave, mapping=mapping)
        mapping = ColumnMapping("estate_survey", {}, tool="snap")
        with pytest.raises(InputError, match=r"tool: snap.*one of core_lettings"):
            ps.validate(SAMPLES / "qualtrics.csv", mapping=mapping)

    def test_a_label_mapped_to_no_code(self):
        wave = pd.DataFrame({"gender": ["x"]})
        mapping = ColumnMapping("estate_survey", {}, values={"gender": {"x": "Femal"}})
        with pytest.raises(InputError, match=r"values: gender: x: 'Femal' .*perhaps 'Female'"):
            ps.validate(wave, mapping=mapping)

    def test_a_question_asked_after_what_is_no_answer(self):
        wave = pd.DataFrame({"heard_of_meetings": ["yes"], "came_last_year": [""]})
        mapping = ColumnMapping(
            "estate_survey", {}, asked_if={"came_last_year": {"heard_of_meetings": "Yess"}}
        )
        with pytest.raises(InputError, match="asked_if: came_last_year: heard_of_meetings: 'Yess'"):
            ps.validate(wave, mapping=mapping)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(set(FILES) - {"spss"})),
    cut=st.integers(0, 5000),
    junk=st.binary(max_size=40),
    whole=st.booleans(),
)
@example(name="google_forms", cut=553, junk=b"", whole=False)
def test_a_broken_export_is_drafted_and_validated_or_refused(tmp_path, name, cut, junk, whole):
    data = (SAMPLES / FILES[name]).read_bytes()
    path = tmp_path / FILES[name]
    path.write_bytes(data[:cut] + junk + (data[cut:] if whole else b""))
    try:
        mapping = ps.draft_mapping(path)
        checked = ps.validate(path, mapping=mapping)
    except ParticipationError as error:
        assert str(error)
    else:
        table = checked.tables["estate_survey"].raw
        assert len(checked.valid) + len(checked.rejected) == table.came_in


class TestCommands:
    def run(self, capsys, *words):
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    def test_drafted_and_used(self, capsys, tmp_path):
        wave, path = SAMPLES / "kobo_single.csv", tmp_path / "wave.yaml"
        code, out, err = self.run(capsys, "schema", "map", wave, "--out", path)
        assert (code, out) == (0, f"Written: {path}\n")
        assert "To be decided by a person (3):" in err
        assert "  ethnicity / gypsy_traveller: unsure: no label that is known" in err
        code, out, err = self.run(capsys, "validate", wave, "--mapping", path)
        assert code == 1
        assert "line 8: ethnicity 'gypsy_traveller' is not one of its codes" in out
        text = path.read_text(encoding="utf-8")
        text = text.replace("gypsy_traveller:", "gypsy_traveller: Other White")
        path.write_text(text.replace('"999":', '"999": Not recorded'), encoding="utf-8")
        assert self.run(capsys, "validate", wave, "--mapping", path)[0] == 0

    @pytest.mark.slow
    def test_printed_and_never_overwritten(self, capsys, tmp_path):
        code, out, _ = self.run(capsys, "schema", "map", SAMPLES / "spss.sav")
        assert code == 0
        assert "  Q5AGE: age  # Q5. Age last birthday\n" in out
        path = tmp_path / "wave.yaml"
        path.write_text("mine", encoding="utf-8")
        words = ("schema", "map", SAMPLES / "spss.sav", "--out", path)
        code, _, err = self.run(capsys, *words)
        assert code == 2
        assert "exists already" in err
        assert path.read_text(encoding="utf-8") == "mine"
        assert self.run(capsys, *words, "--force")[0] == 0

    def test_what_cannot_be_mapped(self, capsys, tmp_path):
        code, _, err = self.run(capsys, "schema", "map", tmp_path / "none.csv")
        assert code == 2
        assert "there is no such file" in err
        code, _, err = self.run(capsys, "schema", "map", SAMPLES / "spss.sav", "--schema", "x")
        assert code == 2
        assert "no table 'x'" in err


def grouped(theirs, counts):
    """The expected counts under our codes."""
    found = {}
    for label, count in counts.items():
        code = OURS.get(theirs, {}).get(label, label)
        found[code] = found.get(code, 0) + count
    return found


def test_a_full_disk_leaves_the_mapping_that_stood_there(tmp_path):
    resource = pytest.importorskip("resource")
    source = tmp_path / "wave.csv"
    source.write_text("id,Ethnic group\nr1,Portuguese\n")
    mapping = ps.draft_mapping(source)
    kept = mapping.write(tmp_path / "map.yaml").read_text()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(OutputError, match="the file cannot be written"):
            mapping.write(tmp_path / "map.yaml", overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "map.yaml").read_text() == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.yaml", "wave.csv"]
