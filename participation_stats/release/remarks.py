"""Remarks: what was withheld, why, and what would let more be shown, in sentences.

They say nothing that the tables do not: the sum of withheld groups follows from what is shown, and
a pool is offered only after its whole table has stood the attack beside the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from participation_stats.release.cells import Margin
from participation_stats.release.drafts import Draft
from participation_stats.release.patterns import Pattern
from participation_stats.release.phrases import capital, in_words, joined, plain_name
from participation_stats.release.policies import Policy
from participation_stats.release.pools import Offer, offered
from participation_stats.release.suppression import is_small


def remarks(
    draft: Draft,
    frames: Mapping[str, pd.DataFrame],
    pattern: Pattern,
    policy: Policy,
    offers: Sequence[Offer] = (),
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
    return [*told, *_moves(margins, pattern, policy), *_advice(margins, pattern, policy, offers)]


def _moves(margins: Sequence[Margin], pattern: Pattern, policy: Policy) -> list[str]:
    return [
        f"{capital(plain_name(margin.variable))} is withheld: beside the report of "
        f"{label.partition(' [')[0]}, it would tell of those who have come or gone since, or "
        f"whose records were corrected: they may be fewer than {policy.threshold}, or all of one "
        "group."
        for margin in margins
        if (label := pattern.moved.get((margin.body, margin.variable)))
    ]


def _advice(
    margins: Sequence[Margin], pattern: Pattern, policy: Policy, offers: Sequence[Offer]
) -> list[str]:
    """What to pool, where it has been found to be enough; else how many people are needed."""
    told = []
    for margin in margins:
        name, groups = plain_name(margin.variable), len(margin.counts)
        if groups < 2:
            told.append(
                f"{capital(name)} is left out: it has one group, whose name would say what "
                "everybody is."
            )
        if groups < 2 or any(cell in pattern.few for cell in margin.cells):
            continue
        small = _enough_together(margin, pattern, policy)
        offer = offered(offers, margin.body, margin.variable)
        if small:
            told.append(
                f"Count {joined(small)} as one group of {name}, and the rest of this table stays "
                "and is whole."
            )
        elif offer is not None:
            told.append(f"Pool {offer}, and their table by {name} can be shown whole.")
        elif margin.total < groups * policy.threshold:
            told.append(
                f"A table by {name} with {in_words(groups)} groups needs at least "
                f"{groups * policy.threshold} people to be shown whole; this one has "
                f"{margin.total}."
            )
    return list(dict.fromkeys(told))


def _enough_together(margin: Margin, pattern: Pattern, policy: Policy) -> list[str]:
    """The withheld groups of a table, where they are no small group if counted as one.

    How many they are together follows from what is shown.
    """
    counts = {
        name: margin.counts[name] or 0
        for name, cell in zip(margin.counts, margin.cells, strict=True)
        if cell in pattern.hidden
    }
    together = sum(counts.values())
    if len(counts) in (1, len(margin.counts)) or is_small(together, margin.total, policy):
        return []
    return list(counts)
