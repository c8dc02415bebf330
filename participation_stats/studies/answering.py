"""What people answered about taking part, by group: the last section of a survey's report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.estimation.estimates import Estimates
from participation_stats.measure.estimation.survey_estimates import survey_estimate
from participation_stats.measure.estimation.surveys import survey_design
from participation_stats.measure.results import Result
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import Terms, percent, plain_name, whose
from participation_stats.release.reporting import Claim, Exhibit, Finding, Section
from participation_stats.release.seats import is_known
from participation_stats.studies.adjusting import BODY, Weights
from participation_stats.studies.composition import NOT_STATED, ORDER
from participation_stats.studies.waves import QUESTIONS, Wave

SLUG = "what-they-said"
#: Characteristics by which answers are shown, and questions told on top of the page, at most.
MOST = 3
COLUMNS = ("category", "n", "estimate", "conf_low", "conf_high")

METHOD = (
    "Shares of those who answered the question, weighted as above. Standard errors by Taylor "
    "linearisation over the strata and clusters that the survey states, knowing that the weights "
    "were fitted; groups are domains: everybody stays in the variance. 95% limits on the logit "
    "scale. Agreement is 4 or 5 on a scale of 1 to 5."
)


@dataclasses.dataclass(frozen=True)
class Answering:
    """What was answered, released: of everybody, and by question and characteristic."""

    asked: dict[str, str]
    everybody: dict[str, Protected]
    groups: dict[tuple[str, str], Protected]
    described: str

    def section(self, caption: str) -> Section:
        """For each question and characteristic a table."""
        del caption  # tables only
        whole = tuple(
            Exhibit(
                slug=f"answers_{question}",
                title=f"Everybody who answered: {self.asked[question]}",
                protected=found,
                columns=COLUMNS[1:],
            )
            for question, found in self.everybody.items()
        )
        by_group = tuple(
            Exhibit(
                slug=f"answers_{question}_{variable}",
                title=f"{self.asked[question].capitalize()}, by {plain_name(variable)}",
                protected=found,
                columns=COLUMNS,
            )
            for (question, variable), found in self.groups.items()
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
        """For each question everybody's answer, then the groups that lie furthest apart."""
        return tuple(
            claim
            for question in self.asked
            for claim in (*self._everybody(question), *self._apart(question))
        )

    def _everybody(self, question: str) -> list[Claim]:
        rows = self.everybody[question].table
        row = rows.iloc[0]
        if not is_known(row["estimate"]) or not is_known(row["conf_low"]):
            return []
        low, high = percent(float(row["conf_low"])), percent(float(row["conf_high"]))
        text = (
            f"{percent(float(row['estimate']))} {self.asked[question]} (95% interval {low} to "
            f"{high}; {int(row['n']):,} answers)."
        )
        return [Claim(text, f"answers_{question}")]

    def _apart(self, question: str) -> list[Claim]:
        """The two groups of the main characteristic whose intervals do not touch, if any."""
        told = []
        for (asked, variable), found in self.groups.items():
            rows = found.table
            rows = rows[rows["estimate"].notna() & rows["conf_low"].notna()]
            rows = rows[rows["category"] != NOT_STATED]
            if asked != question or len(rows) < 2:
                continue
            order = rows["estimate"].to_numpy(dtype=float).argsort()
            least, most = rows.iloc[int(order[0])], rows.iloc[int(order[-1])]
            if float(least["conf_high"]) < float(most["conf_low"]):
                who, others = (
                    whose(variable, str(row["category"]), Terms()) for row in (most, least)
                )
                text = (
                    f"That is {percent(float(most['estimate']))} of {who} and "
                    f"{percent(float(least['estimate']))} of {others}: their intervals do not meet."
                )
                told.append(Claim(text, f"answers_{question}_{variable}"))
        return told


@dataclasses.dataclass(frozen=True)
class Answers:
    """What was answered, as estimated. Nothing here is released."""

    asked: dict[str, str]
    everybody: dict[str, Estimates]
    groups: dict[tuple[str, str], Estimates]
    described: str

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {f"answers {name}": one for name, one in self.everybody.items()}
        return named | {f"answers {a} by {b}": one for (a, b), one in self.groups.items()}

    def bodies(self) -> dict[str, str]:
        """Those who answered a question: of each question others."""
        named = {f"answers {name}": f"{BODY}, {name}" for name in self.everybody}
        return named | {f"answers {a} by {b}": f"{BODY}, {a}" for a, b in self.groups}

    def people(self) -> dict[str, frozenset[str]]:
        """Counts here are the smaller side of an answer: they add up to nothing known."""
        return {}

    def released(self, protected: Mapping[str, Protected]) -> Answering:
        """The same after `protect_all`."""
        return Answering(
            self.asked,
            {name: protected[f"answers {name}"] for name in self.everybody},
            {(a, b): protected[f"answers {a} by {b}"] for a, b in self.groups},
            self.described,
        )


def answer(wave: Wave, weights: Weights) -> Answers | str | None:
    """Estimate what the population would have answered, by group.

    Returns
    -------
    Answers, str or None
        A sentence where nothing can be estimated; ``None`` where nothing was asked.
    """
    asked = {name: told for name, told in wave.asked().items() if name in QUESTIONS}
    by = [name for name in ORDER if name in wave.variables][:MOST]
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
        everybody = {
            name: survey_estimate(design, name, statistic="proportion", answer="yes")
            for name in asked
        }
        groups = {
            (name, variable): survey_estimate(
                design, name, by=variable, statistic="proportion", answer="yes"
            )
            for name in asked
            for variable in by
        }
    except (InputError, EstimationError) as error:
        return f"What people said: nothing could be estimated ({error.what})."
    return Answers(asked, everybody, groups, design.describe())


def _stated(rows: pd.DataFrame, name: str) -> str | None:
    """A column of the design, where every answer states it."""
    return name if name in rows and bool(rows[name].notna().all()) else None
