"""Estimates from a survey, by domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from participation_stats.errors import InputError

from .blocks import Blocks, blocks_of
from .contrasts import Joint
from .designs import SurveyDesign, require_design
from .domains import By
from .estimates import Estimates
from .intervals import Interval
from .linear_statistics import linear_covariance, linear_estimates
from .quantiles import quantile_table
from .questions import Question, Statistic, read_question
from .remote_designs import RemoteDesign, remote_blocks
from .replicate_variances import replicate_covariance
from .replicates import ReplicateDesign
from .tables import TOLD, answers_within, estimate_table, interval_of

Floats = npt.NDArray[np.float64]


def survey_estimate(
    design: SurveyDesign | ReplicateDesign,
    value: str,
    *,
    by: By = None,
    statistic: Statistic = "mean",
    answer: Any = None,
    denominator: str | None = None,
    quantiles: float | Sequence[float] = 0.5,
    interval: Interval | None = None,
    confidence: float = 0.95,
) -> Estimates:
    r"""Estimate a mean, proportion, total, ratio or quantile of the population, by any domain.

    With weights w and the rows of a domain d that answered,

    .. math:: \bar y_d = \frac{\sum_{i \in d} w_i y_i}{\sum_{i \in d} w_i}, \quad
              \hat Y_d = \sum_{i \in d} w_i y_i, \quad
              \hat r_d = \frac{\sum_{i \in d} w_i y_i}{\sum_{i \in d} w_i x_i}

    and standard errors by Taylor linearisation over strata and clusters (`linearised_covariance`).
    A domain is made by zeroing: all clusters of the design stay in the variance.

    Parameters
    ----------
    design : SurveyDesign or ReplicateDesign
        From `survey_design`; or from `survey_replicates`, whose standard errors then are not
        linearised.
    value : str
        Column of numbers, or of words or truth values, whose mean is the proportion of each
        answer. Missing values are left out (available cases), and their share is shown.
    by : str or sequence of str, optional
        Column of the domain; of several, the domains are their intersection. A missing value is
        in the domain "Not stated".
    statistic : {"mean", "proportion", "total", "ratio", "quantile"}
        "proportion" takes numbers as answers too. A total is that of the population only where
        weights add up to it.
    answer : object or sequence, optional
        Which answers, where these are words. Default: all; of truth values and of 0 and 1, the
        latter.
    denominator : str, optional
        Column of x, for a ratio.
    quantiles : float or sequence of float
        Which, for a quantile: the least value at or below which that share of the population is.
    interval : {"t", "logit", "beta"}, optional
        How limits are made: Student's t (default for means, totals and ratios), on the logit
        scale (default for proportions and quantiles), or Korn and Graubard's exact limits
        (beta). Limits of a quantile are the quantiles at the limits of its share (Woodruff), and
        its standard error is their distance over 2t. Where everybody or nobody gave an answer
        there is no standard error, and limits are Clopper and Pearson's for Kish's effective n
        of the domain.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Estimates
        Fractions for proportions; the unit of the column otherwise.

    Raises
    ------
    InputError
        If a column is not there or holds what it should not, an argument is not known, an answer
        is none of the column's, or quantiles are asked of replicates.
    EstimationError
        If quantiles are asked with weights below 0.

    References
    ----------
    Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling; Lumley (2010), Complex
    Surveys; Korn & Graubard (1998), Survey Methodology 24; Woodruff (1952), Journal of the
    American Statistical Association 47.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> found = survey_estimate(design, "came_last_year", by="gender", answer="yes")
    >>> found.table[["gender", "n", "estimate", "conf_low", "conf_high"]].round(3)
           gender    n  estimate  conf_low  conf_high
    0      Female  346     0.138     0.105      0.179
    1        Male  233     0.078     0.049      0.121
    2  Not stated    3     0.000     0.000      0.723
    """
    replicates = design if isinstance(design, ReplicateDesign) else None
    design = design.design if isinstance(design, ReplicateDesign) else design
    require_design(design, "survey_estimate", replicates=True)
    question = read_question(
        list(design.frame.columns),
        value,
        by,
        statistic,
        answer,
        denominator,
        quantiles,
        interval,
        confidence,
    )
    if question.statistic == "quantile":
        if replicates is not None:
            raise InputError(
                "quantiles are not made from replicates",
                where="survey_estimate",
                expected="a design from survey_design",
                got="a ReplicateDesign",
                hint="give its .design: Woodruff's limits come from linearisation",
            )
        return _quantiles(design, question)
    if isinstance(design, RemoteDesign):
        given = remote_blocks(design, question)
    else:
        given = blocks_of(design, question)
    joint = _joint(design, given, replicates)
    rows = len(given.domains) * len(given.labels)
    table = estimate_table(question, given, joint.covariance[:rows, :rows])
    n = int(given.blocks[0].totals.n.sum())
    return Estimates(
        table,
        statistic="proportion" if given.proportions else question.statistic,
        value=question.value,
        by=" × ".join(question.by),
        n=n,
        n_missing=int(given.sampled.sum()) - n,
        confidence=question.confidence,
        interval=TOLD[interval_of(question, given)],
        errors="Taylor linearisation" if replicates is None else replicates.told,
        design=design.describe(),
        joint=joint,
    )


def _quantiles(design: SurveyDesign, question: Question) -> Estimates:
    table, n, n_missing = quantile_table(design, question)
    return Estimates(
        table,
        statistic="quantile",
        value=question.value,
        by=" × ".join(question.by),
        n=n,
        n_missing=n_missing,
        confidence=question.confidence,
        interval=f"Woodruff's, {TOLD[question.interval or 'logit']}",
        errors="the length of the interval",
        design=design.describe(),
        joint=None,
    )


def _joint(design: SurveyDesign, given: Blocks, replicates: ReplicateDesign | None) -> Joint:
    """Estimates of domains and of everybody, with their covariance, in the table's order."""
    whole = [linear_estimates(block.totals.merged(), block.kind) for block in given.blocks]
    if replicates is None:
        covariance = linear_covariance([*given.blocks, *whole], design.auxiliary_totals)
    else:
        covariance = replicate_covariance([*given.blocks, *whole], replicates, given.rows)
    size, answers = len(given.domains), len(given.blocks)
    order = np.concatenate(
        [answers_within(size, answers), size * answers + np.arange(answers, dtype=np.int64)]
    )
    estimates = np.concatenate([block.estimates for block in [*given.blocks, *whole]])
    return Joint(
        estimates[order],
        covariance[np.ix_(order, order)],
        answers,
        np.concatenate(
            [
                np.repeat(given.blocks[0].totals.degrees_freedom(), answers),
                np.repeat(whole[0].totals.degrees_freedom(), answers),
            ]
        ),
    )
