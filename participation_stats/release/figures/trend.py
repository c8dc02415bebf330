"""Trend: each group's share period by period, beside its share of the population and chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from participation_stats.release import seats, theme, wording
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks
from participation_stats.release.figures.charts import (
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
from participation_stats.release.figures.ratios import MARKS
from participation_stats.release.figures.rows import Placed, Row, place, write_rows
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    capital,
    group_label,
    p_text,
    percent,
    plain_name,
    whose,
)

COLUMNS = ("period", "variable", "category", "share", "population_share", "verdict")
STRIP, LOW_STRIP, MANY = 1.0, 0.74, 8
BAND_WIDTH, STEP_WIDTH = 0.34, 0.62


def draw_trend(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw how each group's share changed: a strip for each group, a column for each period.

    A person counts once in a period. Each strip has a scale of its own, from nought; the dark
    step is the group's share of the population, the band what a fair draw would give.

    Parameters
    ----------
    protected : Protected
        A protected `Trend`.
    variable : str, optional
        Which characteristic; the first in the table where not given.
    body : str, optional
        Not used: a trend is of one body. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the test for change where not given.
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
        `protected` did not come from `protect`, is no trend, or has no such variable.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {
    ...     "2014": {"Renters": 12, "Owners": 38},
    ...     "2016": {"Renters": 17, "Owners": 33},
    ...     "2018": {"Renters": 26, "Owners": 26},
    ... }
    >>> found = ps.ratio_trend(boards, population={"Renters": 0.528, "Owners": 0.472}, by="tenure")
    >>> figure = draw_trend(ps.protect(found, ps.Policy.publish()))
    >>> print(figure.alt_text.split(",")[0])
    Residents with tenure 'Renters' rose from 24% to 50% of those who came
    """
    protected_frame(protected, "draw_trend")
    need_columns(protected.table, COLUMNS, "draw_trend", "ratio_trend")
    terms = terms or Terms()
    variable = variable or str(protected.table["variable"].iloc[0])
    frame = wording.select_rows(protected.table, variable=variable, where="draw_trend")
    periods = list(dict.fromkeys(frame["period"].astype("str")))
    groups = [
        (str(name), rows) for name, rows in frame.groupby("category", sort=False, dropna=False)
    ]
    change = _changes(protected, variable)
    least = STRIP if len(groups) <= MANY else LOW_STRIP
    rows = [_row(variable, name, change.get(name)) for name, _ in groups]
    placed = place(rows, width_mm, least=least, stacked=True)
    told = title or _headline(variable, change, periods, terms)
    words = Words(
        told, caption or "", protected.banner or "", _alt_text(told, variable, groups, terms)
    )
    with theme.styled():
        keys = _keys(frame, confidence_of(protected), terms)
        space = Space(placed.height, placed.left, placed.right + 0.45, above=0.0, below=0.24)
        chart, axes = sheet(words, space, keys, width_mm)
        _columns(axes, placed, periods)
        form = _form(frame, plot_size(axes)[0] / len(periods))
        for number, (_, rows_of_group) in enumerate(groups):
            inset = _strip(axes, placed, number, rows_of_group.reset_index(drop=True))
            _counts(inset, rows_of_group, form)
    return chart


def _changes(protected: Protected, variable: str) -> dict[str, pd.Series]:
    """Rows of the test for change, by group."""
    frame = protected.frames.get("change", pd.DataFrame({"variable": [], "category": []}))
    rows = frame[frame["variable"] == variable]
    return {str(row["category"]): row for _, row in rows.iterrows()}


def _row(variable: str, category: str, change: pd.Series | None) -> Row:
    note = ""
    if change is not None and seats.is_known(change["change"]):
        first, last = percent(float(change["first_share"])), percent(float(change["last_share"]))
        note = f"{first} to {last}"
        if seats.is_known(change["p_adjusted"]):
            note += f"; {p_text(float(change['p_adjusted']))}"
    return Row(group_label(variable, category), note)


def _headline(
    variable: str, changes: dict[str, pd.Series], periods: list[str], terms: Terms
) -> str:
    shown = [row for row in changes.values() if seats.is_known(row["p_adjusted"])]
    span = f"from {periods[0]} to {periods[-1]}"
    name = plain_name(variable)
    if len(periods) < 2:
        return f"Shares by {name} in {periods[0]}"
    if not shown:
        return f"Whether shares by {name} changed {span} is withheld"
    clear = [row for row in shown if row["p_adjusted"] < wording.SIGNIFICANT]
    if not clear:
        return f"By {name}, no group's share changed {span} by more than chance could explain"
    # Of two groups that mirror each other, the one that rose.
    row = max(clear, key=lambda one: (round(abs(float(one["change"])), 9), float(one["change"])))
    went = "rose" if row["change"] > 0 else "fell"
    first, last = percent(float(row["first_share"])), percent(float(row["last_share"]))
    who = whose(variable, str(row["category"]), terms)
    return f"{capital(who)} {went} from {first} to {last} of those who came, {wording.RARELY}"


def _alt_text(
    title: str, variable: str, groups: list[tuple[str, pd.DataFrame]], terms: Terms
) -> str:
    told = []
    for name, rows in groups:
        parts = [f"{line['period']} {seats.count_text(line)}" for _, line in rows.iterrows()]
        told.append(f"{capital(whose(variable, name, terms))}: {', '.join(parts)}.")
    return f"{title}. Chart of shares by period. {' '.join(told)}"


def _keys(frame: pd.DataFrame, confidence: float, terms: Terms) -> list[Key]:
    step = Line2D([], [], color=theme.INK, linewidth=2)
    keys: list[Key] = [(step, f"share of {terms.people}: proportional")]
    if frame["chance_low"].notna().any():
        keys.append(marks.band_key(confidence))
    if frame["conf_low"].notna().any():
        keys.append(marks.interval_key(confidence, upright=True))
    keys += [
        marks.dot_key(marker, colour, verdict)
        for verdict, (marker, colour) in MARKS.items()
        if (frame["verdict"] == verdict).any()
    ]
    if (frame["share"].notna() & frame["verdict"].isna()).any():
        keys.append(marks.dot_key("o", theme.QUIET, "share; its verdict is withheld"))
    if frame["suppressed"].any():
        keys.append(marks.withheld_key())
    return keys


def _columns(axes: Axes, placed: Placed, periods: list[str]) -> None:
    axes.set_xlim(-0.5, len(periods) - 0.5)
    write_rows(axes, placed)
    room = plot_size(axes)[0] / len(periods)
    step = max(1, int(np.ceil(1.15 * max(map(theme.text_width, periods)) / room)))
    shown = range(0, len(periods), step)
    axes.set_xticks(list(shown), [periods[number] for number in shown])
    axes.tick_params(axis="x", length=0, pad=3)


def _strip(axes: Axes, placed: Placed, number: int, rows: pd.DataFrame) -> Axes:
    """One group: bands, steps, intervals, line and dots on a scale of its own."""
    height = placed.heights[number]
    top = placed.middles[number] - height / 2
    counts, floor = theme.line_height() + 0.02, 0.07
    inset = axes.inset_axes(
        (-0.5, top + counts, len(rows), height - counts - floor), transform=axes.transData
    )
    for spine in inset.spines.values():
        spine.set_visible(False)
    x = pd.Series(np.arange(len(rows)), dtype=float)
    share, parity = (rows[name].astype(float) for name in ("share", "population_share"))
    scaled = {
        name: rows[name].astype(float) * parity.where(share.notna())
        for name in ("chance_low", "chance_high", "conf_low", "conf_high")
    }
    reach = pd.concat([share, parity, scaled["chance_high"], scaled["conf_high"]]).max()
    limit = min(1.04, max(float(reach), 0.01) * 1.08)
    inset.set(xlim=(-0.5, len(rows) - 0.5), ylim=(-0.04 * limit, limit * 1.02))
    inset.set_xticks([])
    marks.share_scale(inset, limit)
    inset.bar(
        x,
        scaled["chance_high"].clip(upper=limit) - scaled["chance_low"],
        bottom=scaled["chance_low"],
        width=BAND_WIDTH,
        zorder=1,
        **marks.BAND_LOOK,
    )
    half = STEP_WIDTH / 2
    inset.hlines(parity, x - half, x + half, color=theme.INK, linewidth=2, zorder=1.5)
    inset.vlines(
        x,
        scaled["conf_low"],
        scaled["conf_high"].clip(upper=limit),
        color=theme.INK,
        linewidth=marks.INTERVAL_WIDTH,
        zorder=2,
    )
    _line(inset, pd.DataFrame({"x": x, "share": share, "verdict": rows["verdict"]}))
    return inset


def _line(inset: Axes, points: pd.DataFrame) -> None:
    shown = points[points["share"].notna()]
    if shown.empty:
        return
    sns.lineplot(
        points, x="x", y="share", color=theme.QUIET, linewidth=1, estimator=None, errorbar=None,
        legend=False, zorder=2.5, ax=inset,
    )  # fmt: skip
    looks = {**MARKS, "": ("o", theme.QUIET)}
    told = shown.assign(verdict=shown["verdict"].where(shown["verdict"].isin(list(MARKS)), ""))
    marks.draw_dots(inset, told, "x", "share", looks, "verdict", area=38)


def _form(frame: pd.DataFrame, room: float) -> int:
    """How counts are printed: 0 in full, 1 without the total, 2 only for first and last."""
    texts = [_count_text(line) for _, line in frame.iterrows()]
    if max(map(theme.text_width, texts)) <= 0.96 * room:
        return 0
    return 1 if max(theme.text_width(text.split(" ")[0]) for text in texts) <= 0.96 * room else 2


def _counts(inset: Axes, rows: pd.DataFrame, form: int) -> None:
    """Counts above each period; withheld ones as a hatched strip."""
    texts = [_count_text(line) for _, line in rows.iterrows()]
    if form:
        texts = [text.split(" ")[0] for text in texts]
    if form == 2:
        texts = [text if number in (0, len(texts) - 1) else "" for number, text in enumerate(texts)]
    for number, (text, hidden) in enumerate(zip(texts, rows["suppressed"], strict=True)):
        if hidden:
            column = (number - BAND_WIDTH / 2, 0, BAND_WIDTH, 1)
            inset.add_patch(marks.withheld_patch(*column, inset.get_xaxis_transform()))
        inset.annotate(
            text,
            (number, 1),
            xycoords=inset.get_xaxis_transform(),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=theme.QUIET,
        )


def _count_text(line: pd.Series) -> str:
    if seats.withheld(line):
        return WITHHELD
    return seats.count_text(line).split(";")[0]
