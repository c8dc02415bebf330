"""Do groups differ on a score? All at once by rank, then each pair with an effect size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.answers import (
    UNWEIGHTED,
    frame_of,
    numbers_of,
)
from participation_stats.measure.engagement.pingouin_calls import hedges_limits, quiet_pingouin
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, number_of, told_p
from participation_stats.measure.tallies import level_order

_TESTED = ("estimate", "conf_low", "conf_high", "statistic", "p_value", "p_adjusted")


@dataclass(frozen=True, eq=False, repr=False)
class GroupComparison(Result):
    """Groups compared on a score.

    Attributes
    ----------
    table : DataFrame
        One row per pair: ``variable, category, reference, n_units`` (people in the smaller of
        the two), ``estimate`` (Hedges' g: the difference in standard deviations, corrected for
        small groups) with ``conf_low, conf_high``, ``statistic`` (Welch's t), ``p_value``,
        ``p_adjusted`` (Holm). All are missing where neither group varies.
    groups : DataFrame
        ``variable, category, n_units, mean, std_dev``.
    statistic, p_value : float
        Kruskal and Wallis's H and its p, for all groups at once.
    epsilon_squared : float
        H over n − 1: the share of the variance of ranks that goes with the groups.
    n, not_stated : int
        People compared, and people without a value or a group, who are left out.
    confidence : float
        Level of the intervals.
    weights : str
        That weights are not used, and what follows.
    """

    groups: pd.DataFrame
    statistic: float
    p_value: float
    epsilon_squared: float
    n: int
    not_stated: int
    confidence: float
    weights: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_TESTED, margin=("variable",)),
        Rule("groups", count="n_units", derived=("mean", "std_dev"), margin=("variable",)),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        still = self.table["p_value"].isna().any()
        return (
            f"{len(self.groups)} groups compared by Kruskal and Wallis's test (H "
            f"{self.statistic:.2f}, {told_p(self.p_value)}, epsilon squared "
            f"{self.epsilon_squared:.3f}), then in pairs by Welch's t with Hedges' g and "
            f"{self.confidence:.0%} intervals, p adjusted by Holm; "
            f"{number_of(self.n, 'person', 'people')}, {self.not_stated:,} without a value or "
            "a group left out. "
            + ("Where neither of two groups varies there is no t. " if still else "")
            + f"Weights {self.weights}; "
            "ps.survey_linear compares groups by weight and design."
        )


def compare_groups(frame: Any, value: str, by: str, *, confidence: float = 0.95) -> GroupComparison:
    """Compare groups on a score: all at once by rank, then each pair with an effect size.

    Weights are not used, and the result says so; for estimates of the population use
    `survey_linear` or `survey_estimate` with a design.

    Parameters
    ----------
    frame : frame
        One row per person.
    value : str
        A numeric column: a score or an item.
    by : str
        The groups. People without a value or a group are left out.
    confidence : float
        Level of the intervals of Hedges' g.

    Returns
    -------
    GroupComparison

    Raises
    ------
    InputError
        If a column is not there, both are the same, there are fewer than two groups, or the
        confidence is not between 0 and 1.
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
    where = "compare_groups"
    check_confidence(confidence, where)
    if value == by:
        raise InputError(
            f"'{value}' compared by itself", where=where, expected="two columns", got=f"'{by}'"
        )
    held = frame_of(frame, [value, by], where)
    answers = pd.DataFrame({"value": numbers_of(held[value], where), "group": held[by]})
    stated = answers.dropna()
    levels = _levels(stated["group"])
    stated = stated.assign(
        group=stated["group"].map({level: at for at, level in enumerate(levels)})
    )
    stated = stated.astype({"group": "int64"})
    sizes = stated.groupby("group")["value"].agg(["size", "mean", "std"])
    _check_groups(sizes, levels, stated["value"], by)
    with quiet_pingouin() as pg:
        overall = pg.kruskal(data=stated, dv="value", between="group").iloc[0]
    groups = pd.DataFrame(
        {
            "variable": by,
            "category": [str(level) for level in levels],
            "n_units": sizes["size"].to_numpy(),
            "mean": sizes["mean"].to_numpy(),
            "std_dev": sizes["std"].to_numpy(),
        }
    )
    h = float(overall["H"])
    return GroupComparison(
        _pairs(stated, groups, confidence),
        groups=groups,
        statistic=h,
        p_value=float(overall["p_unc"]),
        epsilon_squared=h / (len(stated) - 1),
        n=len(stated),
        not_stated=len(answers) - len(stated),
        confidence=confidence,
        weights=UNWEIGHTED,
    )


def _levels(column: pd.Series) -> list[object]:
    """The groups that occur: in a list's own order, else by alphabet with Other last."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.remove_unused_categories().cat.categories)
    return level_order(column.unique())


def _pairs(stated: pd.DataFrame, groups: pd.DataFrame, confidence: float) -> pd.DataFrame:
    with quiet_pingouin() as pg:
        tested = pg.pairwise_tests(
            data=stated,
            dv="value",
            between="group",
            padjust="none",
            effsize="hedges",
            correction=True,
        ).set_index(["A", "B"])
    n, spread, names = groups["n_units"], groups["std_dev"], groups["category"]
    rows = []
    for a, b in combinations(range(len(groups)), 2):
        row, still = tested.loc[(a, b)], spread[a] == 0 and spread[b] == 0
        g = np.nan if still else float(row["hedges"])
        low, high = hedges_limits(g, int(n[a]), int(n[b]), confidence)
        rows.append(
            {
                "variable": groups["variable"].iloc[0],
                "category": names[a],
                "reference": names[b],
                "n_units": int(min(n[a], n[b])),
                "estimate": g,
                "conf_low": low,
                "conf_high": high,
                "statistic": np.nan if still else float(row["T"]),
                "p_value": np.nan if still else float(row["p_unc"]),
            }
        )
    table = pd.DataFrame(rows)
    with quiet_pingouin() as pg:
        adjusted = pg.multicomp(table["p_value"].to_numpy(), method="holm")[1]
    return table.assign(p_adjusted=np.asarray(adjusted, dtype=float))


def _check_groups(sizes: pd.DataFrame, levels: list[object], values: pd.Series, by: str) -> None:
    if len(sizes) < 2:
        raise InputError(
            f"'{by}' has {len(sizes) or 'no'} group with a value",
            where="compare_groups",
            expected="at least two groups to compare",
            got=", ".join(map(str, levels)) or "none",
        )
    if (sizes["size"] < 2).any():
        raise EstimationError(
            f"one person in '{levels[int(sizes['size'].argmin())]}'",
            where="compare_groups",
            expected="at least two people in every group",
            got="1",
            hint="merge small groups with ps.roll_up",
        )
    if values.std() == 0:
        raise EstimationError(
            "everybody has the same value", where="compare_groups", expected="a value that varies"
        )
