"""Who sits on a body, beside who lives here: the representativeness section of a report."""

from __future__ import annotations

import dataclasses
from functools import partial

import pandas as pd

from participation_stats.intake.estates import Estate
from participation_stats.measure.representation import Representativeness, representativeness_ratios
from participation_stats.release.disclosure import Policy, Protected, protect
from participation_stats.release.figures.profile import draw_profile
from participation_stats.release.figures.ratios import draw_ratios
from participation_stats.release.phrases import capital, plain_name
from participation_stats.release.reporting import Exhibit, Finding, Section
from participation_stats.release.wording import (
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
    "share",
    "population_share",
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


@dataclasses.dataclass(frozen=True)
class Composition:
    """One body against the population, released: what a section and a finding are made of.

    Parameters
    ----------
    body : str
        Its ``body_id``.
    name : str
        Its name, as it reads in a sentence.
    n : int
        Seats counted.
    when : str
        When the seats are counted, in words; empty for a published profile.
    ratios : Protected
        The released ratios.
    """

    body: str
    name: str
    n: int
    when: str
    ratios: Protected


def compose(estate: Estate, body: str, policy: Policy) -> Composition | None:
    """Compare a body with the population on every characteristic that both have.

    Returns
    -------
    Composition or None
        ``None`` where the tables do not say who sits on the body.
    """
    if not estate.has("population"):
        return None
    population = estate.population()
    name = estate.body_name(body)
    if estate.has("memberships", "people") and len(estate.members(body)):
        on = last_meeting(estate, body)
        members = estate.members(body, on=on)
        when = f"on {on:%-d %B %Y}" if on is not None else ""
        result = _ratios_of_members(members, population)
        n = len(members)
    elif estate.has("profiles") and len(estate.profile(body)):
        profile = estate.profile(body)
        result = representativeness_ratios(profile, population)
        n, when = int(profile.groupby("variable")["count"].sum().max()), ""
    else:
        return None
    if result is None:
        return None
    return Composition(body, name, n, when, protect(result, policy))


def last_meeting(estate: Estate, body: str) -> pd.Timestamp | None:
    """The date of a body's latest meeting: the day on which its seats are counted."""
    if not estate.has("meetings"):
        return None
    meetings = estate.tables["meetings"]
    dates = meetings.loc[meetings["body_id"] == body, "date"]
    return None if dates.dropna().empty else pd.Timestamp(dates.max())


def _ratios_of_members(
    members: pd.DataFrame, population: pd.DataFrame
) -> Representativeness | None:
    known = dict.fromkeys(str(name) for name in population["variable"])
    variables = [name for name in known if name in _comparable(members)]
    if not variables:
        return None
    return representativeness_ratios(
        _comparable(members), population[population["variable"].isin(variables)], by=variables
    )


def _comparable(members: pd.DataFrame) -> pd.DataFrame:
    """Members with their bands under the names that the population uses."""
    bands = {f"{name}_band": name for name in ("length_of_residence",) if f"{name}_band" in members}
    return members.drop(columns=list(bands.values()), errors="ignore").rename(columns=bands)


def section(composition: Composition, caption: str) -> Section:
    """The section of one body: a figure for each characteristic, then its table."""
    frame = composition.ratios.table
    exhibits = []
    for variable in ordered(frame):
        exhibits.append(_ratio_exhibit(composition, variable, caption))
    exhibits.insert(1, _profile_exhibit(composition, caption))
    exhibits.append(
        Exhibit(
            slug=f"{composition.body}_whole_profile",
            title=f"{capital(composition.name)}: each characteristic as a whole",
            protected=composition.ratios,
            frame="overall",
        )
    )
    when = f", counted {composition.when}" if composition.when else ""
    lead = f"{capital(composition.name)} has {composition.n} seats{when}."
    return Section(
        slug=f"body-{composition.body}",
        title=f"{capital(composition.name)}: who is there and who is missing",
        sentences=(lead, *_missing(composition)),
        exhibits=tuple(exhibits),
        method=METHOD,
    )


def finding(composition: Composition) -> Finding:
    """The answer for one body: who is missing, how many seats, and could chance explain it."""
    main = ordered(composition.ratios.table)[0]
    told = headline(composition.ratios, main, name="")
    return Finding(
        heading=f"{capital(composition.name)}, {composition.n} seats",
        sentences=(f"{told}.", *_missing(composition, main)[1:]),
        anchor=f"body-{composition.body}",
    )


def _missing(composition: Composition, variable: str | None = None) -> tuple[str, ...]:
    """Three sentences on the group that is furthest below proportional."""
    frame = composition.ratios.table
    rows = select_rows(frame, variable=variable)
    rows = rows[~rows["suppressed"].astype(bool) & (rows["category"] != "Not stated")]
    gap = rows["expected"] - rows["count"]
    gap = gap.fillna(-1)
    if rows.empty:
        return ()
    return ratio_sentences(rows.iloc[int(gap.to_numpy(dtype=float).argmax())])


def ordered(frame: pd.DataFrame) -> list[str]:
    """The variables of a table in the order of the report."""
    found = [str(name) for name in dict.fromkeys(frame["variable"])]
    return [name for name in ORDER if name in found] + [n for n in found if n not in ORDER]


def _ratio_exhibit(composition: Composition, variable: str, caption: str) -> Exhibit:
    return Exhibit(
        slug=f"{composition.body}_{variable}",
        title=f"{capital(composition.name)} by {plain_name(variable)}",
        protected=composition.ratios,
        columns=SHOWN,
        rows={"variable": variable},
        draw=partial(
            draw_ratios,
            variable=variable,
            title=f"{capital(composition.name)}: {headline(composition.ratios, variable)}",
            caption=caption,
        ),
    )


def _profile_exhibit(composition: Composition, caption: str) -> Exhibit:
    main = ordered(composition.ratios.table)[0]
    return Exhibit(
        slug=f"{composition.body}_{main}_profile",
        title=f"{capital(composition.name)} against residents by {plain_name(main)}",
        protected=composition.ratios,
        columns=("category", "count", "share", "population_share"),
        rows={"variable": main},
        draw=partial(
            draw_profile,
            variable=main,
            title=f"{capital(composition.name)}: {profile_headline(composition.ratios, main)}",
            caption=caption,
        ),
    )
