"""The schemas: what they say, that others' tools read them, and that the examples are valid."""

import copy
import csv
import dataclasses
import io
import json
import pickle
import warnings

import pandas as pd
import pytest

from participation_stats.errors import SchemaError
from participation_stats.intake import catalogue, descriptors, schemas
from participation_stats.intake.schemas import load_codelist, load_schema, schema_names

FOLDER = catalogue.schemas_folder()
DEMOGRAPHICS = [
    "ethnicity",
    "gender",
    "sex",
    "age",
    "age_band",
    "housing_tenure",
    "length_of_residence",
    "length_of_residence_band",
    "disability",
]
COLUMNS = {
    "estate_survey": [
        *["respondent_id", "household_id", "wave", "survey_date"],
        *DEMOGRAPHICS,
        *["weight", "stratum", "cluster", "heard_of_meetings", "came_last_year", "volunteered"],
        *["can_influence", "trusts_landlord"],
    ],
    "people": [*["person_id", "capacity", "organisation"], *DEMOGRAPHICS, "moved_in", "moved_out"],
    "bodies": ["body_id", "name", "kind", "parent_body_id", "decision_rule", "quota"],
    "memberships": ["body_id", "person_id", "role", "capacity", "votes", "start_date", "end_date"],
    "meetings": ["meeting_id", "body_id", "date", "format", "open_to"],
    "attendance": ["meeting_id", "person_id", "status", "capacity", "spoke"],
    "decisions": ["decision_id", "meeting_id", "proposed_by", "capacity", "outcome"],
    "population": [
        "variable",
        "category",
        "count",
        "share",
        "std_error",
        "source",
        "reference_date",
    ],
    "profiles": ["body_id", "variable", "category", "count"],
}
PRIMARY_KEYS = {
    "estate_survey": ("respondent_id",),
    "people": ("person_id",),
    "bodies": ("body_id",),
    "memberships": ("body_id", "person_id", "role", "start_date"),
    "meetings": ("meeting_id",),
    "attendance": ("meeting_id", "person_id"),
    "decisions": ("decision_id",),
    "population": ("variable", "category"),
    "profiles": ("body_id", "variable", "category"),
}
FIELDS = [(name, field) for name in schema_names() for field in load_schema(name).fields]
FIELD_IDS = [f"{name}.{field.name}" for name, field in FIELDS]


def frictionless_errors(descriptor, basepath=FOLDER):
    """What frictionless-py finds wrong with a data package, one line each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations are no concern of these schemas
        from frictionless import Package, system

        with system.use_context(trusted=True):
            report = Package(descriptor, basepath=str(basepath)).validate()
    return [f"{e[0]}: {e[-1]}" for e in report.flatten(["type", "rowNumber", "note"])]


def test_tables_are_the_nine_of_the_house_in_order():
    assert schema_names() == tuple(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_keys(name):
    schema = load_schema(name)
    assert list(schema.field_names) == COLUMNS[name]
    assert schema.primary_key == PRIMARY_KEYS[name]
    assert set(schema.primary_key) <= set(schema.required), "a key is never missing"


@pytest.mark.parametrize("name", COLUMNS)
def test_foreign_keys_lead_to_the_primary_key_of_a_table(name):
    for key in load_schema(name).foreign_keys:
        assert set(key.fields) <= set(COLUMNS[name])
        assert key.reference_fields == PRIMARY_KEYS[key.reference_table]


def test_a_table_that_refers_to_itself_is_named():
    (key,) = load_schema("bodies").foreign_keys
    assert (key.fields, key.reference_table) == (("parent_body_id",), "bodies")


@pytest.mark.parametrize("name", COLUMNS)
def test_missing_values_are_those_of_the_code_list(name):
    reasons = load_codelist("missing_reason")
    expected = dict(zip(reasons.codes, reasons.labels, strict=True))
    assert dict(load_schema(name).missing_values) == expected
    assert set(expected) == {"", "-9", "-8", "-7", "-1"}


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=FIELD_IDS)
def test_fields_are_described(table, field):
    assert field.title
    assert field.title[0].isupper()
    assert field.description.endswith((".", "?"))
    assert field.example != ""
    assert bool(field.unit) == (field.type in ("integer", "number"))


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=FIELD_IDS)
def test_categories_enum_and_code_list_are_one(table, field):
    raw = next(
        f for f in schemas.descriptor(table)["fields"] if f["name"] == field.name
    )  # the file itself, as a reader of v1 (enum) or v2 (categories) sees it
    assert (field.codelist is None) == (field.categories is None)
    if field.codelist is None:
        assert "enum" not in raw.get("constraints", {})
        return
    codelist = load_codelist(field.codelist)
    assert field.categories == codelist.codes
    assert [str(code) for code in raw["constraints"]["enum"]] == list(codelist.codes)
    assert [entry["label"] for entry in raw["categories"]] == list(codelist.labels)
    assert field.example in codelist.codes


def test_sensitive_fields_are_marked_wherever_they_stand():
    special = {"ethnicity", "gender", "sex", "disability"}
    for name in schema_names():
        schema = load_schema(name)
        assert schema.sensitive == special & set(schema.field_names)


def test_sex_and_gender_are_two_fields_with_two_lists():
    people = load_schema("people")
    assert people.field("sex").codelist == "sex"
    assert people.field("gender").codelist == "gender"
    assert load_codelist("sex").codes == ("Female", "Male")
    assert load_codelist("gender").codes == ("Female", "Male", "Other")


@pytest.mark.parametrize("name", COLUMNS)
def test_extra_columns_are_allowed_and_the_standard_is_named(name):
    raw = schemas.descriptor(name)
    assert raw["fieldsMatch"] == "partial"
    assert raw["$schema"] == "https://datapackage.org/profiles/2.0/tableschema.json"


@pytest.mark.parametrize("folder", [".", "codelists", "benchmarks"])
def test_frictionless_finds_every_package_valid_with_its_data_and_keys(folder):
    assert frictionless_errors("datapackage.json", FOLDER / folder) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column", "value", "kind"),
    [
        ("estate_survey", "ethnicity", "Martian", "constraint-error"),
        ("estate_survey", "can_influence", "6", "constraint-error"),
        ("people", "age", "fifty", "type-error"),
        ("people", "age", "-3", "constraint-error"),
        ("meetings", "date", "2011-02-30", "type-error"),
        ("meetings", "date", "", "constraint-error"),
        ("attendance", "person_id", "nobody", "foreign-key"),
        ("population", "share", "18", "constraint-error"),
        ("profiles", "variable", "Ethnic group", "constraint-error"),
    ],
)
def test_frictionless_finds_what_is_wrong(tmp_path, table, column, value, kind):
    package = json.loads((FOLDER / "datapackage.json").read_text())
    for resource in package["resources"]:
        frame = pd.read_csv(FOLDER / resource["path"], dtype=str, keep_default_na=False)
        if resource["name"] == table:
            frame.loc[0, column] = value
        frame.to_csv(tmp_path / f"{resource['name']}.csv", index=False)
        schema = json.loads((FOLDER / resource["schema"]).read_text())
        resource |= {"path": f"{resource['name']}.csv", "schema": schema}
    (tmp_path / "datapackage.json").write_text(json.dumps(package))
    errors = frictionless_errors("datapackage.json", tmp_path)
    assert {error.split(":")[0] for error in errors} == {kind}


@pytest.mark.parametrize("name", COLUMNS)
def test_template(name):
    empty, filled = schemas.template(name)
    assert list(csv.reader(io.StringIO(empty))) == [COLUMNS[name]]
    rows = list(csv.DictReader(io.StringIO(filled)))
    assert list(rows[0]) == COLUMNS[name]
    assert len(rows) >= 2


def test_template_of_your_own_schema(tmp_path):
    own = tmp_path / "walks.json"
    fields = [
        {"name": "walk", "example": "a, b"},
        {"name": "on", "type": "date", "example": "2011-10-26"},
    ]
    own.write_text(json.dumps({"fields": fields}))
    assert schemas.template(own) == ("walk,on\n", 'walk,on\n"a, b",2011-10-26\n')


def test_a_schema_of_version_1_is_read(tmp_path):
    own = tmp_path / "walks.json"
    descriptor = {
        "fields": [{"name": "pace", "constraints": {"enum": ["slow", "fast"], "required": True}}],
        "missingValues": ["", "NA"],
        "primaryKey": "pace",
        "foreignKeys": [{"fields": "pace", "reference": {"resource": "paces", "fields": "id"}}],
    }
    own.write_text(json.dumps(descriptor))
    schema = load_schema(own)
    assert schema.name == "walks"
    assert schema.field("pace").categories == ("slow", "fast")
    assert dict(schema.missing_values) == {"": "", "NA": ""}
    assert schema.primary_key == ("pace",)
    assert schema.foreign_keys == (descriptors.ForeignKey(("pace",), "paces", ("id",)),)
    assert load_schema(str(own)) == schema


def test_schemas_cannot_be_changed():
    schema = load_schema("people")
    with pytest.raises(dataclasses.FrozenInstanceError):
        schema.name = "persons"
    with pytest.raises(TypeError):
        schema.missing_values["?"] = "Unknown"


@pytest.mark.parametrize("again", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("name", schema_names())
def test_a_copy_of_a_schema_is_equal_and_cannot_be_changed_either(name, again):
    schema = again(load_schema(name))
    assert schema == load_schema(name)
    with pytest.raises(TypeError):
        schema.missing_values["?"] = "Unknown"


def test_description_in_words_names_every_column_and_key():
    for name in schema_names():
        text = schemas.describe(name)
        for field in load_schema(name).fields:
            assert f"\n  {field.name} ({field.type}" in text
        assert max(map(len, text.splitlines())) <= 100
    assert "special category" in schemas.describe("people")
    assert "One of: present | apologies | absent" in schemas.describe("attendance")


def test_unknown_table_is_named_with_the_nearest():
    with pytest.raises(SchemaError) as caught:
        load_schema("atendance")
    assert str(caught.value) == (
        "load_schema: no table 'atendance'. Expected one of estate_survey, people, bodies, "
        "memberships, meetings, attendance, decisions, population, profiles. "
        "Hint: the nearest name is 'attendance'."
    )


def test_unknown_field():
    with pytest.raises(SchemaError, match=r"schema 'profiles': no field 'share'\. Expected one of"):
        load_schema("profiles").field("share")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"schema file own\.json: cannot be read: .*Expected a JSON file"),
        ("[]", r"own\.json: not a Table Schema\. Expected an object with 'fields'"),
        ('{"fields": 3}', r"own\.json: not a Table Schema\."),
        ('{"fields": ["a"]}', r"own\.json: a field has no name\. Got 'a'\."),
        (
            '{"fields": [{"name": "a", "type": "geopoint"}]}',
            r"field 'a' has a type that is not supported\. Expected string or integer or number "
            r"or boolean or date; got 'geopoint'",
        ),
        (
            '{"fields": [{"name": "a"}], "foreignKeys": [{"fields": "a"}]}',
            r"own\.json: a foreign key is incomplete\. Expected fields, and reference with",
        ),
        (
            '{"fields": [{"name": "a"}], "primaryKey": ["b"]}',
            r"own\.json: a key names the field 'b', which the schema lacks",
        ),
    ],
)
def test_a_file_that_is_no_schema(tmp_path, text, message):
    own = tmp_path / "own.json"
    own.write_text(text)
    with pytest.raises(SchemaError, match=message):
        load_schema(own)


def test_a_schema_file_that_is_not_there(tmp_path):
    with pytest.raises(SchemaError, match=r"schema file gone\.json: cannot be read: .*No such"):
        load_schema(tmp_path / "gone.json")


def test_an_installation_without_schemas_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(catalogue, "_PLACES", (tmp_path,))
    with pytest.raises(SchemaError, match=r"the folder data_schemas is missing.*install the"):
        catalogue.schemas_folder.__wrapped__()


def test_the_package_looks_inside_itself_before_beside_itself(monkeypatch, tmp_path):
    places = tmp_path / "inside", tmp_path / "beside"
    for place in places:
        place.mkdir()
    monkeypatch.setattr(catalogue, "_PLACES", places)
    (places[1] / "datapackage.json").touch()
    assert catalogue.schemas_folder.__wrapped__() == places[1]
    (places[0] / "datapackage.json").touch()
    assert catalogue.schemas_folder.__wrapped__() == places[0]
