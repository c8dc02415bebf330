"""From one code list to another, and from what people write to a code.

A code lies wholly in one group of another list, or it overlaps several. Only the first can be
recoded; the crosswalk has one row for it. Aliases work alike: one that may mean several groups has
several rows.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from participation_stats.errors import InputError, SchemaError

from .catalogue import read_codes, schemas_folder, unknown_name
from .codelists import codelist_names, describe_codelist, load_codelist
from .spelling import normal


class Meaning(NamedTuple):
    """A code of a list, and how well it is known that the label means it."""

    codelist: str
    code: str
    evidence: str = ""
    note: str = ""


#: What stands in the column ``list`` of an alias that names no group.
EVERYONE, MISSING = "everyone", "missing_reason"


def load_crosswalk(source: str, to: str) -> pd.DataFrame:
    """Where each code of one list lies in another.

    Returns
    -------
    DataFrame
        ``from_code``, ``to_code``, ``evidence``, ``note``. A code with several rows overlaps
        several groups.

    Raises
    ------
    SchemaError
        If a list is unknown, or nobody has written a crosswalk between the two.

    Examples
    --------
    >>> print(load_crosswalk("housing_tenure", "housing_tenure_5")[["from_code", "to_code"]])
              from_code           to_code
    0  Shared ownership  Shared ownership
    1       Social rent       Social rent
    2      Private rent      Private rent
    3         Rent free         Rent free
    4             Owned             Owned
    5         Leasehold             Owned
    """
    for name in (source, to):
        if name not in codelist_names():
            raise unknown_name("code list", name, codelist_names(), where="load_crosswalk")
    table = _crosswalks(family_of(source))
    rows = table[(table["from_list"] == source) & (table["to_list"] == to)]
    if rows.empty:
        raise SchemaError(
            f"no crosswalk from '{source}' to '{to}'",
            where="load_crosswalk",
            expected="two lists of one characteristic, the first as fine or finer",
        )
    return rows.drop(columns=["from_list", "to_list"]).reset_index(drop=True)


@functools.cache
def landings(source: str, to: str) -> Mapping[str, tuple[Meaning, ...]]:
    """For each code of `source`: the groups of `to` that it overlaps. Empty if there is no way."""
    if source == to:
        return {code: (Meaning(to, code),) for code in load_codelist(to).codes}
    table = _crosswalks(family_of(source))
    rows = table[(table["from_list"] == source) & (table["to_list"] == to)]
    found: dict[str, tuple[Meaning, ...]] = {}
    for _, start, _, end, evidence, note in rows.itertuples(index=False):
        found[start] = (*found.get(start, ()), Meaning(to, end, evidence, note))
    return found


@functools.cache
def aliases(family: str) -> Mapping[str, tuple[Meaning, ...]]:
    """Normal label → what it may mean, for one characteristic."""
    found: dict[str, tuple[Meaning, ...]] = {}
    path = schemas_folder() / "codelists" / "aliases" / f"{family}.csv"
    if path.is_file():
        for raw, *meaning in read_codes(path).itertuples(index=False):
            key = normal(raw)
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), Meaning(*meaning))))
    return found


@functools.cache
def vocabulary(name: str) -> Mapping[str, str]:
    """Normal code or label → code, of one list."""
    return {**labels_of(name), **{normal(code): code for code in load_codelist(name).codes}}


@functools.cache
def labels_of(name: str) -> Mapping[str, str]:
    """Normal label → code, of one list."""
    table = load_codelist(name).table
    return {normal(label): code for label, code in zip(table["label"], table["code"], strict=True)}


@functools.cache
def numbers_of(name: str) -> Mapping[str, str]:
    """The number that the statistical office gives → code, of one list that has such numbers."""
    table = load_codelist(name).table
    if "ons_code" not in table.columns:
        return {}
    return dict(zip(table["ons_code"], table["code"], strict=True))


@functools.cache
def missing(key: str) -> str | None:
    """Why a value is missing, if that is what a normal label says: a label of missing_reason."""
    reasons = load_codelist(MISSING)
    code = vocabulary(MISSING).get(key)
    if code is None:
        meanings = aliases("missing").get(key, ())
        code = meanings[0].code if meanings else None
    return None if code is None else reasons.labels[reasons.codes.index(code)]


def family_of(name: str) -> str:
    """The characteristic that a list describes: ``"ethnicity"``, ``"age"`` …."""
    return str(describe_codelist(name)["family"])


@functools.cache
def siblings(family: str, reading: str) -> tuple[str, ...]:
    """The lists of a family that are read in one way: ``"standard"``, ``"own"``, ``"named"``."""
    return tuple(
        name
        for name in codelist_names()
        if describe_codelist(name)["family"] == family
        and describe_codelist(name)["reading"] == reading
    )


def broad_list(column: str) -> str | None:
    """The coarsest census list of what a column, by its name in the schemas, describes."""
    family = family_of(column) if column in codelist_names() else column
    for name in siblings(family, "standard"):
        if describe_codelist(name).get("broad"):
            return name
    return None


def editions(source: str, year: int | None, *, where: str) -> tuple[str, ...]:
    """The lists that a name and a year stand for: one list, or the editions of a series.

    Raises
    ------
    InputError
        If the name is no list and no series, or no edition was in use that year.
    """
    series = _series()
    names = series.get(source, (source,))
    if source not in series and source not in codelist_names():
        known = (*codelist_names(), *series)
        raise InputError(str(unknown_name("code list", source, known, where="")), where=where)
    fitting = tuple(name for name in names if year is None or _in_use(name, year))
    if not fitting:
        raise InputError(
            f"no edition of '{source}' was in use in {year}",
            where=where,
            expected=", ".join(f"{name} ({_years(name)})" for name in names),
            hint="map by label: leave out the year and give labels, not codes",
        )
    return fitting


@functools.cache
def _crosswalks(family: str) -> pd.DataFrame:
    path = schemas_folder() / "codelists" / "crosswalks" / f"{family}.csv"
    if path.is_file():
        return read_codes(path)
    columns = ["from_list", "from_code", "to_list", "to_code", "evidence", "note"]
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})


@functools.cache
def _series() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in codelist_names():
        series = describe_codelist(name).get("series")
        if series:
            found[series] = (*found.get(series, ()), name)
    return found


def _in_use(name: str, year: int) -> bool:
    entry = describe_codelist(name)
    return bool(entry.get("from_year", year) <= year <= entry.get("to_year", year))


def _years(name: str) -> str:
    entry = describe_codelist(name)
    first, last = entry.get("from_year"), entry.get("to_year")
    if first is None:
        return "any year"
    if last is None:
        return f"{first} onwards"
    return f"{first}" if first == last else f"{first} to {last}"
