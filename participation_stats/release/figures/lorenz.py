"""Lorenz: how attendance is shared out, from those who come least to those who come most."""

from __future__ import annotations

import math

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from participation_stats.release import theme
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import (
    BELOW,
    Chart,
    Key,
    Space,
    Words,
    need_columns,
    protected_frame,
    sheet,
)
from participation_stats.release.phrases import WITHHELD, in_words, percent

HEIGHT, WIDEST = 3.3, 6.6
BUSIEST = 0.2
TICKS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def draw_lorenz(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
) -> Chart:
    """Draw a Lorenz curve of attendance against the line of equal attendance.

    Parameters
    ----------
    protected : Protected
        A protected `Inequality`.
    variable, body : str, optional
        Not used: there is one curve. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the curve where not given.
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
        `protected` did not come from `protect`, or is no Lorenz curve.

    Examples
    --------
    >>> import participation_stats as ps
    >>> women = ps.attendance_inequality([8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2])
    >>> released = ps.protect(women, ps.Policy.publish().exempt("published in 1941"))
    >>> print(draw_lorenz(released).alt_text.split(". ")[0])
    The four who came most, of 18, made 35% of the attendances
    """
    protected_frame(protected, "draw_lorenz")
    curve = _curve(protected)
    told = title or _headline(curve, protected)
    numbers = _numbers(protected)
    words = Words(
        title=told,
        caption=" ".join(part for part in (numbers, caption or "") if part),
        banner=protected.banner or "",
        alt_text=f"{told}. Lorenz curve of attendance. {_points(curve)} {numbers}".strip(),
    )
    inner = width_mm / theme.MM_PER_INCH - 2 * theme.MARGIN
    with theme.styled():
        left = 0.72
        right = max(0.2, inner - left - WIDEST)
        space = Space(HEIGHT, left, right, 0.04, BELOW, "Share of people, least busy first")
        chart, axes = sheet(words, space, _keys(curve), width_mm)
        _frame(axes)
        if curve.empty:
            _withhold(axes)
        else:
            _draw_curve(axes, curve)
    return chart


def _curve(protected: Protected) -> pd.DataFrame:
    """Points of the curve; none where they are withheld."""
    table = protected.frames.get("table", pd.DataFrame())
    columns = ["people_share", "attendance_share"]
    if table.empty:
        return pd.DataFrame(columns=columns, dtype=float)
    need_columns(table, columns, "draw_lorenz", "attendance_inequality")
    return table[columns].astype(float).dropna()


def _busiest(curve: pd.DataFrame) -> tuple[int, float] | None:
    """The smallest number of people that is a fifth of them, and their share of attendances."""
    n = len(curve) - 1
    if n < 2:
        return None
    number = math.ceil(BUSIEST * n - 1e-9)
    return number, 1.0 - float(curve["attendance_share"].iloc[n - number])


def _headline(curve: pd.DataFrame, protected: Protected) -> str:
    if curve.empty:
        return "How attendance is shared out is withheld"
    busiest = _busiest(curve)
    if busiest is None:
        return "One person made every attendance"
    number, share = busiest
    n = len(curve) - 1
    who = "The one who came most" if number == 1 else f"The {in_words(number)} who came most"
    return f"{who}, of {n}, made {percent(share)} of the attendances"


def _numbers(protected: Protected) -> str:
    parts = []
    for name, text in (
        ("n", "{:,.0f} people."),
        ("total", "{:,.0f} attendances."),
        ("gini_unbiased", "Gini, corrected for the number of people: {:.2f}; 0 is all alike."),
    ):
        value = protected.facts.get(name)
        if isinstance(value, int | float) and not math.isnan(value):
            parts.append(text.format(value))
    return " ".join(parts)


def _points(curve: pd.DataFrame) -> str:
    n = len(curve) - 1
    if n < 1:
        return "The curve is withheld."
    told = [
        f"the least busy {percent(at)} of people made "
        f"{percent(float(curve['attendance_share'].iloc[round(at * n)]))}"
        for at in (0.25, 0.5, 0.75)
        if abs(round(at * n) / n - at) < 0.05
    ]
    return f"Of all attendances {'; '.join(told)}." if told else ""


def _keys(curve: pd.DataFrame) -> list[Key]:
    keys: list[Key] = [
        (
            Line2D([], [], color=theme.INK, linewidth=1.2, linestyle="--"),
            "if all came equally often",
        )
    ]
    if curve.empty:
        return [*keys, marks.withheld_key()]
    observed = Line2D(
        [], [], color=theme.BLUE, linewidth=2, marker="o", markersize=4, markeredgecolor="white"
    )
    return [(observed, "as it was: each dot adds one person"), *keys]


def _frame(axes: Axes) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    labels = [percent(tick) for tick in TICKS]
    axes.set_xticks(TICKS, labels)
    axes.set_yticks(TICKS, labels)
    axes.grid(zorder=0)
    axes.tick_params(length=0, pad=4)
    axes.set_ylabel("Share of attendances")
    sns.despine(ax=axes, left=True, bottom=True)
    axes.plot([0, 1], [0, 1], color=theme.INK, linewidth=1.2, linestyle="--", zorder=2)


def _draw_curve(axes: Axes, curve: pd.DataFrame) -> None:
    points = curve if len(curve) <= 61 else None
    sns.lineplot(
        curve,
        x="people_share",
        y="attendance_share",
        color=theme.BLUE,
        linewidth=2,
        marker="o" if points is not None else None,
        markersize=5,
        errorbar=None,
        estimator=None,
        legend=False,
        clip_on=False,
        zorder=3,
        ax=axes,
    )
    axes.set(xlabel="", ylabel="Share of attendances")
    axes.fill_between(
        curve["people_share"],
        curve["attendance_share"],
        curve["people_share"],
        color=theme.BAND,
        zorder=1,
        linewidth=0,
    )


def _withhold(axes: Axes) -> None:
    axes.add_patch(marks.withheld_patch(0, 0, 1, 1))
    axes.text(
        0.5,
        0.5,
        f"{WITHHELD} withheld",
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 4},
    )
