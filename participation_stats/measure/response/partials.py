"""Partial indicators: what each characteristic, and each group, adds to the spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .designs import Design, design_variance
from .propensities import Propensities, fit_propensities
from .samples import Characteristic, Floats, Ints, Sample
from .spread import ROUNDING, Spread, quadratic, spread_of, squares_variance


def partial_indicators(
    sample: Sample, fitted: Propensities, whole: Spread, design: Design, link: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Partials of every variable and of every group.

    Parameters
    ----------
    sample : Sample
    fitted : Propensities
        Of the model with all characteristics.
    whole : Spread
        Of those propensities.
    design : {"SI", "STSI", "PPS", "census"}
    link : {"logit", "probit"}
        Of the models with one characteristic each, which give the standard errors.

    Returns
    -------
    variables, categories : DataFrame
        The frames of `ResponseQuality`.
    """
    groups = [_groups(sample, item, fitted, whole, design) for item in sample.characteristics]
    variables = [
        _variable(sample, item, table, whole, design, link)
        for item, table in zip(sample.characteristics, groups, strict=True)
    ]
    return pd.DataFrame(variables), pd.concat(groups, ignore_index=True)


def _variable(
    sample: Sample,
    item: Characteristic,
    groups: pd.DataFrame,
    whole: Spread,
    design: Design,
    link: str,
) -> dict[str, object]:
    unconditional = float(np.sqrt((groups["unconditional"] ** 2).sum()))
    conditional = float(np.sqrt((groups["conditional"] ** 2).sum()))
    shrink = float(np.sqrt(whole.factor))
    # Half the standard error of the R of this characteristic alone: of S, not of 2S.
    alone = spread_of(sample, fit_propensities(sample, [item], link), design).std_error / 2
    return {
        "variable": item.name,
        "unconditional": unconditional * shrink,
        "std_error": alone,
        "unconditional_unadjusted": unconditional,
        "conditional": conditional * shrink,
        "conditional_std_error": alone,
        "conditional_unadjusted": conditional,
        "cv_unconditional": unconditional * shrink / whole.mean,
        "cv_std_error": alone / whole.mean,
        "cv_conditional": conditional * shrink / whole.mean,
    }


def _groups(
    sample: Sample, item: Characteristic, fitted: Propensities, whole: Spread, design: Design
) -> pd.DataFrame:
    size = len(item.levels)
    asked, answered, mass, pulled = (
        np.bincount(item.codes, values, size).astype(np.float64)
        for values in (
            sample.by_pattern(sample.people),
            sample.by_pattern(sample.answered),
            sample.mass,
            sample.mass * fitted.chance,
        )
    )
    share = mass / sample.population
    conditional, conditional_error = _conditional(sample, item, fitted, design)
    return pd.DataFrame(
        {
            "variable": item.name,
            "category": pd.Series(list(item.levels), dtype="str"),
            "count": answered.astype(np.int64),
            "sampled": asked.astype(np.int64),
            "propensity": pulled / mass,
            "unconditional": np.sqrt(share) * (pulled / mass - whole.mean),
            "std_error": _unconditional_errors(sample, item, fitted.chance, mass, design),
            "delta_std_error": _delta_errors(sample, item, fitted, mass),
            "conditional": conditional,
            "conditional_std_error": conditional_error,
        }
    )


def _unconditional_errors(
    sample: Sample, item: Characteristic, chance: Floats, mass: Floats, design: Design
) -> Floats:
    population = sample.population
    errors = np.zeros(len(item.levels))
    for level, size in enumerate(mass):
        here = item.codes == level
        inside = design_variance(sample, here * chance, design)
        outside = design_variance(sample, ~here * chance, design)
        spread = inside * (1 / size - 1 / population) ** 2 + outside / population**2
        errors[level] = np.sqrt(size / population * spread)
    return errors


def _delta_errors(
    sample: Sample, item: Characteristic, fitted: Propensities, mass: Floats
) -> Floats:
    """Error of √(N_h/N)(ρ̄_h − ρ̄) that is due to estimated coefficients: √(g'Σ̂g)."""
    level = np.eye(len(mass))[item.codes]
    inside = (level * sample.mass[:, None]).T @ fitted.gradient / mass[:, None]
    whole = sample.mass @ fitted.gradient / sample.population
    gradient = np.sqrt(mass / sample.population)[:, None] * (inside - whole)
    return np.sqrt(np.maximum(quadratic(gradient, fitted.covariance), 0.0))


def _conditional(
    sample: Sample, item: Characteristic, fitted: Propensities, design: Design
) -> tuple[Floats, Floats]:
    """Root mean square of ρ less its mean among people alike in all else, by group."""
    mass, population = sample.mass, sample.population
    alike = _alike(sample, item)
    deviation = fitted.chance - _means(fitted.chance[:, None], mass, alike)[:, 0]
    gradient = fitted.gradient - _means(fitted.gradient, mass, alike)
    partial, error = np.zeros(len(item.levels)), np.full(len(item.levels), np.nan)
    for level in range(len(item.levels)):
        here = item.codes == level
        squares = here * deviation**2
        total = float(mass @ squares)
        partial[level] = np.sqrt(total / population)
        if total / mass[here].sum() > ROUNDING:
            variance = squares_variance(
                mass * here, deviation, gradient, fitted.covariance
            ) + design_variance(sample, squares, design)
            error[level] = np.sqrt(variance / (4 * population * total))
    return partial, error


def _alike(sample: Sample, item: Characteristic) -> Ints:
    """Number of the set of patterns alike in every characteristic but this one."""
    number = np.zeros(len(item.codes), dtype=np.int64)
    for other in sample.characteristics:
        if other is not item:
            # Numbered anew at each step, so that products of many levels do not overflow.
            number = pd.factorize(number * len(other.levels) + other.codes)[0].astype(np.int64)
    return number


def _means(values: Floats, mass: Floats, alike: Ints) -> Floats:
    """Weighted means of each column over the patterns alike, at every pattern."""
    weight = np.bincount(alike, mass)
    sums = np.column_stack([np.bincount(alike, mass * column) for column in values.T])
    return np.asarray((sums / weight[:, None])[alike], dtype=np.float64)
