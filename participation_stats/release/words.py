"""Words: which verdicts may be told although counts beside them, or their own, are withheld."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

import pandas as pd

from participation_stats.measure.results import Result, Rule
from participation_stats.release.cells import Cell, row_cells
from participation_stats.release.linkage import Bounds
from participation_stats.release.policies import Policy


@runtime_checkable
class Worded(Protocol):
    """A result that can say which verdict each possible count of a row would have had."""

    def possible_words(self, frame: str, row: int) -> Mapping[int, str]:
        """Verdict by count, for the row at this position of the frame."""


def settled_rows(frame: pd.DataFrame, confidence: float) -> list[bool]:
    """Rows whose verdict follows from their own p, whatever the withheld rows beside them are.

    Holm's adjusted p of m comparisons lies between p and m·p: a p of at least α is never
    significant, and one below α/m always is.
    """
    if "p_value" not in frame:
        return [False] * len(frame)
    alpha = 1 - confidence
    family = frame.groupby("variable")["p_value"].transform("size")
    p_value = frame["p_value"].astype("Float64")
    certain = (p_value >= alpha) | (p_value * family < alpha)
    return [bool(known) for known in certain.fillna(False)]


def shared_words(
    result: Result,
    frame: pd.DataFrame,
    rule: Rule,
    body: str,
    ranges: Mapping[Cell, Bounds],
    policy: Policy,
) -> dict[int, tuple[Cell, Bounds]]:
    """Withheld rows whose verdict enough possible counts share.

    Parameters
    ----------
    frame : DataFrame
        The frame before anything was withheld.
    ranges : mapping of Cell to (low, high)
        What can be worked out of each withheld cell without the word.

    Returns
    -------
    dict
        Position of the row to its cell and to the bounds that the word tells.
    """
    if not isinstance(result, Worded) or "verdict" not in frame:
        return {}
    told = {}
    for position, cell in enumerate(row_cells(frame, rule, body)):
        if cell is not None and cell in ranges:
            words = result.possible_words(rule.table, position)
            bounds = _sharing(words, str(frame["verdict"].iloc[position]), ranges[cell], policy)
            if bounds is not None:
                told[position] = (cell, bounds)
    return told


def _sharing(words: Mapping[int, str], word: str, bounds: Bounds, policy: Policy) -> Bounds | None:
    """The counts that share a word, if they are enough and lie side by side."""
    low, high = bounds
    counts = sorted(count for count, told in words.items() if told == word and low <= count <= high)
    if len(counts) < policy.verdict_counts or counts[-1] - counts[0] >= len(counts):
        return None
    return float(counts[0]), float(counts[-1])


def tell(released: pd.DataFrame, frame: pd.DataFrame, positions: Collection[int]) -> pd.DataFrame:
    """A copy of a released frame in which the verdicts of these rows are told."""
    out = released.copy()
    verdicts = out["verdict"].astype("object").tolist()
    for position in positions:
        verdicts[position] = frame["verdict"].iloc[position]
    out["verdict"] = pd.Series(verdicts, index=out.index, dtype=frame["verdict"].dtype)
    return out
