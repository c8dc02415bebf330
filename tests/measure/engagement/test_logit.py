"""The collapsed logit is the logit on rows: against statsmodels, closed forms and known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement import likelihood
from participation_stats.measure.engagement.logit import fit_logit
from participation_stats.measure.inference.separation import separated_terms

# Both sides solve the same equations in double precision; statsmodels stops at 1e-8 unless told
# otherwise, so it is told to go on to 1e-14. What is left is rounding in sums of 6,000 rows.
SAME = 1e-8

GROUPS = ["Black African", "Black Caribbean", "White British", "Other"]


def log_of(people=300, seed=1, varying=True):
    """Person-meetings with person-level and within-person covariates, and a person effect."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), rng.integers(1, 40, people))
    group = rng.choice(GROUPS, people)[who]
    age = rng.integers(2, 8, people)[who] * 10.0
    formal = rng.choice(["formal", "informal"], len(who)) if varying else "formal"
    lean = rng.normal(0, 0.7, people)[who]
    eta = -0.5 + 0.8 * (group == "White British") - 0.6 * (formal == "formal") + lean
    came = (rng.random(len(who)) < 1 / (1 + np.exp(-eta))).astype(int)
    return pd.DataFrame(
        {"who": who, "group": group, "age": age, "format": formal, "attended": came}
    )


def rows_fit(formula, log, clustered):
    options = {"cov_type": "cluster", "cov_kwds": {"groups": log["who"]}} if clustered else {}
    return sm.formula.glm(formula, log, family=sm.families.Binomial()).fit(tol=1e-14, **options)


@pytest.mark.parametrize("clustered", [True, False])
@pytest.mark.parametrize(
    "right", ["group", "format", "group + format", "group * format + age", "age", "1"]
)
def test_identical_to_the_fit_on_rows(right, clustered):
    log = log_of()
    ours = fit_logit(f"attended ~ {right}", log, unit="who" if clustered else None)
    theirs = rows_fit(f"attended ~ {right}", log, clustered)
    table = ours.table.set_index("term")
    assert set(table.index) == set(theirs.params.index)
    np.testing.assert_allclose(table["estimate"], theirs.params[table.index], rtol=0, atol=SAME)
    np.testing.assert_allclose(table["std_error"], theirs.bse[table.index], rtol=SAME)
    np.testing.assert_allclose(table["p_value"], theirs.pvalues[table.index], atol=SAME)
    limits = theirs.conf_int().loc[table.index].to_numpy()
    np.testing.assert_allclose(table[["conf_low", "conf_high"]], limits, atol=SAME)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=SAME)
    assert ours.converged
    assert ours.n_rows == len(log)


def test_order_of_rows_and_names_of_people_do_not_matter():
    log = log_of()
    shuffled = log.sample(frac=1, random_state=3).assign(who=lambda d: "p" + d["who"].astype(str))
    first = fit_logit("attended ~ group + format", log, unit="who").table
    second = fit_logit("attended ~ group + format", shuffled, unit="who").table
    pd.testing.assert_frame_equal(first, second, rtol=SAME)


def test_polars_and_arrow_give_the_same_numbers():
    import polars as pl

    log = log_of()
    first = fit_logit("attended ~ group + format", log, unit="who").table
    for frame in (pl.from_pandas(log), pl.from_pandas(log).lazy()):
        second = fit_logit("attended ~ group + format", frame, unit="who").table
        pd.testing.assert_frame_equal(first, second, rtol=SAME)


def test_saturated_model_gives_the_raw_rates():
    log = log_of()
    fit = fit_logit("attended ~ group", log, unit="who")
    rates = fit.rates("group").table.set_index("category")
    raw = log.groupby("group")["attended"].agg(["mean", "size"])
    np.testing.assert_allclose(rates["estimate"], raw.loc[rates.index, "mean"], atol=SAME)
    assert rates["n_rows"].tolist() == raw.loc[rates.index, "size"].tolist()
    people = log.groupby("group")["who"].nunique()
    assert rates["n_units"].tolist() == people[rates.index].tolist()


def test_rates_and_effects_are_averages_over_rows_with_delta_method_errors():
    """By hand on every row, with the gradient by central differences (error about 1e-9)."""
    log = log_of()
    fit = fit_logit("attended ~ group + format + age", log, unit="who")
    rows = rows_fit("attended ~ group + format + age", log, clustered=True)

    def rate(level, beta):
        columns = {"Intercept": 1.0, "age": log["age"]}
        columns |= {"format[T.informal]": (log["format"] == "informal").astype(float)}
        columns |= {f"group[T.{name}]": float(name == level) for name in GROUPS}
        x = pd.DataFrame(columns, index=log.index)[list(rows.params.index)].to_numpy()
        return float(np.mean(1 / (1 + np.exp(-x @ beta))))

    beta, covariance = rows.params.to_numpy(), rows.cov_params().to_numpy()
    step = 1e-5 * np.eye(len(beta))
    values, gradients = {}, {}
    for level in GROUPS:
        values[level] = rate(level, beta)
        gradients[level] = np.array(
            [(rate(level, beta + s) - rate(level, beta - s)) / 2e-5 for s in step]
        )
    rates = fit.rates("group").table.set_index("category")
    effects = fit.effects("group", reference="Other").table.set_index("category")
    for level in GROUPS:
        error = np.sqrt(gradients[level] @ covariance @ gradients[level])
        assert rates.loc[level, "estimate"] == pytest.approx(values[level], abs=SAME)
        assert rates.loc[level, "std_error"] == pytest.approx(error, rel=1e-6)
        assert 0 < rates.loc[level, "conf_low"] < values[level] < rates.loc[level, "conf_high"] < 1
        if level == "Other":
            continue
        slope = gradients[level] - gradients["Other"]
        assert effects.loc[level, "estimate"] == pytest.approx(values[level] - values["Other"])
        assert effects.loc[level, "std_error"] == pytest.approx(
            np.sqrt(slope @ covariance @ slope), rel=1e-6
        )


def test_effect_of_a_factor_of_two_is_statsmodels_marginal_effect():
    log = log_of()
    ours = fit_logit("attended ~ group + age + format", log, unit="who").effects("format").table
    rows = sm.formula.logit("attended ~ group + age + format", log).fit(
        disp=0, tol=1e-14, cov_type="cluster", cov_kwds={"groups": log["who"]}
    )
    frame = rows.get_margeff(dummy=True).summary_frame().loc["format[T.informal]"]
    assert ours.loc[0, "estimate"] == pytest.approx(frame["dy/dx"], abs=SAME)
    assert ours.loc[0, "std_error"] == pytest.approx(frame["Std. Err."], rel=1e-6)


def test_intersections_and_lists_in_rates_and_effects():
    log = log_of()
    fit = fit_logit("attended ~ group * format", log, unit="who")
    both = fit.rates(["group", ("group", "format")]).table
    assert both["variable"].unique().tolist() == ["group", "group × format"]
    # The model is saturated in the intersection: its rates are the raw ones.
    raw = log.groupby(["group", "format"])["attended"].agg(["mean", "size"])
    crossed = both[both["variable"] == "group × format"].set_index("category")
    for (group, kind), row in raw.iterrows():
        assert crossed.loc[f"{group} × {kind}", "estimate"] == pytest.approx(row["mean"], abs=SAME)
        assert crossed.loc[f"{group} × {kind}", "n_rows"] == row["size"]
    effects = fit.effects(("group", "format"), reference=("Other", "formal")).table
    assert (effects["reference"] == "Other × formal").all()
    assert len(effects) == 7
    # Each list entry is a family of its own for Holm.
    apart = fit.effects("format").table["p_adjusted"].iloc[0]
    together = fit.effects(["group", "format"]).table.set_index("variable")["p_adjusted"]
    assert together.loc["format"] == apart


def test_effects_against_everybody_average_to_nought_in_a_saturated_model():
    log = log_of()
    effects = fit_logit("attended ~ group", log, unit="who").effects("group", "overall").table
    weighted = (effects["estimate"] * effects["n_rows"]).sum() / effects["n_rows"].sum()
    assert weighted == pytest.approx(0, abs=SAME)
    assert (effects["p_adjusted"] >= effects["p_value"]).all()


@pytest.mark.slow
def test_known_truth_is_covered_as_often_as_promised():
    """400 logs of 200 people whose meetings share a person effect; slope of a group is known.

    The population-averaged slope of a logit with a normal person effect has no closed form, so
    people here have no effect of their own and the truth is the slope itself. The number of
    covering intervals is binomial(400, .95): 95% of draws lie in 371 to 388; the bounds leave
    one chance in 10,000.
    """
    rng = np.random.default_rng(11)
    truth, covered = 0.7, 0
    who = np.repeat(np.arange(200), 8)
    group = np.where(np.arange(200) % 3 == 0, "B", "A")[who]
    for _ in range(400):
        came = rng.random(len(who)) < 1 / (1 + np.exp(0.4 - truth * (group == "B")))
        log = pd.DataFrame({"who": who, "group": group, "attended": came})
        row = fit_logit("attended ~ group", log, unit="who").table.iloc[1]
        covered += row["conf_low"] <= truth <= row["conf_high"]
    low, high = stats.binom(400, 0.95).ppf([5e-5, 1 - 5e-5])
    assert low <= covered <= high


def test_a_file_gives_the_numbers_of_its_frame(tmp_path):
    log = log_of().assign(meeting_id=lambda d: d.index % 12)
    log.to_parquet(tmp_path / "log.parquet")
    log.to_csv(tmp_path / "log.csv", index=False)
    first = fit_logit("attended ~ group + format + age", log, unit="who")
    assert first.n_meetings == 12
    assert " at 12 meetings" in first.describe()
    for name in ("log.parquet", "log.csv"):
        second = fit_logit("attended ~ group + format + age", tmp_path / name, unit="who")
        pd.testing.assert_frame_equal(first.table, second.table, rtol=SAME)
        assert second.facts() == first.facts()


def test_description_says_with_whom_groups_are_compared():
    bands = pd.Categorical(["young", "old"] * 30, categories=["young", "old", "never met"])
    log = pd.DataFrame({"band": bands, "origin": ["Other", "Zambia", "Other"] * 20})
    log["attended"] = [n % 7 in (0, 3) for n in range(60)]
    fit = fit_logit("attended ~ band + origin", log)
    assert fit.references == {"band": "young", "origin": "Zambia"}
    assert fit.describe() == (
        "Logit of attended ~ band + origin: 60 person-meetings, collapsed without "
        "loss to 4 covariate patterns; rows are taken as independent. Groups are compared with "
        "young (band), Zambia (origin)."
    )


def test_missing_values_are_left_out_and_counted():
    log = log_of()
    holes = log.astype({"group": "str"})
    holes.loc[:9, "group"] = None
    holes.loc[5:14, "attended"] = None
    fit = fit_logit("attended ~ group", holes, unit="who")
    same = fit_logit("attended ~ group", log.iloc[15:], unit="who")
    assert fit.n_missing == 15
    pd.testing.assert_frame_equal(fit.table, same.table, rtol=SAME)
    assert "15 rows with a missing value are left out" in fit.describe()


def test_odds_ratios_are_the_cross_product():
    log = pd.DataFrame({"g": list("AAAABBBB"), "attended": [1, 1, 1, 0, 1, 0, 0, 0]})
    ratios = fit_logit("attended ~ g", log).odds_ratios()
    assert ratios["estimate"].tolist() == pytest.approx([3.0, 1 / 9])


@pytest.mark.parametrize(
    ("came", "message"),
    [
        (
            [0, 0, 1, 0, 1, 0],
            r"nobody of g 'B' ever came \(0 of 2 person-meetings\).*separation='firth'",
        ),
        ([1, 1, 1, 0, 1, 0], r"everybody of g 'B' always came \(2 of 2\)"),
    ],
)
def test_a_group_all_absent_or_all_present_is_named(came, message):
    log = pd.DataFrame({"g": ["B", "B", "A", "A", "A", "A"], "attended": came})
    with pytest.raises(EstimationError, match=message):
        fit_logit("attended ~ g", log)


def test_the_reference_group_is_named_too():
    log = pd.DataFrame({"g": list("AABBCC"), "attended": [0, 0, 1, 0, 1, 0]})
    with pytest.raises(EstimationError, match=r"^fit_logit: nobody of g 'A' ever came"):
        fit_logit("attended ~ g", log)


def test_an_empty_cell_of_an_interaction_is_named():
    log = pd.DataFrame({"g": list("AAAABBBB"), "h": list("ccddccdd")})
    log["attended"] = [1, 0, 1, 0, 1, 0, 0, 0]
    with pytest.raises(EstimationError, match=r"nobody of g × h 'B × d' ever came \(0 of 2"):
        fit_logit("attended ~ g * h", log)


@pytest.mark.parametrize(("came", "said"), [(0, "nobody ever came"), (1, "everybody always came")])
def test_all_or_nothing_is_said(came, said):
    log = pd.DataFrame({"g": list("AABB"), "attended": came})
    with pytest.raises(EstimationError, match=f"fit_logit: {said}"):
        fit_logit("attended ~ g", log)


def test_separation_by_a_combination_is_found():
    log = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "attended": [0, 0, 0, 1, 1, 1]})
    with pytest.raises(EstimationError, match="together tell who came"):
        fit_logit("attended ~ x", log)


def test_separation_agrees_with_brute_force_on_two_binary_factors():
    """Every table of 2 x 2 patterns with 0, 1 or 2 of 2 present.

    Estimates of the additive logit exist exactly where the likelihood has no direction of
    recession; with two 0/1 factors the extreme directions are few enough to try them all.
    """
    design = np.array([[1.0, a, b] for a in (0, 1) for b in (0, 1)])
    grid = np.array(np.meshgrid(*[[-2, -1, 0, 1, 2]] * 3)).reshape(3, -1).T
    trials = np.full(4, 2.0)
    for number in range(3**4):
        came = np.array([number // 3**place % 3 for place in range(4)], dtype=float)
        eta = design @ grid.T
        fine = ((came == 0)[:, None] | (eta >= 0)) & ((came == 2)[:, None] | (eta <= 0))
        exists = (fine.all(axis=0) & (np.abs(eta) > 0).any(axis=0)).any()
        assert bool(separated_terms(design, trials, came)) == exists, came


@pytest.mark.parametrize(
    ("formula", "log", "kind", "message"),
    [
        ("attended ~ ward", log_of(20), InputError, "no column 'ward'"),
        ("attended group", log_of(20), InputError, "cannot be read|left side"),
        ("attended + who ~ group", log_of(20), InputError, "is not one column"),
        ("attended ~ attended", log_of(20), InputError, "is not one column of its own"),
        ("attended ~ log(group)", log_of(20), InputError, "terms of .* cannot be worked out"),
        ("who ~ group", log_of(20), InputError, "'who' has values other than 0 and 1"),
        (
            "attended ~ format",
            log_of(20, varying=False),
            InputError,
            "'format' has only one group, 'formal'",
        ),
        (
            "attended ~ group + same",
            log_of(20).assign(same=lambda d: d["group"] + "!"),
            EstimationError,
            r"same\[T.*: no estimate, as it follows.*7 terms, of which 4 can be told apart",
        ),
        (
            "attended ~ group",
            pd.DataFrame({"who": [1, 1, 2, 2], "group": list("aabb"), "attended": [0, 1, 1, 0]}),
            EstimationError,
            "2 people for 2 terms.*more people than terms",
        ),
        (
            "attended ~ group",
            log_of(20).assign(group=None),
            InputError,
            "no row has every value",
        ),
    ],
)
def test_errors_say_what_is_wrong(formula, log, kind, message):
    with pytest.raises(kind, match=message):
        fit_logit(formula, log, unit="who" if "who" not in formula else None)


def test_choices_are_checked():
    with pytest.raises(InputError, match=r"separation='ignore' is no choice.*'fail' or 'firth'"):
        fit_logit("attended ~ group", log_of(20), separation="ignore")
    with pytest.raises(InputError, match=r"confidence that is not between 0 and 1.*got 95"):
        fit_logit("attended ~ group", log_of(20), confidence=95)


def test_estimates_that_do_not_settle_are_refused(monkeypatch):
    monkeypatch.setattr(likelihood, "MOST_STEPS", 1)
    with pytest.raises(EstimationError, match="fit_logit: the estimates did not settle in 1 steps"):
        fit_logit("attended ~ group", log_of(20))


def test_rates_and_effects_refuse_what_they_do_not_know():
    fit = fit_logit("attended ~ group + age", log_of(), unit="who")
    with pytest.raises(InputError, match=r"'age' is no factor of the model.*got 'age'"):
        fit.rates("age")
    with pytest.raises(InputError, match="'group' has no level 'Martian'"):
        fit.effects("group", "Martian")


def test_the_lowest_band_is_the_reference_as_in_its_code_list():
    rng = np.random.default_rng(12)
    bands = ps.load_codelist("length_of_residence_band").codes
    log = pd.DataFrame({"band": rng.choice(bands, 300), "attended": rng.integers(0, 2, 300)})
    plain = ps.fit_logit("attended ~ band", log)
    assert plain.references == {"band": "under 1"}
    assert plain.rates("band").table["category"].tolist() == list(bands)
    known = log.rename(columns={"band": "length_of_residence_band"})
    listed = ps.fit_logit("attended ~ length_of_residence_band", ps.as_factors(known))
    np.testing.assert_allclose(plain.table["estimate"], listed.table["estimate"], rtol=1e-12)


@pytest.mark.parametrize("fit", ["fit_logit", "fit_gee", "fit_mixed_logit", "fit_firth"])
def test_errors_name_the_function_that_was_called(fit):
    log = pd.DataFrame({"who": [1, 1, 2, 2], "group": list("aabb"), "attended": [1, 0, 0, 1]})
    call = getattr(ps, fit)
    for formula, data, unit, words in (
        ("attended ~ ward", log, "who", f"{fit}: no column 'ward'"),
        ("attended ~ group", log, "whom", f"{fit}: no column 'whom'"),
        ("attended ~ group", log.assign(attended="yes"), "who", f"{fit}: 'attended' has values"),
        ("attended ~ group", 3, "who", f"{fit}: this is an int, not a frame"),
        ("attended ~ group", log.iloc[:0], "who", f"{fit}: no row has every value"),
    ):
        with pytest.raises(InputError, match=words):
            call(formula, data, unit=unit)


@pytest.mark.parametrize("fit", ["fit_logit", "fit_gee", "fit_mixed_logit"])
@pytest.mark.parametrize("came", [0, 1])
def test_where_nobody_differs_no_penalty_is_recommended(fit, came):
    log = pd.DataFrame({"who": range(12), "group": list("abcabcabcabc"), "attended": came})
    with pytest.raises(EstimationError, match="nothing that a model could compare") as found:
        getattr(ps, fit)("attended ~ group", log, unit="who")
    assert "firth" not in str(found.value)
