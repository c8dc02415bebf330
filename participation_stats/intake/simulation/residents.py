"""Draw the residents of the estate: margins exact, joint dependent, nobody real."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.intake.simulation import setting

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

DAYS_A_YEAR = 365.25


def draw_residents(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Everybody who lives there on the reference date, fully known.

    Parameters
    ----------
    rng : Generator
    size : int
        Number of residents.

    Returns
    -------
    DataFrame
        One row per resident with the columns of `people`, and besides `age_band`,
        `length_band`, `household_id` and `block`, which the survey uses.
    """
    groups = {name: scaled_counts(margin.counts, size) for name, margin in setting.MARGINS.items()}
    ethnicity = deal(groups["ethnicity"], rng.random(size))
    gender = deal(groups["gender"], rng.random(size))
    settled = rng.standard_normal(size) + leaning(ethnicity, setting.LENGTH_LEANING)
    length_band = deal(groups["length_of_residence"], settled)
    age_band = deal(groups["age_band"], 0.6 * settled + rng.standard_normal(size))
    tenure = deal(groups["housing_tenure"], 0.7 * settled + rng.standard_normal(size))
    older = leaning(age_band, {"50 to 64": 0.7, "65 and over": 1.4})
    disability = deal(groups["disability"], older + rng.standard_normal(size))
    age = _ages(rng, age_band)
    moved_in = _moved_in(rng, length_band, age)
    household, block = _households(rng, tenure, ethnicity)
    return pd.DataFrame(
        {
            "person_id": [f"p{number:04d}" for number in range(1, size + 1)],
            "capacity": "resident",
            "organisation": pd.array([None] * size, dtype="str"),
            "ethnicity": ethnicity,
            "gender": gender,
            "age": age,
            "housing_tenure": tenure,
            "length_of_residence": np.floor(
                (setting.REFERENCE_DATE - moved_in).days / DAYS_A_YEAR * 10
            )
            / 10,
            "disability": disability,
            "moved_in": moved_in,
            "moved_out": _moved_out(rng, length_band),
            "age_band": age_band,
            "length_band": length_band,
            "household_id": household,
            "block": block,
        }
    )


def scaled_counts(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Counts in the same proportions that add up to `size` (largest remainders).

    Examples
    --------
    >>> scaled_counts({"Female": 1710, "Male": 1290}, 3000)
    {'Female': 1710, 'Male': 1290}
    >>> scaled_counts({"Female": 1710, "Male": 1290}, 101)
    {'Female': 58, 'Male': 43}
    """
    exact = np.array(list(counts.values())) * size / sum(counts.values())
    whole = np.floor(exact).astype(int)
    short = size - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return dict(zip(counts, whole.tolist(), strict=True))


def deal(counts: Mapping[str, int], score: Floats) -> Words:
    """Give the categories, in their order and exactly so often, to rising scores."""
    labels = np.repeat(np.array(list(counts)), list(counts.values()))
    dealt = np.empty_like(labels)
    dealt[np.argsort(score, kind="stable")] = labels
    return dealt


def leaning(labels: Words, effects: Mapping[str, float]) -> Floats:
    """The effect of each person's category; 0 where the mapping does not name it."""
    names, index = np.unique(labels, return_inverse=True)
    return np.array([effects.get(str(name), 0.0) for name in names])[index]


def _ages(rng: np.random.Generator, band: Words) -> npt.NDArray[np.int64]:
    low = leaning(band, {name: years[0] for name, years in setting.AGE_YEARS.items()})
    high = leaning(band, {name: years[1] for name, years in setting.AGE_YEARS.items()})
    return np.floor(low + rng.random(len(band)) * (high + 1 - low)).astype(np.int64)


def _moved_in(
    rng: np.random.Generator, band: Words, age: npt.NDArray[np.int64]
) -> pd.DatetimeIndex:
    low = leaning(band, {name: years[0] for name, years in setting.LENGTH_YEARS.items()})
    high = leaning(band, {name: years[1] for name, years in setting.LENGTH_YEARS.items()})
    # Nobody has lived there for longer than they have lived.
    high = np.minimum(high, age + 1)
    # A day's margin on either side keeps whole days from crossing a limit of the band.
    first, last = low * DAYS_A_YEAR + 1, high * DAYS_A_YEAR - 1
    days = np.floor(first + rng.random(len(band)) * (last - first))
    return setting.REFERENCE_DATE - pd.to_timedelta(days, unit="D")


def _moved_out(rng: np.random.Generator, band: Words) -> pd.DatetimeIndex:
    years = -np.log1p(-rng.random(len(band))) / leaning(band, setting.MOVING_OUT)
    window = (setting.LAST_DAY - setting.REFERENCE_DATE).days
    days = np.minimum(np.floor(years * DAYS_A_YEAR), window + 1)
    dates = setting.REFERENCE_DATE + pd.to_timedelta(days + 1, unit="D")
    return pd.DatetimeIndex(dates.where(days < window))


def _households(rng: np.random.Generator, tenure: Words, ethnicity: Words) -> tuple[Words, Words]:
    """Households of about two adults, of one tenure each and mostly of one group."""
    order = np.lexsort((rng.random(len(tenure)), ethnicity, tenure))
    starts = rng.random(len(tenure)) < 0.52
    starts[0] = True
    starts[1:] |= tenure[order][1:] != tenure[order][:-1]
    number = np.empty(len(tenure), dtype=np.int64)
    number[order] = np.cumsum(starts) - 1
    blocks = np.array(sorted(setting.BLOCKS))
    block_of = blocks[np.floor(rng.random(int(starts.sum())) * len(blocks)).astype(np.int64)]
    # Numbers are dealt again so that they do not run by tenure and group.
    shuffled = rng.permutation(int(starts.sum())) + 1
    return np.char.mod("h%04d", shuffled[number]), block_of[number]
