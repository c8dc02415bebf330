"""Every count of every body of 1 to 40: words, intervals and p-values that never disagree."""

import itertools

import numpy as np
import pandas as pd
import pytest

from participation_stats.measure.inference.fair_draw import Draw
from participation_stats.measure.inference.judgement import judge
from participation_stats.measure.inference.verdicts import (
    IN_LINE,
    OVER,
    TOO_SMALL,
    UNDER,
    VERDICTS,
    verdicts_of,
)

ALPHA = 0.05
#: One person of 40, doubled, is exactly .05; sums of probabilities hold 13 digits.
TIED = ALPHA * (1 - 1e-12)
#: Shares of the group, from one in a hundred to nearly everybody, in a village and in a city.
SHARES = (0.01, 0.05, 0.12, 0.17, 0.264, 0.36, 0.5, 0.6, 0.83, 0.97, 0.99)
POPULATIONS = (40, 60, 3000)


@pytest.fixture(scope="module")
def grid():
    """Every x for n of 1 to 40, for each share and population: some 27,000 cells."""
    cells = []
    for N, W in itertools.product(POPULATIONS, SHARES):
        K = round(N * W)
        for n in range(1, 41):
            cells += [(x, n, K, N) for x in range(max(0, n - (N - K)), min(n, K) + 1)]
    return pd.DataFrame(cells, columns=["x", "n", "K", "N"])


def judged(grid, **options):
    draw = Draw.from_people(grid["n"], grid["K"], grid["N"])
    if options.get("design") == "shares":
        draw = Draw.from_shares(grid["n"], grid["K"] / grid["N"])
    told = judge(grid["x"].to_numpy(), draw, **options)
    frame = grid.assign(W=draw.W, expected=draw.expected, p=told.p_value)
    frame["ratio"] = frame["x"] / frame["expected"].where(frame["expected"] > 0)
    frame["low"], frame["high"] = told.conf_low / frame["W"], told.conf_high / frame["W"]
    frame["verdict"] = verdicts_of(
        *(frame[name].to_numpy(dtype=float) for name in ("ratio", "expected")),
        (frame["n"] - frame["expected"]).to_numpy(),
        *(frame[name].to_numpy(dtype=float) for name in ("p", "low", "high")),
    )
    return frame[frame["W"] > 0]


OPTIONS = [
    {"design": "body"},
    {"design": "sample"},
    {"design": "shares"},
    {"design": "body", "mid_p": True},
    {"design": "sample", "mid_p": True},
]


@pytest.fixture(scope="module", params=OPTIONS, ids=lambda o: "-".join(map(str, o.values())))
def frame(grid, request):
    return judged(grid, **request.param).assign(design=request.param["design"])


@pytest.mark.slow
def test_interval_and_p_never_disagree(frame):
    significant = frame["p"] < TIED
    outside = (frame["low"] > 1 + 1e-10) | (frame["high"] < 1 - 1e-10)
    assert (significant == outside).all()


def test_verdict_never_contradicts_p_or_interval(frame):
    over, under = frame["verdict"] == OVER, frame["verdict"] == UNDER
    assert (frame.loc[over, "low"] > 1).all()
    assert (frame.loc[under, "high"] < 1).all()
    assert (frame.loc[over | under, "p"] < TIED).all()
    near = frame[frame["verdict"] == IN_LINE]
    assert len(near)
    assert (near["p"] >= TIED).all()
    assert ((near["low"] >= 0.8) & (near["high"] <= 1.25)).all()
    assert set(frame["verdict"]) == set(VERDICTS)


def test_under_represented_only_where_nobody_would_be_significant(frame):
    at_zero = frame[frame["x"] == 0].set_index(["n", "K", "N"])["p"]
    under = frame[frame["verdict"] == UNDER]
    keys = pd.MultiIndex.from_frame(under[["n", "K", "N"]])
    found = at_zero.reindex(keys)
    # Where a draw must hold somebody of the group, nobody is not among the counts.
    assert (found.dropna() < TIED).all()
    assert (under["expected"] >= 1).all()


def test_intervals_stay_feasible(frame):
    if frame["design"].iloc[0] == "body":
        most = np.minimum(frame["n"], frame["K"]) / frame["expected"]
        fewest = np.maximum(0, frame["n"] - (frame["N"] - frame["K"])) / frame["expected"]
    else:
        most, fewest = 1 / frame["W"], 0.0
    rounding = 1e-12
    assert (frame["high"] <= most * (1 + rounding)).all()
    assert (frame["low"] >= fewest - rounding).all()
    # A sample's interval is in whole people of the population: it may miss the ratio by one.
    step = np.where(frame["design"] == "sample", 1 / (frame["N"] * frame["W"]), rounding)
    assert (frame["low"] <= frame["ratio"] + step).all()
    assert (frame["high"] >= frame["ratio"] - step).all()


def test_p_is_one_at_the_centre_and_falls_outward(frame):
    for _, rows in frame.groupby(["n", "K", "N"]):
        p = rows.sort_values("x")["p"].to_numpy()
        top = int(np.argmax(p))
        assert p[top] <= 1.0
        assert (np.diff(p[: top + 1]) >= -1e-12).all()
        assert (np.diff(p[top:]) <= 1e-12).all()


@pytest.mark.parametrize("design", ["body", "sample", "shares"])
def test_doubled_p_reaches_one(grid, design):
    frame = judged(grid, design=design)
    # At the median both tails hold at least a half. Rounding of a sum of up to 41 terms.
    assert (frame.groupby(["n", "K", "N"])["p"].max() > 1 - 1e-12).all()


@pytest.mark.slow
def test_group_and_everybody_else_read_the_same(frame):
    frame = frame[frame["W"] < 1]
    design = frame["design"].iloc[0]
    mirror = frame.assign(x=frame["n"] - frame["x"], K=frame["N"] - frame["K"])
    told = judged(mirror[["x", "n", "K", "N"]], design=design, mid_p=_mid_p(frame))
    np.testing.assert_allclose(told["p"].to_numpy(), frame["p"].to_numpy(), rtol=1e-9)
    # The share of everybody else is 1 less the group's: rounding of the two solutions.
    swapped = 1 - told["high"].to_numpy() * told["W"].to_numpy()
    np.testing.assert_allclose(swapped, (frame["low"] * frame["W"]).to_numpy(), atol=1e-9)
    names = {OVER: UNDER, UNDER: OVER}
    ours = [names.get(word, "neither") for word in frame["verdict"]]
    theirs = [word if word in names else "neither" for word in told["verdict"]]
    assert ours == theirs


def _mid_p(frame):
    one = frame[(frame["N"] == 3000) & (frame["n"] == 12) & (frame["K"] == 510)]
    return bool(one["p"].max() < 1)


def test_smallest_share_whose_absence_can_be_significant():
    # Of 3,000 residents, as the documentation of the verdicts states them.
    for n, least in ((12, 0.264), (20, 0.168), (30, 0.115)):
        K = np.arange(150, 1200)
        told = judge(np.zeros(len(K), dtype=int), Draw.from_people(n, K, 3000))
        assert K[np.argmax(told.p_value < ALPHA)] / 3000 == pytest.approx(least, abs=5e-4)


def test_convention_of_a_fifth_flags_most_fair_draws():
    # Under a fair draw with W = .20 it flags 70% of bodies of 10 and 49% of 30.
    from scipy import stats

    for n, flagged in ((10, 0.70), (30, 0.49)):
        x = np.arange(n + 1)
        outside = (x / n / 0.2 < 0.8 - 1e-12) | (x / n / 0.2 > 1.2 + 1e-12)
        assert stats.binom.pmf(x, n, 0.2)[outside].sum() == pytest.approx(flagged, abs=0.005)


def test_nothing_is_said_where_nothing_is_known():
    unknown = np.full(1, np.nan)
    assert verdicts_of(unknown, np.ones(1), np.ones(1), unknown, unknown, unknown)[0] == TOO_SMALL
