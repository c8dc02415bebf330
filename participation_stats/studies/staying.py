"""Who comes again: the retention section of a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.continuity import Turnover, turnover
from participation_stats.measure.engagement.durations import Durations, attendance_durations
from participation_stats.measure.engagement.retention import RetentionCurves, retention_curves
from participation_stats.measure.results import Result
from participation_stats.release.cells import counted_by
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.retention import draw_retention
from participation_stats.release.phrases import capital, p_text, percent, plain_name
from participation_stats.release.reporting import RATES, Claim, Exhibit, Finding, Section, Told
from participation_stats.release.seats import is_known
from participation_stats.release.wording import SIGNIFICANT
from participation_stats.studies.composition import ORDER

SLUG = "who-comes-again"
#: Meetings missed at the end after which somebody has stopped coming.
GAP = 3
#: Columns of a curve on the page; its groups are one variable's.
CURVE = ("category", "duration", "n_at_risk", "n_events", "n_censored", "estimate", "conf_low",
         "conf_high")  # fmt: skip
#: The fewest people of whom a curve is drawn.
LEAST = 12

METHOD = (
    "Residents at the meetings open to them, from the first that they came to. Somebody has "
    f"stopped who missed the last {GAP} meetings or more; who moved away or was still coming when "
    "the records end is counted only as long as they were seen (product-limit estimate, after "
    "Kaplan and Meier; limits on the log-log scale). Groups are compared by the log-rank test. "
    "From year to year, retention is the share of last year's people who came again."
)


@dataclasses.dataclass(frozen=True)
class Staying:
    """Who comes again to the meetings of one body, released."""

    body: str
    name: str
    never_came: int
    curves: dict[str, Protected]
    years: Protected

    def section(self, caption: str) -> Section:
        """Curves by group, then people from year to year."""
        exhibits = [
            exhibit
            for variable, curves in self.curves.items()
            for exhibit in self._exhibits(variable, curves, caption)
        ]
        years = Exhibit(
            slug=f"{self.body}_turnover",
            title=f"{self.name}: residents who came, year by year",
            protected=self.years,
            folded=False,
        )
        return Section(
            slug=SLUG,
            title="Who comes again?",
            sentences=self.sentences(),
            exhibits=(years, *exhibits),
            method=METHOD,
        )

    def _exhibits(self, variable: str, curves: Protected, caption: str) -> list[Exhibit]:
        by = f" by {plain_name(variable)}" if variable else ""
        slug = f"{self.body}_retention{f'_{variable}' if variable else ''}"
        return [
            Exhibit(
                slug=f"{slug}{end}",
                title=f"{self.name}: {what}{by}",
                protected=curves,
                frame=frame,
                units=RATES,
                columns=CURVE if frame == "table" else (),
                headings={"duration": "Meetings since the first", "median": "Half by meeting"},
                draw=partial(draw_retention, caption=caption)
                if variable and frame == "table"
                else None,
            )
            for frame, end, what in (
                ("table", "", "share still coming after so many meetings"),
                ("groups", "_groups", "people and how many stopped"),
            )
            if frame == "table" or variable
        ]

    def finding(self) -> Finding:
        """How many came again after their first time, and from year to year."""
        return Finding("Who comes again", self.sentences(), SLUG)

    def sentences(self) -> tuple[Told, ...]:
        """How many came again after their first time, and from year to year."""
        told = [*self._first_times(), *self._last_year(), *self._groups()]
        return tuple(told) or ("How many came again is withheld: too few people came.",)

    def _first_times(self) -> list[Claim]:
        curve = self.curves[""]
        first = curve.table.iloc[0] if len(curve.table) else None
        n = curve.facts.get("n_units")
        if first is None or not is_known(first["estimate"]) or n is None or first["duration"] != 1:
            return []
        text = (
            f"{self.name}: of {n:,} residents who came for the first time, "
            f"{percent(float(first['estimate']))} came again."
        )
        return [Claim(text, f"{self.body}_retention")]

    def _last_year(self) -> list[Claim]:
        rows = self.years.table
        if len(rows) < 2 or not is_known(rows["retention"].iloc[-1]):
            return []
        before, last = rows.iloc[-2], rows.iloc[-1]
        if not all(is_known(one) for one in (before["count"], last["stayers"])):
            return []
        text = (
            f"Of {int(before['count']):,} who came in {before['period']}, {int(last['stayers']):,} "
            f"({percent(float(last['retention']))}) came in {last['period']} too."
        )
        return [Claim(text, f"{self.body}_turnover")]

    def _groups(self) -> list[Claim]:
        told = []
        for variable, curves in self.curves.items():
            p_value = curves.facts.get("p_value")
            if variable and isinstance(p_value, float):
                how = "more" if p_value < SIGNIFICANT else "no more"
                text = (
                    f"By {plain_name(variable)}, groups differ {how} than chance alone would "
                    f"explain in how long they keep coming (log-rank test, {p_text(p_value)})."
                )
                told.append(Claim(text, f"{self.body}_retention_{variable}_groups"))
        return told


@dataclasses.dataclass(frozen=True)
class Stays:
    """Who comes again to the meetings of one body, as measured. Nothing here is released."""

    body: str
    name: str
    durations: Durations
    curves: dict[str, RetentionCurves]
    years: Turnover

    @property
    def _whom(self) -> str:
        """Those who came to this body: a report of another body tells of other people."""
        return f"retention, {self.body}"

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {
            f"retention {variable}".strip(): curves for variable, curves in self.curves.items()
        }
        return {**named, "turnover": self.years}

    def bodies(self) -> dict[str, str]:
        """Everybody here came to the meetings of one body."""
        return dict.fromkeys(self.results(), self._whom)

    def people(self) -> dict[str, frozenset[str]]:
        """Those who came: some of those who came anywhere, whom the ladder tells."""
        came = self.durations.table["person_id"].astype(str)
        return {counted_by(self._whom, "n_units"): frozenset(came)}

    def released(self, protected: Mapping[str, Protected]) -> Staying:
        """The same after `protect_all`."""
        return Staying(
            self.body,
            self.name,
            self.durations.never_came,
            {variable: protected[f"retention {variable}".strip()] for variable in self.curves},
            protected["turnover"],
        )


def stay(estate: Estate, bodies: list[str]) -> Stays | None:
    """Who comes again, at the body whose meetings most residents come to.

    Returns
    -------
    Stays or None
        ``None`` where no body's meetings were seen by enough residents for long enough.
    """
    if not estate.has("meetings", "attendance", "people"):
        return None
    everywhere = estate.panel()
    seen = {body: panel for body in bodies if len(panel := _residents(everywhere, body))}
    came = {body: panel.loc[panel["attended"].eq(1), "person_id"].nunique() for body, panel in
            seen.items()}  # fmt: skip
    if not came or max(came.values()) < LEAST:
        return None
    body = max(came, key=lambda name: came[name])
    by = [name for name in ORDER if name in seen[body] and _groups(seen[body][name]) > 1][:1]
    try:
        durations = attendance_durations(
            seen[body], unit="person_id", time="meeting", gap=GAP, by=by
        )
    except InputError:  # nobody was watched for long enough
        return None
    curves = {"": retention_curves(durations)}
    curves |= {name: retention_curves(durations, by=name) for name in by}
    years = turnover(estate, body, capacity="resident")
    return Stays(body, capital(estate.body_name(body)), durations, curves, years)


def _residents(everywhere: pd.DataFrame, body: str) -> pd.DataFrame:
    """Person-meetings of residents at one body, meetings numbered in the order of time."""
    panel = everywhere[everywhere["body_id"].eq(body) & everywhere["capacity"].eq("resident")]
    panel = panel.drop(columns="length_of_residence", errors="ignore").rename(
        columns={"length_of_residence_band": "length_of_residence"}
    )
    order = panel[["date", "meeting_id"]].drop_duplicates().sort_values(["date", "meeting_id"])
    number = {name: place for place, name in enumerate(order["meeting_id"])}
    return panel.assign(meeting=panel["meeting_id"].map(number))


def _groups(column: pd.Series) -> int:
    return len(column.dropna().unique())
