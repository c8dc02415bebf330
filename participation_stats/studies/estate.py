"""The report of an estate: which questions are asked of it, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.audits import audit
from participation_stats.release.disclosure import Protected, protect_all
from participation_stats.release.policies import Policy
from participation_stats.release.provenance import Provenance, hash_files
from participation_stats.release.reporting import Finding, Report, Section
from participation_stats.studies import quality
from participation_stats.studies.attendance import Attendance, Register, attend
from participation_stats.studies.composition import Composition
from participation_stats.studies.engagement import Engagement, Model, engage
from participation_stats.studies.seating import Seating, seat

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

    Returns
    -------
    Report
        Ready for ``render``.

    Raises
    ------
    InputError
        If a body is unknown.
    """
    chosen = _chosen(estate, bodies)
    lawful = _policy_for(estate, policy)
    caption = _caption(estate)
    seatings = [found for body in chosen if (found := seat(estate, body)) is not None]
    register, model = attend(estate, chosen), engage(estate)
    parts = [*seatings, *(part for part in (register, model) if part and not isinstance(part, str))]
    released = _released(parts, seatings, lawful)
    sections: list[Section] = []
    findings: list[Finding] = []
    for answer in _answers(seatings, register, model, released):
        sections.append(answer.section(caption))
        findings.append(answer.finding())
    sections.append(quality.section(estate, lawful))
    return Report(
        title=estate.title,
        subtitle=_subtitle(estate),
        banners=tuple(text for text in (lawful.banner,) if text),
        findings=tuple(findings),
        sections=tuple(sections),
        omissions=(*_omissions(estate), *([model] if isinstance(model, str) else [])),
        sources=_sources(estate),
        provenance=Provenance(
            inputs=hash_files(estate.folder) if estate.folder is not None else {},
            policy=_in_words(lawful),
            command=command,
            time=time,
        ),
    )


def _released(
    parts: Sequence[Seating | Register | Model], seatings: Sequence[Seating], policy: Policy
) -> dict[str, Protected]:
    """Everything of the report, protected at once, then attacked as a reader could attack it."""
    results = {name: found for part in parts for name, found in part.results().items()}
    bodies = {name: "model" for part in parts if isinstance(part, Model) for name in part.results()}
    bodies |= {name: seating.body for seating in seatings for name in seating.results()}
    people = {seating.body: seating.people for seating in seatings if seating.people}
    released = protect_all(results, policy, bodies=bodies, people=people)
    audit(released, people=people)  # raises before anything is written
    return released


def _answers(
    seatings: Sequence[Seating],
    register: Register | None,
    model: Model | str | None,
    released: Mapping[str, Protected],
) -> Iterator[Composition | Attendance | Engagement]:
    """What the report says, in its order."""
    for seating in seatings:
        yield Composition.of(seating, released)
    if register is not None:
        yield register.released(released)
    if isinstance(model, Model):
        yield model.released(released)


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


def _policy_for(estate: Estate, policy: Policy) -> Policy:
    """The same policy, lifted where the data are nobody's, or already in the public domain."""
    if estate.synthetic:
        return policy.exempt("the people in these data are synthetic")
    if estate.already_published:
        return policy.exempt(f"the records are already published ({estate.already_published})")
    return policy


def _in_words(policy: Policy) -> str:
    told = policy.banner or f"Counts of fewer than {policy.threshold} people are withheld."
    return f"{policy.name}. {told}"


def _subtitle(estate: Estate) -> str:
    period = f" {estate.period}." if estate.period else ""
    return f"Do the people who take part look like the people who live here?{period}"


def _caption(estate: Estate) -> str:
    """Source, population and period for every figure."""
    parts = [f"Source: {estate.source}." if estate.source else "", _population(estate)]
    parts.append(f"Period: {estate.period}." if estate.period else "")
    return " ".join(part for part in parts if part)


def _population(estate: Estate) -> str:
    if not estate.has("population"):
        return ""
    table = estate.population()
    if "count" not in table or table["count"].isna().all():
        return "Population: shares as published."
    total = table.groupby("variable", sort=False)["count"].sum().max()
    return f"Population: {total:,.0f} residents."


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


def _sources(estate: Estate) -> tuple[str, ...]:
    return tuple(text for text in (estate.description, estate.source) if text)
