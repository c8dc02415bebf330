"""Scales: do the items of a battery measure one thing?

pingouin does the statistics; here they get the package's names, its handling of missing answers
and what disclosure must know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.answers import (
    UNWEIGHTED,
    frame_of,
    numbers_of,
)
from participation_stats.measure.engagement.pingouin_calls import correlation, cronbach
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, number_of


@dataclass(frozen=True, eq=False, repr=False)
class Scale(Result):
    """How well the items of a battery go together.

    Attributes
    ----------
    table : DataFrame
        One row per item: ``item``, ``n`` (people who answered every item), ``mean``,
        ``std_dev``, ``item_rest`` (Pearson correlation with the mean of the other items; missing
        where that never varies), ``alpha_without`` (alpha of the other items; missing where only
        one is left or their sum never varies).
    alpha, alpha_low, alpha_high : float
        Cronbach's alpha with Feldt's interval.
    n, not_stated : int
        People who answered every item, and people who left at least one out.
    confidence : float
        Level of the interval.
    weights : str
        That weights are not used, and what follows.
    scores : Series
        Each person's mean over the items, missing where one is; the index is the frame's. It is
        data about people and is never released.
    """

    alpha: float
    alpha_low: float
    alpha_high: float
    n: int
    not_stated: int
    confidence: float
    weights: str
    scores: pd.Series
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            count="n",
            derived=("mean", "std_dev", "item_rest", "alpha_without"),
            variable=None,
        ),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        are = "is" if self.not_stated == 1 else "are"
        left = f"; {self.not_stated:,} did not and {are} left out" if self.not_stated else ""
        told = (
            f"Scale of {', '.join(self.table['item'])}: Cronbach's alpha {self.alpha:.2f} "
            f"({self.confidence:.0%} interval {self.alpha_low:.2f} to {self.alpha_high:.2f}) among "
            f"{number_of(self.n, 'person', 'people')} who answered every item{left}. "
            f"Weights {self.weights}."
        )
        if self.alpha < 0:
            told += (
                " Alpha is below 0: the items run against one another. Turn reversed ones round, "
                "or do not add them up."
            )
        return told


def score_scale(frame: Any, items: Sequence[str], *, confidence: float = 0.95) -> Scale:
    r"""Score a battery of items and say how well they go together.

    With k items of variance :math:`s_i^2` and total variance :math:`s_t^2`,

    .. math:: \alpha = \frac{k}{k-1}\Big(1 - \frac{\sum_i s_i^2}{s_t^2}\Big).

    Weights are not used: reliability describes these answers, not the population. The result
    says so.

    Parameters
    ----------
    frame : frame
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
        If an item is not there, is no number, there are fewer than two, or the confidence is not
        between 0 and 1.
    EstimationError
        If fewer than three people answered every item, an item never varies, or the items
        cancel out.

    References
    ----------
    Cronbach (1951), Psychometrika 16; Feldt, Woodruff & Salih (1987), Applied Psychological
    Measurement 11. Alpha and correlations computed by pingouin.

    Examples
    --------
    >>> import pandas as pd
    >>> trust = pd.DataFrame({"listens": [1, 2, 2, 4, 5, 4, None], "acts": [2, 2, 3, 4, 4, 5, 3]})
    >>> scale = score_scale(trust, ["listens", "acts"])
    >>> print(scale.describe())
    Scale of listens, acts: Cronbach's alpha 0.91 (95% interval 0.33 to 0.99) among 6 people who
    answered every item; 1 did not and is left out. Weights not used: this describes those who
    answered, not the population.
    """
    where = "score_scale"
    check_confidence(confidence, where)
    named = list(dict.fromkeys(items))
    if len(named) < 2:
        raise InputError(
            f"{len(named)} item", where=where, expected="at least two items", got=repr(items)
        )
    held = frame_of(frame, named, where)
    answers = pd.DataFrame({item: numbers_of(held[item], where) for item in named})
    complete = answers.dropna()
    _check_answers(complete, where)
    alpha = cronbach(complete)
    low, high = _feldt(alpha, *complete.shape, confidence)
    return Scale(
        pd.DataFrame([_item(complete, str(item)) for item in complete]),
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        n=len(complete),
        not_stated=len(answers) - len(complete),
        confidence=confidence,
        weights=UNWEIGHTED,
        scores=answers.mean(axis=1, skipna=False),
    )


def _item(complete: pd.DataFrame, item: str) -> dict[str, object]:
    others = complete.drop(columns=item)
    return {
        "item": item,
        "n": len(complete),
        "mean": float(complete[item].mean()),
        "std_dev": float(complete[item].std()),
        "item_rest": correlation(complete[item], others.mean(axis=1)),
        "alpha_without": cronbach(others) if others.shape[1] > 1 else np.nan,
    }


def _feldt(alpha: float, n: int, k: int, confidence: float) -> tuple[float, float]:
    """Feldt's limits: (1 − alpha) over its estimate is F with n − 1 and (n − 1)(k − 1)."""
    f = stats.f(n - 1, (n - 1) * (k - 1))
    tail = (1 - confidence) / 2
    return 1 - (1 - alpha) * float(f.ppf(1 - tail)), 1 - (1 - alpha) * float(f.ppf(tail))


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
    if complete.sum(axis=1).std() == 0:
        raise EstimationError(
            "the items cancel out: their sum is the same for everybody",
            where=where,
            expected="items that run the same way",
            got=", ".join(map(str, complete)),
            hint="turn the reversed ones round first",
        )
