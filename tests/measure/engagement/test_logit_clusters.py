"""Errors clustered both ways and people's own weights: identical to statsmodels on the rows."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import SpecificationWarning

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.logit import fit_logit

# The same equations in double precision on both sides; rounding in sums of 4,000 rows is left.
SAME = 1e-8


def log_of(people=150, meetings=40, seed=5):
    """Meetings with an effect of their own, people with one too, and a weight for each person."""
    rng = np.random.default_rng(seed)
    log = pd.MultiIndex.from_product(
        [range(people), range(meetings)], names=["who", "meeting_id"]
    ).to_frame(index=False)
    log = log[rng.random(len(log)) < 0.7].reset_index(drop=True)
    who, met = log["who"].to_numpy(), log["meeting_id"].to_numpy()
    log["group"] = rng.choice(["A", "B", "Other"], people)[who]
    log["format"] = rng.choice(["formal", "informal"], meetings)[met]
    log["after"] = (met >= meetings // 2).astype(int)
    log["weight"] = rng.choice([0.4, 1.0, 1.7, 3.2], people)[who]
    eta = -0.4 + 0.6 * (log["group"] == "B") - 0.5 * (log["format"] == "formal")
    eta += rng.normal(0, 0.8, people)[who] + rng.normal(0, 0.5, meetings)[met]
    log["attended"] = (rng.random(len(log)) < 1 / (1 + np.exp(-eta))).astype(int)
    return log


def rows_fit(formula, log, groups, weighted=False):
    options = {"var_weights": log["weight"]} if weighted else {}
    model = sm.formula.glm(formula, log, family=sm.families.Binomial(), **options)
    with warnings.catch_warnings():
        # "Not fully supported": the numbers are those of the sandwich by hand, tested below.
        warnings.simplefilter("ignore", SpecificationWarning)
        return model.fit(tol=1e-14, cov_type="cluster", cov_kwds={"groups": log[groups].to_numpy()})


def same(ours, theirs):
    table = ours.table.set_index("term")
    assert set(table.index) == set(theirs.params.index)
    np.testing.assert_allclose(table["estimate"], theirs.params[table.index], rtol=0, atol=SAME)
    np.testing.assert_allclose(table["std_error"], theirs.bse[table.index], rtol=SAME)
    np.testing.assert_allclose(table["p_value"], theirs.pvalues[table.index], atol=SAME)


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("clusters", [["who"], ["who", "meeting_id"]])
@pytest.mark.parametrize("right", ["group", "format", "group * format + after", "1"])
def test_identical_to_the_fit_on_rows(right, clusters, weights):
    log = log_of()
    meeting = "meeting_id" if len(clusters) == 2 else None
    ours = fit_logit(f"attended ~ {right}", log, unit="who", meeting=meeting, weights=weights)
    groups = clusters if meeting else "who"
    theirs = rows_fit(f"attended ~ {right}", log, groups, weighted=weights is not None)
    same(ours, theirs)
    assert ours.note == "" if weights is None else "weighted by weight" in ours.note


def test_weights_without_people_give_robust_errors():
    log = log_of().assign(row=lambda d: d.index)
    ours = fit_logit("attended ~ group + format", log, weights="weight")
    same(ours, rows_fit("attended ~ group + format", log, "row", weighted=True))


def test_weighted_sandwich_by_hand():
    log = log_of()
    fit = fit_logit("attended ~ group", log, unit="who", weights="weight")
    x = np.column_stack([np.ones(len(log)), log["group"] == "B", log["group"] == "Other"])
    mu = 1 / (1 + np.exp(-x @ fit.table["estimate"].to_numpy()))
    w = log["weight"].to_numpy()
    scores = x * (w * (log["attended"] - mu).to_numpy())[:, None]
    np.testing.assert_allclose(scores.sum(axis=0), 0, atol=1e-7)  # a sum of 4,000 terms
    by_person = pd.DataFrame(scores).groupby(log["who"]).sum().to_numpy()
    bread = np.linalg.inv(x.T @ (x * (w * mu * (1 - mu))[:, None]))
    people, rows = len(by_person), len(log)
    factor = people / (people - 1) * (rows - 1) / (rows - 3)
    covariance = factor * bread @ by_person.T @ by_person @ bread
    np.testing.assert_allclose(fit.table["std_error"], np.sqrt(np.diag(covariance)), rtol=SAME)


def test_somebody_twice_in_a_register_is_clustered_as_once():
    log = log_of()
    log = pd.concat([log, log.iloc[::7]], ignore_index=True)
    ours = fit_logit("attended ~ group + format", log, unit="who", meeting="meeting_id")
    same(ours, rows_fit("attended ~ group + format", log, ["who", "meeting_id"]))


def test_scale_of_weights_does_not_matter_and_equal_weights_are_none():
    log = log_of()
    plain = fit_logit("attended ~ group + format", log, unit="who").table
    for factor in (1.0, 250.0):
        fit = fit_logit("attended ~ group + format", log.assign(weight=factor), unit="who",
                        weights="weight")  # fmt: skip
        pd.testing.assert_frame_equal(fit.table, plain, rtol=SAME)


def test_rates_are_those_of_the_population_that_weights_stand_for():
    log = log_of()
    fit = fit_logit("attended ~ group", log, unit="who", weights="weight")
    rates = fit.rates("group").table.set_index("category")
    for group, rows in log.groupby("group"):
        mean = np.average(rows["attended"], weights=rows["weight"])
        assert rates.loc[group, "estimate"] == pytest.approx(mean, abs=SAME)
        assert rates.loc[group, "n_rows"] == len(rows)
        assert rates.loc[group, "n_units"] == rows["who"].nunique()


def test_a_covariance_with_a_negative_eigenvalue_is_mended_and_said():
    # Each meeting has one who came and one who did not: clustered by meeting, hardly any
    # variance is left, and less than is taken off for the pairs.
    log = pd.DataFrame(
        {"who": [1, 2, 3, 4] * 3, "meeting_id": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]}
    )
    log["attended"] = [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0]
    theirs = rows_fit("attended ~ 1", log, ["who", "meeting_id"]).cov_params().to_numpy()
    assert theirs[0, 0] < 0  # statsmodels leaves it, and its error is not a number
    fit = fit_logit("attended ~ 1", log, unit="who", meeting="meeting_id")
    assert fit.table["std_error"].tolist() == [0.0]
    assert "had a negative eigenvalue, which is set to nought" in fit.note
    assert fit.note in fit.describe()
    assert "clustered by who and meeting_id" in fit.describe()


def test_polars_and_files_cluster_alike(tmp_path):
    import polars as pl

    log = log_of()
    asked = {"unit": "who", "meeting": "meeting_id", "weights": "weight"}
    first = fit_logit("attended ~ group + format", log, **asked).table
    log.to_parquet(tmp_path / "log.parquet")
    for data in (pl.from_pandas(log).lazy(), tmp_path / "log.parquet"):
        second = fit_logit("attended ~ group + format", data, **asked).table
        pd.testing.assert_frame_equal(first, second, rtol=SAME)


def test_categories_of_polars_have_no_order_of_their_own():
    import polars as pl

    log = log_of().sort_values("group", ascending=False)
    frame = pl.from_pandas(log).with_columns(pl.col("group").cast(pl.Categorical))
    assert fit_logit("attended ~ group", frame, unit="who").references == {"group": "A"}


@pytest.mark.parametrize(
    ("change", "options", "kind", "message"),
    [
        ({}, {"meeting": "meeting_id"}, InputError, "errors by meeting without errors by person"),
        (
            {},
            {"unit": "who", "meeting": "who"},
            InputError,
            "errors by meeting without errors by person",
        ),
        (
            {"meeting_id": 1},
            {"unit": "who", "meeting": "meeting_id"},
            EstimationError,
            "one meeting.*several, to cluster by",
        ),
        (
            {"weight": -1.0},
            {"unit": "who", "weights": "weight"},
            InputError,
            "'weight' has weights that are not above nought.*got -1",
        ),
        ({"weight": "heavy"}, {"weights": "weight"}, InputError, "'weight' is text"),
        ({}, {"weights": "group"}, InputError, "'group' is asked for twice"),
        (
            {},
            {"weights": "weight", "separation": "firth"},
            InputError,
            "Firth's penalty knows neither weights nor meetings",
        ),
    ],
)
def test_errors_say_what_is_wrong(change, options, kind, message):
    with pytest.raises(kind, match=message):
        fit_logit("attended ~ group", log_of(20).assign(**change), **options)


def test_a_row_without_a_meeting_is_refused():
    log = log_of(20).astype({"meeting_id": "float"})
    log.loc[3, "meeting_id"] = None
    with pytest.raises(InputError, match=r"rows without a person, or without a meeting.*1 rows"):
        fit_logit("attended ~ group", log, unit="who", meeting="meeting_id")


def test_rows_without_a_weight_are_left_out():
    log = log_of()
    log.loc[:9, "weight"] = None
    fit = fit_logit("attended ~ group", log, unit="who", weights="weight")
    same(fit, rows_fit("attended ~ group", log.iloc[10:], "who", weighted=True))
    assert fit.n_missing == 10
