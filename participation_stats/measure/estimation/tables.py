"""Tables of estimates from blocks: intervals, degrees of freedom, notes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .blocks import Blocks
from .intervals import Interval, beta_limits, exact_limits, logit_limits, t_limits
from .linear_statistics import Linear
from .questions import Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: How limits are told of in a methods section.
TOLD = {
    "t": "Student's t",
    "logit": "logit scale with Student's t",
    "beta": "Korn and Graubard's exact limits",
}


def interval_of(question: Question, blocks: Blocks) -> Interval:
    """How limits are made."""
    return question.interval or ("logit" if blocks.proportions else "t")


def estimate_table(question: Question, given: Blocks, covariance: Floats) -> pd.DataFrame:
    """One row per domain and answer.

    Parameters
    ----------
    question : Question
    given : Blocks
    covariance : array of shape (domains * answers, domains * answers)
        In the order of the table: answers within domains.
    """
    errors = np.sqrt(np.diag(covariance)).reshape(-1, len(given.labels))
    smallest = _smallest(given)
    tables = []
    for at, (label, block) in enumerate(zip(given.labels, given.blocks, strict=True)):
        table: dict[str, object] = {str(name): given.domains[name] for name in given.domains}
        if label or given.proportions:
            table["answer"] = label
        n = block.totals.by_domain(block.totals.n)
        table["n"] = n.astype(np.int64)
        with np.errstate(invalid="ignore"):
            missing = given.sampled - n
            table["share_missing"] = np.where(given.sampled > 0, missing / given.sampled, np.nan)
        table |= _numbers(block, errors[:, at], interval_of(question, given), question.confidence)
        table["n_smallest"] = smallest
        tables.append(pd.DataFrame(table, index=given.domains.index))
    if len(tables) == 1:
        return tables[0]
    joined = pd.concat(tables, ignore_index=True)
    return joined.iloc[answers_within(len(given.domains), len(tables))].reset_index(drop=True)


def answers_within(domains: int, answers: int) -> Ints:
    """Places of rows sorted by answer, so that answers stand within domains.

    Examples
    --------
    >>> answers_within(2, 3).tolist()
    [0, 2, 4, 1, 3, 5]
    """
    return np.arange(domains * answers).reshape(answers, domains).T.ravel()


def _smallest(given: Blocks) -> Ints:
    """The fewest respondents in or out of an answer; of other numbers, behind the number."""
    totals = given.blocks[0].totals
    n = totals.by_domain(totals.n)
    if given.labels == [""]:
        return n.astype(np.int64)
    inside = np.array([block.totals.by_domain(block.totals.plain) for block in given.blocks])
    fewest: Floats = np.minimum(inside, n - inside).min(axis=0)
    return np.rint(fewest).astype(np.int64)


def _numbers(
    block: Linear, errors: Floats, interval: Interval, confidence: float
) -> dict[str, object]:
    held = block.totals
    degrees, clusters = held.degrees_freedom(), held.clusters()
    # A mean over one cluster has no score but 0: that is no knowledge.
    alone = clusters < (1 if block.kind == "total" else 2)
    errors = np.where(np.isnan(block.estimates) | alone, np.nan, errors)
    # Everybody in, or nobody: there is no standard error to make limits from.
    extreme = (interval != "t") & ~alone & (np.abs(block.estimates - 0.5) >= 0.5 - 1e-12)
    low, high = _limits(block, errors, degrees, extreme, interval, confidence)
    srs = block.srs_variances()
    effect = np.divide(errors**2, srs, out=np.full(held.size, np.nan), where=srs > 0)
    return {
        "estimate": block.estimates,
        "std_error": errors,
        "conf_low": low,
        "conf_high": high,
        "design_effect": effect,
        "degrees_freedom": degrees,
        "note": _notes(block, errors, degrees, extreme),
    }


def _limits(
    block: Linear,
    errors: Floats,
    degrees: Ints,
    extreme: Flags,
    interval: Interval,
    confidence: float,
) -> tuple[Floats, Floats]:
    held, estimates = block.totals, block.estimates
    if interval == "t":
        return t_limits(estimates, errors, degrees, confidence)
    n, squares = held.by_domain(held.n), held.by_domain(held.weight_squares)
    if interval == "logit":
        low, high = logit_limits(estimates, errors, degrees, confidence)
    else:
        low, high = beta_limits(estimates, errors, n, degrees, confidence)
    kish = np.divide(
        held.by_domain(held.weight) ** 2, squares, out=np.full(held.size, np.nan), where=squares > 0
    )
    exact = exact_limits(np.where(extreme, np.rint(estimates), np.nan), kish, confidence)
    return np.where(extreme, exact[0], low), np.where(extreme, exact[1], high)


def _notes(block: Linear, errors: Floats, degrees: Ints, extreme: Flags) -> list[str]:
    """Why a number is missing, or what it was made of instead; the first reason that holds."""
    held = block.totals
    n = held.by_domain(held.n)
    where = [
        (n == 0, "nobody answered"),
        (np.isnan(block.estimates), "the weights or denominators add up to 0"),
        (n == 1, "one respondent: no standard error"),
        (np.isnan(errors) & (held.clusters() < 2), "one cluster: no standard error"),
        (np.isnan(errors), "a replicate has nobody: no standard error"),
        (extreme, "one answer only: limits from Kish's effective n"),
        (degrees < 1, "no more clusters than strata: no interval"),
        ((errors == 0) & bool((held.stage.fraction < 1).any()), "no variation: an error of 0"),
    ]
    return [next((told for holds, told in where if holds[at]), "") for at in range(held.size)]
