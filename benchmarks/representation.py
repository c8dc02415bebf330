"""Exact ratios for many bodies at once, beside the same numbers by SciPy calls in a loop.

    python benchmarks/representation.py

Stops with an error if the two disagree. Best of three runs of ours.
"""

import os
import time

import numpy as np
import pandas as pd
from records import record
from scipy import optimize, stats

import participation_stats as ps

POPULATION = 3000
GROUPS = [f"Group {chr(65 + i)}" for i in range(19)]
VARIABLES = ("ethnicity", "housing_tenure", "religion")
#: Cells that the loop is timed on; its time for all is this one scaled up, and said to be so.
LOOPED = 300
LIMIT = "the limit asked for"


def dashboard(bodies: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bodies of 8 to 60 people, each a fair draw, with 3 variables of 19 groups."""
    sizes = rng.integers(8, 61, bodies)
    names = np.repeat([f"body {i}" for i in range(bodies)], len(GROUPS))
    population, profiles = [], []
    for variable in VARIABLES:
        K = rng.multinomial(POPULATION, rng.dirichlet(np.ones(len(GROUPS))))
        counts = np.array([rng.multivariate_hypergeometric(K, n) for n in sizes])
        population.append(pd.DataFrame({"variable": variable, "category": GROUPS, "count": K}))
        profiles.append(
            pd.DataFrame(
                {
                    "body": names,
                    "variable": variable,
                    "category": GROUPS * bodies,
                    "count": counts.ravel(),
                }
            )
        )
    return pd.concat(profiles, ignore_index=True), pd.concat(population, ignore_index=True)


def one_by_one(x: int, n: int, K: int, N: int) -> tuple[float, float, float]:
    """P-value and noncentral interval of one cell by SciPy, to the same definitions."""
    fair = stats.hypergeom(N, K, n)
    p = min(1.0, 2 * min(fair.cdf(x), fair.sf(x - 1)))

    def limit(tail) -> float:
        root = optimize.brentq(lambda log_odds: tail(np.exp(log_odds)) - 0.025, -15, 15)
        return stats.nchypergeom_fisher.mean(N, K, n, np.exp(root)) / (n * K / N)

    fewest, most = max(0, n - (N - K)), min(n, K)
    low = fewest / (n * K / N)
    high = most / (n * K / N)
    if x > fewest:
        low = limit(lambda odds: stats.nchypergeom_fisher.sf(x - 1, N, K, n, odds))
    if x < most:
        high = limit(lambda odds: stats.nchypergeom_fisher.cdf(x, N, K, n, odds))
    return p, low, high


def timed(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def best(call):
    """The shortest of three runs, and what came of it."""
    runs = [timed(call) for _ in range(3)]
    return min(seconds for seconds, _ in runs), runs[0][1]


def main() -> None:
    rng = np.random.default_rng(1)
    body, population = dashboard(1000, rng)
    single = body[body["body"] == "body 3"].drop(columns="body")
    ps.representativeness_ratios(single, population)
    load = f"load of the machine before {os.getloadavg()[0]:.1f}"
    seconds, result = best(lambda: ps.representativeness_ratios(body, population))
    cells = result.table[result.table["population_count"] > 0]

    chosen = cells.sample(LOOPED, random_state=1)
    n = chosen["expected"] / chosen["population_share"]
    arguments = zip(chosen["count"], n.round().astype(int), chosen["population_count"], strict=True)
    looped, found = timed(
        lambda: [one_by_one(int(x), int(n), int(K), POPULATION) for x, n, K in arguments]
    )
    # nchypergeom_fisher sums to a relative error near 1e-9 and brentq stops at 2e-12.
    np.testing.assert_allclose(
        chosen[["p_value", "conf_low", "conf_high"]], found, rtol=1e-6, atol=1e-8
    )
    each = looped / LOOPED
    many = f"1,000 bodies x 3 variables x 19 groups ({len(cells):,} cells)"
    record(
        f"exact ratios of {many}",
        "SciPy cell by cell",
        seconds,
        each * len(cells),
        note=f"its time scaled up from {LOOPED} cells, which agree to 1e-6; {load}",
    )
    record(f"exact ratios of {many}", LIMIT, seconds, 5, target=1, note=load)
    seconds, result = best(lambda: ps.representativeness_ratios(single, population))
    few = int((result.table["population_count"] > 0).sum())
    record(
        "exact ratios of one body x 3 variables x 19 groups",
        "SciPy cell by cell",
        1000 * seconds,
        1000 * each * few,
        unit="ms",
        note=f"its time scaled from {LOOPED} cells to {few}; {load}",
    )
    record("exact ratios of one body", LIMIT, 1000 * seconds, 50, target=1, unit="ms", note=load)

    votes = rng.integers(1, 11, 200).tolist()
    seconds, _ = best(lambda: ps.voting_power(votes))
    record("voting power of 200 people", LIMIT, seconds, 1, target=1, note=load)

    survey = pd.DataFrame(
        {
            "variable": "ethnicity",
            "category": GROUPS,
            "count": rng.multinomial(5000, np.ones(19) / 19),
        }
    )
    town = survey.assign(count=300_000 // 19)
    for design in ("sample", "body"):
        seconds, _ = best(lambda d=design: ps.representativeness_ratios(survey, town, design=d))
        record(
            f"exact ratios of a survey of 5,000 from 300,000, design {design}",
            LIMIT,
            1000 * seconds,
            1000,
            target=1,
            unit="ms",
            note=load,
        )


if __name__ == "__main__":
    main()
