"""Recoded: a column in the codes of one list, and what became of each raw value."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from typing import Literal

import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import DataWarning, InputError

from .readings import Match

Unmapped = Literal["warn", "raise", "ignore"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Recoded(Card):
    """A column in the codes of one list, and what became of each raw value.

    Attributes
    ----------
    values : Series
        Codes of `to`; missing where the raw value was missing or could not be mapped.
    reasons : Series
        Why a raw value was missing, as a label of the list missing_reason; empty elsewhere.
    to : str
        The list reached.
    report : DataFrame
        One row for each distinct raw value: ``raw``, ``count``, ``code``, ``how`` (``code``,
        ``alias``, ``spelling``, ``band``, ``given``, ``missing``, ``total``, ``ambiguous``,
        ``unknown``) and ``candidates``, the groups that an ambiguous value may be.
    notes : tuple of str
        What a reader of the result should know: overlaps in meaning, unconfirmed sources.
    """

    values: pd.Series
    reasons: pd.Series
    to: str
    report: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def unmapped(self) -> pd.DataFrame:
        """The rows of the report that were not missing and could not be mapped."""
        return self.report[self.report["how"].isin(["ambiguous", "unknown", "total"])]

    @property
    def ok(self) -> bool:
        """Whether every value was mapped or missing."""
        return self.unmapped.empty

    def __str__(self) -> str:
        lines = [f"Recoded to {self.to}", self.report.to_string(index=False), *self.notes]
        return "\n".join(lines)


def report_matches(texts: pd.Series, found: Mapping[str, Match]) -> pd.DataFrame:
    """One row for each distinct raw value, in the order of their first appearance."""
    counts = texts.value_counts(sort=False)
    rows = [
        (raw, int(counts[raw]), match.code, match.how, " | ".join(match.candidates))
        for raw, match in found.items()
    ]
    report = pd.DataFrame(rows, columns=["raw", "count", "code", "how", "candidates"])
    return report.astype(dict.fromkeys(("raw", "code", "how", "candidates"), "str"))


def note_matches(found: Mapping[str, Match]) -> tuple[str, ...]:
    """The remarks on mapped values, each once, after the values that it is about."""
    told: dict[str, list[str]] = {}
    for raw, match in found.items():
        for remark in match.remarks:
            told.setdefault(remark, []).append(f"'{raw.strip()}'")
    return tuple(f"{', '.join(raws)}: {remark}" for remark, raws in told.items())


def complain(recoded: Recoded, name: object, unmapped: Unmapped, *, where: str, hint: str) -> None:
    """Warn of what could not be mapped, or raise, or neither.

    Raises
    ------
    InputError
        With ``unmapped="raise"``, naming the values.
    """
    rest = recoded.unmapped
    if rest.empty or unmapped == "ignore":
        return
    told = [
        f"'{raw}' ({count} {'row' if count == 1 else 'rows'}, {_why(how, candidates)})"
        for raw, count, _, how, candidates in rest.head(10).itertuples(index=False)
    ]
    error = InputError(
        f"{len(rest)} of the values of {name or 'the column'} could not be mapped to {recoded.to}: "
        + "; ".join(told)
        + (" …" if len(rest) > len(told) else ""),
        where=where,
        hint=hint,
    )
    if unmapped == "raise":
        raise error
    warnings.warn(str(error), DataWarning, stacklevel=3)


def _why(how: str, candidates: str) -> str:
    if how == "ambiguous":
        return f"may be {candidates}"
    return "everybody, not a group" if how == "total" else "unknown"
