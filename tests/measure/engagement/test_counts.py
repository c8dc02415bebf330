"""Counts: against R (MASS, pscl, sandwich), closed forms and simulation with known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

GOLDEN = Path(__file__).parents[2] / "golden"

# R's glm is told to go on to 1e-14 and ours stops at 1e-9: what is left is below 1e-7. MASS stops
# its alternation for theta at about 1e-7 of the likelihood, which moves estimates by 1e-6; pscl
# maximises by BFGS and differentiates numerically, good to about four digits of an error.
EXACT, MASS, PSCL, PSCL_ERRORS = 1e-7, 1e-5, 1e-4, 1e-3


@pytest.fixture(scope="module")
def golden():
    return json.loads((GOLDEN / "counts.json").read_text())


@pytest.fixture(scope="module")
def quine():
    frame = pd.read_csv(GOLDEN / "quine_absence.csv")
    place = np.arange(1, len(frame) + 1)
    return frame.assign(term=40 + place % 7, family=(place * 7) % 50)


FULL = "Days ~ Eth + Sex + Age + Lrn"
SHORT = "Days ~ Eth + Sex"


@pytest.mark.parametrize(
    ("case", "formula", "options", "close", "errors"),
    [
        ("poisson_robust", FULL, {}, EXACT, EXACT),
        ("poisson_clustered", SHORT, {"exposure": "term", "unit": "family"}, EXACT, EXACT),
        ("nb2", FULL, {"family": "nb2"}, MASS, MASS),
        ("nb2_exposed", SHORT, {"family": "nb2", "exposure": "term"}, MASS, MASS),
        ("zip", SHORT, {"family": "zip", "zeros": "Eth"}, PSCL, PSCL_ERRORS),
        ("zip_exposed", SHORT, {"family": "zip", "exposure": "term"}, PSCL, PSCL_ERRORS),
        ("hurdle", SHORT, {"family": "hurdle"}, PSCL, PSCL_ERRORS),
    ],
)  # fmt: skip
def test_same_as_r(golden, quine, case, formula, options, close, errors):
    theirs = golden[case]
    fit = ps.fit_counts(formula, quine, **options)
    # pscl's hurdle tells the odds of any, ours of none.
    sign = [-1 if case == "hurdle" and t.startswith("zero_") else 1 for t in theirs["term"]]
    expected = np.array(sign) * theirs["estimate"]
    np.testing.assert_allclose(fit.table["estimate"], expected, atol=close)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=errors)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-6)
    if "theta" in theirs:
        assert fit.theta == pytest.approx(theirs["theta"], abs=MASS)
        assert fit.theta_std_error == pytest.approx(theirs["theta_std_error"], abs=MASS)


def test_zero_inflated_negative_binomial_is_pscls(golden):
    theirs = golden["zinb"]
    fit = ps.fit_counts("y ~ group", pd.DataFrame(golden["made"]), family="zinb", zeros="group")
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=PSCL)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=PSCL_ERRORS)
    assert fit.theta == pytest.approx(theirs["theta"], rel=PSCL)
    told = theirs["theta"] * theirs["log_theta_std_error"]
    assert fit.theta_std_error == pytest.approx(told, rel=PSCL_ERRORS)


def test_dispersion_is_that_worked_out_in_r(golden, quine):
    for family in ("poisson", "nb2"):
        fit = ps.fit_counts(FULL, quine, family=family)
        assert fit.overdispersion_statistic == pytest.approx(golden["score_test"], rel=EXACT)
        assert fit.dispersion == pytest.approx(golden["dispersion"], rel=EXACT)
    assert (
        "vary 13.2 times as much as Poisson counts would (score test z = 96.38, p < " in fit.choice
    )
    poisson = ps.fit_counts(FULL, quine)
    assert poisson.zeros == 9
    assert "9 of 146 never came where this model expects 0: a zero-inflated" in poisson.choice
    assert poisson.describe().startswith(
        "Poisson model of Days ~ Eth + Sex + Age + Lrn: 146 counts"
    )
    assert "Groups are compared with F0 (Age), A (Eth)" in poisson.describe()


def test_a_saturated_poisson_gives_the_raw_rates_with_closed_form_errors():
    """One factor: log-rates are of totals, HC1 is the sum of squared residuals over totals."""
    rng = np.random.default_rng(2)
    log = pd.DataFrame({"group": np.repeat(["a", "b", "c"], 30), "open": rng.integers(2, 20, 90)})
    log["came"] = rng.poisson(0.3 * log["open"])
    fit = ps.fit_counts("came ~ group", log, exposure="open")
    total = log.groupby("group")[["came", "open"]].sum()
    rates = fit.rates("group").table.set_index("category")
    raw = total["came"] / total["open"]
    np.testing.assert_allclose(rates["estimate"], raw[rates.index], rtol=EXACT)
    residual = (log["came"] - log["open"] * log["group"].map(raw)) ** 2
    factor = 90 / 87
    meat = residual.groupby(log["group"]).sum() * factor / total["came"] ** 2
    np.testing.assert_allclose(rates["std_error"], raw * np.sqrt(meat), rtol=EXACT)
    assert rates["n_rows"].tolist() == total["open"].tolist()
    assert rates["n_units"].tolist() == [30, 30, 30]
    effects = fit.effects("group").table
    np.testing.assert_allclose(effects["estimate"], raw[["b", "c"]] - raw["a"], rtol=EXACT)
    low, high = rates.loc["a", ["conf_low", "conf_high"]]
    assert np.sqrt(low * high) == pytest.approx(raw["a"])
    ratios = fit.odds_ratios().set_index("term")
    assert ratios.loc["group[T.b]", "estimate"] == pytest.approx(raw["b"] / raw["a"])
    assert fit.ratio == "rate ratio"


@pytest.mark.parametrize("family", ["nb2", "zip", "zinb", "hurdle"])
def test_rates_of_every_family_are_slopes_of_the_mean_by_differences(family):
    """The gradient of the average rate, by central differences (error about 1e-9)."""
    log = made(family, seed=5, people=600)
    fit = ps.fit_counts("came ~ group", log, exposure="open", family=family)
    basis, step = fit.basis, 1e-5
    design = basis.encode(basis.patterns)
    rate, slope = basis.respond(design, basis.parameters)
    for number in range(len(basis.parameters)):
        move = step * np.eye(len(basis.parameters))[number]
        up = basis.respond(design, basis.parameters + move)[0]
        down = basis.respond(design, basis.parameters - move)[0]
        np.testing.assert_allclose(slope[:, number], (up - down) / (2 * step), atol=1e-8)
    assert np.isfinite(fit.rates("group").table["std_error"]).all()
    # A model with an intercept in each part fits totals closely; NB2's are not exact.
    totals = log.groupby("group")[["came", "open"]].sum()
    np.testing.assert_allclose(rate, totals["came"] / totals["open"], rtol=0.1)


def made(family, seed, people=400):
    """Counts with a rate of .3 in group a and .3·e^.5 in group b, of the family asked for."""
    rng = np.random.default_rng(seed)
    log = pd.DataFrame({"group": np.repeat(["a", "b"], people // 2)})
    log["open"] = rng.integers(4, 25, people)
    mean = 0.3 * np.exp(0.5 * (log["group"] == "b")) * log["open"]
    if family in ("nb2", "zinb"):
        mean = mean * rng.gamma(2.0, 0.5, people)
    came = rng.poisson(mean)
    if family == "hurdle":
        while (came == 0).any():
            came = np.where(came == 0, rng.poisson(mean), came)
    if family in ("zip", "zinb", "hurdle"):
        came = np.where(rng.random(people) < 0.3, 0, came)
    return log.assign(came=came)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["poisson", "nb2", "zip", "zinb", "hurdle"])
def test_known_truth_is_covered_by_about_95_in_100_intervals(family):
    """80 logs: fewer than 70 covered has a chance below .003 where 95% are."""
    covered, estimates = 0, []
    for seed in range(80):
        fit = ps.fit_counts("came ~ group", made(family, seed), exposure="open", family=family)
        row = fit.table.set_index("term").loc["group[T.b]"]
        covered += row["conf_low"] <= 0.5 <= row["conf_high"]
        estimates.append(row["estimate"])
    assert covered >= 70
    assert np.mean(estimates) == pytest.approx(0.5, abs=4 * np.std(estimates) / np.sqrt(80))


def test_robust_errors_hold_where_counts_vary_more_than_poisson():
    """Clustered by person over three terms, with a person effect that Poisson does not know."""
    covered = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        lean = rng.gamma(2, 0.5, 200)
        log = pd.DataFrame({"who": np.repeat(np.arange(200), 3)})
        log["group"] = np.where(log["who"] < 100, "a", "b")
        log["came"] = rng.poisson(2 * np.exp(0.5 * (log["group"] == "b")) * lean[log["who"]])
        row = ps.fit_counts("came ~ group", log, unit="who").table.iloc[1]
        covered += row["conf_low"] <= 0.5 <= row["conf_high"]
    assert covered >= 70


def test_order_missing_values_and_other_frames_do_not_matter(tmp_path):
    import polars as pl

    log = made("nb2", 3).assign(who=np.arange(400) // 2)
    first = ps.fit_counts("came ~ group", log, unit="who", exposure="open", family="nb2")
    holes = pd.concat([log, log.head(4).assign(group=None)]).sample(frac=1, random_state=1)
    path = tmp_path / "counts.parquet"
    log.to_parquet(path)
    for data in (holes, pl.from_pandas(log).lazy(), path):
        again = ps.fit_counts("came ~ group", data, unit="who", exposure="open", family="nb2")
        pd.testing.assert_frame_equal(first.table, again.table, rtol=1e-6)
    assert ps.fit_counts("came ~ group", holes, unit="who").n_missing == 4
    assert (first.n_rows, first.n_units) == (400, 200)
    assert "of 200 people; standard errors are clustered by who" in first.describe()


def test_three_people_are_enough_for_one_rate():
    fit = ps.fit_counts("came ~ 1", pd.DataFrame({"came": [1, 2, 3]}))
    assert fit.table["estimate"].iloc[0] == pytest.approx(np.log(2))
    # HC1: sqrt(Σ(y − ȳ)² · n/(n − 1)) / Σy
    assert fit.table["std_error"].iloc[0] == pytest.approx(np.sqrt(2 * 3 / 2) / 6)
    assert "vary no more than Poisson counts would" in fit.choice


def small(**columns):
    base = {"group": list("aabbcc"), "came": [1, 2, 3, 1, 2, 2], "open": [4] * 6}
    return pd.DataFrame(base | columns)


@pytest.mark.parametrize(
    ("change", "options", "kind", "message"),
    [
        ({}, {"family": "gamma"}, InputError, "family='gamma' is no choice. Expected one of"),
        ({}, {"zeros": "1"}, InputError, "zeros='1' with a family that has no part for zeros"),
        ({}, {"confidence": 95}, InputError, "a confidence that is not between 0 and 1"),
        ({}, {"exposure": "came"}, InputError, "'came' is asked for twice"),
        ({}, {"unit": "who"}, InputError, "no column 'who'"),
        ({"came": [1, 2, 3, 1, 2, 0.5]}, {}, InputError, "'came' has 1 values that are no counts"),
        ({"came": [1, 2, 3, 1, 2, -1]}, {}, InputError, "whole numbers from 0 on; got -1"),
        ({"came": list("abcdef")}, {}, InputError, "'came' is not a number"),
        ({"came": [None] * 6}, {}, InputError, "'came' is not a number|no row has every value"),
        ({"came": [np.nan] * 6}, {}, InputError, "no row has every value"),
        ({"open": [4, 4, 0, 4, 4, 4]}, {"exposure": "open"}, InputError, "not above nought"),
        ({"came": [0] * 6}, {}, EstimationError, "nobody ever came"),
        ({"came": [1, 2, 3, 1, 0, 0]}, {"exposure": "open"}, EstimationError,
         r"nobody of group 'c' ever came \(0 of 8\)"),
        ({"came": [1, 2, 2, 1, 2, 2]}, {"family": "nb2"}, EstimationError,
         "vary no more than Poisson counts"),
        ({}, {"family": "zip"}, EstimationError, "the part for zeros has no finite estimate"),
        ({"group": list("abcdef")}, {}, EstimationError, "6 people for 6 terms"),
    ],
)  # fmt: skip
def test_errors(change, options, kind, message):
    with pytest.raises(kind, match=message):
        ps.fit_counts("came ~ group", small(**change), **options)


def test_a_hurdle_where_nobody_came_twice_is_named():
    log = pd.DataFrame({"group": list("aaaaabbbbb"), "came": [0, 1, 2, 3, 1, 0, 1, 1, 1, 0]})
    with pytest.raises(EstimationError, match="nobody who came did so more than once"):
        ps.fit_counts("came ~ group", log, family="hurdle", zeros="1")


@pytest.mark.slow
def test_estimates_that_run_off_are_named_and_never_reported():
    """Random small logs: every fit that comes back has finite estimates and errors."""
    fitted, refused = 0, []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 30))
        log = pd.DataFrame({"group": rng.choice(["a", "b"], n), "came": rng.poisson(1.5, n)})
        for family in ("poisson", "nb2", "zip", "zinb", "hurdle"):
            try:
                fit = ps.fit_counts("came ~ group", log, family=family)
            except (EstimationError, InputError) as error:
                refused.append(error.what)
                continue
            fitted += 1
            assert np.isfinite(fit.table[["estimate", "std_error"]]).all(axis=None)
    assert fitted > 60
    assert not [told for told in refused if "did not settle" in told]


def test_two_factors_of_which_a_combination_never_came_are_named():
    log = pd.DataFrame({"a": list("xxyy") * 3, "b": list("pqpq") * 3, "came": [1, 2, 2, 0] * 3})
    with pytest.raises(EstimationError, match="nobody of a × b 'y × q' ever came"):
        ps.fit_counts("came ~ a * b", log)
    # Without the interaction the same counts have finite estimates.
    assert ps.fit_counts("came ~ a + b", log).converged


def test_everybody_always_present_has_no_test_and_says_so():
    log = pd.DataFrame({"gender": list("FFFFMMMM"), "came": [5, 4, 3, 6, 2, 7, 5, 5]})
    log["open"] = log["came"]
    fit = ps.fit_counts("came ~ gender", log, exposure="open")
    assert "Nobody differs from the fitted rate, so that the errors are nought." in fit.note
    assert fit.table[["statistic", "p_value"]].isna().all(axis=None)
    assert fit.rates("gender").table["estimate"].tolist() == pytest.approx([1, 1])


def test_few_people_and_counts_above_the_exposure_are_said():
    log = pd.DataFrame({"gender": list("FFFMMM"), "came": [1, 2, 3, 0, 1, 1], "open": 2})
    fit = ps.fit_counts("came ~ gender", log, exposure="open")
    assert "In 1 row the count is above open. Errors rest on 6 people" in fit.note
    with pytest.raises(EstimationError, match="1 person for 1 terms"):
        ps.fit_counts("came ~ 1", log.head(1))
