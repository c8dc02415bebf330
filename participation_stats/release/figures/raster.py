"""Raster: the marks in the cells of a register, and the key to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from participation_stats.release import theme
from participation_stats.release.figures.calendar import LIGHT, format_keys
from participation_stats.release.figures.charts import Key


def mark_cells(
    inset: Axes, grid: pd.DataFrame, rows: pd.DataFrame, colour: str, cell: float
) -> None:
    """A dash where somebody was absent, and an edge around what is filled in a light colour.

    Parameters
    ----------
    inset : Axes
        Whose columns and rows are those of `grid`, one unit each.
    grid : DataFrame
        1 where a person (row) was present at a meeting (column).
    rows : DataFrame
        ``person, meeting, status``.
    colour : str
        Of those present.
    cell : float
        Width of a cell in points.
    """
    kept = rows[rows["status"] == "absent"]
    row = {person: number + 0.5 for number, person in enumerate(grid.index)}
    column = {meeting: number + 0.5 for number, meeting in enumerate(grid.columns)}
    inset.plot(
        kept["meeting"].map(column),
        kept["person"].map(row),
        linestyle="",
        marker="_",
        markersize=min(4.0, 0.5 * cell),
        markeredgewidth=0.9,
        color=theme.EDGE,
    )
    if colour in LIGHT:
        edge = min(0.4, 0.06 * cell)
        edges = [
            Rectangle((x + 0.04, y + 0.04), 0.92, 0.92)
            for y, x in np.argwhere(grid.to_numpy() == 1.0)
        ]
        inset.add_collection(
            PatchCollection(edges, facecolor="none", edgecolor=theme.INK, linewidth=edge)
        )


def raster_keys(
    people: pd.DataFrame, meetings: pd.DataFrame, colours: Sequence[str], drawn: int
) -> list[Key]:
    """Entries of what occurs: `colours` of the blocks, in which so many people are drawn."""
    several = " (colour by capacity)" if len(colours) > 1 else ""
    keys: list[Key] = [(_square(colours[0]), f"present{several}")]
    statuses = set(people["status"].dropna())
    if "absent" in statuses:
        keys.append((_dash(), "absent"))
    if "apologies" in statuses:
        keys.append((_ring(), "sent apologies"))
    risk = len(people[["person", "capacity", "meeting"]].drop_duplicates())
    if risk < len(meetings) * drawn:
        blank = "not recorded" if _present_only(people) else "not on the list that day"
        keys.append((_square("white", theme.EDGE), blank))
    return keys + format_keys(meetings)


def _present_only(people: pd.DataFrame) -> bool:
    """Whether the register lists only who came: then nobody is known to have been absent."""
    return bool(people["status"].eq("present").all())


def _square(face: str, edge: str = "none") -> Patch:
    return Patch(facecolor=face, edgecolor=edge)


def _dash() -> Line2D:
    return Line2D(
        [], [], linestyle="", marker="_", markersize=6, markeredgewidth=1.2, color=theme.EDGE
    )


def _ring() -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="",
        marker="o",
        markersize=5,
        markerfacecolor="white",
        markeredgecolor=theme.QUIET,
    )
