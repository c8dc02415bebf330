"""Models on replicates against svyglm and withReplicates of R's survey package.

Deliberate differences:

=======================  ==================================  ==================================
what                     R survey 4.1                        here
=======================  ==================================  ==================================
degrees of freedom       rank of the replicates' weights     clusters less strata of the rows
                         less terms                          used, less terms, plus 1
a replicate without      fitted all the same, with a         refused, with a hint
finite odds              warning
=======================  ==================================  ==================================

Tolerance 1e-6 relative, as asked; covariances near nought are sums that cancel, and are compared
by the size of their variances.
"""

import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from api_samples import GOLDEN, design

import participation_stats as ps
from participation_stats.measure.estimation.replicates import ReplicateDesign

R = json.loads((GOLDEN / "replicate_regressions.json").read_text(encoding="utf-8"))


def replicates_of(case: dict) -> ReplicateDesign:
    centre = "estimate" if case["mse"] else "mean"
    made = design(case["design"])
    if case["kind"] == "jackknife":
        return ps.survey_replicates(made, centre=centre)
    names = made.frame["stype"] + " " + made.frame["dnum"].astype(str)
    place = dict(zip(names, made.cluster, strict=True))
    counts = np.empty((made.n_clusters, 40), dtype=np.uint16)
    counts[[place[name] for name in case["clusters"]]] = case["counts"]
    return ReplicateDesign(made, "bootstrap", centre, 40, counts)


@cache
def fitted(number: int) -> ps.SurveyFit:
    case = R["models"][number]
    fit = ps.survey_logit if case["family"] == "logit" else ps.survey_linear
    domain = "elementary" if case["domain"] else None
    return fit(case["formula"], replicates_of(case), domain=domain)


def named(term: str) -> str:
    if term == "(Intercept)":
        return "Intercept"
    return re.sub(r"\b(stype|both)([A-Z]\w*)", r"\1[T.\2]", term)


def told(number: int) -> str:
    case = R["models"][number]
    return f"{case['design']} {case['kind']} {'mse ' if case['mse'] else ''}{case['formula']}"


def alike(ours, theirs):
    theirs = np.array(theirs)
    size = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
    np.testing.assert_allclose(ours / size, theirs / size, rtol=0, atol=1e-6)


@pytest.mark.parametrize("number", range(len(R["models"])), ids=told)
def test_estimates_and_covariance(number):
    case, fit = R["models"][number], fitted(number)
    terms = [named(term) for term in case["terms"]]
    table = fit.table.set_index("term").loc[terms]
    np.testing.assert_allclose(table["estimate"], case["estimate"], rtol=1e-6)
    alike(fit.covariance.loc[terms, terms], case["covariance"])


ADJUSTED = [number for number, case in enumerate(R["models"]) if "adjusted" in case]


@pytest.mark.parametrize("number", ADJUSTED, ids=told)
def test_adjusted_means(number):
    case, fit = R["models"][number], fitted(number)
    rates = fit.rates(case["by"]).table
    np.testing.assert_allclose(rates["estimate"], case["adjusted"][:-1], rtol=1e-6)
    covariance = np.array(case["adjusted_covariance"])
    errors = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(rates["std_error"], errors[:-1], rtol=1e-6)
    for reference, away in ((None, [-1, 1, 0]), ("overall", [0, 1, -1])):
        found = fit.effects(case["by"], reference).table.iloc[-1]
        away = np.array(away)
        assert found["estimate"] == pytest.approx(away @ case["adjusted"], rel=1e-6)
        expected = np.sqrt(away @ covariance @ away)
        assert found["std_error"] == pytest.approx(expected, rel=1e-6)


def test_what_is_said():
    case = R["models"][0]
    fit = fitted(0)
    assert "standard errors by the delete-one jackknife (200 replicates" in fit.describe()
    assert "by linearisation" not in fit.describe()
    # The jackknife of a sample of 200 is near the linear error: 2% apart at most, here.
    linear = ps.survey_logit(case["formula"], design("strat")).table["std_error"]
    np.testing.assert_allclose(fit.table["std_error"], linear, rtol=0.2)
    assert fit.test("both").table["p_value"].between(0, 1).all()


FEW = pd.DataFrame(
    {
        "came": [1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0],
        "score": [2.0, 3, 5, 1, 4, 2, 2, 3, 1, 4, 5, 2],
        "group": list("aabbaabbabac"),
        "w": [1.0, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1],
    }
)


def test_twelve_people():
    made = ps.survey_replicates(ps.survey_design(FEW.iloc[:11], weights="w"))
    fit = ps.survey_logit("came ~ group", made)
    # By brute force: left out in turn, the others' weights times 11/10.
    thetas = []
    for at in range(11):
        rest = FEW.iloc[:11].drop(index=at)
        share = rest.groupby("group").apply(lambda g: np.average(g["came"], weights=g["w"]))
        odds = np.log(share / (1 - share))
        thetas.append([odds["a"], odds["b"] - odds["a"]])
    away = np.array(thetas) - np.mean(thetas, axis=0)
    np.testing.assert_allclose(fit.covariance, away.T @ away * 10 / 11, rtol=1e-9)
    assert ps.survey_linear("score ~ 1", made).table["std_error"][0] == pytest.approx(
        ps.survey_estimate(made, "score").table["std_error"][0], rel=1e-9
    )


def test_a_replicate_without_finite_estimates():
    made = ps.survey_replicates(ps.survey_design(FEW, weights="w"))
    with pytest.raises(ps.EstimationError, match=r"in 1 of 12 replicates.*got group\[T.c\]"):
        ps.survey_linear("score ~ group", made)
    # Ann alone of her group said no: without her the odds run off.
    one = FEW.assign(group=list("aabbaabbabab"), came=[1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1])
    one["came"] = np.where(one["group"] == "b", [1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], one["came"])
    made = ps.survey_replicates(ps.survey_design(one))
    with pytest.raises(ps.EstimationError, match=r"group\[T.b\], which rests on few"):
        ps.survey_logit("came ~ group", made)


def test_replicates_below_nought_are_refused():
    frame = FEW.assign(years=[1.0, 1, 1, 1, 2, 2, 2, 9, 1, 1, 2, 3])
    weighting = ps.calibrate(frame, totals={"years": 13.7})
    assert (weighting.weights > 0).all()
    made = ps.survey_replicates(ps.survey_design(frame, weights=weighting))
    with pytest.raises(ps.EstimationError, match="some replicate has weights below 0"):
        ps.survey_linear("score ~ 1", made)


def test_replicates_of_a_design_elsewhere(tmp_path):
    clus1 = design("clus1").frame
    clus1.to_parquet(tmp_path / "clus1.parquet")
    path = str(tmp_path / "clus1.parquet")
    stated = {"weights": "pw", "clusters": "dnum", "fpc": "fpc"}
    for method in ("jackknife", "bootstrap"):
        there, here = (
            ps.survey_replicates(ps.survey_design(data, **stated), method, rng=4, replicates=30)
            for data in (path, clus1)
        )
        ours, theirs = (ps.survey_linear("api00 ~ both + ell", made) for made in (there, here))
        pd.testing.assert_frame_equal(ours.table, theirs.table)


@pytest.mark.parametrize("case", R["totals"], ids=lambda case: case["design"])
def test_differences_between_totals(case):
    made = ps.survey_replicates(design(case["design"]))
    found = ps.survey_estimate(made, "api00", by="awards", statistic="total")
    assert found.table["category"].tolist() == case["categories"]
    np.testing.assert_allclose(found.table["estimate"], case["totals"], rtol=1e-6)
    less = found.differences().table.iloc[0]
    assert less["estimate"] == pytest.approx(case["difference"], rel=1e-6)
    assert less["std_error"] == pytest.approx(case["std_error"], rel=1e-6)
