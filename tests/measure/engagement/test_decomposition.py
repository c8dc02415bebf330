"""Oaxaca–Blinder: against statsmodels, closed forms, the bootstrap and known truth."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Least squares in double precision on both sides.
SAME = 1e-9


def people(seed=1, n=400):
    """Rates of two groups that differ in years (numbers) and tenure (text)."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"group": rng.choice(["a", "b"], n)})
    second = frame["group"] == "b"
    frame["years"] = rng.gamma(2, 2, n) + 3 * second
    frame["tenure"] = np.where(rng.random(n) < 0.3 + 0.3 * second, "Leasehold", "Social rent")
    frame["rate"] = (
        0.2 + 0.05 * frame["years"] - 0.04 * second * frame["years"]
        + 0.1 * (frame["tenure"] == "Leasehold") + 0.1 * second + rng.normal(0, 0.2, n)
    )  # fmt: skip
    return frame.assign(who=np.arange(n), weight=rng.integers(1, 5, n))


def ours(frame, **options):
    return ps.decompose_gap("rate", frame, group="group", factors=["years", "tenure"], **options)


def coded(frame):
    return np.column_stack(
        [frame["years"], (frame["tenure"] == "Social rent").astype(float), np.ones(len(frame))]
    )


def test_parts_are_those_of_statsmodels():
    from statsmodels.stats.oaxaca import OaxacaBlinder

    frame = people()
    x = np.column_stack([(frame["group"] == "b").astype(float), coded(frame)])
    # Its groups are split at the column's mean, and the larger mean comes first.
    theirs = OaxacaBlinder(frame["rate"].to_numpy(), x, 0, hasconst=True, swap=False)
    gap = ours(frame, groups=("b", "a"))
    endowments, coefficients, interaction, total = theirs.three_fold().params
    sign = np.sign(total) * np.sign(gap.gap)
    assert gap.gap == pytest.approx(sign * total, abs=SAME)
    mirrored = ours(frame, groups=("b", "a") if sign > 0 else ("a", "b")).three_fold["estimate"]
    np.testing.assert_allclose(mirrored, [endowments, coefficients, interaction], atol=SAME)
    unexplained, explained, _ = theirs.two_fold(two_fold_type="pooled").params[:3]
    assert abs(explained) == pytest.approx(abs(gap.table["estimate"].iloc[1]), abs=SAME)
    assert abs(unexplained) == pytest.approx(abs(gap.table["estimate"].iloc[-1]), abs=SAME)


@pytest.mark.parametrize("reference", ["pooled", "a", "b"])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_parts_by_lstsq_and_identities(reference, weights):
    frame = people()
    gap = ours(frame, reference=reference, weights=weights)
    given = frame[weights].to_numpy(float) if weights else np.ones(len(frame))
    side = (frame["group"] == "a").to_numpy()

    def line(used, x):
        root = np.sqrt(given[used])
        y = frame["rate"].to_numpy()[used]
        return np.linalg.lstsq(x[used] * root[:, None], y * root, rcond=None)[0]

    x = coded(frame)
    everybody = np.ones(len(frame), bool)
    beta = {
        "a": line(side, x),
        "b": line(~side, x),
        "pooled": line(everybody, np.column_stack([x, side]))[:3],
    }
    mean = {k: np.average(x[s], axis=0, weights=given[s]) for k, s in (("a", side), ("b", ~side))}
    by_term = (mean["a"] - mean["b"]) * beta[reference]
    table = gap.table.set_index(["part", "factor"])["estimate"]
    assert table["explained", "years"] == pytest.approx(by_term[0], abs=SAME)
    assert table["explained", "tenure"] == pytest.approx(by_term[1], abs=SAME)
    unexplained = mean["a"] @ (beta["a"] - beta[reference]) + mean["b"] @ (
        beta[reference] - beta["b"]
    )
    assert table["unexplained", ""] == pytest.approx(unexplained, abs=SAME)
    assert table["explained", ""] + table["unexplained", ""] == pytest.approx(gap.gap, abs=1e-12)
    assert table["explained", "years"] + table["explained", "tenure"] == pytest.approx(
        table["explained", ""], abs=1e-12
    )
    assert gap.three_fold["estimate"].sum() == pytest.approx(gap.gap, abs=1e-12)
    raw = frame.groupby("group")[["rate", "weight"]].apply(
        lambda d: np.average(d["rate"], weights=d["weight"] if weights else None)
    )
    assert gap.gap == pytest.approx(raw["a"] - raw["b"], abs=1e-12)


@pytest.mark.slow
def test_errors_are_those_of_the_bootstrap():
    """400 draws of people: 3.5% error, and the delta method is off by about 1/√150; 15% allowed."""
    frame = people(n=150)
    gap = ours(frame)
    rng = np.random.default_rng(5)
    draws = np.array(
        [
            ours(frame.iloc[rng.integers(0, 150, 150)])
            .table["estimate"].to_numpy()
            for _ in range(400)
        ]
    )  # fmt: skip
    np.testing.assert_allclose(gap.table["std_error"], draws.std(axis=0), rtol=0.15)


def test_a_gap_of_raw_means_has_the_errors_of_two_samples():
    frame = people()
    gap = ours(frame).table.iloc[0]
    parts = frame.groupby("group")["rate"].agg(["var", "size"])
    expected = np.sqrt((parts["var"] * (parts["size"] - 1) / parts["size"] ** 2).sum())
    assert gap["std_error"] == pytest.approx(expected * np.sqrt(400 / 399), rel=SAME)


def test_rows_of_one_person_are_one_person():
    frame = people()
    once = ours(frame, unit="who")
    thrice = ours(pd.concat([frame] * 3), unit="who")
    pd.testing.assert_frame_equal(once.table, thrice.table, rtol=SAME)
    assert (thrice.n_rows, thrice.n_units) == (1200, 400)
    assert thrice.groups["n_units"].sum() == 400


def test_explained_does_not_depend_on_the_level_compared_with():
    frame = people()
    levels = ["Social rent", "Leasehold"]
    other = frame.assign(tenure=pd.Categorical(frame["tenure"], categories=levels))
    first, second = ours(frame).table, ours(other).table
    pd.testing.assert_frame_equal(first, second, rtol=1e-8)


def test_known_truth_is_covered_by_about_95_in_100_intervals():
    """Years explain .05 · 3 = .15 of the gap when both groups have the slope; 80 logs."""
    covered = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({"group": np.repeat(["a", "b"], 100)})
        frame["years"] = rng.normal(6, 2, 200) + 3 * (frame["group"] == "a")
        frame["rate"] = 0.05 * frame["years"] + 0.1 * (frame["group"] == "a")
        frame["rate"] += rng.normal(0, 0.2, 200)
        table = ps.decompose_gap("rate", frame, group="group", factors="years").table
        row = table.iloc[1]
        covered += row["conf_low"] <= 0.15 <= row["conf_high"]
    # Fewer than 70 of 80 has a chance below .003 where 95% are covered.
    assert covered >= 70


def test_a_characteristic_of_one_group_only_leaves_out_the_three_parts():
    frame = people()
    frame.loc[frame["group"] == "a", "tenure"] = "Social rent"
    gap = ours(frame)
    assert gap.three_fold.empty
    assert gap.note.startswith("No three parts")
    with pytest.raises(EstimationError, match="cannot be told apart in 'a'"):
        ours(frame, reference="a")


def test_words_missing_values_and_more_than_two_groups():
    frame = people()
    third = frame.head(20).assign(group="c")
    holes = pd.concat([frame, third, frame.head(5).assign(years=np.nan)])
    gap = ours(holes, groups=("a", "b"))
    pd.testing.assert_frame_equal(gap.table, ours(frame).table)
    assert gap.n_missing == 5
    told = gap.describe()
    # Years and tenure alone would make nearly six times the gap.
    assert gap.explained_share > 1
    assert f"a gap of {gap.gap:.3f}. More than all of it goes with differences" in told
    assert f"would make it {gap.gap * gap.explained_share:.3f}, and the rest narrows" in told
    assert "in years and tenure (Oaxaca–Blinder, pooled coefficients)" in told


@pytest.mark.parametrize(
    ("change", "options", "kind", "message"),
    [
        ({}, {"reference": "c"}, InputError, "'c' is no reference. Expected 'pooled', 'a' or 'b'"),
        ({}, {"groups": ("a", "c")}, InputError, "'group' does not give two groups"),
        ({"group": "a"}, {}, InputError, "'group' does not give two groups. Expected two of a"),
        ({"weight": 0}, {"weights": "weight"}, InputError, "'weight' has 400 values that are not"),
        ({"who": 1}, {"unit": "who"}, InputError, "1 people are in both groups"),
        ({}, {"unit": "person"}, InputError, "decompose_gap: no column 'person'"),
        ({"rate": "often"}, {}, InputError, "'rate' is not a number"),
        ({}, {"confidence": 0}, InputError, "not between 0 and 1"),
        ({"tenure": "Owned"}, {}, InputError, "'tenure' has only one group"),
    ],
)
def test_errors(change, options, kind, message):
    with pytest.raises(kind, match=message):
        ours(people().assign(**change), **options)


def test_few_people():
    with pytest.raises(EstimationError, match="4 people for 4 terms"):
        ours(people(n=4))
    same = people().assign(years=lambda d: (d["group"] == "a") * 1.0)
    with pytest.raises(EstimationError, match="cannot be told apart in both groups"):
        ours(same)


def test_no_gap_has_no_parts():
    """Everybody always present: what rounding leaves is no gap."""
    log = pd.DataFrame({"tenure": ["Owned"] * 7 + ["Rent"] * 9, "rate": 1.0})
    log["years"] = np.arange(16) * 0.3
    gap = ps.decompose_gap("rate", log, group="tenure", factors=["years"])
    assert gap.gap == 0
    assert np.isnan(gap.explained_share)
    assert gap.table[["share_of_gap", "statistic", "p_value"]].isna().all(axis=None)
    assert "there is no gap to take apart. Errors rest on 7 people" in gap.describe()


def test_a_negative_share_is_put_in_words():
    """Owners come oftener although they have lived here less long."""
    log = pd.DataFrame({"tenure": ["Owned"] * 40 + ["Rent"] * 40})
    log["years"] = [*range(40), *range(20, 60)]
    log["rate"] = 0.3 * (log["tenure"] == "Owned") + 0.01 * log["years"]
    gap = ps.decompose_gap("rate", log, group="tenure", factors=["years"])
    assert gap.explained_share == pytest.approx(-2)
    assert "a gap of 0.100. None of it goes with differences in years" in gap.describe()
    assert "were the groups alike in these, it would be 0.300." in gap.describe()


def test_no_factors_are_refused():
    frame = pd.DataFrame({"rate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "group": list("aaabbb")})
    with pytest.raises(InputError, match="decompose_gap: no factors"):
        ps.decompose_gap("rate", frame, group="group", factors=[])


def test_more_than_the_gap_is_said_as_such():
    """Group b has lived there longer and, other things alike, comes less."""
    frame = pd.DataFrame({"group": list("aaaaabbbbb"), "years": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]})
    frame["rate"] = 0.05 * frame["years"] - 0.1 * (frame["group"] == "b")
    gap = ps.decompose_gap("rate", frame, group="group", factors=["years"])
    assert gap.explained_share == pytest.approx(0.25 / 0.15)
    told = gap.describe()
    assert "a gap of -0.150. More than all of it goes with differences in years" in told
    assert "these alone would make it -0.250, and the rest narrows it." in told
    assert "%" not in told


def test_part_of_a_gap_is_said_as_a_share():
    frame = pd.DataFrame({"group": list("aaaaabbbbb"), "years": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]})
    frame["rate"] = 0.05 * frame["years"] + 0.25 * (frame["group"] == "b")
    told = ps.decompose_gap("rate", frame, group="group", factors=["years"]).describe()
    assert "a gap of -0.500. 50% of it goes with differences in years" in told
