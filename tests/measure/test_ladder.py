"""The participation ladder: the identity, each exact test, the losing step, and what leaks."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.ladder import participation_ladder
from participation_stats.measure.rungs import BODIES, banded_like


@dataclasses.dataclass
class Tables:
    tables: dict


# Sums of a few hundred probabilities in double precision, against scipy's.
CLOSE = 1e-10


def doubled(x, law):
    return min(1.0, 2 * min(law.cdf(x), law.sf(x - 1)))


def row(ladder, category, rung):
    table = ladder.table
    return table[(table["category"] == category) & (table["rung"] == rung)].iloc[0]


def margins(**groups):
    return pd.DataFrame({"variable": "g", "category": list(groups), "count": groups.values()})


LADDER = {
    "residents": margins(a=500, b=300, c=200),
    "survey": margins(a=60, b=30, c=10),
    "committee": margins(a=9, b=3),
}


def test_shares_steps_and_ratios():
    found = participation_ladder(LADDER)
    expected = {
        ("a", "survey"): (0.6, 1.2, 1.2),
        ("a", "committee"): (0.75, 1.25, 1.5),
        ("b", "survey"): (0.3, 1.0, 1.0),
        ("b", "committee"): (0.25, 0.25 / 0.3, 0.25 / 0.3),
        ("c", "survey"): (0.1, 0.5, 0.5),
        ("c", "committee"): (0.0, 0.0, 0.0),
    }
    for (category, rung), numbers in expected.items():
        held = row(found, category, rung)[["share", "step_ratio", "ratio"]]
        np.testing.assert_allclose(held.astype(float), numbers, rtol=1e-14)
    outermost = found.table[found.table["rung"] == "residents"]
    assert (outermost["ratio"] == 1).all()
    assert outermost[["step_ratio", "p_value", "test"]].isna().all(axis=None)
    assert found.table["rung"].tolist() == ["residents", "survey", "committee"] * 3


@pytest.mark.parametrize("seed", range(40))
def test_the_product_of_the_steps_is_the_ratio(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(1, 7)
    names = [f"group {at}" for at in range(groups)]
    counts = rng.integers(0, 400, groups) + 1
    rungs = {}
    for at in range(rng.integers(2, 8)):
        rungs[f"rung {at}"] = dict(zip(names, counts.tolist(), strict=True))
        counts = rng.binomial(counts, 0.6)
        counts[0] += counts.sum() == 0
    table = participation_ladder(rungs).table
    for _, steps in table.groupby("category"):
        product = steps["step_ratio"].fillna(1.0).cumprod()
        # Once a group is gone its ratio stays 0, and so does the product.
        np.testing.assert_allclose(steps["ratio"], product, rtol=1e-12, atol=0)
    shares = table.groupby("rung")["share"].sum()
    np.testing.assert_allclose(shares, 1.0, rtol=1e-12)


def test_once_a_group_is_gone():
    rungs = {
        "residents": {"a": 50, "b": 50}, "came": {"a": 9, "b": 0}, "board": {"a": 5, "b": 0}
    }  # fmt: skip
    found = participation_ladder(rungs)
    assert row(found, "b", "came")["step_ratio"] == 0
    assert row(found, "b", "came")["p_value"] == pytest.approx(
        doubled(0, stats.hypergeom(100, 50, 9)), abs=CLOSE
    )
    assert row(found, "b", "board")["ratio"] == 0
    assert row(found, "b", "board")[["step_ratio", "p_value", "test"]].isna().all()
    assert found.losses.set_index("category").loc["b", ["rung", "step_ratio"]].tolist() == [
        "came", 0.0
    ]  # fmt: skip


def test_a_group_that_returns_on_a_rung_of_other_people():
    rungs = {
        "residents": {"a": 50, "b": 50}, "survey": {"a": 9, "b": 0}, "board": {"a": 1, "b": 1}
    }  # fmt: skip
    held = row(participation_ladder(rungs), "b", "board")
    assert held["ratio"] == 1.0
    assert np.isnan(held["step_ratio"])


def test_a_group_of_nobody_and_a_group_of_everybody():
    found = participation_ladder({"residents": {"a": 10, "b": 0}, "board": {"a": 4, "b": 0}})
    assert row(found, "a", "board")[["ratio", "step_ratio", "p_value"]].tolist() == [1, 1, 1]
    assert row(found, "b", "board")[["ratio", "step_ratio", "p_value"]].isna().all()
    alone = participation_ladder({"residents": {"a": 10}, "board": {"a": 1}})
    assert row(alone, "a", "board")["p_value"] == 1


def test_first_step_is_a_fair_draw_from_residents():
    found = participation_ladder(LADDER)
    for category, x, K in (("a", 60, 500), ("b", 30, 300), ("c", 10, 200)):
        held = row(found, category, "survey")
        assert held["test"] == "fair draw"
        assert held["p_value"] == pytest.approx(
            doubled(x, stats.hypergeom(1000, K, 100)), abs=CLOSE
        )


@pytest.mark.parametrize("nested", [(), ("committee",), "committee"])
def test_later_steps_are_two_samples_unless_said_to_be_drawn(nested):
    found = participation_ladder(LADDER, nested=nested)
    for category, x, K in (("a", 9, 60), ("b", 3, 30), ("c", 0, 10)):
        held = row(found, category, "committee")
        law = stats.hypergeom(100, K, 12) if nested else stats.hypergeom(112, K + x, 12)
        assert held["test"] == ("fair draw" if nested else "two samples")
        assert held["p_value"] == pytest.approx(doubled(x, law), abs=CLOSE)
    # Fisher's one-sided test has the same tail.
    p = stats.fisher_exact([[9, 3], [60, 40]], alternative="greater").pvalue
    if not nested:
        assert row(found, "a", "committee")["p_value"] == pytest.approx(2 * p, abs=CLOSE)


def test_first_step_that_cannot_be_drawn_is_two_samples():
    found = participation_ladder({"club": {"a": 3, "b": 9}, "board": {"a": 5, "b": 1}})
    assert set(found.table["test"].dropna()) == {"two samples"}


def test_residents_in_shares_alone():
    shares = pd.DataFrame(
        {"variable": "g", "category": ["a", "b", "Not stated"], "share": [0.54, 0.36, 0.1]}
    )
    board = pd.DataFrame({"variable": "g", "category": ["a", "b"], "count": [2, 10]})
    found = participation_ladder({"residents": shares, "board": board})
    held = row(found, "a", "board")
    assert held["test"] == "fair draw by shares"
    assert held["ratio"] == pytest.approx((2 / 12) / 0.6, rel=1e-14)
    assert held["p_value"] == pytest.approx(doubled(2, stats.binom(12, 0.6)), abs=CLOSE)
    assert found.table["count"].isna().sum() == 2


def test_agrees_with_the_ratios_of_a_real_body():
    estate = ps.load_example("minneapolis_boards")
    profile, population = estate.profile("neighborhood_boards"), estate.population()
    ratios = ps.representativeness_ratios(profile, population).table
    steps = participation_ladder({"residents": population, "boards": profile}).table
    both = steps[steps["rung"] == "boards"].merge(
        ratios, on=["variable", "category"], suffixes=("", "_of_ratios")
    )
    assert len(both) == len(ratios) == 8
    for name in ("ratio", "p_value", "share"):
        np.testing.assert_allclose(both[name], both[f"{name}_of_ratios"], rtol=1e-10)


def exchanged(came, member):
    """P of an X² as large, over every way to hand out the group among the people."""
    came, member = np.asarray(came, dtype=float), np.asarray(member)
    share, size = member.mean(), came.sum(axis=0)

    def spread(labels):
        return (((labels @ came) - size * share) ** 2 / size).sum()

    ways = [
        spread(np.isin(np.arange(len(member)), chosen).astype(float))
        for chosen in itertools.combinations(range(len(member)), int(member.sum()))
    ]
    return np.mean(np.array(ways) >= spread(member.astype(float)) - 1e-9)


def test_people_on_both_rungs_are_exchanged_with_all_they_did():
    people = pd.DataFrame({"person_id": list("abcdefghij"), "g": ["x"] * 4 + ["y"] * 6})
    residents = pd.DataFrame({"person_id": range(40), "g": ["x", "y"] * 20})
    came, board = people[people["person_id"] < "h"], people[people["person_id"] > "b"]
    found = participation_ladder(
        {"residents": residents, "came": came, "board": board}, "g", nested=["came"]
    )
    ids = people["person_id"]
    there = np.column_stack([ids.isin(came["person_id"]), ids.isin(board["person_id"])])
    for group in "xy":
        held = row(found, group, "board")
        assert held["test"] == "exchange"
        assert held["p_value"] == pytest.approx(
            exchanged(there, (people["g"] == group).to_numpy()), abs=1e-12
        )


def test_people_told_by_their_ids():
    people = pd.DataFrame(
        {"person_id": range(20), "g": ["x"] * 8 + ["y"] * 11 + [None], "h": ["p", "q"] * 10}
    )
    inside, apart = people[people["person_id"] % 3 == 0], people.assign(person_id=range(50, 70))
    nested = participation_ladder({"all": people, "some": inside}, ["g", "h"])
    assert set(nested.table["test"].dropna()) == {"fair draw"}
    # 0, 3, 6 of the eight; the one of nineteen whose group is not stated is number 19.
    assert row(nested, "x", "some")["p_value"] == pytest.approx(
        doubled(3, stats.hypergeom(19, 8, 7)), abs=CLOSE
    )
    other = participation_ladder({"all": people, "others": apart}, "g")
    assert set(other.table["test"].dropna()) == {"two samples"}
    assert other.rungs[["n", "not_stated"]].values.tolist() == [[19, 1], [19, 1]]
    # A person twice on a rung is one person; intersections count like any variable.
    twice = participation_ladder({"all": people, "some": pd.concat([inside, inside])}, [("g", "h")])
    assert row(twice, "x × p", "some")["count"] == 2


def test_tallies_are_margins():
    people = pd.DataFrame({"g": list("aabb"), "h": list("pqpq")})
    rungs = {"all": ps.tally(people, ["g", "h"]), "some": ps.tally(people[:2], "g")}
    found = participation_ladder(rungs)
    assert row(found, "a", "some")["ratio"] == 2
    assert set(found.table["variable"]) == {"g", "h"}


def test_exchange_by_intersection():
    people = pd.DataFrame({"person_id": range(8), "g": list("xxyyxxyy"), "h": list("ppppqqqq")})
    found = participation_ladder({"a": people[:7], "b": people[2:]}, [("g", "h")])
    assert set(found.table["test"].dropna()) == {"exchange"}


def test_a_rung_without_a_variable_is_left_out_for_it():
    everybody = pd.concat([margins(a=50, b=50), margins(p=60, q=40).assign(variable="h")])
    rungs = {"residents": everybody, "survey": margins(a=9, b=3), "board": everybody[:4]}
    rungs["board"] = everybody.assign(count=[4, 2, 1, 5])
    found = participation_ladder(rungs)
    assert row(found, "p", "board")["step_ratio"] == pytest.approx((1 / 6) / 0.6)
    assert found.rungs["rung"].tolist() == ["residents", "survey", "board", "residents", "board"]


def test_a_rung_where_nobody_says_is_passed_over():
    unknown = pd.DataFrame({"variable": "g", "category": ["Not stated"], "count": [7]})
    found = participation_ladder(
        {"residents": margins(a=50, b=50), "survey": unknown, "board": margins(a=1, b=4)}
    )
    assert set(found.table["rung"]) == {"residents", "board"}
    assert found.rungs[["n", "not_stated"]].values.tolist() == [[100, 0], [0, 7], [5, 0]]


def test_the_losing_step_in_words():
    losses = participation_ladder(LADDER).losses.set_index("category")
    assert losses.loc["a", "sentence"] == "a: no step loses any of their share."
    assert losses.loc["a", ["rung", "step_ratio"]].isna().all()
    # From 20% to 10%, then to nobody, which is the largest loss there is.
    assert losses.loc["c", "sentence"].startswith(
        'c: the step that loses the most is from "survey" to "committee", where the share falls '
        "from 10.0% to 0.0% (0 of 12). Chance alone could explain it (adjusted p = "
    )
    large = participation_ladder({"all": {"a": 900, "b": 100}, "board": {"a": 300, "b": 3}})
    assert large.losses["sentence"][1].endswith(
        "from 10.0% to 1.0% (3 of 303). Chance alone would hardly explain it (adjusted p < 0.001)."
    )


def test_a_certain_loss_is_told_beside_a_larger_one_that_chance_may_explain():
    rungs = {"all": {"a": 900, "b": 100}, "survey": {"a": 300, "b": 3}, "board": {"a": 12, "b": 0}}
    sentences = participation_ladder(rungs).losses.set_index("category")["sentence"]
    assert sentences["b"] == (
        'b: the step that loses the most is from "survey" to "board", where the share falls from '
        "1.0% to 0.0% (0 of 12). Chance alone could explain it (adjusted p = 1.00). They are also "
        'lost from "all" to "survey", from 10.0% to 1.0% (3 of 303), which chance alone would '
        "hardly explain (adjusted p < 0.001)."
    )
    assert sentences["a"] == "a: no step loses any of their share."


def test_words_rest_on_p_adjusted_within_the_step():
    found = participation_ladder(LADDER)
    step = found.table[found.table["rung"] == "survey"].set_index("category")["p_value"]
    ranked = step.sort_values()
    holm = (ranked * [3, 2, 1]).cummax().clip(upper=1)
    c = participation_ladder({name: LADDER[name] for name in ("residents", "survey")}).losses
    assert c.set_index("category").loc["c", "p_adjusted"] == pytest.approx(holm["c"], rel=1e-12)
    # Two groups are one test.
    two = participation_ladder({"all": {"a": 50, "b": 50}, "board": {"a": 9, "b": 1}})
    assert two.losses["p_adjusted"][1] == pytest.approx(
        two.table["p_value"].dropna().iloc[0], rel=1e-12
    )


@pytest.mark.slow
def test_default_rungs_of_st_marys_recounted():
    estate = ps.load_example("st_marys")
    tables = estate.tables
    found = participation_ladder(estate)
    ids = {}
    came = tables["attendance"].merge(tables["people"][["person_id", "capacity"]], on="person_id")
    came = came[(came["status"] == "present") & (came["capacity_y"] == "resident")]
    ids["came once"] = set(came["person_id"])
    panel = estate.panel()
    panel = panel[panel["capacity"] == "resident"]
    times = panel.groupby(["body_id", "person_id"])["attended"].agg(["sum", "mean"])
    often = times[(times["sum"] >= 3) & (times["mean"] >= 0.5)]
    ids["comes regularly"] = set(often.index.get_level_values("person_id"))
    for body in BODIES:
        members = estate.members(body)
        ids[body] = set(members.loc[members["capacity"] == "resident", "person_id"])
    people = tables["people"].set_index("person_id")
    for name, who in ids.items():
        counts = people.loc[sorted(who), "ethnicity"].value_counts()
        for group in ("Black African", "Black Caribbean", "Portuguese", "Other"):
            assert row(found, group, name)["count"] == counts.get(group, 0), (group, name)
    survey = tables["estate_survey"]["ethnicity"].value_counts()
    assert row(found, "Portuguese", "answered the survey")["count"] == survey["Portuguese"]
    assert row(found, "Portuguese", "residents")["count"] == 210
    # Numbers of years stand in the population's bands.
    banded = ps.band(tables["estate_survey"]["length_of_residence"], "length_of_residence_band")
    assert row(found, "5 to 9", "answered the survey")["count"] == (banded == "5 to 9").sum()
    assert row(found, "25 to 34", "came once")["count"] > 0


def test_identity_and_speed_on_st_marys():
    table = participation_ladder(ps.load_example("st_marys"), ["ethnicity", "gender"]).table
    assert list(dict.fromkeys(table["variable"])) == ["ethnicity", "gender"]
    for _, steps in table.groupby(["variable", "category"]):
        np.testing.assert_allclose(
            steps["ratio"], steps["step_ratio"].fillna(1.0).cumprod(), rtol=1e-12, atol=0
        )


def test_capacity_and_the_definition_of_regular_are_arguments():
    estate = ps.load_example("st_marys")
    sizes = participation_ladder(estate, "gender", capacity=None).rungs.set_index("rung")["n"]
    assert sizes["network"] == 20
    rare = participation_ladder(estate, "gender", regular_share=0.25, regular_least=5).rungs
    usual = participation_ladder(estate, "gender").rungs
    index = usual["rung"] == "comes regularly"
    assert rare.loc[index, "n"].item() > usual.loc[index, "n"].item()


def test_a_place_of_bare_tables_has_the_rungs_that_they_allow():
    tables = dict(ps.load_example("st_marys").tables)
    bare = participation_ladder(Tables(tables), "gender").rungs
    assert bare["rung"].tolist()[:3] == ["residents", "answered the survey", "came once"]
    few = {name: tables[name] for name in ("population", "people", "memberships", "bodies")}
    assert participation_ladder(Tables(few), "gender").rungs["rung"].tolist() == [
        "residents", *BODIES
    ]  # fmt: skip
    without = {name: tables[name] for name in ("estate_survey", "people", "memberships", "bodies")}
    found = participation_ladder(Tables(without), "gender")
    assert found.rungs["rung"].tolist() == ["answered the survey", *BODIES]
    with pytest.raises(InputError, match="a ladder of 1 rungs has no step"):
        participation_ladder(Tables({"population": tables["population"]}))


def test_bands_from_labels():
    ages = pd.Series([15.0, 16, 24.9, 65, None])
    bands = banded_like(ages, ["16 to 24", "25 to 64", "65 and over", "Not stated"])
    assert bands.isna().tolist() == [True, False, False, False, True]
    assert bands.dropna().tolist() == ["16 to 24", "16 to 24", "65 and over"]


@pytest.mark.parametrize("name", ["age", "length_of_residence"])
def test_bands_agree_with_those_of_intake(name):
    people = ps.load_example("st_marys").tables["people"]
    listed = ps.load_codelist(f"{name}_band").codes
    ours = banded_like(people[name], list(listed))
    theirs = ps.band(people[name], f"{name}_band").astype("str")
    pd.testing.assert_series_equal(ours, theirs, check_names=False, check_categorical=False)


@pytest.mark.parametrize(
    ("rungs", "options", "message"),
    [
        ([1, 2], {}, "participation_ladder: rungs is list. Expected a mapping from name"),
        (Tables({"population": pd.DataFrame({"group": ["x"], "count": [1]})}), {},
         "population has no column 'variable'"),
        (Tables({"people": pd.DataFrame({"name": ["x"]})}), {}, "people has no column 'person_id'"),
        ({"a": {"x": 1}}, {}, "a ladder of 1 rungs has no step"),
        ({"a": {"x": 9}, "b": {"y": 1}}, {}, "a has no category 'y' of 'group'"),
        ({"a": {"x": 9, "y": 0}, "b": {"y": 1}}, {}, "outermost rung has nobody in 'y'"),
        ({"a": {"x": 9}, "b": {"x": 1.5}}, {}, "b has a count that is not whole"),
        (
            {"a": {"x": 9, "y": 9}, "b": pd.DataFrame(
                {"variable": "group", "category": ["x", "y"], "share": [0.5, 0.5]})},
            {}, "b has a group without a count",
        ),
        ({"a": {"x": 0.4, "y": 0.3}, "b": {"x": 1}}, {}, "shares of 'group' in a add up to 0.70"),
        ({"a": {"x": 9, "y": 9}, "b": {"x": 10, "y": 1}}, {"nested": ["b"]},
         "b is said to be drawn from a, but has 10 of 11 in 'x', and that 9 of 18"),
        ({"a": {"x": 9}, "b": {"x": 1}}, {"nested": ["c"]}, "nested names no rung: 'c'"),
        ({"a": {"x": 9}, "b": {"x": 1}}, {"regular_share": 0}, "regular is said to be a share"),
        (
            {"a": {"x": 9}, "b": pd.DataFrame({"variable": "group", "category": "x",
                                              "count": 1, "body": ["p", "q"]})},
            {}, "b holds several bodies",
        ),
    ],
)  # fmt: skip
def test_what_is_no_ladder_is_refused(rungs, options, message):
    with pytest.raises(InputError, match=message):
        participation_ladder(rungs, **options)


def test_nothing_withheld_can_be_worked_out_of_the_step_beside_it():
    found = participation_ladder(ps.load_example("st_marys"))
    released = ps.protect(found, ps.Policy.publish())
    basis, table = released.frames["basis"], released.table
    hidden = basis[basis["suppressed"]]
    keys = ["variable", "category", "rung"]
    assert len(hidden) and not table["suppressed"].all()
    # A row whose own count, that of the rung outside, or the outermost one is withheld, has none
    # of its numbers left.
    gone = table.merge(hidden[keys].drop_duplicates(), on=keys)
    assert gone["suppressed"].all()
    assert gone[["count", "share", "step_ratio", "ratio", "p_value"]].isna().all(axis=None)
    # The same count is withheld wherever it stands.
    assert (basis.groupby(["variable", "category", "source"])["suppressed"].nunique() == 1).all()
    losses = released.frames["losses"]
    touched = losses["variable"].isin(hidden["variable"])
    assert losses.loc[touched, ["rung", "step_ratio", "sentence"]].isna().all(axis=None)
