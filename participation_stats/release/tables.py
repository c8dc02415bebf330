"""Tables for people and for machines: readable text, HTML and tidy CSV.

Every function takes a frame of a `Protected`, recognised by its column ``suppressed``: a withheld
value is an empty cell in the CSV and the marker ``[c]`` where people read. Units come from the
one vocabulary: nothing here knows a topic.
"""

from __future__ import annotations

import datetime
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import DisclosureError, InputError
from participation_stats.measure.results import VOCABULARY, unit_of
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import (
    WITHHELD,
    capital,
    fine_percent,
    group_label,
    heading,
    plain_name,
    term_label,
    term_parts,
    with_labels,
)
from participation_stats.release.presences import capacity_name
from participation_stats.release.withholding import FAMILY_COLUMNS

#: What groups are compared within.
FAMILIES = ("body", "variable", "item")
#: A longer cell of words is a sentence, and may be broken into lines.
LONGEST_WORD = 40
#: Marker for a value that does not exist for this row.
NOT_APPLICABLE = "[z]"
#: Significant digits of a number in a file. The last of a float depend on the processor, which
#: would make other files of the same tables.
DIGITS = 8
#: What the markers mean.
MARKS = {WITHHELD: "withheld, so that nobody can be identified", NOT_APPLICABLE: "does not apply"}
#: With what a text begins that a spreadsheet runs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def released_frame(protected: object, frame: str, where: str) -> pd.DataFrame:
    """One frame of a `Protected`, recognised by its name.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or has no such frame.
    DisclosureError
        Its main table is withheld.
    """
    if not isinstance(protected, Protected):
        raise InputError(
            f"this is a {type(protected).__name__}, not a Protected",
            where=where,
            expected="the value of protect(result, policy)",
            got=type(protected).__name__,
            hint="pass the result through ps.protect(result, policy) first",
        )
    if frame == "table":
        return protected.table
    if frame not in protected.frames:
        raise InputError(
            f"{protected.kind} has no frame '{frame}' that may leave",
            where=where,
            expected=" or ".join(repr(name) for name in protected.frames),
            got=repr(frame),
        )
    return protected.frames[frame]


def format_value(value: Any, column: str, *, unit: str = "", digits: int = 2) -> str:
    """One unrounded value as people read it: ``0.274`` of a fraction column is ``27%``.

    Parameters
    ----------
    value : object
        The value; missing where it does not apply.
    column : str
        Its column.
    unit : str
        Its unit where the table says so; else that of the vocabulary. ``"rate"`` is a fraction
        with a decimal below a tenth.
    digits : int
        Decimals of a plain number.

    Examples
    --------
    >>> format_value(0.274, "share"), format_value(0.00002, "p_value"), format_value(4.321, "ratio")
    ('27%', '<0.001', '4.32')
    >>> format_value(1049, "stayers"), format_value(2.5, "design_effect")
    ('1,049', '2.50')
    >>> format_value(-0.001, "z"), format_value(-5.04, "z"), format_value(1, "p_value")
    ('0.00', '−5.04', '1')
    >>> format_value(0.028, "estimate", unit="rate"), format_value(-0.077, "z", unit="rate")
    ('2.8%', '−7.7%')
    """
    if value is None or value is pd.NA or (not isinstance(value, str) and pd.isna(value)):
        return NOT_APPLICABLE
    if column in ("variable", "measure"):
        return capital(plain_name(str(value)))
    unit = unit or unit_of(column)
    if unit == "date" or isinstance(value, datetime.date):
        return f"{pd.Timestamp(value):%-d %B %Y}"
    if isinstance(value, str) or unit == "word":
        return str(value)
    if unit == "flag":
        return "yes" if value else "no"
    if unit == "number" and isinstance(value, int | np.integer):
        return f"{value:,}"  # whole by its kind: people, meetings
    if value < 0:
        told = _format_number(-float(value), unit, digits)
        # What is nought but for rounding is nought.
        return f"−{told}" if any(digit in told for digit in "123456789") else told
    return _format_number(abs(float(value)), unit, digits)


def _format_number(value: float, unit: str, digits: int) -> str:
    if unit == "probability":
        return _format_probability(value)
    if unit == "rate":
        return fine_percent(value)
    if unit == "fraction":
        return f"{value:.0%}" if value == 0 or value >= 0.01 else f"{value:.1%}"
    if unit == "count":
        return f"{value:,.0f}"
    return "no limit" if value == float("inf") else f"{value:,.{digits}f}"


def _format_probability(value: float) -> str:
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.9995 else "1" if value == 1 else ">0.999"


def _digits(values: pd.Series, unit: str) -> int:
    """Decimals of the numbers of a column: none if all are whole, three if all are small."""
    if unit not in ("number", "ratio") or not pd.api.types.is_numeric_dtype(values):
        return 2
    known = values.dropna().to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    if unit == "number" and len(known) and (known == np.round(known)).all():
        return 0
    return 3 if unit == "number" and len(known) and np.abs(known).max() < 0.1 else 2


def unit_in(released: pd.DataFrame, name: str) -> str:
    """The unit of a column: as its table says, else as the vocabulary does."""
    return str(released.attrs.get("units", {}).get(name, unit_of(name)))


def heading_in(released: pd.DataFrame, name: str) -> str:
    """The heading of a column: as its table says, else as the vocabulary does."""
    return str(released.attrs.get("headings", {}).get(name, heading(name)))


def readable(released: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A frame of text as people read it, with ``[c]`` where a value is withheld.

    Parameters
    ----------
    released : DataFrame
        A frame of a `Protected`.
    columns : sequence of str, optional
        The columns to show, in order; all of them when not given.

    Returns
    -------
    DataFrame
        Text cells under the headings of the vocabulary.

    Raises
    ------
    DisclosureError
        If the frame did not come from ``protect``.
    """
    text = {
        heading_in(released, name): _column(released, name)
        for name in shown_columns(released, columns)
    }
    return pd.DataFrame(text)


def _column(released: pd.DataFrame, name: str) -> list[str]:
    """One column as people read it: groups with their units, terms by the names of their parts."""
    values, unit = released[name], unit_in(released, name)
    hidden = withheld_rows(released, name)
    if name == "term":
        values = values.map(lambda term: term_label(*term_parts(str(term))))
    if name in ("subject", "sentence"):
        values = values.map(with_labels, na_action="ignore")
    if _of_capacities(released, name):
        values = values.map(lambda capacity: capital(capacity_name(capacity, 2)), "ignore")
    elif name == "category" and "variable" in released:
        pairs = zip(released["variable"].astype(str), values.astype(str), strict=True)
        values = pd.Series([group_label(*pair) for pair in pairs]).where(values.notna().to_numpy())
    digits = _digits(values, unit)
    return [
        WITHHELD
        if gone and _is_missing(value)
        else format_value(value, name, unit=unit, digits=digits)
        for value, gone in zip(values, hidden, strict=True)
    ]


def _of_capacities(released: pd.DataFrame, name: str) -> bool:
    """Whether a column says in what right people sit."""
    if name == "category" and "variable" in released:
        return bool(released["variable"].eq("capacity").all())
    return name == "capacity"


def _marks(released: pd.DataFrame) -> list[bool]:
    if "suppressed" not in released:
        raise DisclosureError(
            "this table did not come from protect",
            where="tables",
            expected="a frame of a Protected, with its column 'suppressed'",
            got=", ".join(str(name) for name in released.columns),
            hint="pass the result through ps.protect(result, policy) first",
        )
    return [bool(mark) for mark in released["suppressed"]]


def withheld_rows(released: pd.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    """In which rows what is missing of a column is withheld; elsewhere it does not apply.

    In withheld rows; and where a number is of all groups together, such as an adjusted p, in all
    rows of the groups compared, of which one is withheld.
    """
    rows = pd.Series(_marks(released), dtype="bool")
    if name in FAMILY_COLUMNS and rows.any():
        keys = [released[key].reset_index(drop=True) for key in FAMILIES if key in released]
        if not keys:
            return np.ones(len(rows), dtype=bool)
        rows = rows.groupby(keys, dropna=False).transform("any")
    return rows.to_numpy(dtype=bool)


def is_number(released: pd.DataFrame, name: str) -> bool:
    """Whether a column holds numbers: by its unit, or where it has none by its kind."""
    if name in VOCABULARY:
        return unit_of(name) not in ("word", "date", "flag")
    column = released[name]
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def shown_columns(released: pd.DataFrame, columns: Sequence[str] | None = None) -> list[str]:
    """The columns to show that the frame has, without the marks of ``protect``."""
    names = [str(name) for name in (columns or released.columns)]
    return [name for name in names if name in released and name != "suppressed"]


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def html_table(
    released: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    caption: str,
    text: pd.DataFrame | None = None,
) -> str:
    """An accessible HTML table: caption, column headers with scope, the group as row header.

    Columns of words are of class ``word``, those of whole sentences of class ``words``. `text` is
    what `readable` gives of the whole frame, where it has been asked before.
    """
    names = shown_columns(released, columns)
    titles = {name: heading_in(released, name) for name in names}
    text = readable(released, columns) if text is None else text[list(titles.values())]
    header = titles["category" if "category" in names else names[0]]
    plain = {name for name in names if is_number(released, name)} | {
        name for name in names[:1] if titles[name] == header
    }
    kinds = {title: "" if name in plain else _kind(text[title]) for name, title in titles.items()}
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(title)}</th>' for title, kind in kinds.items()
    )
    rows = [
        "".join(_cell(title == header, kind, str(row[title])) for title, kind in kinds.items())
        for row in text.to_dict(orient="records")
    ]
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{_legend(text)}"
    )


def _legend(text: pd.DataFrame) -> str:
    """What the markers in a table mean, where there are any."""
    cells = set(text.to_numpy().ravel())
    told = " ".join(f"{mark} {MARKS[mark]}." for mark in MARKS if mark in cells)
    return f'<p class="marks">{told}</p>' if told else ""


def _kind(text: pd.Series) -> str:
    """The class of a column of words."""
    long = text.str.len().max() > LONGEST_WORD
    return f' class="{"words" if long else "word"}"'


def _cell(is_header: bool, kind: str, text: str) -> str:
    inside = html.escape(text)
    return f'<th scope="row">{inside}</th>' if is_header else f"<td{kind}>{inside}</td>"


def write_csv(released: pd.DataFrame, path: Path) -> None:
    """Write one frame as tidy CSV: withheld values empty, ``suppressed`` beside them."""
    _marks(released)
    settled(released).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def settled(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a frame ready for a file: safe text, and no more of a number than is sure."""
    out = neutralised(frame)
    for name in out.columns:
        if pd.api.types.is_float_dtype(out[name].dtype):
            numbers = out[name].to_numpy(dtype=float, na_value=np.nan)
            rounded = pd.Series([sure(number) for number in numbers], out.index)
            out[name] = rounded.astype(out[name].dtype)
    return out


def sure(number: float) -> float:
    """Round to `DIGITS` significant digits; whole numbers stay as they are.

    Examples
    --------
    >>> sure(1 / 3), sure(123_456_789_012.0)
    (0.33333333, 123456789012.0)
    """
    return number if number == np.trunc(number) else float(f"{number:.{DIGITS}g}")


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    out = frame.copy()
    for name in out.columns:
        if pd.api.types.is_string_dtype(out[name]) or isinstance(
            out[name].dtype, pd.CategoricalDtype
        ):
            text = out[name].astype("str")
            risky = [isinstance(word, str) and word.startswith(_FORMULA) for word in text]
            out[name] = text.where(~np.array(risky), "'" + text) if any(risky) else text
    return out
