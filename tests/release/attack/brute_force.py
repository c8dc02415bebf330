"""An attacker who shares no code with the package: every world that agrees with what was published.

Given are the released frames and who sits where. A world says how many people of each region of
the Venn diagram of bodies are in each group. Worlds are followed region by region: what is kept
of a partial world is what is still open of every published number, and how many people it has
put into the target. No linear programming, no bounds: every whole number that is found is that
of at least one world, and every one that is not found is that of none.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from operator import sub

import pandas as pd
from walks import Walk

#: How many people of each group sit in each region of the Venn diagram.
World = Mapping[frozenset[str], tuple[int, ...]]

OTHER = "(any other)"
STATED = "(stated)"
#: More partial worlds than this are not followed; the caller says how often that happened.
MOST_STATES = 100_000
#: A walk of so many steps that settles no more questions is given up.
TRIES = 20_000


class TooManyWorldsError(Exception):
    """An estate with too many worlds to follow each."""


@dataclass(frozen=True)
class Facts:
    """What is published of one variable: seats, and by body the counts and the number stated."""

    regions: Mapping[frozenset[str], int]
    counts: Mapping[str, Mapping[str, int | None]]
    stated: Mapping[str, int | None]

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(name for told in self.counts.values() for name in told))

    def bare(self) -> Facts:
        """The same without a single count published."""
        empty = {body: dict.fromkeys(told) for body, told in self.counts.items()}
        return Facts(self.regions, empty, self.stated)


def read_facts(
    released: Mapping[str, object], people: Mapping[str, frozenset[int]], variable: str
) -> Facts:
    """Read the frames as a reader of the CSV would: empty cells are withheld."""
    seats: Counter[frozenset[str]] = Counter()
    for person in set().union(*people.values()):
        seats[frozenset(body for body in people if person in people[body])] += 1
    counts, stated = {}, {}
    for body, protected in released.items():
        table, overall = protected.frames["table"], protected.frames["overall"]
        rows = table[table["variable"] == variable]
        counts[body] = {
            row["category"]: None if pd.isna(row["count"]) else int(row["count"])
            for _, row in rows.iterrows()
        }
        n = overall.loc[overall["variable"] == variable, "n"].iloc[0]
        stated[body] = None if pd.isna(n) else int(n)
    return Facts(seats, counts, stated)


def possible(facts: Facts, inside: Iterable[frozenset[str]], group: str) -> set[int]:
    """Every number of people of a group that these regions can hold: all worlds are followed."""
    names = _lumped(facts, group)
    opened, keys = _opened(facts, names)
    # By what is still open: the numbers held so far, one bit each.
    states = {opened: 1}
    for seats, here in _steps(facts, keys):
        ways = _Ways(facts.regions[seats], names, here)
        after: dict[tuple[int, ...], int] = {}
        for before, held in states.items():
            for people, used in ways.of(before):
                left = tuple(map(sub, before, used))
                after[left] = after.get(left, 0) | held << (people if seats in inside else 0)
        states = after
        if len(states) > MOST_STATES:
            raise TooManyWorldsError
    held = 0
    for bits in states.values():
        held |= bits
    return {number for number in range(held.bit_length()) if held >> number & 1}


class _Ways:
    """What the worlds of one region put into the target, and use up of every published number.

    Partial worlds that have as much left of what counts in this region go on alike.
    """

    def __init__(self, size: int, names: list[str], here: list[tuple[tuple[bool, str], bool]]):
        self.size, self.names, self.here = size, names, here
        self.counting = [i for i, ((inside, _), _) in enumerate(here) if inside]
        self.known: dict[tuple[int, ...], set[tuple[int, tuple[int, ...]]]] = {}

    def of(self, before: tuple[int, ...]) -> set[tuple[int, tuple[int, ...]]]:
        key = tuple(before[i] for i in self.counting)
        if key not in self.known:
            self.known[key] = {
                (world[0], tuple(map(sub, before, left)))
                for world, left in _worlds(self.size, self.names, before, self.here)
            }
        return self.known[key]


def sample_worlds(facts: Facts, tries: int, seed: int = 0) -> list[World]:
    """Worlds that agree with what was published, met on a walk of so many tries."""
    walk = Walk(facts, first_world(facts), seed)
    return [
        {seats: tuple(people[:-1]) for seats, people in world.items()}
        for world in walk.worlds(tries)
    ]


def random_worlds(facts: Facts, number: int, seed: int = 0) -> Iterator[World]:
    """Worlds that agree, each begun anew at random."""
    luck = random.Random(seed)
    return (first_world(facts, luck) for _ in range(number))


def first_world(facts: Facts, luck: random.Random | None = None) -> World:
    """Any world that agrees: regions in turn, and back where nothing can follow."""
    opened, keys = _opened(facts, facts.groups)
    steps = _steps(facts, keys)
    dead = set()

    def follow(place: int, left: tuple[int, ...]) -> World | None:
        if place == len(steps):
            return {}
        seats, here = steps[place]
        for people, after in _worlds(facts.regions[seats], facts.groups, left, here, luck):
            if (place, after) not in dead:
                if (rest := follow(place + 1, after)) is not None:
                    return {seats: people, **rest}
                dead.add((place, after))
                if len(dead) > MOST_STATES:
                    raise TooManyWorldsError
        return None

    found = follow(0, opened)
    assert found is not None, "no world agrees with what was published"
    return found


def _opened(facts: Facts, names: list[str]):
    """What is open at first: each published count and each number stated, and their names."""
    opened = {
        (body, name): count
        for body, told in facts.counts.items()
        for name in names
        if (count := told.get(name)) is not None
    }
    opened |= {(body, STATED): n for body, n in facts.stated.items() if n is not None}
    return tuple(opened.values()), list(opened)


def _steps(facts: Facts, keys):
    """Regions in turn; for each key whether the region counts in it, and whether it is the last."""
    # One body after the other: once its last region is met, nothing of it is open.
    bodies = sorted(facts.counts)
    order = sorted(facts.regions, key=lambda seats: [body not in seats for body in bodies])
    steps = []
    for place, seats in enumerate(order):
        later = set().union(*order[place + 1 :])
        steps.append((seats, [((b in seats, name), b in seats - later) for b, name in keys]))
    return steps


def _lumped(facts: Facts, group: str) -> list[str]:
    """The groups to tell apart: the target, and those published anywhere. The rest are one."""
    published = [
        name
        for name in facts.groups
        if any(told.get(name) is not None for told in facts.counts.values())
    ]
    names = [*dict.fromkeys([group, *published])]
    return names + ([OTHER] if set(facts.groups) - set(names) else [])


def _worlds(
    size: int,
    names: list[str],
    left: tuple[int, ...],
    keys: list[tuple[tuple[bool, str], bool]],
    luck: random.Random | None = None,
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Ways to put people of one region into the groups, and what is then open.

    A number of which this is the last region must be used up here.
    """

    bound = [
        [i for i, ((inside, key), _) in enumerate(keys) if inside and key == name] for name in names
    ]
    sums = [i for i, ((inside, key), _) in enumerate(keys) if inside and key == STATED]
    due = {left[i] for i in sums if keys[i][1]}
    most_stated = min([size, *(left[i] for i in sums)])
    if len(due) > 1 or any(n > most_stated for n in due):
        return

    def fill(place: int, world: tuple[int, ...]):
        room = most_stated - sum(world)
        if place == len(names):
            yield world
            return
        mine = bound[place]
        most = min([room, *(left[i] for i in mine)])
        forced = {left[i] for i in mine if keys[i][1]}
        if due and place == len(names) - 1:
            forced |= {min(due) - sum(world)}
        if len(forced) > 1 or any(people > most or people < 0 for people in forced):
            return
        choices = list(forced) if forced else range(most + 1)
        for people in luck.sample(choices, len(choices)) if luck else choices:
            yield from fill(place + 1, (*world, people))

    for world in fill(0, ()):
        yield world, _used_up(left, world, bound, sums)


def _used_up(left, world, bound, sums) -> tuple[int, ...]:
    after = list(left)
    for people, mine in zip(world, bound, strict=True):
        for i in mine:
            after[i] -= people
    for i in sums:
        after[i] -= sum(world)
    return tuple(after)


@dataclass(frozen=True)
class Recovered:
    """A count that fewer than three values are left to, or that of a few people told apart."""

    where: str
    group: str
    values: frozenset[int]


@dataclass(frozen=True)
class Question:
    """How many people of a group sit in these regions; a large group may be told of some."""

    name: str
    inside: frozenset[frozenset[str]]
    group: str
    size: int
    may_be_told: bool

    @property
    def enough(self) -> int:
        """So many values, and the number is not known; of one person there are no more than two."""
        return min(3, self.size + 1)


def recovered(facts: Facts, threshold: int, parts: Sequence[Facts] = ()) -> list[Recovered]:
    """Everything that the reader of the release can tell and should not.

    What could be told before anything was published is not its doing; nor, where it is several
    reports together, what one of these `parts` tells by itself.
    """
    parts = parts or (facts.bare(),)
    found = []
    for asked in _open_questions(facts):
        values = possible(facts, asked.inside, asked.group)
        assert values, f"no world agrees with what was published of {asked}"
        certain = asked.may_be_told and min(values) >= threshold <= asked.size - max(values)
        # Of one person there are two values before anything is published.
        known = (len(possible(part, asked.inside, asked.group)) for part in parts)
        if not certain and len(values) < min(3, *known):
            found.append(Recovered(asked.name, asked.group, frozenset(values)))
    return found


def _open_questions(facts: Facts) -> list[Question]:
    """What a walk does not settle: of three values none is told (nor of two, of one person)."""
    left, before = list(_wanted(facts)), None
    met: dict[Question, set[int]] = {question: set() for question in left}
    places = {group: place for place, group in enumerate(facts.groups)}
    walk = Walk(facts, first_world(facts))
    while len(left) != before:
        before = len(left)
        for world in walk.worlds(TRIES):
            for asked in left:
                met[asked].add(sum(world[seats][places[asked.group]] for seats in asked.inside))
            left = [asked for asked in left if len(met[asked]) < asked.enough]
            if not left:
                break
    return left


def _wanted(facts: Facts) -> Iterator[Question]:
    """Withheld counts, and groups among the people in whom two bodies differ or meet."""

    def question(name: str, inside: Iterable[frozenset[str]], group: str, may_be_told: bool):
        size = sum(facts.regions[seats] for seats in inside)
        return Question(name, frozenset(inside), group, size, may_be_told)

    for body, told in facts.counts.items():
        inside = {seats for seats in facts.regions if body in seats}
        yield from (question(body, inside, group, False) for group, n in told.items() if n is None)
    for name, inside in _differences(facts).items():
        yield from (question(name, inside, group, True) for group in facts.groups)


def _differences(facts: Facts) -> dict[str, set[frozenset[str]]]:
    bodies = list(facts.counts)
    whole = [{seats for seats in facts.regions if body in seats} for body in bodies]
    found = {f"only {sorted(seats)}": {seats} for seats in facts.regions}
    for one, other in permutations(bodies, 2):
        found[f"{one} without {other}"] = {s for s in facts.regions if one in s and other not in s}
        found[f"{one} and {other}"] = {s for s in facts.regions if one in s and other in s}
    return {name: inside for name, inside in found.items() if inside and inside not in whole}


def attacked(estate, policy, released: Mapping[str, object]) -> list[Recovered]:
    """Every count of an estate that is recovered from its released tables."""
    return [
        found
        for variable in estate.categories
        for found in recovered(read_facts(released, estate.people, variable), policy.threshold)
    ]
