"""Opening a .sav file in a process of its own.

The C library below pyreadstat ends the whole process at some damaged files, and takes memory for
as many cases as the head of a file promises. Neither may befall the analyst's session, so the
head is judged first, and a child process reads: its end is an error here like any other.
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather

from participation_stats.errors import MissingExtraError, SourceError

from .dialects import unreadable

#: Cases that a byte can hold at most, by way of packing: values of 8 bytes, of 1 byte, zlib.
_MOST_CASES = {0: 1 / 8, 1: 1, 2: 1032}


@dataclass(frozen=True, eq=False)
class SavFile:
    """The values of a file as numbers and text, and what it says about each variable.

    Attributes
    ----------
    values : mapping of str to Series
    questions : mapping of str to str
    labels : mapping of str to mapping
        Value → label.
    ranges : mapping of str to list of pairs
        The lowest and highest value of what is declared missing.
    """

    values: Mapping[str, pd.Series[Any]]
    questions: Mapping[str, str]
    labels: Mapping[str, Mapping[Any, str]]
    ranges: Mapping[str, list[tuple[Any, Any]]]


def open_sav(path: Path) -> SavFile:
    """Read a .sav file, or say that it cannot be read.

    Raises
    ------
    MissingExtraError
        If pyreadstat is not installed.
    SourceError
        If the file is missing, damaged or no .sav file.
    """
    if importlib.util.find_spec("pyreadstat") is None:
        raise MissingExtraError(
            "reading SPSS needs pyreadstat",
            where=path.name,
            hint="pip install participation-stats[spss], or save the file as CSV with labels",
        )
    try:
        with path.open("rb") as stream:
            head, size = stream.read(84), stream.seek(0, os.SEEK_END)
    except OSError as error:
        raise unreadable(path, error) from error
    with tempfile.TemporaryDirectory() as folder:
        if not _plausible(head, size) or not _read_apart(path, Path(folder)):
            raise SourceError(
                "this is not an SPSS file, or a damaged one",
                where=path.name,
                expected="a .sav file",
                hint="save it again in SPSS, or export CSV with value labels",
            )
        table = pa.feather.read_table(Path(folder) / "values", memory_map=False)
        told = json.loads((Path(folder) / "meta.json").read_text(encoding="utf-8"))
    if not told["questions"]:
        raise SourceError("the file has no variables", where=path.name, expected="a .sav file")
    return SavFile(
        values={name: table[name].to_pandas() for name in table.column_names},
        questions=told["questions"],
        labels={name: dict(pairs) for name, pairs in told["labels"].items()},
        ranges={
            name: [(low, high) for low, high in told["ranges"][name]] for name in told["ranges"]
        },
    )


def _plausible(head: bytes, size: int) -> bool:
    """Whether a file of this size can hold as many cases as its head promises."""
    if len(head) < 84 or head[:4] not in (b"$FL2", b"$FL3"):
        return False
    order = "<" if head[64] in (2, 3) else ">"
    packing, _, cases = struct.unpack(f"{order}3i", head[72:84])
    return bool(cases <= size * _MOST_CASES.get(packing, 0))


def _read_apart(path: Path, folder: Path) -> bool:
    places = os.pathsep.join(place for place in sys.path if place)
    done = subprocess.run(
        [sys.executable, "-P", "-m", __name__, str(path.resolve()), str(folder)],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _write_parts(path: str, folder: Path) -> None:
    """What the child does."""
    import pyreadstat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dates that no calendar has: they become missing
        frame, meta = pyreadstat.read_sav(path, user_missing=True)
    arrays = [pa.array(frame[name], from_pandas=True) for name in frame]
    names = [str(name) for name in frame]
    if len(set(names)) < len(names):
        raise ValueError("two variables of one name")
    pa.feather.write_feather(pa.table(arrays, names=names), folder / "values")
    declared: Mapping[str, list[Any]] = meta.missing_ranges
    told = {
        "questions": {name: meta.column_names_to_labels.get(name) or "" for name in names},
        "labels": {
            name: list(labels.items()) for name, labels in meta.variable_value_labels.items()
        },
        "ranges": {
            name: [(limits["lo"], limits["hi"]) for limits in ranges]
            for name, ranges in declared.items()
        },
    }
    (folder / "meta.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    _write_parts(sys.argv[1], Path(sys.argv[2]))
