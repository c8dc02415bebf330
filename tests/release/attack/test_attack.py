"""None recovered: random estates are published, then attacked by brute force."""

import os

import numpy as np
import pytest
from brute_force import (
    Facts,
    TooManyWorldsError,
    attacked,
    possible,
    read_facts,
    sample_worlds,
)
from estates import SmallEstate, draw_estate

from participation_stats.release.disclosure import protect, protect_all
from participation_stats.release.policies import Policy

#: The low threshold leaves more published, and so more to attack with.
POLICIES = (
    Policy.publish(),
    Policy.lenient(),
    Policy("low", threshold=3, reason="so that the attacker has more to go by"),
)


def published_together(estate: SmallEstate, policy: Policy):
    profiles = {body: estate.profile(body) for body in estate.people}
    return protect_all(profiles, policy, people=estate.people)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(36))
def test_none_recovered(seed):
    estate = draw_estate(np.random.default_rng(seed))
    policy = POLICIES[seed % len(POLICIES)]
    assert attacked(estate, policy, published_together(estate, policy)) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(int(os.environ.get("ATTACK_BLOCKS", "2"))))
def test_none_recovered_of_many(block):
    """Fifty estates a block; ``ATTACK_BLOCKS=40`` attacks 2,000, which takes half an hour."""
    too_many = 0
    for seed in range(10_000 + 50 * block, 10_050 + 50 * block):
        estate = draw_estate(np.random.default_rng(seed))
        policy = POLICIES[seed % len(POLICIES)]
        try:
            assert attacked(estate, policy, published_together(estate, policy)) == [], seed
        except TooManyWorldsError:
            too_many += 1
    assert too_many <= 2, "nearly every estate must be attacked to the end"


@pytest.mark.slow
def test_the_attacker_can_attack():
    """Tables protected one by one, without regard to one another, are recovered."""
    breached = 0
    for seed in range(30):
        estate = draw_estate(np.random.default_rng(seed))
        policy = POLICIES[seed % len(POLICIES)]
        alone = {body: protect(estate.profile(body), policy) for body in estate.people}
        breached += bool(attacked(estate, policy, alone))
    assert breached >= 3


def test_the_attacker_counts_worlds():
    """By hand: 5 people on a, 3 of them on b; 4 of a are in g, so at least 2 of b are."""
    regions = {frozenset("a"): 2, frozenset("ab"): 3}
    counts = {"a": {"g": 4, "h": None}, "b": {"g": None, "h": None}}
    facts = Facts(regions, counts, {"a": 5, "b": 3})
    both = {frozenset("ab")}
    assert possible(facts, both, "g") == {2, 3}
    assert possible(facts, both, "h") == {0, 1}
    assert possible(facts, {frozenset("a"), frozenset("ab")}, "h") == {1}
    assert possible(facts.bare(), both, "g") == {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(8))
def test_every_world_of_a_walk_is_one(seed):
    """Added up body by body it is what was published, and every world followed includes it."""
    estate = draw_estate(np.random.default_rng(seed))
    facts = read_facts(published_together(estate, POLICIES[2]), estate.people, "v")
    group, inside = facts.groups[0], {next(iter(facts.regions))}
    values = possible(facts, inside, group)
    worlds = sample_worlds(facts, 2_000)
    for world in worlds:
        assert all(sum(world[seats]) <= people for seats, people in facts.regions.items())
        assert min(min(people) for people in world.values()) >= 0
        for body, told in facts.counts.items():
            within = [people for seats, people in world.items() if body in seats]
            sums = dict(zip(facts.groups, map(sum, zip(*within, strict=True)), strict=True))
            assert all(n is None or sums[name] == n for name, n in told.items())
            assert facts.stated[body] in (None, sum(sums.values()))
    assert {sum(world[seats][0] for seats in inside) for world in worlds} <= values
    assert len({str(world) for world in worlds}) > 1 or len(values) == 1
