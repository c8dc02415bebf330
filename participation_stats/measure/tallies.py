"""Rows to cells, on any engine: the only place that meets rows.

Every frame goes through narwhals, lazy or eager, and only elementary aggregations are asked of
it (counts and sums of columns made beforehand), so that no engine falls back to a slow path.
What comes back is small and in pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw
import numpy as np
import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError

from .levels import level_name as level_name
from .levels import level_order as level_order
from .profiles import first_places, pattern_codes, profiles, single_rows, unit_numbers
from .results import Result, Rule
from .rows import check_columns, check_numeric, collected, lettered, open_rows, worded

NOT_STATED = "Not stated"
BETWEEN = " × "

By = str | Sequence[str | tuple[str, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class Tally(Result):
    """Counts of people by group: margins, ready for every comparison.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, count`` and, where weights were given, ``weighted`` (sum of
        weights). Groups in their list's order, or alphabetically; Other and Not stated last.
    n_rows : int
        Rows counted.
    """

    n_rows: int
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=("weighted",), margin=("variable",)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Cells(Card):
    """Attendance collapsed without loss to cells: all that a model needs of any number of rows.

    Attributes
    ----------
    patterns : DataFrame
        One row per distinct combination of covariates, in the columns asked for and in their
        order.
    cells : DataFrame
        ``profile`` (people with the same set of pattern, trials and successes share one),
        ``pattern`` (row of `patterns`), ``trials`` and ``successes`` (meetings open to and
        attended by *one* person) and ``units`` (people of that profile).
    n_rows, n_units, n_missing : int
        Rows used, people, and rows left out because a covariate or the response is missing.
    n_meetings : int
        Distinct meetings, where somebody has counted them; else 0.
    note : str
        What a reader must know of where the people come from.
    """

    patterns: pd.DataFrame
    cells: pd.DataFrame
    n_rows: int
    n_units: int
    n_missing: int
    n_meetings: int = 0
    note: str = ""


def tally(data: Any, by: By, *, weights: str | None = None) -> Tally:
    """Count people by one or more characteristics, in one pass each.

    Parameters
    ----------
    data : frame, str or Path
        One row per person: pandas, or any eager or lazy frame that narwhals knows; or a path or
        glob of CSV or Parquet.
    by : str, or sequence of str and tuples of str
        The characteristics; a tuple is an intersection, named ``"ethnicity × gender"``.
    weights : str, optional
        Column of design weights; their sum per group stands in ``weighted``.

    Returns
    -------
    Tally
        With ``.table``: ``variable, category, count[, weighted]``. A missing value is counted
        under the category ``Not stated``.

    Raises
    ------
    InputError
        If `data` is no frame, a column is not there, `by` names nothing, or weights are missing,
        negative or not numbers.
    SourceError
        If a path leads to no CSV or Parquet.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"gender": ["Female", "Female", None, "Male"], "age": [1, 1, 2, 2]})
    >>> print(tally(people, "gender"))
    Tally
    n_rows 4
    <BLANKLINE>
    .table
    variable   category  count
      gender     Female      2
      gender       Male      1
      gender Not stated      1
    """
    entries = [by] if isinstance(by, str) else list(by)
    keys = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in entries]
    frame = open_rows(data, "tally")
    wanted = [*dict.fromkeys(name for key in keys for name in key)]
    if not wanted:
        raise InputError("nothing to count by", where="tally", expected="a column", got="by=[]")
    check_columns(frame, [*wanted, *([weights] if weights else [])], "tally")
    if weights is not None:
        check_numeric(frame, weights, "tally", "weights that are numbers")
    blocks = [_margin(frame, key, weights) for key in dict.fromkeys(keys)]
    table = pd.concat(blocks, ignore_index=True)
    return Tally(table, n_rows=int(blocks[0]["count"].sum()))


def _margin(frame: nw.LazyFrame[Any], key: tuple[str, ...], weights: str | None) -> pd.DataFrame:
    sums = [nw.len().alias("_count")]
    if weights is not None:
        value = nw.col(weights)
        # Spark sums numbers only, and the cast must stand before the grouping.
        frame = frame.with_columns(_bad=(value.is_null() | (value < 0)).cast(nw.Int64))
        # A weight that is NaN makes the sum NaN on some engines and vanishes on others.
        sums += [value.sum().alias("_weighted"), nw.col("_bad").sum().alias("_bad")]
    unique = list(dict.fromkeys(key))
    counted = collected(frame.group_by(*unique).agg(*sums))
    if weights is not None:
        _check_weights(counted, weights)
    ordered = counted.sort_values(unique, key=_position, kind="stable")
    labels = [_labelled(ordered[name]) for name in key]
    table = pd.DataFrame(
        {
            "variable": BETWEEN.join(key),
            "category": pd.Series(
                [BETWEEN.join(parts) for parts in zip(*labels, strict=True)], dtype="str"
            ),
            "count": ordered["_count"].to_numpy(dtype=np.int64),
            **({"weighted": ordered["_weighted"].to_numpy(float)} if weights is not None else {}),
        }
    )
    # Several kinds of nothing (null, NaN, the words) are one category.
    return table.groupby(["variable", "category"], sort=False, as_index=False).sum()


def _check_weights(counted: pd.DataFrame, weights: str) -> None:
    bad = int(counted["_bad"].sum())
    if bad or counted["_weighted"].isna().any():
        raise InputError(
            f"'{weights}' has weights that are missing or negative",
            where="tally",
            expected="a weight of 0 or more for everybody",
            got=f"{bad} rows without one" if bad else "values that are not a number",
        )


def _labelled(column: pd.Series) -> list[str]:
    return [
        NOT_STATED if missing else level_name(value)
        for value, missing in zip(column, column.isna(), strict=True)
    ]


def _position(column: pd.Series) -> pd.Series:
    """Where each value stands: a list's own order, else as `level_order` has it."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.where(column.notna(), len(column.cat.categories))
    order = {value: number for number, value in enumerate(level_order(column.dropna().unique()))}
    return column.map(order).astype("float64").fillna(len(order))


def count_distinct(data: Any, column: str) -> int:
    """How many different values a column has; 0 where there is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"meeting_id": ["m1", "m1", "m2"]})
    >>> count_distinct(log, "meeting_id"), count_distinct(log, "who")
    (2, 0)
    """
    frame = open_rows(data, "count_distinct")
    if column not in frame.collect_schema().names():
        return 0
    return int(collected(frame.group_by(column).agg(nw.len().alias("_count")))[column].count())


def any_twice(data: Any, columns: Sequence[str]) -> bool:
    """Does any combination of these columns stand in more than one row?

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 2], "meeting_id": ["m1", "m2", "m1"]})
    >>> any_twice(log, ["who", "meeting_id"]), any_twice(log, ["who"])
    (False, True)
    """
    frame = open_rows(data, "any_twice")
    counted = frame.group_by(*columns).agg(nw.len().alias("_count"))
    return bool(collected(counted.select(nw.col("_count").max()))["_count"].iloc[0] > 1)


def column_names(data: Any, where: str) -> list[str] | None:
    """The columns of a frame of any engine, or of a file; None where `data` is neither.

    Raises
    ------
    SourceError
        If a path leads to no CSV or Parquet.

    Examples
    --------
    >>> import pandas as pd
    >>> column_names(pd.DataFrame({"gender": ["Female"]}), "tally"), column_names(12, "tally")
    (['gender'], None)
    """
    try:
        return list(open_rows(data, where).collect_schema().names())
    except InputError:
        return None


def gathered(data: Any, where: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A frame of any engine in pandas: a small one whole, of any other the columns named.

    Raises
    ------
    InputError
        If `data` is no frame, or a column is not there.
    SourceError
        If a path leads to no CSV or Parquet.
    """
    if columns is None and isinstance(data, pd.DataFrame):
        return data
    frame = open_rows(data, where)
    if columns is None:
        return collected(frame)
    check_columns(frame, columns, where)
    return collected(frame.select(*columns))


def collapse(
    data: Any,
    by: Sequence[str],
    response: str | None = None,
    *,
    unit: str | Sequence[str] | None = None,
) -> Cells:
    """Collapse person-meetings to cells from which estimates and clustered errors follow exactly.

    A person is the set of (covariate pattern, meetings, attended) that they have; people with
    the same set are one profile. Nothing that a score, an information matrix, a clustered
    covariance or a person's likelihood needs is lost.

    Parameters
    ----------
    data : frame, str or Path
        One row per person and meeting at risk: pandas, or any frame that narwhals knows; or a
        path or glob of CSV or Parquet.
    by : sequence of str
        The covariates. They may vary within a person; a numeric one keeps its distinct values.
    response : str, optional
        0 or 1 (or false or true): attended. Without it nobody has a success.
    unit : str or sequence of str, optional
        Column that names the person; several name a unit together (a person at a meeting).
        Without it every row is a unit of its own.

    Returns
    -------
    Cells

    Raises
    ------
    InputError
        If a column is not there, the response is not 0 or 1, the unit is also a covariate, or
        no complete row is left.
    SourceError
        If a path leads to no CSV or Parquet.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 2, 2, 3], "group": list("aaaab")})
    >>> log["came"] = [1, 0, 0, 1, 1]
    >>> collapsed = collapse(log, ["group"], "came", unit="who")
    >>> print(collapsed.patterns.join(collapsed.cells.set_index("pattern")))
      group  profile  trials  successes  units
    0     a        0       2          1      2
    1     b        1       1          1      1
    """
    frame = open_rows(data, "collapse")
    keys = list(dict.fromkeys(by))
    units = [unit] if isinstance(unit, str) else list(unit or ())
    named = [*keys, *([response] if response else []), *units]
    check_columns(frame, named, "collapse")
    twice = [name for name in (*units, response) if name in keys]
    if twice:
        raise InputError(
            f"'{twice[0]}' is asked for twice",
            where="collapse",
            expected="the person, the response and the covariates in columns of their own",
            got=", ".join(named),
        )
    counted = _counted(frame, keys, response, units)
    codes = pattern_codes(counted, keys)
    kept = (codes >= 0) & ~counted["_missing"].to_numpy(dtype=bool)
    for name in units:
        kept &= counted[name].notna().to_numpy(dtype=bool)
    total = int(counted["_trials"].sum())
    if not kept.any():
        raise InputError(
            "no row has every value",
            where="collapse",
            expected=f"rows with {', '.join(named)}",
            got=f"{total} rows, each with a missing value",
        )
    # Words are many times the size of numbers: only the rows that name a pattern are taken.
    pattern = pd.factorize(codes[kept], sort=True)[0].astype(np.int64)
    named_by = np.flatnonzero(kept)[first_places(pattern)]
    patterns = worded(counted[keys].iloc[named_by].reset_index(drop=True), frame)
    trials = counted["_trials"].to_numpy(dtype=np.int64)[kept]
    successes = counted["_successes"].to_numpy(dtype=np.int64)[kept]
    person = unit_numbers(counted[units][kept]) if units else None
    del counted, codes
    n_rows = int(trials.sum())
    if person is None:
        cells, n_units = single_rows(pattern, trials, successes), n_rows
    else:
        cells, n_units = profiles(person, pattern, trials, successes), int(person.max()) + 1
    return Cells(patterns, cells, n_rows, n_units, total - n_rows)


def _counted(
    frame: nw.LazyFrame[Any], keys: list[str], response: str | None, units: list[str]
) -> pd.DataFrame:
    """Trials and successes per unit and pattern, summed by the engine itself."""
    if response is None:
        value, missing = nw.lit(0.0), nw.lit(False)
    else:
        check_numeric(frame, response, "collapse", "0 for absent and 1 for present")
        value = nw.col(response).cast(nw.Float64)
        # Rows without a response stand apart, so that the others of the group are kept.
        missing = value.is_null() | value.is_nan()
    prepared = lettered(frame, keys).with_columns(
        _successes=value,
        # Nought for 0 and 1, and for nothing else: the sum tells whether any row is neither.
        _neither=value * (value - 1.0) * value * (value - 1.0),
        _missing=missing,
    )
    counted = collected(
        prepared.group_by(*units, *keys, "_missing")
        .agg(
            nw.len().alias("_trials"),
            nw.col("_successes").sum(),
            nw.col("_neither").sum(),
        )
        # Of many millions of cells every byte counts: a truth value is one. Engines differ in
        # whether what is no number is above 0.
        .with_columns(_neither=~nw.col("_missing") & (nw.col("_neither") > 0)),
        coded=keys,
    )
    counted["_successes"] = counted["_successes"].where(~counted["_missing"].astype(bool), 0.0)
    wrong = int(counted.pop("_neither").sum())
    if wrong:
        raise InputError(
            f"'{response}' has values other than 0 and 1",
            where="collapse",
            expected="0 for absent and 1 for present, or false and true",
            got=f"other values in {wrong} groups of rows",
            hint="make the response first: panel['status'].eq('present')",
        )
    return counted
