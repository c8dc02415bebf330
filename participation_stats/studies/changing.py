"""What changed of one group of people between two times: a section of a comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.representation.comparison import Comparison, compare_bodies
from participation_stats.measure.results import Result
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import (
    Terms,
    capital,
    p_text,
    percent,
    plain_name,
    whose,
)
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told
from participation_stats.release.seats import OVER, UNDER, is_known
from participation_stats.studies.composition import ORDER, ordered
from participation_stats.studies.seating import terms_of

#: A smaller change of a share is none.
LEAST_CHANGE = 0.005
COLUMNS = (
    "category", "count", "other_count", "share", "other_share", "p_adjusted", "verdict",
)  # fmt: skip

METHOD = (
    "Shares at the two times are compared by Fisher's exact test with the smaller tail doubled, "
    "adjusted by Holm within each characteristic: if nothing but chance had changed, the people of "
    "the one time are a fair draw from those of both. People who are there at both times make the "
    "test cautious: with many of them real changes may go unseen. Distances of whole profiles "
    "stand beside their mean under the same chance."
)


@dataclasses.dataclass(frozen=True)
class Change:
    """What changed, released."""

    name: str
    labels: tuple[str, str]
    sizes: tuple[int, int]
    stayed: int
    terms: Terms
    comparison: Protected

    @property
    def slug(self) -> str:
        """Names its section and its files."""
        return "change-" + "".join(c if c.isalnum() else "-" for c in self.name.lower())

    def section(self, caption: str) -> Section:
        """A table for each characteristic."""
        del caption  # tables only
        now, then = self.labels
        exhibits = [
            Exhibit(
                slug=self._table(variable),
                title=f"{self.name} by {plain_name(variable)}: {now} beside {then}",
                protected=self.comparison,
                rows={"variable": variable},
                columns=COLUMNS,
                headings={"other_count": f"Count in {then}", "other_share": f"Share in {then}"},
                folded=place > 0,
            )
            for place, variable in enumerate(ordered(self.comparison.table))
        ]
        whole = Exhibit(
            slug=f"{self.slug}-whole",
            title=f"{self.name}: each characteristic as a whole",
            protected=self.comparison,
            frame="overall",
        )
        return Section(
            slug=self.slug,
            title=f"{self.name}: what changed",
            label=self.name,
            sentences=self.sentences(),
            exhibits=(*exhibits, whole),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """What changed by more than chance, or what changed most."""
        now, then = self.labels
        heading = f"{self.name}: {self.sizes[1]:,} in {then}, {self.sizes[0]:,} in {now}"
        return Finding(heading, self.sentences()[1:], self.slug)

    def sentences(self) -> tuple[Told, ...]:
        """How many people, and every change beyond chance; without any, the largest."""
        now, then = self.labels
        both = f" {self.stayed:,} of them are there both times." if self.stayed else ""
        if self.stayed == self.sizes[0] == self.sizes[1]:
            both = " They are the same people."
        size = f"{self.sizes[1]:,} people in {then}, {self.sizes[0]:,} in {now}.{both}"
        table = self.comparison.table
        shown = table[~table["suppressed"].to_numpy(dtype=bool) & table["share"].notna()]
        if shown.empty:
            return (size, "What changed is withheld, so that nobody can be identified.")
        clear = shown[shown["verdict"].isin([UNDER, OVER]).to_numpy(dtype=bool, na_value=False)]
        # Of two groups, one up and one down say the same thing.
        pairs = table.groupby("variable")["category"].transform("size").eq(2)[clear.index]
        clear = clear[~(pairs & clear["verdict"].eq(OVER))]
        if len(clear):
            return (size, *(self._claim(row) for _, row in clear.iterrows()))
        main = shown[shown["variable"] == ordered(shown)[0]]
        gap = (main["share"] - main["other_share"]).abs().to_numpy(dtype=float)
        if gap.max() < LEAST_CHANGE:
            variable = str(main["variable"].iloc[0])
            none = f"By {plain_name(variable)}, no group's share changed."
            return (size, Claim(none, self._table(variable)))
        largest = main.iloc[int(gap.argmax())]
        seen = "" if len(shown) == len(table) else " that can be shown"
        none = (
            f"No group's share{seen} changed by more than chance alone would explain. The largest "
            "change:"
        )
        table_of = self._table(str(largest["variable"]))
        return (size, Claim(f"{none} {self._told(largest)}", table_of))

    def _claim(self, row: pd.Series) -> Claim:
        return Claim(capital(self._told(row)), self._table(str(row["variable"])))

    def _told(self, row: pd.Series) -> str:
        """The shares of a group at both times, as they stand within a sentence."""
        now, then = self.labels
        who = whose(str(row["variable"]), str(row["category"]), self.terms)
        chance = f" ({p_text(float(row['p_adjusted']))})" if is_known(row["p_adjusted"]) else ""
        return (
            f"{who} were {percent(float(row['other_share']))} ({int(row['other_count']):,}) in "
            f"{then} and {percent(float(row['share']))} ({int(row['count']):,}) in {now}"
            f"{chance}."
        )

    def _table(self, variable: str) -> str:
        return f"{self.slug}-{variable}"


@dataclasses.dataclass(frozen=True)
class Changes:
    """Two times of one group of people, as compared. Nothing here is released."""

    name: str
    labels: tuple[str, str]
    members: tuple[frozenset[str], frozenset[str]]
    sizes: tuple[int, int]
    terms: Terms
    comparison: Comparison

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {f"change of {self.name}": self.comparison}

    def bodies(self) -> dict[str, str]:
        """The table names its two bodies itself."""
        return {}

    def people(self) -> dict[str, frozenset[str]]:
        """Who was there at each time."""
        return {
            self.comparison.first: self.members[0],
            self.comparison.other: self.members[1],
        }

    def released(self, protected: Mapping[str, Protected]) -> Change:
        """The same after `protect_all`."""
        found = protected[f"change of {self.name}"]
        stayed = len(self.members[0] & self.members[1])
        return Change(self.name, self.labels, self.sizes, stayed, self.terms, found)


def change(
    name: str, now: pd.DataFrame, then: pd.DataFrame, labels: tuple[str, str]
) -> Changes | None:
    """Compare the people of one group at two times.

    Returns
    -------
    Changes or None
        ``None`` where they have no characteristic in common.
    """
    by = [
        variable
        for variable in ORDER
        if all(variable in side and side[variable].notna().any() for side in (now, then))
    ]
    if not by:
        return None
    people = tuple(_ids(side, label) for side, label in zip((now, then), labels, strict=True))
    # Without ids: that some people are in both is told in words, and not by a warning.
    first, other = (side[by].astype("str") for side in (now, then))
    try:
        comparison = compare_bodies(
            first, other, by=by, names=(f"{name}, {labels[0]}", f"{name}, {labels[1]}")
        )
    except InputError:  # nobody states anything that the others state
        return None
    sizes, terms = (len(now), len(then)), terms_of(pd.concat([now, then]))
    return Changes(name, labels, (people[0], people[1]), sizes, terms, comparison)


def _ids(side: pd.DataFrame, label: str) -> frozenset[str]:
    """Who they are; respondents of two surveys are taken for different people."""
    if "person_id" in side:
        return frozenset(side["person_id"].astype(str))
    return frozenset(f"{label} {number}" for number in range(len(side)))
