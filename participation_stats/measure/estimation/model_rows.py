"""From a design and a formula to the rows that a model is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.formulas import Encoding, encode, parse

from .designs import SurveyDesign, require_design
from .surveys import require_column

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: How a survey's answers say 1 and 0.
TRUTH = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}


@dataclass(frozen=True, eq=False)
class ModelRows:
    """The rows of a model: those of the domain in which nothing is missing.

    Attributes
    ----------
    design : SurveyDesign
    formula, response : str
    used : array of bool of shape (rows,)
        Which rows of the design are used; the others count as nought in every sum.
    coded : Encoding
        Design matrix of shape (used rows, terms) and how to make another.
    y, weights : arrays of shape (used rows,)
        Weights are divided by their mean.
    n_missing : int
        Rows of the domain that were left out because a value is missing.
    degrees_freedom : int
        Clusters less strata among the rows used, less terms, plus 1.
    """

    design: SurveyDesign
    formula: str
    response: str
    used: Bools
    coded: Encoding
    y: Floats
    weights: Floats
    n_missing: int
    degrees_freedom: int

    def spread(self, values: Floats) -> Floats:
        """Values of the rows used (rows used, k), with 0 for all other rows of the design."""
        out = np.zeros((len(self.used), values.shape[1]))
        out[self.used] = values
        return out

    def resting(self) -> list[int]:
        """People on whom each term rests: those for whom it is not nought."""
        return [int(count) for count in (self.coded.design != 0).sum(axis=0)]


def model_rows(design: SurveyDesign, formula: str, domain: Any, where: str) -> ModelRows:
    """Read the formula on the design's rows.

    Raises
    ------
    InputError
        If the formula cannot be read, a column is not there, the response is no number, nobody
        is left, or a weight is negative.
    EstimationError
        If there are no more clusters than strata and terms, or a term follows from others.
    """
    require_design(design, where, replicates=True)
    response, covariates = parse(formula)
    for name in (response, *covariates):
        require_column(name, list(design.frame.columns), where)
    named = [domain] if isinstance(domain, str) else []
    design = design.in_memory([response, *covariates, *named])
    inside = _domain(design, domain, where) & (design.weights != 0)
    answers = answer_numbers(design.frame[response], where)
    complete = np.isfinite(answers) & design.frame[covariates].notna().all(axis=1).to_numpy()
    used = inside & complete
    if not used.any():
        raise InputError(
            "nobody has every value" if inside.any() else "nobody is in the domain",
            where=where,
            expected=f"rows with {', '.join((response, *covariates))}, and a weight",
            got=f"{int(inside.sum())} rows, each with a missing value" if inside.any() else "none",
        )
    _refuse_negative(design.weights[used], where)
    coded = encode(formula, design.frame.loc[used, covariates].reset_index(drop=True))
    free = design.degrees_within(used) + 1 - len(coded.terms)
    if free < 1:
        raise EstimationError(
            f"{len(coded.terms)} terms from {design.degrees_within(used)} degrees of freedom",
            where=where,
            expected="more clusters, less strata, than terms",
            got=f"{int(used.sum())} people",
            hint="ask for fewer characteristics at once, or merge groups with ps.roll_up",
        )
    weights = design.weights[used]
    return ModelRows(
        design,
        formula,
        response,
        used,
        coded,
        answers[used],
        weights / weights.mean(),
        int((inside & ~complete).sum()),
        free,
    )


def answer_numbers(column: pd.Series, where: str) -> Floats:
    """Answers as numbers; yes and no as 1 and 0, missing as NaN.

    Raises
    ------
    InputError
        If an answer is neither.

    Examples
    --------
    >>> answer_numbers(pd.Series(["yes", "no", None]), "survey_logit")
    array([ 1.,  0., nan])
    """
    words = not pd.api.types.is_numeric_dtype(column)
    read = column.astype("str").str.casefold().map(TRUTH) if words else column
    numbers = pd.Series(read).to_numpy(dtype=float, na_value=np.nan)
    wrong = np.isnan(numbers) & column.notna().to_numpy()
    if wrong.any():
        raise InputError(
            f"'{column.name}' is neither a number nor yes or no",
            where=where,
            expected="numbers, truth values, or yes and no",
            got=repr(column[wrong].iloc[0]),
            hint="code the answers first, or make a column that says yes for one of them",
        )
    return numbers


def _domain(design: SurveyDesign, domain: Any, where: str) -> Bools:
    if domain is None:
        return np.ones(design.n, dtype=bool)
    if isinstance(domain, str):
        require_column(domain, list(design.frame.columns), where)
    given = pd.Series(design.frame[domain] if isinstance(domain, str) else domain)
    moved = isinstance(domain, pd.Series) and not domain.index.equals(design.frame.index)
    fits = len(given) == design.n and not moved
    if not fits or not pd.api.types.is_bool_dtype(given) or given.isna().any():
        raise InputError(
            "domain= does not say of each row whether it belongs",
            where=where,
            expected=f"a column of truth values, or {design.n:,} of them",
            got=f"{len(given):,} values of type {given.dtype}"
            + (" with another index" if moved else ""),
            hint="such as domain=design.frame['age'] >= 65; a missing value belongs nowhere",
        )
    return given.to_numpy(dtype=bool)


def _refuse_negative(weights: Floats, where: str) -> None:
    if (weights < 0).any():
        raise InputError(
            f"{int((weights < 0).sum())} weights are below 0",
            where=where,
            expected="weights above 0, for a model",
            got=f"{weights.min():.4g}",
            hint="calibrate with bounds= or distance='logit', or rake",
        )
