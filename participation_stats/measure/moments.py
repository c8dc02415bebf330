"""Weighted sums and sums of squares by group, on any engine, without bringing rows here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from .rows import check_columns, collected, is_lazy, open_rows

__all__ = ["SUMS", "column_kinds", "group_ranges", "is_lazy", "moments"]

#: The sums that `moments` gives, beside its keys.
SUMS = (
    "_sampled", "_n", "_plain", "_weight", "_numerator", "_denominator", "_squares", "_products",
    "_denominator_squares", "_weight_squares",
)  # fmt: skip


def column_kinds(data: Any, where: str) -> dict[str, Any]:
    """Names of the columns and narwhals' kind of each."""
    return dict(open_rows(data, where).collect_schema().items())


def moments(
    data: Any,
    by: Sequence[str],
    weights: str | None,
    value: str | None,
    other: str | None,
    where: str,
) -> pd.DataFrame:
    """Sums over the rows of each group that have a value and a weight that is not 0.

    Parameters
    ----------
    data : frame, str or Path
    by : sequence of str
        Columns that name the group; missing values are groups too.
    weights : str, optional
        Column w; 1 without.
    value, other : str, optional
        Columns y and x; 1 without. A row that lacks one is not counted in ``_n``.
    where : str
        The public function, for error messages.

    Returns
    -------
    DataFrame
        The columns of `by`, ``_sampled`` (rows with a weight), ``_n`` (those with a value),
        ``_plain`` (sum of y), and weighted sums of 1, y, x, y², yx, x² and w.

    Raises
    ------
    InputError
        If a column is not there.

    Examples
    --------
    >>> answers = pd.DataFrame({"g": ["a", "a", "b"], "y": [1.0, None, 3.0], "w": [2, 1, 2]})
    >>> found = moments(answers, ["g"], "w", "y", None, "survey_estimate").sort_values("g")
    >>> found[["g", "_sampled", "_n", "_weight", "_numerator"]].to_numpy().tolist()
    [['a', 2.0, 1.0, 2.0, 2.0], ['b', 1.0, 1.0, 2.0, 6.0]]
    """
    frame = open_rows(data, where)
    named = [name for name in (weights, value, other) if name is not None]
    check_columns(frame, [*by, *named], where)
    w, y, x = (
        nw.lit(1.0) if name is None else nw.col(name).cast(nw.Float64)
        for name in (weights, value, other)
    )
    frame = frame.with_columns(_w=w, _y=y, _x=x)
    weighty = ~(nw.col("_w") == 0.0)
    known = weighty & ~_missing("_y") & ~_missing("_x")
    frame = frame.with_columns(
        _sampled=weighty.cast(nw.Int64),
        _n=known.cast(nw.Int64),
        _w=nw.when(known).then(nw.col("_w")).otherwise(nw.lit(0.0)),
        _y=nw.when(known).then(nw.col("_y")).otherwise(nw.lit(0.0)),
        _x=nw.when(known).then(nw.col("_x")).otherwise(nw.lit(0.0)),
    )
    # Sums of columns made beforehand: no engine leaves its fast path.
    frame = frame.with_columns(
        _plain=nw.col("_y"),
        _weight=nw.col("_w"),
        _numerator=nw.col("_w") * nw.col("_y"),
        _denominator=nw.col("_w") * nw.col("_x"),
        _squares=nw.col("_w") * nw.col("_y") * nw.col("_y"),
        _products=nw.col("_w") * nw.col("_y") * nw.col("_x"),
        _denominator_squares=nw.col("_w") * nw.col("_x") * nw.col("_x"),
        _weight_squares=nw.col("_w") * nw.col("_w"),
    )
    return _floats(collected(frame.group_by(*by).agg(*(nw.col(name).sum() for name in SUMS))), by)


def group_ranges(
    data: Any, by: Sequence[str], weights: str | None, size: str | None, where: str
) -> pd.DataFrame:
    """What must be known of the clusters of a design.

    Returns
    -------
    DataFrame
        The columns of `by`, ``_rows``, ``_bad`` (weights that are missing, below 0 or
        infinite), ``_weight, _weight_squares, _weight_low, _weight_high``, and of the column
        `size` ``_size_low, _size_high`` and ``_unsized`` (rows without).
    """
    frame = open_rows(data, where)
    check_columns(frame, [*by, *(name for name in (weights, size) if name is not None)], where)
    w, size_of = (
        nw.lit(1.0) if name is None else nw.col(name).cast(nw.Float64) for name in (weights, size)
    )
    frame = frame.with_columns(_w=w, _s=size_of)
    bad = _missing("_w") | (nw.col("_w") < 0) | (nw.col("_w") == float("inf"))
    frame = frame.with_columns(
        _bad=bad.cast(nw.Int64),
        _weight_squares=nw.col("_w") * nw.col("_w"),
        _weighted=(~(nw.col("_w") == 0.0)).cast(nw.Int64),
        _unsized=_missing("_s").cast(nw.Int64),
    )
    found = collected(
        frame.group_by(*by).agg(
            nw.len().alias("_rows"),
            nw.col("_bad").sum(),
            nw.col("_weighted").sum(),
            nw.col("_w").sum().alias("_weight"),
            nw.col("_weight_squares").sum(),
            nw.col("_w").min().alias("_weight_low"),
            nw.col("_w").max().alias("_weight_high"),
            nw.col("_s").min().alias("_size_low"),
            nw.col("_s").max().alias("_size_high"),
            nw.col("_unsized").sum(),
        )
    )
    return _floats(found, by)


def _floats(found: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Sums as floats: some engines add whole numbers up to decimals of Python."""
    return found.astype({name: float for name in found.columns if name not in by})


def _missing(name: str) -> nw.Expr:
    return nw.col(name).is_null() | nw.col(name).is_nan()
