"""Levels: the groups of a variable by name and in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np


def level_name(value: object) -> str:
    """A group in words; a whole number is the same whether it came as 2 or as 2.0.

    A gap in a column of whole numbers makes pandas hold them as 2.0.

    Examples
    --------
    >>> level_name(2.0), level_name(2), level_name(2.5), level_name("2.0"), level_name(True)
    ('2', '2', '2.5', '2.0', 'True')
    """
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return f"{value:.0f}" if whole else str(value)


#: Words that say that a band ends, or begins, at its number.
BELOW, ABOVE = ("under", "below", "less than", "up to", "<"), ("over", "above", "more than", ">")
BAND = re.compile(rf"({'|'.join((*BELOW, *ABOVE))})?\s*(\d[\d,]*(?:\.\d+)?)", re.IGNORECASE)
LAST = {"Other": 1, "Not stated": 2}


def level_order(values: Iterable[object]) -> list[object]:
    """Groups without a list of their own: by size or alphabet, Other and Not stated last.

    Bands, where every group begins with its number, stand by these.

    Examples
    --------
    >>> level_order(["Other", "Portuguese", "Not stated", "Black African"])
    ['Black African', 'Portuguese', 'Other', 'Not stated']
    >>> level_order(["1 to 4", "10 or more", "5 to 9", "under 1"])
    ['under 1', '1 to 4', '5 to 9', '10 or more']
    """
    found = list(values)
    words = [value for value in found if isinstance(value, str) and value not in LAST]
    # Most lists are none of bands, and say so with their first word.
    banded = bool(words) and all(map(band, words))
    if not banded and len(words) in (0, len(found)) and LAST.keys().isdisjoint(found):
        return [*sorted(found)]  # type: ignore[type-var]  # a list of one kind
    bands = {word: band(word) for word in words} if banded else {}

    def place(value: Any) -> tuple[int, bool, Any]:
        # Numbers by size, before words by alphabet where a column holds both.
        known = (bands[value], value) if banded and value in bands else value
        return LAST.get(value, 0), isinstance(value, str), known

    return sorted(found, key=place)


def band(name: str) -> tuple[float, int] | None:
    """The number of a band, and whether it lies below or above it; None of other groups.

    Examples
    --------
    >>> band("under 1"), band("1 to 4"), band("10 or more"), band("Over 1,000"), band("Other")
    ((1.0, -1), (1.0, 0), (10.0, 0), (1000.0, 1), None)
    """
    told = BAND.match(name)
    if told is None:
        return None
    word = (told[1] or "").lower()
    return float(told[2].replace(",", "")), (word in ABOVE) - (word in BELOW)
