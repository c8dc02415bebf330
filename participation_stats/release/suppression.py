"""Suppression: which cells to withhold, and which more, so that none is recovered.

Primary: a small count, nobody, everybody, or all but a few. Secondary: an integer programme
withholds the least that is enough; what is enough is found by attacking its answer and adding
what the attack rested on, until no attack succeeds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy import optimize

from participation_stats.errors import DisclosureError
from participation_stats.measure.results import PUBLIC_VARIABLES
from participation_stats.release.attack import LEAST_VALUES, breaches_of
from participation_stats.release.cells import Cell, Margin
from participation_stats.release.linkage import Floats, Knowledge
from participation_stats.release.policies import Policy


def primary(margin: Margin, policy: Policy) -> set[Cell]:
    """The cells that are withheld for themselves."""
    cells = dict(zip(margin.cells, margin.counts.values(), strict=True))
    hidden = {
        cell: count or 0
        for cell, count in cells.items()
        if count is None or is_small(count, margin.total, policy)
    }
    # Beside published zeros whatever is withheld is somebody: with as many people as cells each
    # would be one.
    if sum(hidden.values()) < len(hidden) + LEAST_VALUES - 1 and hidden:
        return hidden.keys() | {cell for cell, count in cells.items() if count == 0}
    return set(hidden)


def is_small(count: int, total: int, policy: Policy) -> bool:
    """Whether a count, or all but it, is of fewer people than the threshold.

    Examples
    --------
    >>> [is_small(count, 30, Policy.publish()) for count in (0, 9, 10, 20, 21, 30)]
    [True, True, False, False, True, True]
    """
    if count == 0:
        return policy.zeros_disclose
    return count < policy.threshold or total - count < policy.threshold


def is_few_of(part: int, whole: int, policy: Policy) -> bool:
    """Whether a part that is told of a group is small, or leaves few; it may be no part of it.

    Examples
    --------
    >>> [is_few_of(part, 40, Policy.publish()) for part in (0, 6, 12, 38, 50)]
    [True, True, False, True, False]
    """
    return is_small(part, whole if part <= whole else part + policy.threshold, policy)


def primary_terms(counts: Mapping[Cell, int], people: int | None, policy: Policy) -> set[Cell]:
    """The terms of a model that rest on too few people, in their own group or in the reference.

    Every level of a factor is compared with its reference: everybody who is in none of them. Not
    so of what happens to people and is public, as the format of a meeting: the same people come
    to meetings of either.
    """
    hidden = {cell for cell, count in counts.items() if count < policy.threshold}
    for variable in {cell.variable for cell in counts} if people is not None else ():
        levels = [cell for cell in counts if cell.variable == variable]
        rest = (people or 0) - sum(counts[cell] for cell in levels)
        personal = variable != "term" and variable not in PUBLIC_VARIABLES
        # Where every level has a term, none is compared with.
        if personal and 0 < rest < policy.threshold:
            hidden.update(levels)
    return hidden


def secondary(
    exact: Knowledge, counts: Mapping[Cell, int], first: Collection[Cell], policy: Policy
) -> set[Cell]:
    """What else to withhold in one component, so that no attack succeeds.

    Parameters
    ----------
    exact : Knowledge
        What would be known if nothing were withheld.
    counts : mapping of Cell to int
        The counts of the cells that may be withheld.
    first : collection of Cell
        The cells withheld for themselves.

    Returns
    -------
    set of Cell
        With `first`.

    Raises
    ------
    DisclosureError
        Something is recovered whatever is withheld: it rests on an earlier release.
    """
    if exact.is_simple:
        return _beside(counts, set(first), policy)
    cuts: list[frozenset[Cell]] = [frozenset({cell}) for cell in first]
    while True:
        hidden = least_pattern(exact, counts, cuts, policy)
        breaches = breaches_of(exact.hiding(hidden), policy.threshold, counts)
        if not breaches:
            return hidden
        for breach in breaches:
            more = (breach.told_by & counts.keys()) - hidden or counts.keys() - hidden
            if not more:
                raise DisclosureError(
                    f"{breach.target.name} can be worked out whatever is withheld now",
                    where="protect",
                    expected="at least 3 possible values",
                    got=f"{breach.low} to {breach.high}",
                    hint="an earlier release gives it away: pool groups, bodies or years",
                )
            cuts.append(frozenset(more))


def _beside(counts: Mapping[Cell, int], hidden: set[Cell], policy: Policy) -> set[Cell]:
    """The answer for one margin on its own, where a second cell that is not small is enough."""
    rest = sorted(counts.keys() - hidden, key=lambda cell: (counts[cell], cell))
    short = len(hidden) == 1 or sum(counts[cell] for cell in hidden) < policy.threshold
    return hidden | set(rest[:1]) if hidden and short else hidden


def least_pattern(
    exact: Knowledge,
    counts: Mapping[Cell, int],
    cuts: Sequence[frozenset[Cell]],
    policy: Policy,
) -> set[Cell]:
    """The cells to withhold: fewest, then smallest, with one of each cut.

    Minimise Σ (1 + xᵢ/(1+Σx)) hᵢ over h in {0, 1}, subject to Σ h ≥ 1 over each cut and, for
    each cell i of a view, Σ h ≥ 1 over its other cells where hᵢ = 1 (never one alone) and
    Σ x h ≥ threshold (what n less the published tells is not small either).
    """
    cells = list(counts)
    place = {cell: number for number, cell in enumerate(cells)}
    rows: list[Floats] = []
    low: list[float] = []
    for cut in cuts:
        rows.append(_row(place, dict.fromkeys(cut, 1.0)))
        low.append(1.0)
    for view in exact.views:
        inside = [cell for cell in view.cells if cell in place]
        enough = min(policy.threshold, sum(counts[cell] for cell in inside))
        for cell in inside if len(inside) > 1 else ():
            others = {other: 1.0 for other in inside if other != cell}
            rows.append(_row(place, {**others, cell: -1.0}))
            sizes = {other: float(counts[other]) for other in inside}
            rows.append(_row(place, {**sizes, cell: sizes[cell] - enough}))
            low += [0.0, 0.0]
    if not rows:
        return set()
    sizes_of_all = np.array([counts[cell] for cell in cells], dtype=float)
    found = optimize.milp(
        1.0 + sizes_of_all / (1.0 + sizes_of_all.sum()),
        constraints=optimize.LinearConstraint(np.vstack(rows), np.array(low), np.inf),
        integrality=np.ones(len(cells), dtype=np.int64),
        bounds=optimize.Bounds(0, 1),
    )
    chosen = np.asarray(found.x, dtype=float) > 0.5
    return {cell for cell, one in zip(cells, chosen, strict=True) if one}


def _row(place: Mapping[Cell, int], weights: Mapping[Cell, float]) -> Floats:
    row = np.zeros(len(place))
    for cell, weight in weights.items():
        row[place[cell]] += weight
    return row
