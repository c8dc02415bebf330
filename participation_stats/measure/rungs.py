"""The rungs of a ladder: what each may be given as, and those that a place's tables allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .margins import By, clean_margins
from .records import (
    attendance_by_person,
    chances,
    check_columns,
    is_place,
    is_regular,
    presences,
    stated_capacity,
)
from .results import Place

WHERE = "participation_ladder"
#: What the default rungs are called, outermost first; the last three are kinds of bodies.
RESIDENTS, SURVEY, ONCE, REGULAR = (
    "residents",
    "answered the survey",
    "came once",
    "comes regularly",
)
BODIES = ("committee", "network", "subgroup")
#: Columns without which a table cannot be read; attendance and meetings are checked elsewhere.
_NEEDED = {
    "population": ("variable", "category"),
    "people": ("person_id",),
    "bodies": ("body_id",),
    "memberships": ("body_id", "person_id"),
}


@dataclass(frozen=True)
class Rung:
    """One rung.

    Attributes
    ----------
    name : str
    margins : DataFrame
        As `clean_margins` has them.
    people : DataFrame, optional
        One row for each person with ``person_id`` and the variables, where they are known.
    """

    name: str
    margins: pd.DataFrame
    people: pd.DataFrame | None = None


def clean_rungs(
    rungs: Any, by: By, *, capacity: str | None, regular: tuple[float, int]
) -> list[Rung]:
    """Rungs as given, or those of a place, outermost first; a `Rung` is clean already.

    Raises
    ------
    InputError
        If there are not two of them, or one is not as described.
    """
    if is_place(rungs) and not isinstance(rungs, Mapping):
        given: Mapping[Any, Any] = _of_place(rungs, capacity, regular)
    elif isinstance(rungs, Mapping):
        given = rungs
    else:
        raise InputError(
            f"rungs is {type(rungs).__name__}",
            where=WHERE,
            expected="a mapping from name to margins, outermost first, or an estate",
        )
    if len(given) < 2:
        raise InputError(
            f"a ladder of {len(given)} rungs has no step",
            where=WHERE,
            expected="two rungs or more, outermost first",
            got=", ".join(map(str, given)) or "none",
            hint="an estate needs population, estate_survey, attendance or memberships",
        )
    clean: list[Rung] = []
    for name, data in given.items():
        first = clean[0].margins if clean else None
        keys = list(dict.fromkeys(first["variable"])) if first is not None and by is None else by
        ready = isinstance(data, Rung) and by is None
        clean.append(data if ready else _cleaned(str(name), data, keys, first))
    return clean


def _cleaned(name: str, data: Any, by: By, first: pd.DataFrame | None) -> Rung:
    table = getattr(data, "table", None)
    data = table if isinstance(table, pd.DataFrame) else data
    people = data if isinstance(data, pd.DataFrame) and "variable" not in data else None
    if people is not None and "person_id" in people:
        people = people.drop_duplicates("person_id", keep="last")
        data = people
    else:
        people = None
    if first is not None and isinstance(data, pd.DataFrame):
        by = _shared(data, by)
    side = "population" if first is None and isinstance(data, Mapping) else name
    margins = clean_margins(data, by, where=WHERE, side=side, beside=first)
    if (margins["body"] != margins["body"].iloc[0]).any():
        raise InputError(
            f"{name} holds several bodies",
            where=WHERE,
            expected="one body on each rung",
            got=", ".join(margins["body"].unique()),
            hint="give each body a rung of its own",
        )
    return Rung(name, margins, people)


def _shared(data: pd.DataFrame, by: By) -> By:
    """The variables wanted that this rung has; a rung may know less than the outermost."""
    names = [by] if isinstance(by, str | tuple) else list(by or ())
    there = set(data.get("variable", data.columns))
    kept = [
        name for name in names if name in there or (isinstance(name, tuple) and set(name) <= there)
    ]
    return kept or by


def _of_place(
    place: Place, capacity: str | None, regular: tuple[float, int]
) -> dict[str, pd.DataFrame]:
    """The default rungs that the tables allow, each with the population's variables."""
    tables = {name: table for name, table in place.tables.items() if len(table)}
    for name, columns in _NEEDED.items():
        if name in tables:
            check_columns(tables[name], columns, name, WHERE)
    found: dict[str, pd.DataFrame] = {}
    benchmark = tables.get("population")
    if benchmark is not None:
        found[RESIDENTS] = benchmark
    if "estate_survey" in tables:
        survey = tables["estate_survey"]
        if "respondent_id" in survey:
            survey = survey.drop_duplicates("respondent_id", keep="last")
        found[SURVEY] = _comparable(survey.drop(columns="person_id", errors="ignore"), benchmark)
    if "people" in tables:
        known = _comparable(tables["people"].drop_duplicates("person_id"), benchmark)
        for name, ids in _ids_by_rung(place, tables, capacity, regular).items():
            people = known[known["person_id"].isin(ids)]
            if len(people):
                found[name] = people
    return found


def _ids_by_rung(
    place: Place,
    tables: Mapping[str, pd.DataFrame],
    capacity: str | None,
    regular: tuple[float, int],
) -> dict[str, pd.Series]:
    ids: dict[str, pd.Series] = {}
    if {"meetings", "attendance"} <= set(tables):
        came = presences(place, None, WHERE)
        ids[ONCE] = _in_capacity(came, capacity)["person_id"]
        people = attendance_by_person(chances(place, None, WHERE))
        people = people[is_regular(people, *regular)]
        ids[REGULAR] = _in_capacity(people, capacity)["person_id"]
    if {"bodies", "memberships"} <= set(tables) and "kind" in tables["bodies"]:
        seats = tables["memberships"].merge(tables["bodies"][["body_id", "kind"]], on="body_id")
        seats = _in_capacity(seats.assign(capacity=stated_capacity(seats, place)), capacity)
        ids |= {kind: seats.loc[seats["kind"] == kind, "person_id"] for kind in BODIES}
    return ids


def _in_capacity(rows: pd.DataFrame, capacity: str | None) -> pd.DataFrame:
    return rows if capacity is None else rows[rows["capacity"] == capacity]


def _comparable(people: pd.DataFrame, benchmark: pd.DataFrame | None) -> pd.DataFrame:
    """People with a column for each variable of the population, numbers put into its bands."""
    if benchmark is None:
        return people
    banded = {}
    for variable, rows in benchmark.groupby("variable", sort=False):
        name = str(variable)
        number = next(
            (
                column
                for column in (name, name.removesuffix("_band"))
                if column in people and pd.api.types.is_numeric_dtype(people[column])
            ),
            None,
        )
        if number is not None:
            bands = banded_like(people[number], rows["category"].tolist())
            # A band that was asked for directly goes before one worked out.
            given = name in people and number != name
            banded[name] = people[name].astype("str").fillna(bands) if given else bands
    return people.assign(**banded)


def banded_like(numbers: pd.Series, bands: Sequence[str]) -> pd.Series:
    """Numbers put into bands that are told by their labels, each beginning where it says.

    Examples
    --------
    >>> banded_like(pd.Series([0.5, 4.7, 12]), ["5 or more", "under 1", "1 to 4"]).tolist()
    ['under 1', '1 to 4', '5 or more']
    """
    starts = {
        label: -np.inf
        if label.casefold().startswith(("under", "less"))
        else float("".join(c if c.isdigit() else " " for c in label).split()[0])
        for label in bands
        if any(c.isdigit() for c in label)
    }
    labels = sorted(starts, key=lambda label: starts[label])
    values = pd.to_numeric(numbers).astype("float64").to_numpy(na_value=np.nan)
    place = np.searchsorted([starts[label] for label in labels], values, side="right") - 1
    inside = (place >= 0) & ~np.isnan(values)
    chosen = np.array([*labels, None], dtype=object)[np.where(inside, place, len(labels))]
    return pd.Series(chosen, index=numbers.index, dtype="str")
