"""What the verdict on a group would have been, had its count been another."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..inference.adjustment import selected_level
from ..inference.fair_draw import Floats
from ..inference.verdicts import verdicts_of
from .assessment import Terms, adjusted_within, judged_counts


@dataclass(frozen=True, eq=False)
class Basis:
    """What a verdict rests on: every judged cell, the terms, and when a group is in line."""

    cells: pd.DataFrame
    terms: Terms
    in_line: tuple[float, float]

    def verdicts(self) -> pd.Series:
        """The verdict on every cell."""
        return pd.Series(self._words(self.cells), index=self.cells.index, dtype="str")

    def words_by_count(self, row: int) -> dict[int, str]:
        """The verdict on one shown cell for every count that it might have had.

        The rest of its variable is taken to stay as it is, but where there are only two groups
        the other one gains what this one loses. Empty where the verdict rests on more than a
        count: weighted shares, an estimated benchmark.
        """
        shown = self.cells.index[~self.cells["residual"].to_numpy(dtype=bool)]
        cell = self.cells.loc[shown[row]]
        if cell["method"] not in ("counted", "shares"):
            return {}
        counts, told = judged_counts(cell, self.terms)
        adjusted = self._adjusted(int(cell["profile"]), shown[row], told.p_value)
        one = pd.DataFrame([cell] * len(counts)).assign(
            ratio=counts / cell["expected"],
            conf_low=told.conf_low / cell["population_share"],
            conf_high=told.conf_high / cell["population_share"],
            p_adjusted=adjusted,
        )
        return dict(zip(counts.tolist(), map(str, self._words(one)), strict=True))

    def _adjusted(self, profile: int, label: Hashable, p_values: Floats) -> Floats:
        """The adjusted p of one cell for each p that it might have had."""
        family = self.cells[self.cells["profile"] == profile]
        held = family["p_value"].to_numpy(dtype=float)
        place = int(np.flatnonzero(family.index == label)[0])
        tested = np.flatnonzero(~np.isnan(held))
        # One family for each p that the cell might have had, all adjusted at once.
        every = np.tile(held, (len(p_values), 1))
        every[:, tested if len(tested) == 2 else [place]] = p_values[:, None]
        families = pd.concat([family] * len(p_values), ignore_index=True).assign(
            p_value=every.ravel(), profile=np.repeat(np.arange(len(p_values)), len(family))
        )
        within = adjusted_within(families, self.terms.adjust).reshape(every.shape)
        others = self._smallest_of_others(str(family["variable"].iloc[0]), profile)
        if self.terms.adjust != "holm" or not len(others):
            return np.asarray(within[:, place])
        levels = [
            selected_level(row[[place]], np.sort(np.append(others, np.nanmin(row))))
            for row in within
        ]
        return np.concatenate(levels)

    def _smallest_of_others(self, variable: str, profile: int) -> Floats:
        smallest = self._smallest[variable]
        return smallest.drop(profile, errors="ignore").to_numpy(dtype=float)

    @cached_property
    def _smallest(self) -> dict[str, pd.Series]:
        """For each variable the smallest p of each profile, adjusted within it."""
        within = self.cells.assign(within=adjusted_within(self.cells, self.terms.adjust))
        return {
            str(variable): rows.groupby("profile")["within"].min().dropna()
            for variable, rows in within.groupby("variable", sort=False)
        }

    def _words(self, cells: pd.DataFrame) -> np.ndarray:
        names = ("ratio", "expected", "n", "p_adjusted", "conf_low", "conf_high")
        columns: list[Floats] = [cells[name].to_numpy(dtype=float) for name in names]
        ratio, expected, n, p_adjusted, low, high = columns
        return verdicts_of(
            ratio,
            expected,
            n - expected,
            p_adjusted,
            low,
            high,
            confidence=self.terms.confidence,
            in_line=self.in_line,
        )
