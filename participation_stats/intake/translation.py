"""Putting a mapping to a table: their cells become ours, and what was written is kept beside."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .checking import Codelists, codes_of
from .exports import TOOLS, read_export_raw
from .mappings import LINE, ColumnMapping, check_mapping, meant, read_mapping
from .parsing import spell
from .raw import Cells, RawTable, Remark, from_series
from .schemas import Field, Schema
from .sources import read_raw
from .spelling import normal
from .suggestions import nearest

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

NOT_ASKED = "Not asked"
#: A date in figures; whether day or month is first is for the mapping to say.
_FIGURES = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b.*", re.DOTALL)
_YEAR_FIRST = re.compile(r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d).*", re.DOTALL)


def read_mapped(
    source: str | Path | IntoFrame,
    mapping: ColumnMapping | str | Path,
    schema: Schema,
    codelists: Codelists,
) -> RawTable:
    """Read somebody's file as a table of ours.

    Raises
    ------
    SourceError, MissingExtraError
        If the file or the mapping file cannot be read.
    InputError
        If the mapping is for another table, or says something that no mapping can say.
    """
    chosen = mapping if isinstance(mapping, ColumnMapping) else read_mapping(mapping)
    if chosen.table != schema.name and not chosen.table.endswith(".json"):
        raise InputError(
            f"the mapping is for the table '{chosen.table}'",
            where=chosen.origin,
            expected=schema.name,
            hint="leave out the schema, or take another mapping",
        )
    check_mapping(chosen, schema)
    if chosen.tool is None:
        raw = read_raw(source, name=schema.name, known=[*chosen.columns, *schema.field_names])
    elif isinstance(source, str | Path) and chosen.tool in TOOLS:
        raw = read_export_raw(Path(source), chosen.tool, schema.name)
    else:
        raise InputError(
            f"the mapping says tool: {chosen.tool}",
            where=chosen.origin,
            expected="one of " + ", ".join(TOOLS) + ", for a file",
            hint="leave out the line 'tool' for a data frame",
        )
    return translate(raw, chosen, schema, codelists)


def translate(
    raw: RawTable, mapping: ColumnMapping, schema: Schema, codelists: Codelists
) -> RawTable:
    """A table under our names and codes; `written` holds it as it came.

    Raises
    ------
    InputError
        If a label is mapped to what is no code.
    """
    columns: dict[str, Cells] = {}
    headings: dict[str, str] = {}
    for heading, cells in raw.columns.items():
        target = _target(heading, mapping, schema)
        name = target or (f"{heading} (not mapped)" if heading in schema.field_names else heading)
        headings[name] = heading
        if target:
            cells = _translated(cells, schema.field(target), mapping, schema, codelists)
        columns[name] = cells
    for name, text in mapping.filled.items():
        columns[name] = _filled(text, raw)
    for name, conditions in mapping.asked_if.items():
        if name in columns:
            after = _answers(name, conditions, mapping, schema, codelists)
            columns[name] = _routed(columns, name, after, schema)
    return dataclasses.replace(
        raw,
        columns=columns,
        remarks=(*raw.remarks, *_lacking(raw, mapping)),
        written=raw.columns,
        headings=headings,
        unused=frozenset(name for name in headings if headings[name] in mapping.columns),
    )


def _target(heading: str, mapping: ColumnMapping, schema: Schema) -> str:
    """The field that a column becomes; one with the name of a field is that, unless told else."""
    if heading in mapping.columns:
        return mapping.columns[heading]
    taken = heading in mapping.columns.values() or heading in mapping.filled
    return heading if heading in schema.field_names and not taken else ""


def _translated(
    cells: Cells, own: Field, mapping: ColumnMapping, schema: Schema, codelists: Codelists
) -> Cells:
    codes = codes_of(own, codelists)
    where = f"{mapping.origin}: values: {own.name}"
    known = {
        normal(label): meant(ours, codes, schema, f"{where}: {label}")
        for label, ours in mapping.values.get(own.name, {}).items()
        if ours
    }
    order = mapping.dates.get(own.name, "")
    values = []
    for value in cells.values:
        text = spell(value)
        ours = known.get(normal(text))
        if ours is None and own.type == "date":
            ours = plain_date(text, order)
        values.append(value if ours is None else ours)
    return _coded(values, cells.codes)


def _coded(values: list[Any], codes: np.ndarray[Any, np.dtype[np.int32]]) -> Cells:
    """Cells whose distinct values are new ones, of which two may have become one."""
    distinct = from_series(pd.Series(values, dtype=object))
    return Cells(distinct.values, distinct.codes[codes])


def plain_date(text: str, order: str) -> str | None:
    """A date as year-month-day, without the time of day; None if it cannot be told."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif order and (found := _FIGURES.fullmatch(text)):
        first, _, second, year = found.groups()
        day, month = (first, second) if order == "day first" else (second, first)
    else:
        return None
    return f"{year}-{month:0>2}-{day:0>2}"


def _filled(text: str, raw: RawTable) -> Cells:
    if LINE not in text:
        return Cells(np.array([text], dtype=object), np.zeros(len(raw), dtype=np.int32))
    texts = [text.replace(LINE, str(line)) for line in raw.lines]
    return Cells(np.array(texts, dtype=object), np.arange(len(raw), dtype=np.int32))


def _answers(
    name: str,
    conditions: Mapping[str, str],
    mapping: ColumnMapping,
    schema: Schema,
    codelists: Codelists,
) -> dict[str, str]:
    """The codes after which a question was asked: a misspelt one would unask it of everybody."""
    return {
        field: meant(
            wanted,
            codes_of(schema.field(field), codelists),
            schema,
            f"{mapping.origin}: asked_if: {name}: {field}",
        )
        for field, wanted in conditions.items()
    }


def _routed(
    columns: Mapping[str, Cells], name: str, conditions: Mapping[str, str], schema: Schema
) -> Cells:
    """An empty cell after another answer than the one wanted was not asked."""
    cells = columns[name]
    blank = np.array([not spell(value).strip() for value in cells.values], dtype=bool)[cells.codes]
    elsewhere = np.zeros(len(blank), dtype=bool)
    for field, wanted in conditions.items():
        if field in columns:
            asked = columns[field]
            other = [spell(value).strip() not in ("", wanted) for value in asked.values]
            elsewhere |= np.array(other, dtype=bool)[asked.codes]
    code = next((raw for raw, why in schema.missing_values.items() if why == NOT_ASKED), "")
    codes = np.where(blank & elsewhere, len(cells.values), cells.codes).astype(np.int32)
    return _coded([*cells.values, code], codes)


def _lacking(raw: RawTable, mapping: ColumnMapping) -> list[Remark]:
    found = []
    for heading, target in mapping.columns.items():
        if target and heading not in raw.columns:
            close = nearest(heading, [name for name in raw.columns if name not in mapping.columns])
            found.append(
                Remark(
                    "mapping",
                    "warning",
                    f"the file has no column '{heading}', which {mapping.origin} takes "
                    f"for {target}",
                    f"perhaps '{close}' is meant" if close else f"mend {mapping.origin}",
                    column=heading,
                )
            )
    return found
