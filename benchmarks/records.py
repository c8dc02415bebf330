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
