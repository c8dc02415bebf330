"""The table that a report prints: how many take part, by group, and how sure that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from participation_stats.measure.inference.adjustment import holm
from participation_stats.measure.results import Result, Rule
from participation_stats.measure.tallies import NOT_STATED

from .designs import SurveyDesign, require_design
from .engagement_groups import WHERE, read_groups, score_p_values
from .engagement_items import Item, Items, read_items
from .estimates import Estimates
from .intervals import Interval
from .replicates import ReplicateDesign
from .survey_estimates import survey_estimate

Design = SurveyDesign | ReplicateDesign

OTHERS = "Other"
_ITEM, _GROUP = "_engaged", "_group"
_SHARES = ("n", "share_missing", "estimate", "std_error", "conf_low", "conf_high")
_AWAY = {
    "estimate": "difference",
    "std_error": "difference_std_error",
    "conf_low": "difference_low",
    "conf_high": "difference_high",
    "p_value": "p_value",
    "p_adjusted": "p_adjusted",
}
_COLUMNS = (
    "item", "answer", "variable", "category", *_SHARES, *_AWAY.values(), "note", "n_smallest",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class EngagementTable(Result):
    """Who takes part, by group, estimated from a survey.

    Attributes
    ----------
    table : DataFrame
        One row per item, variable and category: ``item, answer`` (what counts), ``variable,
        category, n`` (respondents who answered, not weighted), ``share_missing`` (of the group's
        respondents), ``estimate`` (weighted share), ``std_error, conf_low, conf_high``,
        ``difference`` (from everybody, a fraction) with ``difference_std_error,
        difference_low, difference_high``, ``p_value, p_adjusted`` (Holm, within item and
        variable), ``note`` (why a number is missing, or what it was made of instead) and
        ``n_smallest`` (fewest respondents in or out of the answer). Of those whose group is not
        stated there is ``n`` alone: they are in everybody, and are no group.
    overall : DataFrame
        Everybody: ``item, variable`` (answer), ``category`` (what counts, and Other),
        then ``n`` to ``conf_high``, ``note`` and ``n_smallest`` as above.
    n : int
        Respondents.
    confidence : float
    interval : str
        How limits of shares were made.
    design : str
        The design in a sentence.
    errors : str
        How standard errors were made.
    """

    overall: pd.DataFrame
    n: int
    confidence: float
    interval: str
    design: str
    errors: str = "linearisation"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            count="n_smallest",
            derived=(*_SHARES, *_AWAY.values(), "note"),
            margin=("item", "variable"),
        ),
        Rule(
            "overall",
            count="n_smallest",
            derived=(*_SHARES, "note"),
            margin=("item", "variable"),
        ),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        items = self.table.drop_duplicates("item")[["item", "answer"]]
        told = "; ".join(f"{item}: {answer}" for item, answer in items.itertuples(index=False))
        return (
            f"Weighted shares of those who answered ({told}), {self.confidence:.0%} intervals "
            f"({self.interval}). Each group is compared with everybody, whom it is part of, by "
            f"{self.errors} with their covariance; p adjusted by Holm within item and "
            f"characteristic. {self.design}"
        )


def survey_engagement(
    design: Design,
    items: Items,
    *,
    by: str | Sequence[str | tuple[str, ...]],
    interval: Interval | None = None,
    confidence: float = 0.95,
) -> EngagementTable:
    r"""Who takes part, by characteristic: the table that a report prints, in one call.

    For each item, characteristic and group d: the weighted share
    :math:`\hat p_d = \sum_{i \in d} w_i y_i / \sum_{i \in d} w_i`, its interval, and
    :math:`\hat p_d - \hat p` with the standard error
    :math:`\sqrt{\hat V_d + \hat V - 2\hat C_d}`, where C is the covariance of the group with
    everybody.

    Parameters
    ----------
    design : SurveyDesign or ReplicateDesign
        From `survey_design` or `survey_replicates`.
    items : str, sequence of str, or mapping
        Columns with yes and no, 0 and 1, or truth values; or a mapping from column to the
        answer, or answers, that count: ``{"can_influence": (4, 5)}``.
    by : str, or sequence of str and tuples of str
        Characteristics; a tuple is an intersection. A missing value is in the group Not stated.
    interval : {"logit", "beta", "t"}, optional
        As in `survey_estimate`; default "logit".
    confidence : float
        Level of the intervals.

    Returns
    -------
    EngagementTable

    Raises
    ------
    InputError
        If `design` is none, a column is not there, it is not said which answers count, or a
        characteristic is a number of many values.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley, chapter 2. Holm, S. (1979), Scandinavian Journal
    of Statistics 6, 65-70.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> found = survey_engagement(design, "came_last_year", by="gender")
    >>> found.table[["category", "n", "estimate", "difference", "p_adjusted"]].round(3)
         category    n  estimate  difference  p_adjusted
    0      Female  346     0.138       0.024       0.019
    1        Male  233     0.078      -0.036       0.025
    2  Not stated    3       NaN         NaN         NaN
    """
    plain = design.design if isinstance(design, ReplicateDesign) else design
    require_design(plain, WHERE, replicates=True)
    plain = plain.in_memory(_named(plain, items, by))
    design = _over(design, plain)
    groups = read_groups(plain.frame, by)
    blocks, everybody = [], []
    for item in read_items(plain.frame, items, WHERE):
        asked = _with(design, **{_ITEM: item.holds})
        whole = _estimated(asked, None, interval, confidence)
        everybody.append(_everybody(whole.table, item))
        for variable, group in groups.items():
            found = _estimated(_with(asked, **{_GROUP: group}), _GROUP, interval, confidence)
            block = _compared(found, plain, item, group)
            blocks.append(block.assign(item=item.name, answer=item.told, variable=variable))
    return EngagementTable(
        pd.concat(blocks, ignore_index=True)[list(_COLUMNS)],
        overall=pd.concat(everybody, ignore_index=True),
        n=plain.n,
        confidence=confidence,
        interval=whole.interval,
        # The replicates of a design are told of with the comparison.
        design=(design.design if isinstance(design, ReplicateDesign) else design).describe(),
        errors=design.told if isinstance(design, ReplicateDesign) else "linearisation",
    )


def _named(
    design: SurveyDesign, items: Items, by: str | Sequence[str | tuple[str, ...]]
) -> list[str]:
    """Columns that are asked for, as far as they are there."""
    named = [items] if isinstance(items, str) else list(items)
    for key in [by] if isinstance(by, str) else by:
        named += [key] if isinstance(key, str) else list(key)
    return [name for name in dict.fromkeys(named) if name in design.frame]


def _over(design: Design, plain: SurveyDesign) -> Design:
    """The plain design, with the replicates where there are any."""
    if isinstance(design, ReplicateDesign):
        return dataclasses.replace(design, design=plain)
    return plain


def _with(design: Design, **columns: pd.Series) -> Design:
    plain = design.design if isinstance(design, ReplicateDesign) else design
    return _over(design, dataclasses.replace(plain, frame=plain.frame.assign(**columns)))


def _estimated(
    design: Design, by: str | None, interval: Interval | None, confidence: float
) -> Estimates:
    return survey_estimate(
        design,
        _ITEM,
        by=by,
        statistic="proportion",
        interval=interval,
        confidence=confidence,
    )


def _everybody(table: pd.DataFrame, item: Item) -> pd.DataFrame:
    """The share of everybody, and its complement: both go where one of them must."""
    kept = ["n", "share_missing", "std_error", "note", "n_smallest"]
    others = table[kept].assign(
        estimate=1 - table["estimate"],
        conf_low=1 - table["conf_high"],
        conf_high=1 - table["conf_low"],
    )
    both = pd.concat([table, others], ignore_index=True)
    both = both.assign(item=item.name, variable="answer", category=[item.told, OTHERS])
    return both[["item", "variable", "category", *_SHARES, "note", "n_smallest"]]


def _compared(found: Estimates, design: SurveyDesign, item: Item, group: pd.Series) -> pd.DataFrame:
    """One item by one characteristic, with each group's difference from everybody."""
    away = found.differences("overall", adjust="none").table
    table = found.table.copy()
    for name, as_named in _AWAY.items():
        table[as_named] = away[name].to_numpy()
    unknown = (table["category"] == NOT_STATED).to_numpy()
    blank = [*_SHARES[2:], *_AWAY.values(), "n_smallest"]
    table = table.astype({"n_smallest": "Int64"})
    table.loc[unknown, blank] = pd.NA
    table.loc[unknown, "note"] = "not a group: neither estimated nor compared"
    alone = (table["p_value"].isna() & (table["n"] > 1)).to_numpy() & ~unknown
    if alone.any():
        scored = score_p_values(design, item.holds, group, table.loc[alone, "category"].tolist())
        table.loc[alone, "p_value"] = scored
        told = np.where(np.isnan(scored), "", "; p from a score test")
        table.loc[alone, "note"] = table.loc[alone, "note"].to_numpy() + told
    family = np.zeros(len(table), dtype=np.int64)
    # Of two groups one is as far above everybody as the other is below: one test.
    tests = np.full(len(table), 1 if (~unknown).sum() == 2 else len(table), dtype=np.int64)
    table["p_adjusted"] = holm(table["p_value"].to_numpy(dtype=float), family, tests)
    return table
