"""Seating: who sits on a body, counted beside who lives here. Nothing here is released."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from participation_stats.intake.estates import Estate
from participation_stats.measure.representation import Representativeness, representativeness_ratios
from participation_stats.measure.results import Result
from participation_stats.measure.voice import Seats, seats
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import Terms, capital
from participation_stats.studies.composition import Composition


@dataclasses.dataclass(frozen=True)
class Seating:
    """One body against the population, as measured.

    Parameters
    ----------
    body : str
        Its ``body_id``.
    name : str
        What people call it.
    n : int
        Seats counted.
    when : str
        The day on which they are counted; empty for a published profile.
    ratios : Representativeness
    terms : Terms
        What those who hold the seats are called.
    seats : Seats, optional
        Seats by capacity: in what right people sit there. Not known of a published profile.
    day : str
        The same day as a date, ISO 8601.
    members : frozenset of str
        Who they are, so that `protect_all` knows which bodies share people. Goes nowhere else.
    """

    body: str
    name: str
    n: int
    when: str
    ratios: Representativeness
    terms: Terms
    seats: Seats | None = None
    day: str = ""
    members: frozenset[str] = frozenset()

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {f"ratios of {self.body}": self.ratios}
        if self.seats is not None:
            named[f"seats of {self.body}"] = self.seats
        return named

    def bodies(self) -> dict[str, str]:
        """Every table here describes this body."""
        return dict.fromkeys(self.results(), self.body)

    def people(self) -> dict[str, frozenset[str]]:
        """Who sits on it, by its name."""
        return {self.body: self.members}

    def released(self, protected: Mapping[str, Protected]) -> Composition:
        """The same after `protect_all`."""
        rights = protected.get(f"seats of {self.body}")
        ratios = protected[f"ratios of {self.body}"]
        return Composition(self.body, self.name, self.n, self.when, self.terms, ratios, rights)


def seat(estate: Estate, body: str) -> Seating | None:
    """Compare a body with the population on every characteristic that both have.

    Returns
    -------
    Seating or None
        ``None`` where the tables do not say who sits on the body.
    """
    if not estate.has("population"):
        return None
    population = estate.population()
    name = capital(estate.body_name(body))
    if estate.has("memberships", "people") and len(estate.members(body)):
        on = last_meeting(estate, body)
        members = estate.members(body, on=on)
        ratios = ratios_of_members(members, population)
        if ratios is None:
            return None
        return Seating(
            body,
            name,
            n=len(members),
            when=f"{on:%-d %B %Y}" if on is not None else "",
            ratios=ratios,
            terms=terms_of(members),
            seats=seats(estate, body, on=on),
            day=f"{on:%Y-%m-%d}" if on is not None else "",
            members=frozenset(members["person_id"].astype(str)),
        )
    if estate.has("profiles") and len(estate.profile(body)):
        profile = estate.profile(body)
        n = int(profile.groupby("variable")["count"].sum().max())
        return Seating(body, name, n, "", representativeness_ratios(profile, population), Terms())
    return None


def last_meeting(estate: Estate, body: str) -> pd.Timestamp | None:
    """The date of a body's latest meeting: the day on which its seats are counted."""
    if not estate.has("meetings"):
        return None
    meetings = estate.tables["meetings"]
    dates = meetings.loc[meetings["body_id"] == body, "date"].dropna()
    return None if dates.empty else pd.Timestamp(dates.max())


def terms_of(members: pd.DataFrame) -> Terms:
    """Professionals do not live there: where they sit, those who hold seats are "people"."""
    all_residents = "capacity" not in members or members["capacity"].eq("resident").all()
    return Terms() if all_residents else Terms(holders="people")


def ratios_of_members(members: pd.DataFrame, population: pd.DataFrame) -> Representativeness | None:
    """People beside the population; ``None`` where no characteristic is known of both."""
    known = dict.fromkeys(str(name) for name in population["variable"])
    people = comparable(members)
    variables = [name for name in known if name in people]
    if not variables:
        return None
    return representativeness_ratios(
        people, population[population["variable"].isin(variables)], by=variables
    )


def comparable(members: pd.DataFrame) -> pd.DataFrame:
    """Members with their bands under the names that the population uses."""
    bands = {"length_of_residence_band": "length_of_residence"}
    here = {band: name for band, name in bands.items() if band in members}
    return members.drop(columns=list(here.values()), errors="ignore").rename(columns=here)
