"""Numbering without rows: which covariate pattern a cell has, which people are alike.

Arrays in, arrays and small frames out; only `tallies` imports this module.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]


def pattern_codes(counted: pd.DataFrame, keys: list[str]) -> Ints:
    """One number per combination of levels, in their order; −1 where a level is missing."""
    number = np.zeros(len(counted), dtype=np.int64)
    missing = np.zeros(len(counted), dtype=bool)
    size = 1
    for name in keys:
        codes, levels = _level_codes(counted[name])
        if size * (levels + 1) >= 2**62:
            number, uniques = pd.factorize(number, sort=True)
            size = len(uniques)
        number = number * (levels + 1) + codes
        missing |= codes < 0
        size *= levels + 1
    number[missing] = -1
    return number


def _level_codes(column: pd.Series) -> tuple[Ints, int]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int64), len(column.cat.categories)
    codes, levels = pd.factorize(column, sort=True)
    return np.asarray(codes, dtype=np.int64), len(levels)


def unit_numbers(named: pd.DataFrame) -> Ints:
    """One number for each unit, from the column or columns that name it; none is missing."""
    codes = (
        named.iloc[:, 0]
        if named.shape[1] == 1
        else pattern_codes(named, [str(name) for name in named])
    )
    return np.asarray(pd.factorize(codes)[0], dtype=np.int64)


def first_places(pattern: Ints) -> Ints:
    """Where each pattern occurs first."""
    first = np.empty(int(pattern.max()) + 1, dtype=np.int64)
    first[pattern[::-1]] = np.arange(len(pattern))[::-1]
    return first


def single_rows(pattern: Ints, trials: Ints, successes: Ints) -> pd.DataFrame:
    """Every row a unit of its own: those who came and those who did not, by pattern."""
    total = np.bincount(pattern, trials).astype(np.int64)
    came = np.bincount(pattern, successes).astype(np.int64)
    rows = pd.DataFrame(
        {
            "pattern": np.repeat(np.arange(len(total)), 2),
            "trials": 1,
            "successes": np.tile([0, 1], len(total)),
            "units": np.column_stack([total - came, came]).ravel(),
        }
    )
    rows = rows[rows["units"] > 0].reset_index(drop=True)
    rows.insert(0, "profile", np.arange(len(rows)))
    return rows


def profiles(person: Ints, pattern: Ints, trials: Ints, successes: Ints) -> pd.DataFrame:
    """Give people with the same set of cells one profile, whatever the order of the rows."""
    pairs = pd.factorize(trials * (trials.max() + 1) + successes, sort=True)[0]
    kind = pd.factorize(pattern * (pairs.max() + 1) + pairs, sort=True)[0]
    profile = _same_sets(person, kind)
    units = np.bincount(profile)
    chosen = np.empty(len(units), dtype=np.int64)
    chosen[profile] = np.arange(len(profile))
    one = chosen[profile[person]] == person
    cells = pd.DataFrame(
        {
            "profile": profile[person][one],
            "pattern": pattern[one],
            "trials": trials[one],
            "successes": successes[one],
        }
    )
    cells["units"] = units[cells["profile"].to_numpy()]
    return cells.sort_values(["profile", "pattern"], ignore_index=True)


def _same_sets(person: Ints, kind: Ints) -> Ints:
    """The profile of each person: people share one if their sets of cells are the same.

    A set is told by the sums of two random 64-bit numbers per distinct cell. Two different sets
    among n people agree by accident with probability below n²/2¹²⁸. Profiles are numbered by
    the cell that comes first in them, so that the order of rows does not matter.
    """
    marks = np.random.default_rng(0).integers(0, 2**63, (2, kind.max() + 1), dtype=np.uint64)
    sums = np.zeros((2, person.max() + 1), dtype=np.uint64)
    first = np.full(person.max() + 1, kind.max() + 1, dtype=np.int64)
    for mark, total in zip(marks, sums, strict=True):
        np.add.at(total, person, mark[kind])
    np.minimum.at(first, person, kind)
    one, other = (pd.factorize(total, sort=True)[0].astype(np.int64) for total in sums)
    profile, identities = pd.factorize(one * (other.max() + 1) + other, sort=True)
    lead = np.empty(len(identities), dtype=np.int64)
    lead[profile] = first
    rank = np.empty(len(identities), dtype=np.int64)
    rank[np.lexsort((np.arange(len(identities)), lead))] = np.arange(len(identities))
    return np.asarray(rank[profile])
