"""Event studies: against least squares on dummies, means by hand and known truth."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Least squares in double precision on both sides.
SAME = 1e-8


def log(seed=0, people=60, periods=10, drop=-0.3, trend=0.0, unbalanced=True):
    """Half the people lose `drop` from period 5 on, after a `trend` of their own."""
    rng = np.random.default_rng(seed)
    who, at = np.repeat(np.arange(people), periods), np.tile(np.arange(periods), people)
    touched = who < people // 2
    frame = pd.DataFrame({"who": who, "at": at})
    own, common = rng.normal(0, 0.3, people)[who], rng.normal(0, 0.3, periods)[at]
    frame["rate"] = own + common + drop * (touched & (at >= 5)) + trend * touched * at
    frame["rate"] += rng.normal(0, 0.2, len(frame))
    frame["event"] = np.where(touched, 5.0, np.nan)
    return frame[rng.random(len(frame)) < 0.9] if unbalanced else frame


def study(frame, **options):
    return ps.fit_event_study("rate", frame, unit="who", time="at", event="event", **options)


def by_dummies(frame, terms, leads, lags):
    """Least squares on dummies with the cluster sandwich of Arellano (1987)."""
    since = (frame["at"] - frame["event"]).clip(-leads, lags)
    x = np.column_stack([(since == k).to_numpy(float) for k in terms])
    dummies = np.hstack(
        [
            pd.get_dummies(frame["who"]).to_numpy(float),
            pd.get_dummies(frame["at"]).to_numpy(float)[:, 1:],
        ]
    )
    design = np.hstack([x, dummies])
    beta, *_ = np.linalg.lstsq(design, frame["rate"].to_numpy(), rcond=None)
    residual = frame["rate"].to_numpy() - design @ beta
    x = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
    bread = np.linalg.inv(x.T @ x)
    scores = pd.DataFrame(x * residual[:, None]).groupby(frame["who"].to_numpy()).sum().to_numpy()
    return beta[: len(terms)], bread @ (scores.T @ scores) @ bread


@pytest.mark.parametrize(("leads", "lags"), [(3, 3), (5, 4), (2, 0), (1, 1)])
def test_same_as_least_squares_on_dummies(leads, lags):
    frame = log()
    found = study(frame, leads=leads, lags=lags)
    terms = [k for k in range(-leads, lags + 1) if k != -1]
    assert found.table["since_event"].tolist() == sorted([*terms, -1])
    table = found.table.set_index("since_event")
    beta, covariance = by_dummies(frame, terms, leads, lags)
    np.testing.assert_allclose(table.loc[terms, "estimate"], beta, atol=SAME)
    # Of the effects those of periods count among the terms; people are the clusters.
    people, rows = frame["who"].nunique(), len(frame)
    factor = people / (people - 1) * (rows - 1) / (rows - len(terms) - frame["at"].nunique())
    ratio = table.loc[terms, "std_error"] / np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(ratio, np.sqrt(factor), rtol=SAME)
    early = [number for number, k in enumerate(terms) if k < -1]
    if early:
        spread = covariance[np.ix_(early, early)] * ratio.iloc[0] ** 2
        wald = beta[early] @ np.linalg.solve(spread, beta[early])
        assert found.pre_trend == pytest.approx(wald, rel=1e-6)
        assert found.pre_trend_df == len(early)
        assert f"χ²({len(early)}) = {wald:.2f}" in found.describe()
    else:
        assert found.pre_trend is None
        assert "tested together" not in found.describe()


def test_two_periods_are_a_difference_in_differences():
    frame = log(periods=6, unbalanced=False)
    frame = frame[frame["at"] >= 4]
    table = study(frame, leads=1, lags=0).table.set_index("since_event")
    change = frame.pivot_table(index="who", columns="at", values="rate")
    change = change[5] - change[4]
    assert table.loc[0, "estimate"] == pytest.approx(change[:30].mean() - change[30:].mean())
    assert (table.loc[-1, "estimate"], table.loc[0, "n_units"]) == (0.0, 30)
    assert np.isnan(table.loc[-1, "std_error"])


@pytest.mark.slow
def test_known_truth_is_covered_and_a_trend_before_is_found():
    """The drop is -.3 in every period after; 60 logs with two intervals each."""
    covered, rejected = 0, 0
    for seed in range(60):
        found = study(log(seed))
        after = found.table[found.table["since_event"].isin([0, 2])]
        covered += ((after["conf_low"] <= -0.3) & (after["conf_high"] >= -0.3)).sum()
        rejected += found.pre_trend_p_value < 0.05
    # Of 120 intervals, in pairs that lean on one another, under 102 has a chance below .001.
    assert covered >= 102
    assert rejected <= 10
    assert study(log(1, trend=0.1)).pre_trend_p_value < 0.001


def test_dates_other_frames_and_events_between_meetings():
    import polars as pl

    frame = log()
    dated = frame.assign(at=pd.Timestamp("2012-01-01") + pd.to_timedelta(7 * frame["at"], "D"))
    # Two days before the meeting of period 5: the first period not before it is that one.
    starts = pd.Timestamp("2012-01-01") + pd.Timedelta(days=33)
    dated["event"] = pd.Series(starts, index=dated.index).where(frame["event"].notna())
    for same in (dated, pl.from_pandas(frame).lazy()):
        pd.testing.assert_frame_equal(study(same).table, study(frame).table)
    holes = frame.assign(rate=frame["rate"].mask(frame["at"] == 3))
    assert study(holes).n_missing == (frame["at"] == 3).sum()


def test_several_dates_are_said():
    frame = log()
    later = frame["who"] < 10
    found = study(frame.assign(event=frame["event"].mask(later, 7.0)))
    assert "The event has 2 dates" in found.describe()
    assert "30 people touched by the event against 30 never touched" in found.describe()
    # With one date and thirty people or more in each period there is nothing to say.
    assert study(log(people=120)).note == ""


@pytest.mark.parametrize(
    ("change", "options", "kind", "message"),
    [
        ({}, {"leads": 0}, InputError, "leads=0 is too few"),
        ({}, {"lags": 1.5}, InputError, "lags=1.5 is too few"),
        ({}, {"confidence": 95}, InputError, "not between 0 and 1"),
        ({"at": 1}, {}, InputError, "second row of one person in one period"),
        ({"rate": "often"}, {}, InputError, "'rate' is not a number"),
        ({"event": range(540)}, {}, InputError, "have more than one value of 'event'"),
        ({"event": "spring"}, {}, InputError, "'event' is not on the scale of 'at'"),
        ({"event": np.nan}, {}, EstimationError, "nobody was touched"),
        ({"event": 5}, {}, EstimationError, "everybody was touched"),
    ],
)
def test_errors(change, options, kind, message):
    frame = log(unbalanced=False).head(540).assign(**change)
    with pytest.raises(kind, match=message):
        study(frame, **options)


def test_too_few_people_and_wrong_columns():
    few = log(people=4, unbalanced=False)
    with pytest.raises(
        EstimationError, match=r"cannot be told from the effects.*4 people, 6 periods"
    ):
        study(few)
    with pytest.raises(InputError, match="fit_event_study: no column 'event'"):
        study(few.drop(columns="event"))
    with pytest.raises(InputError, match="a column is asked for twice"):
        ps.fit_event_study("rate", few, unit="who", time="at", event="at")


def test_one_date_and_whom_it_concerns():
    """The same as a column with the date of those people."""
    rng = np.random.default_rng(8)
    log = pd.DataFrame({"who": np.repeat(range(80), 6), "at": list(range(6)) * 80})
    log["capacity"] = np.where(log["who"] % 4 == 0, "resident", "officer")
    log["came"] = rng.random(480)
    log["date"] = np.where(log["capacity"] == "resident", 3.0, np.nan)
    options = {"unit": "who", "time": "at", "leads": 2, "lags": 1}
    column = ps.fit_event_study("came", log, event="date", **options)
    one = ps.fit_event_study("came", log, event=3, touched=("capacity", "resident"), **options)
    pd.testing.assert_frame_equal(one.table, column.table)
    assert one.n_touched == 20
    with pytest.raises(InputError, match=r"nobody's 'capacity' is 'councillor'.*officer, resident"):
        ps.fit_event_study("came", log, event=3, touched=("capacity", "councillor"), **options)


def test_few_touched_people_are_said_and_no_joint_test_of_more_leads_than_people():
    rng = np.random.default_rng(9)
    log = pd.DataFrame({"who": np.repeat(range(40), 12), "at": list(range(12)) * 40})
    log["came"], log["event"] = rng.random(480), np.where(log["who"] < 4, 8.0, np.nan)
    study = ps.fit_event_study("came", log, unit="who", time="at", event="event", leads=6, lags=2)
    assert study.pre_trend is None
    assert study.pre_trend_df == 0
    assert "cannot be tested together. Some of this rests on 4 people" in study.describe()
    tested = ps.fit_event_study("came", log, unit="who", time="at", event="event", leads=3, lags=2)
    assert tested.pre_trend_df == 2


def test_an_outcome_that_never_changes_is_said():
    found = study(log().assign(rate=0.0))
    assert found.note.startswith("Nobody's outcome ever changes: there is nothing to explain.")
    assert found.table["p_value"].isna().all()
