"""How fast is `validate`, side by side with frictionless-py and with polars by hand?

    python benchmarks/validation_speed.py [ROWS] [--frictionless-rows N] [--memory]

Writes an estate of attendance (ROWS, default 1,000,000), meetings and people; checks types, code
lists, required values, the primary key and both foreign keys with each tool, best of three runs
in one process; prints seconds and ratios. frictionless is run on the first N rows (default: all)
and its time is then scaled up in proportion, which it prints. With --memory only `validate` is
run, and the peak memory of the process is printed.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

PEOPLE = 20_000


def write_estate(folder: Path, rows: int) -> None:
    """Attendance without a fault, every pair of meeting and person at most once."""
    generator = np.random.default_rng(0)
    meetings = max(200, rows // 500)
    per_meeting = -(-rows // meetings)
    pd.DataFrame(
        {
            "meeting_id": [f"m{place:06d}" for place in range(meetings)],
            "body_id": "committee",
            "date": "2011-10-26",
            "open_to": "residents",
        }
    ).to_csv(folder / "meetings.csv", index=False)
    pd.DataFrame(
        {"person_id": [f"p{place:06d}" for place in range(PEOPLE)], "capacity": "resident"}
    ).to_csv(folder / "people.csv", index=False)
    with (folder / "attendance.csv").open("w") as stream:
        stream.write("meeting_id,person_id,status,capacity,spoke\n")
        written = 0
        for meeting in range(meetings):
            count = min(per_meeting, rows - written)
            chosen = generator.choice(PEOPLE, count, replace=False)
            pd.DataFrame(
                {
                    "meeting_id": f"m{meeting:06d}",
                    "person_id": [f"p{place:06d}" for place in chosen],
                    "status": generator.choice(["present", "apologies", "absent"], count),
                    "capacity": generator.choice(["resident", "staff"], count),
                    "spoke": generator.choice(["yes", "no", ""], count),
                }
            ).to_csv(stream, index=False, header=False)
            written += count


def ours(folder: Path) -> int:
    from participation_stats.intake.validation import validate

    return int((validate(folder).issues["severity"] == "error").sum())


def polars_by_hand(folder: Path) -> int:
    import polars as pl

    text = {"meeting_id": pl.String, "person_id": pl.String}
    register = pl.read_csv(folder / "attendance.csv", schema_overrides=text)
    meetings = pl.read_csv(folder / "meetings.csv", schema_overrides=text)
    people = pl.read_csv(folder / "people.csv", schema_overrides=text)
    codes = {
        "status": ["present", "apologies", "absent"],
        "capacity": ["resident", "councillor", "officer", "staff", "other"],
        "spoke": ["yes", "no"],
    }
    wrong = 0
    for column, allowed in codes.items():
        wrong += register.filter(
            pl.col(column).is_not_null() & ~pl.col(column).is_in(allowed)
        ).height
    for column in ("meeting_id", "person_id", "status"):
        wrong += register.filter(pl.col(column).is_null()).height
    wrong += int(register.select(pl.struct("meeting_id", "person_id").is_duplicated()).sum().item())
    wrong += register.join(meetings, on="meeting_id", how="anti").height
    wrong += register.join(people, on="person_id", how="anti").height
    for table, key in ((meetings, "meeting_id"), (people, "person_id")):
        wrong += int(table[key].is_duplicated().sum()) + int(table[key].is_null().sum())
    return wrong


def with_frictionless(folder: Path) -> int:
    from frictionless import Package

    from participation_stats.intake.schemas import descriptor

    wanted = {"attendance", "meetings", "people"}
    resources = []
    for name in sorted(wanted):
        schema = descriptor(name)
        heading = (folder / f"{name}.csv").open().readline().strip().split(",")
        schema["fields"] = [field for field in schema["fields"] if field["name"] in heading]
        # frictionless knows v1: missing values are plain texts, an enum stands for categories
        schema["missingValues"] = [entry["value"] for entry in schema["missingValues"]]
        for field in schema["fields"]:
            field.pop("categories", None)
        schema["foreignKeys"] = [
            key for key in schema.get("foreignKeys", []) if key["reference"]["resource"] in wanted
        ]
        schema.pop("$schema", None)
        schema.pop("fieldsMatch", None)
        resources.append({"name": name, "path": f"{name}.csv", "schema": schema})
    report = Package({"resources": resources}, basepath=str(folder)).validate()
    return sum(task.stats.get("errors", 0) for task in report.tasks)


def best(run: Callable[[Path], int], folder: Path, times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        assert run(folder) == 0, "the estate was written without a fault"
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--frictionless-rows", type=int)
    parser.add_argument("--memory", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_estate(folder, chosen.rows)
        if chosen.memory:
            start = time.perf_counter()
            ours(folder)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{chosen.rows:,} rows: {seconds:.1f} s, peak {peak:,.0f} MB")
            return
        mine = best(ours, folder, 3)
        hand = best(polars_by_hand, folder, 3)
        few = min(chosen.frictionless_rows or chosen.rows, chosen.rows)
        write_estate(folder, few)
        theirs = best(with_frictionless, folder, 1) * chosen.rows / few
    print(f"{chosen.rows:,} rows of attendance, seconds:")
    print(f"  validate            {mine:8.2f}")
    print(f"  polars by hand      {hand:8.2f}   validate takes {mine / hand:.1f} times as long")
    scaled = "" if few == chosen.rows else f" (scaled up from {few:,} rows)"
    print(f"  frictionless        {theirs:8.2f}   {theirs / mine:.0f} times as long{scaled}")


if __name__ == "__main__":
    main()
