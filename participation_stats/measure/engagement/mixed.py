"""Logit with an intercept for each person, by cells: who comes, among people alike in all else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.designs import Design, design_of
from participation_stats.measure.engagement.fits import Effects, Fit, Rates, wald_table
from participation_stats.measure.engagement.influence import Influence, person_influence
from participation_stats.measure.engagement.integration import NODES, average_rate
from participation_stats.measure.engagement.integration import Rule as Quadrature
from participation_stats.measure.engagement.mixed_fitting import Climb, Summit
from participation_stats.measure.engagement.mixed_influence import mixed_influence
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.person_effects import PersonEffects, deviations
from participation_stats.measure.engagement.separation import refuse_separation, separated
from participation_stats.measure.engagement.standardisation import (
    Basis,
    By,
    adjusted_rates,
    average_effects,
)
from participation_stats.measure.results import Rule, number_of

WHERE = "fit_mixed_logit"
#: Variance of the logistic distribution: what people alike in all still differ by, in log-odds.
LOGISTIC = np.pi**2 / 3
#: Log-likelihood below which there is only rounding.
NOTHING = 1e-12


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MixedFit(Fit):
    """A fitted logit with an intercept for each person.

    Attributes
    ----------
    table : DataFrame
        As of `Fit`, ``estimate`` in log-odds of one and the same person: they are further from
        nought than those of `fit_logit` and `fit_gee`, which compare groups.
    variance : DataFrame
        ``measure`` (standard deviation and variance of people's intercepts, in log-odds, and
        the intraclass correlation σ²/(σ² + π²/3)), ``estimate, conf_low, conf_high`` (by profile
        likelihood; a lower limit may be 0, an upper infinite), ``p_value`` (likelihood ratio
        against no difference between people, half of χ² with one degree of freedom) and
        ``n_units``.
    nodes : int
        Of the quadrature.
    steps : int
        Newton's steps taken.
    last_gain, quadrature_error : float
        What one more step would gain in log-likelihood, and by how much more nodes move it.
    """

    variance: pd.DataFrame
    nodes: int
    steps: int
    last_gain: float
    quadrature_error: float
    typical: Basis = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        *Fit.rules,
        Rule(
            "variance",
            count="n_units",
            derived=("estimate", "conf_low", "conf_high", "p_value"),
            variable=None,
        ),
    )

    @property
    def sd(self) -> float:
        """Standard deviation of people's intercepts, in log-odds."""
        return float(self.variance["estimate"].iloc[0])

    @property
    def intraclass_correlation(self) -> float:
        """Of two meetings of one person, on the latent scale."""
        return float(self.variance["estimate"].iloc[2])

    def rates(self, by: By) -> Rates:
        r"""Adjusted rates, averaged over people: what share would come.

        .. math:: \hat r_\ell = \sum_p m_p \int \mu(x_p^{(\ell)}\hat\beta + \hat\sigma u)
                  \,\varphi(u)\,du \Big/ \sum_p m_p

        As `Fit.rates`, with everybody's intercept integrated out; the delta method takes the
        uncertainty of σ into account. See `conditional_rates` for an average person.
        """
        return super().rates(by)

    def conditional_rates(self, by: By) -> Rates:
        """Adjusted rates of people whose own intercept is average (u = 0).

        Parameters
        ----------
        by : str, tuple of str, or list of these
            Factors of the formula.

        Raises
        ------
        InputError
            If `by` is no factor of the model.
        """
        table = adjusted_rates(self.typical, by, self.confidence)
        return Rates(table, confidence=self.confidence)

    def conditional_effects(self, by: By, reference: object = None) -> Effects:
        """Differences between the rates of `conditional_rates`; arguments as of `effects`."""
        table = average_effects(self.typical, by, reference, self.confidence)
        return Effects(table, confidence=self.confidence)

    def person_effects(self, data: Any) -> PersonEffects:
        """How much more each person comes than others alike, drawn towards nought.

        The fit itself holds nobody's name: the rows are read again, and may be of other people.

        Parameters
        ----------
        data : frame, str or Path
            Rows as they were fitted. Those with a missing value are left out.

        Returns
        -------
        PersonEffects

        Raises
        ------
        InputError, SourceError
            If a column is not there, a level is not in the fit, or no file is found.
        """
        return deviations(data, self.formula, self.unit, self.basis)

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        sd, _, shared = (row for _, row in self.variance.iterrows())
        kind = "adaptive Gauss–Hermite quadrature" if self.nodes == NODES else "the trapezium rule"
        return " ".join(
            [
                super().describe(),
                f"People's intercepts have a standard deviation of {sd['estimate']:.2f} "
                f"({self.confidence:.0%} profile interval {sd['conf_low']:.2f} to "
                f"{sd['conf_high']:.2f}) in log-odds, an intraclass correlation of "
                f"{shared['estimate']:.2f}.",
                "Estimates compare meetings of one and the same person, or people with the same "
                "intercept; rates are averaged over people.",
                f"Maximum likelihood by {kind} with {self.nodes} nodes: one more step would gain "
                f"{_at_most(self.last_gain)} of log-likelihood, and more nodes move it by "
                f"{_at_most(self.quadrature_error)}.",
            ]
        )

    def _influence(self, errors: Floats, reach: float) -> Influence:
        if self.sd == 0:
            return person_influence(self.typical, len(self.table), errors, reach)
        kind = Quadrature() if self.nodes == NODES else Quadrature("trapezium", self.nodes)
        return mixed_influence(self.basis, errors, reach, kind)

    def _errors(self) -> str:
        return "standard errors are from the observed information, people's intercepts normal"


def _at_most(gain: float) -> str:
    """Of something very small what every processor agrees on."""
    return f"{gain:.0e}" if gain > NOTHING else f"less than {NOTHING:.0e}"


def fit_mixed_logit(formula: str, data: Any, *, unit: str, confidence: float = 0.95) -> MixedFit:
    r"""Fit a logistic regression of attendance with an intercept for each person.

    .. math:: \operatorname{logit} P(y_{ij} = 1 \mid u_i) = x_{ij}'\beta + \sigma u_i,
              \qquad u_i \sim N(0, 1)

    Maximum likelihood by adaptive Gauss–Hermite quadrature with 25 nodes, on cells: people with
    the same set of (covariate pattern, meetings m, attended k) cost as much as one. Covariates
    may vary within a person (formal meeting, after the network began), and meetings may have
    effects of their own as fixed terms: ``"attended ~ gender + C(meeting_id)"``. Where people
    differ so much that 25 nodes are not enough the trapezium rule takes over; the fit says so.

    Parameters
    ----------
    formula : str
        ``"attended ~ ethnicity + format"``, as of `fit_logit`.
    data : frame, str or Path
        One row per person and meeting at risk, as of `fit_logit`. A number is kept in its
        distinct values, so that a fine one makes as many patterns as rows; the note says so.
    unit : str
        The column that names the person.
    confidence : float
        Level of the intervals.

    Returns
    -------
    MixedFit
        ``.table`` in log-odds; ``.variance`` with profile limits; ``.rates(by)`` averaged over
        people and ``.conditional_rates(by)`` of an average person, in fractions.

    Raises
    ------
    InputError
        If the formula cannot be read, a column is not there, or the response is not 0 and 1.
    SourceError
        If a path leads to no CSV or Parquet.
    EstimationError
        If a group always or never came (separation, named), nobody has two rows, everybody
        always or never came, people are too few for terms that do not vary within them, or
        the estimates do not settle.

    References
    ----------
    Pinheiro & Bates (1995), Journal of Computational and Graphical Statistics 4; Self & Liang
    (1987), Journal of the American Statistical Association 82, for the test of no variance.

    Examples
    --------
    Four people, six meetings each, every second one formal:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": [*"AAAAAABBBBBBCCCCCCDDDDDD"]})
    >>> log["format"] = ["formal", "informal"] * 12
    >>> log["attended"] = [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1]
    >>> fit = fit_mixed_logit("attended ~ format", log, unit="who")
    >>> print(fit.table[["term", "estimate", "std_error"]].round(3))
                     term  estimate  std_error
    0           Intercept    -1.124      1.243
    1  format[T.informal]     2.852      1.503
    >>> print(fit.variance[["measure", "estimate", "conf_low"]].round(3).to_string(index=False))
                   measure  estimate  conf_low
        standard deviation     1.763       0.0
                  variance     3.108       0.0
    intraclass correlation     0.486       0.0
    """
    design = design_of(formula, data, unit, confidence, WHERE, within=True)
    told = separated(design.coded, design.trials, design.successes)
    refuse_separation(told, WHERE)
    _refuse_alike(design)
    climb = Climb(design.people, design.coded.design)
    top = climb.summit()
    table = wald_table(design.coded.terms, top.beta, top.covariance[:-1, :-1], confidence)
    note = " ".join(told for told in (_no_spread(top), design.fallback()) if told)
    return MixedFit(
        design.numbered(table),
        model="Logit with an intercept for each person",
        formula=formula,
        **design.counts(),
        converged=True,
        log_likelihood=top.value,
        unit=unit,
        clustered_by="",
        confidence=confidence,
        note=note,
        basis=design.basis(np.r_[top.beta, top.sd], top.covariance, _averaged),
        variance=_variance(top, climb.limits(top, confidence), design.n_units),
        nodes=climb.rule.nodes,
        steps=top.steps,
        last_gain=top.gradient,
        quadrature_error=top.quadrature,
        typical=design.basis(top.beta, top.covariance[:-1, :-1]),
    )


def _averaged(design: Floats, parameters: Floats) -> tuple[Floats, Floats]:
    """Rate of each pattern over people's intercepts, and its slope in β and σ."""
    rate, slope, spread = average_rate(design @ parameters[:-1], float(parameters[-1]))
    return rate, np.column_stack([slope[:, None] * design, spread])


def _variance(top: Summit, limits: tuple[float, float], n_units: int) -> pd.DataFrame:
    sd = np.array([top.sd, *limits])
    variance = sd**2
    with np.errstate(invalid="ignore"):
        shared = np.where(np.isinf(variance), 1.0, variance / (variance + LOGISTIC))
    rows = np.stack([sd, variance, shared])
    chance = stats.chi2.sf(2 * (top.value - top.alone), 1) / 2 if top.sd else 1.0
    return pd.DataFrame(
        {
            "measure": ["standard deviation", "variance", "intraclass correlation"],
            "estimate": rows[:, 0],
            "conf_low": rows[:, 1],
            "conf_high": rows[:, 2],
            "p_value": chance,
            "n_units": n_units,
        }
    )


def _no_spread(top: Summit) -> str:
    if top.sd:
        return ""
    return (
        "No spread between people fits better than some: it is estimated as 0, and the estimates "
        "and errors are those of a logit that takes rows as independent."
    )


def _refuse_alike(design: Design) -> None:
    """Refuse people of whom nothing tells how much they differ."""
    people = design.people
    asked = np.bincount(people.profile, people.trials)
    came = np.bincount(people.profile, people.successes)
    if asked.max() < 2:
        raise EstimationError(
            "nobody has two rows, so that people's own intercepts cannot be told",
            where=WHERE,
            expected="people with several meetings",
            got=f"{design.n_rows} rows of {design.n_units} people",
            hint="ask for fit_logit, or check which column names the person",
        )
    if ((came == 0) | (came == asked)).all():
        always = int(people.units[came > 0].sum())
        raise EstimationError(
            f"{number_of(always, 'person', 'people')} always came and "
            f"{design.n_units - always:,} never did, and nobody did both, so "
            "that how much people differ has no finite estimate",
            where=WHERE,
            expected="somebody who came at times and at times did not",
            got="people who are all one or the other",
            hint="ask for fit_logit with unit=, which clusters its errors by person",
        )
