"""Coefficients: what a model says of each term, as odds ratios, or as differences in percent."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from participation_stats.errors import InputError
from participation_stats.release import seats, theme
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
from participation_stats.release.figures.rows import Row, place, write_rows
from participation_stats.release.phrases import (
    WITHHELD,
    capital,
    group_label,
    in_order,
    plain_name,
    ratio_text,
    term_label,
    term_parts,
)

INTERCEPT = "Intercept"
NUMBERS = ("estimate", "conf_low", "conf_high")
#: Limits beyond this odds ratio, or below its inverse, are drawn as an arrow at the edge.
FURTHEST = 16.0
#: So are estimates beyond this one: on an axis that held them the others would be one dot.
CUT = 32.0
#: Marker and colour: what is clear is filled; an arrow says that the axis ends before it.
LOOKS = {
    f"{clear}{beyond}": (marker, colour)
    for clear, (dot, colour) in marks.CLEAR.items()
    for beyond, marker in (("", dot), ("<", "<"), (">", ">"))
}
MOST_TICKS = 9
_FRACTIONS = {-2: "¼", -1: "½"}


@dataclasses.dataclass(frozen=True)
class _Scale:
    """How a kind of estimate is read: its axis, its words, and where nothing differs."""

    axis: str
    nothing: float
    value: Callable[[float], float]
    text: Callable[[float], str]
    what: str
    #: In a headline, after the number.
    said: str
    ratio: bool = False


_ODDS = _Scale(
    "Odds ratio (by doublings)",
    1.0,
    math.exp,
    ratio_text,
    "odds ratio",
    "times the odds of coming of the reference group",
    ratio=True,
)
_POINTS = _Scale(
    "Difference in the share of meetings attended, in percentage points",
    0.0,
    lambda value: 100 * value,
    lambda value: f"{value:+.1f}".replace("-", "−"),
    "difference",
    "percentage points",
)


def draw_coefficients(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
) -> Chart:
    """Draw the terms of a model as odds ratios, or average effects as differences.

    Parameters
    ----------
    protected : Protected
        A protected `Fit` or `SurveyFit` (by ``term``), or the effects of either (``variable,
        category, reference``).
    variable : str, optional
        Only the terms of this variable.
    body : str, optional
        Not used: a model is of one body or of all. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, period and model.
    width_mm : float
        Width of the figure, at least 80.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, has no estimates, or no term of that variable.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> came = pd.DataFrame({"gender": ["Female", "Male"] * 60, "person_id": range(120)})
    >>> came["attended"] = [number % 10 < (5 if number % 2 else 2) for number in range(120)]
    >>> fit = ps.fit_logit("attended ~ gender", came, unit="person_id")
    >>> print(draw_coefficients(ps.protect(fit, ps.Policy.publish())).alt_text.split(",")[0])
    Male (gender): 2.67 times the odds of coming of the reference group
    """
    protected_frame(protected, "draw_coefficients")
    need_columns(protected.table, NUMBERS, "draw_coefficients", "a model or fit.effects(by)")
    scale = _scale(protected)
    frame = _terms(protected.table, variable)
    rows = [_row(line, scale) for _, line in frame.iterrows()]
    placed = place(rows, width_mm)
    drawn = frame[list(NUMBERS)].astype(float).map(scale.value).assign(y=placed.middles)
    drawn["clear"] = (
        frame["p_adjusted"].astype(float) < 1 - confidence_of(protected)
        if "p_adjusted" in frame
        else (drawn["conf_low"] > scale.nothing) | (drawn["conf_high"] < scale.nothing)
    )
    told = title or _headline(frame, drawn, scale)
    told_rows = " ".join(f"{row.label}: {row.side or 'withheld'}." for row in rows)
    words = Words(
        told,
        caption or "",
        protected.banner or "",
        f"{told}. Dot chart of {scale.what}s with their intervals. {told_rows}",
    )
    with theme.styled():
        space = Space(placed.height, placed.left, placed.right, 0.24, BELOW, scale.axis)
        keys = _keys(drawn, rows, scale, confidence_of(protected))
        chart, axes = sheet(words, space, keys, width_mm)
        low, high = _axis(axes, drawn, scale)
        write_rows(axes, placed)
        marks.draw_parity(axes, scale.nothing, "no difference")
        marks.draw_intervals(
            axes, drawn["conf_low"], drawn["conf_high"], drawn["y"], high, lowest=low
        )
        marks.draw_dots(axes, _at_edges(drawn, low, high), "estimate", "y", LOOKS, "look")
        marks.draw_withheld(axes, placed)
    return chart


def _scale(protected: Protected) -> _Scale:
    """Log-odds and shares of meetings; of a survey, what was answered instead."""
    scale = _ODDS if "term" in protected.table else _POINTS
    answer = protected.facts.get("answer")
    if not isinstance(answer, str):
        return scale
    asked = f"“{plain_name(answer)}”"
    if protected.facts.get("kind") == "linear":
        return _Scale(
            f"Difference in the mean of {asked}",
            0.0,
            float,
            lambda value: f"{value:+.2f}".replace("-", "−"),
            "difference",
            f"in the mean of {asked}",
        )
    if scale is _ODDS:
        said = f"times the odds of answering yes to {asked} of the reference group"
        return dataclasses.replace(scale, said=said)
    axis = f"Difference in the share that said yes to {asked}, in percentage points"
    return dataclasses.replace(scale, axis=axis)


def _terms(table: pd.DataFrame, variable: str | None) -> pd.DataFrame:
    """Terms with their names, the intercept left out: it compares nothing with nothing."""
    if "term" in table:
        table = table[table["term"] != INTERCEPT]
        parts = [term_parts(str(term)) for term in table["term"]]
        against = [""] * len(table)
    else:
        parts = list(zip(table["variable"].astype(str), table["category"].astype(str), strict=True))
        against = [f"against {reference}" for reference in table["reference"]]
    frame = table.assign(
        of=[name for name, _ in parts],
        category=[category for _, category in parts],
        label=[term_label(name, category) for name, category in parts],
        against=against,
    )
    if variable is not None:
        frame = frame[frame["of"] == variable]
        if frame.empty:
            raise InputError(
                f"no variable '{variable}' in the table",
                where="draw_coefficients",
                expected=" or ".join(
                    repr(name) for name in dict.fromkeys(name for name, _ in parts)
                ),
                got=repr(variable),
            )
    order = list(dict.fromkeys(frame["of"]))
    # Bands are in the order of their numbers only among themselves.
    ranks = {name: in_order(rows["category"]) for name, rows in frame.groupby("of")}
    places = [
        (order.index(name), ranks[name].index(category))
        for name, category in zip(frame["of"], frame["category"], strict=True)
    ]
    return frame.iloc[sorted(range(len(frame)), key=places.__getitem__)]


def _row(line: pd.Series, scale: _Scale) -> Row:
    people = line.get("n_units")
    counted = "" if people is None or pd.isna(people) else f"{people:,.0f} people"
    hidden = seats.withheld(line)
    note = f"{WITHHELD} withheld" if hidden else "; ".join(filter(None, (line["against"], counted)))
    return Row(str(line["label"]), note, _interval_text(line, scale), suppressed=hidden)


def _interval_text(line: pd.Series, scale: _Scale) -> str:
    if pd.isna(line["estimate"]):
        return ""
    value, low, high = (scale.text(scale.value(float(line[name]))) for name in NUMBERS)
    return f"{value} ({low} to {high})"


def _headline(frame: pd.DataFrame, drawn: pd.DataFrame, scale: _Scale) -> str:
    if frame["estimate"].isna().all():
        return "The terms of the model are withheld"
    whole = bool(frame["estimate"].notna().all())
    clear = frame[drawn["clear"].to_numpy()]
    if clear.empty:
        group = "group" if whole else "group that can be shown"
        return f"No {group} differs from its reference group by more than chance could explain"
    line = clear.iloc[int(np.abs(clear["estimate"].to_numpy(dtype=float)).argmax())]
    value = scale.text(scale.value(float(line["estimate"])))
    against = f", {line['against']}" if line["against"] else ""
    return (
        f"{_subject(line)}{against}: {value} {scale.said}, "
        f"the largest difference{' shown' * (not whole)} that chance alone would rarely give"
    )


def _subject(line: pd.Series) -> str:
    """A term at the beginning of a sentence: "Black Caribbean (ethnicity)"."""
    name, category = str(line["of"]), str(line["category"])
    if not category or " and " in name or name == "seat":
        return str(line["label"])
    return f"{capital(group_label(name, category))} ({plain_name(name)})"


def _keys(drawn: pd.DataFrame, rows: list[Row], scale: _Scale, confidence: float) -> list[Key]:
    keys = []
    if drawn["clear"].any():
        keys.append(marks.dot_key(*marks.CLEAR[True], "differs by more than chance would explain"))
    if (~drawn["clear"] & drawn["estimate"].notna()).any():
        keys.append(marks.dot_key(*marks.CLEAR[False], "chance could explain it"))
    beyond = drawn[_is_beyond(drawn["estimate"])] if scale.ratio else drawn[:0]
    if len(beyond):
        arrow = ">" if (beyond["estimate"] > 1).all() else "<"
        meaning = "beyond the axis: read the number at the right"
        keys.append(marks.dot_key(arrow, marks.CLEAR[bool(beyond["clear"].all())][1], meaning))
    keys.append(marks.interval_key(confidence))
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _axis(axes: Axes, drawn: pd.DataFrame, scale: _Scale) -> tuple[float, float]:
    kept = drawn[~_is_beyond(drawn["estimate"])] if scale.ratio else drawn
    numbers = kept[list(NUMBERS)].to_numpy(dtype=float)
    reach = numbers[np.isfinite(numbers)]
    axes.tick_params(axis="x", length=0, pad=4)
    axes.grid(axis="x", zorder=0)
    if scale.ratio:
        return _doublings(axes, kept["estimate"], reach)
    low = float(reach.min(initial=0.0))
    high = float(reach.max(initial=0.0))
    margin = 0.05 * max(high - low, 1.0)
    axes.set_xlim(low - margin, high + margin)
    return low - margin, high + margin


def _at_edges(drawn: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """Known estimates with their looks; those beyond the axis as arrows at its end."""
    known = drawn[drawn["estimate"].notna()]
    arrows = np.select([known["estimate"] < low, known["estimate"] > high], ["<", ">"], "")
    return known.assign(
        estimate=known["estimate"].clip(low, high), look=known["clear"].astype(str) + arrows
    )


def _is_beyond(ratios: pd.Series) -> pd.Series:
    return (ratios > CUT) | (ratios < 1 / CUT)


def _doublings(axes: Axes, estimates: pd.Series, reach: np.ndarray) -> tuple[float, float]:
    """An axis on which twice and half are equally far from 1, as far as the estimates go."""
    needed = _distance(estimates.to_numpy(dtype=float))
    powers = max(needed, min(_distance(reach), math.log2(FURTHEST)), 1.0) + 0.4
    step = max(1, math.ceil(2 * powers / (MOST_TICKS - 1)))
    ends = int(powers // step) * step
    ticks = range(-ends, ends + 1, step)
    axes.set_xscale("log", base=2)
    axes.set_xlim(2**-powers, 2**powers)
    axes.set_xticks([2.0**tick for tick in ticks], [_power_text(tick) for tick in ticks])
    axes.set_xticks([], minor=True)
    return 2**-powers, 2**powers


def _distance(ratios: np.ndarray) -> float:
    """Doublings from 1 to the ratio that is furthest from it."""
    return float(np.abs(np.log2(ratios[np.isfinite(ratios) & (ratios > 0)])).max(initial=0.0))


def _power_text(power: int) -> str:
    return str(2**power) if power >= 0 else _FRACTIONS.get(power, f"1/{2**-power}")
