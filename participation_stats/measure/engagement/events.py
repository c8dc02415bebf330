"""Event studies: what changed around an event, month by month, for those whom it touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.covariance import FEW
from participation_stats.measure.engagement.panels import STILL, clustered_fit, model_of
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.standardisation import tested
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, number_of, told_p
from participation_stats.measure.tallies import gathered

_ESTIMATES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
#: The column in which the event's date stands.
EVENT = "_event"
#: The period before the event, with which the others are compared.
BEFORE = -1


@dataclass(frozen=True, eq=False, repr=False)
class EventStudy(Result):
    """What changed around an event.

    Attributes
    ----------
    table : DataFrame
        ``since_event`` (periods since the event's; 0 is the event's own), ``bin`` ("or earlier"
        and "or later" of the ends), ``n_units`` (touched people with a row then), ``estimate``
        (difference to the period before the event, over and above those never touched, in units
        of the outcome), ``std_error, statistic, p_value, conf_low, conf_high``. The row of -1 is
        nought by definition and has no error.
    pre_trend, pre_trend_p_value : float or None
        χ² of the joint test that all periods before -1 are nought; none where -1 is the only one,
        or the smaller side (touched or not) has no more people than there are such periods.
    pre_trend_df : int
    n_rows, n_units, n_touched, n_periods, n_missing : int
    note : str
    """

    pre_trend: float | None
    pre_trend_df: int
    pre_trend_p_value: float | None
    n_rows: int
    n_units: int
    n_touched: int
    n_periods: int
    n_missing: int
    confidence: float
    note: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=_ESTIMATES, variable=None),
    )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        parts = [
            f"Event study of {number_of(self.n_touched, 'person', 'people')} touched by the event "
            f"against {self.n_units - self.n_touched:,} never touched, "
            f"{number_of(self.n_rows, 'person-period')}; "
            "person and period effects held fixed, errors clustered by person; periods are "
            "compared with the one before the event."
        ]
        if self.pre_trend_p_value is not None:
            parts.append(
                "Differences before the event, tested together: "
                f"χ²({self.pre_trend_df}) = {self.pre_trend:.2f}, "
                f"{told_p(self.pre_trend_p_value)}."
            )
        return " ".join([*parts, *([self.note] if self.note else [])])


def fit_event_study(
    outcome: str,
    data: Any,
    *,
    unit: str,
    time: str,
    event: Any,
    touched: tuple[str, object] | None = None,
    leads: int = 3,
    lags: int = 3,
    confidence: float = 0.95,
) -> EventStudy:
    r"""Fit leads and lags around an event, touched people against those never touched.

    .. math::

        y_{it} = \alpha_i + \gamma_t + \sum_{k \ne -1} \delta_k\,1\{t - e_i = k\} + \epsilon_{it}

    with e the person's event, such as the start of a network in which they sit. The ends are
    binned: k = −leads stands for that period and all earlier, k = lags for that and all later.
    :math:`\delta_k` is how much further touched people are from their own level before the event
    than people never touched are.

    Parameters
    ----------
    outcome : str
        A column of numbers: attended 0 and 1, or a rate of attendance.
    data : frame, str or Path
        One row per person and period; several rows of one person in one period are refused.
    unit, time : str
        The columns that name the person and the period (dates or numbers).
    event : str or date
        The column with the date of the person's event, on the scale of `time`; missing for those
        never touched. With `touched`, the one date itself. The event's period is the first in the
        data that is not before it.
    touched : tuple of column and value, optional
        Whom an event of one date concerns: ``("capacity", "resident")`` compares residents with
        everybody who sits there in another right. Rows without a value are left out.
    leads, lags : int
        Periods before and after; at least 1 and 0.
    confidence : float
        Level of the intervals.

    Returns
    -------
    EventStudy
        Errors carry the factor of `fit_panel`.

    Raises
    ------
    InputError
        If a column is wrong, a person has two rows in one period or two events, or the leads or
        lags are too few.
    EstimationError
        If nobody was touched, everybody was, or a period cannot be told from the effects.

    Notes
    -----
    With events at several dates, effects that grow or differ between people mix into the wrong
    periods (Sun & Abraham 2021); the note says so where it can happen.

    References
    ----------
    Sun & Abraham (2021), Journal of Econometrics 225; Schmidheiny & Siegloch (2023), Journal of
    Applied Econometrics 38, for binned ends. Computed by linearmodels (PanelOLS).

    Examples
    --------
    Ann and Amy stop coming in month 3, when the network starts; Ben and Bob do not:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"who": np.repeat(["Ann", "Amy", "Ben", "Bob"], 4)})
    >>> log["month"] = [1, 2, 3, 4] * 4
    >>> log["came"] = [1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1]
    >>> log["network"] = log["who"].map({"Ann": 3, "Amy": 3})
    >>> study = fit_event_study("came", log, unit="who", time="month", event="network", leads=2,
    ...                         lags=1)
    >>> print(study.table[["since_event", "bin", "n_units", "estimate"]].round(4))
       since_event         bin  n_units  estimate
    0           -2  or earlier        2      -0.5
    1           -1                    2       0.0
    2            0                    2      -1.5
    3            1    or later        2      -1.0
    """
    check_confidence(confidence, "fit_event_study")
    _check_reach(leads, lags)
    rows, n_missing = _rows(data, outcome, unit, time, event, touched)
    period, since = _since(rows, time, event)
    concerned = since.notna()
    _check_touched(rows[unit], concerned)
    binned = since.clip(-leads, lags)
    terms = [k for k in range(-leads, lags + 1) if k != BEFORE and (binned == k).any()]
    design = pd.DataFrame({f"k{k}": (binned == k).astype(float) for k in terms})
    index = pd.MultiIndex.from_arrays([rows[unit], period], names=[unit, time])
    estimates, covariance = _estimate(rows[outcome], design, index)
    dates = rows.loc[concerned, EVENT].nunique()
    table = _table(terms, estimates, covariance, confidence, binned, rows[unit], leads, lags)
    n_touched = int(rows.loc[concerned, unit].nunique())
    fewer = min(n_touched, int(rows[unit].nunique()) - n_touched)
    least = min(fewer, int(table["n_units"].min()))
    statistic, degrees = _pre_trend(terms, estimates, covariance, fewer)
    return EventStudy(
        table,
        pre_trend=statistic,
        pre_trend_df=degrees,
        pre_trend_p_value=None if statistic is None else float(stats.chi2.sf(statistic, degrees)),
        n_rows=len(rows),
        n_units=int(rows[unit].nunique()),
        n_touched=n_touched,
        n_periods=int(period.nunique()),
        n_missing=n_missing,
        confidence=confidence,
        note=" ".join(
            [
                *([STILL] if rows[outcome].max() == rows[outcome].min() else []),
                *_notes(dates, least, degrees, sum(k < BEFORE for k in terms)),
            ]
        ),
    )


def _notes(dates: int, fewer: int, degrees: int, before: int) -> list[str]:
    told = []
    if dates > 1:
        told.append(
            f"The event has {dates} dates: effects that differ between them mix between periods."
        )
    if before and not degrees:
        told.append("The periods before the event cannot be tested together.")
    if fewer < FEW:
        told.append(
            f"Some of this rests on {fewer} people: clustered errors of fewer than {FEW} are too "
            "small, and tests too eager."
        )
    return told


def _check_reach(leads: int, lags: int) -> None:
    for name, given, least in (("leads", leads, 1), ("lags", lags, 0)):
        if isinstance(given, bool) or not isinstance(given, int) or given < least:
            raise InputError(
                f"{name}={given} is too few",
                where="fit_event_study",
                expected=f"a whole number from {least} on",
                got=f"{given}",
            )


def _rows(
    data: Any, outcome: str, unit: str, time: str, event: Any, touched: tuple[str, object] | None
) -> tuple[pd.DataFrame, int]:
    names = [outcome, unit, time, event if touched is None else touched[0]]
    if len(set(names)) < len(names):
        raise InputError(
            "a column is asked for twice",
            where="fit_event_study",
            expected="outcome, unit, time and event in columns of their own",
            got=", ".join(names),
        )
    given = gathered(data, "fit_event_study", names)
    if not pd.api.types.is_numeric_dtype(given[outcome]):
        raise InputError(
            f"'{outcome}' is not a number",
            where="fit_event_study",
            expected="a column of numbers",
            got=f"{given[outcome].dtype}",
        )
    needed = [outcome, unit, time, *([touched[0]] if touched else [])]
    rows = given.dropna(subset=needed).reset_index(drop=True)
    rows[EVENT] = rows[event] if touched is None else _dated(rows[touched[0]], touched, event)
    twice = int(rows.duplicated([unit, time]).sum())
    if twice:
        raise InputError(
            f"{twice} rows are a second row of one person in one period",
            where="fit_event_study",
            expected=f"one row for each {unit} and {time}",
            got=f"{len(rows)} rows",
            hint=f"average first: frame.groupby(['{unit}', '{time}']).mean()",
        )
    # A person has an event in all rows or in none.
    events = rows[[unit, EVENT]].drop_duplicates()[unit].duplicated().sum()
    if events:
        raise InputError(
            f"{events} people have more than one value of '{names[-1]}'",
            where="fit_event_study",
            expected="the same in every row of a person",
            got=f"{rows[unit].nunique()} people",
        )
    return rows.assign(**{outcome: rows[outcome].astype("float64")}), len(given) - len(rows)


def _dated(kind: pd.Series, touched: tuple[str, object], event: Any) -> pd.Series:
    """The one date for those whom the event concerns."""
    if not (kind == touched[1]).any():
        known = ", ".join(sorted(map(str, kind.unique())))
        raise InputError(
            f"nobody's '{touched[0]}' is '{touched[1]}'",
            where="fit_event_study",
            expected=f"one of {known}",
            got=f"'{touched[1]}'",
        )
    return pd.Series(event, index=kind.index).where(kind == touched[1])


def _since(rows: pd.DataFrame, time: str, event: Any) -> tuple[pd.Series, pd.Series]:
    """Number of each row's period, and periods since the person's event (missing: none)."""
    times = np.sort(rows[time].unique())
    period = pd.Series(np.searchsorted(times, rows[time]), index=rows.index)
    known = rows[EVENT].notna()
    since = pd.Series(np.nan, index=rows.index)
    try:
        at = np.searchsorted(times, rows.loc[known, EVENT].astype(rows[time].dtype))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"'{event}' is not on the scale of '{time}'",
            where="fit_event_study",
            expected=f"{rows[time].dtype}",
            got=f"{rows[EVENT].dtype}",
        ) from error
    since[known] = period[known] - at
    return period, since


def _check_touched(people: pd.Series, touched: pd.Series) -> None:
    if touched.all() or not touched.any():
        raise EstimationError(
            "everybody was touched" if touched.any() else "nobody was touched",
            where="fit_event_study",
            expected="people with an event, and people without to compare them with",
            got=f"{people[touched].nunique()} of {people.nunique()} people with an event",
            hint="leave the event missing for those whom it does not concern",
        )


def _estimate(
    outcome: pd.Series, design: pd.DataFrame, index: pd.MultiIndex
) -> tuple[Floats, Floats]:
    """Least squares with person and period effects, clustered by person."""
    from linearmodels.panel.utility import AbsorbingEffectError

    people = index.get_level_values(0).nunique()
    try:
        if people <= design.shape[1]:
            raise ValueError(f"{people} people")
        model = model_of(outcome.set_axis(index), design.set_axis(index), "both")
        fitted, covariance = clustered_fit(model, "both")
    except (AbsorbingEffectError, ValueError) as error:
        raise EstimationError(
            "the periods around the event cannot be told from the effects",
            where="fit_event_study",
            expected="touched people seen before and after, and more people than periods",
            got=f"{people} people, {number_of(design.shape[1], 'period')} around the event",
            hint="ask for fewer leads and lags",
        ) from error
    return fitted.params.to_numpy(dtype=float), covariance


def _table(
    terms: list[int],
    estimates: Floats,
    covariance: Floats,
    confidence: float,
    binned: pd.Series,
    people: pd.Series,
    leads: int,
    lags: int,
) -> pd.DataFrame:
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    found = pd.DataFrame(tested(estimates, errors, confidence), index=terms)
    found = found.reindex(sorted([*terms, BEFORE]))
    found.loc[BEFORE, "estimate"] = 0.0
    names = {-leads: "or earlier", lags: "or later"}
    table = pd.DataFrame(
        {
            "since_event": found.index.to_numpy(),
            "bin": pd.Series([names.get(k, "") for k in found.index], dtype="str"),
            "n_units": [int(people[binned == k].nunique()) for k in found.index],
        }
    )
    return pd.concat([table, found.reset_index(drop=True)], axis=1)


def _pre_trend(
    terms: list[int], estimates: Floats, covariance: Floats, people: int
) -> tuple[float | None, int]:
    """Wald's χ² of all leads before the one left out; none of more leads than people carry."""
    leads = [number for number, k in enumerate(terms) if k < BEFORE]
    if not 0 < len(leads) < people:
        return None, 0
    delta, spread = estimates[leads], covariance[np.ix_(leads, leads)]
    if np.linalg.matrix_rank(spread) < len(leads):
        return None, 0
    return float(delta @ np.linalg.solve(spread, delta)), len(leads)
