"""Raking, post-stratification, calibration and trimming: closed forms, brute force, invariance."""

import copy
import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import participation_stats as ps

POPULATION = {
    "gender": {"Female": 1710, "Male": 1290},
    "ethnicity": {"Black African": 1500, "Portuguese": 300, "White British": 1200},
    "age_band": {"16 to 24": 600, "25 to 34": 700, "35 to 49": 800, "50 and over": 900},
}


def sample(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "gender": rng.choice(["Female", "Male"], n, p=[0.7, 0.3]),
            "ethnicity": rng.choice(["Black African", "Portuguese", "White British"], n),
            "age_band": rng.choice(["16 to 24", "25 to 34", "35 to 49", "50 and over"], n),
            "weight": rng.uniform(0.5, 2, n),
            "children": rng.poisson(1.2, n),
        }
    )


@given(n=st.integers(150, 400), seed=st.integers(0, 10_000), weighted=st.booleans())
@settings(max_examples=40, deadline=None)
def test_margins_are_met(n, seed, weighted):
    frame = sample(n, seed)
    raked = ps.rake(frame, POPULATION, weights="weight" if weighted else None)
    assert raked.converged
    assert raked.total == pytest.approx(3000, rel=1e-12)
    for variable, wanted in POPULATION.items():
        got = raked.weights.groupby(frame[variable]).sum()
        # 1e-10 of shares, in a population of 3,000.
        np.testing.assert_allclose(got, pd.Series(wanted)[got.index], atol=3e-7)
    np.testing.assert_allclose(raked.table["share_after"], raked.table["target"], atol=1e-10)
    assert raked.max_gap <= 1e-10


@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_and_scale_of_base_weights_change_nothing(seed, scale):
    frame = sample(200, seed)
    raked = ps.rake(frame, POPULATION, weights="weight")
    moved = frame.sample(frac=1, random_state=seed)
    again = ps.rake(moved.assign(weight=moved["weight"] * scale), POPULATION, weights="weight")
    # Both end at 1e-13 of shares; a weight in a small cell is less sure than they are.
    np.testing.assert_allclose(again.weights.loc[frame.index], raked.weights, rtol=1e-8)
    np.testing.assert_allclose(again.factors.loc[frame.index] * scale, raked.factors, rtol=1e-8)


@given(
    cells=st.lists(st.integers(1, 30), min_size=4, max_size=4),
    row=st.floats(0.1, 0.9),
    column=st.floats(0.1, 0.9),
)
@settings(max_examples=60, deadline=None)
def test_two_by_two_in_closed_form(cells, row, column):
    a, b, c, d = cells
    frame = pd.DataFrame(
        {"x": ["0"] * (a + b) + ["1"] * (c + d), "y": ["0"] * a + ["1"] * b + ["0"] * c + ["1"] * d}
    )
    raked = ps.rake(frame, {"x": {"0": row, "1": 1 - row}, "y": {"0": column, "1": 1 - column}})
    got = raked.weights.groupby([frame["x"], frame["y"]]).sum() / raked.total
    # Raking keeps the odds ratio: p(1 - row - column + p) / ((row - p)(column - p)) = ad / bc.
    odds = a * d / (b * c)
    low, high = max(0.0, row + column - 1), min(row, column)
    p = optimize.brentq(
        lambda p: p * (1 - row - column + p) - odds * (row - p) * (column - p), low, high
    )
    # brentq stops at 2e-12.
    np.testing.assert_allclose(got, [p, row - p, column - p, 1 - row - column + p], atol=1e-9)


def test_raked_weights_are_the_nearest_ones():
    frame = sample(40, 3)
    margins = {"gender": POPULATION["gender"], "ethnicity": POPULATION["ethnicity"]}
    raked = ps.rake(frame, margins, weights="weight")
    base = frame["weight"].to_numpy() * 3000 / frame["weight"].sum()
    design = np.column_stack([frame[v] == c for v, block in margins.items() for c in block]).astype(
        float
    )
    wanted = design.T @ raked.weights.to_numpy()

    def dual(multipliers):
        w = base * np.exp(design @ multipliers)
        return w.sum() - multipliers @ wanted, design.T @ w - wanted

    found = optimize.minimize(dual, np.zeros(5), jac=True, method="BFGS", options={"gtol": 1e-7})
    # The general optimiser ends at a gradient of 1e-7 people.
    np.testing.assert_allclose(base * np.exp(design @ found.x), raked.weights, rtol=1e-6)


def test_calibration_by_the_raking_distance_is_raking():
    frame = sample(300, 5)
    raked = ps.rake(frame, POPULATION, weights="weight")
    calibrated = ps.calibrate(frame, POPULATION, weights="weight", distance="raking")
    np.testing.assert_allclose(calibrated.weights, raked.weights, rtol=1e-8)
    wide = ps.rake(frame, POPULATION, weights="weight", bounds=(0.001, 1000))
    np.testing.assert_allclose(wide.weights, raked.weights, rtol=1e-8)


def test_linear_calibration_is_the_regression_estimator():
    frame = sample(120, 6)
    found = ps.calibrate(frame, totals={"children": 3500.0}, weights="weight")
    d, x = frame["weight"].to_numpy(), frame["children"].to_numpy(float)
    expected = d * (1 + x * (3500 - d @ x) / (d @ x**2))
    np.testing.assert_allclose(found.weights, expected, rtol=1e-10)
    assert found.totals.loc[0, "total_after"] == pytest.approx(3500, rel=1e-10)
    assert found.table.empty
    np.testing.assert_array_equal(found.auxiliaries, x[:, None])


@pytest.mark.parametrize("distance", ["linear", "raking", "logit"])
def test_bounds_are_kept(distance):
    frame = sample(300, 7)
    found = ps.calibrate(
        frame, POPULATION, distance=distance, bounds=(0.2, 2.3), totals={"children": 3700}
    )
    relative = found.factors / (3000 / 300)
    assert relative.min() >= 0.2 - 1e-12
    assert relative.max() <= 2.3 + 1e-12
    np.testing.assert_allclose(found.table["share_after"], found.table["target"], atol=1e-10)
    assert found.totals.loc[0, "total_after"] == pytest.approx(3700, rel=1e-9)


def test_rake_with_bounds_keeps_them():
    frame = sample(300, 7)
    free = ps.rake(frame, POPULATION)
    high = 0.95 * float((free.factors / 10).max())
    bounded = ps.rake(frame, POPULATION, bounds=(0.1, high))
    assert float((bounded.factors / 10).max()) <= high * (1 + 1e-12)
    assert bounded.method.startswith("raking with factors from 0.1")


def test_shares_leave_the_sum_of_base_weights():
    frame = sample(200, 8)
    raked = ps.rake(frame, {"gender": {"Female": 0.57, "Male": 0.43}}, weights="weight")
    assert raked.total == pytest.approx(frame["weight"].sum(), rel=1e-12)


def test_rounded_shares_and_totals_are_forgiven():
    frame = sample(200, 8)
    thirds = {"Black African": 0.333, "Portuguese": 0.333, "White British": 0.333}
    raked = ps.rake(frame, {"ethnicity": thirds, "gender": {"Female": 1709, "Male": 1290}})
    np.testing.assert_allclose(raked.table["target"].iloc[:3], 1 / 3)
    assert raked.total == pytest.approx(2999)


def test_margins_in_every_form_are_the_same():
    frame = sample(200, 9)
    expected = ps.rake(frame, POPULATION).weights
    rows = [(v, c, n) for v, block in POPULATION.items() for c, n in block.items()]
    table = pd.DataFrame(rows, columns=["variable", "category", "count"])
    np.testing.assert_array_equal(ps.rake(frame, table).weights, expected)
    shares = table.assign(share=table["count"] / 3000).drop(columns="count")
    np.testing.assert_allclose(ps.rake(frame, shares).weights * 15, expected, rtol=1e-10)


def test_another_weighted_survey_as_margins():
    other = sample(1000, 10)
    tallied = ps.tally(other, ["gender", ("gender", "ethnicity")], weights="weight")
    frame = sample(300, 11)
    raked = ps.rake(frame, tallied)
    joint = other.groupby(["gender", "ethnicity"])["weight"].sum()
    got = raked.weights.groupby([frame["gender"], frame["ethnicity"]]).sum()
    np.testing.assert_allclose(got, joint, rtol=1e-8)
    assert raked.variables == ("gender", "gender × ethnicity")


def test_poststratify_an_intersection():
    frame = sample(300, 12)
    joint = {
        (g, e): 10.0 + k
        for k, (g, e) in enumerate(
            (g, e) for g in POPULATION["gender"] for e in POPULATION["ethnicity"]
        )
    }
    found = ps.poststratify(frame, {("gender", "ethnicity"): joint}, weights="weight")
    got = found.weights.groupby([frame["gender"], frame["ethnicity"]]).sum()
    np.testing.assert_allclose(got, [joint[key] for key in got.index], rtol=1e-12)
    assert found.iterations == 1


def test_polars_and_files_do_as_pandas(tmp_path):
    import polars as pl

    frame = sample(200, 13)
    expected = ps.rake(frame, POPULATION, weights="weight").weights
    lazy = ps.rake(pl.from_pandas(frame).lazy(), POPULATION, weights="weight")
    np.testing.assert_allclose(lazy.weights, expected, rtol=1e-10)
    frame.to_parquet(tmp_path / "survey.parquet")
    filed = ps.rake(tmp_path / "survey.parquet", POPULATION, weights="weight")
    np.testing.assert_allclose(filed.weights, expected, rtol=1e-10)


def test_categorical_numbers_and_truth_values_are_categories():
    frame = pd.DataFrame({"wave": [1, 1, 2, 2], "owns": [True, False, True, True]})
    frame["sex"] = pd.Categorical(["Female", "Male", "Female", "Male"], ["Male", "Female", "Other"])
    raked = ps.rake(frame, {"wave": {1: 5, 2: 5}, "sex": {"Female": 6, "Male": 4}})
    assert raked.total == pytest.approx(10)
    assert ps.poststratify(frame, {"owns": {True: 6, False: 2}}).weights.round(9).tolist() == [
        2.0, 2.0, 2.0, 2.0,
    ]  # fmt: skip


def test_weights_keep_the_index_of_the_frame():
    frame = sample(200, 14).set_index(pd.Index(np.arange(200) * 3 + 7, name="respondent"))
    raked = ps.rake(frame, POPULATION, weights=frame["weight"])
    assert raked.weights.index.equals(frame.index)
    assert raked.factors.index.equals(frame.index)
    assert raked.base_weights.index.equals(frame.index)
    pd.testing.assert_series_equal(raked.base_weights, frame["weight"], check_names=False)
    by_array = ps.rake(frame, POPULATION, weights=frame["weight"].to_numpy())
    pd.testing.assert_series_equal(by_array.weights, raked.weights)


def test_auxiliary_codes_name_each_rows_category():
    frame = sample(200, 15)
    raked = ps.rake(frame, POPULATION)
    for variable, codes in raked.auxiliary_codes.items():
        categories = list(POPULATION[variable])
        assert [categories[code] for code in codes] == frame[variable].tolist()
    assert raked.auxiliaries is None


def test_diagnostics_by_hand():
    frame = sample(250, 16)
    raked = ps.rake(frame, POPULATION, weights="weight")
    w = raked.weights.to_numpy()
    assert raked.design_effect == pytest.approx(1 + w.var() / w.mean() ** 2, rel=1e-12)
    assert raked.effective_n == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-12)
    table = raked.table.set_index(["variable", "category"])
    assert table["n"].xs("gender").to_dict() == frame["gender"].value_counts().to_dict()
    before = frame.groupby("gender")["weight"].sum() / frame["weight"].sum()
    np.testing.assert_allclose(table["share_before"].xs("gender"), before, rtol=1e-12)
    told = raked.describe()
    assert told.startswith(
        "Weighted by gender, ethnicity and age_band (raking) to a total of 3,000;"
    )
    assert f"design effect {raked.design_effect:.2f}; effective n" in told
    assert told.endswith("of 250.")


def test_many_columns_with_gaps_between_cells():
    rng = np.random.default_rng(17)
    frame = pd.DataFrame({f"v{i}": rng.integers(0, 9, 4000) for i in range(9)})
    margins = ps.tally(frame.sample(4000, replace=True, random_state=1), list(frame.columns))
    raked = ps.rake(frame, margins)
    np.testing.assert_allclose(raked.table["share_after"], raked.table["target"], atol=1e-10)


def test_numbers_of_which_each_row_has_its_own():
    rng = np.random.default_rng(24)
    frame = sample(3000, 24).assign(income=rng.gamma(2.0, 9000.0, 3000), years=rng.random(3000))
    totals = {"income": 5.6e7, "years": 1480.0}
    found = ps.calibrate(frame, POPULATION, distance="raking", totals=totals)
    for name, total in totals.items():
        assert found.weights @ frame[name] == pytest.approx(total, rel=1e-9)
    np.testing.assert_array_equal(found.auxiliaries, frame[list(totals)])
    np.testing.assert_allclose(found.table["share_after"], found.table["target"], atol=1e-10)


def test_a_hundred_thousand_rows_take_threads_to_the_same_weights():
    small = sample(500, 18)
    large = pd.concat([small] * 200, ignore_index=True)
    few = ps.rake(small, POPULATION, weights="weight").weights / 200
    many = ps.rake(large, POPULATION, weights="weight").weights
    np.testing.assert_allclose(many.iloc[:500], few, rtol=1e-9)


@pytest.mark.parametrize("n", range(1, 13))
def test_small_samples(n):
    frame = pd.DataFrame({"gender": ["Female", "Male", "Female"][:n] * max(1, n // 3)})
    groups = frame["gender"].unique()
    margins = {"gender": dict.fromkeys(groups, 30.0)}
    raked = ps.rake(frame, margins)
    assert raked.total == pytest.approx(30 * len(groups))
    expected = 30 / frame["gender"].map(frame["gender"].value_counts())
    np.testing.assert_allclose(raked.weights, expected, rtol=1e-12)


def test_category_of_nobody_in_both_is_no_matter():
    frame = pd.DataFrame({"gender": ["Female", "Male"]})
    raked = ps.rake(frame, {"gender": {"Female": 3, "Male": 1, "Other": 0}})
    assert raked.weights.tolist() == [3.0, 1.0]
    assert raked.table["category"].tolist() == ["Female", "Male"]


def test_trim_keeps_limits_and_margins():
    frame = sample(400, 19)
    raked = ps.rake(frame, POPULATION, weights="weight")
    low, high = raked.weights.quantile([0.03, 0.97])
    trimmed = ps.trim(raked, lower=low, upper=high)
    assert trimmed.weights.max() <= high + 1e-7
    assert trimmed.weights.min() >= low - 1e-7
    np.testing.assert_allclose(trimmed.table["share_after"], trimmed.table["target"], atol=1e-10)
    assert trimmed.n_trimmed == int(((raked.weights < low) | (raked.weights > high)).sum())
    assert trimmed.design_effect < raked.design_effect
    pd.testing.assert_series_equal(trimmed.base_weights, raked.base_weights)
    assert "weights were trimmed" in trimmed.describe()


def test_trim_of_a_calibration_with_negative_weights():
    frame = pd.DataFrame({"children": [0, 0, 1, 1, 2, 6]})
    frame["gender"] = ["Female", "Male"] * 3
    found = ps.calibrate(frame, {"gender": {"Female": 30, "Male": 30}}, totals={"children": 37.0})
    assert (found.weights < 0).any()
    assert "below 0; bounds or distance='logit' prevent it" in found.describe()
    trimmed = ps.trim(found, lower=1.0)
    assert trimmed.weights.min() >= 1 - 1e-6
    assert trimmed.totals.loc[0, "total_after"] == pytest.approx(37, rel=1e-9)


def test_trim_that_cuts_nothing_changes_nothing():
    raked = ps.rake(sample(200, 20), POPULATION)
    trimmed = ps.trim(raked, upper=1e6)
    pd.testing.assert_series_equal(trimmed.weights, raked.weights)
    assert trimmed.n_trimmed == 0


def test_protected_without_anything_of_one_row():
    frame = sample(60, 21)
    found = ps.calibrate(
        frame, {"gender": POPULATION["gender"]}, totals={"children": 3600}, weights="weight"
    )
    protected = ps.protect(found, ps.Policy.publish())
    assert set(protected.frames) <= {"table", "totals"}
    assert not any(isinstance(value, pd.Series) for value in protected.facts.values())
    assert {"method", "design_effect", "effective_n"} <= set(protected.facts)
    rare = pd.DataFrame({"gender": ["Female"] * 30 + ["Male"] * 28 + ["Other"] * 2})
    margins = {"gender": {"Female": 1600, "Male": 1300, "Other": 100}}
    table = ps.protect(ps.rake(rare, margins), ps.Policy.publish()).table.set_index("category")
    assert table.loc["Other", "suppressed"]
    assert table.loc["Other", ["n", "share_before", "share_after"]].isna().all()


def test_frozen_picklable_printable():
    raked = ps.rake(sample(100, 22), POPULATION)
    with pytest.raises(dataclasses.FrozenInstanceError):
        raked.total = 1.0
    again = pickle.loads(pickle.dumps(raked))
    pd.testing.assert_series_equal(again.weights, raked.weights)
    assert copy.copy(raked).total == raked.total
    assert "share_after" in str(raked)
    assert "share_after" in raked._repr_html_()


def test_the_frame_is_left_alone():
    frame = sample(100, 23)
    kept = frame.copy(deep=True)
    raked = ps.rake(frame, POPULATION, weights="weight")
    ps.trim(raked, upper=float(raked.weights.max()) * 0.999)
    pd.testing.assert_frame_equal(frame, kept)


@pytest.mark.parametrize("seed", range(20))
def test_bounded_calibration_is_found_where_a_linear_programme_finds_one(seed):
    rng = np.random.default_rng(seed)
    frame = sample(int(rng.integers(30, 150)), seed)
    n = len(frame)
    margins = {}
    for variable in POPULATION:
        shares = frame[variable].value_counts(normalize=True)
        shares = shares * rng.uniform(0.6, 1.6, len(shares))
        margins[variable] = (shares / shares.sum()).to_dict()
    totals = {"children": float(frame["children"].sum() * rng.uniform(0.8, 1.3))}
    bounds = (float(rng.uniform(0, 0.7)), float(rng.uniform(1.2, 3)))
    design = [frame[v] == c for v, block in margins.items() for c in block]
    wanted = [n * share for block in margins.values() for share in block.values()]
    programme = optimize.linprog(
        np.zeros(n),
        A_eq=np.array([*design, frame["children"]], dtype=float),
        b_eq=[*wanted, totals["children"]],
        bounds=bounds,
    )
    for distance in ("linear", "raking", "logit"):
        if programme.status == 0:
            found = ps.calibrate(frame, margins, distance=distance, bounds=bounds, totals=totals)
            assert found.max_gap <= 1e-10
        else:
            with pytest.raises(ps.EstimationError, match="not reached"):
                ps.calibrate(frame, margins, distance=distance, bounds=bounds, totals=totals)
