"""How exact a survey is, and how many answers it needs: the regulator's two questions."""

from __future__ import annotations

import math

from scipy import stats

from participation_stats.errors import InputError


def margin_of_error(
    n: float,
    N: float | None = None,
    design_effect: float = 1.0,
    *,
    share: float = 0.5,
    confidence: float = 0.95,
) -> float:
    """Half the width of the confidence interval of a share, as a fraction.

    z·√(p(1−p)·deff/n · (N−n)/(N−1)), where the last factor is there if N is given.

    Parameters
    ----------
    n : float
        Answers.
    N : float, optional
        People (or homes) in the population.
    design_effect : float
        1 + CV² of the weights, or more where the sample is clustered.
    share : float
        The share estimated; 0.5 gives the widest margin.
    confidence : float
        As a fraction; 0.95 means z = 1.96.

    Returns
    -------
    float
        0.04 means plus or minus 4 percentage points.

    Raises
    ------
    InputError
        A number is out of its range, or n is more than N.

    See Also
    --------
    required_sample : the answers that a margin needs.

    Notes
    -----
    After Cochran (1977), Sampling Techniques, section 4.4. A margin of error speaks of chance
    alone; it says nothing of who did not answer.

    Examples
    --------
    A landlord of 7,271 homes with 555 answers, and the same with weights that vary:

    >>> round(margin_of_error(555, 7271), 4)
    0.04
    >>> round(margin_of_error(555, 7271, design_effect=1.5), 4)
    0.049
    """
    where = "margin_of_error"
    _check_positive(where, n=n, design_effect=design_effect)
    _check_inside(where, share=share, confidence=confidence)
    finite = 1.0
    if N is not None:
        _check_positive(where, N=N)
        if n > N:
            raise InputError(
                "more answers than people",
                where=where,
                expected=f"n of at most N = {N:g}",
                got=f"{n:g}",
                hint="the first number is n, the second N",
            )
        finite = (N - n) / (N - 1.0) if N > 1 else 0.0
    return _z(confidence) * math.sqrt(share * (1.0 - share) * design_effect / n * finite)


def required_sample(
    N: float | None,
    margin: float,
    design_effect: float = 1.0,
    *,
    share: float = 0.5,
    confidence: float = 0.95,
) -> float:
    """Answers that a survey needs for a margin of error; round it up.

    n₀ = z²·p(1−p)·deff/margin², and with a population n = n₀ / (1 + (n₀−1)/N), which solves
    `margin_of_error` for n exactly.

    Parameters
    ----------
    N : float or None
        People (or homes) in the population; ``None`` for one without bound.
    margin : float
        As a fraction: 0.04 is plus or minus 4 percentage points.
    design_effect, share, confidence : float
        As for `margin_of_error`.

    Returns
    -------
    float

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    What the Regulator of Social Housing asks of tenant perception surveys (Tenant Satisfaction
    Measures): 4 points for 7,271 homes, 3 points for 12,573.

    >>> round(required_sample(7271, 0.04), 1), round(required_sample(12573, 0.03), 1)
    (554.5, 983.7)
    """
    where = "required_sample"
    _check_positive(where, design_effect=design_effect)
    _check_inside(where, margin=margin, share=share, confidence=confidence)
    unbounded = _z(confidence) ** 2 * share * (1.0 - share) * design_effect / margin**2
    if N is None:
        return unbounded
    _check_positive(where, N=N)
    return unbounded * N / (N - 1.0 + unbounded)


def _z(confidence: float) -> float:
    return float(stats.norm.ppf(0.5 + confidence / 2.0))


def _check_positive(where: str, **values: float) -> None:
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise InputError(
                f"{name} is {value:g}", where=where, expected="a number above 0", got=f"{value:g}"
            )


def _check_inside(where: str, **values: float) -> None:
    for name, value in values.items():
        if not 0.0 < value < 1.0:
            raise InputError(
                f"{name} is {value:g}",
                where=where,
                expected="a fraction between 0 and 1",
                got=f"{value:g}",
                hint="divide percentages by 100",
            )
