"""Attendance: who was at which meeting, by capacity; or headcounts where people are withheld."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from participation_stats.errors import InputError
from participation_stats.release import theme
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.calendar import (
    CAPACITY_COLOURS,
    FORMAT_STRIP,
    LABEL_GAP,
    LABELS,
    draw_calendar,
    draw_formats,
    format_keys,
    in_capacity_order,
    numbered_meetings,
)
from participation_stats.release.figures.charts import (
    Chart,
    Key,
    Space,
    Words,
    protected_frame,
    sheet,
)
from participation_stats.release.figures.headcounts import bars_of_headcounts
from participation_stats.release.phrases import capital
from participation_stats.release.presences import (
    attendance_headline,
    attendance_summary,
    capacity_name,
)

TALLEST_ROW, LOWEST_ROW, TALLEST_PLOT = 0.19, 0.05, 7.0
BLOCK_GAP = 0.1
#: Beyond this the lines would be hairs: the headcounts say more.
MOST_PEOPLE = 150
COUNTS = 0.75


@dataclasses.dataclass(frozen=True)
class _Block:
    """People of one capacity: their rows from the top, in inches."""

    capacity: str
    people: tuple[int, ...]
    label: tuple[str, ...]
    top: float
    step: float

    @property
    def bottom(self) -> float:
        return self.top + self.step * len(self.people)

    @property
    def floor(self) -> float:
        """Where the block and its label both end: one person may have two lines of label."""
        return max(self.bottom, self.top + len(self.label) * theme.line_height())

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
        Width of the figure, at least 120.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or has no meetings to draw.
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
    raster = heads.empty or 0 < _number(people) <= MOST_PEOPLE
    with theme.styled():
        if raster:
            chart, kind = _draw_people(people, words, width_mm), "Raster of people by meetings"
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


def _number(people: pd.DataFrame) -> int:
    return len(people[["capacity", "person"]].drop_duplicates())


def _draw_people(people: pd.DataFrame, words: Words, width_mm: float) -> Chart:
    meetings = numbered_meetings(people)
    blocks = _blocks(people)
    strip = FORMAT_STRIP if meetings["format"].notna().any() else 0.0
    height = blocks[-1].floor
    space = Space(height, LABELS + LABEL_GAP, COUNTS, above=FORMAT_STRIP, below=0.42)
    chart, axes = sheet(words, space, _people_keys(people, meetings, blocks), width_mm)
    for block in blocks:
        _draw_block(axes, people[people["capacity"] == block.capacity], meetings, block)
    draw_calendar(axes, meetings, height, COUNTS)
    draw_formats(axes, meetings, strip)
    if blocks[0].step >= theme.line_height():
        _person_counts(axes, people, blocks)
    return chart


def _blocks(people: pd.DataFrame) -> list[_Block]:
    found = people.groupby("capacity")["person"].unique()
    step = float(np.clip(TALLEST_PLOT / _number(people), LOWEST_ROW, TALLEST_ROW))
    blocks: list[_Block] = []
    top = 0.0
    for name in in_capacity_order(found.index):
        members = tuple(sorted(int(person) for person in found[name]))
        called = capital(capacity_name(name, len(members)))
        label = theme.wrapped(f"{called} ({len(members)})", LABELS, bold=True)
        block = _Block(name, members, label, top, step)
        top = block.floor + BLOCK_GAP
        blocks.append(block)
    return blocks


def _draw_block(axes: Axes, rows: pd.DataFrame, meetings: pd.DataFrame, block: _Block) -> None:
    """Cells of one capacity: present filled, absent pale, not eligible blank."""
    codes = rows["status"].map({"present": 1.0}).fillna(0.0).where(rows["status"] != "apologies")
    grid = (
        rows.assign(code=codes.fillna(0.0))
        .pivot_table(index="person", columns="meeting", values="code", aggfunc="max")
        .reindex(index=list(block.people), columns=list(meetings["meeting"]))
    )
    inset = axes.inset_axes(
        (0, block.top, len(meetings), block.bottom - block.top), transform=axes.transData
    )
    sns.heatmap(
        grid,
        mask=grid.isna(),
        cmap=ListedColormap([theme.PALE, CAPACITY_COLOURS.get(block.capacity, theme.QUIET)]),
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=0.6,
        linecolor="white",
        xticklabels=False,
        yticklabels=False,
        ax=inset,
    )
    inset.set(xlabel="", ylabel="")
    apologies = rows[rows["status"] == "apologies"]
    if len(apologies):
        place = {meeting: number + 0.5 for number, meeting in enumerate(meetings["meeting"])}
        sns.scatterplot(
            x=apologies["meeting"].map(place).to_numpy(),
            y=apologies["person"].map(lambda one: block.people.index(one) + 0.5).to_numpy(),
            s=min(22.0, (0.45 * block.step * theme.POINTS_PER_INCH) ** 2),
            facecolor="white",
            edgecolor=theme.QUIET,
            linewidth=0.8,
            legend=False,
            ax=inset,
        )
    _block_label(axes, block)


def _block_label(axes: Axes, block: _Block) -> None:
    axes.annotate(
        "\n".join(block.label),
        (0, (block.top + block.floor) / 2),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-theme.POINTS_PER_INCH * LABEL_GAP, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        weight="bold",
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
    for block in blocks:
        rows = people[people["capacity"] == block.capacity].groupby("person")["status"]
        for person, statuses in rows:
            axes.annotate(
                f"{int((statuses == 'present').sum())} of {len(statuses)}",
                (1, block.middle(int(str(person)))),
                xycoords=axes.get_yaxis_transform(),
                xytext=(6, 0),
                textcoords="offset points",
                ha="left",
                va="center",
            )


def _people_keys(
    people: pd.DataFrame, meetings: pd.DataFrame, blocks: Sequence[_Block]
) -> list[Key]:
    filled = CAPACITY_COLOURS.get(blocks[0].capacity, theme.QUIET)
    several = " (colour by capacity)" if len(blocks) > 1 else ""
    keys: list[Key] = [(_square(filled), f"present{several}")]
    statuses = set(people["status"].dropna())
    if "absent" in statuses:
        keys.append((_square(theme.PALE), "absent"))
    if "apologies" in statuses:
        keys.append((_ring(), "sent apologies"))
    risk = len(people[["person", "capacity", "meeting"]].drop_duplicates())
    if risk < len(meetings) * sum(len(block.people) for block in blocks):
        keys.append((_square("white", theme.LINE), "not yet, or no longer, on the list"))
    return keys + format_keys(meetings)


def _square(face: str, edge: str = "none") -> Patch:
    return Patch(facecolor=face, edgecolor=edge)


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
