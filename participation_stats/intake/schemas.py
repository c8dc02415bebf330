"""Schema, Field and Codelist: the only reader of ``data_schemas/``.

The schemas are Table Schema v2 files and the code lists CSV files, so that they are usable
without this package. Nothing is fetched: what is read here was shipped with the package.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from participation_stats.errors import SchemaError

from .catalogue import read_json, schemas_folder, unknown_name
from .codelists import Codelist, codelist_names, load_codelist

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

FieldType = Literal["string", "integer", "number", "boolean", "date"]


@dataclasses.dataclass(frozen=True)
class Field:
    """One column of a table, as its schema describes it.

    Attributes
    ----------
    name, title, description : str
        The column's name, its heading for people, and its meaning.
    type : {"string", "integer", "number", "boolean", "date"}
    required : bool
        The column must be there and no value of it may be missing.
    unique : bool
        No value may stand twice.
    minimum, maximum : float, optional
        Limits, both included, in `unit`.
    pattern : str, optional
        A regular expression that the whole value must match.
    codelist : str, optional
        Name of the code list, for `load_codelist`.
    categories : tuple of str, optional
        The codes allowed, as text (``"1"`` for the integer 1), in the order of the list.
    sensitive : bool
        Special-category or protected: see the disclosure rules.
    unit : str
        Unit of a number: ``"years"``, ``"fraction"``, ``"residents"`` …; ``""`` for none.
    example : str
        A value that would be valid, as text.
    """

    name: str
    type: FieldType
    title: str
    description: str
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    codelist: str | None = None
    categories: tuple[str, ...] | None = None
    sensitive: bool = False
    unit: str = ""
    example: str = ""


@dataclasses.dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in the key columns of another table.

    `reference_table` is the table's own name where it refers to itself.
    """

    fields: tuple[str, ...]
    reference_table: str
    reference_fields: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Schema:
    """What one table of an estate looks like.

    Columns beyond those of the schema are allowed, and those not required may be absent
    (``fieldsMatch: partial``).

    Attributes
    ----------
    name, title, description : str
    fields : tuple of Field
    primary_key : tuple of str
        The columns that together name a row; none of them may be missing.
    foreign_keys : tuple of ForeignKey
    missing_values : mapping of str to str
        The raw values that mean "missing", each with its reason.
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    missing_values: Mapping[str, str]

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises
        ------
        SchemaError
            If the schema has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise unknown_name("field", name, self.field_names, where=f"schema '{self.name}'")

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields in the order of the schema."""
        return tuple(field.name for field in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the fields that must be there and filled."""
        return tuple(field.name for field in self.fields if field.required)

    @property
    def sensitive(self) -> frozenset[str]:
        """The names of the special-category and protected fields."""
        return frozenset(field.name for field in self.fields if field.sensitive)


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
    return _schema(_path(name))


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
    if isinstance(name, Path) or name.endswith(".json"):
        return Path(name)
    if name not in schema_names():
        raise unknown_name("table", name, schema_names(), where="load_schema")
    return schemas_folder() / f"{name}.json"


@functools.cache
def _schema(path: Path) -> Schema:
    descriptor = read_json(path)
    where = f"schema file {path.name}"
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("fields"), list):
        raise SchemaError("not a Table Schema", where=where, expected="an object with 'fields'")
    name = str(descriptor.get("name", path.stem))
    return Schema(
        name=name,
        title=str(descriptor.get("title", name)),
        description=str(descriptor.get("description", "")),
        fields=tuple(_field(entry, where) for entry in descriptor["fields"]),
        primary_key=_names(descriptor.get("primaryKey", ())),
        foreign_keys=tuple(
            _foreign_key(entry, name) for entry in descriptor.get("foreignKeys", ())
        ),
        missing_values=_missing(descriptor.get("missingValues", [""])),
    )


def _field(entry: Any, where: str) -> Field:
    if not isinstance(entry, dict) or "name" not in entry:
        raise SchemaError("a field has no name", where=where, got=repr(entry))
    kind = entry.get("type", "string")
    if kind not in get_args(FieldType):
        raise SchemaError(
            f"field '{entry['name']}' has a type that is not supported",
            where=where,
            expected=" or ".join(get_args(FieldType)),
            got=repr(kind),
        )
    limits = entry.get("constraints", {})
    return Field(
        name=entry["name"],
        type=cast(FieldType, kind),
        title=str(entry.get("title", entry["name"])),
        description=entry.get("description", ""),
        required=bool(limits.get("required", False)),
        unique=bool(limits.get("unique", False)),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        pattern=limits.get("pattern"),
        codelist=entry.get("codelist"),
        categories=_categories(entry.get("categories", limits.get("enum"))),
        sensitive=bool(entry.get("sensitive", False)),
        unit=entry.get("unit", ""),
        example=str(entry.get("example", "")),
    )


def _categories(entries: list[Any] | None) -> tuple[str, ...] | None:
    """Codes of `categories` (v2: values, or objects with value and label) or of `enum` (v1)."""
    if entries is None:
        return None
    return tuple(str(entry["value"] if isinstance(entry, dict) else entry) for entry in entries)


def _foreign_key(entry: dict[str, Any], own_name: str) -> ForeignKey:
    reference = entry["reference"]
    return ForeignKey(
        fields=_names(entry["fields"]),
        reference_table=reference.get("resource") or own_name,
        reference_fields=_names(reference["fields"]),
    )


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _missing(entries: list[Any]) -> Mapping[str, str]:
    pairs = (
        (entry["value"], entry.get("label", "")) if isinstance(entry, dict) else (entry, "")
        for entry in entries
    )
    return MappingProxyType(dict(pairs))


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
