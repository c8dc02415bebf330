"""What people answered about taking part, by group: the last section of a survey's report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.estimation.engagement_tables import (
    EngagementTable,
    survey_engagement,
)
from participation_stats.measure.estimation.surveys import survey_design
from participation_stats.measure.results import Result
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.shares import draw_shares
from participation_stats.release.phrases import Terms, fine_percent, percent, plain_name, whose
from participation_stats.release.reporting import RATES, Claim, Exhibit, Finding, Section
from participation_stats.release.seats import is_known
from participation_stats.studies.adjusting import BODY, Weights
from participation_stats.studies.composition import ORDER
from participation_stats.studies.waves import QUESTIONS, Wave

SLUG = "what-they-said"
#: Characteristics by which answers are shown, and questions told on top of the page, at most.
MOST = 3
#: Below this adjusted p a group is told from everybody.
CLEAR = 0.05
COLUMNS = ("category", "n", "estimate", "conf_low", "conf_high")
COMPARED = (*COLUMNS, "difference", "p_adjusted")

METHOD = (
    "Shares of those who answered the question, weighted as above. Standard errors by Taylor "
    "linearisation over the strata and clusters that the survey states, knowing that the weights "
    "were fitted; groups are domains: everybody stays in the variance. 95% limits on the logit "
    "scale. A group's difference is from everybody, whom it is part of, with their covariance; p "
    "is adjusted by Holm within a characteristic. Agreement is 4 or 5 on a scale of 1 to 5."
)


@dataclasses.dataclass(frozen=True)
class Answering:
    """What was answered, released: by question, of everybody and by characteristic."""

    asked: dict[str, str]
    tables: dict[str, Protected]
    by: tuple[str, ...]
    described: str

    def section(self, caption: str) -> Section:
        """For each question a table of everybody and of each characteristic, the first drawn."""
        whole = tuple(
            Exhibit(
                slug=f"answers_{question}",
                title=f"Everybody who answered: {self.asked[question]}",
                protected=found,
                frame="overall",
                columns=COLUMNS,
                units=RATES,
            )
            for question, found in self.tables.items()
        )
        by_group = tuple(
            Exhibit(
                slug=f"answers_{question}_{variable}",
                title=f"{self.asked[question].capitalize()}, by {plain_name(variable)}",
                protected=found,
                rows={"variable": variable},
                columns=COMPARED,
                units={**RATES, "difference": "rate"},
                draw=partial(draw_shares, variable=variable, caption=caption)
                if variable == self.by[0]
                else None,
            )
            for question, found in self.tables.items()
            for variable in self.by
        )
        return Section(
            slug=SLUG,
            title="What people said about taking part",
            sentences=self.sentences(),
            exhibits=(*whole, *by_group),
            method=f"{METHOD} {self.described}",
        )

    def finding(self) -> Finding | None:
        """The first answers."""
        told = [claim for question in self.asked for claim in self._everybody(question)]
        return Finding("What people said", tuple(told[:MOST]), SLUG) if told else None

    def sentences(self) -> tuple[Claim, ...]:
        """For each question everybody's answer, then the group furthest from it."""
        return tuple(
            claim
            for question in self.asked
            for claim in (*self._everybody(question), *self._furthest(question))
        )

    def _everybody(self, question: str) -> list[Claim]:
        row = self.tables[question].frames["overall"].iloc[0]
        if not is_known(row["estimate"]) or not is_known(row["conf_low"]):
            return []
        low, high = percent(float(row["conf_low"])), percent(float(row["conf_high"]))
        text = (
            f"{percent(float(row['estimate']))} {self.asked[question]} (95% interval {low} to "
            f"{high}; {int(row['n']):,} answers)."
        )
        return [Claim(text, f"answers_{question}")]

    def _furthest(self, question: str) -> list[Claim]:
        """By characteristic the group furthest from everybody, where chance rarely takes one."""
        told = []
        for variable in self.by:
            rows = self.tables[question].table
            rows = rows[(rows["variable"] == variable) & rows["estimate"].notna()]
            clear = rows[rows["p_adjusted"].astype(float) < CLEAR]
            if clear.empty:
                continue
            row = clear.iloc[int(clear["difference"].astype(float).abs().to_numpy().argmax())]
            side = "more" if float(row["difference"]) > 0 else "less"
            text = (
                f"Among {whose(variable, str(row['category']), Terms())} it is "
                f"{fine_percent(float(row['estimate']))}, {side} than among everybody, by more "
                "than chance alone would explain."
            )
            told.append(Claim(text, f"answers_{question}_{variable}"))
        return told


@dataclasses.dataclass(frozen=True)
class Answers:
    """What was answered, as estimated. Nothing here is released."""

    asked: dict[str, str]
    tables: dict[str, EngagementTable]
    by: tuple[str, ...]
    described: str

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        return {f"answers {question}": table for question, table in self.tables.items()}

    def bodies(self) -> dict[str, str]:
        """Those who answered a question: of each question others."""
        return {f"answers {question}": f"{BODY}, {question}" for question in self.tables}

    def people(self) -> dict[str, frozenset[str]]:
        """Counts here are the smaller side of an answer: they add up to nothing known."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Answering:
        """The same after `protect_all`."""
        tables = {question: protected[f"answers {question}"] for question in self.tables}
        return Answering(self.asked, tables, self.by, self.described)


def answer(wave: Wave, weights: Weights) -> Answers | str | None:
    """Estimate what the population would have answered, by group.

    Returns
    -------
    Answers, str or None
        A sentence where nothing can be estimated; ``None`` where nothing was asked.
    """
    asked = {name: told for name, told in wave.asked().items() if name in QUESTIONS}
    by = tuple([name for name in ORDER if name in wave.variables][:MOST])
    if not asked:
        return None
    rows = weights.answers
    try:
        design = survey_design(
            rows,
            weights=weights.weighting,
            strata=_stated(rows, "stratum"),
            clusters=_stated(rows, "cluster"),
            lonely="centre",
        )
        tables = {name: survey_engagement(design, {name: "yes"}, by=by) for name in asked}
    except (InputError, EstimationError) as error:
        return f"What people said: nothing could be estimated ({error.what})."
    return Answers(asked, tables, by, design.describe())


def _stated(rows: pd.DataFrame, name: str) -> str | None:
    """A column of the design, where every answer states it."""
    return name if name in rows and bool(rows[name].notna().all()) else None
