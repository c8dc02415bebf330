"""Estimates of random designs against loops over strata and clusters, and what may not matter."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps

KINDS = ["float", "Int64", "boolean", "str", "category"]


def made_up(seed: int) -> pd.DataFrame:
    """A survey with gaps, empty groups, weights of 0 and clusters of any size."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    street = rng.integers(0, n // 4, n)
    frame = pd.DataFrame(
        {
            "street": street,
            "ward": np.array(["north", "south", "east"])[street % 3],
            "weight": rng.choice([0.0, 0.5, 1.0, 3.7], n, p=[0.05, 0.2, 0.5, 0.25]),
            "years": rng.gamma(2, 5, n).round(1),
            "rooms": rng.integers(1, 6, n),
            "came": rng.random(n) < 0.3,
            "group": rng.choice(["a", "b", "c", "Other"], n, p=[0.5, 0.3, 0.17, 0.03]),
        }
    )
    frame.loc[rng.random(n) < 0.1, "years"] = np.nan
    frame.loc[rng.random(n) < 0.1, "group"] = None
    return frame.set_index(pd.Index(rng.permutation(n) * 7))


def by_hand(frame: pd.DataFrame, inside: np.ndarray, y: np.ndarray, x: np.ndarray, total: bool):
    """Estimate and standard error of Σwy/Σwx (or Σwy), strata and clusters one by one."""
    kept = inside & ~np.isnan(y) & ~np.isnan(x)
    w = frame["weight"].to_numpy() * kept
    y, x = np.where(kept, y, 0.0), np.where(kept, x, 0.0)
    if total:
        estimate, score = (w * y).sum(), w * y
    else:
        estimate = (w * y).sum() / (w * x).sum()
        score = w * (y - estimate * x) / (w * x).sum()
    variance = 0.0
    for ward in frame["ward"].unique():
        sums = []
        for street in frame.loc[frame["ward"] == ward, "street"].unique():
            sums.append(score[(frame["street"] == street).to_numpy()].sum())
        if len(sums) > 1:
            variance += len(sums) * np.var(sums, ddof=1)
    used = frame[kept & (frame["weight"] > 0)]
    return estimate, np.sqrt(variance), used["street"].nunique() - used["ward"].nunique(), len(used)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("statistic", ["mean", "total", "ratio"])
def test_random_designs(seed, statistic):
    frame = made_up(seed)
    design = ps.survey_design(
        frame, weights="weight", strata="ward", clusters="street", lonely="certainty"
    )
    ratio = statistic == "ratio"
    found = ps.survey_estimate(
        design,
        "years",
        by="group",
        statistic=statistic,
        denominator="rooms" if ratio else None,
    ).table
    groups = frame["group"].fillna("Not stated").to_numpy()
    assert set(found["category"]) == set(groups)
    x = frame["rooms"].to_numpy(float) if ratio else np.ones(len(frame))
    for row in found.itertuples():
        y = frame["years"].to_numpy(float)
        wanted = by_hand(frame, groups == row.category, y, x, statistic == "total")
        assert (row.n, row.degrees_freedom) == (wanted[3], wanted[2])
        assert row.estimate == pytest.approx(wanted[0], rel=1e-10)
        if np.isnan(row.std_error):
            assert row.note != ""
        else:
            assert row.std_error == pytest.approx(wanted[1], rel=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column(kind):
    frame = made_up(3)
    plain = ps.survey_design(frame, weights="weight")
    wanted = ps.survey_estimate(plain, "came", by="group").table
    came = frame["came"]
    words = came.map({True: "True", False: "False"})
    kinds = {
        "float": came.astype(float),
        "Int64": came.astype("Int64"),
        "boolean": came.astype("boolean"),
        "str": words.astype("str"),
        "category": words.astype("category"),
    }
    given = ps.survey_design(frame.assign(came=kinds[kind]), weights="weight")
    found = ps.survey_estimate(given, "came", by="group", statistic="proportion").table
    numbers = ["n", "estimate", "std_error", "conf_low", "conf_high", "degrees_freedom"]
    if kind in ("float", "Int64"):
        assert set(found["answer"]) <= {"1", "1.0"}
    pd.testing.assert_frame_equal(found[numbers], wanted[numbers])


@pytest.mark.parametrize("kind", ["Int64", "bool", "datetime64[s]", "category"])
def test_every_kind_of_domain(kind):
    frame = made_up(4)
    design = ps.survey_design(frame.assign(rooms=(frame["rooms"] > 2).astype(int).astype(kind)))
    found = ps.survey_estimate(design, "years", by="rooms").table
    wanted = frame.groupby(frame["rooms"] > 2)["years"].mean()
    np.testing.assert_allclose(found["estimate"], wanted)


def test_what_may_not_matter():
    frame = made_up(1)
    stated = {"weights": "weight", "clusters": "street"}
    first = ps.survey_estimate(ps.survey_design(frame, **stated), "years", by="group").table
    shuffled = ps.survey_design(frame.sample(frac=1, random_state=1), **stated)
    pd.testing.assert_frame_equal(ps.survey_estimate(shuffled, "years", by="group").table, first)
    larger = ps.survey_design(frame.assign(weight=frame["weight"] * 1000), **stated)
    pd.testing.assert_frame_equal(ps.survey_estimate(larger, "years", by="group").table, first)
    # Names of clusters and of groups.
    renamed = frame.assign(street="no. " + frame["street"].astype(str))
    named = ps.survey_design(renamed, **stated)
    pd.testing.assert_frame_equal(ps.survey_estimate(named, "years", by="group").table, first)
    # A far origin: years of birth instead of ages.
    moved = ps.survey_design(frame.assign(years=frame["years"] + 1e6), **stated)
    far = ps.survey_estimate(moved, "years", by="group").table
    np.testing.assert_allclose(far["std_error"], first["std_error"], rtol=1e-6)


def test_two_columns_of_one_name_are_refused():
    frame = made_up(2)
    twice = pd.concat([frame, frame[["group"]]], axis=1)
    with pytest.raises(ps.InputError, match="survey_estimate: the frame has 2 columns 'group'"):
        ps.survey_estimate(ps.survey_design(twice), "years", by="group")
    with pytest.raises(ps.InputError, match="survey_design: the frame has 2 columns 'group'"):
        ps.survey_design(twice, strata="group")
