"""Two bodies, many bodies and one body over time."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import participation_stats as ps
from participation_stats.measure.inference.exchange import exchange_p_value

COMMITTEE = {"Councillor": 1, "Officer": 1, "Resident": 10}
NETWORK = {"Councillor": 2, "Officer": 12, "Resident": 5}


def test_comparison_is_fishers_test_with_the_tail_doubled():
    table = ps.compare_bodies(NETWORK, COMMITTEE).table
    for row in table.to_dict("records"):
        x, other = row["count"], row["other_count"]
        tail = [
            stats.fisher_exact([[x, 19 - x], [other, 12 - other]], alternative=side).pvalue
            for side in ("less", "greater")
        ]
        assert row["p_value"] == pytest.approx(min(1, 2 * min(tail)), rel=1e-10)
        assert row["ratio"] == pytest.approx((x / 19) / (other / 12))


@pytest.mark.slow
def test_comparison_interval_is_the_dual_of_p():
    for n, m in itertools.product((3, 8), (4, 11)):
        for x, other in itertools.product(range(n + 1), range(m + 1)):
            if x + other == 0:
                continue
            row = ps.compare_bodies({"A": x, "B": n - x}, {"A": other, "B": m - other}).table.iloc[
                0
            ]
            inside = row["conf_low"] <= 1 + 1e-10 and row["conf_high"] >= 1 - 1e-10
            assert inside == (row["p_value"] >= 0.05 * (1 - 1e-12))
            assert row["conf_low"] <= row["ratio"] + 1e-10
            assert row["conf_high"] >= row["ratio"] - 1e-10


def test_comparison_the_other_way_round():
    ours = ps.compare_bodies(NETWORK, COMMITTEE, names=("network", "committee"))
    theirs = ps.compare_bodies(COMMITTEE, NETWORK)
    np.testing.assert_allclose(ours.table["p_value"], theirs.table["p_value"], rtol=1e-10)
    np.testing.assert_allclose(ours.table["ratio"], 1 / theirs.table["ratio"], rtol=1e-12)
    np.testing.assert_allclose(ours.table["conf_low"], 1 / theirs.table["conf_high"], rtol=1e-7)
    assert (ours.first, ours.other) == ("network", "committee")
    assert ours.bodies.groupby("body")["count"].sum().to_dict() == {"committee": 12, "network": 19}


def test_comparison_of_whole_profiles():
    row = ps.compare_bodies(NETWORK, COMMITTEE).overall.iloc[0]
    x, other = np.array([2, 12, 5]), np.array([1, 1, 10])
    assert row["dissimilarity"] == pytest.approx(np.abs(x / 19 - other / 12).sum() / 2)
    # Every table of 19 from the 31 put together, by probability mass of SciPy.
    pooled = x + other
    chance = stats.multivariate_hypergeom(pooled, 19)
    tables = [t for t in itertools.product(*(range(K + 1) for K in pooled)) if sum(t) == 19]
    mass = np.array([chance.pmf(t) for t in tables])
    expected = 19 * pooled / 31
    x2 = np.array([((np.array(t) - expected) ** 2 / expected).sum() for t in tables])
    observed = ((x - expected) ** 2 / expected).sum()
    assert row["p_value"] == pytest.approx(mass[x2 >= observed - 1e-9].sum(), rel=1e-9)
    distance = [np.abs(np.array(t) / 19 - (pooled - t) / 12).sum() / 2 for t in tables]
    assert row["dissimilarity_expected"] == pytest.approx((mass * distance).sum(), rel=1e-9)


def test_comparison_of_frames_with_groups_that_only_one_has():
    first = pd.DataFrame({"person_id": ["a", "b"], "g": ["A", "A"]})
    other = pd.DataFrame({"person_id": ["c", "d", "e"], "g": ["B", "A", None]})
    table = ps.compare_bodies(first, other, by="g").table
    assert table["category"].tolist() == ["A", "B"]
    assert table["other_count"].tolist() == [1, 1]
    assert np.isinf(ps.compare_bodies({"A": 2}, {"B": 2}).table["ratio"].iloc[0])
    with pytest.warns(ps.DataWarning, match="1 people are in both first and other"):
        ps.compare_bodies(first, other.assign(person_id=["a", "d", "e"]), by="g")


def test_comparison_with_nobody_stated():
    found = ps.compare_bodies({"A": 2, "B": 3}, {"Not stated": 4, "A": 0})
    assert found.table["p_value"].isna().all()
    assert (found.table["verdict"] == "too small to tell").all()
    assert np.isnan(found.overall["p_value"].iloc[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ps.compare_bodies({"A": 1}, {"A": 1}, adjust="bonferroni"),
            "compare_bodies: adjust has 'bonferroni'.",
        ),
        (
            lambda: ps.compare_bodies({"x": {"A": 1}, "y": {"A": 2}}, {"A": 1}),
            "compare_bodies: first is not one body with a count for every group.",
        ),
        (
            lambda: ps.compare_bodies(
                pd.DataFrame({"variable": ["g"], "category": ["A"], "count": [1]}),
                pd.DataFrame({"variable": ["h"], "category": ["A"], "count": [1]}),
            ),
            "compare_bodies: first and other have no variable in common.",
        ),
        (
            lambda: ps.funnel({"A": 1}, {"A": 0.5, "B": 0.5}),
            "funnel: bodies has no column 'body'. Expected several bodies.",
        ),
        (
            lambda: ps.funnel({"x": {"A": 1}}, {"A": 1.0}, levels=(0.99, 0.9)),
            "funnel: levels are not ascending fractions.",
        ),
        (
            lambda: ps.ratio_trend({"2011": {"A": 1}}),
            "ratio_trend: there is no population.",
        ),
        (
            lambda: ps.ratio_trend(pd.DataFrame({"x": [1]}), population={"A": 1.0}),
            "ratio_trend: source has no column 'period'.",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ps.InputError) as error:
        call()
    assert message in str(error.value)


BODIES = {f"board {x:02}": {"Renters": x, "Owners": 40 - x} for x in range(0, 41, 4)}
CITY = {"Renters": 528, "Owners": 472}


def test_funnel_limits_are_quantiles_of_the_fair_draw():
    found = ps.funnel(BODIES, CITY, levels=(0.9, 0.95, 0.998))
    curve = found.curve[found.curve["category"] == "Renters"].set_index("level")
    for level in (0.9, 0.95, 0.998):
        low, high = stats.hypergeom.ppf([(1 - level) / 2, (1 + level) / 2], 1000, 528, 40)
        row = curve.loc[level]
        assert row["limit_low"] == pytest.approx(low / 40 / 0.528)
        assert row["limit_high"] == pytest.approx(high / 40 / 0.528)
        for body in found.table[found.table["category"] == "Renters"].to_dict("records"):
            outside = not low <= body["count"] <= high
            assert outside == (body["p_value"] < (1 - level) * (1 - 1e-12))
            name = f"{100 * level:.4g}%"
            if level == 0.998:
                assert outside == (name in body["position"])


def test_funnel_covers_every_size_and_adjusts_across_bodies():
    found = ps.funnel(
        {"small": {"A": 1, "B": 3}, "large": {"A": 6, "B": 4}, "even": {"A": 3, "B": 3}},
        {"A": 0.5, "B": 0.5},
    )
    assert sorted(found.curve["n"].unique()) == list(range(4, 11))
    from statsmodels.stats.multitest import multipletests

    part = found.table[found.table["category"] == "A"]
    expected = multipletests(part["p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(part["p_adjusted"], expected)
    own = pd.DataFrame(
        {"body": ["x", "x", "y", "y"], "variable": "g", "category": list("ABAB"), "count": 20}
    )
    assert ps.funnel(own.assign(count=[1, 2, 3, 4]), own).curve.empty


def test_funnel_protected():
    protected = ps.protect(ps.funnel(BODIES, CITY), ps.Policy.publish())
    table = protected.table
    assert table.loc[table["suppressed"], ["ratio", "position"]].isna().all(axis=None)
    assert "curve" in protected.frames


def brute_force_exchange(came, member):
    people, K = len(member), int(member.sum())
    sizes = came.sum(axis=0)

    def spread(labels):
        expected = sizes * K / people
        return (((labels @ came) - expected) ** 2 / sizes).sum()

    observed = spread(member.astype(float))
    values = []
    for chosen in itertools.combinations(range(people), K):
        labels = np.zeros(people)
        labels[list(chosen)] = 1
        values.append(spread(labels))
    return np.mean(np.array(values) >= observed - 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_exchange_matches_every_exchange_of_labels(seed):
    rng = np.random.default_rng(seed)
    came = rng.random((9, 3)) < 0.6
    came = came[came.any(axis=1)]
    member = rng.random(len(came)) < 0.4
    member[0], member[1] = True, False
    expected = brute_force_exchange(came.astype(float), member)
    assert exchange_p_value(came, member) == pytest.approx(expected, rel=1e-9)
    drawn = exchange_p_value(came, member, limit=0, draws=20_000, seed=seed)
    # Five standard errors.
    error = 5 * np.sqrt(expected * (1 - expected) / 20_000) + 1e-4
    assert drawn == pytest.approx(expected, abs=error)
    assert exchange_p_value(came, ~member) == pytest.approx(expected, rel=1e-9)


def test_exchange_with_nothing_to_compare():
    came = np.ones((5, 2), dtype=bool)
    assert exchange_p_value(came, np.zeros(5, dtype=bool)) == 1.0
    assert exchange_p_value(came, np.ones(5, dtype=bool)) == 1.0
    assert exchange_p_value(came[:, :1], np.array([1, 0, 0, 1, 0], dtype=bool)) == 1.0
    # Everybody came in both: labels cannot tell the periods apart.
    assert exchange_p_value(came, np.array([1, 0, 0, 1, 0], dtype=bool)) == 1.0


def test_trend_of_margins_is_fishers_test_for_two_periods():
    found = ps.ratio_trend(
        {"before": {"A": 9, "B": 3}, "after": {"A": 4, "B": 11}},
        population={"A": 0.5, "B": 0.5},
    )
    # X² orders 2 × 2 tables with given margins as their distance from expectation.
    tables = [(x, stats.hypergeom.pmf(x, 27, 13, 12)) for x in range(13)]
    distance = abs(9 - 12 * 13 / 27)
    expected = sum(p for x, p in tables if abs(x - 12 * 13 / 27) >= distance - 1e-9)
    assert found.change["p_value"].tolist() == pytest.approx([expected, expected], rel=1e-9)
    assert found.change["change"].tolist() == pytest.approx([4 / 15 - 9 / 12, 9 / 12 - 4 / 15])
    assert found.table.columns[0] == "period"


def place(people=24, meetings=6, **tables):
    rng = np.random.default_rng(2)
    who = [f"p{i:02}" for i in range(people)]
    dates = pd.date_range("2011-10-01", periods=meetings, freq="60D")
    rows = [
        (f"m{j}", person, "present" if rng.random() < 0.5 else "absent")
        for j in range(meetings)
        for person in who
    ]
    made = {
        "meetings": pd.DataFrame(
            {"meeting_id": [f"m{j}" for j in range(meetings)], "body_id": "c", "date": dates}
        ),
        "attendance": pd.DataFrame(rows, columns=["meeting_id", "person_id", "status"]),
        "people": pd.DataFrame(
            {
                "person_id": who,
                "gender": (["Female"] * 2 + ["Male"]) * (people // 3),
                "capacity": ["resident"] * (people - 4) + ["officer"] * 4,
            }
        ),
        "population": pd.DataFrame(
            {"variable": "gender", "category": ["Female", "Male"], "count": [1710, 1290]}
        ),
    }
    return SimpleNamespace(tables=made | tables)


def test_trend_counts_people_once_in_each_period():
    where = place()
    found = ps.ratio_trend(where, "c")
    joined = where.tables["attendance"].merge(where.tables["meetings"], on="meeting_id")
    joined = joined[joined["status"] == "present"].merge(where.tables["people"], on="person_id")
    joined["period"] = joined["date"].dt.year.astype(str)
    counted = joined.groupby(["period", "gender"])["person_id"].nunique()
    ours = found.table.set_index(["period", "category"])["count"]
    assert ours.to_dict() == counted.to_dict()
    residents = ps.ratio_trend(where, "c", capacity="resident")
    assert residents.overall["n"].max() <= 20
    cut = ps.ratio_trend(where, "c", ["2012-01-01"])
    assert cut.overall["period"].tolist() == ["before 2012-01-01", "from 2012-01-01"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"body": None}, "ratio_trend: it is not said which body. Expected body=."),
        ({"body": "z"}, "ratio_trend: nobody was present at a meeting of 'z'."),
        ({"capacity": "cat"}, "ratio_trend: nobody was present at a meeting of 'c' as cat."),
        ({"period": "week"}, "ratio_trend: period is 'week'. Expected year, quarter, month, or"),
        ({"period": ["soon"]}, "ratio_trend: a period's limit is no date."),
        ({"period": []}, "ratio_trend: no dates to cut at."),
        ({"by": [("a", "b")]}, "ratio_trend: an intersection over time."),
        ({"by": "ward"}, "no column 'ward'"),
        (
            {"population": pd.DataFrame({"variable": ["x"], "category": ["y"], "count": [1]})},
            "ratio_trend: people and population share no characteristic. Expected one of x",
        ),
    ],
)
def test_trend_errors(options, message):
    with pytest.raises(ps.InputError) as error:
        ps.ratio_trend(place(), **({"body": "c"} | options))
    assert message in str(error.value)


@pytest.mark.parametrize("table", ["meetings", "attendance", "people", "population"])
def test_trend_without_a_table(table):
    where = place()
    del where.tables[table]
    with pytest.raises(ps.InputError, match=f"ratio_trend: there is no table '{table}'"):
        ps.ratio_trend(where, "c")


@pytest.mark.slow
def test_trend_of_a_bundled_estate():
    found = ps.ratio_trend(ps.load_example("st_marys"), "committee", capacity="resident")
    assert {"ethnicity", "length_of_residence"} <= set(found.change["variable"])
    assert ps.protect(found, ps.Policy.publish()).table is not None


def test_change_of_a_true_shift_is_found_and_of_none_is_not():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(400):
        came = rng.random((30, 2)) < 0.7
        came = came[came.any(axis=1)]
        member = rng.random(len(came)) < 0.4
        found.append(exchange_p_value(came, member))
    # Exact under exchange: at most 5 in 100, with three standard errors of 400 runs.
    assert np.mean(np.array(found) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
