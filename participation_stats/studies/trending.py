"""Who came, year by year: a section of the report of one body."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.representation.trend import Trend, ratio_trend
from participation_stats.measure.results import Result
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.trend import draw_trend
from participation_stats.release.phrases import (
    Terms,
    capital,
    p_text,
    percent,
    plain_name,
    whose,
)
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told
from participation_stats.release.seats import is_known
from participation_stats.release.wording import SIGNIFICANT
from participation_stats.studies.composition import ORDER, ordered

SLUG = "year-by-year"
#: Characteristics followed: the first of the report's order that are known.
MOST = 2

METHOD = (
    "Residents who came to any of the body's meetings in a year count once in it. The ratio is "
    "their group's share over its share of the population. The test for change asks whether a "
    "group's share differs between years by more than chance explains: groups are exchanged among "
    "people while each keeps the years in which they came, so that people who came in several "
    "years do not count as several. p is adjusted by Holm within each characteristic."
)


@dataclasses.dataclass(frozen=True)
class Trending:
    """Who came year by year, released."""

    body: str
    name: str
    trend: Protected

    def section(self, caption: str) -> Section:
        """A strip for each group, then the shares and the test for change."""
        exhibits = []
        for variable in ordered(self.trend.table):
            exhibits.append(
                Exhibit(
                    slug=f"{self.body}_trend_{variable}",
                    title=f"{self.name}: residents who came by year and {plain_name(variable)}",
                    protected=self.trend,
                    rows={"variable": variable},
                    columns=("period", "category", "count", "share", "population_share", "ratio"),
                    draw=partial(draw_trend, variable=variable, caption=caption),
                )
            )
        change = Exhibit(
            slug=f"{self.body}_trend_change",
            title=f"{self.name}: change from the first year to the last",
            protected=self.trend,
            frame="change",
            folded=False,
        )
        return Section(
            slug=SLUG,
            title="Has it changed?",
            sentences=self.sentences(),
            exhibits=(*exhibits, change),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """What changed among those who come."""
        return Finding("Has it changed?", self.sentences()[:2], SLUG)

    def sentences(self) -> tuple[Told, ...]:
        """The groups whose share changed by more than chance; or that none did."""
        rows = self.trend.frames["change"]
        known = rows[rows["p_adjusted"].notna() & ~rows["suppressed"].to_numpy(dtype=bool)]
        if known.empty:
            return ("Whether it has changed is withheld, so that nobody can be identified.",)
        clear = known[known["p_adjusted"].to_numpy(dtype=float) < SIGNIFICANT]
        # Of two groups, one up and one down say the same thing.
        pairs = rows.groupby("variable")["category"].transform("size").eq(2)[clear.index]
        clear = clear[~(pairs & clear["change"].gt(0))]
        table = f"{self.body}_trend_change"
        if clear.empty:
            text = "No group's share of those who came changed by more than chance would explain."
            return (Claim(text, table),)
        return tuple(
            Claim(
                f"{capital(whose(str(row['variable']), str(row['category']), Terms()))} were "
                f"{percent(float(row['first_share']))} of those who came in the first year and "
                f"{percent(float(row['last_share']))} in the last "
                f"({p_text(float(row['p_adjusted']))}).",
                table,
            )
            for _, row in clear.iterrows()
            if is_known(row["first_share"]) and is_known(row["last_share"])
        )


@dataclasses.dataclass(frozen=True)
class Trends:
    """Who came year by year, as measured. Nothing here is released."""

    body: str
    name: str
    trend: Trend

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {"trend": self.trend}

    def bodies(self) -> dict[str, str]:
        """Those who came, whatever seat they hold."""
        return {"trend": f"{self.body}, those who came"}

    def people(self) -> dict[str, frozenset[str]]:
        """Years are bodies of their own."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Trending:
        """The same after `protect_all`."""
        return Trending(self.body, self.name, protected["trend"])


def follow(estate: Estate, body: str) -> Trends | None:
    """Follow who came to a body's meetings from year to year.

    Returns
    -------
    Trends or None
        ``None`` where fewer than two years are recorded, or nothing is known of the people.
    """
    if not estate.has("meetings", "attendance", "people", "population"):
        return None
    known = set(estate.population()["variable"])
    there = set(estate.tables["people"].columns)
    # The numbers behind the bands will do: they are put into the population's bands.
    by = [name for name in ORDER if name in known and {name, name.removesuffix("_band")} & there][
        :MOST
    ]
    try:
        trend = ratio_trend(estate, body, by=by, capacity="resident") if by else None
    except InputError:  # nobody came whose characteristics are known
        return None
    if trend is None or len(trend.table["period"].unique()) < 2:
        return None
    return Trends(body, capital(estate.body_name(body)), trend)
