"""Results to draw: the contract's columns, filled by scipy alone, as no measure wrote them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

import participation_stats as ps
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import Protected, protect
from participation_stats.release.policies import Policy

SYNTHETIC = Policy.publish().exempt("the people are synthetic")
DERIVED = (
    "share",
    "ratio",
    "conf_low",
    "conf_high",
    "p_value",
    "p_adjusted",
    "verdict",
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ratios(Result):
    overall: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", "count", DERIVED, margin=("body", "variable")),
        Rule(
            "overall",
            "n",
            ("not_stated", "dissimilarity", "dissimilarity_expected"),
            margin=("body", "variable"),
            follows="table",
        ),
    )


def ratio_rows(
    variable: str, counts: Mapping[str, int], population: Mapping[str, int]
) -> pd.DataFrame:
    """Rows of one variable: chance range and p exact, the interval only roughly (it is drawn)."""
    n, size = sum(counts.values()), sum(population.values())
    rows = []
    for name, held in counts.items():
        group = population[name]
        share, expected = group / size, n * group / size
        draw = stats.hypergeom(size, group, n)
        p_value = min(1.0, 2 * min(draw.cdf(held), draw.sf(held - 1)))
        low, high = stats.binomtest(held, n).proportion_ci(method="exact")
        p_adjusted = min(1.0, p_value * len(counts))
        if p_adjusted < 0.05:
            verdict = "under-represented" if held < expected else "over-represented"
        else:
            verdict = "in line" if n * share > 30 else "too small to tell"
        rows.append(
            {
                "variable": variable,
                "category": name,
                "count": held,
                "expected": expected,
                "share": held / n,
                "population_count": group,
                "population_share": share,
                "ratio": held / expected,
                "conf_low": low / share,
                "conf_high": high / share,
                "chance_low": draw.ppf(0.025) / expected,
                "chance_high": draw.ppf(0.975) / expected,
                "p_value": p_value,
                "p_adjusted": p_adjusted,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def ratios(table: pd.DataFrame, policy: Policy = SYNTHETIC, not_stated: int = 0) -> Protected:
    """The rows protected, with the row of each whole profile."""
    keys = [name for name in ("body", "variable") if name in table]
    rows = [
        dict(zip(keys, key, strict=True))
        | {
            "n": int(block["count"].sum()),
            "not_stated": not_stated,
            "dissimilarity": float((block["share"] - block["population_share"]).abs().sum() / 2),
            "dissimilarity_expected": 0.2,
        }
        for key, block in table.groupby(keys, sort=False)
    ]
    return protect(Ratios(table, pd.DataFrame(rows)), policy)


ETHNICITY = {
    "White British": 540,
    "Other": 720,
    "Black African": 810,
    "Black Caribbean": 540,
    "Portuguese": 210,
    "Other White": 180,
}


def network(policy: Policy = SYNTHETIC) -> Protected:
    """The network of 20: six groups, one of them absent."""
    counts = dict(zip(ETHNICITY, (8, 2, 0, 7, 1, 2), strict=True))
    return ratios(ratio_rows("ethnicity", counts, ETHNICITY), policy)


def many_groups(number: int, policy: Policy = SYNTHETIC, n: int = 60, seed: int = 4) -> Protected:
    """`number` groups, some with long names, some rare, one often with a ratio near 8."""
    rng = np.random.default_rng(seed)
    names = [
        "Any other mixed or multiple ethnic background",
        "White: English, Welsh, Scottish, Northern Irish or British",
        "Gypsy or Irish Traveller",
        *(f"Group {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"),
    ][: number - 1]
    names.append("Other")
    sizes = np.maximum(rng.dirichlet(np.ones(number)) * 3000, 25).astype(int)
    counts = rng.multinomial(n, rng.dirichlet(np.ones(number)))
    counts = np.minimum(counts, sizes)
    held = dict(zip(names, map(int, counts), strict=True))
    return ratios(
        ratio_rows("ethnicity", held, dict(zip(names, map(int, sizes), strict=True))), policy
    )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Record(Result):
    headcounts: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", individual=True),
        Rule("headcounts", variable=None),
    )


def record(
    people: Mapping[str, int],
    meetings: int,
    policy: Policy = SYNTHETIC,
    *,
    dated: bool = True,
    seed: int = 2,
) -> Protected:
    """A record of so many people of each capacity; somebody joins late, somebody leaves."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2011-10-26", periods=meetings, freq="28D")
    rows = []
    for capacity, number in people.items():
        for person in range(1, number + 1):
            start = int(meetings * 0.4) if person % 4 == 0 else 0
            end = int(meetings * 0.7) if person % 5 == 0 else meetings
            for meeting in range(start, end):
                chance = 0.9 - 0.7 * person / number
                status = rng.choice(
                    ["present", "apologies", "absent"],
                    p=[chance, 0.3 * (1 - chance), 0.7 * (1 - chance)],
                )
                rows.append(
                    {
                        "meeting": meeting + 1,
                        "date": dates[meeting] if dated else pd.NaT,
                        "format": ["formal", "informal", "online"][meeting % 3] if dated else None,
                        "person": person,
                        "capacity": capacity,
                        "status": status,
                    }
                )
    table = pd.DataFrame(rows)
    heads = (
        table.assign(count=table["status"].eq("present"))
        .groupby(["meeting", "date", "format", "capacity"], dropna=False, as_index=False)["count"]
        .sum()
    )
    return protect(Record(table, heads), policy)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Concentration(Result):
    gini: float
    gini_unbiased: float
    n: int
    total: int
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", individual=True),)


def concentration(counts: list[int], policy: Policy = SYNTHETIC) -> Protected:
    """Lorenz points and Gini of counts, from their definitions."""
    ordered = np.sort(np.array(counts, dtype=float))
    n = len(ordered)
    gini = float(np.sum((2 * np.arange(1, n + 1) - n - 1) * ordered) / (n * ordered.sum()))
    table = pd.DataFrame(
        {
            "people_share": np.arange(n + 1) / n,
            "attendance_share": np.concatenate([[0.0], np.cumsum(ordered) / ordered.sum()]),
        }
    )
    unbiased = gini * n / (n - 1)
    return protect(Concentration(table, gini, unbiased, n, int(ordered.sum())), policy)


#: Attendances of the 18 women of Davis, Gardner and Gardner (1941), 89 together.
DAVIS = [8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class AdjustedRates(Result):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            "n_units",
            ("n_rows", "estimate", "std_error", "conf_low", "conf_high"),
            margin=("variable",),
        ),
    )


def rates(policy: Policy = SYNTHETIC, groups: Mapping[str, float] | None = None) -> Protected:
    """Adjusted attendance rates of made-up groups."""
    groups = groups or {"White British": 0.62, "Other": 0.4, "Black African": 0.31, "Portuguese": 0}
    rows = []
    for number, (name, rate) in enumerate(groups.items()):
        error = 0.05 + 0.01 * number
        rows.append(
            {
                "variable": "ethnicity",
                "category": name,
                "n_units": 8 + 6 * number,
                "n_rows": 200 + 90 * number,
                "estimate": rate,
                "std_error": error,
                "conf_low": max(0.0, rate - 1.96 * error),
                "conf_high": min(1.0, rate + 1.96 * error),
            }
        )
    return protect(AdjustedRates(pd.DataFrame(rows)), policy)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Terms(Result):
    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", "n_units", ("estimate", "conf_low", "conf_high"), variable=None),
    )


def terms(policy: Policy = SYNTHETIC) -> Protected:
    """Log-odds of a made-up model: one group clear, one not, one rare, one without a limit."""
    table = pd.DataFrame(
        {
            "term": [
                "Intercept",
                "ethnicity[T.White British]",
                "ethnicity[T.Other]",
                "ethnicity[T.Portuguese]",
                "C(format, Treatment('formal'))[T.informal]",
                "age",
            ],
            "estimate": [-2.0, 0.9, 0.1, -1.2, 0.5, 0.01],
            "conf_low": [-2.5, 0.5, -0.4, -np.inf, 0.2, -0.02],
            "conf_high": [-1.5, 1.3, 0.6, 0.1, 0.8, 0.04],
            "n_units": [300, 120, 80, 4, 300, 300],
        }
    )
    return protect(Terms(table, 0.9), policy)


CITY = {"Renters": 0.528, "Owners": 0.472}


def many_bodies(policy: Policy = SYNTHETIC, number: int = 40, seed: int = 1) -> Protected:
    """Boards of 6 to 400; every third has drawn its renters with 30% instead of 53%."""
    rng = np.random.default_rng(seed)
    boards = {}
    for board in range(1, number + 1):
        n = int(np.exp(rng.uniform(np.log(6), np.log(400))))
        renters = int(rng.binomial(n, 0.528 if board % 3 else 0.3))
        boards[f"Neighbourhood {board}"] = {"Renters": renters, "Owners": n - renters}
    return protect(ps.funnel(boards, CITY, by="tenure"), policy)


def years(policy: Policy = SYNTHETIC, number: int = 3, n: int = 50) -> Protected:
    """A board whose renters become more from one election to the next."""
    boards = {
        str(2014 + 2 * year): {
            "Renters": (share := round(n * (0.16 + 0.3 * (year + 1) / number))),
            "Owners": n - share,
        }
        for year in range(number)
    }
    return protect(ps.ratio_trend(boards, population=CITY, by="tenure"), policy)
