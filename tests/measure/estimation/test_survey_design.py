"""Designs: what they count, what they refuse, and the covariance that models take from them."""

import numpy as np
import pandas as pd
import pytest
from survey_samples import R, design, sample

import participation_stats as ps

# Both sides add up the same few hundred products.
CLOSE = 1e-9
PEOPLE = pd.DataFrame(
    {
        "w": [1.0, 2.0, 3.0, 4.0],
        "street": ["a", "a", "b", "c"],
        "ward": ["n", "n", "n", "s"],
        "size": [5, 5, 5, 1],
        "y": [1.0, 4.0, 2.0, 8.0],
    }
)


@pytest.mark.parametrize("case", [c for c in R["linear"] if c["statistic"] == "mean"])
def test_covariance_of_scores_as_in_r(case):
    made = design(case["design"])
    frame, by = made.frame, case["by"]
    labels = frame[by].astype("str").agg(" × ".join, axis=1) if by else pd.Series("", frame.index)
    values = frame[case["value"]]
    scores = []
    for category in case["categories"]:
        inside = (labels == category) & values.notna()
        weight = made.weights * inside
        mean = (weight * values.fillna(0)).sum() / weight.sum()
        scores.append(weight * (values.fillna(0) - mean) / weight.sum())
    found = ps.linearised_covariance(made, np.column_stack(scores))
    wanted = [row["std_error"] for row in case["rows"]]
    np.testing.assert_allclose(np.sqrt(np.diag(found)), wanted, rtol=CLOSE, atol=1e-12)


@pytest.mark.parametrize("case", R["covariance"])
def test_covariance_between_domains_as_in_r(case):
    made = design(case["design"])
    weight = made.weights[:, None] * pd.get_dummies(made.frame[case["by"]]).to_numpy()
    values = made.frame["api00"].to_numpy()[:, None]
    scores = weight * (values - (weight * values).sum(0) / weight.sum(0)) / weight.sum(0)
    found = ps.linearised_covariance(made, scores)
    size = np.abs(np.array(case["covariance"])).max()
    np.testing.assert_allclose(found, case["covariance"], rtol=CLOSE, atol=CLOSE * size)


def test_counts():
    made = ps.survey_design(
        PEOPLE, weights="w", strata="ward", clusters="street", lonely="certainty"
    )
    assert (made.n, made.n_clusters, made.n_strata, made.degrees_freedom) == (4, 3, 2, 1)
    assert made.design_effect == pytest.approx(4 * 30 / 100)
    assert made.effective_n == pytest.approx(100 / 30)
    assert made.cluster.tolist() == [0, 0, 1, 2]
    assert made.stage.stratum.tolist() == [0, 0, 1]
    assert made.degrees_within(np.array([True, True, False, True])) == 0


def test_sentence():
    made = ps.survey_design(
        PEOPLE, weights="w", strata="ward", clusters="street", fpc="size", lonely="centre"
    )
    assert made.describe() == (
        "4 respondents in 3 clusters (street) from 2 strata (ward) with weights from 1 to 4 (w; "
        "Kish's design effect 1.20, effective n 3). Variances allow for the share of the "
        "population that was drawn. For 1 stratum with one cluster variances have its distance "
        "from the mean of all clusters."
    )
    assert ps.survey_design(PEOPLE[["y"]]).describe() == "4 respondents."


def test_zero_weights_count_no_degree_of_freedom():
    made = ps.survey_design(PEOPLE.assign(w=[1, 2, 0, 4]), weights="w", clusters="street")
    assert (made.n_clusters, made.degrees_freedom) == (3, 1)


@pytest.mark.parametrize("rule", ["certainty", "centre"])
def test_lonely_stratum_by_hand(rule):
    made = ps.survey_design(PEOPLE, strata="ward", clusters="street", lonely=rule)
    found = ps.linearised_covariance(made, PEOPLE["y"].to_numpy())[0, 0]
    # Cluster totals 5, 2 | 8, of mean 5.
    wanted = 2 * ((5 - 3.5) ** 2 + (2 - 3.5) ** 2) + (9 if rule == "centre" else 0)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_several_strata_and_nested_clusters():
    frame = pd.DataFrame({"a": list("xxyyxx"), "b": [1, 1, 1, 1, 2, 2], "c": [1, 2, 1, 2, 1, 2]})
    made = ps.survey_design(frame, strata=["a", "b"], clusters="c", nest=True)
    assert (made.n_clusters, made.n_strata) == (6, 3)
    assert made.stage.names == ("x, 1", "x, 2", "y, 1")
    with pytest.raises(ps.InputError, match="'c' 1 is in two strata"):
        ps.survey_design(frame, strata=["a", "b"], clusters="c")


@pytest.mark.parametrize("engine", ["polars", "lazy polars", "duckdb"])
def test_any_engine(engine):
    frame = sample("apiclus1")
    if engine == "duckdb":
        given = pytest.importorskip("duckdb").from_df(frame)
    else:
        polars = pytest.importorskip("polars")
        given = polars.from_pandas(frame)
        given = given.lazy() if engine == "lazy polars" else given
    made = ps.survey_design(given, weights="pw", clusters="dnum", fpc="fpc")
    assert made.degrees_freedom == design("clus1").degrees_freedom
    held = made.in_memory(["api00"])
    assert held.weights.sum() == pytest.approx(design("clus1").weights.sum())
    assert "api00" in held.frame


REFUSED = [
    ({"weights": "v"}, "no column 'v'. Expected one of w, street"),
    ({"weights": [1, 2]}, "weights are of other rows than the frame. Expected one weight for each"),
    ({"weights": pd.Series([1.0] * 4, index=[5, 6, 7, 8])}, "4 weights with another index"),
    ({"weights": [1, None, 1, 1]}, "1 of 4 weights are missing, negative or infinite"),
    ({"weights": [1, -1, 1, 1]}, "got the first is -1 at index 1"),
    ({"weights": [0, 0, 0, 0]}, "every weight is 0"),
    ({"weights": 3}, "weights is int"),
    ({"lonely": "merge"}, "lonely 'merge' is not known. Expected 'fail', 'centre', 'certainty'"),
    ({"strata": "ward"}, "stratum 's' with only one cluster"),
    ({"strata": "hole"}, "'hole' is missing in 1 rows. Expected a value for every respondent"),
    ({"clusters": "hole"}, "the first gap is at index 2"),
    ({"clusters": "one"}, "there is only one cluster"),
    ({"fpc": "hole"}, "'hole' is not one positive number in each stratum"),
    ({"fpc": "w"}, "'w' is not one positive number in each stratum"),
    ({"fpc": "three"}, "'three' is smaller than the sample. Expected at least as many units"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refusals(given, words):
    frame = PEOPLE.assign(hole=["x", "y", None, "z"], one="a", three=3)
    with pytest.raises(ps.InputError) as found:
        ps.survey_design(frame, **given)
    assert "survey_design: " in str(found.value)
    assert words in str(found.value)


def test_refusals_of_frames():
    with pytest.raises(ps.InputError, match="this is an int, not a frame"):
        ps.survey_design(3)
    with pytest.raises(ps.InputError, match="the frame has no rows"):
        ps.survey_design(PEOPLE.iloc[:0])
    with pytest.raises(ps.InputError, match="scores are of other rows than the design"):
        ps.linearised_covariance(ps.survey_design(PEOPLE), np.ones(3))


def test_a_stratum_drawn_whole_may_have_one_cluster():
    made = ps.survey_design(
        PEOPLE.assign(share=[0.5, 0.5, 0.5, 1.0]), strata="ward", clusters="street", fpc="share"
    )
    assert made.stage.fraction.tolist() == [0.5, 1.0]
    assert ps.linearised_covariance(made, PEOPLE["y"].to_numpy())[0, 0] == pytest.approx(4.5)


def test_many_rows_are_read_side_by_side_to_the_same_design():
    n = 100_000
    rng = np.random.default_rng(1)
    block = rng.integers(0, 50, n)
    frame = pd.DataFrame({"block": block, "ward": np.where(block % 2, "n", "s")})
    many = ps.survey_design(frame, strata="ward", clusters="block")
    words = frame.astype({"block": "str"}).assign(block=lambda x: x["block"].str.zfill(2))
    few = ps.survey_design(words.iloc[: n - 1], strata="ward", clusters="block")
    assert (many.cluster[:-1] == few.cluster).all()
    assert many.stage.stratum.tolist() == few.stage.stratum.tolist()
    assert many.stage.names == few.stage.names
    with pytest.raises(ps.InputError, match="'block' is missing in 1 rows"):
        ps.survey_design(
            words.assign(block=words["block"].where(words.index > 0)),
            strata="ward",
            clusters="block",
        )


FRAME = pd.DataFrame({"y": [1, 2, 3, 4], "g": list("aabb"), "home": [1, 1, 2, 2]})
LINEAR = "what ps.survey_design gives"
EITHER = "what ps.survey_design or ps.survey_replicates gives"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda made: ps.rao_scott_test(made, "y", "g"), LINEAR),
        (lambda made: ps.rao_scott_fit(made, "g", {"a": 1, "b": 1}), LINEAR),
        (lambda made: ps.linearised_covariance(made, [1.0, 2, 3, 4]), LINEAR),
        (lambda made: ps.survey_impute(made, "y", rng=1), LINEAR),
        (ps.survey_replicates, LINEAR),
        (lambda made: ps.survey_estimate(made, "y"), EITHER),
        (lambda made: ps.survey_engagement(made, "y", by="g"), EITHER),
        (lambda made: ps.survey_linear("y ~ g", made), EITHER),
    ],
)
def test_what_is_no_design(call, words):
    with pytest.raises(ps.InputError, match=f"this is a DataFrame, not a design. Expected {words}"):
        call(FRAME)
    if words == LINEAR:
        made = ps.survey_replicates(ps.survey_design(FRAME))
        with pytest.raises(ps.InputError, match=r"this is a ReplicateDesign, .* give its .design"):
            call(made)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (
            {"clusters": ["home"]},
            r"clusters is list. Expected the name of a column; got \[",
        ),
        ({"fpc": 12}, "fpc is int. Expected the name of a column; got 12"),
        ({"strata": 3}, "strata is int. Expected the name of a column, or a list of them; got 3"),
        ({"strata": ["g", 3]}, "strata is list"),
    ],
)
def test_columns_are_named(stated, words):
    with pytest.raises(ps.InputError, match=words):
        ps.survey_design(FRAME, **stated)


def test_one_of_everything_is_said_in_the_singular():
    made = ps.survey_design(FRAME.assign(all="x"), strata="all", clusters="home")
    assert "4 respondents in 2 clusters (home) from 1 stratum (all)." in made.describe()
    alone = ps.survey_design(FRAME.iloc[:1], lonely="certainty")
    assert alone.describe().startswith("1 respondent. Variances have nothing from 1 stratum with")
    gap = FRAME.assign(y=[1.0, 2.0, 3.0, None])
    fit = ps.survey_linear("y ~ 1", ps.survey_design(gap))
    assert "3 respondents, without weights;" in fit.describe()
    assert "1 respondent with a missing value is left out." in fit.describe()
    assert "t with 2 degrees of freedom" in fit.describe()
    few = ps.survey_linear("y ~ 1", ps.survey_design(gap.iloc[:2]))
    assert "t with 1 degree of freedom" in few.describe()
