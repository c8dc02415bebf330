"""Strips: groups one under another over the full width, each a small plot under its heading.

Like `rows`, all heights are inches, so that no number of groups and no length of label can make
two strips overlap. The axes of the whole are in inches both ways.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from matplotlib.axes import Axes

from participation_stats.release import theme
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import plot_size
from participation_stats.release.phrases import WITHHELD

#: Inches between a heading and its note, over a heading, and between a heading and its plot.
NOTE_GAP, OVER, UNDER = 0.16, 0.1, 0.03
#: With more strips than this they are lower.
MANY = 8


@dataclasses.dataclass(frozen=True)
class Strip:
    """The heading of a strip: the group in bold, and what is found of it."""

    label: str
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Stack:
    """Strips with their wrapped headings and their places, in inches from the top.

    Attributes
    ----------
    labels, notes : tuple of tuple of str
        Wrapped lines; a note stands behind its label where both fit into one line.
    beside : tuple of bool
        Whether it does.
    tops : tuple of float
        Where each heading begins.
    heads : tuple of float
        Height of each heading.
    plot : float
        Height of each plot.
    height : float
        Of everything.
    """

    labels: tuple[tuple[str, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    beside: tuple[bool, ...]
    tops: tuple[float, ...]
    heads: tuple[float, ...]
    plot: float
    height: float


def stack(
    strips: Sequence[Strip], width_mm: float, *, plot: float, head: float = 0.0, foot: float = 0.0
) -> Stack:
    """Give each strip its lines and its place.

    Parameters
    ----------
    strips : sequence of Strip
        From the top down.
    width_mm : float
        Width of the figure.
    plot : float
        Inches of each plot.
    head, foot : float
        Inches kept free above the first and below the last strip.
    """
    inner = inner_width(width_mm)
    labels, notes, beside, tops, heads = [], [], [], [], []
    at = head
    for strip in strips:
        width = theme.text_width(strip.label, bold=True) + NOTE_GAP + theme.text_width(strip.note)
        one_line = width <= inner
        labels.append(theme.wrapped(strip.label, inner, bold=True))
        notes.append(theme.wrapped(strip.note, inner))
        lines = 1 if one_line else len(labels[-1]) + len(notes[-1])
        beside.append(one_line)
        tops.append(at + OVER)
        heads.append(lines * theme.line_height() + UNDER)
        at = tops[-1] + heads[-1] + plot
    return Stack(
        tuple(labels), tuple(notes), tuple(beside), tuple(tops), tuple(heads), plot, at + foot
    )


def inner_width(width_mm: float) -> float:
    """Inches between the margins of a figure."""
    return width_mm / theme.MM_PER_INCH - 2 * theme.MARGIN


def write_strips(axes: Axes, stacked: Stack) -> None:
    """Make the axes a page in inches and write the headings."""
    axes.set_xlim(0, plot_size(axes)[0])
    axes.set_ylim(stacked.height, 0)
    axes.set_axis_off()
    for number, top in enumerate(stacked.tops):
        label, note = stacked.labels[number], stacked.notes[number]
        last = write_lines(axes, 0.0, top, label, bold=True)
        if stacked.beside[number]:
            indent = theme.text_width(label[0], bold=True) + NOTE_GAP
            write_lines(axes, indent, top, note)
        else:
            write_lines(axes, 0.0, last, note)


def write_lines(
    axes: Axes, x: float, top: float, lines: Sequence[str], *, bold: bool = False, ha: str = "left"
) -> float:
    """Write lines downwards from `top` inches; returns where the next would begin."""
    step = theme.line_height()
    for number, line in enumerate(lines):
        axes.text(
            x,
            top + (number + 0.5) * step,
            line,
            ha=ha,
            va="center_baseline",
            weight="bold" if bold else "normal",
            color=theme.INK if bold else theme.QUIET,
        )
    return top + len(lines) * step


def strip_axes(
    axes: Axes,
    stacked: Stack,
    number: int,
    *,
    right: float,
    above: float,
    left: float = 0.0,
    below: float = 0.0,
) -> Axes:
    """The plot of one strip; inches are left for its scale at the right, for numbers elsewhere."""
    width, _ = plot_size(axes)
    top = stacked.tops[number] + stacked.heads[number] + above
    inset = axes.inset_axes(
        (left, top, width - left - right, stacked.plot - above - below), transform=axes.transData
    )
    for spine in inset.spines.values():
        spine.set_visible(False)
    inset.set_xticks([])
    return inset


def draw_withheld_column(axes: Axes, left: float, width: float) -> None:
    """A hatched column from bottom to top of a plot: something withheld, at no value."""
    across = axes.get_xaxis_transform()
    axes.add_patch(marks.withheld_patch(left, 0, width, 1, across))
    axes.text(
        left + width / 2,
        0.5,
        WITHHELD,
        transform=across,
        ha="center",
        va="center_baseline",
        zorder=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )
