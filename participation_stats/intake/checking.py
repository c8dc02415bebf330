"""Checking one table: its headings, and each field by type, code, range, pattern and presence.

pandera is the engine of the code, range and pattern checks. It sees the distinct values of a
column instead of its rows: the answer is the same, and a million rows of three statuses cost
three comparisons. (pandera on the rows themselves needs 0.06 s for each check of a column of a
million, before keys; on distinct values a whole attendance file takes less.)
"""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .checked import CheckedTable, Column, good_rows
from .hints import code_hint, date_hint, number_hint
from .issues import Finding, Severity, remark_finding
from .keys import key_findings
from .parsing import Parsed, parse, shortened, type_message
from .raw import RawTable
from .schemas import Codelist, Field, Schema
from .suggestions import nearest


@contextlib.contextmanager
def _without_spark_notes() -> Iterator[None]:
    """Where Spark is installed pandera loads it, and Spark complains of pandas 3."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        yield


if TYPE_CHECKING:
    import pandera.pandas as pandera

_REGISTER = "add the column; a register with dates across the top is read by ps.read_register"
#: Spelling is compared for so many different wrong values of a column; the rest get the list.
_MOST_SUGGESTIONS = 200

Codelists = Mapping[str, Codelist | Sequence[str]]


def check_table(raw: RawTable, schema: Schema, codelists: Codelists) -> CheckedTable:
    """Check the fields and the primary key of one table.

    Parameters
    ----------
    raw : RawTable
    schema : Schema
    codelists : mapping of str to Codelist or codes
        Codes that replace those of the schema, by the code list's name.
    """
    name = raw.name
    lacking = tuple(field for field in schema.required if field not in raw.columns)
    columns = {}
    findings = [remark_finding(name, remark) for remark in raw.remarks]
    findings += _heading_findings(raw, schema, lacking)
    for field in schema.fields:
        if field.name in raw.columns:
            columns[field.name], found = _check_column(raw, schema, field, codelists)
            findings += found
    findings += key_findings(raw, schema, columns)
    good = good_rows(len(raw), findings)
    if lacking:
        good[:] = False
    return CheckedTable(raw, schema, columns, lacking, tuple(findings), good)


def _heading_findings(raw: RawTable, schema: Schema, lacking: Sequence[str]) -> list[Finding]:
    known = {*schema.field_names, *raw.unused}
    strange = [column for column in raw.columns if column not in known]
    found = []
    # A register as clerks keep it is no table with headings, and has none of ours.
    register = schema.name == "attendance" and set(lacking) == set(schema.required)
    otherwise = _REGISTER if register else "add the column"
    for column in lacking:
        close = nearest(column, strange)
        found.append(
            Finding(
                raw.name,
                "missing column",
                "error",
                f"no column '{column}', which {schema.name} must have; no row can be used",
                f"perhaps '{close}' is meant" if close else otherwise,
                column=column,
            )
        )
    absent = [field for field in schema.field_names if field not in raw.columns]
    for column in strange:
        close = nearest(column, absent)
        found.append(
            Finding(
                raw.name,
                "unknown column",
                "note",
                f"column '{shortened(column)}' is not part of {schema.name}; "
                "it is kept as it came and not used",
                f"perhaps '{close}' is meant" if close else "",
                column=column,
            )
        )
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class _Problem:
    """Distinct values that break one rule."""

    rule: str
    at: NDArray[np.bool_]
    severity: Severity = "error"


def _check_column(
    raw: RawTable, schema: Schema, field: Field, codelists: Codelists
) -> tuple[Column, list[Finding]]:
    cells = raw.columns[field.name]
    parsed = parse(cells.values, field, schema.missing_values, decimal_comma=raw.decimal_comma)
    codes = codes_of(field, codelists)
    key = field.required or field.name in schema.primary_key
    problems = [_Problem("type", parsed.unreadable)]
    problems += _judged(parsed, field, codes)
    if key:
        missing = np.array([reason is not None for reason in parsed.reasons], dtype=bool)
        problems.append(_Problem("required", missing))
    problems.append(_Problem("spaces", parsed.padded, "warning"))
    wrong = np.zeros(len(cells.values), dtype=bool)
    for problem in problems:
        if problem.severity == "error":
            wrong |= problem.at
    column = Column(field, cells, parsed, parsed.typed.where(~wrong), codes)
    found = [_finding(raw, schema, column, problem) for problem in problems]
    return column, [finding for finding in found if finding is not None]


def codes_of(field: Field, codelists: Codelists) -> tuple[str, ...] | None:
    """The codes that a field may have: the caller's own, else those of the schema."""
    own = codelists.get(field.codelist) if field.codelist else None
    if own is not None:
        return own.codes if isinstance(own, Codelist) else tuple(str(code) for code in own)
    return field.categories


def _judged(parsed: Parsed, field: Field, codes: tuple[str, ...] | None) -> list[_Problem]:
    """What pandera says of the distinct values that could be read; one rule for each value."""
    stated = parsed.typed[parsed.typed.notna()]
    problems = []
    for rule, series, checks in _questions(field, stated, codes):
        failing = _failing(series.loc[stated.index], checks)
        at = np.zeros(len(parsed.typed), dtype=bool)
        at[failing] = True
        problems.append(_Problem(rule, at))
        stated = stated.drop(failing)
    return problems


def _questions(
    field: Field, stated: pd.Series[Any], codes: tuple[str, ...] | None
) -> list[tuple[str, pd.Series[Any], list[pandera.Check]]]:
    with _without_spark_notes():
        import pandera.pandas as pandera  # most of what reading loads, and only reading needs it

    questions: list[tuple[str, pd.Series[Any], list[pandera.Check]]] = []
    if codes is not None:
        questions.append(("code", stated.astype("str"), [pandera.Check.isin(codes)]))
    limits = []
    if field.minimum is not None:
        limits.append(pandera.Check.ge(field.minimum))
    if field.maximum is not None:
        limits.append(pandera.Check.le(field.maximum))
    if limits:
        questions.append(("range", stated.astype("float64"), limits))
    if field.pattern is not None:
        whole = pandera.Check.str_matches(rf"^(?:{field.pattern})$")
        questions.append(("pattern", stated.astype("str"), [whole]))
    return questions


def _failing(series: pd.Series[Any], checks: list[pandera.Check]) -> list[int]:
    import pandera.pandas as pandera

    try:
        with _without_spark_notes():
            pandera.SeriesSchema(checks=checks).validate(series, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return sorted({int(place) for place in errors.failure_cases["index"]})
    return []


def _finding(
    raw: RawTable,
    schema: Schema,
    column: Column,
    problem: _Problem,
) -> Finding | None:
    rows = column.rows_of(problem.at)
    if not len(rows):
        return None
    messages = np.full(len(problem.at), "", dtype=object)
    hints = messages.copy()
    for number, place in enumerate(np.flatnonzero(problem.at)):
        value = str(column.parsed.texts.iloc[place])
        messages[place], hints[place] = _wording(
            problem.rule, column, schema, value, suggest=number < _MOST_SUGGESTIONS
        )
    places = column.cells.codes[rows]
    return Finding(
        raw.name,
        problem.rule,
        problem.severity,
        messages[places],
        hints[places],
        rows=rows,
        column=column.field.name,
        values=_written(column, places),
    )


def _written(column: Column, places: NDArray[np.int32]) -> NDArray[np.object_]:
    written = np.array(["" if v is None else str(v) for v in column.cells.values], dtype=object)
    taken: NDArray[np.object_] = written[places]
    return taken


def _wording(
    rule: str,
    column: Column,
    schema: Schema,
    value: str,
    *,
    suggest: bool,
) -> tuple[str, str]:
    """Message and hint about one value that breaks one rule."""
    field = column.field
    shown = shortened(value)
    if rule == "type":
        return type_message(field.name, value, field), _type_hint(field, value)
    if rule == "required":
        reason = schema.missing_values.get(value, "Not recorded")
        return (
            f"{field.name} is missing ({reason.lower()})",
            f"every row needs a {field.title.lower()}",
        )
    if rule == "spaces":
        return f"{field.name} '{shown}' has spaces before or after it", "delete them"
    if rule == "range":
        return f"{field.name} {shown} is {_limit(field, value)}", _range_hint(field)
    if rule == "pattern":
        return f"{field.name} '{shown}' is not written as it should be", f"such as {field.example}"
    return f"{field.name} '{shown}' is not one of its codes", code_hint(
        field, value, column.codes or (), schema.missing_values, suggest=suggest
    )


def _type_hint(field: Field, value: str) -> str:
    if field.type == "boolean":
        return "write yes or no"
    return date_hint(value) if field.type == "date" else number_hint(value, field)


def _limit(field: Field, value: str) -> str:
    low = field.minimum is not None and float(value.replace(",", ".")) < field.minimum
    bound = field.minimum if low else field.maximum
    return f"{'below' if low else 'above'} {bound:g}"


def _range_hint(field: Field) -> str:
    unit = f" {field.unit}" if field.unit else ""
    if field.maximum is None:
        return f"at least {field.minimum:g}{unit}"
    if field.minimum is None:
        return f"at most {field.maximum:g}{unit}"
    return f"from {field.minimum:g} to {field.maximum:g}{unit}"
