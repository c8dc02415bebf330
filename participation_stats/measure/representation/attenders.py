"""Who came to a body's meetings in which period: people, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from ..results import Place

Period = str | Sequence[Any]

_WHERE = "ratio_trend"
_FREQUENCIES = {"year": "Y", "quarter": "Q", "month": "M"}


def people_by_period(
    place: Place, body: str, period: Period, capacity: str | None = None
) -> pd.DataFrame:
    """One row for each period and person present at least once in it, with what is known of them.

    Parameters
    ----------
    place : Place
        With meetings, attendance and people. A ``panel`` method is used where there is one,
        for its bands of age and length of residence.
    body : str
    period : {"year", "quarter", "month"} or sequence of dates
        Dates cut time into before the first, between, and from the last on.
    capacity : str, optional
        Only people there in this capacity.
    """
    panel: Callable[[str], pd.DataFrame] | None = getattr(place, "panel", None)
    came = panel(body) if callable(panel) else _joined(place, body)
    came = came[came["status"] == "present"]
    if capacity is not None:
        came = came[came["capacity"] == capacity]
    came = came[came["date"].notna()]
    if came.empty:
        raise InputError(
            f"nobody was present at a meeting of '{body}'"
            + (f" as {capacity}" if capacity else ""),
            where=_WHERE,
            expected="recorded presences",
            got="none",
            hint="check the body's name and the capacity",
        )
    came = came.assign(period=_periods(came["date"], period)).sort_values("date", kind="stable")
    return came.drop_duplicates(["period", "person_id"], keep="last").reset_index(drop=True)


def _joined(place: Place, body: str) -> pd.DataFrame:
    for name in ("meetings", "attendance", "people"):
        if name not in place.tables:
            raise InputError(
                f"there is no table '{name}'",
                where=_WHERE,
                expected="meetings, attendance and people",
                got=", ".join(place.tables),
            )
    meetings, attendance = place.tables["meetings"], place.tables["attendance"]
    people = place.tables["people"]
    ours = meetings.loc[meetings["body_id"] == body, ["meeting_id", "date"]]
    given = [name for name in ("capacity",) if name in attendance and name in people]
    came = attendance.merge(ours, on="meeting_id").merge(
        people.drop(columns=given), on="person_id", how="left"
    )
    return came.assign(date=pd.to_datetime(came["date"]))


def _periods(dates: pd.Series, period: Period) -> pd.Series:
    if isinstance(period, str):
        if period not in _FREQUENCIES:
            raise InputError(
                f"period is {period!r}",
                where=_WHERE,
                expected="year, quarter, month, or a list of dates",
            )
        return pd.Series(dates.dt.to_period(_FREQUENCIES[period]).astype(str))
    try:
        cuts = sorted(pd.Timestamp(cut) for cut in period)
    except (ValueError, TypeError) as error:
        raise InputError(
            "a period's limit is no date", where=_WHERE, expected="year-month-day", got=str(period)
        ) from error
    if not cuts:
        raise InputError("no dates to cut at", where=_WHERE, expected="at least one date")
    names = [
        f"before {cuts[0]:%Y-%m-%d}",
        *(f"from {cut:%Y-%m-%d}" for cut in cuts),
    ]
    place = np.searchsorted(np.array(cuts, dtype="datetime64[ns]"), dates.to_numpy(), "right")
    return pd.Series(np.array(names)[place], index=dates.index)
