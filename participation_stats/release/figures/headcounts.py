"""Headcounts: people present at each meeting by capacity, where single people are withheld."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from participation_stats.release import theme
from participation_stats.release.figures import marks
from participation_stats.release.figures.calendar import (
    CAPACITY_COLOURS,
    FORMAT_STRIP,
    LABEL_GAP,
    bar_look,
    calendar_axis,
    draw_calendar,
    draw_formats,
    format_keys,
    in_capacity_order,
    labels_width,
    numbered_meetings,
)
from participation_stats.release.figures.charts import BELOW, Chart, Space, Words, sheet
from participation_stats.release.phrases import WITHHELD, capital
from participation_stats.release.presences import capacity_name

#: Room at the right for the half of a date.
RIGHT = 0.05


def bars_of_headcounts(heads: pd.DataFrame, words: Words, width_mm: float) -> Chart:
    """Bars for each capacity above a baseline of its own, all to one scale."""
    meetings = numbered_meetings(heads)
    wide = heads.pivot_table(
        index="capacity", columns="meeting", values="count", aggfunc="sum", dropna=False
    ).reindex(columns=list(meetings["meeting"]))
    present = in_capacity_order(wide.index)
    unit = min(0.11, 1.6 / max(float(np.nanmax(wide.to_numpy(dtype=float), initial=1.0)), 1.0))
    labels = labels_width(width_mm)
    inner = width_mm / theme.MM_PER_INCH - 2 * theme.MARGIN - labels - LABEL_GAP - RIGHT
    bands = [
        _Bars.of(
            name,
            pd.Series(wide.loc[name]),
            unit,
            inner / len(meetings),
            labels,
            alone=len(present) == 1,
        )
        for name in present
    ]
    strip = FORMAT_STRIP if meetings["format"].notna().any() else 0.0
    height = sum(band.height for band in bands) + 0.02
    space = Space(height, labels + LABEL_GAP, RIGHT, strip, BELOW, calendar_axis(meetings))
    chart, axes = sheet(words, space, format_keys(meetings), width_mm)
    draw_calendar(axes, meetings, height, RIGHT)
    draw_formats(axes, meetings, strip)
    base = 0.0
    for band in bands:
        base += band.height
        band.draw(axes, base, unit)
    return chart


@dataclasses.dataclass(frozen=True)
class _Bars:
    """Headcounts of one capacity, NaN where withheld, and the label beside them."""

    capacity: str
    counts: np.ndarray
    label: tuple[str, ...]
    numbered: bool
    height: float

    @classmethod
    def of(
        cls,
        capacity: str,
        counts: pd.Series,
        unit: float,
        room: float,
        labels: float,
        *,
        alone: bool,
    ) -> _Bars:
        numbers = counts.to_numpy(dtype=float, na_value=np.nan)
        known = numbers[~np.isnan(numbers)]
        most = float(known.max(initial=0.0))
        # Numbers that would run into each other are replaced by their range.
        numbered = theme.text_width(f"{most:.0f}" if len(known) == len(numbers) else "[c]") < room
        name = capital(capacity_name(capacity, 2, alone=alone))
        label = theme.wrapped(name, labels, bold=True)
        if not numbered and len(known):
            label += theme.wrapped(f"{known.min():.0f} to {most:.0f} each time", labels)
        height = max(most * unit + 0.24, len(label) * theme.line_height() + 0.08)
        return cls(capacity, numbers, label, numbered, height)

    def draw(self, axes: Axes, base: float, unit: float) -> None:
        at = np.arange(len(self.counts)) + 0.5
        known = ~np.isnan(self.counts)
        heights = self.counts * unit
        axes.bar(
            at[known],
            -heights[known],
            bottom=base,
            width=0.78,
            **bar_look(CAPACITY_COLOURS.get(self.capacity, theme.QUIET)),
        )
        withheld = at[~known]
        axes.bar(
            withheld,
            np.full(len(withheld), -0.14),
            bottom=base,
            width=0.78,
            **marks.WITHHELD_LOOK,
        )
        axes.axhline(base, color=theme.QUIET, linewidth=0.8)
        if self.numbered:
            self._number(axes, at, base, np.where(known, heights, 0.14))
        for number, line in enumerate(reversed(self.label)):
            axes.annotate(
                line,
                (0, base - number * theme.line_height()),
                xycoords=axes.get_yaxis_transform(),
                xytext=(-theme.POINTS_PER_INCH * LABEL_GAP, 1),
                textcoords="offset points",
                ha="right",
                va="bottom",
                weight="bold" if number == len(self.label) - 1 or self.numbered else "normal",
            )

    def _number(self, axes: Axes, at: np.ndarray, base: float, heights: np.ndarray) -> None:
        for x, count, height in zip(at, self.counts, heights, strict=True):
            axes.annotate(
                WITHHELD if np.isnan(count) else f"{count:.0f}",
                (x, base - height),
                xytext=(0, 1.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
            )
