"""Logit with Firth's penalty: finite estimates where a group always or never came."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError, MissingExtraError
from participation_stats.measure.engagement.designs import Design, design_of
from participation_stats.measure.engagement.fits import Fit
from participation_stats.measure.engagement.likelihood import information
from participation_stats.measure.engagement.people import Floats

#: Far below any digit that is read; firthmodels' own default of 1e-4 is not.
SETTLED = 1e-9
MOST_STEPS = 500
WHERE = "fit_firth"


def fit_firth(formula: str, data: Any, *, unit: str | None = None, confidence: float = 0.95) -> Fit:
    r"""Fit a logit that is penalised by Jeffreys' prior, for small groups and separation.

    Maximises :math:`\ell^*(\beta) = \ell(\beta) + \tfrac12 \log|X'W(\beta)X|` on cells. Where a
    group never came its odds ratio is finite and its interval honest: the limits are those of
    the profile of ℓ*, not of a symmetric approximation that fails there.

    Parameters
    ----------
    formula, data, confidence
        As of `fit_logit`.
    unit : str, optional
        Column that names the person, by which people are counted. Rows are taken as independent
        all the same: no clustered covariance exists for a penalised fit, and the note says so.

    Returns
    -------
    Fit
        ``std_error`` from the penalised fit's information; ``statistic`` is the signed root of
        the penalised likelihood ratio, from which ``p_value``; ``conf_low, conf_high`` by
        profile penalised likelihood.

    Raises
    ------
    InputError, SourceError
        As of `fit_logit`.
    EstimationError
        If a term follows from the others, there are too few people, or a limit is not found.
    MissingExtraError
        If firthmodels is not installed.

    Notes
    -----
    Firth (1993), Biometrika 80; Heinze & Schemper (2002), Statistics in Medicine 21; limits by
    Venzon & Moolgavkar (1988), Applied Statistics 37.

    Examples
    --------
    None of four in group B came. With ½ added to each cell, the odds are ½ to 4½:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"group": list("AAAABBBB"), "attended": [1, 1, 0, 0, 0, 0, 0, 0]})
    >>> fit = fit_firth("attended ~ group", log)
    >>> print(fit.odds_ratios()[["term", "estimate", "conf_low", "conf_high"]].round(3))
             term  estimate  conf_low  conf_high
    0   Intercept     1.000     0.155      6.470
    1  group[T.B]     0.111     0.001      2.127
    """
    design = design_of(formula, data, unit, confidence, WHERE)
    return firth_fit(design, unit, confidence, "")


def firth_fit(design: Design, unit: str | None, confidence: float, note: str) -> Fit:
    """The penalised fit of a design that is at hand."""
    model = _fitted(design)
    estimates = np.asarray(model.coef_, dtype=float)
    x, trials = design.coded.design, design.trials
    covariance = np.asarray(np.linalg.inv(information(estimates, x, trials)), dtype=float)
    p_values, limits = _profiled(model, confidence)
    table = pd.DataFrame(
        {
            "term": design.coded.terms,
            "estimate": estimates,
            "std_error": np.sqrt(np.diag(covariance)),
            "statistic": np.sign(estimates) * stats.norm.isf(p_values / 2),
            "p_value": p_values,
            "conf_low": limits[:, 0],
            "conf_high": limits[:, 1],
        }
    )
    said = "Limits are by profile penalised likelihood, as if rows were independent."
    return Fit(
        design.numbered(table),
        model="Firth logit",
        formula=design.formula,
        **design.counts(),
        converged=True,
        log_likelihood=float(model.loglik_),
        unit=unit or "",
        clustered_by="",
        confidence=confidence,
        note=" ".join(told for told in (note, said, design.fallback()) if told),
        basis=design.basis(estimates, covariance, likelihood="penalised"),
    )


def _fitted(design: Design) -> Any:
    """Firthmodels on two rows per pattern, who came and who did not, weighted by their number."""
    try:
        from firthmodels import FirthLogisticRegression
    except ImportError as error:
        raise MissingExtraError(
            "Firth's penalty needs firthmodels", where=WHERE, hint="pip install firthmodels"
        ) from error
    x = design.coded.design
    rows = np.vstack([x, x])
    came = np.repeat([1, 0], len(x))
    weights = np.concatenate([design.successes, design.trials - design.successes])
    if weights[came == 1].sum() == 0 or weights[came == 0].sum() == 0:
        raise EstimationError(
            "nobody ever came" if weights[came == 1].sum() == 0 else "everybody always came",
            where=WHERE,
            expected="some who came and some who did not",
            got=f"{design.successes.sum():,.0f} of {design.n_rows:,} person-meetings attended",
        )
    model = FirthLogisticRegression(
        fit_intercept=False, gtol=SETTLED, xtol=SETTLED, max_iter=MOST_STEPS
    )
    return _strict(lambda: model.fit(rows, came, sample_weight=weights).lrt(), "estimates")


def _profiled(model: Any, confidence: float) -> tuple[Floats, Floats]:
    limits = _strict(
        lambda: model.conf_int(1 - confidence, method="pl", max_iter=MOST_STEPS, tol=SETTLED),
        "profile limits",
    )
    return np.asarray(model.lrt_pvalues_, dtype=float), np.asarray(limits, dtype=float)


def _strict(compute: Any, what: str) -> Any:
    """What is computed, or a named error where the solver only warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return compute()
        except (RuntimeWarning, UserWarning, np.linalg.LinAlgError) as error:
            raise EstimationError(
                f"no {what} could be found",
                where=WHERE,
                expected="a penalised likelihood with one top",
                got=str(error).splitlines()[0],
                hint="ask for fewer characteristics at once, or merge groups with ps.roll_up",
            ) from error
