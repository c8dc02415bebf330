"""A body and a population given by an estate: who sits there, who lives there."""

from __future__ import annotations

from typing import Any

import pandas as pd

from participation_stats.errors import InputError

from ..margins import By, clean_margins
from ..results import Place


def of_place(body: Any, place: Any, by: By, where: str) -> tuple[Any, Any, By]:
    """Body, population and `by` as margins or people, where the population is an estate.

    A body may then be a ``body_id``: all who ever held a seat there, or its published profile.
    Characteristics that the population gives in bands are taken from the people's bands.
    Without `by` everything that both have is compared. Anything else is handed back as it came.
    """
    if not hasattr(place, "tables"):
        return body, place, by
    benchmark = benchmark_of(place, where)
    if isinstance(body, str):
        body = _seated(place, body, where)
    if not isinstance(body, pd.DataFrame) or {"variable", "category"} <= set(body.columns):
        return body, benchmark, by
    known = variables_of(benchmark, where)
    people = with_bands(body, known)
    if by is not None:
        return people, benchmark, by
    return people, benchmark, shared_variables(people, known, where)


def benchmark_of(place: Place, where: str) -> pd.DataFrame:
    """The population table of an estate."""
    if "population" not in place.tables:
        raise InputError(
            "there is no table 'population'",
            where=where,
            expected="a population to compare with",
            got=", ".join(place.tables),
            hint="give its margins as population=",
        )
    return place.tables["population"]


def variables_of(margins: Any, where: str) -> list[str]:
    """The characteristics that a population gives."""
    clean = clean_margins(margins, where=where, side="population")
    return [str(name) for name in clean["variable"].unique()]


def with_bands(people: pd.DataFrame, known: list[str]) -> pd.DataFrame:
    """People with ``length_of_residence_band`` as their length of residence, and so on."""
    banded = {name: people[f"{name}_band"] for name in known if f"{name}_band" in people}
    return people.assign(**banded)


def shared_variables(people: pd.DataFrame, known: list[str], where: str) -> list[str]:
    """The characteristics of the population that are columns of the people."""
    names = [name for name in known if name in people]
    if not names:
        raise InputError(
            "people and population share no characteristic",
            where=where,
            expected=f"one of {', '.join(known)}",
            got=", ".join(str(name) for name in people.columns),
            hint="name the columns of people as the population table names its variables",
        )
    return names


def _seated(place: Place, body: str, where: str) -> pd.DataFrame:
    for name in ("memberships", "profiles"):
        table = place.tables.get(name)
        if table is None or not (table["body_id"] == body).any():
            continue
        rows = table[table["body_id"] == body]
        if name == "profiles":
            return rows.drop(columns="body_id")
        members = getattr(place, "members", None)
        if callable(members):
            return pd.DataFrame(members(body))
        seats = rows.drop_duplicates("person_id", keep="last")
        people = place.tables.get("people")
        if people is None:
            return seats
        doubled = [column for column in people if column in seats and column != "person_id"]
        return seats.merge(people.drop(columns=doubled), on="person_id", how="left")
    named = [
        str(name)
        for table in ("memberships", "profiles")
        if table in place.tables
        for name in place.tables[table]["body_id"].unique()
    ]
    raise InputError(
        f"nobody is known to sit on '{body}'",
        where=where,
        expected=f"one of {', '.join(dict.fromkeys(named))}" if named else "memberships, profiles",
        hint="check the body_id",
    )
