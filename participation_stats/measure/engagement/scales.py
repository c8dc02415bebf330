"""Scales: do the items of a battery measure one thing, and do groups differ on it?

pingouin does the statistics; here they get the package's names, its handling of missing answers
and what disclosure must know.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.results import Result, Rule

_TESTED = ("statistic", "p_value", "p_adjusted", "estimate", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False)
class Scale(Result):
    """How well the items of a battery go together.

    Attributes
    ----------
    table : DataFrame
        One row per item: ``item``, ``n`` (people who answered every item), ``mean``,
        ``item_rest`` (Pearson correlation with the mean of the other items), ``alpha_without``
        (alpha of the other items; missing where only one is left).
    alpha, alpha_low, alpha_high : float
        Cronbach's alpha with Feldt's interval.
    n, not_stated : int
        People who answered every item, and people who left at least one out.
    scores : Series
        Each person's mean over the items, missing where one is; the index is the frame's. It is
        data about people and is never released.
    """

    alpha: float
    alpha_low: float
    alpha_high: float
    n: int
    not_stated: int
    scores: pd.Series
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n", derived=("mean", "item_rest", "alpha_without"), variable=None),
    )


@dataclass(frozen=True, eq=False, repr=False)
class GroupComparison(Result):
    """Groups compared on a score.

    Attributes
    ----------
    table : DataFrame
        One row per pair: ``variable, category, reference, n_units`` (people in the smaller of
        the two), ``estimate`` (Hedges' g: the difference in standard deviations, corrected for
        small groups), ``statistic`` (Welch's t), ``p_value``, ``p_adjusted`` (Holm).
    groups : DataFrame
        ``variable, category, n_units, mean, std_dev``.
    statistic, p_value : float
        Kruskal and Wallis's H and its p, for all groups at once.
    """

    groups: pd.DataFrame
    statistic: float
    p_value: float
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_TESTED, margin=("variable",)),
        Rule("groups", count="n_units", derived=("mean", "std_dev"), margin=("variable",)),
    )


def score_scale(frame: pd.DataFrame, items: Sequence[str], *, confidence: float = 0.95) -> Scale:
    r"""Score a battery of items and say how well they go together.

    With k items of variance :math:`s_i^2` and total variance :math:`s_t^2`,

    .. math:: \alpha = \frac{k}{k-1}\Big(1 - \frac{\sum_i s_i^2}{s_t^2}\Big).

    Weights are not honoured: reliability describes these answers, not the population.

    Parameters
    ----------
    frame : DataFrame
        One row per person; items are numbers that run the same way (turn reversed ones first).
    items : sequence of str
        At least two columns.
    confidence : float
        Level of the interval of alpha.

    Returns
    -------
    Scale

    Raises
    ------
    InputError
        If an item is not there, is no number, or there are fewer than two.
    EstimationError
        If fewer than three people answered every item, or an item never varies.

    References
    ----------
    Cronbach (1951), Psychometrika 16; Feldt, Woodruff & Salih (1987), Applied Psychological
    Measurement 11. Computed by pingouin.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> scale = score_scale(survey, ["can_influence", "trusts_landlord"])
    >>> scale.n + scale.not_stated == len(survey)
    True
    """
    answers = _answers(frame, items, "score_scale")
    complete = answers.dropna()
    _check_answers(complete, "score_scale")
    alpha, low, high = _alpha(complete, confidence)
    rows = []
    for item in complete:
        others = complete.drop(columns=item)
        rows.append(
            {
                "item": item,
                "n": len(complete),
                "mean": float(complete[item].mean()),
                "item_rest": _correlation(complete[item], others.mean(axis=1)),
                "alpha_without": _alpha(others, confidence)[0] if others.shape[1] > 1 else np.nan,
            }
        )
    return Scale(
        pd.DataFrame(rows),
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        n=len(complete),
        not_stated=len(answers) - len(complete),
        scores=answers.mean(axis=1, skipna=False),
    )


def compare_groups(frame: pd.DataFrame, value: str, by: str) -> GroupComparison:
    """Compare groups on a score: all at once by rank, then each pair with an effect size.

    Weights are not honoured; for estimates of the population use a survey design.

    Parameters
    ----------
    frame : DataFrame
        One row per person.
    value : str
        A numeric column: a score or an item.
    by : str
        The groups. People without a value or a group are left out.

    Returns
    -------
    GroupComparison

    Raises
    ------
    InputError
        If a column is not there, or there are fewer than two groups.
    EstimationError
        If a group has fewer than two people, or the value never varies.

    References
    ----------
    Kruskal & Wallis (1952), JASA 47; Welch (1947), Biometrika 34; Hedges (1981), Journal of
    Educational Statistics 6; Holm (1979). Computed by pingouin.

    Examples
    --------
    >>> import pandas as pd
    >>> trust = pd.DataFrame({"score": [1, 2, 3, 3, 4, 5], "tenure": list("aaabbb")})
    >>> compared = compare_groups(trust, "score", "tenure")
    >>> compared.table[["category", "reference", "estimate", "p_value"]].round(3)
      category reference  estimate  p_value
    0        a         b      -1.6     0.07
    """
    values = _answers(frame, [value], "compare_groups", least=1).assign(
        group=_column(frame, by, "compare_groups").astype("str")
    )
    stated = values.dropna()
    sizes = stated.groupby("group")[value].agg(["size", "mean", "std"])
    _check_groups(sizes, stated[value], by)
    with _theirs() as pg:
        overall = pg.kruskal(data=stated, dv=value, between="group").iloc[0]
        pairs = pg.pairwise_tests(
            data=stated,
            dv=value,
            between="group",
            padjust="holm",
            effsize="hedges",
            correction=True,
        )
    people = dict(zip(sizes.index, sizes["size"].to_numpy(dtype=int), strict=True))
    smaller = [int(min(people[a], people[b])) for a, b in _named(pairs)]
    p_values = pairs["p_unc"].to_numpy(dtype=float)
    # With two groups there is one test and nothing to adjust for: pingouin leaves it out.
    adjusted = pairs["p_corr"].to_numpy(dtype=float) if "p_corr" in pairs else p_values
    table = pd.DataFrame(
        {
            "variable": by,
            "category": pairs["A"].to_numpy(),
            "reference": pairs["B"].to_numpy(),
            "n_units": smaller,
            "estimate": pairs["hedges"].to_numpy(dtype=float),
            "statistic": pairs["T"].to_numpy(dtype=float),
            "p_value": p_values,
            "p_adjusted": adjusted,
        }
    )
    groups = sizes.reset_index().set_axis(["category", "n_units", "mean", "std_dev"], axis=1)
    groups.insert(0, "variable", by)
    return GroupComparison(table, groups, float(overall["H"]), float(overall["p_unc"]))


def _named(pairs: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return zip(pairs["A"], pairs["B"], strict=True)


def _alpha(answers: pd.DataFrame, confidence: float) -> tuple[float, float, float]:
    with _theirs() as pg:
        alpha, limits = pg.cronbach_alpha(data=answers, ci=confidence)
    return float(alpha), float(limits[0]), float(limits[1])


def _correlation(item: pd.Series, rest: pd.Series) -> float:
    if rest.std() == 0:
        return float("nan")
    with _theirs() as pg:
        return float(pg.corr(item, rest)["r"].iloc[0])


@contextmanager
def _theirs() -> Iterator[Any]:
    """pingouin, with what it says about its own use of pandas kept from the analyst."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import pingouin

        yield pingouin


def _answers(
    frame: pd.DataFrame, items: Sequence[str], where: str, *, least: int = 2
) -> pd.DataFrame:
    if len(set(items)) < least:
        raise InputError(
            f"{len(set(items))} item", where=where, expected="at least two items", got=repr(items)
        )
    columns = {}
    for item in dict.fromkeys(items):
        column = _column(frame, item, where)
        numbers = pd.to_numeric(column, errors="coerce")
        if (numbers.isna() & column.notna()).any():
            raise InputError(
                f"'{item}' is no number",
                where=where,
                expected="answers as numbers that run the same way",
                got=repr(column[numbers.isna() & column.notna()].iloc[0]),
                hint="code the answers first: 1 for the lowest",
            )
        columns[item] = numbers.astype("float64")
    return pd.DataFrame(columns)


def _column(frame: pd.DataFrame, name: str, where: str) -> pd.Series:
    if name not in frame:
        raise InputError(
            f"no column '{name}'",
            where=where,
            expected="one of " + ", ".join(map(str, frame.columns)),
            got=f"'{name}'",
        )
    return frame[name]


def _check_answers(complete: pd.DataFrame, where: str) -> None:
    if len(complete) < 3:
        raise EstimationError(
            f"{len(complete)} people answered every item",
            where=where,
            expected="at least three",
            got=str(len(complete)),
        )
    for item in complete:
        if complete[item].std() == 0:
            raise EstimationError(
                f"everybody gave the same answer to '{item}'",
                where=where,
                expected="items that vary",
                got=f"{complete[item].iloc[0]:g} from all {len(complete)}",
                hint=f"leave '{item}' out of the scale",
            )


def _check_groups(sizes: pd.DataFrame, values: pd.Series, by: str) -> None:
    if len(sizes) < 2:
        raise InputError(
            f"'{by}' has {len(sizes)} group with a value",
            where="compare_groups",
            expected="at least two groups to compare",
            got=", ".join(map(str, sizes.index)) or "none",
        )
    if (sizes["size"] < 2).any():
        raise EstimationError(
            f"one person in '{sizes['size'].idxmin()}'",
            where="compare_groups",
            expected="at least two people in every group",
            got="1",
            hint="merge small groups with ps.roll_up",
        )
    if values.std() == 0:
        raise EstimationError(
            "everybody has the same value", where="compare_groups", expected="a value that varies"
        )
