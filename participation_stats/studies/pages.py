"""Pages: from the questions asked of a place to its report, whatever the kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from participation_stats.intake.estates import Estate
from participation_stats.release.phrases import joined
from participation_stats.release.policies import Policy
from participation_stats.release.releases import Release
from participation_stats.release.reporting import Finding, Report, Section
from participation_stats.studies import masthead, quality
from participation_stats.studies.pooling import pools_of
from participation_stats.studies.precedents import past_of
from participation_stats.studies.questions import Answer, Question, answers
from participation_stats.studies.seating import Seating


@dataclasses.dataclass(frozen=True)
class Commission:
    """Under what a report is asked for.

    Parameters
    ----------
    policy : Policy
        What may leave.
    time, command : str
        For the provenance; nothing reads the clock.
    earlier : sequence of Release
        What has been published of this place before, from `published_before`.
    kind : str
        Which kind of report.
    processes : int
        How many may work on it at once.
    """

    policy: Policy
    time: str | None = None
    command: str = ""
    earlier: Sequence[Release] = ()
    kind: str = "estate"
    processes: int = 1

    def lawful(self, estate: Estate, before: Estate | None = None) -> Commission:
        """The same, its policy lifted where nobody's data are in either of the two."""
        policy = self.policy
        if before is None or masthead.lawful(before, policy).exemption:
            policy = masthead.lawful(estate, policy)
        return dataclasses.replace(self, policy=policy)


#: Of the answers: the sections of the page and what is said on top.
Layout = Callable[[Sequence[Answer], str], tuple[tuple[Finding, ...], tuple[Section, ...]]]


def laid_out(
    found: Sequence[Answer], caption: str
) -> tuple[tuple[Finding, ...], tuple[Section, ...]]:
    """Each answer is a section, and a finding where it has one."""
    findings = tuple(told for answer in found if (told := answer.finding()) is not None)
    return findings, tuple(answer.section(caption) for answer in found)


def page_of(
    estate: Estate,
    commission: Commission,
    asked: Sequence[Question],
    *,
    title: str,
    subtitle: str,
    omissions: Sequence[str] = (),
    about: Sequence[str] = (),
    before: Estate | None = None,
    layout: Layout = laid_out,
) -> Report:
    """Release the answers together and set them out, with data quality and provenance.

    Parameters
    ----------
    estate : Estate
    commission : Commission
        As `Commission.lawful` made it.
    asked : sequence of Question
        In the order of the page.
    title, subtitle : str
    omissions : sequence of str
        One line for each thing that was not done.
    about : sequence of str
        Lines before the sources.
    before : Estate, optional
        Another folder whose files went in.
    layout : callable
        How answers become findings and sections.

    Raises
    ------
    DisclosureError
        If a withheld count could be worked out, beside earlier releases too.
    """
    policy = commission.policy
    inputs = {"": estate} if before is None else {"now/": estate, "before/": before}
    provenance = masthead.provenance(
        inputs, policy, time=commission.time, command=commission.command, kind=commission.kind
    )
    seatings = [one for one in asked if isinstance(one, Seating)]
    found, release = answers(
        asked,
        policy,
        past_of(estate, seatings, commission.earlier, provenance.inputs),
        pools_of(estate, seatings) if policy.withholds else (),
    )
    findings, sections = layout(found, masthead.caption(estate))
    return Report(
        title=title,
        subtitle=subtitle,
        banners=masthead.banners(policy),
        findings=findings,
        sections=(*sections, quality.section(estate, policy)),
        omissions=tuple(omissions),
        sources=(*about, *masthead.sources(estate)),
        provenance=provenance,
        release=release,
    )


def missing_tables(
    estate: Estate, needs: Sequence[tuple[str, Sequence[Sequence[str]]]]
) -> tuple[str, ...]:
    """One line for each question that a missing table leaves open."""
    lines = []
    for question, ways in needs:
        if any(estate.has(*tables) for tables in ways):
            continue
        missing = [[name for name in tables if not estate.has(name)] for tables in ways]
        # One set of tables is enough; of two the second is told after a comma.
        wanted = ", or ".join(joined(names) for names in missing)
        tables = "table" if max(map(len, missing)) == 1 else "tables"
        lines.append(f"{question}: not done for want of the {tables} {wanted}.")
    return tuple(lines)


def failures(*parts: object) -> tuple[str, ...]:
    """What could not be worked out, in the sentences that say so."""
    return tuple(part for part in parts if isinstance(part, str))


def asked_of(*parts: object) -> list[Question]:
    """The questions that could be asked: neither left open nor failed."""
    return [part for part in parts if part is not None and not isinstance(part, str)]  # type: ignore[misc]
