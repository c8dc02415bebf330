"""Do answers go with groups, or with a known population? Rao and Scott's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy import linalg, stats

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.results import Result, Rule
from participation_stats.measure.tallies import level_name

from .designs import SurveyDesign
from .weighted_tables import WeightedTable, check_columns, weighted_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class RaoScott(Result):
    """A chi-squared test that knows the design.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, n`` (respondents), ``estimate`` (share of the population),
        ``std_error`` and ``share`` (what it would be under the hypothesis).
    test : str
        What was tested, and how.
    statistic, p_value : float
        F, or Pearson's X² of n people for the second-order and first-order chi-squared.
    degrees, degrees_error : float
        Of the reference distribution; the latter is missing for chi-squared.
    n, n_missing : int
        Respondents with both answers, and without.
    """

    test: str
    statistic: float
    p_value: float
    degrees: float
    degrees_error: float
    n: int
    n_missing: int
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n", derived=("estimate", "std_error", "share"), margin=("variable",)),
    )


def rao_scott_test(
    design: SurveyDesign, rows: str, columns: str, *, statistic: Literal["F", "chisq"] = "F"
) -> RaoScott:
    r"""Test whether two characteristics go together in the population.

    Pearson's X² of the weighted table is compared with what sampling by this design makes of it:
    with Δ the matrix of generalised design effects, :math:`F = X^2 / \mathrm{tr}\,\Delta` on
    :math:`d = (\mathrm{tr}\,\Delta)^2/\mathrm{tr}\,\Delta^2` and dν degrees of freedom, where ν
    is clusters less strata (second order); or :math:`X^2` over the mean of Δ's diagonal on
    (r − 1)(c − 1) (first order).

    Parameters
    ----------
    design : SurveyDesign
    rows, columns : str
        Columns of groups and answers; respondents without either are left out.
    statistic : {"F", "chisq"}

    Returns
    -------
    RaoScott

    Raises
    ------
    InputError
        If `design` is none, a column is not there, both are the same, or the statistic is not
        known.
    EstimationError
        If one of them has the same answer from everybody, there are no more clusters than
        strata, too many combinations have nobody, or the table cannot vary.

    References
    ----------
    Rao, J. N. K. & Scott, A. J. (1984), On chi-squared tests for multiway contingency tables,
    Annals of Statistics 12, 46-60.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> found = rao_scott_test(design, "gender", "came_last_year")
    >>> round(found.statistic, 2), round(found.p_value, 3)
    (4.8, 0.029)
    """
    where = "rao_scott_test"
    check_columns(design, [rows, columns], where)
    if statistic not in ("F", "chisq"):
        raise InputError(
            f"statistic {statistic!r} is not known",
            where=where,
            expected="'F' or 'chisq'",
            got=repr(statistic),
        )
    cells = weighted_table(design, [rows, columns], where)
    r, c = cells.shape
    joint = cells.shares.reshape(r, c)
    expected = np.outer(joint.sum(axis=1), joint.sum(axis=0)).ravel()
    pearson = float(cells.n * ((cells.shares - expected) ** 2 / expected).sum())
    effects = _effects(cells, np.asarray(np.kron(_contrasts(r), _contrasts(c)), dtype=float))
    trace = float(np.trace(effects))
    size = (r - 1) * (c - 1)
    d = trace**2 / float(np.trace(effects @ effects))
    if statistic == "F":
        value, degrees, error = pearson / trace, d, d * cells.degrees
        p_value = float(stats.f.sf(value, degrees, error))
    else:
        value, degrees, error = pearson, float(size), float("nan")
        p_value = float(stats.chi2.sf(pearson / (trace / size), size))
    return RaoScott(
        cells.table.assign(share=expected),
        test=f"Independence of {rows} and {columns}, Rao and Scott's {statistic}",
        statistic=value,
        p_value=p_value,
        degrees=degrees,
        degrees_error=error,
        n=cells.n,
        n_missing=cells.n_missing,
    )


def rao_scott_fit(design: SurveyDesign, variable: str, shares: Mapping[str, float]) -> RaoScott:
    r"""Test whether the population has the shares that are given.

    Pearson's :math:`X^2 = \sum_k (\hat N_k - p_k \hat N)^2 / (p_k \hat N)` against the sum of
    chi-squared variables weighted by the eigenvalues of its terms' covariance, with
    Satterthwaite's approximation.

    Parameters
    ----------
    design : SurveyDesign
    variable : str
        Column of groups; respondents without one are left out.
    shares : mapping of str to float
        What is known or claimed of every group: shares or counts.

    Returns
    -------
    RaoScott
        ``degrees`` are Satterthwaite's.

    Raises
    ------
    InputError
        If `design` is none, the column is not there, or the groups on both sides are not the same.
    EstimationError
        If everybody is in one group, there are no more clusters than strata, or strata or
        weights fix the shares.

    References
    ----------
    Rao & Scott (1981), Journal of the American Statistical Association 76, 221-230.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> found = rao_scott_fit(design, "gender", {"Female": 0.57, "Male": 0.43})
    >>> round(found.statistic, 2), round(found.p_value, 3)
    (14.75, 0.094)
    """
    where = "rao_scott_fit"
    check_columns(design, [variable], where)
    cells = weighted_table(design, [variable], where)
    known = _shares(shares, cells.table["category"].tolist(), variable, where)
    total = cells.total
    observed, expected = cells.shares * total, known * total
    statistic = float(((observed - expected) ** 2 / expected).sum())
    slope = known * (observed + expected) / (2 * expected**1.5)
    gradient = np.diag(expected**-0.5) - np.outer(slope, np.ones(len(known)))
    eigen = np.maximum(np.linalg.eigvalsh(gradient @ cells.totals_covariance @ gradient.T), 0.0)
    if eigen.sum() <= 1e-9 * expected.max():
        raise EstimationError(
            f"the design leaves the shares of '{variable}' no chance to differ",
            where=where,
            expected="shares that another sample would not have had",
            got="a variance of 0",
            hint="they were fixed by strata or by weights fitted to them",
        )
    scale, degrees = (eigen**2).sum() / eigen.sum(), eigen.sum() ** 2 / (eigen**2).sum()
    return RaoScott(
        cells.table.assign(share=known),
        test=f"{variable} as in the shares given, Rao and Scott's chi-squared",
        statistic=statistic,
        p_value=float(stats.chi2.sf(statistic / scale, degrees)),
        degrees=float(degrees),
        degrees_error=float("nan"),
        n=cells.n,
        n_missing=cells.n_missing,
    )


def _contrasts(size: int) -> Floats:
    """Orthonormal contrasts of so many levels, shape (size, size - 1)."""
    return np.asarray(linalg.helmert(size).T)


def _effects(cells: WeightedTable, contrasts: Floats) -> Floats:
    """Generalised design effects of the contrasts of a table's log shares."""
    inverse = np.divide(1.0, cells.shares, out=np.zeros(len(cells.shares)), where=cells.shares > 0)
    scaled = contrasts * inverse[:, None]
    simple = contrasts.T @ scaled / cells.n
    if np.linalg.matrix_rank(simple, hermitian=True) < len(simple):
        raise EstimationError(
            f"the table has too many combinations with nobody ({int((cells.shares == 0).sum())})",
            where="rao_scott_test",
            expected="somebody in most combinations of the two",
            got=f"{int((cells.shares > 0).sum())} of {len(cells.shares)}",
            hint="merge small groups first, with ps.roll_up or ps.recode",
        )
    effects = np.linalg.solve(simple, scaled.T @ cells.covariance @ scaled)
    # Of a simple random sample it is the unit matrix.
    if not np.trace(effects) > 1e-9:
        raise EstimationError(
            "the design leaves the table no chance to differ",
            where="rao_scott_test",
            expected="shares that another sample would not have had",
            got="a variance of 0",
        )
    return np.asarray(effects)


def _shares(given: Any, categories: list[str], variable: str, where: str) -> Floats:
    held = {level_name(name): value for name, value in dict(given).items()}
    if set(held) != set(categories):
        odd = sorted(set(held) ^ set(categories))
        raise InputError(
            f"'{odd[0]}' of '{variable}' is on one side only",
            where=where,
            expected="the same groups in the survey and in shares",
            got=f"{', '.join(map(repr, categories))} in the survey",
            hint="merge groups on both sides first",
        )
    values = np.array([held[name] for name in categories], dtype=float)
    if not (np.isfinite(values) & (values > 0)).all():
        raise InputError(
            f"shares of '{variable}' are not all above 0",
            where=where,
            expected="a share or count above 0 for every group",
            got=", ".join(f"{value:g}" for value in values),
        )
    shares: Floats = values / values.sum()
    return shares
