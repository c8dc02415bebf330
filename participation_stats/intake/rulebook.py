"""CrossRule: how a rule over several columns or tables is asked, and its answer told.

A rule gets the columns it names, as typed frames whose index is the row's position, and a column
`sound`: has the row no error of its own? A value that is missing, wrong, unlikely or refers to
nothing is NA there, and second copies of a row are left out, so that one mistake is reported
once. The rule answers with the rows that break it. A rule whose tables or columns did not come is
passed over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .checked import CheckedTable
from .issues import Finding, Severity
from .parsing import empty_column
from .raw import Rows

Frames = Mapping[str, pd.DataFrame]
Tables = Mapping[str, "CheckedTable"]


@dataclasses.dataclass(frozen=True, eq=False)
class Breach:
    """The rows of a table that break a rule (None: the table as a whole), and what to say.

    `message` may hold names of columns of `rows` in braces.
    """

    table: str
    column: str
    rows: pd.DataFrame | None
    message: str
    hint: str


@dataclasses.dataclass(frozen=True, eq=False)
class CrossRule:
    """A rule with what it needs: for each table the columns without which it cannot be asked.

    A column of `spare` may be absent, and is then missing in every row; of those of `either` one
    must be there. A table of `welcome` may be absent; of a table of `listed` the values of its
    one column are enough, each once. The rows of table `by_row` are judged each by itself, so
    that the rule may be asked about some of them at a time; `only` names a column and the value
    of it without which a row cannot break the rule.
    """

    name: str
    severity: Severity
    needs: Mapping[str, tuple[str, ...]]
    find: Callable[[Frames], Iterator[Breach]]
    spare: Mapping[str, tuple[str, ...]]
    either: Mapping[str, tuple[str, ...]]
    welcome: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    by_row: str | None = None
    only: tuple[str, str] | None = None

    @property
    def meaning(self) -> str:
        """What the rule says, for people."""
        return str(self.find.__doc__).strip()


def cross_rule(
    severity: Severity,
    *,
    by_row: str | None = None,
    only: tuple[str, str] | None = None,
    **needs: str,
) -> Callable[[Callable[[Frames], Iterator[Breach]]], CrossRule]:
    """Make a rule of a function; each keyword is a table, with the columns needed as one text.

    ``[end_date]`` is a column that the rule can do without, ``count|share`` are two of which it
    needs one. A question mark after the columns says that the rule can do without the table, a
    star that it only wants to know which values stand in the column. A register may have millions
    of rows: with `by_row` the rule sees some of them at a time, and with `only` no others.
    """

    def made(find: Callable[[Frames], Iterator[Breach]]) -> CrossRule:
        words = {table: names.strip("*?").split() for table, names in needs.items()}
        return CrossRule(
            name=find.__name__.replace("_", " "),
            severity=severity,
            needs={
                table: tuple(w for w in own if w.isidentifier()) for table, own in words.items()
            },
            find=find,
            spare={
                table: tuple(word.strip("[]") for word in own if word.startswith("["))
                for table, own in words.items()
            },
            either={
                table: tuple(name for word in own if "|" in word for name in word.split("|"))
                for table, own in words.items()
            },
            welcome=frozenset(table for table, names in needs.items() if "?" in names),
            listed=frozenset(table for table, names in needs.items() if "*" in names),
            by_row=by_row,
            only=only,
        )

    return made


def rule_findings(rules: Iterable[CrossRule], tables: Tables) -> list[Finding]:
    """What the rules find in these tables."""
    found = [
        _finding(rule, breach, tables)
        for rule in rules
        for frames in _frames(rule, tables)
        for breach in rule.find(frames)
    ]
    return [finding for finding in found if finding.rows is None or len(finding.rows)]


def _frames(rule: CrossRule, tables: Tables) -> Iterator[Frames]:
    """What the rule is asked about: at once, or block by block; nothing if too little came."""
    given = {
        name: (*rule.needs[name], *rule.either[name], *rule.spare[name])
        for name in rule.needs
        if name in tables and _has_enough(rule, tables[name], name)
    }
    if not set(rule.needs) - rule.welcome <= set(given):
        return
    whole = {
        name: pd.DataFrame({columns[0]: tables[name].columns[columns[0]].values()})
        if name in rule.listed
        else _frame(tables[name], columns)
        for name, columns in given.items()
        if name != rule.by_row
    }
    if rule.by_row is None:
        yield whole
        return
    table = tables[rule.by_row]
    rows = _rows(table, rule.only)
    for first in range(0, len(rows), _BLOCK):
        block = rows[first : first + _BLOCK]
        yield {**whole, rule.by_row: _frame(table, given[rule.by_row], block)}


def _rows(table: CheckedTable, only: tuple[str, str] | None) -> Rows:
    """The rows that could break a rule: found by their codes, before any frame is made."""
    if only is None:
        return np.arange(len(table.raw))
    name, value = only
    column = table.columns[name]
    return column.rows_of(column.typed.eq(value).fillna(False).to_numpy(dtype=bool))


def _has_enough(rule: CrossRule, table: CheckedTable, name: str) -> bool:
    there = set(table.columns)
    either = set(rule.either[name])
    return set(rule.needs[name]) <= there and (not either or bool(either & there))


#: So many rows at a time of a table whose rows are judged each by itself.
_BLOCK = 1 << 19
#: A cell of which one of these has been said is no ground to accuse another.
_UNUSABLE = frozenset({"foreign key", "date far from the rest"})


def _frame(checked: CheckedTable, names: tuple[str, ...], rows: Rows | None = None) -> pd.DataFrame:
    chosen = np.arange(len(checked.raw)) if rows is None else rows
    frame = pd.DataFrame(
        {
            name: checked.columns[name].series(rows)
            if name in checked.columns
            else empty_column(checked.schema.field(name), len(chosen)).set_axis(chosen)
            for name in names
        }
    )
    frame["sound"] = checked.good[chosen]
    copies = []
    for finding in checked.findings:
        if finding.rows is None:
            continue
        within = finding.rows if rows is None else np.intersect1d(finding.rows, rows)
        if finding.rule in _UNUSABLE and finding.column in frame:
            frame.loc[within, finding.column] = None
        elif finding.rule == "duplicate row":
            copies.append(within)
    return frame.drop(index=np.concatenate(copies).tolist()) if copies else frame


def _finding(rule: CrossRule, breach: Breach, tables: Tables) -> Finding:
    if breach.rows is None:
        return Finding(
            breach.table,
            rule.name,
            rule.severity,
            breach.message,
            breach.hint,
            column=breach.column,
        )
    rows = breach.rows.index.to_numpy(dtype=np.intp)
    cells = tables[breach.table].columns.get(breach.column)
    return Finding(
        breach.table,
        rule.name,
        rule.severity,
        np.array(_sentences(breach.message, breach.rows), dtype=object),
        breach.hint,
        rows=rows,
        column=breach.column,
        values=cells.texts(rows) if cells else None,
    )


def _sentences(template: str, rows: pd.DataFrame) -> list[str]:
    named = [name for name in rows.columns if "{" + name + "}" in template]
    if not named:
        return [template] * len(rows)
    texts = {name: _texts(rows[name]) for name in named}
    return [
        template.format(**dict(zip(named, values, strict=True)))
        for values in zip(*texts.values(), strict=True)
    ]


def _texts(column: pd.Series[Any]) -> Sequence[str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return list(column.dt.strftime("%Y-%m-%d").fillna("?"))
    if pd.api.types.is_float_dtype(column.dtype):
        return [f"{value:g}" for value in column.fillna(np.nan)]
    return list(column.astype("str"))
