"""Models of a survey against svyglm, regTermTest and adjusted means of R's survey package.

Deliberate differences:

=======================  ==================================  ==================================
what                     R survey 4.1                        here
=======================  ==================================  ==================================
p of the working         saddlepoint by default              Satterthwaite's F (R: lrt.approxi-
likelihood ratio                                             mation = "satterthwaite")
variance of adjusted     svypredmeans adds the variance of   one linearisation of both, which
means                    the covariates' distribution to     counts their covariance; in R by
                         that of the model                   hand from svytotal
intervals of adjusted    symmetric                           on the logit scale
proportions
=======================  ==================================  ==================================

Tolerance 1e-6 relative, as asked; both sides iterate until scores are nought to rounding.
Statistics that are nought by symmetry are compared absolutely.
"""

import json
import re
from functools import cache

import numpy as np
import pytest
from api_samples import GOLDEN, design
from scipy import stats

import participation_stats as ps

R = json.loads((GOLDEN / "regressions.json").read_text(encoding="utf-8"))
CLOSE = {"rtol": 1e-6, "atol": 1e-9}


@cache
def fitted(number: int) -> ps.SurveyFit:
    case = R["models"][number]
    fit = ps.survey_logit if case["family"] == "logit" else ps.survey_linear
    domain = "elementary" if case["domain"] else None
    return fit(case["formula"], design(case["design"]), domain=domain)


def named(term: str) -> str:
    """R's name of a term as formulaic writes it."""
    if term == "(Intercept)":
        return "Intercept"
    return re.sub(r"\b(stype|both)([A-Z]\w*)", r"\1[T.\2]", term)


def told(number: int) -> str:
    case = R["models"][number]
    return f"{case['design']} {case['formula']}{' domain' if case['domain'] else ''}"


CASES = pytest.mark.parametrize("number", range(len(R["models"])), ids=told)


@CASES
def test_estimates_and_covariance(number):
    case, fit = R["models"][number], fitted(number)
    terms = [named(term) for term in case["terms"]]
    table = fit.table.set_index("term").loc[terms]
    assert (fit.n_units, fit.degrees_freedom) == (case["n"], case["df"])
    np.testing.assert_allclose(table["estimate"], case["estimate"], **CLOSE)
    covariance = np.array(case["covariance"])
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    # Covariances near nought are sums that cancel: compared by the size of their variances.
    np.testing.assert_allclose(
        fit.covariance.loc[terms, terms] / size, covariance / size, rtol=0, atol=1e-6
    )
    # A limit or a t near nought is as sure as its estimate is, in standard errors.
    for ours, theirs in (("conf_low", "low"), ("conf_high", "high")):
        gap = (table[ours] - case[theirs]) / table["std_error"]
        assert np.abs(gap).max() < 1e-6
    np.testing.assert_allclose(table["statistic"], case["statistic"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(table["p_value"], case["p_value"], rtol=1e-5, atol=1e-12)


@CASES
def test_whole_terms(number):
    case, fit = R["models"][number], fitted(number)
    terms = fit.test(case["test"]).table.set_index("test")
    wald = terms.loc["Wald F"]
    assert wald["statistic"] == pytest.approx(case["wald"]["F"], rel=1e-6)
    assert (wald["df_numerator"], wald["df_denominator"]) == (
        case["wald"]["df"],
        case["wald"]["ddf"],
    )
    assert wald["p_value"] == pytest.approx(case["wald"]["p"], rel=1e-5)
    ratio, effects = terms.loc["Rao–Scott likelihood ratio"], np.array(case["lrt"]["lambda"])
    # R takes the difference of two deviances near 1e3 (linear: 1e6), good to ten digits of them.
    assert ratio["statistic"] == pytest.approx(case["lrt"]["chisq"] / effects.sum(), rel=1e-6)
    assert ratio["p_value"] == pytest.approx(case["lrt"]["p"], rel=1e-5, abs=1e-14)


@pytest.mark.parametrize(
    "number",
    [number for number, case in enumerate(R["models"]) if case["adjusted"]],
    ids=told,
)
def test_adjusted_means(number):
    case, fit = R["models"][number], fitted(number)
    told = case["adjusted"]
    rates = fit.rates(told["by"]).table
    assert rates["category"].tolist() == told["levels"]
    np.testing.assert_allclose(rates["estimate"], told["estimate"][:-1], **CLOSE)
    covariance = np.array(told["covariance"])
    np.testing.assert_allclose(rates["std_error"], np.sqrt(np.diag(covariance))[:-1], **CLOSE)
    # Against everybody as they are, and against the first level, with covariance.
    estimate, last = np.array(told["estimate"]), len(told["estimate"]) - 1
    for reference, base, places in (
        ("overall", last, range(last)),
        (None, 0, range(1, last)),
    ):
        found = fit.effects(told["by"], reference=reference).table
        np.testing.assert_allclose(
            found["estimate"], [estimate[at] - estimate[base] for at in places], **CLOSE
        )
        error = [
            np.sqrt(covariance[at, at] + covariance[base, base] - 2 * covariance[at, base])
            for at in places
        ]
        np.testing.assert_allclose(found["std_error"], error, **CLOSE)
        t = found["estimate"] / found["std_error"]
        np.testing.assert_allclose(found["p_value"], 2 * stats.t.sf(abs(t), case["df"]), rtol=1e-9)


def test_svypredmeans_has_the_same_estimates_and_nearly_the_same_errors():
    told = R["svypredmeans"]
    fit = ps.survey_logit("high ~ ell + meals + both", design("strat"))
    rates = fit.rates("both").table.set_index("category").loc[told["levels"]]
    np.testing.assert_allclose(rates["estimate"], told["estimate"], **CLOSE)
    # It leaves out the covariance of the two parts, which is nought only on average.
    np.testing.assert_allclose(rates["std_error"], told["std_error"], rtol=0.1)
