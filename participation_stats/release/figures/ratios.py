"""Ratios: each group's share of a body over its share of the population, and what chance allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from participation_stats.release import seats, theme, wording
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import (
    BELOW,
    Chart,
    Key,
    Space,
    Words,
    confidence_of,
    need_columns,
    protected_frame,
    sheet,
)
from participation_stats.release.figures.rows import Row, grouped, place, write_rows
from participation_stats.release.phrases import Terms, group_label

#: Marker and colour of each verdict: the shape alone tells them apart.
MARKS = {
    seats.UNDER: ("v", theme.PLUM),
    seats.OVER: ("^", theme.BLUE),
    seats.IN_LINE: ("o", theme.TEAL),
    seats.UNCLEAR: ("o", "white"),
}

PLOTTED = ("ratio", "conf_low", "conf_high", "chance_low", "chance_high")

#: Up to here a ratio axis is linear; beyond, every doubling takes the same room.
LINEAR_TO = 3.0
#: Limits beyond this are drawn as an arrow at the edge.
FURTHEST = 16.0
#: Below this the doubling scale goes evenly down to nought, which has no logarithm.
LOGARITHMIC_FROM = 0.25

_TICKS = {0.0: "0", 0.25: "¼", 0.5: "½", 1.0: "1", 2.0: "2", 4.0: "4", 8.0: "8", 16.0: "16"}


def draw_ratios(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw representativeness ratios: dot, interval, and the chance range as a band behind.

    The ratio is the group's share of the body over its share of the population; 1 is
    proportional. The band is what 95 of 100 fair draws would give. A group's counts are printed
    beside it, its verdict at the right; a withheld group is drawn as a hatched strip.

    Parameters
    ----------
    protected : Protected
        A protected `Representativeness`.
    variable, body : str, optional
        Which rows; without them every variable and body in the table, under headings.
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
        `protected` did not come from `protect`; no row of that variable or body.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> body, place = (
    ...     pd.DataFrame({"variable": "gender", "category": ["Female", "Male"], "count": counts})
    ...     for counts in ([14, 46], [1710, 1290])
    ... )
    >>> result = ps.representativeness_ratios(body, place)
    >>> figure = draw_ratios(ps.protect(result, ps.Policy.publish()))
    >>> print(figure.alt_text.split(",")[0])
    Female residents hold 14 of the 60 seats: about 20 seats short
    """
    protected_frame(protected, "draw_ratios")
    terms = terms or Terms()
    need_columns(protected.table, (*PLOTTED, "verdict"), "draw_ratios", "representativeness_ratios")
    frame = wording.select_rows(protected.table, variable=variable, body=body, where="draw_ratios")
    rows, values = grouped(frame, _row, PLOTTED)
    placed = place(rows, width_mm)
    values = values.assign(y=placed.middles, verdict=[row.side for row in rows])
    drawn = values[values["ratio"].notna()]
    told = title or wording.headline(protected, variable, body, terms=terms)
    words = Words(
        title=told,
        caption=" ".join(
            part for part in (wording.base_note(protected, variable, body), caption) if part
        ),
        banner=protected.banner or "",
        alt_text=_alt_text(told, frame, terms),
    )
    with theme.styled():
        axis = f"Ratio: share of {terms.places} ÷ share of {terms.people}"
        space = Space(placed.height, placed.left, placed.right, 0.24, BELOW, axis)
        chart, axes = sheet(
            words, space, _keys(drawn, rows, terms, confidence_of(protected)), width_mm
        )
        limit = _scale(axes, drawn)
        write_rows(axes, placed)
        marks.draw_parity(axes, 1.0, "proportional")
        marks.draw_bands(axes, drawn["chance_low"], drawn["chance_high"], drawn["y"], limit)
        marks.draw_intervals(axes, drawn["conf_low"], drawn["conf_high"], drawn["y"], limit)
        marks.draw_dots(axes, drawn, "ratio", "y", {**MARKS, "": ("o", theme.QUIET)}, "verdict")
        marks.draw_withheld(axes, placed)
    return chart


def _row(line: pd.Series) -> Row:
    verdict = line.get("verdict")
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        seats.count_text(line),
        verdict if isinstance(verdict, str) else "",
        strong=verdict in (seats.UNDER, seats.OVER),
        suppressed=seats.withheld(line),
    )


def _keys(drawn: pd.DataFrame, rows: Sequence[Row], terms: Terms, confidence: float) -> list[Key]:
    keys: list[Key] = []
    if drawn["chance_low"].notna().any():
        keys.append(marks.band_key(confidence))
    if drawn["conf_low"].notna().any():
        keys.append(marks.interval_key(confidence, ": tendencies that fit the count"))
    keys.extend(
        marks.dot_key(marker, colour, seats.verdict_text(verdict, terms))
        for verdict, (marker, colour) in MARKS.items()
        if (drawn["verdict"] == verdict).any()
    )
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame) -> float:
    """Set the ratio axis, linear or by doublings; return where it ends."""
    reach = drawn[["ratio", "chance_high", "conf_high"]].replace(np.inf, np.nan)
    needed = float(
        np.fmax.reduce(reach[["ratio", "chance_high"]].to_numpy(), axis=None, initial=np.nan)
    )
    wished = float(np.fmax.reduce(reach.to_numpy(), axis=None, initial=np.nan))
    if not needed > LINEAR_TO and not wished > LINEAR_TO + 1:
        limit = 1.04 * max(wished, 1.5) if wished == wished else 2.0
        axes.set_xlim(-0.03 * limit, limit)
        steps = np.arange(0, limit, 0.5 if limit <= LINEAR_TO else 1.0)
        axes.set_xticks(steps, [f"{step:g}" for step in steps])
    else:
        limit = float(min(max(wished, needed), FURTHEST)) * 1.12
        limit = max(limit, needed * 1.3)
        axes.set_xscale("symlog", base=2, linthresh=LOGARITHMIC_FROM, linscale=1.0)
        axes.set_xlim(-0.03, limit)
        ticks = [tick for tick in _TICKS if tick <= limit]
        axes.set_xticks(ticks, [_TICKS[tick] for tick in ticks])
        axes.set_xticks([], minor=True)
    axes.grid(axis="x", zorder=0)
    axes.tick_params(axis="x", length=0, pad=4)
    return limit


def _alt_text(title: str, frame: pd.DataFrame, terms: Terms) -> str:
    return (
        f"{title}. Dot chart of each group's share of {terms.places} over its share of "
        f"{terms.people}; 1 is proportional. {wording.sentences(frame, terms)}"
    )
