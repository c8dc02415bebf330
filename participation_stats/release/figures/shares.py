"""Shares: how many of each group take part, by a survey, beside everybody."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from participation_stats.errors import InputError
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
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    capital,
    fine_percent,
    group_label,
    number,
    plain_name,
    whose,
)

PLOTTED = ("estimate", "conf_low", "conf_high", "p_adjusted")
#: Answers that need no words of their own.
_YES = ("yes", "true", "1", "1.0")


def draw_shares(
    protected: Protected,
    *,
    item: str | None = None,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw how many of each group take part, as a survey estimates it, beside everybody.

    Parameters
    ----------
    protected : Protected
        A protected `EngagementTable`.
    item : str, optional
        Which item; needed where there are several.
    variable, body : str, optional
        Which rows; without them every variable of the table, under headings.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, period and design.
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
        `protected` did not come from `protect`, is no table of engagement, has several items and
        none is named, or no row of that item or variable.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> asked = pd.DataFrame({"gender": ["Female", "Male"] * 100})
    >>> asked["came"] = ["yes" if at % 10 < (5 if at % 2 else 2) else "no" for at in range(200)]
    >>> table = ps.survey_engagement(ps.survey_design(asked), "came", by="gender")
    >>> print(draw_shares(ps.protect(table, ps.Policy.publish())).alt_text.split(". ")[0])
    40% of male residents say yes to “came”, of everybody 30%
    """
    protected_frame(protected, "draw_shares")
    need_columns(
        protected.table, ("item", "answer", "difference", *PLOTTED), "draw_shares",
        "survey_engagement",
    )  # fmt: skip
    terms = terms or Terms()
    table = _of_item(protected.table, item)
    frame = wording.select_rows(table, variable=variable, body=body, where="draw_shares")
    # Those whose group is not stated are no group: there is nothing to plot.
    frame = frame[frame["category"] != "Not stated"]
    asked = _asked(frame.iloc[0]) if len(frame) else ""
    # A line beside nothing compares nothing.
    shown = bool(frame["estimate"].notna().any())
    everybody = _everybody(protected, str(table["item"].iloc[0])) if shown else None
    rows, values = grouped(frame, _row, PLOTTED)
    placed = place(rows, width_mm)
    drawn = values.assign(y=placed.middles)
    drawn["clear"] = drawn["p_adjusted"] < 1 - confidence_of(protected)
    told = title or _headline(frame, asked, everybody, 1 - confidence_of(protected), terms)
    words = Words(told, caption or "", protected.banner or "", _alt_text(told, frame, terms))
    with theme.styled():
        above = 0.06 if everybody is None else 0.24
        axis = f"Weighted share that {asked}"
        space = Space(placed.height, placed.left, placed.right, above, BELOW, axis)
        chart, axes = sheet(words, space, _keys(drawn, rows, confidence_of(protected)), width_mm)
        limit = _scale(axes, drawn, everybody)
        write_rows(axes, placed)
        if everybody is not None:
            marks.draw_parity(axes, everybody, f"everybody, {fine_percent(everybody)}")
        marks.draw_intervals(axes, drawn["conf_low"], drawn["conf_high"], drawn["y"], limit)
        known = drawn[drawn["estimate"].notna()]
        marks.draw_dots(axes, known, "estimate", "y", marks.CLEAR, "clear")
        marks.draw_withheld(axes, placed)
    return chart


def _of_item(table: pd.DataFrame, item: str | None) -> pd.DataFrame:
    known = list(dict.fromkeys(table["item"].astype(str)))
    wanted = item if item is not None or len(known) != 1 else known[0]
    if wanted not in known:
        raise InputError(
            f"no item '{item}' in the table" if item else f"{len(known)} items in one figure",
            where="draw_shares",
            expected=f"item= one of {', '.join(map(repr, known))}",
            got=repr(item),
        )
    return table[table["item"] == wanted]


def _asked(line: pd.Series) -> str:
    """What a group's members do, after "that": ``says yes to “came last year”``."""
    question, answer = plain_name(str(line["item"])), str(line["answer"])
    if answer.casefold() in _YES:
        return f"says yes to “{question}”"
    return f"answers {answer} to “{question}”"


def _everybody(protected: Protected, item: str) -> float | None:
    """The share of everybody; None where it is withheld."""
    frame = protected.frames.get("overall")
    if frame is None:
        return None
    share = frame.loc[frame["item"] == item, "estimate"].astype(float)
    return None if share.empty or pd.isna(share.iloc[0]) else float(share.iloc[0])


def _row(line: pd.Series) -> Row:
    hidden = seats.withheld(line)
    counted = f"{WITHHELD} withheld" if hidden else ""
    if not hidden and seats.is_known(line["n"]):
        people = float(line["n"])
        counted = f"{number(people)} {'answer' if people == 1 else 'answers'}"
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        counted,
        "" if hidden or pd.isna(line["estimate"]) else _share_text(line),
        suppressed=hidden,
    )


def _share_text(line: pd.Series) -> str:
    share = fine_percent(float(line["estimate"]))
    if pd.isna(line["conf_low"]) or pd.isna(line["conf_high"]):
        return share
    low, high = (fine_percent(float(line[name])) for name in ("conf_low", "conf_high"))
    return f"{share} ({low} to {high})"


def _headline(
    frame: pd.DataFrame, asked: str, everybody: float | None, alpha: float, terms: Terms
) -> str:
    """The group that is furthest from everybody, of those that chance would rarely take there."""
    shown = frame[frame["estimate"].notna()]
    if shown.empty:
        return "The shares of all groups are withheld or cannot be estimated"
    clear = shown[shown["p_adjusted"].astype(float) < alpha]
    if clear.empty and shown["p_adjusted"].isna().all():
        return f"The share that {asked}, by group; whether chance could explain it is not told"
    if clear.empty:
        seen = "" if len(shown) == len(frame) else "Of the groups shown, "
        return capital(
            f"{seen}no group's share that {asked} differs from everybody's by more than chance "
            "could explain"
        )
    line = clear.iloc[int(clear["difference"].astype(float).abs().to_numpy().argmax())]
    who = whose(str(line["variable"]), str(line["category"]), terms)
    beside = "" if everybody is None else f", of everybody {fine_percent(everybody)}"
    # "Residents say", while a share "says".
    said = asked.replace("says", "say", 1).replace("answers", "answer", 1)
    return f"{fine_percent(float(line['estimate']))} of {who} {said}{beside}"


def _alt_text(title: str, frame: pd.DataFrame, terms: Terms) -> str:
    told = []
    for _, line in frame.iterrows():
        who = capital(whose(str(line["variable"]), str(line["category"]), terms))
        missing = "withheld" if seats.withheld(line) else "no estimate"
        told.append(f"{who}: {missing if pd.isna(line['estimate']) else _share_text(line)}.")
    return f"{title}. Dot chart of weighted shares with their intervals. {' '.join(told)}"


def _keys(drawn: pd.DataFrame, rows: list[Row], confidence: float) -> list[Key]:
    keys = []
    if drawn["clear"].any():
        meaning = "differs from everybody by more than chance would explain"
        keys.append(marks.dot_key(*marks.CLEAR[True], meaning))
    if (~drawn["clear"] & drawn["estimate"].notna()).any():
        keys.append(
            marks.dot_key(*marks.CLEAR[False], "chance could explain it, or it cannot be told")
        )
    keys.append(marks.interval_key(confidence))
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame, everybody: float | None) -> float:
    reach = drawn[["estimate", "conf_high"]].to_numpy(dtype=float)
    furthest = float(np.fmax.reduce(reach, axis=None, initial=max(everybody or 0.0, 0.01)))
    limit = min(1.0, furthest * 1.05)
    marks.percent_axis(axes, limit)
    return limit
