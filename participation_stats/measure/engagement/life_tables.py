"""Life tables: who stops within intervals wide enough that no number is of a few people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.measure.engagement.people import Floats

Ints = npt.NDArray[np.int64]
#: Whether a count, of a total, is one that must not be told.
Small = Callable[[int, int], bool]

#: One interval is no curve.
LEAST_INTERVALS = 2
#: People not stated who hide the one group that is left out beside them: three values are left.
_COVER = 2


@dataclass(frozen=True)
class Ends:
    """How people's watching ended, by time and group.

    Attributes
    ----------
    times : array of shape (T,)
        Rising.
    stopped, unwatched : arrays of shape (T, G)
        People who stopped at a time; who were watched until then, and no longer.
    groups : tuple of str, length G
    """

    times: Floats
    stopped: Ints
    unwatched: Ints
    groups: tuple[str, ...]

    @property
    def n(self) -> Ints:
        """People of each group, shape (G,)."""
        return np.asarray((self.stopped + self.unwatched).sum(axis=0))

    @property
    def at_risk(self) -> Ints:
        """People still coming, and watched, just before each time, shape (T, G)."""
        return np.asarray((self.stopped + self.unwatched)[::-1].cumsum(axis=0)[::-1])

    def without(self, group: str) -> Ends:
        """The same without one group."""
        kept = [place for place, name in enumerate(self.groups) if name != group]
        names = tuple(self.groups[place] for place in kept)
        return Ends(self.times, self.stopped[:, kept], self.unwatched[:, kept], names)

    def until(self, cuts: Sequence[int]) -> Ends:
        """The same in intervals that end at these places of `times`."""
        starts = [0, *(cut + 1 for cut in cuts[:-1])]
        return Ends(
            self.times[list(cuts)],
            np.add.reduceat(self.stopped, starts, axis=0),
            np.add.reduceat(self.unwatched, starts, axis=0),
            self.groups,
        )


#: Name of those who do not state which group is theirs: they are known of, and never shown.
UNSTATED = ""


def ends_of(table: pd.DataFrame) -> Ends:
    """What a product-limit table counts: the stops of each group at each time of any group."""
    groups = tuple(dict.fromkeys(table["category"]))
    wide = table.pivot_table(
        index="duration", columns="category", values=["n_events", "n_censored"],
        aggfunc="sum", fill_value=0, observed=True,
    )  # fmt: skip
    stopped, unwatched = (
        wide[name][list(groups)].to_numpy(dtype="int64") for name in ("n_events", "n_censored")
    )
    return Ends(wide.index.to_numpy(dtype=float), stopped, unwatched, groups)


def safe_intervals(ends: Ends, small: Small) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Places of `times` at which intervals may end, and the groups that can be told in them.

    All groups have the same intervals. They end at some of the times at which the intervals of
    everybody together end, so that a curve of everybody beside them tells no shorter interval.
    Each is as short as it can be: within it enough people of every group stopped, enough are no
    longer watched, and enough go on. A group that allows no two intervals is left out; never one
    alone, and only where those left out together would be no small group either: everybody less
    those who are told is what they are.

    Returns
    -------
    cuts : tuple of int
        Empty where nothing can be told.
    groups : tuple of str
    """
    every = np.ones(len(ends.groups), dtype=bool)
    allowed = _cuts(ends, [every], small, range(len(ends.times)))
    stated = [place for place, name in enumerate(ends.groups) if name != UNSTATED]
    able = np.minimum(ends.stopped.sum(axis=0), ends.unwatched.sum(axis=0))
    order = sorted(stated, key=lambda place: -able[place])
    for told in range(len(order), 0, -1):
        shown = sorted(order[:told])
        rest = every.copy()
        rest[shown] = False
        if len(order) - told == 1 and ends.n[rest].sum() - ends.n[order[-1]] < _COVER:
            continue
        columns = [np.arange(len(every)) == place for place in shown]
        cuts = _cuts(ends, [*columns, rest] if rest.any() else columns, small, allowed)
        if len(cuts) >= LEAST_INTERVALS:
            return cuts, tuple(ends.groups[place] for place in shown)
    return (), ()


def _cuts(
    ends: Ends, columns: Sequence[npt.NDArray[np.bool_]], small: Small, allowed: Sequence[int]
) -> tuple[int, ...]:
    """The shortest intervals, of those allowed, in which no number of any column is small.

    A column is some groups together.
    """
    stopped, unwatched = (
        np.column_stack([counts[:, column].sum(axis=1) for column in columns]).cumsum(axis=0)
        for counts in (ends.stopped, ends.unwatched)
    )
    last = len(ends.times) - 1
    found = [-1]
    for place in allowed:
        parts = _between(stopped, unwatched, found[-1], place)
        left = stopped[last] + unwatched[last] - stopped[place] - unwatched[place]
        if place < last and not _any_small((*parts, left), parts[0] + parts[1] + left, small):
            found.append(place)
    # What is left over is the last interval; it swallows those before it until it is no small one.
    while len(found) > 1:
        parts = _between(stopped, unwatched, found[-1], last)
        if not _any_small(parts, parts[0] + parts[1], small):
            break
        found.pop()
    return (*found[1:], last)


def _between(stopped: Ints, unwatched: Ints, start: int, end: int) -> tuple[Ints, Ints]:
    """Ends after one place and until another, from their running sums."""
    if start < 0:
        return stopped[end], unwatched[end]
    return stopped[end] - stopped[start], unwatched[end] - unwatched[start]


def _any_small(parts: Sequence[Ints], wholes: Ints, small: Small) -> bool:
    return any(
        small(int(part), int(whole))
        for counts in parts
        for part, whole in zip(counts, wholes, strict=True)
    )


def exposed(ends: Ends) -> tuple[Ints, Floats]:
    """People at risk at the start of each interval, and as many as were watched all of it.

    Who is no longer watched at the j-th of J times of an interval was at risk of j of them: of
    those J, (J+1)/2 on average. An interval of one time leaves all at risk (product-limit); one
    of very many, or of times that are no whole numbers, half (actuarial).

    Returns
    -------
    at_risk, effective : arrays of shape (T, G)
    """
    at_risk = ends.at_risk
    whole = bool((ends.times == np.round(ends.times)).all())
    length = np.diff(ends.times, prepend=0.0) if whole else np.full(len(ends.times), np.inf)
    lost = 0.5 - 0.5 / length
    return at_risk, at_risk - ends.unwatched * lost[:, None]
