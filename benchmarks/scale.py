"""How cost grows with the log: from 100,000 to 100,000,000 person-meetings.

    python benchmarks/scale.py [--folder FOLDER] [--largest ROWS] [--figure FILE.svg]

Simulates nations of estates straight to Parquet (kept in FOLDER, and not made again), then, each
in a process of its own and best of three, times: `tally` of three characteristics and the same
group-by written by hand in DuckDB; `collapse` to cells of person and five covariates and the same
group-by by hand; a logit from the same rows, and from the cells once they are made. Prints
ratios and peak memory of each process, and what a billion rows would take in proportion. With
--figure the growth is drawn.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from records import peak_memory, record

COVARIATES = ["ethnicity", "gender", "housing_tenure", "format", "seat"]
FORMULA = "attended ~ format * gender + ethnicity + housing_tenure + seat"
#: Estates and landlords of each size; an estate has some 62,000 person-meetings.
SIZES = {100_000: (2, 1), 1_000_000: (17, 1), 10_000_000: (165, 4), 100_000_000: (1_700, 40)}
RUNS = 3


def tally_by_hand(rows: str) -> None:
    import duckdb

    names = ", ".join(COVARIATES[:3])
    duckdb.connect().sql(f"SELECT {names}, count(*) FROM '{rows}' GROUP BY ALL").df()


def tally_ours(rows: str) -> None:
    from participation_stats.measure.tallies import tally

    tally(rows, [tuple(COVARIATES[:3])])


def cells_by_hand(rows: str) -> None:
    import duckdb

    names = ", ".join(["person_id", *COVARIATES])
    sums = "count(*) AS trials, sum(attended) AS successes"
    duckdb.connect().sql(f"SELECT {names}, {sums} FROM '{rows}' GROUP BY ALL").df()


def cells_ours(rows: str) -> Any:
    from participation_stats.measure.tallies import collapse

    return collapse(rows, COVARIATES, "attended", unit="person_id")


def model_ours(rows: Any) -> None:
    from participation_stats.measure.engagement.logit import fit_logit

    fit_logit(FORMULA, rows, unit="person_id")


def model_of_cells(cells: Any) -> None:
    model_ours(cells)


TASKS = {
    task.__name__: task
    for task in (tally_by_hand, tally_ours, cells_by_hand, cells_ours, model_ours, model_of_cells)
}
#: What is made of the rows before the clock starts.
BEFORE = {"model_of_cells": cells_ours}


def measured(task: str, rows: str) -> dict[str, float]:
    """Best of three runs in a process of its own, imports not counted, and its peak memory."""
    done = subprocess.run(
        [sys.executable, __file__, "--task", task, "--rows", rows],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure(task: str, rows: str) -> None:
    import duckdb  # noqa: F401 - imports are not what is timed

    import participation_stats.measure.engagement.logit  # noqa: F401

    given = BEFORE[task](rows) if task in BEFORE else rows
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        TASKS[task](given)
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"seconds": best, "gigabytes": peak_memory()}))


def grow(folder: Path, largest: int) -> pd.DataFrame:
    import participation_stats as ps

    lines = []
    for size, (estates, landlords) in SIZES.items():
        if size > largest:
            break
        place = folder / f"nation-{size}"
        nation = ps.simulate_nation(place, seed=1, estates=estates, landlords=landlords, workers=2)
        rows = nation.rows("panel")
        n_rows = int(ps.tally(rows, "gender").n_rows)
        found = {task: measured(task, rows) for task in TASKS}
        for ours, hand in (("tally_ours", "tally_by_hand"), ("cells_ours", "cells_by_hand")):
            record(
                f"{ours.split('_')[0]} of {n_rows:,} rows",
                "DuckDB by hand",
                found[ours]["seconds"],
                found[hand]["seconds"],
                target=1 / 1.5,
                note=f"peak {found[ours]['gigabytes']:.2f} GB",
            )
        lines += [{"rows": n_rows, "task": task, **values} for task, values in found.items()]
        after, whole = found["model_of_cells"], found["model_ours"]
        print(
            f"  model after the cells: {after['seconds']:.3f} s; rows to model"
            f" {whole['seconds']:.2f} s, peak {whole['gigabytes']:.2f} GB",
            flush=True,
        )
    return pd.DataFrame(lines)


def draw(growth: pd.DataFrame, path: Path) -> None:
    """Seconds against rows on double logarithmic axes, with the line of proportional growth."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    names = {
        "tally_ours": "tally",
        "cells_ours": "collapse to cells",
        "model_ours": "logit",
        "cells_by_hand": "the same group-by in DuckDB by hand",
    }
    shown = growth[growth["task"].isin(names)].assign(task=growth["task"].map(names))
    sns.set_theme(style="whitegrid", context="notebook")
    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    sns.lineplot(
        shown,
        x="rows",
        y="seconds",
        hue="task",
        style="task",
        markers=True,
        dashes=False,
        palette="colorblind",
        ax=axes,
    )
    last = shown[shown["task"] == "logit"].iloc[-1]
    beyond = [last["rows"], 1e9]
    axes.plot(
        beyond,
        [last["seconds"] * rows / last["rows"] for rows in beyond],
        ":",
        color="grey",
        label="in proportion, to a billion rows",
    )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="Person-meetings (rows of Parquet)",
        ylabel="Seconds on this machine",
    )
    axes.set_title(
        "What a log costs, from a hundred thousand rows to a hundred million", loc="left"
    )
    axes.legend(frameon=False)
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--largest", type=int, default=max(SIZES))
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--task")
    parser.add_argument("--rows")
    chosen = parser.parse_args()
    if chosen.task:
        measure(chosen.task, chosen.rows)
        return
    with tempfile.TemporaryDirectory() as scratch:
        growth = grow(chosen.folder or Path(scratch), chosen.largest)
    print(growth.round(3).to_string(index=False))
    last = growth[growth["task"] == "model_ours"].iloc[-1]
    print(
        f"A billion rows in proportion: {last['seconds'] * 1e9 / last['rows']:.0f} s,"
        f" {last['gigabytes'] * 1e9 / last['rows']:.0f} GB at most"
    )
    if chosen.figure:
        draw(growth, chosen.figure)


if __name__ == "__main__":
    main()
