"""Codelist: versioned lists of codes, the only reader of ``data_schemas/codelists/``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from participation_stats.cards import Card

from .catalogue import read_codes, read_json, schemas_folder, unknown_name


@dataclasses.dataclass(frozen=True, eq=False)
class Codelist(Card):
    """One versioned list of codes.

    Attributes
    ----------
    name, title : str
    scheme, version : str
        Whose classification it is (``"ons-census"``, ``"core-lettings"``, ``"estate"`` …) and
        which edition.
    source : str
        Where the list was read.
    evidence : str
        How well it is known: ``"page"`` (official page), ``"repo"`` (official or public
        repository), ``"own"`` (ours); a list or row that nobody saw in an official place says
        ``"unconfirmed"`` and why.
    table : DataFrame
        ``code``, ``label``, ``order`` and, where they apply, ``parent``, ``min``, ``max``
        (from, up to but not including), ``ons_code``, ``evidence`` and ``note``.
    """

    name: str
    scheme: str
    version: str
    title: str
    source: str
    evidence: str
    table: pd.DataFrame

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in order. Data hold codes."""
        return tuple(self.table["code"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in order. People read labels."""
        return tuple(self.table["label"])


def codelist_names() -> tuple[str, ...]:
    """Names of every code list, in alphabetical order.

    Examples
    --------
    >>> "ethnicity_estate" in codelist_names()
    True
    """
    return tuple(sorted(_index()))


def load_codelist(name: str) -> Codelist:
    """One code list by name.

    Raises
    ------
    SchemaError
        If no code list has that name.

    Examples
    --------
    >>> load_codelist("capacity").codes
    ('resident', 'councillor', 'officer', 'staff', 'other')
    >>> print(load_codelist("length_of_residence_band").table[["code", "min", "max"]])
             code   min   max
    0     under 1   0.0   1.0
    1      1 to 4   1.0   5.0
    2      5 to 9   5.0  10.0
    3  10 or more  10.0   NaN
    """
    if name not in _index():
        raise unknown_name("code list", name, codelist_names(), where="load_codelist")
    codelist = _codelist(name)
    # The cached frame stays as shipped, whatever the caller does to theirs (copy-on-write).
    return dataclasses.replace(codelist, table=codelist.table.copy(deep=False))


def describe_codelist(name: str) -> Mapping[str, Any]:
    """What the index says of one list: family, reading, years, evidence, sources.

    Raises
    ------
    SchemaError
        If no code list has that name.
    """
    if name not in _index():
        raise unknown_name("code list", name, codelist_names(), where="describe_codelist")
    return _index()[name]


@functools.cache
def _index() -> dict[str, dict[str, Any]]:
    package = read_json(schemas_folder() / "codelists" / "datapackage.json")
    return {entry["name"]: entry for entry in package["resources"] if entry["kind"] == "codelist"}


@functools.cache
def _codelist(name: str) -> Codelist:
    entry = _index()[name]
    return Codelist(
        name=name,
        scheme=entry["classification"],
        version=entry["version"],
        title=entry["title"],
        source=entry["sources"][0]["title"],
        evidence=entry["evidence"],
        table=read_codes(schemas_folder() / "codelists" / entry["path"]),
    )
