"""Comparing two models: against statsmodels' tests and criteria, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.engagement.counts import fit_counts
from participation_stats.measure.engagement.firth import fit_firth
from participation_stats.measure.engagement.gee import fit_gee
from participation_stats.measure.engagement.logit import fit_logit

# Two solutions of the same equations in double precision.
SAME = 1e-8


def log_of(people=200, seed=4):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), rng.integers(3, 20, people))
    log = pd.DataFrame({"who": who, "group": rng.choice(["A", "B", "C"], people)[who]})
    log["age"] = rng.integers(2, 8, people)[who] * 10
    log["format"] = rng.choice(["formal", "informal"], len(who))
    eta = -0.3 + 0.5 * (log["group"] == "B") - 0.4 * (log["format"] == "formal")
    log["attended"] = rng.random(len(who)) < 1 / (
        1 + np.exp(-eta - rng.normal(0, 0.7, people)[who])
    )
    log["attended"] = log["attended"].astype(int)
    return log


def rows_fit(right, log, **options):
    return sm.formula.glm(f"attended ~ {right}", log, family=sm.families.Binomial()).fit(
        tol=1e-14, **options
    )


def test_independent_rows_are_compared_by_likelihood():
    log = log_of()
    small, large = (fit_logit(f"attended ~ {r}", log) for r in ("format", "format * group"))
    found = small.compare(large)
    theirs = [rows_fit(r, log) for r in ("format", "format * group")]
    expected = 2 * (theirs[1].llf - theirs[0].llf)
    assert found.test == "likelihood ratio"
    assert found.statistic == pytest.approx(expected, rel=SAME)
    assert found.degrees_of_freedom == 4
    assert found.p_value == pytest.approx(stats.chi2.sf(expected, 4), rel=1e-6)
    np.testing.assert_allclose(found.table["aic"], [fit.aic for fit in theirs], rtol=SAME)
    np.testing.assert_allclose(found.table["bic"], [fit.bic_llf for fit in theirs], rtol=SAME)
    assert found.table["qic"].isna().all()
    pd.testing.assert_frame_equal(large.compare(small).table, found.table)


def test_clustered_models_are_compared_by_a_robust_wald_test():
    log = log_of()
    small, large = (
        fit_logit(f"attended ~ {r}", log, unit="who") for r in ("format", "format + group + age")
    )
    found = small.compare(large)
    theirs = rows_fit(
        "format + group + age", log, cov_type="cluster", cov_kwds={"groups": log["who"]}
    )
    wald = theirs.wald_test("group[T.B] = 0, group[T.C] = 0, age = 0", scalar=True, use_f=False)
    assert found.test == "Wald"
    assert found.statistic == pytest.approx(float(wald.statistic), rel=SAME)
    assert found.p_value == pytest.approx(float(wald.pvalue), rel=1e-6)
    assert found.p_value < 0.05
    assert found.sentence.startswith("group and age add to attended ~ format (Wald test, clust")
    assert "Wald test, clustered by who: χ² = " in found.sentence


def test_terms_in_another_coding_are_found_to_be_held():
    """Of two codings of one model, constraints follow from the designs: Wald is the same."""
    log = log_of()
    small = fit_logit("attended ~ 0 + format", log, unit="who")
    plain = fit_logit("attended ~ format", log, unit="who")
    large = fit_logit("attended ~ format + group", log, unit="who")
    found = small.compare(large)
    assert found.degrees_of_freedom == 2
    assert found.statistic == pytest.approx(plain.compare(large).statistic, rel=SAME)
    assert small.compare(plain).sentence == "The two models are the same."
    assert np.isnan(small.compare(plain).p_value)


def test_qic_and_wald_are_those_of_geepack():
    """Errors without a small-sample factor on both sides, so that ours come from fit_gee."""
    golden = Path(__file__).parents[2] / "golden"
    log = pd.DataFrame(json.loads((golden / "gee.json").read_text())["data"])
    theirs = json.loads((golden / "fit_comparison.json").read_text())
    small, large = (
        fit_gee(f"attended ~ {right}", log, unit="who", structure="independence")
        for right in ("format", "format + group")
    )
    found = small.compare(large)
    # geepack stops at steps of 1e-13.
    np.testing.assert_allclose(found.table["qic"], theirs["qic"], rtol=SAME)
    assert found.test == "Wald"
    assert found.statistic == pytest.approx(theirs["wald"], rel=1e-7)
    assert found.degrees_of_freedom == theirs["df"]
    assert found.p_value == pytest.approx(theirs["p_value"], rel=1e-6)
    assert found.table[["aic", "bic"]].isna().all(axis=None)


def test_models_that_do_not_hold_one_another_have_criteria_only():
    log = log_of()
    found = fit_logit("attended ~ group", log).compare(fit_logit("attended ~ format", log))
    assert found.test == ""
    assert np.isnan(found.statistic)
    assert found.sentence.startswith("Neither model holds the other, so that no test")
    assert "AIC prefers Logit of 'attended ~ group' by" in found.sentence
    clustered = fit_logit("attended ~ group", log, unit="who")
    other = fit_logit("attended ~ format", log, unit="who")
    assert "QIC prefers" in clustered.compare(other).sentence


def test_penalised_and_weighted_likelihoods_are_not_compared_as_such():
    log = log_of().assign(weight=2.0)
    firth = [
        fit_firth(f"attended ~ {right}", log, unit="who") for right in ("format", "format + group")
    ]
    assert firth[0].compare(firth[1]).test == "Wald"
    weighted = [
        fit_logit(f"attended ~ {right}", log, weights="weight")
        for right in ("format", "format + group")
    ]
    found = weighted[0].compare(weighted[1])
    assert found.test == "Wald"
    assert found.table["aic"].isna().all()
    mixed = firth[0].compare(fit_gee("attended ~ format", log, unit="who"))
    assert mixed.sentence.endswith("no information criterion in common.")


def test_counts_are_compared_by_likelihood():
    quine = pd.read_csv(Path(__file__).parents[2] / "golden" / "quine_absence.csv")
    small, large = (
        fit_counts(f"Days ~ {right}", quine, family="nb2") for right in ("Eth", "Eth + Sex + Age")
    )
    found = small.compare(large)
    assert found.test == "likelihood ratio"
    assert found.degrees_of_freedom == 4
    assert found.statistic == pytest.approx(2 * (large.log_likelihood - small.log_likelihood))
    poisson = fit_counts("Days ~ Eth", quine)
    assert "AIC prefers" in poisson.compare(small).sentence


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda log: log.iloc[5:], "fitted to different data.*the same people.*data.dropna"),
        (
            lambda log: log.assign(attended=lambda d: d["attended"].to_numpy()[::-1]),
            "fitted to different data",
        ),
    ],
)
def test_different_data_are_refused(other, message):
    log = log_of()
    first = fit_logit("attended ~ group", log, unit="who")
    with pytest.raises(InputError, match=message):
        first.compare(fit_logit("attended ~ format", other(log), unit="who"))


def test_rows_left_out_by_one_model_only_are_named():
    log = log_of().astype({"group": "str"})
    log.loc[:3, "group"] = None
    first = fit_logit("attended ~ format", log, unit="who")
    with pytest.raises(InputError, match=r"\(0 left out\), and .* \(4 left out\)"):
        first.compare(fit_logit("attended ~ format + group", log, unit="who"))


def test_other_responses_are_refused():
    log = log_of().assign(spoke=lambda d: d["attended"])
    first = fit_logit("attended ~ group", log, unit="who")
    with pytest.raises(InputError, match="models of 'attended' and of 'spoke' cannot be compared"):
        first.compare(fit_logit("spoke ~ group", log, unit="who"))


def test_a_test_of_a_term_that_rests_on_few_is_withheld():
    log = log_of()
    log.loc[log["who"] < 6, "group"] = "Few"
    small, large = (
        fit_logit(f"attended ~ {right}", log, unit="who") for right in ("format", "format + group")
    )
    found = small.compare(large)
    released = ps.protect(found, ps.Policy.publish()).table
    assert found.table["n_units"].tolist()[1] == 6
    assert released["suppressed"].tolist() == [False, True]
    gone = released[["n_units", "log_likelihood", "statistic", "p_value", "sentence"]].iloc[1]
    assert gone.isna().all()


def test_poisson_and_nb2_are_two_kinds():
    counts = pd.DataFrame({"came": np.random.default_rng(8).negative_binomial(1, 0.3, 60)})
    counts["group"] = np.where(np.arange(60) % 2 == 0, "A", "B")
    one, other = (
        ps.fit_counts("came ~ group", counts, family=family) for family in ("poisson", "nb2")
    )
    told = one.compare(other).sentence
    assert told.startswith("The models are of two kinds, so that no test of terms compares them;")
    assert "AIC prefers Negative binomial" in told


def test_several_terms_are_listed():
    log = pd.DataFrame({"who": np.repeat(np.arange(60), 6)})
    rng = np.random.default_rng(2)
    for name in "abc":
        log[name] = rng.choice(["x", "y"], len(log))
    log["attended"] = rng.integers(0, 2, len(log))
    small, large = (ps.fit_logit(f"attended ~ {right}", log) for right in ("1", "a + b + c"))
    assert small.compare(large).sentence.startswith("a, b and c add nothing certain to attended ~")
