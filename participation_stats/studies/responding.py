"""Who answered a survey, beside who lives there: the first section of its report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.representation import representativeness_ratios
from participation_stats.measure.response.quality import ResponseQuality, r_indicators
from participation_stats.measure.results import Result
from participation_stats.measure.survey_size import margin_of_error
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.response import draw_response
from participation_stats.release.phrases import Terms, plain_name
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section, Told
from participation_stats.studies.composition import Composition, ordered
from participation_stats.studies.masthead import residents
from participation_stats.studies.seating import Seating
from participation_stats.studies.waves import Wave

TERMS = Terms(hold="give", places="answers", place="answer")
#: Whom the tables of a survey describe, for `protect_all`.
BODY = "survey"
#: Residents above which no row is made for each of them: of so many a share says the same.
MOST_RESIDENTS = 200_000

METHOD = (
    "Ratio: the group's share of the answers, not weighted, divided by its share of the "
    "population. The band is what 95 of 100 fair draws of as many people would give; the interval "
    "is for the group's share of all who would answer, from the answers as a sample of the "
    "population (test inversion with finite population). p is the doubled exact tail of a fair "
    "draw, adjusted by Holm within each characteristic. R-indicators (Schouten, Cobben and "
    "Bethlehem 2009) take everybody who lives there as asked, one characteristic at a time: R is "
    "1 − 2S, with S the standard deviation of the chances of answering, adjusted for bias, and is "
    "1 if all groups answer alike. The coefficient of variation, S over the mean chance, is the "
    "largest bias, in standard deviations, that uneven response can leave in the mean of any "
    "question; unlike R it does not come near 1 only because few answered."
)


@dataclasses.dataclass(frozen=True)
class Responding:
    """Who answered, released."""

    title: str
    n: int
    population: int | None
    composition: Composition | None
    quality: dict[str, Protected]

    def section(self, caption: str) -> Section:
        """Ratios by characteristic, then how even the response was."""
        shown = self.composition.section(caption).exhibits if self.composition else ()
        return Section(
            slug="who-answered",
            title="Who answered, and who is missing?",
            sentences=self.sentences(),
            exhibits=(*shown, *self._quality_exhibits(caption)),
            method=METHOD,
        )

    def _quality_exhibits(self, caption: str) -> tuple[Exhibit, ...]:
        return tuple(
            Exhibit(
                slug=f"response_{variable}",
                title=f"Chance of answering by {plain_name(variable)}{self._told(variable)}",
                protected=quality,
                frame="categories",
                columns=(
                    "category", "count", "sampled", "propensity", "unconditional",
                    "delta_std_error",
                ),
                draw=partial(draw_response, variable=variable, caption=caption)
                if variable == self._least_even()
                else None,
            )
            for variable, quality in self.quality.items()
        )  # fmt: skip

    def finding(self) -> Finding:
        """How many answered, and who is missing."""
        claims = self.composition.claims(in_short=True) if self.composition else ()
        told = claims or (self._size(),)
        return Finding(f"{self.title}, {self.n:,} answers", told, "who-answered")

    def sentences(self) -> tuple[Told, ...]:
        """How many answered, who is missing, and how even the response was by characteristic."""
        claims = self.composition.sentences()[1:] if self.composition else ()
        return (self._size(), *claims, *self._evenness())

    def _size(self) -> str:
        if self.population is None or self.n > self.population:
            return f"{self.n:,} answers."
        margin = 100 * margin_of_error(self.n, self.population)
        return (
            f"{self.n:,} answers from {self.population:,} residents "
            f"({self.n / self.population:.0%}). With so many, chance alone moves a share of half "
            f"by up to {margin:.1f} points either way, 95 times in 100, before weights."
        )

    def _even(self) -> dict[str, tuple[float, float]]:
        """R-indicator and coefficient of variation of each characteristic."""
        return {
            name: (float(r), float(cv))
            for name, quality in self.quality.items()
            if isinstance(r := quality.facts.get("r_indicator"), float)
            and isinstance(cv := quality.facts.get("cv"), float)
        }

    def _told(self, variable: str) -> str:
        """What the groups of a characteristic come to, after its name; empty if not known."""
        if variable not in (known := self._even()):
            return ""
        r, cv = known[variable]
        return f": R-indicator {r:.2f}, coefficient of variation {cv:.2f}"

    def _least_even(self) -> str:
        known = self._even()
        return max(known, key=lambda name: known[name][1]) if known else ""

    def _evenness(self) -> tuple[Claim, ...]:
        worst = self._least_even()
        if not worst:
            return ()
        _, cv = self._even()[worst]
        return (
            Claim(
                f"Response is least even by {plain_name(worst)}{self._told(worst)}. Unevenness of "
                f"this kind can move the mean of a question by at most {cv:.2f} of its standard "
                "deviation.",
                f"response_{worst}",
            ),
        )


@dataclasses.dataclass(frozen=True)
class Responses:
    """Who answered, as measured. Nothing here is released."""

    title: str
    n: int
    population: int | None
    seating: Seating | None
    quality: dict[str, ResponseQuality]

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {
            f"response by {name}": quality for name, quality in self.quality.items()
        }
        return {**(self.seating.results() if self.seating else {}), **named}

    def bodies(self) -> dict[str, str]:
        """All tables are of those who answered."""
        return dict.fromkeys(self.results(), BODY)

    def people(self) -> dict[str, frozenset[str]]:
        """Who answered."""
        return self.seating.people() if self.seating else {}

    def released(self, protected: Mapping[str, Protected]) -> Responding:
        """The same after `protect_all`."""
        composition = self.seating.released(protected) if self.seating else None
        quality = {name: protected[f"response by {name}"] for name in self.quality}
        return Responding(self.title, self.n, self.population, composition, quality)


def respond(estate: Estate, wave: Wave) -> Responses:
    """Compare who answered with who lives there."""
    total = residents(estate)
    if not wave.variables:
        return Responses(wave.title, wave.n, total, None, {})
    population = estate.population(list(wave.variables))
    ratios = representativeness_ratios(
        wave.answers, population, by=list(wave.variables), design="sample"
    )
    seating = Seating(BODY, wave.title, wave.n, "", ratios, TERMS, members=wave.people)
    evenness = {}
    for variable in ordered(ratios.table):
        quality = _evenness(wave.answers[variable], population, variable)
        if quality is not None:
            evenness[variable] = quality
    return Responses(wave.title, wave.n, total, seating, evenness)


def _evenness(
    answers: pd.Series, population: pd.DataFrame, variable: str
) -> ResponseQuality | None:
    """R of one characteristic, everybody who lives there taken as asked."""
    rows = population[population["variable"] == variable].set_index("category")
    if "count" not in rows or rows["count"].isna().any():
        return None
    asked = rows["count"].astype("int64")
    gave = answers.value_counts().reindex(asked.index, fill_value=0).astype("int64")
    if asked.sum() > MOST_RESIDENTS or (gave > asked).any():
        return None
    counts = np.column_stack([gave, asked - gave]).ravel()
    frame = pd.DataFrame(
        {
            variable: np.repeat(np.repeat(asked.index.to_numpy(), 2), counts),
            "answered": np.repeat(np.tile([1, 0], len(asked)), counts),
        }
    )
    try:
        return r_indicators(frame, "answered", variable, design="census")
    except (InputError, EstimationError):  # a group of which nobody or everybody answered
        return None
