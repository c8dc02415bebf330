"""Waves of a survey: does one look like the one before it, and like the population?"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .checked import CheckedTable
from .issues import Finding
from .raw import Rows
from .rulebook import Tables
from .schemas import load_schema
from .shaping import BANDS, band

#: A rule that looks at many groups at once speaks up at this adjusted p only.
ALPHA = 0.01
_NUMBERS = {name: number for number, name in BANDS.items()}
#: The fewest (effective) respondents of a wave of which shares mean something.
_FEWEST = 100
_MOVED = "look for a change of question, sample or coding, before it is taken for news"
_UNLIKE = "look at who was asked and who answered; weights (ps.rake) can make up for some of it"


@dataclasses.dataclass(frozen=True, eq=False)
class _Profile:
    """One characteristic of those surveyed: waves in time by groups, in effective people.

    `variables` are the names that population may have for it.
    """

    column: str
    variables: tuple[str, ...]
    counts: pd.DataFrame


@dataclasses.dataclass(frozen=True, eq=False)
class _Contrast:
    """Shares of one wave beside those expected, and how likely each tail of its counts is."""

    column: str
    here: pd.Series[float]
    there: pd.Series[float]
    low: Any
    high: Any

    def p_values(self) -> pd.Series[float]:
        """The doubled tail of each group; two groups are one test."""
        p_value = pd.Series(np.minimum(1, 2 * np.minimum(self.low, self.high)), self.here.index)
        return p_value.head(1) if len(p_value) == 2 else p_value


def wave_moved(tables: Tables) -> Iterator[Finding]:
    """A wave looks like the wave before it, as far as chance allows.

    Each group's count is compared by the exact hypergeometric test.
    """
    pairs: dict[tuple[str, str], list[_Contrast]] = {}
    for profile in _profiles(tables):
        large = profile.counts[profile.counts.sum(axis=1) >= _FEWEST]
        for before, after in itertools.pairwise(large.index):
            from scipy import stats  # half of what starting takes; most files have one wave

            counts = _enough(large.loc[[before, after]])
            drawn, both = counts.loc[after], counts.sum()
            total = int(both.sum())
            shares = counts.div(counts.sum(axis=1), axis=0)
            low = stats.hypergeom.cdf(drawn, total, both, drawn.sum())
            high = stats.hypergeom.sf(drawn - 1, total, both, drawn.sum())
            contrast = _Contrast(profile.column, shares.loc[after], shares.loc[before], low, high)
            pairs.setdefault((before, after), []).append(contrast)
    for (before, after), contrasts in pairs.items():
        yield from _unlikely("wave moved", contrasts, _named(after), f"in {_named(before)}", _MOVED)


def wave_unlike_population(tables: Tables) -> Iterator[Finding]:
    """A wave looks like the population, as far as chance allows.

    Each group's count is compared by the exact binomial test. Where there are weights, the
    weighted share of the effective sample (Kish) is: weights are there to make it fit.
    """
    population = tables.get("population")
    if population is None or not {"variable", "category"} <= set(population.columns):
        return
    from scipy import special

    benchmark = population.typed(np.flatnonzero(population.good))
    profiles = _profiles(tables)
    for wave in profiles[0].counts.index if profiles else ():
        contrasts = []
        for profile in profiles:
            expected = _expected(benchmark, profile)
            counts = _enough(profile.counts.loc[[wave]])
            if expected is None or counts.empty:
                continue
            drawn = counts.loc[wave].reindex(expected.index, fill_value=0)
            low = special.bdtr(drawn, drawn.sum(), expected)
            high = special.bdtrc(drawn - 1, drawn.sum(), expected)
            contrasts.append(_Contrast(profile.column, drawn / drawn.sum(), expected, low, high))
        rule = "wave unlike population"
        yield from _unlikely(rule, contrasts, _named(wave), "of the population", _UNLIKE)


def _expected(benchmark: pd.DataFrame, profile: _Profile) -> pd.Series[float] | None:
    """The population's shares of a characteristic; None if they do not cover its groups."""
    for variable in profile.variables:
        rows = benchmark[benchmark["variable"] == variable].set_index("category")
        given = [word for word in ("count", "share") if word in rows and rows[word].notna().all()]
        if given and len(rows) and set(profile.counts.columns) <= set(rows.index):
            amounts = rows[given[0]].astype("float64")
            return amounts / amounts.sum() if amounts.sum() > 0 else None
    return None


def _enough(counts: pd.DataFrame) -> pd.DataFrame:
    """The waves with enough people to mean something, and the groups that one of them has."""
    kept = counts[counts.sum(axis=1) >= _FEWEST]
    return kept.loc[:, kept.sum() > 0]


def _named(wave: str) -> str:
    return f"wave {wave}" if wave else "the survey"


def _profiles(tables: Tables) -> list[_Profile]:
    table = tables.get("estate_survey")
    if table is None:
        return []
    rows = np.flatnonzero(table.good)
    # A survey without a column of waves is one wave without a name.
    one = pd.Series("", index=pd.Index(rows), dtype="str")
    waves = table.columns["wave"].series(rows) if "wave" in table.columns else one
    weights = pd.Series(1.0, index=waves.index)
    if "weight" in table.columns:
        weights = table.columns["weight"].series(rows).astype("float64").fillna(0.0)
    effective = weights * (
        weights.groupby(waves).transform("sum") / (weights**2).groupby(waves).transform("sum")
    )
    order = _in_time(table, waves)
    profiles = []
    for name, variables, groups in _characteristics(table, rows):
        people = pd.DataFrame({"wave": waves, "group": groups, "n": effective})
        sums = people.pivot_table(
            index="wave", columns="group", values="n", aggfunc="sum", fill_value=0
        )
        counts = sums.reindex(order, fill_value=0).round().astype("int64")
        profiles.append(_Profile(name, variables, counts))
    return profiles


def _in_time(table: CheckedTable, waves: pd.Series[str]) -> list[str]:
    """The waves by the middle of their dates; if one has none, by name, 9 before 10."""
    names = sorted(
        waves.dropna().unique(),
        key=lambda name: [part.zfill(9) for part in re.split(r"([0-9]+)", str(name))],
    )
    if "survey_date" in table.columns:
        dates = table.columns["survey_date"].series(waves.index.to_numpy())
        middle = dates.groupby(waves).median().reindex(names)
        if middle.notna().all():
            names = list(middle.sort_values(kind="stable").index)
    return list(map(str, names))


def _characteristics(
    table: CheckedTable, rows: Rows
) -> Iterator[tuple[str, tuple[str, ...], pd.Series[str]]]:
    """What is known of who was surveyed: coded columns, and numbers in the bands of their list."""
    known = set(load_schema("people").field_names)
    for name, column in table.columns.items():
        if name in _NUMBERS and _NUMBERS[name] in table.columns:
            continue  # told with the number
        groups = column.series(rows)
        if name in BANDS:
            groups = band(groups, BANDS[name])
            if BANDS[name] in table.columns:
                groups = groups.fillna(table.columns[BANDS[name]].series(rows))
            yield name, (name, BANDS[name]), groups
        elif column.codes is not None and (column.field.sensitive or name in known):
            yield name, (name, _NUMBERS.get(name, name)), groups.astype("str")


def _unlikely(
    rule: str, contrasts: list[_Contrast], here: str, there: str, hint: str
) -> Iterator[Finding]:
    """The least likely group of each characteristic, if it is after Holm's adjustment.

    All groups of all characteristics of a wave are one family: the more is looked at, the more
    is odd by chance.
    """
    if not contrasts:
        return
    found = [one.p_values() for one in contrasts]
    adjusted = _holm(pd.concat(found, keys=range(len(found))))
    for (_, one_adjusted), one in zip(adjusted.groupby(level=0), contrasts, strict=True):
        worst = str(one_adjusted.droplevel(0).idxmin())
        p_value = float(one_adjusted.min())
        if p_value < ALPHA:
            p_text = f"= {p_value:.4f}" if p_value >= 0.0001 else "< .0001"
            yield Finding(
                "estate_survey",
                rule,
                "warning",
                f"'{worst}' is {one.here[worst]:.0%} of {one.column} in {here}, but "
                f"{one.there[worst]:.0%} {there} (adjusted p {p_text})",
                hint,
                column=one.column,
            )


def _holm(p_values: pd.Series[float]) -> pd.Series[float]:
    """Holm's step-down adjustment (1979)."""
    ranked = p_values.sort_values(kind="stable")
    times = np.arange(len(ranked), 0, -1)
    return (ranked * times).cummax().clip(upper=1).reindex(p_values.index)
