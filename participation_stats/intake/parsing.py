"""From what is written to what is meant: the distinct values of a column, by the field's type.

Nothing is guessed. A date is year-month-day, a number has a decimal point (or comma, where the
file's columns are not separated by commas), and what does not fit is a problem, not a missing
value. Spaces round a value are no part of it.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .schemas import Field

_WHOLE = r"[+-]?[0-9]{1,18}(?:\.0*)?"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_NUMBER_COMMA = r"[+-]?[0-9]+,[0-9]+"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]00:00(?::00(?:\.0+)?)?)?"
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DTYPES: dict[str, Any] = {
    "string": "str",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
    "date": "datetime64[us]",
}
_MEANINGS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a date",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Parsed:
    """The distinct values of one column.

    Attributes
    ----------
    texts : Series of str
        As written, without spaces round them.
    typed : Series
        Of the field's type; NA where missing or unreadable.
    reasons : array of str or None
        Why a value is missing; None where it is not.
    unreadable, padded : array of bool
        Not of the field's type; written with spaces round it.
    """

    texts: pd.Series[str]
    typed: pd.Series[Any]
    reasons: NDArray[np.object_]
    unreadable: NDArray[np.bool_]
    padded: NDArray[np.bool_]


def parse(
    values: NDArray[np.object_],
    field: Field,
    missing_values: Mapping[str, str],
    *,
    decimal_comma: bool = False,
) -> Parsed:
    """Read the distinct values of a column as the type of its field.

    Parameters
    ----------
    values : array of object
        Text for files; whatever the frame held for frames. None is missing.
    field : Field
    missing_values : mapping of str to str
        Text that means "missing", with its reason.
    decimal_comma : bool
        Read 1,5 as one and a half, provided no value of the column has a decimal point.
    """
    written = _spelled(values)
    texts = written.str.strip()
    known = {"": "Not recorded", **missing_values}
    stated = ~texts.isin(list(known)).to_numpy(dtype=bool)
    reasons = texts.map(known).astype(object).where(~stated, None)
    typed, readable = _typed(texts.where(stated), field, decimal_comma)
    return Parsed(
        texts=texts,
        typed=typed,
        reasons=reasons.to_numpy(dtype=object),
        unreadable=stated & ~readable,
        padded=stated & (written != texts).to_numpy(dtype=bool),
    )


def empty_column(field: Field, rows: int) -> pd.Series[Any]:
    """A column of the field's type in which nothing is recorded."""
    return pd.Series([None] * rows, dtype=_DTYPES[field.type])


def _spelled(values: NDArray[np.object_]) -> pd.Series[str]:
    if all(type(value) is str for value in values):
        return pd.Series(values, dtype="str")
    return pd.Series([spell(value) for value in values], dtype="str")


def spell(value: Any) -> str:
    """A native value as it would stand in a CSV file."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating | decimal.Decimal):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(value)
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _typed(
    texts: pd.Series[str], field: Field, decimal_comma: bool
) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Typed values and which of the texts could be read; NA texts count as read."""
    if field.type == "string":
        return texts, np.ones(len(texts), dtype=bool)
    if field.type == "date":
        typed = pd.to_datetime(_fitting(texts, _DATE).str[:10], format="%Y-%m-%d", errors="coerce")
    elif field.type == "boolean":
        typed = texts.str.lower().map(_TRUTH)
    else:
        typed = _numbers(texts, field, decimal_comma)
    typed = typed.astype(_DTYPES[field.type])
    return typed, (typed.notna() | texts.isna()).to_numpy(dtype=bool)


def _numbers(texts: pd.Series[str], field: Field, decimal_comma: bool) -> pd.Series[Any]:
    if field.type == "integer":
        whole = _fitting(texts, _WHOLE).str.replace(r"\.0*$", "", regex=True)
        return pd.to_numeric(whole.astype(object).where(whole.notna(), None)).astype("Int64")
    if decimal_comma and not texts.str.contains(".", regex=False, na=False).any():
        commas = texts.str.fullmatch(_NUMBER_COMMA, na=False)
        texts = texts.where(~commas, texts.str.replace(",", ".", regex=False))
    numbers = pd.to_numeric(_fitting(texts, _NUMBER).astype(object)).astype("float64")
    return numbers.where(np.isfinite(numbers))


def _fitting(texts: pd.Series[str], pattern: str) -> pd.Series[str]:
    return texts.where(texts.str.fullmatch(pattern, na=False))


def type_message(name: str, value: str, field: Field) -> str:
    """What is wrong with a value of the wrong type."""
    return f"{name} '{shortened(value)}' is not {_MEANINGS[field.type]}"


def shortened(value: str) -> str:
    """A value short enough to be quoted in a message, on one line."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else line[:57] + "..."
