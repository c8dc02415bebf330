"""The report of an estate: which questions are asked of it, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.policies import Policy
from participation_stats.release.releases import Release
from participation_stats.release.reporting import Report
from participation_stats.studies import masthead, quality
from participation_stats.studies.attendance import attend
from participation_stats.studies.engagement import engage
from participation_stats.studies.pooling import pools_of
from participation_stats.studies.precedents import past_of
from participation_stats.studies.questions import Question, answers
from participation_stats.studies.seating import seat

#: What every report of an estate asks.
QUESTION = "Do the people who take part look like the people who live here?"

#: What cannot be done without which tables, in the order of the report.
NEEDS = (
    (
        "Who sits on each body beside who lives here",
        (("population", "memberships", "people"), ("population", "profiles")),
    ),
    ("Who comes, and how often", (("meetings", "attendance"),)),
    ("What goes with coming", (("meetings", "attendance", "people", "memberships"),)),
)


def estate_report(
    estate: Estate,
    policy: Policy,
    *,
    bodies: list[str] | None = None,
    time: str | None = None,
    command: str = "",
    earlier: Sequence[Release] = (),
) -> Report:
    """Ask every question that the tables of an estate allow.

    Parameters
    ----------
    estate : Estate
    policy : Policy
        What may leave. Synthetic or already published data are exempt, and the page says so.
    bodies : list of str, optional
        Only these bodies, by ``body_id``.
    time, command : str
        For the provenance; nothing reads the clock.
    earlier : sequence of Release, optional
        What has been published of this estate before, from `published_before`.

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
    chosen = _chosen(estate, bodies)
    policy = masthead.lawful(estate, policy)
    caption = masthead.caption(estate)
    model = engage(estate)
    seatings = [seating for body in chosen if (seating := seat(estate, body)) is not None]
    asked: list[Question | None] = [*seatings, attend(estate, chosen)]
    asked.append(None if isinstance(model, str) else model)
    provenance = masthead.provenance({"": estate}, policy, time, command)
    past = past_of(estate, seatings, earlier, provenance.inputs)
    found, release = answers(
        [one for one in asked if one is not None],
        policy,
        past,
        pools_of(estate, seatings) if policy.withholds else (),
    )
    return Report(
        title=estate.title,
        subtitle=masthead.subtitle(estate, QUESTION),
        banners=masthead.banners(policy),
        findings=tuple(told for answer in found if (told := answer.finding()) is not None),
        sections=(*(answer.section(caption) for answer in found), quality.section(estate, policy)),
        omissions=(*_omissions(estate), *([model] if isinstance(model, str) else [])),
        sources=masthead.sources(estate),
        provenance=provenance,
        release=release,
    )


def _chosen(estate: Estate, bodies: list[str] | None) -> list[str]:
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


def _omissions(estate: Estate) -> tuple[str, ...]:
    """One line for each question that a missing table leaves open."""
    lines = []
    for question, ways in NEEDS:
        if any(estate.has(*tables) for tables in ways):
            continue
        missing = [[name for name in tables if not estate.has(name)] for tables in ways]
        wanted = " or ".join(" and ".join(names) for names in missing)
        lines.append(f"{question}: not done for want of the table {wanted}.")
    return tuple(lines)
