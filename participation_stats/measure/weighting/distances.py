"""Distances between base weights and weights: how a factor follows from the multipliers.

Deville, J.-C. & Särndal, C.-E. (1992), Calibration estimators in survey sampling, Journal of the
American Statistical Association 87, 376-382.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Distance = Literal["linear", "raking", "logit"]


def factors(u: Floats, distance: Distance, low: float, high: float) -> tuple[Floats, Floats]:
    r"""The factors F(u) and their slopes F'(u), with F(0) = F'(0) = 1.

    Linear: :math:`1 + u`; raking: :math:`e^u`; both cut off at the bounds. Logit:
    :math:`L + (U - L)\,\mathrm{expit}(Au + \log\frac{1 - L}{U - 1})` with
    :math:`A = (U - L) / ((1 - L)(U - 1))`, which stays within L and U of itself.

    Examples
    --------
    >>> u = np.array([-9.0, 0.0, 9.0])
    >>> for distance in ("linear", "raking", "logit"):
    ...     print(factors(u, distance, 0.5, 2.0)[0].round(3))
    [0.5 1.  2. ]
    [0.5 1.  2. ]
    [0.5 1.  2. ]
    """
    if distance == "logit":
        steepness = (high - low) / ((1 - low) * (high - 1))
        place = special.expit(steepness * u + np.log((1 - low) / (high - 1)))
        return low + (high - low) * place, steepness * (high - low) * place * (1 - place)
    raw = 1 + u if distance == "linear" else np.exp(np.minimum(u, 500.0))
    slope = np.ones_like(u) if distance == "linear" else raw
    return np.clip(raw, low, high), np.where((raw >= low) & (raw <= high), slope, 0.0)
