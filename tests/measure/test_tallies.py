"""Rows to cells: against pandas' own group-by and by rebuilding the rows, on every engine."""

import collections
import os
import subprocess
import sys

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from participation_stats.errors import InputError, SourceError
from participation_stats.measure.rows import _engine, _in_batches
from participation_stats.measure.tallies import NOT_STATED, collapse, tally

ENGINES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "duckdb": lambda frame: duckdb.connect().from_df(frame),
    "narwhals": nw.from_native,
}


def people(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "ethnicity": rng.choice(["Portuguese", "Other", "Black African"], n),
            "gender": rng.choice(["Female", "Male"], n),
            "weight": rng.uniform(0.5, 2, n),
        }
    )


def log_of(n=400, seed=0):
    rng = np.random.default_rng(seed)
    who = rng.integers(0, 60, n)
    return pd.DataFrame(
        {
            "who": who,
            "group": np.array(["a", "b", "c"])[who % 3],
            "format": rng.choice(["formal", "informal"], n),
            "attended": rng.integers(0, 2, n),
        }
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_tally_counts_as_pandas_does_on_every_engine(engine):
    frame = people()
    found = tally(
        ENGINES[engine](frame), ["ethnicity", ("ethnicity", "gender")], weights="weight"
    ).table
    single = found[found["variable"] == "ethnicity"].set_index("category")
    assert single.index.tolist() == ["Black African", "Portuguese", "Other"]
    own = frame.groupby("ethnicity")["weight"].agg(["size", "sum"]).loc[single.index]
    assert single["count"].tolist() == own["size"].tolist()
    # The same 200 doubles summed in another order.
    np.testing.assert_allclose(single["weighted"], own["sum"], rtol=1e-12)
    crossed = found[found["variable"] == "ethnicity × gender"].set_index("category")["count"]
    both = frame.groupby(["ethnicity", "gender"]).size()
    assert crossed.to_dict() == {f"{e} × {g}": n for (e, g), n in both.items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_is_lost_for_want_of_an_answer(engine):
    frame = pd.DataFrame({"gender": ["Female", None, None, NOT_STATED], "n": [1, 1, 2, 2]})
    found = tally(ENGINES[engine](frame), "gender").table
    assert found["category"].tolist() == ["Female", NOT_STATED]
    assert found["count"].tolist() == [1, 3]


def test_null_and_nan_are_one_category():
    frame = pl.DataFrame({"years": [1.0, float("nan"), None, 3.0]})
    found = tally(frame, "years").table
    assert found[["category", "count"]].to_numpy().tolist() == [
        ["1", 1],
        ["3", 1],
        [NOT_STATED, 2],
    ]


def test_everybody_not_stated_is_still_counted():
    found = tally(pd.DataFrame({"gender": pd.Series([None, None], dtype="str")}), "gender").table
    assert found[["category", "count"]].to_numpy().tolist() == [[NOT_STATED, 2]]


def test_no_rows_give_no_rows():
    found = tally(people().iloc[:0], ["ethnicity", "gender"], weights="weight")
    assert found.table.empty
    assert found.table.columns.tolist() == ["variable", "category", "count", "weighted"]
    assert found.n_rows == 0


def test_a_lists_own_order_is_kept_and_other_stands_last():
    bands = pd.Categorical(["10 or more", "under 1"], categories=["under 1", "10 or more"])
    frame = pd.DataFrame({"band": bands, "age": [100, 20], "origin": ["Other", "Zambia"]})
    assert tally(frame, "band").table["category"].tolist() == ["under 1", "10 or more"]
    assert tally(frame, "age").table["category"].tolist() == ["20", "100"]
    assert tally(frame, "origin").table["category"].tolist() == ["Zambia", "Other"]


def test_numbers_stand_before_words_where_a_column_holds_both():
    frame = pd.DataFrame({"mixed": pd.Series([2, "b", 1, "a"], dtype=object)})
    assert tally(frame, "mixed").table["category"].tolist() == ["1", "2", "a", "b"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_path_and_a_glob_are_read_as_the_frame_is(tmp_path, ending):
    frame = people()
    for number, half in enumerate((frame.iloc[:90], frame.iloc[90:])):
        path = tmp_path / f"part{number}{ending}"
        half.to_csv(path, index=False) if ending == ".csv" else half.to_parquet(path)
    whole = tally(frame, ["ethnicity", "gender"]).table
    pd.testing.assert_frame_equal(
        tally(tmp_path / "part0.csv", "gender").table
        if ending == ".csv"
        else tally(tmp_path / "part0.parquet", "gender").table,
        tally(frame.iloc[:90], "gender").table,
    )
    pd.testing.assert_frame_equal(
        tally(str(tmp_path / f"*{ending}"), ["ethnicity", "gender"]).table, whole
    )


@pytest.mark.parametrize(
    ("data", "by", "options", "message"),
    [
        (people(), "ward", {}, r"tally: no column 'ward'\. Expected one of ethnicity, gender, we"),
        (people(), [], {}, r"tally: nothing to count by\. Expected a column; got by=\[\]"),
        (3, "gender", {}, r"tally: this is an int, not a frame\. Expected a pandas, polars"),
        (people(), "gender", {"weights": "ethnicity"}, r"tally: 'ethnicity' is text"),
        (
            people().assign(weight=-1.0),
            "gender",
            {"weights": "weight"},
            r"tally: 'weight' has weights that are missing or negative.*got 200 rows without one",
        ),
        (
            people().assign(weight=np.nan),
            "gender",
            {"weights": "weight"},
            r"tally: 'weight' has weights that are missing or negative",
        ),
        (
            pl.from_pandas(people()).with_columns(weight=float("nan")),
            "gender",
            {"weights": "weight"},
            r"tally: 'weight' has weights that are missing or negative.*not a number",
        ),
    ],
)
def test_tally_says_what_is_wrong(data, by, options, message):
    with pytest.raises(InputError, match=message):
        tally(data, by, **options)


def test_paths_say_what_is_wrong(tmp_path):
    with pytest.raises(SourceError, match=r"tally: no file '.*nowhere\.csv'"):
        tally(tmp_path / "nowhere.csv", "gender")
    with pytest.raises(SourceError, match=r"is neither CSV nor Parquet.*got '\.xlsx'"):
        tally(tmp_path / "log.xlsx", "gender")
    (tmp_path / "broken.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(SourceError, match=r"broken\.parquet' cannot be read as a table"):
        tally(tmp_path / "broken.parquet", "gender")


def rows_again(cells):
    """Every person of every profile as a set of (covariates, trials, successes)."""
    patterns = [tuple(row) for row in cells.patterns.itertuples(index=False)]
    out = collections.Counter()
    for _, part in cells.cells.groupby("profile"):
        assert part["units"].nunique() == 1
        kind = frozenset(
            (patterns[row.pattern], row.trials, row.successes) for row in part.itertuples()
        )
        assert kind not in out, "two profiles with the same set"
        out[kind] = int(part["units"].iloc[0])
    return out


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("keys", [["group"], ["format"], ["group", "format"], []])
def test_collapse_loses_nothing_but_the_names(engine, keys):
    """People as sets of cells, made by a loop over people, are the same multiset."""
    log = log_of()
    expected = collections.Counter()
    for _, rows in log.groupby("who"):
        parts = rows.groupby(keys) if keys else [((), rows)]
        expected[
            frozenset((key, len(part), int(part["attended"].sum())) for key, part in parts)
        ] += 1
    cells = collapse(ENGINES[engine](log), keys, "attended", unit="who")
    assert rows_again(cells) == expected
    assert (cells.n_rows, cells.n_units, cells.n_missing) == (400, log["who"].nunique(), 0)
    assert (cells.cells["units"] * cells.cells["trials"]).sum() == 400


def test_without_a_unit_every_row_is_one():
    cells = collapse(log_of(), ["group"], "attended")
    assert cells.n_units == cells.n_rows == 400
    assert (cells.cells["trials"] == 1).all()
    assert cells.cells["units"].sum() == 400
    came = cells.cells.query("successes == 1")["units"].sum()
    assert came == log_of()["attended"].sum()


def test_order_of_rows_and_names_of_people_do_not_matter():
    log = log_of()
    shuffled = log.sample(frac=1, random_state=5).assign(who=lambda d: "p" + d["who"].astype(str))
    first, second = (
        collapse(frame, ["group", "format"], "attended", unit="who") for frame in (log, shuffled)
    )
    pd.testing.assert_frame_equal(first.patterns, second.patterns)
    pd.testing.assert_frame_equal(first.cells, second.cells)


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars lazy", "duckdb"])
def test_rows_with_a_missing_value_are_left_out_and_counted(engine):
    log = log_of().astype({"group": "str", "who": "float", "attended": "float"})
    log.loc[0:4, "group"] = None
    log.loc[3:9, "attended"] = None
    log.loc[9:11, "who"] = None
    cells = collapse(ENGINES[engine](log), ["group"], "attended", unit="who")
    same = collapse(log.iloc[12:], ["group"], "attended", unit="who")
    assert cells.n_missing == 12
    pd.testing.assert_frame_equal(cells.cells, same.cells)


def test_nan_is_missing_where_an_engine_tells_it_from_null():
    log = pl.from_pandas(log_of().astype({"attended": "float"}))
    gaps = log.with_columns(
        attended=pl.when(pl.int_range(pl.len()) < 7).then(float("nan")).otherwise("attended")
    )
    cells = collapse(gaps, ["group"], "attended", unit="who")
    same = collapse(log[7:], ["group"], "attended", unit="who")
    assert cells.n_missing == 7
    pd.testing.assert_frame_equal(cells.cells, same.cells)


@pytest.mark.parametrize("kind", ["bool", "boolean", "object", "Int64", "Float64", "int8"])
def test_truth_values_and_every_kind_of_number_are_a_response(kind):
    log = log_of()
    cells = collapse(
        log.assign(attended=log["attended"].astype("bool").astype(kind)),
        ["group"],
        "attended",
        unit="who",
    )
    pd.testing.assert_frame_equal(
        cells.cells, collapse(log, ["group"], "attended", unit="who").cells
    )


def test_patterns_beyond_64_bits_are_numbered_all_the_same():
    """Nine numeric covariates of 200 levels have 200⁹ > 2⁶³ combinations."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.random((200, 9)), columns=list("abcdefghi"))
    cells = collapse(frame.assign(came=1), list("abcdefghi"), "came")
    ordered = frame.sort_values(list("abcdefghi"), ignore_index=True)
    pd.testing.assert_frame_equal(cells.patterns, ordered)


@pytest.mark.parametrize(
    ("log", "by", "response", "unit", "message"),
    [
        (log_of(), ["ward"], "attended", "who", r"collapse: no column 'ward'"),
        (log_of(), ["group"], "who", None, r"'who' has values other than 0 and 1.*groups of rows"),
        (log_of(), ["group"], "format", "who", r"'format' has values other than 0 and 1.*kind Str"),
        (log_of(), ["who"], "attended", "who", r"collapse: 'who' is asked for twice"),
        (log_of(), ["attended"], "attended", "who", r"'attended' is asked for twice"),
        (log_of(3).assign(group=None), ["group"], "attended", "who", r"no row has every value"),
        (log_of().iloc[:0], ["group"], "attended", "who", r"no row has every value.*got 0 rows"),
        (log_of().assign(attended=0.5), ["group"], "attended", "who", r"other than 0 and 1"),
        (log_of().assign(attended=np.inf), ["group"], "attended", "who", r"other than 0 and 1"),
    ],
)
def test_collapse_says_what_is_wrong(log, by, response, unit, message):
    with pytest.raises(InputError, match=message):
        collapse(log, by, response, unit=unit)


def test_a_file_in_batches_gives_the_patterns_of_the_frame(tmp_path, monkeypatch):
    """Text that comes as categories from batches is text again, in the order of the alphabet."""
    monkeypatch.setattr("participation_stats.measure.rows.BATCH", 3)
    rng = np.random.default_rng(4)
    log = pd.DataFrame({"who": [f"p{n:02d}" for n in rng.integers(0, 30, 400)]})
    log["ward"] = rng.choice(["North", "East", "South", None], 400)
    log["age"], log["came"] = rng.integers(20, 24, 400), rng.integers(0, 2, 400)
    log.to_parquet(tmp_path / "log.parquet")
    for by in (["ward"], ["ward", "age"], ["who"], []):
        unit = None if "who" in by else "who"
        ours = collapse(tmp_path / "log.parquet", by, "came", unit=unit)
        theirs = collapse(log, by, "came", unit=unit)
        pd.testing.assert_frame_equal(ours.patterns, theirs.patterns, check_dtype=False)
        assert all(dtype != "category" for dtype in ours.patterns.dtypes)
        pd.testing.assert_frame_equal(ours.cells, theirs.cells)
        assert ours.n_missing == theirs.n_missing


def test_memory_is_given_back_while_cells_are_read_and_only_then(tmp_path, monkeypatch):
    """Threads that outlived the reading would be in the way of a fork; an error ends them too."""
    states = []

    def state():
        asked = "SELECT current_setting('allocator_background_threads')"
        return _engine(os.getpid()).execute(asked).fetchone()[0]

    def reading(relation, coded):
        states.append(state())
        return _in_batches(relation, coded)

    def failing(relation, coded):
        states.append(state())
        raise OSError("the disk is gone")

    place = "participation_stats.measure.rows._in_batches"
    log_of().to_parquet(tmp_path / "log.parquet")
    monkeypatch.setattr(place, reading)
    collapse(tmp_path / "log.parquet", ["group"], "attended", unit="who")
    states.append(state())
    monkeypatch.setattr(place, failing)
    with pytest.raises(OSError, match="the disk is gone"):
        collapse(tmp_path / "log.parquet", ["group"], "attended", unit="who")
    states.append(state())
    assert states == [True, False, True, False]


def test_files_are_read_anew_and_in_a_forked_process_too(tmp_path):
    """One engine serves all calls of a process: not its children, and it remembers no file."""
    path = tmp_path / "log.parquet"
    pd.DataFrame({"gender": ["Female", "Male"]}).to_parquet(path)
    assert tally(path, "gender").n_rows == 2
    pd.DataFrame({"gender": ["Female", "Male", "Male"]}).to_parquet(path)
    assert tally(path, "gender").n_rows == 3
    code = f"""
import multiprocessing, warnings
from participation_stats.measure.tallies import tally
warnings.simplefilter("ignore")
def rows(number): return tally({str(path)!r}, "gender").n_rows
print(rows(0))
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(rows, range(4), chunksize=1))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split("\n")[:2] == ["3", "[3, 3, 3, 3]"]
