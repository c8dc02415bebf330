"""Scales and groups: closed forms by hand, SciPy, and the small cases."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Closed forms in double precision on both sides; pingouin rounds its interval to three digits.
EXACT, ROUNDED = 1e-12, 5e-4


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
    assert scale.alpha_low == pytest.approx(1 - (1 - scale.alpha) * f.ppf(0.975), abs=ROUNDED)
    assert scale.alpha_high == pytest.approx(1 - (1 - scale.alpha) * f.ppf(0.025), abs=ROUNDED)
    for row in scale.table.itertuples():
        others = answers.drop(columns=row.item)
        rest = np.corrcoef(answers[row.item], others.sum(axis=1))[0, 1]
        assert row.item_rest == pytest.approx(rest, rel=EXACT)
        assert row.alpha_without == pytest.approx(alpha_by_hand(others), rel=EXACT)
        assert row.mean == pytest.approx(answers[row.item].mean(), rel=EXACT)


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
    ordered = np.sort(found.table["p_value"])
    holm = np.maximum.accumulate(np.minimum(1, ordered * [3, 2, 1]))
    assert np.sort(found.table["p_adjusted"]) == pytest.approx(holm, rel=1e-9)


def test_two_groups_are_one_test():
    frame = pd.DataFrame({"score": [1, 2, 3, 3, 4, 6], "g": list("aaabbb")})
    found = ps.compare_groups(frame, "score", "g").table
    assert found["p_adjusted"].tolist() == found["p_value"].tolist()
    assert found["n_units"].tolist() == [3]


@pytest.mark.parametrize(
    ("frame", "items", "kind", "message"),
    [
        (battery(), ["item0"], InputError, "1 item. Expected at least two items"),
        (battery(), ["item0", "item9"], InputError, "no column 'item9'"),
        (battery().assign(x="often"), ["item0", "x"], InputError, "'x' is no number"),
        (battery(2), ["item0", "item1"], EstimationError, "2 people answered every item"),
        (battery().assign(x=3), ["item0", "x"], EstimationError, "same answer to 'x'"),
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
    ],
)
def test_group_errors(scores, groups, kind, message):
    with pytest.raises(kind, match=message):
        ps.compare_groups(pd.DataFrame({"score": scores, "g": groups}), "score", "g")
