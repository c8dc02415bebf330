"""Response propensities: how likely each pattern was to answer, by a weighted binary regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import linalg, special

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.inference.separation import separated_terms

from .samples import Characteristic, Floats, Sample

Link = Literal["logit", "probit"]

_WHERE = "r_indicators"

#: R's glm stops at the same change of the deviance and after as many steps.
EPSILON = 1e-8
STEPS = 25


@dataclass(frozen=True)
class _Curve:
    """From the linear predictor to a probability: h, its slope h', and h's inverse."""

    chance: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]


_CURVES = {
    "logit": _Curve(
        special.expit, lambda eta: special.expit(eta) * special.expit(-eta), special.logit
    ),
    "probit": _Curve(
        special.ndtr, lambda eta: np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi), special.ndtri
    ),
}


@dataclass(frozen=True)
class Propensities:
    """What the regression says of each pattern.

    Attributes
    ----------
    chance : array of shape (patterns,)
        ρ, the fitted propensity.
    gradient : array of shape (patterns, terms)
        z = h'(η)x, the derivative of ρ by the coefficients.
    covariance : array of shape (terms, terms)
        Σ̂ of the coefficients: the inverse information.
    """

    chance: Floats
    gradient: Floats
    covariance: Floats


def fit_propensities(
    sample: Sample, characteristics: Sequence[Characteristic], link: str = "logit"
) -> Propensities:
    """Fit main effects of the characteristics by iterated weighted least squares.

    Parameters
    ----------
    sample : Sample
    characteristics : sequence of Characteristic
        Those in the model; the sample's own, or some of them.
    link : {"logit", "probit"}

    Raises
    ------
    EstimationError
        If the iterations do not settle.

    Notes
    -----
    Weights are divided by their mean, as RISQ 2.1 does. Start, stopping rule and the place where
    the information is taken (the last step but one) are those of R's ``glm``, on which the
    published tools rest: Σ̂ of another stopping rule differs in the seventh digit.
    """
    curve = _CURVES[link]
    design = design_matrix(characteristics)
    weight = sample.weight * sample.n / sample.population
    total = sample.by_pattern(sample.people * weight)
    came = sample.by_pattern(sample.answered * weight)
    information, score, before = _start(sample, weight, curve)
    for _ in range(STEPS):
        squares = design.T @ (design * information[:, None])
        eta = design @ np.linalg.solve(squares, design.T @ score)
        chance, slope = curve.chance(eta), curve.slope(eta)
        deviance = -2 * float(
            (special.xlogy(came, chance) + special.xlog1py(total - came, -chance)).sum()
        )
        if abs(deviance - before) < EPSILON * (abs(deviance) + 0.1):
            covariance = np.asarray(np.linalg.inv(squares), dtype=np.float64)
            return Propensities(chance, design * slope[:, None], covariance)
        before = deviance
        spread = chance * (1 - chance)
        information = total * slope**2 / spread
        score = information * eta + (came - total * chance) * slope / spread
    raise EstimationError(
        f"the response model has not settled after {STEPS} steps",
        where=_WHERE,
        expected="groups large enough to tell apart",
        got=f"{sample.n:,} people asked, {design.shape[1]} terms",
        hint="merge small groups by ps.roll_up",
    )


def design_matrix(characteristics: Sequence[Characteristic]) -> Floats:
    """Intercept and one column per group but the first, less those that others add up to.

    Returns
    -------
    array of shape (patterns, terms), of full column rank
    """
    columns = [np.ones(len(characteristics[0].codes))]
    for item in characteristics:
        columns += [(item.codes == level).astype(float) for level in range(1, len(item.levels))]
    full = np.column_stack(columns)
    # Nested characteristics (street in ward) say some things twice; the fit is the same without.
    triangle, pivot = linalg.qr(full, mode="r", pivoting=True)[:2]
    size = np.abs(np.diag(triangle))
    kept = pivot[: int((size > 1e-9 * size[0]).sum())]
    return np.asarray(full[:, np.sort(kept)], dtype=np.float64)


def refuse_separation(sample: Sample) -> None:
    """Refuse a sample in which some group's propensity would be exactly 0 or 1.

    Raises
    ------
    EstimationError
        If everybody or nobody answered, in all or in a group, or groups together tell who did.
    """
    asked, answered = sample.people.sum(), sample.answered.sum()
    if answered in (0, asked):
        whole = "nobody" if answered == 0 else "everybody"
        raise EstimationError(
            f"{whole} answered ({answered:,.0f} of {asked:,.0f})",
            where=_WHERE,
            expected="some who answered and some who did not",
            got="no propensities to compare",
            hint="give everybody who was asked, answered or not, one row each",
        )
    people, came = sample.by_pattern(sample.people), sample.by_pattern(sample.answered)
    if not separated_terms(design_matrix(sample.characteristics), people, came):
        return
    pure = [group for item in sample.characteristics for group in _pure_groups(item, people, came)]
    raise EstimationError(
        "; ".join(pure) or "the characteristics together tell exactly who answered",
        where=_WHERE,
        expected="in every group some who answered and some who did not",
        got="separation: no finite odds fit",
        hint="merge the group with another by ps.roll_up, or use fewer characteristics",
    )


def _pure_groups(item: Characteristic, people: Floats, came: Floats) -> list[str]:
    told = []
    for level, name in enumerate(item.levels):
        asked, answered = people[item.codes == level].sum(), came[item.codes == level].sum()
        if answered in (0, asked):
            whole = "nobody" if answered == 0 else "everybody"
            told.append(
                f"{whole} of {item.name} '{name}' answered ({answered:,.0f} of {asked:,.0f})"
            )
    return told


def check_link(link: str) -> None:
    """Refuse a link that is not known.

    Raises
    ------
    InputError
        Naming those that are.
    """
    if link not in _CURVES:
        raise InputError(
            f"link '{link}' is not known",
            where=_WHERE,
            expected=", ".join(_CURVES),
            got=f"'{link}'",
        )


def _start(sample: Sample, weight: Floats, curve: _Curve) -> tuple[Floats, Floats, float]:
    """Information, score and deviance where each row's chance starts next to its own answer."""
    near = (weight + 0.5) / (weight + 1)
    information, score = np.zeros_like(sample.mass), np.zeros_like(sample.mass)
    for people, chance, answer in (
        (sample.answered, near, 1.0),
        (sample.people - sample.answered, 1 - near, 0.0),
    ):
        eta = curve.inverse(chance)
        slope = curve.slope(eta)
        mass = people * weight * slope**2 / (chance * (1 - chance))
        information += sample.by_pattern(mass)
        score += sample.by_pattern(mass * (eta + (answer - chance) / slope))
    return information, score, -2 * float(sample.people * weight @ np.log(near))
