"""Register: what earlier reports in the same place have told already.

A number that is safe alone may not be safe beside last year's: of a body that one person left
and one joined, two tables tell who they are. The register holds nothing but what was published.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from participation_stats.errors import SourceError
from participation_stats.release.cells import Cell, Margin
from participation_stats.release.linkage import Bounds, Knowledge, View

FILE = "register.json"


@dataclasses.dataclass(frozen=True)
class Release:
    """What one report told.

    Parameters
    ----------
    label : str
        Names the data, such as the period: reports of the same label tell of the same people.
    cells : mapping of Cell to (low, high)
        Bounds of every count; from 0 to infinity where it was withheld.
    withheld : set of Cell
    views : tuple of View
    """

    label: str
    cells: Mapping[Cell, Bounds]
    withheld: frozenset[Cell]
    views: tuple[View, ...]

    def dated(self, label: str) -> Release:
        """The same, its bodies named apart from those of a report of another label."""
        if label == self.label:
            return self
        return Release(
            self.label,
            {_dated(cell, self.label): bounds for cell, bounds in self.cells.items()},
            frozenset(_dated(cell, self.label) for cell in self.withheld),
            tuple(
                dataclasses.replace(view, body=dated_body(view.body, self.label))
                for view in self.views
            ),
        )


def dated_body(body: str, label: str) -> str:
    """How a body is named as it was in an earlier report.

    Examples
    --------
    >>> dated_body("committee", "2011")
    'committee @ 2011'
    """
    return f"{body} @ {label}"


def _dated(cell: Cell, label: str) -> Cell:
    return dataclasses.replace(cell, body=dated_body(cell.body, label))


def release_of(knowledge: Knowledge, label: str) -> Release:
    """What is to be entered in the register."""
    return Release(label, dict(knowledge.cells), knowledge.withheld, knowledge.views)


def beside(knowledge: Knowledge, releases: Iterable[Release], label: str) -> Knowledge:
    """What is known once earlier releases are read too."""
    cells, views = dict(knowledge.cells), list(knowledge.views)
    withheld = set(knowledge.withheld)
    for release in (one.dated(label) for one in releases):
        for cell, (low, high) in release.cells.items():
            old = cells.get(cell, (0.0, np.inf))
            cells[cell] = (max(low, old[0]), min(high, old[1]))
        withheld |= release.withheld
        views.extend(view for view in release.views if view not in views)
    return dataclasses.replace(
        knowledge, cells=cells, views=tuple(views), withheld=frozenset(withheld)
    )


def few_moved(
    margin: Margin,
    releases: Iterable[Release],
    people: Mapping[str, object],
    label: str,
    threshold: int,
) -> str:
    """Label of an earlier release from which this margin differs by few people, or nothing.

    Where it is not known who has come and gone, those who know may count on the fewest: of the
    categories stated exactly both times, Σ max(Δ, 0) joined and Σ max(−Δ, 0) left. If either
    is small, the difference tells what they are.
    """
    for release in releases:
        then = dated_body(margin.body, release.label)
        if release.label == label or (then in people and margin.body in people):
            continue
        changes = [
            count - int(release.cells[cell][0])
            for cell, count in zip(margin.cells, margin.counts.values(), strict=True)
            if count is not None and _is_exact(release, cell)
        ]
        joined = sum(change for change in changes if change > 0)
        left = -sum(change for change in changes if change < 0)
        if 0 < max(joined, left) < threshold:
            return release.label
    return ""


def _is_exact(release: Release, cell: Cell) -> bool:
    low, high = release.cells.get(cell, (0.0, np.inf))
    return low == high


def read_register(folder: Path) -> tuple[Release, ...]:
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
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            "this is no register of releases",
            where=str(path),
            expected='JSON with "releases", as a report writes it',
            got=type(error).__name__,
            hint="restore it: without it nobody knows what has been published already",
        ) from error


def write_register(folder: Path, releases: Iterable[Release]) -> Path:
    """Write a register into a folder: one entry per label, the last one of each."""
    last = {release.label: release for release in releases}
    path = folder / FILE
    text = json.dumps({"releases": [_to_json(release) for release in last.values()]}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _to_json(release: Release) -> dict[str, object]:
    return {
        "label": release.label,
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


def _from_json(entry: dict[str, list[list[object]]]) -> Release:
    cells, withheld = {}, set()
    for body, variable, category, low, high, hidden in entry["cells"]:
        cell = Cell(str(body), str(variable), str(category))
        cells[cell] = _bounds(low, high)
        if hidden:
            withheld.add(cell)
    views = [
        View(str(body), str(variable), tuple(str(name) for name in _list(names)), _bounds(*total))
        for body, variable, names, *total in entry["views"]
    ]
    return Release(str(entry["label"]), cells, frozenset(withheld), tuple(views))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _bounds(low: object, high: object) -> Bounds:
    return float(str(low)), np.inf if high is None else float(str(high))
