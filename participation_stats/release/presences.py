"""Sentences about presence: who came, in what right, and whether residents were outnumbered."""

from __future__ import annotations

import pandas as pd

from participation_stats.release.phrases import capital, in_words

#: Capacities in the order in which they are shown.
CAPACITIES = ("resident", "councillor", "officer", "staff", "other")

_NAMES = {
    "resident": ("resident", "residents"),
    "councillor": ("councillor", "councillors"),
    "officer": ("council officer", "council officers"),
    "staff": ("organisation staff", "organisation staff"),
    "other": ("other person", "others"),
}


def capacity_name(capacity: str, number: int, *, alone: bool = False) -> str:
    """What people of a capacity are called; "other" beside no other capacity is everybody.

    Examples
    --------
    >>> capacity_name("officer", 1), capacity_name("officer", 3), capacity_name("guest", 2)
    ('council officer', 'council officers', 'guest')
    >>> capacity_name("other", 18, alone=True)
    'people'
    """
    if alone and capacity == "other":
        return "person" if number == 1 else "people"
    one, many = _NAMES.get(capacity, (capacity, capacity))
    return one if number == 1 else many


def attendance_headline(heads: pd.DataFrame) -> str:
    """How residents stood at the meetings, from the headcounts by capacity.

    Examples
    --------
    >>> attendance_headline(pd.DataFrame({"meeting": [1, 1, 2, 2], "count": [2, 3, 4, 1],
    ...     "capacity": ["resident", "officer", "resident", "officer"]}))
    'Residents were outnumbered at one of the 2 meetings'
    """
    if heads.empty:
        return "Who was at which meeting"
    counts = heads["count"].astype("Float64")
    if counts.isna().any():
        return f"People present at {_meetings(heads)}: part is withheld"
    totals = counts.groupby(heads["meeting"]).sum()
    if heads["capacity"].nunique() < 2 or "resident" not in set(heads["capacity"]):
        low, high = f"{totals.min():.0f}", f"{totals.max():.0f}"
        if low == high:
            return f"{low} people came to {'each of ' * (len(totals) > 1)}{_meetings(heads)}"
        return f"Between {low} and {high} people came to each meeting"
    resident = counts.where(heads["capacity"] == "resident", 0).groupby(heads["meeting"]).sum()
    fewer = int((resident < totals - resident).sum())
    where = _meetings(heads)
    if fewer == 0:
        return f"Residents were not outnumbered at {'any of ' * (len(totals) > 1)}{where}"
    if fewer == len(totals):
        return f"Residents were outnumbered at {'all of ' * (len(totals) > 1)}{where}"
    return f"Residents were outnumbered at {in_words(fewer)} of {where}"


def _meetings(heads: pd.DataFrame) -> str:
    number = heads["meeting"].nunique()
    return "the only meeting" if number == 1 else f"the {number} meetings"


def attendance_summary(heads: pd.DataFrame) -> str:
    """Attendances by capacity, in a sentence.

    Examples
    --------
    >>> attendance_summary(pd.DataFrame({"meeting": [1, 2], "count": [3, 5],
    ...     "capacity": ["resident", "resident"]}))
    '2 meetings. Residents: 8 attendances, 3 to 5 at a meeting.'
    """
    if heads.empty:
        return ""
    parts = []
    alone = len(set(heads["capacity"])) == 1
    known = [name for name in CAPACITIES if name in set(heads["capacity"])]
    for name in known + sorted(set(map(str, heads["capacity"])) - set(known)):
        counts = heads.loc[heads["capacity"] == name, "count"].astype("Float64")
        who = capital(capacity_name(name, 2, alone=alone))
        if counts.isna().any():
            parts.append(f"{who}: withheld")
        else:
            parts.append(
                f"{who}: {counts.sum():,.0f} attendances, {counts.min():.0f} to "
                f"{counts.max():.0f} at a meeting"
            )
    number = heads["meeting"].nunique()
    return f"{number} meeting{'' if number == 1 else 's'}. {'; '.join(parts)}."
