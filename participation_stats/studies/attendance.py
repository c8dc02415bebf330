"""Who comes, and how unequally: the attendance section of a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

from participation_stats.intake.estates import Estate
from participation_stats.measure.concentration import Inequality, attendance_inequality
from participation_stats.measure.presence import AttendanceRecord, attendance_record
from participation_stats.measure.results import Result
from participation_stats.measure.tallies import tally
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.attendance import draw_attendance
from participation_stats.release.figures.lorenz import draw_lorenz
from participation_stats.release.phrases import capital, in_words, percent
from participation_stats.release.presences import attendance_headline
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told

#: Slug of the table of inequality.
LORENZ = "attendance_inequality"

METHOD = (
    "Each row of the figure is one person, without a name, in the order of meetings attended. "
    "Gini coefficient: G = Σ(2i − n − 1)x₍ᵢ₎ / (nΣx), x ascending, among people who came at least "
    "once; the unbiased form is n/(n − 1) times that. The effective number of participants is the "
    "exponential of Shannon's entropy of attendance shares (Hill number of order 1): so many "
    "people coming equally often would be as diverse."
)


@dataclasses.dataclass(frozen=True)
class Attendance:
    """Who came, released: what the section and the finding are made of.

    Parameters
    ----------
    records : mapping of str to Protected
        The attendance record of each body that met, by the body's name.
    inequality : Protected
        Inequality of attendance over all of them.
    """

    records: dict[str, Protected]
    inequality: Protected

    def section(self, caption: str) -> Section:
        """A raster for each body, then how unequally attendance is shared out."""
        rasters = [
            Exhibit(
                slug=f"attendance_{number}",
                title=f"{name}: people present at each meeting, by capacity",
                protected=record,
                frame="headcounts",
                draw=partial(draw_attendance, title=_title(name, record), caption=caption),
            )
            for number, (name, record) in enumerate(self.records.items(), start=1)
        ]
        lorenz = Exhibit(
            slug=LORENZ,
            title="Share of all attendances by share of people",
            protected=self.inequality,
            units={"people_share": "rate", "attendance_share": "rate"},
            draw=partial(draw_lorenz, caption=caption),
        )
        return Section(
            slug="who-comes",
            title="Who comes, and how often",
            sentences=self.sentences(),
            exhibits=(*rasters, *([lorenz] if "table" in self.inequality.frames else [])),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """How few people make up most of the attendances."""
        return Finding("Who comes", self.sentences(), anchor="who-comes")

    def sentences(self) -> tuple[Told, ...]:
        """Counts first: people, attendances, meetings, and how concentrated they are."""
        facts = self.inequality.facts
        people, total, half = (facts.get(name) for name in ("n", "total", "half"))
        if not isinstance(people, int) or not isinstance(half, int) or not isinstance(total, int):
            return ("How attendance is shared out is withheld: too few people came.",)
        meetings = sum(_fact(record, "n_meetings") for record in self.records.values())
        effective = facts.get("hill_1")
        table = LORENZ if "table" in self.inequality.frames else ""
        return (
            Claim(
                f"{people:,} people came {total:,} times to {meetings:,} meetings. "
                f"{capital(in_words(half))} of them ({percent(half / people)}) account for half "
                "of all attendances.",
                table,
            ),
            Claim(
                f"Attendance is as concentrated as if {effective:.0f} people came equally often.",
                table,
            ),
        )


@dataclasses.dataclass(frozen=True)
class Register:
    """The attendance of some bodies, as measured. Nothing here is released.

    Parameters
    ----------
    records : mapping of str to AttendanceRecord
        By the body's name.
    inequality : Inequality
        Over all of them.
    """

    records: dict[str, AttendanceRecord]
    inequality: Inequality

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {f"register of {name}": r for name, r in self.records.items()}
        return named | {"inequality of attendance": self.inequality}

    def bodies(self) -> dict[str, str]:
        """Each register describes itself."""
        return {}

    def people(self) -> dict[str, frozenset[str]]:
        """Headcounts by capacity are public: nobody is to be told apart."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Attendance:
        """The same after `protect_all`."""
        return Attendance(
            {name: protected[f"register of {name}"] for name in self.records},
            protected["inequality of attendance"],
        )


def attend(estate: Estate, bodies: list[str]) -> Register | None:
    """Who came to the meetings of these bodies.

    Returns
    -------
    Register or None
        ``None`` where nobody's attendance is recorded.
    """
    if not estate.has("meetings", "attendance"):
        return None
    meetings = estate.tables["meetings"]
    kept = meetings["meeting_id"].isin(estate.tables["attendance"]["meeting_id"])
    recorded = set(meetings.loc[kept, "body_id"])
    met = [body for body in bodies if body in recorded]
    if not met:
        return None
    here = meetings.loc[meetings["body_id"].isin(met), "meeting_id"]
    register = estate.tables["attendance"]
    came = register[register["meeting_id"].isin(here) & register["status"].eq("present")]
    if came.empty:
        return None
    return Register(
        {capital(estate.body_name(body)): attendance_record(estate, body) for body in met},
        attendance_inequality(tally(came, "person_id").table["count"]),
    )


def _title(name: str, record: Protected) -> str:
    return f"{name}: {_lower(attendance_headline(record.frames['headcounts']))}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fact(record: Protected, name: str) -> int:
    value = record.facts.get(name)
    return value if isinstance(value, int) else 0
