"""This year's report beside last year's, where one or two people left or joined.

The attacker has both, and knows who came and went, whether the estate's own tables still say so or
not.
"""

import dataclasses

import numpy as np
import pytest
from brute_force import TooManyWorldsError, read_facts, recovered
from estates import SmallEstate, draw_estate

from participation_stats.release.audits import audit
from participation_stats.release.disclosure import protect_all
from participation_stats.release.policies import Policy
from participation_stats.release.releases import dated_body

LOW = Policy("low", threshold=3, reason="so that the attacker has more to go by")
POLICIES = (LOW, Policy.lenient())
THEN, NOW = "2020", "2021"


def draw_years(seed):
    """The bodies of one year, and the same a year later."""
    rng = np.random.default_rng(seed)
    estate = draw_estate(rng)
    while len(estate.people) > 2 or not 8 < len(set().union(*estate.people.values())) < 17:
        estate = draw_estate(rng)
    everybody = range(len(next(iter(estate.groups.values()))))
    later = {}
    for body, who in estate.people.items():
        left = rng.choice(sorted(who), size=int(rng.integers(0, 3)), replace=False)
        outside = sorted(set(everybody) - who)
        joined = rng.permutation(outside)[: int(rng.integers(0, 2))]
        later[body] = (who - {int(n) for n in left}) | {int(n) for n in joined}
    return estate, SmallEstate(later, estate.groups, estate.categories)


def published(estate, policy, label, earlier=(), seats=None):
    profiles = {body: estate.profile(body) for body in estate.people}
    people = {**estate.people, **(seats or {})}
    told = {"policy": policy} if not earlier else {"policy": policy, "earlier": earlier}
    released = protect_all(profiles, people=people, label=label, **told)
    found = audit(released, people=people, earlier=earlier, label=label)
    return released, found.release


def both_years(then, now, policy, *, known, aware=True):
    """What the reader of both reports has: tables and people of both years."""
    before, release = published(then, policy, THEN)
    dated = {dated_body(body, THEN): who for body, who in then.people.items()}
    seats = dated if known else None
    after, _ = published(now, policy, NOW, (release,) if aware else (), seats)
    tables = {**{dated_body(body, THEN): one for body, one in before.items()}, **after}
    return tables, {**dated, **now.people}


def attacked(estate, policy, tables, people):
    """What the two tell together, and neither of them alone."""
    found = []
    for variable in estate.categories:
        facts = read_facts(tables, people, variable)
        found += recovered(facts, policy.threshold, [alone(facts, year) for year in (True, False)])
    return found


def alone(facts, earlier):
    """Who came and went is known, and of one of the reports every count."""
    known = {
        body: told if body.endswith(THEN) == earlier else dict.fromkeys(told)
        for body, told in facts.counts.items()
    }
    return dataclasses.replace(facts, counts=known)


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["seats on record", "seats not on record"])
@pytest.mark.parametrize("block", range(3))
def test_who_left_is_not_recovered(block, known):
    told = too_many = 0
    for seed in range(5 * block, 5 * block + 5):
        (then, now), policy = draw_years(seed), POLICIES[seed % 2]
        tables, people = both_years(then, now, policy, known=known)
        told += any(bool(tables[body].table["count"].notna().any()) for body in now.people)
        try:
            assert attacked(then, policy, tables, people) == [], seed
        except TooManyWorldsError:
            too_many += 1
    assert told, "nothing published is no test"
    assert too_many <= 1, "nearly every pair of years must be attacked to the end"


@pytest.mark.slow
def test_the_attacker_can_attack():
    """A report that knows nothing of last year's."""
    breached = 0
    for seed in range(12):
        (then, now), policy = draw_years(seed), POLICIES[seed % 2]
        tables, people = both_years(then, now, policy, known=True, aware=False)
        breached += bool(attacked(then, policy, tables, people))
    assert breached >= 3
