"""Influence in a random-intercept logit: how far each estimate moves without one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from participation_stats.measure.engagement.influence import Influence
from participation_stats.measure.engagement.integration import Rule, marginal
from participation_stats.measure.engagement.mixed_fitting import Climb
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.standardisation import Basis

#: People of each term without whom the model is fitted anew.
CANDIDATES = 3


def mixed_influence(basis: Basis, errors: Floats, reach: float, rule: Rule) -> Influence:
    """Maximum likelihood anew without each of those people who matter most.

    Who could is told by one step of Newton's method, the inverse information times the person's
    score.

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
    candidates = np.unique(np.argsort(-np.abs(steps), axis=1)[:, :CANDIDATES])
    moved = np.zeros((len(candidates), terms))
    for row, profile in zip(moved, candidates, strict=True):
        units = basis.people.units - (np.arange(len(basis.people.units)) == profile)
        rest = Climb(replace(basis.people, units=units), design)
        found, _, settled = rest._highest(point, rule, modes=top.modes)
        row[:] = (found - point)[:terms] / errors if settled else -steps[:, profile]
    z = basis.parameters[:terms] / errors
    worst = np.abs(moved).argmax(axis=0)
    decisive = ((np.abs(z) > reach) != (np.abs(z + moved) > reach)).any(axis=0)
    return Influence(moved[worst, np.arange(terms)], decisive)
