"""Domain means of a million rows with linearised errors, and by 200 bootstrap replicates.

    pip install -e ".[bench]"          # svy, an optional peer
    python benchmarks/estimation.py [--rows N]

100 strata, 2,000 clusters, a domain of six text levels; means with strata and clusters that have
numbers and with such as have names, because reading names is most of the work. Each peer runs in a
process of its own, reads the same rows from a file before the clock starts, then states the design
and estimates. The seconds are of both together; those of the estimates alone stand in a row of
their own, and so does what the whole process took of memory at most. Estimates of all must agree,
and so must linearised errors; those of different bootstraps are only near. A peer that is not
installed is left out with a message.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from records import peak_memory, record

#: Of stating the design and estimating, and of estimating alone.
Seconds = tuple[float, float]
STRATA, CLUSTERS, REPLICATES = 100, 2_000, 200
DOMAIN = "age_band"
#: Timed runs, of which the best counts; R, and svy's bootstrap, take one, because it takes long.
RUNS = 7
#: How many times as fast as svy and as R was asked for.
MEANS = {"svy": 10, "R survey": 100}
ASKED = {"numbered": MEANS, "means": MEANS, "bootstrap": {"svy": 20, "R survey": 20}}
TOLD = {
    "numbered": "domain means with linearised errors, clusters by number",
    "means": "domain means with linearised errors",
    "bootstrap": f"{REPLICATES} bootstrap replicates made and used for domain means",
}


def sample(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows in clusters that differ, with weights and a domain of words."""
    cluster = rng.integers(0, CLUSTERS, n)
    level = rng.choice(6, n, p=[0.3, 0.25, 0.2, 0.15, 0.07, 0.03])
    return pd.DataFrame(
        {
            "stratum": np.array([f"stratum {at}" for at in range(STRATA)])[cluster % STRATA],
            "cluster": np.array([f"cluster {at}" for at in range(CLUSTERS)])[cluster],
            "weight": rng.uniform(0.5, 2, n).round(6),
            DOMAIN: np.array([f"band {at}" for at in range(6)])[level],
            "y": (rng.normal(size=CLUSTERS)[cluster] + level + rng.normal(size=n)).round(6),
        }
    )


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows, their strata and clusters by number."""
    names = ["stratum", "cluster"]
    numbers = rows[names].apply(lambda column: column.str.split().str[1].astype("int64"))
    return rows.assign(**numbers)


def ours(task: str, path: Path) -> tuple[Seconds, pd.DataFrame]:
    import participation_stats as ps

    rows = pd.read_parquet(path)

    def once() -> tuple[float, pd.DataFrame]:
        design = ps.survey_design(rows, weights="weight", strata="stratum", clusters="cluster")
        stated = time.perf_counter()
        if task == "bootstrap":
            design = ps.survey_replicates(design, "bootstrap", replicates=REPLICATES, rng=1)
        table = ps.survey_estimate(design, "y", by=DOMAIN).table
        return stated, table[[DOMAIN, "estimate", "std_error"]]

    return best(once, RUNS)


def svys(task: str, path: Path) -> tuple[Seconds, pd.DataFrame]:
    import polars as pl
    import svy

    rows = pl.read_parquet(path)

    def once() -> tuple[float, pd.DataFrame]:
        drawn = svy.Sample(rows, svy.Design(wgt="weight", stratum="stratum", psu="cluster"))
        stated = time.perf_counter()
        method = "taylor"
        if task == "bootstrap":
            drawn = drawn.weighting.create_bs_wgts(REPLICATES, kind="rao-wu", rstate=1)
            method = "replication"
        found = drawn.estimation.mean("y", by=DOMAIN, method=method).to_polars()
        names = {DOMAIN: DOMAIN, "est": "estimate", "se": "std_error"}
        return stated, pd.DataFrame({new: found[old].to_list() for old, new in names.items()})

    return best(once, 1 if task == "bootstrap" else RUNS)


def best(call, runs: int) -> tuple[Seconds, pd.DataFrame]:
    """The shortest of several runs, and the result."""
    seconds, result = [], pd.DataFrame()
    for _ in range(runs):
        start = time.perf_counter()
        stated, result = call()
        end = time.perf_counter()
        seconds.append((end - start, end - stated))
    return min(seconds), result


def in_a_process(command: list[str], table: Path) -> tuple[Seconds, float, pd.DataFrame] | None:
    """Seconds, gigabytes at most, and estimates of a peer; None where it could not run."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    words = done.stdout.strip().splitlines() or [""]
    if done.returncode:
        print(f"left out: {words[-1]}")
        return None
    found = pd.read_csv(table).set_index(DOMAIN).sort_index()
    total, alone, peak = (float(word) for word in words[-1].split())
    return (total, alone), peak, found


def commands(task: str, folder: Path, table: Path) -> dict[str, list[str]]:
    """How each of us is run."""
    child = [sys.executable, __file__, "--child"]
    out = {
        "ours": [*child, "ours", task, str(folder / "rows.parquet"), str(table)],
        "svy": [*child, "svy", task, str(folder / "rows.parquet"), str(table)],
    }
    script = shutil.which("Rscript")
    if script is None:
        print("R left out: there is no Rscript. apt-get install r-base-core r-cran-survey")
        return out
    words = [task, DOMAIN, str(REPLICATES), str(folder / "rows.csv"), str(table)]
    return {**out, "R survey": [script, str(Path(__file__).with_suffix(".R")), *words]}


def compare(task: str, n: int, folder: Path) -> None:
    table = folder / "table.csv"
    name = f"{TOLD[task]}, {n:,} rows"
    mine: tuple[Seconds, float, pd.DataFrame] | None = None
    for peer, command in commands(task, folder, table).items():
        print(f"{peer}: ", end="", flush=True)
        found = in_a_process(command, table)
        if found is None:
            continue
        seconds, peak, estimates = found
        print(
            f"{seconds[0]:.3f} s, of which {seconds[1]:.3f} s for estimates; {peak:.2f} GB at most"
        )
        if mine is None:
            mine = found
            continue
        # Different draws of 200 replicates are each within about a twentieth of the truth.
        near = 0.4 if task == "bootstrap" else 1e-6
        np.testing.assert_allclose(mine[2]["estimate"], estimates["estimate"], rtol=1e-6)
        np.testing.assert_allclose(mine[2]["std_error"], estimates["std_error"], rtol=near)
        asked = ASKED[task][peer]
        record(name, peer, mine[0][0], seconds[0], target=asked)
        record(f"{name}, the design being stated", peer, mine[0][1], seconds[1])
        record(f"{name}, peak", peer, mine[1], peak, unit="GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        who, task, path, table = given.child
        seconds, found = (ours if who == "ours" else svys)(task, Path(path))
        found.to_csv(table, index=False)
        print(*seconds, peak_memory())
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = sample(given.rows, np.random.default_rng(1))
        for task in TOLD:
            if task != "bootstrap":
                held = numbered(rows) if task == "numbered" else rows
                held.to_parquet(folder / "rows.parquet")
                held.to_csv(folder / "rows.csv", index=False)
            compare(task, given.rows, folder)


if __name__ == "__main__":
    main()
