"""What each capacity has of a body side by side: seats, presence, power, proposals, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from participation_stats.errors import InputError, named_kind

from .power import VotingPower, voting_power
from .records import (
    Day,
    as_day,
    capacity_order,
    days_of,
    is_place,
    of_body,
    presences,
    stated_capacity,
    table_of,
)
from .results import Place, Result, Rule
from .voice import seats

_WHERE = "voice_shares"
#: The measures, in the order of the table.
MEASURES = ("seats", "votes", "voting_power", "present", "spoke", "proposed", "passed")
#: Decisions that no vote settles, or for which it is not known how many it takes.
_NO_VOTE = ("advisory", "consensus", "quota")


@dataclass(frozen=True, eq=False, repr=False)
class Voice(Result):
    """What `voice_shares` found.

    Attributes
    ----------
    table : DataFrame
        ``measure, variable`` ("capacity"), ``category, count, n, share``: what each capacity has
        of the ``n`` seats, votes, swings (of voting power), people in the room at all meetings,
        people minuted as having spoken, items proposed, and items passed.
    body : str
    on : str, optional
        The day on which seats are counted, as year-month-day.
    quota : float, optional
        Votes needed; ``None`` where nothing is put to the vote or it is not known.
    """

    body: str
    on: str | None
    quota: float | None
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=("n", "share"), margin=("measure", "variable")),
    )

    @property
    def side_by_side(self) -> pd.DataFrame:
        """Shares with one row for each capacity and one column for each measure."""
        wide = self.table.pivot_table("share", index="category", columns="measure")
        order = list(dict.fromkeys(self.table["category"]))
        columns = [name for name in MEASURES if name in wide]
        return wide.loc[order, columns].rename_axis(columns=None).reset_index()


def voice_shares(
    place: Any, body: str | None = None, *, on: Day | None = None, quota: float | None = None
) -> Voice:
    """Set each capacity's share of seats beside its share of presence, power and decisions.

    Parameters
    ----------
    place : Place or mapping
        An estate: seats and votes from memberships, people in the room from meetings and
        attendance (and who spoke, where the minutes say), items from decisions; what it has no
        table for is left out. Or counts by capacity for each measure that is known, such as
        ``{"seats": {"resident": 3, "staff": 8}, "present": {"resident": 24, "staff": 136}}``.
    body : str, optional
        A ``body_id``. Default: the only body.
    on : date, optional
        The day on which seats are counted. Default: the body's last meeting; where none is
        known, everybody who ever held a seat. All meetings and items count, whatever the day.
    quota : float, optional
        Votes needed. Default: of the table of bodies, the quota, or what the decision rule
        makes it; else a strict majority. There is no power where the body decides by consensus or
        only advises, or where fewer votes than its quota are seated.

    Returns
    -------
    Voice
        ``voting_power`` is the normalised Banzhaf power if each capacity votes as one.

    Raises
    ------
    InputError
        If nothing of this is known, a mapping has another measure, there are several bodies and
        none is named, or a date or a number is none.

    Examples
    --------
    In the youth subgroup of St Mary's two of ten seats are residents'. They have half as much
    power as seats, and of the items that passed none was theirs:

    >>> import participation_stats as ps
    >>> found = voice_shares(ps.load_example("st_marys"), "subgroup")
    >>> found.side_by_side.drop(columns=["votes", "spoke"]).round(3)
         category  seats  voting_power  present  proposed  passed
    0  councillor    0.1           0.1    0.088     0.143   0.088
    1     officer    0.2           0.1    0.231     0.167   0.206
    2    resident    0.2           0.1    0.150     0.024   0.000
    3       staff    0.5           0.7    0.531     0.667   0.706
    """
    if isinstance(place, Mapping):
        counts, name, day, rule = _given(place), body or "", None, None
    elif is_place(place):
        name = _body_of(place, body)
        day = _last_meeting(place, name) if on is None else as_day(on, _WHERE)
        counts, rule = _counted(place, name, day), _rule_of(place, name)
    else:
        raise InputError(
            f"this is {named_kind(place)}",
            where=_WHERE,
            expected="an estate, or counts by capacity for each measure",
        )
    if not any(part.sum() for part in counts.values()):
        raise InputError(
            f"nothing is known of {name!r}" if name else "nothing is known",
            where=_WHERE,
            expected="memberships, attendance at meetings, or decisions",
        )
    power = _power(counts.get("votes", counts.get("seats")), quota, rule)
    if power is not None:
        counts["voting_power"] = power.table.set_index("bloc")["swings"]
    return Voice(
        _table(counts),
        body=name,
        on=None if day is None else f"{day:%Y-%m-%d}",
        quota=None if power is None else power.quota,
    )


def _given(counts: Mapping[Any, Any]) -> dict[str, pd.Series]:
    found: dict[str, pd.Series] = {}
    for measure, part in counts.items():
        if measure not in MEASURES or measure == "voting_power" or not isinstance(part, Mapping):
            raise InputError(
                f"'{measure}' is no measure with counts by capacity",
                where=_WHERE,
                expected="counts for " + ", ".join(m for m in MEASURES if m != "voting_power"),
                got=repr(part)[:60],
            )
        values = pd.to_numeric(pd.Series(dict(part), dtype=object), errors="coerce").astype(float)
        if values.isna().any() or (values < 0).any():
            raise InputError(
                f"'{measure}' has a count that is none",
                where=_WHERE,
                expected="numbers of 0 or more",
                got=repr(dict(part))[:60],
            )
        found[str(measure)] = values.rename(index=str)
    return found


def _body_of(place: Place, body: str | None) -> str:
    """The body named, or the only one of the place."""
    held = [
        table_of(place, name, _WHERE, ["body_id"])
        for name in ("memberships", "meetings")
        if name in place.tables
    ]
    rows = pd.concat([table[["body_id"]] for table in held]) if held else pd.DataFrame()
    rows = of_body(rows, body, "memberships and meetings", _WHERE) if len(rows) else rows
    if rows.empty:
        raise InputError(
            "there is no body",
            where=_WHERE,
            expected="a place with memberships or meetings",
            got=", ".join(place.tables) or "no table",
        )
    return str(rows["body_id"].iloc[0])


def _last_meeting(place: Place, body: str) -> pd.Timestamp | None:
    if "meetings" not in place.tables:
        return None
    meetings = table_of(place, "meetings", _WHERE, ["meeting_id", "date"])
    last = days_of(meetings.loc[meetings["body_id"] == body, "date"], _WHERE).max()
    return None if pd.isna(last) else pd.Timestamp(last)


def _counted(place: Place, body: str, day: pd.Timestamp | None) -> dict[str, pd.Series]:
    """Counts by capacity for each measure that the tables allow."""
    tables = place.tables
    found: dict[str, pd.Series] = {}
    if "memberships" in tables and (tables["memberships"]["body_id"] == body).any():
        held = seats(place, body, on=day).table.set_index("category")
        found |= {"seats": held["count"], "votes": held["votes"]}
    if "meetings" not in tables or not (tables["meetings"]["body_id"] == body).any():
        return found
    if "attendance" in tables:
        came = presences(place, body, _WHERE)
        found["present"] = came["capacity"].value_counts()
        if "spoke" in came:
            found["spoke"] = came.loc[came["spoke"] == "yes", "capacity"].value_counts()
    if "decisions" in tables:
        ours = tables["meetings"].loc[tables["meetings"]["body_id"] == body, "meeting_id"]
        items = table_of(place, "decisions", _WHERE, ["meeting_id", "outcome"])
        items = items[items["meeting_id"].isin(ours)].rename(columns={"proposed_by": "person_id"})
        items = items.assign(capacity=stated_capacity(items, place))
        found["proposed"] = items["capacity"].value_counts()
        found["passed"] = items.loc[items["outcome"] == "passed", "capacity"].value_counts()
    return {measure: part for measure, part in found.items() if part.sum()}


def _rule_of(place: Place, body: str) -> pd.Series | None:
    """The row of the table of bodies."""
    if "bodies" not in place.tables:
        return None
    rows = place.tables["bodies"]
    rows = rows[rows["body_id"] == body]
    return rows.iloc[0] if len(rows) else None


def _power(
    votes: pd.Series | None, quota: float | None, rule: pd.Series | None
) -> VotingPower | None:
    """Power of the capacities as blocs; None where there is no voting or nothing can pass."""
    if votes is None:
        return None
    decision = None if rule is None else rule.get("decision_rule")
    recorded = None if rule is None else rule.get("quota")
    total = float(votes.sum())
    if quota is None and recorded is not None and not pd.isna(recorded) and recorded > 0:
        quota = float(recorded)
        if quota > total:
            return None
    if quota is None and isinstance(decision, str):
        if decision in _NO_VOTE:
            return None
        quota = {"two_thirds": 2 * total / 3, "unanimity": total}.get(decision)
    return voting_power(votes, quota)


def _table(counts: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Every measure with every capacity, noughts included."""
    order = capacity_order([name for part in counts.values() for name in part.index])
    parts = [
        pd.DataFrame(
            {
                "measure": measure,
                "variable": "capacity",
                "category": order,
                "count": counts[measure].reindex(order, fill_value=0).to_numpy(dtype=float),
            }
        )
        for measure in MEASURES
        if measure in counts and counts[measure].sum()
    ]
    table = pd.concat(parts, ignore_index=True)
    if (table["count"] == table["count"].round()).all():
        table = table.astype({"count": "int64"})
    n = table.groupby("measure", sort=False)["count"].transform("sum")
    return table.assign(n=n, share=table["count"] / n)
