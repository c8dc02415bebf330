"""validate: everything that is wrong, where, and what to do; it judges and never changes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, SourceError

from .checked import CheckedTable
from .checking import Codelists, check_table
from .folders import table_files
from .gauges import CHECKING, COMPARING, Gauge, Progress, bytes_of
from .issues import SEVERITIES, Finding, issues_frame
from .keys import reference_findings
from .plausibility import date_far_from_the_rest, plausibility_findings
from .raw import RawTable
from .recognition import all_fields, recognised
from .rulebook import rule_findings
from .rules import CROSS_RULES
from .schemas import Schema, load_schema
from .sources import read_raw

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

    from .mappings import ColumnMapping


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Validation:
    """What came of a validation.

    Attributes
    ----------
    issues : DataFrame
        ``table, row, column, value, rule, severity, message, hint``. `row` is the line of the
        file, headings being line 1; for data frames and Parquet the position counted from 1; NA
        where the table as a whole is meant. `severity` is error, warning or note: only errors
        keep a row out.
    tables : mapping of str to CheckedTable
        The tables that could be read.
    source : str
        What was validated.
    single : bool
        One table was validated, not a folder: `valid` and `rejected` are then frames.

    Notes
    -----
    Every row that came in is in exactly one of `valid` and `rejected`.
    """

    issues: pd.DataFrame
    tables: Mapping[str, CheckedTable]
    source: str
    single: bool

    @property
    def ok(self) -> bool:
        """Is there no error? Warnings and notes do not count."""
        return not bool((self.issues["severity"] == "error").any())

    @functools.cached_property
    def valid(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """The rows without an error, typed: a frame, or for a folder one by table."""
        frames = {
            name: table.typed(np.flatnonzero(table.good)) for name, table in self.tables.items()
        }
        return next(iter(frames.values())) if self.single else frames

    @functools.cached_property
    def rejected(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """The rows with an error as they were written, with their reasons.

        ``_row`` is the line, ``_reasons`` every error of the row. A line that could not be cut
        into columns stands whole in ``_line``, its columns being empty.
        """
        frames = {name: self._rejected(table) for name, table in self.tables.items()}
        return next(iter(frames.values())) if self.single else frames

    def _rejected(self, table: CheckedTable) -> pd.DataFrame:
        rows = np.flatnonzero(~table.good)
        cells = table.raw.as_it_came(rows)
        cells.insert(0, "_row", pd.Series(table.raw.lines[rows], dtype="int64"))
        broken = pd.DataFrame(
            {
                "_row": pd.Series([row.line for row in table.raw.broken], dtype="int64"),
                "_line": pd.Series([row.text for row in table.raw.broken], dtype="str"),
            }
        )
        whole = pd.concat([cells, broken]) if len(broken) else cells.assign(_line=None)
        whole = whole.sort_values("_row", ignore_index=True)
        return whole.assign(_reasons=self._reasons(table.raw.name, whole["_row"]))

    def _reasons(self, table: str, lines: pd.Series[int]) -> pd.Series[str]:
        """Every error of each line, those of the table as a whole first."""
        against = (self.issues["severity"] == "error") | (self.issues["rule"] == "set apart")
        issues = self.issues[(self.issues["table"] == table) & against]
        whole = "; ".join(issues.loc[issues["row"].isna(), "message"])
        rows = issues.dropna(subset=["row"]).set_index("row")["message"]
        several = rows.index.duplicated(keep=False)  # to join takes long, and few lines need it
        joined = rows[several].groupby(level="row").agg("; ".join)
        own = lines.map(pd.concat([rows[~several], joined])).astype("str")
        return (whole + ("; " + own).fillna("")) if whole else own

    @functools.cached_property
    def missing(self) -> pd.DataFrame:
        """How many values are missing for which reason: ``table, column, reason, count``."""
        counted = [
            (name, column, reason, count)
            for name, table in self.tables.items()
            for column, reasons in table.missing(np.arange(len(table.raw))).items()
            for reason, count in reasons.items()
        ]
        return pd.DataFrame(counted, columns=["table", "column", "reason", "count"])

    def summary(self) -> pd.DataFrame:
        """One row for each table: rows that came in, valid, rejected; errors, warnings, notes."""
        counts = self.issues.groupby(["table", "severity"]).size()
        rows = []
        for name in dict.fromkeys([*self.tables, *self.issues["table"]]):
            table = self.tables.get(name)
            came_in = table.raw.came_in if table else 0
            valid = int(table.good.sum()) if table else 0
            found = {f"{word}s": int(counts.get((name, word), 0)) for word in SEVERITIES}
            rows.append(
                {"table": name, "rows": came_in, "valid": valid, "rejected": came_in - valid}
                | found
            )
        columns = ["table", "rows", "valid", "rejected", *(f"{word}s" for word in SEVERITIES)]
        return pd.DataFrame(rows, columns=columns)

    def to_text(self, *, colour: bool = False) -> str:
        """The report as text, with colours if a terminal will show it."""
        from .renderings import text_report

        return text_report(self, colour=colour)

    def to_json(self) -> str:
        """The report as JSON: ``ok``, ``source``, ``summary``, ``issues`` and ``missing``."""
        from .renderings import json_report

        return json_report(self)

    def to_html(self) -> str:
        """The report as one self-contained web page."""
        from .pages import html_report

        return html_report(self)

    def write(self, folder: str | Path) -> Path:
        """Write ``valid/``, ``rejected/`` and ``issues.csv`` side by side, or nothing.

        Cells that a spreadsheet would run as a formula (they begin with = + - @) get an
        apostrophe in front, except plain numbers such as −9. Missing values keep their code.

        Raises
        ------
        OutputError
            If the folder exists and is no earlier validation, or cannot be written.
        """
        from .renderings import write_validation

        return write_validation(self, Path(folder))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()


def validate(
    source: str | Path | IntoFrame | Mapping[str, IntoFrame],
    schema: str | Schema | None = None,
    *,
    codelists: Codelists | None = None,
    mapping: ColumnMapping | str | Path | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Find everything that is wrong with a table or with the tables of an estate, in one run.

    Parameters
    ----------
    source : path, data frame or mapping
        A file, a frame of pandas or of any engine that narwhals knows, a folder whose files are
        named after their tables (``people.csv``, ``meetings.parquet`` …), or a mapping of table
        names to frames. References between tables are checked for folders and mappings.
    schema : str or Schema, optional
        What a single table is. Default: by the name of its file, else by its headings.
    codelists : mapping, optional
        Your own codes for a code list, by the list's name: ``{"ethnicity_estate": [...]}``.
    mapping : ColumnMapping or path, optional
        How the columns and labels of a single file become ours. Issues and rejected rows then
        have the columns and values of the file.
    progress : callable, optional
        Called as ``progress(done, total)`` with the bytes of the files (for frames: rows) that
        are read and checked, and of all; the last time with both equal.

    Returns
    -------
    Validation
        ``.ok``, ``.issues``, ``.valid``, ``.rejected``, ``.missing``, ``.summary()``,
        ``.write(folder)``; prints as a report.

    Raises
    ------
    SourceError
        If a single source cannot be read at all, or a folder holds no table. (A file of a
        folder that cannot be read is an issue, so that the others are still checked.)
    InputError
        If it cannot be told which table a single source is, or the mapping does not fit.
    SchemaError
        If `schema` names none.

    Examples
    --------
    >>> import pandas as pd
    >>> register = pd.DataFrame({"meeting_id": ["m1", "m1"], "person_id": ["p1", "p2"],
    ...                          "status": ["present", "presnt"]})
    >>> checked = validate({"attendance": register})
    >>> checked.ok
    False
    >>> wrong = checked.issues.query("severity == 'error'")
    >>> print(wrong[["row", "column", "value", "message", "hint"]].to_string(index=False))
     row column  value                               message                hint
       2 status presnt status 'presnt' is not one of its codes perhaps 'present' is meant
    >>> len(checked.valid["attendance"]), len(checked.rejected["attendance"])
    (1, 1)
    """
    lists = codelists or {}
    if mapping is not None and (isinstance(source, Mapping) or _is_folder(source)):
        raise InputError(
            "a mapping is for one table",
            where="validate",
            expected="a file or a data frame",
            got="several tables",
        )
    gauge = Gauge(progress, _size(source))
    judged = _validated(source, schema, mapping, lists, gauge)
    gauge.finish()
    return judged


def _validated(
    source: Any,
    schema: str | Schema | None,
    mapping: ColumnMapping | str | Path | None,
    codelists: Codelists,
    gauge: Gauge,
) -> Validation:
    if not _is_folder(source) and not isinstance(source, Mapping):
        raw, chosen = _single(source, schema, mapping, codelists, gauge)
        tables = {raw.name: _checked(raw, chosen, codelists, _size(source), gauge)}
        judged = _judged(tables, [], raw.origin, gauge, single=True)
        return judged if raw.written is None else _with_hint(judged)
    tables, failures = {}, []
    parts: Mapping[Any, Any] = source if isinstance(source, Mapping) else table_files(Path(source))
    for name, part in parts.items():
        try:
            raw = _table(part, str(name), gauge)
        except SourceError as error:
            if not isinstance(part, Path):
                raise
            message = f"{part.name}: {error.what}"
            failures.append(Finding(name, "source", "error", message, error.hint))
        else:
            tables[raw.name] = _checked(raw, load_schema(raw.name), codelists, _size(part), gauge)
    title = Path(source).resolve().name if _is_folder(source) else "data frames"
    return _judged(tables, failures, title, gauge, single=False)


def _checked(
    raw: RawTable, schema: Schema, codelists: Codelists, size: int, gauge: Gauge
) -> CheckedTable:
    checked = gauge.stage(size, CHECKING)
    table = check_table(raw, schema, codelists)
    checked(1)
    return table


def _size(source: Any) -> int:
    """How much there is to read: bytes of files, rows of frames as far as they are known."""
    if _is_folder(source):
        return sum(map(bytes_of, table_files(Path(source)).values()))
    if isinstance(source, Mapping):
        return sum(map(_size, source.values()))
    if isinstance(source, str | Path):
        return bytes_of(Path(source))
    return len(source) if hasattr(source, "__len__") else 0


def _judged(
    tables: dict[str, CheckedTable],
    failures: Sequence[Finding],
    source: str,
    gauge: Gauge,
    *,
    single: bool,
) -> Validation:
    compared = gauge.stage(gauge.total, COMPARING)
    judged = _after(tables, reference_findings(tables))
    judged = _after(judged, list(date_far_from_the_rest(judged)))
    compared(0.2)
    judged = _after(judged, rule_findings(CROSS_RULES, judged))
    compared(0.7)
    judged = _after(judged, plausibility_findings(judged))
    findings = [finding for table in judged.values() for finding in table.findings]
    raws = {name: table.raw for name, table in judged.items()}
    return Validation(issues_frame([*failures, *findings], raws), judged, source, single)


def _with_hint(judged: Validation) -> Validation:
    """What cannot be read may be missing from the mapping rather than wrong."""
    issues = judged.issues.copy()
    unread = issues["rule"].isin(["code", "type"])
    issues.loc[unread, "hint"] += "; or say in the mapping what it means"
    return dataclasses.replace(judged, issues=issues)


def _after(tables: Mapping[str, CheckedTable], found: list[Finding]) -> dict[str, CheckedTable]:
    return {
        name: table.without([finding for finding in found if finding.table == name])
        for name, table in tables.items()
    }


def _table(part: Any, name: str, gauge: Gauge) -> RawTable:
    schema = load_schema(name)
    return read_raw(part, name=name, known=schema.field_names, may_be_empty=True, gauge=gauge)


def _is_folder(source: Any) -> TypeGuard[str | Path]:
    return isinstance(source, str | Path) and Path(source).is_dir()


def _single(
    source: Any,
    schema: str | Schema | None,
    mapping: ColumnMapping | str | Path | None,
    codelists: Codelists,
    gauge: Gauge,
) -> tuple[RawTable, Schema]:
    chosen = load_schema(schema) if isinstance(schema, str) else schema
    if mapping is not None:
        from .mappings import ColumnMapping, read_mapping
        from .translation import read_mapped

        told = mapping if isinstance(mapping, ColumnMapping) else read_mapping(mapping)
        chosen = chosen or load_schema(told.table)
        return read_mapped(source, told, chosen, codelists), chosen
    known = chosen.field_names if chosen else all_fields()
    raw = read_raw(source, name=chosen.name if chosen else None, known=known, gauge=gauge)
    if chosen is None:
        chosen = recognised(raw, source)
        raw = dataclasses.replace(raw, name=chosen.name)
    return raw, chosen
