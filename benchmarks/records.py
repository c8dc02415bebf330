"""How a benchmark says what it found: one line to read, and one record for the dated table."""

from __future__ import annotations

import json
import os
from pathlib import Path

#: The command that runs them all names a file here; each record is a line of JSON in it.
RECORDS = "BENCHMARK_RECORDS"


def record(
    task: str,
    peer: str,
    ours: float,
    theirs: float,
    *,
    target: float | None = None,
    unit: str = "s",
    note: str = "",
) -> None:
    """Print and keep one comparison made side by side in this run.

    The ratio is theirs over ours: above 1 we need less. With `target` the ratio that was asked
    for stands beside it.
    """
    ratio = theirs / ours
    asked = "" if target is None else f" (asked: {target:g})"
    print(
        f"{task}: ours {ours:.3g} {unit}, {peer} {theirs:.3g} {unit}, ratio {ratio:.3g}{asked}"
        f"{'; ' + note if note else ''}",
        flush=True,
    )
    place = os.environ.get(RECORDS)
    if place:
        entry = {
            "task": task,
            "peer": peer,
            "ours": ours,
            "theirs": theirs,
            "ratio": ratio,
            "target": target,
            "unit": unit,
            "note": note,
        }
        with Path(place).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")


def peak_memory() -> float:
    """Peak memory of this process in gigabytes.

    Linux hands ``ru_maxrss`` down from the process that started this one, so what it says may be
    the peak of that; ``VmHWM`` is of this one alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e9
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9  # bytes, as macOS counts
