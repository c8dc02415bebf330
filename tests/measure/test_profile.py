"""Whole profiles: brute force over every table, closed forms, Monte Carlo beside enumeration."""

import itertools
import json
from math import comb, factorial, prod
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import participation_stats as ps
from participation_stats.measure.inference.goodness_of_fit import (
    ORDERINGS,
    Urn,
    drawn_tables,
    enumerated,
    every_table,
    references_of,
    statistic_of,
    table_count,
)

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "golden" / "published_cases.json").read_text()
    )
}
URNS = {
    "village": Urn(np.array([5, 3, 2]) / 10, np.array([5.0, 3.0, 2.0])),
    "estate": Urn(np.array([500, 300, 160, 40]) / 1000, np.array([500.0, 300.0, 160.0, 40.0])),
    "shares": Urn(np.array([0.5, 0.3, 0.15, 0.05])),
    "with a group of nobody": Urn(np.array([0.6, 0.0, 0.4]), np.array([12.0, 0.0, 8.0])),
}


def brute_force(n, urn):
    """Every table with its probability, by whole numbers and factorials."""
    for x in itertools.product(range(n + 1), repeat=len(urn.W)):
        if sum(x) != n:
            continue
        if urn.K is None:
            ways = factorial(n) / prod(factorial(k) for k in x)
            yield x, ways * float(np.prod(urn.W ** np.array(x)))
        else:
            ways = prod(comb(int(K), k) for K, k in zip(urn.K, x, strict=True))
            if ways:
                yield x, ways / comb(int(urn.K.sum()), n)


def plain_statistic(x, n, urn, ordering):
    x, expected = np.array(x, dtype=float), n * urn.W
    held = urn.W > 0
    x, expected = x[held], expected[held]
    if ordering == "x2":
        return ((x - expected) ** 2 / expected).sum()
    if ordering == "g":
        return 2 * sum(a * np.log(a / b) for a, b in zip(x, expected, strict=True) if a > 0)
    return np.abs(x - expected).sum() / 2 / n


@pytest.mark.slow
@pytest.mark.parametrize("name", URNS)
@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_enumeration_matches_brute_force(name, n, ordering):
    urn = URNS[name]
    tables = list(brute_force(n, urn))
    assert sum(p for _, p in tables) == pytest.approx(1.0)
    assert table_count(n, urn) == len(tables)
    reference = enumerated(n, urn, ordering)
    for x, own in tables:
        if ordering == "probability":
            expected = sum(p for _, p in tables if p <= own * (1 + 1e-9))
        else:
            value = plain_statistic(x, n, urn, ordering)
            expected = sum(
                p for y, p in tables if plain_statistic(y, n, urn, ordering) >= value - 1e-9
            )
        observed = float(statistic_of(np.array(x), n, urn, ordering))
        assert reference.p_value(observed) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", URNS)
def test_every_table_has_its_probability(name):
    urn = URNS[name]
    tables, mass = every_table(4, urn)
    expected = dict(brute_force(4, urn))
    found = {tuple(int(k) for k in x): p for x, p in zip(tables, mass, strict=True)}
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("name", ["estate", "shares", "village"])
@pytest.mark.parametrize("ordering", ["x2", "dissimilarity"])
def test_monte_carlo_agrees_with_enumeration(name, ordering):
    urn, n, draws = URNS[name], 8, 40_000
    exact = enumerated(n, urn, ordering)
    drawn = references_of([n], urn, ordering=ordering, limit=0, draws=draws, seed=5)[n]
    assert (exact.method, drawn.method) == ("enumeration", "Monte Carlo")
    for level in (0.3, 0.7, 0.95):
        p = exact.p_value(exact.quantile(level))
        # Five standard errors of a share of 40,000 draws.
        error = 5 * np.sqrt(p * (1 - p) / draws) + 1 / draws
        assert drawn.p_value(exact.quantile(level)) == pytest.approx(p, abs=error)
    spread = np.sqrt((exact._masses() * (exact.values - exact.mean()) ** 2).sum() / draws)
    assert drawn.mean() == pytest.approx(exact.mean(), abs=5 * spread)


@pytest.mark.parametrize("n", [20, 400])
def test_draws_have_the_moments_of_the_multivariate_hypergeometric(n):
    K = np.array([500.0, 300.0, 160.0, 40.0])
    urn, N = Urn(K / 1000, K), 1000
    mean = references_of([n], urn, limit=0, draws=30_000, seed=1)[n].mean()
    # E X² = (k − 1)(N − n)/(N − 1), in closed form; standard error from sqrt(2(k−1)/draws).
    assert mean == pytest.approx(3 * (N - n) / (N - 1), abs=5 * np.sqrt(6 / 30_000))
    counts = drawn_tables(n, urn, 2000, np.random.default_rng(0))
    assert (counts.sum(axis=1) == n).all()
    assert (counts <= K).all()


@pytest.mark.parametrize("size", [32_767, 32_768, 300_000])
def test_draws_from_a_population_of_any_size_have_the_mean_of_chi_squared(size):
    """Around the largest number of 16 bits, in which smaller populations are counted."""
    K = np.floor(size * np.array([0.5, 0.3, 0.15, 0.05]))
    K[0] += size - K.sum()
    n, draws = 40, 30_000
    mean = references_of([n], Urn(K / size, K), limit=0, draws=draws)[n].mean()
    exact = (len(K) - 1) * (size - n) / (size - 1)
    # Five standard errors: the variance is 2(k − 1) + (Σ1/W − k² − 2k + 2)/n, here 6.25.
    assert mean == pytest.approx(exact, abs=5 * np.sqrt(6.25 / draws))


def test_sizes_share_one_stream_and_do_not_depend_on_each_other():
    urn = URNS["estate"]
    many = references_of([5, 9, 30], urn, limit=0, draws=500)
    alone = references_of([9], urn, limit=0, draws=500)[9]
    np.testing.assert_array_equal(many[9].values, alone.values)


def test_monte_carlo_p_is_never_zero():
    reference = references_of([12], URNS["estate"], limit=0, draws=99)[12]
    assert reference.p_value(1e9) == 1 / 100


def test_two_groups_are_the_binomial_by_point_probability():
    urn, n = Urn(np.array([0.3, 0.7])), 15
    reference = enumerated(n, urn, "probability")
    for x in range(n + 1):
        table = np.array([x, n - x])
        found = reference.p_value(float(statistic_of(table, n, urn, "probability")))
        assert found == pytest.approx(stats.binomtest(x, n, 0.3).pvalue, rel=1e-9)


def test_two_groups_are_fishers_test_by_point_probability():
    K = np.array([12.0, 28.0])
    urn = Urn(K / 40, K)
    reference = enumerated(10, urn, "probability")
    for x in range(11):
        told = stats.fisher_exact([[x, 10 - x], [12 - x, 18 + x]]).pvalue
        found = reference.p_value(
            float(statistic_of(np.array([x, 10 - x]), 10, urn, "probability"))
        )
        assert found == pytest.approx(told, rel=1e-9)


def test_distances_of_the_jurors():
    case = CASES["openintro_jurors"]
    found = ps.profile_distance(case["body"], case["population_shares"], draws=50_000)
    table = found.table.set_index("measure")
    again = case["recomputed"]
    assert table.loc["dissimilarity", "observed"] == pytest.approx(again["tvd"], rel=1e-12)
    assert table.loc["cohen_w", "observed"] == pytest.approx(again["w"], rel=1e-12)
    kl = table.loc["kullback_leibler", "observed"]
    assert kl == pytest.approx(again["kl_body_vs_pop_nats"], rel=1e-12)
    assert 2 * 275 * kl == pytest.approx(again["G"], rel=1e-12)
    # 200,000 draws there and 50,000 here.
    assert table.loc["dissimilarity", "chance_mean"] == pytest.approx(again["E0_tvd_mc"], abs=4e-4)
    for ordering, name in (("x2", "p_mc_chi2_order"), ("dissimilarity", "p_mc_tvd_order")):
        told = ps.profile_distance(
            case["body"], case["population_shares"], ordering=ordering, draws=50_000
        ).overall.iloc[0]
        assert told["p_value"] == pytest.approx(again[name], abs=0.008)
        assert told["ordering"] == ordering
    np.testing.assert_allclose(table["excess"], table["observed"] - table["chance_mean"])


def test_mean_dissimilarity_is_the_same_by_margins_and_by_tables():
    body, population = {"A": 5, "B": 3, "C": 2}, {"A": 400, "B": 500, "C": 100}
    by_margins = ps.representativeness_ratios(body, population).overall.iloc[0]
    found = ps.profile_distance(body, population)
    by_tables = found.table.set_index("measure").loc["dissimilarity"]
    assert by_margins["dissimilarity_expected"] == pytest.approx(by_tables["chance_mean"], rel=1e-9)
    assert by_margins["dissimilarity"] == by_tables["observed"]
    assert by_margins["p_value"] == pytest.approx(found.overall["p_value"].iloc[0], rel=1e-12)


def test_members_against_those_who_are_not():
    body, population = {"A": 8, "B": 2}, {"A": 20, "B": 20}
    overall = ps.profile_distance(body, population).overall.iloc[0]
    # 8 of 10 members and 12 of 30 others are in A.
    assert overall["members_against_others"] == pytest.approx(0.8 - 12 / 30)
    shares = ps.profile_distance(body, {"A": 0.5, "B": 0.5}).overall.iloc[0]
    assert np.isnan(shares["members_against_others"])


def test_enumeration_and_monte_carlo_by_name():
    body, population = {"A": 5, "B": 3, "C": 2}, {"A": 40, "B": 50, "C": 10}
    exact = ps.profile_distance(body, population, method="enumeration").overall.iloc[0]
    drawn = ps.profile_distance(body, population, method="monte_carlo").overall.iloc[0]
    assert (exact["method"], drawn["method"], drawn["tables"]) == (
        "enumeration",
        "Monte Carlo",
        99_999,
    )
    assert drawn["p_value"] == pytest.approx(exact["p_value"], abs=0.008)


@pytest.mark.parametrize("n", range(1, 8))
def test_quantile_is_the_least_value_reached_often_enough(n):
    body = {"A": n, "B": 0, "C": 0}
    found = ps.profile_distance(body, {"A": 6, "B": 9, "C": 15}).table.iloc[0]
    urn = Urn(np.array([0.2, 0.3, 0.5]), np.array([6.0, 9.0, 15.0]))
    values = sorted(
        (plain_statistic(x, n, urn, "dissimilarity"), p) for x, p in brute_force(n, urn)
    )
    cumulated = np.cumsum([p for _, p in values])
    expected = values[int(np.searchsorted(cumulated, 0.95 * (1 - 1e-12)))][0]
    assert found["chance_95"] == pytest.approx(expected, abs=1e-12)


def test_everybody_not_stated():
    found = ps.profile_distance({"Not stated": 4}, {"A": 0.5, "B": 0.5})
    assert found.table["observed"].isna().all()
    assert found.overall[["n", "not_stated", "method"]].iloc[0].tolist() == [0, 4, "none"]
    assert np.isnan(found.overall["p_value"].iloc[0])


def test_group_that_the_population_does_not_have():
    found = ps.profile_distance({"A": 1, "B": 3}, {"A": 0, "B": 40})
    table = found.table.set_index("measure")["observed"]
    assert table["dissimilarity"] == pytest.approx(0.25)
    assert np.isinf(table["cohen_w"])
    assert found.overall["p_value"].iloc[0] == 0.0


def test_several_bodies_and_variables():
    body = pd.DataFrame(
        {
            "body": ["a"] * 4 + ["b"] * 2,
            "variable": ["g", "g", "h", "h", "g", "g"],
            "category": ["A", "B", "C", "D", "A", "B"],
            "count": [3, 4, 5, 2, 1, 9],
        }
    )
    population = body[body["body"] == "a"].drop(columns="body").assign(count=50)
    found = ps.profile_distance(body, population)
    assert found.overall[["body", "variable"]].to_numpy().tolist() == [
        ["a", "g"], ["a", "h"], ["b", "g"],
    ]  # fmt: skip
    assert len(found.table) == 9
    assert set(found.profile.columns) == {
        "body", "variable", "category", "count", "share", "population_share",
    }  # fmt: skip


def test_protected_distance_of_a_small_body_is_withheld():
    found = ps.profile_distance({"A": 11, "B": 1}, {"A": 0.5, "B": 0.5})
    protected = ps.protect(found, ps.Policy.publish())
    assert protected.table["observed"].isna().all()
    assert protected.frames["overall"]["p_value"].isna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ordering": "chi"}, "profile_distance: ordering is 'chi'. Expected one of x2, g, diss"),
        ({"method": "exact"}, "profile_distance: method is 'exact'. Expected auto, enumeration or"),
        ({"draws": 0}, "profile_distance: draws is 0. Expected at least 1."),
    ],
)
def test_errors(options, message):
    with pytest.raises(ps.InputError) as error:
        ps.profile_distance({"A": 1, "B": 2}, {"A": 0.5, "B": 0.5}, **options)
    assert message in str(error.value)
