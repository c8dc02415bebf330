"""Rounded counts, attacked by somebody who knows the base and how many there are in all.

A rounded count is an interval of as many values as the base has; the total, and the counts of
another body with people in common, make it narrower. Every world is written out.
"""

import dataclasses
import itertools
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from participation_stats.measure.results import Result, Rule
from participation_stats.release.audits import audit
from participation_stats.release.disclosure import protect, protect_all
from participation_stats.release.policies import Policy

GROUPS = ("g0", "g1", "g2")
WHY = "so that the attacker has more to go by"
POLICIES = [
    Policy(f"base {base}", threshold=threshold, rounding=base, reason=WHY)
    for base, threshold in ((2, 3), (3, 3), (4, 3), (5, 3), (5, 5))
]
NAMED = pytest.mark.parametrize("policy", POLICIES, ids=lambda one: f"{one.name}, {one.threshold}")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Headcount(Result):
    """Counts that stand alone: nothing beside them is exact, so they are rounded."""

    rules: ClassVar = (Rule("table", count="count", margin=("variable",)),)


def headcount(counts):
    rows = [("v", group, int(count)) for group, count in zip(GROUPS, counts, strict=True)]
    return Headcount(pd.DataFrame(rows, columns=["variable", "category", "count"]))


def worlds(size):
    """Every way to put so many people into the groups, of shape (ways, groups)."""
    ways = [(a, b, size - a - b) for a in range(size + 1) for b in range(size + 1 - a)]
    return np.array(ways)


def agrees(counts, told, base):
    """Which counts, of shape (..., groups), are rounded to what is told; nearest, halves up."""
    fine = np.ones(counts.shape[:-1], dtype=bool)
    for place, number in enumerate(told):
        if number is not None:
            fine &= np.floor(counts[..., place] / base + 0.5) * base == number
    return fine


def told_by(released):
    return [None if pd.isna(count) else int(count) for count in released.table["count"]]


def recovered(values, low_enough):
    """Withheld counts to which fewer than three values are left."""
    return {name: found for name, found in values.items() if len(found) < low_enough}


def attacked_alone(counts, policy):
    released = protect(headcount(counts), policy)
    told, ways = told_by(released), worlds(sum(counts))
    left = ways[agrees(ways, told, policy.rounding)]
    assert any((way == counts).all() for way in left)
    hidden = [place for place, number in enumerate(told) if number is None]
    return told, {GROUPS[place]: set(left[:, place].tolist()) for place in hidden}


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", POLICIES, ids=lambda policy: f"{policy.name}, {policy.threshold}"
)
def test_no_withheld_count_follows_from_rounded_ones_and_the_total(policy):
    """Every table of up to 24 people in three groups."""
    shown = 0
    for size in range(4, 25, 2):
        for counts in worlds(size).tolist():
            if counts == sorted(counts):
                told, values = attacked_alone(counts, policy)
                shown += any(number is not None for number in told)
                assert recovered(values, 3) == {}, counts
    assert shown >= 5, "nothing published is no test"


def draw_two(seed):
    """Two bodies with people in common: the groups of those on one alone, on both, on the other."""
    rng = np.random.default_rng(seed)
    regions = [
        rng.multinomial(rng.integers(low, high), rng.dirichlet(np.full(3, 1.5)))
        for low, high in ((1, 6), (6, 16), (0, 6))
    ]
    return np.array(regions)


def people_of(regions):
    sizes = regions.sum(axis=1)
    who = np.split(np.arange(sizes.sum()), np.cumsum(sizes)[:-1])
    return {"a": frozenset({*who[0], *who[1]}), "b": frozenset({*who[1], *who[2]})}


def values_of_two(regions, told, base):
    """What is left of each withheld count, and of the groups of the three regions."""
    one, both, other = (worlds(int(size)) for size in regions.sum(axis=1))
    left = []
    for middle in both:
        here = one[agrees(one + middle, told["a"], base)]
        there = other[agrees(other + middle, told["b"], base)]
        left += [(here, middle, there)] if len(here) and len(there) else []
    values = {}
    for place, group in enumerate(GROUPS):
        for body, side in (("a", 0), ("b", 2)):
            if told[body][place] is None:
                values[body, group] = {
                    int(n) for way in left for n in (way[side][:, place] + way[1][place])
                }
        values["only a", group] = {int(n) for way in left for n in way[0][:, place]}
        values["both", group] = {int(way[1][place]) for way in left}
        values["only b", group] = {int(n) for way in left for n in way[2][:, place]}
    return values


def breaches(regions, told, policy):
    values = values_of_two(regions, told, policy.rounding)
    bare = values_of_two(regions, dict.fromkeys("ab", [None] * 3), policy.rounding)
    sizes = dict(zip(("only a", "both", "only b"), regions.sum(axis=1).tolist(), strict=True))
    found = {}
    for (where, group), left in values.items():
        size = sizes.get(where)
        certain = size is not None and min(left) >= policy.threshold <= size - max(left)
        if not certain and len(left) < min(3, len(bare[where, group])):
            found[where, group] = left
    return found


def published(regions, policy, *, together):
    results = {"a": headcount(regions[:2].sum(axis=0)), "b": headcount(regions[1:].sum(axis=0))}
    if not together:
        return {body: told_by(protect(one, policy)) for body, one in results.items()}
    released = protect_all(results, policy, people=people_of(regions))
    audit(released, people=people_of(regions))
    return {body: told_by(one) for body, one in released.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", POLICIES, ids=lambda policy: f"{policy.name}, {policy.threshold}"
)
def test_none_recovered_from_two_bodies_with_people_in_common(policy):
    shown = 0
    for seed in range(12):
        regions = draw_two(seed)
        told = published(regions, policy, together=True)
        shown += any(number is not None for number in itertools.chain(*told.values()))
        assert breaches(regions, told, policy) == {}, seed
    assert shown >= 2, "nothing published is no test"


def test_the_attacker_can_attack():
    """By hand, to base 2: 11 of a and 10 of b, told as 12 and 10; two people are on a alone.

    So a has 11 or 12 and b has 9 or 10, and at least one of the two is in g0.
    """
    regions, policy = np.array([[1, 1, 0], [10, 5, 5], [0, 0, 0]]), POLICIES[0]
    told = published(regions, policy, together=False)
    assert told == {"a": [12, 6, 6], "b": [10, 6, 6]}
    assert breaches(regions, told, policy)["only a", "g0"] == {1, 2}
    told = published(regions, policy, together=True)
    assert breaches(regions, told, policy) == {}
