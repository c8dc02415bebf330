"""Curves: how long people keep coming, read off a released table and told in words."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd

from participation_stats.release import seats, wording
from participation_stats.release.disclosure import Protected
from participation_stats.release.linkage import Floats
from participation_stats.release.phrases import (
    WITHHELD,
    Terms,
    capital,
    group_label,
    number,
    percent,
    whose,
)

EVERYBODY = "everybody"
#: A headline speaks of a time that at least so many people of each group are watched until.
WATCHED = 10


@dataclasses.dataclass(frozen=True)
class Curve:
    """One group: its rows in order of time, and what is known of it as a whole."""

    name: str
    rows: pd.DataFrame
    n: float | None
    median: float | None
    #: Whether a row is an interval, so that nothing is known of the times within it.
    grouped: bool = False

    @functools.cached_property
    def times(self) -> Floats:
        """When each row is; NaN where that is withheld."""
        return self.rows["duration"].to_numpy(dtype=float, na_value=np.nan)

    @functools.cached_property
    def whole(self) -> bool:
        """Nothing of it is withheld."""
        return not (np.isnan(self.times).any() or self.rows["suppressed"].any())

    def share_at(self, time: float) -> float | None:
        """The share still coming after `time`; None where that is withheld or not watched."""
        if not (self.whole and len(self.times)) or self.times.max() < time:
            return None
        if self.grouped and time > 0 and time not in self.times:
            return None
        before = np.flatnonzero(self.times <= time)
        return float(self.rows["estimate"].iloc[before[-1]]) if len(before) else 1.0

    def at_risk(self, time: float) -> str:
        """People still coming just before `time`, of intervals from it on, as it is printed."""
        if np.isnan(self.times).any():
            return WITHHELD
        later = np.flatnonzero(self.times > time if self.grouped else self.times >= time)
        if not len(later):
            return "0"
        value = self.rows["n_at_risk"].iloc[later[0]]
        return number(float(value)) if seats.is_known(value) else WITHHELD


def curves_of(protected: Protected, variable: str) -> list[Curve]:
    """A curve for each group, in the order in which they are shown."""
    grouped = bool(protected.facts.get("grouped"))
    frame = protected.table
    if frame.empty:  # even the name of the only group is withheld
        gap = frame.reindex([0]).assign(suppressed=True)
        return [Curve(EVERYBODY, gap, None, None, grouped)]
    frame = wording.select_rows(frame, variable=variable, where="draw_retention")
    groups = protected.frames.get("groups", pd.DataFrame({"category": []}))
    known = seats.rows_by(groups, "category")
    curves = []
    for name, rows in frame.groupby("category", sort=False):
        own = known.get(str(name), pd.Series(dtype=object))
        n, median = own.get("n_units"), own.get("median")
        curves.append(
            Curve(
                str(name),
                rows.reset_index(drop=True),
                float(n) if seats.is_known(n) else None,  # type: ignore[arg-type]
                float(median) if seats.is_known(median) else None,  # type: ignore[arg-type]
                grouped,
            )
        )
    return curves


def label_of(variable: str, curve: Curve, terms: Terms) -> str:
    """The name of a group over its curve."""
    return (
        capital(_who(variable, curve.name, terms))
        if variable == EVERYBODY
        else group_label(variable, curve.name)
    )


def _who(variable: str, category: str, terms: Terms) -> str:
    return "all who came" if variable == EVERYBODY else whose(variable, category, terms)


def note_of(curve: Curve) -> str:
    """How many people, and when half of them had stopped."""
    if curve.n is None:
        return f"{WITHHELD} withheld"
    people = f"{number(curve.n)} {'person' if curve.n == 1 else 'people'}"
    if curve.median is not None:
        meetings = "meeting" if curve.median == 1 else "meetings"
        when = "by" if curve.grouped else "after"
        return f"{people}; half had stopped {when} {number(curve.median)} {meetings}"
    return people


def retention_headline(
    protected: Protected, variable: str, curves: list[Curve], times: list[float], terms: Terms
) -> str:
    """How the groups stand at the last time until which enough of each are watched."""
    told = [curve for curve in curves if curve.share_at(0) is not None]
    time = _last_watched(told, times)
    if not told or time is None:
        return "How long people keep coming is withheld"
    after = f"After {number(time)} {'meeting' if time == 1 else 'meetings'}"
    shares = [(curve, curve.share_at(time) or 0.0) for curve in told]
    if len(shares) == 1:
        curve, share = shares[0]
        of = "people who came" if variable == EVERYBODY else whose(variable, curve.name, terms)
        if curve.n is None:
            return f"{after}, {percent(share)} of {of} are still coming"
        return f"{after}, {percent(share)} of the {number(curve.n)} {of} are still coming"
    (high, most), (low, least) = (
        max(shares, key=lambda pair: pair[1]),
        min(shares, key=lambda pair: pair[1]),
    )
    if percent(most) == percent(least):
        return f"{after}, {percent(most)} of every group are still coming"
    told_shares = (
        f"{percent(most)} of {whose(variable, high.name, terms)} are still coming and "
        f"{percent(least)} of {whose(variable, low.name, terms)}"
    )
    return f"{after}, {told_shares}{_by_chance(protected)}"


def _last_watched(curves: list[Curve], times: list[float]) -> float | None:
    """The last time until which enough people of each group are watched, else anybody."""
    fewest = {
        time: min((float(curve.at_risk(time).replace(",", "")) for curve in curves), default=0.0)
        for time in times
        if all(curve.at_risk(time) != WITHHELD for curve in curves)
    }
    for least in (WATCHED, 1):
        watched = [time for time, risk in fewest.items() if risk >= least]
        if watched:
            return max(watched)
    return None


def _by_chance(protected: Protected) -> str:
    p = protected.facts.get("p_value")
    if not isinstance(p, float) or np.isnan(p):
        return ""
    if p < wording.SIGNIFICANT:
        return "; the curves differ by more than chance alone would explain"
    return "; chance alone could explain how the curves differ"


def retention_text(
    title: str, variable: str, curves: list[Curve], times: list[float], terms: Terms
) -> str:
    """Title, and the share still coming of each group at each time that is named."""
    told = []
    for curve in curves:
        parts = []
        for time in times:
            share = curve.share_at(time)
            if share is not None:
                parts.append(
                    f"{percent(share)} after {number(time)} ({curve.at_risk(time)} at risk)"
                )
        who = capital(_who(variable, curve.name, terms))
        told.append(f"{who}, {note_of(curve)}: {', '.join(parts) or 'the curve is withheld'}.")
    return f"{title}. Chart of the share still coming by meetings since the first. {' '.join(told)}"
