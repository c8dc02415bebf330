"""Logit of attendance by cells: identical to the fit on rows, at a fraction of its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.covariance import (
    clustered,
    correction,
    few_clusters,
    mended,
)
from participation_stats.measure.engagement.designs import Design, clusters_of, design_of
from participation_stats.measure.engagement.firth import firth_fit
from participation_stats.measure.engagement.fits import Fit, wald_table
from participation_stats.measure.engagement.likelihood import (
    information,
    log_likelihood,
    maximise,
    respond,
)
from participation_stats.measure.engagement.people import Floats, People
from participation_stats.measure.engagement.separation import (
    FIRTH,
    refuse_separation,
    separated,
)
from participation_stats.measure.tallies import any_twice

WHERE = "fit_logit"
MENDED = (
    "The covariance clustered both ways had a negative eigenvalue, which is set to nought "
    "(Cameron, Gelbach & Miller 2011)."
)


def fit_logit(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    meeting: str | None = None,
    weights: str | None = None,
    separation: Literal["fail", "firth"] = "fail",
    confidence: float = 0.95,
) -> Fit:
    r"""Fit a logistic regression of attendance, with errors clustered by person.

    Rows are first collapsed without loss to cells (covariate pattern, meetings m, attended k).
    The score and the clustered covariance are sums over cells:

    .. math::

        U(\beta) = \sum_p x_p (k_p - m_p\mu_p), \qquad
        \hat V = c\,A^{-1}\Big(\sum_s n_s\, u_s u_s'\Big)A^{-1}, \qquad
        u_s = \sum_{p \in s} x_p (k_{sp} - m_{sp}\hat\mu_p),

    with A the information, s the profiles that people share, n their number, and
    c = G/(G − 1) · (N − 1)/(N − P) for G people, N rows and P terms: the same numbers as
    ``statsmodels`` on the rows with ``cov_type="cluster"``.

    People who sit in one meeting may all be kept away by the same thing. With `meeting`, errors
    are clustered both ways: the covariance by person plus that by meeting less that by both.

    Parameters
    ----------
    formula : str
        ``"attended ~ ethnicity + format"``. The left side is a column of 0 and 1; factors are
        coded against their first level (a list's own order, see `as_factors`, else alphabetical
        with Other and Not stated last). `attendance_formula` makes one in which format and
        capacity interact.
    data : frame, str, Path or Cells
        One row per person and meeting at risk, e.g. ``estate.panel()``; any frame that narwhals
        knows, or a path or glob of CSV or Parquet; or cells, as of `complete_cells`. Rows with a
        missing value are left out and counted in ``n_missing``. A number is kept in its distinct
        values, so that a fine one makes as many patterns as rows; the note says so.
    unit : str, optional
        Column that names the person. Without it rows are taken as independent and the
        covariance is the inverse information.
    meeting : str, optional
        Column that names the meeting; needs `unit`. Worth it with twenty meetings or more, as
        with people: a covariance of few clusters is too small.
    weights : str, optional
        Column of people's own weights, above nought: how many people each stands for (design
        weights, or those of `rake`). Scores are weighted, so that estimates describe the
        population; the covariance is the sandwich, which needs no more than the weights'
        proportions, also where `unit` is not given. Rows without a weight are left out.
    separation : {"fail", "firth"}
        What to do where a group always or never came, which is found before anything is
        fitted: name it in an error, or fit with Firth's penalty instead (see `fit_firth`),
        which the fit then says.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Fit
        ``.table`` in log-odds; ``.rates(by)`` and ``.effects(by)`` in fractions.

    Raises
    ------
    InputError
        If the formula cannot be read, a column is not there, the response is not 0 and 1, a
        weight is not above nought, or weights or meetings are asked for where they cannot be.
    SourceError
        If a path leads to no CSV or Parquet.
    EstimationError
        If a group always or never came (separation, named), a term cannot be told from the
        others, or there are too few people for the terms.

    Notes
    -----
    Liang & Zeger (1986), Biometrika 73; White (1982), Econometrica 50, for the covariance;
    Cameron, Gelbach & Miller (2011), Journal of Business & Economic Statistics 29, for two ways.
    Where the latter has a negative eigenvalue it is set to nought, and the note says so.

    Examples
    --------
    Two of three women's and one of three men's places were taken, so the odds ratio is 1/4:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [1, 1, 2, 3, 3, 4], "gender": list("FFFMMM")})
    >>> log["attended"] = [1, 0, 1, 0, 1, 0]
    >>> fit = fit_logit("attended ~ gender", log, unit="who")
    >>> print(fit.table[["term", "estimate", "std_error", "n_units"]].round(4))
                  term  estimate  std_error  n_units
    0    Intercept    0.6931     0.9129        4
    1  gender[T.M]   -1.3863     1.2910        2
    """
    _check_choices(unit, meeting, weights, separation)
    design = design_of(formula, data, unit, confidence, WHERE, weights)
    told = separated(design.coded, design.trials, design.successes)
    if told and separation == "firth":
        return firth_fit(design, unit, confidence, f"Fitted with Firth's penalty, because {told}.")
    refuse_separation(told, WHERE, FIRTH)
    x = design.coded.design
    estimates = maximise(x, design.trials, design.successes, WHERE)
    covariance, note = _covariance(estimates, design, data, Clustering(unit, meeting, weights))
    table = wald_table(design.coded.terms, estimates, covariance, confidence)
    few = few_clusters(design.n_units) if unit or weights else ""
    return Fit(
        design.numbered(table),
        model="Weighted logit" if weights else "Logit",
        formula=formula,
        **design.counts(),
        converged=True,
        log_likelihood=log_likelihood(x @ estimates, design.trials, design.successes),
        unit=unit or "",
        clustered_by=" and ".join(name for name in (unit, meeting) if name),
        confidence=confidence,
        note=" ".join(told for told in (note, design.fallback(), few) if told),
        basis=design.basis(estimates, covariance, likelihood="weighted" if weights else "full"),
    )


@dataclass(frozen=True)
class Clustering:
    """By which columns errors are clustered, and which column holds the weights."""

    unit: str | None
    meeting: str | None
    weights: str | None


def _check_choices(
    unit: str | None, meeting: str | None, weights: str | None, separation: str
) -> None:
    if separation not in ("fail", "firth"):
        raise InputError(
            f"separation='{separation}' is no choice",
            where=WHERE,
            expected="'fail' or 'firth'",
            got=f"'{separation}'",
        )
    if meeting is not None and (unit is None or meeting == unit):
        raise InputError(
            "errors by meeting without errors by person",
            where=WHERE,
            expected="the column that names the person as unit, and another for the meeting",
            got=f"unit={unit!r}, meeting={meeting!r}",
        )
    if separation == "firth" and (weights is not None or meeting is not None):
        raise InputError(
            "Firth's penalty knows neither weights nor meetings",
            where=WHERE,
            expected="separation='fail' where weights or a meeting are given",
            got="separation='firth'",
            hint="merge the group that never came with another by ps.roll_up",
        )


def _covariance(estimates: Floats, design: Design, data: Any, by: Clustering) -> tuple[Floats, str]:
    """The covariance of the estimates, and what a reader must know of it."""
    x = design.coded.design
    inverse = np.asarray(np.linalg.inv(information(estimates, x, design.trials)), dtype=float)
    note = (
        f"People are weighted by {by.weights}; the log-likelihood is that of the weighted "
        "sample, so that models are compared by Wald's test."
        if by.weights
        else ""
    )
    if by.unit is None and by.weights is None:
        return inverse, note
    rates, _ = respond(x, estimates)

    def sandwich(people: People) -> Floats:
        factor = correction(people.n_people, design.n_rows, len(estimates))
        return factor * clustered(inverse, x, design.residuals(people, rates), people)

    covariance = sandwich(design.people)
    if by.meeting is None:
        return covariance, note
    meetings = clusters_of(data, design, by.meeting, by.weights, WHERE)
    if meetings.n_people < 2:
        raise EstimationError(
            "one meeting", where=WHERE, expected="several, to cluster by", got="one"
        )
    pair = [str(by.unit), by.meeting]
    # Each row is a person at a meeting of its own, unless somebody stands twice in a register.
    pairs = clusters_of(data, design, pair if any_twice(data, pair) else None, by.weights, WHERE)
    both, had = mended(covariance + sandwich(meetings) - sandwich(pairs))
    return both, f"{note} {MENDED}".strip() if had else note
