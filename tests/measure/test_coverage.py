"""Coverage of the intervals, exactly: every possible count with its probability, no simulation."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from participation_stats.measure.inference.fair_draw import Draw
from participation_stats.measure.inference.judgement import judge

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "golden" / "interval_coverage.json").read_text()
)
N = REFERENCE["N"]
SIZES = (10, 15, 20, 30)


def log_ways(k, n, K):
    def choose(a, b):
        return gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1)

    return choose(K, k) + choose(N - K, n - k)


@pytest.mark.parametrize("n", SIZES)
def test_body_interval_covers_the_tendency_at_least_95_times_in_100(n):
    """For every K on a grid and every odds ω: X is noncentral, the truth is E_ω[X]/(nW)."""
    k = np.arange(n + 1)
    worst = 1.0
    for K in (30, 60, 150, 300, 510, 605, 900, 1350, 1500, 1634, 2100, 2700, 2970):
        told = judge(k, Draw.from_people(np.full(n + 1, n), K, N))
        for log_odds in np.linspace(-4, 4, 81):
            logs = log_ways(k, n, K) + log_odds * k
            p = np.exp(logs - logs.max())
            p /= p.sum()
            truth = (k * p).sum() / n
            # A limit that equals the truth covers it; both are solved to about 1e-12.
            covered = (told.conf_low <= truth + 1e-11) & (truth <= told.conf_high + 1e-11)
            worst = min(worst, p[covered].sum())
    assert worst >= 0.95


@pytest.mark.parametrize("n", SIZES)
def test_fair_draw_is_called_significant_at_most_5_times_in_100(n):
    k = np.arange(n + 1)
    for K in range(1, N, 37):
        draw = Draw.from_people(np.full(n + 1, n), K, N)
        told = judge(np.clip(k, draw.lowest, draw.highest), draw)
        p = stats.hypergeom.pmf(k, N, K, n)
        assert p[told.p_value < 0.05].sum() <= 0.05 + 1e-12


@pytest.mark.parametrize("n", [10, 12, 15, 20, 25, 30])
@pytest.mark.parametrize(
    ("method", "design", "mid_p"),
    [
        ("hyper_exact", "sample", False),
        ("hyper_midp", "sample", True),
        ("clopper_pearson", "shares", False),
    ],
)
def test_coverage_matches_the_reference(n, method, design, mid_p):
    k = np.arange(n + 1)
    covers = []
    for W in REFERENCE["Ws"]:
        K = round(N * W)
        size = np.full(n + 1, n)
        sampled = design == "sample"
        draw = Draw.from_people(size, K, N) if sampled else Draw.from_shares(size, K / N)
        told = judge(k, draw, design=design, mid_p=mid_p)
        covered = (told.conf_low <= K / N + 1e-12) & (told.conf_high + 1e-12 >= K / N)
        covers.append(stats.hypergeom.pmf(k, N, K, n)[covered].sum())
    expected = REFERENCE["res"][f"{method}|{n}"]
    # The reference sums the same probabilities in another order.
    assert min(covers) == pytest.approx(expected["min"], abs=1e-9)
    assert np.mean(covers) == pytest.approx(expected["mean"], abs=1e-9)
    assert max(covers) == pytest.approx(expected["max"], abs=1e-9)
    if not mid_p:
        assert min(covers) >= 0.95
