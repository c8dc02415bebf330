"""Stating a survey's design, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from participation_stats.errors import InputError, named_kind
from participation_stats.measure.moments import is_lazy
from participation_stats.measure.tallies import column_names, gathered

from .adjustments import Fitted, adjustment_of
from .columns import require_column as require_column
from .design_weights import read_weights
from .designs import SurveyDesign
from .remote_designs import remote_design
from .stages import (
    WHERE,
    Lonely,
    Stage,
    drawn_fractions,
    first_stage,
    refuse_lonely,
)


def survey_design(
    frame: Any,
    *,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | None = None,
    fpc: str | None = None,
    lonely: Lonely = "fail",
    nest: bool = False,
) -> SurveyDesign:
    """State a survey's design once; every estimate then takes it.

    Variances treat the first stage as the only one (ultimate clusters): what varies within a
    cluster is part of what varies between clusters.

    Parameters
    ----------
    frame : frame, str or Path
        One row per respondent: pandas, any frame that narwhals knows, or a path of CSV or
        Parquet. Of a lazy frame or a path with `clusters`, rows stay where they are: estimates
        are made from totals of clusters, which its engine sums; quantiles, models and tests
        bring the columns that they name. Otherwise the frame is read whole.
    weights : str, Series, array or Weighting, optional
        A column, one number per row (people stood for, or proportional to it), or the result of
        `rake`, `poststratify`, `calibrate` or `trim`, which lets standard errors know that the
        weights were fitted. Default: 1 for everybody.
    strata : str or list of str, optional
        Columns whose combinations were sampled separately.
    clusters : str, optional
        Column of the first-stage cluster (household, block, street).
    fpc : str, optional
        Column with the number of first-stage units in the stratum's population (clusters, or
        people where there are none), or with the fraction drawn (at most 1). Default: so many
        that it does not matter.
    lonely : {"fail", "centre", "certainty"}
        A stratum with one cluster: refuse, take its distance from the mean of all clusters, or
        take it as drawn with certainty (adds nothing).
    nest : bool
        Clusters are numbered anew in each stratum. Otherwise a cluster in two strata is refused.

    Returns
    -------
    SurveyDesign

    Raises
    ------
    InputError
        If a column is not there, there are no rows, a weight is missing, negative, infinite or
        all are 0, a stratum, cluster or population size is missing, a cluster is in two strata,
        a population is smaller than the sample drawn from it or varies in a stratum, or a
        stratum has only one cluster and `lonely` is "fail".

    References
    ----------
    Lumley, T. (2010). Complex Surveys. Wiley. Wolter, K. (2007). Introduction to Variance
    Estimation. Springer.

    Examples
    --------
    >>> from participation_stats import load_example
    >>> survey = load_example("st_marys").tables["estate_survey"]
    >>> survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    SurveyDesign: 582 respondents in 401 clusters (cluster) from 6 strata (stratum) with weights
    from 4.03 to 6.93 (weight; Kish's design effect 1.04, effective n 561).
    """
    named = _names(strata)
    for argument, column in (("clusters", clusters), ("fpc", fpc)):
        if column is not None and not isinstance(column, str):
            raise _no_column(argument, column)
    columns = [name for name in (weights, *named, clusters, fpc) if isinstance(name, str)]
    if lonely not in get_args(Lonely):
        raise InputError(
            f"lonely {lonely!r} is not known",
            where=WHERE,
            expected=", ".join(repr(rule) for rule in get_args(Lonely)),
            got=repr(lonely),
        )
    given = {"weights": weights, "clusters": clusters, "fpc": fpc}
    stated = {
        argument: value if isinstance(value, str) else "given"
        for argument, value in given.items()
        if value is not None
    }
    if named:
        stated["strata"] = " × ".join(named)
    if clusters is not None and (weights is None or isinstance(weights, str)) and _lazy(frame):
        return remote_design(frame, weights, named, clusters, fpc, lonely, nest, stated)
    held = _opened(frame, columns)
    weighed = read_weights(held, weights)
    layer, names, cluster, stratum = first_stage(held, named, clusters, nest=nest)
    drawn = np.bincount(stratum, minlength=len(names))
    fraction = drawn_fractions(held, fpc, layer, drawn)
    if lonely == "fail":
        refuse_lonely(drawn, fraction, names)
    fitted = weights if isinstance(weights, Fitted) else None
    if fitted is not None:
        stated["weights"] = fitted.method
    return SurveyDesign(
        held,
        weighed,
        cluster,
        Stage(stratum, drawn, fraction, lonely, names),
        stated,
        None if fitted is None else adjustment_of(fitted),
    )


def _names(strata: Any) -> list[str]:
    named = [strata] if isinstance(strata, str) else [] if strata is None else strata
    if not isinstance(named, Sequence) or not all(isinstance(name, str) for name in named):
        raise _no_column("strata", strata)
    return list(named)


def _no_column(argument: str, given: object) -> InputError:
    return InputError(
        f"{argument} is {type(given).__name__}",
        where=WHERE,
        expected="the name of a column" + (", or a list of them" * (argument == "strata")),
        got=repr(given)[:80],
        hint="" if argument == "strata" else "make one column of several first",
    )


def _lazy(frame: Any) -> bool:
    return not isinstance(frame, pd.DataFrame) and is_lazy(frame)


def _opened(frame: Any, wanted: Sequence[str]) -> pd.DataFrame:
    plain = isinstance(frame, pd.DataFrame)
    known = list(frame.columns) if plain else column_names(frame, WHERE)
    if known is None:
        raise InputError(
            f"this is {named_kind(frame)}, not a frame",
            where=WHERE,
            expected="a frame with one row per respondent",
            got=type(frame).__name__,
        )
    for name in wanted:
        require_column(name, known, WHERE)
    held = frame if plain else gathered(frame, WHERE)
    if not len(held):
        raise InputError(
            "the frame has no rows", where=WHERE, expected="one row per respondent", got="none"
        )
    return held
