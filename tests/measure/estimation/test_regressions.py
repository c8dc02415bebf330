"""Models of a survey: closed forms, brute force, small cases and refusals."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Sums of a few hundred products in double precision.
EXACT = 1e-9
PEOPLE = pd.DataFrame(
    {
        "came": ["yes", "no", "no", "yes", "no", "no", "yes", "no", "no", "no", "yes", "no"],
        "gender": list("FFFFFFFMMMMM"),
        "score": [1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 5],
        "w": np.linspace(1, 2, 12),
        "household": list("aabbccddeeff"),
    }
)


def people(n=400, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "ward": rng.choice(["n", "s"], n),
            "gender": rng.choice(["Female", "Male"], n),
            "tenure": rng.choice(["owned", "rented", "shared"], n),
            "age": rng.normal(45, 15, n),
            "w": rng.uniform(0.5, 3, n),
        }
    )
    frame["block"] = frame["ward"] + rng.integers(0, 25, n).astype(str)
    odds = -1 + 0.6 * (frame["gender"] == "Male") + 0.02 * (frame["age"] - 45)
    frame["came"] = rng.random(n) < 1 / (1 + np.exp(-odds))
    frame["trust"] = np.clip(np.round(3 + rng.normal(size=n)), 1, 5)
    return frame


def designed(frame, **more):
    return ps.survey_design(frame, weights="w", strata="ward", clusters="block", **more)


def test_one_factor_is_the_weighted_share_of_each_group():
    frame = people()
    fit = ps.survey_logit("came ~ tenure", designed(frame))
    weighted = frame.assign(hit=frame["w"] * frame["came"]).groupby("tenure")[["hit", "w"]].sum()
    shares = (weighted["hit"] / weighted["w"]).to_numpy()
    np.testing.assert_allclose(fit.rates("tenure").table["estimate"], shares, rtol=EXACT)
    # With nothing else in the model they are domain means, and so are their errors.
    scores = [
        frame["w"] * (frame["tenure"] == group) * (frame["came"] - share) / weighted["w"][group]
        for group, share in zip(weighted.index, shares, strict=True)
    ]
    covariance = ps.linearised_covariance(designed(frame), np.column_stack(scores))
    np.testing.assert_allclose(
        fit.rates("tenure").table["std_error"], np.sqrt(np.diag(covariance)), rtol=EXACT
    )


def test_linear_error_of_a_difference_in_closed_form():
    # Two groups, everybody their own cluster: n/(n-1) (Σe²/n₁² + Σe²/n₂²).
    fit = ps.survey_linear("score ~ gender", ps.survey_design(PEOPLE))
    parts = [part["score"] for _, part in PEOPLE.groupby("gender")]
    variance = 12 / 11 * sum(((x - x.mean()) ** 2).sum() / len(x) ** 2 for x in parts)
    row = fit.table.iloc[1]
    assert row["estimate"] == pytest.approx(parts[1].mean() - parts[0].mean(), rel=EXACT)
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=EXACT)


def test_jackknife_over_clusters_is_near():
    # Delete one block at a time and refit: the same variance to the second order.
    frame = people(600)
    fit = ps.survey_logit("came ~ gender + age", designed(frame))
    found = np.zeros((3, 3))
    for ward, part in frame.groupby("ward"):
        blocks = part["block"].unique()
        estimates = []
        for block in blocks:
            left = frame[frame["block"] != block].copy()
            left.loc[left["ward"] == ward, "w"] *= len(blocks) / (len(blocks) - 1)
            again = ps.survey_logit("came ~ gender + age", designed(left)).table["estimate"]
            estimates.append(again - fit.table["estimate"])
        away = np.array(estimates)
        found += (len(blocks) - 1) / len(blocks) * away.T @ away
    np.testing.assert_allclose(fit.table["std_error"], np.sqrt(np.diag(found)), rtol=0.05)


def test_missing_rows_stay_in_the_design():
    frame = people()
    holes = frame.assign(trust=frame["trust"].where(frame["block"] != "n3"))
    fit = ps.survey_linear("trust ~ gender", designed(holes))
    asked = frame["block"] != "n3"
    assert (fit.n_units, fit.n_missing) == (int(asked.sum()), int((~asked).sum()))
    as_domain = ps.survey_linear("trust ~ gender", designed(frame), domain=asked)
    pd.testing.assert_frame_equal(fit.table, as_domain.table)
    dropped = ps.survey_linear("trust ~ gender", designed(frame[asked]))
    np.testing.assert_allclose(fit.table["estimate"], dropped.table["estimate"], rtol=EXACT)
    assert not np.allclose(fit.table["std_error"], dropped.table["std_error"], rtol=1e-6)
    # The empty cluster counts in the centring and not in the degrees of freedom.
    assert fit.degrees_freedom == dropped.degrees_freedom


@pytest.mark.parametrize("fit", [ps.survey_logit, ps.survey_linear])
def test_scale_of_weights_and_order_of_rows_change_nothing(fit):
    frame = people(200)
    first = fit("came ~ gender + tenure", designed(frame))
    other = frame.sample(frac=1, random_state=3).assign(w=lambda x: 7 * x["w"])
    again = fit("came ~ gender + tenure", designed(other))
    pd.testing.assert_frame_equal(first.table, again.table, rtol=1e-8)
    pd.testing.assert_frame_equal(first.test().table, again.test().table, rtol=1e-7)


def test_wald_of_one_column_is_t_squared_and_terms_go_together():
    fit = ps.survey_logit("came ~ gender + tenure", designed(people()))
    one = fit.test("gender").table.set_index("test").loc["Wald F"]
    row = fit.table.set_index("term").loc["gender[T.Male]"]
    assert one["statistic"] == pytest.approx(row["statistic"] ** 2, rel=EXACT)
    assert one["p_value"] == pytest.approx(row["p_value"], rel=EXACT)
    together = fit.test(["gender", "tenure"]).table
    assert together["term"].unique().tolist() == ["gender + tenure"]
    assert together["df_numerator"].iloc[0] == 3
    assert fit.test().table["term"].tolist() == ["gender", "gender", "tenure", "tenure"]


def test_interactions_are_found_in_either_order():
    fit = ps.survey_logit("came ~ gender * ward", designed(people()))
    assert fit.test("ward:gender").table.equals(
        fit.test("gender:ward").table.assign(term="ward:gender")
    )
    both = fit.rates(("gender", "ward")).table
    assert both["category"].tolist() == ["Female × n", "Female × s", "Male × n", "Male × s"]
    assert both["variable"].unique().tolist() == ["gender × ward"]


def test_effects_are_differences_of_rates():
    fit = ps.survey_logit("came ~ gender + tenure + age", designed(people()))
    rates = fit.rates("tenure").table["estimate"].to_numpy()
    effects = fit.effects("tenure").table
    np.testing.assert_allclose(effects["estimate"], rates[1:] - rates[0], rtol=EXACT)
    assert effects["reference"].tolist() == ["owned", "owned"]
    from_all = fit.effects("tenure", reference="overall").table
    assert len(from_all) == 3
    assert fit.effects("tenure", "shared").table["category"].tolist() == ["owned", "rented"]
    p, adjusted = effects["p_value"], effects["p_adjusted"]
    assert adjusted.min() == pytest.approx(min(1, 2 * p.min()))


def test_errors_know_that_weights_were_raked():
    frame = people()
    margins = {
        "gender": {"Female": 0.6, "Male": 0.4},
        "tenure": {"owned": 0.5, "rented": 0.3, "shared": 0.2},
    }
    raked = ps.rake(frame, margins, weights="w")
    known = ps.survey_linear("came ~ 1", designed(frame.drop(columns="w").assign(w=raked.weights)))
    fitted = ps.survey_linear(
        "male ~ 1",
        ps.survey_design(
            frame.assign(male=frame["gender"] == "Male"),
            weights=raked,
            strata="ward",
            clusters="block",
        ),
    )
    # The share of men is known: nothing is left to be unsure of.
    assert fitted.table["estimate"].iloc[0] == pytest.approx(0.4, rel=1e-9)
    assert fitted.table["std_error"].iloc[0] < 1e-9
    assert known.table["std_error"].iloc[0] > 0.01


def test_twelve_people():
    fit = ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE, weights="w"))
    assert fit.table["n_units"].tolist() == [12, 5]
    rates = fit.rates("gender").table
    assert ((rates["conf_low"] > 0) & (rates["conf_high"] < 1)).all()
    assert "12 respondents" in fit.describe()
    assert "Groups are compared with F (gender)" in fit.describe()


def test_answers_in_every_form_are_the_same():
    truth = PEOPLE["came"] == "yes"
    forms = [truth, truth.astype(int), truth.astype("boolean"), PEOPLE["came"].astype("category")]
    wanted = ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE)).table
    for form in forms:
        found = ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE.assign(came=form))).table
        pd.testing.assert_frame_equal(found, wanted)


def test_a_score_that_never_varies_has_no_error_and_no_test():
    for score in (3, np.where(PEOPLE["gender"] == "F", 1, 2)):
        fit = ps.survey_linear("score ~ gender", ps.survey_design(PEOPLE.assign(score=score)))
        assert (fit.table["std_error"] == 0).all()
        assert fit.table["p_value"].isna().all()
        tests = fit.test().table
        assert tests["p_value"].isna().all()


def test_only_an_intercept():
    fit = ps.survey_logit("came ~ 1", ps.survey_design(PEOPLE))
    assert np.exp(fit.table["estimate"].iloc[0]) == pytest.approx(4 / 8, rel=EXACT)
    assert fit.test().table.empty
    bare = ps.survey_logit("came ~ gender - 1", ps.survey_design(PEOPLE)).test("gender").table
    assert bare["p_value"].between(0, 1).all()


def test_odds_ratios():
    fit = ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE))
    ratio = fit.odds_ratios().set_index("term")["estimate"]
    assert ratio["gender[T.M]"] == pytest.approx((1 / 4) / (3 / 4), rel=EXACT)
    with pytest.raises(InputError, match="a linear model has no odds ratios"):
        ps.survey_linear("score ~ gender", ps.survey_design(PEOPLE)).odds_ratios()


def test_small_groups_are_withheld():
    released = ps.protect(
        ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE)), ps.Policy.publish()
    )
    assert released.table.set_index("term").loc["gender[T.M]", "suppressed"]
    fit = ps.survey_logit("came ~ gender", ps.survey_design(pd.concat([PEOPLE] * 2)))
    for result in (fit.rates("gender"), fit.effects("gender"), fit.test()):
        frame = ps.protect(result, ps.Policy.internal("a check")).table
        assert len(frame) == len(result.table)
    few = PEOPLE.iloc[:9]
    hidden = ps.protect(
        ps.survey_logit("came ~ gender", ps.survey_design(PEOPLE), domain=PEOPLE["score"] < 4),
        ps.Policy.publish(),
    )
    assert hidden.table["estimate"].isna().all(), few


def _three(**more):
    return ps.survey_design(PEOPLE.assign(**more), weights="w")


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: ps.survey_logit("came ~ gender", PEOPLE),
            InputError,
            "survey_logit: this is a DataFrame, not a design. Expected what ps.survey_design or "
            "ps.survey_replicates gives",
        ),
        (
            lambda: ps.survey_logit("came ~ sex", _three()),
            InputError,
            "no column 'sex'",
        ),
        (
            lambda: ps.survey_logit("score ~ gender", _three()),
            InputError,
            "'score' is not 0 and 1",
        ),
        (
            lambda: ps.survey_linear("household ~ gender", _three()),
            InputError,
            "'household' is neither a number nor yes or no",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(), confidence=95),
            InputError,
            "a confidence that is not between 0 and 1",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(), domain="score"),
            InputError,
            "domain= does not say of each row",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(), domain=[True]),
            InputError,
            "got 1 values of type bool",
        ),
        (
            lambda: ps.survey_logit(
                "came ~ gender", _three(), domain=pd.Series(True, index=range(5, 17))
            ),
            InputError,
            "with another index",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(), domain=PEOPLE["score"] > 9),
            InputError,
            "nobody is in the domain",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(gender=None)),
            InputError,
            "nobody has every value",
        ),
        (
            lambda: ps.survey_logit(
                "came ~ gender",
                _three(),
                domain=PEOPLE["household"].isin(["e", "f"]),
            ),
            InputError,
            "'gender' has only one group, 'M'",
        ),
        (
            lambda: ps.survey_linear(
                "score ~ gender + w + I(w**2) + I(w**3) + came",
                ps.survey_design(PEOPLE, clusters="household"),
            ),
            EstimationError,
            "6 terms from 5 degrees of freedom",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three(came="no")),
            EstimationError,
            "all 12 gave the same answer",
        ),
        (
            lambda: ps.survey_logit(
                "came ~ gender",
                _three(came=np.where(PEOPLE["gender"] == "F", PEOPLE["came"], "no")),
            ),
            EstimationError,
            "all 5 of gender 'M' gave the same answer",
        ),
        (
            lambda: ps.survey_logit("came ~ score", _three(came=PEOPLE["score"] > 2)),
            EstimationError,
            "Intercept, score together tell the answer",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three()).test("age"),
            InputError,
            "the formula has no term 'age'. Expected one of gender",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three()).rates("age"),
            InputError,
            "SurveyFit.rates: 'age' is no factor of the model",
        ),
        (
            lambda: ps.survey_logit("came ~ gender", _three()).effects("gender", "X"),
            InputError,
            "'gender' has no level 'X'",
        ),
    ],
)
def test_refusals(call, kind, words):
    with pytest.raises(kind, match=words.replace("(", r"\(")):
        call()


def test_negative_weights_are_refused():
    answers = pd.DataFrame({"y": [1, 0, 1, 0, 1], "g": list("aabbb"), "x": [0, 1, 9, 0, 2]})
    linear = ps.calibrate(answers, {"g": {"a": 2, "b": 3}}, totals={"x": 1})
    assert (linear.weights < 0).any()
    with pytest.raises(InputError, match="weights are below 0"):
        ps.survey_linear("y ~ g", ps.survey_design(answers, weights=linear))
