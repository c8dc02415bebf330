"""Ratios end to end: published cases, the contract of columns, families, odd bodies, warnings."""

import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

import participation_stats as ps
from participation_stats.measure.inference.proportions import score_limits, score_test
from participation_stats.measure.representation.ratios import COLUMNS

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "golden" / "published_cases.json").read_text()
    )
}
ESTATE = pd.DataFrame(
    [
        ("ethnicity", "Black African", 810),
        ("ethnicity", "Black Caribbean", 540),
        ("ethnicity", "Other", 720),
        ("ethnicity", "Other White", 180),
        ("ethnicity", "Portuguese", 210),
        ("ethnicity", "White British", 540),
        ("gender", "Female", 1710),
        ("gender", "Male", 1290),
    ],
    columns=["variable", "category", "count"],
)
TWELVE = pd.DataFrame(
    {
        "ethnicity": ["Black Caribbean"] * 6 + ["White British"] * 4 + ["Black African", None],
        "gender": ["Female"] * 10 + ["Male"] * 2,
    }
)
BY = ["ethnicity", "gender"]


def row_of(result, category):
    return result.table.set_index("category").loc[category]


def test_castaneda():
    case = CASES["castaneda_1977_11yr"]
    result = ps.representativeness_ratios(
        case["body"], case["population_shares"], extra=["z", "seats_short", "selection_ratio"]
    )
    row = row_of(result, "Mexican-American")
    assert round(100 * row["share"]) == 39
    assert round(row["expected"]) == 688
    assert round(row["z"], 1) == -29.1
    assert round(row["seats_short"]) == 349
    again = case["recomputed"]
    # Recomputed by other code in double precision.
    assert row["ratio"] == pytest.approx(again["ratio"], rel=1e-12)
    assert row["selection_ratio"] == pytest.approx(again["selection_ratio_odds"], rel=1e-12)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(
        again["clopper_pearson_ratio"], rel=1e-10
    )
    # Doubled, and with log-gamma functions on the other side: 8 digits.
    assert row["p_value"] == pytest.approx(2 * again["binom_lower"], rel=1e-8)
    assert row["verdict"] == "under-represented"


def test_castaneda_with_the_population_counted():
    case = CASES["castaneda_1977_11yr"]
    hyper = case["recomputed"]["hyper"]
    population = {"Mexican-American": hyper["K"], "other": hyper["N"] - hyper["K"]}
    result = ps.representativeness_ratios(
        case["body"],
        population,
        design="sample",
        extra=["z", "chance_count_low", "chance_count_high"],
    )
    row = row_of(result, "Mexican-American")
    assert row["p_value"] == pytest.approx(hyper["two_sided_doubled"], rel=1e-8)
    assert row["z"] == pytest.approx(hyper["z"], rel=1e-12)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(hyper["ratio_ci_exact"], rel=1e-12)
    assert [row["chance_count_low"], row["chance_count_high"]] == hyper["chance_range_x_95"]


@pytest.mark.parametrize("case", ["openintro_jurors", "jury_textbook_200"])
def test_whole_profile_of_juries(case):
    case = CASES[case]
    result = ps.representativeness_ratios(case["body"], case["population_shares"])
    row, again = result.overall.iloc[0], case["recomputed"]
    assert row["n"] * row["cohen_w"] ** 2 == pytest.approx(again["chi2"], rel=1e-12)
    assert row["cohen_w"] == pytest.approx(again["w"], rel=1e-12)
    assert row["dissimilarity"] == pytest.approx(again["tvd"], rel=1e-12)
    # Both by Monte Carlo, 9,999 draws here: four standard errors.
    error = 4 * np.sqrt(again["p_chi2"] * (1 - again["p_chi2"]) / 9999)
    assert row["p_value"] == pytest.approx(again["p_mc_chi2_order"], abs=error)
    if "E0_tvd_mc" in again:
        # Exact here; 200,000 draws there, each with a standard deviation near .015.
        assert row["dissimilarity_expected"] == pytest.approx(again["E0_tvd_mc"], abs=2e-4)


def test_minneapolis_boards():
    rows = CASES["minneapolis_boards_2015"]["rows"]
    for row in rows:
        body = pd.DataFrame(
            {"variable": "v", "category": ["g"], "count": [row["implied_count"]], "n": [428]}
        )
        city = pd.DataFrame({"variable": "v", "category": ["g"], "share": [row["city_pct"] / 100]})
        found = ps.representativeness_ratios(body, city).table.iloc[0]
        again = row["recomputed"]
        assert found["ratio"] == pytest.approx(again["ratio"], rel=1e-12)
        limits = [found["conf_low"], found["conf_high"]]
        assert limits == pytest.approx(again["clopper_pearson_ratio"], rel=1e-9)
        tail = min(again["binom_lower"], again["binom_upper"])
        assert found["p_value"] == pytest.approx(2 * tail, rel=1e-8)
        # One group beside everybody else is one test.
        assert found["p_adjusted"] == found["p_value"]


def test_contract_of_columns():
    result = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    assert tuple(result.table.columns) == COLUMNS
    assert list(result.overall.columns) == [
        "variable", "n", "not_stated", "dissimilarity", "dissimilarity_expected", "cohen_w",
        "p_value",
    ]  # fmt: skip
    assert result.table["count"].dtype == np.int64
    assert result.table["category"].tolist()[:6] == [
        "Black African", "Black Caribbean", "Other White", "Portuguese", "White British", "Other",
    ]  # fmt: skip
    assert "Not stated, ethnicity: 1 of 12 (8%)" in str(result)


def test_all_forms_of_the_same_body_agree():
    from_people = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    tally = ps.tally(TWELVE, BY)
    for body in (tally, tally.table, tally.table.sample(frac=1, random_state=1)):
        other = ps.representativeness_ratios(body, ESTATE)
        if other.table["variable"].iloc[0] != "ethnicity":
            continue
        pd.testing.assert_frame_equal(other.table, from_people.table)
    population = pd.DataFrame(
        {
            "gender": ["Female"] * 1710 + ["Male"] * 1290,
        }
    )
    ours = ps.representativeness_ratios({"Female": 10, "Male": 2}, population, by="gender")
    theirs = ps.representativeness_ratios(TWELVE, ESTATE, by="gender")
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    series = ps.representativeness_ratios(
        pd.Series({"Female": 10, "Male": 2}), population, by="gender"
    )
    pd.testing.assert_frame_equal(series.table, theirs.table)


def test_polars_margins_are_read():
    polars = pytest.importorskip("polars")
    ours = ps.representativeness_ratios(
        polars.DataFrame(ps.tally(TWELVE, BY).table.to_dict("list")),
        polars.DataFrame(ESTATE.to_dict("list")),
    )
    theirs = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    pd.testing.assert_frame_equal(ours.table, theirs.table)


def test_holm_within_a_variable_and_two_groups_are_one_test():
    table = ps.representativeness_ratios(TWELVE, ESTATE, by=BY).table
    ethnicity = table[table["variable"] == "ethnicity"]
    expected = multipletests(ethnicity["p_value"], method="holm")[1]
    np.testing.assert_allclose(ethnicity["p_adjusted"], expected, rtol=1e-14)
    gender = table[table["variable"] == "gender"]
    assert (gender["p_adjusted"] == gender["p_value"]).all()
    raw = ps.representativeness_ratios(TWELVE, ESTATE, by=BY, adjust="none").table
    assert (raw["p_adjusted"] == raw["p_value"]).all()
    found = ps.representativeness_ratios(TWELVE, ESTATE, by="ethnicity", adjust="bh").table
    expected = multipletests(found["p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(found["p_adjusted"], expected, rtol=1e-14)


def test_two_group_bodies_are_adjusted_by_benjamini_hochberg():
    bodies = {f"b{x}": {"Female": x, "Male": 12 - x} for x in range(4, 13)}
    table = ps.representativeness_ratios(bodies, {"Female": 1710, "Male": 1290}).table
    women = table[table["category"] == "Female"]
    expected = multipletests(women["p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(women["p_adjusted"], expected, rtol=1e-13)
    assert table.columns[0] == "body"


def test_a_body_does_not_depend_on_its_companions_but_for_adjustment():
    alone = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    both = ps.representativeness_ratios(
        {"committee": TWELVE, "network": TWELVE.iloc[:7]}, ESTATE, by=BY
    )
    ours = both.table[both.table["body"] == "committee"].drop(columns=["body"])
    skipped = ["p_adjusted", "verdict"]
    pd.testing.assert_frame_equal(
        ours.drop(columns=skipped).reset_index(drop=True), alone.table.drop(columns=skipped)
    )
    overall = both.overall[both.overall["body"] == "committee"].drop(columns="body")
    pd.testing.assert_frame_equal(overall.reset_index(drop=True), alone.overall)


def test_bodies_by_body_id_and_benchmarks_of_their_own():
    profiles = pd.DataFrame(
        {
            "body_id": ["a", "a", "b", "b"],
            "variable": "gender",
            "category": ["Female", "Male"] * 2,
            "count": [6, 6, 6, 6],
        }
    )
    own = profiles.rename(columns={"body_id": "body"}).assign(count=[500, 500, 900, 100])
    table = ps.representativeness_ratios(profiles, own).table
    assert table["population_share"].tolist() == [0.5, 0.5, 0.9, 0.1]
    assert table["body"].tolist() == ["a", "a", "b", "b"]


def test_shares_are_taken_by_themselves_where_no_counts_are_known():
    shares = ESTATE.assign(share=ESTATE["count"] / 3000).drop(columns="count")
    ours = ps.representativeness_ratios(TWELVE, shares, by=BY).table
    told = ps.representativeness_ratios(TWELVE, ESTATE, by=BY, design="shares").table
    pd.testing.assert_frame_equal(
        ours.drop(columns="population_count"), told.drop(columns="population_count")
    )
    assert ours["population_count"].isna().all()
    female = ours[ours["category"] == "Female"].iloc[0]
    expected = stats.binomtest(10, 12).proportion_ci(method="exact")
    limits = [female["conf_low"] * 0.57, female["conf_high"] * 0.57]
    assert limits == pytest.approx(list(expected), rel=1e-9)


def test_fractional_population_counts_are_shares():
    grossed = ESTATE.assign(count=ESTATE["count"] + 0.4)
    row = ps.representativeness_ratios(TWELVE, grossed, by="gender").table.iloc[0]
    shares = {"Female": 1710.4 / 3000.8, "Male": 1290.4 / 3000.8}
    other = ps.representativeness_ratios(TWELVE, shares, by="gender").table.iloc[0]
    assert row["p_value"] == pytest.approx(other["p_value"], rel=1e-12)


@pytest.mark.parametrize("kind", ["n", "sample_size", "std_error"])
def test_estimated_benchmark_takes_the_score_interval(kind):
    share = np.array([0.57, 0.43])
    benchmark = pd.DataFrame({"variable": "gender", "category": ["Female", "Male"], "share": share})
    benchmark[kind] = np.sqrt(share * (1 - share) / 400) if kind == "std_error" else 400
    found = ps.representativeness_ratios(TWELVE, benchmark, by="gender").table
    x, n, m = np.array([10.0, 2.0]), np.full(2, 12.0), np.full(2, 400.0)
    low, high = score_limits(x, n, share * m, m, 0.95)
    np.testing.assert_allclose(found["conf_low"], low, rtol=1e-9)
    np.testing.assert_allclose(found["conf_high"], high, rtol=1e-9)
    np.testing.assert_allclose(found["p_value"], score_test(x, n, share * m, m), rtol=1e-9)


def test_standard_error_of_a_count_is_one_of_its_share():
    shares = pd.DataFrame(
        {
            "variable": "gender",
            "category": ["Female", "Male"],
            "share": [0.57, 0.43],
            "std_error": [0.02, 0.02],
        }
    )
    counts = shares.assign(count=shares["share"] * 3000, std_error=60.0).drop(columns="share")
    ours = ps.representativeness_ratios(TWELVE, counts, by="gender").table
    theirs = ps.representativeness_ratios(TWELVE, shares, by="gender").table
    np.testing.assert_allclose(ours["conf_low"], theirs["conf_low"], rtol=1e-12)


def test_vague_benchmark_makes_everything_too_small_to_tell():
    vague = pd.DataFrame(
        {"variable": "gender", "category": ["Female", "Male"], "share": [0.57, 0.43], "n": [8, 8]}
    )
    found = ps.representativeness_ratios(TWELVE, vague, by="gender")
    assert (found.table["verdict"] == "too small to tell").all()
    assert found.overall["p_value"].iloc[0] > 0.05


def test_weights_of_one_change_the_binomial_by_finite_correction_only():
    sample = pd.DataFrame({"gender": ["Female"] * 60 + ["Male"] * 40, "w": 1.0})
    shares = {"Female": 0.5, "Male": 0.5}
    weighted = ps.representativeness_ratios(
        sample, shares, by="gender", design="sample", weights="w"
    ).table
    plain = ps.representativeness_ratios(sample, shares, by="gender").table
    columns = ["share", "ratio", "conf_low", "conf_high", "p_value"]
    np.testing.assert_allclose(weighted[columns], plain[columns], rtol=1e-9)


def test_weights_correct_the_ratio_and_widen_the_interval():
    sample = pd.DataFrame(
        {"gender": ["Female"] * 70 + ["Male"] * 30, "w": [50 / 70] * 70 + [50 / 30] * 30}
    )
    population = {"Female": 5000, "Male": 5000}
    result = ps.representativeness_ratios(
        sample,
        population,
        by="gender",
        design="sample",
        weights="w",
        extra=["ratio_unweighted", "share_unweighted"],
    )
    women = row_of(result, "Female")
    assert women["count"] == 70
    assert women["weighted"] == pytest.approx(50)
    assert women["ratio"] == pytest.approx(1.0)
    assert (women["share_unweighted"], women["ratio_unweighted"]) == (0.7, 1.4)
    effect = 100 * (70 * (50 / 70) ** 2 + 30 * (50 / 30) ** 2) / 100**2
    n = 100 / effect * 9999 / 9900
    low = stats.beta.ppf(0.025, n / 2, n / 2 + 1) / 0.5
    assert women["conf_low"] == pytest.approx(low, rel=1e-10)
    given = ps.representativeness_ratios(
        ps.tally(sample, "gender", weights="w"), population, design="sample", design_effect=effect
    )
    assert row_of(given, "Female")["conf_low"] == pytest.approx(low, rel=1e-10)
    assert result.overall["p_value"].iloc[0] == pytest.approx(1.0)


def test_design_effect_without_weights():
    counts = {"a": 200, "b": 200, "c": 100}
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    result = ps.representativeness_ratios(counts, shares, design="sample", design_effect=2.0)
    chi2 = 250 * ((0.4 - 0.5) ** 2 / 0.5 + (0.4 - 0.3) ** 2 / 0.3)
    assert result.overall["p_value"].iloc[0] == pytest.approx(stats.chi2.sf(chi2, 2), rel=1e-10)


def test_not_stated_on_both_denominators_and_bounds():
    body = {"A": 6, "B": 8, "Not stated": 36}
    population = {"A": 0.12, "B": 0.88}
    shown = ps.representativeness_ratios(body, population, not_stated="bounds")
    row = row_of(shown, "A")
    assert shown.overall[["n", "not_stated"]].iloc[0].tolist() == [14, 36]
    # Fourfold on one denominator, in proportion on the other.
    assert row["ratio"] == pytest.approx(6 / 14 / 0.12)
    assert row["ratio_all_out"] == pytest.approx(6 / 50 / 0.12)
    assert row["ratio_all_in"] == pytest.approx(42 / 50 / 0.12)
    included = ps.representativeness_ratios(body, population, not_stated="include")
    assert row_of(included, "A")["ratio"] == pytest.approx(1.0)
    assert row_of(included, "A")["expected"] == pytest.approx(6.0)
    assert "Not stated" not in included.table["category"].tolist()
    assert "Not stated, group: 36 of 50 (72%)" in str(shown)


def test_not_stated_of_the_population_is_set_aside_or_kept():
    body = {"A": 6, "B": 4, "Not stated": 2}
    population = {"A": 300, "B": 450, "Not stated": 250}
    without = ps.representativeness_ratios(body, population).table
    assert without["population_share"].tolist() == [0.4, 0.6]
    kept = ps.representativeness_ratios(body, population, not_stated="include").table
    assert kept["category"].tolist() == ["A", "B", "Not stated"]
    assert kept["population_share"].tolist() == [0.3, 0.45, 0.25]
    shares = {"A": 0.3, "B": 0.45, "Not stated": 0.25}
    assert ps.representativeness_ratios(body, shares).table["population_share"].tolist() == [
        pytest.approx(0.4),
        pytest.approx(0.6),
    ]


def test_everybody_not_stated():
    body = pd.DataFrame({"gender": [None] * 5, "ethnicity": ["Portuguese"] * 5})
    result = ps.representativeness_ratios(body, ESTATE, by=["gender", "ethnicity"])
    gender = result.table[result.table["variable"] == "gender"]
    assert (gender["verdict"] == "too small to tell").all()
    assert gender[["share", "ratio", "p_value", "conf_low"]].isna().all(axis=None)
    assert result.overall.loc[0, ["n", "not_stated"]].tolist() == [0, 5]
    assert result.overall.loc[1, "p_value"] < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("n", range(1, 13))
def test_small_bodies_of_one_group(n):
    for design in ("body", "sample", "shares"):
        table = ps.representativeness_ratios(
            {"A": n, "B": 0}, {"A": 12, "B": 28}, design=design
        ).table
        assert table["ratio"].tolist() == [pytest.approx(1 / 0.3), 0.0]
        assert table["conf_low"].iloc[1] == 0.0
        assert table["p_value"].nunique() == 1 or np.allclose(*table["p_value"])
        assert (table["conf_low"] <= table["conf_high"]).all()


def test_whole_population_is_in_line():
    table = ps.representativeness_ratios({"A": 12, "B": 28}, {"A": 12, "B": 28}).table
    assert table["verdict"].tolist() == ["in line", "in line"]
    assert table[["ratio", "conf_low", "conf_high", "p_value"]].to_numpy() == pytest.approx(1.0)


def test_one_group_that_is_everybody():
    table = ps.representativeness_ratios({"A": 4}, {"A": 40}).table
    assert table[["ratio", "conf_low", "conf_high", "p_value"]].iloc[0].tolist() == [1, 1, 1, 1]


def test_intersections_pool_rare_cells_by_name():
    population = pd.DataFrame(
        {
            "ethnicity": ["A"] * 50 + ["B"] * 40 + ["C"] * 10,
            "gender": (["F"] * 30 + ["M"] * 20) + (["F"] * 10 + ["M"] * 30) + ["F"] * 5 + ["M"] * 5,
        }
    )
    body = pd.DataFrame({"ethnicity": list("AAAABBBC"), "gender": list("FFFMFMMF")})
    by = [("ethnicity", "gender")]
    result = ps.representativeness_ratios(body, population, by=by)
    assert result.table["category"].tolist() == ["A × F", "A × M", "B × M", "Pooled (3 groups)"]
    pooled = row_of(result, "Pooled (3 groups)")
    assert pooled["count"] == 2
    assert pooled["expected"] == pytest.approx(8 * 0.2)
    assert result.pooled == {("", "ethnicity × gender"): ("B × F", "C × F", "C × M")}
    assert "Pooled, ethnicity × gender: B × F; C × F; C × M" in str(result)
    single = ps.representativeness_ratios(body, population, by=by, pool=False)
    assert len(single.table) == 6
    # The expected cell comes from the joint count, not from the margins.
    assert row_of(single, "A × F")["population_share"] == pytest.approx(0.30)
    margins = ps.tally(population, ["ethnicity", "gender"])
    crossed = ps.representativeness_ratios(body, margins, by=by, pool=False, independent=True)
    assert row_of(crossed, "A × F")["population_share"] == pytest.approx(0.5 * 0.45)


def test_pooling_of_simple_variables_on_request():
    body = {"A": 9, "B": 1, "C": 0}
    result = ps.representativeness_ratios(body, {"A": 900, "B": 60, "C": 40}, pool=True)
    assert result.table["category"].tolist() == ["A", "Pooled (2 groups)"]
    assert result.table["count"].tolist() == [9, 1]


def test_intersection_with_a_part_not_stated_is_not_stated():
    body = pd.DataFrame({"e": ["A", "A", None, "B"], "g": ["F", None, "F", "M"]})
    population = pd.DataFrame({"e": ["A", "A", "B", "B"] * 10, "g": ["F", "M", "F", "M"] * 10})
    result = ps.representativeness_ratios(body, population, by=[("e", "g")], pool=False)
    assert result.overall[["n", "not_stated"]].iloc[0].tolist() == [2, 2]


def test_columns_on_request():
    from participation_stats.measure.representation.ratio_columns import EXTRA_COLUMNS

    result = ps.representativeness_ratios(TWELVE, ESTATE, by="gender", extra=list(EXTRA_COLUMNS))
    row = row_of(result, "Male")
    assert row["seats_short"] == pytest.approx(12 * 0.43 - 2)
    assert (row["seats_floor"], row["seats_ceiling"]) == (5, 6)
    assert row["absolute_disparity"] == pytest.approx(0.43 - 2 / 12)
    assert row["comparative_disparity"] == pytest.approx(1 - 2 / 12 / 0.43)
    assert row["selection_ratio"] == pytest.approx((2 / 10) / (0.43 / 0.57))
    assert row["rate_per_1000"] == pytest.approx(1000 * 2 / 1290)
    z = (2 - 12 * 0.43) / np.sqrt(12 * 0.43 * 0.57) / np.sqrt((3000 - 12) / 2999)
    assert row["z"] == pytest.approx(z)
    low, high = stats.hypergeom.ppf([0.025, 0.975], 3000, 1290, 12)
    assert (row["chance_count_low"], row["chance_count_high"]) == (low, high)
    assert set(EXTRA_COLUMNS) <= set(result.table.columns)


def test_every_column_is_in_the_vocabulary():
    from participation_stats.measure.representation.ratio_columns import EXTRA_COLUMNS
    from participation_stats.measure.results import VOCABULARY

    assert set(COLUMNS) | set(EXTRA_COLUMNS) | {"weighted", "body"} <= set(VOCABULARY)


def test_more_in_the_body_than_in_the_population_warns_with_the_row():
    body = pd.DataFrame({"variable": "g", "category": ["A", "B"], "count": [3, 9]})
    with pytest.warns(ps.DataWarning, match=r"row 0 \(g: A\): 3 of 12, which no draw of 2 in 40"):
        table = ps.representativeness_ratios(body, {"A": 2, "B": 38}, by="g").table
    assert table["verdict"].iloc[0] == "over-represented"
    assert np.isfinite(table[["conf_low", "conf_high", "p_value"]]).all(axis=None)


def test_group_that_the_population_counts_as_nobody():
    with pytest.warns(ps.DataWarning, match="nobody there; no ratio is given"):
        table = ps.representativeness_ratios({"A": 1, "B": 11}, {"A": 0, "B": 40}).table
    assert table.loc[0, ["ratio", "p_value", "conf_low"]].isna().all()
    assert table["verdict"].iloc[0] == "too small to tell"
    silent = ps.representativeness_ratios({"A": 0, "B": 12}, {"A": 0, "B": 40}).table
    assert silent["verdict"].tolist() == ["too small to tell", "in line"]


def test_body_larger_than_its_population_warns():
    with pytest.warns(ps.DataWarning, match="which no draw of"):
        table = ps.representativeness_ratios({"A": 6, "B": 6}, {"A": 2, "B": 2}).table
    assert (table["p_value"] == 1.0).all()


def test_published_share_that_no_count_gives_warns_with_the_row():
    body = pd.DataFrame(
        {"variable": "g", "category": ["A", "B"], "share": [0.17, 0.83], "n": [25, 25]}
    )
    with pytest.warns(ps.DataWarning) as told:
        ps.representativeness_ratios(body, {"A": 0.3, "B": 0.7}, by="g")
    messages = [str(warning.message) for warning in told]
    assert (
        "representativeness_ratios: body, row 0 (g: A): a share of 0.17 is not possible; 4 of 25 "
        "is 0.1600" in messages
    )
    fine = body.assign(share=[0.16, 0.84])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ps.representativeness_ratios(fine, {"A": 0.3, "B": 0.7}, by="g")


def test_published_table_without_a_group_of_the_population_warns():
    body = pd.DataFrame({"variable": "g", "category": ["A"], "share": [1.0], "count": [12]})
    with pytest.warns(ps.DataWarning, match=r"g: no row for 'B' \(row 1 of the population\)"):
        ps.representativeness_ratios(body, {"A": 0.3, "B": 0.7}, by="g")


def test_groups_that_do_not_add_up_warn():
    body = pd.DataFrame({"variable": "g", "category": ["A", "B"], "count": [10, 10], "n": [25, 25]})
    with pytest.warns(ps.DataWarning, match="'g': its groups hold fewer people than n"):
        result = ps.representativeness_ratios(body, {"A": 30, "B": 70}, by="g")
    assert result.overall[["n", "not_stated"]].iloc[0].tolist() == [20, 5]
    with pytest.warns(ps.DataWarning, match="shares add up to more than 1"):
        ps.representativeness_ratios({"A": 5, "B": 5}, {"A": 0.6, "B": 0.6})
    with pytest.warns(ps.DataWarning, match="shares add up to less than 1"):
        ps.representativeness_ratios({"A": 5, "B": 5}, {"A": 0.3, "B": 0.3})


def test_group_of_nobody_that_the_population_lacks_is_left_out():
    with pytest.warns(ps.DataWarning, match="nobody there and no such group in the population"):
        table = ps.representativeness_ratios({"A": 5, "C": 0}, {"A": 5, "B": 9}).table
    assert table["category"].tolist() == ["A", "B"]


def test_verdict_words_by_count_for_disclosure():
    result = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    for place, row in result.table.iterrows():
        words = result.possible_words("table", place)
        assert words[row["count"]] == row["verdict"]
    assert result.possible_words("overall", 0) == {}
    gender = int(np.flatnonzero(result.table["category"] == "Female")[0])
    words = result.possible_words("table", gender)
    for x, word in words.items():
        other = ps.representativeness_ratios({"Female": x, "Male": 12 - x}, ESTATE, by="gender")
        assert row_of(other, "Female")["verdict"] == word


def test_words_by_count_with_several_bodies():
    bodies = {f"b{x}": {"Female": x, "Male": 12 - x} for x in (3, 7, 12)}
    population = {"Female": 1710, "Male": 1290}
    result = ps.representativeness_ratios(bodies, population)
    words = result.possible_words("table", 0)
    for x, word in words.items():
        changed = bodies | {"b3": {"Female": x, "Male": 12 - x}}
        again = ps.representativeness_ratios(changed, population).table
        assert again["verdict"].iloc[0] == word


def test_no_word_where_it_rests_on_more_than_a_count():
    vague = pd.DataFrame(
        {"variable": "gender", "category": ["Female", "Male"], "share": [0.57, 0.43], "n": [90] * 2}
    )
    result = ps.representativeness_ratios(TWELVE, vague, by="gender")
    assert result.possible_words("table", 0) == {}


def test_protected_result_hides_small_counts():
    result = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)
    protected = ps.protect(result, ps.Policy.publish())
    hidden = protected.table["suppressed"]
    assert hidden.any()
    assert protected.table.loc[hidden, ["count", "share", "ratio", "p_value"]].isna().all(axis=None)
    assert protected.frames["overall"]["dissimilarity"].isna().all()


def test_bundled_estates():
    estate = ps.load_example("minneapolis_boards")
    table = ps.representativeness_ratios(
        estate.profile("neighborhood_boards"), estate.population()
    ).table
    renters = table[table["category"] == "Renter"].iloc[0]
    assert renters["ratio"] == pytest.approx(0.2920560747663551, rel=1e-12)


def test_seed_decides_the_monte_carlo():
    body = {f"g{i:02}": count for i, count in enumerate([3, 1, 0, 0, 2, 5, 4, 3, 2, 2, 1, 7])}
    population = {f"g{i:02}": 40 + 10 * i for i in range(12)}
    first, same, other = (
        ps.representativeness_ratios(body, population, seed=seed).overall["p_value"].iloc[0]
        for seed in (0, 0, 4)
    )
    assert first == same
    assert first != other


def test_a_body_of_an_estate_by_its_id():
    estate = ps.load_example("st_marys")
    ours = ps.representativeness_ratios("committee", estate)
    people = estate.members("committee")
    people["length_of_residence"] = people["length_of_residence_band"]
    names = list(ours.overall["variable"])
    theirs = ps.representativeness_ratios(people, estate.population(), by=names)
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    boards = ps.load_example("minneapolis_boards")
    published = ps.representativeness_ratios("neighborhood_boards", boards).table
    assert "Renter" in published["category"].tolist()
    assert len(ps.profile_distance("committee", estate, by="gender").table) == 3


def test_tables_alone_are_a_place():
    place = SimpleNamespace(
        tables={
            "memberships": pd.DataFrame({"body_id": "c", "person_id": ["a", "b", "a"]}),
            "people": pd.DataFrame({"person_id": ["a", "b"], "gender": ["Female", "Male"]}),
            "population": ESTATE,
        }
    )
    table = ps.representativeness_ratios("c", place).table
    assert table["count"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({}, "representativeness_ratios: there is no table 'population'."),
        (
            {"population": ESTATE},
            "nobody is known to sit on 'c'. Expected memberships, profiles.",
        ),
        (
            {
                "population": ESTATE,
                "memberships": pd.DataFrame({"body_id": ["c"], "person_id": ["a"]}),
            },
            "people and population share no characteristic. Expected one of ethnicity, gender;",
        ),
    ],
)
def test_place_without_what_is_needed(tables, message):
    with pytest.raises(ps.InputError) as error:
        ps.representativeness_ratios("c", SimpleNamespace(tables=tables))
    assert message in str(error.value)


def test_html_says_how_many_are_not_stated():
    html = ps.representativeness_ratios(TWELVE, ESTATE, by=BY)._repr_html_()
    assert "<p>Not stated, ethnicity: 1 of 12 (8%)</p>" in html
