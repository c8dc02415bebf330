"""Attack: what somebody who reads everything published together can work out.

For a withheld count the question is which whole numbers are still possible. The least and the
greatest come from two integer programmes over the system of `linkage`; numbers between them are
tried where fewer than enough have been met on the way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from itertools import permutations

import numpy as np
from scipy import optimize, sparse

from participation_stats.errors import InputError
from participation_stats.release.cells import Cell
from participation_stats.release.linkage import Bounds, Floats, Knowledge, System

#: A count is recovered if fewer values than this are left to it.
LEAST_VALUES = 3


@dataclasses.dataclass(frozen=True)
class Target:
    """A count that an attacker wants: of a withheld cell, or of a group among few people.

    Parameters
    ----------
    name : str
        In words, for messages.
    sums : mapping of int to float
        Which unknowns it adds up.
    size : int, optional
        Most people it could count; ``None`` for a withheld cell, which is never to be known.
    cell : Cell, optional
        The withheld cell.
    listed : bool
        Whether a table has a row for it. One that has none may be large enough to be told.
    """

    name: str
    sums: Mapping[int, float]
    size: int | None = None
    cell: Cell | None = None
    listed: bool = True

    def may_be_told(self, low: int, high: int, threshold: int) -> bool:
        """Whether a count between these is one that tables tell: neither it nor the rest small."""
        if self.size is None:
            return False
        least, most = (low, high) if self.listed else (high, low)
        return least >= threshold and self.size - most >= threshold


@dataclasses.dataclass(frozen=True)
class Breach:
    """A target that was recovered: its bounds, and the published cells that gave it away."""

    target: Target
    low: int
    high: int
    told_by: frozenset[Cell]


class Attack:
    """Solutions of a system met so far, and more where they are needed."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._met = np.empty((0, len(system.unknowns)))

    def bounds(self, target: Target) -> tuple[int, int]:
        """The least and the greatest value that the count can have."""
        vector = self._vector(target)
        low, high = self._solve(vector), self._solve(-vector)
        if low is None or high is None:
            raise InputError(
                f"the tables contradict one another about {target.name}",
                where="protect",
                expected="tables of one body to count the same people",
                got="no counts that agree with all of them",
                hint="name tables of different people as different bodies",
            )
        return round(float(vector @ low)), round(float(vector @ high))

    def enough(self, target: Target, needed: int) -> bool:
        """Whether at least so many values are possible."""
        if len(self._values(target)) >= needed:
            return True
        low, high = self.bounds(target)
        if high - low + 1 < needed:
            return False
        for value in range(low + 1, high):
            if len(self._values(target)) >= needed:
                break
            self._solve(self._vector(target), value)
        return len(self._values(target)) >= needed

    def _values(self, target: Target) -> set[int]:
        return {round(float(value)) for value in self._met @ self._vector(target)}

    def _vector(self, target: Target) -> Floats:
        vector = np.zeros(len(self.system.unknowns))
        vector[list(target.sums)] = list(target.sums.values())
        return vector

    def _solve(self, vector: Floats, value: int | None = None) -> Floats | None:
        """Counts that agree with all that is published and make the sum least, or this value."""
        rows = [optimize.LinearConstraint(self.system.matrix, self.system.low, self.system.high)]
        if value is not None:
            rows.append(optimize.LinearConstraint(vector[None, :], value, value))
        found = optimize.milp(
            vector if value is None else np.zeros_like(vector),
            constraints=rows,
            integrality=np.ones(len(vector), dtype=np.int64),
            bounds=optimize.Bounds(0, self.system.upper),
        )
        if found.x is None:
            return None
        counts = np.round(np.asarray(found.x, dtype=float))
        self._met = np.vstack([self._met, counts])
        return counts

    def told_by(self, target: Target) -> frozenset[Cell]:
        """Published cells without which the bounds would be wider: those with a dual value."""
        system, vector = self.system, self._vector(target)
        below, above = np.isfinite(system.low), np.isfinite(system.high)
        cells = [system.rows[row].cell for row in (*np.flatnonzero(above), *np.flatnonzero(below))]
        matrix = sparse.vstack([system.matrix[above], -system.matrix[below]]).toarray()
        limits = np.concatenate([system.high[above], -system.low[below]])
        prices = np.zeros(len(cells))
        for sign in (1.0, -1.0):
            found = optimize.linprog(
                sign * vector, matrix, limits, bounds=[(0.0, float(top)) for top in system.upper]
            )
            if found.status == 0:
                prices += np.abs(found.ineqlin.marginals)
        return frozenset(
            cell for cell, price in zip(cells, prices, strict=True) if cell and price > 1e-9
        )


def targets_of(system: System) -> Iterator[Target]:
    """Withheld cells, and every group among the few people in which two bodies differ or meet.

    The second is differencing: two tables, each safe alone, that tell the one person who sits on
    one body and not on the other.
    """
    knowledge = system.knowledge
    most = {cell: int(view.total[1]) for view in knowledge.views for cell in view.cells}
    for row in system.rows:
        if row.cell in knowledge.withheld:
            yield Target(f"the count of {row.cell}", row.sums, cell=row.cell)
        elif row.cell in knowledge.unlisted:
            yield Target(f"the count of {row.cell}", row.sums, most[row.cell], listed=False)
    groups = dict.fromkeys((variable, category) for _, variable, category in system.unknowns)
    for name, numbers in _differences(system).items():
        size = sum(system.regions[number].size or 0 for number in numbers)
        for variable, category in groups:
            sums = system.counting(numbers, variable, category)
            if sums:
                yield Target(f"{category} ({variable} of {name})", sums, size=size)


def _differences(system: System) -> dict[str, tuple[int, ...]]:
    """Names and regions of what two bodies share, of what one has alone, and of each region."""
    bodies = list(dict.fromkeys(view.body for view in system.knowledge.views))
    whole = {tuple(system.within(body)) for body in bodies}
    found: dict[tuple[int, ...], str] = {}
    for number, region in enumerate(system.regions):
        found.setdefault((number,), "only " + " and ".join(sorted(region.bodies)))
    for one, other in permutations(bodies, 2):
        inside, also = system.within(one), set(system.within(other))
        found.setdefault(tuple(n for n in inside if n not in also), f"{one} without {other}")
        found.setdefault(tuple(n for n in inside if n in also), f"{one} who are in {other}")
    return {
        name: numbers
        for numbers, name in found.items()
        if numbers and numbers not in whole and all(_is_sized(system, n) for n in numbers)
    }


def _is_sized(system: System, number: int) -> bool:
    return system.regions[number].size is not None


def breaches_of(knowledge: Knowledge, threshold: int, sensitive: Collection[Cell]) -> list[Breach]:
    """The targets of one component that an attacker recovers.

    A withheld cell is recovered if fewer than `LEAST_VALUES` values are left to it; a group
    among few people too, unless both it and the rest reach the threshold for certain. Where
    even without any `sensitive` cell published no more values were possible (one person is or
    is not), publication has told nothing.
    """
    if knowledge.is_simple:
        return _simple_breaches(knowledge, threshold)
    attack = Attack(System(knowledge))
    bare: Attack | None = None
    found = []
    for target in targets_of(attack.system):
        if attack.enough(target, LEAST_VALUES):
            continue
        low, high = attack.bounds(target)
        if target.may_be_told(low, high, threshold):
            continue
        bare = bare or Attack(System(knowledge.hiding(sensitive)))
        if attack.enough(target, _most_values(bare, target)):
            continue
        found.append(Breach(target, low, high, attack.told_by(target)))
    return found


def _simple_breaches(knowledge: Knowledge, threshold: int) -> list[Breach]:
    told_by = frozenset(knowledge.cells.keys() - knowledge.withheld)
    most = int(knowledge.views[0].total[1])
    found = []
    for cell, (low, high) in _simple_range(knowledge, knowledge.unlisted).items():
        size = most if cell in knowledge.unlisted else None
        target = Target(f"the count of {cell}", {}, size, cell, listed=size is None)
        few = high - low + 1 < min(LEAST_VALUES, most + 1)
        if few and not target.may_be_told(int(low), int(high), threshold):
            found.append(Breach(target, int(low), int(high), told_by))
    return found


def _most_values(bare: Attack, target: Target) -> int:
    low, high = bare.bounds(target)
    return min(LEAST_VALUES, high - low + 1)


def possible_range(knowledge: Knowledge) -> dict[Cell, Bounds]:
    """The tightest bounds for every withheld cell of one component."""
    if knowledge.is_simple:
        return _simple_range(knowledge)
    attack = Attack(System(knowledge))
    return {
        target.cell: attack.bounds(target)
        for target in targets_of(attack.system)
        if target.cell is not None
    }


def _simple_range(knowledge: Knowledge, unlisted: Collection[Cell] = ()) -> dict[Cell, Bounds]:
    """The bounds within one margin: the total, less what the others have at most or at least.

    Every whole number between them is possible.
    """
    total_low, total_high = knowledge.views[0].total
    lows = sum(low for low, _ in knowledge.cells.values())
    found = {}
    for cell in (*knowledge.withheld, *unlisted):
        low, high = knowledge.cells[cell]
        others = sum(top for other, (_, top) in knowledge.cells.items() if other != cell)
        found[cell] = (max(low, total_low - others), min(high, total_high - (lows - low)))
    return found
