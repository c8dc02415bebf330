"""What is offered where a table cannot be shown: whatever is offered, is true."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from attack.brute_force import read_facts, recovered
from attack.estates import SmallEstate

import participation_stats as ps
from participation_stats.release.disclosure import protect, protect_all
from participation_stats.release.policies import Policy
from participation_stats.release.pools import Pool

PUBLISH = Policy.publish()


def estate_of(bodies, groups):
    """Two groups of one variable; who is in the first."""
    size = 1 + max(max(people) for people in bodies.values())
    held = np.where(np.isin(np.arange(size), list(groups)), 0, 1)
    return SmallEstate(
        {name: frozenset(people) for name, people in bodies.items()},
        {"gender": held},
        {"gender": ["Female", "Male"]},
    )


def pool(estate, *bodies):
    """These bodies counted together."""
    people = frozenset().union(*(estate.people[body] for body in bodies))
    both = dataclasses.replace(estate, people={"both": people})
    return Pool(" and ".join(bodies), bodies, both.profile("both"), people)


def published(estate, pools):
    tables = {body: estate.profile(body) for body in estate.people}
    return protect_all(tables, PUBLISH, people=estate.people, pools=pools)


def notes_of(released):
    return {note for one in released.values() for note in one.notes}


def test_two_bodies_of_twelve_that_are_24_together():
    estate = estate_of({"network": range(12), "subgroup": range(12, 24)}, range(6, 18))
    released = published(estate, [pool(estate, "network", "subgroup")])
    assert (
        "Pool network and subgroup (24 people), and their table by gender can be shown whole."
        in (notes_of(released))
    )
    whole = protect(pool(estate, "network", "subgroup").result, PUBLISH)
    assert whole.table["count"].tolist() == [12, 12]


@pytest.mark.parametrize(
    ("bodies", "women"),
    [
        ({"network": range(12), "subgroup": range(12, 24)}, range(4, 12)),  # eight are few
        ({"network": range(12), "subgroup": range(12, 24)}, range(24)),  # everybody is one group
        # All but one of 32 are on the network: beside its table the pool's would tell of that one.
        ({"network": range(31), "subgroup": range(24, 32)}, range(15, 32)),
    ],
)
def test_what_would_not_be_shown_is_not_offered(bodies, women):
    estate = estate_of(bodies, women)
    released = published(estate, [pool(estate, "network", "subgroup")])
    assert not any("Pool" in note for note in notes_of(released))


def two_bodies(rng):
    """Two overlapping bodies of 20 to 40 people in two or three groups."""
    size = int(rng.integers(20, 41))
    names = [f"v{code}" for code in range(int(rng.integers(2, 4)))]
    bodies = {
        name: frozenset(rng.choice(size, size=int(rng.integers(8, size)), replace=False).tolist())
        for name in ("network", "subgroup")
    }
    return SmallEstate(bodies, {"v": rng.integers(0, len(names), size)}, {"v": names})


@pytest.mark.slow
def test_every_offer_stands_the_attack_of_brute_force():
    """The pool's table is put beside all that was published, and every world is enumerated."""
    policy, offered = Policy.lenient(), 0
    for seed in range(60):
        estate = two_bodies(np.random.default_rng(seed))
        one = pool(estate, "network", "subgroup")
        tables = {body: estate.profile(body) for body in estate.people}
        released = protect_all(tables, policy, people=estate.people, pools=[one])
        if any("Pool network and subgroup" in note for note in notes_of(released)):
            offered += 1
            shown = protect(one.result, Policy.internal("to attack it"))
            people = {**estate.people, "both": one.people}
            facts = read_facts({**released, "both": shown}, people, "v")
            assert recovered(facts, policy.threshold) == []
    assert offered >= 3  # else nothing was tried


def test_withheld_groups_that_are_enough_together():
    """Counted as one they are no small group; the table then is shown whole."""
    counts = {"A": 60, "B": 40, "C": 7, "D": 8}
    shares = {"A": 0.5, "B": 0.3, "C": 0.1, "D": 0.1}
    one = protect(ps.representativeness_ratios(counts, shares, by="ethnicity"), PUBLISH)
    assert (
        "Count C and D as one group of ethnicity, and the rest of this table stays and is whole."
        in one.notes
    )
    pooled = {"A": 60, "B": 40, "C or D": 15}
    shares = {"A": 0.5, "B": 0.3, "C or D": 0.2}
    again = protect(ps.representativeness_ratios(pooled, shares, by="ethnicity"), PUBLISH)
    assert not again.table["suppressed"].any()


def test_how_many_people_a_table_needs():
    counts = {"A": 6, "B": 4, "C": 2}
    one = protect(
        ps.representativeness_ratios(counts, dict.fromkeys("ABC", 1 / 3), by="x"), PUBLISH
    )
    assert (
        "A table by x with three groups needs at least 30 people to be shown whole; this one has "
        "12." in (one.notes)
    )


@pytest.mark.slow
def test_a_report_offers_two_bodies_and_the_years_of_one(tmp_path):
    """Forty women and men alternate on two bodies of ten, of which one changed all its people."""
    people = pd.DataFrame(
        {"person_id": [f"p{n}" for n in range(40)], "gender": ["Female", "Male"] * 20,
         "capacity": "resident"}
    )  # fmt: skip
    seats = [("board", n, "2020-01-01", "2020-12-31") for n in range(10)]
    seats += [("board", n, "2021-01-01", None) for n in range(10, 20)]
    seats += [("panel", n, "2020-01-01", None) for n in range(20, 40)]
    folder = tmp_path / "estate"
    folder.mkdir()
    people.to_csv(folder / "people.csv", index=False)
    pd.DataFrame(
        [(body, f"p{n}", "member", start, end) for body, n, start, end in seats],
        columns=["body_id", "person_id", "role", "start_date", "end_date"],
    ).to_csv(folder / "memberships.csv", index=False)
    pd.DataFrame(
        {"variable": "gender", "category": ["Female", "Male"], "count": [520, 480]}
    ).to_csv(folder / "population.csv", index=False)
    pd.DataFrame(
        {"body_id": ["board", "panel"], "name": ["Board", "Panel"], "kind": "committee"}
    ).to_csv(folder / "bodies.csv", index=False)
    pd.DataFrame(
        {"meeting_id": ["m1", "m2"], "body_id": ["board", "panel"], "date": "2021-06-01"}
    ).to_csv(folder / "meetings.csv", index=False)
    page = ps.write_report(ps.read_estate(folder), tmp_path / "report")
    text = page.read_text(encoding="utf-8")
    assert "Pool everybody who has ever sat on Board (20 people), and their table by gender" in text
    assert "5 of the 10" not in text
