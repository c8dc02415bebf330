"""Rows that stay where they are: the same numbers as from pandas, on every engine here."""

import numpy as np
import pandas as pd
import pytest
from survey_samples import sample

import participation_stats as ps
from participation_stats.measure.estimation.remote_designs import RemoteDesign

STATED = {"weights": "pw", "strata": "stype", "clusters": "dnum", "nest": True}
ENGINES = ["polars", "duckdb", "parquet", "csv", "dask"]
QUESTIONS = [
    {"value": "api00"},
    {"value": "api00", "by": "awards"},
    {"value": "api00", "by": ["wide", "awards"], "statistic": "total"},
    {"value": "api00", "by": "awards", "statistic": "ratio", "denominator": "api99"},
    {"value": "wide", "by": "awards"},
    {"value": "both", "answer": "did", "interval": "beta"},
    {"value": "stype", "statistic": "total"},
    {"value": "meals", "statistic": "quantile", "by": "awards"},
    {"value": "enroll", "by": "awards"},
]


def frame() -> pd.DataFrame:
    # With answers, groups and a weight that are not there, or 0.
    made = sample("apistrat").rename(columns={"sch.wide": "wide"})
    # Readers of CSV take yes and no for truth values, and engines a dot for a table's name.
    words = {"Yes": "did", "No": "did not"}
    made = made.assign(**{name: made[name].map(words) for name in ("wide", "awards", "both")})
    made = made[
        ["stype", "dnum", "pw", "enroll", "api99", "api00", "meals", "wide", "awards", "both"]
    ]
    made.loc[5:9, "awards"] = None
    made.loc[8:12, "both"] = None
    made.loc[3, "pw"] = 0.0
    made["api99"] = made["api99"].astype(float)
    made.loc[20:22, "api99"] = np.nan
    return made


@pytest.fixture(scope="module")
def remote(request, tmp_path_factory):
    return opened(request.param, tmp_path_factory.mktemp("rows"))


def opened(engine, folder):
    if engine == "polars":
        return pytest.importorskip("polars").from_pandas(frame()).lazy()
    if engine == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        return duckdb.connect().from_df(frame())
    if engine == "dask":
        pytest.importorskip("dask.dataframe")
        import dask.dataframe

        return dask.dataframe.from_pandas(frame(), npartitions=3)
    path = folder / f"rows.{engine}"
    if engine == "parquet":
        frame().to_parquet(path, index=False)
    else:
        frame().to_csv(path, index=False)
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize("remote", ENGINES, indirect=True)
def test_same_numbers(remote):
    made = ps.survey_design(remote, **STATED)
    here = ps.survey_design(frame(), **STATED)
    assert isinstance(made, RemoteDesign)
    assert made.describe() == here.describe()
    assert made.degrees_freedom == here.degrees_freedom
    for question in QUESTIONS:
        ours = ps.survey_estimate(made, **question)
        theirs = ps.survey_estimate(here, **question)
        pd.testing.assert_frame_equal(ours.table, theirs.table, rtol=1e-9, atol=1e-12)
        assert (ours.n, ours.n_missing) == (theirs.n, theirs.n_missing)
        np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-6, atol=1e-12)
    test = ps.rao_scott_test(made, "stype", "awards")
    assert test.p_value == pytest.approx(
        ps.rao_scott_test(here, "stype", "awards").p_value, rel=1e-9
    )


def test_fpc_and_replicates():
    polars = pytest.importorskip("polars")
    clustered = sample("apiclus1")
    stated = {"weights": "pw", "clusters": "dnum", "fpc": "fpc"}
    made = ps.survey_design(polars.from_pandas(clustered).lazy(), **stated)
    here = ps.survey_design(clustered, **stated)
    np.testing.assert_allclose(made.stage.fraction, here.stage.fraction)
    for method in ("jackknife", "bootstrap"):
        ours, theirs = (
            ps.survey_estimate(
                ps.survey_replicates(one, method, replicates=20, rng=4), "api00", by="awards"
            )
            for one in (made, here)
        )
        pd.testing.assert_frame_equal(ours.table, theirs.table, rtol=1e-9)


def test_models_bring_the_rows_they_name():
    polars = pytest.importorskip("polars")
    made = ps.survey_design(polars.from_pandas(sample("apistrat")).lazy(), **STATED)
    here = ps.survey_design(sample("apistrat"), **STATED)
    ours, theirs = (ps.survey_linear("api00 ~ meals + stype", one) for one in (made, here))
    pd.testing.assert_frame_equal(ours.table, theirs.table, rtol=1e-9)


def test_scores_need_rows():
    polars = pytest.importorskip("polars")
    made = ps.survey_design(polars.from_pandas(sample("apistrat")).lazy(), **STATED)
    with pytest.raises(ps.InputError, match=r"brought by design.in_memory\(columns\)"):
        ps.linearised_covariance(made, np.ones(200))
    held = made.in_memory([])
    assert ps.linearised_covariance(held, np.ones(200)).shape == (1, 1)


REFUSED = [
    ({"weights": "gap"}, "1 of 200 weights are missing, negative or infinite"),
    ({"weights": "none"}, "every weight is 0"),
    ({"weights": "what"}, "no column 'what'"),
    ({"clusters": "hole"}, "'hole' is missing in"),
    ({"nest": False}, "is in two strata"),
    ({"fpc": "gap"}, "'gap' is not one positive number in each stratum"),
    ({"strata": "own"}, "with only one cluster"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refusals(given, words):
    polars = pytest.importorskip("polars")
    made = sample("apistrat").assign(none=0.0, gap=lambda f: f["pw"], hole=lambda f: f["dnum"])
    made.loc[7, "gap"] = np.nan
    made["hole"] = made["hole"].where(made.index != 7)
    made["own"] = np.where(made.index == 7, "alone", "others")
    with pytest.raises(ps.InputError) as found:
        ps.survey_design(polars.from_pandas(made).lazy(), **{**STATED, **given})
    assert "survey_design: " in str(found.value)
    assert words in str(found.value)


def test_refused_questions():
    polars = pytest.importorskip("polars")
    made = ps.survey_design(polars.from_pandas(sample("apistrat")).lazy(), **STATED)
    with pytest.raises(ps.InputError, match="'api00' is not a column of words"):
        ps.survey_estimate(made, "api00", answer="1")
    dated = polars.from_pandas(sample("apistrat").assign(when=pd.Timestamp("2026-01-01"))).lazy()
    with pytest.raises(ps.InputError, match="'when' is not a column of numbers"):
        ps.survey_estimate(ps.survey_design(dated, **STATED), "when")
    with pytest.raises(ps.InputError, match="nobody gave the answer 'Perhaps'"):
        ps.survey_estimate(made, "awards", answer="Perhaps")
    empty = polars.from_pandas(sample("apistrat").iloc[:0]).lazy()
    with pytest.raises(ps.InputError, match="the frame has no rows"):
        ps.survey_design(empty, **STATED)
    with pytest.raises(ps.InputError, match="this is an int, not a design"):
        ps.survey_estimate(3, "api00")
