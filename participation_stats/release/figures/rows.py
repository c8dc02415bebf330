"""Rows: groups as lines of a figure, each as tall as its wrapped label needs.

Heights and positions are inches, and the y axis of a figure of rows is in inches too: no number
of groups and no length of label can make two rows overlap.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from participation_stats.release import theme
from participation_stats.release.figures.charts import plot_size
from participation_stats.release.phrases import capital, plain_name

PADDING, DENSE_PADDING = 0.09, 0.05
#: With more rows than this they stand closer.
MANY = 10
#: What the label column may take of the width, and the least that is left to the plot.
LABELS_SHARE = 0.42
GUTTER = 0.16
NARROWEST_PLOT = 2.2
#: Below this width of a figure labels stand over their plots, which take the whole of it.
COLUMN_MM = 110.0
#: Inches of a plot under its label, and at both sides of it, where the ends of a scale stand.
LANE, SIDES = 0.26, 0.16


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
    """Rows with their wrapped lines, heights and middles; `left` and `right` as `Space` wants.

    The middle of a row is where its marks stand: on a `lane` of so many inches under its words,
    or beside them where there is none.
    """

    rows: tuple[Row, ...]
    labels: tuple[tuple[str, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    sides: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    left: float
    note_at: float
    right: float
    lane: float | None = None

    @property
    def height(self) -> float:
        """Inches of all rows together."""
        return sum(self.heights)

    @property
    def middles(self) -> list[float]:
        """Inches from the top to where the marks of each row stand."""
        ends = [sum(self.heights[: number + 1]) for number in range(len(self.heights))]
        return [
            end - (height if self.lane is None or row.heading else self.lane) / 2
            for end, height, row in zip(ends, self.heights, self.rows, strict=True)
        ]


def place(
    rows: Sequence[Row], width_mm: float, *, least: float = 0.0, stacked: bool = False
) -> Placed:
    """Give each row its lines and its place, for a figure of this width.

    Where the width allows, the note stands beside the label; else under it; in a column of a
    journal, both over the plot. Rows are at least `least` inches tall; `stacked` keeps the note
    under the label, and both at the left.
    """
    inner = width_mm / theme.MM_PER_INCH - 2 * theme.MARGIN
    if width_mm < COLUMN_MM and not stacked:
        return _place_over(rows, inner, least)
    side = min(
        max((theme.text_width(row.side, bold=row.strong) for row in rows), default=0.0),
        0.24 * inner,
    )
    right = side + GUTTER if side else 0.06
    label = max((theme.text_width(row.label, bold=True) for row in rows), default=0.0)
    note = max((theme.text_width(row.note) for row in rows), default=0.0)
    needed = label + GUTTER + note + GUTTER + right + NARROWEST_PLOT * 1.3
    beside = not stacked and needed <= inner
    widest = label if beside else max(min(max(label, note), LABELS_SHARE * inner), 0.5)
    labels = [theme.wrapped(row.label, _room(row, widest, inner), bold=True) for row in rows]
    notes = [theme.wrapped(row.note, note if beside else widest) for row in rows]
    sides = [theme.wrapped(row.side, side, bold=row.strong) if side else () for row in rows]
    padding = PADDING if len(rows) <= MANY else DENSE_PADDING
    heights = [
        max(
            least,
            _lines(len(name), len(under), len(word), beside) * theme.line_height() + padding * 2,
        )
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


def _place_over(rows: Sequence[Row], inner: float, least: float) -> Placed:
    """Rows whose words stand over their marks: the label, at its right the side, then the note."""
    sides = [theme.wrapped(row.side, inner / 2, bold=row.strong) for row in rows]
    taken = [
        max((theme.text_width(line, bold=row.strong) + GUTTER for line in lines), default=0.0)
        for row, lines in zip(rows, sides, strict=True)
    ]
    labels = [
        theme.wrapped(row.label, inner - width, bold=True)
        for row, width in zip(rows, taken, strict=True)
    ]
    notes = [theme.wrapped(row.note, inner) for row in rows]
    lane = max(LANE, least)
    heights = []
    for row, label, note, side in zip(rows, labels, notes, sides, strict=True):
        words = (max(len(label), len(side)) + len(note)) * theme.line_height() + 2 * DENSE_PADDING
        heights.append(words if row.heading else words + lane)
    return Placed(
        tuple(rows),
        tuple(labels),
        tuple(notes),
        tuple(sides),
        tuple(heights),
        SIDES,
        0.0,
        SIDES,
        lane,
    )


def write_rows(axes: Axes, placed: Placed) -> None:
    """Write labels, notes and side words beside the axes; rule a thin line between rows."""
    axes.set_ylim(placed.height, 0)
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if placed.lane is not None:
        _write_over(axes, placed)
        return
    at_left = _inches_off(axes, -placed.left)
    at_note = _inches_off(axes, -placed.left + placed.note_at)
    at_right = _inches_off(axes, placed.right)
    bottom = 0.0
    for number, row in enumerate(placed.rows):
        middle, bottom = placed.middles[number], bottom + placed.heights[number]
        label, note = placed.labels[number], placed.notes[number]
        under = note if not placed.note_at else ()
        _write(axes, at_left, middle, [*label, *under], bold=len(label))
        if placed.note_at:
            _write(axes, at_note, middle, note)
        if row.heading:
            _shade(axes, placed, bottom - placed.heights[number], bottom)
        side = placed.sides[number]
        _write(axes, at_right, middle, side, bold=len(side) * row.strong, ha="right")
        if number + 1 < len(placed.rows):
            axes.axhline(bottom, color=theme.PALE, linewidth=0.8, zorder=0.2)


def _write_over(axes: Axes, placed: Placed) -> None:
    """Words over the marks of each row; a thin line between rows."""
    at_left, at_right = _inches_off(axes, -placed.left), _inches_off(axes, placed.right)
    step, top = theme.line_height(), 0.0
    for number, row in enumerate(placed.rows):
        label, note, side = placed.labels[number], placed.notes[number], placed.sides[number]
        bottom = top + placed.heights[number]
        # Lines of the scale run through the lanes only.
        words = bottom if row.heading else bottom - (placed.lane or 0.0)
        _shade(axes, placed, top, words, theme.PALE if row.heading else "white")
        first = top + DENSE_PADDING
        under = first + max(len(label), len(side)) * step
        _write(axes, at_left, first + step * len(label) / 2, label, bold=len(label))
        _write(axes, at_left, under + step * len(note) / 2, note, color=theme.QUIET)
        middle = first + step * len(side) / 2
        _write(axes, at_right, middle, side, bold=len(side) * row.strong, ha="right")
        if number + 1 < len(placed.rows):
            axes.axhline(bottom, color=theme.PALE, linewidth=0.8, zorder=0.2)
        top = bottom


def grouped(
    frame: pd.DataFrame, make: Callable[[pd.Series], Row], columns: Sequence[str]
) -> tuple[list[Row], pd.DataFrame]:
    """A line for each group, under a heading for each block where there are several.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order in which they are shown, with ``variable`` and perhaps ``body``.
    make : callable
        Row of the table to `Row`.
    columns : sequence of str
        The numbers that are plotted.

    Returns
    -------
    (list of Row, DataFrame)
        Lines, and the numbers of each as floats: NaN for headings and withheld rows.
    """
    keys = [name for name in ("body", "variable") if name in frame]
    several = len(frame[keys].drop_duplicates()) > 1
    rows: list[Row] = []
    values: list[dict[str, object]] = []
    seen: object = None
    for _, line in frame.iterrows():
        block = tuple(str(line[name]) for name in keys)
        if several and block != seen:
            rows.append(Row(_block_title(line), heading=True))
            values.append({})
            seen = block
        rows.append(make(line))
        values.append({str(name): value for name, value in line.items()})
    numbers = pd.DataFrame(values).reindex(columns=list(columns)).astype(float)
    return rows, numbers.reset_index(drop=True)


def _block_title(line: pd.Series) -> str:
    variable = plain_name(str(line["variable"]))
    return f"{capital(str(line['body']))}: {variable}" if "body" in line else capital(variable)


def _shade(axes: Axes, placed: Placed, top: float, bottom: float, colour: str = theme.PALE) -> None:
    """A strip from the labels to the right edge: pale where this line is a heading."""
    width, _ = plot_size(axes)
    axes.add_patch(
        Rectangle(
            (-(placed.left + 0.04) / width, top),
            1 + (placed.left + placed.right + 0.08) / width,
            bottom - top,
            transform=axes.get_yaxis_transform(),
            facecolor=colour,
            edgecolor="none",
            zorder=1.6,
            clip_on=False,
        )
    )


def _room(row: Row, widest: float, inner: float) -> float:
    return inner if row.heading else widest


def _lines(label: int, note: int, side: int, beside: bool) -> int:
    return max(label, note, side) if beside else max(label + note, side)


def _inches_off(axes: Axes, inches: float) -> object:
    """Transform whose x is a fraction of the axes moved by inches, and whose y is data."""
    figure = axes.get_figure(root=True)
    shift = ScaledTranslation(inches, 0, figure.dpi_scale_trans)  # type: ignore[union-attr]
    return blended_transform_factory(axes.transAxes, axes.transData) + shift


def _write(
    axes: Axes,
    transform: object,
    middle: float,
    lines: Sequence[str],
    *,
    bold: int = 0,
    ha: str = "left",
    color: str = theme.INK,
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
            color=color if number < bold or not bold else theme.QUIET,
        )
