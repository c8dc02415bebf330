"""Worlds that agree with what was published, met by walking from one to the next.

A step tells a few people of a few regions into other groups. It is taken where no published
number changes, so every world on the way agrees as the first one does. A walk proves what is
not known (two worlds that differ), never what is: that is left to following every world.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

#: How many people change their group at once; four can leave every margin of two bodies as it is.
HOW_MANY = (1, 2, 2, 3, 3, 4, 4, 5)
#: By how many people a group of a region grows.
Changes = tuple[tuple[tuple[frozenset[str], int], int], ...]


class Walk:
    """Worlds as ``{region: [people of each group, and last those who did not state one]}``."""

    def __init__(self, facts, world: dict[frozenset[str], tuple[int, ...]], seed: int = 0):
        self.luck = random.Random(seed)
        self.regions = list(facts.regions)
        self.world = {
            seats: [*people, facts.regions[seats] - sum(people)] for seats, people in world.items()
        }
        self.harmless: list[Changes] = []
        self.met: set[frozenset] = {frozenset()}
        self.slots = range(len(facts.groups) + 1)
        # What a person of a region counts in, by slot: published counts and numbers stated.
        unstated = self.slots[-1]
        self.counted = {
            seats: [
                [(body, slot) for body in seats if facts.counts[body].get(group) is not None]
                + [body for body in seats if facts.stated[body] is not None]
                for slot, group in enumerate(facts.groups)
            ]
            for seats in self.regions
        }
        for of_slots in self.counted.values():
            of_slots.insert(unstated, [])

    def worlds(self, tries: int) -> Iterator[dict[frozenset[str], list[int]]]:
        """The world that the walk is in, after each step that could be taken."""
        yield self.world
        for _ in range(tries):
            if self._step():
                yield self.world

    def _step(self) -> bool:
        changes = self._changes()
        world = self.world
        if not changes or any(world[seats][slot] + by < 0 for (seats, slot), by in changes):
            return False
        for (seats, slot), by in changes:
            world[seats][slot] += by
        return True

    def _changes(self) -> Changes:
        """What leaves every published number alone: mostly what was met before, else anew."""
        if self.harmless and self.luck.random() < 0.7:
            return self.luck.choice(self.harmless)
        world: Counter = Counter()
        published: Counter = Counter()
        for seats, left, entered in self._moves():
            world.update([(seats, entered)])
            world.subtract([(seats, left)])
            published.update(self.counted[seats][entered])
            published.subtract(self.counted[seats][left])
        changes = tuple((place, by) for place, by in world.items() if by)
        if any(published.values()) or frozenset(changes) in self.met:
            return ()
        self.met.add(frozenset(changes))
        self.harmless.append(changes)
        return changes

    def _moves(self) -> list[tuple[frozenset[str], int, int]]:
        """Regions with the group that one person leaves there, and the one that is entered."""
        number = self.luck.choice(HOW_MANY)
        regions = self.luck.choices(self.regions, k=number)
        if number == 3 and self.luck.random() < 0.5:
            a, b, c = self.luck.choices(self.slots, k=3)
            return list(zip(regions, (a, b, c), (b, c, a), strict=True))
        # There and back: what some regions gain of a group, others lose.
        there = self.luck.sample(self.slots, 2)
        return [(seats, *self.luck.choice((there, there[::-1]))) for seats in regions]
