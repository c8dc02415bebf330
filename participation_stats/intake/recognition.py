"""Which table of an estate a file or frame is: by its name, else by its headings."""

from __future__ import annotations

from participation_stats.errors import InputError

from .raw import RawTable
from .schemas import Schema, load_schema, schema_names


def all_fields() -> set[str]:
    """The names of every field of every table."""
    return {field for name in schema_names() for field in load_schema(name).field_names}


def recognised(raw: RawTable) -> Schema:
    """The schema that a table's file name, or else its headings, speak of.

    Raises
    ------
    InputError
        If neither speaks of one.
    """
    stem = raw.name.lower()
    named = [name for name in schema_names() if stem.startswith(name)]
    if named:
        return load_schema(max(named, key=len))
    schemas = [load_schema(name) for name in schema_names()]
    fitting = [schema for schema in schemas if set(schema.required) <= set(raw.columns)]
    if not fitting:
        raise InputError(
            "it cannot be told which table this is",
            where=f"validate({raw.origin})",
            expected="one of " + ", ".join(schema_names()),
            got="the columns " + ", ".join(list(raw.columns)[:8]),
            hint="name it: validate(source, schema='people')",
        )
    return max(fitting, key=lambda schema: len(set(schema.field_names) & set(raw.columns)))
