"""Issues by kind: what a report says once, and on which lines, however many rows it is about."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pandas as pd

_GRAVITY = {"error": 0, "warning": 1, "note": 2}
#: So many lines of one message are named; the rest are counted.
_LINES = 8


@dataclasses.dataclass(frozen=True)
class Saying:
    """One message with its hint, on how many lines, and the first of these.

    Without a line it is about the table as a whole.
    """

    message: str
    hint: str
    lines: tuple[int, ...]
    count: int

    @property
    def where(self) -> str:
        """``line 3``, ``lines 3, 5, 9 and 1,034 more``, or nothing."""
        if not self.lines:
            return ""
        rest = self.count - len(self.lines)
        listed = ", ".join(map(str, self.lines)) + (f" and {rest:,} more" if rest else "")
        return f"line{'s' if self.count > 1 else ''} {listed}"


@dataclasses.dataclass(frozen=True)
class Kind:
    """Issues of one severity, table, rule and column; `column` is empty where they differ.

    `sayings` are as many as were asked for; `further` counts the different messages left out.
    """

    severity: str
    table: str
    rule: str
    column: str
    count: int
    sayings: tuple[Saying, ...]
    further: int

    @property
    def heading(self) -> str:
        """Rule, place and number: ``code in people.gender (3)``."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.rule} in {place} ({self.count:,})"


def kinds_of(issues: pd.DataFrame, most: int) -> Iterator[Kind]:
    """Issues by kind: what must be mended first, then in the order of the tables.

    Parameters
    ----------
    issues : DataFrame
        As `Validation.issues`.
    most : int
        So many messages of each kind.
    """
    gravity = issues["severity"].map(_GRAVITY).astype("int64")
    ordered = issues.iloc[gravity.argsort(kind="stable")]
    # What is said of the table as a whole is read together, whatever column it names.
    column = ordered["column"].where(ordered["row"].notna(), "").fillna("")
    keys = [ordered["severity"], ordered["table"], ordered["rule"], column.rename("place")]
    for (severity, table, rule, _), found in ordered.groupby(keys, sort=False):
        codes, distinct = pd.factorize(found["message"] + "\0" + found["hint"].fillna(""))
        columns = found["column"].dropna().unique()
        yield Kind(
            severity=str(severity),
            table=str(table),
            rule=str(rule),
            column=str(columns[0]) if len(columns) == 1 else "",
            count=len(found),
            sayings=tuple(
                _saying(text, found["row"][codes == code].dropna())
                for code, text in enumerate(distinct[:most])
            ),
            further=max(0, len(distinct) - most),
        )


def _saying(text: str, rows: pd.Series[int]) -> Saying:
    message, hint = text.split("\0", 1)
    return Saying(message, hint, tuple(map(int, rows.head(_LINES))), len(rows))
