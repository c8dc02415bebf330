"""Exact counts of the coalitions in which each voter is decisive, in whole numbers throughout.

The coalitions of each size and weight are counted by the generating function ∏ (1 + y·x^w).
For each size the counts of all weights stand side by side in one long integer, so that adding a
voter is one shift and one addition. Nothing is rounded, however many voters there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

#: Bits of the counts of all sizes and weights together: 1 GB/8; more is refused by the caller.
MOST_BITS = 2**30


@dataclass(frozen=True)
class Decisive:
    """Who is decisive how often among the 2ⁿ coalitions.

    Attributes
    ----------
    swings : tuple of int
        For each voter, the coalitions of the others that lose, and win once that voter joins.
    orders : tuple of int
        For each voter, the orders of all n voters (of n!) in which that voter's joining wins.
    winning : int
        Coalitions that win.
    """

    swings: tuple[int, ...]
    orders: tuple[int, ...]
    winning: int


def table_bits(weights: Sequence[int], quota: int) -> int:
    """Size in bits of the table of counts for `decisive_coalitions`."""
    n = len(weights)
    return n * min(quota, sum(weights) - quota + 1) * _width(n)


def decisive_coalitions(weights: Sequence[int], quota: int) -> Decisive:
    """Count the coalitions in which each voter is decisive.

    Parameters
    ----------
    weights : sequence of int of length n
        Votes of each voter, whole and not negative.
    quota : int
        Votes needed to win, from 1 to the sum of weights.

    Examples
    --------
    >>> decisive_coalitions([5, 1, 1], 5)
    Decisive(swings=(4, 0, 0), orders=(6, 0, 0), winning=4)
    """
    n = len(weights)
    # Whoever turns a loss into a win also turns a failed veto into a veto among those who stay
    # away, so the vetoing game has the same swings, and often the smaller table.
    veto = sum(weights) - quota + 1
    swapped = veto < quota
    table = _Cumulated(weights, min(quota, veto))
    falling = sum(table.below(size, table.quota) for size in range(n + 1))
    by_weight = {weight: _swings_by_size(weight, n, table) for weight in set(weights)}
    ways = [factorial(size) * factorial(n - 1 - size) for size in range(n)]
    orders = {
        weight: sum(count * way for count, way in zip(counts, ways, strict=True))
        for weight, counts in by_weight.items()
    }
    return Decisive(
        tuple(sum(by_weight[weight]) for weight in weights),
        tuple(orders[weight] for weight in weights),
        falling if swapped else 2**n - falling,
    )


def _swings_by_size(weight: int, n: int, table: _Cumulated) -> list[int]:
    """Swings of one voter of this weight, by the number of others in the coalition.

    Coalitions without the voter follow from those of all by inclusion and exclusion,
    cᵢ(k, s) = c(k, s) − cᵢ(k − 1, s − w). Summed over the weights at which the voter swings,
    from q − w to q − 1, the terms tile the weights below q in steps of w.
    """
    if weight == 0:
        return [0] * n
    steps = -(-table.quota // weight)
    counts = []
    for size in range(n):
        total = 0
        for step in range(min(steps, size + 1)):
            above = table.below(size - step, table.quota - step * weight)
            below = table.below(size - step, table.quota - (step + 1) * weight)
            total += (above - below) if step % 2 == 0 else (below - above)
        counts.append(total)
    return counts


class _Cumulated:
    """How many coalitions of each size weigh less than a number of votes, up to the quota."""

    def __init__(self, weights: Sequence[int], quota: int) -> None:
        self.quota = quota
        n = len(weights)
        self._bytes = _width(n) // 8
        mask = (1 << (quota * self._bytes * 8)) - 1
        # The largest first: most of their sums are past the quota and cost nothing.
        rows = [1] + [0] * n
        for taken, weight in enumerate(sorted(weights, reverse=True)):
            shift = min(weight, quota) * self._bytes * 8
            for size in range(taken + 1, 0, -1):
                rows[size] += (rows[size - 1] << shift) & mask
        self._rows = [self._packed(row, mask) for row in rows]

    def below(self, size: int, weight: int) -> int:
        """Coalitions of this size that weigh less; none do where `weight` is not positive."""
        if weight <= 0:
            return 0
        end = weight * self._bytes
        return int.from_bytes(self._rows[size][end - self._bytes : end], "little")

    def _packed(self, row: int, mask: int) -> bytes:
        """Running sums over weights, by doubling the distance that each addition reaches."""
        reach = self._bytes * 8
        while row and reach < mask.bit_length():
            row = (row + (row << reach)) & mask
            reach *= 2
        return row.to_bytes(self.quota * self._bytes, "little")


def _width(n: int) -> int:
    """Bits for a count of coalitions of n voters (at most 2ⁿ), in whole bytes."""
    return 8 * (n // 8 + 1)
