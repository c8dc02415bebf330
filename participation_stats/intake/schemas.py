"""Schema, Field and Codelist: the only reader of ``data_schemas/``.

The schemas are Table Schema v2 files and the code lists CSV files, so that they are usable
without this package. Nothing is fetched: what is read here was shipped with the package.
"""

from __future__ import annotations

import csv
import functools
import io
import textwrap
from pathlib import Path
from typing import Any, cast

from .catalogue import read_json, schemas_folder, unknown_name
from .codelists import Codelist, codelist_names, load_codelist
from .descriptors import Field, ForeignKey, Schema, read_schema

__all__ = [
    "Codelist",
    "Field",
    "ForeignKey",
    "Schema",
    "codelist_names",
    "describe",
    "descriptor",
    "load_codelist",
    "load_schema",
    "schema_names",
    "template",
]


@functools.cache
def schema_names() -> tuple[str, ...]:
    """Names of the nine tables of an estate.

    Examples
    --------
    >>> schema_names()
    ('estate_survey', 'people', 'bodies', 'memberships', 'meetings', 'attendance', 'decisions',
     'population', 'profiles')
    """
    package = read_json(schemas_folder() / "datapackage.json")
    return tuple(resource["name"] for resource in package["resources"])


def load_schema(name: str | Path) -> Schema:
    """The schema of one table, by name, or one of your own from a Table Schema file.

    Raises
    ------
    SchemaError
        If no table has that name, or the file is no Table Schema that this package can use.

    Examples
    --------
    >>> schema = load_schema("attendance")
    >>> schema.primary_key
    ('meeting_id', 'person_id')
    >>> schema.field("status").categories
    ('present', 'apologies', 'absent')
    >>> schema.missing_values["-9"]
    'Prefer not to say'
    """
    path = _path(name)
    return _shipped(path) if path.parent == schemas_folder() else read_schema(path)


def descriptor(name: str | Path) -> dict[str, Any]:
    """The Table Schema itself, as shipped, for other people's tools.

    Raises
    ------
    SchemaError
        As `load_schema`.

    Examples
    --------
    >>> descriptor("attendance")["primaryKey"]
    ['meeting_id', 'person_id']
    """
    load_schema(name)
    return cast(dict[str, Any], read_json(_path(name)))


def describe(name: str | Path) -> str:
    """A schema in words: one line a column, with type, codes and what must be filled.

    Raises
    ------
    SchemaError
        As `load_schema`.

    Examples
    --------
    >>> print(describe("profiles"))
    profiles: Published profiles
    One row is one cell of the published profile of a body, where no records of single people
    exist. Columns that are not named here may stand beside these; columns that are not required may
    be left out.
    <BLANKLINE>
      body_id (string, required)
          The body described.
      variable (string, required)
          The characteristic, by the name it has in the other tables.
      category (string, required)
          The group, by the name used in the population table; 'Not stated' where it is not known.
      count (integer, required, at least 0, people)
          Members of the body in the group.
    <BLANKLINE>
    A row is named by: body_id, variable, category.
    body_id must stand in bodies.
    Missing values: "" not recorded, "-9" prefer not to say, "-8" does not apply, "-7" do not know,
    "-1" not asked.
    """
    schema = load_schema(name)
    missing = ", ".join(f'"{raw}" {why.lower()}' for raw, why in schema.missing_values.items())
    lines = [
        f"{schema.name}: {schema.title}",
        *textwrap.wrap(schema.description, 96),
        "",
        *(line for field in schema.fields for line in _field_lines(field)),
        "",
        f"A row is named by: {', '.join(schema.primary_key) or 'nothing'}.",
        *(
            f"{', '.join(key.fields)} must stand in {key.reference_table}."
            for key in schema.foreign_keys
        ),
        *textwrap.wrap(f"Missing values: {missing}.", 96),
    ]
    return "\n".join(lines)


def template(name: str | Path) -> tuple[str, str]:
    """An empty CSV with the headings of a table, and one filled in as an example.

    Returns
    -------
    tuple of str
        The empty and the filled file. The rows of the second are invented and valid.

    Raises
    ------
    SchemaError
        As `load_schema`.

    Examples
    --------
    >>> empty, filled = template("profiles")
    >>> print(filled)
    body_id,variable,category,count
    committee,gender,Female,10
    committee,gender,Male,2
    <BLANKLINE>
    """
    schema = load_schema(name)
    empty = _csv_line(schema.field_names)
    shipped = schemas_folder() / "examples" / f"{schema.name}.csv"
    if schema.name == name and shipped.is_file():
        return empty, shipped.read_text(encoding="utf-8")
    return empty, empty + _csv_line(tuple(field.example for field in schema.fields))


def _path(name: str | Path) -> Path:
    if str(name).endswith(".json"):
        return Path(name)
    if name not in schema_names():
        raise unknown_name("table", name, schema_names(), where="load_schema")
    return schemas_folder() / f"{name}.json"


@functools.cache
def _shipped(path: Path) -> Schema:
    return read_schema(path)


def _field_lines(field: Field) -> list[str]:
    facts = [
        field.type,
        "required" if field.required else "",
        f"at least {field.minimum:g}" if field.minimum is not None else "",
        f"at most {field.maximum:g}" if field.maximum is not None else "",
        field.unit,
        "special category" if field.sensitive else "",
    ]
    codes = textwrap.wrap(f"One of: {' | '.join(field.categories)}", 90) if field.categories else []
    meaning = textwrap.wrap(field.description, 90)
    return [
        f"  {field.name} ({', '.join(fact for fact in facts if fact)})",
        *(f"      {line}" for line in meaning + codes),
    ]


def _csv_line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
