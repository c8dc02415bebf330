"""Linkage: what tables published together say about the same people, as a linear system.

The unknowns are y[r, v, g]: how many people of region r are in group g of variable v. A region
is the people who sit on the same bodies (one cell of their Venn diagram); who sits where is
public, who belongs to which group is not. Every published number bounds a sum of unknowns.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from participation_stats.errors import InputError
from participation_stats.release.cells import BETWEEN, Cell, Margin, from_base, is_headcount

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float]

#: What is known of a withheld count by itself.
UNKNOWN: Bounds = (0.0, np.inf)
#: More people than any body has; bounds an unknown of which nothing else is known.
_CROWD = 100_000


@dataclasses.dataclass(frozen=True)
class View:
    """One way in which a body is cut into groups, and bounds for their sum."""

    body: str
    variable: str
    categories: tuple[str, ...]
    total: Bounds

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells."""
        return tuple(Cell(self.body, self.variable, category) for category in self.categories)


@dataclasses.dataclass(frozen=True)
class Region:
    """The people who sit on exactly these bodies; how many, or ``None`` where unknown."""

    bodies: frozenset[str]
    size: int | None


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """What anybody can read: bounds for cells, how they add up, and who sits where.

    Parameters
    ----------
    cells : mapping of Cell to (low, high)
        Bounds of every count, withheld or not.
    views : tuple of View
    people : mapping of str to set
        The people of a body. A body not named here is taken to share nobody with another.
    withheld : set of Cell
        The cells whose counts are withheld.
    before : mapping of Cell to (low, high)
        What earlier releases told; it stays known whatever is withheld now.
    """

    cells: Mapping[Cell, Bounds]
    views: tuple[View, ...]
    people: Mapping[str, frozenset[Hashable]]
    withheld: frozenset[Cell] = frozenset()
    before: Mapping[Cell, Bounds] = dataclasses.field(default_factory=dict)

    def hiding(self, cells: Collection[Cell]) -> Knowledge:
        """The same with these cells withheld: known of them is what was, and their views."""
        unknown = {cell: self.before.get(cell, UNKNOWN) for cell in cells if cell in self.cells}
        return dataclasses.replace(
            self, cells={**self.cells, **unknown}, withheld=self.withheld | unknown.keys()
        )

    def telling(self, words: Mapping[Cell, Bounds]) -> Knowledge:
        """The same with bounds told in words."""
        told = {
            cell: (max(low, self.cells[cell][0]), min(high, self.cells[cell][1]))
            for cell, (low, high) in words.items()
            if cell in self.cells
        }
        return dataclasses.replace(self, cells={**self.cells, **told})

    def components(self) -> list[Knowledge]:
        """The parts that say nothing about one another."""
        groups = _groups(self.views, self.people)
        place = {
            (view.body, view.variable): number
            for number, group in enumerate(groups)
            for view in group
        }
        cells: list[dict[Cell, Bounds]] = [{} for _ in groups]
        for cell, bounds in self.cells.items():
            if (cell.body, cell.variable) in place:
                cells[place[cell.body, cell.variable]][cell] = bounds
        return [
            dataclasses.replace(
                self,
                cells=here,
                views=tuple(group),
                people=self._seats(group),
                withheld=self.withheld & here.keys(),
                before={cell: self.before[cell] for cell in here if cell in self.before},
            )
            for here, group in zip(cells, groups, strict=True)
        ]

    def _seats(self, views: Sequence[View]) -> dict[str, frozenset[Hashable]]:
        """Who sits on the bodies of a component, unless one of its views counts people twice."""
        bodies = dict.fromkeys(view.body for view in views)
        several = {view.body for view in views if _counts_twice(view, self.people)}
        known = [body for body in bodies if body in self.people and body not in several]
        return {body: self.people[body] for body in known}

    @cached_property
    def unlisted(self) -> frozenset[Cell]:
        """Groups of which no table has a row: what others are compared with, or nobody."""
        return frozenset(
            cell
            for view in self.views
            for cell in view.cells
            if self.cells.get(cell) == UNKNOWN and cell not in self.withheld
        )

    @property
    def is_simple(self) -> bool:
        """One body cut in one way, so that nothing but its own total gives a count away."""
        return not self.before and len({(v.body, v.categories) for v in self.views}) == 1


def known(
    margins: Iterable[Margin],
    views: Iterable[View],
    people: Mapping[str, frozenset[Hashable]],
    base: int,
) -> Knowledge:
    """What margins tell, published together.

    Parameters
    ----------
    margins : iterable of Margin
        A count of ``None`` is withheld.
    views : iterable of View
        How their cells add up. A view that is a part of another of its kind tells nothing more.
    people : mapping of str to set
        Who sits on which body.
    base : int
        Base to which the counts of margins that are not exact are rounded.

    Raises
    ------
    InputError
        Two margins count different people under one name, or more people than there are.
    """
    cells: dict[Cell, Bounds] = {}
    withheld: set[Cell] = set()
    for margin in margins:
        for cell, count in zip(margin.cells, margin.counts.values(), strict=True):
            if count is None:
                withheld.add(cell)
            told = UNKNOWN if count is None else from_base(count, 1 if margin.exact else base)
            low, high = cells.get(cell, UNKNOWN)
            cells[cell] = (max(low, told[0]), min(high, told[1]))
            if cells[cell][0] > cells[cell][1]:
                raise _contradiction(margin, cell, f"{count} beside {low:.0f}")
    kept = _widest(dict.fromkeys(views))
    for view in kept:
        # A group of which no table has a row is there all the same; not if it is the only one.
        if len(view.cells) > 1:
            cells = {**dict.fromkeys(view.cells, UNKNOWN), **cells}
        if _counts_twice(view, people) and is_headcount(view.body):
            raise InputError(
                f"a table of '{view.body}' counts more people than are on it",
                where="protect",
                expected=f"at most {len(people[view.body])}, the people given for it",
                got=f"{view.total[0]:.0f} by {view.variable}",
                hint="give for each body the ids of everybody whom its tables count",
            )
    return Knowledge(cells, tuple(kept), people, frozenset(withheld))


def _counts_twice(view: View, people: Mapping[str, frozenset[Hashable]]) -> bool:
    """Whether some are in two of its groups: it counts more people than there are.

    So do the groups of a model that people change between, as those before an event and since.
    They say nothing of how many people are in neither, nor of any other table's groups.
    """
    return view.body in people and view.total[0] > len(people[view.body])


def _contradiction(margin: Margin, cell: Cell, got: str) -> InputError:
    return InputError(
        f"two tables count different people as {cell}",
        where=f"protect, table '{margin.table}'",
        expected="one count of one body's group",
        got=got,
        hint="name tables of different people as different bodies (bodies=)",
    )


def _widest(views: Iterable[View]) -> list[View]:
    every = list(views)
    return [
        view
        for view in every
        if not any(
            (view.body, view.variable) == (other.body, other.variable)
            and set(view.categories) < set(other.categories)
            for other in every
        )
    ]


def _groups(views: Sequence[View], people: Mapping[str, frozenset[Hashable]]) -> list[list[View]]:
    """Views that share a variable and a body or a person, directly or through others."""
    # A node for each view, then one for each variable of each body.
    places: dict[str, dict[str, int]] = {}
    edges: list[tuple[int, int]] = []
    size = len(views)
    for number, view in enumerate(views):
        for part in view.variable.split(BETWEEN):
            bodies = places.setdefault(part, {})
            if view.body not in bodies:
                bodies[view.body] = size
                size += 1
            edges.append((number, bodies[view.body]))
    met = _sharing(people)
    for bodies in places.values():
        edges += [
            (bodies[one], bodies[other]) for one, other in itertools.combinations(bodies, 2)
            if frozenset((one, other)) in met
        ]  # fmt: skip
    if not edges:
        return []
    i, j = zip(*edges, strict=True)
    graph = sparse.coo_array((np.ones(len(edges)), (i, j)), shape=(size, size))
    _, labels = csgraph.connected_components(graph, directed=False)
    groups: dict[int, list[View]] = {}
    for view, label in zip(views, labels[: len(views)], strict=True):
        groups.setdefault(int(label), []).append(view)
    return list(groups.values())


def _sharing(people: Mapping[str, frozenset[Hashable]]) -> set[frozenset[str]]:
    """Pairs of bodies on which somebody sits on both."""
    return {
        frozenset((one, other))
        for one, other in itertools.combinations(people, 2)
        if not people[one].isdisjoint(people[other])
    }


def regions_of(bodies: Collection[str], people: Mapping[str, frozenset[Hashable]]) -> list[Region]:
    """The cells of the Venn diagram of bodies that hold anybody."""
    sizes: dict[frozenset[str], int] = {}
    known = {body: people[body] for body in bodies if body in people}
    for person in set().union(*known.values()):
        seats = frozenset(body for body, members in known.items() if person in members)
        sizes[seats] = sizes.get(seats, 0) + 1
    alone = [Region(frozenset({body}), None) for body in bodies if body not in known]
    return [Region(seats, sizes[seats]) for seats in sorted(sizes, key=sorted)] + alone


@dataclasses.dataclass(frozen=True)
class Row:
    """One bounded sum of unknowns; `cell` where it is a count that could be withheld."""

    sums: Mapping[int, float]
    low: float
    high: float
    cell: Cell | None = None


@dataclasses.dataclass(frozen=True)
class System:
    """The linear system of one component: ``low ≤ matrix · y ≤ high``, ``0 ≤ y ≤ upper``."""

    knowledge: Knowledge

    @cached_property
    def regions(self) -> list[Region]:
        """The regions of its bodies."""
        bodies = dict.fromkeys(view.body for view in self.knowledge.views)
        return regions_of(bodies, self.knowledge.people)

    @cached_property
    def unknowns(self) -> dict[tuple[int, str, str], int]:
        """Place of the unknown of each region, variable and group."""
        found: dict[tuple[int, str, str], int] = {}
        for number, region in enumerate(self.regions):
            for view in self.knowledge.views:
                if view.body in region.bodies:
                    for category in view.categories:
                        found.setdefault((number, view.variable, category), len(found))
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """Everything published, then what holds of any people."""
        return [*self._cell_rows(), *self._total_rows(), *self._size_rows(), *self._part_rows()]

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Rows by unknowns."""
        places = [(i, j, x) for i, row in enumerate(self.rows) for j, x in row.sums.items()]
        i, j, x = zip(*places, strict=True)
        return sparse.csr_array((x, (i, j)), shape=(len(self.rows), len(self.unknowns)))

    @cached_property
    def low(self) -> Floats:
        """Least value of each row."""
        return np.array([row.low for row in self.rows])

    @cached_property
    def high(self) -> Floats:
        """Greatest value of each row."""
        return np.array([row.high for row in self.rows])

    @cached_property
    def upper(self) -> Floats:
        """Greatest value of each unknown."""
        return np.array([self._most(number) for number, _, _ in self.unknowns], dtype=float)

    def _most(self, number: int) -> float:
        region = self.regions[number]
        totals = [view.total[1] for view in self.knowledge.views if view.body in region.bodies]
        return min(_CROWD if region.size is None else region.size, max(totals), _CROWD)

    def counting(self, bodies: Collection[int], variable: str, category: str) -> dict[int, float]:
        """The sum of unknowns that counts a group within some regions (by number)."""
        keys = ((number, variable, category) for number in bodies)
        return {self.unknowns[key]: 1.0 for key in keys if key in self.unknowns}

    def within(self, body: str) -> list[int]:
        """Numbers of the regions that a body is made of."""
        return [number for number, region in enumerate(self.regions) if body in region.bodies]

    def _cell_rows(self) -> Iterator[Row]:
        for cell, (low, high) in self.knowledge.cells.items():
            sums = self.counting(self.within(cell.body), cell.variable, cell.category)
            if sums:
                yield Row(sums, low, high, cell)

    def _total_rows(self) -> Iterator[Row]:
        for view in self.knowledge.views:
            inside = self.within(view.body)
            counted = [self.counting(inside, view.variable, name) for name in view.categories]
            yield Row({j: 1.0 for sums in counted for j in sums}, *view.total)

    def _size_rows(self) -> Iterator[Row]:
        """A region has no more people with a stated group than it has people."""
        cuts = dict.fromkeys((view.variable, view.categories) for view in self.knowledge.views)
        for number, region in enumerate(self.regions):
            for variable, categories in cuts if region.size is not None else ():
                counted = [self.counting([number], variable, name) for name in categories]
                sums = {j: 1.0 for one in counted for j in one}
                if sums:
                    yield Row(sums, 0.0, float(region.size or 0))

    def _part_rows(self) -> Iterator[Row]:
        """A group holds at least the people of its intersections with another variable.

        Where somebody may be in several of these over time, it holds at least those of each.
        """
        several = {v.variable for v in self.knowledge.views if not is_headcount(v.body)}
        wholes: dict[tuple[int, object], dict[int, float]] = {}
        for (number, variable, category), place in self.unknowns.items():
            names, levels = variable.split(BETWEEN), category.split(BETWEEN)
            if len(names) > 1 and len(names) == len(levels):
                for name, level in zip(names, levels, strict=True):
                    whole = self.unknowns.get((number, name, level))
                    if whole is not None:
                        key = whole, place if variable in several else variable
                        wholes.setdefault(key, {whole: 1.0})[place] = -1.0
        yield from (Row(sums, 0.0, np.inf) for sums in wholes.values())
