"""Solving a weighting problem on its cells: one factor per cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from participation_stats.errors import EstimationError

from .distances import Distance, factors
from .problems import Problem

Floats = npt.NDArray[np.float64]

#: Margins are met when every share is this near. Sums of a million weights are exact to 1e-13.
CLOSE = 1e-10
#: Proportional fitting slows down where margins pull apart, and a weight in a small cell is then
#: less sure than the margins: sweeps on cells cost so little that it aims further.
AIM = 1e-13
HALVINGS = 40


@dataclass(frozen=True)
class Recipe:
    """How to solve: proportional fitting, or a distance with bounds of the factors."""

    where: str
    distance: Distance | None
    low: float
    high: float
    max_iterations: int


@dataclass(frozen=True, eq=False)
class Solution:
    """One factor per cell (weight over base weight), and how it was found."""

    factors: Floats
    iterations: int
    max_gap: float


def fit(problem: Problem, base: Floats, recipe: Recipe) -> Solution:
    """Find the factors.

    Parameters
    ----------
    problem : Problem
    base : array of shape (rows,)
        Base weights.
    recipe : Recipe

    Raises
    ------
    EstimationError
        If the margins are not reached, naming the one with the largest gap.
    """
    sums = np.bincount(problem.cells.cell, weights=base, minlength=len(problem.cells.n))
    scale = 1.0 if problem.total is None else problem.total / sums.sum()
    if recipe.distance is None:
        found = _proportional(problem, sums / sums.sum(), recipe)
    else:
        found = _newton(problem, sums * scale, recipe, recipe.distance)
    return Solution(found.factors * scale, found.iterations, found.max_gap)


def _proportional(problem: Problem, sums: Floats, recipe: Recipe) -> Solution:
    """Iterative proportional fitting of shares."""
    shares = sums.copy()
    margins = list(zip(problem.codes, problem.targets, strict=True))
    iteration, gap = 0, np.inf
    while gap > AIM and iteration < recipe.max_iterations:
        iteration, gap = iteration + 1, 0.0
        for codes, target in margins:
            now = np.bincount(codes, weights=shares, minlength=len(target.shares))
            gap = max(gap, float(np.abs(now - target.shares).max()))
            shares *= (target.shares / now)[codes]
        if len(margins) == 1:
            break
    gap, _ = _largest_gap(problem, shares)
    if gap > CLOSE:
        raise _not_reached(problem, shares, recipe)
    return Solution(shares / sums, iteration, gap)


def _newton(problem: Problem, sums: Floats, recipe: Recipe, distance: Distance) -> Solution:
    """Newton's method for the multipliers of a calibration; steps are halved until they help."""
    design, wanted, size = _equations(problem, sums)

    def at(multipliers: Floats) -> tuple[Floats, Floats, Floats]:
        g, slope = factors(design @ multipliers, distance, recipe.low, recipe.high)
        return g, slope, (wanted - design.T @ (sums * g)) / size

    multipliers = np.zeros(design.shape[1])
    g, slope, gaps = at(multipliers)
    for iteration in range(1, recipe.max_iterations + 1):
        if np.abs(gaps).max() <= CLOSE:
            return Solution(g, iteration - 1, float(np.abs(gaps).max()))
        curve = (design.T @ design.multiply((sums * slope)[:, None]).tocsr()).toarray()
        step = np.linalg.lstsq(curve / size[:, None], gaps, rcond=1e-12)[0]
        norm = float(np.linalg.norm(gaps))
        for _ in range(HALVINGS):
            tried = at(multipliers + step)
            if float(np.linalg.norm(tried[2])) < norm:
                break
            step = step / 2
        else:
            break
        multipliers = multipliers + step
        g, slope, gaps = tried
    raise _not_reached(problem, sums * g, recipe)


def _equations(problem: Problem, sums: Floats) -> tuple[sparse.csr_array, Floats, Floats]:
    """The design (cells, equations), what each must add up to, and its size."""
    rows = np.arange(len(sums))
    total = float(problem.total or sums.sum())
    blocks, wanted, size = [], [], []
    for codes, target in zip(problem.codes, problem.targets, strict=True):
        shape = (len(sums), len(target.shares))
        blocks.append(sparse.csr_array((np.ones(len(sums)), (rows, codes)), shape=shape))
        wanted += list(target.shares * total)
        size += [total] * len(target.shares)
    for at, value in enumerate(problem.numeric_totals.values()):
        column = problem.numeric[:, at]
        # Numbers are brought to the size of an indicator, so that no equation drowns another.
        unit = float(np.abs(column).max()) or 1.0
        blocks.append(sparse.csr_array((column / unit)[:, None]))
        wanted.append(value / unit)
        size.append(max(abs(value), float(sums @ np.abs(column))) / unit or 1.0)
    return sparse.csr_array(sparse.hstack(blocks)), np.array(wanted), np.array(size)


def _largest_gap(problem: Problem, weighed: Floats) -> tuple[float, str]:
    """The largest gap of a share or, relatively, of a total; and where it is, in words."""
    worst, told = 0.0, ""
    for codes, target in zip(problem.codes, problem.targets, strict=True):
        now = np.bincount(codes, weights=weighed, minlength=len(target.shares)) / weighed.sum()
        gaps = np.abs(now - target.shares)
        at = int(gaps.argmax())
        if gaps[at] > worst:
            worst = float(gaps[at])
            told = (
                f"'{target.variable}: {target.categories[at]}' with {now[at]:.6%} of the weights "
                f"where the margins have {target.shares[at]:.6%}"
            )
    for at, (name, value) in enumerate(problem.numeric_totals.items()):
        found = float(weighed @ problem.numeric[:, at])
        gap = abs(found - value) / max(abs(value), float(weighed @ abs(problem.numeric[:, at])))
        if gap > worst:
            worst, told = gap, f"'{name}' with a total of {found:.10g} where {value:.10g} was asked"
    return worst, told


def _not_reached(problem: Problem, weighed: Floats, recipe: Recipe) -> EstimationError:
    bounded = np.isfinite(recipe.high) or (recipe.low > 0 and np.isfinite(recipe.low))
    within = f" with factors from {recipe.low:g} to {recipe.high:g}" if bounded else ""
    return EstimationError(
        f"the margins are not reached in {recipe.max_iterations:,} iterations{within}",
        where=recipe.where,
        expected="every share of the margins to 1e-10",
        got=f"the largest gap at {_largest_gap(problem, weighed)[1]}",
        hint=("widen bounds=, or " if bounded else "")
        + "merge small categories with collapse=: some combinations that the margins need have "
        "no rows",
    )
