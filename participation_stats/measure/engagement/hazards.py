"""Hazards: who stops coming sooner."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.designs import design_of
from participation_stats.measure.engagement.discrete_hazards import (
    PERIOD,
    complementary,
    discrete_changes,
    respond_cloglog,
)
from participation_stats.measure.engagement.durations import person_periods, read_durations
from participation_stats.measure.engagement.fit_checks import STOPPING, Words
from participation_stats.measure.engagement.fits import Fit, wald_table
from participation_stats.measure.engagement.likelihood import (
    information,
    log_likelihood,
    maximise,
    respond,
)
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.proportionality import (
    cox_change,
    proportionality_table,
    told_change,
)
from participation_stats.measure.engagement.row_designs import (
    read_rows,
    refuse_few,
)
from participation_stats.measure.engagement.separation import separated
from participation_stats.measure.engagement.standardisation import Basis
from participation_stats.measure.formulas import encode, parse
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Rule, left_out

Method = Literal["logit", "cloglog", "cox"]
#: A step of Newton's method that long, after statsmodels has stopped, is no maximum.
SETTLED = 1e-3
#: A term that moves hazards e¹⁵-fold is a group in which nobody stopped, or that stopped last.
RUNAWAY = 15.0


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class HazardFit(Fit):
    """A fitted model of who stops coming.

    Attributes
    ----------
    table : DataFrame
        As of `Fit`, ``estimate`` in log hazard ratios.
    proportionality : DataFrame
        ``term, statistic, degrees_of_freedom, p_value, n_units``: score tests of whether each
        ratio, and all of them, change with the logarithm of time (of Cox's model as ``cox.zph``
        of R's survival 3). A small p-value says that one ratio for all times is too simple.
    n_events : int
        People who stopped.
    ties : str
        How people who stop at the same time are treated; empty of a discrete hazard.
    """

    proportionality: pd.DataFrame
    n_events: int
    ties: str
    rules: ClassVar[tuple[Rule, ...]] = (
        *Fit.rules,
        Rule(
            "proportionality",
            count="n_units",
            derived=("statistic", "degrees_of_freedom", "p_value"),
            variable=None,
        ),
    )
    ratio: ClassVar[str] = "hazard ratio"
    words: ClassVar[Words] = STOPPING

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        parts = [
            f"{self.model} of {self.formula}: {self.n_events:,} of {self.n_units:,} people stopped "
            f"coming, {self.n_rows:,} {'people' if self.ties else 'person-meetings'} at risk."
        ]
        if self.references:
            compared = ", ".join(f"{level} ({name})" for name, level in self.references.items())
            parts.append(f"Groups are compared with {compared}.")
        if self.n_missing:
            parts.append(left_out(self.n_missing, "person", "people"))
        parts.append(told_change(self.proportionality))
        return " ".join([*parts, self.note])


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class HazardOddsFit(HazardFit):
    """A fitted discrete hazard on the logit scale: as `HazardFit`, in log-odds of stopping."""

    ratio: ClassVar[str] = "odds ratio of stopping"


def fit_hazard(
    formula: str,
    data: Any,
    *,
    method: Method = "logit",
    baseline: str = "np.log(period)",
    ties: Literal["efron", "breslow"] = "efron",
    confidence: float = 0.95,
) -> HazardFit:
    r"""Fit a model of the hazard of dropping out.

    .. math::

        \operatorname{logit} h_i(t) = \alpha(t) + x_i'\beta, \qquad
        \log\!\big(-\log(1 - h_i(t))\big) = \alpha(t) + x_i'\beta, \qquad
        h_i(t) = h_0(t)\exp(x_i'\beta)

    with h the chance to stop after the t-th meeting of somebody who came until then. The first
    two are discrete hazards, fitted to a row per person and meeting up to their last (whose
    likelihood is that of the durations, so that rows of one person need no clustering); the
    second has the β of proportional hazards. The third is Cox's partial likelihood.

    Parameters
    ----------
    formula : str
        ``"duration ~ ethnicity + age_band"``; the left side is always ``duration``.
    data : Durations, frame, str or Path
        From `attendance_durations`, or one row per person with ``duration`` (whole meetings
        unless ``method="cox"``) and ``event`` (1: stopped).
    method : {"logit", "cloglog", "cox"}
    baseline : str
        Terms of α(t) in ``period``, for discrete hazards: ``"1"`` (always the same),
        ``"np.log(period)"``, ``"C(period)"`` (its own for every meeting).
    ties : {"efron", "breslow"}
        For Cox: how people who stop at the same time are treated.
    confidence : float
        Level of the intervals.

    Returns
    -------
    HazardFit
        ``.rates(by)`` are average hazards per meeting; of Cox, hazards relative to that of
        somebody for whom every term is nought.

    Raises
    ------
    InputError
        If the formula, a column, the method or the ties are wrong, or a duration is not whole.
    EstimationError
        If nobody stopped, a group never did (or always at once), terms cannot be told apart, or
        there are too few people for the terms.

    References
    ----------
    Allison (1982), Sociological Methodology 13; Cox (1972), Journal of the Royal Statistical
    Society B 34; Efron (1977), Journal of the American Statistical Association 72. Cox's model is
    computed by statsmodels (PHReg).

    Examples
    --------
    Of group a two of seven person-meetings were the last, of group b three of four:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"duration": [3, 2, 2, 2, 1, 1], "event": [1, 1, 0, 1, 1, 1]})
    >>> log["group"] = list("aaabbb")
    >>> fit = fit_hazard("duration ~ group", log, baseline="1")
    >>> print(fit.table[["term", "estimate", "n_units"]].round(4))
             term  estimate  n_units
    0   Intercept   -0.9163        6
    1  group[T.b]    2.0149        3
    >>> print(fit.rates("group").table[["category", "estimate"]].round(4))
      category  estimate
    0        a    0.2857
    1        b    0.7500
    """
    check_confidence(confidence, "fit_hazard")
    _check_choices(method, ties)
    response, covariates = parse(formula)
    if response != "duration":
        raise InputError(
            f"the left side of '{formula}' is not the duration",
            where="fit_hazard",
            expected="'duration ~ …', with the columns duration and event",
            got=f"'{response}'",
        )
    rows, n_missing = read_durations(data, covariates, "fit_hazard")
    if not rows["event"].any():
        raise EstimationError(
            f"nobody stopped coming ({len(rows)} people)",
            where="fit_hazard",
            expected="people who stopped",
            got="durations that all go on",
        )
    rows = rows.assign(event=rows["event"].astype("int64"))
    if method == "cox":
        return _cox(formula, rows, covariates, n_missing, ties, confidence)
    return _discrete(formula, rows, n_missing, method, baseline, confidence)


def _check_choices(method: str, ties: str) -> None:
    for name, given, known in (
        ("method", method, ("logit", "cloglog", "cox")),
        ("ties", ties, ("efron", "breslow")),
    ):
        if given not in known:
            raise InputError(
                f"{name}='{given}' is no choice",
                where="fit_hazard",
                expected="one of " + ", ".join(known),
                got=f"'{given}'",
            )


def _discrete(
    formula: str, rows: pd.DataFrame, n_missing: int, method: Method, baseline: str, level: float
) -> HazardFit:
    length = rows["duration"].to_numpy(dtype=float)
    if (length != np.rint(length)).any():
        raise InputError(
            "durations that are not whole",
            where="fit_hazard",
            expected="meetings, counted from 1",
            got=f"{length[length != np.rint(length)][0]:g}",
            hint="ask for method='cox'",
        )
    _check_baseline(baseline, parse(formula)[1], length)
    periods = person_periods(rows.assign(_person=np.arange(len(rows))))
    right = formula.split("~", 1)[1].strip()
    design = design_of(f"event ~ {baseline} + {right}", periods, "_person", level, "fit_hazard")
    # To see whether ratios change, cells must know their period, whether the model does or not.
    dated = design
    if PERIOD not in design.coded.patterns and length.max() > 1:
        dated = design_of(f"event ~ {PERIOD} + {right}", periods, "_person", level, "fit_hazard")
    told = separated(design.coded, design.trials, design.successes)
    if told:
        raise EstimationError(
            told.replace("ever came", "ever stopped coming").replace(
                "always came", "always stopped"
            ),
            where="fit_hazard",
            expected="some who stopped and some who went on in every group",
            got="separation: no finite ratio fits",
            hint="merge the group with another by ps.roll_up, or ask for a simpler baseline",
        )
    x, trials, events = design.coded.design, design.trials, design.successes
    if method == "logit":
        estimates = maximise(x, trials, events, "fit_hazard")
        inverse = np.asarray(np.linalg.inv(information(estimates, x, trials)), dtype=float)
        height, answer = log_likelihood(x @ estimates, trials, events), respond
    else:
        estimates, inverse, height = complementary(design)
        answer = respond_cloglog
    kind = HazardOddsFit if method == "logit" else HazardFit
    scale = "logit" if method == "logit" else "complementary log-log"
    return kind(
        design.numbered(wald_table(design.coded.terms, estimates, inverse, level)),
        model=f"Discrete hazard ({scale})",
        formula=formula,
        **{**design.counts(), "n_missing": n_missing},
        converged=True,
        log_likelihood=height,
        unit="",
        clustered_by="",
        confidence=level,
        note=f"The hazard changes with the meetings since the first as {baseline}.",
        proportionality=discrete_changes(dated, design, baseline, estimates, answer),
        basis=design.basis(estimates, inverse, answer),
        n_events=int(rows["event"].sum()),
        ties="",
    )


def _check_baseline(baseline: str, covariates: list[str], length: Floats) -> None:
    names = parse(f"event ~ {baseline}")[1]
    other = [name for name in names if name not in (PERIOD, *covariates)]
    if other:
        raise InputError(
            f"baseline='{baseline}' speaks of '{other[0]}'",
            where="fit_hazard",
            expected=f"terms in {PERIOD} and what the formula has: '1', 'np.log({PERIOD})'",
            got=f"'{other[0]}'",
            hint="check the spelling; covariates belong into the formula",
        )
    if PERIOD in names and length.max() == 1:
        raise EstimationError(
            "nobody was watched beyond the first meeting",
            where="fit_hazard",
            expected="people who came again, for a hazard that changes with the meetings since",
            got="durations that are all 1",
            hint="ask for baseline='1'",
        )


def _cox(
    formula: str,
    rows: pd.DataFrame,
    covariates: list[str],
    n_missing: int,
    ties: str,
    level: float,
) -> HazardFit:
    from statsmodels.duration.hazard_regression import PHReg

    people = read_rows(rows, covariates, ["duration", "event"], None, "fit_hazard")
    coded = encode(formula, people.patterns)
    terms = [term for term in coded.terms if term != "Intercept"]
    if not terms:
        raise InputError(
            "no term to estimate", where="fit_hazard", expected="a term", got=f"'{formula}'"
        )
    refuse_few(people.n_units, len(terms), "fit_hazard")
    kept = [coded.terms.index(term) for term in terms]
    duration = people.frame["duration"].to_numpy(dtype=float)
    event = people.frame["event"].to_numpy(dtype=float)
    x = coded.design[:, kept]
    # Centring leaves the partial likelihood as it is, and its exponentials in range.
    model = PHReg(duration, x[people.pattern] - x[people.pattern].mean(axis=0), event, ties=ties)
    estimates, covariance = _maximum(model)
    spread = x[people.pattern].std(axis=0)
    running = [terms[i] for i in np.flatnonzero(~(np.abs(estimates) * spread < RUNAWAY))]
    if covariance is None or running:
        raise EstimationError(
            f"{', '.join(running or terms)}: no finite hazard ratio fits",
            where="fit_hazard",
            expected="some who stopped in every group, not all of them before or after the rest",
            got="a partial likelihood that rises for ever",
            hint="merge the group with another by ps.roll_up",
        )
    table = wald_table(terms, estimates, covariance, level)
    basis = Basis(
        patterns=coded.patterns,
        weights=np.asarray(np.bincount(people.pattern), dtype=float),
        encode=partial(coded.encode_only, kept),
        respond=_relative,
        scale="positive",
        people=people.people(np.ones(people.n_units)),
        parameters=estimates,
        covariance=covariance,
        levels=coded.levels,
        likelihood="partial",
    )
    resting = people.resting(x)
    score, information = cox_change(x, people.pattern, duration, event, estimates, ties)
    return HazardFit(
        table.assign(n_units=resting),
        model="Proportional hazards (Cox)",
        formula=formula,
        **{**people.counts(), "n_missing": n_missing},
        converged=True,
        log_likelihood=float(model.loglike(estimates)),
        unit="",
        clustered_by="",
        confidence=level,
        note=f"Fitted on rows, one for each person; ties after {ties.title()}.",
        proportionality=proportionality_table(terms, score, information, resting, people.n_units),
        basis=basis,
        n_events=int(event.sum()),
        ties=ties,
    )


def _maximum(model: Any) -> tuple[Floats, Floats | None]:
    """Estimates, and the inverse of the observed information; None where a term carries none."""
    # What statsmodels warns of is found below, and named.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted: Any = model.fit(disp=0)
        except np.linalg.LinAlgError:
            return np.full(model.exog.shape[1], np.inf), None
        estimates = np.asarray(fitted.params, dtype=float)
        inverse = _inverse(model, estimates)
        if inverse is None:
            return estimates, None
        step = inverse @ np.asarray(model.score(estimates), dtype=float)
        # A maximum has nowhere to go.
        return estimates + step, inverse if np.abs(step).max() < SETTLED else None


def _inverse(model: Any, estimates: Floats) -> Floats | None:
    information = -np.asarray(model.hessian(estimates), dtype=float)
    if not np.isfinite(information).all():
        return None
    sizes = np.linalg.eigvalsh(information)
    return None if sizes[0] <= 1e-8 * sizes[-1] else np.linalg.inv(information)


def _relative(design: Floats, estimates: Floats) -> tuple[Floats, Floats]:
    ratio = np.asarray(np.exp(design @ estimates), dtype=float)
    return ratio, ratio[:, None] * design
