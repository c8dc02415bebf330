"""Likelihoods of counts: Poisson, negative binomial, zero-inflated and hurdle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import loggamma

from participation_stats.measure.engagement.people import Floats

#: Predictors of each row, shape (3, rows): log mean, logit of a structural zero, log dispersion.
Predictors = npt.NDArray[Any]
#: Width of the complex step of a first derivative: exact to rounding, as nothing is subtracted.
COMPLEX = 1e-30
#: Width of the central difference of first derivatives; its error is of the order of 1e-11.
CENTRAL = 1e-5


@dataclass(frozen=True)
class Family:
    """A distribution of counts.

    Attributes
    ----------
    name : str
        What a report calls it.
    log_density : callable
        From predictors of shape (3, rows), which may be complex, and counts of shape (rows,) to
        the log-likelihood of each row.
    zeros, dispersed : bool
        Whether it has a part for zeros, and a dispersion.
    truncated : bool
        Whether the zeros of the count part are taken out (hurdle).
    """

    name: str
    log_density: Callable[[Predictors, Floats], Predictors]
    zeros: bool
    dispersed: bool
    truncated: bool = False

    @property
    def used(self) -> list[int]:
        """Which of the three predictors the family has."""
        return [0, *([1] if self.zeros else []), *([2] if self.dispersed else [])]

    def slopes(self, predictors: Floats, counts: Floats) -> Floats:
        """First derivative of each row's log-likelihood in each predictor, shape (3, rows)."""
        return self._slopes(predictors, counts).astype(float)

    def _slopes(self, predictors: Floats, counts: Floats) -> Floats:
        out = np.zeros(predictors.shape)
        for number in self.used:
            moved = predictors.astype(complex)
            moved[number] += 1j * COMPLEX
            out[number] = self.log_density(moved, counts).imag / COMPLEX
        return out

    def curvatures(self, predictors: Floats, counts: Floats) -> Floats:
        """Second derivatives, shape (3, 3, rows)."""
        out = np.zeros((3, *predictors.shape))
        for number in self.used:
            up, down = predictors.copy(), predictors.copy()
            up[number] += CENTRAL
            down[number] -= CENTRAL
            change = self.slopes(up, counts) - self.slopes(down, counts)
            out[number] = change / (2 * CENTRAL)
        return (out + out.transpose(1, 0, 2)) / 2


def poisson(predictors: Predictors, counts: Floats) -> Predictors:
    """Y log μ − μ − log y!"""
    eta = predictors[0]
    return np.asarray(counts * eta - np.exp(eta) - loggamma(counts + 1))


def negative_binomial(predictors: Predictors, counts: Floats) -> Predictors:
    """NB2: variance μ + αμ², with α the exponential of the third predictor."""
    eta, _, spread = predictors
    shape = np.exp(-spread)
    return np.asarray(
        loggamma(counts + shape)
        - loggamma(shape)
        - loggamma(counts + 1)
        + counts * (eta + spread)
        - (counts + shape) * _log1p_exp(eta + spread)
    )


def inflated(base: Callable[[Predictors, Floats], Predictors]) -> Callable[..., Predictors]:
    """Some rows are nought whatever their mean, with a probability π of their own."""

    def log_density(predictors: Predictors, counts: Floats) -> Predictors:
        logit, rest = predictors[1], base(predictors, counts)
        nought = _log_add(logit, rest)
        return np.asarray(np.where(counts == 0, nought, rest) - _log1p_exp(logit))

    return log_density


def hurdle(predictors: Predictors, counts: Floats) -> Predictors:
    """Nought with probability π; otherwise a Poisson count that is not nought."""
    eta, logit, _ = predictors
    mean = np.exp(eta)
    # log(1 − e^−μ), which loses nothing where μ is small.
    above = np.log(-np.expm1(-mean))
    positive = poisson(predictors, counts) - above
    return np.asarray(np.where(counts == 0, logit, positive) - _log1p_exp(logit))


def _log1p_exp(value: Predictors) -> Predictors:
    return _log_add(np.zeros_like(value), value)


def _log_add(first: Predictors, second: Predictors) -> Predictors:
    """log(eᵃ + eᵇ) without overflow, for complex numbers too."""
    top = np.maximum(first.real, second.real)
    return np.asarray(top + np.log(np.exp(first - top) + np.exp(second - top)))


FAMILIES = {
    "poisson": Family("Poisson model", poisson, zeros=False, dispersed=False),
    "nb2": Family("Negative binomial (NB2) model", negative_binomial, zeros=False, dispersed=True),
    "zip": Family("Zero-inflated Poisson model", inflated(poisson), zeros=True, dispersed=False),
    "zinb": Family(
        "Zero-inflated negative binomial model",
        inflated(negative_binomial),
        zeros=True,
        dispersed=True,
    ),
    "hurdle": Family("Hurdle Poisson model", hurdle, zeros=True, dispersed=False, truncated=True),
}


def chance_of_zero(family: Family, predictors: Floats) -> Floats:
    """Probability of a count of nought in each row, shape (rows,)."""
    return np.asarray(np.exp(family.log_density(predictors, np.zeros(predictors.shape[1]))))


@dataclass(frozen=True)
class Response:
    """From a design of both parts and parameters to the expected count per unit of exposure.

    Parameters
    ----------
    family : Family
    n_count, n_zero : int
        Columns of the two parts, side by side in the design.
    exposure : float
        Average exposure; only a hurdle's expected count is not in proportion to it.
    """

    family: Family
    n_count: int
    n_zero: int
    exposure: float

    def __call__(self, design: Floats, parameters: Floats) -> tuple[Floats, Floats]:
        """The expected count of each row, and its slope by each parameter."""
        middle, end = self.n_count, self.n_count + self.n_zero
        parts = design[:, :middle], design[:, middle:end]
        eta = (parts[0] @ parameters[:middle]).astype(complex)
        logit = (parts[1] @ parameters[middle:end]).astype(complex)
        step = 1j * COMPLEX
        by_eta = self._expected(eta + step, logit).imag / COMPLEX
        by_logit = self._expected(eta, logit + step).imag / COMPLEX
        rest = np.zeros((len(design), len(parameters) - end))
        slope = [by_eta[:, None] * parts[0], by_logit[:, None] * parts[1], rest]
        return np.asarray(self._expected(eta, logit).real, dtype=float), np.hstack(slope)

    def _expected(self, eta: Predictors, logit: Predictors) -> Predictors:
        mean = np.exp(eta)
        if self.family.truncated:
            mean = mean / -np.expm1(-self.exposure * mean)
        return mean / (1 + np.exp(logit)) if self.family.zeros else mean
