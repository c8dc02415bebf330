"""Results to draw: the contract's columns, filled by scipy alone, as no measure wrote them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import Policy, Protected, protect

SYNTHETIC = Policy.publish().exempt("the people are synthetic")
DERIVED = (
    "expected",
    "share",
    "ratio",
    "conf_low",
    "conf_high",
    "chance_low",
    "chance_high",
    "p_value",
    "p_adjusted",
    "verdict",
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ratios(Result):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", "count", DERIVED, margin=("body", "variable")),
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
    return protect(Ratios(ratio_rows("ethnicity", counts, ETHNICITY)), policy)


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
    return protect(
        Ratios(
            ratio_rows(
                "ethnicity",
                dict(zip(names, map(int, counts), strict=True)),
                dict(zip(names, map(int, sizes), strict=True)),
            )
        ),
        policy,
    )
