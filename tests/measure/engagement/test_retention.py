"""Retention and hazards: against R (survival, glm), tables by hand and known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "retention.json").read_text())
LUNG = pd.DataFrame(GOLDEN["data"])
COARSE = LUNG.assign(duration=np.ceil(LUNG["duration"] / 90).astype(int))
# Sums and products of a few hundred terms in double precision on both sides.
SAME = 1e-9
# Both sides iterate to their own stop; statsmodels' Newton leaves about 1e-8.
FITTED = 1e-6
TERMS = "sex + ecog + age"


@pytest.mark.parametrize(
    ("case", "by", "level"), [("by_sex", "sex", 0.95), ("everybody", None, 0.9)]
)
def test_curves_are_survfits(case, by, level):
    theirs = GOLDEN[case]
    curves = ps.retention_curves(LUNG, by=by, confidence=level)
    ours = curves.table
    assert ours["duration"].tolist() == theirs["time"]
    assert ours["n_at_risk"].tolist() == theirs["n_risk"]
    assert ours["n_events"].tolist() == theirs["n_event"]
    assert ours["n_censored"].tolist() == theirs["n_censor"]
    np.testing.assert_allclose(ours["estimate"], theirs["surv"], atol=SAME)
    inside = ours["estimate"].between(0, 1, inclusive="neither")
    assert inside.sum() > 100
    error = ours["estimate"] * np.array(
        [np.nan if g == "Inf" else g for g in theirs["greenwood"]], float
    )
    np.testing.assert_allclose(ours["std_error"][inside], error[inside], atol=SAME)
    for name, other in (("conf_low", "lower"), ("conf_high", "upper")):
        limits = pd.to_numeric(pd.Series(theirs[other]), errors="coerce")
        np.testing.assert_allclose(ours[name][inside], limits[inside], atol=SAME)
    assert ours.loc[~inside, ["conf_low", "conf_high"]].isna().all(axis=None)
    if by:
        assert curves.groups["median"].tolist() == GOLDEN["medians"]


@pytest.mark.parametrize("by", ["sex", "ecog"])
def test_log_rank_is_survdiffs(by):
    theirs = GOLDEN[f"log_rank_{by}"]
    curves = ps.retention_curves(LUNG, by=by)
    assert curves.log_rank == pytest.approx(theirs["chisq"], rel=SAME)
    assert curves.p_value == pytest.approx(theirs["p"], rel=1e-8)
    np.testing.assert_allclose(curves.groups["n_expected"], theirs["expected"], rtol=SAME)
    assert curves.degrees_of_freedom == LUNG[by].nunique() - 1


def test_log_rank_of_a_small_table_by_hand():
    """At time 1 one of 2 + 2 stops (b), at 2 one of 2 + 1 (a), at 3 the last of a; b is censored.

    Expected of a: 2/4 + 2/3 + 1/1; variance 2·2·3/(16·3) + 2·1·2/(9·2) + 0.
    """
    log = pd.DataFrame({"duration": [2, 3, 1, 2], "event": [1, 1, 1, 0], "group": list("aabb")})
    curves = ps.retention_curves(log, by="group")
    difference, variance = 2 - (1 / 2 + 2 / 3 + 1), 1 / 4 + 2 / 9
    assert curves.log_rank == pytest.approx(difference**2 / variance)
    assert curves.groups["n_expected"].tolist() == pytest.approx([13 / 6, 5 / 6])
    assert curves.groups["median"].tolist() == [2, 1]


def test_small_bodies():
    one = ps.retention_curves(pd.DataFrame({"duration": [3], "event": [0]}))
    assert one.table["estimate"].tolist() == [1.0]
    assert (one.log_rank, one.p_value, one.degrees_of_freedom) == (None, None, 0)
    assert np.isnan(one.groups["median"].iloc[0])
    # Nobody of group b is at risk when somebody stops: nothing to compare.
    two = pd.DataFrame({"duration": [5, 6, 1], "event": [1, 1, 0], "group": list("aab")})
    assert ps.retention_curves(two, by="group").log_rank is None
    everybody = ps.retention_curves(pd.DataFrame({"duration": [1, 1], "event": [1, 1]}))
    assert everybody.table["estimate"].tolist() == [0.0]
    assert everybody.table["std_error"].tolist() == [0.0]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_is_coxph(ties):
    theirs = GOLDEN[ties]
    fit = ps.fit_hazard(f"duration ~ {TERMS}", COARSE, method="cox", ties=ties)
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=FITTED)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=FITTED)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=FITTED)
    assert (fit.n_rows, fit.n_units, fit.n_events) == (len(LUNG), len(LUNG), LUNG["event"].sum())
    assert fit.ratio == "hazard ratio"
    assert f"ties after {ties.title()}" in fit.describe()
    # The reference's relative hazard times the ratio is the other's: terms add on the log scale.
    rates = fit.rates("sex").table.set_index("category")["estimate"]
    ratio = fit.odds_ratios().set_index("term").loc["sex[T.male]", "estimate"]
    assert rates["male"] / rates["female"] == pytest.approx(ratio)


@pytest.mark.parametrize("method", ["logit", "cloglog"])
def test_discrete_hazards_are_glms_on_person_periods(method):
    theirs = GOLDEN[method]
    fit = ps.fit_hazard(f"duration ~ {TERMS}", COARSE, method=method)
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=FITTED)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=FITTED)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=FITTED)
    assert fit.n_rows == COARSE["duration"].sum()
    assert fit.n_units == len(COARSE)
    assert fit.ratio == ("hazard ratio" if method == "cloglog" else "odds ratio of stopping")
    stopped = f"{LUNG['event'].sum()} of {len(LUNG)} people stopped coming"
    assert stopped in fit.describe()


@pytest.mark.parametrize("method", ["logit", "cloglog"])
def test_saturated_discrete_hazard_gives_the_raw_hazards(method):
    fit = ps.fit_hazard("duration ~ sex", COARSE, method=method, baseline="1")
    rates = fit.rates("sex").table.set_index("category")["estimate"]
    summed = COARSE.groupby("sex")[["event", "duration"]].sum()
    raw = summed["event"] / summed["duration"]
    np.testing.assert_allclose(rates, raw[rates.index], rtol=SAME)


@pytest.mark.slow
def test_known_hazard_ratio_is_covered_by_about_95_in_100_intervals():
    """log 2 between the groups, 80 logs: fewer than 70 covered has a chance below .003."""
    for method in ("cox", "cloglog"):
        covered = 0
        for seed in range(80):
            rng = np.random.default_rng(seed)
            group = np.repeat(["a", "b"], 120)
            time = rng.exponential(8 / np.where(group == "b", 2, 1))
            ends = rng.uniform(3, 12, 240) if method == "cox" else rng.integers(3, 12, 240)
            watched = time if method == "cox" else np.ceil(time)
            log = pd.DataFrame({"group": group, "duration": np.minimum(watched, ends)})
            log["event"] = (watched <= ends).astype(int)
            row = ps.fit_hazard("duration ~ group", log, method=method, baseline="1")
            low, high = row.table.iloc[-1][["conf_low", "conf_high"]]
            covered += low <= np.log(2) <= high
        assert covered >= 70, method


def register():
    """Five people, eight meetings; gap 2. Who stopped, who moved, who never came."""
    log = {
        "stops": [1, 0, 1, 0, 0, 0, 0, 0],
        "stays": [0, 1, 0, 0, 1, 1, 0, 1],
        "moves": [1, 1, 1, 1],
        "never": [0] * 8,
        "late": [0, 0, 0, 0, 0, 0, 0, 1],
    }
    rows = [(who, at, came) for who, all_ in log.items() for at, came in enumerate(all_)]
    return pd.DataFrame(rows, columns=["who", "meeting", "attended"])


def test_durations_from_a_register():
    """Moving away is not dropping out; the last `gap` meetings tell who comes again."""
    frame = register().assign(group=lambda d: np.where(d["who"] < "n", "x", "y"))
    shuffled = frame.sample(frac=1, random_state=1)
    found = ps.attendance_durations(shuffled, unit="who", time="meeting", gap=2, by=["group"])
    assert found.table.to_dict("list") == {
        "who": ["moves", "stays", "stops"],
        "duration": [2, 5, 3],
        "event": [0, 0, 1],
        "group": ["x", "y", "y"],
    }
    assert (found.never_came, found.too_short, found.n_units) == (1, 1, 3)
    curves = ps.retention_curves(found)
    assert curves.n_units == 3


def test_durations_recover_the_chance_to_stop():
    """Everybody always comes until they stop, with a chance of .2 after each meeting.

    2,000 people: the hazard's standard error is about .2·√(.8)/√2000·… < .005; .02 is four of it.
    """
    rng = np.random.default_rng(3)
    last = rng.geometric(0.2, 2000)
    frame = pd.DataFrame({"who": np.repeat(np.arange(2000), 20), "at": np.tile(range(20), 2000)})
    frame["attended"] = (frame["at"] < last[frame["who"]]).astype(int)
    found = ps.attendance_durations(frame, unit="who", time="at", gap=4)
    curves = ps.retention_curves(found).table.set_index("duration")
    np.testing.assert_allclose(curves["estimate"].loc[1:10], 0.8 ** np.arange(1, 11), atol=0.03)
    fit = ps.fit_hazard("duration ~ 1", found, baseline="1")
    assert 1 / (1 + np.exp(-fit.table["estimate"].iloc[0])) == pytest.approx(0.2, abs=0.02)


def test_no_curve_of_a_person_leaves():
    found = ps.attendance_durations(register(), unit="who", time="meeting", gap=2)
    assert "table" not in ps.protect(found, ps.Policy.publish()).frames
    shown = ps.protect(ps.retention_curves(LUNG, by="sex"), ps.Policy.publish())
    assert shown.frames["table"]["n_events"].dropna().pipe(lambda n: (n == 0) | (n >= 10)).all()
    assert shown.frames["groups"]["n_units"].notna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gap": 0}, "a gap that is not a whole number from 1 on"),
        ({"gap": 9}, "nobody has a duration.*1 who never came, 4 who first came too late"),
        ({"unit": "person"}, "no column 'person'"),
        ({"attended": "meeting"}, "'meeting' is asked for twice|'meeting' is not 0 and 1"),
        ({"time": "attended"}, "a second row of one person at one time"),
    ],
)
def test_errors_of_durations(options, message):
    with pytest.raises(InputError, match=message):
        ps.attendance_durations(register(), **{"unit": "who", "time": "meeting", **options})


def small(**columns):
    base = {"duration": [1, 2, 3, 4, 5, 6], "event": [1, 1, 0, 1, 1, 0], "group": list("ababab")}
    return pd.DataFrame(base | columns)


@pytest.mark.parametrize(
    ("formula", "change", "options", "kind", "message"),
    [
        ("duration ~ group", {}, {"method": "aft"}, InputError, "method='aft' is no choice"),
        ("duration ~ group", {}, {"ties": "exact"}, InputError, "ties='exact' is no choice"),
        ("event ~ group", {}, {}, InputError, "is not the duration"),
        ("duration ~ sex", {}, {}, InputError, "fit_hazard: no column 'sex'"),
        ("duration ~ group", {"duration": [0, 1, 1, 1, 1, 1]}, {}, InputError,
         "'duration' has 1 values that cannot be. Expected times above nought; got 0"),
        ("duration ~ group", {"event": [2, 1, 1, 1, 1, 1]}, {}, InputError, "'event' has 1 values"),
        ("duration ~ group", {"duration": [1.5, 1, 1, 1, 1, 1]}, {}, InputError, "are not whole"),
        ("duration ~ group", {"event": [None] * 6}, {}, InputError, "no row has every value"),
        ("duration ~ group", {"event": [0] * 6}, {}, EstimationError, "nobody stopped coming"),
        ("duration ~ group", {"event": [1, 0, 1, 0, 1, 0]}, {"baseline": "1"}, EstimationError,
         r"nobody of group 'b' ever stopped coming \(0 of 12 person-meetings\)"),
        ("duration ~ group", {"event": [1, 0, 1, 0, 1, 0]}, {"method": "cox"}, EstimationError,
         "no finite hazard ratio fits"),
        ("duration ~ 1", {}, {"method": "cox"}, InputError, "no term to estimate"),
        ("duration ~ group", {"group": list("abcdef")}, {"baseline": "1"}, EstimationError,
         "6 people for 6 terms"),
        ("duration ~ group", {}, {"confidence": 2}, InputError, "not between 0 and 1"),
    ],
)  # fmt: skip
def test_errors_of_hazards(formula, change, options, kind, message):
    with pytest.raises(kind, match=message):
        ps.fit_hazard(formula, small(**change), **options)


def test_curves_in_words():
    rows = pd.DataFrame({"duration": [1, 1, 1, 2, 5, 6, 7, 8], "event": [1, 1, 1, 1, 0, 0, 1, 0]})
    rows["group"] = list("aaaabbbb")
    told = ps.retention_curves(rows, by="group").describe()
    assert told.startswith("5 of 8 people were seen to stop coming. Time by which half had stopped")
    assert "a 1, b 7. The groups differ (log-rank χ²(1) = " in told
    none = ps.retention_curves(rows.assign(event=0), by="group").describe()
    assert "a not by the end, b not by the end. The groups cannot be tested: too few" in none
    assert "log-rank" not in ps.retention_curves(rows).describe()


def test_a_baseline_speaks_of_the_period_alone():
    people = pd.DataFrame({"duration": [1, 1, 2, 3], "event": [1, 0, 1, 1], "group": list("abab")})
    with pytest.raises(InputError, match=r"speaks of 'ward'. Expected terms in period"):
        ps.fit_hazard("duration ~ group", people, baseline="np.log(period) + ward")
    first = people.assign(duration=1)
    with pytest.raises(EstimationError, match=r"nobody was watched beyond.*Hint: ask for baseline"):
        ps.fit_hazard("duration ~ group", first)


def test_half_that_are_still_coming_have_not_stopped_by_the_end():
    people = pd.DataFrame({"duration": [3, 4, 5, 5], "event": [1, 0, 0, 0]})
    assert "Everybody not by the end." in ps.retention_curves(people).describe()
