"""Panel models: against a within transformation by hand, closed forms and known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Both sides are least squares in double precision; what is left is rounding.
SAME = 1e-8


def panel(people=40, periods=9, seed=0, slope=-0.3):
    """Unbalanced person-months with person and period effects that go with the covariate."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), periods)
    month = np.tile(np.arange(periods), people)
    own, common = rng.normal(size=people)[who], rng.normal(size=periods)[month]
    x = rng.normal(size=len(who)) + own + common
    frame = pd.DataFrame({"who": who, "month": month, "x": x, "z": rng.normal(size=len(who))})
    frame["y"] = slope * x + 2 * own + common + rng.normal(scale=0.5, size=len(who))
    return frame[rng.random(len(frame)) < 0.85].reset_index(drop=True)


def by_dummies(frame, names, effects):
    """Least squares on dummies, with the cluster sandwich of Arellano (1987)."""
    blocks = [frame[names].to_numpy()]
    if effects in ("person", "both"):
        blocks.append(pd.get_dummies(frame["who"]).to_numpy(float))
    if effects in ("period", "both"):
        months = pd.get_dummies(frame["month"]).to_numpy(float)
        blocks.append(months[:, 1:] if effects == "both" else months)
    design = np.hstack(blocks)
    beta, *_ = np.linalg.lstsq(design, frame["y"].to_numpy(), rcond=None)
    residual = frame["y"].to_numpy() - design @ beta
    # Partial out the effects, so that the sandwich is that of the terms alone.
    dummies, terms = design[:, len(names) :], design[:, : len(names)]
    terms = terms - dummies @ np.linalg.lstsq(dummies, terms, rcond=None)[0]
    bread = np.linalg.inv(terms.T @ terms)
    scores = pd.DataFrame(terms * residual[:, None]).groupby(frame["who"]).sum().to_numpy()
    return beta[: len(names)], bread @ (scores.T @ scores) @ bread


@pytest.mark.parametrize("effects", ["person", "period", "both"])
def test_estimates_are_those_of_least_squares_on_dummies(effects):
    frame = panel()
    fit = ps.fit_panel("y ~ x + z", frame, unit="who", time="month", effects=effects)
    beta, covariance = by_dummies(frame, ["x", "z"], effects)
    np.testing.assert_allclose(fit.table["estimate"], beta, atol=SAME)
    # Person effects are within the clusters: only the intercept and period effects count.
    periods = frame["month"].nunique()
    counted = 2 + {"person": 1, "period": periods, "both": periods}[effects]
    people, rows = frame["who"].nunique(), len(frame)
    factor = people / (people - 1) * (rows - 1) / (rows - counted)
    errors = np.sqrt(factor * np.diag(covariance))
    np.testing.assert_allclose(fit.table["std_error"], errors, rtol=SAME)


def test_errors_of_two_periods_are_those_of_changes():
    """With two periods the model is one of changes, and so are its errors but for N and P.

    Were person effects counted among the terms, errors of two periods would be too large by √2.
    """
    rng = np.random.default_rng(31)
    frame = pd.DataFrame({"who": np.repeat(np.arange(40), 2), "month": [0, 1] * 40})
    frame["after"] = ((frame["who"] < 20) & (frame["month"] == 1)).astype(int)
    frame["y"] = rng.normal(size=40)[frame["who"]] + rng.normal(size=80)
    fit = ps.fit_panel("y ~ after", frame, unit="who", time="month").table
    wide = frame.pivot_table(index="who", columns="month", values="y")
    change = pd.DataFrame({"y": wide[1] - wide[0], "x": np.arange(40) < 20}).astype(float)
    robust = smf.ols("y ~ x", change).fit(cov_type="HC0")
    assert fit["estimate"][0] == pytest.approx(robust.params["x"], rel=SAME)
    factor = 40 / 39 * 79 / (80 - 3)
    assert fit["std_error"][0] == pytest.approx(robust.bse["x"] * np.sqrt(factor), rel=SAME)


@pytest.mark.slow
def test_intervals_of_short_panels_cover():
    """Of 300 panels of 40 people in three periods: 95% intervals, 265 to 297 by chance (.001)."""
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(5_000 + seed)
        frame = pd.DataFrame({"who": np.repeat(np.arange(40), 3), "month": [0, 1, 2] * 40})
        frame["x"] = rng.normal(size=120) + rng.normal(size=40)[frame["who"]]
        frame["y"] = 0.5 * frame["x"] + 2 * rng.normal(size=40)[frame["who"]] + rng.normal(size=120)
        table = ps.fit_panel("y ~ x", frame, unit="who", time="month").table
        covered += table["conf_low"][0] <= 0.5 <= table["conf_high"][0]
    assert 270 <= covered <= 294


def test_difference_in_differences_of_two_periods_is_the_difference_of_mean_changes():
    frame = pd.DataFrame({"who": np.repeat(np.arange(6), 2), "month": [0, 1] * 6})
    frame["after"] = ((frame["who"] < 3) & (frame["month"] == 1)).astype(int)
    frame["y"] = [1.0, 0.4, 0.8, 0.5, 0.9, 0.2, 0.7, 0.6, 0.5, 0.6, 0.6, 0.7]
    wide = frame.pivot_table(index="who", columns="month", values="y")
    change = wide[1] - wide[0]
    fit = ps.fit_panel("y ~ after", frame, unit="who", time="month", effects="both")
    assert fit.table["estimate"].iloc[0] == pytest.approx(change[:3].mean() - change[3:].mean())
    assert fit.table["n_units"].iloc[0] == 3


@pytest.mark.slow
def test_known_truth_is_recovered_where_comparing_people_is_not():
    """The slope is -0.3; people and months with a larger x also have a larger y for other reasons.

    60 panels: their mean estimate has a standard error of about .004, so .02 is five of them.
    """
    within = [
        ps.fit_panel("y ~ x", panel(seed=s), unit="who", time="month").table["estimate"].iloc[0]
        for s in range(60)
    ]
    assert np.mean(within) == pytest.approx(-0.3, abs=0.02)
    pooled = ps.fit_panel("y ~ x", panel(), unit="who", time="month", effects="none").table
    assert pooled.set_index("term").loc["x", "estimate"] > 0


def test_dates_and_missing_values():
    frame = panel()
    dated = frame.assign(month=pd.Timestamp("2012-01-01") + pd.to_timedelta(frame["month"], "W"))
    dated["x"] = dated["x"].mask(dated.index < 7)
    fit = ps.fit_panel("y ~ x", dated, unit="who", time="month")
    same = ps.fit_panel("y ~ x", frame.iloc[7:], unit="who", time="month")
    assert fit.n_missing == 7
    pd.testing.assert_frame_equal(fit.table, same.table)


def test_formal_meetings_of_st_marys():
    """Members' monthly attendance of the committee: lower when formal, as simulated (log-odds)."""
    seated = ps.load_example("st_marys").panel("committee")
    seated = seated[(seated["seat"] == "yes") & (seated["capacity"] == "resident")]
    rates = seated.assign(formal=seated["format"].eq("formal").astype(float))
    fit = ps.fit_panel(
        "attended ~ formal", rates, unit="person_id", time="meeting_id", effects="person"
    )
    assert fit.table["estimate"].iloc[0] < 0
    assert fit.n_units == 15


@pytest.mark.parametrize(
    ("formula", "change", "kind", "message"),
    [
        ("y ~ w", {}, InputError, "fit_panel: no column 'w'"),
        ("y ~ x", {"month": 1}, InputError, "second row of one person in one period"),
        ("y ~ fixed", {}, EstimationError, "'fixed' never changes within a person"),
        ("y ~ x + copy", {}, EstimationError, "cannot be told from the effects"),
        ("y ~ 1", {}, InputError, "no term to estimate"),
    ],
)
def test_errors(formula, change, kind, message):
    frame = panel().assign(fixed=lambda d: d["who"] % 2, copy=lambda d: 2 * d["x"], **change)
    with pytest.raises(kind, match=message):
        ps.fit_panel(formula, frame, unit="who", time="month")


def test_too_few_people():
    with pytest.raises(EstimationError, match="2 people for 2 terms"):
        ps.fit_panel("y ~ x + z", panel(people=2), unit="who", time="month")


def test_terms_that_are_common_to_a_period_are_named():
    log = pd.DataFrame({"who": np.repeat([1, 2, 3], 4), "month": [1, 2, 3, 4] * 3})
    log["after"], log["rate"] = (log["month"] > 2).astype(int), [0.1, 0.4, 0.2] * 4
    for effects in ("both", "period"):
        with pytest.raises(EstimationError, match=r"after: the same for everybody.*='person'"):
            ps.fit_panel("rate ~ after", log, unit="who", time="month", effects=effects)


def test_differences_count_what_they_use():
    """Person 3 has no two periods in a row; of person 2 the term never changes between them."""
    log = pd.DataFrame({"who": [1, 1, 1, 2, 2, 2, 3, 3], "month": [1, 2, 3, 1, 3, 4, 1, 4]})
    log["x"], log["y"] = [0, 1, 0, 0, 1, 1, 0, 1], [0.1, 0.5, 0.2, 0.3, 0.3, 0.4, 0.1, 0.9]
    fit = ps.fit_panel("y ~ x", log, unit="who", time="month", effects="difference")
    # Changes (1, .4), (-1, -.3) of person 1, and (0, .1) of person 2, through the origin.
    assert fit.table["estimate"].iloc[0] == pytest.approx(0.35)
    assert (fit.n_rows, fit.n_units, fit.table["n_units"].iloc[0]) == (5, 2, 1)
    assert fit.note.startswith("3 rows of people without one in the period before or after")
    assert "changes from one period to the next are compared" in fit.describe()


def test_an_outcome_that_never_changes_is_said():
    log = pd.DataFrame({"who": np.repeat(range(4), 3), "month": [1, 2, 3] * 4, "rate": 1.0})
    log["x"] = [0, 1, 0, 1] * 3
    fit = ps.fit_panel("rate ~ x", log, unit="who", time="month", effects="person")
    assert "Nobody's outcome ever changes: there is nothing to explain." in fit.note
    assert "rest on 4 people: of fewer than 30" in fit.describe()
    assert np.isnan(fit.table["p_value"].iloc[0])


def test_rows_may_stand_in_a_file_or_another_frame(tmp_path):
    import polars as pl

    log = pd.DataFrame({"who": np.repeat(range(9), 4), "month": [1, 2, 3, 4] * 9})
    log["x"], log["y"] = (log.index * 7 % 3 == 0).astype(int), np.sin(log.index)
    log.to_parquet(tmp_path / "log.parquet")
    fit = ps.fit_panel("y ~ x", log, unit="who", time="month")
    for source in (tmp_path / "log.parquet", pl.from_pandas(log.sample(frac=1, random_state=2))):
        other = ps.fit_panel("y ~ x", source, unit="who", time="month")
        np.testing.assert_allclose(other.table["estimate"], fit.table["estimate"])
        compared = ps.compare_panels("y ~ x", source, unit="who", time="month")
        assert compared.n_rows == 36


def test_words_and_gaps_are_refused_in_our_words():
    frame = panel()
    with pytest.raises(InputError, match=r"fit_panel: 'y' is not a number.*Hint: make it first"):
        ps.fit_panel("y ~ x", frame.assign(y="present"), unit="who", time="month")
    with pytest.raises(InputError, match="fit_panel: no row has every value"):
        ps.fit_panel("y ~ x", frame.assign(x=np.nan), unit="who", time="month")
    with pytest.raises(InputError, match="fit_panel: a confidence that is not between 0 and 1"):
        ps.fit_panel("y ~ x", frame, unit="who", time="month", confidence=95)


def test_a_term_of_people_rests_on_those_who_have_it_where_people_are_compared():
    frame = panel().assign(seat=lambda rows: (rows["who"] < 12).astype(int))
    for effects in ("random", "none", "period"):
        fit = ps.fit_panel("y ~ seat", frame, unit="who", time="month", effects=effects)
        assert fit.table.set_index("term").loc["seat", "n_units"] == 12
