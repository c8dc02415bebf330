"""Keys: rows that should differ and do not, and references to rows that are not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .checked import CheckedTable, Column
from .issues import Finding
from .parsing import shortened
from .raw import RawTable, Rows
from .schemas import ForeignKey, Schema

#: The columns in which two rows of one person differ who moved away and came back.
RESIDENCE = frozenset({"moved_in", "moved_out"})
SPELLS = (
    "of somebody who moved away and came back keep the spell that the records are of, or give "
    "each spell a person_id of its own"
)


def key_findings(raw: RawTable, schema: Schema, columns: Mapping[str, Column]) -> list[Finding]:
    """Rows that stand twice, and different rows under one key.

    Of rows that agree in every cell the first is kept. Where rows under one key differ, nobody
    can know which is right, so all of them are errors.
    """
    found: list[Finding] = []
    if schema.primary_key and all(name in columns for name in schema.primary_key):
        found += _same_key(raw, schema.primary_key, columns, "primary key")
    for field in schema.fields:
        if field.unique and field.name in columns and schema.primary_key != (field.name,):
            found += _same_key(raw, (field.name,), columns, "unique")
    return found


def _same_key(
    raw: RawTable, names: tuple[str, ...], columns: Mapping[str, Column], rule: str
) -> list[Finding]:
    keys = combined([columns[name].keys() for name in names])
    if _all_different(keys[keys >= 0]):
        return []
    rows = np.flatnonzero(pd.Series(keys).duplicated(keep=False).to_numpy() & (keys >= 0))
    cells = raw.frame(rows).astype("str").assign(**{"": keys[rows]})
    copy = cells.duplicated(keep="first").to_numpy()
    cells, kept = cells[~copy], rows[~copy]
    clash = cells[""].duplicated(keep=False).to_numpy()
    found = [_copies(raw, names, columns, rows, copy, keys)] if copy.any() else []
    if clash.any():
        found.append(_clashes(raw, names, columns, cells[clash], kept[clash], rule))
    return found


def _all_different(keys: NDArray[np.int64]) -> bool:
    # Nearly always so, and to sort takes a fifth of the memory of a table of hashes.
    keys.sort()
    return bool((keys[1:] != keys[:-1]).all())


def combined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """One number for each row that stands for several; −1 where any of them is −1."""
    whole = parts[0]
    for part in parts[1:]:
        width = int(part.max(initial=0)) + 1
        if int(whole.max(initial=0)) > np.iinfo(np.int64).max // (width + 1):
            whole = pd.factorize(whole)[0].astype(np.int64)
        whole = np.where((whole < 0) | (part < 0), -1, whole * width + part)
    return whole


def _copies(
    raw: RawTable,
    names: tuple[str, ...],
    columns: Mapping[str, Column],
    rows: Rows,
    copy: NDArray[np.bool_],
    keys: NDArray[np.int64],
) -> Finding:
    lines = pd.Series(raw.lines[rows])
    first = lines.groupby(keys[rows]).transform("first").to_numpy()[copy]
    return Finding(
        raw.name,
        "duplicate row",
        "error",
        np.array([f"the same row as on line {line}" for line in first], dtype=object),
        "one of them is enough; the first is kept",
        rows=rows[copy],
        column=", ".join(names),
        values=_key_texts(names, columns, rows[copy]),
    )


def _clashes(
    raw: RawTable,
    names: tuple[str, ...],
    columns: Mapping[str, Column],
    cells: pd.DataFrame,
    rows: Rows,
    rule: str,
) -> Finding:
    groups = cells.groupby("")
    differing = groups.agg(pd.Series.nunique, dropna=False).gt(1)
    words = differing.apply(lambda row: ", ".join(row.index[row]), axis=1)
    lines = pd.Series(raw.lines[rows], index=cells.index)
    other = lines.groupby(cells[""]).agg(["first", "last"]).loc[cells[""]].to_numpy()
    elsewhere = np.where(other[:, 0] == lines.to_numpy(), other[:, 1], other[:, 0])
    named = " and ".join(names)
    messages = [
        f"line {line} has the same {named} but another {what}"
        for line, what in zip(elsewhere, words.loc[cells[""]], strict=True)
    ]
    statuses = (
        raw.name == "attendance" and "status" in differing and bool(differing["status"].all())
    )
    return Finding(
        raw.name,
        "two statuses" if statuses else rule,
        "error",
        np.array(messages, dtype=object),
        SPELLS
        if raw.name == "people" and set(differing.columns[differing.any()]) <= RESIDENCE
        else "keep the row that is right and delete the other",
        rows=rows,
        column=", ".join(names),
        values=_key_texts(names, columns, rows),
    )


def _key_texts(
    names: tuple[str, ...], columns: Mapping[str, Column], rows: Rows
) -> NDArray[np.object_]:
    texts = pd.Series(columns[names[0]].texts(rows))
    for name in names[1:]:
        texts = texts + ", " + pd.Series(columns[name].texts(rows))
    return texts.to_numpy(dtype=object)


def reference_findings(tables: Mapping[str, CheckedTable]) -> list[Finding]:
    """References to rows that did not come in, and those that could not be checked.

    A row that came in and was rejected for another reason still counts as being there: one
    wrong age should not be reported as fifty meetings attended by a stranger.
    """
    found = []
    for table in tables.values():
        for key in table.schema.foreign_keys:
            if all(name in table.columns for name in key.fields):
                found += _references(table, key, tables)
    return found


def _references(
    table: CheckedTable, key: ForeignKey, tables: Mapping[str, CheckedTable]
) -> list[Finding]:
    named = ", ".join(key.fields)
    other = tables.get(key.reference_table)
    if other is None or any(name not in other.columns for name in key.reference_fields):
        lacking = "there is no such table" if other is None else "it lacks the column"
        return [
            Finding(
                table.raw.name,
                "foreign key",
                "note",
                f"{named} could not be checked against {key.reference_table}: {lacking}",
                f"validate the folder that holds {key.reference_table} too",
                column=named,
            )
        ]
    rows = _strangers(table, key, other)
    if not len(rows):
        return []
    messages, hints = _strange_wording(table, key, other, rows)
    return [
        Finding(
            table.raw.name,
            "foreign key",
            "error",
            messages,
            hints,
            rows=rows,
            column=named,
            values=_key_texts(key.fields, table.columns, rows),
        )
    ]


def stands_in(values: pd.Series[Any], known: pd.Series[Any]) -> pd.Series[bool]:
    """Which values stand among the known ones; a missing value never does.

    As ``isin``, which turns every known text into a Python object first: 40 times slower for a
    million of them.
    """
    if values.dtype != known.dtype:  # a key of text against a key of numbers: by what is written
        values, known = values.astype("str"), known.astype("str")
    found = pc.is_in(pa.array(values), value_set=pa.array(known.dropna()))
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index) & values.notna()


def _strangers(table: CheckedTable, key: ForeignKey, other: CheckedTable) -> Rows:
    if len(key.fields) == 1:
        column = table.columns[key.fields[0]]
        known = other.columns[key.reference_fields[0]].values()
        return column.rows_of(
            (column.typed.notna() & ~stands_in(column.typed, known)).to_numpy(bool)
        )
    own = table.typed()[list(key.fields)]
    theirs = other.typed()[list(key.reference_fields)].set_axis(key.fields, axis=1)
    met = own.merge(theirs.drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    return np.flatnonzero(~met.to_numpy() & own.notna().all(axis=1).to_numpy())


def _strange_wording(
    table: CheckedTable, key: ForeignKey, other: CheckedTable, rows: Rows
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    texts = _key_texts(key.fields, table.columns, rows)
    distinct, places = np.unique(texts.astype(str), return_inverse=True)
    known = {_folded(value): value for value in other.columns[key.reference_fields[0]].values()}
    named = ", ".join(key.fields)
    messages, hints = [], []
    for text in distinct:
        messages.append(
            f"{named} '{shortened(text)}' of {table.raw.name} is not in {key.reference_table}"
        )
        close = known.get(_folded(text))
        hints.append(
            f"perhaps '{close}' is meant"
            if close
            else f"correct it, or add it to {key.reference_table}"
        )
    return np.array(messages, dtype=object)[places], np.array(hints, dtype=object)[places]


def _folded(value: object) -> str:
    # Ids differ from their neighbours in one figure, so spelling is no guide; case and signs are.
    return "".join(letter for letter in str(value).casefold() if letter.isalnum())
