"""The sample counted: who was asked and who answered, by pattern of characteristics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from participation_stats.errors import InputError
from participation_stats.measure.margins import category_order
from participation_stats.measure.tallies import BETWEEN, NOT_STATED, collapse, gathered, level_order

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

By = str | Sequence[str | tuple[str, ...]]

_WHERE = "r_indicators"


@dataclass(frozen=True)
class Characteristic:
    """One variable of the sample: its groups in their order, and the group of each row."""

    name: str
    levels: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True)
class Sample:
    """Everybody asked, in cells of people alike in pattern, weight and stratum.

    Attributes
    ----------
    characteristics : tuple of Characteristic
        With ``codes`` of shape (patterns,).
    pattern : array of shape (cells,)
        The pattern of each cell.
    people, answered : arrays of shape (cells,)
        People asked, and those of them who answered.
    weight : array of shape (cells,)
        Design weight of *one* person there.
    stratum : array of shape (cells,)
        Number of the stratum; 0 where there is one only.
    strata : tuple of str
        Names of the strata.
    """

    characteristics: tuple[Characteristic, ...]
    pattern: Ints
    people: Floats
    answered: Floats
    weight: Floats
    stratum: Ints
    strata: tuple[str, ...]

    @property
    def n(self) -> int:
        """People asked."""
        return int(self.people.sum())

    @property
    def population(self) -> float:
        """N, the sum of the design weights."""
        return float(self.people @ self.weight)

    @property
    def mass(self) -> Floats:
        """Sum of design weights of each pattern, shape (patterns,)."""
        return self.by_pattern(self.people * self.weight)

    def by_pattern(self, values: Floats) -> Floats:
        """Sums over the cells of each pattern."""
        return np.asarray(np.bincount(self.pattern, values), dtype=np.float64)


def read_sample(
    frame: Any, responded: str, by: By, weights: str | None, strata: str | None
) -> Sample:
    """Count the sample into cells.

    Raises
    ------
    InputError
        If a column is not there or is named twice, `by` names nothing, the response is not 0 or
        1 for everybody, or a weight is missing, not a number or not above 0.
    """
    entries = [by] if isinstance(by, str | tuple) else list(by)
    keys = list(dict.fromkeys((e,) if isinstance(e, str) else tuple(e) for e in entries))
    named = [name for key in keys for name in key]
    if not named:
        raise InputError(
            "no characteristic to compare by",
            where=_WHERE,
            expected="columns known of everybody asked, answered or not",
            got="by=[]",
        )
    others = [responded, *([weights] if weights else []), *([strata] if strata else [])]
    rows = _rows(frame, list(dict.fromkeys([*named, *others])))
    # A stratum may well be a characteristic too; response and weights may not.
    for name in others[: 1 + bool(weights)]:
        if [*named, *others].count(name) > 1:
            raise InputError(
                f"'{name}' is asked for twice",
                where=_WHERE,
                expected="response, weights and characteristics in columns of their own",
                got=", ".join([*named, *others]),
            )
    characteristics = [_characteristic(rows, key) for key in keys]
    weight, weight_codes = _weights(rows, weights)
    stratum = _characteristic(rows, (strata,)) if strata else None
    coded = {str(place): item.codes for place, item in enumerate(characteristics)}
    coded |= {"weight": weight_codes}
    coded |= {"stratum": stratum.codes if stratum else np.zeros(len(rows), dtype=np.int64)}
    return _counted(characteristics, coded, _answers(rows, responded), weight, stratum)


def _counted(
    characteristics: list[Characteristic],
    coded: dict[str, Ints],
    answers: Floats,
    weight: Floats,
    stratum: Characteristic | None,
) -> Sample:
    cells = collapse(pd.DataFrame({**coded, "answers": answers}), list(coded), "answers")
    people = np.bincount(cells.cells["pattern"], cells.cells["units"])
    answered = np.bincount(
        cells.cells["pattern"], cells.cells["units"] * cells.cells["successes"]
    ).astype(float)
    covariates = cells.patterns[[str(place) for place in range(len(characteristics))]]
    distinct, pattern = np.unique(covariates.to_numpy(np.int64), axis=0, return_inverse=True)
    return Sample(
        tuple(
            Characteristic(item.name, item.levels, distinct[:, place])
            for place, item in enumerate(characteristics)
        ),
        pattern=pattern.ravel(),
        people=people.astype(float),
        answered=answered,
        weight=weight[cells.patterns["weight"].to_numpy()],
        stratum=cells.patterns["stratum"].to_numpy(np.int64),
        strata=stratum.levels if stratum else ("all",),
    )


def _rows(frame: Any, wanted: list[str]) -> pd.DataFrame:
    """The columns wanted, in pandas: whatever the engine, these are few and typed."""
    rows = gathered(frame, _WHERE, wanted)
    if rows.empty:
        raise InputError(
            "nobody was asked", where=_WHERE, expected="one row for everybody asked", got="no rows"
        )
    return rows


def _characteristic(rows: pd.DataFrame, key: tuple[str, ...]) -> Characteristic:
    """One column, or several crossed; what is missing is a group of its own."""
    first, *rest = [_coded(rows[name]) for name in key]
    codes, levels = first
    for more, names in rest:
        crossed, codes = np.unique(codes * len(names) + more, return_inverse=True)
        levels = [f"{levels[c // len(names)]}{BETWEEN}{names[c % len(names)]}" for c in crossed]
    return Characteristic(BETWEEN.join(key), tuple(levels), codes.astype(np.int64))


def _coded(column: pd.Series) -> tuple[Ints, list[str]]:
    codes, found = pd.factorize(column, use_na_sentinel=True)
    values: list[object] = list(found)
    ordered: list[object]
    if isinstance(column.dtype, pd.CategoricalDtype):
        there = set(values)
        ordered = [value for value in column.cat.categories if value in there]
    elif all(isinstance(value, str) for value in values):
        ordered = [*category_order([str(value) for value in values])]
    else:
        ordered = level_order(values)
    # Several kinds of nothing (null, NaN, the words) are one group, and it stands last.
    labels = list(dict.fromkeys(str(value) for value in ordered))
    if NOT_STATED in labels or (codes < 0).any():
        labels = [*(label for label in labels if label != NOT_STATED), NOT_STATED]
    place = {label: number for number, label in enumerate(labels)}
    # The last entry is where factorize's −1 for a missing value points.
    target = np.array([*(place[str(value)] for value in values), place.get(NOT_STATED, 0)])
    return target[codes].astype(np.int64), labels


def _answers(rows: pd.DataFrame, responded: str) -> Floats:
    answers = pd.to_numeric(rows[responded], errors="coerce").astype("float64").to_numpy()
    wrong = ~np.isin(answers, (0.0, 1.0))
    if wrong.any():
        given = rows[responded].to_numpy()[wrong][0]
        raise InputError(
            f"'{responded}' is neither 0 nor 1 in {int(wrong.sum())} rows",
            where=_WHERE,
            expected="1 for who answered and 0 for who did not, or true and false",
            got="missing" if pd.isna(given) else repr(str(given)),
            hint="make it first: frame.assign(answered=frame['outcome'].eq('complete'))",
        )
    return np.asarray(answers, dtype=np.float64)


def _weights(rows: pd.DataFrame, weights: str | None) -> tuple[Floats, Ints]:
    """Distinct weights, and which of them each row has."""
    if weights is None:
        return np.ones(1), np.zeros(len(rows), dtype=np.int64)
    values = pd.to_numeric(rows[weights], errors="coerce").astype("float64").to_numpy()
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        given = rows[weights].to_numpy()[wrong][0]
        raise InputError(
            f"'{weights}' has {int(wrong.sum())} weights that are no number above 0",
            where=_WHERE,
            expected="for everybody asked the number of people that they stand for",
            got="missing" if pd.isna(given) else repr(str(given)),
        )
    distinct, codes = np.unique(values, return_inverse=True)
    return distinct.astype(np.float64), codes.astype(np.int64)
