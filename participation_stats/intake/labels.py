"""The labels of one column of a draft: which code each means, and which are for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from .codelists import codelist_names
from .crosswalks import missing
from .parsing import Parsed, parse
from .schemas import Field, Schema, load_codelist
from .shaping import recode
from .spelling import normal

#: A column of more different answers to a question with codes is no such question.
_MOST = 60
#: What a tool itself writes for no answer: the reason, and what happened.
_OF_TOOL = {
    "qualtrics": {"-99": ("Not recorded", "seen, and left without an answer")},
    "limesurvey": {"n/a": ("Not asked", "never shown")},
}
_MAPPED = ("code", "alias", "spelling", "band", "given")
_NUMBERED = re.compile(r"(\d+)\s*[-–:.=)]\s*\D.*")


class Labels(NamedTuple):
    """Their label → our code, empty where unsure, with notes by label.

    `doubt` says why the column does not hold the field after all; `note` is one about all labels.
    """

    codes: dict[str, str]
    notes: dict[str, str]
    doubt: str = ""
    note: str = ""


def read_labels(answers: pd.Series[str], own: Field, schema: Schema, tool: str | None) -> Labels:
    """What the answers of a column become, if it holds this field.

    Parameters
    ----------
    answers : Series of str
        Those that are not empty, without spaces round them.
    own : Field
    schema : Schema
    tool : str, optional
        Names written by some tools have underscores for spaces.
    """
    texts = list({normal(text): text for text in reversed(list(answers))}.values())[::-1]
    if own.categories is not None:
        if len(texts) > _MOST:
            return Labels({}, {}, f"it has {len(texts)} different answers")
        meanings = _coded(texts, own, tool)
    elif own.type in ("integer", "number"):
        meanings = _numbers(texts, own, schema)
        if _mostly_words(answers, own, schema):
            return Labels({}, {}, "most of its answers are not numbers")
    else:
        meanings = {}
    for text in texts:
        special = _OF_TOOL.get(tool or "", {}).get(normal(text))
        if special and (own.categories or own.type != "string"):
            meanings[text] = special
    order = [*(own.categories or ()), *schema.missing_values.values()]
    unknown = [text for text in meanings if not meanings[text][0]]
    note = ""
    if own.categories and texts and len(unknown) == len(texts):
        note = "unsure: none of its labels is known; the questionnaire says what they mean"
    ranks = {code: place for place, code in enumerate(order)}
    ranked = sorted(meanings, key=lambda text: ranks.get(meanings[text][0], len(ranks)))
    return Labels(
        {text: meanings[text][0] for text in ranked},
        {text: meanings[text][1] for text in ranked if meanings[text][1]},
        note=note,
    )


def _coded(texts: list[str], own: Field, tool: str | None) -> dict[str, tuple[str, str]]:
    if own.codelist not in codelist_names():
        same = {normal(code): code for code in own.categories or ()}
        return {text: _told(same.get(normal(text)), text, own) for text in texts}
    spaced = [text.replace("_", " ") if tool == "kobo" else text for text in texts]
    recoded = recode(pd.Series(spaced, dtype="str"), str(own.codelist), unmapped="ignore")
    found = {}
    rows = recoded.report.set_index("raw")
    for text, read in zip(texts, spaced, strict=True):
        row = rows.loc[read]
        if row["how"] == "missing":
            found[text] = (recoded.reasons.iloc[spaced.index(read)], "")
        elif row["how"] == "ambiguous":
            found[text] = ("", "unsure: " + " or ".join(row["candidates"].split(" | ")))
        else:
            found[text] = _told(str(row["code"]) if row["how"] in _MAPPED else None, text, own)
    return found


def _told(code: str | None, text: str, own: Field) -> tuple[str, str]:
    if code is not None:
        return code, ""
    reason = missing(normal(text))
    if reason is not None:
        return reason, ""
    numbered = _NUMBERED.fullmatch(text)
    if numbered and own.codelist in codelist_names():
        known = load_codelist(str(own.codelist))
        labels: Mapping[str, str] = dict(zip(known.codes, known.labels, strict=True))
        if numbered[1] in labels:
            return "", f"unsure: {numbered[1]} ({labels[numbered[1]]})?"
    return "", "unsure: no label that is known"


def _numbers(texts: list[str], own: Field, schema: Schema) -> dict[str, tuple[str, str]]:
    parsed = _parsed(texts, own, schema)
    found = {}
    for text, value, unreadable in zip(texts, parsed.typed, parsed.unreadable, strict=True):
        reason = missing(normal(text))
        if reason is not None:
            found[text] = (reason, "")
        elif unreadable:
            found[text] = ("", "unsure: not a number")
        elif own.maximum is not None and value > own.maximum:
            found[text] = ("", f"unsure: above {own.maximum:g}; a code for a missing answer?")
        elif own.minimum is not None and value < own.minimum:
            found[text] = ("", f"unsure: below {own.minimum:g}; a code for a missing answer?")
    return found


def _mostly_words(answers: pd.Series[str], own: Field, schema: Schema) -> bool:
    stated = [text for text in answers if missing(normal(text)) is None]
    return bool(_parsed(stated, own, schema).unreadable.sum() > len(stated) / 2)


def _parsed(texts: list[str], own: Field, schema: Schema) -> Parsed:
    return parse(np.array(texts, dtype=object), own, schema.missing_values)
