"""Who sits on a body, beside who lives here: the representativeness section of a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

import pandas as pd

from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.profile import draw_profile
from participation_stats.release.figures.ratios import draw_ratios
from participation_stats.release.phrases import Terms, joined, number, plain_name, whose
from participation_stats.release.presences import CAPACITIES, capacity_name
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told
from participation_stats.release.seats import OVER, UNDER
from participation_stats.release.wording import (
    first_sentence,
    headline,
    profile_headline,
    ratio_sentences,
    select_rows,
)

#: The order in which characteristics are shown; any others follow in the population's order.
ORDER = ("ethnicity", "gender", "sex", "length_of_residence", "age_band", "housing_tenure")

#: Columns of the table on the page; the CSV has all of them.
SHOWN = (
    "category",
    "count",
    "expected",
    "ratio",
    "conf_low",
    "conf_high",
    "p_adjusted",
    "verdict",
)

METHOD = (
    "Ratio: the group's share of the body divided by its share of the population; 1 is "
    "proportional. The band is what 95 of 100 fair draws of the same number of people from the "
    "population would give (hypergeometric). The interval is for the tendency with which the "
    "group is recruited: both tails of Fisher's noncentral hypergeometric distribution are "
    "inverted, so it never leaves what is possible. p is the doubled exact tail of a fair draw, "
    "adjusted by Holm within each characteristic. A group is called in line only if its interval "
    "lies within 0.8 to 1.25. People whose category is not stated are left out of shares; their "
    "number is given. Where the population is known only in shares, Clopper-Pearson limits on the "
    "body's share are divided by the population's."
)


NOT_STATED = "Not stated"
_WORDS = {UNDER: "Also under-represented", OVER: "Over-represented"}
#: A characteristic gets a figure if at least this share of the seats state it.
LEAST_STATED = 0.5
#: Figures for so many characteristics; the others are tables.
MOST_FIGURES = 3
#: On top of the page, so many groups beyond chance; the section tells all.
MOST_IN_SHORT = 3


@dataclasses.dataclass(frozen=True)
class Composition:
    """One body against the population, released: what a section and a finding are made of.

    Parameters
    ----------
    body, name, n, when, terms
        As of the `Seating` that was released.
    ratios : Protected
        The released ratios.
    seats : Protected, optional
        Seats by capacity; not known of a published profile.
    """

    body: str
    name: str
    n: int
    when: str
    terms: Terms
    ratios: Protected
    seats: Protected | None = None

    def section(self, caption: str) -> Section:
        """A figure for each characteristic that most seats state, then every table."""
        variables = ordered(self.ratios.table)
        drawn = self._drawn(variables)
        exhibits = [
            self._ratios_exhibit(name, caption, draw=name in drawn)
            for name in sorted(variables, key=lambda name: name not in drawn)
        ]
        if drawn and not self.ratios.table["suppressed"].all():
            exhibits.insert(1, self._profile_exhibit(drawn[0], caption))
        whole = Exhibit(
            slug=f"{self.body}_whole_profile",
            title=f"{self.name}: each characteristic as a whole",
            protected=self.ratios,
            frame="overall",
            folded=False,
        )
        return Section(
            slug=f"body-{self.body}",
            title=f"{self.name}: who is there and who is missing",
            label=self.name,
            sentences=(*self.sentences(), *self.rights()),
            exhibits=(*self._seats_exhibit(), *exhibits, whole),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """Who is missing, how many seats that is, and whether chance could explain it."""
        main = ordered(self.ratios.table)[0]
        stated = self._stated(main)
        short = f", {stated} with {plain_name(main)} stated" if 0 < stated < self.n else ""
        return Finding(
            heading=f"{self.name}, {self.n} {self.terms.places}{short}",
            sentences=(*self.claims(in_short=True), *self.rights()),
            anchor=f"body-{self.body}",
        )

    def sentences(self) -> tuple[Told, ...]:
        """Seats counted, then the group furthest below proportional, then any beyond chance."""
        main = ordered(self.ratios.table)[0]
        when = f", counted on {self.when}" if self.when else ""
        stated = self._stated(main)
        left_out = (
            f" {stated} of them state their {plain_name(main)}, and are counted here."
            if stated < self.n
            else ""
        )
        return (f"{self.n} {self.terms.places}{when}.{left_out}", *self.claims())

    def claims(self, *, in_short: bool = False) -> tuple[Told, ...]:
        """Who is furthest below proportional, and everybody whom chance does not explain."""
        main = ordered(self.ratios.table)[0]
        rows = select_rows(self.ratios.table, variable=main)
        shown = rows[~rows["suppressed"].astype(bool) & (rows["category"] != NOT_STATED)]
        if shown.empty:
            told_all = self._verdicts()
            return (
                f"How many {self.terms.places} each group holds is withheld, so that nobody can "
                f"be identified: a body of {self.n} is small.",
                *(told_all[:MOST_IN_SHORT] if in_short else told_all),
            )
        missing = _furthest(shown)
        lead = self._certain(missing)
        first = self._told(lead, in_short=in_short)
        beyond = self._beyond_chance(lead)
        if lead.name != missing.name and lead["verdict"] == OVER:
            # Nobody is missing for certain; who might be is said all the same.
            uncertain = " ".join(self._texts(missing, in_short=True))
            first += (Claim(uncertain, self._slug(str(missing["variable"]))),)
        return (*first, *(beyond[:MOST_IN_SHORT] if in_short else beyond))

    def _certain(self, missing: pd.Series) -> pd.Series:
        """What leads: who is missing, or where that may be chance, what may not be."""
        table = self.ratios.table
        shown = table[~table["suppressed"].to_numpy(dtype=bool)]
        for verdict, sign in ((UNDER, 1), (OVER, -1)) if missing["verdict"] != UNDER else ():
            certain = shown[shown["verdict"].eq(verdict).to_numpy(dtype=bool, na_value=False)]
            if len(certain):
                return _furthest(certain, sign)
        return missing

    def _texts(self, row: pd.Series, *, in_short: bool) -> tuple[str, ...]:
        """What a draw by lot would give is in the figure; in a hurry, one wants the verdict."""
        told = ratio_sentences(row, terms=self.terms)
        return (told[0], *told[2:]) if in_short and len(told) > 2 else told

    def _told(self, row: pd.Series, *, in_short: bool) -> tuple[Claim, ...]:
        slug = self._slug(str(row["variable"]))
        return tuple(Claim(text, slug) for text in self._texts(row, in_short=in_short))

    def _slug(self, variable: str) -> str:
        return f"{self.body}_{variable}"

    def _drawn(self, variables: Sequence[str]) -> list[str]:
        """The main characteristic and those with a finding, where most seats state them."""
        found = self.ratios.table["verdict"].isin([UNDER, OVER]).to_numpy(bool, na_value=False)
        telling = [variables[0], *self.ratios.table.loc[found, "variable"]]
        stated = [name for name in variables if self._stated(name) >= LEAST_STATED * self.n]
        return [name for name in stated if name in telling][:MOST_FIGURES]

    def _verdicts(self) -> tuple[Claim, ...]:
        """What can be said of groups although their counts are withheld."""
        table = self.ratios.table
        rows = table[table["verdict"].isin([UNDER, OVER]).to_numpy(dtype=bool, na_value=False)]
        return tuple(
            Claim(
                f"What can be said: "
                f"{whose(str(row['variable']), str(row['category']), self.terms)} are "
                f"{row['verdict']}.",
                self._slug(str(row["variable"])),
            )
            for _, row in rows.iterrows()
        )

    def _beyond_chance(self, told: pd.Series) -> tuple[Claim, ...]:
        """One sentence for each other group that chance does not explain, of any variable."""
        table = self.ratios.table
        rows = table[table["verdict"].isin([UNDER, OVER]).to_numpy(dtype=bool, na_value=False)]
        # Of two groups, one above and one below say the same thing: the one below is told.
        pairs = table.groupby("variable")["category"].transform("size").eq(2)[rows.index]
        rows = rows[~(pairs & rows["verdict"].eq(OVER))]
        rows = rows.drop(index=told.name, errors="ignore")
        rows = rows.sort_values("verdict", key=lambda words: words.ne(UNDER), kind="stable")
        return tuple(
            Claim(
                f"{_WORDS[row['verdict']]}: {first_sentence(row, self.terms)}",
                self._slug(str(row["variable"])),
            )
            for _, row in rows.iterrows()
        )

    def rights(self) -> tuple[Claim, ...]:
        """In what right people sit there, where not all of them are residents."""
        if self.seats is None or len(self.seats.table) < 2:
            return ()
        held = dict(zip(self.seats.table["category"], self.seats.table["count"], strict=True))
        others = [
            f"{number(held[name])} {capacity_name(name, int(held[name]))}"
            for name in CAPACITIES
            if name in held and name != "resident"
        ]
        residents = number(held["resident"]) if held.get("resident", 0) else "none"
        told = (
            f"Residents hold {residents} of the {self.n} seats; {joined(others)} hold the others."
        )
        return (Claim(told, f"{self.body}_seats"),)

    def _seats_exhibit(self) -> tuple[Exhibit, ...]:
        if self.seats is None or len(self.seats.table) < 2:
            return ()
        return (
            Exhibit(
                slug=f"{self.body}_seats",
                title=f"{self.name}: seats by capacity",
                protected=self.seats,
                columns=("category", "count", "share"),
                folded=False,
            ),
        )

    def _stated(self, variable: str) -> int:
        overall = self.ratios.frames["overall"]
        stated = overall.loc[overall["variable"] == variable, "n"].dropna()
        return int(stated.iloc[0]) if len(stated) else 0

    def _ratios_exhibit(self, variable: str, caption: str, *, draw: bool) -> Exhibit:
        told = headline(self.ratios, variable, terms=self.terms)
        return Exhibit(
            slug=self._slug(variable),
            title=f"{self.name} by {plain_name(variable)}",
            protected=self.ratios,
            columns=SHOWN,
            rows={"variable": variable},
            draw=partial(
                draw_ratios,
                variable=variable,
                title=f"{self.name}. {told}",
                caption=caption,
                terms=self.terms,
            )
            if draw
            else None,
        )

    def _profile_exhibit(self, variable: str, caption: str) -> Exhibit:
        told = profile_headline(self.ratios, variable, terms=self.terms)
        return Exhibit(
            slug=f"{self.body}_{variable}_profile",
            title=f"{self.name} against residents by {plain_name(variable)}",
            protected=self.ratios,
            columns=("category", "count", "share", "population_share"),
            rows={"variable": variable},
            draw=partial(
                draw_profile,
                variable=variable,
                title=f"{self.name}. {told}",
                caption=caption,
                terms=self.terms,
            ),
        )


def _furthest(rows: pd.DataFrame, sign: int = 1) -> pd.Series:
    """The row whose share is furthest below the population's; with -1, furthest above."""
    gap = sign * (rows["population_share"] - rows["share"]).to_numpy(dtype=float)
    return rows.iloc[int(gap.argmax())]


def ordered(frame: pd.DataFrame) -> list[str]:
    """The variables of a table in the order of the report."""
    found = [str(name) for name in dict.fromkeys(frame["variable"])]
    return [name for name in ORDER if name in found] + [n for n in found if n not in ORDER]
