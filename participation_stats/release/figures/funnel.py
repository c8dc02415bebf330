"""Funnel: many bodies by their size, inside or outside the limits of chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from participation_stats.errors import InputError
from participation_stats.release import theme, wording
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import (
    BELOW,
    Chart,
    Key,
    Space,
    Words,
    need_columns,
    plot_size,
    protected_frame,
    sheet,
)
from participation_stats.release.phrases import (
    Terms,
    capital,
    in_words,
    joined,
    whose,
)

COLUMNS = ("body", "variable", "category", "n", "count", "ratio", "position")
HEIGHT = 3.4
LEFT = 0.62
#: Names beside dots; more would run into each other.
MOST_NAMES = 8
NAME_GAP, DOT = 0.09, 0.05
#: Dashes with gaps that are seen in the key too.
LINES: tuple[Any, ...] = ("-", (0, (4, 3)), ":")
SIDES = {"below": ("v", theme.PLUM), "above": ("^", theme.BLUE), "inside": ("o", "white")}
MEANINGS = {
    "below": "fewer than the limits",
    "above": "more than the limits",
    "inside": "inside the limits",
}


def draw_funnel(
    protected: Protected,
    *,
    variable: str | None = None,
    category: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw the ratio of one group in many bodies over their size, with the limits of chance.

    Parameters
    ----------
    protected : Protected
        A protected `Funnel`.
    variable, category : str, optional
        Which group; where not given, the one that is below the limits in most bodies.
    body : str, optional
        Not used: all bodies are drawn. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, population and period.
    width_mm : float
        Width of the figure, at least 80.
    terms : Terms, optional
        What people and seats are called.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, is no funnel, or has no such group.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {
    ...     "North": {"Renters": 11, "Owners": 61},
    ...     "South": {"Renters": 14, "Owners": 76},
    ...     "West": {"Renters": 30, "Owners": 28},
    ... }
    >>> found = ps.funnel(boards, {"Renters": 0.528, "Owners": 0.472}, by="tenure")
    >>> figure = draw_funnel(ps.protect(found, ps.Policy.publish()), category="Renters")
    >>> print(figure.alt_text.split(". ")[0])
    Residents with tenure 'Renters' are below the limits of chance on two of 3 bodies
    """
    protected_frame(protected, "draw_funnel")
    need_columns(protected.table, COLUMNS, "draw_funnel", "funnel")
    terms = terms or Terms()
    rows, group = _group(protected.table, variable, category)
    curve = protected.frames.get("curve", pd.DataFrame())
    if len(curve):
        curve = curve[(curve["variable"] == group[0]) & (curve["category"] == group[1])]
    told = title or _headline(rows, group, terms)
    note = " ".join(part for part in (_expectation(rows, curve), caption) if part)
    words = Words(told, note, protected.banner or "", _alt_text(told, rows))
    axis = f"{capital(terms.places)} of the body"
    space = Space(HEIGHT, LEFT, 0.1, above=0.06, below=BELOW, axis=axis)
    with theme.styled():
        chart, axes = sheet(words, space, _keys(rows, curve), width_mm)
        _frame(axes, rows, curve)
        _limits(axes, curve)
        _dots(axes, rows)
        axes.set_ylabel("Ratio; 1 is proportional")
        _names(axes, rows)
        _withheld(axes, rows)
    return chart


def _group(
    table: pd.DataFrame, variable: str | None, category: str | None
) -> tuple[pd.DataFrame, tuple[str, str]]:
    rows = wording.select_rows(table, variable=variable, where="draw_funnel")
    if category is not None:
        known = list(dict.fromkeys(rows["category"]))
        rows = rows[rows["category"] == category]
        if rows.empty:
            raise InputError(
                f"no category '{category}' in the table",
                where="draw_funnel",
                expected=joined(repr(name) for name in known),
                got=repr(category),
            )
    groups = [
        (str(name), str(chosen), found.assign(side=_side(found)))
        for (name, chosen), found in rows.groupby(["variable", "category"], sort=False)
    ]
    name, chosen, found = max(groups, key=lambda group: (group[2]["side"] == "below").sum())
    return found, (name, chosen)


def _side(rows: pd.DataFrame) -> pd.Series:
    """``below``, ``above`` or ``inside``; an empty word where it is withheld."""
    return rows["position"].astype("str").str.split(" ").str[0].fillna("")


def _headline(rows: pd.DataFrame, group: tuple[str, str], terms: Terms) -> str:
    shown = rows[rows["ratio"].notna()]
    who = capital(whose(*group, terms))
    if shown.empty:
        return f"{who}: all bodies are withheld"
    below, above = (int((shown["side"] == side).sum()) for side in ("below", "above"))
    of_all = f"{len(shown)} bodies" + " that can be shown" * (len(shown) < len(rows))
    if not below and not above:
        return f"{who}: none of {of_all} is outside the limits of chance"
    parts = [
        f"{side} the limits of chance on {in_words(number)}"
        for side, number in (("below", below), ("above", above))
        if number
    ]
    return f"{who} are {' and '.join(parts)} of {of_all}"


def _expectation(rows: pd.DataFrame, curve: pd.DataFrame) -> str:
    """How many bodies chance alone would put outside the inner limits, for the caption."""
    bodies = int(rows["ratio"].notna().sum())
    if curve.empty or not bodies:
        return ""
    level = float(curve["level"].min())
    number = (1 - level) * bodies
    told = f"about {round(number)}" if number >= 1 else "fewer than one"
    return (
        f"By chance alone {told} of {bodies} bodies would be outside the {100 * level:g}% limits."
    )


def _alt_text(title: str, rows: pd.DataFrame) -> str:
    told = [
        f"{line['body']}: {line['count']:.0f} of {line['n']:.0f}, {line['position']}."
        for _, line in rows[rows["side"].isin(["below", "above"])].iterrows()
    ]
    hidden = int(rows["ratio"].isna().sum())
    if hidden:
        told.append(f"{hidden} withheld.")
    return f"{title}. Funnel chart of ratio by size of body. {' '.join(told)}".strip()


def _keys(rows: pd.DataFrame, curve: pd.DataFrame) -> list[Key]:
    levels = sorted(set(curve["level"])) if len(curve) else []
    keys: list[Key] = [
        marks.dot_key(marker, colour, MEANINGS[side])
        for side, (marker, colour) in SIDES.items()
        if (rows["side"] == side).any()
    ]
    keys += [
        (
            Line2D([], [], color=theme.QUIET, linewidth=1.2, linestyle=line),
            f"limits that {_draws(level)} fair draws keep",
        )
        for level, line in zip(levels, LINES, strict=False)
    ]
    if rows["ratio"].isna().any():
        keys.append(marks.withheld_key())
    return keys


def _draws(level: float) -> str:
    return f"{1000 * level:g} of 1,000" if level > 0.99 else f"{100 * level:g} of 100"


def _frame(axes: Axes, rows: pd.DataFrame, curve: pd.DataFrame) -> None:
    sizes = rows["n"].dropna().astype(float)
    least, most = float(sizes.min()), float(sizes.max())
    if most > 8 * least > 0:
        axes.set_xscale("log")
        axes.set_xlim(least / 1.25, most * 1.25)
    else:
        axes.set_xlim(least - 0.08 * (most - least) - 0.5, most + 0.08 * (most - least) + 0.5)
    ticks = _size_ticks(least, most, plot_size(axes)[0])
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    top = float(np.fmax.reduce(rows["ratio"].to_numpy(dtype=float), initial=1.5))
    if len(curve):
        inner = curve.loc[curve["n"] >= least, "limit_high"].to_numpy(dtype=float)
        top = max(top, min(float(np.nanmax(inner)), 2 * top, 4.0))
    axes.set_ylim(-0.04 * top, top * 1.06)
    step = next(size for size in (0.25, 0.5, 1.0, 2.0, 5.0, math.inf) if top / size <= 6)
    axes.set_yticks(np.arange(0, top * 1.02, step))
    axes.axhline(1, color=theme.INK, linewidth=1.2, zorder=1.5)
    axes.grid(axis="y", zorder=0)
    axes.tick_params(length=0, pad=4)
    sns.despine(ax=axes, left=True)


def _size_ticks(least: float, most: float, width: float) -> list[int]:
    """Round sizes between the smallest and the largest body, as many as fit."""
    room = max(2, int(width / (1.6 * theme.text_width(f"{most:,.0f}"))))
    if most > 8 * least > 0:
        powers = range(int(math.log10(least)), int(math.log10(most)) + 1)
        ticks = [base * 10**power for power in powers for base in (1, 2, 5)]
    else:
        span = max(most - least, 1.0)
        step = next(s for p in range(9) for s in (10**p, 2 * 10**p, 5 * 10**p) if span / s <= 6)
        ticks = list(range(0, int(most) + step + 1, step))
    inside = [tick for tick in ticks if 0.9 * least <= tick <= 1.1 * most]
    return inside[:: max(1, math.ceil(len(inside) / room))] or [round(most)]


def _limits(axes: Axes, curve: pd.DataFrame) -> None:
    if curve.empty:
        return
    for (level, rows), line in zip(curve.groupby("level"), LINES, strict=False):
        low, high = (rows[name].to_numpy(dtype=float) for name in ("limit_low", "limit_high"))
        sizes = rows["n"].to_numpy(dtype=float)
        if level == curve["level"].min():
            axes.fill_between(sizes, low, high, color=theme.BAND, linewidth=0, zorder=0.5)
        for limit in (low, high):
            axes.plot(sizes, limit, color=theme.QUIET, linewidth=1.0, linestyle=line, zorder=1)


def _dots(axes: Axes, rows: pd.DataFrame) -> None:
    shown = rows[rows["ratio"].notna()].astype({"ratio": float, "n": float})
    marks.draw_dots(axes, shown, "n", "ratio", {**SIDES, "": ("o", theme.QUIET)}, "side", area=34)


def _names(axes: Axes, rows: pd.DataFrame) -> None:
    """Names and counts beside the bodies that are furthest outside, where they fit."""
    outside = rows[rows["side"].isin(["below", "above"])]
    far = np.abs(np.log(outside["ratio"].to_numpy(dtype=float).clip(0.01)))
    wide, tall = plot_size(axes)
    dots = [_place(axes, line, wide, tall) for _, line in rows[rows["ratio"].notna()].iterrows()]
    taken = [(x - DOT, x + DOT, y) for x, y in dots]
    names = 0
    for position in np.argsort(-far, kind="stable"):
        line = outside.iloc[int(position)]
        text = f"{line['body']}, {line['count']:.0f} of {line['n']:.0f}"
        length = theme.text_width(text)
        found = _free(taken, _place(axes, line, wide, tall), length, (wide, tall))
        if names == MOST_NAMES or found is None:
            continue
        names += 1
        start, y = found
        taken.append((start, start + length, y))
        axes.annotate(
            text,
            (start / wide, y / tall),
            xycoords="axes fraction",
            ha="left",
            va="center",
            zorder=2.8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )


def _place(axes: Axes, line: pd.Series, wide: float, tall: float) -> tuple[float, float]:
    """Where a dot stands, in inches from the lower left corner of the plot."""
    data = axes.transData.transform((float(line["n"]), float(line["ratio"])))
    x, y = axes.transAxes.inverted().transform(data)
    return float(x) * wide, float(y) * tall


def _free(
    taken: Sequence[tuple[float, float, float]],
    dot: tuple[float, float],
    length: float,
    size: tuple[float, float],
) -> tuple[float, float] | None:
    """Where a name fits beside its dot: right, left, under or over it; None where nowhere."""
    x, y = dot
    away = theme.line_height() + 0.01
    for start, at in (
        (x + NAME_GAP, y),
        (x - NAME_GAP - length, y),
        (x - length / 2, y - away),
        (x - length / 2, y + away),
    ):
        inside = start >= 0 and start + length <= size[0] and away / 2 < at < size[1] - away / 2
        if inside and not _hits(taken, start, start + length, at):
            return start, at
    return None


def _hits(taken: Sequence[tuple[float, float, float]], start: float, end: float, y: float) -> bool:
    tall = theme.line_height()
    return any(start < e and s < end and abs(y - at) < tall for s, e, at in taken)


def _withheld(axes: Axes, rows: pd.DataFrame) -> None:
    """Withheld bodies stand under their size on a hatched strip, at no ratio."""
    hidden = rows[rows["ratio"].isna() & rows["n"].notna()]
    if hidden.empty:
        return
    across = axes.get_xaxis_transform()
    _, tall = plot_size(axes)
    axes.add_patch(marks.withheld_patch(0, 0, 1, 0.18 / tall, axes.transAxes))
    axes.plot(
        hidden["n"].astype(float),
        np.full(len(hidden), 0.09 / tall),
        linestyle="",
        marker="s",
        markersize=6,
        markerfacecolor="white",
        markeredgecolor=theme.INK,
        transform=across,
        zorder=3,
    )
