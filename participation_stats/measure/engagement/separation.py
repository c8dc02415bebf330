"""Separation: is there a group that always came, or never, so that no finite odds fit it?"""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.formulas import Encoding
from participation_stats.measure.inference.separation import separated_terms
from participation_stats.measure.tallies import BETWEEN

#: Where no group is any different.
NOBODY, EVERYBODY = "nobody ever came", "everybody always came"


def separated(coded: Encoding, trials: Floats, successes: Floats) -> str:
    """What separates, in words that name the group; empty when estimates exist."""
    if successes.sum() == 0:
        return f"{NOBODY} (0 of {trials.sum():,.0f} person-meetings)"
    if successes.sum() == trials.sum():
        return f"{EVERYBODY} ({trials.sum():,.0f} person-meetings)"
    found = separated_terms(coded.design, trials, successes)
    if not found:
        return ""
    factors = list(coded.levels)
    # Groups of one factor say most; only where none is pure are pairs looked at.
    for size in (1, 2):
        named = [
            sentence
            for names in combinations(factors, size)
            for sentence in _pure_groups(coded.patterns, list(names), trials, successes)
        ]
        if named:
            return "; ".join(named)
    return f"{', '.join(coded.terms[column] for column in found)} together tell who came"


#: What else to ask for where a model has no penalty of its own.
FIRTH = "ask for separation='firth', or merge the group with another by ps.roll_up"
ELSEWHERE = (
    "merge the group with another by ps.roll_up, leave it out and say so, or ask for fit_firth"
)


def refuse_separation(told: str, where: str, hint: str = ELSEWHERE) -> None:
    """Raise an error that names what separates, instead of an estimate of 25 with an error of 10⁴.

    Raises
    ------
    EstimationError
        If anything does.
    """
    if told:
        if told.startswith((NOBODY, EVERYBODY)):
            hint = "there is nothing that a model could compare: say so in words"
        raise EstimationError(
            told,
            where=where,
            expected="some who came and some who did not in every group",
            got="separation: no finite odds ratio fits",
            hint=hint,
        )


def _pure_groups(
    patterns: pd.DataFrame, names: list[str], trials: Floats, successes: Floats
) -> list[str]:
    """Groups of which nobody ever came, or everybody always did."""
    counted = (
        patterns[names]
        .assign(_asked=trials, _came=successes)
        .groupby(names, observed=True)[["_asked", "_came"]]
        .sum()
        .reset_index()
    )
    told = []
    for row in counted.itertuples(index=False, name=None):
        *levels, asked, came = row
        group = f"{BETWEEN.join(names)} '{BETWEEN.join(map(str, levels))}'"
        if came == 0:
            told.append(f"nobody of {group} ever came (0 of {asked:,.0f} person-meetings)")
        elif came == asked:
            told.append(f"everybody of {group} always came ({came:,.0f} of {asked:,.0f})")
    return told
