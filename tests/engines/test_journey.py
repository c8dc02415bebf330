"""The same numbers from every engine: the journey of `journey.travel`, against the pandas run."""

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from journey import assert_same, travel

NAMES = ("people", "panel", "survey")


def _duckdb(path):
    return duckdb.connect().read_parquet(str(path))


@pytest.mark.slow
@pytest.mark.parametrize(
    "opened",
    [pl.read_parquet, pl.scan_parquet, pq.read_table, _duckdb, str],
    ids=["polars", "polars lazy", "pyarrow", "duckdb", "path"],
)
def test_every_number_is_that_of_pandas(rows, expected, opened):
    folder = rows[1]
    assert_same(travel(**{name: opened(folder / f"{name}.parquet") for name in NAMES}), expected)


@pytest.mark.slow
def test_a_csv_by_its_path(rows, expected):
    folder = rows[1]
    assert_same(travel(**{name: folder / f"{name}.csv" for name in NAMES}), expected)


@pytest.mark.slow
def test_dask_on_two_workers(rows, expected):
    distributed = pytest.importorskip("distributed", reason="needs the extra: pip install .[dask]")
    import dask.dataframe as dd

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster),
    ):
        frames = {
            name: dd.read_parquet(rows[1] / f"{name}.parquet").repartition(npartitions=4)
            for name in NAMES
        }
        assert_same(travel(**frames), expected)


@pytest.mark.slow
def test_spark_on_two_cores(rows, expected):
    sql = pytest.importorskip("pyspark.sql", reason="needs the extra: pip install .[spark]")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    try:
        frames = {
            name: session.read.parquet(str(rows[1] / f"{name}.parquet")).repartition(4)
            for name in NAMES
        }
        assert_same(travel(**frames), expected)
    finally:
        session.stop()
