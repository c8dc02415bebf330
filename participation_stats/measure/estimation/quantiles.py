"""Quantiles by domain, with limits by Woodruff's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError

from .answers import read_numbers
from .cluster_totals import cluster_totals, sums_by
from .designs import SurveyDesign
from .domains import read_domains
from .intervals import beta_limits, logit_limits, t_limits, t_quantile
from .linear_statistics import Linear, linear_covariance, linear_estimates
from .questions import WHERE, Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Sums of weights are exact to about so much of their total.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Distribution:
    """Answers of each domain in order, with the share of weight up to each.

    Attributes
    ----------
    values, shares : arrays of shape (rows,)
        Sorted within domains; the last share of a domain is 1.
    starts : array of int of shape (domains + 1,)
        Where each domain begins.
    """

    values: Floats
    shares: Floats
    starts: Ints

    def at(self, shares: Floats) -> Floats:
        """The least answer up to which each domain has its share of weight; (domains,).

        Missing where nobody answered or the share is not between 0 and 1.
        """
        found = np.full(len(shares), np.nan)
        for domain, share in enumerate(shares):
            first, last = self.starts[domain], self.starts[domain + 1]
            if last > first and 0 <= share <= 1:
                place = np.searchsorted(self.shares[first:last], share - ROUNDING)
                found[domain] = self.values[first + min(place, last - first - 1)]
        return found


def distribution_of(values: Floats, weights: Floats, codes: Ints, domains: int) -> Distribution:
    """Sort rows within domains.

    Examples
    --------
    >>> made = distribution_of(np.array([3.0, 1.0, 2.0]), np.ones(3), np.zeros(3, dtype=int), 1)
    >>> made.at(np.array([0.5])).tolist(), made.shares.round(2).tolist()
    ([2.0], [0.33, 0.67, 1.0])
    """
    order = np.lexsort((values, codes))
    sums = np.cumsum(weights[order])
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=domains))])
    before = np.concatenate([[0.0], sums])[starts]
    places = codes[order]
    shares = (sums - before[places]) / (before[1:] - before[:-1])[places]
    return Distribution(values[order], shares, starts.astype(np.int64))


def quantile_table(design: SurveyDesign, question: Question) -> tuple[pd.DataFrame, int, int]:
    r"""One row per domain and quantile; how many answered, and how many did not.

    The share of the population at or below the estimate is estimated with its limits; the
    limits of the quantile are the quantiles at those shares (Woodruff 1952). The standard error
    is the length of the interval over :math:`2t`.

    Raises
    ------
    InputError
        If the column does not hold numbers.
    EstimationError
        If a weight is negative.
    """
    design = design.in_memory(question.columns)
    domains = read_domains(design.frame, question.by)
    numbers, answered = read_numbers(design.frame, question.value, WHERE)
    if (design.weights < 0).any():
        raise EstimationError(
            "weights below 0 give no quantiles",
            where=WHERE,
            expected="weights of 0 or more",
            got=f"{int((design.weights < 0).sum()):,} below 0",
            hint="calibrate with bounds= or distance='logit'",
        )
    used = np.flatnonzero(answered & (design.weights > 0))
    made = distribution_of(numbers[used], design.weights[used], domains.codes[used], domains.size)
    sampled = sums_by(domains.codes, (design.weights != 0).astype(float), domains.size)
    tables = []
    for share in question.quantiles:
        found = made.at(np.full(domains.size, share))
        with np.errstate(invalid="ignore"):
            below = (numbers <= found[domains.codes]).astype(float)
        block = linear_estimates(cluster_totals(design, domains, answered, below), "mean")
        variances = np.diag(linear_covariance([block], design.auxiliary_totals))
        columns = _columns(block, np.sqrt(variances), found, made, question)
        n = columns["n"].to_numpy()
        with np.errstate(invalid="ignore"):
            missing = np.where(sampled > 0, (sampled - n) / sampled, np.nan)
        columns.insert(1, "share_missing", missing)
        tables.append(pd.concat([domains.table.assign(quantile=share), columns], axis=1))
    order = np.arange(domains.size * len(tables)).reshape(len(tables), -1).T.ravel()
    table = pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)
    return table, len(used), int(sampled.sum()) - len(used)


def _columns(
    block: Linear, errors: Floats, found: Floats, made: Distribution, question: Question
) -> pd.DataFrame:
    held = block.totals
    n, degrees = held.by_domain(held.n), held.degrees_freedom()
    errors = np.where(held.clusters() < 2, np.nan, errors)
    if question.interval == "t":
        low, high = t_limits(block.estimates, errors, degrees, question.confidence)
    elif question.interval == "beta":
        low, high = beta_limits(block.estimates, errors, n, degrees, question.confidence)
    else:
        low, high = logit_limits(block.estimates, errors, degrees, question.confidence)
    from_, to = made.at(low), made.at(high)
    beyond = (np.isnan(from_) | np.isnan(to)) & (degrees > 0)
    where = [
        (n == 0, "nobody answered"),
        (n == 1, "one respondent: no standard error"),
        (held.clusters() < 2, "one cluster: no standard error"),
        (degrees < 1, "no more clusters than strata: no interval"),
        (beyond, "a limit is beyond all answers"),
    ]
    notes = [next((told for holds, told in where if holds[at]), "") for at in range(held.size)]
    return pd.DataFrame(
        {
            "n": n.astype(np.int64),
            "estimate": found,
            "std_error": (to - from_) / (2 * t_quantile(degrees, question.confidence)),
            "conf_low": from_,
            "conf_high": to,
            "degrees_freedom": degrees,
            "note": notes,
            "n_smallest": n.astype(np.int64),
        }
    )
