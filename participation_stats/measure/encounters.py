"""Who meets whom: in what company people of each capacity sit, and who sits alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse

from participation_stats.errors import InputError

from .records import capacity_order, check_columns, is_place, of_body, presences, rows_of
from .results import Result, Rule
from .tallies import NOT_STATED

_WHERE = "co_attendance"
_PAIRS = ["person_id", "other_person_id", "meetings", "jaccard"]


@dataclass(frozen=True, eq=False, repr=False)
class CoAttendance(Result):
    """What `co_attendance` found.

    Attributes
    ----------
    table : DataFrame
        ``variable`` ("capacity"), ``category, meetings, alone, alone_share, outnumbered,
        outnumbered_share, none, none_share``: meetings with anybody of the capacity; those of
        them where that was one person only, and where people of other capacities were more; and
        meetings of the body with nobody of the capacity.
    contacts : DataFrame
        ``capacity, other_capacity, meetings, share, met``: meetings at which the two met (two
        people of one capacity, for the same), their share of all meetings, and how many people
        of the other capacity one sits with at a meeting, on average.
    pairs : DataFrame
        ``person_id, other_person_id, meetings, jaccard``, each pair that ever met once; empty
        unless it is asked for. Of the meetings that either came to, ``jaccard`` is the share
        with both.
    n_meetings : int
        Meetings at which anybody was present.
    """

    contacts: pd.DataFrame
    pairs: pd.DataFrame
    n_meetings: int
    # Who sat there in which right is in the minutes; who sat with whom by name stays here.
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", variable=None),
        Rule("contacts", variable=None),
        Rule("pairs", individual=True),
    )


def co_attendance(place: Any, body: str | None = None, *, pairs: bool = False) -> CoAttendance:
    r"""Find in what company people sit at meetings: with whom, alone, outnumbered.

    With :math:`H_{ma}` people of capacity a at meeting m, the people of capacity b whom one of
    capacity a sits with is on average

    .. math::

        \text{met}_{ab} = \frac{\sum_m H_{ma} (H_{mb} - [a = b])}{\sum_m H_{ma}} .

    Parameters
    ----------
    place : Place, frame, str or Path
        An estate with meetings and attendance; or one row for each person present at a meeting:
        ``meeting_id, person_id`` and, where it is known, ``capacity``.
    body : str, optional
        Meetings of one body. Default: of all.
    pairs : bool
        Whether to count for each two people how often they met.

    Returns
    -------
    CoAttendance

    Raises
    ------
    InputError
        If a table, a column or the body is missing, or nobody was present anywhere.

    Examples
    --------
    The youth subgroup of St Mary's met 21 times: 4 times without any resident, 10 times with
    one resident and no other, and never with as many residents as others:

    >>> import participation_stats as ps
    >>> found = co_attendance(ps.load_example("st_marys"), "subgroup")
    >>> columns = ["category", "meetings", "alone", "alone_share", "outnumbered", "none"]
    >>> found.table[columns].round(3)
         category  meetings  alone  alone_share  outnumbered  none
    0  councillor        14     14        1.000           14     7
    1     officer        21      5        0.238           21     0
    2    resident        17     10        0.588           17     4
    3       staff        21      0        0.000            6     0

    A resident there sits with 0.58 other residents and 3.96 staff, on average:

    >>> residents = found.contacts.query("capacity == 'resident'")
    >>> residents[["other_capacity", "meetings", "met"]].round(2)
       other_capacity  meetings   met
    8      councillor        11  0.75
    9         officer        17  1.88
    10       resident         7  0.58
    11          staff        17  3.96
    """
    if is_place(place) and not isinstance(place, pd.DataFrame):
        came = presences(place, body, _WHERE)
    else:
        expected = "an estate, or a frame of people present at meetings"
        wanted = ["meeting_id", "person_id", "capacity", "body_id"]
        came = _checked(rows_of(place, wanted, _WHERE, expected), body)
    if came.empty:
        raise InputError(
            "nobody was present at a meeting", where=_WHERE, expected="recorded presences"
        )
    heads = _heads(came)
    return CoAttendance(
        _company(heads),
        _contacts(heads),
        _pairs(came) if pairs else pd.DataFrame(columns=_PAIRS),
        n_meetings=len(heads),
    )


def _checked(rows: pd.DataFrame, body: str | None) -> pd.DataFrame:
    check_columns(rows, ["meeting_id", "person_id"], "the frame", _WHERE)
    rows = rows if body is None else of_body(rows, body, "the frame", _WHERE)
    rows = rows.dropna(subset=["meeting_id", "person_id"])
    rows = rows.drop_duplicates(["meeting_id", "person_id"])
    known = rows["capacity"].astype("str") if "capacity" in rows else pd.NA
    return rows.assign(capacity=pd.Series(known, index=rows.index, dtype="str").fillna(NOT_STATED))


def _heads(came: pd.DataFrame) -> pd.DataFrame:
    """People present: meetings × capacities."""
    counted = came.groupby(["meeting_id", "capacity"], observed=True).size()
    return counted.unstack(fill_value=0)[capacity_order(list(came["capacity"]))]  # noqa: PD010


def _company(heads: pd.DataFrame) -> pd.DataFrame:
    held = heads.to_numpy(dtype=np.int64)
    anybody = held > 0
    others = held.sum(axis=1, keepdims=True) - held
    meetings = anybody.sum(axis=0)
    alone = (held == 1).sum(axis=0)
    fewer = (anybody & (held < others)).sum(axis=0)
    none = len(held) - meetings
    return pd.DataFrame(
        {
            "variable": "capacity",
            "category": heads.columns.astype("str"),
            "meetings": meetings,
            "alone": alone,
            "alone_share": alone / meetings,
            "outnumbered": fewer,
            "outnumbered_share": fewer / meetings,
            "none": none,
            "none_share": none / len(held),
        }
    )


def _contacts(heads: pd.DataFrame) -> pd.DataFrame:
    held = heads.to_numpy(dtype=np.int64)
    names = heads.columns.astype("str")
    size = len(names)
    # Nobody meets themselves: of one capacity it takes two people.
    both = (held[:, :, None] > 0) & (held[:, None, :] > np.eye(size, dtype=np.int64))
    together = both.sum(axis=0)
    attendances = held.sum(axis=0)
    met = (held.T @ held - np.diag(attendances)) / attendances[:, None]
    return pd.DataFrame(
        {
            "capacity": np.repeat(names, size),
            "other_capacity": np.tile(names, size),
            "meetings": together.ravel(),
            "share": together.ravel() / len(held),
            "met": met.ravel(),
        }
    )


def _pairs(came: pd.DataFrame) -> pd.DataFrame:
    """Meetings together of each two people who ever met, by a product of sparse truth tables."""
    meeting, meetings = pd.factorize(came["meeting_id"])
    person, people = pd.factorize(came["person_id"], sort=True)
    shape = (len(people), len(meetings))
    there = sparse.csr_array((np.ones(len(came), dtype=np.int64), (person, meeting)), shape=shape)
    together = sparse.triu(there @ there.T, k=1).tocoo()
    times = np.bincount(person)
    either = times[together.row] + times[together.col] - together.data
    pairs = pd.DataFrame(
        {
            "person_id": people[together.row],
            "other_person_id": people[together.col],
            "meetings": together.data,
            "jaccard": together.data / either,
        }
    )
    return pairs.sort_values(["person_id", "other_person_id"], ignore_index=True)
