"""A body that is made of two others, told beside them: what is known of one is known of the rest.

Everybody on A or B sits on C and nobody else, so that C = A + B − both, group by group.
"""

import numpy as np
import pytest
from brute_force import TooManyWorldsError, attacked
from estates import SmallEstate, draw_estate

from participation_stats.release.disclosure import protect, protect_all
from participation_stats.release.policies import Policy

LOW = Policy("low", threshold=3, reason="so that the attacker has more to go by")
POLICIES = (LOW, Policy.lenient())


def draw_union(seed):
    """Two bodies, overlapping a little or not at all, and everybody on either."""
    rng = np.random.default_rng(seed)
    estate = draw_estate(rng)
    while len(next(iter(estate.groups.values()))) > 20:
        estate = draw_estate(rng)
    everybody = rng.permutation(len(next(iter(estate.groups.values()))))
    cut = len(everybody) // 2
    both = int(rng.integers(0, 3))
    one, other = everybody[: cut + both], everybody[cut:]
    people = {"a": one, "b": other, "either": np.union1d(one, other)}
    members = {body: frozenset(int(n) for n in who) for body, who in people.items()}
    return SmallEstate(members, estate.groups, estate.categories)


def profiles_of(estate):
    return {body: estate.profile(body) for body in estate.people}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(3))
def test_none_recovered_where_one_body_is_the_others_together(block):
    told = too_many = 0
    for seed in range(6 * block, 6 * block + 6):
        estate, policy = draw_union(seed), POLICIES[seed % 2]
        released = protect_all(profiles_of(estate), policy, people=estate.people)
        told += any(bool(one.table["count"].notna().any()) for one in released.values())
        try:
            assert attacked(estate, policy, released) == [], seed
        except TooManyWorldsError:
            too_many += 1
    assert told, "nothing published is no test"
    assert too_many <= 1, "nearly every estate must be attacked to the end"


@pytest.mark.slow
def test_the_attacker_can_attack():
    """Each table by itself: the whole gives the parts away."""
    breached = 0
    for seed in range(12):
        estate, policy = draw_union(seed), POLICIES[seed % 2]
        alone = {body: protect(one, policy) for body, one in profiles_of(estate).items()}
        breached += bool(attacked(estate, policy, alone))
    assert breached >= 3
