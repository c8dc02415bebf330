"""Retention, event study, weights and response: marks at the numbers, words from the table."""

import numpy as np
import pandas as pd
import pytest
from outcomes import event_study, ladder, response, retention, weights
from sheets import faults, words
from specimens import SYNTHETIC, Policy, rates, terms

import participation_stats as ps
from participation_stats.release.phrases import fine_percent, percent
from participation_stats.release.theme import file_bytes

PUBLISH = Policy.publish()
INTERNAL = Policy.internal("board paper with names, of November, not for circulation")
LONG = [
    "Any other mixed or multiple ethnic background",
    "White: English, Welsh, Scottish, Northern Irish or British",
    *(f"Group {letter}" for letter in "ABCDEFGHIJKLMNOP"),
    "Other",
]


def dots(figure):
    """Places of all dots, by axes."""
    found = [
        np.asarray(mark.get_offsets(), dtype=float)
        for mark in figure.axes[0].collections
        if type(mark).__name__ == "PathCollection"
    ]
    return np.concatenate(found)


# Retention.


@pytest.mark.slow
@pytest.mark.parametrize("groups", [1, 2, 19])
@pytest.mark.parametrize("width", [80, 120, 160, 280])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH, INTERNAL], ids=["exempt", "pub", "int"])
def test_curves_of_any_number_of_groups(groups, width, policy):
    figure = ps.draw_retention(retention(policy, groups), width_mm=width, caption="Source: us.")
    assert faults(figure) == []


def test_curves_step_down_at_the_numbers():
    protected = retention()
    figure = ps.draw_retention(protected)
    for inset, group in zip(figure.axes[0].child_axes, ("Group A", "Group B"), strict=True):
        own = protected.table[protected.table["category"] == group]
        line = next(line for line in inset.lines if line.get_linewidth() == 2)
        assert list(line.get_xdata()) == [0, *own["duration"]]
        assert list(line.get_ydata()) == pytest.approx([1, *own["estimate"]])


def test_numbers_at_risk_stand_under_the_curves():
    # Of 40 in Group A 4 stop at meetings 1, 2 and 4: 40, 36, 32, 32, 28, 28 are at risk.
    text = words(ps.draw_retention(retention())).splitlines()
    assert [word for word in ("40", "36", "32", "28", "24", "16") if word not in text] == []
    alt = ps.draw_retention(retention()).alt_text
    assert "90% after 1 (40 at risk), 80% after 2 (36 at risk)" in alt
    assert alt.startswith(
        "After 6 meetings, 70% of Group A residents are still coming and 40% of Group B residents; "
        "the curves differ by more than chance alone would explain."
    )


def test_long_watching_is_drawn_by_doublings():
    log = pd.DataFrame({"duration": [1, 2, 4, 118] * 20, "event": [1, 1, 1, 0] * 20})
    figure = ps.draw_retention(ps.protect(ps.retention_curves(log), SYNTHETIC))
    assert faults(figure) == []
    assert figure.axes[0].child_axes[0].get_xscale() == "symlog"
    assert {"1", "2", "4", "8", "16", "32", "64"} <= set(words(figure).splitlines())
    assert figure.alt_text.startswith("After 64 meetings, 25% of the 80 people who came are still")


def test_a_body_of_twelve_and_of_one():
    log = pd.DataFrame(
        {"duration": [1, 2, 2, 3, 5, 5, 6, 6, 6, 6, 6, 6], "event": [1, 1, 0, 1, 1, *[0] * 7]}
    )
    for rows in (log, log[:1]):
        for policy in (INTERNAL, PUBLISH):
            figure = ps.draw_retention(ps.protect(ps.retention_curves(rows), policy))
            assert faults(figure) == []
            assert "nan" not in figure.alt_text


def stays_of(stops, ends, groups=("Men", "Women")):
    """As many of each group stop after each meeting, and are watched no longer after it."""
    rows = [
        {"gender": name, "duration": meeting, "event": event}
        for name in groups
        for event, counts in ((1, stops), (0, ends))
        for meeting, count in enumerate(counts, start=1)
        for _ in range(count)
    ]
    return pd.DataFrame(rows)


def test_published_in_wide_intervals_nothing_is_drawn_within_them():
    log = stays_of((30, 4, 8, 12, 3), (11, 6, 5, 10, 12))
    protected = ps.protect(ps.retention_curves(log, by="gender"), PUBLISH)
    # Of 101, 11 are watched for one meeting; 12 stop in the next two, and 11 are watched no longer.
    assert protected.table["duration"].tolist() == [1, 3, 5] * 2
    assert protected.table["n_at_risk"].tolist() == [101, 60, 37] * 2
    assert not any("left out" in note for note in protected.notes)
    assert any(
        "by gender is shown in 3 wide intervals, up to 1, 3 and 5" in x for x in protected.notes
    )
    figure = ps.draw_retention(protected)
    assert faults(figure) == []
    for inset in figure.axes[0].child_axes:
        line = next(line for line in inset.lines if line.get_linewidth() == 2)
        assert list(line.get_xdata()) == [0, 1, 3, 5]
        assert line.get_drawstyle() == "default"
    # By hand: 71 of 101; 12 of the 60 in two meetings, where 11 count as three quarters.
    first, second = 1 - 30 / 101, (1 - 30 / 101) * (1 - 12 / (60 - 11 / 4))
    told = f"{first:.0%} after 1 (60 at risk), {second:.0%} after 3 (37 at risk)"
    assert told in figure.alt_text
    assert figure.alt_text.startswith(f"After 3 meetings, {second:.0%} of every group are still")


def test_one_group_alone_is_left_out_with_its_name():
    log = stays_of((30, 20), (15, 16), groups=("Women",))
    protected = ps.protect(ps.retention_curves(log, by="gender"), PUBLISH)
    assert "Women" not in str(protected)
    assert "Gender is left out: it has one group, whose name would say what everybody is." in (
        protected.notes
    )
    figure = ps.draw_retention(protected)
    assert figure.alt_text.startswith("How long people keep coming is withheld")
    everybody = ps.protect(ps.retention_curves(log), PUBLISH)
    assert everybody.table["n_events"].tolist() == [30, 20]
    assert everybody.notes == ()


def test_withheld_curves_leave_no_trace():
    one, other = (
        ps.draw_retention(ps.protect(ps.retention_curves(log), PUBLISH))
        for log in (
            pd.DataFrame({"duration": [1, 2, 3] * 4, "event": [1, 1, 0] * 4}),
            pd.DataFrame({"duration": [1, 2, 3] * 4, "event": [1, 0, 0] * 4}),
        )
    )
    assert one.alt_text == other.alt_text
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    assert "the curve is withheld" in one.alt_text
    assert "[c]" in words(one).splitlines()


# Event study.


def test_event_study_dots_stand_at_the_estimates_in_points():
    protected = event_study()
    figure = ps.draw_event_study(protected)
    assert sorted(dots(figure)[:, 1]) == pytest.approx(
        sorted(100 * protected.table["estimate"].to_numpy())
    )
    assert figure.axes[0].get_ylim()[0] < 100 * protected.table["conf_low"].min()


def test_event_study_says_when_and_how_much():
    protected = event_study()
    table = protected.table.set_index("since_event")
    after = table.loc[0:]
    worst = after["estimate"].abs().idxmax()
    alt = ps.draw_event_study(protected, period="month").alt_text
    assert f"came {abs(100 * after.loc[worst, 'estimate']):.0f} percentage points less" in alt
    for since in (0, 1, 2, 3):
        assert f"{100 * table.loc[since, 'estimate']:+.1f}".replace("-", "−") in alt
    assert "One month before the event, 40 people: the month with which the others" in alt


def test_event_study_of_another_outcome_keeps_its_numbers():
    figure = ps.draw_event_study(event_study(), outcome="meetings a month", period="week")
    assert "Difference in meetings a month" in words(figure)
    assert sorted(dots(figure)[:, 1]) == pytest.approx(sorted(event_study().table["estimate"]))


def test_event_study_without_a_change_or_withheld():
    calm = ps.draw_event_study(event_study(people=60, fall=0.0))
    assert calm.alt_text.startswith("After the event, chance alone could explain every change")
    one, other = (ps.draw_event_study(event_study(PUBLISH, 24, fall)) for fall in (0.5, 0.0))
    assert one.alt_text == other.alt_text
    assert one.alt_text.startswith("What changed after the event is withheld.")
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    assert faults(one) == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120, 160, 280])
def test_many_periods_fit(width):
    rng = np.random.default_rng(1)
    log = pd.DataFrame({"who": np.repeat(range(90), 24), "week": [*range(24)] * 90})
    log["event"] = np.where(log["who"] % 2 == 0, 12.0, np.nan)
    log["came"] = rng.integers(0, 2, len(log)).astype(float)
    study = ps.fit_event_study("came", log, unit="who", time="week", event="event", leads=9, lags=9)
    assert faults(ps.draw_event_study(ps.protect(study, PUBLISH), width_mm=width)) == []


# Weights.


def test_weights_run_from_before_to_after():
    protected = weights()
    figure = ps.draw_weights(protected)
    table = protected.table
    expected = sorted([*table["share_before"], *table["share_after"]])
    assert sorted(dots(figure)[:, 0]) == pytest.approx(expected)
    for _, row in table.iterrows():
        assert f"{fine_percent(row['share_before'])} to 25% of the answers" in figure.alt_text
    assert "2.0% to 25%" in words(figure)
    # Kish: 200 answers with four weights of .25/share have an n of 200 / (4 · (.25²/share) sum).
    worth = 200 / sum(0.25**2 / share for share in (0.6, 0.3, 0.02, 0.08))
    assert f"the 200 answers are worth {round(worth)} unweighted ones" in figure.alt_text


def test_withheld_weights_leave_no_trace():
    one, other = (
        ps.draw_weights(weights(PUBLISH, counts)) for counts in ((120, 60, 4, 16), (120, 60, 8, 12))
    )
    told = [figure.alt_text.split("Chart of")[1] for figure in (one, other)]
    assert told[0] == told[1]
    assert words(one).splitlines().count("[c]") == 2


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120, 160, 280])
def test_weights_and_response_of_19_groups(width):
    rng = np.random.default_rng(2)
    asked = pd.DataFrame({"ethnicity": rng.choice(LONG, 800), "answered": rng.integers(0, 2, 800)})
    weighted = ps.rake(asked, {"ethnicity": dict.fromkeys(LONG, 1 / 19)})
    found = ps.r_indicators(asked, "answered", "ethnicity")
    for policy in (INTERNAL, PUBLISH):
        assert faults(ps.draw_weights(ps.protect(weighted, policy), width_mm=width)) == []
        assert faults(ps.draw_response(ps.protect(found, policy), width_mm=width)) == []


# Response.


def test_response_dots_stand_at_the_partials():
    protected = response()
    figure = ps.draw_response(protected)
    partials = protected.frames["categories"]["unconditional"]
    assert sorted(dots(figure)[:, 0]) == pytest.approx(sorted(partials))
    # Of one variable the partial of a group is sqrt(share asked) · (its rate - the mean rate).
    low = np.sqrt(100 / 260) * (0.4 - 180 / 260)
    assert f"Black African residents, 40 of 100 answered: {low:+.3f}".replace("-", "−") in (
        figure.alt_text
    )
    assert figure.alt_text.startswith(
        f"Black African residents answered least: 40 of the 100 asked (40%), and "
        f"{percent(180 / 260)} of all."
    )


def test_withheld_response_is_drawn_as_such_and_leaves_no_trace():
    one, other = (
        ps.draw_response(response(PUBLISH, answered))
        for answered in ((40, 90, 5, 45), (41, 90, 4, 45))
    )
    assert words(one).splitlines().count("[c]") == 2
    told = [figure.alt_text.split("Chart of")[1] for figure in (one, other)]
    assert told[0] == told[1]
    assert one.alt_text.startswith("No group that can be shown answered less than the average")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (ps.draw_retention, r"draw_retention: the table has no column 'duration'\."),
        (ps.draw_event_study, r"draw_event_study: the table has no column 'since_event'\."),
        (ps.draw_weights, r"draw_weights: the table has no column 'share_before'\."),
        (ps.draw_response, r"draw_response: there are no partial indicators\..*got Ladder"),
    ],
)
def test_a_result_of_another_kind_is_refused(draw, message):
    with pytest.raises(ps.InputError, match=message):
        draw(ladder())


def test_a_title_says_where_a_larger_number_may_be_withheld():
    told = ps.draw_rates(rates(PUBLISH)).alt_text
    assert told.split(". ")[0].endswith(
        "and Portuguese residents to 0% (part of the table is withheld)"
    )
    assert "withheld)" not in ps.draw_rates(rates()).alt_text.split(". ")[0]
    told = ps.draw_coefficients(terms(PUBLISH)).alt_text
    assert "the largest difference shown that chance alone would rarely give" in told
