"""Seats: one row of a representativeness table in short phrases, for figures and sentences."""

from __future__ import annotations

import math

import pandas as pd

from participation_stats.release.phrases import WITHHELD, Terms, in_words, number, percent

UNDER, OVER, IN_LINE, UNCLEAR = VERDICTS = (
    "under-represented",
    "over-represented",
    "in line",
    "too small to tell",
)

#: What each verdict means, for keys and for readers who have never met it.
GLOSSES = {
    UNDER: "fewer than chance alone would explain",
    OVER: "more than chance alone would explain",
    IN_LINE: "close to proportional, with enough {places} to say so",
    UNCLEAR: "too few {places} to rule out chance",
}

#: In a body larger than this nobody counts seats in words or by "about".
SMALL_BODY = 100


def verdict_text(verdict: object, terms: Terms | None = None) -> str:
    """A verdict with its gloss.

    Examples
    --------
    >>> verdict_text("too small to tell")
    'too small to tell: too few seats to rule out chance'
    """
    if not isinstance(verdict, str) or verdict not in GLOSSES:
        return "withheld"
    return f"{verdict}: {GLOSSES[verdict].format(places=(terms or Terms()).places)}"


def body_size(row: pd.Series) -> float | None:
    """The n of a body, worked out from a released row: expected over population share."""
    expected, share = row.get("expected"), row.get("population_share")
    if expected is None or share is None or pd.isna(expected) or pd.isna(share) or not share:
        return None
    return float(expected) / float(share)


def count_text(row: pd.Series, n: float | None = None) -> str:
    """The counts beside a group: ``"2 of 25; proportional would be 4.3"``.

    Examples
    --------
    >>> count_text(pd.Series({"count": 2, "expected": 4.25, "population_share": 0.17}))
    '2 of 25; proportional would be 4.2'
    >>> count_text(pd.Series({"suppressed": True}))
    '[c] withheld'
    """
    n = n if n is not None else body_size(row)
    counted = is_known(row.get("count")) or withheld(row)
    if counted and n is not None and is_known(row.get("expected")):
        count = WITHHELD if withheld(row) else number(row["count"])
        return f"{count} of {number(n)}; proportional would be {number(row['expected'])}"
    if withheld(row):
        return f"{WITHHELD} withheld"
    if is_known(row.get("share")) and is_known(row.get("population_share")):
        return f"{percent(row['share'])}; proportional would be {percent(row['population_share'])}"
    return "no figure"


def gap_text(gap: float, n: float, terms: Terms | None = None) -> str:
    """Seats short or over, in words where the number is small.

    Parameters
    ----------
    gap : float
        Proportional number minus the number held; negative where a group has more.
    n : float
        Size of the body.

    Examples
    --------
    >>> gap_text(5.4, 20), gap_text(3.0, 20), gap_text(-1.6, 20)
    ('about five seats short', 'three seats short', 'about two seats more')
    >>> gap_text(0.4, 20), gap_text(0.01, 20), gap_text(349.2, 870)
    ('less than one seat short', 'exactly proportional', '349 seats short')
    """
    terms = terms or Terms()
    size, side = abs(gap), "short" if gap > 0 else "more"
    if size < 0.05:
        return "exactly proportional"
    if size < 0.95:
        return f"less than one {terms.place} {side}"
    whole = math.floor(size + 0.5)
    about = "" if n > SMALL_BODY or abs(size - whole) < 0.05 else "about "
    return f"{about}{in_words(whole)} {terms.place if whole == 1 else terms.places} {side}"


def held_text(count: float, n: float, terms: Terms) -> str:
    """What a group has of a body: none, all, or so many of the seats.

    Examples
    --------
    >>> held_text(0, 20, Terms()), held_text(20, 20, Terms()), held_text(2, 25, Terms())
    ('none of the 20 seats', 'all of the 20 seats', '2 of the 25 seats')
    >>> held_text(0, 1, Terms()), held_text(1, 1, Terms())
    ('not the only seat', 'the only seat')
    """
    if round(n) == 1:
        return f"{'' if round(count) else 'not '}the only {terms.place}"
    amount = "none" if count == 0 else "all" if round(count) == round(n) else number(count)
    return f"{amount} of the {number(n)} {terms.places}"


def withheld(row: pd.Series) -> bool:
    """Whether the counts of a row were withheld."""
    return bool(row.get("suppressed", False))


def is_known(value: object) -> bool:
    """Whether there is a number: neither withheld nor missing."""
    return value is not None and not bool(pd.isna(value))  # type: ignore[call-overload]


def rows_by(rows: pd.DataFrame, column: str) -> dict[str, pd.Series]:
    """Each row by what stands in its column."""
    return {str(row[column]): row for _, row in rows.iterrows()}
