"""What the weights must add up to: margins read into shares, one target per variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.margins import clean_margins, joint_name
from participation_stats.measure.tallies import NOT_STATED, level_name

from .merging import Merging

Floats = npt.NDArray[np.float64]

#: Published tables are rounded and perturbed: shares need not add up to 1, nor two tables of one
#: population to the same total, to the last digit. Further apart than this is an error.
ROUNDING = 0.01


@dataclass(frozen=True, eq=False)
class Target:
    """One margin.

    Attributes
    ----------
    variable : str
        As the margins name it; ``"ethnicity × gender"`` for an intersection.
    categories : tuple of str
        Those with more than nobody in them, after merging.
    shares : array of shape (categories,)
        Add up to 1.
    total : float or None
        The population, where the margin has counts.
    """

    variable: str
    categories: tuple[str, ...]
    shares: Floats
    total: float | None


def read_targets(margins: Any, merging: Merging, where: str) -> tuple[Target, ...]:
    """Margins of any form into targets, in their order.

    Raises
    ------
    InputError
        If they are no margins, of several bodies, lack a number, or do not add up.
    """
    typed = clean_margins(_framed(margins), where=where, side="margins")
    bodies = list(dict.fromkeys(typed["body"]))
    if len(bodies) > 1:
        raise InputError(
            f"margins are of {len(bodies)} bodies",
            where=where,
            expected="one population",
            got=", ".join(repr(body) for body in bodies[:5]),
            hint="keep the rows of one of them",
        )
    targets = tuple(
        _target(str(name), block, merging, where)
        for name, block in typed.groupby("variable", sort=False)
    )
    _check_totals(targets, where)
    return targets


def total_of(targets: tuple[Target, ...]) -> float | None:
    """The population: the total of the first margin with counts, None where all are shares."""
    return next((target.total for target in targets if target.total is not None), None)


def joined(name: object) -> str:
    """A variable or category as margins name it; a tuple is an intersection."""
    parts = tuple(map(level_name, name)) if isinstance(name, tuple) else (level_name(name),)
    return joint_name(parts)


def _framed(margins: Any) -> Any:
    """A mapping from variable to {category: number} is margins too."""
    if not isinstance(margins, Mapping) or not margins:
        return margins
    if not all(isinstance(block, Mapping | pd.Series) for block in margins.values()):
        return margins
    blocks = []
    for variable, block in margins.items():
        values = pd.to_numeric(pd.Series(list(dict(block).values())), errors="coerce")
        # Fractions of which none is above 1 are shares, also where they add up to more.
        parts = bool((values <= 1).all() and (values % 1 > 0).any())
        kind = "share" if parts or values.sum() <= 1 + ROUNDING else "count"
        category = [joined(key) for key in dict(block)]
        blocks.append(
            pd.DataFrame(
                {
                    "variable": joined(variable),
                    "category": category,
                    kind: list(dict(block).values()),
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)


def _target(variable: str, block: pd.DataFrame, merging: Merging, where: str) -> Target:
    kind = next(
        (name for name in ("weighted", "count", "share") if block[name].notna().all()), None
    )
    if kind is None:
        gap = block.loc[block["count"].isna() & block["share"].isna(), "category"]
        named = repr(gap.iloc[0]) if len(gap) else "counts and shares mixed"
        raise InputError(
            f"margins of '{variable}' lack a number",
            where=where,
            expected="a count for every category, or a share for every one",
            got=f"none for {named}" if len(gap) else named,
            hint="merge the categories that were withheld with collapse=",
        )
    _refuse_not_stated(variable, block, where)
    merged = [merging.label(variable, category) for category in block["category"]]
    sizes = pd.Series(block[kind].to_numpy()).groupby(merged, sort=False).sum()
    whole = float(sizes.sum())
    if whole <= 0 or (kind == "share" and abs(whole - 1) > ROUNDING):
        raise InputError(
            f"margins of '{variable}' add up to {whole:.4g}",
            where=where,
            expected="shares that add up to 1" if kind == "share" else "somebody in them",
            got=f"{whole:.4g}",
            hint="add the categories that are not there, or divide by their sum if they are "
            "the shares of those who stated one"
            if kind == "share"
            else "check the column that was read as the count",
        )
    sizes = sizes[sizes > 0]
    return Target(
        variable,
        tuple(str(name) for name in sizes.index),
        sizes.to_numpy(dtype=float) / whole,
        None if kind == "share" else whole,
    )


def _refuse_not_stated(variable: str, block: pd.DataFrame, where: str) -> None:
    if (block["category"] == NOT_STATED).any():
        raise InputError(
            f"margins of '{variable}' have a row '{NOT_STATED}'",
            where=where,
            expected="the population by what people are",
            got=f"a group '{NOT_STATED}', which is not the same people in a survey",
            hint="leave the row out; shares are then to be divided by what remains",
        )


def _check_totals(targets: tuple[Target, ...], where: str) -> None:
    counted = [target for target in targets if target.total is not None]
    for target in counted[1:]:
        first, total = counted[0].total or 0.0, target.total or 0.0
        if abs(total - first) > ROUNDING * first:
            raise InputError(
                f"margins are of populations of different size: {counted[0].variable} and "
                f"{target.variable}",
                where=where,
                expected="the same total, but for rounding",
                got=f"{first:,.10g} and {total:,.10g}",
                hint="take both from the same population and date, or give shares",
            )
