"""Adjusted rates and average effects from any model that predicts a rate for a pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.engagement.people import Floats, People
from participation_stats.measure.inference.adjustment import holm
from participation_stats.measure.tallies import BETWEEN

#: One characteristic, an intersection of several (a tuple), or a list of such.
By = str | tuple[str, ...] | Sequence[str | tuple[str, ...]]
OVERALL = "overall"
#: An error below this part of its estimate (or of a tenth) is rounding.
ROUNDING = 1e-12
#: From a design and parameters to rates and their slopes.
Respond = Callable[[Floats, Floats], tuple[Floats, Floats]]

_EFFECTS = [
    "variable", "category", "reference", "n_units", "n_rows", "estimate", "std_error",
    "statistic", "p_value", "p_adjusted", "conf_low", "conf_high",
]  # fmt: skip


@dataclass(frozen=True)
class Basis:
    """What rates and effects are worked out from.

    Attributes
    ----------
    patterns : DataFrame
        One row per distinct combination of covariates.
    weights : array of shape (patterns,)
        Person-meetings of each pattern; weighted where the fit is.
    encode : callable
        Patterns to the design matrix, of shape (patterns, terms), in the model's own coding.
    respond : callable
        From a design and parameters to the predicted rate of each pattern, shape (patterns,),
        and its slope in each parameter, shape (patterns, parameters).
    scale : {"fraction", "positive"}
        Where a rate lives: its interval is made on the logit or the log scale.
    people : People
    parameters, covariance : arrays of shape (parameters,) and (parameters, parameters)
    levels : mapping of str to list
        The levels of each factor in the order of the model; the first is the reference.
    rows : array of shape (patterns,), optional
        Person-meetings of each pattern without weights; where not given, `weights`.
    likelihood : {"full", "weighted", "penalised", "partial", "none"}
        What the fit's log-likelihood is the logarithm of; only full ones compare models.
    variance : callable, optional
        Variance of one person-meeting at given rates, shape (patterns,); not given where it
        does not follow from the rate.
    """

    patterns: pd.DataFrame
    weights: Floats
    encode: Callable[[pd.DataFrame], Floats]
    respond: Respond
    scale: Literal["fraction", "positive"]
    people: People
    parameters: Floats
    covariance: Floats
    levels: Mapping[str, list[object]]
    rows: Floats | None = None
    likelihood: str = "full"
    variance: Callable[[Floats], Floats] | None = None

    @property
    def each(self) -> Floats:
        """What one row of each pattern counts, of shape (patterns,)."""
        return np.ones(len(self.weights)) if self.rows is None else self.weights / self.rows

    def among(self, levels: Mapping[str, object]) -> Basis:
        """The same model over the person-meetings of some groups only.

        Raises
        ------
        InputError
            If a factor or level is not of the model, or nobody has them all.
        """
        kept = np.ones(len(self.weights), dtype=bool)
        for name, level in levels.items():
            known = self.levels.get(name, [])
            if level not in known:
                raise InputError(
                    f"'{name}' has no level '{level}'" if known else f"'{name}' is no factor",
                    where="Fit.among",
                    expected="one of " + ", ".join(map(str, known or self.levels)),
                    got=f"{name}='{level}'",
                )
            kept &= np.array([value == level for value in self.patterns[name]], dtype=bool)
        if not kept.any():
            raise InputError(
                "nobody is in all of these groups",
                where="Fit.among",
                expected="groups that somebody shares",
                got=", ".join(f"{name}='{level}'" for name, level in levels.items()),
            )
        return replace(
            self,
            patterns=self.patterns[kept].reset_index(drop=True),
            weights=self.weights[kept],
            rows=None if self.rows is None else self.rows[kept],
            people=self.people.among(kept),
        )

    def average(self, patterns: pd.DataFrame) -> tuple[float, Floats]:
        """Predicted rate averaged over person-meetings, and its gradient."""
        rate, slope = self.respond(self.encode(patterns), self.parameters)
        share = self.weights / self.weights.sum()
        return float(share @ rate), share @ slope


@dataclass(frozen=True)
class _Standardised:
    """Rates with everybody set to each group in turn; gradients of shape (groups, parameters)."""

    groups: list[tuple[object, ...]]
    people: pd.DataFrame
    rates: Floats
    gradients: Floats


def adjusted_rates(basis: Basis, by: By, confidence: float) -> pd.DataFrame:
    """The table of `Rates`."""
    return pd.concat(
        [_rates(basis, key, confidence) for key in _keys(basis, by, "rates")], ignore_index=True
    )


def average_effects(basis: Basis, by: By, reference: object, confidence: float) -> pd.DataFrame:
    """The table of `Effects`."""
    return pd.concat(
        [_effects(basis, key, reference, confidence) for key in _keys(basis, by, "effects")],
        ignore_index=True,
    )


def beyond_rounding(estimates: Floats, errors: Floats) -> npt.NDArray[np.bool_]:
    """Which errors are more than what rounding leaves where nothing varies.

    Examples
    --------
    >>> beyond_rounding(np.array([0.5, 0.5]), np.array([1e-17, 0.01])).tolist()
    [False, True]
    """
    return np.asarray(errors > ROUNDING * np.maximum(np.abs(estimates), 0.1), dtype=bool)


def tested(estimates: Floats, errors: Floats, confidence: float) -> dict[str, Floats]:
    """Estimates with z statistics, two-sided p-values and limits."""
    reach = stats.norm.ppf(0.5 + confidence / 2) * errors
    # A contrast that cannot vary (every person has the same rate) has no error and no test.
    where = beyond_rounding(estimates, errors)
    statistic = np.divide(estimates, errors, out=np.full_like(errors, np.nan), where=where)
    return {
        "estimate": estimates,
        "std_error": errors,
        "statistic": statistic,
        "p_value": 2 * stats.norm.sf(np.abs(statistic)),
        "conf_low": estimates - reach,
        "conf_high": estimates + reach,
    }


def _rates(basis: Basis, key: tuple[str, ...], confidence: float) -> pd.DataFrame:
    found = _standardised(basis, key)
    errors = _errors(found.gradients, basis.covariance)
    low, high = _limits(found.rates, errors, confidence, basis.scale)
    return found.people.assign(estimate=found.rates, std_error=errors, conf_low=low, conf_high=high)


def _limits(rates: Floats, errors: Floats, confidence: float, scale: str) -> tuple[Floats, Floats]:
    """Limits made on the logit or log scale, so that they stay where a rate can be."""
    reach = stats.norm.ppf(0.5 + confidence / 2) * errors
    if scale == "positive":
        factor = np.exp(reach / rates)
        return rates / factor, rates * factor
    centre, spread = np.log(rates) - np.log1p(-rates), reach / (rates * (1 - rates))
    return 1 / (1 + np.exp(spread - centre)), 1 / (1 + np.exp(-spread - centre))


def _effects(
    basis: Basis, key: tuple[str, ...], reference: object, confidence: float
) -> pd.DataFrame:
    found = _standardised(basis, key)
    base, slope, kept, named = _base(basis, found, key, reference)
    errors = _errors(found.gradients[kept] - slope, basis.covariance)
    table = found.people.iloc[kept].reset_index(drop=True)
    values = tested(found.rates[kept] - base, errors, confidence)
    values["p_adjusted"] = holm(values["p_value"], np.zeros(len(kept), dtype=np.int64))
    return table.assign(reference=named, **values)[_EFFECTS]


def _base(
    basis: Basis, found: _Standardised, key: tuple[str, ...], reference: object
) -> tuple[float, Floats, list[int], str]:
    """Rate and gradient of the reference, the groups compared with it, and its name."""
    everyone = list(range(len(found.groups)))
    if reference == OVERALL:
        return *basis.average(basis.patterns), everyone, OVERALL
    wanted = reference if isinstance(reference, tuple) else (reference,)
    place = 0 if reference is None else _place(found.groups, wanted)
    if place is None:
        known = ", ".join(map(_label, found.groups))
        raise InputError(
            f"'{BETWEEN.join(key)}' has no level '{_label(wanted)}'",
            where="Fit.effects",
            expected=f"one of {known}, or '{OVERALL}'",
            got=f"'{_label(wanted)}'",
        )
    kept = [number for number in everyone if number != place]
    return (
        float(found.rates[place]),
        found.gradients[place],
        kept,
        _label(found.groups[place]),
    )


def _place(groups: list[tuple[object, ...]], wanted: tuple[object, ...]) -> int | None:
    return groups.index(wanted) if wanted in groups else None


def _keys(basis: Basis, by: By, where: str) -> list[tuple[str, ...]]:
    entries = [by] if isinstance(by, str | tuple) else list(by)
    keys = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in entries]
    for name in [name for key in keys for name in key] or [""]:
        if name not in basis.levels:
            raise InputError(
                f"'{name}' is no factor of the model",
                where=f"Fit.{where}",
                expected="one of " + ", ".join(basis.levels)
                if basis.levels
                else "a formula with a factor: this one has none",
                got=f"'{name}'",
            )
    return keys


def _standardised(basis: Basis, key: tuple[str, ...]) -> _Standardised:
    """Rate and gradient with everybody set to each group that occurs, in turn."""
    names = list(key)
    number = basis.patterns.groupby(names, observed=True, sort=True).ngroup().to_numpy()
    observed = basis.patterns[names].drop_duplicates().sort_values(names)
    groups = [tuple(row) for row in observed.itertuples(index=False, name=None)]
    found = [basis.average(_set(basis, names, group)) for group in groups]
    masks = number[:, None] == np.arange(len(groups))
    counted = basis.weights if basis.rows is None else basis.rows
    people = pd.DataFrame(
        {
            "variable": BETWEEN.join(key),
            "category": [_label(group) for group in groups],
            "n_units": basis.people.with_any(masks),
            "n_rows": np.rint(counted @ masks).astype(np.int64),
        }
    )
    rates = np.array([rate for rate, _ in found])
    return _Standardised(groups, people, rates, np.array([slope for _, slope in found]))


def _set(basis: Basis, names: list[str], group: tuple[object, ...]) -> pd.DataFrame:
    """Everybody given the same level of these factors."""
    columns = {}
    for name, level in zip(names, group, strict=True):
        place = np.full(len(basis.patterns), basis.levels[name].index(level), dtype=np.int64)
        columns[name] = pd.Categorical.from_codes(place, categories=pd.Index(basis.levels[name]))
    return basis.patterns.assign(**columns)


def _label(group: tuple[object, ...]) -> str:
    return BETWEEN.join(map(str, group))


def _errors(gradients: Floats, covariance: Floats) -> Floats:
    variances = np.einsum("ij,jk,ik->i", gradients, covariance, gradients)
    return np.asarray(np.sqrt(np.maximum(variances, 0.0)), dtype=float)
