"""Every side-by-side comparison in one command: a dated table of ratios, and a figure of them.

    pip install -e ".[test,bench]"
    python benchmarks [--only NAME ...] [--quick]

Runs each script of this folder in a process of its own, gathers the records that it makes with
`records.record`, and writes ``results/DATE.csv`` and ``results/DATE.svg``, and ``scale.svg``. Peers
in Python come with the extras, R with its packages survey and lme4; one that is missing is left out
with a message. Nothing here is a test: times depend on the machine, the ratios much less.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pandas as pd
from records import RECORDS

HERE = Path(__file__).parent
RESULTS = HERE / "results"
NOT_RUN = {"__main__.py", "records.py"}
#: What makes a script short enough to try out.
QUICK = {
    "scale.py": ["--largest", "1000000"],
    "validation_speed.py": ["100000"],
    "weighting.py": ["--rows", "20000"],
    "estimation.py": ["--rows", "20000"],
    "start_up.py": ["--runs", "1"],
    "engagement.py": ["--rows", "100000", "--people", "5000", "--mixed-people", "300"],
}
#: What a script draws for the page of this folder in a whole run.
WHOLE = {"scale.py": ["--figure", str(HERE / "scale.svg")]}


def scripts(only: list[str]) -> list[Path]:
    """The scripts that there are, or those named; a name that is none of them ends the run."""
    there = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.name not in NOT_RUN}
    unknown = sorted(set(only) - set(there))
    if unknown:
        raise SystemExit(f"no benchmark {unknown[0]!r}; there are {', '.join(there)}")
    return [there[name] for name in only or there]


def run(script: Path, quick: bool) -> tuple[pd.DataFrame, bool]:
    """The records of one script, whose own words go to the terminal; and whether it ended well."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "records"
        words = (QUICK if quick else WHOLE).get(script.name, [])
        done = subprocess.run(
            [sys.executable, str(script), *words],
            env={**os.environ, RECORDS: str(place)},
            check=False,
        )
        lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    found = pd.DataFrame([json.loads(line) for line in lines])
    return found.assign(benchmark=script.stem), done.returncode == 0


def draw(table: pd.DataFrame, path: Path) -> None:
    """Each ratio as a point, the ratio asked for as a bar, on a logarithmic axis."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    named = table["task"] + ", beside " + table["peer"]
    shown = table.assign(name=[textwrap.fill(name, 62) for name in named])
    sns.set_theme(style="whitegrid", context="notebook")
    figure, axes = plt.subplots(figsize=(11, 1.3 + 0.45 * len(shown)), layout="constrained")
    sns.scatterplot(shown, x="ratio", y="name", s=70, color="#12436D", ax=axes, label="measured")
    asked = shown[shown["target"].notna()]
    axes.plot(asked["target"], asked["name"], "|", color="black", markersize=16, label="asked for")
    axes.axvline(1, color="grey", linewidth=1)
    axes.tick_params(axis="y", labelsize=9)
    axes.set(xscale="log", xlabel="Times as much time or memory as ours (log scale)", ylabel="")
    axes.set_ylim(len(shown) - 0.5, -0.5)
    figure.suptitle("What the peer needs, for one of ours", x=0.01, ha="left")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, to try it out")
    chosen = parser.parse_args()
    tables, failed = [], []
    for script in scripts(chosen.only):
        print(f"== {script.stem}", flush=True)
        table, well = run(script, chosen.quick)
        tables.append(table)
        failed += [] if well else [script.stem]
    table = pd.concat(tables, ignore_index=True)
    if not table.empty:
        RESULTS.mkdir(exist_ok=True)
        day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        table.assign(date=day, machine=machine).to_csv(RESULTS / f"{day}.csv", index=False)
        draw(table, RESULTS / f"{day}.svg")
        print(table[["benchmark", "task", "peer", "ratio", "target"]].round(2).to_string())
        print(f"Written: {RESULTS / day}.csv and .svg")
    if failed:
        raise SystemExit("ended with an error: " + ", ".join(failed))


if __name__ == "__main__":
    main()
