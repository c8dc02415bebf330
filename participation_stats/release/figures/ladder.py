"""Ladder: each group's share from rung to rung, and the step at which it is lost."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from participation_stats.release import theme, wording
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks, strips
from participation_stats.release.figures.charts import (
    Chart,
    Key,
    Space,
    Words,
    need_columns,
    plot_size,
    protected_frame,
    sheet,
)
from participation_stats.release.figures.heads import Heads
from participation_stats.release.losses import (
    BEYOND,
    UNTOLD,
    WITHIN,
    Loss,
    ladder_headline,
    loss_note,
    losses_of,
    rung_sizes,
)
from participation_stats.release.phrases import (
    Terms,
    capital,
    group_label,
    number,
    percent,
    plain_name,
    whose,
)
from participation_stats.release.seats import is_known, rows_by, withheld

COLUMNS = ("variable", "category", "rung", "count", "share", "step_ratio")
PLOT, LOW_PLOT, NUMBERS = 0.78, 0.62, 0.19
SCALE, BAR = 0.44, 0.56
#: With more strips than this the rungs are named below too.
NAMED_TWICE = 5
HEAD_GAP = 0.05
#: Fill, hatch and edge of what a step loses: the hatch alone tells them apart.
LOOKS: dict[str, dict[str, Any]] = {
    BEYOND: {"facecolor": theme.ORANGE, "edgecolor": theme.INK},
    WITHIN: {"facecolor": "white", "edgecolor": theme.PLUM, "hatch": "----", "linestyle": "--"},
    UNTOLD: {"facecolor": "white", "edgecolor": theme.INK},
}
MEANINGS = {
    BEYOND: "lost at this step: more than chance alone would explain",
    WITHIN: "lost at the step that loses most: chance alone could explain it",
    UNTOLD: "lost at the step that loses most: whether by chance is withheld",
}


@dataclasses.dataclass(frozen=True)
class _Group:
    name: str
    rows: pd.DataFrame
    losses: tuple[Loss, ...]


def draw_ladder(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw a participation ladder: a strip for each group, a bar for each rung.

    The line across a strip is the group's share on the outermost rung. Over the bar at the end
    of the step that loses most stands what is lost there: filled where chance alone would
    rarely do it. Each strip has a scale of its own, from nought.

    Parameters
    ----------
    protected : Protected
        A protected `Ladder`.
    variable : str, optional
        Which characteristic; the first in the table where not given.
    body : str, optional
        Not used: the rungs of a ladder are the bodies. Accepted so that all figures are called
        alike.
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
        `protected` did not come from `protect`, is no ladder, or has no such variable.

    Examples
    --------
    >>> import participation_stats as ps
    >>> rungs = {
    ...     "residents": {"Renter": 528, "Owner": 472},
    ...     "answered": {"Renter": 60, "Owner": 90},
    ...     "came": {"Renter": 12, "Owner": 30},
    ... }
    >>> ladder = ps.participation_ladder(rungs, by="housing_tenure")
    >>> figure = draw_ladder(ps.protect(ladder, ps.Policy.publish()))
    >>> print(figure.alt_text.split(":")[0])
    Renters are lost between “residents” and “answered”
    """
    protected_frame(protected, "draw_ladder")
    need_columns(protected.table, COLUMNS, "draw_ladder", "participation_ladder")
    terms = terms or Terms()
    variable = variable or str(protected.table["variable"].iloc[0])
    frame = wording.select_rows(protected.table, variable=variable, where="draw_ladder")
    sizes = rung_sizes(protected, variable)
    groups = _groups(protected, variable, frame, sizes)
    rungs = [str(name) for name in dict.fromkeys(frame["rung"])]
    told = title or _headline(variable, frame, groups, terms)
    words = Words(
        told, caption or "", protected.banner or "", _alt_text(told, variable, groups, sizes, terms)
    )
    heads = Heads.of(
        [(capital(name), _people(sizes.get(name))) for name in rungs],
        (strips.inner_width(width_mm) - SCALE) / len(rungs),
    )
    stacked = strips.stack(
        [strips.Strip(group_label(variable, g.name), loss_note(g.losses, g.rows)) for g in groups],
        width_mm,
        plot=PLOT if len(groups) <= strips.MANY else LOW_PLOT,
        head=heads.height,
        foot=heads.height + HEAD_GAP if len(groups) > NAMED_TWICE else 0.0,
    )
    with theme.styled():
        keys = _keys(frame, groups, rungs[0])
        chart, axes = sheet(words, Space(stacked.height), keys, width_mm)
        strips.write_strips(axes, stacked)
        _write_heads(axes, heads, stacked, twice=len(groups) > NAMED_TWICE)
        forms = _form(frame, (plot_size(axes)[0] - SCALE) / len(rungs))
        for place, group in enumerate(groups):
            inset = strips.strip_axes(axes, stacked, place, right=SCALE, above=NUMBERS)
            _draw_group(inset, group, forms)
    return chart


def _groups(
    protected: Protected, variable: str, frame: pd.DataFrame, sizes: dict[str, float | None]
) -> list[_Group]:
    told = protected.frames.get("losses", pd.DataFrame({"variable": [], "category": []}))
    told = told[told["variable"] == variable]
    by_name = rows_by(told, "category")
    blocks = [(str(name), rows) for name, rows in frame.groupby("category", sort=False)]
    return [
        _Group(
            name,
            rows,
            losses_of(rows, by_name.get(name), sizes, len(blocks)),
        )
        for name, rows in blocks
    ]


def _headline(variable: str, frame: pd.DataFrame, groups: list[_Group], terms: Terms) -> str:
    if frame["step_ratio"].isna().all() and frame["suppressed"].any():
        return f"By {plain_name(variable)}, at which step groups are lost is withheld"
    found = {group.name: group.losses for group in groups}
    return ladder_headline(variable, found, terms, whole=not frame["suppressed"].any())


def _alt_text(
    title: str,
    variable: str,
    groups: list[_Group],
    sizes: dict[str, float | None],
    terms: Terms,
) -> str:
    told = []
    for group in groups:
        parts = [
            f"{row['rung']} {_told(row, sizes.get(str(row['rung'])))}"
            for _, row in group.rows.iterrows()
        ]
        who = capital(whose(variable, group.name, terms))
        told.append(f"{who}: {', '.join(parts)}; {loss_note(group.losses, group.rows)}.")
    return f"{title}. Chart of each group's share on each rung. {' '.join(told)}"


def _told(row: pd.Series, n: float | None) -> str:
    if withheld(row):
        return "withheld"
    if not is_known(row["share"]):
        return "no figure"
    share = percent(float(row["share"]))
    if not is_known(row["count"]):
        return share
    beside = f" of {number(n)}" if n is not None else ""
    return f"{share} ({number(float(row['count']))}{beside})"


def _keys(frame: pd.DataFrame, groups: list[_Group], first: str) -> list[Key]:
    line = Line2D([], [], color=theme.INK, linewidth=1.2)
    keys: list[Key] = [
        (Patch(facecolor=theme.BLUE), "share of the people on the rung"),
        (line, f"share on the outermost rung, “{first}”"),
    ]
    found = {loss.chance for group in groups for loss in group.losses}
    keys += [(Patch(**look), MEANINGS[name]) for name, look in LOOKS.items() if name in found]
    if frame["suppressed"].any():
        keys.append(marks.withheld_key())
    return keys


def _people(n: float | None) -> str:
    return "" if n is None else f"{number(n)} {'person' if n == 1 else 'people'}"


def _write_heads(axes: Axes, heads: Heads, stacked: strips.Stack, *, twice: bool) -> None:
    room = (plot_size(axes)[0] - SCALE) / len(heads.lines)
    middles = [(place + 0.5) * room for place in range(len(heads.lines))]
    heads.write(axes, middles, heads.height, axes.transData)
    if twice:
        heads.write(axes, middles, stacked.height - heads.height, axes.transData, below=True)


def _draw_group(axes: Axes, group: _Group, form: int) -> None:
    shares = group.rows["share"].astype(float).to_numpy()
    hidden = group.rows["suppressed"].to_numpy(dtype=bool)
    limit = max(float(np.nanmax(shares, initial=0.0)), 0.01) * 1.06
    axes.set(xlim=(-0.5, len(shares) - 0.5), ylim=(-0.03 * limit, limit))
    x = np.arange(len(shares))
    axes.bar(x[~hidden], np.nan_to_num(shares[~hidden]), width=BAR, color=theme.BLUE, zorder=2)
    axes.axhline(0, color=theme.QUIET, linewidth=0.8, zorder=2.5)
    if not np.isnan(shares[0]):
        axes.axhline(shares[0], color=theme.INK, linewidth=1.2, zorder=1.5)
    for place in x[hidden]:
        strips.draw_withheld_column(axes, place - BAR / 2, BAR)
    for loss in group.losses:
        _draw_loss(axes, loss)
    if not np.isnan(shares).all():
        marks.share_scale(axes, limit)
    else:
        axes.set_yticks([])
    for place, (_, row) in enumerate(group.rows.iterrows()):
        if not withheld(row):
            _number(axes, place, _text(row, form))


def _draw_loss(axes: Axes, loss: Loss) -> None:
    """What is lost over the bar that is left, and the level from which it falls."""
    axes.bar(
        loss.place,
        loss.before - loss.after,
        bottom=loss.after,
        width=BAR,
        linewidth=1.0,
        zorder=2.2,
        **LOOKS[loss.chance],
    )
    axes.hlines(
        loss.before,
        loss.place - 1 + BAR / 2,
        loss.place - BAR / 2,
        color=theme.INK,
        linewidth=1.0,
        linestyle=":",
        zorder=2.2,
    )


def _number(axes: Axes, place: float, text: str) -> None:
    axes.annotate(
        text,
        (place, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=theme.INK,
    )


def _form(frame: pd.DataFrame, room: float) -> int:
    """How numbers are printed: 0 count and share, 1 count alone."""
    widest = max(theme.text_width(_text(row, 0)) for _, row in frame.iterrows())
    return 0 if widest <= 0.94 * room else 1


def _text(row: pd.Series, form: int) -> str:
    if not is_known(row["share"]):
        return ""
    share = percent(float(row["share"]))
    if not is_known(row["count"]):
        return share
    count = number(float(row["count"]))
    return count if form else f"{count} ({share})"
