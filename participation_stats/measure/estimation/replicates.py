"""Replicates: the sample drawn again, cluster by cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from participation_stats.cards import Card
from participation_stats.errors import InputError

from .designs import SurveyDesign, require_design
from .stages import Stage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint16]
Method = Literal["jackknife", "bootstrap"]
Centre = Literal["mean", "estimate"]
WHERE = "survey_replicates"

#: So many numbers are held at once.
HELD = 4_000_000


@dataclass(frozen=True, eq=False, repr=False)
class ReplicateDesign(Card):
    """A design whose standard errors come from replicates; made by `survey_replicates`.

    Attributes
    ----------
    design : SurveyDesign
    method : {"jackknife", "bootstrap"}
    centre : {"mean", "estimate"}
        What squares are taken from.
    n_replicates : int
    counts : array of int of shape (clusters, replicates) or None
        Bootstrap: how often each cluster was drawn.
    """

    design: SurveyDesign
    method: Method
    centre: Centre
    n_replicates: int
    counts: Counts | None = field(default=None)

    @property
    def told(self) -> str:
        """How standard errors are made, for a methods section."""
        centre = "their mean" if self.centre == "mean" else "the estimate"
        if self.method == "jackknife":
            kind = "the delete-one jackknife"
            divisor = "squares times (n − 1)/n of the stratum"
        else:
            kind = "the Rao–Wu bootstrap of n − 1 clusters"
            divisor = f"squares over {self.n_replicates - 1:,}"
        fitted = ", each fitted to the known totals again" if self.design.adjustment else ""
        return f"{kind} ({self.n_replicates:,} replicates{fitted}, centred at {centre}, {divisor})"

    def describe(self) -> str:
        """A sentence for the methods section of a report."""
        return f"{self.design.describe()} Standard errors by {self.told}."

    def __repr__(self) -> str:
        return f"ReplicateDesign: {self.describe()}"

    def parts(self) -> Iterator[slice]:
        """Replicates, so many at a time that memory stays small."""
        wide = self.design.n_clusters if self.method == "bootstrap" else 8
        step = max(1, HELD // wide)
        for first in range(0, self.n_replicates, step):
            yield slice(first, min(first + step, self.n_replicates))


def survey_replicates(
    design: SurveyDesign,
    method: Method = "jackknife",
    *,
    replicates: int = 200,
    centre: Centre = "mean",
    rng: Any = None,
) -> ReplicateDesign:
    r"""Take standard errors from replicates of the sample instead of from linearisation.

    The delete-one jackknife leaves out each cluster in turn and gives its weight to the others of
    its stratum (JK1 without strata, JKn with):

    .. math:: \hat V = \sum_h (1 - f_h) \frac{n_h - 1}{n_h} \sum_{c \in h}
              (\hat\theta_{(c)} - \bar\theta)^2

    The bootstrap of Rao and Wu draws n_h − 1 clusters of each stratum with replacement; a cluster
    drawn k times has its weight times
    :math:`1 - \lambda_h + \lambda_h k\, n_h / (n_h - 1)`, with
    :math:`\lambda_h = \sqrt{1 - f_h}`:

    .. math:: \hat V = \frac{1}{R - 1} \sum_r (\hat\theta_r - \bar\theta)^2

    Parameters
    ----------
    design : SurveyDesign
    method : {"jackknife", "bootstrap"}
    replicates : int
        Of the bootstrap; the jackknife has one per cluster.
    centre : {"mean", "estimate"}
        Squares are taken from the mean of the replicates, or from the estimate, which is larger
        (R's ``mse``). The divisor stays the same.
    rng : int or Generator
        Seed or generator of the bootstrap.

    Returns
    -------
    ReplicateDesign
        Takes the place of a design in `survey_estimate`, `survey_engagement`, `survey_logit` and
        `survey_linear`. Replicates act on cluster totals; models, and weights that were fitted to
        known totals, are fitted again in every replicate, row by row.

    Raises
    ------
    InputError
        If `design` is none, the method or centre is not known, there are fewer than two
        replicates, a bootstrap has no rng, lonely strata are centred, or no stratum has two
        clusters.

    References
    ----------
    Rao, J. N. K. & Wu, C. F. J. (1988), Journal of the American Statistical Association 83,
    231-241; Rao, Wu & Yue (1992), Survey Methodology 18; Wolter (2007), Introduction to Variance
    Estimation, chapter 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from participation_stats import survey_design, survey_estimate
    >>> design = survey_design(pd.DataFrame({"years": [1.0, 2.0, 3.0, 4.0, 5.0]}))
    >>> found = survey_estimate(survey_replicates(design), "years")
    >>> found.table[["estimate", "std_error"]].round(4).to_numpy().tolist()
    [[3.0, 0.7071]]
    >>> survey_replicates(design, "bootstrap", replicates=100, rng=1)
    ReplicateDesign: 5 respondents. Standard errors by the Rao–Wu bootstrap of n − 1 clusters
    (100 replicates, centred at their mean, squares over 99).
    """
    require_design(design, WHERE)
    _check(design, method, centre, replicates, rng)
    if method == "jackknife":
        count = int(design.stage.drawn[design.stage.drawn > 1].sum())
        return ReplicateDesign(design, method, centre, count)
    counts = draw_counts(design.stage, int(replicates), np.random.default_rng(rng))
    return ReplicateDesign(design, method, centre, int(replicates), counts)


def draw_counts(stage: Stage, replicates: int, rng: np.random.Generator) -> Counts:
    """How often each cluster is drawn, n − 1 of every stratum with replacement.

    Examples
    --------
    >>> stage = Stage(np.array([0, 0, 0]), np.array([3]), np.array([0.0]), "fail", ("",))
    >>> draw_counts(stage, 4, np.random.default_rng(1)).sum(axis=0).tolist()
    [2, 2, 2, 2]
    """
    counts = np.ones((len(stage.stratum), replicates), dtype=np.uint16)
    order = np.argsort(stage.stratum, kind="stable")
    ends = np.cumsum(stage.drawn)
    for n, end in zip(stage.drawn, ends, strict=True):
        if n < 2:
            continue
        step = max(1, HELD // int(n))
        for first in range(0, replicates, step):
            some = min(step, replicates - first)
            drawn = rng.integers(0, n, size=(some, n - 1))
            drawn += np.arange(some)[:, None] * n
            found = np.bincount(drawn.ravel(), minlength=some * n).reshape(some, n)
            counts[order[end - n : end], first : first + some] = found.T
    return counts


def bootstrap_factors(stage: Stage, counts: Counts) -> Floats:
    """What weights are multiplied by, of shape (clusters, replicates)."""
    many = np.maximum(stage.drawn, 2)
    shrink = np.where(stage.drawn > 1, np.sqrt(1 - stage.fraction), 0.0)
    factors = counts * (shrink * many / (many - 1))[stage.stratum][:, None]
    factors += (1 - shrink)[stage.stratum][:, None]
    return np.asarray(factors, dtype=float)


def replicate_factors(replicates: ReplicateDesign, part: slice) -> Floats:
    """What weights are multiplied by in some replicates, of shape (clusters, replicates)."""
    stage = replicates.design.stage
    if replicates.counts is not None:
        return bootstrap_factors(stage, replicates.counts[:, part])
    out = np.flatnonzero(stage.drawn[stage.stratum] > 1)[part]
    same = stage.stratum[:, None] == stage.stratum[out]
    n = stage.drawn[stage.stratum[out]]
    factors = np.where(same, n / (n - 1), 1.0)
    factors[out, np.arange(len(out))] = 0.0
    return factors


def _check(
    design: SurveyDesign, method: object, centre: object, replicates: object, rng: object
) -> None:
    for given, known, argument in [
        (method, get_args(Method), "method"),
        (centre, get_args(Centre), "centre"),
    ]:
        if given not in known:
            raise InputError(
                f"{argument} {given!r} is not known",
                where=WHERE,
                expected=" or ".join(map(repr, known)),
                got=repr(given),
            )
    if method == "bootstrap" and rng is None:
        raise InputError(
            "a bootstrap needs rng=",
            where=WHERE,
            expected="a seed or a generator, so that it can be run again",
            got="None",
        )
    if not isinstance(replicates, int | np.integer) or replicates < 2:
        raise InputError(
            "replicates is not a whole number above 1",
            where=WHERE,
            expected="such as 200",
            got=repr(replicates),
        )
    if not (design.stage.drawn > 1).any():
        raise InputError(
            "no stratum has two clusters",
            where=WHERE,
            expected="clusters to leave out or draw again",
            got=f"{design.n_clusters} clusters in {design.n_strata} strata",
        )
    if design.stage.lonely == "centre" and (design.stage.drawn == 1).any():
        raise InputError(
            "a stratum of one cluster has no replicates of its own",
            where=WHERE,
            expected="lonely='certainty', or strata merged",
            got="lonely='centre'",
        )
