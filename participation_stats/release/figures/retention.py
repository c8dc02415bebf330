"""Retention: what share still comes after so many meetings, and how many people that rests on."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from participation_stats.release import theme
from participation_stats.release.curves import (
    EVERYBODY,
    Curve,
    curves_of,
    label_of,
    note_of,
    retention_headline,
    retention_text,
)
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks, strips
from participation_stats.release.figures.charts import (
    BELOW,
    Chart,
    Key,
    Space,
    Words,
    confidence_of,
    need_columns,
    plot_size,
    protected_frame,
    sheet,
)
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    number,
)

COLUMNS = ("variable", "category", "duration", "n_at_risk", "estimate", "conf_low", "conf_high")
PLOT, LOW_PLOT = 1.3, 0.95
SCALE, SIDE = 0.46, 0.16
RISK = 0.2
AXIS = "Meetings since the first attended; n: people at risk of stopping then"
GROUPED_AXIS = "Meetings since the first attended; n: people at risk from then on"
#: Up to so many meetings the axis is even; beyond, every doubling takes the same room.
EVEN_TO = 24


def draw_retention(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw retention curves: a strip for each group, the other groups in grey behind it.

    Under each strip stand the people at risk: those still coming, and watched, just before. Where
    times were made coarser so that they can be shown (see `RetentionCurves.coarsened`), straight
    lines join the ends of the intervals, and the people at risk are those who go on from there.

    Parameters
    ----------
    protected : Protected
        A protected `RetentionCurves`.
    variable, body : str, optional
        Not used: curves are of one characteristic. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, population and period.
    width_mm : float
        Width of the figure, at least 80.
    terms : Terms, optional
        What people are called.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or is no result of `retention_curves`.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> log = pd.DataFrame({"duration": [2, 4, 6, 8] * 20, "event": [1, 1, 1, 0] * 20})
    >>> policy = ps.Policy.publish().exempt("the people are made up")
    >>> curves = ps.protect(ps.retention_curves(log), policy)
    >>> print(draw_retention(curves).alt_text.split(".")[0])
    After 8 meetings, 25% of the 80 people who came are still coming
    """
    protected_frame(protected, "draw_retention")
    need_columns(protected.table, COLUMNS, "draw_retention", "retention_curves")
    terms = terms or Terms()
    name = str(protected.table["variable"].iloc[0]) if len(protected.table) else EVERYBODY
    curves = curves_of(protected, name)
    grouped = bool(protected.facts.get("grouped"))
    ends = protected.table["duration"].dropna().astype(float).sort_values().unique()
    until = float(ends[-1]) if len(ends) else 1.0
    times = [float(time) for time in ends] if grouped else _ticks(until)
    told = title or retention_headline(protected, name, curves, times, terms)
    words = Words(
        told,
        caption or "",
        protected.banner or "",
        retention_text(told, name, curves, times, terms),
    )
    stacked = strips.stack(
        [strips.Strip(label_of(name, curve, terms), note_of(curve)) for curve in curves],
        width_mm,
        plot=PLOT if len(curves) <= strips.MANY else LOW_PLOT,
    )
    with theme.styled():
        space = Space(stacked.height, below=BELOW, axis=GROUPED_AXIS if grouped else AXIS)
        chart, axes = sheet(words, space, _keys(protected, curves), width_mm)
        strips.write_strips(axes, stacked)
        for place, curve in enumerate(curves):
            inset = strips.strip_axes(
                axes, stacked, place, left=SIDE, right=SCALE, above=0.06, below=RISK
            )
            _scales(inset, until)
            _draw_curve(inset, curve, curves)
            _write_risk(
                axes, inset, stacked, place, [(time, curve.at_risk(time)) for time in times]
            )
        _write_times(axes, stacked, inset, times)
    return chart


def _ticks(until: float) -> list[float]:
    """Times that are named: even steps, or doublings where some came very long."""
    if not until >= 1:
        return []
    if until > EVEN_TO:
        return [2.0**power for power in range(int(np.log2(until)) + 1)]
    step = next(step for step in (1, 2, 4, 5) if until / step <= 6)
    return [float(time) for time in range(step, int(until) + 1, step)]


def _keys(protected: Protected, curves: list[Curve]) -> list[Key]:
    keys: list[Key] = []
    frame = protected.table
    if frame["estimate"].notna().any():
        keys.append((Line2D([], [], color=theme.BLUE, linewidth=2), "share still coming"))
    if frame["conf_low"].notna().any():
        keys.append((marks.band_patch(), f"{100 * confidence_of(protected):g}% interval"))
    if len(curves) > 1 and frame["estimate"].notna().any():
        keys.append((Line2D([], [], color=theme.QUIET, linewidth=0.7), "the other groups"))
    if frame["suppressed"].any():
        keys.append(marks.withheld_key())
    return keys


def _scales(axes: Axes, until: float) -> None:
    until = until if until >= 1 else 1.0
    if until > EVEN_TO:
        axes.set_xscale("symlog", base=2, linthresh=1.0, linscale=1.0)
        axes.set_xticks([], minor=True)
    axes.set(xlim=(0, until + 0.3 if until <= EVEN_TO else until * 1.06), ylim=(-0.03, 1.03))
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.tick_params(axis="y", length=0, pad=2)
    axes.grid(axis="y", zorder=0)


def _draw_curve(axes: Axes, curve: Curve, curves: list[Curve]) -> None:
    style: Literal["default", "steps-post"] = "default" if curve.grouped else "steps-post"
    for other in curves:
        if other is not curve:
            times, shares = _steps(other, "estimate")
            axes.plot(times, shares, color=theme.QUIET, linewidth=0.7, zorder=1.5, drawstyle=style)
    times, low = _steps(curve, "conf_low")
    _, high = _steps(curve, "conf_high")
    step: Literal["post"] | None = None if curve.grouped else "post"
    axes.fill_between(times, low, high, step=step, zorder=1, **marks.BAND_LOOK)
    times, shares = _steps(curve, "estimate")
    axes.plot(
        times, shares, color=theme.BLUE, linewidth=2, zorder=3, clip_on=False, drawstyle=style
    )
    for left, right in _gaps(curve, axes.get_xlim()[1]):
        _hatch(axes, left, right)


def _steps(curve: Curve, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a curve that begins with everybody; nothing after a withheld step."""
    rows = curve.rows
    hidden = rows["duration"].isna() | rows["suppressed"].astype(bool)
    times = np.concatenate([[0.0], rows["duration"].astype(float).to_numpy()])
    values = np.concatenate([[1.0], rows[column].astype(float).mask(hidden).to_numpy()])
    if len(hidden) and hidden.iloc[0]:
        values[0] = np.nan
    kept = ~np.isnan(times)
    # Between two known steps with a withheld one between them nothing is drawn.
    for place in np.flatnonzero(hidden.to_numpy()):
        values[place] = np.nan
    return times[kept], values[kept]


def _gaps(curve: Curve, end: float) -> list[tuple[float, float]]:
    """From where to where steps are withheld: from the last known time to the next."""
    times = [0.0, *curve.rows["duration"].astype(float)]
    hidden = [False, *curve.rows["suppressed"].astype(bool)]
    gaps: list[tuple[float, float]] = []
    start = 0.0
    open_gap = False
    for time, withheld in zip(times, hidden, strict=True):
        if withheld:
            open_gap = True
            continue
        if open_gap:
            gaps.append((start, time))
        start, open_gap = time, False
    return [*gaps, (start, end)] if open_gap else gaps


def _hatch(axes: Axes, left: float, right: float) -> None:
    axes.add_patch(marks.withheld_patch(left, 0, right - left, 1))
    axes.annotate(
        WITHHELD,
        ((left + right) / 2 if left or right <= EVEN_TO else right**0.5, 0.5),
        ha="center",
        va="center_baseline",
        zorder=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def _write_risk(
    axes: Axes,
    inset: Axes,
    stacked: strips.Stack,
    place: int,
    risks: list[tuple[float, str]],
) -> None:
    """People at risk under a strip, those that fit; the first says what they are."""
    y = stacked.tops[place] + stacked.heads[place] + stacked.plot - RISK / 2
    axes.text(0.0, y, "n", va="center_baseline", color=theme.QUIET, style="italic")
    at = -1.0
    for time, text in risks:
        x = _inches(axes, inset, time)
        half = theme.text_width(text) / 2
        if x - half > at + 0.05:
            axes.text(x, y, text, ha="center", va="center_baseline", color=theme.INK)
            at = x + half


def _write_times(axes: Axes, stacked: strips.Stack, inset: Axes, times: list[float]) -> None:
    at = -1.0
    for time in times:
        x, text = _inches(axes, inset, time), number(time)
        half = theme.text_width(text) / 2
        if x - half > at + 0.05:
            axes.text(x, stacked.height + 0.1, text, ha="center", va="center_baseline")
            at = x + half


def _inches(axes: Axes, inset: Axes, time: float) -> float:
    """Where a time of the strip is on the page."""
    width, _ = plot_size(axes)
    low, high = inset.get_xlim()
    scale = inset.xaxis.get_transform()
    start, at, end = (float(v) for v in scale.transform(np.array([low, time, high])))
    return SIDE + (width - SIDE - SCALE) * (at - start) / (end - start)
