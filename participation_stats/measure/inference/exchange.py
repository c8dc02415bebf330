"""An exact test for change over periods in which the same people may come again and again."""

from __future__ import annotations

import numpy as np

from .fair_draw import Flags, Floats
from .goodness_of_fit import TIES, Urn, drawn_tables, every_table, table_count


def exchange_p_value(
    came: Flags,
    member: Flags,
    *,
    limit: int = 100_000,
    draws: int = 9_999,
    seed: int = 0,
) -> float:
    """P-value that a group's share is the same in every period.

    The statistic is Σ (xₜ − nₜs)²/nₜ over periods, s the group's share of all people. Labels of
    group are exchanged among people, each of whom keeps the periods in which they came. People
    with the same periods are one kind, so an exchange is a draw of the K members from kinds:
    multivariate hypergeometric, enumerated up to `limit` tables, else drawn.

    Parameters
    ----------
    came : array of bool of shape (people, periods)
    member : array of bool of shape (people,)
    limit, draws, seed : int

    Returns
    -------
    float
        (1 + b)/(draws + 1) where drawn. 1 if the group is nobody or everybody, or there are not
        two periods.
    """
    came = came[:, came.any(axis=0)]
    # A group and everybody else are one test: the smaller of the two is drawn.
    if 2 * member.sum() > len(member):
        member = ~member
    K, people = int(member.sum()), len(member)
    if K == 0 or came.shape[1] < 2:
        return 1.0
    kinds, kind, sizes = np.unique(came, axis=0, return_inverse=True, return_counts=True)
    presence = kinds.astype(float)
    periods = came.sum(axis=0).astype(float)

    def spread(members_of_kind: Floats) -> Floats:
        expected = periods * K / people
        return np.asarray((((members_of_kind @ presence) - expected) ** 2 / periods).sum(axis=-1))

    held = np.bincount(kind.reshape(-1)[member], minlength=len(kinds)).astype(float)
    observed = float(spread(held)) - TIES * max(1.0, float(spread(held)))
    urn = Urn(sizes / people, sizes.astype(float))
    if table_count(K, urn) <= limit:
        every, mass = every_table(K, urn)
        return min(1.0, float(mass[spread(every.astype(float)) >= observed].sum()))
    tables = drawn_tables(K, urn, draws, np.random.default_rng(seed))
    return float((1.0 + (spread(tables) >= observed).sum()) / (1.0 + draws))
