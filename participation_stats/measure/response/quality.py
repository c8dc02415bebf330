"""Indicators of representative response: is who answered like who was asked?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd

from participation_stats.measure.results import Result, Rule

from .designs import Design, check_design
from .partials import partial_indicators
from .propensities import check_link, fit_propensities, refuse_separation
from .samples import By, read_sample
from .spread import spread_of

_PARTIALS = (
    "unconditional",
    "std_error",
    "unconditional_unadjusted",
    "conditional",
    "conditional_std_error",
    "conditional_unadjusted",
    "cv_unconditional",
    "cv_std_error",
    "cv_conditional",
)
_OF_GROUPS = (
    "sampled",
    "propensity",
    "unconditional",
    "std_error",
    "delta_std_error",
    "conditional",
    "conditional_std_error",
)


@dataclass(frozen=True, eq=False, repr=False)
class ResponseQuality(Result):
    """How representative the response to a survey is, and where it is not.

    Attributes
    ----------
    table, variables : DataFrame
        One row per variable: ``variable``; ``unconditional`` (how far the groups' mean
        propensities lie apart), its ``std_error`` and ``unconditional_unadjusted`` (before the
        adjustment for bias); ``conditional`` (what of it is left among people alike in all other
        variables), ``conditional_std_error`` and ``conditional_unadjusted``; and, over the
        response rate, ``cv_unconditional``, ``cv_std_error`` and ``cv_conditional``.
    categories : DataFrame
        One row per group: ``variable``, ``category``, ``count`` (who answered), ``sampled`` (who
        was asked), ``propensity`` (mean fitted ρ), ``unconditional`` (signed: below 0 the group
        answers less than the average), ``std_error`` (as RISQ 2.1 has it),
        ``delta_std_error`` (use this one), ``conditional`` (0 or more) and
        ``conditional_std_error``. None of these is adjusted for bias.
    r_indicator, std_error : float
        R, adjusted for bias: 1 if all are equally likely to answer, 0 at worst. The standard
        error is NaN where all fitted propensities are equal.
    r_unadjusted : float
        R before the adjustment.
    cv, cv_std_error, cv_unadjusted : float
        Coefficient of variation of the propensities: the largest bias, in standard deviations,
        that uneven response can leave in the mean of any survey question.
    response_rate : float
        Weighted, as a fraction.
    n, answered : int
        People asked, and who of them answered.
    population : float
        N, the sum of the weights.
    s2, bias, bias_factor, lambda_1, lambda_2 : float
        S² of the propensities, its bias B = (λ₁ − λ₂)/N, and f = max(0, 1 − B/S²).
    design : str
        As it was given.
    """

    categories: pd.DataFrame
    r_indicator: float
    std_error: float
    r_unadjusted: float
    cv: float
    cv_std_error: float
    cv_unadjusted: float
    response_rate: float
    n: int
    answered: int
    population: float
    s2: float
    bias: float
    bias_factor: float
    lambda_1: float
    lambda_2: float
    design: str
    rules: ClassVar[tuple[Rule, ...]] = (
        # A variable's partial is the root of the sum of its groups' squares: with all groups but
        # one it gives the last.
        Rule("table", derived=_PARTIALS, margin=("variable",), follows="categories"),
        Rule("categories", count="count", derived=_OF_GROUPS, margin=("variable",)),
    )

    @property
    def variables(self) -> pd.DataFrame:
        """The partial indicators of each variable: the main table."""
        return self.table


def r_indicators(
    frame: Any,
    responded: str,
    by: By,
    *,
    weights: str | None = None,
    design: str = "SI",
    strata: str | None = None,
    link: str = "logit",
) -> ResponseQuality:
    r"""Ask whether those who answered a survey are like those who were asked.

    With ρ the propensity to answer, fitted by a logit of main effects, d the design weights and
    N = Σd,

    .. math::

        R = 1 - 2\sqrt{f S^2}, \quad S^2 = \frac{\sum d_i (\rho_i - \bar\rho)^2}{N - 1}, \quad
        f = \max\left(0, 1 - \frac{\lambda_1 - \lambda_2}{N S^2}\right), \quad
        CV = \sqrt{f S^2} / \bar\rho ,

    where :math:`\lambda_1 = \sum d_i z_i' \hat\Sigma z_i`, :math:`z_i = h'(\eta_i) x_i`, and
    :math:`\lambda_2` is the design variance of :math:`\sum d_i \rho_i` over N. The standard error
    of R is the root of :math:`[4A'\hat\Sigma A + 2\,\mathrm{tr}(B\hat\Sigma B\hat\Sigma) +
    C/N^2] / S^2` (S² with divisor N), with A the covariance of ρ and z, B that of z, and C the
    design variance of :math:`\sum d_i (\rho_i - \bar\rho)^2`. A group's unconditional partial is
    :math:`\sqrt{N_h/N}\,(\bar\rho_h - \bar\rho)`, a variable's the root of f times the sum of
    their squares; a conditional partial takes, instead of ρ̄, the mean ρ of the people who are
    alike in all other variables.

    Parameters
    ----------
    frame : frame, str or Path
        One row for *everybody asked*, answered or not: pandas, or any frame that narwhals knows;
        or a path or glob of CSV or Parquet.
    responded : str
        Column of 1 and 0, or true and false: answered.
    by : str, or sequence of str and tuples of str
        Characteristics known of everybody asked. What is missing is a group of its own,
        ``Not stated``; a tuple is an intersection.
    weights : str, optional
        Column of design weights: how many people of the population each person asked stands
        for. Without weights the frame is the whole population (sampling leaves no variance).
    design : {"SI", "STSI", "PPS", "census"}
        Simple random sample; stratified simple random sample; sample with unequal chances,
        taken as drawn with replacement; everybody asked.
    strata : str, optional
        Column of the strata, with STSI.
    link : {"logit", "probit"}
        How characteristics make a propensity.

    Returns
    -------
    ResponseQuality

    Raises
    ------
    InputError
        If `frame` is no frame or empty, a column is not there or is asked for twice, somebody
        has neither answered nor not, a weight is not above 0, or weights and strata contradict
        the design.
    EstimationError
        If everybody or nobody answered, in all or in a group (separation), or the model does not
        settle.

    Notes
    -----
    Not for bodies: 25 members of 3,000 residents cannot give R below .818, however skewed they
    are, because R falls only with large differences of propensity and theirs are all near
    0. `profile_distance` and its exact test are made for them.

    R compares surveys only where the same characteristics were used: with more of them it
    falls. Conditional standard errors of variables are those of the unconditional partial, as in
    RISQ 2.1. Its standard error of a group's unconditional partial takes the fitted propensities
    as known and is too small (in simulations half to four fifths of the true spread);
    ``delta_std_error`` instead takes the groups' sizes as known and the propensities as
    estimated, and meets the true spread. Standard errors of partials near 0 are rough: a root
    has no slope there.

    References
    ----------
    Schouten, Cobben & Bethlehem (2009), Survey Methodology 35, 101-113. Shlomo, Skinner &
    Schouten (2012), Journal of Statistical Planning and Inference 142, 201-211. de Heij,
    Schouten & Shlomo (2015), RISQ manual 2.1.

    Examples
    --------
    400 of 3,000 residents were asked; how many answered by ethnicity and housing tenure:

    >>> import pandas as pd
    >>> asked = pd.DataFrame(
    ...     [
    ...         ("Black Caribbean", "Leasehold", 30, 18),
    ...         ("Black Caribbean", "Social rent", 90, 52),
    ...         ("Portuguese", "Leasehold", 20, 5),
    ...         ("Portuguese", "Social rent", 80, 21),
    ...         ("White British", "Leasehold", 90, 49),
    ...         ("White British", "Social rent", 90, 40),
    ...     ],
    ...     columns=["ethnicity", "housing_tenure", "asked", "answered"],
    ... )
    >>> rows = asked.loc[asked.index.repeat(asked["asked"])]
    >>> came = rows.groupby(level=0).cumcount() < rows["answered"]
    >>> rows = rows.assign(answered=came, weight=3000 / 400)
    >>> quality = r_indicators(rows, "answered", ["ethnicity", "housing_tenure"], weights="weight")
    >>> round(quality.r_indicator, 3), round(quality.std_error, 3), round(quality.cv, 3)
    (0.767, 0.047, 0.251)
    >>> print(quality.categories.iloc[:, 1:6].round(3).to_string(index=False))
           category  count  sampled  propensity  unconditional
    Black Caribbean     70      120       0.583          0.066
         Portuguese     26      100       0.260         -0.101
      White British     89      180       0.494          0.021
          Leasehold     72      140       0.514          0.031
        Social rent    113      260       0.435         -0.022
    """
    check_link(link)
    sample = read_sample(frame, responded, by, weights, strata)
    check_design(sample, design, weighted=weights is not None, stratified=strata is not None)
    drawn = cast(Design, design)
    refuse_separation(sample)
    fitted = fit_propensities(sample, sample.characteristics, link)
    spread = spread_of(sample, fitted, drawn)
    variables, categories = partial_indicators(sample, fitted, spread, drawn, link)
    cv = spread.adjusted / spread.mean
    return ResponseQuality(
        variables,
        categories,
        r_indicator=1 - 2 * spread.adjusted,
        std_error=spread.std_error,
        r_unadjusted=1 - 2 * float(np.sqrt(spread.s2)),
        cv=cv,
        cv_std_error=float(np.sqrt(spread.std_error**2 / (4 * spread.mean**2) + cv**4 / sample.n)),
        cv_unadjusted=float(np.sqrt(spread.s2)) / spread.mean,
        response_rate=float(sample.answered @ sample.weight) / sample.population,
        n=sample.n,
        answered=int(sample.answered.sum()),
        population=sample.population,
        s2=spread.s2,
        bias=spread.bias,
        bias_factor=spread.factor,
        lambda_1=spread.lambda_1,
        lambda_2=spread.lambda_2,
        design=design,
    )
