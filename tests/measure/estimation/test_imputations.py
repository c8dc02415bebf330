"""Multiple imputation: Rubin's rules against R, a known truth, and small cases.

Deliberate difference: mitools takes the degrees of freedom of the observed data with B over U + B;
here, as in mice and in the paper, the share is (1 + 1/m) B over T.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.estimation.imputed_estimates import rubin

GOLDEN = Path(__file__).parents[2] / "golden"
R = json.loads((GOLDEN / "rubin.json").read_text(encoding="utf-8"))


def survey(n=240, seed=2, gap=0.3):
    """People of two groups; the one that trusts less answers less."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"group": rng.choice(["few", "many"], n, p=[0.4, 0.6])})
    frame["block"] = rng.integers(0, 40, n)
    frame["w"] = rng.uniform(1, 2, n)
    few = frame["group"] == "few"
    frame["trust"] = np.clip(np.round(np.where(few, 2.2, 3.6) + rng.normal(size=n)), 1, 5)
    frame["came"] = np.where(rng.random(n) < np.where(few, 0.2, 0.5), "yes", "no")
    silent = rng.random(n) < np.where(few, 2 * gap, gap / 3)
    return frame.assign(
        trust=frame["trust"].where(~silent), came=frame["came"].where(rng.random(n) > gap)
    )


def designed(frame):
    return ps.survey_design(frame, weights="w", clusters="block")


@pytest.mark.parametrize("case", R["cases"])
def test_rubins_rules_as_in_mice_and_mitools(case):
    estimates, errors = (np.array(case[name])[:, None] for name in ("estimates", "errors"))
    found = rubin(estimates, errors, np.array([float(case["df"])]))
    # The same closed form on both sides.
    assert found.estimates[0] == pytest.approx(case["estimate"], rel=1e-12, abs=1e-12)
    assert found.errors[0] == pytest.approx(case["error"], rel=1e-12)
    assert found.degrees[0] == pytest.approx(case["free"], rel=1e-9)
    assert found.missing_information[0] == pytest.approx(case["share"], rel=1e-12)
    other = case["mitools"]
    assert found.estimates[0] == pytest.approx(other["estimate"], rel=1e-12, abs=1e-12)
    assert found.errors[0] == pytest.approx(other["error"], rel=1e-12)
    # With five imputations the two degrees of freedom are within a fifth of each other.
    assert found.degrees[0] == pytest.approx(other["free"], rel=0.2)


def test_what_was_combined_is_the_mean_of_the_filled_surveys():
    filled = ps.survey_impute(designed(survey()), "trust", using=["group"], rng=4, n_imputations=6)
    table = filled.estimate("trust", by="group").table
    each = [ps.survey_estimate(one, "trust", by="group").table for one in filled.designs]
    values = np.array([one["estimate"] for one in each])
    errors = np.array([one["std_error"] for one in each])
    np.testing.assert_allclose(table["estimate"], values.mean(axis=0), rtol=1e-12)
    total = (errors**2).mean(axis=0) + (1 + 1 / 6) * values.var(axis=0, ddof=1)
    np.testing.assert_allclose(table["std_error"], np.sqrt(total), rtol=1e-12)
    answered = ps.survey_estimate(filled.design, "trust", by="group").table
    assert table[["n", "share_missing"]].equals(answered[["n", "share_missing"]])
    assert (table["degrees_freedom"] < answered["degrees_freedom"]).all()


def test_answers_stay_and_gaps_are_filled_with_answers():
    frame = survey().astype({"trust": "Int64"})
    frame["agrees"] = pd.Categorical(
        frame["trust"].map({1: "no", 2: "no", 3: "partly", 4: "yes", 5: "yes"}),
        categories=["no", "partly", "yes"],
        ordered=True,
    )
    # The same answer once more: what follows from another item does no harm.
    frame["truth"] = (frame["came"] == "yes").astype("boolean").mask(frame["came"].isna())
    items = ["trust", "came", "agrees", "truth"]
    filled = ps.survey_impute(
        designed(frame), items, using=["group"], rng=1, n_imputations=2, n_cycles=2
    )
    for one in filled.designs:
        for item in items:
            was, now = frame[item], one.frame[item]
            assert now.dtype == was.dtype
            assert now.notna().all()
            assert (now[was.notna()] == was[was.notna()]).all()
            assert set(now) <= set(was.dropna())
    assert frame["trust"].isna().any(), "the caller's frame is left alone"


def test_the_seed_decides_and_nothing_else():
    made = designed(survey(80))
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (
        ps.survey_impute(made, ["trust", "came"], using=["group"], rng=rng, n_imputations=2)
        for rng in (7, np.random.default_rng(7), 8)
    )
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    pd.testing.assert_frame_equal(first.designs[1].frame, again.designs[1].frame)
    assert not first.designs[0].frame.equals(first.designs[1].frame)
    assert not first.designs[0].frame.equals(other.designs[0].frame)
    assert "seed 7" in first.describe()
    assert "generator given by the caller" in again.describe()


@pytest.mark.slow
def test_known_truth_is_covered():
    # Everybody's mean is 3.04; the group that trusts less answers less.
    truth = np.mean(np.clip(np.round(_truth()), 1, 5))
    plain, inside = [], []
    for seed in range(60):
        frame = survey(seed=seed)
        made = designed(frame)
        plain.append(ps.survey_estimate(made, "trust").table["estimate"].iloc[0] - truth)
        filled = ps.survey_impute(made, "trust", using=["group"], rng=seed, n_imputations=8)
        row = filled.estimate("trust").table.iloc[0]
        inside.append((row["conf_low"] <= truth <= row["conf_high"], row["estimate"] - truth))
    covered, away = np.array([hit for hit, _ in inside]), np.array([gap for _, gap in inside])
    # Available cases are off by 0.3, ten times the standard error of 60 means.
    assert np.mean(plain) > 0.15
    assert abs(away.mean()) < 0.04
    # 60 intervals of 95%: fewer than 52 has a chance of 1 in 300.
    assert covered.sum() >= 52


def _truth():
    rng = np.random.default_rng(0)
    few = rng.random(400_000) < 0.4
    return np.where(few, 2.2, 3.6) + rng.normal(size=len(few))


def test_many_alike_share_their_donors():
    # 200 alike, half of them yes: five fixed donors would give all gaps 0, 0.2, 0.4 … of yes.
    frame = pd.DataFrame({"came": ["yes"] * 100 + ["no"] * 100 + [None] * 200, "w": 1.0})
    filled = ps.survey_impute(ps.survey_design(frame), "came", rng=3, n_imputations=12)
    shares = [(one.frame["came"].iloc[200:] == "yes").mean() for one in filled.designs]
    assert abs(np.mean(shares) - 0.5) < 0.05
    # Drawing an answer for each and the chance itself: √(2 · ¼ / 200) = .05.
    assert 0.025 < np.std(shares) < 0.1


def test_without_gaps_nothing_changes():
    made = designed(survey(gap=0))
    filled = ps.survey_impute(made, "trust", using=["group"], rng=1, n_imputations=3)
    for by in (None, "group"):
        found = filled.estimate("trust", by=by).table
        wanted = ps.survey_estimate(made, "trust", by=by).table
        names = ["estimate", "std_error", "conf_low", "conf_high"]
        pd.testing.assert_frame_equal(found[names], wanted[names], rtol=1e-12)
        assert (found["missing_information"] == 0).all()
        assert found["degrees_freedom"].tolist() == wanted["degrees_freedom"].tolist()


def test_proportions_have_limits_within_0_and_1():
    found = ps.survey_impute(
        designed(survey()), "came", using=["group"], rng=1, n_imputations=5
    ).estimate("came", by="group", answer="yes")
    assert found.table["answer"].tolist() == ["yes", "yes"]
    assert found.table["conf_low"].between(0, found.table["estimate"]).all()
    assert found.table["conf_high"].between(found.table["estimate"], 1).all()
    assert found.interval.startswith("logit")
    assert "combined by Rubin's rules" in found.describe()
    assert "imputed 5 times" in found.describe()


def test_twelve_people_and_predictors_with_gaps():
    frame = pd.DataFrame(
        {
            "trust": [1, 2, None, 4, 5, 3, 2, None, 4, 1, 2, 3],
            "gender": ["F", "M", None, "F", "M", "F", "M", "F", "M", "F", "M", "F"],
            "age": [30, None, 40, 55, 61, 22, 37, 48, 50, 70, 33, 29],
            "one": "same",
        },
        index=[0] * 12,
    )
    made = ps.survey_design(frame)
    filled = ps.survey_impute(made, "trust", using=["gender", "age", "one"], rng=1)
    found = filled.estimate("trust").table.iloc[0]
    assert found["n"] == 10
    assert found["share_missing"] == pytest.approx(2 / 12)
    assert 0 < found["missing_information"] < 1
    assert len(filled.designs) == 20
    same = ps.survey_impute(
        ps.survey_design(pl.from_pandas(frame.reset_index(drop=True))),
        "trust",
        using=["gender", "age", "one"],
        rng=1,
    )
    assert same.estimate("trust").table.iloc[0]["estimate"] == found["estimate"]


def test_a_design_over_a_file(tmp_path):
    path = tmp_path / "survey.parquet"
    frame = survey(60)
    frame.to_parquet(path)
    far = ps.survey_design(path, weights="w", clusters="block")
    filled, wanted = (
        ps.survey_impute(made, "trust", using=["group"], rng=1, n_imputations=2)
        for made in (far, designed(frame))
    )
    found = filled.estimate("trust", by="group").table
    pd.testing.assert_frame_equal(found, wanted.estimate("trust", by="group").table)


def test_what_leaves_is_protected():
    filled = ps.survey_impute(designed(survey(60)), "came", using=["group"], rng=1, n_imputations=2)
    found = filled.estimate("came", by="group", answer="yes")
    released = ps.protect(found, ps.Policy.publish()).table
    small = found.table["n_smallest"] < 10
    assert small.any()
    assert released.loc[small.to_numpy(), "estimate"].isna().all()


def call(items="trust", **more):
    given = {"using": ["group"], "rng": 1, **more}
    return ps.survey_impute(designed(survey(40)), items, **given)


@pytest.mark.parametrize(
    ("attempt", "kind", "words"),
    [
        (
            lambda: ps.survey_impute(survey(), "trust", rng=1),
            InputError,
            "this is a DataFrame, not a design",
        ),
        (lambda: call("faith"), InputError, "no column 'faith'"),
        (lambda: call(using=["age"]), InputError, "no column 'age'"),
        (lambda: call([]), InputError, "no items"),
        (lambda: call(["trust", "group"]), InputError, "'group' is an item and in using="),
        (lambda: call(n_imputations=1), InputError, "n_imputations is too small"),
        (lambda: call(n_cycles=0), InputError, "n_cycles is too small or no whole number"),
        (
            lambda: call().estimate("trust", statistic="quantile"),
            InputError,
            "quantiles and exact limits are not combined",
        ),
        (lambda: call().estimate("trust", interval="beta"), InputError, "exact limits"),
        (
            lambda: ps.survey_impute(
                ps.survey_design(survey().assign(trust=np.nan)), "trust", rng=1
            ),
            InputError,
            "nobody answered 'trust'",
        ),
        (
            lambda: ps.survey_impute(
                ps.survey_design(survey().assign(street=["a", "b", "c", None] * 60)),
                "street",
                rng=1,
            ),
            InputError,
            "'street' has 3 answers without an order",
        ),
        (
            lambda: ps.survey_impute(
                ps.survey_design(survey(6, gap=0).assign(trust=[1, 2, 3, None, None, None])),
                "trust",
                using=["group", "block"],
                rng=1,
            ),
            EstimationError,
            "'trust' has 3 answers, predicted from",
        ),
    ],
)
def test_refusals(attempt, kind, words):
    with pytest.raises(kind, match=words):
        attempt()
