"""Remarks: what was withheld, why, and what would let more be shown, in sentences.

They say nothing that the table does not: thresholds and the number of people described are
public, so the advice follows from these alone and never from a withheld count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from participation_stats.release.cells import Margin
from participation_stats.release.drafts import Draft
from participation_stats.release.patterns import Pattern, Seats
from participation_stats.release.phrases import capital, in_words, plain_name
from participation_stats.release.policies import Policy


def remarks(
    draft: Draft,
    frames: Mapping[str, pd.DataFrame],
    pattern: Pattern,
    policy: Policy,
    people: Seats,
) -> list[str]:
    """One sentence for each frame with something withheld, and what can be done about it."""
    told = []
    for name, frame in frames.items():
        gone, rows = int(frame["suppressed"].sum()), len(frame)
        if gone and draft.rules[name].count is not None:
            told.append(
                f"{gone} of {rows} rows withheld: counts under {policy.threshold}, groups of "
                "nobody or of everybody, and what would give them away."
            )
    margins = [
        margin
        for margin in draft.margins(policy)
        if any(cell in pattern.hidden for cell in margin.cells)
    ]
    return [*told, *_moves(margins, pattern, policy), *_advice(margins, pattern, policy, people)]


def _moves(margins: Sequence[Margin], pattern: Pattern, policy: Policy) -> list[str]:
    return [
        f"{capital(plain_name(margin.variable))} is withheld: fewer than {policy.threshold} "
        f"people have come or gone since the report of {label}, and the difference would tell "
        "who they are."
        for margin in margins
        if (label := pattern.moved.get((margin.body, margin.variable)))
    ]


def _advice(
    margins: Sequence[Margin], pattern: Pattern, policy: Policy, people: Seats
) -> list[str]:
    """How many people a table of so many groups needs, and which bodies have them together."""
    told = []
    for margin in margins:
        groups, needed = len(margin.counts), len(margin.counts) * policy.threshold
        if groups < 2:
            told.append(
                f"{capital(plain_name(margin.variable))} is left out: it has one group, whose "
                "name would say what everybody is."
            )
        if groups < 2 or any(cell in pattern.few for cell in margin.cells):
            continue
        if margin.total >= needed:
            told.append(
                f"Pool small groups of {plain_name(margin.variable)}, and more of this table can "
                "be shown."
            )
            continue
        partners = _partners(margin.body, needed, people)
        bodies = f" (such as {margin.body} and {partners})" if partners else ""
        told.append(
            f"A table of {in_words(groups)} groups needs at least {needed} people to be shown "
            f"whole; by {plain_name(margin.variable)} here are {margin.total}. Pool groups, two "
            f"bodies{bodies} or two years, and more of this table can be shown."
        )
    return list(dict.fromkeys(told))


def _partners(body: str, needed: int, people: Seats) -> str:
    """The first other body that has enough people together with this one."""
    here = people.get(body)
    if here is None:
        return ""
    able = (other for other, who in people.items() if other != body and len(who | here) >= needed)
    return next(able, "")
