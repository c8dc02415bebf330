"""Profile: each group's share of a body beside its share of the population, joined by a line."""

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
from participation_stats.release.phrases import Terms, capital, group_label, percent, whose

PLOTTED = ("share", "population_share", "chance_low", "chance_high")
BODY, POPULATION = ("o", theme.BLUE), ("D", theme.ORANGE)


def draw_profile(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw a profile: the body's share and the population's share of each group.

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
    >>> figure = draw_profile(ps.protect(result, ps.Policy.publish()))
    >>> print(figure.alt_text.split("; ")[0])
    About 20 of the 60 seats would have to change group to match residents by gender
    """
    protected_frame(protected, "draw_profile")
    terms = terms or Terms()
    need_columns(
        protected.table, (*PLOTTED, "verdict"), "draw_profile", "representativeness_ratios"
    )
    frame = wording.select_rows(protected.table, variable=variable, body=body, where="draw_profile")
    rows, values = grouped(frame, lambda line: _row(line, terms), PLOTTED)
    placed = place(rows, width_mm)
    # The strip of a withheld row covers its line; a band behind it would be seen only in part.
    shown = values["population_share"].where(values["share"].notna())
    drawn = values.assign(
        y=placed.middles, low=values["chance_low"] * shown, high=values["chance_high"] * shown
    )
    told = title or wording.profile_headline(protected, variable, body, terms=terms)
    words = Words(
        title=told,
        caption=" ".join(
            part for part in (wording.base_note(protected, variable, body), caption) if part
        ),
        banner=protected.banner or "",
        alt_text=_alt_text(told, frame, terms),
    )
    with theme.styled():
        axis = f"Share of {terms.places} and of {terms.people}"
        space = Space(placed.height, placed.left, placed.right, 0.06, BELOW, axis)
        chart, axes = sheet(
            words, space, _keys(drawn, rows, terms, confidence_of(protected)), width_mm
        )
        limit = _scale(axes, drawn)
        write_rows(axes, placed)
        marks.draw_bands(axes, drawn["low"], drawn["high"], drawn["y"], limit)
        _dumbbells(axes, drawn)
        marks.draw_withheld(axes, placed)
    return chart


def _row(line: pd.Series, terms: Terms) -> Row:
    n = seats.body_size(line)
    gap = ""
    if not seats.withheld(line) and n is not None and pd.notna(line["count"]):
        gap = seats.gap_text(float(line["expected"]) - float(line["count"]), n, terms)
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        seats.count_text(line),
        gap,
        strong=line.get("verdict") in (seats.UNDER, seats.OVER),
        suppressed=seats.withheld(line),
    )


def _keys(drawn: pd.DataFrame, rows: Sequence[Row], terms: Terms, confidence: float) -> list[Key]:
    keys = [marks.dot_key(*POPULATION, f"share of {terms.people}: proportional")]
    if drawn["share"].notna().any():
        keys.insert(0, marks.dot_key(*BODY, f"share of {terms.places}"))
    if drawn["low"].notna().any():
        keys.append(marks.band_key(confidence))
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame) -> float:
    reach = drawn[["share", "population_share", "high"]].to_numpy()
    limit = min(1.0, float(np.fmax.reduce(reach, axis=None, initial=0.1)) * 1.05)
    marks.percent_axis(axes, limit)
    return limit


def _dumbbells(axes: Axes, drawn: pd.DataFrame) -> None:
    axes.hlines(
        drawn["y"],
        drawn["share"],
        drawn["population_share"],
        color=theme.INK,
        linewidth=2,
        zorder=2,
    )
    ends = drawn.melt("y", ["share", "population_share"], "whose", "x").dropna()
    looks = {"share": BODY, "population_share": POPULATION}
    marks.draw_dots(axes, ends, "x", "y", looks, "whose")


def _alt_text(title: str, frame: pd.DataFrame, terms: Terms) -> str:
    told = " ".join(_pair(line, terms) for _, line in frame.iterrows())
    return f"{title}. Chart of each group's share of {terms.places} and of {terms.people}. {told}"


def _pair(line: pd.Series, terms: Terms) -> str:
    who = capital(whose(str(line["variable"]), str(line["category"]), terms))
    shares = [
        f"{percent(line[name])} of {noun}"
        for name, noun in (("share", terms.places), ("population_share", terms.people))
        if pd.notna(line[name])
    ]
    if seats.withheld(line):
        shares.insert(0, f"their share of {terms.places} is withheld")
    return f"{who}: {', '.join(shares) or 'no figure'} ({seats.count_text(line)})."
