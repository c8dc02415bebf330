"""Scales and groups: closed forms by hand, SciPy, and the small cases."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Closed forms in double precision on both sides.
EXACT = 1e-12


def battery(n=60, k=4, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    items = {f"item{i}": np.clip(np.round(3 + common + rng.normal(size=n)), 1, 5) for i in range(k)}
    return pd.DataFrame(items)


def alpha_by_hand(answers):
    k, total = answers.shape[1], answers.sum(axis=1)
    return k / (k - 1) * (1 - answers.var(ddof=1).sum() / total.var(ddof=1))


def test_alpha_and_item_statistics_by_hand():
    answers = battery()
    scale = ps.score_scale(answers, list(answers))
    assert scale.alpha == pytest.approx(alpha_by_hand(answers), rel=EXACT)
    # Feldt: (1 - alpha) over its estimate is F with n - 1 and (n - 1)(k - 1) degrees of freedom.
    n, k = answers.shape
    f = stats.f(n - 1, (n - 1) * (k - 1))
    assert scale.alpha_low == pytest.approx(1 - (1 - scale.alpha) * f.ppf(0.975), rel=1e-9)
    assert scale.alpha_high == pytest.approx(1 - (1 - scale.alpha) * f.ppf(0.025), rel=1e-9)
    for row in scale.table.itertuples():
        others = answers.drop(columns=row.item)
        rest = np.corrcoef(answers[row.item], others.sum(axis=1))[0, 1]
        assert row.item_rest == pytest.approx(rest, rel=EXACT)
        assert row.alpha_without == pytest.approx(alpha_by_hand(others), rel=EXACT)
        assert row.mean == pytest.approx(answers[row.item].mean(), rel=EXACT)
        assert row.std_dev == pytest.approx(answers[row.item].std(ddof=1), rel=EXACT)


def test_missing_answers_leave_the_person_out_and_are_counted():
    answers = battery(12)
    holes = answers.copy()
    holes.loc[[2, 5], "item1"] = np.nan
    scale = ps.score_scale(holes, list(answers))
    assert (scale.n, scale.not_stated) == (10, 2)
    assert scale.alpha == pytest.approx(alpha_by_hand(answers.drop(index=[2, 5])), rel=EXACT)
    assert scale.scores.isna().sum() == 2
    assert scale.scores.dropna().tolist() == pytest.approx(
        answers.drop(index=[2, 5]).mean(axis=1).tolist()
    )


def test_two_items_have_no_alpha_without_one():
    answers = battery(20, k=2)
    assert ps.score_scale(answers, list(answers)).table["alpha_without"].isna().all()


def test_scores_never_leave():
    scale = ps.score_scale(battery(), ["item0", "item1"])
    released = ps.protect(scale, ps.Policy.internal("a check"))
    assert set(released.frames) == {"table"}
    assert "scores" not in released.facts
    few = ps.protect(ps.score_scale(battery(9), ["item0", "item1"]), ps.Policy.publish())
    assert few.facts["alpha"] is None


def test_groups_against_scipy():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"score": rng.normal(size=90), "tenure": np.repeat(["a", "b", "c"], 30)})
    frame.loc[frame["tenure"] == "c", "score"] += 1
    found = ps.compare_groups(frame, "score", "tenure")
    groups = [part["score"].to_numpy() for _, part in frame.groupby("tenure")]
    h, p = stats.kruskal(*groups)
    assert found.statistic == pytest.approx(h, rel=1e-9)
    assert found.p_value == pytest.approx(p, rel=1e-9)
    named = dict(zip("abc", groups, strict=True))
    for row in found.table.itertuples():
        x, y = named[row.category], named[row.reference]
        welch = stats.ttest_ind(x, y, equal_var=False)
        assert row.statistic == pytest.approx(welch.statistic, rel=1e-9)
        assert row.p_value == pytest.approx(welch.pvalue, rel=1e-9)
        pooled = np.sqrt((x.var(ddof=1) * 29 + y.var(ddof=1) * 29) / 58)
        hedges = (x.mean() - y.mean()) / pooled * (1 - 3 / (4 * 60 - 9))
        assert row.estimate == pytest.approx(hedges, rel=1e-9)
        # Hedges and Olkin's error of a standardised difference.
        error = np.sqrt(60 / 900 + hedges**2 / 120)
        reach = stats.t.ppf(0.975, 58) * error
        assert (row.conf_low, row.conf_high) == pytest.approx(
            (hedges - reach, hedges + reach), rel=1e-9
        )
    assert found.epsilon_squared == pytest.approx(h / 89, rel=1e-9)
    assert (found.n, found.not_stated) == (90, 0)
    ordered = np.sort(found.table["p_value"])
    holm = np.maximum.accumulate(np.minimum(1, ordered * [3, 2, 1]))
    assert np.sort(found.table["p_adjusted"]) == pytest.approx(holm, rel=1e-9)


def test_two_groups_are_one_test():
    frame = pd.DataFrame({"score": [1, 2, 3, 3, 4, 6], "g": list("aaabbb")})
    found = ps.compare_groups(frame, "score", "g").table
    assert found["p_adjusted"].tolist() == found["p_value"].tolist()
    assert found["n_units"].tolist() == [3]


def test_results_say_that_weights_are_not_used():
    scale = ps.score_scale(battery(), ["item0", "item1"])
    frame = pd.DataFrame({"score": [1, 2, 3, 3, 4, 6], "g": list("aaabbb")})
    for result in (scale, ps.compare_groups(frame, "score", "g")):
        assert "weights not used: this describes those who answered" in str(result)
        assert "Weights not used" in result.describe()
        assert "not used" in ps.protect(result, ps.Policy.internal("a check")).facts["weights"]


def test_reversed_items_are_said():
    answers = battery()
    turned = answers.assign(item1=6 - answers["item1"])
    assert "below 0" in ps.score_scale(turned, ["item0", "item1"]).describe()
    assert "below 0" not in ps.score_scale(answers, ["item0", "item1"]).describe()


def test_items_whose_rest_never_varies():
    frame = pd.DataFrame({"x": [1, 2, 1, 3], "y": [4, 3, 4, 2], "z": [1, 2, 1, 3]})
    table = ps.score_scale(frame, ["x", "y", "z"]).table.set_index("item")
    assert table["item_rest"].isna().tolist() == [True, False, True]
    assert table["alpha_without"].isna().tolist() == [True, False, True]


def test_groups_that_never_vary():
    frame = pd.DataFrame({"x": [1, 1, 2, 2, 3, 4], "g": list("aabbcc")})
    found = ps.compare_groups(frame, "x", "g")
    assert found.table["estimate"].isna().tolist() == [True, False, False]
    assert found.table["p_adjusted"].isna().tolist() == [True, False, False]
    assert "neither of two groups varies" in found.describe()


def test_every_engine_and_index_gives_the_same():
    answers = battery(20)
    moved = answers.set_axis([0] * 20, axis=0)
    wanted = ps.score_scale(answers, ["item0", "item1"])
    for frame in (moved, pl.from_pandas(answers), pl.from_pandas(answers).lazy()):
        found = ps.score_scale(frame, ["item0", "item1"])
        pd.testing.assert_frame_equal(found.table, wanted.table)
        assert found.scores.tolist() == wanted.scores.tolist()
    assert ps.score_scale(moved, ["item0", "item1"]).scores.index.tolist() == [0] * 20


def test_groups_keep_the_order_of_their_list():
    frame = pd.DataFrame({"group": [1, 2, 1, 3, 2, 2], "g": list("aabbcc")})
    alphabet = ps.compare_groups(frame, "group", "g").groups["category"].tolist()
    assert alphabet == ["a", "b", "c"]
    listed = frame.assign(g=pd.Categorical(frame["g"], categories=["c", "x", "a", "b"]))
    assert ps.compare_groups(listed, "group", "g").groups["category"].tolist() == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("frame", "items", "kind", "message"),
    [
        (battery(), ["item0"], InputError, "1 item. Expected at least two items"),
        (battery(), ["item0", "item9"], InputError, "no column 'item9'"),
        (battery().assign(x="often"), ["item0", "x"], InputError, "'x' is no number"),
        (battery(2), ["item0", "item1"], EstimationError, "2 people answered every item"),
        (battery().assign(x=3), ["item0", "x"], EstimationError, "same answer to 'x'"),
        (
            battery().assign(x=lambda y: 6 - y["item0"]),
            ["item0", "x"],
            EstimationError,
            "the items cancel out",
        ),
    ],
)
def test_scale_errors(frame, items, kind, message):
    with pytest.raises(kind, match=message):
        ps.score_scale(frame, items)


@pytest.mark.parametrize(
    ("scores", "groups", "kind", "message"),
    [
        ([1, 2, 3], ["a", "a", "a"], InputError, "'g' has 1 group with a value"),
        ([1, 2, 3], ["a", "a", "b"], EstimationError, "one person in 'b'"),
        ([1, 1, 1, 1], ["a", "a", "b", "b"], EstimationError, "everybody has the same value"),
        ([1, 2, None, None], ["a", "a", "b", "b"], InputError, "'g' has 1 group with a value"),
        ([1, 2, 3], [None, None, None], InputError, "'g' has no group with a value"),
    ],
)
def test_group_errors(scores, groups, kind, message):
    with pytest.raises(kind, match=message):
        ps.compare_groups(pd.DataFrame({"score": scores, "g": groups}), "score", "g")


def test_levels_and_columns_that_make_no_sense():
    with pytest.raises(InputError, match="score_scale: a confidence that is not between 0 and 1"):
        ps.score_scale(battery(), ["item0", "item1"], confidence=95)
    with pytest.raises(InputError, match="compare_groups: a confidence that is not between"):
        ps.compare_groups(battery(), "item0", "item1", confidence=1)
    with pytest.raises(InputError, match="'item0' compared by itself"):
        ps.compare_groups(battery(), "item0", "item0")
