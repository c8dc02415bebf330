"""Register: the file of a report's folder that holds what has been published from it.

It survives when the report is replaced, and a report in a neighbouring folder reads it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from participation_stats.errors import SourceError
from participation_stats.release.cells import Cell
from participation_stats.release.linkage import Bounds, View
from participation_stats.release.releases import Release, merged

FILE = "release-register.json"


def read_releases(folder: Path) -> tuple[Release, ...]:
    """The releases entered in a folder's register; none where it has no register.

    Raises
    ------
    SourceError
        The register cannot be read as one.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["releases"]
        return tuple(_from_json(entry) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            "this is no register of releases",
            where=str(path),
            expected='JSON with "releases", as a report writes it',
            got=type(error).__name__,
            hint="restore it: without it nobody knows what has been published already",
        ) from error


def published_before(folder: Path, place: str) -> tuple[Release, ...]:
    """What reports of an estate have told: in this folder, and in the folders beside it.

    Parameters
    ----------
    folder : Path
        Of the report that is about to be written; it need not exist.
    place : str
        The estate.

    Raises
    ------
    SourceError
        A register cannot be read.
    """
    beside = (path.parent for path in sorted(folder.parent.glob(f"*/{FILE}")))
    known = [*read_releases(folder), *(one for near in beside for one in read_releases(near))]
    return merged(release for release in known if release.place == place)


def write_releases(folder: Path, releases: Iterable[Release]) -> Path:
    """Write a register into a folder: one entry for each place and label, in their order."""
    path = folder / FILE
    text = json.dumps({"releases": [_to_json(one) for one in merged(releases)]}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def keep_register(folder: Path, draft: Path, release: Release | None) -> None:
    """Carry the register of a folder into the draft that replaces it, with this release.

    Nothing is written where nothing has been withheld, now or before.

    Raises
    ------
    SourceError
        The folder's register cannot be read: what it told would be forgotten.
    """
    known = [*read_releases(folder), *([release] if release is not None else [])]
    if known:
        write_releases(draft, known)


def _to_json(release: Release) -> dict[str, object]:
    return {
        "place": release.place,
        "label": release.label,
        "threshold": release.threshold,
        "counted": {body: list(told) for body, told in sorted(release.counted.items())},
        "cells": [
            [cell.body, cell.variable, cell.category, *_finite(bounds), cell in release.withheld]
            for cell, bounds in sorted(release.cells.items())
        ],
        "views": [
            [view.body, view.variable, list(view.categories), *_finite(view.total)]
            for view in release.views
        ],
    }


def _finite(bounds: Bounds) -> list[int | None]:
    return [int(bounds[0]), int(bounds[1]) if np.isfinite(bounds[1]) else None]


def _from_json(entry: Mapping[str, Any]) -> Release:
    cells, withheld = {}, set()
    for body, variable, category, low, high, hidden in entry["cells"]:
        cell = Cell(str(body), str(variable), str(category))
        cells[cell] = _bounds(low, high)
        if hidden:
            withheld.add(cell)
    return Release(
        str(entry["label"]),
        cells,
        frozenset(withheld),
        tuple(_view(*row) for row in entry["views"]),
        place=str(entry["place"]),
        threshold=int(entry["threshold"]),
        counted={str(body): (str(day), int(n)) for body, (day, n) in entry["counted"].items()},
    )


def _view(body: object, variable: object, names: Iterable[object], low: Any, high: Any) -> View:
    return View(str(body), str(variable), tuple(map(str, names)), _bounds(low, high))


def _bounds(low: Any, high: Any) -> Bounds:
    return float(low), np.inf if high is None else float(high)
