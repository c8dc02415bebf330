"""Rates: how often each group comes when the other characteristics are held alike."""

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
    Terms,
    capital,
    fine_percent,
    group_label,
    plain_name,
    whose,
)

PLOTTED = ("estimate", "conf_low", "conf_high")

LOOKS = {"rate": ("o", theme.BLUE)}
MEETINGS = "Meetings attended, of those open to them"


def draw_rates(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
    terms: Terms | None = None,
) -> Chart:
    """Draw adjusted attendance rates, or a survey's adjusted shares, with their intervals.

    Parameters
    ----------
    protected : Protected
        A protected `Rates` or `SurveyRates`: what ``.rates(by)`` of a fit gives.
    variable, body : str, optional
        Which rows; without them every variable in the table, under headings.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, period, and what was held alike.
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
        `protected` did not come from `protect`, has no estimates, no row of that variable, or
        is of a linear model.

    Examples
    --------
    >>> import pandas as pd
    >>> import participation_stats as ps
    >>> came = pd.DataFrame({"gender": ["Female", "Male"] * 60, "person_id": range(120)})
    >>> came["attended"] = [number % 10 < (5 if number % 2 else 2) for number in range(120)]
    >>> rates = ps.fit_logit("attended ~ gender", came, unit="person_id").rates("gender")
    >>> print(draw_rates(ps.protect(rates, ps.Policy.publish())).alt_text.split(". ")[0])
    Other things alike, male residents come to 40% of meetings and female residents to 20%
    """
    protected_frame(protected, "draw_rates")
    terms = terms or Terms()
    need_columns(protected.table, ("category", *PLOTTED), "draw_rates", "fit.rates(by)")
    asked = _asked(protected)
    frame = wording.select_rows(protected.table, variable=variable, body=body, where="draw_rates")
    rows, values = grouped(frame, _row, PLOTTED)
    placed = place(rows, width_mm)
    drawn = values.assign(y=placed.middles)
    told = title or rates_headline(frame, terms, asked)
    words = Words(
        title=told,
        caption=caption or "",
        banner=protected.banner or "",
        alt_text=_alt_text(told, frame, terms, asked),
    )
    with theme.styled():
        said = f"Share that says yes to {asked}" if asked else MEETINGS
        space = Space(placed.height, placed.left, placed.right, 0.06, BELOW, said)
        chart, axes = sheet(words, space, _keys(rows, confidence_of(protected)), width_mm)
        limit = _scale(axes, drawn)
        write_rows(axes, placed)
        marks.draw_intervals(axes, drawn["conf_low"], drawn["conf_high"], drawn["y"], limit)
        known = drawn[drawn["estimate"].notna()].assign(kind="rate")
        marks.draw_dots(axes, known, "estimate", "y", LOOKS, "kind")
        marks.draw_withheld(axes, placed)
    return chart


def _row(line: pd.Series) -> Row:
    people = line.get("n_units")
    known = people is not None and pd.notna(people)
    return Row(
        group_label(str(line["variable"]), str(line["category"])),
        "[c] withheld" if seats.withheld(line) else f"{people:,.0f} people" if known else "",
        "" if pd.isna(line["estimate"]) else _rate_text(line),
        suppressed=seats.withheld(line),
    )


def _rate_text(line: pd.Series) -> str:
    rate, low, high = (fine_percent(float(line[name])) for name in PLOTTED)
    return rate if pd.isna(line["conf_low"]) else f"{rate} ({low} to {high})"


def _keys(rows: list[Row], confidence: float) -> list[Key]:
    keys = [
        marks.dot_key(*LOOKS["rate"], "adjusted rate"),
        marks.interval_key(confidence),
    ]
    if any(row.suppressed for row in rows):
        keys.append(marks.withheld_key())
    return keys


def _scale(axes: Axes, drawn: pd.DataFrame) -> float:
    reach = drawn[["estimate", "conf_high"]].to_numpy()
    limit = min(1.0, float(np.fmax.reduce(reach, axis=None, initial=0.01)) * 1.05)
    marks.percent_axis(axes, limit)
    return limit


def _asked(protected: Protected) -> str:
    """What a survey asked, in words; empty where rates are of meetings.

    Raises
    ------
    InputError
        If they are means of a score, which no axis of shares can show, or no adjusted rates.
    """
    answer = protected.facts.get("answer")
    if "n_units" not in protected.table:
        raise InputError(
            "estimates of a survey are no adjusted rates",
            where="draw_rates",
            expected="fit.rates(by)",
            got=protected.kind,
            hint="draw_shares draws what survey_engagement gives",
        )
    if protected.facts.get("kind") == "linear":
        raise InputError(
            f"these are means of '{answer}', not rates",
            where="draw_rates",
            expected="fit.rates(by) of a logit",
            got="fit.rates(by) of a linear model",
            hint="draw_coefficients shows how its groups differ",
        )
    return f"“{plain_name(answer)}”" if isinstance(answer, str) else ""


def rates_headline(frame: pd.DataFrame, terms: Terms, asked: str = "") -> str:
    """The widest gap between two groups of one variable, without saying why.

    Where a rate is withheld, the sentence says that there may be a wider one.

    Parameters
    ----------
    frame : DataFrame
    terms : Terms
    asked : str
        What a survey asked, in words; rates are of meetings where it is empty.
    """
    shown = frame[frame["estimate"].notna()]
    if shown.empty:
        return f"Adjusted {'shares' if asked else 'attendance rates'} are withheld"
    rest = "" if len(shown) == len(frame) else " (part of the table is withheld)"
    return _widest_gap(shown, terms, asked) + rest


def _widest_gap(shown: pd.DataFrame, terms: Terms, asked: str) -> str:
    spread = shown.groupby("variable", sort=False)["estimate"].agg(
        lambda rate: rate.max() - rate.min()
    )
    widest = shown[shown["variable"] == spread.idxmax()]
    if len(widest) < 2:
        line = widest.iloc[0]
        share = fine_percent(float(line["estimate"]))
        if asked:
            return f"{share} of {_who(line, terms)} say yes to {asked}"
        return f"{capital(_who(line, terms))} come to {share} of meetings open to them"
    rates = widest["estimate"].to_numpy(dtype=float)
    low, high = widest.iloc[int(rates.argmin())], widest.iloc[int(rates.argmax())]
    lowest, highest = (fine_percent(float(line["estimate"])) for line in (low, high))
    if str(low["variable"]) == "format":
        kinds = f"{highest} of {high['category']} meetings and {lowest} of {low['category']} ones"
        return f"Other things alike, {terms.people} come to {kinds}"
    lower, higher = _who(low, terms), _who(high, terms)
    if asked:
        both = f"{highest} of {higher} say yes to {asked} and {lowest} of {lower}"
        return f"Other things alike, {both}"
    return f"Other things alike, {higher} come to {highest} of meetings and {lower} to {lowest}"


def _who(line: pd.Series, terms: Terms) -> str:
    if str(line["variable"]) == "format":
        return f"{terms.people} at {line['category']} meetings"
    return whose(str(line["variable"]), str(line["category"]), terms)


def _alt_text(title: str, frame: pd.DataFrame, terms: Terms, asked: str) -> str:
    told = []
    for _, line in frame.iterrows():
        who = capital(_who(line, terms))
        withheld = seats.withheld(line) or pd.isna(line["estimate"])
        told.append(f"{who}: {'withheld' if withheld else _rate_text(line)}.")
    what = f"shares that say yes to {asked}" if asked else "attendance rates"
    return f"{title}. Dot chart of adjusted {what} with their intervals. {' '.join(told)}"
