"""From a cold start: how long the package, its help, a small check and a whole report take.

    python benchmarks/start_up.py [--runs N]

Each is a process of its own beside one that only starts Python, the best of several runs; the
limits are those asked for. The report of St Mary's is written with one processor and with all
that there are (Linux only). In an environment with the extras of the tests `validate` also loads
what pandera finds there (Spark, hypothesis), which a plain install has not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from records import record

LIMIT = "the limit asked for"
COMMAND = ["-m", "participation_stats"]
SMALL = "meeting_id,body_id,date,format\nm1,b1,2011-03-01,formal\nm2,b1,2011-04-05,informal\n"


def seconds(arguments: Sequence[str], folder: Path, *, alone: bool = False) -> float:
    """How long Python takes with these arguments; with `alone` on one processor."""
    processors = os.sched_getaffinity(0)
    if alone:
        os.sched_setaffinity(0, {min(processors)})  # the process that is started inherits it
    try:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - start
    finally:
        os.sched_setaffinity(0, processors)


def best(runs: int, arguments: Sequence[str], folder: Path) -> float:
    """The shortest of several runs."""
    return min(seconds(arguments, folder) for _ in range(runs))


def report(folder: Path, name: str, *, alone: bool) -> float:
    """How long the report takes, into a folder that is not there yet."""
    return seconds([*COMMAND, "report", "--quiet", "--out", name], folder, alone=alone)


def main() -> None:
    """Time them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="timed runs, of which the best counts")
    runs = parser.parse_args().runs
    if not hasattr(os, "sched_setaffinity"):
        print("left out: processors cannot be chosen on this system")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "meetings.csv").write_text(SMALL, encoding="utf-8")
        python = best(2 * runs, ["-c", "pass"], folder)
        for task, arguments, limit in (
            ("import participation_stats", ["-c", "import participation_stats"], 0.15),
            ("participation-stats --help", [*COMMAND, "--help"], 0.4),
        ):
            taken = max(best(2 * runs, arguments, folder) - python, 0.001)
            record(f"{task}, beyond starting Python", LIMIT, taken, limit, target=1)
        small = [*COMMAND, "validate", "meetings.csv"]
        record("validate, a small file", LIMIT, best(2 * runs, small, folder), 1.5, target=1)
        # In turns, so that a machine that changes its pace changes it for both.
        pairs = [
            [report(folder, f"{turn}_{alone}", alone=alone) for alone in (False, True)]
            for turn in range(runs)
        ]
        all_of_them, one = (min(taken) for taken in zip(*pairs, strict=True))
        task = f"report of St Mary's, {len(os.sched_getaffinity(0))} processors"
        record(task, LIMIT, all_of_them, 15, target=1)
        record(task, "one processor", all_of_them, one)


if __name__ == "__main__":
    main()
