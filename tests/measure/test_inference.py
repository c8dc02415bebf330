"""Exact inference against R, SciPy, statsmodels, closed forms and brute force."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.proportion import test_proportions_2indep as two_proportions

from participation_stats.measure.inference.adjustment import (
    across_bodies,
    benjamini_hochberg,
    holm,
)
from participation_stats.measure.inference.fair_draw import (
    Draw,
    blocks,
    distribution_of,
    mean_absolute_deviation,
    tails,
)
from participation_stats.measure.inference.judgement import judge
from participation_stats.measure.inference.noncentral import tilted_interval
from participation_stats.measure.inference.proportions import (
    score_limits,
    score_test,
    share_limits,
    share_tails,
)

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = json.loads((GOLDEN / "golden_hypergeometric_R.json").read_text())
TIGHT = json.loads((GOLDEN / "noncentral_intervals.json").read_text())

# R printed 15 digits; both sides then agree but for the last few of a float64.
PRINTED = 1e-12


def column(name, rows=ROWS):
    return np.array([np.array(row[name], dtype=float) for row in rows])


X, N_DRAWN, K, N = (column(name).astype(int) for name in ("x", "n", "K", "N"))
PEOPLE = Draw.from_people(N_DRAWN, K, N)


def as_ratio(told, W=PEOPLE.W):
    return np.column_stack([told.conf_low / W, told.conf_high / W])


def test_tails_match_phyper():
    told = judge(X, PEOPLE)
    np.testing.assert_allclose(told.below, column("p_lower"), rtol=PRINTED)
    np.testing.assert_allclose(told.above, column("p_upper"), rtol=PRINTED)
    doubled = np.minimum(1, 2 * np.minimum(column("p_lower"), column("p_upper")))
    np.testing.assert_allclose(told.p_value, doubled, rtol=PRINTED)


def test_mid_p_matches_r():
    told = judge(X, PEOPLE, mid_p=True)
    np.testing.assert_allclose(told.p_value, column("p_midp_two_sided_doubled"), rtol=PRINTED)


def test_noncentral_interval_matches_fisher_test():
    # fisher.test stops uniroot at 1.2e-4 in the odds (or their reciprocal), so that its limits
    # carry three digits where the odds are near 0.1; the next test has the digits.
    np.testing.assert_allclose(
        as_ratio(judge(X, PEOPLE)), column("ratio_ci_noncentral"), rtol=1e-3, atol=0
    )


def test_noncentral_interval_matches_the_same_equations_solved_tightly_in_r():
    # uniroot to 1e-13 in ln(odds), times a slope of at most n.
    told = as_ratio(judge(X, PEOPLE))
    np.testing.assert_allclose(told, column("ratio", TIGHT), rtol=1e-10, atol=1e-12)
    low, high = tilted_interval(X, PEOPLE, distribution_of(PEOPLE), 0.95)
    expected = np.array(
        [[float(str(v).replace("Inf", "inf")) for v in row["log_odds"]] for row in TIGHT]
    )
    np.testing.assert_allclose(np.column_stack([low, high]), expected, rtol=1e-9, atol=1e-10)


def test_inversion_for_a_sample_matches_r():
    told = judge(X, PEOPLE, design="sample")
    np.testing.assert_array_equal(
        np.round(np.column_stack([told.conf_low, told.conf_high]) * N[:, None]), column("K_ci")
    )
    np.testing.assert_allclose(as_ratio(told), column("ratio_ci_test_inversion"), rtol=PRINTED)


def test_shares_alone_give_clopper_pearson():
    told = judge(X, Draw.from_shares(N_DRAWN, PEOPLE.W))
    np.testing.assert_allclose(as_ratio(told), column("cp_ratio"), rtol=1e-11)
    low, high = share_limits(X.astype(float), N_DRAWN.astype(float), 0.95)
    np.testing.assert_allclose(np.column_stack([low, high]), as_ratio(told, 1.0), rtol=1e-11)


def test_chance_counts_match_qhyper():
    told = judge(X, PEOPLE)
    np.testing.assert_array_equal(
        np.column_stack([told.chance_low, told.chance_high]), column("chance_x")
    )


def test_far_tail_keeps_its_digits():
    castaneda = json.loads((GOLDEN / "published_cases.json").read_text())[0]["recomputed"]
    hyper = castaneda["hyper"]
    told = judge(np.array([339]), Draw.from_people(870, hyper["K"], hyper["N"]))
    # The reference was computed with log-gamma functions of N = 181,535, good to nine digits.
    assert told.p_value[0] == pytest.approx(hyper["two_sided_doubled"], rel=1e-8)
    assert (told.chance_low[0], told.chance_high[0]) == tuple(hyper["chance_range_x_95"])
    sample = judge(np.array([339]), Draw.from_people(870, hyper["K"], hyper["N"]), design="sample")
    limits = [round(sample.conf_low[0] * hyper["N"]), round(sample.conf_high[0] * hyper["N"])]
    assert limits == hyper["K_ci"]
    binomial = judge(np.array([339]), Draw.from_shares(870, 0.791))
    assert binomial.below[0] == pytest.approx(castaneda["binom_lower"], rel=1e-8)


def test_far_tail_is_exact_in_whole_numbers():
    from fractions import Fraction
    from math import comb

    ways = sum(comb(40, k) * comb(260, 100 - k) for k in range(35, 41))
    exact = float(Fraction(ways, comb(300, 100)))
    told = judge(np.array([35]), Draw.from_people(100, 40, 300))
    assert told.above[0] == pytest.approx(exact, rel=1e-12)


def test_distribution_matches_scipy_on_a_grid():
    n, K_, N_ = (a.ravel() for a in np.meshgrid([1, 2, 7, 12], [0, 1, 6, 13, 20], [20, 25]))
    keep = K_ <= N_
    n, K_, N_ = n[keep], K_[keep], N_[keep]
    found = distribution_of(Draw.from_people(n, K_, N_))
    expected = stats.hypergeom.pmf(found.support, N_[:, None], K_[:, None], n[:, None])
    # SciPy goes through log-beta functions; 1e-12 covers their rounding.
    np.testing.assert_allclose(np.exp(found.logs), expected, rtol=1e-12, atol=1e-15)


def test_mean_absolute_deviation_by_enumeration():
    draw = Draw.from_people(12, 510, 3000)
    k = np.arange(13)
    expected = (np.abs(k - 12 * 0.17) * stats.hypergeom.pmf(k, 3000, 510, 12)).sum()
    found = mean_absolute_deviation(distribution_of(draw), draw.expected)
    assert found[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("mid_p", [False, True])
def test_interval_limits_solve_their_equations(mid_p):
    rng = np.random.default_rng(3)
    n, K_ = rng.integers(1, 61, 400), rng.integers(1, 3000, 400)
    draw = Draw.from_people(n, K_, 3000)
    x = rng.integers(draw.lowest, draw.highest + 1)
    distribution = distribution_of(draw)
    for side, limit in enumerate(tilted_interval(x, draw, distribution, 0.9, mid_p=mid_p)):
        finite = np.isfinite(limit)
        assert (np.isinf(limit) == (x == (draw.lowest if side == 0 else draw.highest))).all()
        logs = distribution.logs + distribution.support * np.where(finite, limit, 0)[:, None]
        logs -= np.log(np.exp(logs - logs.max(1)[:, None]).sum(1))[:, None] + logs.max(1)[:, None]
        tilted = type(distribution)(distribution.lowest, logs)
        tail = tails(x, tilted, mid_p=mid_p)[1 - side]
        np.testing.assert_allclose(tail[finite], 0.05, rtol=1e-9)


def test_one_block_or_many_give_the_same(monkeypatch):
    whole = judge(X, PEOPLE)
    monkeypatch.setattr("participation_stats.measure.inference.fair_draw.BLOCK_ELEMENTS", 30)
    assert [list(block) for block in blocks(np.array([5, 40, 3, 9]))] == [[2, 0, 3], [1]]
    parts = judge(X, PEOPLE)
    for name in ("p_value", "conf_low", "conf_high", "chance_low", "deviation"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-13)


def test_group_of_nobody_and_of_everybody():
    told = judge(np.array([0, 5]), Draw.from_people([5, 5], [0, 9], [9, 9]))
    np.testing.assert_array_equal(told.p_value, [1, 1])
    np.testing.assert_array_equal(told.conf_low, [0, 1])
    np.testing.assert_array_equal(told.conf_high, [0, 1])


def test_whole_population_drawn_leaves_no_uncertainty():
    for design in ("body", "sample"):
        told = judge(np.array([3]), Draw.from_people(10, 3, 10), design=design)
        assert (told.p_value[0], told.conf_low[0], told.conf_high[0]) == (1.0, 0.3, 0.3)


def test_share_tails_with_whole_numbers_are_binomial():
    x = np.arange(13.0)
    n, W = np.full(13, 12.0), np.full(13, 0.17)
    below, above = share_tails(x, n, W)
    np.testing.assert_allclose(below, stats.binom.cdf(x, 12, 0.17), rtol=1e-12)
    np.testing.assert_allclose(above, stats.binom.sf(x - 1, 12, 0.17), rtol=1e-12)


SCORES = json.loads((GOLDEN / "golden_voting_ratio_beta.json").read_text())["ratio_two_independent"]


def test_score_interval_matches_the_reference():
    # The reference is Koopman's interval, without the correction of Miettinen and Nurminen.
    x, n, k, m = (column(name, SCORES) for name in ("x", "n", "k", "m"))
    low, high = score_limits(x, n, k, m, 0.95, correction=False)
    # statsmodels stops brentq at 2e-12 in the limit's logarithm, and gives 3.5e-13 for a limit
    # that is exactly 0.
    np.testing.assert_allclose(
        np.column_stack([low, high]), column("score", SCORES), rtol=1e-8, atol=1e-11
    )


@pytest.mark.parametrize(("x", "n", "k", "m"), [(3, 12, 40, 90), (11, 12, 70, 90), (1, 40, 3, 500)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_score_interval_matches_statsmodels(x, n, k, m, confidence):
    expected = confint_proportions_2indep(
        x, n, k, m, compare="ratio", method="score", alpha=1 - confidence
    )
    one = np.ones(1)
    found = score_limits(one * x, one * n, one * k, one * m, confidence)
    np.testing.assert_allclose([found[0][0], found[1][0]], expected, rtol=1e-7)


def test_score_interval_of_a_body_all_of_one_group():
    # confint_proportions_2indep gives 1.109 as the lower limit here, where its own test has
    # p = .68; that test decides.
    one = np.ones(1)
    low, _ = score_limits(12 * one, 12 * one, 80 * one, 90 * one, 0.95)
    with np.errstate(divide="ignore"):
        told = two_proportions(12, 12, 80, 90, value=low[0], compare="ratio", method="score")
    assert told.pvalue == pytest.approx(0.05, rel=1e-9)


def test_score_test_is_the_dual_of_its_interval():
    rng = np.random.default_rng(5)
    n, m = rng.integers(3, 40, 500).astype(float), rng.integers(20, 400, 500).astype(float)
    x, k = rng.binomial(n.astype(int), 0.3) * 1.0, rng.binomial(m.astype(int), 0.3) * 1.0
    keep = k > 0
    x, n, k, m = x[keep], n[keep], k[keep], m[keep]
    low, high = score_limits(x, n, k, m, 0.95)
    inside = (low <= 1) & (high >= 1)
    np.testing.assert_array_equal(score_test(x, n, k, m) >= 0.05, inside)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_adjustments_match_statsmodels(size):
    rng = np.random.default_rng(size)
    p = rng.random((6, size)) ** 6
    p[0, 0] = 1e-145
    family = np.repeat(np.arange(6), size)
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        expected = [multipletests(row, method=method)[1] for row in p]
        np.testing.assert_allclose(ours(p.ravel(), family), np.ravel(expected), rtol=1e-14)


def test_holm_leaves_out_what_was_not_tested():
    found = holm(np.array([0.01, np.nan, 0.04]), np.zeros(3, dtype=int))
    np.testing.assert_allclose(found, [0.02, np.nan, 0.04])


def test_holm_counts_two_halves_of_one_test_once():
    found = holm(np.array([0.03, 0.03]), np.zeros(2, dtype=int), np.ones(2, dtype=int))
    np.testing.assert_allclose(found, [0.03, 0.03])


def test_across_bodies_with_one_test_each_is_benjamini_hochberg():
    p = np.random.default_rng(1).random(50) ** 3
    found = across_bodies(p, np.arange(50))
    np.testing.assert_allclose(found, multipletests(p, method="fdr_bh")[1], rtol=1e-14)


def test_across_bodies_with_one_body_changes_nothing():
    p = np.array([0.2, 1e-145, np.nan])
    np.testing.assert_array_equal(across_bodies(p, np.zeros(3, dtype=int)), p)


def test_across_bodies_is_the_least_level_at_which_the_group_is_claimed():
    rng = np.random.default_rng(2)
    p, body = rng.random(60) ** 4, np.repeat(np.arange(12), 5)
    found = across_bodies(p, body)

    def claimed(level):
        smallest = np.array([p[body == b].min() for b in range(12)])
        selected = multipletests(smallest, alpha=level, method="fdr_bh")[0]
        return selected[body] & (p <= level * selected.sum() / 12)

    for cell in range(60):
        # Just above its adjusted p a group is claimed, just below it is not.
        assert claimed(min(found[cell] * (1 + 1e-9), 1.0))[cell]
        assert found[cell] == 1.0 or not claimed(found[cell] * (1 - 1e-9))[cell]
