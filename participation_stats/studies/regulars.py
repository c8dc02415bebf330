"""Regulars: how often they came before and after a new body began, beside other residents."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.events import EventStudy, fit_event_study
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.event_study import draw_event_study
from participation_stats.release.phrases import in_words, joined
from participation_stats.release.reporting import RATES, Claim, Exhibit
from participation_stats.release.seats import is_known
from participation_stats.release.wording import SIGNIFICANT

SLUG = "formality_regulars"
#: Half-years are counted from the event, so that none holds both before and after. Quarters of a
#: body that meets monthly may hold no meeting that others could come to.
PERIOD, DAYS = "half-year", 182
#: The most of them on either side; what is further away stands with the last.
MOST = 4

METHOD = (
    "Half-year by half-year: regulars are residents who had a seat on a body that already met "
    "before the new one began. Their attendance at the meetings of those bodies, in half-years "
    "counted from the event, is compared with that of residents without a seat, and with the "
    "half-year before the event."
)


def regulars_around(panel: pd.DataFrame, start: pd.Timestamp) -> EventStudy | None:
    """Compare regulars with other residents around the start of a body.

    Parameters
    ----------
    panel : DataFrame
        Person-meetings of residents: ``person_id, body_id, date, seat, attended``.
    start : Timestamp
        When the new body first met.

    Returns
    -------
    EventStudy or None
        Differences in the share of meetings attended. None where there are no regulars, nobody
        else, or too few half-years to tell before from after.
    """
    already = panel.loc[panel["date"] < start, "body_id"].unique()
    rows = panel[panel["body_id"].isin(already)]
    seated = rows["seat"].eq("yes")
    regulars = rows.loc[seated & (rows["date"] < start), "person_id"].unique()
    regular = rows["person_id"].isin(regulars)
    # Who sat down only later is neither; a regular counts while holding the seat.
    rows = rows.assign(
        period=(rows["date"] - start).dt.days // DAYS, regular=np.where(regular, "yes", "no")
    )[regular == seated]
    # Where only one side could come, nothing can be compared.
    rows = rows[rows.groupby("period")["regular"].transform("nunique") == 2]
    shares = rows.groupby(["person_id", "period", "regular"], as_index=False)["attended"].mean()
    if shares.empty:
        return None
    before, after = -int(shares["period"].min()), int(shares["period"].max())
    try:
        return fit_event_study(
            "attended",
            shares,
            unit="person_id",
            time="period",
            event=0,
            touched=("regular", "yes"),
            leads=min(before, MOST),
            lags=min(after, MOST),
        )
    except (EstimationError, InputError):
        return None


def regulars_told(released: Protected, name: str) -> Claim:
    """In how many half-years since the start of the body `name` regulars came less, or more."""
    table = released.table
    since = table[table["since_event"].astype("Float64").ge(0).fillna(False)]
    shown = since[[is_known(value) for value in since["estimate"]]]
    since_when = f"since the {name} began"
    if shown.empty:
        return Claim(f"How often regulars came {since_when}, by half-years, is withheld.", SLUG)
    known = {
        "less": int((shown["conf_high"] < 0).sum()),
        "more": int((shown["conf_low"] > 0).sum()),
    }
    how = (
        joined(f"{word} in {in_words(n)}" for word, n in known.items() if n)
        or "neither less nor more in any"
    )
    of_all = f"{in_words(len(shown))} half-years{' shown' * (len(shown) < len(since))}"
    text = (
        f"Beside other residents, regulars came {how} of the {of_all} {since_when} than in the "
        "half-year before, by more than chance could explain, each taken alone"
    )
    before = released.facts.get("pre_trend_p_value")
    if isinstance(before, float) and before < SIGNIFICANT:
        text += "; but the two already went different ways before it, so this says little of it"
    return Claim(f"{text}.", SLUG)


def regulars_shown(released: Protected, event: str, caption: str) -> Exhibit:
    """The figure and its table."""
    said = f"The event: {event}. Whom it touched: regulars, who had a seat by then."
    return Exhibit(
        slug=SLUG,
        title="Regulars beside residents without a seat, by half-years around the event: "
        "difference in the share of meetings attended",
        protected=released,
        units={**RATES, "std_error": "rate", "since_event": "count"},
        draw=partial(draw_event_study, period=PERIOD, caption=f"{said} {caption}".strip()),
    )
