"""Pools: tables of more people that could be shown where one of few cannot; tried, then offered."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Sequence

from participation_stats.measure.results import Result
from participation_stats.release.attack import breaches_of
from participation_stats.release.cells import Margin
from participation_stats.release.drafts import Draft
from participation_stats.release.linkage import Knowledge, View, known
from participation_stats.release.patterns import Pattern
from participation_stats.release.policies import Policy
from participation_stats.release.suppression import primary


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """People of several bodies or years, counted together.

    Parameters
    ----------
    words : str
        What it is called: ``"the network and its subgroup"``.
    bodies : tuple of str
        The bodies whose tables it could stand in for.
    result : Result
        Its counts, as of any body. They go nowhere.
    people : frozenset of ids
        Who they are.
    """

    words: str
    bodies: tuple[str, ...]
    result: Result
    people: frozenset[Hashable]


@dataclasses.dataclass(frozen=True)
class Offer:
    """A pool of which a characteristic can be shown whole."""

    words: str
    bodies: tuple[str, ...]
    variable: str
    n: int

    def __str__(self) -> str:
        return f"{self.words} ({self.n} people)"


def offers(pools: Iterable[Pool], pattern: Pattern, policy: Policy) -> list[Offer]:
    """What could be shown whole, beside everything that is published, without a breach.

    Each is the truth: the table of the pool has been put beside the others and attacked. To say
    that it can be shown tells less than to show it.
    """
    return [
        Offer(pool.words, pool.bodies, margin.variable, len(pool.people))
        for pool in pools
        for margin in _whole(pool, policy)
        if _is_safe(pool, margin, pattern, policy)
    ]


def _whole(pool: Pool, policy: Policy) -> list[Margin]:
    """The margins of a pool in which no count is small."""
    found = Draft(pool.words, pool.words, pool.result).margins(policy)
    return [margin for margin in found if len(margin.counts) > 1 and not primary(margin, policy)]


def _is_safe(pool: Pool, margin: Margin, pattern: Pattern, policy: Policy) -> bool:
    total = float(margin.total)
    view = View(margin.body, margin.variable, tuple(margin.counts), (total, total))
    people = {**pattern.knowledge.people, margin.body: pool.people}
    more = known([margin], [view], people, policy.rounding)
    whole = dataclasses.replace(
        pattern.knowledge,
        cells={**pattern.knowledge.cells, **more.cells},
        views=(*pattern.knowledge.views, view),
        people=people,
    )
    return not any(
        breaches_of(part, policy.threshold, part.cells.keys())
        for part in whole.components()
        if _has(part, margin)
    )


def _has(part: Knowledge, margin: Margin) -> bool:
    return any((view.body, view.variable) == (margin.body, margin.variable) for view in part.views)


def offered(found: Sequence[Offer], body: str, variable: str) -> Offer | None:
    """The smallest pool that could stand in for a table."""
    fitting = [one for one in found if body in one.bodies and one.variable == variable]
    return min(fitting, key=lambda one: one.n, default=None)
