"""The report of a change: one place at two times, in two folders or in two years of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import Protected
from participation_stats.release.reporting import Claim, Exhibit, Finding, Report, Section
from participation_stats.studies.changing import change
from participation_stats.studies.pages import Commission, asked_of, page_of
from participation_stats.studies.panels import at_rest
from participation_stats.studies.questions import Question
from participation_stats.studies.sides import CAME, Side, side_of

QUESTION = "What changed in who takes part?"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Activity(Result):
    """Meetings, people and attendances at two times: headcounts, as the minutes have them.

    Attributes
    ----------
    table : DataFrame
        ``measure``, ``count`` and ``other_count``: the later time, and the earlier.
    """

    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", variable=None),)


@dataclasses.dataclass(frozen=True)
class Liveliness:
    """How much went on at the two times, released."""

    labels: tuple[str, str]
    activity: Protected

    def section(self, caption: str) -> Section:
        """One table."""
        del caption  # a table only
        now, then = self.labels
        exhibit = Exhibit(
            slug="activity",
            title=f"Meetings and people: {now} beside {then}",
            protected=self.activity,
            headings={"other_count": f"Count in {then}"},
            folded=False,
        )
        return Section(
            slug="how-much",
            title="How much went on?",
            sentences=self.sentences(),
            exhibits=(exhibit,),
        )

    def finding(self) -> Finding:
        """Meetings and attendances."""
        return Finding("How much went on", self.sentences(), "how-much")

    def sentences(self) -> tuple[Claim, ...]:
        """Each count at both times."""
        now, then = self.labels
        return tuple(
            Claim(
                f"{row['measure']}: {int(row['other_count']):,} in {then}, "
                f"{int(row['count']):,} in {now}.",
                "activity",
            )
            for _, row in self.activity.table.iterrows()
        )


@dataclasses.dataclass(frozen=True)
class Counts:
    """How much went on, as counted."""

    labels: tuple[str, str]
    activity: Activity

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {"activity": self.activity}

    def bodies(self) -> dict[str, str]:
        """Headcounts are of nobody in particular."""
        return {}

    def people(self) -> dict[str, frozenset[str]]:
        """Nobody is to be told apart."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Liveliness:
        """The same after `protect_all`."""
        return Liveliness(self.labels, protected["activity"])


def comparison_report(
    estate: Estate,
    commission: Commission,
    *,
    before: Estate | None = None,
    years: tuple[int, int] | None = None,
) -> Report:
    """Compare a place with itself at an earlier time.

    Parameters
    ----------
    estate : Estate
        As it is now.
    commission : Commission
        What may leave; data of which one half is real are not exempt.
    before : Estate, optional
        The same place in an earlier folder.
    years : (int, int), optional
        Two years of `estate` instead, the earlier first.

    Raises
    ------
    InputError
        If neither or both of `before` and `years` are given, the years are no two, or nothing
        is recorded at one of the times.
    """
    estate = at_rest(estate)  # two years of it have one panel
    then, now = _sides(estate, before, years)
    labels = (now.label, then.label)
    asked: list[Question] = []
    alone = []
    for name in dict.fromkeys([*now.groups, *then.groups]):
        if name not in now.groups or name not in then.groups:
            alone.append(f"{name}: not compared, as it is recorded at one of the times only.")
            continue
        found = change(name, now.groups[name], then.groups[name], labels)
        if found is None:
            alone.append(f"{name}: not compared, as no characteristic is known at both times.")
        else:
            asked.append(found)
    return page_of(
        estate,
        commission.lawful(estate, before),
        [*asked, *asked_of(_counts(now, then, labels))],
        title=f"{estate.title}: {then.label} and {now.label}",
        subtitle=QUESTION,
        omissions=alone,
        before=before,
    )


def _sides(
    estate: Estate, before: Estate | None, years: tuple[int, int] | None
) -> tuple[Side, Side]:
    """The earlier and the later time."""
    if (before is None) == (years is None):
        raise InputError(
            "a comparison needs one earlier time",
            where="write_report",
            expected="before= (an estate in another folder) or years= (two years of this one)",
            got="neither" if before is None else "both",
        )
    if before is not None:
        labels = (before.period or "before", estate.period or "now")
        labels = ("before", "now") if labels[0] == labels[1] else labels
        return side_of(before, labels[0], None), side_of(estate, labels[1], None)
    earlier, later = sorted(years or ())
    if earlier == later:
        raise InputError(
            f"{later} is compared with itself",
            where="write_report",
            expected="two different years",
            got=f"{earlier} and {later}",
        )
    return side_of(estate, str(earlier), earlier), side_of(estate, str(later), later)


def _counts(now: Side, then: Side, labels: tuple[str, str]) -> Counts | None:
    if None in (now.meetings, then.meetings):
        return None
    rows = [
        ("Meetings", now.meetings, then.meetings),
        ("Attendances", now.attendances, then.attendances),
    ]
    if CAME in now.groups and CAME in then.groups:
        rows.insert(1, ("Residents who came", len(now.groups[CAME]), len(then.groups[CAME])))
    table = pd.DataFrame(rows, columns=["measure", "count", "other_count"])
    return Counts(labels, Activity(table))
