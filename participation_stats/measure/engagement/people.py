"""Who has which covariate patterns: people as profiles, in arrays, and sums over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from participation_stats.measure.tallies import Cells

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """Profiles of people and the cells that they have.

    Attributes
    ----------
    profile, pattern : arrays of int of shape (cells,)
        Which profile has which pattern; cells of one profile stand together.
    trials, successes : arrays of shape (cells,)
        Meetings open to, and attended by, one person of the profile under that pattern.
    units : array of shape (profiles,)
        People of each profile.
    n_patterns : int
    """

    profile: Ints
    pattern: Ints
    trials: Floats
    successes: Floats
    units: Floats
    n_patterns: int

    @classmethod
    def of(cls, cells: Cells) -> People:
        """The people of collapsed rows."""
        frame = cells.cells
        profile = frame["profile"].to_numpy(dtype=np.int64)
        units = np.zeros(int(profile.max()) + 1)
        units[profile] = frame["units"].to_numpy(dtype=float)
        return cls(
            profile,
            frame["pattern"].to_numpy(dtype=np.int64),
            frame["trials"].to_numpy(dtype=float),
            frame["successes"].to_numpy(dtype=float),
            units,
            len(cells.patterns),
        )

    @property
    def n_people(self) -> int:
        """People in all."""
        return round(float(self.units.sum()))

    def totals(self, values: Floats) -> Floats:
        """Sum over everybody, by pattern, of values of shape (cells,) that one person has."""
        each = self.units[self.profile] * values
        return np.asarray(np.bincount(self.pattern, each, self.n_patterns), dtype=float)

    def spread(self, values: Floats) -> sparse.csr_array:
        """Values of shape (cells,) as a sparse matrix of shape (profiles, patterns)."""
        shape = (len(self.units), self.n_patterns)
        return sparse.csr_array((values, (self.profile, self.pattern)), shape=shape)

    def one_of(self, profile: int) -> People:
        """One person of a profile, alone."""
        cells = self.profile == profile
        return People(
            np.zeros(int(cells.sum()), dtype=np.int64),
            self.pattern[cells],
            self.trials[cells],
            self.successes[cells],
            np.ones(1),
            self.n_patterns,
        )

    def among(self, kept: npt.NDArray[np.bool_]) -> People:
        """The same people under the patterns kept, which are numbered anew."""
        held = kept[self.pattern]
        number = np.cumsum(kept) - 1
        return People(
            self.profile[held],
            number[self.pattern[held]],
            self.trials[held],
            self.successes[held],
            self.units,
            int(kept.sum()),
        )

    def with_any(self, masks: npt.NDArray[np.bool_]) -> Ints:
        """People who have at least one of the patterns that each mask holds.

        Parameters
        ----------
        masks : array of bool of shape (patterns, masks)

        Returns
        -------
        array of int of shape (masks,)
        """
        touched = self.spread(np.ones(len(self.profile))) @ masks.astype(float)
        return np.asarray(np.rint(self.units @ (touched > 0)), dtype=np.int64)

    def alone_with(self, masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which profiles are the one person who has any of the patterns that a mask holds.

        Parameters
        ----------
        masks : array of bool of shape (patterns, masks)

        Returns
        -------
        array of bool of shape (profiles, masks)
        """
        touched = (self.spread(np.ones(len(self.profile))) @ masks.astype(float)) > 0
        return np.asarray(touched & (self.units @ touched == 1))
