"""Rows summed by several threads: the same sums, added in the order of the rows."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.measure.estimation import cluster_totals


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    n = 5_000
    return pd.DataFrame(
        {
            "cluster": rng.integers(0, 40, n),
            "group": np.array(["a", "b", "c"])[rng.integers(0, 3, n)],
            "weight": rng.uniform(0.5, 2, n),
            "y": rng.normal(size=n),
            "yes": rng.random(n) < 0.4,
        }
    )


@pytest.mark.parametrize("value", ["y", "yes"])
def test_threads_change_no_digit(rows, value, monkeypatch):
    monkeypatch.setattr(cluster_totals, "STRETCH", 512)

    def table():
        design = ps.survey_design(rows, weights="weight", clusters="cluster")
        return ps.survey_estimate(design, value, by="group").table

    alone = table()
    started = []
    monkeypatch.setattr(cluster_totals, "THREADED", 10)
    pool = cluster_totals.ThreadPoolExecutor
    monkeypatch.setattr(
        cluster_totals, "ThreadPoolExecutor", lambda n: started.append(n) or pool(4)
    )
    pd.testing.assert_frame_equal(table(), alone, check_exact=True)
    assert started
    means = rows.groupby("group")[["weight", value]].apply(
        lambda part: np.average(part[value], weights=part["weight"])
    )
    found = alone if value == "y" else alone[alone["answer"] == "True"]
    np.testing.assert_allclose(found["estimate"], means, rtol=1e-12)  # sums of another order
