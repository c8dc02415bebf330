"""Time cut into periods: years, quarters, months, single meetings, or between given dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

Period = str | Sequence[Any]

_FREQUENCIES = {"year": "Y", "quarter": "Q", "month": "M"}


def periods_of(dates: pd.Series, period: Period, where: str) -> pd.Series:
    """The name of the period that each date stands in.

    Parameters
    ----------
    dates : Series of datetime, ascending
    period : {"year", "quarter", "month", "meeting"} or sequence of dates
        With "meeting" each date is a period, numbered where a day has several. Dates cut time
        into before the first, between, and from the last on.

    Raises
    ------
    InputError
        If `period` is none of these.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2011-12-31", "2012-01-01", "2012-01-01"]))
    >>> periods_of(days, "quarter", "turnover").tolist()
    ['2011Q4', '2012Q1', '2012Q1']
    >>> periods_of(days, "meeting", "turnover").tolist()
    ['2011-12-31', '2012-01-01', '2012-01-01 (2)']
    >>> periods_of(days, ["2012-01-01"], "turnover").tolist()
    ['before 2012-01-01', 'from 2012-01-01', 'from 2012-01-01']
    """
    if not isinstance(period, str):
        return _between(dates, period, where)
    if period == "meeting":
        days = dates.dt.strftime("%Y-%m-%d")
        again = days.groupby(days).cumcount()
        numbered = days + " (" + (again + 1).astype("str") + ")"
        return pd.Series(days.where(again == 0, numbered))
    if period not in _FREQUENCIES:
        raise InputError(
            f"period is {period!r}",
            where=where,
            expected="year, quarter, month, meeting, or a list of dates",
        )
    return pd.Series(dates.dt.to_period(_FREQUENCIES[period]).astype("str"))


def _between(dates: pd.Series, limits: Sequence[Any], where: str) -> pd.Series:
    try:
        cuts = sorted(pd.Timestamp(cut) for cut in limits)
    except (ValueError, TypeError) as error:
        raise InputError(
            "a period's limit is no date",
            where=where,
            expected="year-month-day",
            got=repr(limits)[:60],
        ) from error
    if not cuts:
        raise InputError("no dates to cut at", where=where, expected="at least one date")
    names = [f"before {cuts[0]:%Y-%m-%d}", *(f"from {cut:%Y-%m-%d}" for cut in cuts)]
    place = np.searchsorted(np.array(cuts, dtype="datetime64[ns]"), dates.to_numpy(), "right")
    return pd.Series(np.array(names, dtype=object)[place], index=dates.index, dtype="str")
