"""Weights that give a survey the population's margins, and what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.results import Result
from participation_stats.measure.weighting.rakes import rake
from participation_stats.measure.weighting.weightings import Weighting
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.weights import draw_weights
from participation_stats.release.phrases import joined, plain_name
from participation_stats.release.reporting import Claim, Exhibit, Section, Told
from participation_stats.studies.composition import ORDER
from participation_stats.studies.waves import Wave

#: A characteristic is weighted by if at least this share of the answers state it.
LEAST_STATED = 0.9
#: At most so many, in the order of the report: more make weights wild.
MOST = 4
BODY = "weighted answers"

METHOD = (
    "Raking (iterative proportional fitting): weights are multiplied by target over weighted "
    "share, margin after margin, until every share is met to 1e-10. Of all weights with these "
    "margins they are the nearest to the weights that the survey came with (1 where it has none). "
    "Design effect: Kish's 1 + CV² of the weights; the effective number of answers is the number "
    "of answers over it. Answers that do not state all of these characteristics have no weight."
)


@dataclasses.dataclass(frozen=True)
class Adjusting:
    """Weights, released: margins before and after, and their cost."""

    left_out: int
    margins: Protected
    variables: tuple[str, ...]

    def section(self, caption: str) -> Section:
        """The margins before and after."""
        return Section(
            slug="weights",
            title="What the weights do",
            sentences=self.sentences(),
            exhibits=tuple(
                Exhibit(
                    slug=f"weights_{variable}",
                    title=f"Shares before and after weighting by {plain_name(variable)}",
                    protected=self.margins,
                    rows={"variable": variable},
                    columns=("category", "n", "share_before", "share_after", "target"),
                    draw=partial(draw_weights, variable=variable, caption=caption),
                )
                for variable in self.variables
            ),
            method=METHOD,
        )

    def finding(self) -> None:
        """Weights are a means: what they cost stands in their section."""

    def sentences(self) -> tuple[Told, ...]:
        """What was weighted by, what it cost, and who has no weight."""
        rest = (
            f"{self.left_out:,} answers do not state all of these and have no weight."
            if self.left_out
            else ""
        )
        first = Claim(self._cost(), f"weights_{self.variables[0]}")
        return (first, rest) if rest else (first,)

    def _cost(self) -> str:
        names = joined(plain_name(name) for name in self.variables)
        facts = self.margins.facts
        n, worth, effect = (facts.get(name) for name in ("n", "effective_n", "design_effect"))
        if not isinstance(n, int) or not isinstance(worth, float) or not isinstance(effect, float):
            return f"Weighted by {names}."
        return (
            f"Weighted by {names}, {n:,} answers are worth {worth:,.0f} "
            f"(design effect {effect:.2f})."
        )


@dataclasses.dataclass(frozen=True)
class Weights:
    """The weights as found. Nothing here is released.

    Parameters
    ----------
    weighting : Weighting
    answers : DataFrame
        The rows that have a weight.
    left_out : int
        Answers that have none.
    """

    weighting: Weighting
    answers: pd.DataFrame
    left_out: int

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {"weights": self.weighting}

    def bodies(self) -> dict[str, str]:
        """The answers that have a weight."""
        return {"weights": BODY}

    def people(self) -> dict[str, frozenset[str]]:
        """Who has a weight."""
        return {BODY: frozenset(f"respondent {number}" for number in self.answers.index)}

    def released(self, protected: Mapping[str, Protected]) -> Adjusting:
        """The same after `protect_all`."""
        names = tuple(dict.fromkeys(self.weighting.table["variable"]))
        return Adjusting(self.left_out, protected["weights"], names)


def adjust(estate: Estate, wave: Wave) -> Weights | str | None:
    """Weights for a wave.

    Returns
    -------
    Weights, str or None
        A sentence where no weights can be found; ``None`` where nothing can be weighted by.
    """
    stated = [
        name
        for name in sorted(wave.variables, key=_place)
        if wave.answers[name].notna().mean() >= LEAST_STATED
    ][:MOST]
    if not stated:
        return None
    margins = estate.population(stated)
    kept = wave.answers.dropna(subset=stated)
    weight = kept.get("weight")
    if weight is not None and (weight.isna().any() or (weight <= 0).any()):
        weight = None
    try:
        weighting = rake(kept, margins, weights=weight)
    except (InputError, EstimationError) as error:
        return f"Weights: none could be found ({error.what})."
    return Weights(weighting, kept, wave.n - len(kept))


def _place(variable: str) -> int:
    return ORDER.index(variable) if variable in ORDER else len(ORDER)
