"""Waves of a survey: does one look like the one before it, and like the population?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .checked import CheckedTable, Column
from .issues import Finding
from .rulebook import Tables

#: A rule that looks at many groups at once speaks up at this adjusted p only.
ALPHA = 0.01
#: The fewest (effective) respondents of a wave of which shares mean something.
_FEWEST = 100


def wave_moved(tables: Tables) -> Iterator[Finding]:
    """A wave looks like the wave before it, as far as chance allows.

    Each group's count is compared by the exact hypergeometric test.
    """
    from scipy import stats  # half of what starting takes; most files have one wave

    for table, column, counts in _waves(tables):
        for before, after in zip(counts.index, counts.index[1:], strict=False):
            drawn, both = counts.loc[after], counts.loc[before] + counts.loc[after]
            total = int(both.sum())
            low = stats.hypergeom.cdf(drawn, total, both, drawn.sum())
            high = stats.hypergeom.sf(drawn - 1, total, both, drawn.sum())
            shares = counts.div(counts.sum(axis=1), axis=0)
            yield from _unlikely(
                table,
                column,
                "wave moved",
                low,
                high,
                shares.loc[after],
                shares.loc[before],
                f"wave {after}",
                f"in wave {before}",
            )


def wave_unlike_population(tables: Tables) -> Iterator[Finding]:
    """A wave looks like the population, as far as chance allows.

    Each group's count is compared by the exact binomial test. Where there are weights, the
    weighted share of the effective sample (Kish) is: weights are there to make it fit.
    """
    population = tables.get("population")
    if population is None or not {"variable", "category"} <= set(population.columns):
        return
    from scipy import stats

    benchmark = population.typed(np.flatnonzero(population.good))
    for table, column, counts in _waves(tables):
        rows = benchmark[benchmark["variable"] == column.field.name].set_index("category")
        given = [name for name in ("count", "share") if name in rows and rows[name].notna().all()]
        if not given or rows.empty or not set(counts.columns) <= set(rows.index):
            continue
        amounts = rows[given[0]].astype("float64")
        expected = amounts / amounts.sum()
        for wave in counts.index:
            drawn = counts.loc[wave].reindex(expected.index, fill_value=0)
            low = stats.binom.cdf(drawn, drawn.sum(), expected)
            high = stats.binom.sf(drawn - 1, drawn.sum(), expected)
            yield from _unlikely(
                table,
                column,
                "wave unlike population",
                low,
                high,
                drawn / drawn.sum(),
                expected,
                f"wave {wave}",
                "of the population",
            )


def _waves(tables: Tables) -> Iterator[tuple[CheckedTable, Column, pd.DataFrame]]:
    """For each coded characteristic of the survey: waves by groups, in effective respondents."""
    table = tables.get("estate_survey")
    if table is None or "wave" not in table.columns:
        return
    rows = np.flatnonzero(table.good)
    waves = table.columns["wave"].series(rows)
    weights = pd.Series(1.0, index=waves.index)
    if "weight" in table.columns:
        weights = table.columns["weight"].series(rows).astype("float64").fillna(0.0)
    effective = weights * (
        weights.groupby(waves).transform("sum") / (weights**2).groupby(waves).transform("sum")
    )
    for column in table.columns.values():
        if column.codes is None or not column.field.sensitive:
            continue
        people = pd.DataFrame({"wave": waves, "group": column.series(rows), "n": effective})
        sums = people.pivot_table(
            index="wave", columns="group", values="n", aggfunc="sum", fill_value=0
        )
        counts = sums.round().astype("int64")
        yield table, column, counts[counts.sum(axis=1) >= _FEWEST]


def _unlikely(
    table: CheckedTable,
    column: Column,
    rule: str,
    low: Any,
    high: Any,
    share: pd.Series[float],
    expected: pd.Series[float],
    here: str,
    there: str,
) -> Iterator[Finding]:
    """The least likely group, if its doubled tail is small after Holm's adjustment."""
    p_value = pd.Series(np.minimum(1, 2 * np.minimum(low, high)), index=share.index)
    worst = str(p_value.idxmin())
    # Holm's adjustment of the smallest p: times the number of groups; two groups are one test.
    adjusted = float(p_value[worst]) * (1 if len(share) == 2 else len(share))
    if adjusted < ALPHA:
        p_text = f"= {adjusted:.4f}" if adjusted >= 0.0001 else "< .0001"
        yield Finding(
            table.raw.name,
            rule,
            "warning",
            f"'{worst}' is {share[worst]:.0%} of {column.field.name} in {here}, but "
            f"{expected[worst]:.0%} {there} (adjusted p {p_text})",
            "look for a change of question, sample or coding, before it is taken for news",
            column=column.field.name,
        )
