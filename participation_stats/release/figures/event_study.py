"""Event study: what changed for those whom an event touched, period by period around it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

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
    protected_frame,
    sheet,
)
from participation_stats.release.figures.strips import draw_withheld_column, inner_width
from participation_stats.release.phrases import WITHHELD, capital, in_words, number

COLUMNS = ("since_event", "bin", "n_units", "estimate", "conf_low", "conf_high")
HEIGHT, SCALE, COLUMN = 2.5, 0.62, 0.4
#: The period before the event: every other one is compared with it.
BEFORE = -1
LOOKS = {"clear": ("o", theme.BLUE), "chance": ("o", "white"), "before": ("D", theme.ORANGE)}
POINTS = "Difference in the share of meetings attended, in percentage points"


@dataclasses.dataclass(frozen=True)
class _Unit:
    """How a difference is read: percentage points of a share, or the outcome's own numbers."""

    axis: str
    verb: str
    noun: str
    times: float
    digits: str

    @classmethod
    def of(cls, outcome: str | None) -> _Unit:
        if outcome is None:
            return cls(POINTS, "came", " percentage points", 100.0, ".1f")
        return cls(f"Difference in {outcome}", "had", "", 1.0, ".3g")

    def amount(self, value: float) -> str:
        """Size in a sentence."""
        return f"{abs(value):{'.0f' if self.noun else '.3g'}}{self.noun}"

    def signed(self, value: float) -> str:
        """Number with its sign; what is nought but for rounding is nought."""
        value = 0.0 if abs(value) < 1e-9 else value
        return f"{value:+{self.digits}}".replace("-", "−") if np.isfinite(value) else "no limit"


def draw_event_study(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    outcome: str | None = None,
    period: str = "period",
) -> Chart:
    """Draw an event study: a dot and an interval for each period before and after the event.

    Parameters
    ----------
    protected : Protected
        A protected `EventStudy`.
    variable, body : str, optional
        Not used: an event study has one outcome. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, population and period.
    width_mm : float
        Width of the figure, at least 80.
    outcome : str, optional
        What was measured, with its unit ("meetings attended a month"). Where not given, it is
        taken to be the share of meetings attended.
    period : str
        What one period is: "month".

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or is no event study.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import participation_stats as ps
    >>> log = pd.DataFrame({"who": np.repeat(range(60), 6), "month": [1, 2, 3, 4, 5, 6] * 60})
    >>> log["event"] = np.where(log["who"] % 2, 4.0, np.nan)
    >>> fall = np.where(log["month"] >= log["event"], 0.5, 0.0)
    >>> log["came"] = 0.7 - fall + 0.1 * np.sin(log["who"] * log["month"])
    >>> study = ps.fit_event_study(
    ...     "came", log, unit="who", time="month", event="event", leads=2, lags=2
    ... )
    >>> print(draw_event_study(ps.protect(study, ps.Policy.publish())).alt_text.split(".")[0])
    One period after the event, those whom it touched came 54 percentage points less, compared with
    the others and the period before, which chance alone would rarely do
    """
    protected_frame(protected, "draw_event_study")
    need_columns(protected.table, COLUMNS, "draw_event_study", "fit_event_study")
    unit = _Unit.of(outcome)
    table = protected.table.reset_index(drop=True)
    drawn = _drawn(table, unit)
    told = title or _headline(protected, drawn, unit, period)
    words = Words(told, caption or "", protected.banner or "", _alt_text(told, drawn, unit, period))
    labels = _labels(drawn, (inner_width(width_mm) - SCALE) / len(drawn))
    lines = max(len(label) for label in labels.values())
    # The axis is named above the plot: upright it would be longer than the plot is tall.
    axis = theme.wrapped(unit.axis, inner_width(width_mm))
    with theme.styled():
        below = 0.08 + (lines + 1) * theme.line_height()
        above = 0.2 + len(axis) * theme.line_height()
        named = f"{capital(period)}s since the event; n: people whom it touched"
        space = Space(HEIGHT, SCALE, above=above, below=below, axis=named)
        chart, axes = sheet(words, space, _keys(drawn, confidence_of(protected)), width_mm)
        _frame(axes, drawn, axis)
        _write_columns(axes, drawn, labels)
        _mark_event(axes, drawn)
        _points(axes, drawn)
    return chart


def _drawn(table: pd.DataFrame, unit: _Unit) -> pd.DataFrame:
    """The rows with places from left to right, numbers in the unit, and what is clear."""
    drawn = table.assign(x=np.arange(len(table), dtype=float))
    for name in ("estimate", "conf_low", "conf_high"):
        drawn[name] = table[name].astype("float64") * unit.times
    before = table["since_event"].astype("Int64") == BEFORE
    drawn["kind"] = np.where(
        before.fillna(False),
        "before",
        np.where((drawn["conf_low"] > 0) | (drawn["conf_high"] < 0), "clear", "chance"),
    )
    return drawn


def _period(row: pd.Series, period: str) -> str:
    """A row in words: "2 months after the event or later"."""
    if not seats.is_known(row["since_event"]):
        return "a withheld period"
    since = int(row["since_event"])
    beyond = f" {row['bin']}" if isinstance(row["bin"], str) and row["bin"] else ""
    if since == 0:
        return f"in the {period} of the event{beyond}"
    size = abs(since)
    side = "before" if since < 0 else "after"
    return f"{in_words(size)} {period}{'' if size == 1 else 's'} {side} the event{beyond}"


def _headline(protected: Protected, drawn: pd.DataFrame, unit: _Unit, period: str) -> str:
    """The largest change after the event that chance does not explain."""
    since = drawn["since_event"].astype("Float64")
    after = drawn[(since >= 0).fillna(False) & drawn["estimate"].notna()]
    if after.empty:
        return "What changed after the event is withheld"
    clear = after[after["kind"] == "clear"]
    if clear.empty:
        told = "After the event, chance alone could explain every change of those whom it touched"
        return told + _pre_trend(protected)
    row = clear.iloc[int(clear["estimate"].abs().to_numpy().argmax())]
    side = "less" if row["estimate"] < 0 else "more"
    change = f"{unit.verb} {unit.amount(float(row['estimate']))} {side}"
    return (
        f"{capital(_period(row, period))}, those whom it touched {change}, compared with the "
        f"others and the {period} before, {wording.RARELY}{_pre_trend(protected)}"
    )


def _pre_trend(protected: Protected) -> str:
    p = protected.facts.get("pre_trend_p_value")
    if isinstance(p, float) and p < wording.SIGNIFICANT:
        return "; but they already went another way before it"
    return ""


def _alt_text(title: str, drawn: pd.DataFrame, unit: _Unit, period: str) -> str:
    told = [_sentence(row, unit, period) for _, row in drawn.iterrows()]
    return (
        f"{title}. {unit.axis}: dots with intervals, by {period} around the event. {' '.join(told)}"
    )


def _sentence(row: pd.Series, unit: _Unit, period: str) -> str:
    lead = capital(_period(row, period))
    if seats.withheld(row) or pd.isna(row["estimate"]):
        return f"{lead}: withheld."
    people = f", {number(float(row['n_units']))} people" if pd.notna(row["n_units"]) else ""
    if row["kind"] == "before":
        return f"{lead}{people}: the {period} with which the others are compared."
    value, low, high = (
        unit.signed(float(row[name])) for name in ("estimate", "conf_low", "conf_high")
    )
    return f"{lead}{people}: {value} ({low} to {high})."


def _labels(drawn: pd.DataFrame, room: float) -> dict[int, tuple[str, ...]]:
    """Lines under the columns of `room` inches: under each, or as many as fit from the event on."""
    widest = max(theme.text_width(_people(row)) for _, row in drawn.iterrows())
    step = max(1, math.ceil(1.15 * widest / room)) if room > 0 else 1
    start = int((drawn["since_event"].astype("Float64") < 0).fillna(False).sum())
    return {
        place: _label(row, 0.96 * room * step)
        for place, (_, row) in enumerate(drawn.iterrows())
        if (place - start) % step == 0
    }


def _label(row: pd.Series, room: float) -> tuple[str, ...]:
    if not seats.is_known(row["since_event"]):
        return (WITHHELD,)
    since = int(row["since_event"])
    beyond = row["bin"] if isinstance(row["bin"], str) else ""
    number_ = f"{'+' if since > 0 else '−' if since < 0 else ''}{abs(since)}"
    text = f"{number_} {beyond}"
    if any(theme.text_width(word) > room for word in text.split()):
        text = f"{'≤' if beyond == 'or earlier' else '≥'}{number_}" if beyond else number_
    return theme.wrapped(text, room)


def _people(row: pd.Series) -> str:
    return number(float(row["n_units"])) if pd.notna(row["n_units"]) else WITHHELD


def _keys(drawn: pd.DataFrame, confidence: float) -> list[Key]:
    kinds = set(drawn.loc[drawn["estimate"].notna(), "kind"])
    keys: list[Key] = []
    if "clear" in kinds:
        keys.append(marks.dot_key(*LOOKS["clear"], "differs by more than chance would explain"))
    if "chance" in kinds:
        keys.append(marks.dot_key(*LOOKS["chance"], "chance could explain it"))
    if "before" in kinds:
        keys.append(marks.dot_key(*LOOKS["before"], "compared with this period"))
    if drawn["conf_low"].notna().any():
        keys.append(marks.interval_key(confidence, upright=True))
    if drawn["suppressed"].any():
        keys.append(marks.withheld_key())
    return keys


def _frame(axes: Axes, drawn: pd.DataFrame, axis: tuple[str, ...]) -> None:
    numbers = drawn[["estimate", "conf_low", "conf_high"]].to_numpy(dtype=float)
    reach = numbers[np.isfinite(numbers)]
    low, high = float(reach.min(initial=0.0)), float(reach.max(initial=0.0))
    room = 0.08 * (high - low) or 1.0
    axes.set(xlim=(-0.5, len(drawn) - 0.5), ylim=(low - room, high + room))
    axes.axhline(0, color=theme.INK, linewidth=1.2, zorder=1.5)
    axes.grid(axis="y", zorder=0)
    axes.tick_params(axis="both", length=0, pad=4)
    ticks = [tick for tick in axes.get_yticks() if low - room <= tick <= high + room]
    if not len(reach):
        ticks = [0.0]
    axes.set_yticks(ticks, [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks])
    sns.despine(ax=axes, left=True, bottom=True)
    axes.set_xticks([])
    for place, line in enumerate(reversed(axis)):
        axes.annotate(
            line,
            (0, 1),
            xycoords="axes fraction",
            xytext=(
                -SCALE * theme.POINTS_PER_INCH,
                (0.26 + place * theme.line_height()) * theme.POINTS_PER_INCH,
            ),
            textcoords="offset points",
            va="center_baseline",
        )


def _write_columns(axes: Axes, drawn: pd.DataFrame, labels: dict[int, tuple[str, ...]]) -> None:
    """Under each column its period and the people behind it."""
    lines = max(len(label) for label in labels.values())
    for place, label in labels.items():
        for line, text in enumerate(label):
            _under(axes, place, line, text)
        _under(axes, place, lines, _people(drawn.iloc[place]), color=theme.QUIET)
    _under(axes, -0.5, lines, "n", color=theme.QUIET, ha="right")


def _under(
    axes: Axes, x: float, line: float, text: str, *, color: str = theme.INK, ha: str = "center"
) -> None:
    axes.annotate(
        text,
        (x, 0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, -(line + 0.8) * theme.line_height() * theme.POINTS_PER_INCH),
        textcoords="offset points",
        ha=ha,
        va="center_baseline",
        color=color,
    )


def _mark_event(axes: Axes, drawn: pd.DataFrame) -> None:
    """A line before the event's own period, named above the plot."""
    since = drawn["since_event"].astype("Int64")
    after = drawn.loc[(since >= 0).fillna(False), "x"]
    if after.empty or after.min() == 0:
        return
    at = float(after.min()) - 0.5
    axes.axvline(at, color=theme.INK, linewidth=1.2, linestyle="--", zorder=1.5)
    axes.annotate(
        "the event",
        (at, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
    )


def _points(axes: Axes, drawn: pd.DataFrame) -> None:
    for _, row in drawn.iterrows():
        if seats.withheld(row):
            draw_withheld_column(axes, float(row["x"]) - COLUMN / 2, COLUMN)
    known = drawn[drawn["estimate"].notna()]
    axes.vlines(
        known["x"],
        known["conf_low"],
        known["conf_high"],
        color=theme.INK,
        linewidth=marks.INTERVAL_WIDTH,
        zorder=2,
    )
    marks.draw_dots(axes, known, "x", "estimate", LOOKS, "kind")
