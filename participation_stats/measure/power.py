"""Voting power: how often the votes of each bloc decide, and how many allies it needs."""

from __future__ import annotations

import numbers
import warnings
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil, factorial, gcd, lcm
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import DataWarning, EstimationError, InputError

from .coalitions import MOST_BITS, Decisive, decisive_coalitions, table_bits
from .results import Result, Rule

_WHERE = "voting_power"
_EXPECTED = "votes of 0 or more for each bloc, not all 0"


@dataclass(frozen=True, eq=False, repr=False)
class VotingPower(Result):
    """What `voting_power` found.

    Attributes
    ----------
    table : DataFrame
        ``bloc, votes, share, banzhaf, shapley_shubik, swings, penrose, allies_to_win,
        allies_to_block``, in the order given. The first two powers are fractions that add up to
        1; ``penrose`` is the chance that the bloc decides if every other bloc tosses a coin.
        ``allies_to_win`` and ``allies_to_block`` are the fewest other blocs that the bloc needs
        to pass an item against all others, and to keep one from passing.
    quota, total : float
        Votes needed to pass, and all votes.
    n_blocs : int
        Blocs.
    power_to_act : float
        Coleman's: the share of all coalitions that can pass an item.
    """

    quota: float
    total: float
    n_blocs: int
    power_to_act: float
    # Who has how many votes is in the rules of a body; nobody's profile is.
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", variable=None),)


def voting_power(votes: Any, quota: float | None = None) -> VotingPower:
    r"""Measure how often each bloc decides.

    A coalition S of the n blocs wins if :math:`\sum_{i \in S} w_i \ge q`. Bloc i *swings* a
    losing coalition that wins once i joins. With :math:`\eta_i` its swings and
    :math:`\eta_i(k)` those among k others,

    .. math::

        \text{penrose}_i = \frac{\eta_i}{2^{n-1}}, \qquad
        \text{banzhaf}_i = \frac{\eta_i}{\sum_j \eta_j}, \qquad
        \text{shapley}_i = \sum_k \frac{k!\,(n-1-k)!}{n!}\, \eta_i(k) .

    Banzhaf counts coalitions alike; Shapley and Shubik count alike the orders in which blocs may
    come to agree. Both are counted in whole numbers, without rounding, for any number of blocs
    whose table of counts fits (200 people with votes of 1 to 10 take a third of a second).

    Parameters
    ----------
    votes : mapping, Series or sequence
        Votes by bloc, or votes alone (blocs are then 1, 2, …). Fractions of a vote are taken as
        written: 0.1 is one tenth.
    quota : float, optional
        Votes needed to pass. Default: a strict majority of all votes.

    Returns
    -------
    VotingPower

    Raises
    ------
    InputError
        If a vote is missing, negative or no number, nobody has a vote, or the quota is not above
        0 or more than all votes.
    EstimationError
        If there are too many blocs with too large votes to count exactly.

    Warns
    -----
    DataWarning
        If the quota is half of the votes or less: two sides could then both pass an item.

    References
    ----------
    Penrose (1946), J. Royal Statistical Society 109; Shapley and Shubik (1954), American
    Political Science Review 48; Banzhaf (1965), Rutgers Law Review 19; Coleman (1971).

    Examples
    --------
    The Council of the European Economic Community in 1958, with 12 of 17 votes needed.
    Luxembourg had a vote that could never decide anything:

    >>> council = {"Germany": 4, "France": 4, "Italy": 4, "Belgium": 2, "Netherlands": 2,
    ...            "Luxembourg": 1}
    >>> power = voting_power(council, quota=12)
    >>> columns = ["bloc", "votes", "banzhaf", "shapley_shubik", "swings", "allies_to_win"]
    >>> power.table[columns].round(4)
              bloc  votes  banzhaf  shapley_shubik  swings  allies_to_win
    0      Germany      4   0.2381          0.2333      10              2
    1       France      4   0.2381          0.2333      10              2
    2        Italy      4   0.2381          0.2333      10              2
    3      Belgium      2   0.1429          0.1500       6              3
    4  Netherlands      2   0.1429          0.1500       6              3
    5   Luxembourg      1   0.0000          0.0000       0              3
    """
    blocs, given = _clean_votes(votes)
    weights, unit = _whole(given)
    needed, quota_given = _clean_quota(quota, given, unit)
    if table_bits(weights, needed) > MOST_BITS:
        raise EstimationError(
            f"{len(weights)} blocs with {sum(weights)} votes are too many to count exactly",
            where=_WHERE,
            hint="put people who vote alike into one bloc, or express votes in a larger unit",
        )
    found = decisive_coalitions(weights, needed)
    n, total = len(weights), sum(given)
    return VotingPower(
        pd.DataFrame(
            {
                "bloc": blocs,
                "votes": _column([_plain(value) for value in given]),
                "share": [float(value / total) for value in given],
                **_indices(found, n),
                "allies_to_win": _fewest_allies(weights, needed),
                "allies_to_block": _fewest_allies(weights, sum(weights) - needed + 1),
            }
        ),
        quota=float(quota_given),
        total=float(total),
        n_blocs=n,
        power_to_act=found.winning / 2**n,
    )


def _indices(found: Decisive, n: int) -> dict[str, Any]:
    """The columns of power; each is one division of whole numbers, rounded once."""
    all_swings = sum(found.swings)
    return {
        "banzhaf": [swings / all_swings for swings in found.swings],
        "shapley_shubik": [orders / factorial(n) for orders in found.orders],
        "swings": _column(found.swings),
        "penrose": [swings / 2 ** (n - 1) for swings in found.swings],
    }


def _column(values: Sequence[int | float]) -> pd.Series:
    """Whole numbers as such while they fit into 64 bits; the nearest floats above."""
    whole = all(isinstance(value, int) for value in values)
    fits = max(values) < 2**63
    return pd.Series(values, dtype="int64" if whole and fits else "float64")


def _fewest_allies(weights: Sequence[int], needed: int) -> list[int]:
    """For each bloc the fewest others that reach `needed` votes with it: the largest others."""
    largest = sorted(weights, reverse=True)
    sums = [0, *accumulate(largest)]
    # Where the bloc itself is among the largest, it takes the place of one ally.
    among = bisect_left(sums, needed) - 1
    found = []
    for weight in weights:
        allies = bisect_left(sums, needed - weight)
        is_among = allies > 0 and weight >= largest[allies - 1]
        found.append(among if is_among else allies)
    return found


def _clean_votes(votes: Any) -> tuple[list[str], list[Fraction]]:
    if isinstance(votes, pd.Series):
        votes = votes.to_dict()
    if isinstance(votes, Mapping):
        blocs, values = [str(name) for name in votes], list(votes.values())
    elif isinstance(votes, str) or not hasattr(votes, "__iter__"):
        raise _refused(f"votes is {type(votes).__name__}", repr(votes)[:60])
    else:
        values = list(votes)
        blocs = [str(place) for place in range(1, len(values) + 1)]
    given = [
        _exact(value, f"the votes of '{bloc}'") for bloc, value in zip(blocs, values, strict=True)
    ]
    for bloc, value in zip(blocs, given, strict=True):
        if value < 0:
            raise _refused(f"the votes of '{bloc}' are negative", f"{float(value):g}")
    if not given or sum(given) == 0:
        raise _refused("nobody has a vote", f"{len(given)} blocs")
    return blocs, given


def _exact(value: Any, what: str) -> Fraction:
    """A number as it is written, not as binary has it."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise _refused(f"{what} are no number", repr(value))
    try:
        return Fraction(str(value))
    except ValueError as error:
        raise _refused(f"{what} are not known", repr(value)) from error


def _whole(given: Sequence[Fraction]) -> tuple[list[int], Fraction]:
    """Votes as whole multiples of the largest unit that they share, and that unit."""
    denominator = lcm(*(value.denominator for value in given))
    scaled = [int(value * denominator) for value in given]
    shared = gcd(*scaled)
    return [value // shared for value in scaled], Fraction(shared, denominator)


def _clean_quota(
    quota: float | None, given: Sequence[Fraction], unit: Fraction
) -> tuple[int, Fraction]:
    """Units needed to pass, and the quota in votes."""
    total = sum(given, Fraction(0))
    if quota is None:
        finest = Fraction(1, lcm(*(value.denominator for value in given)))
        wanted = (total / finest // 2 + 1) * finest
    else:
        wanted = _exact(quota, "the votes of the quota")
    if not 0 < wanted <= total:
        raise InputError(
            f"a quota of {float(wanted):g} can{'not' if wanted > 0 else ' always'} be reached",
            where=_WHERE,
            expected=f"a quota above 0 and at most {float(total):g}, the sum of votes",
            got=f"{float(wanted):g}",
        )
    if 2 * wanted <= total:
        warnings.warn(
            f"{_WHERE}: a quota of {float(wanted):g} is not more than half of "
            f"{float(total):g} votes; two sides could both pass an item",
            DataWarning,
            stacklevel=3,
        )
    return ceil(wanted / unit), wanted


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _refused(what: str, got: str) -> InputError:
    return InputError(what, where=_WHERE, expected=_EXPECTED, got=got)
