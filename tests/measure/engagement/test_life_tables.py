"""Life tables in wide intervals: against R (KMsurv), product-limit curves, and by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import participation_stats as ps
from participation_stats.measure.engagement.life_tables import Ends, ends_of, exposed
from participation_stats.measure.engagement.retention import _life_table

GOLDEN = Path(__file__).parents[2] / "golden"
THEIRS = json.loads((GOLDEN / "life_table.json").read_text())
LUNG = pd.DataFrame(json.loads((GOLDEN / "retention.json").read_text())["data"])
# A few sums and products in double precision on both sides; R's file has fifteen digits.
SAME = 1e-12
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]


def under(threshold):
    """A count that is small, or leaves few of its total; nobody too."""
    return lambda count, total: count < threshold or total - count < threshold


def test_a_life_table_is_lifetabs():
    fine = ps.retention_curves(LUNG.assign(duration=LUNG["duration"] / 30.4375), by="sex")
    ends = ends_of(fine.table)
    cuts = [int(np.searchsorted(ends.times, end)) - 1 for end in THEIRS["ends"]]
    ours = _life_table(fine, ends.until(cuts), ends.groups).table
    for sex in ("male", "female"):
        own, theirs = ours[ours["category"] == sex], THEIRS[sex]
        assert own["n_at_risk"].tolist() == theirs["n_risk"]
        assert own["n_events"].tolist() == theirs["n_event"]
        assert own["n_censored"].tolist() == theirs["n_censor"]
        np.testing.assert_allclose(own["estimate"][:-1], theirs["surv"], rtol=SAME)
        np.testing.assert_allclose(own["std_error"][:-1], theirs["std_err"], rtol=SAME)


def test_intervals_of_one_meeting_are_the_product_limit():
    rng = np.random.default_rng(2)
    sizes = {"a": 60, "b": 90}
    log = pd.DataFrame(
        {
            "duration": [
                *range(1, 7),
                *rng.integers(1, 7, 54),
                *range(1, 7),
                *rng.integers(1, 7, 84),
            ],
            "event": rng.integers(0, 2, 150),
            "group": [name for name, n in sizes.items() for _ in range(n)],
        }
    )
    fine = ps.retention_curves(log, by="group")
    ends = ends_of(fine.table)
    ours = _life_table(fine, ends, ends.groups)
    pd.testing.assert_frame_equal(ours.table, fine.table, check_dtype=False)
    pd.testing.assert_frame_equal(ours.groups, fine.groups, check_dtype=False)
    assert ours.log_rank == pytest.approx(fine.log_rank)
    assert ours.p_value == pytest.approx(fine.p_value)


def test_who_is_no_longer_watched_counts_as_long_as_they_were_by_hand():
    """Of 10, 2 stop and 3 are watched until one of meetings 1 to 3: until 1, 2, 3 on average 2."""
    ends = Ends(np.array([3.0, 4.0]), np.array([[2], [1]]), np.array([[3], [4]]), ("g",))
    at_risk, effective = exposed(ends)
    assert at_risk.tolist() == [[10], [5]]
    assert effective.tolist() == [[10 - 3 * (1 - 2 / 3)], [5]]
    halves = exposed(Ends(np.array([2.5, 4.0]), ends.stopped, ends.unwatched, ("g",)))[1]
    assert halves.tolist() == [[8.5], [3]]


def test_what_is_not_small_stays_as_it_is():
    fine = ps.retention_curves(LUNG, by="sex")
    same, words = fine.coarsened(lambda count, total: False)
    assert (same, words) == (fine, "")


def test_of_the_shares_nothing_is_lost_but_detail():
    """Wide intervals follow the product-limit curve: half a point, where it falls by eighty."""
    rng = np.random.default_rng(5)
    stop, end = rng.geometric(0.15, 4000), rng.integers(1, 25, 4000)
    log = pd.DataFrame({"duration": np.minimum(stop, end), "event": (stop <= end).astype(int)})
    fine = ps.retention_curves(log)
    wide, words = fine.coarsened(under(60))
    assert wide.grouped and len(wide.table) > 4
    assert f"is shown in {len(wide.table)} wide intervals" in words
    at = fine.table.set_index("duration")["estimate"].loc[wide.table["duration"]]
    np.testing.assert_allclose(wide.table["estimate"][:-1], at[:-1], atol=0.005)


def drawn_log(rng, most=40):
    """Up to four groups and some who do not say, over six meetings."""
    groups = [*"abcd"[: rng.integers(1, 5)], None]
    sizes = [rng.integers(0 if group is None else 1, most) for group in groups]
    n = sum(sizes)
    return pd.DataFrame(
        {
            "duration": rng.integers(1, 7, n),
            "event": (rng.random(n) < rng.uniform(0.2, 0.8)).astype(int),
            "group": np.repeat(np.array(groups, dtype=object), sizes),
        }
    )


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.integers(2, 5))
def test_no_number_of_anybody_is_small(seed, threshold):
    """Of each group that is told, and of all the others together, in every interval."""
    small, log = under(threshold), drawn_log(np.random.default_rng(seed))
    everybody, _ = ps.retention_curves(log).coarsened(small)
    by_group, words = ps.retention_curves(log, by="group").coarsened(small)
    table = by_group.table
    told = table[table["n_events"].notna()]
    ends = sorted(table["duration"].dropna().unique())
    assert set(ends) <= set(everybody.table["duration"])
    known = log.assign(group=log["group"].where(log["group"].isin(told["category"]), "rest"))
    if told.empty:
        assert "withheld" in words or not words
        assert by_group.groups["n_expected"].isna().all()
        assert by_group.log_rank is None
        return
    assert len(ends) >= 2
    for group, rows in known.groupby("group"):
        at_risk = len(rows)
        for start, end in zip([0, *ends], ends, strict=False):
            inside = rows[(rows["duration"] > start) & (rows["duration"] <= end)]
            stopped, ended = int(inside["event"].sum()), len(inside)
            assert not small(stopped, at_risk)
            assert not small(ended - stopped, at_risk)
            own = table[(table["category"] == group) & (table["duration"] == end)]
            if group != "rest":
                assert own["n_at_risk"].item() == at_risk
                assert own["n_events"].item() == stopped
                assert own["n_censored"].item() == ended - stopped
            at_risk -= ended
            assert end == ends[-1] or not small(at_risk, at_risk + ended)
        assert at_risk == 0
