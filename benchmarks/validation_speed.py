"""How fast is `validate`, side by side with frictionless-py and with polars by hand?

    python benchmarks/validation_speed.py [ROWS] [--frictionless-rows N] [--large-rows N]

Writes an estate of attendance (ROWS, default 1,000,000), meetings, people, bodies and memberships
without a fault. Each tool checks types, code lists, required values, primary keys and every
foreign key between the tables; ours and polars also whether everybody present at a meeting for
members held a seat of that body on that day. Best of five runs, taken in turns in one process.

With --frictionless-rows N frictionless is run on N and on 2 N rows (with the other tables whole)
and the line through the two times is followed to ROWS; else it reads the same file. Last, an
estate of 10,000,000 rows is validated in a process of its own, and by polars in another, and the
peak memory of each printed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from records import peak_memory, record

PEOPLE = 20_000
BODIES = 20
MEMBERS = PEOPLE // BODIES
CODES = {
    "attendance": {
        "status": ["present", "apologies", "absent"],
        "capacity": ["resident", "councillor", "officer", "staff", "other"],
        "spoke": ["yes", "no"],
    },
    "meetings": {
        "format": ["formal", "informal", "online"],
        "open_to": ["members", "invited", "residents", "public"],
    },
    "people": {"capacity": ["resident", "councillor", "officer", "staff", "other"]},
    "bodies": {"kind": ["committee", "network", "subgroup", "forum", "board", "panel"]},
    "memberships": {
        "role": ["chair", "vice_chair", "secretary", "treasurer", "director", "member"],
        "capacity": ["resident", "councillor", "officer", "staff", "other"],
    },
}
REQUIRED = {
    "attendance": ["meeting_id", "person_id", "status"],
    "meetings": ["meeting_id", "body_id", "date"],
    "people": ["person_id"],
    "bodies": ["body_id", "name"],
    "memberships": ["body_id", "person_id", "role", "start_date"],
}
KEYS = {
    "attendance": ["meeting_id", "person_id"],
    "meetings": ["meeting_id"],
    "people": ["person_id"],
    "bodies": ["body_id"],
    "memberships": ["body_id", "person_id", "role", "start_date"],
}
REFERENCES = [
    ("attendance", "meeting_id", "meetings"),
    ("attendance", "person_id", "people"),
    ("meetings", "body_id", "bodies"),
    ("memberships", "body_id", "bodies"),
    ("memberships", "person_id", "people"),
]


def write_estate(folder: Path, rows: int) -> None:
    """An estate without a fault: each pair of meeting and person at most once, all members."""
    generator = np.random.default_rng(0)
    meetings = max(BODIES, -(-rows // (MEMBERS // 2)))
    body = np.arange(meetings) % BODIES
    days = np.arange(meetings) // BODIES
    write: dict[str, dict[str, list[str] | np.ndarray]] = {
        "bodies": {
            "body_id": _ids("b", np.arange(BODIES)),
            "name": _ids("Body ", np.arange(BODIES)),
            "kind": ["committee"] * BODIES,
        },
        "people": {
            "person_id": _ids("p", np.arange(PEOPLE)),
            "capacity": ["resident"] * PEOPLE,
        },
        "memberships": {
            "body_id": _ids("b", np.arange(PEOPLE) // MEMBERS),
            "person_id": _ids("p", np.arange(PEOPLE)),
            "role": ["member"] * PEOPLE,
            "capacity": ["resident"] * PEOPLE,
            "start_date": ["2001-01-01"] * PEOPLE,
        },
        "meetings": {
            "meeting_id": _ids("m", np.arange(meetings)),
            "body_id": _ids("b", body),
            "date": (np.datetime64("2011-01-01") + days).astype(str),
            "format": ["formal"] * meetings,
            "open_to": ["members"] * meetings,
        },
    }
    for name, columns in write.items():
        pl.DataFrame(columns).write_csv(folder / f"{name}.csv")
    with (folder / "attendance.csv").open("wb") as stream:
        stream.write(b"meeting_id,person_id,status,capacity,spoke\n")
        for first in range(0, meetings, 1000):
            block = np.arange(first, min(first + 1000, meetings))
            who = [generator.permutation(MEMBERS)[: MEMBERS // 2] for _ in block]
            meeting = np.repeat(block, MEMBERS // 2)
            person = np.concatenate(who) + body[meeting] * MEMBERS
            count = min(len(meeting), rows - first * (MEMBERS // 2))
            _attendance(generator, meeting[:count], person[:count]).write_csv(
                stream, include_header=False
            )


def _ids(letter: str, numbers: np.ndarray) -> list[str]:
    return [f"{letter}{number:06d}" for number in numbers.tolist()]


def _attendance(
    generator: np.random.Generator, meeting: np.ndarray, person: np.ndarray
) -> pl.DataFrame:
    count = len(meeting)
    return pl.DataFrame(
        {
            "meeting_id": _ids("m", meeting),
            "person_id": _ids("p", person),
            "status": generator.choice(["present", "apologies", "absent"], count),
            "capacity": generator.choice(["resident", "staff"], count),
            "spoke": generator.choice(["yes", "no", ""], count),
        }
    ).with_columns(pl.col("spoke").replace("", None))


def ours(folder: Path) -> int:
    from participation_stats.intake.validation import validate

    return int(validate(folder).issues["severity"].isin(["error", "warning"]).sum())


def polars_by_hand(folder: Path) -> int:
    tables = {name: pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in KEYS}
    wrong = 0
    for name, table in tables.items():
        for column, allowed in CODES[name].items():
            if column in table.columns:
                stated = pl.col(column).is_not_null()
                wrong += table.filter(stated & ~pl.col(column).is_in(allowed)).height
        for column in REQUIRED[name]:
            wrong += table[column].null_count()
        wrong += int(table.select(pl.struct(KEYS[name]).is_duplicated().sum()).item())
    for name, column, other in REFERENCES:
        wrong += tables[name].join(tables[other], on=column, how="anti").height
    for name, column in (("meetings", "date"), ("memberships", "start_date")):
        dates = pl.col(column).str.to_date("%Y-%m-%d", strict=False)
        wrong += tables[name].select(dates.null_count()).item()
        tables[name] = tables[name].with_columns(dates)
    return wrong + _present_without_a_seat(tables)


def _present_without_a_seat(tables: dict[str, pl.DataFrame]) -> int:
    closed = tables["meetings"].filter(pl.col("open_to") == "members")
    present = tables["attendance"].filter(pl.col("status") == "present")
    present = present.select("meeting_id", "person_id").join(closed, on="meeting_id")
    seats = tables["memberships"].select("body_id", "person_id", "start_date")
    seated = present.join(seats, on=["body_id", "person_id"], how="inner")
    seated = seated.filter(pl.col("start_date") <= pl.col("date"))
    return present.height - seated.select("meeting_id", "person_id").unique().height


def with_frictionless(folder: Path) -> int:
    from frictionless import Package

    from participation_stats.intake.schemas import descriptor

    resources = []
    for name in sorted(KEYS):
        schema = descriptor(name)
        with (folder / f"{name}.csv").open() as stream:
            heading = stream.readline().strip().split(",")
        schema["fields"] = [field for field in schema["fields"] if field["name"] in heading]
        # frictionless knows v1: missing values are plain texts, an enum stands for categories
        schema["missingValues"] = [entry["value"] for entry in schema["missingValues"]]
        for field in schema["fields"]:
            field.pop("categories", None)
        schema["foreignKeys"] = [
            key
            for key in schema.get("foreignKeys", [])
            if key["reference"]["resource"] in KEYS and set(key["fields"]) <= set(heading)
        ]
        schema.pop("$schema", None)
        schema.pop("fieldsMatch", None)
        resources.append({"name": name, "path": f"{name}.csv", "schema": schema})
    report = Package({"resources": resources}, basepath=str(folder)).validate()
    return sum(task.stats.get("errors", 0) for task in report.tasks)


def seconds(run: Callable[[Path], int], folder: Path) -> float:
    start = time.perf_counter()
    assert run(folder) == 0, "the estate was written without a fault"
    return time.perf_counter() - start


def frictionless_on_line(rows: int, few: int) -> float:
    """Its time for so many rows, on the line through its times for `few` and twice as many."""
    times = []
    for size in (few, 2 * few):
        with tempfile.TemporaryDirectory() as temporary:
            write_estate(Path(temporary), size)
            times.append(seconds(with_frictionless, Path(temporary)))
    return times[0] + (times[1] - times[0]) / few * (rows - few)


def alone(tool: str, folder: Path) -> dict[str, float]:
    """Seconds and peak memory in gigabytes of one tool in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--alone", tool, str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _print_alone(tool: str, folder: Path) -> None:
    if tool == "ours":  # starting is not timed: polars has been imported too
        import participation_stats.intake.validation  # noqa: F401
    taken = seconds({"ours": ours, "polars": polars_by_hand}[tool], folder)
    print(json.dumps({"seconds": taken, "peak": peak_memory()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--frictionless-rows", type=int, help="default: all")
    parser.add_argument("--large-rows", type=int, help="default: ten times ROWS")
    parser.add_argument("--alone", nargs=2, metavar=("TOOL", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone:
        _print_alone(chosen.alone[0], Path(chosen.alone[1]))
        return
    load = f"load of the machine before {os.getloadavg()[0]:.1f}"
    task = f"validate {chosen.rows:,} rows of attendance, with keys to 4 more tables"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_estate(folder, chosen.rows)
        turns = [(seconds(ours, folder), seconds(polars_by_hand, folder)) for _ in range(5)]
        mine, hand = (min(times) for times in zip(*turns, strict=True))
        record(task, "polars by hand", mine, hand, target=0.5, note=load)
        few = chosen.frictionless_rows
        if few is None:
            theirs, read = seconds(with_frictionless, folder), "the same file, once"
    if few is not None:
        theirs = frictionless_on_line(chosen.rows, few)
        read = f"its time worked out from {few:,} and {2 * few:,} rows"
    record(task, "frictionless", mine, theirs, target=15, note=f"{read}; {load}")
    large = chosen.large_rows or 10 * chosen.rows
    with tempfile.TemporaryDirectory() as temporary:
        write_estate(Path(temporary), large)
        own, other = (alone(tool, Path(temporary)) for tool in ("ours", "polars"))
    task = f"validate {large:,} rows of attendance, in a process of its own"
    record(task, "polars by hand", own["seconds"], other["seconds"], target=0.5, note=load)
    record(f"{task}: peak memory", "polars by hand", own["peak"], other["peak"], unit="GB")
    record(f"{task}: peak memory", "the limit asked for", own["peak"], 1.5, target=1, unit="GB")


if __name__ == "__main__":
    main()
