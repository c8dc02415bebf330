"""Every public function, given rows of every engine: the numbers of pandas, or why there are none.

A new public name without an entry in one of the four tables below fails.
"""

import dataclasses

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from journey import assert_same

import participation_stats as ps
from participation_stats.intake import remote_tables

STATED = {"weights": "weight", "strata": "stratum", "clusters": "cluster"}
GENDERS = {"Female": 0.57, "Male": 0.43}
GROUPS = ["ethnicity", "gender"]
MODEL = "attended ~ format + gender"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Small tables of St Mary's by name, in pandas and as Parquet."""
    estate = ps.load_example("st_marys")
    panel = estate.panel()
    times = panel.groupby("person_id")["attended"].sum()
    # All who came twice, and some who came once or never.
    chosen = [*times[times > 1].index, *times[times <= 1].index[::20]]
    panel = panel[panel["person_id"].isin(chosen)]
    panel = panel.assign(
        month=panel["date"].dt.year * 12 + panel["date"].dt.month,
        formal=panel["format"].eq("formal").astype(int),
    )
    survey = estate.tables["estate_survey"]
    people = estate.tables["people"]
    months = panel.groupby(["person_id", "month"], as_index=False).agg(
        rate=("attended", "mean"), formal=("formal", "mean"), capacity=("capacity", "last")
    )
    # From that month on some come oftener, made up from their place in the list.
    rank = months["person_id"].rank(method="dense")
    months["start"] = (2012 * 12 + rank % 7).where(rank % 3 == 0)
    persons = panel.groupby("person_id", as_index=False).agg(
        times=("attended", "sum"),
        meetings=("attended", "size"),
        rate=("attended", "mean"),
        gender=("gender", "first"),
        housing_tenure=("housing_tenure", "first"),
        years=("length_of_residence", "first"),
    )
    lasting = ps.attendance_durations(panel, unit="person_id", time="date", by=["gender"]).table
    presences = panel[panel["attended"] == 1]
    frames = {
        "people": people.assign(answered=(np.arange(len(people)) % 5 == 0).astype(int)),
        "members": estate.members("committee"),
        "panel": panel,
        "months": months,
        "persons": persons.astype({"years": float}),
        "durations": lasting,
        "survey": survey.assign(weight=survey["weight"].astype(float)),
        "stated": survey.dropna(subset=["gender"]),
        "presences": presences[["meeting_id", "person_id", "capacity"]],
        "memberships": estate.tables["memberships"].query("body_id == 'subgroup'"),
        "population": estate.population(),
        "residents": estate.population("gender"),
        "meetings": estate.tables["meetings"].query("open_to == 'residents'"),
    }
    # Words and numbers as any engine has them, whatever pandas calls them.
    frames = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    folder = tmp_path_factory.mktemp("frames")
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return frames, folder


@pytest.fixture(scope="module")
def frames(stored):
    return stored[0]


@pytest.fixture(scope="module")
def folder(stored):
    return stored[1]


def design(rows):
    return ps.survey_design(rows("survey"), **STATED)


#: Works with rows of any engine. Each takes a function from name to rows, and gives its result.
WORKS = {
    "attendance_durations": lambda rows: ps.attendance_durations(
        rows("panel"), unit="person_id", time="date", by=["gender"]
    ),
    "attendance_formula": lambda rows: ps.attendance_formula(
        rows("panel"), ["gender", "format", "capacity"]
    ),
    "attendance_inequality": lambda rows: ps.attendance_inequality(rows("panel")),
    "calibrate": lambda rows: ps.calibrate(
        rows("stated"), {"gender": {"Female": 1700, "Male": 1290}}, weights="weight"
    ),
    "co_attendance": lambda rows: ps.co_attendance(rows("presences")),
    "collapse": lambda rows: ps.collapse(
        rows("panel"), ["gender", "format"], "attended", unit="person_id"
    ),
    "compare_bodies": lambda rows: ps.compare_bodies(rows("members"), rows("survey"), "gender"),
    "compare_groups": lambda rows: ps.compare_groups(rows("survey"), "can_influence", "gender"),
    "compare_panels": lambda rows: ps.compare_panels(
        "rate ~ formal", rows("months"), unit="person_id", time="month"
    ),
    "complete_cells": lambda rows: ps.complete_cells(
        rows("panel"), rows("residents"), ["gender"], rows("meetings")
    ),
    "decompose_gap": lambda rows: ps.decompose_gap(
        "rate", rows("persons"), group="gender", factors=["years", "housing_tenure"]
    ),
    "draft_mapping": lambda rows: pd.DataFrame(
        ps.draft_mapping(rows("people"), "people").columns.items(), columns=["ours", "theirs"]
    ),
    "fit_counts": lambda rows: ps.fit_counts(
        "times ~ gender", rows("persons"), exposure="meetings"
    ),
    "fit_event_study": lambda rows: ps.fit_event_study(
        "rate",
        rows("months"),
        unit="person_id",
        time="month",
        event="start",
        leads=2,
        lags=2,
    ),
    "fit_firth": lambda rows: ps.fit_firth(MODEL, rows("panel"), unit="person_id"),
    "fit_gee": lambda rows: ps.fit_gee(
        MODEL, rows("panel"), unit="person_id", structure="independence"
    ),
    "fit_hazard": lambda rows: ps.fit_hazard("duration ~ gender", rows("durations")),
    "fit_logit": lambda rows: ps.fit_logit(MODEL, rows("panel"), unit="person_id"),
    "fit_mixed_logit": lambda rows: ps.fit_mixed_logit(MODEL, rows("panel"), unit="person_id"),
    "fit_panel": lambda rows: ps.fit_panel(
        "rate ~ formal", rows("months"), unit="person_id", time="month"
    ),
    "funnel": lambda rows: ps.funnel(
        {"Committee": rows("members"), "Survey": rows("survey")}, rows("people"), by="gender"
    ),
    "participation_ladder": lambda rows: ps.participation_ladder(
        {"residents": rows("people"), "survey": rows("survey"), "committee": rows("members")},
        by="gender",
    ),
    "poststratify": lambda rows: ps.poststratify(
        rows("stated"), {"gender": GENDERS}, weights="weight"
    ),
    "profile_distance": lambda rows: ps.profile_distance(
        rows("members"), rows("people"), by="gender"
    ),
    "r_indicators": lambda rows: ps.r_indicators(
        rows("people"), "answered", GROUPS, design="census"
    ),
    "rake": lambda rows: ps.rake(rows("stated"), {"gender": GENDERS}, weights="weight"),
    "rao_scott_fit": lambda rows: ps.rao_scott_fit(design(rows), "gender", GENDERS),
    "rao_scott_test": lambda rows: ps.rao_scott_test(design(rows), "gender", "came_last_year"),
    "ratio_trend": lambda rows: ps.ratio_trend(
        {"2011": rows("members"), "2012": rows("survey")}, population=rows("people"), by="gender"
    ),
    "read_table": lambda rows: ps.read_table(rows("people"), "people"),
    "regulars": lambda rows: ps.regulars(rows("panel"), "committee"),
    "representativeness_ratios": lambda rows: ps.representativeness_ratios(
        rows("members"), rows("population"), by=GROUPS
    ),
    "retention_curves": lambda rows: ps.retention_curves(rows("durations"), by="gender"),
    "score_scale": lambda rows: ps.score_scale(
        rows("survey"), ["can_influence", "trusts_landlord"]
    ),
    "seats": lambda rows: ps.seats(rows("memberships"), on="2012-05-01"),
    "survey_design": lambda rows: ps.survey_estimate(design(rows), "gender"),
    "survey_engagement": lambda rows: ps.survey_engagement(
        design(rows), {"came_last_year": "yes", "can_influence": (4, 5)}, by=["gender"]
    ),
    "survey_estimate": lambda rows: ps.survey_estimate(design(rows), "can_influence", by="gender"),
    "survey_impute": lambda rows: ps.survey_impute(
        design(rows), ["can_influence"], using=["gender"], rng=1, n_imputations=3
    ).estimate("can_influence", by="gender"),
    "survey_linear": lambda rows: ps.survey_linear("can_influence ~ gender", design(rows)),
    "survey_logit": lambda rows: ps.survey_logit("came_last_year ~ gender", design(rows)),
    "survey_replicates": lambda rows: ps.survey_engagement(
        ps.survey_replicates(design(rows), "bootstrap", replicates=20, rng=1),
        {"came_last_year": "yes"},
        by="gender",
    ),
    "tally": lambda rows: ps.tally(rows("survey"), GROUPS, weights="weight"),
    "trim": lambda rows: ps.trim(
        ps.rake(rows("stated"), {"gender": GENDERS}, weights="weight"), upper=6.0
    ),
    "turnover": lambda rows: ps.turnover(rows("panel"), "committee", period="quarter"),
    "validate": lambda rows: ps.validate(rows("people"), "people").issues,
}

#: Needs rows in pandas, and says so of any other frame.
SAYS_WHY = {
    "as_factors": lambda rows: ps.as_factors(rows("people")),
    "band": lambda rows: ps.band(rows("people"), "age_band"),
    "deduplicate": lambda rows: ps.deduplicate(rows("people"), by="person_id"),
    "recode": lambda rows: ps.recode(rows("people"), "broad"),
    "roll_up": lambda rows: ps.roll_up(rows("residents"), "broad"),
}

#: Takes an estate, whose tables may be frames of any engine: see `test_an_estate_of_…`.
OF_AN_ESTATE = {
    "attendance_record": lambda estate: ps.attendance_record(estate, "subgroup"),
    "co_attendance": lambda estate: ps.co_attendance(estate, "subgroup"),
    "participation_ladder": ps.participation_ladder,
    "ratio_trend": lambda estate: ps.ratio_trend(estate, "network"),
    "regulars": ps.regulars,
    "representativeness_ratios": lambda estate: ps.representativeness_ratios("committee", estate),
    "seats": lambda estate: ps.seats(estate, "subgroup"),
    "turnover": lambda estate: ps.turnover(estate, "committee"),
    "voice_shares": lambda estate: ps.voice_shares(estate, "subgroup"),
    "write_estate": None,
    "write_report": None,
}

#: Takes what another function made, a name or a number: no rows.
NO_ROWS = {
    "audit",
    "audit_folder",
    "benchmark_areas",
    "choose_counts",
    "codelist_names",
    "compare_landlords",
    "copy_example",
    "example_names",
    "linearised_covariance",
    "load_benchmark",
    "load_codelist",
    "load_crosswalk",
    "load_example",
    "load_schema",
    "margin_of_error",
    "protect",
    "read_estate",
    "read_export",
    "read_mapping",
    "read_nation",
    "read_register",
    "read_spss",
    "required_sample",
    "schema_names",
    "simulate_estate",
    "simulate_nation",
    "table_html",
    "tidy_table",
    "voting_power",
    "write_gallery",
    "write_tables",
} | {name for name in ps.__all__ if name.startswith("draw_")}


def test_no_function_is_forgotten():
    public = {name for name in ps.__all__ if not isinstance(getattr(ps, name), type)}
    assert public == {*WORKS, *SAYS_WHY, *OF_AN_ESTATE, *NO_ROWS}
    assert not NO_ROWS & {*WORKS, *SAYS_WHY, *OF_AN_ESTATE}


def tables_of(result):
    """Whatever a result holds, as frames by name."""
    if isinstance(result, pd.DataFrame):
        return {"table": result}
    found = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, pd.DataFrame | pd.Series):
            found[field.name] = pd.DataFrame(value).reset_index(drop=True)
        elif isinstance(value, np.ndarray) and value.ndim in (1, 2):
            found[field.name] = pd.DataFrame(value)
        elif isinstance(value, str | int | float | np.number | list | tuple):
            found[field.name] = pd.DataFrame({"value": [str(value)]})
    return found


def _duckdb(path):
    return duckdb.connect().read_parquet(path)


ENGINES = {
    "polars": pl.read_parquet,
    "polars lazy": pl.scan_parquet,
    "pyarrow": pq.read_table,
    "duckdb": _duckdb,
    "path": str,
}


@pytest.fixture(scope="module")
def expected(frames):
    """What pandas finds, worked out when it is first asked for."""
    known = {}

    def found(name):
        if name not in known:
            known[name] = tables_of(WORKS[name](frames.__getitem__))
        return known[name]

    return found


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", WORKS)
def test_rows_of_any_engine(name, engine, folder, expected):
    def rows(table):
        return ENGINES[engine](str(folder / f"{table}.parquet"))

    assert_same(tables_of(WORKS[name](rows)), expected(name))


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="needs the extra: pip install .[spark]")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_rows_of_spark(name, spark, folder, expected):
    def rows(table):
        return spark.read.parquet(str(folder / f"{table}.parquet"))

    assert_same(tables_of(WORKS[name](rows)), expected(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_rows_of_dask(name, folder, expected):
    dask = pytest.importorskip("dask.dataframe", reason="needs the extra: pip install .[dask]")

    def rows(table):
        return dask.read_parquet(folder / f"{table}.parquet").repartition(npartitions=2)

    assert_same(tables_of(WORKS[name](rows)), expected(name))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """St Mary's in pandas, and with every table as a polars plan, a DuckDB relation or a file."""
    whole = ps.load_example("st_marys")
    folder = tmp_path_factory.mktemp("tables")
    for name, table in whole.tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)

    def opened(engine):
        tables = {name: ENGINES[engine](str(folder / f"{name}.parquet")) for name in whole.tables}
        return dataclasses.replace(whole, tables=tables)

    return whole, opened


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["polars lazy", "duckdb", "path"])
@pytest.mark.parametrize("name", [name for name, call in OF_AN_ESTATE.items() if call])
def test_an_estate_of_tables_that_are_elsewhere(name, engine, places):
    whole, opened = places
    call = OF_AN_ESTATE[name]
    assert_same(tables_of(call(opened(engine))), tables_of(call(whole)))


def test_only_tables_that_are_asked_for_are_brought(places):
    whole, opened = places
    estate = opened("polars lazy")
    assert estate.has("people", "attendance")
    assert not estate.has("people", "letters")
    assert str(estate) == str(whole)
    rows = estate.tables.rows("attendance")
    assert isinstance(rows, pl.LazyFrame)
    assert ps.tally(rows, "status").n_rows == len(whole.tables["attendance"])
    assert not estate.tables._held
    pd.testing.assert_frame_equal(estate.panel("network"), whole.panel("network"))
    assert set(estate.tables._held) == {
        "bodies", "memberships", "meetings", "attendance", "people", "profiles",
    }  # fmt: skip
    assert dataclasses.replace(estate, title="Elsewhere").tables is estate.tables


def test_a_table_too_large_to_join_is_named_with_what_to_do(places, monkeypatch):
    monkeypatch.setattr(remote_tables, "LARGEST", 1_000)
    _, opened = places
    estate = opened("duckdb")
    with pytest.raises(ps.InputError) as raised:
        estate.panel()
    assert str(raised.value) == (
        "tables['people']: the table has 3,018 rows, too many to bring here. Expected at most "
        "1,000 rows where people, seats and meetings are joined; got 3,018. Hint: join it where "
        "it is, and give the joined rows to the statistic: estate.tables.rows('people') is the "
        "frame."
    )


@pytest.mark.slow
def test_a_report_of_tables_that_are_elsewhere(places, tmp_path):
    """The same pages and tables, byte for byte."""
    whole, opened = places
    found = []
    for name, estate in (("here", whole), ("elsewhere", opened("polars lazy"))):
        page = ps.write_report(estate, tmp_path / name, bodies=["subgroup"], time="2026-11-26")
        found.append(
            {
                str(path.relative_to(page.parent)): path.read_bytes()
                for path in page.parent.rglob("*")
                if path.is_file()
            }
        )
    assert found[0] == found[1]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SAYS_WHY)
def test_what_needs_pandas_says_so(name, engine, folder):
    with pytest.raises(ps.InputError) as raised:
        SAYS_WHY[name](lambda table: ENGINES[engine](str(folder / f"{table}.parquet")))
    told = raised.value
    assert told.where == name
    assert "pandas" in told.expected
    assert told.got in ("DataFrame", "LazyFrame", "Table", "DuckDBPyRelation", "str")
    assert told.hint


#: Takes something else than rows first.
MISTAKEN = {
    "attendance_record": ps.attendance_record,
    "audit": ps.audit,
    "choose_counts": ps.choose_counts,
    "draw_ratios": ps.draw_ratios,
    "linearised_covariance": lambda rows: ps.linearised_covariance(rows, [1.0]),
    "protect": lambda rows: ps.protect(rows, ps.Policy.publish()),
    "rao_scott_fit": lambda rows: ps.rao_scott_fit(rows, "gender", GENDERS),
    "rao_scott_test": lambda rows: ps.rao_scott_test(rows, "gender", "capacity"),
    "survey_engagement": lambda rows: ps.survey_engagement(rows, "capacity", by="gender"),
    "survey_estimate": lambda rows: ps.survey_estimate(rows, "gender"),
    "survey_impute": lambda rows: ps.survey_impute(rows, "gender", rng=1),
    "survey_linear": lambda rows: ps.survey_linear("age ~ gender", rows),
    "survey_logit": lambda rows: ps.survey_logit("age ~ gender", rows),
    "survey_replicates": ps.survey_replicates,
    "table_html": ps.table_html,
    "tidy_table": ps.tidy_table,
    "trim": lambda rows: ps.trim(rows, upper=3.0),
    "voice_shares": ps.voice_shares,
    "voting_power": ps.voting_power,
    "write_estate": lambda rows: ps.write_estate(rows, "nowhere"),
    "write_report": lambda rows: ps.write_report(rows, "nowhere"),
    "write_tables": lambda rows: ps.write_tables(rows, "nowhere.csv"),
}


@pytest.mark.parametrize("name", MISTAKEN)
def test_a_frame_in_the_wrong_place_is_named(name, folder):
    """No traceback of the engine where something else than rows is wanted."""
    rows = pl.scan_parquet(folder / "people.parquet")
    with pytest.raises(ps.ParticipationError, match="LazyFrame"):
        MISTAKEN[name](rows)
