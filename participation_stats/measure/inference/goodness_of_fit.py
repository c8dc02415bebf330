"""Exact goodness of fit of a whole profile: all groups of one variable at once.

Under a fair draw the counts of all groups are multivariate hypergeometric, or multinomial where
only shares are known. Tables are ordered by a named statistic, and p is the probability of a
table at least as extreme: summed over all tables where they are few, else by Monte Carlo.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from .fair_draw import Floats, Ints

Ordering = Literal["x2", "g", "dissimilarity", "probability"]
ORDERINGS: tuple[Ordering, ...] = ("x2", "g", "dissimilarity", "probability")

#: Two statistics closer than this, relative to their size, are the same table seen twice.
TIES = 1e-9
_STEPWISE_UP_TO = 300
_SHUFFLED_UP_TO = 1_000_000
#: Numbers of drawn tables that are looked at together.
_AT_ONCE = 12_000


@dataclass(frozen=True)
class Urn:
    """A population by group: `K` of shape ``(groups,)``, or shares `W` where `K` is unknown."""

    W: Floats
    K: Floats | None = None

    @property
    def size(self) -> float:
        """People in the population; infinite where only shares are known."""
        return np.inf if self.K is None else float(self.K.sum())

    def capacity(self, n: int) -> Ints:
        """The most people that a draw of n can hold of each group."""
        most = np.full(len(self.W), n) if self.K is None else np.minimum(self.K, n)
        return np.where(self.W > 0, most, 0).astype(np.int64)


@dataclass(frozen=True)
class Reference:
    """The distribution of a statistic under the fair draw.

    Attributes
    ----------
    values : array of shape (tables,)
        Ascending.
    upper : array of shape (tables,)
        Probability of this value or a larger one.
    method : {"enumeration", "Monte Carlo"}
    tables : int
        Tables enumerated, or drawn.
    """

    values: Floats
    upper: Floats
    method: str
    tables: int

    def p_value(self, observed: float) -> float:
        """P(statistic ≥ observed); with Monte Carlo (1 + b)/(B + 1)."""
        at = np.searchsorted(self.values, observed - TIES * max(1.0, abs(observed)), side="left")
        at_least = float(self.upper[at]) if at < len(self.upper) else 0.0
        if self.method == "enumeration":
            return min(1.0, at_least)
        return (1.0 + at_least * self.tables) / (self.tables + 1.0)

    def mapped(self, increasing: Callable[[Floats], Floats]) -> Reference:
        """The distribution of an increasing function of the statistic."""
        return dataclasses.replace(self, values=increasing(self.values))

    def mean(self) -> float:
        """The statistic's mean under the fair draw."""
        return float((self._masses() * self.values).sum())

    def quantile(self, level: float) -> float:
        """The least value that a fair draw stays at or below with this probability."""
        cumulated = np.cumsum(self._masses())
        at = int(np.searchsorted(cumulated, level * (1 - 1e-12)))
        return float(self.values[min(at, len(self.values) - 1)])

    def _masses(self) -> Floats:
        return np.asarray(self.upper - np.append(self.upper[1:], 0.0), dtype=float)


def statistic_of(counts: npt.ArrayLike, n: float, urn: Urn, ordering: Ordering = "x2") -> Floats:
    """The ordering statistic of tables of shape ``(..., groups)``; larger is further from fair.

    "x2" is Σ(x−nW)²/nW, "g" is 2Σx ln(x/nW), "dissimilarity" is ½Σ|x/n−W| and "probability" is
    minus the logarithm of the table's probability, up to a constant.
    """
    held = np.flatnonzero(urn.W > 0)
    x = np.asarray(counts, dtype=float)[..., held]
    return np.asarray(_parts(x, n, urn, held, ordering).sum(axis=-1), dtype=float)


def table_count(n: int, urn: Urn) -> float:
    """How many tables of n people the urn can give."""
    ways = np.zeros(n + 1)
    ways[0] = 1.0
    for most in urn.capacity(n):
        cumulated = np.cumsum(ways)
        ways = np.asarray(cumulated - np.concatenate([np.zeros(most + 1), cumulated])[: n + 1])
    return float(ways[n])


def references_of(
    sizes: Iterable[int],
    urn: Urn,
    *,
    ordering: Ordering = "x2",
    limit: int = 500_000,
    draws: int = 9_999,
    seed: int = 0,
) -> dict[int, Reference]:
    """The statistic's reference distribution for draws of each size from one urn.

    Enumerates where there are at most `limit` tables, else draws `draws` of them. A fair draw of
    n is the first n of a longer one, so every size shares one stream of draws, and what one size
    gives does not depend on which others were asked for.
    """
    wanted = sorted(set(sizes))
    few = {n for n in wanted if table_count(n, urn) <= limit}
    found = {n: enumerated(n, urn, ordering) for n in wanted if n in few}
    found |= _drawn([n for n in wanted if n not in few], urn, ordering, draws, seed)
    return found


def enumerated(n: int, urn: Urn, ordering: Ordering = "x2") -> Reference:
    """Every possible table, built group by group for all partial tables at once."""
    groups = np.flatnonzero(urn.W > 0)
    value, log = np.zeros(1), np.zeros(1)
    for group, x, parent in _growing(n, urn, groups):
        counts = np.arange(x.max(initial=0) + 1, dtype=float)
        value = value[parent] + _parts(counts, n, urn, group, ordering)[x]
        log = log[parent] - _parts(counts, n, urn, group, "probability")[x]
    mass = np.exp(log - log.max())
    order = np.argsort(value)
    upper = np.cumsum(mass[order][::-1])[::-1] / mass.sum()
    return Reference(value[order], upper, "enumeration", len(value))


def every_table(n: int, urn: Urn) -> tuple[Ints, Floats]:
    """Every possible table, of shape ``(tables, groups)``, and its probability."""
    tables = np.zeros((1, 0), dtype=np.int64)
    log = np.zeros(1)
    for group, x, parent in _growing(n, urn, np.arange(len(urn.W))):
        counts = np.arange(x.max(initial=0) + 1, dtype=float)
        log = log[parent] - _parts(counts, n, urn, group, "probability")[x]
        tables = np.column_stack([tables[parent], x])
    mass = np.exp(log - log.max())
    return tables, mass / mass.sum()


def drawn_tables(n: int, urn: Urn, draws: int, rng: np.random.Generator) -> Floats:
    """Tables of fair draws of n, of shape ``(draws, groups)``."""
    if urn.K is None:
        return rng.multinomial(n, urn.W / urn.W.sum(), size=draws).astype(float)
    people = urn.K.astype(np.int64)
    # Shuffling people costs by the person drawn, going through groups by the group.
    by_person = n <= 15 * len(people) and people.sum() <= _SHUFFLED_UP_TO
    method: Literal["count", "marginals"] = "count" if by_person else "marginals"
    return rng.multivariate_hypergeometric(people, n, size=draws, method=method).astype(float)


def _growing(n: int, urn: Urn, groups: Ints) -> Iterator[tuple[np.int64, Ints, Ints]]:
    """Group after group: the counts that it adds to every partial table, and to which."""
    most = urn.capacity(n)[groups]
    room = np.concatenate([np.cumsum(most[::-1])[::-1][1:], [0]])
    left = np.full(1, n, dtype=np.int64)
    for place, group in enumerate(groups):
        low, high = np.maximum(0, left - room[place]), np.minimum(left, most[place])
        options = high - low + 1
        before = np.cumsum(options) - options
        parent = np.repeat(np.arange(len(left)), options)
        x = np.arange(options.sum()) - np.repeat(before - low, options)
        left = left[parent] - x
        yield group, x, parent


def _parts(x: Floats, n: float, urn: Urn, groups: Ints | np.int64, ordering: Ordering) -> Floats:
    """What each group adds to the statistic, shaped as x.

    The last axis of x runs over `groups`, or over the counts of a single group.
    """
    W = urn.W[groups]
    if ordering == "x2":
        return np.asarray((x - n * W) ** 2 / (n * W), dtype=float)
    if ordering == "g":
        return np.asarray(2.0 * special.xlogy(x, x / (n * W)), dtype=float)
    if ordering == "dissimilarity":
        return np.asarray(np.abs(x - n * W) / (2.0 * n), dtype=float)
    if urn.K is None:
        return np.asarray(special.gammaln(x + 1) - special.xlogy(x, W), dtype=float)
    K = urn.K[groups]
    return np.asarray(special.betaln(K - x + 1, x + 1) + np.log1p(K), dtype=float)


def _drawn(
    sizes: list[int], urn: Urn, ordering: Ordering, draws: int, seed: int
) -> dict[int, Reference]:
    found = {}
    near = [n for n in sizes if n <= _STEPWISE_UP_TO]
    for n, counts in _stepwise(near, urn, draws, np.random.default_rng(seed)):
        found[n] = _empirical(counts, n, urn, ordering)
    for n in sizes[len(near) :]:
        counts = drawn_tables(n, urn, draws, np.random.default_rng([seed, n]))
        found[n] = _empirical(counts, n, urn, ordering)
    return found


def _stepwise(
    sizes: list[int], urn: Urn, draws: int, rng: np.random.Generator
) -> Iterable[tuple[int, npt.NDArray[Any]]]:
    """Draw one person after another in every replicate; hand out the counts at each size.

    Kept are the cumulated people left, group by group. Whoever is drawn stands in the first
    group whose cumulated count exceeds the lot, and one person fewer is left in it and in all
    after it: a comparison and a subtraction do the whole step.
    """
    if urn.K is None:
        bounds = (np.cumsum(urn.W) / np.cumsum(urn.W)[-1])[:, None]
        drawn = np.zeros((len(urn.W), draws), dtype=np.int32)
    else:
        # Small numbers take half the time.
        whole = np.int16 if urn.size <= np.iinfo(np.int16).max else np.int32
        left = np.repeat(np.cumsum(urn.K).astype(whole)[:, None], draws, axis=1)
        start = left[:, :1].copy()
    for person in range(1, max(sizes, default=0) + 1):
        lot = rng.random(draws)
        if urn.K is None:
            drawn += bounds > lot
        else:
            left -= left > (lot * (start[-1] - person + 1)).astype(whole)
            drawn = start - left if person in sizes else left
        if person in sizes:
            yield person, np.diff(drawn, axis=0, prepend=0).T


def _empirical(counts: npt.NDArray[Any], n: int, urn: Urn, ordering: Ordering) -> Reference:
    # In pieces that fit into memory that is there: to be given more, time and again, takes longer
    # than the sums.
    pieces = np.array_split(counts, 1 + counts.size // _AT_ONCE)
    values = np.sort(np.concatenate([statistic_of(one, n, urn, ordering) for one in pieces]))
    upper = np.arange(len(values), 0, -1) / len(values)
    return Reference(values, upper, "Monte Carlo", len(values))
