"""Pooling: bodies and years of an estate that could be counted together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from participation_stats.intake.estates import Estate
from participation_stats.release.pools import Pool
from participation_stats.studies.seating import Seating, ratios_of_members

#: What it is called, the bodies it could stand in for, and its people.
_Candidate = tuple[str, tuple[str, ...], pd.DataFrame]

#: Of more bodies than this only those are tried together of which one belongs to the other.
MOST_BODIES = 6


def pools_of(estate: Estate, seatings: Sequence[Seating]) -> list[Pool]:
    """Every two bodies together, and of each body everybody who ever sat on it."""
    seated = [one for one in seatings if one.members]
    population = estate.population() if seated else pd.DataFrame()
    found = []
    for words, bodies, members in (*_pairs(estate, seated), *_years(estate, seated)):
        ratios = ratios_of_members(members, population)
        if ratios is not None:
            people = frozenset(members["person_id"].astype(str))
            found.append(Pool(words, bodies, ratios, people))
    return found


def _pairs(estate: Estate, seated: Sequence[Seating]) -> Iterator[_Candidate]:
    parents = _parents(estate)
    for one, other in combinations(seated, 2):
        related = parents.get(one.body) == other.body or parents.get(other.body) == one.body
        if related or len(seated) <= MOST_BODIES:
            both = pd.concat([_members(estate, one), _members(estate, other)])
            both = both.drop_duplicates("person_id", ignore_index=True)
            yield f"{one.name} and {other.name}", (one.body, other.body), both


def _parents(estate: Estate) -> dict[str, str]:
    bodies = estate.tables.get("bodies", pd.DataFrame())
    if "parent_body_id" not in bodies:
        return {}
    stated = bodies.dropna(subset=["parent_body_id"])
    return dict(zip(stated["body_id"], stated["parent_body_id"], strict=True))


def _years(estate: Estate, seated: Sequence[Seating]) -> Iterator[_Candidate]:
    for one in seated:
        ever = estate.members(one.body)
        if len(ever) > one.n:
            yield f"everybody who has ever sat on {one.name}", (one.body,), ever


def _members(estate: Estate, one: Seating) -> pd.DataFrame:
    return estate.members(one.body, on=one.day or None)
