"""At which step people are lost: the ladder section of a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.ladder import Ladder, participation_ladder
from participation_stats.measure.results import Result
from participation_stats.measure.rungs import ONCE, REGULAR, SURVEY, Rung, clean_rungs
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.ladder import draw_ladder
from participation_stats.release.losses import ladder_headline, losses_of, rung_sizes
from participation_stats.release.phrases import (
    Terms,
    capital,
    joined,
    number,
    percent,
    plain_name,
    whose,
)
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told
from participation_stats.release.seats import is_known, rows_by
from participation_stats.release.wording import select_rows
from participation_stats.studies.composition import NOT_STATED, ordered

#: Slug of the section, and what the tables' names begin with.
SLUG, TABLE = "at-which-step", "ladder"
#: Who counts as coming regularly: the share of the meetings that they could have come to, and
#: how often at least.
DEFINITION = (0.5, 3)
#: Characteristics with a figure; the others are tables.
MOST_FIGURES = 2
COLUMNS = ("category", "rung", "count", "share", "step_ratio", "ratio", "p_value")

_PLACES = {
    SURVEY: "those who answered the survey",
    ONCE: "those who came at least once",
    REGULAR: "those who come regularly",
}

METHOD = (
    "Each rung is a set of residents; a group's share of a rung is divided by its share of the "
    "rung outside (step ratio), and the product of the steps is its ratio to all residents. "
    "People come regularly who came to at least half of the meetings that they could have come "
    "to, and at least three times. Seats are residents' only, whenever they were held. Each step "
    "has an exact test. Where everybody on a rung stands on the rung outside, it is a fair draw "
    "from it (hypergeometric, the smaller tail doubled); where the people differ, both together "
    "are the urn (Fisher's test, tail doubled); where some stand on both, groups are exchanged "
    "among people. The p of the tables is of one group; whether a loss is more than chance is "
    "said from p adjusted by Holm within each step."
)


@dataclasses.dataclass(frozen=True)
class Progression:
    """The ladder, released."""

    ladder: Protected

    def section(self, caption: str) -> Section:
        """A strip for each group of the first characteristics, then all tables."""
        variables = ordered(self.ladder.table)
        exhibits = [
            Exhibit(
                slug=_slug(variable),
                title=f"Residents on each rung by {plain_name(variable)}",
                protected=self.ladder,
                rows={"variable": variable},
                columns=COLUMNS,
                draw=partial(draw_ladder, variable=variable, caption=caption)
                if place < MOST_FIGURES
                else None,
            )
            for place, variable in enumerate(variables)
        ]
        worst = Exhibit(
            slug=f"{TABLE}_losses",
            title="For each group, the step that loses the most",
            protected=self.ladder,
            frame="losses",
            columns=("variable", "category", "sentence"),
        )
        return Section(
            slug=SLUG,
            title="At which step do we lose them?",
            sentences=self.sentences(),
            exhibits=(*exhibits, worst),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """The group that falls furthest, rung by rung."""
        return Finding("Where people are lost", self.sentences()[:2], SLUG)

    def sentences(self) -> tuple[Told, ...]:
        """For each of the first characteristics: the step that loses, then rung by rung."""
        told = [
            Claim(text, _slug(variable))
            for variable in ordered(self.ladder.table)[:MOST_FIGURES]
            for text in (_loss(self.ladder, variable), _climb(self.ladder, variable))
            if text
        ]
        if not told:
            return ("Who is on which rung is withheld, so that nobody can be identified.",)
        return tuple(told)


def _slug(variable: str) -> str:
    return f"{TABLE}_{variable}"


def _loss(ladder: Protected, variable: str) -> str:
    """Who is lost at which step, and whether chance could explain it."""
    rows = select_rows(ladder.table, variable=variable)
    if rows["step_ratio"].isna().all():
        return ""
    losses = ladder.frames["losses"]
    by_group = rows_by(losses[losses["variable"] == variable], "category")
    blocks = [(str(name), block) for name, block in rows.groupby("category", sort=False)]
    sizes = rung_sizes(ladder, variable)
    found = {
        name: losses_of(block, by_group.get(name), sizes, len(blocks)) for name, block in blocks
    }
    whole = not bool(rows["suppressed"].any())
    return f"{ladder_headline(variable, found, Terms(), whole=whole)}."


def _climb(ladder: Protected, variable: str) -> str:
    """The group that falls furthest of those shown, with its counts rung by rung."""
    rows = select_rows(ladder.table, variable=variable)
    rows = rows[~rows["suppressed"].to_numpy(dtype=bool) & rows["share"].notna()]
    falls = {
        str(name): float(block["share"].iloc[0] - block["share"].iloc[-1])
        for name, block in rows.groupby("category", sort=False)
        if len(block) > 1 and name != NOT_STATED
    }
    falls = {name: fall for name, fall in falls.items() if fall > 0}
    if not falls:
        return ""
    group = max(falls, key=lambda name: falls[name])
    sizes = rung_sizes(ladder, variable)
    first, *others = (row for _, row in rows[rows["category"] == group].iterrows())
    who = capital(whose(variable, group, Terms()))
    steps = joined(
        [
            f"{percent(float(first['share']))} of all",
            *(_standing(row, sizes.get(str(row["rung"]))) for row in others),
        ]
    )
    return f"{who} are {steps}."


def _standing(row: pd.Series, n: float | None) -> str:
    # Whenever they held it: a body counted on one day has fewer.
    where = _PLACES.get(str(row["rung"]), f"those ever on the {row['rung']}")
    if float(row["share"]) == 0 and n:
        return f"none of the {number(n)} {where.removeprefix('those ')}"
    if not n or not is_known(row["count"]):
        return f"{percent(float(row['share']))} of {where}"
    counts = f"{number(float(row['count']))} of {number(n)}"
    return f"{percent(float(row['share']))} of {where} ({counts})"


@dataclasses.dataclass(frozen=True)
class Steps:
    """The ladder as measured, and who stands on its rungs. Nothing here is released."""

    ladder: Ladder
    rungs: tuple[Rung, ...]

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {TABLE: self.ladder}

    def bodies(self) -> dict[str, str]:
        """The rungs are bodies of their own."""
        return {TABLE: TABLE}

    def people(self) -> dict[str, frozenset[str]]:
        """Who stands on each rung, under every name that the table of counts has for it."""
        ids = {rung.name: _ids(rung) for rung in self.rungs}
        return {
            f"{TABLE}, {rung.name}, {source}": who
            for rung in self.rungs
            for source, who in ids.items()
        }

    def released(self, protected: Mapping[str, Protected]) -> Progression:
        """The same after `protect_all`."""
        return Progression(protected[TABLE])


def climb(estate: Estate) -> Steps | None:
    """Follow every group from resident to seat.

    Returns
    -------
    Steps or None
        ``None`` where the tables hold fewer than two rungs.
    """
    if not estate.has("population"):
        return None
    try:
        rungs = clean_rungs(estate, None, capacity="resident", regular=DEFINITION)
    except InputError:
        return None
    ladder = participation_ladder({rung.name: rung for rung in rungs})
    return Steps(ladder, tuple(rungs))


def _ids(rung: Rung) -> frozenset[str]:
    """Who stands on a rung; where nobody is known by name, as many as there are."""
    if rung.people is not None:
        return frozenset(rung.people["person_id"].astype(str))
    if "count" not in rung.margins or rung.margins["count"].isna().any():
        return frozenset()
    n = int(rung.margins.groupby("variable")["count"].sum().max())
    return frozenset(f"{rung.name} {number}" for number in range(n))
