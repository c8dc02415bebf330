"""How long people keep coming: durations from attendance, and periods from durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.engagement.people import Ints
from participation_stats.measure.results import Result, Rule
from participation_stats.measure.tallies import gathered


@dataclass(frozen=True, eq=False, repr=False)
class Durations(Result):
    """How long each person kept coming.

    Attributes
    ----------
    table : DataFrame
        One row per person: the column that names the person, ``duration`` (meetings open to them
        from the first they came to, to the last, both counted), ``event`` (1: they stopped; 0:
        still coming when the records end, or when they left) and the characteristics asked for.
    gap : int
        Meetings missed at the end after which a person has stopped.
    n_units : int
        People with a duration.
    never_came : int
        People who came to no meeting that was open to them, who cannot stop coming.
    too_short : int
        People who first came within `gap` meetings of their last, of whom nothing can be said.
    """

    gap: int
    n_units: int
    never_came: int
    too_short: int
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", individual=True, variable=None),)


def attendance_durations(
    data: Any,
    *,
    unit: str,
    time: str,
    attended: str = "attended",
    gap: int = 3,
    by: Sequence[str] = (),
) -> Durations:
    """How long people keep coming, from records of who came to which meeting.

    A person's meetings are those that have a row: the meetings open to them, in the order of
    `time`. They start with the first they came to. The last `gap` of them serve only to see
    whether the person comes again: watching ends before these, and somebody whose last
    attendance is earlier has stopped (``event`` 1, ``duration`` up to that attendance). Everybody
    else was still coming when watching ended (``event`` 0), whether because the records end or
    because they moved away, so that leaving the estate is not dropping out.

    Parameters
    ----------
    data : frame, str or Path
        One row per person and meeting at risk, e.g. ``estate.panel()``.
    unit, time, attended : str
        The columns that name the person, the meeting's date (or number), and 0 or 1.
    gap : int
        Meetings, at least 1.
    by : sequence of str
        Characteristics to keep, as they were when the person first came.

    Returns
    -------
    Durations

    Raises
    ------
    InputError
        If a column is not there, `attended` is not 0 and 1, the gap is not a whole number from 1
        on, a person has two rows at one time, or nobody has a duration.

    Examples
    --------
    Ann comes twice and then no more; Ben comes until the end:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": ["Ann"] * 6 + ["Ben"] * 6, "date": [1, 2, 3, 4, 5, 6] * 2})
    >>> log["attended"] = [1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1]
    >>> print(attendance_durations(log, unit="who", time="date", gap=2).table)
       who  duration  event
    0  Ann         2      1
    1  Ben         3      0
    """
    if isinstance(gap, bool) or not isinstance(gap, int) or gap < 1:
        raise InputError(
            "a gap that is not a whole number from 1 on",
            where="attendance_durations",
            expected="meetings missed at the end, such as 3",
            got=f"{gap}",
        )
    keep = [unit, time, attended, *by]
    rows = gathered(data, "attendance_durations", list(dict.fromkeys(keep)))
    rows = rows.dropna(subset=[unit, time, attended])
    _check_rows(rows, unit, time, attended)
    rows = rows.sort_values([unit, time], kind="stable").reset_index(drop=True)
    place = rows.groupby(unit, observed=True).cumcount().to_numpy() + 1
    came = rows[attended].to_numpy(dtype=float) == 1
    marked = pd.DataFrame(
        {unit: rows[unit], "first": np.where(came, place, np.nan), "last": np.where(came, place, 0)}
    )
    people = marked.groupby(unit, observed=True).agg({"first": "min", "last": "max"})
    people["end"] = rows.groupby(unit, observed=True).size() - gap
    never = people["first"].isna()
    short = ~never & (people["first"] > people["end"])
    seen = people[~never & ~short]
    if seen.empty:
        raise InputError(
            "nobody has a duration",
            where="attendance_durations",
            expected=f"people who came, with {gap} meetings after it that were open to them",
            got=f"{int(never.sum())} who never came, {int(short.sum())} who first came too late",
            hint="ask for a smaller gap",
        )
    stop = np.minimum(seen["last"], seen["end"])
    table = pd.DataFrame(
        {
            "duration": (stop - seen["first"] + 1).astype("int64"),
            "event": (seen["last"] < seen["end"]).astype("int64"),
        }
    ).reset_index()
    started = rows[came].groupby(unit, observed=True).first()[list(by)]
    table = table.join(started, on=unit)
    return Durations(
        table,
        gap=gap,
        n_units=len(table),
        never_came=int(never.sum()),
        too_short=int(short.sum()),
    )


def _check_rows(rows: pd.DataFrame, unit: str, time: str, attended: str) -> None:
    known = set(rows[attended].unique().tolist())
    if not known <= {0, 1}:
        raise InputError(
            f"'{attended}' is not 0 and 1",
            where="attendance_durations",
            expected="1 for those who came, 0 for those who did not",
            got=", ".join(sorted(map(str, known))[:5]),
        )
    twice = int(rows.duplicated([unit, time]).sum())
    if twice:
        raise InputError(
            f"{twice} rows are a second row of one person at one time",
            where="attendance_durations",
            expected=f"one row for each {unit} and {time}",
            got=f"{len(rows)} rows",
            hint="leave only one body's meetings, or name the meeting instead of the day",
        )


def read_durations(data: Any, names: Sequence[str], where: str) -> tuple[pd.DataFrame, int]:
    """Complete rows with ``duration`` and ``event``, and how many were left out.

    Parameters
    ----------
    data : Durations, frame, str or Path
    names : sequence of str
        Columns besides ``duration`` and ``event``.

    Raises
    ------
    InputError
        If a column is not there, a duration is not above nought, or an event is not 0 or 1.
    """
    source = data.table if isinstance(data, Durations) else data
    wanted = list(dict.fromkeys(["duration", "event", *names]))
    rows = gathered(source, where, wanted)
    complete = rows.dropna().reset_index(drop=True)
    if complete.empty:
        raise InputError(
            "no row has every value",
            where=where,
            expected=f"rows with {', '.join(wanted)}",
            got=f"{len(rows)} rows",
        )
    for name, fine, expected in (
        ("duration", lambda value: value > 0, "times above nought"),
        ("event", lambda value: np.isin(value, (0, 1)), "1 for those who stopped, 0 for the rest"),
    ):
        column = pd.to_numeric(complete[name], errors="coerce").to_numpy(dtype=float)
        if not np.all(fine(column)):
            raise InputError(
                f"'{name}' has {int((~fine(column)).sum())} values that cannot be",
                where=where,
                expected=expected,
                got=f"{complete[name][~fine(column)].iloc[0]}",
            )
    return complete, len(rows) - len(complete)


def person_periods(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each person and meeting up to their duration; ``event`` is 1 in the last only.

    Examples
    --------
    >>> import pandas as pd
    >>> person_periods(pd.DataFrame({"who": ["a", "b"], "duration": [2, 1], "event": [1, 0]}))
      who  period  event
    0   a       1      0
    1   a       2      1
    2   b       1      0
    """
    length: Ints = rows["duration"].to_numpy(dtype=np.int64)
    out = rows.drop(columns="duration").loc[rows.index.repeat(length)].reset_index(drop=True)
    ends = np.cumsum(length)
    period = np.arange(len(out)) - np.repeat(ends - length, length) + 1
    last = period == np.repeat(length, length)
    event = np.where(last, out["event"].to_numpy(dtype=np.int64), 0)
    return out.drop(columns="event").assign(period=period, event=event)
