"""Response: which groups answered a survey less or more than the others, by partial indicators."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

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
    protected_frame,
    sheet,
)
from participation_stats.release.figures.rows import Row, grouped, place, write_rows
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    capital,
    group_label,
    number,
    percent,
    whose,
)

PLOTTED = ("unconditional", "low", "high", "conditional")
#: Standard normal quantile of a 95% interval.
REACH, CONFIDENCE = 1.959964, 0.95
LESS, MORE, CHANCE = "less", "more", "chance"
LOOKS = {
    LESS: ("v", theme.PLUM, "answered less, by more than chance would explain"),
    MORE: ("^", theme.BLUE, "answered more, by more than chance would explain"),
    CHANCE: ("o", "white", "chance could explain it"),
}


def draw_response(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw the partial R-indicators of each group: who answered less than the average, or more.

    The dot is the unconditional partial; below nought the group answers less. The bar is what
    is left of it among people alike in all other characteristics (the conditional partial, which
    has no sign, drawn to the side of the dot).

    Parameters
    ----------
    protected : Protected
        A protected `ResponseQuality`.
    variable : str, optional
        Which characteristic; without it every one, under headings.
    body : str, optional
        Not used: response is to one survey. Accepted so that all figures are called alike.
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
        `protected` did not come from `protect`, has no partial indicators, or no such variable.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> asked = pd.DataFrame({"gender": ["Female"] * 200 + ["Male"] * 200})
    >>> asked["answered"] = [1, 1, 1, 1, 0] * 40 + [1, 0] * 100
    >>> found = ps.r_indicators(asked, "answered", "gender")
    >>> print(draw_response(ps.protect(found, ps.Policy.publish())).alt_text.split(". ")[0])
    Male residents answered least: 100 of the 200 asked (50%), and 65% of all
    """
    protected_frame(protected, "draw_response")
    frame = protected.frames.get("categories")
    if frame is None or "unconditional" not in frame:
        raise InputError(
            "there are no partial indicators",
            where="draw_response",
            expected="a protected result of r_indicators",
            got=protected.kind,
        )
    terms = terms or Terms()
    frame = _with_limits(wording.select_rows(frame, variable=variable, where="draw_response"))
    rows, values = grouped(frame, _row, PLOTTED)
    placed = place(rows, width_mm)
    drawn = values.assign(y=placed.middles, kind=_kinds(values))
    told = title or _headline(protected, frame, terms)
    words = Words(
        title=told,
        caption=" ".join(part for part in (_whole(protected), caption) if part),
        banner=protected.banner or "",
        alt_text=_alt_text(told, protected, frame, terms),
    )
    with theme.styled():
        axis = "Partial R-indicator; below 0 they answered less"
        space = Space(placed.height, placed.left, placed.right, 0.24, BELOW, axis)
        chart, axes = sheet(words, space, _keys(drawn, rows), width_mm)
        low, high = _scale(axes, drawn)
        write_rows(axes, placed)
        marks.draw_parity(axes, 0.0, "average")
        _conditional(axes, drawn)
        marks.draw_intervals(axes, drawn["low"], drawn["high"], drawn["y"], high, lowest=low)
        known = drawn[drawn["unconditional"].notna()]
        looks = {name: (marker, colour) for name, (marker, colour, _) in LOOKS.items()}
        marks.draw_dots(axes, known, "unconditional", "y", looks, "kind")
        marks.draw_withheld(axes, placed)
    return chart


def _with_limits(frame: pd.DataFrame) -> pd.DataFrame:
    partial = frame["unconditional"].astype("float64")
    reach = REACH * frame["delta_std_error"].astype("float64")
    return frame.assign(low=partial - reach, high=partial + reach)


def _kinds(values: pd.DataFrame) -> np.ndarray:
    return np.where(values["high"] < 0, LESS, np.where(values["low"] > 0, MORE, CHANCE))


def _row(line: pd.Series) -> Row:
    hidden = seats.withheld(line)
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        f"{WITHHELD} withheld" if hidden else _answered(line),
        "" if pd.isna(line["unconditional"]) else _signed(float(line["unconditional"])),
        suppressed=hidden,
    )


def _answered(line: pd.Series) -> str:
    if not seats.is_known(line["count"]) or not seats.is_known(line["sampled"]):
        return "no figure"
    count, asked = float(line["count"]), float(line["sampled"])
    return f"{number(count)} of {number(asked)} answered"


def _signed(value: float) -> str:
    return f"{0.0 if abs(value) < 5e-4 else value:+.3f}".replace("-", "−")


def _headline(protected: Protected, frame: pd.DataFrame, terms: Terms) -> str:
    """The group that is furthest below the average, if chance does not explain it."""
    shown = frame[frame["unconditional"].notna()]
    if shown.empty:
        return "Which groups answered least is withheld"
    below = shown[shown["high"] < 0]
    if below.empty:
        shown_only = "" if len(shown) == len(frame) else " that can be shown"
        return f"No group{shown_only} answered less than the average by more than chance explains"
    row = below.iloc[int(below["unconditional"].to_numpy(dtype=float).argmin())]
    who = capital(whose(str(row["variable"]), str(row["category"]), terms))
    count, asked = float(row["count"]), float(row["sampled"])
    told = f"{who} answered least: {number(count)} of the {number(asked)} asked"
    told += f" ({percent(count / asked)})"
    rate = protected.facts.get("response_rate")
    return f"{told}, and {percent(rate)} of all" if isinstance(rate, float) else told


def _whole(protected: Protected) -> str:
    r, error = protected.facts.get("r_indicator"), protected.facts.get("std_error")
    if not isinstance(r, float) or np.isnan(r):
        return ""
    beside = f" (standard error {error:.2f})" if isinstance(error, float) and error == error else ""
    return f"R-indicator {r:.2f}{beside}; 1 would be an even response."


def _alt_text(title: str, protected: Protected, frame: pd.DataFrame, terms: Terms) -> str:
    told = []
    for _, line in frame.iterrows():
        who = capital(whose(str(line["variable"]), str(line["category"]), terms))
        if pd.isna(line["unconditional"]):
            told.append(f"{who}: withheld.")
            continue
        value, low, high = (_signed(float(line[name])) for name in ("unconditional", "low", "high"))
        left = f"; among people alike in all else {float(line['conditional']):.3f}"
        told.append(f"{who}, {_answered(line)}: {value} ({low} to {high}){left}.")
    lead = f"{title}. {_whole(protected)}".strip()
    return f"{lead} Chart of partial R-indicators with their intervals. {' '.join(told)}"


def _keys(drawn: pd.DataFrame, rows: list[Row]) -> list[Key]:
    known = set(drawn.loc[drawn["unconditional"].notna(), "kind"])
    keys: list[Key] = [
        marks.dot_key(marker, colour, meaning)
        for name, (marker, colour, meaning) in LOOKS.items()
        if name in known
    ]
    if drawn["low"].notna().any():
        keys.append(marks.interval_key(CONFIDENCE))
    if drawn["conditional"].notna().any():
        keys.append((marks.band_patch(), "what is left among people alike in all else"))
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame) -> tuple[float, float]:
    numbers = drawn[["unconditional", "low", "high"]].to_numpy(dtype=float)
    reach = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.01)) * 1.08
    axes.set_xlim(-reach, reach)
    ticks = MaxNLocator(5, symmetric=True).tick_values(-reach, reach)
    axes.set_xticks([tick for tick in ticks if abs(tick) <= reach])
    axes.grid(axis="x", zorder=0)
    axes.tick_params(axis="x", length=0, pad=4)
    return -reach, reach


def _conditional(axes: Axes, drawn: pd.DataFrame) -> None:
    known = drawn[drawn["conditional"].notna()]
    signed = known["conditional"] * np.sign(known["unconditional"])
    axes.barh(known["y"], signed, height=marks.BAND_HEIGHT, zorder=1, **marks.BAND_LOOK)
