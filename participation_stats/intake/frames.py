"""Frames of any engine: brought here, counted where they are, or refused."""

from __future__ import annotations

import warnings
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa

from participation_stats.errors import InputError


def require_frame(frame: Any, where: str) -> pd.DataFrame:
    """Refuse what is no pandas frame, such as one whose rows are elsewhere.

    Raises
    ------
    InputError
    """
    if isinstance(frame, pd.DataFrame):
        return frame
    raise InputError(
        f"this is a {type(frame).__name__}, and values are changed one by one",
        where=where,
        expected="a pandas frame",
        got=type(frame).__name__,
        hint="ps.read_table(frame, schema) brings a frame of any engine, or a file, into pandas",
    )


def in_arrow(source: Any) -> pa.Table:
    """The rows of a frame of any engine.

    Raises
    ------
    TypeError
        If it is no frame that narwhals knows.
    """
    return _collected(source)


def row_count(source: Any) -> int:
    """How many rows a frame of any engine has, counted where they are."""
    return int(_collected(source, nw.len().alias("rows"))["rows"][0].as_py())


def _collected(source: Any, *columns: Any) -> pa.Table:
    with warnings.catch_warnings():
        # Where adapters live, and how engines call pandas and Arrow, is not the analyst's matter.
        warnings.filterwarnings("ignore", "Dask support is moving", FutureWarning)
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        frame = nw.from_native(source).lazy()
        return (frame.select(*columns) if columns else frame).collect().to_arrow()
