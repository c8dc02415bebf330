"""How good the data are: what was kept out, what is not stated, which tables are missing."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import pandas as pd

from participation_stats.intake.estates import Estate
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import protect
from participation_stats.release.policies import Policy
from participation_stats.release.reporting import Exhibit, Section


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class DataQuality(Result):
    """Rows read, kept out and incomplete, by table: facts about files, not about people."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("table"),)


METHOD = (
    "Every table is checked against its schema: types, codes, ranges, required values, keys and "
    "links between tables, and whether dates make sense together. A row with an error is kept out "
    "of every number and written to the rejected rows, which never reach a report."
)


def section(estate: Estate, policy: Policy) -> Section:
    """Rows read and kept out for each table, and what the checks found, by rule."""
    quality = protect(DataQuality(_by_table(estate)), policy)
    return Section(
        slug="data-quality",
        title="How good are the data?",
        sentences=sentences(estate),
        exhibits=(
            Exhibit(
                slug="data_quality",
                title="Rows read and kept out",
                protected=quality,
                folded=False,
                units=dict.fromkeys(("rows_read", "rows_rejected", "warnings"), "count"),
            ),
        ),
        method=METHOD,
    )


def sentences(estate: Estate) -> tuple[str, ...]:
    """What a reader must know before trusting the numbers."""
    table = _by_table(estate)
    rows, out = int(table["rows_read"].sum()), int(table["rows_rejected"].sum())
    first = f"{rows:,} rows were read from {len(table)} tables; " + (
        f"{out:,} had errors and were kept out." if out else "none had to be kept out."
    )
    warnings = int(table["warnings"].sum())
    raised = "1 warning" if warnings == 1 else f"{warnings:,} warnings"
    second = f"The checks raised {raised}, by table below." if warnings else ""
    return tuple(text for text in (first, second) if text)


def _by_table(estate: Estate) -> pd.DataFrame:
    issues = estate.validation.issues if estate.validation is not None else None
    rejected = estate.validation.rejected if estate.validation is not None else {}
    rows = []
    for name, frame in estate.tables.items():
        out = len(rejected[name]) if name in rejected else 0
        warnings = (
            0
            if issues is None
            else int(((issues["table"] == name) & (issues["severity"] == "warning")).sum())
        )
        rows.append((name, len(frame) + out, out, warnings))
    return pd.DataFrame(rows, columns=["data_table", "rows_read", "rows_rejected", "warnings"])
