"""Ratios over time: of people, not of attendances, with an exact test for change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from participation_stats.errors import InputError

from ..inference.adjustment import holm
from ..inference.exchange import exchange_p_value
from ..inference.fair_draw import Flags
from ..margins import By
from ..results import Place, Result, Rule
from ..tallies import NOT_STATED, column_names, gathered
from .attenders import Period, people_by_period
from .places import benchmark_of, shared_variables, variables_of, with_bands
from .ratios import Representativeness, representativeness_ratios

_WHERE = "ratio_trend"


@dataclass(frozen=True, eq=False, repr=False)
class Trend(Result):
    """What `ratio_trend` found.

    Attributes
    ----------
    table : DataFrame
        As `Representativeness.table`, one block per ``period``.
    overall : DataFrame
        As `Representativeness.overall`, by ``period``.
    change : DataFrame
        ``variable, category, first_share, last_share, change, p_value, p_adjusted``.
    """

    overall: pd.DataFrame
    change: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        *(
            Rule(
                rule.table,
                count=rule.count,
                derived=rule.derived,
                margin=("period", "variable"),
                follows=rule.follows,
            )
            for rule in Representativeness.rules
        ),
        Rule(
            "change",
            derived=("first_share", "last_share", "change", "p_value", "p_adjusted"),
            margin=("variable",),
            follows="table",
        ),
    )


def ratio_trend(
    source: Any,
    body: str | None = None,
    period: Period = "year",
    *,
    population: Any = None,
    by: By = None,
    capacity: str | None = None,
    confidence: float = 0.95,
    limit: int = 100_000,
    draws: int = 9_999,
    seed: int = 0,
) -> Trend:
    """Representativeness ratios period by period, and whether they changed.

    A person present at any meeting of a period counts once in it: a meeting's ratio is not one
    of so many independent people, and regulars would otherwise count many times over.

    The test for change asks whether a group's share differs between periods by more than chance
    explains: Σ nₜ(sₜ − s)² over the periods, s the share among all different people. Labels of
    group are exchanged among people while each keeps the periods in which they came, so people
    who came in several periods do not count as several. All exchanges are enumerated up to
    `limit`, else `draws` of them are drawn (p = (1 + b)/(B + 1)).

    Parameters
    ----------
    source : estate, or margins with ``period``
        An estate (anything with ``.tables``: meetings, attendance, people), or margins
        ``period, variable, category, count``, whose periods are taken to hold different people.
        A mapping from period to margins or frames of people will do.
    body : str
        A ``body_id`` of the estate.
    period : {"year", "quarter", "month"} or sequence of dates
        How an estate's time is cut; dates cut it into before, between and after.
    population : margins, Tally, frame, optional
        Default: the estate's own.
    by : str, tuple of str, or sequence of these, optional
        Default: what both the people and the population have.
    capacity : str, optional
        Count only people there in this capacity, such as "resident".
    confidence : float
    limit, draws, seed : int

    Returns
    -------
    Trend
        In ``.table`` p-values are adjusted by Holm within a period's variable and across
        periods as across bodies; in ``.change`` by Holm within a variable (two groups are one
        test).

    Raises
    ------
    InputError
        An argument is not as described, a table is not there, or nobody came.

    Examples
    --------
    >>> boards = {
    ...     "2014": {"Renters": 12, "Owners": 38},
    ...     "2016": {"Renters": 17, "Owners": 33},
    ...     "2018": {"Renters": 26, "Owners": 26},
    ... }
    >>> found = ratio_trend(boards, population={"Renters": 0.528, "Owners": 0.472}, by="tenure")
    >>> found.table.loc[found.table["category"] == "Renters", ["period", "count", "ratio"]]
      period  count     ratio
    1   2014     12  0.454545
    3   2016     17  0.643939
    5   2018     26  0.946970
    >>> found.change.round(3)
      variable category  first_share  last_share  change  p_value  p_adjusted
    0   tenure   Owners         0.76         0.5   -0.26    0.022       0.022
    1   tenure  Renters         0.24         0.5    0.26    0.022       0.022
    """
    parts: Mapping[str, Any]
    people: pd.DataFrame | None
    names: By
    if hasattr(source, "tables"):
        came, population, names = _of_place(source, body, period, population, by, capacity)
        parts, people = _by_period(came), came
    else:
        parts, names, people = _of_margins(source), by, None
    if population is None:
        raise InputError(
            "there is no population", where=_WHERE, expected="population=", hint="give its margins"
        )
    found = representativeness_ratios(parts, population, by=names, confidence=confidence, seed=seed)
    change = _change(people, found.table, limit, draws, seed)
    return Trend(
        found.table.rename(columns={"body": "period"}),
        found.overall.rename(columns={"body": "period"}),
        change,
    )


def _of_place(
    place: Place,
    body: str | None,
    period: Period,
    population: Any,
    by: By,
    capacity: str | None,
) -> tuple[pd.DataFrame, Any, list[str]]:
    """The people of every period, the benchmark, and the characteristics that both have."""
    if body is None:
        raise InputError(
            "it is not said which body", where=_WHERE, expected="body=", hint="give a body_id"
        )
    people = people_by_period(place, body, period, capacity)
    benchmark = benchmark_of(place, _WHERE) if population is None else population
    known = variables_of(benchmark, _WHERE)
    people = with_bands(people, known)
    if isinstance(by, tuple) or any(isinstance(name, tuple) for name in by or ()):
        raise InputError(
            "an intersection over time", where=_WHERE, expected="single characteristics in by="
        )
    if by is None:
        return people, benchmark, shared_variables(people, known, _WHERE)
    return people, benchmark, [by] if isinstance(by, str) else [str(name) for name in by]


def _of_margins(source: Any) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return {str(name): part for name, part in source.items()}
    if "period" not in (column_names(source, _WHERE) or ()):
        raise InputError(
            "source has no column 'period'",
            where=_WHERE,
            expected="an estate, margins with a period, or a mapping from period to margins",
        )
    return {
        name: part.drop(columns="period")
        for name, part in _by_period(gathered(source, _WHERE)).items()
    }


def _by_period(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(name): part for name, part in frame.groupby("period", sort=True)}


def _change(
    people: pd.DataFrame | None, table: pd.DataFrame, limit: int, draws: int, seed: int
) -> pd.DataFrame:
    """The first share, the last, and the test for change of every group."""
    rows = []
    for variable, block in table.groupby("variable", sort=False):
        counts = block.pivot_table(
            index="category", columns="body", values="count", aggfunc="sum", sort=False
        )
        sizes = counts.sum()
        counts = counts.loc[:, sizes > 0]
        shares = (counts / sizes[sizes > 0]).to_numpy(dtype=float)
        came, labels = _presence(people, counts, str(variable))
        for place, category in enumerate(counts.index):
            first, last = shares[place, [0, -1]] if shares.size else (np.nan, np.nan)
            p_value = exchange_p_value(
                came, labels == category, limit=limit, draws=draws, seed=seed
            )
            rows.append(
                {
                    "variable": variable,
                    "category": category,
                    "first_share": first,
                    "last_share": last,
                    "change": last - first,
                    "p_value": p_value,
                }
            )
    frame = pd.DataFrame(rows)
    family = pd.factorize(frame["variable"])[0].astype(np.int64)
    size = np.bincount(family)
    tests = np.where(size == 2, 1, size).astype(np.int64)[family]
    return frame.assign(p_adjusted=holm(frame["p_value"].to_numpy(dtype=float), family, tests))


def _presence(
    people: pd.DataFrame | None, counts: pd.DataFrame, variable: str
) -> tuple[Flags, NDArray[np.object_]]:
    """Who came in which period, (people, periods), and the group of each."""
    if people is None:
        # Margins name nobody: as many different people as they count, each in one period.
        group, period = np.indices(counts.shape).reshape(2, -1)
        times = counts.to_numpy(dtype=np.int64).ravel()
        period, group = np.repeat(period, times), np.repeat(group, times)
        return np.eye(counts.shape[1], dtype=bool)[period], counts.index.to_numpy(object)[group]
    stated = people[people[variable].notna() & (people[variable].astype(str) != NOT_STATED)]
    came = pd.crosstab(stated["person_id"], stated["period"])
    label = stated.groupby("person_id")[variable].last().reindex(came.index)
    return came.to_numpy() > 0, label.astype(str).to_numpy(object)
