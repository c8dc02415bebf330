"""Do residents come less when meetings are formal, and did a new body cost regulars?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.intake.estates import Estate
from participation_stats.intake.shaping import as_factors
from participation_stats.measure.engagement.crossings import AttendanceFormula, attendance_formula
from participation_stats.measure.engagement.events import EventStudy
from participation_stats.measure.engagement.fit_checks import FitCheck
from participation_stats.measure.engagement.fits import Fit, Rates
from participation_stats.measure.engagement.logit import fit_logit
from participation_stats.measure.engagement.mixed import MixedFit, fit_mixed_logit
from participation_stats.measure.results import Result
from participation_stats.release.cells import AT_RISK, OF_THEM, counted_by
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.coefficients import draw_coefficients
from participation_stats.release.figures.rates import draw_rates
from participation_stats.release.phrases import fine_percent, joined
from participation_stats.release.presences import capacity_name
from participation_stats.release.reporting import RATES, Claim, Exhibit, Finding, Section
from participation_stats.studies.engagement import (
    names_only_comers,
    people_of,
    reason_of,
    residents_of,
)
from participation_stats.studies.regulars import METHOD as AROUND
from participation_stats.studies.regulars import regulars_around, regulars_shown, regulars_told

SLUG = "formal-meetings-and-regulars"
#: Person-level characteristics held alike, beside the intercept of each person.
ALIKE = ("ethnicity", "gender", "length_of_residence", "housing_tenure")
FORMAL, NEW = "format", "phase"
BEFORE, AFTER = "before", "since"
#: The table of the model, of what was looked at in it, and of formality by capacity.
MODEL, CHECKED, CAPACITY = "formal meetings", "checks of formal meetings", "formality by capacity"
REGULARS = "regulars"
#: Those of the model's people who hold a seat.
SEATED = f"{MODEL}{OF_THEM}those with a seat"

METHOD = (
    "Logistic regression of residents' attendance with an intercept for each person, one row for "
    "each resident at each meeting that they could have come to, so that a resident who came to "
    "none counts in every one. Formal and informal meetings are compared for one and the same "
    "person. Before and after are compared among residents with a seat on the body that met, less "
    "the change among residents without one. Rates are averaged over people as they are."
)


@dataclasses.dataclass(frozen=True)
class Event:
    """The start of a body that came after others."""

    name: str
    date: pd.Timestamp

    def __str__(self) -> str:
        return f"{self.date.day} {self.date:%B %Y}, when the {self.name} first met"


@dataclasses.dataclass(frozen=True)
class Formality:
    """The worked question, released."""

    event: Event | None
    described: str
    note: str
    model: Protected
    checks: Protected
    rates: dict[str, Protected]
    by_capacity: Protected | None
    regulars: Protected | None

    def section(self, caption: str) -> Section:
        """Rates of those with a seat, the model's terms, and what was checked."""
        titles = {
            FORMAL: "residents with a seat, at formal and informal meetings",
            NEW: "residents with a seat, before and since",
        }
        rates = [
            Exhibit(
                slug=f"seated_{name}",
                title=f"Attendance rates: {titles[name]}",
                protected=found,
                columns=("category", "n_units", "estimate", "conf_low", "conf_high"),
                units=RATES,
                draw=partial(draw_rates, caption=caption, title=self._rates_title(name)),
            )
            for name, found in self.rates.items()
        ]
        model = Exhibit(
            slug="formality_model",
            title="The model: log-odds that one and the same person comes",
            protected=self.model,
            draw=partial(draw_coefficients, caption=caption, title=self._formal().rstrip(".")),
        )
        return Section(
            slug=SLUG,
            title="Formal meetings, and who kept coming",
            sentences=(*self.sentences(), *((self.note,) if self.note else ())),
            exhibits=(*rates, *self._regulars(caption), model, *self._others()),
            method=f"{METHOD} {self.described}",
        )

    def _regulars(self, caption: str) -> list[Exhibit]:
        if self.regulars is None or self.event is None:
            return []
        return [regulars_shown(self.regulars, str(self.event), caption)]

    def _others(self) -> list[Exhibit]:
        checks = Exhibit(
            slug="formality_checks",
            title="What was looked at in the model",
            protected=self.checks,
            columns=("check", "subject", "notice", "sentence"),
        )
        if self.by_capacity is None:
            return [checks]
        by_capacity = Exhibit(
            slug="formality_by_capacity",
            title="Attendance rates of those with a seat, by format and capacity",
            protected=self.by_capacity,
            columns=("category", "n_units", "estimate", "conf_low", "conf_high"),
            units=RATES,
        )
        return [by_capacity, checks]

    def finding(self) -> Finding:
        """Both answers."""
        return Finding("Formal meetings, and who kept coming", self.sentences()[:2], SLUG)

    def sentences(self) -> tuple[Claim, ...]:
        """What formality does, what the new body changed, and how often those with a seat come."""
        told = [self._formal(), *([self._after()] if self.event else [])]
        claims = [Claim(text, "formality_model") for text in told]
        titles = {name: self._rates_title(name) for name in self.rates}
        claims += [Claim(f"{text}.", f"seated_{name}") for name, text in titles.items() if text]
        if self.regulars is not None and self.event is not None:
            claims.append(regulars_told(self.regulars, self.event.name))
        return tuple(claims)

    def _formal(self) -> str:
        found = _odds(self.model, lambda term: term == "format[T.formal]")
        if found is None:
            return "Whether residents come less when meetings are formal is withheld."
        ratio, text = found
        against = "the odds that one and the same resident comes to a formal meeting are"
        verdict = _verdict(
            ratio,
            "Residents come less when meetings are formal",
            "Residents come more when meetings are formal",
            "Whether formality keeps residents away cannot be told",
        )
        return f"{verdict}: {against} {text} those of an informal one."

    def _after(self) -> str:
        found = _odds(self.model, _is_change)
        if found is None:
            return f"What changed on {self.event} is withheld."
        ratio, text = found
        seated = "residents with a seat come"
        verdict = _verdict(
            ratio,
            f"{seated} less often than before",
            f"{seated} more often than before",
            f"whether {seated} less often cannot be told",
        )
        return (
            f"Since {self.event}, {verdict}: the odds that one of them comes are {text} those "
            "before, beyond any change among residents without a seat."
        )

    def _rates_title(self, name: str) -> str:
        rows = self.rates[name].table.dropna(subset=["estimate"]).set_index("category")
        if len(rows) < 2:
            return ""
        shares = {str(key): fine_percent(float(value)) for key, value in rows["estimate"].items()}
        if name == FORMAL:
            told = " and ".join(f"{share} of {kind}" for kind, share in shares.items())
            return f"Residents with a seat come to {told} meetings"
        return (
            f"Residents with a seat came to {shares[BEFORE]} of meetings before the "
            f"{self.event.name if self.event else ''} began and to {shares[AFTER]} since"
        )


@dataclasses.dataclass(frozen=True)
class Regulars:
    """The worked question, as measured. Nothing here is released."""

    event: Event | None
    note: str
    fit: Fit
    checks: FitCheck
    rates: dict[str, Rates]
    by_capacity: Rates | None
    regulars: EventStudy | None
    known: frozenset[str] = frozenset()

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {MODEL: self.fit, CHECKED: self.checks}
        named |= {f"{MODEL} by {name}": found for name, found in self.rates.items()}
        named |= {} if self.regulars is None else {REGULARS: self.regulars}
        return named | ({} if self.by_capacity is None else {CAPACITY: self.by_capacity})

    def bodies(self) -> dict[str, str]:
        """All tables but one are of the same residents, and rates of those with a seat."""
        same = dict.fromkeys([name for name in self.results() if name != CAPACITY], MODEL)
        return same | dict.fromkeys([f"{MODEL} by {name}" for name in self.rates], SEATED)

    def people(self) -> dict[str, frozenset[str]]:
        """Whom the model is of: nearly those who came, whom other tables tell."""
        return {counted_by(MODEL, AT_RISK): self.known}

    def released(self, protected: Mapping[str, Protected]) -> Formality:
        """The same after `protect_all`."""
        return Formality(
            self.event,
            self._described(),
            self.note,
            protected[MODEL],
            protected[CHECKED],
            {name: protected[f"{MODEL} by {name}"] for name in self.rates},
            None if self.by_capacity is None else protected[CAPACITY],
            None if self.regulars is None else protected[REGULARS],
        )

    def _described(self) -> str:
        told = [self.fit.describe()]
        if self.regulars is not None:
            told += [AROUND, self.regulars.describe()]
        return " ".join(told)


def formality(estate: Estate) -> Regulars | str | None:
    """Model what formality and the start of a new body do to residents' attendance.

    Returns
    -------
    Regulars, str or None
        A sentence where no model can be fitted; ``None`` where the tables do not allow it, or
        all meetings are alike.
    """
    if not estate.has("meetings", "attendance", "people", "memberships"):
        return None
    event = start_of_new(estate)
    everybody = as_factors(estate.panel())
    panel = with_phase(everybody, event)
    if panel[FORMAL].nunique() < 2 or panel["attended"].nunique() < 2:
        return None
    try:
        proposed, fit = worked_model(panel)
    except (EstimationError, InputError) as error:
        return (
            f"Formal meetings, and who kept coming: no model could be fitted ({reason_of(error)})."
        )
    crossed = f"seat * {NEW}" in proposed.terms
    seated = fit.among(seat="yes") if "seat" in fit.basis.levels else fit.among()
    rates = {FORMAL: seated.rates(FORMAL)} | ({NEW: seated.rates(NEW)} if crossed else {})
    note, by_capacity = _by_capacity(everybody)
    regulars = regulars_around(panel, event.date) if crossed and event is not None else None
    note = " ".join(filter(None, (_who_is_counted(panel), note)))
    return Regulars(
        event if crossed else None,
        note,
        fit,
        fit.check(),
        rates,
        by_capacity,
        regulars,
        people_of(panel, fit),
    )


def worked_model(panel: pd.DataFrame) -> tuple[AttendanceFormula, MixedFit]:
    """The model of the question, from residents' rows with their phase.

    Raises
    ------
    InputError, EstimationError
        As `attendance_formula` and `fit_mixed_logit`.
    """
    proposed = attendance_formula(panel, [*ALIKE, FORMAL, "seat", NEW], crossed=[("seat", NEW)])
    return proposed, fit_mixed_logit(str(proposed), panel, unit="person_id")


def start_of_new(estate: Estate) -> Event | None:
    """The first meeting of a body that was set up beneath another, after the log began.

    Of several the first; None where there is none, or nothing was recorded before it.
    """
    if not estate.has("bodies", "meetings"):
        return None
    bodies, meetings = estate.tables["bodies"], estate.tables["meetings"]
    if "parent_body_id" not in bodies:
        return None
    below = bodies.loc[bodies["parent_body_id"].notna(), ["body_id", "name"]]
    first = meetings.groupby("body_id")["date"].min()
    starts = below.assign(date=below["body_id"].map(first)).dropna(subset="date")
    starts = starts[starts["date"] > meetings["date"].min()].sort_values("date")
    if starts.empty:
        return None
    name = str(starts["name"].iloc[0])
    return Event(name[:1].lower() + name[1:], pd.Timestamp(starts["date"].iloc[0]))


def with_phase(panel: pd.DataFrame, event: Event | None) -> pd.DataFrame:
    """Residents before and after, with informal meetings as what formal ones are compared to."""
    kept = residents_of(panel)
    kinds = kept[FORMAL].astype("category")
    order = sorted(kinds.cat.categories, key=lambda kind: kind != "informal")
    kept = kept.assign(**{FORMAL: kinds.cat.reorder_categories(order)})
    if event is None:
        return kept
    late = kept["date"] >= event.date
    phase = pd.Categorical(np.where(late, AFTER, BEFORE), categories=[BEFORE, AFTER])
    return kept.assign(**{NEW: phase})


def _by_capacity(panel: pd.DataFrame) -> tuple[str, Rates | None]:
    """Rates of those with a seat by format and capacity, or why there are none."""
    seated = panel[panel["seat"].eq("yes")]
    if seated["capacity"].nunique() < 2:
        return "", None
    try:
        proposed = attendance_formula(seated, [FORMAL, "capacity"])
        if "*" not in str(proposed):
            return _one_format_only(seated), None
        fit = fit_logit(str(proposed), seated, unit="person_id")
    except (EstimationError, InputError) as error:
        return f"Formality by capacity: no model could be fitted ({reason_of(error)}).", None
    return "", fit.rates((FORMAL, "capacity"))


def _who_is_counted(panel: pd.DataFrame) -> str:
    """Says so where the records name only people who came: the others are in no denominator."""
    if not names_only_comers(panel):
        return ""
    return (
        "The records name only people who came at least once, or have a seat: these odds and rates "
        "are of them, not of all residents."
    )


def _one_format_only(seated: pd.DataFrame) -> str:
    """Who was never asked to more than one kind of meeting, so that nothing can be compared."""
    kinds = seated.groupby("capacity", observed=True)[FORMAL].agg(["nunique", "first"])
    alone = kinds[kinds["nunique"] == 1]
    told = [
        f"{joined(capacity_name(str(name), 2) for name in names)} have {kind} meetings only"
        for kind, names in alone.groupby("first", observed=True).groups.items()
    ]
    return f"Whether formality matters as much to others cannot be told: {'; '.join(told)}."


def _is_change(term: str) -> bool:
    return term.startswith("seat[") and f":{NEW}[" in term


def _odds(
    released: Protected, wanted: Callable[[str], bool]
) -> tuple[tuple[float, float], str] | None:
    """Limits of a term's odds ratio, and both in words; None where it is not there."""
    table = released.table
    rows = table[[wanted(str(term)) for term in table["term"]]]
    rows = rows.dropna(subset=["estimate", "conf_low", "conf_high"])
    if rows.empty:
        return None
    value, low, high = (
        math.exp(float(rows[name].iloc[0])) for name in ("estimate", "conf_low", "conf_high")
    )
    return (low, high), f"{value:.2f} times (95% interval {low:.2f} to {high:.2f})"


def _verdict(limits: tuple[float, float], less: str, more: str, unsure: str) -> str:
    low, high = limits
    return less if high < 1 else more if low > 1 else unsure
