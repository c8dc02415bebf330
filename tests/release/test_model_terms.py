"""Terms of models on their way out: whatever a formula calls a group, it is that group."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps

SIZES = {"A": 25, "B": 20, "C": 2, "D": 14}


@pytest.fixture(scope="module")
def panel():
    """61 people at 20 meetings; two are of a group by themselves."""
    luck = np.random.default_rng(1)
    people = pd.DataFrame(
        {
            "person_id": [f"p{number}" for number in range(sum(SIZES.values()))],
            "group": np.repeat(list(SIZES), list(SIZES.values())),
            "age": luck.integers(16, 80, sum(SIZES.values())),
            "gender": luck.choice(["Female", "Male"], sum(SIZES.values())),
        }
    )
    meetings = pd.DataFrame({"meeting_id": range(20), "format": ["online", "in person"] * 10})
    rows = people.merge(meetings, how="cross")
    return rows.assign(attended=(luck.random(len(rows)) < 0.4).astype(int))


@pytest.mark.parametrize(
    "terms",
    [
        "group + age",
        "C(group, Treatment('C')) + age",
        "C(group, Treatment('D')) + age",
        "C(group, contr.treatment(base='B')) + gender",
        "group * age",
        "group + group:age",
        "age:C(group, Treatment('C'))",
    ],
)
def test_two_people_do_not_follow_from_the_terms_of_a_model(panel, terms):
    fit = ps.fit_logit(f"attended ~ {terms}", panel, unit="person_id")
    released = ps.protect(fit, ps.Policy.publish())
    ps.audit({"model": released})
    told = {
        group: int(row["n_units"])
        for row in released.table.dropna(subset=["n_units"]).to_dict("records")
        for group in SIZES
        if f"{group}]" in row["term"]
    }
    assert told == {group: SIZES[group] for group in told}
    # The others are a number that follows; two groups, and not hardly anybody, share it.
    others = SIZES.keys() - told.keys()
    assert "C" in others
    assert len(others) >= 2
    assert sum(SIZES[group] for group in others) >= 10


@pytest.mark.slow
def test_rates_of_an_intersection_beside_those_of_its_parts(panel):
    """The parts count people, and so does the intersection, of whom each is in both formats."""
    fit = ps.fit_logit("attended ~ group + gender * format", panel, unit="person_id")
    found = fit.rates(["group", ("group", "format")])
    released = ps.protect(found, ps.Policy.publish())
    ps.audit({"rates": released})
    table = released.table.set_index(["variable", "category"])["n_units"]
    assert table.loc["group"].isna().to_dict()["C"]
    assert table.loc[("group × format", "C × online")] is pd.NA
    assert (table.dropna() >= 10).all()
    assert table.notna().any()
