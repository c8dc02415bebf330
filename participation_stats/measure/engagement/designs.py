"""From rows and a formula to what every model of attendance is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError, told_by
from participation_stats.measure.engagement.likelihood import binomial_variance, respond
from participation_stats.measure.engagement.people import Floats, People
from participation_stats.measure.engagement.standardisation import Basis, Respond
from participation_stats.measure.formulas import Encoding, encode, parse
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.rows import open_rows
from participation_stats.measure.tallies import Cells, collapse, count_distinct

#: The column that names a meeting in every table of an estate.
MEETING = "meeting_id"
#: A number of so many values is as good as a factor.
FEW_VALUES = 10


@dataclass(frozen=True)
class Design:
    """Cells, coded.

    Attributes
    ----------
    formula : str
    coded : Encoding
        Design matrix of shape (patterns, terms) and how to make another.
    people : People
        Who has which patterns.
    trials, successes : arrays of shape (patterns,)
        Person-meetings and attendances of each pattern, weighted where there are weights.
    weights : array of shape (patterns,)
        What a row of each pattern counts; 1 where there are no weights.
    n_rows, n_units, n_meetings, n_missing : int
    note : str
        What a reader must know of where the people come from.
    """

    formula: str
    coded: Encoding
    people: People
    trials: Floats
    successes: Floats
    weights: Floats
    n_rows: int
    n_units: int
    n_meetings: int
    n_missing: int
    note: str

    def resting(self) -> list[int]:
        """People on whom each term rests: those with any pattern in which it is not nought."""
        return [int(count) for count in self.people.with_any(self.coded.design != 0)]

    def numbered(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of terms with the people on whom each rests."""
        return table.assign(n_units=self.resting())

    def counts(self) -> dict[str, int]:
        """What a fit says of the size of its data."""
        return {
            "n_rows": self.n_rows,
            "n_units": self.n_units,
            "n_cells": len(self.trials),
            "n_meetings": self.n_meetings,
            "n_missing": self.n_missing,
        }

    def residuals(self, people: People, rates: Floats) -> Floats:
        """Weighted attendances less their expectation, of one person in each cell."""
        expected = people.trials * rates[people.pattern]
        return np.asarray(self.weights[people.pattern] * (people.successes - expected))

    def fallback(self) -> str:
        """Where people come from and which numbers keep cells apart; empty where all is plain."""
        told = [
            f"'{name}' is a number and kept in its {values:,} distinct values"
            for name in self.coded.patterns
            if name not in self.coded.levels
            and (values := self.coded.patterns[name].nunique()) > FEW_VALUES
        ]
        if not told:
            return self.note
        kept = (
            f"{'; '.join(told)}: {len(self.trials):,} covariate patterns of {self.n_rows:,} rows, "
            "where bands would make fewer."
        )
        return f"{self.note} {kept}".strip()

    def basis(
        self,
        parameters: Floats,
        covariance: Floats,
        respond: Respond = respond,
        likelihood: str = "full",
    ) -> Basis:
        """What rates and effects follow from; by default those of a logit."""
        return Basis(
            patterns=self.coded.patterns,
            weights=self.trials,
            rows=self.trials / self.weights,
            encode=self.coded.encode,
            respond=respond,
            scale="fraction",
            people=self.people,
            parameters=parameters,
            covariance=covariance,
            levels=self.coded.levels,
            likelihood=likelihood,
            variance=binomial_variance,
        )


def design_of(
    formula: str,
    data: Any,
    unit: str | None,
    confidence: float,
    where: str,
    weights: str | None = None,
    within: bool = False,
) -> Design:
    """Collapse rows to cells and code them.

    With weights, rows of one pattern that differ in weight are patterns of their own.
    With `within` only terms that do not vary within any person need people of their own.

    Raises
    ------
    InputError, SourceError
        As `collapse`, `parse` and `encode` do; or if the confidence is not between 0 and 1.
    EstimationError
        If there are no more people than terms.
    """
    check_confidence(confidence, where)
    response, covariates = parse(formula)
    _refuse_twice(weights, [response, *covariates, unit], where)
    keys = [*covariates, *([weights] if weights else [])]
    cells = _cells_of(data, keys, response, unit, where)
    coded = encode(formula, cells.patterns[covariates])
    each = _weights_of(cells.patterns, weights, where)
    people = People.of(cells)
    needed = _between(coded, people) + 1 if within else len(coded.terms)
    _refuse_few(cells.n_units, needed, "people", where)
    _refuse_few(cells.n_rows, len(coded.terms), "rows", where)
    return Design(
        formula=formula,
        coded=coded,
        people=people,
        trials=each * people.totals(people.trials),
        successes=each * people.totals(people.successes),
        weights=each,
        n_rows=cells.n_rows,
        n_units=cells.n_units,
        n_meetings=cells.n_meetings,
        n_missing=cells.n_missing,
        note=cells.note,
    )


def _cells_of(data: Any, keys: list[str], response: str, unit: str | None, where: str) -> Cells:
    """Rows collapsed, or cells that already are."""
    if not isinstance(data, Cells):
        # Opened once for both passes: to open a file costs as much as one.
        rows = open_rows(data, where)
        with told_by(where):
            cells = collapse(rows, keys, response, unit=unit)
        return replace(cells, n_meetings=count_distinct(rows, MEETING))
    if unit is None:
        raise InputError(
            "cells of people without unit=",
            where=where,
            expected="the column that named the person",
            got="unit=None",
        )
    lacking = [name for name in keys if name not in data.patterns]
    if lacking:
        raise InputError(
            f"the cells have no '{lacking[0]}'",
            where=where,
            expected="some of " + ", ".join(map(str, data.patterns)),
            got=f"'{lacking[0]}'",
            hint="name it in by or of_meeting of complete_cells",
        )
    return data


def clusters_of(
    data: Any, design: Design, by: str | list[str] | None, weights: str | None, where: str
) -> People:
    """The same rows with other units than people: meetings, or rows one by one (`by` is None).

    Raises
    ------
    InputError
        If a row that is used does not say to which unit it belongs.
    """
    response, covariates = parse(design.formula)
    with told_by(where):
        cells = collapse(data, [*covariates, *([weights] if weights else [])], response, unit=by)
    if cells.n_rows != design.n_rows:
        raise InputError(
            "rows without a person, or without a meeting",
            where=where,
            expected=f"'{by}' in every row that is used",
            got=f"{abs(design.n_rows - cells.n_rows):,} rows without",
            hint="leave these rows out",
        )
    return People.of(cells)


def _refuse_twice(weights: str | None, others: list[str | None], where: str) -> None:
    if weights is not None and weights in others:
        raise InputError(
            f"'{weights}' is asked for twice",
            where=where,
            expected="weights in a column of their own",
            got=f"weights='{weights}'",
        )


def _weights_of(patterns: pd.DataFrame, weights: str | None, where: str) -> Floats:
    if weights is None:
        return np.ones(len(patterns))
    if not pd.api.types.is_numeric_dtype(patterns[weights]):
        raise InputError(
            f"'{weights}' is text", where=where, expected="weights that are numbers", got="text"
        )
    each = patterns[weights].to_numpy(dtype=float)
    wrong = each[~(each > 0) | ~np.isfinite(each)]
    if wrong.size:
        raise InputError(
            f"'{weights}' has weights that are not above nought",
            where=where,
            expected="a positive number for everybody",
            got=f"{wrong[0]:g}",
            hint="leave out people who stand for nobody",
        )
    return each


def _between(coded: Encoding, people: People) -> int:
    """Terms that are the same at all meetings of each person."""
    starts = np.flatnonzero(np.r_[True, np.diff(people.profile) > 0])
    first = people.pattern[starts][people.profile]
    return sum(bool((term[people.pattern] == term[first]).all()) for term in coded.design.T)


def _refuse_few(many: int, terms: int, what: str, where: str) -> None:
    if many <= terms:
        raise EstimationError(
            f"{many} {what if many > 1 else 'person'} for {terms} terms",
            where=where,
            expected=f"more {what} than terms",
            got=f"{many}",
            hint="ask for fewer characteristics at once, or merge groups with ps.roll_up",
        )
