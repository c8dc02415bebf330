"""Patterns: what is withheld from all tables that are published together, and which words stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from participation_stats.release.attack import LEAST_VALUES, breaches_of, possible_range
from participation_stats.release.cells import Cell, Margin, row_cells
from participation_stats.release.drafts import Draft
from participation_stats.release.linkage import Bounds, Knowledge, View, known
from participation_stats.release.policies import Policy
from participation_stats.release.releases import (
    Release,
    beside,
    consistent,
    few_moved,
    placed,
)
from participation_stats.release.suppression import secondary
from participation_stats.release.withholding import touched_rows
from participation_stats.release.words import settled_rows, shared_words, tell

Seats = Mapping[str, frozenset[Hashable]]

#: How much is known of a total that is withheld because it is hardly anybody.
_HARDLY: Bounds = (0.0, float(LEAST_VALUES - 1))


@dataclasses.dataclass(frozen=True)
class Pattern:
    """What is withheld, and why.

    Parameters
    ----------
    hidden : set of Cell
        The cells withheld.
    few : set of Cell
        Cells of margins of which even the total is withheld.
    moved : mapping of (body, variable) to str
        Margins withheld because few people moved since the release of that label.
    knowledge : Knowledge
        What an attacker then knows.
    """

    hidden: frozenset[Cell]
    few: frozenset[Cell]
    moved: Mapping[tuple[str, str], str]
    knowledge: Knowledge

    def views_of(self, margins: Sequence[Margin]) -> tuple[View, ...]:
        """The views of these margins."""
        keys = {(margin.body, margin.variable) for margin in margins}
        return tuple(v for v in self.knowledge.views if (v.body, v.variable) in keys)


def choose_pattern(
    drafts: Sequence[Draft], policy: Policy, people: Seats, earlier: Sequence[Release], label: str
) -> Pattern:
    """Choose what to withhold from drafts that are published together."""
    margins = [margin for draft in drafts for margin in draft.margins(policy)]
    first = {cell for draft in drafts for cell in draft.first(policy)}
    few = {cell for margin in margins if margin.total < LEAST_VALUES for cell in margin.cells}
    views = [_view(margin) for margin in margins]
    totals = {(view.body, view.variable): view.total for view in views}
    earlier = consistent(earlier, margins, totals, label)
    # The same words about the same people are told again, and tell nothing more.
    earlier = [one.without_words() if one.label == label else one for one in earlier]
    moved = {
        (margin.body, margin.variable): told
        for margin in margins
        if (told := few_moved(margin, earlier, people, label, policy.threshold, totals))
    }
    first |= {cell for m in margins if (m.body, m.variable) in moved for cell in m.cells}
    then = placed(earlier, margins, people, label, totals)
    printed = [margin.rounded(policy.rounding) for margin in margins]
    exact = beside(known(printed, views, people, policy.rounding), then)
    counts = _counts(margins, policy)
    hidden = set(first)
    for part in exact.components():
        here = {cell: counts[cell] for cell in part.cells if cell in counts}
        small = first & here.keys()
        again = _as_before(part, here, small, earlier, label, policy)
        hidden |= secondary(part, here, small, policy) if again is None else again
    return Pattern(frozenset(hidden), frozenset(few), moved, exact.hiding(hidden))


def _as_before(
    part: Knowledge,
    counts: Mapping[Cell, int],
    small: set[Cell],
    earlier: Sequence[Release],
    label: str,
    policy: Policy,
) -> set[Cell] | None:
    """What the last release of the same people by the same rule withheld, if it is still enough.

    So a report that is made again is the same report.
    """
    for release in earlier:
        if release.label == label and release.threshold == policy.threshold:
            hidden = set(counts) & release.withheld
            if counts.keys() <= release.cells.keys() and small <= hidden:
                known = part.hiding(hidden)
                if not breaches_of(known, policy.threshold, counts):
                    return hidden
    return None


def _view(margin: Margin) -> View:
    total = float(margin.total)
    bounds = _HARDLY if margin.total < LEAST_VALUES else (total, total)
    return View(margin.body, margin.variable, tuple(margin.counts), bounds)


def _counts(margins: Sequence[Margin], policy: Policy) -> dict[Cell, int]:
    """The counts of all cells that may be withheld; a zero that discloses nothing stays."""
    return {
        cell: count or 0
        for margin in margins
        for cell, count in zip(margin.cells, margin.counts.values(), strict=True)
        if count is None or count > 0 or policy.zeros_disclose
    }


def told_words(drafts: Sequence[Draft], pattern: Pattern, policy: Policy) -> dict[Cell, Bounds]:
    """The withheld cells whose verdict may be told, and the bounds that it tells.

    A word narrows its count, and through the total the others: where telling all words of
    linked tables would leave a count less than three values, none of them is told.
    """
    told: dict[Cell, Bounds] = {}
    candidates = [draft for draft in drafts if _has_verdicts(draft)]
    if not candidates:
        return told
    for part in pattern.knowledge.components():
        if part.withheld:
            ranges = possible_range(part)
            ranges = {cell: ranges[cell] for cell in ranges.keys() - pattern.few}
            words = {
                cell: bounds
                for draft in candidates
                for name, rule in draft.rules.items()
                if name in draft.frames
                for cell, bounds in shared_words(
                    draft.result, draft.frames[name], rule, draft.body, ranges, policy
                ).values()
            }
            telling = part.telling(words)
            if words and not breaches_of(telling, policy.threshold, part.cells.keys()):
                told |= words
    return told


def _has_verdicts(draft: Draft) -> bool:
    return any("verdict" in frame for frame in draft.frames.values())


def with_words(
    draft: Draft, frames: Mapping[str, pd.DataFrame], pattern: Pattern, told: Mapping[Cell, Bounds]
) -> dict[str, pd.DataFrame]:
    """The released frames with the verdicts that may be told put back."""
    out = dict(frames)
    for name, frame in frames.items():
        rule, before = draft.rules[name], draft.frames[name]
        if "verdict" not in frame or rule.count not in frame or len(frame) != len(before):
            continue
        gone = frame["suppressed"].to_numpy(dtype=bool)
        confidence = draft.facts.get("confidence")
        level = confidence if isinstance(confidence, float) else 0.95
        settled = np.array(settled_rows(before, level)) & ~gone
        settled &= touched_rows(before, rule, draft.body, pattern.hidden)
        shared = [cell in told for cell in row_cells(before, rule, draft.body)]
        out[name] = tell(frame, before, np.flatnonzero(settled | (gone & shared)).tolist())
    return out
