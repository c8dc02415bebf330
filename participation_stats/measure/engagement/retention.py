"""Retention curves: what share is still coming after so many meetings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.measure.engagement.durations import read_durations
from participation_stats.measure.engagement.life_tables import (
    UNSTATED,
    Ends,
    ends_of,
    exposed,
    safe_intervals,
)
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, left_out, number_of, told_p
from participation_stats.measure.tallies import level_order

_CURVE = ("n_at_risk", "n_censored", "estimate", "std_error", "conf_low", "conf_high")
_NUMBERS = ("duration", "n_at_risk", "n_events", "n_censored", *_CURVE[2:])
EVERYBODY = "Everybody"

#: Of a group of which half were still coming when the records end.
NOT_YET = "not by the end"


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
    grouped : bool
        Whether a row is an interval that ends at its ``duration`` (see `coarsened`).
    unstated : tuple of (time, stopped, no longer watched)
        People whose group is not stated. They are in no curve here, but in one of everybody.
    """

    groups: pd.DataFrame
    log_rank: float | None
    degrees_of_freedom: int
    p_value: float | None
    n_units: int
    n_missing: int
    confidence: float
    grouped: bool = False
    unstated: tuple[tuple[float, int, int], ...] = ()
    # Each share is a product of all before it, so a curve with a step of a few people goes whole.
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_events", derived=_CURVE, margin=("variable",), whole="n_at_risk"),
        Rule("groups", count="n_units", derived=("n_events", "n_expected", "median"),
             margin=("variable",)),
    )  # fmt: skip

    def compared(self) -> pd.DataFrame:
        """How many people each curve is of; see `Result.compared`."""
        return self.groups[["variable", "category", "n_units"]]

    def coarsened(self, small: Callable[[int, int], bool]) -> tuple[RetentionCurves, str]:
        """The same in intervals wide enough that no number in it is small, as a life table.

        Everything in it follows from the counts that it shows: the share still coming too, so
        that it tells nothing of the times within an interval. Who is no longer watched counts
        for as much of the interval as if they had left evenly over it. A group that cannot be
        shown has one row without numbers.

        References
        ----------
        Cutler & Ederer (1958), Journal of Chronic Diseases 8, 699-712.
        """
        ends = _with_unstated(self)
        cuts, shown = safe_intervals(ends, small)
        if len(cuts) == len(ends.times) and shown == ends.groups:
            return self, ""
        wide = ends.until(cuts or (len(ends.times) - 1,)).without(UNSTATED)
        variable = str(self.table["variable"].iloc[0])
        table = _life_table(self, wide, shown)
        if _few_unstated(self.unstated, small):
            # Everybody who stopped, less those of every group, are those who do not say.
            groups = table.groups.astype({"n_events": "Int64"})
            hidden = ~groups["category"].isin(shown)
            groups["n_events"] = groups["n_events"].mask(hidden)
            table = dataclasses.replace(table, groups=groups)
        return table, _in_words(wide, variable, cuts, shown)

    def describe(self) -> str:
        """The finding in a few sentences."""
        stopped = int(self.groups["n_events"].sum())
        halves = [
            f"{name} {NOT_YET if np.isnan(median) else format(median, 'g')}"
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
    unstated = _unstated(data, rows) if by and n_missing else ()
    group = rows[by] if by else pd.Series(EVERYBODY, index=rows.index)
    levels = _levels(group)
    named = {"variable": by or EVERYBODY.lower()}
    curves = [
        _curve(rows[group == level], confidence).assign(**named, category=str(level))
        for level in levels
    ]
    table = pd.concat(curves, ignore_index=True)
    ends = ends_of(table)
    observed = ends.stopped.sum(axis=0)
    expected, covariance = _log_rank(ends.stopped.astype(float), ends.at_risk.astype(float))
    statistic, degrees = _test(observed - expected, covariance)
    groups = pd.DataFrame(
        {
            **named,
            "category": [str(level) for level in levels],
            "n_units": ends.n,
            "n_events": observed,
            "n_expected": expected,
            "median": [_median(curve) for curve in curves],
        }
    )
    first = ["variable", "category", "duration", "n_at_risk", "n_events", "n_censored"]
    return RetentionCurves(
        table[[*first, "estimate", "std_error", "conf_low", "conf_high"]],
        groups=groups,
        log_rank=statistic,
        degrees_of_freedom=degrees,
        p_value=_p_value(statistic, degrees),
        n_units=len(rows),
        n_missing=n_missing,
        confidence=confidence,
        unstated=unstated,
    )


def _unstated(data: Any, stated: pd.DataFrame) -> tuple[tuple[float, int, int], ...]:
    """Times, stops and others no longer watched, of people whose group is not stated."""
    everybody, _ = read_durations(data, [], "retention_curves")
    counts = [
        rows.groupby("duration")["event"].agg(["sum", "size"]) for rows in (everybody, stated)
    ]
    rest = counts[0].sub(counts[1], fill_value=0).astype("int64")
    rest = rest[rest["size"] > 0]
    return tuple(
        (float(time), int(stopped), int(ended - stopped))
        for time, stopped, ended in zip(rest.index, rest["sum"], rest["size"], strict=True)
    )


def _with_unstated(curves: RetentionCurves) -> Ends:
    more = pd.DataFrame(curves.unstated, columns=["duration", "n_events", "n_censored"])
    frames = [curves.table, *([more.assign(category=UNSTATED)] if len(more) else [])]
    return ends_of(pd.concat(frames, ignore_index=True))


def _few_unstated(
    unstated: Sequence[tuple[float, int, int]], small: Callable[[int, int], bool]
) -> bool:
    stopped = sum(row[1] for row in unstated)
    return bool(unstated) and small(stopped, stopped + sum(row[2] for row in unstated))


def _life_table(fine: RetentionCurves, ends: Ends, shown: Sequence[str]) -> RetentionCurves:
    """Curves from counts in intervals; those of groups that are not shown have no numbers."""
    at_risk, effective = exposed(ends)
    stopped = ends.stopped.astype(float)
    frames = []
    for place, name in enumerate(ends.groups):
        told: dict[str, object] = {key: [pd.NA] for key in _NUMBERS}
        if name in shown:
            told = {
                "duration": ends.times,
                "n_at_risk": at_risk[:, place],
                "n_events": ends.stopped[:, place],
                "n_censored": ends.unwatched[:, place],
                **_product_limit(stopped[:, place], effective[:, place], fine.confidence),
            }
        frames.append(pd.DataFrame({"category": name, **told}))
    table = pd.concat([frame.astype(object) for frame in frames], ignore_index=True)
    table = table.astype(dict.fromkeys(_NUMBERS[1:4], "Int64"))
    floats = ("duration", *_NUMBERS[4:])
    table = table.astype(dict.fromkeys(floats, "Float64"))
    table = table.astype({"category": "str", **dict.fromkeys(floats, "float64")})
    whole_times = bool((ends.times == np.round(ends.times)).all())
    table["duration"] = table["duration"].astype("Int64" if whole_times else "float64")
    table.insert(0, "variable", fine.table["variable"].iloc[0])
    whole = tuple(shown) == ends.groups
    expected, covariance = _log_rank(stopped, effective)
    statistic, degrees = _test(stopped.sum(axis=0) - expected, covariance) if whole else (None, 0)
    medians = [_median(frame) if name in shown else np.nan for name, frame in
               zip(ends.groups, frames, strict=True)]  # fmt: skip
    return dataclasses.replace(
        fine,
        table=table,
        groups=fine.groups.assign(
            n_expected=expected if whole else np.nan, median=np.array(medians, dtype=float)
        ),
        log_rank=statistic,
        degrees_of_freedom=degrees,
        p_value=_p_value(statistic, degrees),
        grouped=True,
    )


def _in_words(ends: Ends, variable: str, cuts: Sequence[int], shown: Sequence[str]) -> str:
    what = "How long people keep coming"
    if variable != EVERYBODY.lower():
        what += f" by {variable.replace('_', ' ')}"
    if not cuts:
        return (
            f"{what} is withheld: no two intervals of time can be found in which enough people "
            "stopped, enough were no longer watched and enough went on."
        )
    times = [f"{time:g}" for time in ends.times]
    told = (
        f"{what} is shown in {len(cuts)} wide intervals, up to {', '.join(times[:-1])} and "
        f"{times[-1]} meetings, so that in each enough people stopped, enough were no longer "
        "watched and enough went on. The share still coming is worked out from these counts alone "
        "(life table), as if those no longer watched had left evenly over an interval."
    )
    out = [name for name in ends.groups if name not in shown]
    return f"{told} Withheld, for want of enough: {', '.join(out)}." if out else told


def _levels(group: pd.Series) -> list[object]:
    if isinstance(group.dtype, pd.CategoricalDtype):
        return list(group.cat.remove_unused_categories().cat.categories)
    return level_order(group.unique())


def _curve(rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    counted = rows.groupby("duration", sort=True)["event"].agg(["sum", "size"])
    events, ended = counted["sum"].to_numpy(dtype=float), counted["size"].to_numpy(dtype=float)
    at_risk = ended[::-1].cumsum()[::-1]
    return pd.DataFrame(
        {
            "duration": counted.index.to_numpy(),
            "n_at_risk": at_risk.astype("int64"),
            "n_events": events.astype("int64"),
            "n_censored": (ended - events).astype("int64"),
            **_product_limit(events, at_risk, confidence),
        }
    )


def _product_limit(events: Floats, at_risk: Floats, confidence: float) -> dict[str, Floats]:
    """Share still coming, its standard error (Greenwood) and pointwise limits; shapes (T,)."""
    share = np.asarray(np.cumprod(1 - events / at_risk), dtype=float)
    left = at_risk - events
    greenwood = np.cumsum(
        np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    )
    low, high = _log_log(share, np.sqrt(greenwood), confidence)
    return {
        "estimate": share,
        "std_error": share * np.sqrt(greenwood),
        "conf_low": low,
        "conf_high": high,
    }


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


def _log_rank(events: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """Stops expected by group, shape (G,), and the hypergeometric covariance of those observed.

    Both arguments have shape (T, G).
    """
    total, risk = events.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / risk[:, None]
    factor = np.divide(total * (risk - total), risk - 1, out=np.zeros_like(risk), where=risk > 1)
    covariance = np.diag(factor @ share) - (share * factor[:, None]).T @ share
    return total @ share, covariance


def _p_value(statistic: float | None, degrees: int) -> float | None:
    return None if statistic is None else float(stats.chi2.sf(statistic, degrees))


def _test(difference: Floats, covariance: Floats) -> tuple[float | None, int]:
    """χ² of the log-rank test over groups that could have lost somebody."""
    able = np.diag(covariance) > 0
    if able.sum() < 2:
        return None, 0
    # One group follows from the others.
    kept = np.flatnonzero(able)[:-1]
    solved = np.linalg.solve(covariance[np.ix_(kept, kept)], difference[kept])
    return float(difference[kept] @ solved), len(kept)
