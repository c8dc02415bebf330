"""Random effects, first differences and Hausman's test: against plm and known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "panels.json").read_text())
FIRMS = pd.DataFrame(GOLDEN["data"])
# Least squares in double precision on both sides.
SAME = 1e-8


@pytest.mark.parametrize(
    ("effects", "case", "rows", "counted"),
    [
        ("person", "within", 200, 3),
        ("random", "random", 200, 3),
        ("difference", "difference", 190, 2),
    ],
)
def test_same_as_plm(effects, case, rows, counted):
    theirs = GOLDEN[case]
    fit = ps.fit_panel("inv ~ value + capital", FIRMS, unit="firm", time="year", effects=effects)
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], rtol=SAME)
    # plm's HC0 has no small-sample factor.
    factor = 10 / 9 * (rows - 1) / (rows - counted)
    ratio = fit.table["std_error"] / theirs["clustered"]
    np.testing.assert_allclose(ratio, np.sqrt(factor), rtol=1e-6)


def test_random_effects_of_people_with_unlike_numbers_of_periods():
    """The variances of Baltagi and Chang, as plm's; without them estimates are 2% off."""
    uneven = FIRMS[FIRMS["year"] >= 1934 + FIRMS["firm"]]
    theirs = GOLDEN["uneven"]
    fit = ps.fit_panel(
        "inv ~ value + capital", uneven, unit="firm", time="year", effects="random"
    ).table
    np.testing.assert_allclose(fit["estimate"], theirs["estimate"], rtol=SAME)
    ratio = fit["std_error"] / theirs["clustered"]
    rows = len(uneven)
    np.testing.assert_allclose(ratio, np.sqrt(10 / 9 * (rows - 1) / (rows - 3)), rtol=1e-6)


def test_hausman_is_plms():
    found = ps.compare_panels("inv ~ value + capital", FIRMS, unit="firm", time="year")
    assert found.hausman == pytest.approx(GOLDEN["hausman"], rel=SAME)
    assert found.hausman_p_value == pytest.approx(GOLDEN["p_value"], rel=SAME)
    assert found.degrees_of_freedom == GOLDEN["df"]
    np.testing.assert_allclose(found.table["fixed"], GOLDEN["within"]["estimate"], rtol=SAME)
    np.testing.assert_allclose(found.table["random"], GOLDEN["random"]["estimate"][1:], rtol=SAME)
    assert (found.n_rows, found.n_units) == (200, 10)


def panel(seed, leaning):
    """People whose level goes with the term by `leaning`; slope -.3."""
    rng = np.random.default_rng(seed)
    who, at = np.repeat(np.arange(60), 8), np.tile(np.arange(8), 60)
    own = rng.normal(size=60)[who]
    frame = pd.DataFrame({"who": who, "at": at, "x": rng.normal(size=480) + own})
    frame["y"] = -0.3 * frame["x"] + leaning * own + rng.normal(size=60)[who]
    return frame.assign(y=frame["y"] + rng.normal(0, 0.5, 480))


@pytest.mark.slow
def test_people_who_lean_are_found_and_others_are_not():
    """100 panels without leaning: over 12 found at 5% has a chance below .002."""
    found = [
        ps.compare_panels("y ~ x", panel(seed, 0), unit="who", time="at") for seed in range(100)
    ]
    assert sum(one.mundlak_p_value < 0.05 for one in found) <= 12
    assert sum(one.hausman_p_value < 0.05 for one in found) <= 12
    leaning = ps.compare_panels("y ~ x", panel(1, 1.0), unit="who", time="at")
    assert leaning.mundlak_p_value < 1e-6
    # Random effects fit so badly that the difference of variances is none.
    assert (leaning.hausman, leaning.hausman_p_value) == (None, None)
    assert "keep to what changes within people" in leaning.describe()
    calm = next(one for one in found if one.mundlak_p_value > 0.5)
    assert "No sign that people who differ" in calm.describe()


def test_mundlaks_coefficient_is_between_less_within():
    """In a balanced panel the means' coefficient is the slope between people less that within.

    Its clustered error is then that of the between regression with its scores per person.
    """
    frame = panel(3, 0.5)
    within = ps.fit_panel("y ~ x", frame, unit="who", time="at", effects="person").table
    means = frame.groupby("who")[["x", "y"]].mean()
    between = np.polyfit(means["x"], means["y"], 1)[0]
    both = frame.assign(mean=frame.groupby("who")["x"].transform("mean"))
    random = ps.fit_panel("y ~ x + mean", both, unit="who", time="at", effects="random").table
    gap = random.set_index("term").loc["mean"]
    assert gap["estimate"] == pytest.approx(between - within["estimate"].iloc[0], abs=SAME)
    found = ps.compare_panels("y ~ x", frame, unit="who", time="at")
    assert found.mundlak == pytest.approx(gap["statistic"] ** 2, rel=SAME)


@pytest.mark.slow
def test_random_effects_recover_what_comparing_people_is_right_for():
    slopes = [
        ps.fit_panel("y ~ x", panel(seed, 0), unit="who", time="at", effects=effects).table
        for seed in range(40)
        for effects in ("random", "difference")
    ]
    slopes = [table["estimate"].iloc[-1] for table in slopes]
    # Each has an error of about .03, so the mean of 80 of about .003; .02 is six of them.
    assert np.mean(slopes) == pytest.approx(-0.3, abs=0.02)


def test_errors_of_few_and_of_flat_panels():
    few = panel(0, 0)
    with pytest.raises(EstimationError, match="2 people for 2 terms"):
        ps.compare_panels("y ~ x", few[few["who"] < 2], unit="who", time="at")
    flat = few.assign(y=0.0)
    with pytest.raises(EstimationError, match="the variance of people's effects cannot be told"):
        ps.compare_panels("y ~ x", flat, unit="who", time="at")
    with pytest.raises(EstimationError, match="cannot be told from the effects"):
        ps.fit_panel("y ~ x", flat, unit="who", time="at", effects="random")


def test_errors():
    frame = panel(0, 0)
    with pytest.raises(InputError, match="effects='between' is no choice"):
        ps.fit_panel("y ~ x", frame, unit="who", time="at", effects="between")
    with pytest.raises(EstimationError, match="'z' never changes within a person"):
        ps.compare_panels("y ~ z", frame.assign(z=frame["who"] % 2), unit="who", time="at")
    with pytest.raises(EstimationError, match="the means of people say nothing beside the terms"):
        ps.compare_panels("y ~ at2", frame.assign(at2=frame["at"] % 2), unit="who", time="at")
