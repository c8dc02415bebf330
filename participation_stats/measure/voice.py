"""Who sits on a body in what right: seats by capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .records import (
    Day,
    as_day,
    capacity_order,
    check_columns,
    held_seats,
    is_place,
    of_body,
    rows_of,
    stated_capacity,
    table_of,
)
from .results import Place, Result, Rule

_WHERE = "seats"
#: What a frame of memberships is read for.
_SEAT = ("capacity", "votes", "body_id", "person_id", "start_date", "end_date")


@dataclass(frozen=True, eq=False, repr=False)
class Seats(Result):
    """Seats of a body by capacity.

    Attributes
    ----------
    table : DataFrame
        ``variable`` ("capacity"), ``category``, ``count`` (people who hold a seat), ``share``
        and ``votes``. In what right somebody sits on a body is a public fact.
    body : str
        The ``body_id``; empty where none is known.
    on : str, optional
        The day, as year-month-day; ``None``: everybody who ever held a seat.
    n_seats : int
        All seats.
    """

    body: str
    on: str | None
    n_seats: int
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=("share", "votes"), margin=("variable",)),
    )

    @property
    def votes(self) -> dict[str, float]:
        """Votes by capacity, as `voting_power` takes them."""
        return dict(zip(self.table["category"], self.table["votes"].tolist(), strict=True))


def seats(place: Any, body: str | None = None, *, on: Day | None = None) -> Seats:
    """Count the seats of a body by capacity: in what right people sit there.

    Each person counts once, with their latest seat; ``share`` is count over all seats, and
    ``votes`` adds up the votes that the seats carry (one each where it is not said).

    Parameters
    ----------
    place : Place, frame, str, Path or mapping
        An estate with memberships (capacity from ``people`` where the seat does not say); a
        frame of memberships, one row a seat, with ``capacity``; or seats by capacity.
    body : str, optional
        A ``body_id``. Default: the only body.
    on : date, optional
        Seats held on that day. Default: by everybody who ever held one.

    Returns
    -------
    Seats

    Raises
    ------
    InputError
        If there is no such table, column or body, several bodies and none is named, `on` is no
        date, or nobody holds a seat.

    Examples
    --------
    >>> import participation_stats as ps
    >>> subgroup = seats(ps.load_example("st_marys"), "subgroup", on="2012-05-01")
    >>> print(subgroup.table.round(3).to_string(index=False))
    variable   category  count  share  votes
    capacity councillor      1  0.091      1
    capacity    officer      2  0.182      2
    capacity   resident      3  0.273      3
    capacity      staff      5  0.455      5

    If each capacity votes as one, three residents decide no more often than one councillor:

    >>> ps.voting_power(subgroup.votes).table[["bloc", "banzhaf", "allies_to_win"]].round(3)
             bloc  banzhaf  allies_to_win
    0  councillor    0.167              1
    1     officer    0.167              1
    2    resident    0.167              1
    3       staff    0.500              1
    """
    if isinstance(place, Mapping):
        held, name = _of_mapping(place), body or ""
    else:
        held, name = seated(place, body, on, _WHERE)
    if held.empty:
        raise InputError(
            f"nobody holds a seat{f' on {name!r}' if name else ''}",
            where=_WHERE,
            expected="at least one seat",
            got="none" if on is None else f"none on {on}",
            hint="check the dates of the memberships",
        )
    table = by_capacity(held)
    day = None if on is None else f"{as_day(on, _WHERE):%Y-%m-%d}"
    return Seats(table, body=name, on=day, n_seats=int(table["count"].sum()))


def seated(place: Any, body: str | None, on: Day | None, where: str) -> tuple[pd.DataFrame, str]:
    """One row for each seat with its ``capacity`` and ``votes``, and the body's id."""
    people: Place | None = None
    if is_place(place) and not isinstance(place, pd.DataFrame):
        rows, people = table_of(place, "memberships", where, ["body_id", "person_id"]), place
    else:
        expected = "an estate, a frame of memberships, or seats by capacity"
        rows = rows_of(place, _SEAT, where, expected)
        check_columns(rows, ["capacity"], "memberships", where)
    rows = of_body(rows, body, "memberships", where)
    name = body or (str(rows["body_id"].iloc[0]) if "body_id" in rows and len(rows) else "")
    held = held_seats(rows, on, where)
    votes = held["votes"].fillna(1) if "votes" in held else np.ones(len(held))
    return held.assign(capacity=stated_capacity(held, people), votes=votes, seats=1), name


def by_capacity(held: pd.DataFrame) -> pd.DataFrame:
    """Seats and votes added up by capacity."""
    sums = held.groupby("capacity")[["seats", "votes"]].sum()
    sums = sums.loc[capacity_order(list(sums.index))]
    votes = sums["votes"].astype(float).to_numpy()
    whole = bool((votes == np.round(votes)).all())
    return pd.DataFrame(
        {
            "variable": "capacity",
            "category": sums.index,
            "count": sums["seats"].to_numpy(dtype=np.int64),
            "share": sums["seats"].to_numpy(dtype=float) / float(sums["seats"].sum()),
            "votes": votes.astype(np.int64) if whole else votes,
        }
    )


def _of_mapping(counts: Mapping[Any, Any]) -> pd.DataFrame:
    """Seats by capacity, each with one vote."""
    for capacity, count in counts.items():
        whole = isinstance(count, int | np.integer) and not isinstance(count, bool)
        if not whole or count < 0:
            raise InputError(
                f"the seats of '{capacity}' are no whole number",
                where=_WHERE,
                expected="whole numbers of 0 or more",
                got=repr(count),
            )
    held = pd.DataFrame(
        {
            "capacity": [str(name) for name in counts],
            "seats": list(counts.values()),
            "votes": list(counts.values()),
        }
    )
    return held if held["seats"].sum() else held.iloc[:0]
