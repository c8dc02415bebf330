"""Fitting again with other base weights, as each replicate of a sample needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from participation_stats.errors import EstimationError

from .fitting import Recipe, fit
from .problems import Problem

Floats = npt.NDArray[np.float64]


def refit(problem: Problem, recipe: Recipe, base: Floats) -> Floats:
    """Weights of shape (rows,) that meet the margins from these base weights, 0 where they are.

    Raises
    ------
    EstimationError
        If a category has no weight left, or the margins are not reached.
    """
    cells = problem.cells
    sums = np.bincount(cells.cell, weights=base, minlength=len(cells.n))
    used = sums != 0
    for codes, target in zip(problem.codes, problem.targets, strict=True):
        left = np.bincount(codes[used], minlength=len(target.shares)) > 0
        if not left.all():
            name = target.categories[int(np.argmin(left))]
            raise EstimationError(
                f"a replicate has nobody in '{target.variable}: {name}'",
                where=recipe.where,
                expected="somebody of every category of the margins in every replicate",
                got="a category that no weight can fill",
                hint="merge it with a neighbour with collapse=",
            )
    if not used.all():
        place = np.maximum(np.cumsum(used) - 1, 0)
        kept = replace(
            cells,
            cell=np.where(used[cells.cell], place[cells.cell], 0),
            n=cells.n[used],
            values={name: codes[used] for name, codes in cells.values.items()},
        )
        problem = replace(
            problem,
            cells=kept,
            codes=tuple(codes[used] for codes in problem.codes),
            numeric=problem.numeric[used],
        )
    solution = fit(problem, base, recipe)
    weights: Floats = base * solution.factors[problem.cells.cell]
    return weights
