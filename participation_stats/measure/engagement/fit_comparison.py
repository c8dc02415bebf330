"""Two models of the same attendance: which terms add something, and which model fits better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import linalg, stats

from participation_stats.errors import InputError
from participation_stats.measure.engagement.people import Floats, People
from participation_stats.measure.results import Result, Rule, listed, told_p

if TYPE_CHECKING:
    from participation_stats.measure.engagement.fits import Fit

WHERE = "Fit.compare"
#: A column follows from others if what they leave of it is below this part of its length.
FOLLOWS = 1e-8


_NUMBERS = (
    "n_parameters", "log_likelihood", "aic", "bic", "qic",
    "statistic", "degrees_of_freedom", "p_value", "sentence",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class FitComparison(Result):
    """Two models side by side.

    Attributes
    ----------
    table : DataFrame
        Both models, the larger one last where one holds the other: ``model, formula, n_units``
        (the fewest people on whom a term rests), ``n_parameters, log_likelihood, aic, bic`` (the
        last with the number of rows) and ``qic`` of models whose errors are clustered; in the
        last row ``statistic`` (χ²), ``degrees_of_freedom`` (parameters that it has more),
        ``p_value`` and ``sentence``. NaN where there is no such number.
    test : str
        ``"likelihood ratio"``, ``"Wald"``, or empty where neither model holds the other.
    """

    test: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_NUMBERS, variable=None),
    )

    @property
    def statistic(self) -> float:
        """χ² of the test; NaN where there is none."""
        return float(self.table["statistic"].iloc[-1])

    @property
    def degrees_of_freedom(self) -> float:
        """Parameters that the larger model has more; NaN where there is no test."""
        return float(self.table["degrees_of_freedom"].iloc[-1])

    @property
    def p_value(self) -> float:
        """Of the test; NaN where there is none."""
        return float(self.table["p_value"].iloc[-1])

    @property
    def sentence(self) -> str:
        """What follows, in words."""
        return str(self.table["sentence"].iloc[-1])


def comparison(first: Fit, second: Fit) -> FitComparison:
    """What `Fit.compare` gives."""
    _refuse_others(first, second)
    small, large = sorted((first, second), key=lambda fit: len(fit.basis.parameters))
    held = _constraints(small, large)
    table = pd.DataFrame([_row(small), _row(large)])
    if held is None or not len(held):
        last = {"sentence": _preferred(small, large, table, equal=held is not None)}
        return FitComparison(_completed(table, last), test="")
    if _by_likelihood(small) and _by_likelihood(large):
        test, statistic = "likelihood ratio", 2 * (large.log_likelihood - small.log_likelihood)
    else:
        test, statistic = "Wald", _wald(large, held)
    p_value = float(stats.chi2.sf(statistic, len(held)))
    tested: dict[str, Any] = {
        "statistic": statistic,
        "degrees_of_freedom": float(len(held)),
        "p_value": p_value,
        "sentence": _sentence(small, large, test, statistic, len(held), p_value),
    }
    return FitComparison(_completed(table, tested), test=test)


def _completed(table: pd.DataFrame, last: dict[str, Any]) -> pd.DataFrame:
    """The table with what is said of both models in its last row."""
    for name in ("statistic", "degrees_of_freedom", "p_value"):
        table[name] = [np.nan, last.get(name, np.nan)]
    return table.assign(sentence=["", last["sentence"]])


def _refuse_others(first: Fit, second: Fit) -> None:
    """Refuse fits of different data: the response, or anybody's meetings and attendances."""
    one, other = (fit.formula.split("~")[0].strip() for fit in (first, second))
    if one != other:
        raise InputError(
            f"models of '{one}' and of '{other}' cannot be compared",
            where=WHERE,
            expected="the same left side in both formulas",
            got=f"'{first.formula}' and '{second.formula}'",
        )
    if not _same_people(first.basis.people, second.basis.people):
        raise InputError(
            "the models are fitted to different data",
            where=WHERE,
            expected="the same people, meetings and attendances in both",
            got=f"{first.n_rows:,} rows of {first.n_units:,} people ({first.n_missing:,} left "
            f"out), and {second.n_rows:,} of {second.n_units:,} ({second.n_missing:,} left out)",
            hint="fit both to the rows that have every value of either: "
            "data.dropna(subset=[...]), with the same unit",
        )


def _same_people(one: People, other: People) -> bool:
    """Whether as many people have each number of meetings and attendances."""
    first, second = _histories(one), _histories(other)
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=1e-9, atol=1e-9))


def _histories(people: People) -> Floats:
    """Meetings, attendances and how many people have them; of shape (distinct, 3)."""
    asked = np.bincount(people.profile, people.trials)
    came = np.bincount(people.profile, people.successes)
    frame = pd.DataFrame({"asked": asked, "came": came, "people": people.units})
    return frame.groupby(["asked", "came"], as_index=False)["people"].sum().to_numpy(dtype=float)


def _by_likelihood(fit: Fit) -> bool:
    """Whether a difference of log-likelihoods has its usual distribution."""
    return fit.basis.likelihood == "full" and not fit.clustered_by


def _constraints(small: Fit, large: Fit) -> Floats | None:
    """What the larger model's parameters satisfy if the smaller one is true.

    Returns
    -------
    array of shape (constraints, parameters) or None
        Rows are combinations that are nought; None where the smaller is not within the larger.
    """
    if small.model != large.model:
        return None
    spare = len(large.basis.parameters) - len(large.table)
    if spare != len(small.basis.parameters) - len(small.table):
        return None
    terms, wanted = list(large.table["term"]), set(small.table["term"])
    if wanted <= set(terms):
        return np.array([row for row, term in zip(np.eye(len(terms) + spare), terms, strict=False)
                         if term not in wanted]).reshape(-1, len(terms) + spare)  # fmt: skip
    patterns = large.basis.patterns
    if not set(small.basis.patterns) <= set(patterns):
        return None
    wide = large.basis.encode(patterns)
    narrow = small.basis.encode(patterns[list(small.basis.patterns)])
    if wide.shape[1] != len(terms) or narrow.shape[1] != len(wanted):
        return None
    # Terms coded otherwise: the smaller's columns as combinations of the larger's.
    mixture = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    if np.abs(wide @ mixture - narrow).max() > FOLLOWS * max(1.0, float(np.abs(narrow).max())):
        return None
    free = linalg.null_space(mixture.T).T
    return np.hstack([free, np.zeros((len(free), spare))])


def _wald(large: Fit, held: Floats) -> float:
    gap = held @ large.basis.parameters
    # A clustered covariance of few people may be singular.
    return float(gap @ np.linalg.pinv(held @ large.basis.covariance @ held.T) @ gap)


def _row(fit: Fit) -> dict[str, object]:
    size, height = len(fit.basis.parameters), fit.log_likelihood
    known = fit.basis.likelihood == "full"
    return {
        "model": fit.model,
        "formula": fit.formula,
        "n_units": int(fit.table["n_units"].min()),
        "n_parameters": size,
        "log_likelihood": height,
        "aic": 2 * size - 2 * height if known else np.nan,
        "bic": size * np.log(fit.n_rows) - 2 * height if known else np.nan,
        "qic": _qic(fit),
    }


def _qic(fit: Fit) -> float:
    """Pan's criterion: −2 quasi-likelihood + 2 tr(A V), with A the naive information.

    Pan (2001), Biometrics 57: Akaike's criterion where errors are clustered.
    """
    basis = fit.basis
    if not fit.clustered_by or basis.scale != "fraction":
        return float("nan")
    each = 1.0 if basis.rows is None else basis.weights / basis.rows
    came = each * basis.people.totals(basis.people.successes)
    rate, slope = basis.respond(basis.encode(basis.patterns), basis.parameters)
    missed = basis.weights - came
    height = float(came @ np.log(rate) + missed @ np.log1p(-rate))
    naive = (slope * (basis.weights / (rate * (1 - rate)))[:, None]).T @ slope
    return -2 * height + 2 * float(np.trace(naive @ basis.covariance))


def _sentence(
    small: Fit, large: Fit, test: str, statistic: float, freedom: int, p_value: float
) -> str:
    by = f", clustered by {large.clustered_by}" if test == "Wald" and large.clustered_by else ""
    known = set(small.table["term"])
    more = [term for term in large.table["term"] if term not in known]
    added = list(dict.fromkeys(re.sub(r"\[[^\]]*\]", "", term) for term in more))
    does = "add" if len(added) > 1 else "adds"
    much = "to" if p_value < 1 - large.confidence else "nothing certain to"
    named = listed(added) or large.formula
    return (
        f"{named} {does} {much} {small.formula} ({test} test{by}: χ² = {statistic:.2f} "
        f"on {freedom} degree{'s' if freedom > 1 else ''} of freedom, {told_p(p_value)})."
    )


def _preferred(small: Fit, large: Fit, table: pd.DataFrame, *, equal: bool) -> str:
    """Which of two models that do not hold one another the criteria prefer."""
    if equal:
        return "The two models are the same."
    alike = (
        "Neither model holds the other"
        if small.model == large.model
        else "The models are of two kinds"
    )
    for name in ("qic", "aic"):
        low, high = table[name]
        if np.isfinite(low) and np.isfinite(high):
            better = small if low < high else large
            return (
                f"{alike}, so that no test of terms compares them; {name.upper()} prefers "
                f"{better.model} of '{better.formula}' by {abs(high - low):.1f}."
            )
    return f"{alike}, and they have no information criterion in common."
