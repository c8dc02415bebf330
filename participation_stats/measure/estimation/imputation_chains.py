"""statsmodels' chained equations on columns of numbers, without a formula read at every step."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd


def run_chain(
    data: pd.DataFrame, cycles: int, donors: int, rng: np.random.Generator
) -> pd.DataFrame:
    """The data after some rounds in which every column with gaps is regressed on all the others.

    Reading its formula takes statsmodels a hundred times as long as the regression; here the
    same columns are handed over as an array.

    Parameters
    ----------
    data : DataFrame
        Numbers; columns with gaps are imputed.
    cycles, donors : int
    rng : Generator
    """
    with warnings.catch_warnings():
        # An item that follows from another one (a score beside its parts) does no harm here.
        warnings.simplefilter("ignore", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message="The design matrix is rank-deficient")
        chain = _chain(data, donors, rng)
        chain.update_all(cycles)
    return pd.DataFrame(chain.data)


def _chain(data: pd.DataFrame, donors: int, rng: np.random.Generator) -> Any:
    from statsmodels.imputation.mice import MICEData

    class Chain(MICEData):  # type: ignore[misc, unused-ignore]
        def _columns(self, name: str) -> tuple[Any, Any]:
            exog = self.data.to_numpy(dtype=float).copy()
            place = self.data.columns.get_loc(name)
            endog = exog[:, place].copy()
            # The constant takes the place of the column itself.
            exog[:, place] = 1.0
            return endog, exog

        def get_fitting_data(self, vname: str) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
            endog, exog = self._columns(vname)
            rows = self.ix_obs[vname]
            return endog[rows], exog[rows], {}, {}

        def get_split_data(
            self, vname: str
        ) -> tuple[Any, Any, Any, dict[str, Any], dict[str, Any]]:
            endog, exog = self._columns(vname)
            asked, gaps = self.ix_obs[vname], self.ix_miss[vname]
            return endog[asked], exog[asked], exog[gaps], {}, {}

    return Chain(data, k_pmm=donors, rng=rng)
