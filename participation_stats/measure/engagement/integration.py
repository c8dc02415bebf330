"""The likelihood of people who each have an intercept of their own, by adaptive quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import sparse
from scipy.special import expit, logsumexp

from participation_stats.measure.engagement.people import Floats, Ints, People

#: Nodes of the quadrature; 25 are the most that lme4 has.
NODES = 25
#: The trapezium rule goes to where the integrand has fallen by this, in logarithms.
FALL = 24.0
MOST_EDGE_STEPS = 8
#: Cells that are held at once, each with all nodes, so that memory does not grow with people.
BLOCK = 10_000
#: A person's mode is found when no step is longer; quadrature forgives what is left.
MODE_STEP = 1e-7
MOST_MODE_STEPS = 100
#: Reach of the trapezium rule: beyond, the normal density is below 1e-15.
REACH = 8.5


@dataclass(frozen=True)
class Block:
    """Some profiles and their cells; `owner` numbers the profiles from nought.

    Attributes
    ----------
    owner, pattern : arrays of int of shape (cells,)
    starts : array of int of shape (profiles,)
        Where the cells of each profile begin.
    trials, successes : arrays of shape (cells,)
    units : array of shape (profiles,)
    """

    owner: Ints
    starts: Ints
    pattern: Ints
    trials: Floats
    successes: Floats
    units: Floats


@dataclass(frozen=True)
class Marginal:
    """The integrated log-likelihood at one point, with θ = log σ as the last parameter.

    Attributes
    ----------
    value : float
    score : array of shape (terms + 1,)
    information : array of shape (terms + 1, terms + 1)
        Observed, by Louis's identity.
    modes, means, spreads : arrays of shape (profiles,)
        Mode, mean and standard deviation of u (in units of σ), given what the person did.
    scores : array of shape (profiles, terms + 1)
        Of one person each; no rows unless they were asked for.
    """

    value: float
    score: Floats
    information: Floats
    modes: Floats
    means: Floats
    spreads: Floats
    scores: Floats


@dataclass
class _Sums:
    """What blocks of people add up to; `weight` and `slope` by pattern."""

    value: float
    score: Floats
    crossed: Floats
    weight: Floats
    slope: Floats
    curvature: float


@dataclass(frozen=True)
class Rule:
    """How people are integrated out: nodes of their own for each.

    ``"hermite"``: at the mode, scaled by the curvature there (Pinheiro & Bates 1995, J. Comput.
    Graph. Stat. 4). ``"trapezium"``: evenly from where the integrand begins to where it ends;
    sure where people differ much and those who never or always come make it lopsided.
    """

    kind: Literal["hermite", "trapezium"] = "hermite"
    nodes: int = NODES


@cache
def hermite(nodes: int = NODES) -> tuple[Floats, Floats]:
    """Nodes t and weights ω with ∫h(t)φ(t)dt ≈ Σω h(t), φ the standard normal density.

    Examples
    --------
    >>> t, w = hermite(5)
    >>> round(float(w @ t**4), 10)
    3.0
    """
    place, weight = np.polynomial.hermite.hermgauss(nodes)
    return np.sqrt(2.0) * place, weight / np.sqrt(np.pi)


def blocks_of(people: People) -> list[Block]:
    """People in blocks of a bounded number of cells."""
    starts = np.flatnonzero(np.r_[True, np.diff(people.profile) > 0])
    edges = np.searchsorted(starts, np.arange(0, len(people.profile), BLOCK))
    edges = np.unique(np.r_[0, edges, len(starts)])
    ends = np.r_[starts, len(people.profile)]
    return [
        Block(
            owner=people.profile[ends[first] : ends[last]] - first,
            starts=starts[first:last] - starts[first],
            pattern=people.pattern[ends[first] : ends[last]],
            trials=people.trials[ends[first] : ends[last]],
            successes=people.successes[ends[first] : ends[last]],
            units=people.units[first:last],
        )
        for first, last in pairwise(edges)
    ]


def marginal(
    blocks: list[Block],
    design: Floats,
    parameters: Floats,
    modes: Floats | None = None,
    rule: Rule = Rule(),
    *,
    scores: bool = False,
) -> Marginal:
    r"""Integrate everybody's intercept out.

    .. math::

        \ell(\beta, \sigma) = \sum_s n_s \log \int \prod_{p \in s} \mu_p(u)^{k_p}
        (1 - \mu_p(u))^{m_p - k_p}\,\varphi(u)\,du, \qquad
        \mu_p(u) = \mathrm{expit}(x_p\beta + \sigma u)

    Derivatives are posterior means over the same nodes (Louis 1982, JRSS B 44).

    Parameters
    ----------
    blocks : list of Block
    design : array of shape (patterns, terms)
    parameters : array of shape (terms + 1,)
        β, and log σ.
    modes : array of shape (profiles,), optional
        Where to begin looking for each person's mode.
    rule : Rule
    scores : bool
        Whether to keep every profile's score.
    """
    beta, sigma = parameters[:-1], float(np.exp(parameters[-1]))
    terms, patterns = len(beta), len(design)
    sums = _Sums(
        value=0.0,
        score=np.zeros(terms + 1),
        crossed=np.zeros((terms + 1, terms + 1)),
        weight=np.zeros(patterns),
        slope=np.zeros(patterns),
        curvature=0.0,
    )
    eta, told, place, each = design @ beta, [], 0, [np.zeros((0, terms + 1))]
    for block in blocks:
        size = len(block.units)
        start = np.zeros(size) if modes is None else modes[place : place + size]
        *found, score = _add_block(sums, block, design, eta, sigma, start, rule)
        told.append(found)
        each += [score] if scores else []
        place += size
    information = np.empty((terms + 1, terms + 1))
    information[:terms, :terms] = (design * sums.weight[:, None]).T @ design
    information[:terms, terms] = information[terms, :terms] = design.T @ sums.slope
    information[terms, terms] = sums.curvature
    modes_found, means, spreads = (np.concatenate(part) for part in zip(*told, strict=True))
    return Marginal(
        sums.value, sums.score, information - sums.crossed, modes_found, means, spreads,
        np.vstack(each),
    )  # fmt: skip


def average_rate(eta: Floats, sigma: float) -> tuple[Floats, Floats, Floats]:
    """Rate of a random person per pattern, and its slopes in η and in σ; shape (patterns,).

    By the trapezium rule, of which the error is below 1e-15 with a step of half a logit: the
    integrand has its nearest pole at π/σ.

    Examples
    --------
    Where people differ much, rates are drawn towards a half:

    >>> [float(np.round(part[0], 3)) for part in average_rate(np.array([-2.0]), 2.0)]
    [0.225, 0.112, 0.067]
    """
    step = 0.5 / max(sigma, 1.0)
    place = step * np.arange(-np.ceil(REACH / step), np.ceil(REACH / step) + 1)
    weight = np.exp(-(place**2) / 2)
    weight /= weight.sum()
    rate = expit(eta[:, None] + sigma * place)
    slope = rate * (1 - rate)
    return rate @ weight, slope @ weight, slope @ (weight * place)


def _modes(block: Block, eta: Floats, sigma: float, start: Floats) -> tuple[Floats, Floats]:
    """Each person's most likely u and the curvature's standard deviation there.

    Newton's method within bounds that close in: where people differ much it would swing.
    """
    came = np.add.reduceat(block.successes, block.starts)
    high = sigma * came + MODE_STEP
    low = sigma * (came - np.add.reduceat(block.trials, block.starts)) - MODE_STEP
    mode = np.clip(start, low, high)
    for _ in range(MOST_MODE_STEPS):
        rate = expit(eta + sigma * mode[block.owner])
        expected = block.trials * rate
        slope = sigma * (came - np.add.reduceat(expected, block.starts)) - mode
        curvature = 1 + sigma**2 * np.add.reduceat(expected * (1 - rate), block.starts)
        low, high = np.where(slope > 0, mode, low), np.where(slope < 0, mode, high)
        there = mode + slope / curvature
        there = np.where((there < low) | (there > high), (low + high) / 2, there)
        moved, mode = float(np.abs(there - mode).max()), there
        if moved < MODE_STEP:
            break
    return mode, 1 / np.sqrt(curvature)


def _nodes(
    block: Block, eta: Floats, sigma: float, mode: Floats, width: Floats, rule: Rule
) -> tuple[Floats, Floats]:
    """Each person's nodes and logarithms of their weights, shape (profiles, nodes)."""
    if rule.kind == "hermite":
        place, weight = hermite(rule.nodes)
        return (
            mode[:, None] + width[:, None] * place,
            np.log(weight) + place**2 / 2 + np.log(width)[:, None],
        )
    begin = _edge(block, eta, sigma, mode, -width)
    step = (_edge(block, eta, sigma, mode, width) - begin) / (rule.nodes - 1)
    weight = np.repeat(np.log(step / np.sqrt(2 * np.pi))[:, None], rule.nodes, axis=1)
    return begin[:, None] + step[:, None] * np.arange(rule.nodes), weight


def _edge(block: Block, eta: Floats, sigma: float, mode: Floats, width: Floats) -> Floats:
    """Where the logarithm of each integrand has fallen by `FALL`, on the side of `width`.

    It is concave, so that Newton's method comes from outside and stays there.
    """

    def height(u: Floats) -> Floats:
        bent = eta + sigma * u[block.owner]
        each = block.successes * bent - block.trials * np.logaddexp(0, bent)
        return np.asarray(np.add.reduceat(each, block.starts) - u**2 / 2)

    floor = height(mode) - FALL
    u = mode + np.sqrt(2 * FALL) * width
    for _ in range(MOST_EDGE_STEPS):
        residual = block.successes - block.trials * expit(eta + sigma * u[block.owner])
        slope = sigma * np.add.reduceat(residual, block.starts) - u
        u = u + (floor - height(u)) / slope
    return np.asarray(u)


def _add_block(
    sums: _Sums,
    block: Block,
    design: Floats,
    everywhere: Floats,
    sigma: float,
    start: Floats,
    rule: Rule,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Add a block's likelihood and derivatives; give back modes, means, spreads and scores."""
    eta = everywhere[block.pattern]
    mode, width = _modes(block, eta, sigma, start)
    u, weight = _nodes(block, eta, sigma, mode, width, rule)
    lift = sigma * u
    bent = eta[:, None] + lift[block.owner]
    shrunk = np.exp(-np.abs(bent))
    m, k = block.trials[:, None], block.successes[:, None]
    each = k * bent - m * (np.maximum(bent, 0) + np.log1p(shrunk))
    height = np.add.reduceat(each, block.starts, axis=0)
    height += weight - u**2 / 2
    value = logsumexp(height, axis=1)
    posterior = np.exp(height - value[:, None])
    sums.value += float(block.units @ value)
    rate = np.where(bent >= 0, 1.0, shrunk) / (1 + shrunk)
    expected = m * rate
    scores = _add_derivatives(
        sums, block, design, lift, posterior, k - expected, expected * (1 - rate)
    )
    mean = (posterior * u).sum(axis=1)
    variance = (posterior * u**2).sum(axis=1) - mean**2
    return mode, mean, np.sqrt(np.maximum(variance, 0.0)), scores


def _add_derivatives(
    sums: _Sums,
    block: Block,
    design: Floats,
    lift: Floats,
    posterior: Floats,
    residual: Floats,
    bend: Floats,
) -> Floats:
    """Add posterior means of score, curvature and squared score; give back each person's score.

    `lift` is σu at each node.
    """
    patterns, terms = design.shape
    owner = block.owner
    among = posterior[owner]
    lifted = lift[owner]
    many = block.units[owner]
    weight, slope = bend * among, bend * among * lifted
    sums.weight += np.bincount(block.pattern, many * weight.sum(axis=1), patterns)
    sums.slope += np.bincount(block.pattern, many * slope.sum(axis=1), patterns)
    total = np.add.reduceat(residual, block.starts, axis=0)
    curved = (slope * lifted).sum(axis=1)
    sums.curvature += float(many @ curved)
    sums.curvature -= float(block.units @ (posterior * total * lift).sum(axis=1))
    spread = sparse.csr_array(
        (np.zeros(len(owner)), block.pattern, np.r_[block.starts, len(owner)]),
        shape=(len(block.units), patterns),
    )
    mean = np.zeros((len(block.units), terms + 1))
    for node in range(posterior.shape[1]):
        spread.data = residual[:, node]
        score = np.column_stack([spread @ design, lift[:, node] * total[:, node]])
        share = posterior[:, [node]]
        mean += share * score
        sums.crossed += (score * (block.units[:, None] * share)).T @ score
    sums.score += block.units @ mean
    sums.crossed -= (mean * block.units[:, None]).T @ mean
    return mean
