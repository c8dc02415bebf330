"""Firth's logit: against R's brglm2, closed forms, and rows fitted one by one."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from participation_stats.errors import EstimationError, MissingExtraError
from participation_stats.measure.engagement import firth
from participation_stats.measure.engagement.firth import fit_firth
from participation_stats.measure.engagement.logit import fit_logit

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "firth.json").read_text())
LOG = pd.DataFrame(GOLDEN["log"])


def test_reproduces_brglm2_with_profile_limits():
    fit = fit_firth("attended ~ ethnicity + format", LOG)
    # R's optim stops at a relative 1e-15 of the likelihood, about 1e-6 in its argument.
    for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
        np.testing.assert_allclose(fit.table[name], GOLDEN[name], atol=2e-6, err_msg=name)
    assert fit.log_likelihood == pytest.approx(GOLDEN["log_likelihood"], abs=1e-9)
    assert fit.table["n_units"].tolist() == [
        90, 30, 12, 8, (LOG["format"] == "informal").sum(),
    ]  # fmt: skip


def test_statistic_is_the_signed_root_of_the_likelihood_ratio():
    table = fit_firth("attended ~ ethnicity + format", LOG).table
    np.testing.assert_allclose(2 * stats.norm.sf(table["statistic"].abs()), table["p_value"])
    assert (np.sign(table["statistic"]) == np.sign(table["estimate"])).all()


@pytest.mark.parametrize(("came", "asked"), [((0, 3), (4, 6)), ((5, 2), (5, 2)), ((1, 1), (1, 9))])
def test_saturated_fit_adds_a_half_to_every_cell(came, asked):
    """Jeffreys' prior of a saturated logit is a half to each count (Firth 1993, section 4.3)."""
    rows = [
        (group, int(number < k))
        for group, k, m in zip("AB", came, asked, strict=True)
        for number in range(m)
    ]
    log = pd.DataFrame(rows, columns=["group", "attended"])
    if sum(came) == sum(asked):
        log = pd.concat([log, pd.DataFrame({"group": ["A", "B"], "attended": [0, 0]})])
        asked = tuple(m + 1 for m in asked)
    odds = [(k + 0.5) / (m - k + 0.5) for k, m in zip(came, asked, strict=True)]
    fit = fit_firth("attended ~ group", log)
    found = fit.table["estimate"].tolist()
    assert found == pytest.approx([np.log(odds[0]), np.log(odds[1] / odds[0])], abs=1e-7)
    rates = fit.rates("group").table["estimate"].tolist()
    assert rates == pytest.approx([o / (1 + o) for o in odds], abs=1e-7)


def test_logit_turns_to_firth_only_when_asked():
    with pytest.raises(EstimationError, match="nobody of ethnicity 'Portuguese' ever came"):
        fit_logit("attended ~ ethnicity + format", LOG)
    fit = fit_logit("attended ~ ethnicity + format", LOG, separation="firth")
    assert fit.model == "Firth logit"
    assert "Fitted with Firth's penalty, because nobody of ethnicity 'Portuguese'" in fit.describe()
    np.testing.assert_allclose(fit.table["estimate"], GOLDEN["estimate"], atol=2e-6)
    there = LOG[LOG["ethnicity"] != "Portuguese"]
    assert fit_logit("attended ~ ethnicity + format", there, separation="firth").model == "Logit"


def test_people_are_counted_though_errors_are_not_clustered():
    log = LOG.assign(who=np.arange(len(LOG)) // 2)
    fit = fit_firth("attended ~ format", log, unit="who")
    assert fit.n_units == 45
    assert fit.clustered_by == ""
    assert "as if rows were independent" in fit.describe()


@pytest.mark.parametrize(("came", "said"), [(0, "nobody ever came"), (1, "everybody always came")])
def test_all_or_nothing_cannot_be_fitted(came, said):
    with pytest.raises(EstimationError, match=rf"fit_firth: {said}\. Expected some who came"):
        fit_firth("attended ~ format", LOG.assign(attended=came))


def test_missing_firthmodels_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "firthmodels", None)
    with pytest.raises(MissingExtraError, match="fit_firth: Firth's penalty needs firthmodels"):
        fit_firth("attended ~ format", LOG)


def test_solver_that_gives_up_is_named(monkeypatch):
    monkeypatch.setattr(firth, "MOST_STEPS", 1)
    with pytest.raises(EstimationError, match="fit_firth: no estimates could be found"):
        fit_firth("attended ~ ethnicity + format", LOG)
