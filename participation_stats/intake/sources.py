"""read_table: the only door in. text, Parquet, Excel, SPSS and any frame become typed frames."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from participation_stats.errors import DataWarning, InputError, SourceError

from .csvfiles import parse_csv
from .dialects import detect_dialect, unreadable
from .frames import in_arrow
from .gauges import READING, SCANNING, SILENT, Gauge, bytes_of
from .raw import BrokenRow, Cells, RawTable, Remark, from_arrow, from_series
from .schemas import Codelist, Schema, load_schema
from .spss import parse_spss
from .suggestions import nearest
from .workbooks import parse_workbook

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

    from .mappings import ColumnMapping

#: What the ending of a file's name says of its kind.
TEXT_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
EXCEL_ENDINGS = (".xlsx", ".xlsm")
SPSS_ENDINGS = (".sav", ".zsav")
ENDINGS = TEXT_ENDINGS + PARQUET_ENDINGS + EXCEL_ENDINGS + SPSS_ENDINGS


def read_table(
    source: str | Path | IntoFrame,
    schema: str | Schema,
    *,
    codelists: Mapping[str, Codelist | Sequence[str]] | None = None,
    mapping: ColumnMapping | str | Path | None = None,
) -> pd.DataFrame:
    """Read one table into a typed frame.

    Parameters
    ----------
    source : path or data frame
        A CSV file (comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252), a Parquet
        file, an Excel sheet, an SPSS file (its value labels count, not its codes), or a frame of
        pandas or of any engine that narwhals knows.
    schema : str or Schema
        The table it is, such as ``"attendance"``.
    codelists : mapping, optional
        Your own codes for a code list of the schema, by the list's name.
    mapping : ColumnMapping or path, optional
        How the columns and labels of somebody's file become ours: see `draft_mapping`.

    Returns
    -------
    DataFrame
        The rows without an error: text as ``str``, ``Int64``, ``Float64``, ``boolean`` and
        ``datetime64[us]``. A missing value is NA; why it is missing is counted in
        ``.attrs["missing"]`` (column → reason → count). Columns beyond the schema are kept as
        they came. Rows with an error are left out with a `DataWarning` that counts them;
        `validate` shows each.

    Raises
    ------
    SourceError
        If the source is missing, empty, no text, no table, or lacks a required column.
    InputError
        If `source` is neither a path nor a data frame, or the mapping does not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> register = pd.DataFrame({"meeting_id": ["m1", "m1"], "person_id": ["p1", "p2"],
    ...                          "status": ["present", "apologies"], "spoke": ["yes", "-9"]})
    >>> typed = read_table(register, "attendance")
    >>> print(typed)
      meeting_id person_id     status spoke
    0         m1        p1    present   yes
    1         m1        p2  apologies   NaN
    >>> typed.attrs["missing"]
    {'spoke': {'Prefer not to say': 1}}
    """
    from .checking import check_table

    chosen = load_schema(schema) if isinstance(schema, str) else schema
    if mapping is None:
        raw = read_raw(source, name=chosen.name, known=chosen.field_names)
    else:
        from .translation import read_mapped

        raw = read_mapped(source, mapping, chosen, codelists or {})
    checked = check_table(raw, chosen, codelists or {})
    if checked.lacking:
        raise _lacks(raw, checked.lacking, chosen.required)
    left_out = raw.came_in - int(checked.good.sum())
    if left_out:
        apart = sum(row.severity != "error" for row in raw.broken)
        warnings.warn(
            f"read_table: {left_out} of {raw.came_in} rows of {raw.origin} have errors "
            + (f"or are no response ({apart}) " if apart else "")
            + "and are left out. Hint: ps.validate shows each.",
            DataWarning,
            stacklevel=2,
        )
    return checked.typed(np.flatnonzero(checked.good))


def read_margins(source: str | Path | IntoFrame) -> pd.DataFrame:
    """Read margins (``variable, category`` and ``count`` or ``share``), all of them or none.

    Raises
    ------
    SourceError
        If the source cannot be read, or lacks a column.
    InputError
        If a row has an error: without it the total would be another.

    Examples
    --------
    >>> import pandas as pd
    >>> read_margins(pd.DataFrame({"variable": "gender", "category": ["Female", "Male"],
    ...                            "share": [0.57, 0.43]}))
      variable category  share
    0   gender   Female   0.57
    1   gender     Male   0.43
    """
    from .checking import check_table
    from .issues import issues_frame

    schema = load_schema("population")
    raw = read_raw(source, name=schema.name, known=schema.field_names)
    checked = check_table(raw, schema, {})
    amounts = [name for name in ("count", "share") if name in checked.columns]
    lacking = [*checked.lacking, *([] if amounts else ["count"])]
    if lacking:
        raise _lacks(raw, lacking, ["variable", "category", "count or share"])
    issues = issues_frame(checked.findings, {raw.name: raw}).query("severity == 'error'")
    if len(issues):
        first = issues.iloc[0]
        rest = len(issues) - 1
        more = f" (and {rest} more error{'' if rest == 1 else 's'})" if rest else ""
        raise InputError(
            f"line {first['row']}: {first['message']}{more}",
            where=raw.origin,
            hint=str(first["hint"]),
        )
    margins = checked.typed()
    return margins.drop(columns=[name for name in amounts if margins[name].isna().all()])


def _lacks(raw: RawTable, lacking: Sequence[str], expected: Sequence[str]) -> SourceError:
    return SourceError(
        f"no column {_quoted(lacking)}, which {raw.name} must have",
        where=raw.origin,
        expected=", ".join(expected),
        got=", ".join(raw.columns),
        hint=_column_hint(lacking, raw.columns),
    )


def read_raw(
    source: str | Path | IntoFrame | RawTable,
    *,
    name: str | None = None,
    known: Collection[str] = (),
    may_be_empty: bool = False,
    gauge: Gauge = SILENT,
) -> RawTable:
    """Read a source into raw cells, with the line of each row.

    Parameters
    ----------
    source : path, data frame or RawTable
    name : str, optional
        The table's name. Default: the stem of the file.
    known : collection of str
        Names that the headings may have; they help to find the delimiter.
    may_be_empty : bool
        Accept headings without rows.
    gauge : Gauge, optional
        Told how far the reading of a file has come.

    Raises
    ------
    SourceError
        If the source is missing, empty, no text, no table, or names a column twice.
    InputError
        If `source` is neither a path nor a data frame.
    """
    if isinstance(source, RawTable):
        return source
    if isinstance(source, str | Path):
        raw = _read_file(Path(source), name, known, gauge)
    else:
        raw = _read_frame(source, name)
    if not raw.columns:
        raise SourceError("there are no columns", where=raw.origin, expected="headings and rows")
    if raw.came_in == 0 and not may_be_empty:
        raise SourceError(
            "there are headings but no rows", where=raw.origin, expected="at least one row"
        )
    return raw


def _read_file(path: Path, name: str | None, known: Collection[str], gauge: Gauge) -> RawTable:
    if path.is_dir():
        raise SourceError(
            "this is a folder", where=str(path), expected="a file", hint="use ps.read_estate"
        )
    ending = path.suffix.lower()
    scanned = gauge.stage(bytes_of(path), SCANNING)
    read = gauge.stage(bytes_of(path), READING)
    if ending in PARQUET_ENDINGS:
        return _read_parquet(path, name or path.stem)
    if ending in EXCEL_ENDINGS and path.exists():
        headings, columns, lines, remarks = parse_workbook(path, name or path.stem)
        return _assembled(name or path.stem, path.name, headings, columns, lines, (), remarks)
    if ending in SPSS_ENDINGS:
        headings, columns, lines, remarks = parse_spss(path)
        return _assembled(name or path.stem, path.name, headings, columns, lines, (), remarks)
    if ending not in TEXT_ENDINGS and path.exists():
        raise SourceError(
            f"files named '{ending or path.name}' are not read",
            where=path.name,
            expected=", ".join(ENDINGS),
            hint="save it as CSV UTF-8",
        )
    dialect = detect_dialect(path, known, scanned)
    headings, columns, lines, broken = parse_csv(path, dialect, read)
    return _assembled(
        name or path.stem,
        path.name,
        headings,
        columns,
        lines,
        broken,
        dialect.remarks,
        decimal_comma=dialect.delimiter != ",",
    )


def _read_parquet(path: Path, name: str) -> RawTable:
    try:
        table = pa.parquet.read_table(path)
    except FileNotFoundError as error:
        raise unreadable(path, error) from error
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            "this is not a Parquet file, or a damaged one",
            where=path.name,
            hint="ask for it again, or for CSV UTF-8",
        ) from error
    return _from_arrow_table(table, name, path.name)


def _read_frame(source: Any, name: str | None) -> RawTable:
    label = name or "table"
    if isinstance(source, pd.DataFrame):
        columns = [from_series(source.iloc[:, place]) for place in range(source.shape[1])]
        return _assembled(
            label,
            "data frame",
            [str(column) for column in source.columns],
            columns,
            np.arange(1, len(source) + 1),
        )
    try:
        table = in_arrow(source)
    except TypeError as error:
        raise InputError(
            "the source is neither a path nor a data frame",
            where="read_table",
            expected="a path, or a frame of pandas, polars, Arrow, DuckDB ...",
            got=type(source).__name__,
        ) from error
    return _from_arrow_table(table, label, "data frame")


def _from_arrow_table(table: pa.Table, name: str, origin: str) -> RawTable:
    columns = [from_arrow(column) for column in table.columns]
    return _assembled(name, origin, table.column_names, columns, np.arange(1, table.num_rows + 1))


def _assembled(
    name: str,
    origin: str,
    headings: Sequence[str],
    columns: Sequence[Cells],
    lines: np.ndarray[Any, np.dtype[np.int64]],
    broken: tuple[BrokenRow, ...] = (),
    remarks: tuple[Remark, ...] = (),
    *,
    decimal_comma: bool = False,
) -> RawTable:
    cleaned = [" ".join(heading.split()) for heading in headings]
    twice = [heading for heading, count in Counter(cleaned).items() if heading and count > 1]
    if twice:
        raise SourceError(
            f"more than one column is called {_quoted(twice)}",
            where=origin,
            expected="every column has a name of its own",
            hint="rename or delete the column that is not meant",
        )
    named, unnamed = _named(cleaned, columns)
    return RawTable(
        name=name,
        origin=origin,
        columns=named,
        lines=lines,
        broken=broken,
        remarks=remarks + unnamed,
        decimal_comma=decimal_comma,
    )


def _named(
    headings: Sequence[str], columns: Sequence[Cells]
) -> tuple[dict[str, Cells], tuple[Remark, ...]]:
    """Columns by name. One without a heading is left out if it is empty, else numbered."""
    named: dict[str, Cells] = {}
    remarks: list[Remark] = []
    for place, (heading, cells) in enumerate(zip(headings, columns, strict=True), start=1):
        if heading:
            named[heading] = cells
            continue
        blank = all(value is None or value == "" for value in cells.values[cells.used()])
        if not blank:
            named[f"column {place}"] = cells
        remarks.append(
            Remark(
                rule="heading",
                severity="note" if blank else "warning",
                message=f"column {place} has no heading"
                + (" and no values; it is left out" if blank else ""),
                hint="" if blank else "give it a heading, or delete it",
            )
        )
    return named, tuple(remarks)


def _column_hint(lacking: Sequence[str], columns: Collection[str]) -> str:
    for name in lacking:
        close = nearest(name, columns)
        if close:
            return f"perhaps '{close}' is meant to be '{name}'"
    return "add the column, or name another table"


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)
