"""The summary of approach to a tenant perception survey, as the English regulator asks for it.

Items a to k of what landlords publish beside their Tenant Satisfaction Measures: Regulator of
Social Housing (2022), Tenant Satisfaction Measures: Tenant survey requirements, paragraph 35 (as
the regulator's letter on the data of 2025/26 numbers it, 11 March 2025, annex B). What the tables
tell is filled in; what only a person knows is left blank, and marked.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.survey_size import margin_of_error, required_sample
from participation_stats.release.phrases import joined, plain_name
from participation_stats.release.reporting import Blank, Finding, Report, Section, Told
from participation_stats.studies.adjusting import Weights, adjust
from participation_stats.studies.pages import Commission, asked_of, failures, page_of
from participation_stats.studies.questions import Answer
from participation_stats.studies.responding import respond
from participation_stats.studies.waves import Wave, read_wave

QUESTION = "Summary of approach to the tenant perception survey"

#: Homes from which on the regulator asks for a margin of error (95%), in points.
MARGINS = ((25_000, 2), (10_000, 3), (2_500, 4), (1_000, 5))

TITLES = {
    "a": "Achieved sample size (number of responses)",
    "b": "Timing of the survey",
    "c": "Collection methods",
    "d": "Sample method",
    "e": "Representativeness of the sample against the tenant population",
    "f": "Weighting of the reported perception measures",
    "g": "Role of external contractors",
    "h": "Tenant households left out of the sample frame",
    "i": "Reasons for any failure to meet the required sample size",
    "j": "Incentives",
    "k": "Other methodological issues",
}

#: What only a person can say.
BLANKS = {
    "c": "how answers were collected (by telephone, online, by post, in person).",
    "g": "the name of any external contractor, and its part in collecting, generating or "
    "validating the reported measures; or that there was none.",
    "h": "how many tenant households of the relevant population were left out of the sample frame "
    "in the exceptional circumstances that the requirements allow (paragraph 63 of 2022), and "
    "broadly why; or that none were.",
    "j": "the type and amount of any incentive offered to tenants for answering; or that there was "
    "none.",
}

ABOUT = (
    "Items a to k are those that landlords in England publish beside their Tenant Satisfaction "
    "Measures (Regulator of Social Housing (2022), Tenant Satisfaction Measures: Tenant survey "
    "requirements, paragraph 35). A direction that replaces the requirements of 2022 was published "
    "in draft on 9 December 2025: check the items against what is in force for the year of the "
    "survey.",
    "Low cost rental accommodation and low cost home ownership are reported separately: give each "
    "a folder of its own, with the population of its tenants.",
)


def margin_asked(homes: int) -> float | None:
    """Margin of error that the regulator asks for, as a fraction; ``None`` below 1,000 homes.

    Examples
    --------
    >>> margin_asked(7271), margin_asked(999), margin_asked(25_000)
    (0.04, None, 0.02)
    """
    return next((points / 100 for least, points in MARGINS if homes >= least), None)


def tsm_report(
    estate: Estate,
    commission: Commission,
    *,
    wave: str | None = None,
    homes: int | None = None,
) -> Report:
    """Fill in the regulator's summary of approach as far as the tables allow.

    Parameters
    ----------
    estate : Estate
    commission : Commission
        What may leave.
    wave : str, optional
        Default: the last one.
    homes : int, optional
        Dwelling units of the relevant stock, for item i.

    Raises
    ------
    InputError
        If the estate has no survey or no such wave, or `homes` is not above 0.
    """
    if homes is not None and homes < 1:
        raise InputError(
            f"{homes} homes", where="write_report", expected="a number above 0", got=f"{homes}"
        )
    survey = read_wave(estate, wave)
    weights = adjust(estate, survey)

    def layout(
        found: Sequence[Answer], caption: str
    ) -> tuple[tuple[Finding, ...], tuple[Section, ...]]:
        sections = _sections(survey, found, weights, homes, caption)
        return (_state(sections),), sections

    return page_of(
        estate,
        commission.lawful(estate),
        asked_of(respond(estate, survey), weights),
        title=f"{estate.title}: {survey.title.lower()}",
        subtitle=QUESTION,
        omissions=failures(weights),
        about=ABOUT,
        layout=layout,
    )


def _state(sections: tuple[Section, ...]) -> Finding:
    """How much is filled in, and what is left to do."""
    blank = [one for one in sections if any(isinstance(told, Blank) for told in one.sentences)]
    items = joined(one.slug.removeprefix("item-") for one in blank)
    first = f"{len(sections) - len(blank)} of {len(sections)} items are filled in from the tables."
    rest = f"A person has to complete items {items}: look for the dashed boxes." if blank else ""
    return Finding("What is left to do", tuple(x for x in (first, rest) if x), "item-a")


def _sections(
    survey: Wave,
    found: Sequence[Answer],
    weights: Weights | str | None,
    homes: int | None,
    caption: str,
) -> tuple[Section, ...]:
    by_slug = {section.slug: section for one in found if (section := one.section(caption))}
    who, weighed = by_slug["who-answered"], by_slug.get("weights")
    told: dict[str, tuple[Told, ...]] = {
        "a": (f"{survey.n:,} answers.",),
        "b": _timing(survey.answers),
        "d": _sampling(survey.answers),
        "e": _representativeness(survey, who),
        "f": _weighting(weighed, weights),
        "i": _size(survey.n, _homes_heard(survey.answers), homes),
        "k": _issues(survey),
    }
    told |= {item: (Blank(text),) for item, text in BLANKS.items()}
    exhibits = {"e": who.exhibits, "f": weighed.exhibits if weighed else ()}
    methods = {"e": who.method, "f": weighed.method if weighed else ""}
    return tuple(
        Section(
            slug=f"item-{item}",
            title=f"{item}. {title}",
            label=f"{item}. {title}",
            sentences=told[item],
            # The regulator asks for words and numbers: the figures are in the report of the survey.
            exhibits=tuple(dataclasses.replace(one, draw=None) for one in exhibits.get(item, ())),
            method=methods.get(item, ""),
        )
        for item, title in TITLES.items()
    )


def _timing(answers: pd.DataFrame) -> tuple[Told, ...]:
    dates = answers["survey_date"].dropna() if "survey_date" in answers else pd.Series(dtype=object)
    if dates.empty:
        return (Blank("from when to when the survey ran."),)
    first, last = pd.Timestamp(dates.min()), pd.Timestamp(dates.max())
    return (f"Answers were given from {first:%-d %B %Y} to {last:%-d %B %Y}.",)


def _sampling(answers: pd.DataFrame) -> tuple[Told, ...]:
    known = []
    if "stratum" in answers and answers["stratum"].notna().all():
        known.append(f"from {len(answers['stratum'].unique())} strata")
    if "cluster" in answers and answers["cluster"].notna().all():
        known.append(f"{'' if known else 'from '}{len(answers['cluster'].unique())} clusters")
    blank = Blank("census, random sample or quotas, and how tenants were chosen.")
    return (f"The answers came {joined(known)}.", blank) if known else (blank,)


def _representativeness(survey: Wave, who: Section) -> tuple[Told, ...]:
    if not survey.variables:
        return (Blank("which characteristics were compared, and what was found."),)
    names = joined(plain_name(name) for name in survey.variables)
    return (f"Assessed by {names} against the population table.", *who.sentences[1:])


def _weighting(weighed: Section | None, weights: Weights | str | None) -> tuple[Told, ...]:
    if weighed is None:
        why = weights if isinstance(weights, str) else ""
        return tuple(x for x in (why, Blank("whether weights were used, and by what.")) if x)
    return (
        *weighed.sentences,
        Blank("whether the published measures use these weights, or others, or none."),
    )


def _homes_heard(answers: pd.DataFrame) -> int:
    """Homes that answered; an answer that names no home is taken to be of another one."""
    if "household_id" not in answers:
        return len(answers)
    return int(answers["household_id"].nunique() + answers["household_id"].isna().sum())


def _size(n: int, heard: int, homes: int | None) -> tuple[Told, ...]:
    """Whether the size was met, and whether by one answer from each home too."""
    if homes is None:
        return (Blank("how many homes the relevant stock has, and whether the size was met."),)
    margin = margin_asked(homes)
    if margin is None:
        return (
            f"With {homes:,} homes no margin of error is set; {n:,} answers were given.",
            Blank("why the number of answers is reasonable for the size of the stock."),
        )
    needed = math.ceil(required_sample(homes, margin))
    achieved, once = (100 * margin_of_error(min(count, homes), homes) for count in (n, heard))
    met = f"{homes:,} homes need {needed:,} answers (plus or minus {100 * margin:.0f} points)."
    reached = f"{n:,} answers give plus or minus {achieved:.1f} points."
    if heard < n:
        reached += f" They come from {heard:,} homes: one answer from each, {once:.1f} points."
    if n >= needed:
        verdict = "Met." if heard >= needed else "Met, if second answers from one home count."
        return (f"{verdict} {met} {reached}",)
    return (f"Not met. {met} {reached}", Blank("the reasons why the required size was missed."))


def _issues(survey: Wave) -> tuple[Told, ...]:
    """What the tables themselves show: households that answered twice, and what is not stated."""
    told: list[Told] = []
    rows = survey.answers
    if "household_id" in rows:
        twice = int(rows["household_id"].dropna().duplicated().sum())
        if twice:
            those = "1 answer comes" if twice == 1 else f"{twice:,} answers come"
            told.append(f"{those} from a household that had answered already.")
    for name in survey.variables:
        missing = float(rows[name].isna().mean())
        if missing >= 0.05:
            told.append(f"{missing:.0%} of the answers do not state {plain_name(name)}.")
    blank = (
        "anything else likely to affect the measures materially, or their comparison with earlier"
    )
    return (*told, Blank(f"{blank} years."))
