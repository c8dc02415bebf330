"""Weights: each group's share of a sample before and after weighting, beside the population's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from participation_stats.release import seats, theme, wording
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
from participation_stats.release.figures.rows import Row, grouped, place, write_rows
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    capital,
    fine_percent,
    group_label,
    number,
    whose,
)

PLOTTED = ("share_before", "share_after", "target")
BEFORE, AFTER = ("o", "white"), ("o", theme.BLUE)
#: A share nearer to its target than this is on it.
MET = 5e-4


def draw_weights(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw what weighting did: an arrow from each group's share before to its share after.

    Parameters
    ----------
    protected : Protected
        A protected `Weighting`.
    variable : str, optional
        Which margin; without it every margin, under headings.
    body : str, optional
        Not used: weights are of one sample. Accepted so that all figures are called alike.
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
        `protected` did not come from `protect`, is no weighting, or has no such margin.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> sample = pd.DataFrame({"gender": ["Female"] * 60 + ["Male"] * 40})
    >>> weighted = ps.rake(sample, {"gender": {"Female": 0.5, "Male": 0.5}})
    >>> print(draw_weights(ps.protect(weighted, ps.Policy.publish())).alt_text.split(". ")[0])
    Before weighting, female residents were 60% of the answers and 50% of residents; weighted, the
    100 answers are worth 96 unweighted ones
    """
    protected_frame(protected, "draw_weights")
    need_columns(protected.table, PLOTTED, "draw_weights", "rake, poststratify or calibrate")
    terms = terms or Terms()
    frame = wording.select_rows(protected.table, variable=variable, where="draw_weights")
    rows, values = grouped(frame, _row, PLOTTED)
    placed = place(rows, width_mm)
    drawn = values.assign(y=placed.middles)
    told = title or _headline(protected, frame, terms)
    words = Words(told, caption or "", protected.banner or "", _alt_text(told, frame, terms))
    with theme.styled():
        space = Space(placed.height, placed.left, placed.right, 0.06, BELOW, "Share of all answers")
        chart, axes = sheet(words, space, _keys(drawn, rows, terms), width_mm)
        _scale(axes, drawn)
        write_rows(axes, placed)
        _targets(axes, drawn)
        _arrows(axes, drawn)
        marks.draw_withheld(axes, placed)
    return chart


def _row(line: pd.Series) -> Row:
    hidden = seats.withheld(line)
    counted = f"{WITHHELD} withheld" if hidden else "no figure"
    if not hidden and seats.is_known(line["n"]):
        answers = float(line["n"])
        counted = f"{number(answers)} {'answer' if answers == 1 else 'answers'}"
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        counted,
        "" if hidden else _change(line),
        suppressed=hidden,
    )


def _change(line: pd.Series) -> str:
    if pd.isna(line["share_before"]) or pd.isna(line["share_after"]):
        return ""
    before, after = (fine_percent(float(line[name])) for name in ("share_before", "share_after"))
    return f"{before} to {after}"


def _headline(protected: Protected, frame: pd.DataFrame, terms: Terms) -> str:
    """The group that the sample missed most, and what the weights cost."""
    shown = frame[frame["share_before"].notna() & frame["target"].notna()]
    if shown.empty:
        return "What weighting changed is withheld"
    gaps = (shown["share_before"] - shown["target"]).astype(float).abs().to_numpy()
    row = shown.iloc[int(gaps.argmax())]
    who = whose(str(row["variable"]), str(row["category"]), terms)
    before, target = (fine_percent(float(row[name])) for name in ("share_before", "target"))
    told = f"Before weighting, {who} were {before} of the answers and {target} of {terms.people}"
    n, worth = protected.facts.get("n"), protected.facts.get("effective_n")
    if not isinstance(n, int | float) or not isinstance(worth, int | float):
        return told
    cost = f"the {number(n)} answers are worth {number(round(worth))} unweighted ones"
    return f"{told}; weighted, {cost}"


def _alt_text(title: str, frame: pd.DataFrame, terms: Terms) -> str:
    told = []
    for _, line in frame.iterrows():
        who = capital(whose(str(line["variable"]), str(line["category"]), terms))
        target = f"{fine_percent(float(line['target']))} of {terms.people}"
        if seats.withheld(line) or not _change(line):
            told.append(f"{who}: withheld; {target}.")
            continue
        told.append(f"{who}, {_row(line).note}: {_change(line)} of the answers; {target}.")
    return f"{title}. Chart of shares before and after weighting. {' '.join(told)}"


def _keys(drawn: pd.DataFrame, rows: list[Row], terms: Terms) -> list[Key]:
    line = Line2D([], [], color=theme.INK, marker="|", markersize=11, linestyle="")
    line.set_markeredgewidth(2)
    keys: list[Key] = [(line, f"share of {terms.people}: what the weights aim at")]
    if drawn["share_before"].notna().any():
        keys = [
            marks.dot_key(*BEFORE, "share of the answers before weighting"),
            marks.dot_key(*AFTER, "share of the answers after weighting"),
            *keys,
        ]
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame) -> None:
    reach = float(np.fmax.reduce(drawn[list(PLOTTED)].to_numpy(), axis=None, initial=0.1))
    marks.percent_axis(axes, min(1.0, reach * 1.05))


def _targets(axes: Axes, drawn: pd.DataFrame) -> None:
    known = drawn[drawn["target"].notna()]
    axes.vlines(
        known["target"],
        known["y"] - 0.1,
        known["y"] + 0.1,
        color=theme.INK,
        linewidth=2,
        zorder=1.5,
    )


def _arrows(axes: Axes, drawn: pd.DataFrame) -> None:
    known = drawn[drawn["share_before"].notna() & drawn["share_after"].notna()]
    axes.hlines(
        known["y"], known["share_before"], known["share_after"], color=theme.INK, linewidth=1.4,
        zorder=2,
    )  # fmt: skip
    ends = known.melt("y", ["share_before", "share_after"], "when", "x")
    looks = {"share_before": BEFORE, "share_after": AFTER}
    marks.draw_dots(axes, ends, "x", "y", looks, "when")
