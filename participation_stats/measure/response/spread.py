"""How much response propensities vary: their variance, its bias and its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .designs import Design, design_variance
from .propensities import Propensities
from .samples import Floats, Sample

#: Propensities that differ by less than a millionth of a millionth differ by rounding alone.
ROUNDING = 1e-24


@dataclass(frozen=True)
class Spread:
    """The variance of the propensities and what is known of it.

    Attributes
    ----------
    mean : float
        ρ̄, weighted.
    s2 : float
        S², divisor N − 1.
    lambda_1, lambda_2 : float
        What estimating the propensities adds to S², and what sampling takes from it, each times
        N.
    factor : float
        f = max(0, 1 − B/S²).
    std_error : float
        Of 2S, and so of R; NaN where all propensities are equal, since the root has no slope
        at 0.
    """

    mean: float
    s2: float
    lambda_1: float
    lambda_2: float
    bias: float
    factor: float
    std_error: float

    @property
    def adjusted(self) -> float:
        """S without its bias, √(f·S²)."""
        return float(np.sqrt(self.factor * self.s2))


def spread_of(sample: Sample, fitted: Propensities, design: Design) -> Spread:
    """The spread of fitted propensities.

    Parameters
    ----------
    sample : Sample
    fitted : Propensities
    design : {"SI", "STSI", "PPS", "census"}
    """
    population = sample.population
    share = sample.mass / population
    mean = float(share @ fitted.chance)
    deviation = fitted.chance - mean
    plain = float(share @ deviation**2)
    s2 = plain * population / (population - 1)
    lambda_1 = float(sample.mass @ quadratic(fitted.gradient, fitted.covariance))
    lambda_2 = design_variance(sample, fitted.chance, design) / population
    bias = (lambda_1 - lambda_2) / population
    some = plain > ROUNDING
    factor = max(0.0, 1 - bias / s2) if some else 0.0
    return Spread(
        mean,
        s2,
        lambda_1,
        lambda_2,
        bias,
        factor,
        _std_error(sample, fitted, design) if some else float("nan"),
    )


def _std_error(sample: Sample, fitted: Propensities, design: Design) -> float:
    share = sample.mass / sample.population
    deviation = fitted.chance - share @ fitted.chance
    gradient = fitted.gradient - share @ fitted.gradient
    squares = deviation**2
    drawn = design_variance(sample, squares, design) / sample.population**2
    estimated = squares_variance(share, deviation, gradient, fitted.covariance)
    return float(np.sqrt((estimated + drawn) / (share @ squares)))


def squares_variance(
    mass: Floats, deviation: Floats, gradient: Floats, covariance: Floats
) -> float:
    """4A'Σ̂A + 2tr(BΣ̂BΣ̂): variance of Σ mass·deviation² that is due to estimated coefficients.

    A = Σ mass·deviation·gradient and B = Σ mass·gradient·gradient'.

    Parameters
    ----------
    mass, deviation : arrays of shape (patterns,)
    gradient : array of shape (patterns, terms)
        The derivative of `deviation` by the coefficients.
    covariance : array of shape (terms, terms)
    """
    first = (mass * deviation) @ gradient
    second = gradient.T @ (gradient * mass[:, None]) @ covariance
    return float(4 * first @ covariance @ first + 2 * np.trace(second @ second))


def quadratic(rows: Floats, matrix: Floats) -> Floats:
    """The form x'Mx of every row x, shape (patterns,)."""
    return np.asarray(np.einsum("ij,ij->i", rows @ matrix, rows), dtype=np.float64)
