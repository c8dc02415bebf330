"""Margins made clean: what a body or a population argument may be, turned into one typed frame.

Margins are the interchange format: ``variable, category`` and ``count`` or ``share``. An argument
may be such a frame, a `Tally` (anything with a ``.table`` of margins), a frame of people with
``by``, a mapping from category to number, or a mapping from a body's name to any of these.
"""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .tallies import BETWEEN, NOT_STATED, column_names, gathered, level_name, tally

#: What may stand in ``by``: a variable, several, or tuples of them for intersections.
By = str | tuple[str, ...] | Sequence[str | tuple[str, ...]] | None

_KEYS = ["body", "variable", "category"]
_NUMBERS = ("count", "share", "weighted", "n", "std_error")
_ALIASES = {"body_id": "body", "sample_size": "n"}


def clean_margins(
    data: Any,
    by: By = None,
    *,
    where: str,
    side: str,
    weights: str | None = None,
    beside: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One typed frame of margins from whatever describes a body or a population.

    Parameters
    ----------
    data : margins, Tally, frame of people, or mapping
    by : str, tuple of str, or sequence of these, optional
        For people: the columns to count, a tuple for an intersection. For margins: the
        variables to keep. Default: all there are.
    where, side : str
        The function and the argument to name in errors, e.g. ``"body"``.
    weights : str, optional
        Column of design weights in a frame of people.
    beside : DataFrame, optional
        The clean margins of the other side: a mapping takes their variable for its own, if they
        have only one.

    Returns
    -------
    DataFrame
        ``body`` ("" for a single one), ``variable``, ``category`` (missing is "Not stated"),
        and as floats ``count, share, weighted, n, std_error``, NaN where not given; the index
        names the row in the source.
    """
    if by is None and beside is not None and isinstance(data, Mapping | pd.Series):
        by = _only_variable(beside)
    frame = _margins_of(data, by, where, side, weights)
    frame = frame.rename(columns=_free_aliases(frame))
    for name in ("variable", "category"):
        if name not in frame:
            raise InputError(
                f"{side} has no column '{name}'",
                where=where,
                expected="margins: variable, category and count or share",
                got=_listed(frame.columns),
                hint="for one row per person, name the columns to count in by=",
            )
    variable = frame["variable"].astype(str)
    category = frame["category"].astype(object)
    category = category.where(category.notna(), NOT_STATED).map(level_name)
    crossed = variable.str.contains(BETWEEN, regex=False)
    unknown = category.str.split(BETWEEN).map(lambda parts: NOT_STATED in parts)
    typed = pd.DataFrame(
        {
            "body": frame["body"].astype(str) if "body" in frame else "",
            "variable": variable,
            # Of an intersection nothing is known where one part of it is not.
            "category": category.mask(crossed & unknown, NOT_STATED),
            **{name: _numeric(frame, name, where, side) for name in _NUMBERS},
        },
        index=frame.index,
    )
    typed = _kept(typed, by, where, side)
    _check(typed, where, side)
    return _one_not_stated(typed)


def design_effect_of(weights: Any) -> float:
    """Kish's design effect of weighting, n·Σw²/(Σw)² = 1 + CV²(w) (Kish 1965, Survey Sampling).

    Examples
    --------
    >>> design_effect_of([1, 1, 1, 1]), round(design_effect_of([1, 1, 2, 4]), 3)
    (1.0, 1.375)
    """
    w = np.asarray(weights, dtype=float)
    w = w[~np.isnan(w)]
    return float(len(w) * (w**2).sum() / w.sum() ** 2)


def multiplied_margins(population: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The margins of an intersection if its parts were independent: shares multiplied.

    Takes and returns frames of `clean_margins`; "Not stated" is set aside first.
    """
    shares = []
    for name in names:
        part = population[(population["variable"] == name) & (population["category"] != NOT_STATED)]
        sizes = part["count"] if part["count"].notna().all() else part["share"]
        shares.append(pd.Series((sizes / sizes.sum()).to_numpy(), index=part["category"]))
    joint = shares[0]
    for share in shares[1:]:
        product = np.outer(joint.to_numpy(), share.to_numpy()).ravel()
        labels = [f"{a}{BETWEEN}{b}" for a in joint.index for b in share.index]
        joint = pd.Series(product, index=labels)
    frame = pd.DataFrame({"variable": joint_name(names), "category": joint.index})
    frame = frame.assign(body="", share=joint.to_numpy())
    return frame.reindex(columns=[*_KEYS, *_NUMBERS])


def _only_variable(margins: pd.DataFrame) -> str | None:
    names = margins["variable"].unique()
    return str(names[0]) if len(names) == 1 else None


def joint_name(names: tuple[str, ...]) -> str:
    """The variable's name of an intersection."""
    return BETWEEN.join(names)


def category_order(categories: Sequence[str]) -> list[str]:
    """Bands by their numbers, other groups alphabetically; Other and Not stated last.

    Examples
    --------
    >>> category_order(["Portuguese", "Other", "Not stated", "Black Caribbean"])
    ['Black Caribbean', 'Portuguese', 'Other', 'Not stated']
    >>> category_order(["10 or more", "under 1", "1 to 4"])
    ['under 1', '1 to 4', '10 or more']
    """
    last = {"Other": 1, NOT_STATED: 3}
    named = [name for name in categories if name not in last]
    banded = bool(named) and all(any(c.isdigit() for c in name) for name in named)

    def key(name: str) -> tuple[int, float, str]:
        if name in last or not banded:
            return last.get(name, 2 if name.startswith("Pooled") else 0), 0.0, name.casefold()
        digits = "".join(c if c.isdigit() or c == "." else " " for c in name).split()
        under = 0.5 if name.casefold().startswith(("under", "less", "<")) else 0.0
        return 0, float(digits[0].strip(".") or 0) - under, name.casefold()

    return sorted(categories, key=key)


def row_name(row: Hashable, variable: object, category: object, body: object = "") -> str:
    """How a message names a row of margins."""
    of = f"{body}, " if body else ""
    return f"row {row} ({of}{variable}: {category})"


def _margins_of(data: Any, by: By, where: str, side: str, weights: str | None) -> pd.DataFrame:
    table = getattr(data, "table", None)
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(data, pd.Series):
        data = data.to_dict()
    if isinstance(data, Mapping):
        return _of_mapping(data, by, where, side, weights)
    columns = column_names(data, where)
    if columns is None:
        raise InputError(
            f"{side} is {type(data).__name__}",
            where=where,
            expected="margins, a Tally, a frame of people with by=, or a mapping",
            hint="a mapping from group to count will do, such as {'Female': 11, 'Male': 1}",
        )
    if {"variable", "category"} <= set(columns):
        return gathered(data, where)
    if by is None:
        raise InputError(
            f"{side} is neither margins nor is it said what to count",
            where=where,
            expected="columns variable and category, or by=",
            got=_listed(columns),
            hint="name the characteristics to count, such as by=['ethnicity', 'gender']",
        )
    counted = tally(data, [by] if isinstance(by, str | tuple) else list(by), weights=weights).table
    if counted.empty:
        raise InputError(
            f"{side} has no rows",
            where=where,
            expected="at least one person",
            got="an empty frame",
            hint="check the filter that chose its members",
        )
    return counted


def _of_mapping(
    data: Mapping[Any, Any], by: By, where: str, side: str, weights: str | None
) -> pd.DataFrame:
    if not data:
        raise InputError(f"{side} is an empty mapping", where=where, expected="groups and numbers")
    if all(isinstance(value, numbers.Real) for value in data.values()):
        values = [float(value) for value in data.values()]
        kind = "share" if side == "population" and sum(values) <= 1.5 else "count"
        return pd.DataFrame(
            {
                "variable": by if isinstance(by, str) else "group",
                "category": list(data),
                kind: values,
            }
        )
    frames = [
        _margins_of(part, by, where, side, weights).assign(body=str(name))
        for name, part in data.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _free_aliases(frame: pd.DataFrame) -> dict[str, str]:
    return {
        old: new
        for old, new in _ALIASES.items()
        if old in frame.columns and new not in frame.columns
    }


def _numeric(frame: pd.DataFrame, name: str, where: str, side: str) -> pd.Series:
    if name not in frame:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    values = pd.to_numeric(frame[name], errors="coerce").astype(float)
    wrong = np.flatnonzero((values.isna() & frame[name].notna()) | (values < 0) | np.isinf(values))
    if len(wrong):
        at = int(wrong[0])
        raise InputError(
            f"{side}, {_row(frame, at)}: '{name}' is not a number of people or a share",
            where=where,
            expected="a number of 0 or more",
            got=_told(frame[name].iloc[at]),
            hint="leave the cell empty where a figure was withheld",
        )
    return values


def _told(value: object) -> str:
    """A value as it stands in the table: words in quotation marks, numbers without their type."""
    return repr(value) if isinstance(value, str) else str(value)


def _kept(typed: pd.DataFrame, by: By, where: str, side: str) -> pd.DataFrame:
    if by is not None:
        names = [by] if isinstance(by, str | tuple) else list(by)
        wanted = [joint_name(name) if isinstance(name, tuple) else name for name in names]
        there = list(dict.fromkeys(typed["variable"]))
        for name in wanted:
            if name not in there:
                raise InputError(
                    f"{side} has no variable '{name}'",
                    where=where,
                    expected="every variable named in by=",
                    got=_listed(there),
                    hint="check the spelling, or leave it out of by=",
                )
        typed = typed[typed["variable"].isin(wanted)]
        rank = {name: place for place, name in enumerate(wanted)}
        typed = typed.iloc[np.argsort(typed["variable"].map(rank).to_numpy(), kind="stable")]
    if typed.empty:
        raise InputError(
            f"{side} has no rows",
            where=where,
            expected="at least one group",
            got="an empty table",
            hint="check that the body has members and that the filter found them",
        )
    return typed


def _check(typed: pd.DataFrame, where: str, side: str) -> None:
    repeated = np.flatnonzero(typed.duplicated(_KEYS) & (typed["category"] != NOT_STATED))
    if len(repeated):
        raise InputError(
            f"{side} names a group twice: {_row(typed, int(repeated[0]))}",
            where=where,
            expected="each group once in each variable",
            hint="keep one reference date and one source, or add the rows up",
        )
    percent = np.flatnonzero(typed["share"] > 1.0)
    if len(percent):
        at = int(percent[0])
        raise InputError(
            f"{side}, {_row(typed, at)}: the share is above 1",
            where=where,
            expected="shares as fractions from 0 to 1",
            got=f"{typed['share'].iloc[at]:g}",
            hint="divide percentages by 100",
        )


def _one_not_stated(typed: pd.DataFrame) -> pd.DataFrame:
    """Add up the rows that say "Not stated" twice, under the first one's place."""
    repeated = typed.duplicated(_KEYS, keep=False)
    if not repeated.any():
        return typed
    names = list(_NUMBERS)
    sums = typed.groupby(_KEYS, sort=False)[names].transform(lambda part: part.sum(min_count=1))
    typed[names] = typed[names].where(~repeated, sums)
    return typed[~typed.duplicated(_KEYS)]


def _row(frame: pd.DataFrame, at: int) -> str:
    row = frame.iloc[at]
    return row_name(frame.index[at], row["variable"], row["category"], row.get("body", ""))


def _listed(names: object) -> str:
    listed = [str(name) for name in names]  # type: ignore[attr-defined]
    shown = ", ".join(repr(name) for name in listed[:8])
    return shown + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
