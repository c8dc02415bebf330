"""Rao and Scott's tests against R's survey and by simulation.

Deliberate difference: degrees of freedom are those of the clusters in which somebody answered
both questions; R takes all of the design. X² is of the n who answered; R's of all rows (it stays
the same in F and p).

Tolerance 1e-7: shares under a known hypothesis cancel to a few digits, and raked weights agree
to 1e-8.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from survey_samples import GOLDEN, R, design, sample
from test_estimates_golden import fitted

import participation_stats as ps

CLOSE = 1e-7


def made(name: str) -> ps.SurveyDesign:
    return fitted({"design": "clus1", "fit": "raked"}) if name == "raked" else design(name)


@pytest.mark.parametrize("case", R["chisq"], ids=lambda c: " ".join([c["design"], *c["pair"]]))
def test_independence(case):
    found = ps.rao_scott_test(made(case["design"]), *case["pair"])
    for ours, theirs in [
        (found.statistic, "F"),
        (found.degrees, "ndf"),
        (found.degrees_error, "ddf"),
        (found.p_value, "p"),
    ]:
        assert ours == pytest.approx(case[theirs], rel=CLOSE)
    np.testing.assert_allclose(found.table["estimate"], case["shares"], rtol=CLOSE)
    size = max(case["errors"])
    np.testing.assert_allclose(
        found.table["std_error"], case["errors"], rtol=CLOSE, atol=1e-9 * size
    )
    first = ps.rao_scott_test(made(case["design"]), *case["pair"], statistic="chisq")
    assert first.statistic == pytest.approx(case["X2"], rel=CLOSE)
    assert first.degrees == case["df"]
    assert first.p_value == pytest.approx(case["p_first"], rel=CLOSE * 100)


@pytest.mark.parametrize("case", R["gof"], ids=lambda c: c["design"])
def test_fit(case):
    known = {"E": 0.7, "H": 0.12, "M": 0.18}
    if case["design"] == "strat":
        with pytest.raises(ps.EstimationError, match="leaves the shares of 'stype' no chance"):
            ps.rao_scott_fit(design("strat"), "stype", known)
        return
    found = ps.rao_scott_fit(design(case["design"]), "stype", known)
    assert found.statistic == pytest.approx(case["statistic"], rel=CLOSE)
    assert found.degrees == pytest.approx(case["df"], rel=CLOSE)
    assert found.p_value == pytest.approx(case["p"], rel=CLOSE)


def test_fit_of_a_survey_of_an_estate():
    case = json.loads((GOLDEN / "golden_svygofchisq_R.json").read_text(encoding="utf-8"))
    groups = [name for name, count in case["counts"].items() for _ in range(count)]
    frame = pd.DataFrame({"ethnicity": groups, "weight": 3000 / 256, "population": 3000})
    survey = ps.survey_design(frame, weights="weight", fpc="population")
    found = ps.rao_scott_fit(survey, "ethnicity", case["W"])
    assert found.statistic == pytest.approx(case["stat"], rel=CLOSE)
    assert found.p_value == pytest.approx(case["p"], rel=CLOSE)
    assert found.degrees == pytest.approx(case["parameter"]["df"], rel=CLOSE)
    np.testing.assert_allclose(found.table["std_error"], list(case["se"].values()), rtol=CLOSE)
    np.testing.assert_allclose(found.table["share"], list(case["W"].values()), rtol=CLOSE)


def test_a_simple_sample_is_pearsons_test():
    frame = sample("apisrs")
    found = ps.rao_scott_test(ps.survey_design(frame), "stype", "awards", statistic="chisq")
    table = pd.crosstab(frame["stype"], frame["awards"])
    pearson = stats.chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(pearson.statistic)
    # Errors of the sample's own shares, not of those under independence: near, not equal.
    assert found.p_value == pytest.approx(pearson.pvalue, rel=0.5)


@pytest.mark.slow
def test_it_holds_its_level():
    # 30 clusters alike within: a test that takes people as independent rejects far too often.
    rng = np.random.default_rng(3)
    p_values, naive = [], []
    for _ in range(300):
        group = (rng.random(30) < 0.5).repeat(10)
        answer = rng.random(300) < rng.beta(2, 2, 30).repeat(10)
        frame = pd.DataFrame({"c": np.arange(30).repeat(10), "g": group, "a": answer})
        survey = ps.survey_design(frame, clusters="c")
        p_values.append(ps.rao_scott_test(survey, "g", "a").p_value)
        naive.append(stats.chi2_contingency(pd.crosstab(group, answer), correction=False).pvalue)
    # 5% ± 4 standard errors of 300 draws.
    assert np.mean(np.array(p_values) < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean(np.array(naive) < 0.05) > 0.2


def test_missing_answers_are_left_out_and_counted():
    frame = sample("apisrs").copy()
    frame.loc[:19, "awards"] = None
    survey = ps.survey_design(frame)
    found = ps.rao_scott_test(survey, "stype", "awards")
    kept = ps.rao_scott_test(ps.survey_design(frame.iloc[20:]), "stype", "awards")
    assert (found.n, found.n_missing) == (180, 20)
    assert found.table["n"].tolist() == kept.table["n"].tolist()
    # Domain by zeroing: twenty clusters more in the variance.
    assert found.statistic == pytest.approx(kept.statistic, rel=0.01)
    released = ps.protect(found, ps.Policy.publish())
    assert released.table["suppressed"].any()


REFUSED = [
    (("stype", "ward"), {}, ps.InputError, "no column 'ward'"),
    (("stype", "stype"), {}, ps.InputError, "'stype' is tested against itself"),
    (("stype", "awards"), {"statistic": "wald"}, ps.InputError, "statistic 'wald' is not known"),
    (("stype", "same"), {}, ps.EstimationError, "'same' has the same answer from everybody"),
    (("stype", "none"), {}, ps.EstimationError, "got nobody who answered"),
]


@pytest.mark.parametrize(("names", "given", "kind", "words"), REFUSED)
def test_refusals(names, given, kind, words):
    survey = ps.survey_design(sample("apisrs").assign(same="x", none=None))
    with pytest.raises(kind) as found:
        ps.rao_scott_test(survey, *names, **given)
    assert "rao_scott_test: " in str(found.value)
    assert words in str(found.value)


def test_tables_that_cannot_be_tested():
    frame = pd.DataFrame({"a": list("xyzxyz"), "b": list("123123")})
    with pytest.raises(ps.EstimationError, match=r"too many combinations with nobody \(6\)"):
        ps.rao_scott_test(ps.survey_design(frame), "a", "b")
    whole = frame.assign(b=list("121212"), drawn=1.0)
    with pytest.raises(ps.EstimationError, match="leaves the table no chance to differ"):
        ps.rao_scott_test(ps.survey_design(whole, fpc="drawn"), "a", "b")


def test_refused_shares():
    survey = ps.survey_design(sample("apisrs"))
    with pytest.raises(ps.InputError, match="'M' of 'stype' is on one side only"):
        ps.rao_scott_fit(survey, "stype", {"E": 0.7, "H": 0.3})
    with pytest.raises(ps.InputError, match="shares of 'stype' are not all above 0"):
        ps.rao_scott_fit(survey, "stype", {"E": 0.7, "H": 0.3, "M": 0})
    frame = pd.DataFrame({"a": ["x", "y"], "s": ["1", "2"]})
    lonely = ps.survey_design(frame, strata="s", lonely="certainty")
    with pytest.raises(ps.EstimationError, match="no more clusters than strata"):
        ps.rao_scott_fit(lonely, "a", {"x": 1, "y": 1})
