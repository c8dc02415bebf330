"""The report of one body: who sits there, who comes, what residents have to say, and since when."""

from __future__ import annotations

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.reporting import Report
from participation_stats.studies import masthead
from participation_stats.studies.attendance import attend
from participation_stats.studies.estate import chosen_bodies
from participation_stats.studies.pages import Commission, asked_of, page_of
from participation_stats.studies.seating import seat
from participation_stats.studies.standing import stand
from participation_stats.studies.staying import stay
from participation_stats.studies.trending import follow

QUESTION = "Does it look like the people who live here, and who comes?"

#: What cannot be done without which tables, in the order of the report.
NEEDS = (
    ("Who sits there beside who lives here", "population with memberships and people, or profiles"),
    ("What residents hold and have of the rest", "memberships with several capacities"),
    ("Who comes", "meetings and attendance"),
    ("Has it changed", "meetings and attendance of two years, people and population"),
    ("Who comes again", "meetings and attendance over some time, and people"),
)


def body_report(
    estate: Estate, commission: Commission, *, bodies: list[str] | None = None
) -> Report:
    """Report on one body.

    Parameters
    ----------
    estate : Estate
    commission : Commission
        What may leave.
    bodies : list of str
        One ``body_id``. Default: the only body of the estate.

    Raises
    ------
    InputError
        If the body is unknown, or it is not said which of several.
    """
    chosen = chosen_bodies(estate, bodies)
    if len(chosen) != 1:
        raise InputError(
            "the report of a body is about one body",
            where="write_report",
            expected="one of " + ", ".join(estate.bodies_named()),
            got=", ".join(chosen) or "no body",
            hint="name it: bodies=['...'] (--body NAME)",
        )
    (body,) = chosen
    parts = (
        seat(estate, body),
        stand(estate, chosen),
        attend(estate, chosen),
        follow(estate, body),
        stay(estate, chosen),
    )
    return page_of(
        estate,
        commission.lawful(estate),
        asked_of(*parts),
        title=f"{estate.title}: {estate.body_name(body)}",
        subtitle=masthead.subtitle(estate, QUESTION),
        omissions=[
            f"{question}: not done, which needs {tables}."
            for (question, tables), part in zip(NEEDS, parts, strict=True)
            if part is None
        ],
    )
