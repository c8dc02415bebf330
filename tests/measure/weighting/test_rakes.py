"""Raking and post-stratification: margins, closed forms, invariance."""

import numpy as np
import pandas as pd

import participation_stats as ps


def sample(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "gender": rng.choice(["Female", "Male"], n, p=[0.7, 0.3]),
            "ethnicity": rng.choice(["Black African", "Portuguese", "White British"], n),
            "age_band": rng.choice(["16 to 24", "25 to 34", "35 to 49", "50 and over"], n),
            "weight": rng.uniform(0.5, 2, n),
        }
    )


POPULATION = {
    "gender": {"Female": 1710, "Male": 1290},
    "ethnicity": {"Black African": 1500, "Portuguese": 300, "White British": 1200},
    "age_band": {"16 to 24": 600, "25 to 34": 700, "35 to 49": 800, "50 and over": 900},
}


def test_margins_are_met():
    frame = sample(400, 1)
    raked = ps.rake(frame, POPULATION, weights="weight")
    assert raked.converged
    for variable, wanted in POPULATION.items():
        got = raked.weights.groupby(frame[variable]).sum()
        # 1e-10 of shares, in a population of 3,000.
        np.testing.assert_allclose(got, pd.Series(wanted)[got.index], atol=3e-7)
    np.testing.assert_allclose(raked.table["share_after"], raked.table["target"], atol=1e-10)
    assert raked.max_gap <= 1e-10
