"""Tests of whole terms of a model: Wald's, and Rao and Scott's of the working likelihood ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from participation_stats.errors import InputError
from participation_stats.measure.results import Result, Rule

from .model_fitting import Estimated, fit_point
from .model_rows import ModelRows

Floats = npt.NDArray[np.float64]
WALD, RAO_SCOTT = "Wald F", "Rao–Scott likelihood ratio"


@dataclass(frozen=True, eq=False, repr=False)
class TermTests(Result):
    """Does a characteristic matter, all its groups taken together?

    Attributes
    ----------
    table : DataFrame
        Two rows per term: ``term, test, n_units`` (the fewest people on whom one of its columns
        rests), ``statistic`` (F), ``df_numerator, df_denominator, p_value``.
    """

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            count="n_units",
            derived=("statistic", "p_value", "df_numerator"),
            variable=None,
        ),
    )


def term_table(
    rows: ModelRows, found: Estimated, terms: str | Sequence[str] | None
) -> pd.DataFrame:
    """The table of `TermTests`: of each term alone, or of those named together.

    Raises
    ------
    InputError
        If the formula has no such term.
    """
    known = {name: columns for name, columns in rows.coded.blocks.items() if name != "1"}
    if terms is None:
        asked = list(known.items())
    else:
        named = [terms] if isinstance(terms, str) else list(terms)
        places = [known[_term(name, list(known))] for name in named]
        asked = [(" + ".join(named), [column for place in places for column in place])]
    resting = rows.resting()
    lines = [
        {"term": name, "n_units": min(resting[column] for column in columns), **line}
        for name, columns in asked
        for line in (_wald(rows, found, columns), _rao_scott(rows, found, columns))
    ]
    order = ["term", "test", "n_units", "statistic", "df_numerator", "df_denominator", "p_value"]
    return pd.DataFrame(lines, columns=order)


def _term(name: str, known: list[str]) -> str:
    """The name of a term as the formula has it; the order of an interaction does not matter."""
    for term in known:
        if sorted(term.split(":")) == sorted(name.split(":")):
            return term
    raise InputError(
        f"the formula has no term '{name}'",
        where="SurveyFit.test",
        expected="one of " + ", ".join(known),
        got=f"'{name}'",
    )


def _wald(rows: ModelRows, found: Estimated, columns: list[int]) -> dict[str, object]:
    estimates, block = found.estimates[columns], found.covariance[np.ix_(columns, columns)]
    # Where no answer varies within the groups there is no error, and so no test.
    chi = float(estimates @ np.linalg.pinv(block, hermitian=True) @ estimates)
    statistic = chi / len(columns) if block.any() else np.nan
    return _line(WALD, statistic, len(columns), rows.degrees_freedom)


def _rao_scott(rows: ModelRows, found: Estimated, columns: list[int]) -> dict[str, object]:
    """The drop in deviance over the sum of its design effects, with Satterthwaite's F."""
    others = [column for column in range(len(found.estimates)) if column not in columns]
    if others:
        _, reduced = fit_point(found.kind, rows.coded.design[:, others], rows.y, rows.weights)
    else:
        reduced = _bare_deviance(rows, found)
    place = np.ix_(columns, columns)
    effects = np.linalg.eigvals(np.linalg.solve(found.working[place], found.covariance[place])).real
    if not effects.sum() > 0:
        return _line(RAO_SCOTT, np.nan, len(columns), rows.degrees_freedom)
    free = effects.sum() ** 2 / (effects**2).sum()
    return _line(RAO_SCOTT, (reduced - found.deviance) / effects.sum(), free, rows.degrees_freedom)


def _bare_deviance(rows: ModelRows, found: Estimated) -> float:
    """Deviance of a model without any term, whose linear predictor is 0."""
    if found.kind == "linear":
        return float(rows.weights @ rows.y**2)
    return float(2 * np.log(2) * rows.weights.sum())


def _line(test: str, statistic: float, numerator: float, denominator: int) -> dict[str, object]:
    return {
        "test": test,
        "statistic": float(statistic),
        "df_numerator": float(numerator),
        "df_denominator": denominator,
        "p_value": float(stats.f.sf(statistic, numerator, denominator)),
    }
