"""Marks that several figures share, each with its entry for the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import Transform

from participation_stats.release import theme
from participation_stats.release.figures.charts import Key, plot_size
from participation_stats.release.figures.rows import Placed
from participation_stats.release.phrases import WITHHELD, percent

BAND_HEIGHT = 0.2
DOT_AREA = 58.0
INTERVAL_WIDTH = 1.4
HATCH = "////"
#: A band is paler than anything that stands on it; its edge is what is seen on white.
BAND_LOOK: dict[str, Any] = {
    "facecolor": theme.BAND,
    "edgecolor": theme.EDGE,
    "linewidth": theme.EDGE_WIDTH,
}
WITHHELD_LOOK: dict[str, Any] = {
    "facecolor": "white",
    "edgecolor": theme.EDGE,
    "hatch": HATCH,
    "linewidth": theme.EDGE_WIDTH,
}
#: Marker and colour by what a dot means.
Looks = Mapping[Any, tuple[str, str]]
#: Of what differs by more than chance would explain, and of what may not.
CLEAR: Looks = {True: ("o", theme.BLUE), False: ("o", "white")}


def dot_key(marker: str, colour: str, meaning: str) -> Key:
    """Entry of a filled marker with a dark edge."""
    return (
        Line2D(
            [],
            [],
            linestyle="",
            marker=marker,
            markersize=DOT_AREA**0.5,
            markerfacecolor=colour,
            markeredgecolor=theme.INK,
            markeredgewidth=1.0,
        ),
        meaning,
    )


def interval_key(confidence: float, meaning: str = "", *, upright: bool = False) -> Key:
    """Entry of an interval line; upright where the intervals of the figure are."""
    line = Line2D([], [], color=theme.INK, linewidth=INTERVAL_WIDTH)
    if upright:
        line.set(linestyle="", marker="|", markersize=11, markeredgewidth=INTERVAL_WIDTH)
    return line, f"{100 * confidence:g}% interval{meaning}"


def band_key(confidence: float) -> Key:
    """Entry of the chance range."""
    return band_patch(), f"what {100 * confidence:g} of 100 fair draws would give"


def band_patch() -> Patch:
    """The look of a band in a key."""
    return Patch(**BAND_LOOK)


def withheld_key() -> Key:
    """Entry of the strip that stands for a withheld row."""
    return Patch(**WITHHELD_LOOK), f"{WITHHELD} withheld: too few people"


def draw_parity(axes: Axes, at: float, meaning: str) -> None:
    """The line where nothing differs, named above the plot."""
    axes.axvline(at, color=theme.INK, linewidth=1.2, zorder=1.5)
    axes.annotate(
        meaning,
        (at, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=theme.INK,
    )


def draw_bands(axes: Axes, lows: pd.Series, highs: pd.Series, y: pd.Series, limit: float) -> None:
    """Draw chance ranges as bands behind everything else, cut at the end of the axis."""
    known = lows.notna() & highs.notna()
    low, high = lows[known], highs[known].clip(upper=limit)
    # A band of one value has no width: it still must be seen.
    width = np.maximum(high - low, 0.004 * limit)
    axes.barh(y[known], width, height=BAND_HEIGHT, left=low, zorder=1, **BAND_LOOK)


def draw_intervals(
    axes: Axes,
    lows: pd.Series,
    highs: pd.Series,
    y: pd.Series,
    limit: float,
    *,
    lowest: float = 0.0,
) -> None:
    """Draw intervals; one that goes beyond the axis, or has no limit, ends in an arrow."""
    known = lows.notna() & highs.notna()
    starts, ends = (limits[known].clip(lowest, limit) for limits in (lows, highs))
    axes.hlines(y[known], starts, ends, color=theme.INK, linewidth=INTERVAL_WIDTH, zorder=2)
    for at, beyond, marker in (
        (ends, highs[known] > limit, ">"),
        (starts, lows[known] < lowest, "<"),
    ):
        axes.plot(
            at[beyond],
            y[known][beyond],
            linestyle="",
            marker=marker,
            markersize=5,
            color=theme.INK,
            clip_on=False,
            zorder=2,
        )


def draw_withheld(axes: Axes, placed: Placed) -> None:
    """Draw withheld rows as such: a hatched strip over the whole scale, at no value of it."""
    for middle, row in zip(placed.middles, placed.rows, strict=True):
        if row.suppressed:
            _strip(axes, middle)


def _strip(axes: Axes, middle: float) -> None:
    across = axes.get_yaxis_transform()
    axes.add_patch(withheld_patch(0, middle - 0.07, 1, 0.14, across))
    axes.text(
        1.0,
        middle,
        WITHHELD,
        transform=across,
        ha="right",
        va="center",
        zorder=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )


def withheld_patch(
    left: float, bottom: float, width: float, height: float, transform: Transform | None = None
) -> Rectangle:
    """A hatched rectangle: something is withheld here."""
    patch = Rectangle((left, bottom), width, height, zorder=1.2, **WITHHELD_LOOK)
    if transform is not None:
        patch.set_transform(transform)
    return patch


def draw_dots(
    axes: Axes,
    frame: pd.DataFrame,
    x: str,
    y: str,
    looks: Looks,
    by: str,
    *,
    area: float = DOT_AREA,
) -> None:
    """Draw a dot for each row, in the look of what it is; axes keep their own names."""
    if frame.empty:
        return
    sns.scatterplot(
        frame,
        x=x,
        y=y,
        hue=by,
        style=by,
        palette={name: colour for name, (_, colour) in looks.items()},
        markers={name: marker for name, (marker, _) in looks.items()},
        edgecolor=theme.INK,
        linewidth=1.0,
        s=area,
        zorder=3,
        legend=False,
        clip_on=False,
        ax=axes,
    )
    axes.set(xlabel="", ylabel="")


def share_scale(axes: Axes, limit: float) -> None:
    """The scale of a low plot, at its right: nought and one round share under `limit`."""
    ticks = [tick for tick in percent_ticks(limit, 1.2) if tick > 0] or [limit]
    axes.yaxis.tick_right()
    axes.set_yticks([0, ticks[-1]], ["0%", percent(ticks[-1])])
    axes.tick_params(axis="y", length=0, pad=2)
    axes.grid(axis="y", zorder=0)


def percent_axis(axes: Axes, limit: float) -> None:
    """An x axis of fractions from 0 to `limit`, printed as percentages that do not touch."""
    axes.set_xlim(-0.02 * limit, limit * 1.02)
    ticks = percent_ticks(limit, plot_size(axes)[0])
    axes.set_xticks(ticks, [f"{100 * tick:.3g}%" for tick in ticks])
    axes.grid(axis="x", zorder=0)
    axes.tick_params(axis="x", length=0, pad=4)


def percent_ticks(limit: float, width: float) -> list[float]:
    """Round fractions from 0 to `limit`, as many as fit on so many inches, seven at most.

    Examples
    --------
    >>> percent_ticks(0.43, 4.0), percent_ticks(1.0, 4.0), percent_ticks(1.0, 1.2)
    ([0.0, 0.1, 0.2, 0.3, 0.4], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 0.5, 1.0])
    """
    room = 1.4 * theme.text_width("100%" if limit >= 1 else "50%") * limit / width
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
    step = next((s for s in steps if limit / s <= 6 and s >= room), 1.0)
    return [round(float(tick), 6) for tick in np.arange(0, limit + 1e-9, step)]
