"""Counts: meetings attended per person, out of the meetings that were open to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, named_kind
from participation_stats.measure.engagement.count_families import (
    FAMILIES,
    Family,
    Response,
    chance_of_zero,
)
from participation_stats.measure.engagement.count_fitting import (
    covariance_of,
    dispersion_of,
    first_guess,
    maximise,
    problem_of,
    refuse_never,
    start_of,
)
from participation_stats.measure.engagement.covariance import few_clusters
from participation_stats.measure.engagement.fits import Fit, wald_table
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.row_designs import (
    RowDesign,
    read_rows,
    refuse_few,
)
from participation_stats.measure.engagement.standardisation import Basis
from participation_stats.measure.formulas import Encoding, parse
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import left_out, number_of, told_p

#: Pearson's dispersion below this is rounding: everybody has the fitted count.
FLAT = 1e-20
FamilyName = Literal["poisson", "nb2", "zip", "zinb", "hurdle"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CountFit(Fit):
    """A fitted model of how often people come.

    Attributes
    ----------
    table : DataFrame
        As of `Fit`, ``estimate`` in log-rates per unit of exposure. Terms that begin with
        ``"zeros: "`` are log-odds of the part for zeros: of never coming whatever the exposure
        (zero-inflated), or of not coming at all (hurdle).
    family : str
    theta, theta_std_error : float or None
        Of NB2 and zero-inflated NB2: variance is μ + μ²/θ.
    dispersion : float
        Pearson's χ² over its degrees of freedom in the Poisson model of the same terms; 1 where
        counts vary as Poisson counts do.
    overdispersion_statistic, overdispersion_p_value : float
        Score test of Poisson against NB2, one-sided, of the same Poisson model.
    zeros, zeros_expected : float
        Rows with a count of nought, and as many as the fitted model expects.
    """

    family: str
    theta: float | None
    theta_std_error: float | None
    dispersion: float
    overdispersion_statistic: float
    overdispersion_p_value: float
    zeros: int
    zeros_expected: float
    ratio: ClassVar[str] = "rate ratio"

    @property
    def choice(self) -> str:
        """Which family the counts ask for, in a sentence; see `choose_counts`."""
        return choose_counts(self)

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        people = f" of {number_of(self.n_units, 'person', 'people')}" if self.unit else ""
        errors = {
            bool(self.clustered_by): f"standard errors are clustered by {self.clustered_by}",
            self.family == "poisson" and not self.clustered_by: "standard errors are robust",
        }.get(True, "standard errors are the model's own")
        parts = [
            f"{self.model} of {self.formula}: {number_of(self.n_rows, 'count')}{people}; {errors}.",
            self.choice,
        ]
        if self.references:
            compared = ", ".join(f"{level} ({name})" for name, level in self.references.items())
            parts.insert(1, f"Groups are compared with {compared}.")
        if self.n_missing:
            parts.append(left_out(self.n_missing, "row"))
        return " ".join([*parts, *([self.note] if self.note else [])])


def fit_counts(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    exposure: str | None = None,
    family: FamilyName = "poisson",
    zeros: str | None = None,
    confidence: float = 0.95,
) -> CountFit:
    r"""Fit a model of how often people come, out of the meetings open to them.

    .. math:: E(y_i) = e_i\,\exp(x_i'\beta), \qquad
        \operatorname{Var}(y_i) = \mu_i \ \text{(Poisson)}, \quad
        \mu_i + \mu_i^2/\theta \ \text{(NB2)}

    with e the exposure. Of the zero-inflated families a row is nought with probability
    :math:`\pi_i = \operatorname{logit}^{-1}(z_i'\gamma)` whatever its exposure; of the hurdle
    that is the chance of nought altogether, and other counts are Poisson without its zeros.

    Parameters
    ----------
    formula : str
        ``"meetings_attended ~ ethnicity + age_band"``. The left side is a column of whole
        numbers from 0 on; factors are coded against their first level.
    data : frame, str or Path
        One row per person (or per person and period). Rows with a missing value are left out
        and counted in ``n_missing``.
    unit : str, optional
        Column that names the person, by whom errors are clustered (all families).
    exposure : str, optional
        Column with the meetings eligible, above nought. Without it every row counts the same.
    family : {"poisson", "nb2", "zip", "zinb", "hurdle"}
        Poisson's errors are always robust, so that its rate ratios hold whatever the variance.
    zeros : str, optional
        Right side of the part for zeros. By default ``"1"`` (one share) of the zero-inflated
        families, and the terms of the formula of a hurdle.
    confidence : float
        Level of the intervals.

    Returns
    -------
    CountFit
        ``.table`` in log-rates; ``.rates(by)`` and ``.effects(by)`` in expected counts per unit
        of exposure (of a hurdle, at the average exposure).

    Raises
    ------
    InputError
        If the formula or a column is wrong, a count is not a whole number from 0 on, an
        exposure is not above nought, or the family is none of these.
    EstimationError
        If a group never came, the counts leave nothing for a dispersion or a part for zeros to
        fit, or there are too few people for the terms.

    Notes
    -----
    Errors without a unit: NB2's from the expected information with θ as known (as ``glm.nb`` of
    R), of the zero-inflated and the hurdle from the observed information. Sandwich errors carry
    the factor G/(G − 1) · (N − 1)/(N − P); without a unit that is N/(N − P).

    References
    ----------
    Cameron & Trivedi (2013), Regression Analysis of Count Data, 2nd edition, chapters 3 and 4;
    Zou (2004), American Journal of Epidemiology 159, for Poisson with robust errors; Dean &
    Lawless (1989), Journal of the American Statistical Association 84, for the score test.

    Examples
    --------
    Women came to 6 of 10 meetings and men to 2 of 8, so the rate ratio is (2/8)/(6/10):

    >>> import pandas as pd
    >>> log = pd.DataFrame({"gender": list("FFFMMM"), "came": [1, 2, 3, 0, 1, 1]})
    >>> log["eligible"] = [3, 3, 4, 2, 3, 3]
    >>> fit = fit_counts("came ~ gender", log, exposure="eligible")
    >>> print(fit.table[["term", "estimate", "std_error", "n_units"]].round(4))
              term  estimate  std_error  n_units
    0    Intercept   -0.5108     0.2082        6
    1  gender[T.M]   -0.8755     0.4289        3
    >>> print(fit.rates("gender").table[["category", "n_units", "estimate"]])
      category  n_units  estimate
    0        F        3      0.60
    1        M        3      0.25
    """
    check_confidence(confidence, "fit_counts")
    _check_family(family, zeros)
    chosen = FAMILIES[family]
    response, covariates = parse(formula)
    right = formula.split("~", 1)[1].strip()
    zero_right = zeros or (right if chosen.truncated else "1")
    zero_names = parse(f"response ~ {zero_right}")[1] if chosen.zeros else []
    wanted = list(dict.fromkeys([*covariates, *zero_names]))
    numbers = [response, *([exposure] if exposure else [])]
    rows = read_rows(data, wanted, numbers, unit, "fit_counts")
    counts, exposed = _numbers(rows, response, exposure)
    coded = rows.coded(right)
    zero = rows.coded(zero_right) if chosen.zeros else None
    terms = [*coded.terms, *([f"zeros: {term}" for term in zero.terms] if zero else [])]
    refuse_few(rows.n_units, len(terms) + chosen.dispersed, "fit_counts")
    refuse_never(coded, rows, counts, exposed)
    plain = problem_of("poisson", rows, coded, None, counts, exposed)
    start = maximise(plain, first_guess(plain), "fit_counts")
    problem = problem_of(family, rows, coded, zero, counts, exposed)
    found = start
    if family != "poisson":
        found = maximise(problem, start_of(problem, start), "fit_counts")
    spread = dispersion_of(plain, start)
    covariance = covariance_of(problem, found, rows, robust=bool(unit) or family == "poisson")
    n_terms = len(terms)
    table = wald_table(terms, found[:n_terms], covariance[:n_terms, :n_terms], confidence)
    designs = [coded.design, *([zero.design] if zero else [])]
    table["n_units"] = rows.resting(np.hstack(designs))
    theta = float(np.exp(-found[-1])) if chosen.dispersed else None
    expected = chance_of_zero(chosen, problem.predictors(found)) @ problem.weights
    return CountFit(
        table,
        model=chosen.name,
        formula=formula,
        **rows.counts(),
        converged=True,
        log_likelihood=problem.log_likelihood(found),
        unit=unit or "",
        clustered_by=unit or "",
        confidence=confidence,
        note=" ".join(_notes(rows, counts, exposed, exposure, spread.dispersion)),
        basis=_basis(chosen, rows, coded, zero, counts, exposed, found, covariance),
        family=family,
        theta=theta,
        theta_std_error=None if theta is None else theta * float(np.sqrt(covariance[-1, -1])),
        dispersion=spread.dispersion,
        overdispersion_statistic=spread.statistic,
        overdispersion_p_value=spread.p_value,
        zeros=int((counts == 0).sum()),
        zeros_expected=float(expected),
    )


def _notes(
    rows: RowDesign,
    counts: Floats,
    exposed: Floats,
    exposure: str | None,
    dispersion: float,
) -> list[str]:
    """What a reader must know, in sentences."""
    told = [f"Fitted on rows; rates are per unit of {exposure or 'row'}."]
    above = int((counts > exposed).sum()) if exposure else 0
    if above:
        told.append(f"In {number_of(above, 'row')} the count is above {exposure}.")
    if dispersion < FLAT:
        told.append("Nobody differs from the fitted rate, so that the errors are nought.")
    elif few := few_clusters(rows.n_units):
        told.append(few)
    return told


def choose_counts(fit: CountFit) -> str:
    """Which family the counts ask for, in a sentence.

    The rule: Poisson where the score test finds no more variation than Poisson's (p ≥ .05);
    otherwise NB2, or Poisson with robust errors where only ratios of rates matter. A part for
    zeros is worth a look where there are more zeros than the model expects by over two of their
    standard deviations: zero-inflated where some could never come, a hurdle where coming at all
    and coming again are different questions.

    Raises
    ------
    InputError
        If this is no fit of counts.
    """
    if not isinstance(fit, CountFit):
        raise InputError(
            f"this is {named_kind(fit)}, not a fit of counts",
            where="choose_counts",
            expected="what ps.fit_counts gives",
            got=type(fit).__name__,
        )
    p_value = fit.overdispersion_p_value
    test = f"score test z = {fit.overdispersion_statistic:.2f}, {told_p(p_value)}"
    if p_value >= 0.05:
        told = f"The counts vary no more than Poisson counts would ({test}): Poisson will do."
    else:
        told = (
            f"The counts vary {fit.dispersion:.1f} times as much as Poisson counts would ({test}): "
            "NB2, or Poisson with robust errors for ratios of rates alone."
        )
    spread = np.sqrt(fit.zeros_expected * (1 - fit.zeros_expected / fit.n_rows))
    if fit.zeros - fit.zeros_expected > 2 * spread:
        told += (
            f" {fit.zeros:,} of {fit.n_rows:,} never came where this model expects "
            f"{fit.zeros_expected:,.0f}: a zero-inflated model if some never could, a hurdle if "
            "coming at all is a question of its own."
        )
    return told


def _check_family(family: str, zeros: str | None) -> None:
    if family not in FAMILIES:
        raise InputError(
            f"family='{family}' is no choice",
            where="fit_counts",
            expected="one of " + ", ".join(get_args(FamilyName)),
            got=f"'{family}'",
        )
    if zeros is not None and not FAMILIES[family].zeros:
        raise InputError(
            f"zeros='{zeros}' with a family that has no part for zeros",
            where="fit_counts",
            expected="family='zip', 'zinb' or 'hurdle'",
            got=f"family='{family}'",
        )


def _numbers(rows: RowDesign, response: str, exposure: str | None) -> tuple[Floats, Floats]:
    counts = rows.frame[response].to_numpy(dtype=float)
    wrong = counts[(counts < 0) | (counts != np.rint(counts)) | ~np.isfinite(counts)]
    if wrong.size:
        raise InputError(
            f"'{response}' has {wrong.size} values that are no counts",
            where="fit_counts",
            expected="whole numbers from 0 on",
            got=f"{wrong[0]:g}",
        )
    if exposure is None:
        return counts, np.ones(len(counts))
    exposed = rows.frame[exposure].to_numpy(dtype=float)
    wrong = exposed[~(exposed > 0) | ~np.isfinite(exposed)]
    if wrong.size:
        raise InputError(
            f"'{exposure}' has {wrong.size} values that are not above nought",
            where="fit_counts",
            expected="meetings that were open to the person",
            got=f"{wrong[0]:g}",
            hint="leave out people to whom no meeting was open: they could not come",
        )
    return counts, exposed


def _same(rates: Floats) -> Floats:
    """Poisson's variance is its mean."""
    return rates


def _basis(
    family: Family,
    rows: RowDesign,
    coded: Encoding,
    zero: Encoding | None,
    counts: Floats,
    exposed: Floats,
    found: Floats,
    covariance: Floats,
) -> Basis:
    """What rates and effects follow from: both parts of the design side by side."""
    both = [coded, *([zero] if zero else [])]
    factors = rows.patterns.copy()
    levels: dict[str, list[object]] = {}
    for part in both:
        factors = factors.assign(**{str(name): part.patterns[name] for name in part.patterns})
        levels |= part.levels

    n_zero = len(zero.terms) if zero else 0
    return Basis(
        patterns=factors,
        weights=np.asarray(np.bincount(rows.pattern, exposed), dtype=float),
        encode=partial(_encoded, both),
        respond=Response(family, len(coded.terms), n_zero, float(exposed.mean())),
        scale="positive",
        people=rows.people(exposed, counts),
        variance=_same if family is FAMILIES["poisson"] else None,
        parameters=found,
        covariance=covariance,
        levels=levels,
    )


def _encoded(parts: Sequence[Encoding], patterns: pd.DataFrame) -> Floats:
    """The designs of all parts, side by side."""
    return np.hstack([part.encode(patterns) for part in parts])
