"""Retention curves: what share is still coming after so many meetings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.measure.engagement.durations import read_durations
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, left_out, number_of, told_p
from participation_stats.measure.tallies import level_order

_CURVE = ("n_at_risk", "n_censored", "estimate", "std_error", "conf_low", "conf_high")
EVERYBODY = "Everybody"


@dataclass(frozen=True, eq=False, repr=False)
class RetentionCurves(Result):
    """The share still coming, by group and time.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, duration, n_at_risk`` (people still coming and watched just before),
        ``n_events`` (who stopped then), ``n_censored`` (not watched any longer after it),
        ``estimate`` (share still coming after it), ``std_error`` (Greenwood), ``conf_low,
        conf_high`` (pointwise, log-log; missing while the share is one or nought).
    groups : DataFrame
        ``variable, category, n_units, n_events, n_expected`` (stops if the hazard were the same in
        all groups), ``median`` (first time at which no more than half are still coming; missing
        where that is never seen).
    log_rank, p_value : float or None
        χ² of the log-rank test and its p-value; none of one group only.
    degrees_of_freedom : int
    n_units, n_missing : int
    """

    groups: pd.DataFrame
    log_rank: float | None
    degrees_of_freedom: int
    p_value: float | None
    n_units: int
    n_missing: int
    confidence: float
    # The step at a time tells how many stopped then, so a step of a few people is withheld whole.
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_events", derived=_CURVE, margin=("variable", "category")),
        Rule("groups", count="n_units", derived=("n_events", "n_expected", "median"),
             margin=("variable",)),
    )  # fmt: skip

    def describe(self) -> str:
        """The finding in a few sentences."""
        stopped = int(self.groups["n_events"].sum())
        halves = [
            f"{name} {'never' if np.isnan(median) else format(median, 'g')}"
            for name, median in zip(self.groups["category"], self.groups["median"], strict=True)
        ]
        people = number_of(self.n_units, "person", "people")
        parts = [
            f"{stopped:,} of {people} {'was' if stopped == 1 else 'were'} seen to stop coming.",
            f"Time by which half had stopped: {', '.join(halves)}.",
        ]
        if self.log_rank is not None and self.p_value is not None:
            differ = "differ" if self.p_value < 0.05 else "do not certainly differ"
            parts.append(
                f"The groups {differ} (log-rank χ²({self.degrees_of_freedom}) = "
                f"{self.log_rank:.2f}, {told_p(self.p_value)})."
            )
        elif len(self.groups) > 1:
            parts.append("The groups cannot be tested: too few were seen to stop.")
        if self.n_missing:
            parts.append(left_out(self.n_missing, "person", "people"))
        return " ".join(parts)


def retention_curves(
    data: Any, *, by: str | None = None, confidence: float = 0.95
) -> RetentionCurves:
    r"""Product-limit curves of who keeps coming, and the log-rank test between groups.

    .. math::

        \hat S(t) = \prod_{t_j \le t}\Big(1 - \frac{d_j}{n_j}\Big), \qquad
        \operatorname{se} = \hat S(t)\sqrt{\sum_{t_j \le t}\frac{d_j}{n_j(n_j - d_j)}}

    with d the people who stop at a time and n those at risk of it. Limits are made on the scale
    of :math:`\log(-\log S)`, so that they stay between 0 and 1.

    Parameters
    ----------
    data : Durations, frame, str or Path
        From `attendance_durations`, or one row per person with ``duration`` and ``event``.
    by : str, optional
        The column that names the group.
    confidence : float
        Level of the pointwise intervals.

    Returns
    -------
    RetentionCurves

    Raises
    ------
    InputError
        If a column is not there, a duration is not above nought, an event is not 0 or 1, or no
        row is complete.

    References
    ----------
    Kaplan & Meier (1958), Journal of the American Statistical Association 53; Kalbfleisch &
    Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition, chapter 1.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"duration": [2, 4, 4, 6, 6], "event": [1, 1, 0, 1, 0]})
    >>> curves = retention_curves(log)
    >>> print(curves.table[["duration", "n_at_risk", "n_events", "n_censored", "estimate"]])
       duration  n_at_risk  n_events  n_censored  estimate
    0         2          5         1           0       0.8
    1         4          4         1           1       0.6
    2         6          2         1           1       0.3
    """
    check_confidence(confidence, "retention_curves")
    rows, n_missing = read_durations(data, [by] if by else [], "retention_curves")
    group = rows[by] if by else pd.Series(EVERYBODY, index=rows.index)
    levels = _levels(group)
    named = {"variable": by or EVERYBODY.lower()}
    curves = [
        _curve(rows[group == level], confidence).assign(**named, category=str(level))
        for level in levels
    ]
    observed, expected, covariance = _log_rank(rows, group, levels)
    statistic, degrees = _test(observed - expected, covariance)
    groups = pd.DataFrame(
        {
            **named,
            "category": [str(level) for level in levels],
            "n_units": [int((group == level).sum()) for level in levels],
            "n_events": observed.astype("int64"),
            "n_expected": expected,
            "median": [_median(curve) for curve in curves],
        }
    )
    table = pd.concat(curves, ignore_index=True)
    first = ["variable", "category", "duration", "n_at_risk", "n_events", "n_censored"]
    return RetentionCurves(
        table[[*first, "estimate", "std_error", "conf_low", "conf_high"]],
        groups=groups,
        log_rank=statistic,
        degrees_of_freedom=degrees,
        p_value=None if statistic is None else float(stats.chi2.sf(statistic, degrees)),
        n_units=len(rows),
        n_missing=n_missing,
        confidence=confidence,
    )


def _levels(group: pd.Series) -> list[object]:
    if isinstance(group.dtype, pd.CategoricalDtype):
        return list(group.cat.remove_unused_categories().cat.categories)
    return level_order(group.unique())


def _curve(rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    counted = rows.groupby("duration", sort=True)["event"].agg(["sum", "size"])
    events, ended = counted["sum"].to_numpy(dtype=float), counted["size"].to_numpy(dtype=float)
    at_risk = ended[::-1].cumsum()[::-1]
    share = np.cumprod(1 - events / at_risk)
    left = at_risk - events
    greenwood = np.cumsum(
        np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    )
    low, high = _log_log(share, np.sqrt(greenwood), confidence)
    return pd.DataFrame(
        {
            "duration": counted.index.to_numpy(),
            "n_at_risk": at_risk.astype("int64"),
            "n_events": events.astype("int64"),
            "n_censored": (ended - events).astype("int64"),
            "estimate": share,
            "std_error": share * np.sqrt(greenwood),
            "conf_low": low,
            "conf_high": high,
        }
    )


def _log_log(share: Floats, relative: Floats, confidence: float) -> tuple[Floats, Floats]:
    inside = (share > 0) & (share < 1)
    log = np.log(np.where(inside, share, 0.5))
    reach = stats.norm.ppf(0.5 + confidence / 2) * relative / log
    # The logarithm is negative: a negative reach makes the exponent smaller and the share larger.
    low = np.where(inside, np.exp(log * np.exp(-reach)), np.nan)
    high = np.where(inside, np.exp(log * np.exp(reach)), np.nan)
    return low, high


def _median(curve: pd.DataFrame) -> float:
    # A half that is a product of fractions may miss one half by rounding.
    below = curve.loc[curve["estimate"] <= 0.5 + 1e-12, "duration"]
    return float(below.iloc[0]) if len(below) else np.nan


def _log_rank(
    rows: pd.DataFrame, group: pd.Series, levels: list[object]
) -> tuple[Floats, Floats, Floats]:
    """Stops observed and expected by group, and the hypergeometric covariance of the former."""
    times = np.sort(rows["duration"].unique())
    duration, event = rows["duration"].to_numpy(), rows["event"].to_numpy(dtype=float)
    place = np.searchsorted(times, duration)
    events, at_risk = np.zeros((len(times), len(levels))), np.zeros((len(times), len(levels)))
    for number, level in enumerate(levels):
        mine = (group == level).to_numpy()
        events[:, number] = np.bincount(place[mine], event[mine], len(times))
        ended = np.bincount(place[mine], minlength=len(times))
        at_risk[:, number] = ended[::-1].cumsum()[::-1]
    total, risk = events.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / risk[:, None]
    factor = np.divide(total * (risk - total), risk - 1, out=np.zeros_like(risk), where=risk > 1)
    covariance = np.diag(factor @ share) - (share * factor[:, None]).T @ share
    return events.sum(axis=0), total @ share, covariance


def _test(difference: Floats, covariance: Floats) -> tuple[float | None, int]:
    """χ² of the log-rank test over groups that could have lost somebody."""
    able = np.diag(covariance) > 0
    if able.sum() < 2:
        return None, 0
    # One group follows from the others.
    kept = np.flatnonzero(able)[:-1]
    solved = np.linalg.solve(covariance[np.ix_(kept, kept)], difference[kept])
    return float(difference[kept] @ solved), len(kept)
