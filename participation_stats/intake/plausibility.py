"""Whole-file plausibility: nothing written is impossible, but the table as a whole is unlikely.

Each rule gets every table and answers with warnings or notes; it never rejects a row. Rows with
errors are left out of all counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from .checked import CheckedTable, Column
from .issues import Finding, Severity
from .keys import stands_in
from .rulebook import Tables
from .shaping import BANDS
from .waves import ALPHA, wave_moved, wave_unlike_population

#: Above this share of those asked, what is not stated may change every conclusion.
NOT_STATED_LIMIT = 0.2
#: Whipple's index from which the United Nations call age reporting rough.
WHIPPLE_LIMIT = 125

#: Tables that describe people, and the fewest rows of which shares mean something.
_PEOPLE = ("people", "estate_survey")
_FEWEST = 100
_NOT_APPLICABLE = frozenset({"Does not apply", "Not asked"})
_NUMBERS = {band: number for number, band in BANDS.items()}
#: How far, in years, a date may lie from the median of its column.
_SPANS = {
    ("meetings", "date"): 10,
    ("estate_survey", "survey_date"): 10,
    ("memberships", "start_date"): 50,
}


def _whole(
    table: CheckedTable, rule: str, severity: Severity, column: str, message: str, hint: str
) -> Finding:
    return Finding(table.raw.name, rule, severity, message, hint, column=column)


def _profiled(tables: Tables) -> Iterator[tuple[CheckedTable, Column]]:
    """Each characteristic of each table of people that has enough rows."""
    for name in _PEOPLE:
        table = tables.get(name)
        if table is None or table.good.sum() < _FEWEST:
            continue
        for column in table.columns.values():
            if column.field.sensitive or column.field.codelist or column.field.name in BANDS:
                yield table, column


def not_stated_above_limit(tables: Tables) -> Iterator[Finding]:
    """At most a fifth of those asked leave a characteristic unstated."""
    for table, column in _profiled(tables):
        field = column.field
        if field.name in _NUMBERS and _NUMBERS[field.name] in table.columns:
            continue
        reasons = _reasons(column, table)
        band = table.columns.get(BANDS.get(field.name, ""))
        if band is not None:  # whoever states one of the two has stated both
            reasons = reasons.where(_reasons(band, table).notna())
        asked = reasons[~reasons.isin(_NOT_APPLICABLE)]
        unstated = asked.dropna()
        if len(unstated) > NOT_STATED_LIMIT * len(asked):
            counts = unstated.str.lower().value_counts()
            told = ", ".join(f"{reason} {count}" for reason, count in counts.items())
            yield _whole(
                table,
                "not stated above limit",
                "warning",
                field.name,
                f"{field.name} is not stated for {len(unstated) / len(asked):.0%} of "
                f"{len(asked):,} rows ({told}); the limit is {NOT_STATED_LIMIT:.0%}",
                "say so beside every figure: the unstated may differ from the others",
            )


def _reasons(column: Column, table: CheckedTable) -> pd.Series[str]:
    """Why the value of each good row is missing; NA where it is stated."""
    reasons = column.parsed.reasons[column.cells.codes[table.good]]
    return pd.Series(reasons, dtype="str")


def code_never_used(tables: Tables) -> Iterator[Finding]:
    """Every code of a characteristic is used at least once."""
    for table, column in _profiled(tables):
        if column.codes is None:
            continue
        seen = column.typed.iloc[np.unique(column.cells.codes[table.good])].dropna().astype("str")
        unused = [code for code in column.codes if code not in set(seen)]
        if unused and len(unused) < len(column.codes):
            yield _whole(
                table,
                "code never used",
                "note",
                column.field.name,
                f"nobody has the {column.field.name} "
                + " or ".join(f"'{code}'" for code in unused),
                "look whether it was recorded under another code",
            )


def date_far_from_the_rest(tables: Tables) -> Iterator[Finding]:
    """No date lies decades from the others of its column: a year is easily mistyped."""
    for (name, field), years in _SPANS.items():
        column = tables[name].columns.get(field) if name in tables else None
        if column is None:
            continue
        dates = column.series()[tables[name].good].dropna()
        far = dates[(dates - dates.median()).abs() > pd.Timedelta(days=365.25 * years)]
        if len(dates) < 3 or not len(far):
            continue
        rows = far.index.to_numpy(dtype=np.intp)
        yield Finding(
            name,
            "date far from the rest",
            "warning",
            f"{field} is more than {years} years from the usual ({dates.median():%Y})",
            "look at the year",
            rows=rows,
            column=field,
            values=column.texts(rows),
        )


def ages_are_heaped(tables: Tables) -> Iterator[Finding]:
    """Ages do not heap at 0 and 5, as they do where somebody estimated them.

    Whipple's index: ages from 23 to 62 that end in 0 or 5, over a fifth of all from 23 to 62,
    times 100. Source: United Nations (1955), Manual II: Methods of appraisal of quality of
    basic data for population estimates.
    """
    for name in _PEOPLE:
        column = tables[name].columns.get("age") if name in tables else None
        if column is None:
            continue
        ages = column.series()[tables[name].good].dropna().astype("int64")
        ages = ages[ages.between(23, 62)]
        heaped = int((ages % 5 == 0).sum())
        index = heaped / max(1, len(ages) / 5) * 100
        if len(ages) >= _FEWEST and index >= WHIPPLE_LIMIT and not _by_chance(heaped, len(ages)):
            yield _whole(
                tables[name],
                "ages are heaped",
                "warning",
                "age",
                f"{heaped / len(ages):.0%} of ages from 23 to 62 end in 0 or 5, where 20% would "
                f"(Whipple's index {index:.0f})",
                "ages were probably estimated: use wide bands",
            )


def _by_chance(heaped: int, ages: int) -> bool:
    """Whether so many of the ages would end in 0 or 5 by chance; exact binomial test."""
    from scipy import special

    return float(special.bdtrc(heaped - 1, ages, 0.2)) > ALPHA


def same_answers_twice(tables: Tables) -> Iterator[Finding]:
    """Nobody answers a survey twice under two names."""
    table = tables.get("estate_survey")
    if table is None or "household_id" not in table.columns:
        return
    rows = np.flatnonzero(table.good)
    answers = pd.DataFrame(
        {
            name: column.series(rows)
            for name, column in table.columns.items()
            if name not in ("respondent_id", "survey_date")
        }
    )
    # A household alone proves nothing, nor do three answers that many people share.
    telling = answers["household_id"].notna() & (answers.notna().sum(axis=1) >= 8)
    again = answers[telling & answers.duplicated(keep="first")]
    if not len(again):
        return
    at = again.index.to_numpy(dtype=np.intp)
    yield Finding(
        "estate_survey",
        "same answers twice",
        "warning",
        "every answer is the same as in an earlier row of this household",
        "if it is one person, keep one: ps.deduplicate",
        rows=at,
        column="respondent_id",
        values=table.columns["respondent_id"].texts(at),
    )


def straight_lining(tables: Tables) -> Iterator[Finding]:
    """Nobody gives the same answer to every item of a battery of four or more."""
    table = tables.get("estate_survey")
    if table is None:
        return
    batteries: dict[str, list[str]] = {}
    for name, column in table.columns.items():
        if column.field.type == "integer" and column.field.codelist:
            batteries.setdefault(column.field.codelist, []).append(name)
    rows = np.flatnonzero(table.good)
    for names in batteries.values():
        if len(names) < 4:
            continue
        items = pd.DataFrame({name: table.columns[name].series(rows) for name in names})
        answered = items.dropna()
        alike = answered.eq(answered.iloc[:, 0], axis=0).all(axis=1)
        at = answered.index[alike].to_numpy(dtype=np.intp)
        if len(at):
            yield Finding(
                "estate_survey",
                "straight lining",
                "warning",
                f"the same answer to all {len(names)} items from {names[0]} to {names[-1]}",
                "look whether the answers make sense together",
                rows=at,
                column=names[0],
                values=table.columns[names[0]].texts(at),
            )


def groups_not_in_population(tables: Tables) -> Iterator[Finding]:
    """Every group of the people has its share of the population to be compared with."""
    population = tables.get("population")
    if population is None or not {"variable", "category"} <= set(population.columns):
        return
    known = population.typed()[["variable", "category"]].dropna()
    for table, column in _profiled(tables):
        groups = known.loc[known["variable"] == column.field.name, "category"]
        if column.field.type != "string" or groups.empty:  # numbers are banded when compared
            continue
        stated = column.series(np.flatnonzero(table.good)).dropna()
        strange = stated[~stands_in(stated, groups)].value_counts()
        if len(strange):
            listed = ", ".join(f"'{group}' ({n} rows)" for group, n in strange.items())
            yield _whole(
                table,
                "groups not in population",
                "warning",
                column.field.name,
                f"population has no share for {listed} of {column.field.name}",
                "add the groups to population, or roll them up into one that is there",
            )


#: Every whole-file rule, but for that of single dates, which is asked first.
PLAUSIBILITY: tuple[Callable[[Tables], Iterator[Finding]], ...] = (
    not_stated_above_limit,
    code_never_used,
    ages_are_heaped,
    same_answers_twice,
    straight_lining,
    groups_not_in_population,
    wave_moved,
    wave_unlike_population,
)


def plausibility_findings(tables: Tables) -> list[Finding]:
    """What the rules of `PLAUSIBILITY` find in these tables."""
    return [finding for rule in PLAUSIBILITY for finding in rule(tables)]
