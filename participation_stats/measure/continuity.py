"""Who comes again: turnover from period to period, and regulars by a stated definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, named_kind

from .periods import Period, periods_of
from .records import (
    attendance_by_person,
    capacity_order,
    chances,
    check_columns,
    days_of,
    is_place,
    is_regular,
    of_body,
    presences,
    rows_of,
)
from .results import Place, Result, Rule
from .tallies import collapse, column_names


@dataclass(frozen=True, eq=False, repr=False)
class Turnover(Result):
    """What `turnover` found.

    Attributes
    ----------
    table : DataFrame
        ``period, count`` (people who came), ``stayers, entrants, newcomers, leavers, retention,
        jaccard, entrant_share``; in the order of time. In the first period there is nobody to
        compare with (NA).
    n_people : int
        Different people over all periods.
    """

    n_people: int
    # How many people came is a headcount, as the minutes have it.
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", variable=None),)


@dataclass(frozen=True, eq=False, repr=False)
class Regulars(Result):
    """What `regulars` found.

    Attributes
    ----------
    table : DataFrame
        ``body, variable`` ("capacity"), ``category, count`` (regulars), ``n`` (people who ever
        came), ``share``.
    people : DataFrame
        ``body, person_id, capacity, attended, eligible, share, regular``: everybody who could
        have come.
    definition : str
        Who counts as regular, in words.
    """

    people: pd.DataFrame
    definition: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", variable=None),
        Rule("people", individual=True),
    )


def turnover(
    place: Any,
    body: str | None = None,
    *,
    period: Period = "year",
    capacity: str | None = None,
) -> Turnover:
    r"""Count who stays, who is new and who is gone, from each period to the next.

    With :math:`A_t` the people who came at least once in period t,

    .. math::

        \text{retention}_t = \frac{|A_t \cap A_{t-1}|}{|A_{t-1}|}, \qquad
        \text{jaccard}_t = \frac{|A_t \cap A_{t-1}|}{|A_t \cup A_{t-1}|}, \qquad
        \text{entrant share}_t = \frac{|A_t \setminus A_{t-1}|}{|A_t|} .

    Parameters
    ----------
    place : Place, frame, str, Path or mapping
        An estate with meetings and attendance; a panel (``person_id, meeting_id, date,
        attended``), which may be any frame that narwhals knows, lazy or eager, or a path or glob
        of CSV or Parquet; or name of the period → the people who came, in the order of time.
    body : str, optional
        Meetings of one body. Default: of all.
    period : {"year", "quarter", "month", "meeting"} or sequence of dates
        Dates cut time into before the first, between, and from the last on. A period in which
        no meeting has a register is left out.
    capacity : str, optional
        Only people there in this capacity.

    Returns
    -------
    Turnover
        ``newcomers`` are those entrants who never came before; the other entrants return.

    Raises
    ------
    InputError
        If there is no register, no such body, fewer than one period, or `period` is none of
        these.

    References
    ----------
    Jaccard (1912), New Phytologist 11, 37-50.

    Examples
    --------
    The women of Davis, Gardner & Gardner (1941), before April, in spring and from August:

    >>> import participation_stats as ps
    >>> women = turnover(ps.load_example("southern_women"), period=["1936-04-01", "1936-08-01"])
    >>> print(women.table.drop(columns=["newcomers", "entrant_share"]).round(3).to_string())
                  period  count  stayers  entrants  leavers  retention  jaccard
    0  before 1936-04-01     14     <NA>      <NA>     <NA>        NaN      NaN
    1    from 1936-04-01     18       14         4        0      1.000    0.778
    2    from 1936-08-01     16       16         0        2      0.889    0.889
    """
    if isinstance(place, Mapping):
        seen = _given(place)
    elif is_place(place):
        seen = _by_period(*_of_place(place, body, capacity), period)
    elif (names := column_names(place, "turnover")) is not None:
        seen = _by_period(*_of_rows(place, names, body, capacity), period)
    else:
        raise InputError(
            f"this is {named_kind(place)}",
            where="turnover",
            expected="an estate, a panel, or the people who came in each period",
        )
    table = pd.DataFrame({"period": seen.periods, "count": seen.heads(seen.presence)})
    return Turnover(pd.concat([table, _changes(seen)], axis=1), n_people=int(seen.people.sum()))


def regulars(
    place: Any, body: str | None = None, *, share: float = 0.5, least: int = 3
) -> Regulars:
    """Find the people who come regularly, by a definition that is stated.

    A person is regular in a body who came to at least the share `share` of the meetings that
    they could have come to, and to at least `least` meetings.

    Parameters
    ----------
    place : Place, frame, str or Path
        An estate (who could have come to which meeting: `Estate.panel`); or one row for each
        person and meeting that they could have come to: ``person_id, attended`` (0 or 1) and,
        where they are known, ``body_id`` and ``capacity``. Of a lazy frame or a path these
        columns are brought here, for regulars are found person by person.
    body : str, optional
        A ``body_id``. Default: every body by itself.
    share : float
        Above 0 and at most 1.
    least : int
        1 or more.

    Returns
    -------
    Regulars

    Raises
    ------
    InputError
        If an argument is not as described, a table, column or body is missing, or ``attended``
        holds anything but 0 and 1.

    Examples
    --------
    >>> import participation_stats as ps
    >>> women = regulars(ps.load_example("southern_women"))
    >>> women.definition
    'came to at least 50% of the meetings that they could have come to, and at least 3 times'
    >>> women.table.round(3)
                body  variable category  count   n  share
    0  social_events  capacity    other      6  18  0.333
    """
    if not 0 < share <= 1 or least < 1:
        raise InputError(
            f"a share of {share:g} and {least} times",
            where="regulars",
            expected="a share above 0 and at most 1, and once or more often",
        )
    if is_place(place) and not isinstance(place, pd.DataFrame):
        rows = chances(place, body, "regulars")
    else:
        wanted = ["person_id", "attended", "body_id", "capacity", "date"]
        panel = rows_of(place, wanted, "regulars", "an estate, or a frame of people and meetings")
        rows = _checked_panel(panel, body, "regulars")
    people = attendance_by_person(rows).rename(columns={"body_id": "body"})
    people = people.assign(regular=is_regular(people, share, least))
    definition = (
        f"came to at least {share:.0%} of the meetings that they could have come to, "
        f"and at least {least} times"
    )
    return Regulars(_by_capacity(people), people, definition)


@dataclass(frozen=True)
class _Seen:
    """Who came when: truth table of periods × profiles, and how many people have each profile."""

    periods: list[str]
    presence: np.ndarray
    people: np.ndarray

    def heads(self, truth: np.ndarray) -> np.ndarray:
        return np.asarray(truth @ self.people)


def _changes(seen: _Seen) -> pd.DataFrame:
    """Columns of change from each period to the next."""
    now, before = seen.presence[1:], seen.presence[:-1]
    ever = np.logical_or.accumulate(seen.presence, axis=0)[:-1]
    stayers, entrants = seen.heads(now & before), seen.heads(now & ~before)
    changes = pd.DataFrame(
        {
            "stayers": stayers,
            "entrants": entrants,
            "newcomers": seen.heads(now & ~ever),
            "leavers": seen.heads(before & ~now),
        },
        index=range(1, len(seen.presence)),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = changes.assign(
            retention=stayers / seen.heads(before),
            jaccard=stayers / seen.heads(now | before),
            entrant_share=entrants / seen.heads(now),
        )
    whole = dict.fromkeys(changes.columns, "Int64")
    return shares.reindex(range(len(seen.presence))).astype(whole)


def _given(periods: Mapping[Any, Iterable[Any]]) -> _Seen:
    if not periods:
        raise InputError("there is no period", where="turnover", expected="one or more")
    for name, people in periods.items():
        if isinstance(people, str) or not hasattr(people, "__iter__"):
            raise InputError(
                f"the people of '{name}' are {type(people).__name__}",
                where="turnover",
                expected="a list of people for each period",
                got=repr(people)[:60],
            )
    rows = pd.DataFrame(
        [(at, person) for at, people in enumerate(periods.values()) for person in people],
        columns=["at", "person_id"],
    )
    return _seen([str(name) for name in periods], rows["at"], rows["person_id"])


def _of_place(
    place: Place, body: str | None, capacity: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who was present, and the meetings that have a register: also one to which nobody came."""
    came = presences(place, body, "turnover")
    held = place.tables["meetings"].assign(
        date=days_of(place.tables["meetings"]["date"], "turnover")
    )
    held = held[held["meeting_id"].isin(place.tables["attendance"]["meeting_id"])]
    came = came if capacity is None else came[came["capacity"] == capacity]
    return came.assign(units=1), held if body is None else held[held["body_id"] == body]


def _of_rows(
    data: Any, names: list[str], body: str | None, capacity: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same from a panel: people with the same attendances are counted as one profile."""
    asked = {"body_id": body, "capacity": capacity}
    wanted = {name: value for name, value in asked.items() if value is not None}
    if isinstance(data, pd.DataFrame):
        data = _checked_panel(data, body, "turnover")
        check_columns(data, ["meeting_id", "date", *wanted], "the panel", "turnover")
        data = data.assign(date=days_of(data["date"], "turnover"))
    cells = collapse(data, ["meeting_id", "date", *wanted], "attended", unit="person_id")
    rows = cells.cells.join(cells.patterns, on="pattern").rename(columns={"profile": "person_id"})
    rows = rows.assign(date=days_of(rows["date"], "turnover"))
    held = rows if body is None else of_body(rows, body, "the panel", "turnover")
    came = held[held["successes"] > 0]
    came = came if capacity is None else came[came["capacity"] == capacity]
    return came, held.drop_duplicates("meeting_id")


def _by_period(came: pd.DataFrame, held: pd.DataFrame, period: Period) -> _Seen:
    held = held[held["date"].notna()].sort_values(["date", "meeting_id"], ignore_index=True)
    if held.empty:
        raise InputError(
            "no meeting has a register", where="turnover", expected="meetings with attendance"
        )
    labels = periods_of(held["date"], period, "turnover")
    names = list(dict.fromkeys(labels))
    meetings = held[["meeting_id"]].assign(
        at=labels.map({name: at for at, name in enumerate(names)})
    )
    rows = came.merge(meetings, on="meeting_id")
    return _seen(names, rows["at"], rows["person_id"], rows["units"])


def _seen(
    names: list[str], at: pd.Series, person: pd.Series, units: pd.Series | None = None
) -> _Seen:
    """From one row for each period and person, or for each period and profile of people."""
    code, known = pd.factorize(person)
    presence = np.zeros((len(names), len(known)), dtype=bool)
    people = np.ones(len(known), dtype=np.int64)
    there = code >= 0
    presence[at.to_numpy(dtype=np.int64)[there], code[there]] = True
    if units is not None:
        people[code[there]] = units.to_numpy(dtype=np.int64)[there]
    return _Seen(names, presence, people)


def _checked_panel(rows: pd.DataFrame, body: str | None, where: str) -> pd.DataFrame:
    check_columns(rows, ["person_id", "attended"], "the panel", where)
    rows = rows if body is None else of_body(rows, body, "the panel", where)
    attended = pd.to_numeric(rows["attended"], errors="coerce")
    if not attended.isin([0, 1]).all():
        wrong = rows.loc[~attended.isin([0, 1]), "attended"]
        raise InputError(
            "attended is neither 0 nor 1",
            where=where,
            expected="1 where the person came, else 0",
            got=f"{wrong.iloc[0]!r} in row {wrong.index[0]}",
        )
    return rows.assign(attended=attended.astype("int64"))


def _by_capacity(people: pd.DataFrame) -> pd.DataFrame:
    """Regulars of those who ever came, by body and capacity."""
    came = people[people["attended"] > 0]
    groups = came.groupby(["body", "capacity"], sort=True)["regular"]
    table = groups.agg(count="sum", n="size").reset_index().rename(columns={"capacity": "category"})
    rank = {name: at for at, name in enumerate(capacity_order(list(table["category"])))}
    places = table.assign(rank=table["category"].map(rank)).sort_values(["body", "rank"])
    table = places.drop(columns="rank").reset_index(drop=True)
    table.insert(1, "variable", "capacity")
    return table.assign(share=table["count"] / table["n"])
