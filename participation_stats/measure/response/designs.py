"""How the sample was drawn, and the variance that this leaves in a total."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from participation_stats.errors import InputError

from .samples import Floats, Sample

Design = Literal["SI", "STSI", "PPS", "census"]

_WHERE = "r_indicators"


def check_design(sample: Sample, design: str, *, weighted: bool, stratified: bool) -> None:
    """Refuse a design that the weights and strata contradict.

    Raises
    ------
    InputError
        If the design is unknown; strata are given to another than STSI or are not given to it;
        weights vary in SI, within a stratum of STSI or in a census, or are not given to PPS; the
        weights of SI or STSI sum to fewer people than were asked; or one person alone stands for
        more in a stratum.
    """
    if design not in get_args(Design):
        raise InputError(
            f"design '{design}' is not known",
            where=_WHERE,
            expected=", ".join(get_args(Design)),
            got=f"'{design}'",
        )
    if stratified != (design == "STSI"):
        raise InputError(
            f"design '{design}' " + ("has no strata" if stratified else "needs its strata"),
            where=_WHERE,
            expected="strata= with design='STSI', and only with it",
            got="strata" if stratified else "no strata",
        )
    if design == "PPS" and not weighted:
        raise InputError(
            "design 'PPS' needs its weights",
            where=_WHERE,
            expected="weights=, one over each person's chance of being asked",
            got="no weights",
        )
    if design == "census" and not np.allclose(sample.weight, 1.0, rtol=0, atol=1e-9):
        raise InputError(
            "weights other than 1 in a census",
            where=_WHERE,
            expected="a weight of 1 for everybody, or none",
            got=f"weights from {sample.weight.min():g} to {sample.weight.max():g}",
            hint="a sample is design='SI', 'STSI' or 'PPS'",
        )
    if design == "PPS" and sample.population < sample.n * (1 - 1e-9):
        raise _too_light(sample.n, sample.population)
    if design in ("SI", "STSI"):
        _check_strata(sample)


def _check_strata(sample: Sample) -> None:
    for number, name in enumerate(sample.strata):
        here = sample.stratum == number
        weights, asked = sample.weight[here], sample.people[here].sum()
        of = f" in stratum '{name}'" if len(sample.strata) > 1 else ""
        # Weights read from text are equal to about nine digits.
        if np.ptp(weights) > 1e-9 * weights.max():
            raise InputError(
                f"weights vary{of}",
                where=_WHERE,
                expected="one weight for all who had the same chance of being asked",
                got=f"from {weights.min():g} to {weights.max():g}",
                hint="use design='STSI' with strata= or design='PPS'",
            )
        if weights[0] < 1.0 - 1e-9:
            raise _too_light(asked, asked * weights[0], of)
        if asked == 1 and weights[0] > 1.0 + 1e-9:
            raise InputError(
                f"only one person asked{of}",
                where=_WHERE,
                expected="two or more, or all there are, for a variance",
                got=f"1 of {weights[0]:,.4g}",
                hint="merge it with a stratum drawn alike",
            )


def _too_light(asked: float, there: float, of: str = "") -> InputError:
    return InputError(
        f"the weights sum to fewer people than were asked{of}",
        where=_WHERE,
        expected="design weights of 1 or more: the people that each person asked stands for",
        got=f"{asked:,.0f} people asked of {there:,.4g}",
        hint="weights scaled to sum to 1 or less than n have lost the size of the population",
    )


def design_variance(sample: Sample, values: Floats, design: Design) -> float:
    """Variance, over samples that might have been drawn, of the weighted total of `values`.

    Parameters
    ----------
    sample : Sample
    values : array of shape (patterns,)
    design : {"SI", "STSI", "PPS", "census"}
        SI and STSI: Σ_h N_h²(1 − n_h/N_h)s_h²/n_h. PPS: as if drawn with replacement,
        n/(n − 1)·Σ(d_i y_i − Σd y/n)². Census: 0.
    """
    if design == "census":
        return 0.0
    value = values[sample.pattern]
    if design == "PPS":
        value = value * sample.weight
        centred = value - sample.people @ value / sample.n
        return float(sample.people @ centred**2 * sample.n / max(sample.n - 1, 1))
    asked = np.bincount(sample.stratum, sample.people)
    there = np.bincount(sample.stratum, sample.people * sample.weight)
    mean = np.bincount(sample.stratum, sample.people * value) / asked
    squares = np.bincount(sample.stratum, sample.people * (value - mean[sample.stratum]) ** 2)
    # One person asked is everybody there (checked), whose variance is 0 whatever the divisor.
    unseen = np.maximum(1 - asked / there, 0.0)
    return float(there**2 * unseen / asked @ (squares / np.maximum(asked - 1, 1)))
