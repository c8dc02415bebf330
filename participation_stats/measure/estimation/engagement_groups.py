"""The groups of a report's table: one column per characteristic or intersection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.margins import category_order
from participation_stats.measure.tallies import BETWEEN, NOT_STATED

from .covariances import linearised_covariance
from .designs import SurveyDesign
from .domains import domain_columns, number_levels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WHERE = "survey_engagement"
#: A column of numbers with more values than this is no characteristic but a measurement.
MOST_NUMBERS = 12


def read_groups(
    frame: pd.DataFrame, by: str | Sequence[str | tuple[str, ...]]
) -> dict[str, pd.Series]:
    """A categorical column per characteristic; missing where any part of it is not stated.

    Bands stand by their numbers, other groups in their list's order or by alphabet. A level of a
    list that nobody has is a group too; of an intersection only what occurs.

    Raises
    ------
    InputError
        If there are none, a column is not there or named twice, or it is a number of many values.

    Examples
    --------
    >>> asked = pd.DataFrame({"age": ["65 or over", "under 65", None], "sex": ["m", "f", "f"]})
    >>> groups = read_groups(asked, ["age", ("age", "sex")])
    >>> groups["age"].cat.categories.tolist(), groups["age × sex"].tolist()
    (['under 65', '65 or over'], ['65 or over × m', 'under 65 × f', nan])
    """
    entries = [by] if isinstance(by, str) else list(by)
    keys = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in entries]
    if not [name for key in keys for name in key]:
        raise InputError("nothing to compare by", where=WHERE, expected="columns", got=f"by={by!r}")
    groups = {}
    for key in keys:
        for name in domain_columns(key, list(frame.columns), WHERE):
            _refuse_measurement(frame[name])
        groups[BETWEEN.join(key)] = _joined([_leveled(frame[name]) for name in key])
    return groups


def score_p_values(
    design: SurveyDesign, holds: pd.Series, group: pd.Series, names: Sequence[str]
) -> Floats:
    r"""P of each group's share being everybody's, where the group gave one answer only.

    Such a group has no standard error of its own. Under the hypothesis its sum of
    :math:`w_i (y_i - \hat p)` is nought, and varies by the design as
    :math:`\sum_i w_i (y_i - \hat p)(1_{i \in d} - W_d / W)`: the score test of the group's term in
    a logit.

    Parameters
    ----------
    design : SurveyDesign
    holds : Series of shape (rows,)
        Whether the answer counts; missing where there is none.
    group : Series of shape (rows,)
    names : sequence of str
        Groups to test.

    References
    ----------
    Rao, J. N. K., Scott, A. J. & Skinner, C. J. (1998), Quasi-score tests with survey data,
    Statistica Sinica 8, 1059-1070.
    """
    answered = holds.notna().to_numpy()
    y = holds.to_numpy(dtype=float, na_value=0.0)
    weight = design.weights * answered
    away = weight * (y - weight @ y / weight.sum())
    p_values = np.full(len(names), np.nan)
    for at, name in enumerate(names):
        inside = (group == name).to_numpy(dtype=bool, na_value=False)
        scores = away * (inside - weight @ inside / weight.sum())
        variance = float(linearised_covariance(design, scores)[0, 0])
        free = design.degrees_within(inside & answered)
        if variance > 0 and free > 0:
            p_values[at] = 2 * stats.t.sf(abs(scores.sum()) / np.sqrt(variance), free)
    return p_values


def _leveled(column: pd.Series) -> pd.Series:
    codes, labels = number_levels(column)
    order = [label for label in labels if label != NOT_STATED]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        order = category_order(order)
    place = {label: at for at, label in enumerate(order)}
    lookup = np.array([place.get(label, -1) for label in labels], dtype=np.int64)
    return _coded(lookup[codes], order, column.index)


def _joined(parts: list[pd.Series]) -> pd.Series:
    joined = parts[0]
    for part in parts[1:]:
        left, right = joined.cat.codes.to_numpy(np.int64), part.cat.codes.to_numpy(np.int64)
        outer, inner = joined.cat.categories, part.cat.categories
        both = (left >= 0) & (right >= 0)
        used, place = np.unique((left * len(inner) + right)[both], return_inverse=True)
        codes = np.full(len(left), -1, dtype=np.int64)
        codes[both] = place
        names = [f"{outer[at // len(inner)]}{BETWEEN}{inner[at % len(inner)]}" for at in used]
        joined = _coded(codes, names, joined.index)
    return joined


def _coded(codes: Ints, names: list[str], index: pd.Index) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(names)), index=index)


def _refuse_measurement(column: pd.Series) -> None:
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= MOST_NUMBERS:
        return
    raise InputError(
        f"'{column.name}' is a number of {column.nunique()} values",
        where=WHERE,
        expected="groups",
        got=f"numbers from {column.min():g} to {column.max():g}",
        hint="group it into bands first with ps.band, and state the design on that frame",
    )
