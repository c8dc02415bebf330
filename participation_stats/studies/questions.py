"""Questions: what each question of a report hands over, and how all are answered together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol

from participation_stats.measure.results import Result
from participation_stats.release.audits import audit
from participation_stats.release.disclosure import Protected, protect_all
from participation_stats.release.policies import Policy
from participation_stats.release.pools import Pool
from participation_stats.release.releases import Past, Release
from participation_stats.release.reporting import Finding, Section


class Answer(Protocol):
    """What was found, released: a section of the page, and what is said of it on top."""

    def section(self, caption: str) -> Section:
        """The section; `caption` stands under every figure."""

    def finding(self) -> Finding | None:
        """The answer in a few sentences; ``None`` where there is none worth the reader's time."""


class Question(Protocol):
    """What was measured, not released."""

    def results(self) -> Mapping[str, Result]:
        """What is to be protected, by the name of the table."""

    def bodies(self) -> Mapping[str, str]:
        """Whom a table describes, by its name; tables not named here describe themselves."""

    def people(self) -> Mapping[str, frozenset[str]]:
        """Who is in each body, so that `protect_all` knows which share people. Goes nowhere."""

    def released(self, protected: Mapping[str, Protected]) -> Answer:
        """The answer, from what `protect_all` let out."""


def answers(
    questions: Sequence[Question],
    policy: Policy,
    past: Past | None = None,
    pools: Sequence[Pool] = (),
) -> tuple[list[Answer], Release | None]:
    """Release everything at once, attack it as a reader could, and hand out the answers.

    Parameters
    ----------
    questions : sequence of Question
    policy : Policy
    past : Past, optional
        What has been published before.
    pools : sequence of Pool, optional
        Who could be counted together where a table cannot be shown.

    Returns
    -------
    list of Answer
    Release or None
        What is to be entered in the register; ``None`` where nothing is withheld from anybody,
        or the report is not for publication.

    Raises
    ------
    DisclosureError
        A withheld count could be worked out from what would be published.
    """
    past = past or Past()
    results = {name: found for one in questions for name, found in one.results().items()}
    bodies = {name: body for one in questions for name, body in one.bodies().items()}
    people: dict[str, frozenset[Hashable]] = dict(past.seats)
    people |= {
        body: frozenset(who) for one in questions for body, who in one.people().items() if who
    }
    released = protect_all(
        results,
        policy,
        bodies=bodies,
        people=people,
        earlier=past.earlier,
        label=past.label,
        pools=pools,
    )
    # Raises before anything is written.
    found = audit(released, people=people, earlier=past.earlier, label=past.label)
    entry = past.entry(found.release) if policy.withholds and past.label else None
    return [question.released(released) for question in questions], entry
