"""The result of weighting: weights, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.measure.margins import category_order
from participation_stats.measure.results import Result, Rule, listed, number_of

from .fitting import Recipe, fit
from .problems import Problem
from .refits import refit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Weighting(Result):
    """Weights with which a sample has the margins of its population.

    Attributes
    ----------
    table : DataFrame
        The margins before and after: ``variable``, ``category``, ``n`` (rows), ``share_before``
        (of the base weights), ``share_after`` (of the weights) and ``target``.
    method : str
        How they were found, in words.
    n : int
        Rows.
    total : float
        Sum of the weights: the population where the margins have counts, else the sum of the
        base weights.
    converged : bool
        True: what does not converge is an error and no result.
    iterations : int
    max_gap : float
        Largest distance of a share from its target.
    design_effect, effective_n : float
        Kish's 1 + CV²(w), and n over it: how many equally weighted answers are worth as much.
    collapsed : str
        What was merged on both sides; empty where nothing was.
    n_trimmed : int
        Rows whose weight was cut or raised by `trim`.
    share_trimmed : float
        Share of the total weight that `trim` moved at first, before the margins were met again.
    weights, base_weights : Series of shape (rows,)
        Aligned to the frame's index. They never leave by ``protect``: one number is one person.
    totals : DataFrame or None
        After calibration to totals: ``variable``, ``n``, ``total_before``, ``total_after`` and
        ``total_target``.
    """

    method: str
    n: int
    total: float
    converged: bool
    iterations: int
    max_gap: float
    design_effect: float
    effective_n: float
    collapsed: str
    n_trimmed: int
    share_trimmed: float
    weights: pd.Series
    base_weights: pd.Series
    totals: pd.DataFrame | None
    problem: Problem = field(repr=False)
    recipe: Recipe = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n", derived=("share_before", "share_after"), margin=("variable",)),
        Rule("totals", count="n", derived=("total_before", "total_after")),
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """What was weighted by: margins first, then numeric columns."""
        margins = tuple(target.variable for target in self.problem.targets)
        return (*margins, *self.problem.numeric_totals)

    @property
    def factors(self) -> pd.Series:
        """Weight over base weight (g-weights), aligned to the frame's index."""
        return (self.weights / self.base_weights).rename("factor")

    def refitted(self, factors: Floats) -> Floats:
        """Weights had the base weights been multiplied by factors; both of shape (rows,).

        Raises
        ------
        EstimationError
            If the margins cannot be met from there.
        """
        base: Floats = self.base_weights.to_numpy(dtype=float) * factors
        return refit(self.problem, self.recipe, base)

    @property
    def auxiliary_codes(self) -> Mapping[str, Ints]:
        """For each margin, each row's category as a number (rows,): for standard errors."""
        cell = self.problem.cells.cell
        return {
            target.variable: codes[cell]
            for target, codes in zip(self.problem.targets, self.problem.codes, strict=True)
        }

    @property
    def auxiliaries(self) -> Floats | None:
        """Values of the numeric columns (rows, columns); None where there are none."""
        if not self.problem.numeric_totals:
            return None
        return np.asarray(self.problem.numeric[self.problem.cells.cell], dtype=float)

    def describe(self) -> str:
        """A sentence for the methods section of a report."""
        relative = self.weights / self.weights.mean()
        told = (
            f"Weighted by {listed(self.variables)} ({self.method}) to a total of "
            f"{self.total:,.6g}; weights {relative.min():.2g} to {relative.max():.2g} times their "
            f"mean; design effect {self.design_effect:.2f}; effective n {self.effective_n:,.0f} "
            f"of {self.n:,}."
        )
        negative = int((self.weights < 0).sum())
        if negative:
            are = "is" if negative == 1 else "are"
            told += f" {number_of(negative, 'weight')} {are} below 0; bounds or "
            told += "distance='logit' prevent it."
        if self.collapsed:
            told += f" Merged: {self.collapsed}."
        if self.n_trimmed:
            were = "was" if self.n_trimmed == 1 else "were"
            told += (
                f" {number_of(self.n_trimmed, 'weight')} {were} trimmed "
                f"({self.share_trimmed:.1%} of the total) and the margins met again."
            )
        return told


def weighting_of(problem: Problem, base: pd.Series, recipe: Recipe, method: str) -> Weighting:
    """Solve and describe.

    Raises
    ------
    EstimationError
        If the margins are not reached.
    """
    values = base.to_numpy(dtype=float)
    solution = fit(problem, values, recipe)
    weights = solution.factors[problem.cells.cell]
    weights *= values
    return described(problem, base, recipe, weights, method, solution.iterations, solution.max_gap)


def described(
    problem: Problem,
    base: pd.Series,
    recipe: Recipe,
    weights: Floats,
    method: str,
    iterations: int,
    max_gap: float,
    n_trimmed: int = 0,
    share_trimmed: float = 0.0,
) -> Weighting:
    """The result with everything that follows from the weights."""
    total = float(weights.sum())
    design_effect = float(len(weights) * (weights @ weights) / total**2)
    return Weighting(
        _margins(problem, base.to_numpy(dtype=float), weights),
        method=method,
        n=len(weights),
        total=total,
        converged=True,
        iterations=iterations,
        max_gap=max_gap,
        design_effect=design_effect,
        effective_n=len(weights) / design_effect,
        collapsed=problem.collapsed,
        n_trimmed=n_trimmed,
        share_trimmed=share_trimmed,
        weights=pd.Series(weights, index=base.index, name="weight", copy=False),
        base_weights=base,
        totals=_totals(problem, base.to_numpy(dtype=float), weights),
        problem=problem,
        recipe=recipe,
    )


def _per_cell(problem: Problem, weights: Floats) -> Floats:
    sums = np.bincount(problem.cells.cell, weights=weights, minlength=len(problem.cells.n))
    return sums.astype(np.float64, copy=False)


def _margins(problem: Problem, base: Floats, weights: Floats) -> pd.DataFrame:
    before, after = _per_cell(problem, base), _per_cell(problem, weights)
    blocks = []
    for codes, target in zip(problem.codes, problem.targets, strict=True):
        width = len(target.shares)
        block = pd.DataFrame(
            {
                "variable": target.variable,
                "category": pd.Series(target.categories, dtype="str"),
                "n": np.bincount(codes, weights=problem.cells.n, minlength=width).astype(np.int64),
                "share_before": np.bincount(codes, weights=before, minlength=width) / before.sum(),
                "share_after": np.bincount(codes, weights=after, minlength=width) / after.sum(),
                "target": target.shares,
            }
        )
        blocks.append(block.set_index("category").loc[category_order(list(target.categories))])
    columns = ["variable", "category", "n", "share_before", "share_after", "target"]
    if not blocks:
        return pd.DataFrame(columns=columns)
    return pd.concat([block.reset_index() for block in blocks], ignore_index=True)[columns]


def _totals(problem: Problem, base: Floats, weights: Floats) -> pd.DataFrame | None:
    if not problem.numeric_totals:
        return None
    return pd.DataFrame(
        {
            "variable": pd.Series(list(problem.numeric_totals), dtype="str"),
            "n": len(base),
            "total_before": _per_cell(problem, base) @ problem.numeric,
            "total_after": _per_cell(problem, weights) @ problem.numeric,
            "total_target": list(problem.numeric_totals.values()),
        }
    )
