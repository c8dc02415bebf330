"""Bands that people write in words: ``25-34``, ``under 16``, ``10 years or more``."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from .codelists import Codelist


class Interval(NamedTuple):
    """From `low`, included, up to `high`, not included."""

    low: float
    high: float


_UNITS = re.compile(r"\b(years?|yrs?|aged|ages?|old|of)\b")
_FIGURES = {
    "a": "1",
    "one": "1",
    "two": "2",
    "three": "3",
    "five": "5",
    "ten": "10",
    "twenty": "20",
}
_WORDS = re.compile(r"\ba(?= year\b)|\b(?:one|two|three|five|ten|twenty)\b")
_NUMBER = r"(\d{1,3}(?:\.\d+)?)"
#: Pattern → interval. Whole years: "5 to 9" reaches up to the tenth birthday.
_FORMS = (
    (rf"(?:between )?{_NUMBER}(?:-| to | and ){_NUMBER}", lambda a, b: (a, b + 1)),
    (rf"{_NUMBER},?\s?(?:to |but )(?:under|less than|below) {_NUMBER}", lambda a, b: (a, b)),
    (rf"{_NUMBER} ?(?:\+|plus|(?:and|or) (?:over|above|more|older))", lambda a: (a, math.inf)),
    (rf"(?:over|more than|older than) {_NUMBER}", lambda a: (a, math.inf)),
    (rf"(?:under|less than|below|younger than) {_NUMBER}", lambda b: (0, b)),
    (rf"{_NUMBER} (?:and|or) (?:under|less|younger|below)", lambda b: (0, b + 1)),
)
_COMPILED = tuple((re.compile(pattern), ends) for pattern, ends in _FORMS)


def interval(text: str) -> Interval | None:
    """The interval that a normal label states; ``None`` if it states none.

    A bare number states none: it may as well be a code. With its unit it does: ``"12 years"``.

    Examples
    --------
    >>> interval("25-34"), interval("1 year but under 2 years"), interval("65+")
    (Interval(low=25.0, high=35.0), Interval(low=1.0, high=2.0), Interval(low=65.0, high=inf))
    >>> interval("12 years"), interval("12")
    (Interval(low=12.0, high=13.0), None)
    >>> interval("less than a year"), interval("ten years or more")
    (Interval(low=0.0, high=1.0), Interval(low=10.0, high=inf))
    """
    figures = _WORDS.sub(lambda word: _FIGURES[word[0]], text)
    bare = " ".join(_UNITS.sub(" ", figures).split())
    for pattern, ends in _COMPILED:
        match = pattern.fullmatch(bare)
        if match:
            low, high = ends(*map(float, match.groups()))
            return Interval(float(low), high) if low < high else None
    if bare != figures and re.fullmatch(_NUMBER, bare):
        low = float(bare)
        return Interval(low, low + 1 if low.is_integer() else math.nextafter(low, math.inf))
    return None


def bands_touched(codelist: Codelist, span: Interval) -> tuple[str, ...]:
    """Codes of the bands that an interval reaches into.

    Examples
    --------
    >>> from participation_stats.intake.codelists import load_codelist
    >>> bands_touched(load_codelist("age_band"), Interval(15, 20))
    ('under 16', '16 to 24')
    """
    table = codelist.table
    above = table["max"].fillna(math.inf) > span.low
    return tuple(table.loc[above & (table["min"] < span.high), "code"])
