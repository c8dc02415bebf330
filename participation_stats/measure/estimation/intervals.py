"""Confidence intervals of estimates from a survey."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Interval = Literal["t", "logit", "beta"]


def t_limits(
    estimates: Floats, errors: Floats, degrees: Ints | Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Estimate and a multiple of its standard error; missing without a degree of freedom.

    Examples
    --------
    >>> low, high = t_limits(np.array([5.0]), np.array([1.0]), np.array([10]), 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([2.772], [7.228])
    """
    reach = t_quantile(degrees, confidence) * errors
    return estimates - reach, estimates + reach


def logit_limits(
    shares: Floats, errors: Floats, degrees: Ints | Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Limits made on the logit scale, so that they stay within 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(shares) - np.log1p(-shares)
        reach = t_quantile(degrees, confidence) * errors / (shares * (1 - shares))
        return 1 / (1 + np.exp(reach - centre)), 1 / (1 + np.exp(-reach - centre))


def beta_limits(
    shares: Floats, errors: Floats, n: Floats, degrees: Ints, confidence: float
) -> tuple[Floats, Floats]:
    """Clopper and Pearson's limits for the n that would have this standard error.

    References
    ----------
    Korn, E. L. & Graubard, B. I. (1998), Survey Methodology 24, 193-201.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = t_quantile(n.astype(np.int64) - 1, confidence) / t_quantile(degrees, confidence)
        return exact_limits(shares, shares * (1 - shares) / errors**2 * ratio**2, confidence)


def exact_limits(shares: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson's limits for an n that need not be whole.

    Examples
    --------
    >>> low, high = exact_limits(np.array([0.0]), np.array([12.0]), 0.95)
    >>> low.tolist(), high.round(4).tolist()
    ([0.0], [0.2646])
    """
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = stats.beta.ppf(tail, n * shares, n * (1 - shares) + 1)
        high = stats.beta.ppf(1 - tail, n * shares + 1, n * (1 - shares))
    low = np.where((shares == 0) & (n > 0), 0.0, low)
    return low, np.where((shares == 1) & (n > 0), 1.0, high)


def t_quantile(degrees: Ints | Floats, confidence: float) -> Floats:
    """Quantile of Student's t; missing without a degree of freedom."""
    whole = np.maximum(degrees, 1)
    return np.where(degrees > 0, stats.t.ppf(0.5 + confidence / 2, whole), np.nan)
