"""Weighted tables of one or two characteristics, with the covariance of their cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.tallies import BETWEEN, NOT_STATED

from .cluster_totals import ClusterTotals, Flags, cluster_totals
from .columns import require_column
from .designs import SurveyDesign, require_design
from .domains import Domains, number_levels
from .linear_statistics import linear_covariance, linear_estimates

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WeightedTable:
    """A weighted table with its covariance, cells in one line.

    Attributes
    ----------
    shape : tuple of int
        Levels of each column.
    table : DataFrame
        ``variable, category, n, estimate, std_error``; one row per cell, the last column's
        levels within those before.
    shares : array of shape (cells,)
    total : float
        Sum of the weights.
    totals_covariance : array of shape (cells, cells)
        Covariance of weighted counts.
    n, n_missing, degrees : int
        Respondents with every answer and without, and clusters less strata.
    """

    shape: tuple[int, ...]
    table: pd.DataFrame
    shares: Floats
    total: float
    totals_covariance: Floats
    n: int
    n_missing: int
    degrees: int

    @property
    def covariance(self) -> Floats:
        """Covariance of the shares."""
        gradient = (np.eye(len(self.shares)) - self.shares[:, None]) / self.total
        return gradient @ self.totals_covariance @ gradient.T


def weighted_table(design: SurveyDesign, names: list[str], where: str) -> WeightedTable:
    """Weigh the combinations of the answers to some columns; those who lack one are left out.

    Raises
    ------
    EstimationError
        If a column has the same answer from everybody, or there are no more clusters than
        strata.
    """
    design = design.in_memory(names)
    sampled = design.weights != 0
    stated, columns = sampled.copy(), []
    for name in names:
        codes, labels = number_levels(design.frame[name])
        stated &= np.array([label != NOT_STATED for label in labels])[codes]
        columns.append((name, codes, labels))
    joined, shape, levels = np.zeros(design.n, dtype=np.int64), [], []
    for name, codes, labels in columns:
        codes, known = _used(name, codes, labels, stated, where)
        joined = joined * len(known) + codes
        shape.append(len(known))
        levels.append(known)
    category = [BETWEEN.join(cell) for cell in product(*levels)]
    table = pd.DataFrame({"variable": BETWEEN.join(names), "category": category})
    totals = cluster_totals(design, Domains(table, joined), stated, np.ones(design.n))
    return _measured(design, tuple(shape), table, totals, int(sampled.sum()), where)


def _used(
    name: str, codes: Ints, labels: list[str], stated: Flags, where: str
) -> tuple[Ints, list[str]]:
    """Levels that somebody who counts has, numbered anew; others get the first."""
    counts = np.bincount(codes[stated], minlength=len(labels)) > 0
    known = [label for label, some in zip(labels, counts, strict=True) if some]
    if len(known) < 2:
        raise EstimationError(
            f"'{name}' has the same answer from everybody",
            where=where,
            expected="two answers or more",
            got=", ".join(map(repr, known)) or "nobody who answered",
        )
    place = np.where(counts, np.cumsum(counts) - 1, 0)
    return np.where(stated, place[codes], 0), known


def _measured(
    design: SurveyDesign,
    shape: tuple[int, ...],
    table: pd.DataFrame,
    totals: ClusterTotals,
    sampled: int,
    where: str,
) -> WeightedTable:
    n = totals.by_domain(totals.n)
    degrees = int(totals.merged().degrees_freedom()[0])
    if degrees < 1:
        raise EstimationError(
            "there are no more clusters than strata",
            where=where,
            expected="at least one degree of freedom",
            got=str(degrees),
        )
    weights = totals.by_domain(totals.weight)
    block = linear_estimates(totals, "total")
    covariance = linear_covariance([block], design.auxiliary_totals)
    total = float(weights.sum())
    people, shares = int(n.sum()), weights / total
    made = WeightedTable(shape, table, shares, total, covariance, people, sampled - people, degrees)
    errors = np.sqrt(np.maximum(np.diag(made.covariance), 0.0))
    told = table.assign(n=n.astype(np.int64), estimate=shares, std_error=errors)
    return replace(made, table=told)


def check_columns(design: SurveyDesign, names: list[str], where: str) -> None:
    """Refuse what is no design, columns that are not there, or the same twice.

    Raises
    ------
    InputError
    """
    require_design(design, where)
    for name in names:
        require_column(name, list(design.frame.columns), where)
    if len(set(names)) < len(names):
        raise InputError(
            f"'{names[0]}' is tested against itself",
            where=where,
            expected="two columns",
            got=f"'{names[0]}' twice",
        )
