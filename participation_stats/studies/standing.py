"""Seats, presence and voice: what residents hold, and what they have of the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.influence import Voice, voice_shares
from participation_stats.measure.results import Result
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.voice import draw_voice
from participation_stats.release.phrases import capital
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section
from participation_stats.release.voices import voice_headline, voice_rows

SLUG = "seats-and-voice"

METHOD = (
    "In what right people sit there (capacity) is a public fact. Seats are counted on the day of "
    "the body's last meeting; presence counts everybody in the room at all meetings; items are "
    "those minuted. Voting power is the normalised Banzhaf index if each capacity votes as one: of "
    "all coalitions of the other capacities, how often its votes decide, divided by the sum of "
    "that over all capacities. The quota is that of the table of bodies, else a strict majority."
)


@dataclasses.dataclass(frozen=True)
class Standing:
    """What each capacity has of each body, released; by the body's id, with its name."""

    names: dict[str, str]
    voices: dict[str, Protected]

    def section(self, caption: str) -> Section:
        """A figure and its table for each body."""
        exhibits = [
            Exhibit(
                slug=_slug(body),
                title=f"{self.names[body]}: seats, presence and voice by capacity",
                protected=voice,
                columns=("measure", "category", "count", "n", "share"),
                draw=partial(
                    draw_voice,
                    title=f"{self.names[body]}. {voice_headline(voice_rows(voice.table))}",
                    caption=caption,
                ),
            )
            for body, voice in self.voices.items()
        ]
        return Section(
            slug=SLUG,
            title="Seats and voice",
            sentences=self.sentences(),
            exhibits=tuple(exhibits),
            method=METHOD,
        )

    def finding(self) -> Finding:
        """What residents hold of each body, and what they have of the rest."""
        return Finding("Seats and voice", self.sentences(), SLUG)

    def sentences(self) -> tuple[Claim, ...]:
        """One sentence for each body."""
        return tuple(
            Claim(f"{self.names[body]}: {_lower(voice_headline(voice_rows(voice.table)))}.", slug)
            for body, voice in self.voices.items()
            if (slug := _slug(body))
        )


def _slug(body: str) -> str:
    return f"{body}_voice"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


@dataclasses.dataclass(frozen=True)
class Stands:
    """What each capacity has of each body, as measured. Nothing here is released."""

    names: dict[str, str]
    voices: dict[str, Voice]

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {f"voice on {body}": voice for body, voice in self.voices.items()}

    def bodies(self) -> dict[str, str]:
        """Role facts are public: nobody's profile is told."""
        return {}

    def people(self) -> dict[str, frozenset[str]]:
        """Nobody is to be told apart."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Standing:
        """The same after `protect_all`."""
        return Standing(self.names, {body: protected[f"voice on {body}"] for body in self.voices})


def stand(estate: Estate, bodies: list[str]) -> Stands | None:
    """Set seats beside presence, power and decisions on the bodies where residents are not alone.

    Returns
    -------
    Stands or None
        ``None`` where no body has people of more than one capacity.
    """
    if not estate.has("memberships"):
        return None
    found = {}
    for body in bodies:
        try:
            voice = voice_shares(estate, body)
        except InputError:  # neither seats nor meetings of it are recorded
            continue
        measured = voice.table["measure"].nunique() > 1
        if measured and voice.table["category"].nunique() > 1:
            found[body] = voice
    names = {body: capital(estate.body_name(body)) for body in found}
    return Stands(names, found) if found else None
