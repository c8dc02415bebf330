"""Which of our fields a column of somebody's file may hold, by its heading and its question.

A column is taken for a field only if it speaks of that field alone and no other column does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from .schemas import Schema
from .screening import IDS, SUBMITTED
from .spelling import normal

#: Words by which questions speak of a field, beside its name and its title.
_WORDS = {
    "respondent_id": r"(response|respondent|case|record) ?(id|number|no)|serial( number)?|uuid",
    "household_id": r"household ?(ref\w*|id|number)|hh ?ref|(house|flat)\b.*\b(number|ref\w*)",
    "survey_date": r"date of (the )?(interview|response|survey)|interview date",
    "ethnicity": r"ethnic(ity)?|ethnic (group|background|origin)",
    "age": r"how old|aged",
    "age_band": r"age (band|group|range)",
    "housing_tenure": r"tenure|rent or own|own or rent|(describes|is) your (home|housing)"
    r"|your home|housing (situation|status)",
    "length_of_residence": r"how long .*\b(liv(ed|ing)|resident|been here)|(years|time) (at|in) .*",
    "disability": r"disab(led|ility)",
    "weight": r"wgt|weighting",
    "heard_of_meetings": r"heard( of| about)?",
    "came_last_year": r"(come|came|go|gone|went|attend\w*|been)\b.*\b(last|past)"
    r" (year|12 months|twelve months)",
    "volunteered": r"volunteer\w*|unpaid (work|help)",
    "can_influence": r"influenc\w+",
    "trusts_landlord": r"trust\w*",
}
#: What one tool alone calls a field; the rest of such a file's columns are not asked about.
_NAMED = {
    "core_lettings": {
        "ethnic": "ethnicity",
        "sexrab1": "sex",
        "age1": "age",
        "renttype_detail": "housing_tenure",
    }
}
_OTHER_TEXT = re.compile(
    r"(\bother\b.*\bplease\b|please (say|specify)|[-_ ]text|\[other\]|[ _]other)\W*$", re.IGNORECASE
)


class Suggestion(NamedTuple):
    """The field of a column, or none and why it is unsure."""

    field: str
    note: str = ""


def suggest_fields(
    questions: Mapping[str, str],
    schema: Schema,
    tool: str | None = None,
    household: str | None = None,
) -> dict[str, Suggestion]:
    """A suggestion for each column.

    Parameters
    ----------
    questions : mapping of str to str
        Heading → the words of the question.
    schema : Schema
    tool : str, optional
        The survey tool, whose own columns are known.
    household : str, optional
        The column that is known to name the household.
    """
    certain = _certain(list(questions), schema, tool)
    if household is not None and "household_id" in schema.field_names:
        certain.setdefault(household, "household_id")
    open_fields = [name for name in schema.field_names if name not in certain.values()]
    if tool in _NAMED:
        open_fields = []
    candidates = {
        heading: _candidates(heading, question, schema, open_fields)
        for heading, question in questions.items()
        if heading not in certain
    }
    claims = Counter(name for found in candidates.values() for name in found)
    return {
        heading: Suggestion(certain[heading])
        if heading in certain
        else _decided(candidates[heading], claims)
        for heading in questions
    }


def _decided(found: Collection[str], claims: Mapping[str, int]) -> Suggestion:
    if len(found) > 1:
        return Suggestion("", f"unsure: {' or '.join(found)}?")
    for name in found:
        if claims[name] > 1:
            return Suggestion("", f"unsure: {name}? {claims[name] - 1} more may be meant")
        return Suggestion(name)
    return Suggestion("")


def _certain(headings: Iterable[str], schema: Schema, tool: str | None) -> dict[str, str]:
    """Columns that are named like a field or its title, or that the tool itself writes."""
    named = {normal(field.name): field.name for field in schema.fields}
    named |= {normal(field.name.replace("_", " ")): field.name for field in schema.fields}
    titled = {normal(field.title): field.name for field in schema.fields if field.title}
    own = dict(_NAMED.get(tool or "", {}))
    own |= dict.fromkeys(IDS.get(tool or "", ()), "respondent_id")
    own |= dict.fromkeys(SUBMITTED.get(tool or "", ()), "survey_date")
    found: dict[str, str] = {}
    for names in (own, named, titled):
        for heading in headings:
            key = heading if names is own else normal(heading)
            name = names.get(key, "")
            if name in schema.field_names and heading not in found and name not in found.values():
                found[heading] = name
    return found


def _candidates(
    heading: str, question: str, schema: Schema, open_fields: Collection[str]
) -> list[str]:
    if _OTHER_TEXT.search(heading) or _OTHER_TEXT.search(question):
        return []
    # The last part of group/question first: the group may speak of another field.
    for text in (heading.rsplit("/", 1)[-1], question.rsplit("/", 1)[-1], heading, question):
        words = " ".join(re.split(r"[\W_]+", normal(text)))
        found = [name for name in open_fields if _speaks(words, name, schema)]
        if found:
            return found
    return []


def _speaks(words: str, name: str, schema: Schema) -> bool:
    own = {name.replace("_", " "), normal(schema.field(name).title)}
    patterns = [re.escape(" ".join(re.split(r"[\W_]+", phrase))) for phrase in own if phrase]
    if name in _WORDS:
        patterns.append(_WORDS[name])
    return re.search(rf"\b(?:{'|'.join(patterns)})\b", words) is not None
