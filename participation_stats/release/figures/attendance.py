"""Attendance: who was at which meeting, by capacity; or headcounts where people are withheld."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from participation_stats.errors import InputError
from participation_stats.release import theme
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.calendar import (
    CAPACITY_COLOURS,
    FORMAT_STRIP,
    LABEL_GAP,
    bar_look,
    calendar_axis,
    draw_calendar,
    draw_formats,
    in_capacity_order,
    labels_width,
    numbered_meetings,
)
from participation_stats.release.figures.charts import (
    BELOW,
    Chart,
    Space,
    Words,
    plot_size,
    protected_frame,
    sheet,
)
from participation_stats.release.figures.headcounts import bars_of_headcounts
from participation_stats.release.figures.raster import mark_cells, raster_keys
from participation_stats.release.phrases import capital
from participation_stats.release.presences import (
    attendance_headline,
    attendance_summary,
    capacity_name,
)

TALLEST_ROW, LOWEST_ROW, TALLEST_PLOT = 0.19, 0.05, 7.0
BLOCK_GAP = 0.1
COUNTS = 0.75
#: With more lines than this, those who came least are counted together below the others.
MANY_LINES = 30
#: Those who stand in so many registers are never counted away.
REGULAR = 7
#: If that leaves more lines than this, the headcounts are drawn instead.
MOST_LINES = 80
OTHERS_ROW = 0.44
#: White between two cells, of the width of a cell.
CELL_GAP = 0.1


@dataclasses.dataclass(frozen=True)
class _Block:
    """People of one capacity: their rows from the top, in inches.

    Those who came least, `others`, share a last row of bars where there are too many to draw.
    """

    capacity: str
    colour: str
    people: tuple[int, ...]
    others: tuple[int, ...]
    most: int
    label: tuple[str, ...]
    top: float
    step: float

    @property
    def bottom(self) -> float:
        return self.top + self.step * len(self.people)

    @property
    def floor(self) -> float:
        """Where the rows of persons and their label both end: one may have two lines of label."""
        return max(self.bottom, self.top + len(self.label) * theme.line_height())

    @property
    def end(self) -> float:
        """Where the block ends, with the row of the others."""
        return self.floor + (OTHERS_ROW if self.others else 0.0)

    def middle(self, person: int) -> float:
        return self.top + self.step * (self.people.index(person) + 0.5)


def draw_attendance(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
) -> Chart:
    """Draw who was at which meeting: a line for each person, a column for each meeting.

    People stand in blocks by capacity, the most present first, without names. Where single
    people are withheld, the headcount of each capacity at each meeting is drawn instead.

    Parameters
    ----------
    protected : Protected
        A protected `AttendanceRecord`.
    variable, body : str, optional
        Not used: a record is of one body, by capacity. Accepted so that all figures are called
        alike.
    title : str, optional
        The finding in a sentence; made from the headcounts where not given.
    caption : str, optional
        Source and period.
    width_mm : float
        Width of the figure, at least 80.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or has no meetings to draw.

    Examples
    --------
    >>> import participation_stats as ps
    >>> record = ps.attendance_record(ps.load_example("st_marys"), "network")
    >>> figure = draw_attendance(ps.protect(record, ps.Policy.publish()))
    >>> print(figure.alt_text.split(". ")[1])
    Bars of people present at each meeting, by capacity
    """
    protected_frame(protected, "draw_attendance")
    frames = protected.frames
    heads = _with_columns(frames.get("headcounts"), ("meeting", "capacity", "count"))
    people = _with_columns(frames.get("table"), ("meeting", "capacity", "person", "status"))
    if heads.empty and people.empty:
        raise InputError(
            "there are no meetings to draw",
            where="draw_attendance",
            expected="a frame 'table' or 'headcounts' with rows",
            got=f"a {protected.kind} with {', '.join(frames) or 'no frame'}",
        )
    told = title or attendance_headline(heads)
    words = Words(told, caption or "", protected.banner or "")
    most = None if people.empty else _fold(people)
    with theme.styled():
        if heads.empty or most is not None:
            chart = _draw_people(people, most or 0, words, width_mm)
            kind = "Raster of people by meetings"
        else:
            chart = bars_of_headcounts(heads, words, width_mm)
            kind = "Bars of people present at each meeting, by capacity"
    chart.alt_text = f"{told}. {kind}. {attendance_summary(heads)}".strip()
    return chart


def _with_columns(frame: pd.DataFrame | None, columns: Sequence[str]) -> pd.DataFrame:
    """The frame if it can be drawn, else an empty one with these columns."""
    if frame is None or any(name not in frame for name in columns):
        return pd.DataFrame(columns=list(columns))
    return frame


def _lines(people: pd.DataFrame, most: int) -> int:
    """Rows that the raster has when those who stand in at most so many registers are folded."""
    return int((people.groupby(["capacity", "person"]).size() > most).sum())


def _fold(people: pd.DataFrame) -> int | None:
    """Up to how many registers people are counted together; ``None``: there are too many."""
    for most in range(REGULAR):
        if _lines(people, most) <= MANY_LINES:
            return most
    return 0 if _lines(people, 0) <= MOST_LINES else None


def _draw_people(people: pd.DataFrame, most: int, words: Words, width_mm: float) -> Chart:
    meetings = numbered_meetings(people)
    labels = labels_width(width_mm)
    blocks = _blocks(people, most, labels)
    strip = FORMAT_STRIP if meetings["format"].notna().any() else 0.0
    height = blocks[-1].end
    left, axis = labels + LABEL_GAP, calendar_axis(meetings)
    space = Space(height, left, COUNTS, FORMAT_STRIP, BELOW, axis)
    drawn = sum(len(block.people) for block in blocks)
    keys = raster_keys(people, meetings, [block.colour for block in blocks], drawn)
    chart, axes = sheet(words, space, keys, width_mm)
    for block in blocks:
        rows = people[people["capacity"] == block.capacity]
        _draw_block(axes, rows[rows["person"].isin(block.people)], meetings, block)
        if block.others:
            _draw_others(axes, rows[rows["person"].isin(block.others)], meetings, block)
    draw_calendar(axes, meetings, height, COUNTS)
    draw_formats(axes, meetings, strip)
    if blocks[0].step >= theme.line_height():
        _person_counts(axes, people, blocks)
    return chart


def _blocks(people: pd.DataFrame, most: int, labels: float) -> list[_Block]:
    times = people.groupby(["capacity", "person"]).size()
    names = in_capacity_order(people["capacity"].unique())
    step = float(np.clip(TALLEST_PLOT / max(_lines(people, most), 1), LOWEST_ROW, TALLEST_ROW))
    blocks: list[_Block] = []
    top = 0.0
    for name in names:
        recorded = times.xs(name, level="capacity")
        rows = tuple(sorted(int(person) for person in recorded.index[recorded > most]))
        others = tuple(int(person) for person in recorded.index[recorded <= most])
        called = capital(capacity_name(name, len(recorded), alone=len(names) == 1))
        label = theme.wrapped(f"{called} ({len(recorded)})", labels, bold=True)
        colour = CAPACITY_COLOURS.get(name, theme.QUIET) if len(names) > 1 else theme.BLUE
        blocks.append(_Block(name, colour, rows, others, most, label, top, step))
        top = blocks[-1].end + BLOCK_GAP
    return blocks


def _draw_block(axes: Axes, rows: pd.DataFrame, meetings: pd.DataFrame, block: _Block) -> None:
    """Cells of one capacity: present filled, absent pale, not eligible blank."""
    _block_label(axes, block)
    if not block.people:
        return
    codes = rows["status"].map({"present": 1.0}).fillna(0.0).where(rows["status"] != "apologies")
    grid = (
        rows.assign(code=codes.fillna(0.0))
        .pivot_table(index="person", columns="meeting", values="code", aggfunc="max")
        .reindex(index=list(block.people), columns=list(meetings["meeting"]))
    )
    inset = axes.inset_axes(
        (0, block.top, len(meetings), block.bottom - block.top), transform=axes.transData
    )
    cell = plot_size(axes)[0] / len(meetings) * theme.POINTS_PER_INCH
    sns.heatmap(
        grid,
        mask=grid.isna(),
        cmap=ListedColormap([theme.PALE, block.colour]),
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=min(0.6, CELL_GAP * cell),
        rasterized=True,  # thousands of cells as paths would be half a page's bytes
        linecolor="white",
        xticklabels=False,
        yticklabels=False,
        ax=inset,
    )
    inset.set(xlabel="", ylabel="")
    mark_cells(inset, grid, rows, block.colour, cell)
    apologies = rows[rows["status"] == "apologies"]
    if len(apologies):
        place = {meeting: number + 0.5 for number, meeting in enumerate(meetings["meeting"])}
        sns.scatterplot(
            x=apologies["meeting"].map(place).to_numpy(),
            y=apologies["person"].map(lambda one: block.people.index(one) + 0.5).to_numpy(),
            s=min(22.0, (0.45 * block.step * theme.POINTS_PER_INCH) ** 2, (0.7 * cell) ** 2),
            facecolor="white",
            edgecolor=theme.QUIET,
            linewidth=0.8,
            legend=False,
            ax=inset,
        )


def _draw_others(axes: Axes, rows: pd.DataFrame, meetings: pd.DataFrame, block: _Block) -> None:
    """How many of those who came least came to each meeting, as bars with the highest named."""
    number = rows[rows["status"] == "present"].groupby("meeting").size()
    heights = number.reindex(meetings["meeting"], fill_value=0).to_numpy(dtype=float)
    base, room = block.end - 0.02, OTHERS_ROW - theme.line_height() - 0.02
    highest = heights.max(initial=1.0)
    at = np.arange(len(heights)) + 0.5
    some = heights > 0
    axes.bar(
        at[some], -heights[some] * room / highest, bottom=base, width=0.8, **bar_look(block.colour)
    )
    axes.annotate(
        f"{highest:.0f}",
        (at[heights.argmax()], base - room),
        xytext=(0, 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
    )
    often = "once each" if block.most == 1 else f"1 to {block.most} times"
    _beside(axes, f"{len(block.others)} of them\n{often}", base - OTHERS_ROW / 2, "normal")


def _block_label(axes: Axes, block: _Block) -> None:
    _beside(axes, "\n".join(block.label), (block.top + block.floor) / 2, "bold")


def _beside(axes: Axes, text: str, middle: float, weight: str) -> None:
    axes.annotate(
        text,
        (0, middle),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-theme.POINTS_PER_INCH * LABEL_GAP, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        weight=weight,
        linespacing=theme.LEADING,
    )


def _person_counts(axes: Axes, people: pd.DataFrame, blocks: Sequence[_Block]) -> None:
    """Meetings attended, of those at which the person could have been, at the right."""
    axes.annotate(
        "Came to",
        (1, 1),
        xycoords="axes fraction",
        xytext=(6, 0.5 * FORMAT_STRIP * theme.POINTS_PER_INCH),
        textcoords="offset points",
        ha="left",
        va="center",
    )
    meetings = people["meeting"].nunique()
    for block in blocks:
        rows = people[(people["capacity"] == block.capacity) & people["person"].isin(block.people)]
        for person, statuses in rows.groupby("person")["status"]:
            came = int((statuses == "present").sum())
            # Only of those whose absence is on record it is known how often they could have come.
            listed = came < len(statuses) or came == meetings
            axes.annotate(
                f"{came} of {len(statuses)}" if listed else f"{came}",
                (1, block.middle(int(str(person)))),
                xycoords=axes.get_yaxis_transform(),
                xytext=(6, 0),
                textcoords="offset points",
                ha="left",
                va="center",
            )
