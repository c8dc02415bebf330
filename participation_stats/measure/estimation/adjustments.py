"""What standard errors must know of weights that were fitted to known totals.

A weight fitted to totals takes out of every score the part that the auxiliary variables
explain: what is left is the residual of a regression of the score on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@runtime_checkable
class Fitted(Protocol):
    """Weights fitted to known totals, as `rake`, `poststratify` and `calibrate` give them."""

    @property
    def weights(self) -> pd.Series:
        """One weight per row of the frame."""

    @property
    def base_weights(self) -> pd.Series:
        """The weights before they were fitted."""

    @property
    def method(self) -> str:
        """How they were fitted, in words."""

    @property
    def variables(self) -> tuple[str, ...]:
        """What they were fitted to."""

    @property
    def auxiliary_codes(self) -> Mapping[str, Ints]:
        """For each margin, each row's category as a number."""

    @property
    def auxiliaries(self) -> Floats | None:
        """Values of numeric columns (rows, columns), where totals of such were met."""

    def refitted(self, factors: Floats) -> Floats:
        """Weights had the base weights been multiplied by factors."""


@dataclass(frozen=True, eq=False)
class Adjustment:
    """The auxiliary variables to which weights were fitted.

    Attributes
    ----------
    auxiliaries : sparse array of shape (rows, columns)
        One column per category of each margin, and the numeric ones.
    weighed : sparse array of shape (rows, columns)
        The same times what each row counts in the regression: the base weight after calibration
        and post-stratification, 1 after raking (as R's survey has it).
    inverse : array of shape (columns, columns)
        Pseudo-inverse of the cross products; margins that sum to the same total are redundant.
    told : str
        What was fitted, for the methods section.
    refitted : callable
        From factors of the base weights (rows,) to the weights then fitted (rows,).
    """

    auxiliaries: sparse.csr_array
    weighed: sparse.csr_array
    inverse: Floats
    told: str
    refitted: Callable[[Floats], Floats]

    def slopes(self, scores: Floats | sparse.csr_array) -> Floats:
        """Regression of unweighted scores (rows, k) on the auxiliaries: shape (columns, k)."""
        if isinstance(scores, sparse.csr_array):
            crossed = (self.weighed.T @ scores).toarray()
        else:
            crossed = self.weighed.T @ scores
        return np.asarray(self.inverse @ crossed)


def adjustment_of(weighting: Fitted) -> Adjustment:
    """Read what a Weighting tells of itself."""
    blocks = [_indicators(codes) for codes in weighting.auxiliary_codes.values()]
    if weighting.auxiliaries is not None:
        blocks.append(sparse.csr_array(np.asarray(weighting.auxiliaries, dtype=float)))
    columns = sparse.csr_array(sparse.hstack(blocks, format="csr"))
    base = weighting.base_weights.to_numpy(dtype=float)
    # Raking by proportional fitting alone: with bounds it is a calibration.
    weight = np.ones(len(base)) if weighting.method == "raking" else base
    weighed = scaled_rows(columns, weight)
    cross = (columns.T @ weighed).toarray()
    # Numeric columns of any unit are brought to one size before small ones are called redundant.
    size = np.sqrt(np.maximum(np.diag(cross), np.finfo(float).tiny))
    inverse = np.linalg.pinv(cross / np.outer(size, size), rcond=1e-11, hermitian=True)
    told = f"{weighting.method} to {', '.join(map(str, weighting.variables))}"
    return Adjustment(columns, weighed, inverse / np.outer(size, size), told, weighting.refitted)


def scaled_rows(columns: sparse.csr_array, factor: Floats) -> sparse.csr_array:
    """Every row times its factor."""
    data = columns.data * np.repeat(factor, np.diff(columns.indptr))
    return sparse.csr_array((data, columns.indices, columns.indptr), shape=columns.shape)


def _indicators(codes: Ints) -> sparse.csr_array:
    rows = np.arange(len(codes) + 1)
    shape = (len(codes), int(codes.max()) + 1)
    return sparse.csr_array((np.ones(len(codes)), codes, rows), shape=shape)
