"""Adjusted rates and means: what if everybody in the population had the same level of a factor?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.inference.adjustment import holm
from participation_stats.measure.results import Result, Rule
from participation_stats.measure.tallies import BETWEEN

from .covariances import linearised_covariance
from .model_fitting import RESPONSES, Estimated, Kind
from .model_rows import ModelRows
from .replicate_variances import spread_of

Floats = npt.NDArray[np.float64]
By = str | tuple[str, ...] | Sequence[str | tuple[str, ...]]
OVERALL = "overall"

_TESTED = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value", "p_adjusted")


@dataclass(frozen=True, eq=False, repr=False)
class SurveyRates(Result):
    """Adjusted proportions (of a logit) or means (of a linear model) by group.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, n_units`` (respondents of the group, unweighted), ``estimate``,
        ``std_error, conf_low, conf_high``, and ``n_smallest`` (of a logit the fewest of them who
        said yes, or no, by which disclosure goes: a rate of 38 of 40 tells of the two).
    answer : str
        What was answered: the column on the left side of the formula.
    kind : {"logit", "linear"}
        Of a logit they are proportions, of a linear model means.
    """

    answer: str
    kind: Kind
    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_smallest", derived=("n_units", *_TESTED[:4]), margin=("variable",)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class SurveyEffects(Result):
    """Differences between adjusted proportions or means.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, reference, n_units, estimate, std_error, statistic, p_value,
        p_adjusted`` (Holm, within the variable), ``conf_low, conf_high``, and ``n_smallest`` (as
        in `SurveyRates`, of the group or its reference).
    answer, kind : str
        As in `SurveyRates`.
    """

    answer: str
    kind: Kind
    confidence: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_smallest", derived=("n_units", *_TESTED), margin=("variable",)),
    )


@dataclass(frozen=True, eq=False)
class _Means:
    """Adjusted means of one variable's groups and, last, of everybody as they are."""

    names: list[str]
    n: list[int]
    fewest: list[int]
    values: Floats
    covariance: Floats


def rates_table(rows: ModelRows, found: Estimated, by: By, confidence: float) -> pd.DataFrame:
    """The table of `SurveyRates`."""
    return pd.concat(
        [_rates(rows, found, key, confidence) for key in _keys(rows, by, "rates")],
        ignore_index=True,
    )


def effects_table(
    rows: ModelRows, found: Estimated, by: By, reference: object, confidence: float
) -> pd.DataFrame:
    """The table of `SurveyEffects`."""
    return pd.concat(
        [_effects(rows, found, key, reference, confidence) for key in _keys(rows, by, "effects")],
        ignore_index=True,
    )


def _rates(
    rows: ModelRows, found: Estimated, key: tuple[str, ...], confidence: float
) -> pd.DataFrame:
    means = _adjusted(rows, found, key)
    values, errors = means.values[:-1], np.sqrt(np.diag(means.covariance)[:-1])
    reach = stats.t.ppf(0.5 + confidence / 2, rows.degrees_freedom) * errors
    if found.kind == "logit":
        # Made on the logit scale, so that limits stay between 0 and 1.
        centre, spread = np.log(values) - np.log1p(-values), reach / (values * (1 - values))
        low, high = 1 / (1 + np.exp(spread - centre)), 1 / (1 + np.exp(-spread - centre))
    else:
        low, high = values - reach, values + reach
    return pd.DataFrame(
        {
            "variable": BETWEEN.join(key),
            "category": means.names[:-1],
            "n_units": means.n[:-1],
            "estimate": values,
            "std_error": errors,
            "conf_low": low,
            "conf_high": high,
            "n_smallest": means.fewest[:-1],
        }
    )


def _effects(
    rows: ModelRows, found: Estimated, key: tuple[str, ...], reference: object, confidence: float
) -> pd.DataFrame:
    means = _adjusted(rows, found, key)
    groups = len(means.names) - 1
    base = _base(means, reference, BETWEEN.join(key))
    kept = [group for group in range(groups) if group != base]
    contrast = np.zeros((len(kept), groups + 1))
    contrast[np.arange(len(kept)), kept] = 1
    contrast[:, base] -= 1
    values = contrast @ means.values
    errors = np.sqrt(np.maximum(np.diag(contrast @ means.covariance @ contrast.T), 0))
    table = pd.DataFrame(
        {
            "variable": BETWEEN.join(key),
            "category": [means.names[group] for group in kept],
            "reference": means.names[base],
            "n_units": [means.n[group] for group in kept],
            **t_tested(values, errors, rows.degrees_freedom, confidence),
        }
    )
    family = np.zeros(len(kept), dtype=np.int64)
    table.insert(8, "p_adjusted", holm(table["p_value"].to_numpy(dtype=float), family))
    return table.assign(n_smallest=[min(means.fewest[at], means.fewest[base]) for at in kept])


def t_tested(
    estimates: Floats, errors: Floats, freedom: int, confidence: float
) -> dict[str, Floats]:
    """Estimates with t statistics, two-sided p-values and limits.

    Examples
    --------
    >>> found = t_tested(np.array([1.0]), np.array([0.5]), 10, 0.95)
    >>> {name: float(value[0].round(3)) for name, value in found.items()}["p_value"]
    0.073
    """
    reach = stats.t.ppf(0.5 + confidence / 2, freedom) * errors
    # A contrast that cannot vary (everybody gave the same answer) has no error and no test.
    statistic = np.divide(estimates, errors, out=np.full_like(errors, np.nan), where=errors > 0)
    return {
        "estimate": estimates,
        "std_error": errors,
        "statistic": statistic,
        "p_value": np.asarray(2 * stats.t.sf(np.abs(statistic), freedom), dtype=float),
        "conf_low": estimates - reach,
        "conf_high": estimates + reach,
    }


def _adjusted(rows: ModelRows, found: Estimated, key: tuple[str, ...]) -> _Means:
    r"""Adjusted means with their covariance by the design.

    :math:`\hat m_\ell = \sum w_i \mu(x_i^{(\ell)}\hat\beta) / \sum w_i`. Row i adds
    :math:`w_i(\mu_i^{(\ell)} - \hat m_\ell)/\sum w + g_\ell' A^{-1} w_i (y_i - \mu_i) x_i`: both
    the covariates' distribution and the model are estimated from the same sample. Of replicates
    both are those of the replicate.
    """
    names = list(key)
    patterns = rows.coded.patterns
    observed = patterns[names].drop_duplicates().sort_values(names)
    groups = [tuple(group) for group in observed.itertuples(index=False, name=None)]
    number = patterns.groupby(names, observed=True, sort=True).ngroup().to_numpy()
    share = rows.weights / rows.weights.sum()
    values, added, again = [], [], []
    for group in [*groups, None]:
        x = rows.coded.design if group is None else rows.coded.encode(_set(rows, names, group))
        mean, slope = found.respond(x)
        average = float(share @ mean)
        values.append(average)
        if found.refits is None:
            added.append(share * (mean - average) + found.influence @ ((share * slope) @ x))
        else:
            again.append(found.refits.averages(x, RESPONSES[found.kind]))
    if found.refits is None:
        covariance = linearised_covariance(rows.design, rows.spread(np.stack(added, axis=1)))
    else:
        replicates = found.refits.replicates
        covariance = spread_of(replicates, np.stack(again, axis=1), np.array(values))
    return _Means(
        [*(BETWEEN.join(map(str, group)) for group in groups), OVERALL],
        [*np.bincount(number, minlength=len(groups)).tolist(), len(rows.y)],
        _fewest(rows.y, number, len(groups), found.kind),
        np.array(values),
        covariance,
    )


def _fewest(y: Floats, number: npt.NDArray[np.integer[Any]], groups: int, kind: Kind) -> list[int]:
    """Fewest of each group, and last of everybody, who stand behind its number."""
    people = np.append(np.bincount(number, minlength=groups), len(y))
    if kind == "linear":
        return [int(n) for n in people]
    yes = np.append(np.bincount(number, weights=y, minlength=groups), y.sum()).round()
    return [int(n) for n in np.minimum(yes, people - yes)]


def _set(rows: ModelRows, names: list[str], group: tuple[object, ...]) -> pd.DataFrame:
    """Everybody given the same level of these factors."""
    columns = {}
    for name, level in zip(names, group, strict=True):
        levels = rows.coded.levels[name]
        place = np.full(len(rows.y), levels.index(level), dtype=np.int64)
        columns[name] = pd.Categorical.from_codes(place, categories=pd.Index(levels))
    return rows.coded.patterns.assign(**columns)


def _base(means: _Means, reference: object, variable: str) -> int:
    """Place of the group with which others are compared."""
    if reference is None:
        return 0
    wanted = reference if isinstance(reference, tuple) else (reference,)
    name = BETWEEN.join(map(str, wanted))
    if name not in means.names:
        raise InputError(
            f"'{variable}' has no level '{name}'",
            where="SurveyFit.effects",
            expected=f"one of {', '.join(means.names)}",
            got=f"'{name}'",
        )
    return means.names.index(name)


def _keys(rows: ModelRows, by: By, where: str) -> list[tuple[str, ...]]:
    entries = [by] if isinstance(by, str | tuple) else list(by)
    keys = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in entries]
    for name in [name for key in keys for name in key] or [""]:
        if name not in rows.coded.levels:
            raise InputError(
                f"'{name}' is no factor of the model",
                where=f"SurveyFit.{where}",
                expected="one of " + ", ".join(rows.coded.levels)
                if rows.coded.levels
                else "a formula with a factor: this one has none",
                got=f"'{name}'",
            )
    return keys
