"""Rows: groups as lines of a figure, each as tall as its wrapped label needs.

Heights and positions are inches, and the y axis of a figure of rows is in inches too: no number
of groups and no length of label can make two rows overlap.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from participation_stats.release import theme
from participation_stats.release.phrases import WITHHELD

PADDING, DENSE_PADDING = 0.09, 0.05
#: With more rows than this they stand closer.
MANY = 10
#: What the label column may take of the width, and the least that is left to the plot.
LABELS_SHARE = 0.42
GUTTER = 0.16
NARROWEST_PLOT = 2.2


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a figure: its label, a note under or beside it, and words at the right.

    A row without anything to plot is a heading.
    """

    label: str
    note: str = ""
    side: str = ""
    strong: bool = False
    heading: bool = False
    suppressed: bool = False


@dataclasses.dataclass(frozen=True)
class Placed:
    """Rows with their wrapped lines, heights and middles; `left` and `right` as `Space` wants."""

    rows: tuple[Row, ...]
    labels: tuple[tuple[str, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    sides: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    left: float
    note_at: float
    right: float

    @property
    def height(self) -> float:
        """Inches of all rows together."""
        return sum(self.heights)

    @property
    def middles(self) -> list[float]:
        """Inches from the top to the middle of each row."""
        ends = [sum(self.heights[: number + 1]) for number in range(len(self.heights))]
        return [end - height / 2 for end, height in zip(ends, self.heights, strict=True)]


def place(rows: Sequence[Row], width_mm: float) -> Placed:
    """Give each row its lines and its place, for a figure of this width.

    Where the width allows, the note stands beside the label; else under it.
    """
    inner = width_mm / theme.MM_PER_INCH - 2 * theme.MARGIN
    side = min(
        max((theme.text_width(row.side, bold=row.strong) for row in rows), default=0.0),
        0.24 * inner,
    )
    right = side + GUTTER if side else 0.06
    label = max((theme.text_width(row.label, bold=True) for row in rows), default=0.0)
    note = max((theme.text_width(row.note) for row in rows), default=0.0)
    beside = label + GUTTER + note + GUTTER + right + NARROWEST_PLOT * 1.3 <= inner
    widest = label if beside else max(min(max(label, note), LABELS_SHARE * inner), 0.5)
    labels = [theme.wrapped(row.label, _room(row, widest, inner), bold=True) for row in rows]
    notes = [theme.wrapped(row.note, note if beside else widest) for row in rows]
    sides = [theme.wrapped(row.side, side, bold=row.strong) if side else () for row in rows]
    padding = PADDING if len(rows) <= MANY else DENSE_PADDING
    heights = [
        _lines(len(name), len(under), len(word), beside) * theme.line_height() + padding * 2
        for name, under, word in zip(labels, notes, sides, strict=True)
    ]
    left = widest + GUTTER + (note + GUTTER if beside else 0.0)
    return Placed(
        tuple(rows),
        tuple(labels),
        tuple(notes),
        tuple(sides),
        tuple(heights),
        left,
        widest + GUTTER if beside else 0.0,
        right,
    )


def write_rows(axes: Axes, placed: Placed) -> None:
    """Write labels, notes and side words beside the axes; rule a thin line between rows."""
    axes.set_ylim(placed.height, 0)
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    at_left = _inches_from(axes, 0.0, -placed.left)
    at_note = _inches_from(axes, 0.0, -placed.left + placed.note_at)
    at_right = _inches_from(axes, 1.0, placed.right)
    bottom = 0.0
    for number, row in enumerate(placed.rows):
        middle, bottom = placed.middles[number], bottom + placed.heights[number]
        label, note = placed.labels[number], placed.notes[number]
        under = note if not placed.note_at else ()
        _write(axes, at_left, middle, [*label, *under], bold=len(label))
        if placed.note_at:
            _write(axes, at_note, middle, note)
        side = placed.sides[number]
        _write(axes, at_right, middle, side, bold=len(side) * row.strong, ha="right")
        if number + 1 < len(placed.rows):
            axes.axhline(bottom, color=theme.PALE, linewidth=0.8, zorder=0.2)


def mark_withheld(axes: Axes, placed: Placed, number: int) -> None:
    """Draw a withheld row as such: a hatched strip over the whole scale, at no value of it."""
    middle = placed.middles[number]
    axes.add_patch(
        Rectangle(
            (0, middle - 0.07),
            1,
            0.14,
            transform=axes.get_yaxis_transform(),
            facecolor="white",
            edgecolor=theme.LINE,
            hatch="////",
            linewidth=0.6,
            zorder=1.2,
        )
    )
    axes.text(
        1.0,
        middle,
        WITHHELD,
        transform=axes.get_yaxis_transform(),
        ha="right",
        va="center",
        zorder=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )


def _room(row: Row, widest: float, inner: float) -> float:
    return inner if row.heading else widest


def _lines(label: int, note: int, side: int, beside: bool) -> int:
    return max(label, note, side) if beside else max(label + note, side)


def _inches_from(axes: Axes, fraction: float, inches: float) -> object:
    """Transform whose x is fixed at inches from an edge of the axes and whose y is data."""
    figure = axes.get_figure(root=True)
    shift = ScaledTranslation(fraction * 0 + inches, 0, figure.dpi_scale_trans)  # type: ignore[union-attr]
    return blended_transform_factory(axes.transAxes, axes.transData) + shift


def _write(
    axes: Axes,
    transform: object,
    middle: float,
    lines: Sequence[str],
    *,
    bold: int = 0,
    ha: str = "left",
) -> None:
    step = theme.line_height()
    first = middle - step * (len(lines) - 1) / 2
    x = 1.0 if ha == "right" else 0.0
    for number, line in enumerate(lines):
        axes.text(
            x,
            first + number * step,
            line,
            transform=transform,
            ha=ha,
            va="center_baseline",
            weight="bold" if number < bold else "normal",
            color=theme.INK if number < bold or not bold else theme.QUIET,
        )
