"""The arithmetic of a gap: what both groups have, what it is worth, and what each row adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.formulas import REDUNDANT

POOLED = "pooled"
#: One part: its name, factor, estimate and influence of each row.
Part = tuple[str, str, float, Floats]


@dataclass(frozen=True)
class Line:
    """A least-squares line: coefficients, and what each row adds to them (shape rows, terms)."""

    coefficients: Floats
    influence: Floats


@dataclass(frozen=True)
class Sides:
    """What both groups have on average, and the lines fitted to them.

    Attributes
    ----------
    x, y, weights : arrays of shape (rows, terms), (rows,) and (rows,)
    sides : array of bool of shape (2, rows)
    """

    x: Floats
    y: Floats
    weights: Floats
    sides: npt.NDArray[np.bool_]

    def mean(self, values: Floats, side: int) -> tuple[Floats, Floats]:
        """Mean of values of shape (rows, columns) in a group, and its influence."""
        share = self.weights * self.sides[side]
        share = share / share.sum()
        mean = share @ values
        return np.asarray(mean), share[:, None] * (values - mean)

    def line(self, x: Floats, used: npt.NDArray[np.bool_]) -> Line:
        """Weighted least squares on the rows used."""
        weights = self.weights * used
        bread = np.linalg.inv((x * weights[:, None]).T @ x)
        coefficients = bread @ (x.T @ (weights * self.y))
        residual = weights * (self.y - x @ coefficients)
        return Line(np.asarray(coefficients), np.asarray((x * residual[:, None]) @ bread))


def two_fold(
    sides: Sides, terms: list[str], pair: tuple[object, object], reference: object
) -> list[Part]:
    """The gap, what of it is explained (whole and by factor), and what is not."""
    line = _reference(sides, pair, reference)
    (x_a, dx_a), (x_b, dx_b) = sides.mean(sides.x, 0), sides.mean(sides.x, 1)
    (y_a, dy_a), (y_b, dy_b) = (sides.mean(sides.y[:, None], side) for side in (0, 1))
    by_term = (x_a - x_b) * line.coefficients
    moves = (dx_a - dx_b) * line.coefficients + line.influence * (x_a - x_b)
    gap, moved = float((y_a - y_b)[0]), (dy_a - dy_b)[:, 0]
    factor_of = [term.split("[T.", 1)[0] for term in terms]
    found: list[Part] = [
        ("gap", "", gap, moved),
        ("explained", "", float(by_term.sum()), moves.sum(axis=1)),
    ]
    for name in dict.fromkeys(factor for factor in factor_of if factor != "Intercept"):
        mine = np.array([factor == name for factor in factor_of])
        found.append(("explained", name, float(by_term[mine].sum()), moves[:, mine].sum(axis=1)))
    rest = moved - moves.sum(axis=1)
    return [*found, ("unexplained", "", gap - float(by_term.sum()), rest)]


def _reference(sides: Sides, pair: tuple[object, object], reference: object) -> Line:
    """The line with whose coefficients differences in characteristics are valued."""
    if reference == POOLED:
        # The indicator of the group keeps the gap itself out of the coefficients.
        x = np.column_stack([sides.x, sides.sides[0]])
        everybody = np.ones(len(sides.y), dtype=bool)
        _refuse_redundant(x, "both groups")
        line = sides.line(x, everybody)
        return Line(line.coefficients[:-1], line.influence[:, :-1])
    if reference not in pair:
        raise InputError(
            f"'{reference}' is no reference",
            where="decompose_gap",
            expected=f"'{POOLED}', '{pair[0]}' or '{pair[1]}'",
            got=f"'{reference}'",
        )
    side = pair.index(reference)
    _refuse_redundant(sides.x[sides.sides[side]], f"'{reference}'")
    return sides.line(sides.x, sides.sides[side])


def three_fold(sides: Sides) -> list[Part]:
    """Endowments, coefficients and their interaction, seen from the second group."""
    a, b = (sides.line(sides.x, sides.sides[side]) for side in (0, 1))
    (x_a, dx_a), (x_b, dx_b) = sides.mean(sides.x, 0), sides.mean(sides.x, 1)
    apart, moved = x_a - x_b, dx_a - dx_b
    steeper, turned = a.coefficients - b.coefficients, a.influence - b.influence
    return [
        ("endowments", "", float(apart @ b.coefficients),
         moved @ b.coefficients + b.influence @ apart),
        ("coefficients", "", float(x_b @ steeper), dx_b @ steeper + turned @ x_b),
        ("interaction", "", float(apart @ steeper), moved @ steeper + turned @ apart),
    ]  # fmt: skip


def identified(sides: Sides, side: int) -> bool:
    """Whether a group alone tells all terms apart."""
    x = sides.x[sides.sides[side]]
    return bool(len(x) > x.shape[1] and _rank(x) == x.shape[1])


def _rank(x: Floats) -> int:
    length = np.linalg.norm(x, axis=0)
    scaled = x / np.where(length > 0, length, 1.0)
    return int(np.linalg.matrix_rank(scaled, tol=REDUNDANT * np.sqrt(len(x))))


def _refuse_redundant(x: Floats, named: str) -> None:
    if len(x) <= x.shape[1] or _rank(x) < x.shape[1]:
        raise EstimationError(
            f"the terms cannot be told apart in {named}",
            where="decompose_gap",
            expected="people with each characteristic, and characteristics in both groups",
            got=f"{len(x)} rows for {x.shape[1]} terms",
            hint=f"ask for reference='{POOLED}', or merge levels with ps.roll_up",
        )
