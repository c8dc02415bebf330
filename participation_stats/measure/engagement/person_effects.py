"""How much more each person comes than others alike: posterior means, drawn towards nought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.engagement.integration import Rule as Quadrature
from participation_stats.measure.engagement.integration import blocks_of, marginal
from participation_stats.measure.engagement.people import People
from participation_stats.measure.engagement.standardisation import Basis
from participation_stats.measure.formulas import parse
from participation_stats.measure.results import Result, Rule
from participation_stats.measure.tallies import gathered

WHERE = "MixedFit.person_effects"
#: Enough however much people differ.
SURE = Quadrature("trapezium", 100)


@dataclass(frozen=True, eq=False, repr=False)
class PersonEffects(Result):
    """How much more each person comes than others alike in all that the model knows.

    Attributes
    ----------
    table : DataFrame
        One row per person: the column that names the person, ``n_rows`` (meetings open to
        them), ``successes`` (attended), ``estimate`` (log-odds above the average person, drawn
        towards nought the fewer the meetings) and ``std_error``, posterior mean and standard
        deviation. It never leaves under a publishing policy.
    """

    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", individual=True, variable=None),)


def deviations(data: Any, formula: str, unit: str, basis: Basis) -> PersonEffects:
    """Posterior means and standard deviations; `basis` has β and σ for its parameters.

    Raises
    ------
    InputError, SourceError
        If a column is not there, no row is complete, a level is new, or no file is found.
    """
    response, covariates = parse(formula)
    rows = gathered(data, WHERE, [unit, response, *covariates]).dropna()
    if rows.empty:
        raise InputError(
            "no row has every value",
            where=WHERE,
            expected=f"rows with {', '.join([unit, response, *covariates])}",
            got="none",
        )
    cells = (
        rows.assign(_came=rows[response].astype(float))
        .groupby([unit, *covariates], observed=True)["_came"]
        .agg(["size", "sum"])
        .reset_index()
    )
    person, names = pd.factorize(cells[unit])
    people = People(
        person.astype(np.int64), np.arange(len(cells)), cells["size"].to_numpy(dtype=float),
        cells["sum"].to_numpy(dtype=float), np.ones(len(names)), len(cells),
    )  # fmt: skip
    sd = float(basis.parameters[-1])
    out = pd.DataFrame(
        {
            unit: names,
            "n_rows": np.bincount(person, people.trials).astype(np.int64),
            "successes": np.bincount(person, people.successes).astype(np.int64),
            "estimate": 0.0,
            "std_error": 0.0,
        }
    )
    if sd == 0:
        return PersonEffects(out)
    design = basis.encode(_in_levels(cells[covariates], basis))
    point = np.r_[basis.parameters[:-1], np.log(sd)]
    found = marginal(blocks_of(people), design, point, rule=SURE)
    return PersonEffects(out.assign(estimate=sd * found.means, std_error=sd * found.spreads))


def _in_levels(patterns: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    """Patterns with the levels of the fit; others are refused."""
    out = {}
    for name, levels in basis.levels.items():
        if name not in patterns:
            continue
        unknown = set(patterns[name]) - set(levels)
        if unknown:
            raise InputError(
                f"'{name}' has a level that the fit does not know",
                where=WHERE,
                expected=f"one of {', '.join(map(str, levels))}",
                got=f"'{sorted(map(str, unknown))[0]}'",
            )
        out[name] = pd.Categorical(patterns[name], categories=pd.Index(levels))
    return patterns.assign(**out)
