"""Chart: a figure with its alternative text, and the sheet on which every figure stands.

A sheet has, from top to bottom: banner, title, key, the plotting area, caption. All of it is
measured in inches before anything is drawn, so that nothing overlaps and nothing is clipped.
"""

from __future__ import annotations

import base64
import dataclasses
import html
from collections.abc import Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from participation_stats.errors import InputError
from participation_stats.release import theme
from participation_stats.release.disclosure import Protected

GAP = 0.09
HANDLE = 0.42
#: Inches between two columns of the key, and between the plot and the name of its axis.
KEY_GAP = 0.3
AXIS_GAP = 0.02
#: Inches that the numbers of an axis take under the plot.
BELOW = 0.22
NARROWEST_MM = 80.0


class Chart(Figure):
    """A matplotlib figure that says in words what it shows.

    Attributes
    ----------
    alt_text : str
        The figure in sentences, made from the same table.
    """

    alt_text: str = ""

    def _repr_html_(self) -> str:
        picture = base64.b64encode(theme.file_bytes(self, "png", dpi=110)).decode("ascii")
        return (
            f'<img alt="{html.escape(self.alt_text)}" src="data:image/png;base64,{picture}" '
            'style="max-width: 100%">'
        )


@dataclasses.dataclass(frozen=True)
class Words:
    """The words around a plot: title, caption, banner and alternative text."""

    title: str
    caption: str = ""
    banner: str = ""
    alt_text: str = ""


@dataclasses.dataclass(frozen=True)
class Space:
    """Inches of the plotting area and of what stands around it, and the name of its x axis."""

    height: float
    left: float = 0.0
    right: float = 0.0
    above: float = 0.0
    below: float = 0.0
    axis: str = ""


#: One entry of the key: how it looks and what it means.
Key = tuple[Artist, str]


def sheet(words: Words, space: Space, keys: Sequence[Key], width_mm: float) -> tuple[Chart, Axes]:
    """A chart with everything but the plot drawn, and the axes for the plot.

    Raises
    ------
    InputError
        `width_mm` below 80: at 9 points nothing would fit.
    """
    width = _inches(width_mm)
    inner = width - 2 * theme.MARGIN
    banner = theme.wrapped(words.banner, inner - 0.2)
    title = theme.balanced(words.title, inner, theme.TITLE_SIZE, bold=True)
    caption = theme.wrapped(words.caption, inner)
    axis = theme.balanced(space.axis, inner)
    keys, columns, lines = _key_shape(keys, inner)
    small, large = theme.line_height(), theme.line_height(theme.TITLE_SIZE)
    heights = {
        "banner": len(banner) * small + 0.1 + GAP if banner else 0.0,
        "title": len(title) * large + GAP,
        "key": lines * small * 1.15 + GAP if lines else 0.0,
        "above": space.above,
        "plot": space.height,
        "below": space.below,
        "axis": len(axis) * small + AXIS_GAP if axis else 0.0,
        "caption": len(caption) * small + GAP if caption else 0.0,
    }
    height = sum(heights.values()) + 2 * theme.MARGIN
    chart = Chart(figsize=(width, height), facecolor="white")
    chart.alt_text = words.alt_text
    pen = _Pen(chart, width, height)
    if banner:
        pen.box(inner, heights["banner"] - GAP)
        pen.text(banner, theme.SMALL_SIZE, indent=0.1, drop=0.05)
        pen.down(heights["banner"])
    pen.text(title, theme.TITLE_SIZE, weight="bold")
    pen.down(heights["title"])
    if keys:
        pen.key(keys, columns)
    pen.down(heights["key"] + heights["above"])
    axes = chart.add_axes(
        (
            (theme.MARGIN + space.left) / width,
            (pen.top - space.height) / height,
            (inner - space.left - space.right) / width,
            space.height / height,
        )
    )
    pen.down(space.height + space.below)
    pen.text(axis, theme.SMALL_SIZE, centre=theme.MARGIN + (inner + space.left - space.right) / 2)
    pen.down(heights["axis"] + GAP)
    pen.text(caption, theme.SMALL_SIZE, color=theme.QUIET)
    return chart, axes


def plot_size(axes: Axes) -> tuple[float, float]:
    """Width and height of the plotting area, in inches."""
    figure = axes.get_figure(root=True)
    box = axes.get_position()
    if figure is None:
        return float(box.width), float(box.height)
    return float(box.width * figure.get_figwidth()), float(box.height * figure.get_figheight())


def protected_frame(protected: object, where: str, kinds: Sequence[str] = ()) -> Protected:
    """`protected`, if it is one and of a kind that the figure can draw.

    Raises
    ------
    InputError
        Anything that did not come from `protect`, or another kind of result.
    """
    if not isinstance(protected, Protected):
        raise InputError(
            f"this is a {type(protected).__name__}, not a Protected",
            where=where,
            expected="the value of protect(result, policy)",
            got=type(protected).__name__,
            hint="pass the result through ps.protect(result, policy) first",
        )
    if kinds and protected.kind not in kinds:
        raise InputError(
            f"a {protected.kind} cannot be drawn here",
            where=where,
            expected=" or ".join(kinds),
            got=protected.kind,
        )
    return protected


def confidence_of(protected: Protected) -> float:
    """The confidence of a result's intervals; 0.95 where it does not say."""
    value = protected.facts.get("confidence")
    return float(value) if isinstance(value, int | float) else 0.95


def need_columns(frame: pd.DataFrame, columns: Sequence[str], where: str, maker: str) -> None:
    """Check that a released frame is of the kind that a figure draws.

    Raises
    ------
    InputError
        A column is missing: the result of another function was passed.
    """
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(
            f"the table has no column '{missing[0]}'",
            where=where,
            expected=f"a protected result of {maker}",
            got=f"columns {', '.join(map(str, frame.columns))}",
        )


def _inches(width_mm: float) -> float:
    if not width_mm >= NARROWEST_MM:
        raise InputError(
            f"a figure {width_mm} mm wide",
            where="draw",
            expected=f"at least {NARROWEST_MM:g} mm",
            got=f"width_mm={width_mm}",
            hint="80 fills a column of a journal, 160 a page, 250 a slide",
        )
    return width_mm / theme.MM_PER_INCH


def _key_shape(keys: Sequence[Key], width: float) -> tuple[list[Key], int, int]:
    """The key with its entries wrapped where they are too long, its columns and its lines."""
    if not keys:
        return [], 0, 0
    widest = max(theme.text_width(label) for _, label in keys) + HANDLE + KEY_GAP
    columns = max(1, min(len(keys), int(width / widest)))
    if columns > 1:
        return list(keys), columns, -(-len(keys) // columns)
    lines = [theme.wrapped(label, width - HANDLE - KEY_GAP / 2) for _, label in keys]
    wrapped = [(handle, "\n".join(text)) for (handle, _), text in zip(keys, lines, strict=True)]
    return wrapped, columns, sum(map(len, lines))


class _Pen:
    """Writes downwards from the top of a figure, in inches."""

    def __init__(self, chart: Chart, width: float, height: float) -> None:
        self.chart, self.width, self.height = chart, width, height
        self.top = height - theme.MARGIN

    def down(self, inches: float) -> None:
        self.top -= inches

    def text(
        self,
        lines: Sequence[str],
        size: float,
        *,
        weight: str = "normal",
        color: str = theme.INK,
        indent: float = 0.0,
        drop: float = 0.0,
        centre: float | None = None,
    ) -> None:
        """Lines from the left margin, or around `centre` inches where they fit there."""
        for number, line in enumerate(lines):
            left = theme.MARGIN + indent
            if centre is not None:
                length = theme.text_width(line, size)
                left = min(max(centre - length / 2, left), self.width - theme.MARGIN - length)
            self.chart.text(
                left / self.width,
                (self.top - drop - (number + 0.78) * theme.line_height(size)) / self.height,
                line,
                size=size,
                weight=weight,
                color=color,
                va="baseline",
            )

    def box(self, width: float, height: float) -> None:
        self.chart.add_artist(
            Rectangle(
                (theme.MARGIN / self.width, (self.top - height) / self.height),
                width / self.width,
                height / self.height,
                facecolor=theme.PALE,
                edgecolor=theme.QUIET,
                linewidth=0.8,
            )
        )

    def key(self, keys: Sequence[Key], columns: int) -> None:
        self.chart.legend(
            [handle for handle, _ in keys],
            [label for _, label in keys],
            loc="upper left",
            bbox_to_anchor=(theme.MARGIN / self.width, self.top / self.height),
            ncols=columns,
            borderpad=0,
            borderaxespad=0,
            handlelength=HANDLE * theme.POINTS_PER_INCH / theme.SMALL_SIZE,
            handletextpad=0.5,
            columnspacing=1.5,
            labelspacing=0.4,
        )
