"""Whether hazard ratios change with time: against cox.zph, likelihood ratios and known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import participation_stats as ps

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "proportionality.json").read_text())
LUNG = pd.DataFrame(GOLDEN["data"])
# Both are exact functions of the estimates, which statsmodels and survival find to 1e-8 or closer.
SAME = 1e-6


@pytest.mark.parametrize(
    ("run", "time", "ties"),
    [("days", "days", "efron"), ("months", "months", "efron"), ("breslow", "days", "breslow")],
)
def test_same_as_cox_zph(run, time, ties):
    rows = LUNG.assign(duration=LUNG[time])
    fit = ps.fit_hazard("duration ~ sex + age + ecog", rows, method="cox", ties=ties)
    found = fit.proportionality
    assert found["term"].tolist() == ["sex", "age", "ecog", "all together"]
    np.testing.assert_allclose(found["statistic"], GOLDEN[run]["statistic"], rtol=SAME)
    np.testing.assert_allclose(found["p_value"], GOLDEN[run]["p_value"], rtol=SAME)
    assert found["degrees_of_freedom"].tolist() == [1, 1, 1, 3]
    assert "No sign that ratios change with how long people have come (χ²(3) = " in fit.describe()


def people(change, seed, many=3000):
    """Stops with log-odds −1 + 0.5·b + change·b·log t, watched for eight meetings."""
    rng = np.random.default_rng(seed)
    group = np.arange(many) % 2
    duration, event = np.full(many, 8), np.zeros(many, dtype=int)
    for t in range(8, 0, -1):
        eta = -1 + (0.5 + change * np.log(t)) * group
        stops = rng.random(many) < 1 / (1 + np.exp(-eta))
        duration, event = np.where(stops, t, duration), np.where(stops, 1, event)
    return pd.DataFrame({"duration": duration, "event": event, "group": np.where(group, "b", "a")})


@pytest.mark.parametrize("method", ["logit", "cloglog"])
def test_score_test_is_near_the_likelihood_ratio(method):
    """Both test the same and agree to first order."""
    rows = people(-0.25, 3)
    fit = ps.fit_hazard("duration ~ group", rows, method=method)
    changing = "np.log(period) + group:np.log(period)"
    more = ps.fit_hazard("duration ~ group", rows, method=method, baseline=changing)
    ratio = 2 * (more.log_likelihood - fit.log_likelihood)
    found = fit.proportionality.set_index("term")
    assert found.loc["group[T.b]", "statistic"] == pytest.approx(ratio, rel=0.05)
    assert found.loc["all together", "statistic"] == found.loc["group[T.b]", "statistic"]
    # With the change in the model there is nothing left to test of it.
    assert more.proportionality["statistic"].isna().sum() >= 1


@pytest.mark.parametrize("method", ["logit", "cox"])
def test_a_change_is_found_and_none_is_not(method):
    told = ps.fit_hazard("duration ~ group", people(-0.5, 1), method=method)
    assert told.proportionality["p_value"].iloc[0] < 1e-4
    assert "read as averages" in told.describe()


@pytest.mark.slow
def test_p_values_are_even_where_nothing_changes():
    found = [
        ps.fit_hazard("duration ~ group", people(0.0, seed, many=300)).proportionality
        for seed in range(60)
    ]
    values = [table["p_value"].iloc[0] for table in found]
    # Kolmogorov and Smirnov at one in a thousand.
    assert stats.kstest(values, "uniform").pvalue > 0.001


@pytest.mark.parametrize("baseline", ["1", "C(period)"])
def test_any_baseline(baseline):
    fit = ps.fit_hazard("duration ~ group", people(-0.5, 2), baseline=baseline)
    assert fit.proportionality["term"].tolist() == ["group[T.b]", "all together"]
    assert fit.proportionality["p_value"].iloc[0] < 1e-4


def test_one_meeting_only_tells_nothing():
    rows = pd.DataFrame(
        {"duration": 1, "event": [1, 0, 0, 1, 1, 0, 0, 0], "group": list("abababab")}
    )
    fit = ps.fit_hazard("duration ~ group", rows, baseline="1")
    assert fit.proportionality["statistic"].isna().all()
    assert fit.proportionality["degrees_of_freedom"].eq(0).all()
    assert "Whether ratios change with how long people have come cannot be told." in fit.describe()
