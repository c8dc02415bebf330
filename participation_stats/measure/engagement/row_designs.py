"""Rows with a number in each, such as meetings attended, coded for models that need rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.designs import MEETING
from participation_stats.measure.engagement.people import Floats, Ints, People
from participation_stats.measure.formulas import Encoding, encode, parse
from participation_stats.measure.tallies import column_names, count_distinct, gathered


@dataclass(frozen=True)
class RowDesign:
    """Complete rows, their covariate patterns and the people they belong to.

    Attributes
    ----------
    frame : DataFrame
        The complete rows.
    patterns : DataFrame
        The distinct combinations of covariates.
    pattern, person : arrays of int of shape (rows,)
        Which pattern and which person each row has; without a unit every row is a person.
    n_units, n_meetings, n_missing : int
    """

    frame: pd.DataFrame
    patterns: pd.DataFrame
    pattern: Ints
    person: Ints
    n_units: int
    n_meetings: int
    n_missing: int

    def people(self, trials: Floats, successes: Floats | None = None) -> People:
        """Who has which patterns, with `trials` (rows or meetings eligible) to each row."""
        width = len(self.patterns)
        key = self.person * width + self.pattern
        cells, place = np.unique(key, return_inverse=True)
        return People(
            profile=cells // width,
            pattern=cells % width,
            trials=np.asarray(np.bincount(place, trials), dtype=float),
            successes=np.asarray(np.bincount(place, successes, len(cells)), dtype=float),
            units=np.ones(self.n_units),
            n_patterns=width,
        )

    def by_person(self, scores: Floats) -> Floats:
        """Scores of shape (rows, terms) summed over the rows of each person."""
        rows = np.arange(len(self.person))
        adder = sparse.csr_array(
            (np.ones(len(rows)), (self.person, rows)), shape=(self.n_units, len(rows))
        )
        return np.asarray(adder @ scores, dtype=float)

    def resting(self, design: Floats) -> list[int]:
        """People on whom each column of a design of shape (patterns, terms) rests."""
        counted = self.people(np.ones(len(self.pattern))).with_any(design != 0)
        return [int(count) for count in counted]

    def coded(self, right: str) -> Encoding:
        """The patterns coded by the right side of a formula."""
        _, names = parse(f"response ~ {right}")
        return encode(f"response ~ {right}", self.patterns[names])

    def counts(self) -> dict[str, int]:
        """What a fit says of the size of its data."""
        return {
            "n_rows": len(self.pattern),
            "n_units": self.n_units,
            "n_cells": len(self.patterns),
            "n_meetings": self.n_meetings,
            "n_missing": self.n_missing,
        }


def read_rows(
    data: Any, covariates: Sequence[str], numbers: Sequence[str], unit: str | None, where: str
) -> RowDesign:
    """Complete rows with their patterns.

    Parameters
    ----------
    data : frame, str or Path
    covariates, numbers : sequence of str
        The columns that make a pattern, and those that must be numbers.
    unit : str, optional
        The column that names the person.
    where : str
        The public function, for errors.

    Raises
    ------
    InputError
        If a column is not there, asked for twice or not a number, or no complete row is left.
    SourceError
        If a path leads to no CSV or Parquet.
    """
    names = [*covariates, *numbers, *([unit] if unit else [])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"'{twice[0]}' is asked for twice",
            where=where,
            expected="the person, the response and the covariates in columns of their own",
            got=", ".join(names),
        )
    rows = gathered(data, where, names)
    for name in numbers:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            raise InputError(
                f"'{name}' is not a number",
                where=where,
                expected="a column of numbers",
                got=f"{rows[name].dtype}",
            )
    complete = rows.dropna().reset_index(drop=True)
    if complete.empty:
        raise InputError(
            "no row has every value",
            where=where,
            expected=f"rows with {', '.join(names)}",
            got=f"{len(rows)} rows, each with a missing value",
        )
    pattern, patterns = _patterns(complete, list(covariates))
    person = np.arange(len(complete)) if unit is None else pd.factorize(complete[unit])[0]
    known = column_names(data, where) or []
    return RowDesign(
        frame=complete,
        patterns=patterns,
        pattern=pattern,
        person=np.asarray(person, dtype=np.int64),
        n_units=int(person.max()) + 1,
        n_meetings=count_distinct(data, MEETING) if MEETING in known else 0,
        n_missing=len(rows) - len(complete),
    )


def _patterns(complete: pd.DataFrame, names: list[str]) -> tuple[Ints, pd.DataFrame]:
    """The pattern of each row and the patterns; one pattern where there is no covariate."""
    if not names:
        return np.zeros(len(complete), dtype=np.int64), complete.iloc[:1][names]
    groups = complete.groupby(names, observed=True, sort=True)
    number = np.asarray(groups.ngroup(), dtype=np.int64)
    first = np.unique(number, return_index=True)[1]
    return number, complete[names].iloc[first].reset_index(drop=True)


def refuse_few(n_units: int, n_terms: int, where: str) -> None:
    """Raise an error where there are no more people than terms.

    Raises
    ------
    EstimationError
    """
    if n_units <= n_terms:
        raise EstimationError(
            f"{n_units} {'people' if n_units > 1 else 'person'} for {n_terms} terms",
            where=where,
            expected="more people than terms",
            got=f"{n_units}",
            hint="ask for fewer characteristics at once, or merge groups with ps.roll_up",
        )
