"""Rows, on any engine and not yet read: a frame as it is, or a file through DuckDB.

Only `tallies` and `moments` read what this module opens: other measures start from cells.
"""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from participation_stats.errors import InputError, MissingExtraError, SourceError, named_kind

#: Cells that come from DuckDB at once.
BATCH = 200_000
#: How DuckDB reads each kind of file that a path may name.
READERS = {
    ".parquet": "read_parquet",
    ".pq": "read_parquet",
    ".csv": "read_csv",
    ".csv.gz": "read_csv",
}


def open_rows(data: Any, where: str) -> nw.LazyFrame[Any]:
    """A lazy frame over whatever the caller has; nothing is computed yet.

    Parameters
    ----------
    data : frame, str or Path
        Any eager or lazy frame that narwhals knows; or a path or glob of CSV or Parquet, which
        DuckDB reads out of core, so that memory does not grow with the file.
    where : str
        The public function, for error messages.

    Raises
    ------
    InputError
        If `data` is neither a frame nor a path.
    SourceError
        If no file is there, or it is no CSV or Parquet.
    MissingExtraError
        If a path is given and DuckDB is not installed.
    """
    if isinstance(data, str | Path):
        return _scanned(str(data), where)
    frame = _wrapped(data)
    if isinstance(frame, nw.DataFrame):
        return frame.lazy()
    if isinstance(frame, nw.LazyFrame):
        return frame
    raise InputError(
        f"this is {named_kind(data)}, not a frame",
        where=where,
        expected="a pandas, polars, DuckDB, Dask or Spark frame, or the path of a file",
        got=type(data).__name__,
        hint="a CSV or Parquet file can be given by its path",
    )


def is_lazy(data: Any) -> bool:
    """Whether rows are still elsewhere: a lazy frame, or the path of a file.

    Examples
    --------
    >>> is_lazy("survey.parquet"), is_lazy(pd.DataFrame())
    (True, False)
    """
    return isinstance(data, str | Path) or isinstance(_wrapped(data), nw.LazyFrame)


def _wrapped(data: Any) -> Any:
    with warnings.catch_warnings():
        # Where the adapter for Dask lives is a matter between libraries, not for the analyst.
        warnings.filterwarnings("ignore", "Dask support is moving", FutureWarning)
        return nw.from_native(data, pass_through=True)


def check_columns(frame: nw.LazyFrame[Any], wanted: Sequence[str], where: str) -> None:
    """Refuse a column that is not there.

    Raises
    ------
    InputError
        Naming the columns that are.
    """
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


def check_numeric(frame: nw.LazyFrame[Any], name: str, where: str, expected: str) -> None:
    """Refuse a column that holds no numbers.

    Raises
    ------
    InputError
    """
    kind = frame.collect_schema()[name]
    # A pandas column of truth values with a gap is of no kind of its own; it is tried.
    if kind.is_numeric() or kind in (nw.Boolean, nw.Object, nw.Unknown):
        return
    raise InputError(
        f"'{name}' has values other than 0 and 1" if where == "collapse" else f"'{name}' is text",
        where=where,
        expected=expected,
        got=f"a column of kind {kind}",
        hint="make it first: panel['status'].eq('present')" if where == "collapse" else "",
    )


def collected(frame: nw.LazyFrame[Any], coded: Sequence[str] = ()) -> pd.DataFrame:
    """What the engine computed, as a small pandas frame.

    Text in the columns `coded` comes from DuckDB as categories in the order of the alphabet, read
    in batches, so that millions of cells hold numbers and each word once.
    """
    if coded and frame.implementation.is_duckdb():
        with _memory_given_back():
            return _whole(_in_batches(frame.to_native(), coded), frame)
    with warnings.catch_warnings():
        # Spark hands over an Arrow table; that it may not know pandas 3 does not matter here.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        # How Dask calls pandas is for Dask to mend.
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        return _whole(frame.collect().to_pandas(), frame)


def _whole(held: pd.DataFrame, frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Whole numbers with gaps as such: Arrow makes fractions of them, and 4 would read 4.0."""
    loose = [name for name in held if held[name].dtype.kind == "f" and held[name].isna().any()]
    if not loose:
        return held
    schema = frame.collect_schema()
    whole = [str(name) for name in loose if schema[str(name)].is_integer()]
    return held.astype(dict.fromkeys(whole, "Int64"))


def lettered(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> nw.LazyFrame[Any]:
    """Categories as text where the engine keeps them in the order of appearance only."""
    if frame.implementation.is_pandas_like():
        return frame
    schema = frame.collect_schema()
    loose = [name for name in keys if schema[name] == nw.Categorical]
    return frame.with_columns(nw.col(*loose).cast(nw.String)) if loose else frame


def worded(patterns: pd.DataFrame, frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Text as text again, where it came as categories."""
    schema = frame.collect_schema()
    text = [str(name) for name in patterns if schema[str(name)] == nw.String]
    return patterns.astype(dict.fromkeys(text, "str"))


def _in_batches(relation: Any, coded: Sequence[str]) -> pd.DataFrame:
    import pyarrow as pa

    reader = relation.to_arrow_reader(BATCH)
    batches = []
    for batch in reader:
        columns = [
            column.dictionary_encode() if name in coded and _is_text(column.type) else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        batches.append(pa.RecordBatch.from_arrays(columns, names=batch.schema.names))
    if not batches:
        return pd.DataFrame(reader.schema.empty_table().to_pandas())
    table = pa.Table.from_batches(batches).unify_dictionaries()
    del batches
    # Each column is let go of when it has been handed over.
    frame = pd.DataFrame(table.to_pandas(split_blocks=True, self_destruct=True))
    for name in coded:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = _in_order(frame[name].array)
    return frame


def _in_order(column: Any) -> pd.Categorical:
    """The same categories in the order of the alphabet; no word is looked at twice."""
    words = column.categories.to_numpy(dtype=object)
    order = np.argsort(words)
    rank = np.empty(len(words) + 1, dtype=column.codes.dtype)
    rank[order], rank[-1] = np.arange(len(words)), -1
    return pd.Categorical.from_codes(rank[column.codes], categories=pd.Index(words[order]))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """DuckDB gives back what it no longer needs while its result is read, not when it is closed.

    Its groups are let go of as their batches arrive; kept, they and the batches are in memory
    twice. Its threads for that serve the whole process, and end with the reading.
    """
    engine = _engine(os.getpid()).cursor()
    engine.execute("SET allocator_background_threads = true")
    try:
        yield
    finally:
        engine.execute("SET allocator_background_threads = false")


@cache
def _engine(process: int) -> Any:
    """One DuckDB for each process (a fork must not use its parent's): to start it takes long.

    It keeps nothing of the files between calls, so that memory is given back and a file that has
    changed is read anew.
    """
    import duckdb

    return duckdb.connect(config={"enable_external_file_cache": "false"})


def _scanned(path: str, where: str) -> nw.LazyFrame[Any]:
    reader = next((READERS[end] for end in READERS if path.lower().endswith(end)), None)
    if reader is None:
        raise SourceError(
            f"'{path}' is neither CSV nor Parquet",
            where=where,
            expected=f"a name that ends in {', '.join(READERS)}",
            got=f"'{Path(path).suffix}'",
            hint="read other files with ps.read_table and give the frame",
        )
    # Names on object stores are for DuckDB to resolve.
    if "://" not in path and not glob.glob(path, recursive=True):  # noqa: PTH207 - may be absolute
        raise SourceError(
            f"no file '{path}'", where=where, expected="a file or a glob that finds one", got="none"
        )
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError(
            "reading rows from a path needs DuckDB",
            where=where,
            hint="pip install duckdb, or read the file with ps.read_table and give the frame",
        ) from error
    # A cursor of its own: one connection is not for several threads.
    connection = _engine(os.getpid()).cursor()
    try:
        relation = getattr(connection, reader)(path)
    except duckdb.Error as error:
        raise SourceError(
            f"'{path}' cannot be read as a table",
            where=where,
            expected="columns with a header",
            got=str(error).splitlines()[0],
        ) from error
    opened: nw.LazyFrame[Any] = nw.from_native(relation)
    return opened
