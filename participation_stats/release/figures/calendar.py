"""Calendar: the columns of a figure whose columns are meetings, shared by raster and headcounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from participation_stats.release import theme
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import Key, plot_size
from participation_stats.release.figures.rows import COLUMN_MM
from participation_stats.release.presences import CAPACITIES

CAPACITY_COLOURS = {
    "resident": theme.BLUE,
    "councillor": theme.PLUM,
    "officer": theme.TEAL,
    "staff": theme.ORANGE,
    "other": theme.QUIET,
}
#: Of these, what is under 3:1 on white and so has an edge.
LIGHT = (theme.ORANGE,)
#: Formats are told apart by shape; they have no colour.
FORMATS = {"formal": ("s", theme.INK), "informal": ("o", "white"), "online": ("^", theme.LINE)}

FORMAT_STRIP = 0.24
LABELS = 1.15
#: In a column of a journal meetings need the room.
NARROW_LABELS = 1.0
LABEL_GAP = 0.11


def bar_look(colour: str) -> dict[str, Any]:
    """Fill and edge of a bar."""
    if colour not in LIGHT:
        return {"color": colour}
    return {"facecolor": colour, "edgecolor": theme.INK, "linewidth": 0.5}


def numbered_meetings(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each meeting, numbered from 0 in the order of the record."""
    columns = [name for name in ("meeting", "date", "format") if name in frame]
    meetings = frame[columns].drop_duplicates("meeting").sort_values("meeting")
    return meetings.reindex(columns=["meeting", "date", "format"]).reset_index(drop=True)


def in_capacity_order(names: Iterable[object]) -> list[str]:
    """Capacities as figures show them: residents first, unknown ones last.

    Examples
    --------
    >>> in_capacity_order(["staff", "guest", "resident"])
    ['resident', 'staff', 'guest']
    """
    found = {str(name) for name in names}
    return [name for name in CAPACITIES if name in found] + sorted(found - set(CAPACITIES))


def draw_calendar(axes: Axes, meetings: pd.DataFrame, height: float, right: float) -> None:
    """One column for each meeting, with as many dates as fit under them."""
    axes.set_xlim(0, len(meetings))
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    labels = [_meeting_label(line) for _, line in meetings.iterrows()]
    room = plot_size(axes)[0] / len(meetings)
    step = max(1, int(np.ceil(1.2 * max(map(theme.text_width, labels)) / room)))
    # The last label may reach beyond its column only as far as the figure does.
    chosen = [
        number
        for number in range(0, len(meetings), step)
        if theme.text_width(labels[number]) / 2 <= (len(meetings) - number - 0.5) * room + right
    ]
    axes.set_xticks([number + 0.5 for number in chosen], [labels[number] for number in chosen])
    axes.tick_params(axis="x", length=3, pad=2)


def calendar_axis(meetings: pd.DataFrame) -> str:
    """The name of the axis of meetings."""
    dated = meetings["date"].notna().all()
    return f"{len(meetings)} meetings{', by date' if dated else ', in their order'}"


def labels_width(width_mm: float) -> float:
    """Inches of the labels at the left."""
    return NARROW_LABELS if width_mm < COLUMN_MM else LABELS


def _meeting_label(line: pd.Series) -> str:
    if pd.isna(line["date"]):
        return str(line["meeting"])
    date = pd.Timestamp(line["date"])
    return f"{date.day} {date.month_name()[:3]} {date.year}"


def draw_formats(axes: Axes, meetings: pd.DataFrame, strip: float) -> None:
    """Mark above each column whether the meeting was formal, informal or online."""
    if not strip:
        return
    across = axes.get_xaxis_transform()
    wide, tall = plot_size(axes)
    room = wide / len(meetings)
    for name, (marker, colour) in FORMATS.items():
        at = np.flatnonzero(meetings["format"].eq(name).fillna(False).to_numpy(dtype=bool))
        axes.plot(
            at + 0.5,
            np.full(len(at), 1 + 0.5 * strip / tall),
            linestyle="",
            marker=marker,
            markersize=min(6.5, 0.7 * room * theme.POINTS_PER_INCH),
            markerfacecolor=colour,
            markeredgecolor=theme.INK,
            markeredgewidth=0.8,
            transform=across,
            clip_on=False,
        )
    axes.annotate(
        "Meeting",
        (0, 1 + 0.5 * strip / tall),
        xycoords="axes fraction",
        xytext=(-theme.POINTS_PER_INCH * LABEL_GAP, 0),
        textcoords="offset points",
        ha="right",
        va="center",
    )


def format_keys(meetings: pd.DataFrame) -> list[Key]:
    """Entries of the formats that occur."""
    held = set(meetings["format"].dropna())
    return [
        marks.dot_key(marker, colour, f"{name} meeting")
        for name, (marker, colour) in FORMATS.items()
        if name in held
    ]
