"""The report of an estate: which questions are asked of it, in which order."""

from __future__ import annotations

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.processes import beside
from participation_stats.release.reporting import Report
from participation_stats.studies import masthead
from participation_stats.studies.attendance import attend
from participation_stats.studies.engagement import engage
from participation_stats.studies.formality import formality
from participation_stats.studies.pages import (
    Commission,
    asked_of,
    failures,
    missing_tables,
    page_of,
)
from participation_stats.studies.panels import at_rest
from participation_stats.studies.progression import climb
from participation_stats.studies.seating import seat
from participation_stats.studies.standing import stand
from participation_stats.studies.staying import stay

#: What every report of an estate asks.
QUESTION = "Do the people who take part look like the people who live here?"

#: The tables that say who could have come to which meeting, and did.
RECORDED = ("meetings", "attendance", "people")

#: What cannot be done without which tables, in the order of the report.
NEEDS = (
    (
        "Who sits on each body beside who lives here",
        (("population", "memberships", "people"), ("population", "profiles")),
    ),
    (
        "At which step people are lost",
        (
            ("population", "estate_survey"),
            ("population", "people", "meetings", "attendance"),
            ("population", "people", "bodies", "memberships"),
        ),
    ),
    ("What residents hold and have of the rest", (("memberships",),)),
    ("Who comes, and how often", (("meetings", "attendance"),)),
    ("Who comes again", (RECORDED,)),
    ("What goes with coming", (("meetings", "attendance", "people", "memberships"),)),
)


def estate_report(
    estate: Estate, commission: Commission, *, bodies: list[str] | None = None
) -> Report:
    """Ask every question that the tables of an estate allow.

    Parameters
    ----------
    estate : Estate
    commission : Commission
        What may leave. Synthetic or already published data are exempt, and the page says so.
    bodies : list of str, optional
        Only these bodies, by ``body_id``.

    Returns
    -------
    Report
        Ready for ``render``.

    Raises
    ------
    InputError
        If a body is unknown.
    DisclosureError
        If a withheld count could be worked out, beside earlier releases too.
    """
    chosen = chosen_bodies(estate, bodies)
    estate = at_rest(estate)
    if estate.has(*RECORDED):
        estate.panel()  # while there is one process: both have it then
    # These two take about as long as all other questions together.
    with beside(lambda: (stay(estate, chosen), formality(estate)), commission.processes) as rest:
        first = (
            *(seat(estate, body) for body in chosen),
            climb(estate),
            stand(estate, chosen),
            attend(estate, chosen),
        )
        engaged = engage(estate)
        stayed, formal = rest()
    models = engaged, formal
    asked = asked_of(*first, stayed, *models)
    return page_of(
        estate,
        commission.lawful(estate),
        asked,
        title=estate.title,
        subtitle=masthead.subtitle(estate, QUESTION),
        omissions=(*missing_tables(estate, NEEDS), *failures(*models)),
    )


def chosen_bodies(estate: Estate, bodies: list[str] | None) -> list[str]:
    """The bodies asked for, or all.

    Raises
    ------
    InputError
        If one is unknown.
    """
    known = list(estate.bodies_named())
    for body in bodies or []:
        if body not in known:
            raise InputError(
                f"no body '{body}' in {estate.title}",
                where="write_report",
                expected="one of " + ", ".join(known),
                got=f"'{body}'",
                hint="bodies are named by the column body_id of the table bodies",
            )
    return bodies or known
