"""GEE by cells: against geepack, the clustered logit, statsmodels and known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "gee.json").read_text())
LOG = pd.DataFrame(GOLDEN["data"])
# geepack is told to go on to 1e-13; what is left is rounding.
SAME = 1e-8
FORMULA = "attended ~ group + format"


@pytest.mark.parametrize("structure", ["exchangeable", "independence"])
def test_same_as_geepack(structure):
    theirs = GOLDEN[structure]
    fit = ps.fit_gee(FORMULA, LOG, unit="who", structure=structure)
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=SAME)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=SAME)
    if structure == "exchangeable":
        assert fit.correlation == pytest.approx(theirs["correlation"], abs=SAME)
        assert fit.scale == pytest.approx(theirs["scale"], abs=SAME)
        assert f"one person is {fit.correlation:.3f}." in fit.describe()


def test_statsmodels_agrees_to_its_own_correction():
    """statsmodels takes the number of terms off its moments: the correlation differs by 1/N."""
    import statsmodels.api as sm

    rows = sm.GEE.from_formula(
        FORMULA, "who", LOG, family=sm.families.Binomial(), cov_struct=sm.cov_struct.Exchangeable()
    ).fit(maxiter=200)
    fit = ps.fit_gee(FORMULA, LOG, unit="who")
    np.testing.assert_allclose(fit.table["estimate"], rows.params, atol=0.002)
    np.testing.assert_allclose(fit.table["std_error"], rows.bse, rtol=0.002)


def test_independence_is_the_clustered_logit_without_its_factor():
    gee = ps.fit_gee(FORMULA, LOG, unit="who", structure="independence")
    logit = ps.fit_logit(FORMULA, LOG, unit="who")
    np.testing.assert_allclose(gee.table["estimate"], logit.table["estimate"], atol=SAME)
    people, rows, terms = gee.n_units, gee.n_rows, len(gee.table)
    factor = people / (people - 1) * (rows - 1) / (rows - terms)
    ours = gee.table["std_error"] * np.sqrt(factor)
    np.testing.assert_allclose(ours, logit.table["std_error"], rtol=SAME)
    assert gee.correlation == 0


def test_pairs_by_hand():
    """People of two meetings, one group: the rate is the raw one, and the correlation is phi's."""
    log = pd.DataFrame({"who": np.repeat(range(10), 2)})
    log["attended"] = [1, 1] * 4 + [0, 0] * 3 + [1, 0, 0, 1, 1, 0]
    fit = ps.fit_gee("attended ~ 1", log, unit="who")
    rate = 11 / 20
    assert fit.table["estimate"].iloc[0] == pytest.approx(np.log(rate / (1 - rate)))
    both = 4 * (1 - rate) ** 2 + 3 * rate**2 - 3 * rate * (1 - rate)
    assert fit.correlation == pytest.approx(both / 10 / (rate * (1 - rate)))
    assert fit.scale == pytest.approx(1)


@pytest.mark.slow
def test_known_truth_is_covered_by_about_95_in_100_intervals():
    """Beta-binomial people: correlation 1/4 and marginal rates of .3 and .5; 80 logs."""
    truth = np.log(0.5 / 0.5) - np.log(0.3 / 0.7)
    covered, correlations = 0, []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        rate = np.repeat([0.3, 0.5], 80)
        own = rng.beta(3 * rate, 3 * (1 - rate))
        who = np.repeat(np.arange(160), rng.integers(2, 12, 160))
        log = pd.DataFrame({"who": who, "group": np.where(who < 80, "a", "b")})
        log["attended"] = (rng.random(len(who)) < own[who]).astype(int)
        fit = ps.fit_gee("attended ~ group", log, unit="who")
        low, high = fit.table.iloc[1][["conf_low", "conf_high"]]
        covered += low <= truth <= high
        correlations.append(fit.correlation)
    # Fewer than 70 of 80 has a chance below .003 where 95% are covered.
    assert covered >= 70
    assert np.mean(correlations) == pytest.approx(0.25, abs=0.02)


def test_rates_of_a_saturated_model_and_of_frames_in_any_order():
    shuffled = LOG.sample(frac=1, random_state=2)
    first, second = (ps.fit_gee(FORMULA, frame, unit="who") for frame in (LOG, shuffled))
    pd.testing.assert_frame_equal(first.table, second.table, rtol=SAME)
    rates = ps.fit_gee("attended ~ group", LOG, unit="who").rates("group").table
    assert rates["estimate"].between(0, 1).all()
    assert rates["n_units"].sum() == 120


@pytest.mark.parametrize(
    ("change", "options", "kind", "message"),
    [
        ({}, {"structure": "ar"}, InputError, "structure='ar' is no choice"),
        ({}, {"unit": "person"}, InputError, "no column 'person'"),
        ({"who": range(8)}, {}, EstimationError, "nobody has two rows"),
        ({"attended": [0, 1, 1, 0, 0, 0, 0, 0]}, {}, EstimationError, "nobody of group 'b' ever"),
        ({"attended": [0, 1] * 4}, {}, EstimationError, "a correlation of -1.000 cannot be"),
        ({"attended": [1, 1, 0, 0] * 2}, {}, EstimationError, "people who always or never come"),
    ],
)
def test_errors(change, options, kind, message):
    log = pd.DataFrame({"who": [1, 1, 2, 2, 3, 3, 4, 4], "group": list("aaaabbbb")})
    log["attended"] = [1, 1, 0, 1, 1, 0, 0, 0]
    with pytest.raises(kind, match=message):
        ps.fit_gee("attended ~ group", log.assign(**change), **{"unit": "who", **options})


def test_those_with_most_meetings_differ_most():
    """Two regulars with many meetings among people with few: no correlation can be that large."""
    log = pd.DataFrame({"who": np.r_[np.repeat([0, 1], 40), np.repeat(range(2, 90), 3)]})
    log["attended"] = (log["who"] < 2).astype(int)
    log.loc[[0, 1, 100, 200], "attended"] = [0, 0, 1, 1]
    with pytest.raises(
        EstimationError, match=r"those with most meetings the most.*fit_mixed_logit"
    ):
        ps.fit_gee("attended ~ 1", log, unit="who")


def test_few_people_are_said():
    assert (
        "rest on 4 people"
        in ps.fit_gee(
            "attended ~ 1",
            pd.DataFrame({"who": [1, 1, 2, 2, 3, 3, 4, 4], "attended": [1, 1, 0, 1, 1, 0, 0, 0]}),
            unit="who",
        ).describe()
    )
