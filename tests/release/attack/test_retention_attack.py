"""Who stopped when, attacked: what is left of each meeting beside all curves of a report.

The attacker reads the curve of everybody and those by group, knows that stops and ends of watching
of all groups (and of those who state none) add up to everybody's, and solves for the least and the
greatest that each meeting's numbers may be. Nothing here is the package's own: one integer
programme over all meetings and groups.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import participation_stats as ps
from participation_stats.measure.engagement.life_tables import Ends, safe_intervals
from participation_stats.release.disclosure import protect_all
from participation_stats.release.policies import Policy

POLICY = Policy.lenient()
MEETINGS = 6
KINDS = ("n_events", "n_censored")


def draw_log(seed):
    rng = np.random.default_rng(seed)
    groups = [*"abcd"[: rng.integers(1, 5)], None]
    sizes = [rng.integers(0 if group is None else 8, 90) for group in groups]
    n = sum(sizes)
    rate = rng.uniform(0.2, 0.8)
    return pd.DataFrame(
        {
            "duration": rng.integers(1, MEETINGS + 1, n),
            "event": (rng.random(n) < rate).astype(int),
            "group": np.repeat(np.array(groups, dtype=object), sizes),
        }
    )


def published(log):
    results = {"all": ps.retention_curves(log), "by": ps.retention_curves(log, by="group")}
    return protect_all(results, POLICY, bodies=dict.fromkeys(results, "forum"))


def equations(log, released):
    """Published sums over unknowns [group, kind, meeting] and what they are; groups, None too."""
    groups = [*sorted(set(log["group"].dropna())), None]
    shape = (len(groups), len(KINDS), MEETINGS)
    # How many there are, and how many do not say, are facts of the results.
    told = [(slice(None), slice(None), slice(None), len(log))]
    told += [(-1, slice(None), slice(None), int(log["group"].isna().sum()))]
    told += list(of_meetings(released["all"].table, {"Everybody": slice(None)}))
    places = {group: place for place, group in enumerate(groups)}
    told += list(of_meetings(released["by"].table, places))
    for row in released["by"].frames["groups"].to_dict("records"):
        for name, kinds in (("n_units", slice(None)), ("n_events", 0)):
            if not row["suppressed"] and not pd.isna(row[name]):
                told.append((places[row["category"]], kinds, slice(None), int(row[name])))
    sums = np.zeros((len(told), *shape))
    for number, (group, kinds, meetings, _) in enumerate(told):
        sums[number, group, kinds, meetings] = 1
    return groups, shape, sums.reshape(len(told), -1), np.array([one[-1] for one in told])


def of_meetings(table, places):
    """Which stops and ends of watching each row of a table adds up."""
    for category, rows in table[~table["suppressed"]].groupby("category"):
        start = 0
        for row in rows.sort_values("duration").to_dict("records"):
            end = int(row["duration"])
            for kind, name in enumerate(KINDS):
                yield places[category], kind, slice(start, end), int(row[name])
            start = end


def truth(log, groups, shape):
    counts = np.zeros(shape)
    for place, group in enumerate(groups):
        rows = log[log["group"].isna()] if group is None else log[log["group"] == group]
        for duration, event in zip(rows["duration"], rows["event"], strict=True):
            counts[place, 0 if event else 1, duration - 1] += 1
    return counts.ravel()


def bounds(sums, totals, vector):
    rows = optimize.LinearConstraint(sums, totals, totals)
    found = [
        optimize.milp(sign * vector, constraints=rows, integrality=np.ones(len(vector)))
        for sign in (1, -1)
    ]
    assert all(one.status == 0 for one in found)
    return round(found[0].fun), round(-found[1].fun)


def targets(shape, groups):
    """Numbers of one meeting: of a group, and of everybody."""
    for kind, meeting in itertools.product(range(len(KINDS)), range(MEETINGS)):
        for place in (*range(len(groups)), None):
            vector = np.zeros(shape)
            vector[slice(None) if place is None else place, kind, meeting] = 1
            yield (None if place is None else groups[place], kind, meeting), vector.ravel()


def recovered(log, released):
    """Numbers with fewer than three values left that are small, or leave few of those at risk."""
    groups, shape, sums, totals = equations(log, released)
    real = truth(log, groups, shape)
    assert (sums @ real == totals).all()
    found = []
    for name, vector in targets(shape, groups):
        group, _, _ = name
        size = len(log) if group is None else int((log["group"] == group).sum())
        low, high = bounds(sums, totals, vector)
        if high - low + 1 < 3 and size >= 3 and low < POLICY.threshold:
            found.append((name, low, high))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_no_meeting_is_recovered(block):
    shown = 0
    for seed in range(12 * block, 12 * block + 12):
        log = draw_log(seed)
        released = published(log)
        shown += int((~released["by"].table["suppressed"]).sum() > 0)
        assert recovered(log, released) == [], seed
    assert shown >= 2, "nothing published is no test"


@pytest.mark.slow
def test_the_attacker_can_attack():
    """Curves of every meeting, of those groups that have no small number in all, are recovered."""
    breached = 0
    for seed in range(12):
        log = draw_log(seed)
        released = published(log)
        fine = {
            "all": ps.protect(ps.retention_curves(log), Policy.internal("a test")),
            "by": released["by"],
        }
        breached += bool(recovered(log, fine))
    assert breached >= 3


def histories(total, meetings):
    """Ways in which so many people may have ended over so many meetings."""
    for cuts in itertools.combinations_with_replacement(range(total + 1), meetings - 1):
        edges = (0, *cuts, total)
        yield tuple(after - before for before, after in itertools.pairwise(edges))


@pytest.mark.parametrize(
    ("stopped", "unwatched"),
    [
        ((2, 2, 4), (1, 3, 4)),
        ((4, 0, 4), (0, 3, 5)),
        ((1, 5, 3), (3, 1, 4)),
        ((3, 3, 3), (3, 3, 3)),
    ],
)
def test_who_knows_how_intervals_are_chosen_learns_no_meeting(stopped, unwatched):
    """Every history of as many stops and ends of watching, published again by the same rule."""

    def told(*ended):
        # The share still coming follows from these counts, as tests of life tables hold.
        stops, others = (np.array(counts)[:, None] for counts in ended)
        ends = Ends(np.arange(1.0, len(stops) + 1), stops, others, ("Everybody",))
        cuts, _ = safe_intervals(ends, lambda count, total: count < 3 or total - count < 3)
        wide = ends.until(cuts or (len(stops) - 1,))
        counts = (wide.times, wide.stopped[:, 0], wide.unwatched[:, 0])
        return tuple(zip(*(one.tolist() for one in counts), strict=True))

    real = told(stopped, unwatched)
    ends = [int(row[0]) for row in real]
    same = [
        history
        for history in itertools.product(
            histories(sum(stopped), len(stopped)), histories(sum(unwatched), len(unwatched))
        )
        if told(*history) == real
    ]
    assert (stopped, unwatched) in same
    for start, end in itertools.pairwise((0, *ends)):
        for meeting in range(start, end):
            for kind in range(len(KINDS)):
                values = {history[kind][meeting] for history in same}
                assert len(values) == 1 if end - start == 1 else len(values) >= 3
