"""Format and capacity interact wherever a model has both, and where they cannot it is said."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError


def log_of(people=80, seed=3):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), 12)
    log = pd.DataFrame({"who": who, "format": np.tile(["formal", "informal"], len(who) // 2)})
    log["capacity"] = rng.choice(["resident", "officer", "staff"], people)[who]
    log["gender"] = rng.choice(["Female", "Male"], people)[who]
    log["ward"] = "North"
    deterred = (log["format"] == "formal") & (log["capacity"] == "resident")
    log["attended"] = (rng.random(len(log)) < np.where(deterred, 0.3, 0.7)).astype(int)
    return log


def test_format_and_capacity_interact():
    log = log_of()
    found = ps.attendance_formula(log, ["gender", "ward", "capacity", "format", "absent_column"])
    assert found.formula == str(found) == "attended ~ gender + format * capacity"
    assert found.left_out == ("ward", "absent_column")
    assert found.note == ""
    fit = ps.fit_logit(str(found), log, unit="who")
    # With the interaction the rates by both are the raw ones, but for gender.
    raw = log.groupby(["format", "capacity"])["attended"].mean()
    rates = fit.rates(("format", "capacity")).table.set_index("category")["estimate"]
    for (kind, capacity), share in raw.items():
        assert rates[f"{kind} × {capacity}"] == pytest.approx(share, abs=0.02)


def test_one_without_the_other_is_left_alone():
    found = ps.attendance_formula(log_of(), ["format", "gender"])
    assert str(found) == "attended ~ format + gender"


def test_combinations_that_never_occur_are_named():
    log = log_of()
    log = log[(log["format"] == "formal") | (log["capacity"] == "resident")]
    found = ps.attendance_formula(log, ["format", "capacity"])
    assert str(found) == "attended ~ format + capacity"
    assert found.note.endswith("nobody is in 'informal × officer', 'informal × staff'.")
    ps.fit_logit(str(found), log, unit="who")  # the interaction would be refused


def test_pairs_can_be_chosen_and_the_response_too():
    log = log_of().rename(columns={"attended": "came"})
    found = ps.attendance_formula(
        log, ["gender", "format"], response="came", crossed=[("gender", "format")]
    )
    assert str(found) == "came ~ gender * format"


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match=r"no characteristic has two groups.*among ward, gone"):
        ps.attendance_formula(log_of(), ["ward", "gone"])


def test_rates_among_some_are_those_of_their_rows():
    """By hand: everybody in the group set to each level in turn, averaged over their rows."""
    log = log_of()
    fit = ps.fit_logit("attended ~ gender + format * capacity", log, unit="who")
    ours = fit.among(capacity="resident").rates("format").table.set_index("category")
    rows = log[log["capacity"] == "resident"]
    table = fit.table.set_index("term")["estimate"]
    for kind in ("formal", "informal"):
        eta = table["Intercept"] + table["gender[T.Male]"] * (rows["gender"] == "Male")
        eta += table["capacity[T.resident]"]
        if kind == "informal":
            eta += table["format[T.informal]"]
            eta += table["format[T.informal]:capacity[T.resident]"]
        expected = float((1 / (1 + np.exp(-eta))).mean())
        assert ours.loc[kind, "estimate"] == pytest.approx(expected, abs=1e-9)
        assert ours.loc[kind, "n_units"] == rows["who"].nunique()
        assert ours.loc[kind, "n_rows"] == (rows["format"] == kind).sum()
    effects = fit.among(capacity="resident").effects("format").table
    gap = ours.loc["informal", "estimate"] - ours.loc["formal", "estimate"]
    assert effects["estimate"].iloc[0] == pytest.approx(gap, abs=1e-9)
    everybody = fit.among().rates("format").table
    pd.testing.assert_frame_equal(everybody, fit.rates("format").table)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"ward": "North"}, "'ward' is no factor.*one of"),
        ({"capacity": "mayor"}, "'capacity' has no level 'mayor'.*officer, resident, staff"),
    ],
)
def test_groups_that_are_not_there_are_refused(levels, message):
    fit = ps.fit_logit("attended ~ format + capacity", log_of(), unit="who")
    with pytest.raises(InputError, match=message):
        fit.among(**levels)


def test_groups_that_nobody_shares_are_refused():
    log = log_of()
    log = log[(log["format"] == "formal") | (log["capacity"] == "resident")]
    fit = ps.fit_logit("attended ~ format + capacity", log, unit="who")
    with pytest.raises(InputError, match=r"nobody is in all of these groups.*format='informal'"):
        fit.among(format="informal", capacity="officer")
