"""Withholding: how a frame looks once it is known which cells must not be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.measure.results import PUBLIC_VARIABLES, Rule, unit_of
from participation_stats.release.cells import Cell, is_rounded, row_cells, to_base
from participation_stats.release.policies import Policy

Flags = npt.NDArray[np.bool_]

#: Worked out from every row of a margin (Holm's adjustment, and the verdict that rests on it):
#: beside one withheld row they would tell its p-value, hence its count.
FAMILY_COLUMNS = frozenset({"p_adjusted", "verdict"})
#: What a row of people may tell who are too few for even their number to be told.
PUBLIC_COLUMNS = frozenset({"population_count", "population_share", "suppressed"})


def withhold(frame: pd.DataFrame, hidden: Flags, columns: Collection[str]) -> pd.DataFrame:
    """A copy with NA in these columns of the hidden rows, marked as suppressed."""
    out = _blanked(frame, hidden, columns)
    out["suppressed"] = out["suppressed"].to_numpy(dtype=bool) | hidden
    return out


def _blanked(frame: pd.DataFrame, hidden: Flags, columns: Collection[str]) -> pd.DataFrame:
    out = frame.copy()
    for name in columns:
        if pd.api.types.is_bool_dtype(out[name]):
            out[name] = out[name].astype("boolean")
        elif pd.api.types.is_integer_dtype(out[name]):
            out[name] = out[name].astype("Int64")
        out[name] = out[name].mask(hidden)
    return out


def emptied(frame: pd.DataFrame, hidden: Flags | None = None) -> pd.DataFrame:
    """A copy of which only words and facts of the population are left, in all or some rows."""
    names = [str(name) for name in frame if name not in PUBLIC_COLUMNS]
    numbers = [name for name in names if unit_of(name) != "word" or name in FAMILY_COLUMNS]
    return withhold(frame, np.ones(len(frame), dtype=bool) if hidden is None else hidden, numbers)


def cleared(
    frame: pd.DataFrame, rule: Rule, body: str, hidden: Collection[Cell], policy: Policy
) -> pd.DataFrame:
    """A copy in which the hidden cells, and everything worked out from them, are withheld."""
    if rule.count is None or rule.count not in frame:
        return frame
    gone = gone_rows(frame, rule, body, hidden, policy)
    derived = [name for name in rule.derived if name in frame]
    out = withhold(frame, gone, [rule.count, *derived])
    family = sorted(FAMILY_COLUMNS & set(derived))
    out = _blanked(out, touched_rows(frame, rule, body, hidden), family)
    if is_rounded(frame, rule, policy):
        counts = [None if pd.isna(x) else to_base(int(x), policy.rounding) for x in out[rule.count]]
        out[rule.count] = pd.array(counts, dtype="Int64")
    return out


def gone_rows(
    frame: pd.DataFrame, rule: Rule, body: str, hidden: Collection[Cell], policy: Policy
) -> Flags:
    """Rows of a hidden cell, and rows that count too few people and are no cell."""
    cells = row_cells(frame, rule, body)
    if "category" in frame or "term" in frame:
        return np.array([cell in hidden for cell in cells], dtype=bool)
    counts = frame[str(rule.count)].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    named = frame[rule.variable].isin(PUBLIC_VARIABLES) if rule.variable in frame else False
    return np.asarray((counts < policy.threshold) & ~np.asarray(named, dtype=bool), dtype=bool)


def touched_rows(frame: pd.DataFrame, rule: Rule, body: str, hidden: Collection[Cell]) -> Flags:
    """Rows of a body and variable of which a row is hidden."""
    touched = {(cell.body, cell.variable) for cell in hidden}
    cells = row_cells(frame, rule, body)
    return np.array(
        [cell is not None and (cell.body, cell.variable) in touched for cell in cells], dtype=bool
    )


def following(frame: pd.DataFrame, rule: Rule, leader: pd.DataFrame) -> pd.DataFrame:
    """A copy without the derived columns of margins in which the leading frame hides a row."""
    hidden = _same_margin(frame, rule, leader[leader["suppressed"].to_numpy(dtype=bool)])
    return withhold(frame, hidden, [name for name in rule.derived if name in frame])


def _same_margin(frame: pd.DataFrame, rule: Rule, rows: pd.DataFrame) -> Flags:
    keys = [name for name in rule.margin if name in frame and name in rows]
    if not keys:
        return np.full(len(frame), len(rows) > 0)
    wanted = pd.MultiIndex.from_frame(rows[keys].drop_duplicates())
    return np.asarray(pd.MultiIndex.from_frame(frame[keys]).isin(wanted), dtype=bool)


def hushed(
    frames: Mapping[str, pd.DataFrame], rules: Mapping[str, Rule], body: str, few: Collection[Cell]
) -> dict[str, pd.DataFrame]:
    """Copies in which nothing but the population is told of margins of hardly anybody.

    Of one or two people even their number narrows every count to less than three values. It
    stands in every frame that shares their margin, and can be worked out from what was expected.
    """
    out = dict(frames)
    for name, frame in frames.items():
        rule = rules[name]
        cells = row_cells(frame, rule, body)
        if rule.count is None or "category" not in frame or not any(cell in few for cell in cells):
            continue
        rows = frame[[cell in few for cell in cells]]
        for other, own in rules.items():
            if other == name or own.follows == name:
                out[other] = emptied(out[other], _same_margin(frames[other], own, rows))
    return out
