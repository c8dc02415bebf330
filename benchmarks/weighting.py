"""Raking a million rows to four margins, beside svy and R's survey package.

    pip install -e ".[bench]"          # svy, an optional peer
    python benchmarks/weighting.py [--rows N]

Each peer rakes the same rows, read from files before the clock starts, to the same closeness; the
weights of all must agree. A peer that is not installed is left out with a message.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from records import record

import participation_stats as ps

LEVELS = {"age_band": 6, "ethnicity": 4, "gender": 2, "housing_tenure": 5}
POPULATION = 2_000_000
#: Timed runs, of which the best counts; R takes one, because it takes long.
RUNS = 10


def sample(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of text categories with base weights, and the margins of a population unlike them."""
    columns, margins = {}, []
    for name, size in LEVELS.items():
        labels = np.array([f"{name} level {level}" for level in range(size)])
        shares = rng.dirichlet(np.full(size, 10))
        columns[name] = labels[rng.choice(size, n, p=shares)]
        wanted = shares * rng.uniform(0.5, 2, size)
        counts = rng.multinomial(POPULATION, wanted / wanted.sum())
        margins.append(pd.DataFrame({"variable": name, "category": labels, "count": counts}))
    columns["weight"] = rng.uniform(0.5, 2, n).round(6)
    return pd.DataFrame(columns), pd.concat(margins, ignore_index=True)


def best(call, runs: int):
    """The shortest of several runs, and the result."""
    seconds, result = [], None
    for _ in range(runs):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def agreed(ours: pd.Series, theirs: np.ndarray, peer: str) -> None:
    # All meet the margins to about 1e-10 of the population.
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=f"weights of {peer} differ")


def beside_svy(
    folder: Path, margins: pd.DataFrame, ours: float, weights: pd.Series, task: str
) -> None:
    try:
        import polars as pl
        import svy
    except ImportError as error:
        print(f"svy left out: {error}. pip install svy")
        return
    rows = pl.read_parquet(folder / "rows.parquet")
    controls = {
        name: dict(zip(part["category"], part["count"].astype(float), strict=True))
        for name, part in margins.groupby("variable")
    }
    sample = svy.Sample(rows, svy.Design(wgt="weight"))
    seconds, raked = best(
        lambda: sample.weighting.rake(controls=controls, wgt_name="raked", tol=1e-9), RUNS
    )
    agreed(weights, raked.data["raked"].to_numpy(), "svy")
    record(task, f"svy {svy.__version__}", ours, seconds, target=10)


def beside_r(
    folder: Path, margins: pd.DataFrame, ours: float, weights: pd.Series, task: str
) -> None:
    command = shutil.which("Rscript")
    if command is None:
        print("R left out: there is no Rscript. apt-get install r-base-core r-cran-survey")
        return
    files = [folder / name for name in ("rows.csv", "margins.csv", "weights.csv")]
    script = Path(__file__).with_suffix(".R")
    done = subprocess.run(
        [command, str(script), *map(str, files)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"R left out: {done.stderr.strip()}")
        return
    agreed(weights, pd.read_csv(files[2])["weight"].to_numpy(), "R survey")
    record(task, "R survey", ours, float(done.stdout), target=50, note="R timed once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    n = parser.parse_args().rows
    task = f"raking {n:,} rows to 4 margins"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows, margins = sample(n, np.random.default_rng(1))
        rows.to_parquet(folder / "rows.parquet")
        rows.to_csv(folder / "rows.csv", index=False)
        margins.to_csv(folder / "margins.csv", index=False)
        rows = pd.read_parquet(folder / "rows.parquet")
        ours, weighting = best(lambda: ps.rake(rows, margins, weights="weight"), RUNS)
        print(f"{task}: {ours:.3f} s. {weighting.describe()}")
        beside_svy(folder, margins, ours, weighting.weights, task)
        beside_r(folder, margins, ours, weighting.weights, task)


if __name__ == "__main__":
    main()
