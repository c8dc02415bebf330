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

from participation_stats.errors import InputError

from .results import Result, Rule

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
class Cells:
    """Attendance collapsed without loss to cells: all that a logit needs of any number of rows.

    Attributes
    ----------
    patterns : DataFrame
        One row per distinct combination of covariates, in the columns asked for.
    cells : DataFrame
        ``pattern`` (row of `patterns`), ``trials`` and ``successes`` (meetings open to and
        attended by *one* person), ``profile`` (people with the same set of pattern, trials and
        successes share a profile) and ``units`` (people of that profile).
    n_rows, n_units, n_missing : int
        Rows used, people, and rows left out because a covariate or the response is missing.
    """

    patterns: pd.DataFrame
    cells: pd.DataFrame
    n_rows: int
    n_units: int
    n_missing: int


def tally(data: Any, by: By, *, weights: str | None = None) -> Tally:
    """Count people by one or more characteristics, in one pass each.

    Parameters
    ----------
    data : frame
        One row per person: pandas, or any eager or lazy frame that narwhals knows.
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
        If `data` is no frame, a column is not there, or `by` names nothing.

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
    frame = _lazy(data, "tally")
    wanted = [*dict.fromkeys(name for key in keys for name in key)]
    _check_columns(frame, [*wanted, *([weights] if weights else [])], "tally")
    if not wanted:
        raise InputError("nothing to count by", where="tally", expected="a column", got="by=[]")
    blocks = [_margin(frame, key, weights) for key in keys]
    table = pd.concat(blocks, ignore_index=True)
    return Tally(table, n_rows=int(blocks[0]["count"].sum()))


def _margin(frame: nw.LazyFrame[Any], key: tuple[str, ...], weights: str | None) -> pd.DataFrame:
    sums = [nw.len().alias("count")]
    if weights is not None:
        sums.append(nw.col(weights).sum().alias("weighted"))
    counted = _collected(frame.group_by(*key).agg(*sums))
    ordered = counted.sort_values(list(key), key=_position, kind="stable")
    labels = [_labelled(ordered[name]) for name in key]
    return pd.DataFrame(
        {
            "variable": BETWEEN.join(key),
            "category": [BETWEEN.join(parts) for parts in zip(*labels, strict=True)],
            "count": ordered["count"].to_numpy(dtype=np.int64),
            **({"weighted": ordered["weighted"].to_numpy(float)} if weights is not None else {}),
        }
    )


def _labelled(column: pd.Series) -> list[str]:
    return [NOT_STATED if missing else str(value) for value, missing in zip(column, column.isna())]  # noqa: B905


def _position(column: pd.Series) -> pd.Series:
    """Where each value stands: a list's own order, else by size or alphabet; Other last."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.where(column.notna(), len(column.cat.categories))
    last = {"Other": 1, NOT_STATED: 2}
    values = sorted(column.dropna().unique(), key=lambda value: (last.get(value, 0), value))
    order = {value: number for number, value in enumerate(values)}
    return column.map(order).astype("float64").fillna(len(order))


def collapse(data: Any, by: Sequence[str], response: str, *, unit: str | None = None) -> Cells:
    """Collapse person-meetings to cells from which estimates and clustered errors follow exactly.

    A person is the set of (covariate pattern, meetings, attended) that they have; people with
    the same set are one profile. Nothing that a logit's score, information or clustered
    covariance needs is lost.

    Parameters
    ----------
    data : frame
        One row per person and meeting at risk: pandas, or any frame that narwhals knows.
    by : sequence of str
        The covariates. They may vary within a person; a numeric one keeps its distinct values.
    response : str
        0 or 1 (or false or true): attended.
    unit : str, optional
        Column that names the person. Without it every row is a unit of its own.

    Returns
    -------
    Cells

    Raises
    ------
    InputError
        If a column is not there, the response is not 0 or 1, or no complete row is left.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 2, 2, 3], "group": list("aaaab")})
    >>> log["came"] = [1, 0, 0, 1, 1]
    >>> collapsed = collapse(log, ["group"], "came", unit="who")
    >>> print(collapsed.patterns.join(collapsed.cells.set_index("pattern")))
      group  trials  successes  profile  units
    0     a       2          1        0      2
    1     b       1          1        1      1
    """
    frame = _lazy(data, "collapse")
    keys = list(dict.fromkeys(by))
    _check_columns(frame, [*keys, response, *([unit] if unit else [])], "collapse")
    counted = _counted(frame, keys, response, unit)
    complete = counted.dropna(subset=[*keys, "successes"])
    complete = complete[complete["invalid"] == 0]
    n_missing = int(counted["trials"].sum() - complete["trials"].sum())
    if complete.empty:
        raise InputError(
            "no row has every value",
            where="collapse",
            expected=f"rows with {', '.join([*keys, response])}",
            got=f"{n_missing} rows, each with a missing value",
        )
    patterns, cells = _profiles(complete, keys, unit)
    return Cells(
        patterns=patterns,
        cells=cells,
        n_rows=int(complete["trials"].sum()),
        n_units=int(complete[unit].nunique() if unit else complete["trials"].sum()),
        n_missing=n_missing,
    )


def _counted(
    frame: nw.LazyFrame[Any], keys: list[str], response: str, unit: str | None
) -> pd.DataFrame:
    """Trials and successes per unit and pattern, summed by the engine itself."""
    value = nw.col(response).cast(nw.Float64)
    prepared = frame.with_columns(
        _successes=value,
        # Nought for 0 and 1, and for nothing else: the sum tells whether any row is neither.
        _neither=(value * (value - 1.0)) ** 2,
        # Rows without a response stand apart, so that the others of the group are kept.
        _missing=nw.col(response).is_null(),
    )
    counted = _collected(
        prepared.group_by(*([unit] if unit else []), *keys, "_missing").agg(
            nw.len().alias("trials"),
            nw.col("_successes").sum().alias("successes"),
            nw.col("_neither").sum().alias("neither"),
        )
    )
    if (counted["neither"] > 0).any():
        raise InputError(
            f"'{response}' has values other than 0 and 1",
            where="collapse",
            expected="0 for absent and 1 for present, or false and true",
            got=f"other values in {int((counted['neither'] > 0).sum())} groups of rows",
            hint="make the response first: panel['status'].eq('present')",
        )
    counted["invalid"] = counted.pop("_missing").astype(bool) | (
        counted[unit].isna() if unit else False
    )
    return counted.drop(columns="neither").astype({"trials": np.int64})


def _profiles(
    complete: pd.DataFrame, keys: list[str], unit: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Number the patterns, then give people with the same set of cells one profile."""
    complete = complete.assign(successes=complete["successes"].astype(np.int64))
    if keys:
        complete = complete.sort_values(keys, kind="stable")
    grouped = complete.groupby(keys, sort=False, observed=True) if keys else None
    number = grouped.ngroup() if grouped is not None else pd.Series(0, index=complete.index)
    patterns = complete.loc[~number.duplicated(), keys].reset_index(drop=True)
    cells = complete.assign(pattern=number.to_numpy())[["pattern", "trials", "successes"]]
    if unit is None:
        return patterns, cells.assign(profile=range(len(cells)), units=1).reset_index(drop=True)
    person = complete[unit].astype("category").cat.codes.to_numpy()
    profile = _same_sets(person, cells)
    cells = cells.assign(profile=profile[person])
    keep = [*cells.columns]
    units = pd.Series(profile).value_counts()
    unique = cells.drop_duplicates(keep).sort_values(["profile", "pattern"], kind="stable")
    return patterns, unique.assign(units=unique["profile"].map(units)).reset_index(drop=True)


def _same_sets(person: np.ndarray, cells: pd.DataFrame) -> np.ndarray:
    """The profile of each person: people share one if their sets of cells are the same.

    A set is told by the sums of two random 64-bit numbers per distinct cell. Two different sets
    among n people agree by accident with probability below n²/2¹²⁸.
    """
    kind = cells.groupby(["pattern", "trials", "successes"], sort=False).ngroup().to_numpy()
    marks = np.random.default_rng(0).integers(0, 2**63, size=(kind.max() + 1, 2), dtype=np.uint64)
    sums = np.zeros((person.max() + 1, 2), dtype=np.uint64)
    np.add.at(sums, person, marks[kind])
    _, first, profile = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    # Numbered in the order of people, so that the same data give the same numbers.
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[profile.ravel()])


def _lazy(data: Any, where: str) -> nw.LazyFrame[Any]:
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return frame.lazy()
    if isinstance(frame, nw.LazyFrame):
        return frame
    raise InputError(
        f"this is a {type(data).__name__}, not a frame",
        where=where,
        expected="a pandas, polars, DuckDB, Dask or Spark frame",
        got=type(data).__name__,
        hint="read a file with ps.read_table first",
    )


def _check_columns(frame: nw.LazyFrame[Any], wanted: Sequence[str], where: str) -> None:
    known = frame.collect_schema().names()
    for name in wanted:
        if name not in known:
            raise InputError(
                f"no column '{name}'",
                where=where,
                expected=f"one of {', '.join(known)}",
                got=f"'{name}'",
                hint="check the spelling; names are case-sensitive",
            )


def _collected(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    return frame.collect().to_pandas()
