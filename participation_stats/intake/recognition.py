"""Which table of an estate a file or frame is: by its name, else by its headings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from participation_stats.errors import InputError, ParticipationError

from .raw import RawTable
from .schemas import Schema, load_schema, schema_names


def all_fields() -> set[str]:
    """The names of every field of every table."""
    return {field for name in schema_names() for field in load_schema(name).field_names}


def recognised(raw: RawTable, source: Any = None) -> Schema:
    """The schema that a table's file name, or else its headings, speak of.

    Parameters
    ----------
    raw : RawTable
    source : path, optional
        The file, looked at once more where nothing speaks of a schema, to say what it may be.

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
            hint=_hint(source),
        )
    return max(fitting, key=lambda schema: len(set(schema.field_names) & set(raw.columns)))


def _hint(source: Any) -> str:
    """What to do with a file that is no table of ours: many are of a survey tool, or a register."""
    if isinstance(source, str | Path):
        path = Path(source)
        tool = _tool(path)
        if tool is not None:
            return (
                f"it looks like an export of {tool}: draft a mapping with participation-stats "
                f"schema map {path.name} --out wave.yaml, and validate with --mapping wave.yaml"
            )
        if _is_register(path):
            return "it looks like a register with dates across the top: ps.read_register reads it"
    return "name it: validate(source, schema='people')"


def _tool(path: Path) -> str | None:
    from .exports import tool_of_file

    try:
        return tool_of_file(path)
    except ParticipationError:
        return None


def _is_register(path: Path) -> bool:
    from .registers import read_register

    try:
        return len(read_register(path).attendance) > 0
    except ParticipationError:
        return False
