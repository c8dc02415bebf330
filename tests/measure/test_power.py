"""Voting power: published cases, every coalition counted, and the limits of what is exact."""

import itertools
import json
import math
import random
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from participation_stats.errors import DataWarning, EstimationError, InputError
from participation_stats.measure.coalitions import decisive_coalitions
from participation_stats.measure.power import voting_power

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "golden_voting_ratio_beta.json").read_text()
)
CASES = ("EEC_1958", "steering_group_example", "unanimity", "dictator")

# Every index is one division of exact whole numbers, so it is the nearest float.
EXACT = 1e-15


@pytest.mark.parametrize("case", CASES)
def test_reference_cases(case):
    golden = GOLDEN[case]
    found = voting_power(golden["weights"], golden["quota"])
    assert found.table["swings"].tolist() == golden["swings"]
    for column, name in (
        ("banzhaf", "banzhaf_normalised"),
        ("penrose", "penrose_absolute_banzhaf"),
        ("shapley_shubik", "shapley_shubik"),
    ):
        np.testing.assert_allclose(found.table[column], golden[name], rtol=EXACT)
    fractions = [float(Fraction(text)) for text in golden["shapley_fraction"]]
    assert found.table["shapley_shubik"].tolist() == fractions
    assert found.power_to_act == golden["coleman_power_to_act"]


def counted(weights, quota):
    """Swings, orders and winning coalitions, one coalition at a time."""
    n = len(weights)
    swings, orders, winning = [0] * n, [0] * n, 0
    for members in itertools.product((0, 1), repeat=n):
        weight = sum(w for w, there in zip(weights, members, strict=True) if there)
        winning += weight >= quota
        size = sum(members)
        for voter in range(n):
            if not members[voter] and weight < quota <= weight + weights[voter]:
                swings[voter] += 1
                orders[voter] += math.factorial(size) * math.factorial(n - 1 - size)
    return tuple(swings), tuple(orders), winning


def games():
    rng = random.Random(7)
    for n in range(1, 11):
        for most in (1, 3, 12):
            weights = [rng.randint(0, most) for _ in range(n)]
            weights[0] = max(1, weights[0])
            yield weights, rng.randint(1, sum(weights))
    yield [1] * 8, 8
    yield [0, 0, 5], 3
    for most in (4, 30):
        weights = [rng.randint(0, most) for _ in range(15)]
        yield weights, sum(weights) // 2 + 1


@pytest.mark.parametrize(("weights", "quota"), list(games()))
def test_every_coalition_counted(weights, quota):
    found = decisive_coalitions(weights, quota)
    assert (found.swings, found.orders, found.winning) == counted(weights, quota)


def fewest(weights, quota, voter, *, block):
    others = [place for place in range(len(weights)) if place != voter]
    for size in range(len(weights)):
        for allies in itertools.combinations(others, size):
            held = weights[voter] + sum(weights[place] for place in allies)
            if (sum(weights) - held < quota) if block else (held >= quota):
                return size
    return None


@pytest.mark.parametrize("seed", range(12))
def test_fewest_allies_by_trying_all(seed):
    rng = random.Random(seed)
    weights = [rng.randint(0, 9) for _ in range(rng.randint(1, 8))] + [1]
    quota = rng.randint(sum(weights) // 2 + 1, sum(weights))
    table = voting_power(weights, quota).table
    for voter in range(len(weights)):
        assert table["allies_to_win"][voter] == fewest(weights, quota, voter, block=False)
        assert table["allies_to_block"][voter] == fewest(weights, quota, voter, block=True)


def test_sixty_voters_against_quadrature():
    # Shapley–Shubik is the integral over t of the chance of a swing if each other joins with
    # probability t: a polynomial of degree 59, which 30 Gauss–Legendre nodes integrate exactly.
    rng = random.Random(3)
    weights = [rng.randint(1, 40) for _ in range(60)]
    quota = sum(weights) // 2 + 1
    nodes, masses = np.polynomial.legendre.leggauss(30)

    def chance(voter, t):
        mass = np.zeros((sum(weights) + 1, len(t)))
        mass[0] = 1
        for place, weight in enumerate(weights):
            if place != voter:
                moved = np.zeros_like(mass)
                moved[weight:] = mass[: len(mass) - weight]
                mass = mass * (1 - t) + moved * t
        return mass[max(0, quota - weights[voter]) : quota].sum(axis=0)

    table = voting_power(weights, quota).table
    for voter in (0, 17, 59):
        integral = chance(voter, (nodes + 1) / 2) @ masses / 2
        # Thirty nodes and 2,000 additions in double precision.
        assert table["shapley_shubik"][voter] == pytest.approx(integral, rel=1e-11)
        assert table["penrose"][voter] == pytest.approx(
            chance(voter, np.array([0.5]))[0], rel=1e-11
        )


def test_power_of_two_hundred_people():
    rng = random.Random(1)
    weights = [rng.randint(1, 10) for _ in range(200)]
    found = voting_power(weights)
    assert found.table["shapley_shubik"].sum() == pytest.approx(1, abs=1e-12)
    assert found.table["swings"].dtype == float
    assert sum(decisive_coalitions(weights, int(found.quota)).orders) == math.factorial(200)


def test_votes_of_one_each_are_alike_and_binomial():
    found = voting_power([1] * 21)
    assert set(found.table["swings"]) == {math.comb(20, 10)}
    assert found.table["banzhaf"].tolist() == [1 / 21] * 21
    assert found.power_to_act == 0.5
    assert found.quota == 11


@pytest.mark.parametrize("votes", [[3], [5, 0], {"a": 0, "b": 7, "c": 0}])
def test_one_who_has_all_votes_has_all_power(votes):
    found = voting_power(votes)
    assert found.table["banzhaf"].max() == 1
    assert found.table["shapley_shubik"].sum() == 1
    assert found.table.loc[found.table["banzhaf"].idxmax(), "allies_to_win"] == 0


def test_fractions_of_a_vote_as_written():
    tenths = voting_power({"a": 0.3, "b": 0.2, "c": 0.1, "d": 0.1})
    whole = voting_power({"a": 3, "b": 2, "c": 1, "d": 1})
    columns = ["banzhaf", "shapley_shubik", "swings"]
    pd.testing.assert_frame_equal(tenths.table[columns], whole.table[columns])
    # More than .35: four tenths, as four of seven.
    assert tenths.quota == 0.4
    assert tenths.table["votes"].tolist() == [0.3, 0.2, 0.1, 0.1]


def test_votes_with_a_common_unit_and_a_quota_between():
    large = voting_power([4000, 3000, 2000], 4500.5)
    small = voting_power([4, 3, 2], 5)
    assert large.table["swings"].tolist() == small.table["swings"].tolist()
    assert voting_power([4, 4, 4]).quota == 7
    assert voting_power(pd.Series([2, 1], index=["x", "y"])).table["bloc"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("votes", "quota", "message"),
    [
        ([], None, "voting_power: nobody has a vote. Expected votes of 0 or more"),
        ([0, 0], None, "nobody has a vote"),
        ([1, -1], None, "the votes of '2' are negative"),
        ({"tenants": None, "council": 2}, None, "the votes of 'tenants' are no number"),
        ([1, float("nan")], None, "the votes of '2' are not known"),
        ([1, float("inf")], None, "the votes of '2' are not known"),
        ([True, 2], None, "the votes of '1' are no number"),
        ("abc", None, "votes is str"),
        (5, None, "votes is int"),
        ([3, 2], 6, "a quota of 6 cannot be reached. Expected a quota above 0 and at most 5"),
        ([3, 2], 0, "a quota of 0 can always be reached"),
        ([3, 2], "most", "the votes of the quota are no number"),
    ],
)
def test_what_is_no_game_is_refused(votes, quota, message):
    with pytest.raises(InputError, match=message):
        voting_power(votes, quota)


def test_too_many_to_count_is_refused_at_once():
    with pytest.raises(EstimationError, match=r"400 blocs with \d+ votes are too many to count"):
        voting_power([100_003 + place for place in range(400)])


def test_huge_votes_are_no_matter_where_all_must_agree():
    votes = [10**20, 10**20 + 1, 1]
    assert voting_power(votes, sum(votes)).table["allies_to_win"].tolist() == [2, 2, 2]


def test_a_quota_of_half_is_warned_of():
    with pytest.warns(DataWarning, match="a quota of 2 is not more than half of 4 votes"):
        found = voting_power([2, 2], 2)
    assert found.table["allies_to_win"].tolist() == [0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        voting_power([2, 2], 3)
