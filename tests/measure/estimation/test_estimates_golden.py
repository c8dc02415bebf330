"""Estimates against R's survey package on its own api samples.

Deliberate differences:

=========================  ==============================  ====================================
what                       R survey 4.1                    here
=========================  ==============================  ====================================
one respondent or cluster  standard error of a mean is 0   missing, with a note: a single score
                                                           is 0 whatever was answered
everybody gave one answer  limits of the logit from a fit  Clopper and Pearson's for Kish's
                           that does not converge; of      effective n, with a note
                           beta missing
total, lonely stratum      "adjust" adds the square of     its distance from the mean of all
centred                    its cluster's total             clusters' totals
quantile below the first   the second smallest answer      the smallest
answer's share of weight
quantile where a sum of    the next answer, where rounding that answer
weights is just the share  hides that they are equal
exact limits, calibrated   n of the whole sample           n of the domain
design's domain
second stage               adds the variance within        first stage only: what varies within
                           clusters where fpc is given     a cluster varies between clusters
df of a domain             of the design given; here the   of those in the domain who answered
                           script subsets it first
=========================  ==============================  ====================================

Tolerance 1e-9 relative (1e-6 for logit limits, whose fit in R stops there): both sides add up
the same few hundred products. 1e-7 with fitted weights, which meet their margins to 1e-10 here,
and whose residuals R makes by ten sweeps over the margins after raking (to 3e-9 of the errors).
"""

import numpy as np
import pandas as pd
import pytest
from survey_samples import GOLDEN, R, design, sample

import participation_stats as ps

CLOSE = 1e-9


def told(case: dict) -> str:
    parts = [case["design"], case.get("statistic", ""), case.get("value", ""), *case["by"]]
    return " ".join(part for part in parts if part)


def column(case: dict, name: str) -> np.ndarray:
    return np.array([row[name] for row in case["rows"]], dtype=float)


def compared(table, case):
    if case["by"]:
        table = table[~table["category"].str.contains("Not stated")]
        assert table["category"].tolist() == case["categories"]
    return table


@pytest.mark.parametrize("case", R["linear"], ids=told)
def test_means_totals_and_ratios(case):
    found = ps.survey_estimate(
        design(case["design"]),
        case["value"],
        by=case["by"] or None,
        statistic=case["statistic"],
        denominator="api99" if case["statistic"] == "ratio" else None,
    )
    table = compared(found.table, case)
    n, missing = column(case, "n"), column(case, "missing")
    assert table["n"].tolist() == n.tolist()
    np.testing.assert_allclose(table["share_missing"], missing / (n + missing))
    assert table["degrees_freedom"].tolist() == column(case, "df").tolist()
    np.testing.assert_allclose(table["estimate"], column(case, "estimate"), rtol=CLOSE)
    single = table["std_error"].isna().to_numpy()
    assert table["note"][single].str.startswith("one ").all()
    for ours, theirs in [
        ("std_error", "std_error"),
        ("conf_low", "low"),
        ("conf_high", "high"),
        ("design_effect", "design_effect"),
    ]:
        wanted = np.where(single, np.nan, column(case, theirs))
        np.testing.assert_allclose(table[ours], wanted, rtol=CLOSE)


@pytest.mark.parametrize("interval", ["logit", "beta", "t"])
@pytest.mark.parametrize("case", R["proportion"], ids=told)
def test_proportions(case, interval):
    found = ps.survey_estimate(
        design(case["design"]),
        "sch.wide",
        by=case["by"] or None,
        answer="Yes",
        interval=interval,
    )
    table = compared(found.table, case)
    np.testing.assert_allclose(table["estimate"], column(case, "estimate"), rtol=CLOSE)
    np.testing.assert_allclose(
        table["std_error"], column(case, "std_error"), rtol=CLOSE, atol=1e-15
    )
    limits = np.array([row["mean" if interval == "t" else interval] for row in case["rows"]], float)
    extreme = table["estimate"].to_numpy() > 1 - 1e-12
    kept = ~extreme if interval != "t" else np.ones(len(table), bool)
    close = 1e-6 if interval == "logit" else CLOSE
    np.testing.assert_allclose(table["conf_low"][kept], limits[kept, 0], rtol=close)
    np.testing.assert_allclose(table["conf_high"][kept], limits[kept, 1], rtol=close)
    effects = column(case, "design_effect")[~extreme]
    np.testing.assert_allclose(table["design_effect"][~extreme], effects, rtol=CLOSE)
    if interval != "t":
        assert (table["note"].to_numpy() != "").tolist() == extreme.tolist()


@pytest.mark.parametrize("case", R["covariance"])
def test_covariance_and_differences(case):
    found = ps.survey_estimate(design(case["design"]), "api00", by=case["by"])
    covariance = np.array(case["covariance"])
    size = np.abs(covariance).max()
    np.testing.assert_allclose(found.covariance, covariance, rtol=CLOSE, atol=CLOSE * size)
    made = found.differences().table
    first, *others = case["categories"]
    assert made["category"].tolist() == others
    assert set(made["reference"]) == {first}
    wanted = np.array(case["estimate"][1:]) - case["estimate"][0]
    np.testing.assert_allclose(made["estimate"], wanted, rtol=CLOSE)
    spread = np.diag(covariance)[1:] + covariance[0, 0] - 2 * covariance[0, 1:]
    np.testing.assert_allclose(made["std_error"], np.sqrt(spread), rtol=CLOSE)


@pytest.mark.parametrize("case", R["lonely"], ids=lambda case: case["rule"])
def test_lonely_strata(case):
    frame = design("strat").frame
    alone = frame[frame["stype"] == "H"].index[1:]
    made = ps.survey_design(
        frame.drop(index=alone),
        weights="pw",
        strata="stype",
        lonely="centre" if case["rule"] == "adjust" else "certainty",
    )
    mean = ps.survey_estimate(made, "api00").table.iloc[0]
    assert mean["estimate"] == pytest.approx(case["mean"], rel=CLOSE)
    assert mean["std_error"] == pytest.approx(case["mean_error"], rel=CLOSE)
    total = ps.survey_estimate(made, "api00", statistic="total").table.iloc[0]
    if case["rule"] == "certainty":
        assert total["std_error"] == pytest.approx(case["total_error"], rel=CLOSE)
    else:
        rows = made.weights * made.frame["api00"]
        lone = rows[made.frame["stype"] == "H"].iloc[0]
        squares = total["std_error"] ** 2 - (lone - rows.mean()) ** 2 + lone**2
        assert np.sqrt(squares) == pytest.approx(case["total_error"], rel=CLOSE)


@pytest.mark.parametrize("case", R["stages"], ids=lambda case: str(case["ultimate"]))
def test_ultimate_clusters(case):
    made = ps.survey_design(sample("apiclus2"), weights="pw", clusters="dnum", fpc="fpc1")
    row = ps.survey_estimate(made, "api00").table.iloc[0]
    assert row["estimate"] == pytest.approx(case["mean"], rel=1e-9)
    if case["ultimate"]:
        assert row["std_error"] == pytest.approx(case["error"], rel=CLOSE)
    else:
        # 40 of 757 districts were drawn, so that the second stage adds little.
        assert case["error"] * 0.98 < row["std_error"] < case["error"]


MARGINS = pd.read_csv(GOLDEN / "api" / "apipop_margins.csv")
TOTALS = pd.read_csv(GOLDEN / "api" / "apipop_totals.csv").set_index("variable")["total"]
SAMPLES = {"srs": "apisrs", "strat": "apistrat", "clus1": "apiclus1", "nested": "apistrat"}
STATED = {
    "srs": {"fpc": "fpc"},
    "strat": {"strata": "stype", "fpc": "fpc"},
    "clus1": {"clusters": "dnum", "fpc": "fpc"},
    "nested": {"strata": "stype", "clusters": "dnum", "nest": True},
}


def fitted(case: dict) -> ps.SurveyDesign:
    """The sample weighted as in estimation.R, and its design."""
    frame = sample(SAMPLES[case["design"]])
    margins = MARGINS[MARGINS["variable"].isin(["stype", "sch.wide"])]
    if case["fit"] == "poststratified":
        margins = margins[margins["variable"] == "stype"]
        weighting = ps.poststratify(frame, margins, weights="pw")
    elif case["fit"] == "raked":
        weighting = ps.rake(frame, margins, weights="pw")
    elif case["fit"] == "linear":
        totals = {"api99": TOTALS["api99"]}
        weighting = ps.calibrate(frame, margins, weights="pw", totals=totals)
    else:
        weighting = ps.calibrate(frame, margins, weights="pw", distance="raking")
    return ps.survey_design(frame, weights=weighting, **STATED[case["design"]])


@pytest.mark.parametrize("case", R["fitted"], ids=lambda case: " ".join([case["fit"], told(case)]))
def test_fitted_weights(case):
    found = ps.survey_estimate(
        fitted(case),
        "api00",
        by=case["by"] or None,
        statistic=case["statistic"],
        denominator="api99" if case["statistic"] == "ratio" else None,
    )
    table = compared(found.table, case)
    np.testing.assert_allclose(table["estimate"], column(case, "estimate"), rtol=1e-7)
    np.testing.assert_allclose(table["std_error"], column(case, "std_error"), rtol=1e-7)
    # The same, from the scores of rows.
    if not case["by"] and case["statistic"] == "mean":
        made = fitted(case)
        scores = made.weights * (made.frame["api00"] - table["estimate"].iloc[0])
        covariance = ps.linearised_covariance(made, scores / made.weights.sum())
        np.testing.assert_allclose(covariance[0, 0], table["std_error"].iloc[0] ** 2, rtol=CLOSE)


def test_known_totals_have_no_error():
    case = {"design": "clus1", "fit": "raked"}
    found = ps.survey_estimate(fitted(case), "stype", statistic="total").table
    known = MARGINS[MARGINS["variable"] == "stype"].set_index("category")["count"]
    np.testing.assert_allclose(found["estimate"], known[found["answer"]], rtol=1e-9)
    # The root of what rounding leaves of a variance of this size.
    assert (found["std_error"] < 1e-6 * found["estimate"]).all()


@pytest.mark.parametrize(
    "case", R["quantile"], ids=lambda case: " ".join([case["interval"], told(case)])
)
def test_quantiles(case):
    raked = {"design": "clus1", "fit": "raked"}
    made = fitted(raked) if case["design"] == "raked" else design(case["design"])
    interval = {"mean": "t", "xlogit": "logit", "beta": "beta"}[case["interval"]]
    found = ps.survey_estimate(
        made,
        "api00",
        by=case["by"] or None,
        statistic="quantile",
        quantiles=[0.113, 0.257, 0.503, 0.911],
        interval=interval,
    ).table
    np.testing.assert_allclose(found["quantile"], column(case, "share"))
    groups = made.frame.groupby(case["by"]) if case["by"] else [("", made.frame)]
    two = np.array([np.sort(part["api00"])[:2] for _, part in groups]).repeat(4, axis=0)

    def second_for_first(ours: str, theirs: str) -> np.ndarray:
        given, first = column(case, theirs), found[ours].to_numpy() == two[:, 0]
        return np.where(first & (given == two[:, 1]), two[:, 0], given)

    estimates = second_for_first("estimate", "estimate")
    np.testing.assert_allclose(found["estimate"], estimates)
    # Limits belong to the estimate.
    same = estimates == column(case, "estimate")
    assert same.mean() > 0.9
    np.testing.assert_allclose(found["conf_high"][same], column(case, "high")[same])
    low = second_for_first("conf_low", "low")
    np.testing.assert_allclose(found["conf_low"][same], low[same])
    same &= low == column(case, "low")
    errors = column(case, "std_error")
    np.testing.assert_allclose(found["std_error"][same], errors[same], rtol=CLOSE)
