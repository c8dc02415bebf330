"""Influence in a random-intercept logit: how far each estimate moves without one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from participation_stats.measure.engagement.influence import Influence
from participation_stats.measure.engagement.integration import Marginal, Rule, blocks_of, marginal
from participation_stats.measure.engagement.mixed_fitting import (
    LEAST_SD,
    MOST_SD,
    MOST_STEPS,
    Climb,
    uphill,
)
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.standardisation import Basis

#: People of each term without whom the model is fitted anew.
CANDIDATES = 3
#: Such a fit stops with a step that gains less log-likelihood than this: the step after it would
#: gain next to nothing, and a change is told in hundredths of a standard error.
CLOSE = 1e-5


def mixed_influence(basis: Basis, errors: Floats, reach: float, rule: Rule) -> Influence:
    """Maximum likelihood anew without each of those people who matter most.

    Who could is told by one step of Newton's method, the inverse information times the person's
    score; and where a term rests on one person, without them it has no finite estimate.

    Parameters
    ----------
    basis : Basis
        With β and σ, above nought, for its parameters.
    errors : array of shape (terms,)
    reach : float
        Standard errors from an estimate to its limit.
    rule : Rule
        Of the quadrature with which the model was fitted.
    """
    terms = len(errors)
    point = np.r_[basis.parameters[:-1], np.log(basis.parameters[-1])]
    design = basis.encode(basis.patterns)
    whole = Climb(basis.people, design)
    top = marginal(whole.blocks, design, point, rule=rule, scores=True)
    steps = np.linalg.solve(top.information, top.scores.T)[:terms] / errors[:, None]
    # The one person on whom a term rests may leave no score.
    alone = basis.people.alone_with(design != 0)
    most = np.argsort(-np.abs(steps), axis=1)[:, :CANDIDATES]
    candidates = np.union1d(most, np.flatnonzero(alone.any(axis=1)))
    moved = np.zeros((len(candidates), terms))
    for row, profile in zip(moved, candidates, strict=True):
        one = basis.people.one_of(profile)
        theirs = marginal(blocks_of(one), design, point, top.modes[[profile]], rule)
        units = basis.people.units - (np.arange(len(basis.people.units)) == profile)
        rest = Climb(replace(basis.people, units=units), design)
        found = _summit(rest, point, _less(top, theirs), rule)
        row[:] = -steps[:, profile] if found is None else (found - point)[:terms] / errors
        row[alone[profile]] = np.inf
    z = basis.parameters[:terms] / errors
    worst = np.abs(moved).argmax(axis=0)
    decisive = ((np.abs(z) > reach) != (np.abs(z + moved) > reach)).any(axis=0)
    return Influence(moved[worst, np.arange(terms)], decisive)


def _less(whole: Marginal, part: Marginal) -> Marginal:
    """The likelihood of everybody else at the same point."""
    return replace(
        whole,
        value=whole.value - part.value,
        score=whole.score - part.score,
        information=whole.information - part.information,
    )


def _summit(rest: Climb, point: Floats, here: Marginal, rule: Rule) -> Floats | None:
    """The estimates near a point where the likelihood is known.

    Infinite where people's spread runs off, so that nothing holds the others either; None if no
    step leads up.
    """
    for _ in range(MOST_STEPS):
        step = uphill(here.score, here.information)
        gain = float(here.score @ step) / 2
        if gain < CLOSE or point[-1] < np.log(LEAST_SD):
            return point + step
        there, step = rest.stepped(point, here, step, rule, gain)
        if there is None:
            return None
        point, here = point + step, there
        if point[-1] > np.log(MOST_SD):
            return np.full(len(point), np.inf)
    return None
