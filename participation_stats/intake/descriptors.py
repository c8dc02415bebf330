"""Schema and Field: a Table Schema descriptor, read and understood."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from participation_stats.cards import Card
from participation_stats.errors import SchemaError

from .catalogue import read_json, unknown_name

FieldType = Literal["string", "integer", "number", "boolean", "date"]


@dataclasses.dataclass(frozen=True)
class Field(Card):
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
class ForeignKey(Card):
    """Columns whose values must stand in the key columns of another table.

    `reference_table` is the table's own name where it refers to itself.
    """

    fields: tuple[str, ...]
    reference_table: str
    reference_fields: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Schema(Card):
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

    def __reduce__(self) -> tuple[partial[Schema], tuple[()]]:
        # A read-only mapping cannot be copied into another process; a dict can.
        return partial(_schema, **{**vars(self), "missing_values": dict(self.missing_values)}), ()

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


def _schema(*, missing_values: Mapping[str, str], **described: Any) -> Schema:
    """A schema whose missing values stay what they are."""
    return Schema(**described, missing_values=MappingProxyType(dict(missing_values)))


def read_schema(path: Path) -> Schema:
    """A schema from its file.

    Raises
    ------
    SchemaError
        If the file is missing, no JSON, or no Table Schema that this package can use.
    """
    descriptor = read_json(path)
    where = f"schema file {path.name}"
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("fields"), list):
        raise SchemaError("not a Table Schema", where=where, expected="an object with 'fields'")
    name = str(descriptor.get("name", path.stem))
    schema = _schema(
        name=name,
        title=str(descriptor.get("title", name)),
        description=str(descriptor.get("description", "")),
        fields=tuple(_field(entry, where) for entry in descriptor["fields"]),
        primary_key=_names(descriptor.get("primaryKey", ())),
        foreign_keys=tuple(
            _foreign_key(entry, name, where) for entry in descriptor.get("foreignKeys", ())
        ),
        missing_values=_missing(descriptor.get("missingValues", [""])),
    )
    named = [*schema.primary_key, *(name for key in schema.foreign_keys for name in key.fields)]
    for absent in [name for name in named if name not in schema.field_names]:
        raise SchemaError(f"a key names the field '{absent}', which the schema lacks", where=where)
    return schema


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


def _foreign_key(entry: Any, own_name: str, where: str) -> ForeignKey:
    try:
        reference = entry["reference"]
        return ForeignKey(
            fields=_names(entry["fields"]),
            reference_table=reference.get("resource") or own_name,
            reference_fields=_names(reference["fields"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaError(
            "a foreign key is incomplete",
            where=where,
            expected="fields, and reference with fields",
            got=repr(entry),
        ) from error


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _missing(entries: list[Any]) -> dict[str, str]:
    pairs = (
        (entry["value"], entry.get("label", "")) if isinstance(entry, dict) else (entry, "")
        for entry in entries
    )
    return dict(pairs)
