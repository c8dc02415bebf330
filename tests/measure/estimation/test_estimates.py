"""Estimates of small and awkward domains, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from survey_samples import design, sample

import participation_stats as ps
from participation_stats.measure.results import VOCABULARY

ANSWERS = pd.DataFrame(
    {
        "group": pd.Categorical([*"aaabbccdd", None], categories=["a", "b", "c", "d", "nobody"]),
        "years": [1, 2, 3, 4, 4, np.nan, np.nan, 1, 2, 3],
        "came": ["yes", "yes", "no", "yes", "yes", None, None, "no", "no", "yes"],
        "heard": [True, False, None] + [True] * 7,
        "weight": [1, 2, 1, 2, 1, 1, 1, 0, 0, 1],
        "street": list("xxyyzzuuvv"),
    }
)


def rows(frame, value, **given):
    table = ps.survey_estimate(ps.survey_design(frame), value, by="group", **given).table
    return table.set_index("category")


def test_every_domain_is_there_and_says_why_it_has_no_number():
    table = rows(ANSWERS, "years")
    assert table.index.tolist() == ["a", "b", "c", "d", "nobody", "Not stated"]
    assert table["n"].tolist() == [3, 2, 0, 2, 0, 1]
    assert table["share_missing"].tolist()[:4] == [0, 0, 1, 0]
    assert np.isnan(table.loc["nobody", "share_missing"])
    assert table["note"].to_dict() == {
        "a": "",
        "b": "no variation: an error of 0",
        "c": "nobody answered",
        "d": "",
        "nobody": "nobody answered",
        "Not stated": "one respondent: no standard error",
    }
    assert table.loc["Not stated", "estimate"] == 3
    assert table.loc[["c", "nobody"], "estimate"].isna().all()
    assert table.loc["Not stated", ["std_error", "conf_low", "conf_high"]].isna().all()


def test_all_missing_is_no_error():
    found = ps.survey_estimate(ps.survey_design(ANSWERS.assign(years=np.nan)), "years")
    assert found.table["note"].tolist() == ["nobody answered"]
    assert (found.n, found.n_missing) == (0, 10)
    words = ps.survey_estimate(ps.survey_design(ANSWERS.assign(came=None)), "came")
    assert words.table["note"].tolist() == ["nobody answered"]


def test_everybody_and_nobody_have_exact_limits():
    table = rows(ANSWERS, "came", answer="yes")
    low, high = stats.binomtest(2, 2).proportion_ci(method="exact")
    assert table.loc["b", ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])
    low, high = stats.binomtest(0, 2).proportion_ci(method="exact")
    assert table.loc["d", ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])
    assert table.loc["b", "note"] == "one answer only: limits from Kish's effective n"
    # Weights 2 and 1: (2 + 1)² / (4 + 1) people.
    made = ps.survey_design(ANSWERS, weights="weight")
    weighted = ps.survey_estimate(made, "came", by="group", answer="yes").table
    assert weighted["conf_low"][1] == pytest.approx(0.025 ** (1 / (9 / 5)))


def test_weights_of_zero_stand_for_nobody():
    made = ps.survey_design(ANSWERS, weights="weight")
    found = ps.survey_estimate(made, "years", by="group")
    table = found.table.set_index("category")
    assert table.loc["d", ["n", "note"]].tolist() == [0, "nobody answered"]
    assert (found.n, found.n_missing) == (6, 2)


def test_one_cluster_has_no_standard_error():
    made = ps.survey_design(ANSWERS, clusters="street")
    table = ps.survey_estimate(made, "heard", by="group").table.set_index("category")
    assert table.loc["a", "note"] == "one cluster: no standard error"
    assert np.isnan(table.loc["a", "std_error"])
    assert table["answer"].unique().tolist() == ["True"]


def test_as_many_clusters_as_strata_have_no_interval():
    frame = ANSWERS.assign(ward=[*"nnnnnsssss"], years=range(10))
    frame["group"] = ["a", *"bbbb", "a", *"bbbb"]
    made = ps.survey_design(frame, strata="ward")
    table = ps.survey_estimate(made, "years", by="group").table
    assert table["degrees_freedom"].tolist() == [0, 6]
    assert table["note"].tolist() == ["no more clusters than strata: no interval", ""]
    assert table.loc[0, "std_error"] > 0
    assert np.isnan(table.loc[0, "conf_low"])


def test_a_domain_is_made_by_zeroing():
    frame = sample("apistrat")
    weight = frame["pw"] * (frame["awards"] == "Yes")
    zeroed = ps.survey_design(frame, weights=weight, strata="stype", fpc="fpc")
    whole = ps.survey_estimate(zeroed, "api00").table.iloc[0]
    by = ps.survey_estimate(design("strat"), "api00", by="awards").table.iloc[1]
    for name in ("n", "estimate", "std_error", "conf_low", "degrees_freedom", "design_effect"):
        assert whole[name] == pytest.approx(by[name], rel=1e-12)


def test_proportions_of_answers_add_up():
    table = ps.survey_estimate(design("clus2"), "stype", by="awards").table
    assert table["answer"].tolist() == ["E", "H", "M"] * 2
    np.testing.assert_allclose(table.groupby("category")["estimate"].sum(), 1)
    numbers = ps.survey_estimate(design("clus2"), "yr.rnd", statistic="proportion").table
    assert set(numbers["answer"]) <= {"No", "Yes"}


def test_numbers_as_answers():
    made = ps.survey_design(ANSWERS.assign(rating=[1, 1, 2, 3, 3, 3, 2, 2, 1, 3]))
    table = ps.survey_estimate(made, "rating", statistic="proportion").table
    assert table["answer"].tolist() == ["1", "2", "3"]
    np.testing.assert_allclose(table["estimate"], [0.3, 0.3, 0.4])
    coded = ps.survey_design(pd.DataFrame({"came": [0, 1, 1, 0, 1]}))
    share = ps.survey_estimate(coded, "came", statistic="proportion").table
    assert share[["answer", "estimate"]].to_numpy().tolist() == [["1", 0.6]]
    mean = ps.survey_estimate(coded, "came").table
    assert mean["estimate"][0] == 0.6
    assert "answer" not in mean


def test_some_answers():
    made = ps.survey_design(ANSWERS)
    table = ps.survey_estimate(made, "came", answer=["no", "yes"]).table
    assert table["answer"].tolist() == ["no", "yes"]
    assert table["n_smallest"].tolist() == [3, 3]


def test_quantiles_where_a_sum_is_just_the_share():
    made = ps.survey_design(pd.DataFrame({"y": range(1, 201), "w": 30.97}), weights="w")
    shares = [0.1, 0.25, 0.5, 0.9, 0.995]
    found = ps.survey_estimate(made, "y", statistic="quantile", quantiles=shares)
    assert found.table["estimate"].tolist() == [20, 50, 100, 180, 199]
    # Order statistics at the limits of the shares.
    row = found.table.iloc[2]
    error = np.sqrt(0.25 / 199)
    reach = stats.t.ppf(0.975, 199) * error / 0.25
    assert row["conf_low"] == np.ceil(200 / (1 + np.exp(reach)))
    assert row["conf_high"] == np.ceil(200 / (1 + np.exp(-reach)))


def test_quantiles_of_small_domains():
    made = ps.survey_design(ANSWERS)
    found = ps.survey_estimate(made, "years", by="group", statistic="quantile", interval="t")
    table = found.table.set_index("category")
    assert table["estimate"].tolist()[:2] == [2, 4]
    assert table.loc["Not stated", "note"] == "one respondent: no standard error"
    assert table.loc["nobody", "note"] == "nobody answered"
    assert table.loc["a", "note"] == "a limit is beyond all answers"
    assert np.isnan(found.covariance).all()
    assert found.describe().startswith(
        "Quantile of years by group, weighted to the design; 95% intervals (Woodruff's, Student's "
        "t); standard errors by the length of the interval."
    )
    with pytest.raises(ps.InputError, match="quantiles have no covariance"):
        found.differences()


def test_weights_below_nought_give_means_and_no_quantiles():
    answers = pd.DataFrame({"age": [20, 90, 30, 40, 50], "group": list("xxyyy")})
    margins = {"group": {"x": 2, "y": 3}}
    weighting = ps.calibrate(answers, margins, totals={"age": 150})
    made = ps.survey_design(answers, weights=weighting)
    assert (made.weights < 0).sum() == 1
    assert ps.survey_estimate(made, "age").table["estimate"][0] == pytest.approx(30)
    with pytest.raises(ps.EstimationError, match="weights below 0 give no quantiles"):
        ps.survey_estimate(made, "age", statistic="quantile")


def test_intersections():
    found = ps.survey_estimate(design("clus1"), "api00", by=["stype", "awards"])
    table = found.table
    assert table.columns[:4].tolist() == ["stype", "awards", "variable", "category"]
    assert set(table["variable"]) == {"stype × awards"}
    assert table["category"][0] == "E × No"
    sums = sample("apiclus1").groupby(["stype", "awards"])["api00"].mean()
    np.testing.assert_allclose(table["estimate"], sums)


def test_differences():
    found = ps.survey_estimate(design("strat"), "sch.wide", by="stype")
    overall = found.differences("overall", adjust="none").table
    assert overall["answer"].tolist() == ["No", "Yes"] * 3
    whole = ps.survey_estimate(design("strat"), "sch.wide").table
    np.testing.assert_allclose(
        overall["estimate"], found.table["estimate"] - np.tile(whole["estimate"], 3)
    )
    # The score of a difference, made row by row.
    frame, weights = design("strat").frame, design("strat").weights
    yes, inside = (frame["sch.wide"] == "Yes").to_numpy(), (frame["stype"] == "H").to_numpy()
    here, all_ = found.table["estimate"][3], whole["estimate"][1]
    scores = weights * inside * (yes - here) / weights[inside].sum()
    scores = scores - weights * (yes - all_) / weights.sum()
    error = np.sqrt(ps.linearised_covariance(design("strat"), scores)[0, 0])
    row = overall.iloc[3]
    assert row["std_error"] == pytest.approx(error, rel=1e-12)
    assert row["degrees_freedom"] == 49
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"] / error), 49))
    holm = found.differences("E").table
    p = holm.loc[holm["answer"] == "Yes", "p_value"].to_numpy()
    np.testing.assert_allclose(
        holm.loc[holm["answer"] == "Yes", "p_adjusted"],
        np.where(
            p == p.min(), np.minimum(1, 2 * p.min()), np.maximum(p, np.minimum(1, 2 * p.min()))
        ),
    )


def test_no_difference_is_tested_without_an_error_of_both():
    made = ps.survey_design(ANSWERS)
    table = ps.survey_estimate(made, "years", by="group").differences("a").table
    told = table.set_index("category")
    assert told.loc["b", "estimate"] == 2
    assert told.loc[["b", "Not stated"], ["std_error", "p_value"]].isna().all(axis=None)
    assert told.loc["b", "note"] == "no standard error or degree of freedom"
    assert told.loc["d", "note"] == ""


@pytest.mark.slow
def test_counts_by_simulation():
    # One stratum of 40 clusters: intervals of a proportion hold what is true about as often as
    # they say (600 of them: 0.95 ± 0.036 is four standard errors).
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(600):
        chance = rng.beta(3, 7, 40).repeat(8)
        frame = pd.DataFrame({"c": np.arange(40).repeat(8), "y": rng.random(320) < chance})
        row = ps.survey_estimate(ps.survey_design(frame, clusters="c"), "y").table.iloc[0]
        held += row["conf_low"] < 0.3 < row["conf_high"]
    assert 0.914 < held / 600 < 0.986


def test_description_and_columns():
    found = ps.survey_estimate(ps.survey_design(ANSWERS), "came", by="group", answer="yes")
    assert found.describe() == (
        "Proportion of came by group, weighted to the design; 95% intervals (logit scale with "
        "Student's t); standard errors by Taylor linearisation. 8 of 10 respondents answered; "
        "the 20.0% who did not are left out (available cases). 10 respondents."
    )
    assert set(found.table.columns) - {"group"} <= set(VOCABULARY)
    assert set(found.differences("a").table.columns) <= set(VOCABULARY)
    assert "<table" in found._repr_html_()


def test_disclosure_goes_by_the_rarest_answer():
    frame = pd.DataFrame({"street": ["a"] * 60 + ["b"] * 60 + ["c"] * 60})
    frame["came"] = (["yes"] * 25 + ["no"] * 35) * 2 + ["yes"] * 3 + ["no"] * 57
    found = ps.survey_estimate(ps.survey_design(frame), "came", by="street")
    assert found.table["n_smallest"].tolist() == [25, 25, 25, 25, 3, 3]
    released = ps.protect(found, ps.Policy.publish()).table
    hidden = released[released["category"] == "c"]
    assert hidden["suppressed"].all()
    numbers = ["n", "estimate", "std_error", "conf_low", "conf_high", "design_effect"]
    assert hidden[numbers].isna().all(axis=None)
    assert hidden[["degrees_freedom", "share_missing", "note"]].isna().all(axis=None)


def test_disclosure_of_few_people():
    found = ps.survey_estimate(ps.survey_design(ANSWERS), "years")
    released = ps.protect(found, ps.Policy.publish())
    assert released.table["estimate"].isna().all()


REFUSED = [
    ({"value": "age"}, "no column 'age'. Expected one of group, years, came"),
    ({"by": "ward"}, "no column 'ward'. Expected one of group, years"),
    ({"by": ["group", "group"]}, "by= has 'group' twice"),
    ({"by": "n"}, "by= has 'n', which is a column of the estimates"),
    ({"statistic": "mode"}, "statistic 'mode' is not known. Expected 'mean', 'proportion'"),
    ({"interval": "wald"}, "interval 'wald' is not known. Expected 't', 'logit', 'beta'"),
    ({"statistic": "ratio"}, "a ratio has no denominator="),
    ({"denominator": "years"}, "denominator= without ratio"),
    ({"statistic": "ratio", "denominator": "x"}, "no column 'x'"),
    ({"statistic": "ratio", "denominator": "came"}, "'came' is not a column of numbers"),
    ({"statistic": "quantile", "quantiles": [50]}, "quantiles is not between 0 and 1"),
    ({"statistic": "quantile", "quantiles": []}, "quantiles is not between 0 and 1"),
    ({"statistic": "quantile", "value": "came"}, "'came' is not a column of numbers"),
    ({"confidence": 95}, "confidence is not between 0 and 1"),
    ({"value": "came", "answer": "maybe"}, "nobody gave the answer 'maybe' to 'came'"),
    ({"answer": "4"}, "answer= of 'years', which is a column of numbers"),
    ({"value": "when"}, "'when' is not a column of numbers. Expected numbers"),
    ({"value": "much"}, "'much' has infinite values"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refusals(given, words):
    frame = ANSWERS.assign(n=1, when=pd.Timestamp("2026-01-01"), much=np.inf)
    given = {"value": "years", **given}
    with pytest.raises(ps.InputError) as found:
        ps.survey_estimate(ps.survey_design(frame), **given)
    assert "survey_estimate: " in str(found.value)
    assert words in str(found.value)


def test_refused_differences():
    found = ps.survey_estimate(ps.survey_design(ANSWERS), "years", by="group")
    with pytest.raises(ps.InputError, match=r"'z' is none of the domains. Expected one of 'a'"):
        found.differences("z")
    with pytest.raises(ps.InputError, match="adjust 'bonferroni' is not known"):
        found.differences(adjust="bonferroni")
    whole = ps.survey_estimate(ps.survey_design(ANSWERS), "years")
    with pytest.raises(ps.InputError, match="there are no domains to compare"):
        whole.differences()


def test_whole_numbers_with_a_gap_are_asked_for_as_they_were():
    frame = pd.DataFrame({"trust": [1.0, 2, 5, 5, None, 4], "g": [1.0, 1, 2, 2, 1, None]})
    made = ps.survey_design(frame)
    high = ps.survey_estimate(made, "trust", answer=5, statistic="proportion")
    assert high.table[["answer", "estimate"]].to_numpy().tolist() == [["5", 0.4]]
    by = ps.survey_estimate(made, "trust", by="g")
    assert by.table["category"].tolist() == ["1", "2", "Not stated"]
    assert by.differences(2).table["category"].tolist() == ["1", "Not stated"]
    table = ps.survey_engagement(made, {"trust": (4, 5)}, by="g")
    assert table.table["answer"].unique().tolist() == ["4 or 5"]


def test_bands_stand_by_their_numbers():
    bands = ["10 or more", "1 to 4", "5 to 9", "under 1", None, "1 to 4"]
    frame = pd.DataFrame({"years": bands, "came": [1, 0, 1, 0, 1, 1]})
    order = ["under 1", "1 to 4", "5 to 9", "10 or more", "Not stated"]
    made = ps.survey_design(frame)
    assert ps.survey_estimate(made, "came", by="years").table["category"].tolist() == order
    assert ps.tally(frame, "years").table["category"].tolist() == order
    listed = ps.survey_design(
        ps.as_factors(frame.rename(columns={"years": "length_of_residence_band"}))
    )
    by = ps.survey_estimate(listed, "came", by="length_of_residence_band")
    assert by.table["category"].tolist() == order
