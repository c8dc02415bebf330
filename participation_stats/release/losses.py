"""Losses: at which step a group is lost, as far as a released ladder tells it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pandas as pd

from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import (
    Terms,
    capital,
    joined,
    number,
    percent,
    plain_name,
    whose,
)
from participation_stats.release.seats import is_known, withheld
from participation_stats.release.wording import RARELY, SIGNIFICANT

#: What is known of chance.
BEYOND, WITHIN, UNTOLD = "beyond chance", "within chance", "not told"


@dataclasses.dataclass(frozen=True)
class Loss:
    """A step at which a group is lost.

    Attributes
    ----------
    place : int
        Number of the rung at its end.
    outer, inner : str
        The rungs.
    before, after : float
        Shares on them.
    count, n : float or None
        People of the group, and all, on the inner rung.
    chance : str
        Whether chance alone could explain it.
    """

    place: int
    outer: str
    inner: str
    before: float
    after: float
    count: float | None
    n: float | None
    chance: str

    def shares(self) -> str:
        """``"from 27% to 20%"``."""
        before, after = percent(self.before), percent(self.after)
        if before == after:
            before, after = f"{100 * self.before:.2f}%", f"{100 * self.after:.2f}%"
        return f"from {before} to {after}"

    def people(self) -> str:
        """``" (154 of 778)"`` on the inner rung, where that is known."""
        if self.count is None or self.n is None:
            return ""
        return f" ({number(self.count)} of {number(self.n)})"


def losses_of(
    rows: pd.DataFrame, told: pd.Series | None, sizes: Mapping[str, float | None], groups: int
) -> tuple[Loss, ...]:
    """The step with the smallest step ratio of those shown, then others that chance cannot explain.

    Parameters
    ----------
    rows : DataFrame
        The group's rows of a released ladder, outermost first.
    told : Series, optional
        Its row of the released losses; withheld where any step is.
    sizes : mapping
        All people on each rung.
    groups : int
        Groups of the variable: the family in which a step's p-values are adjusted.
    """
    ratios = rows["step_ratio"].astype(float).to_numpy()
    falling = [at for at in range(1, len(rows)) if ratios[at] < 1 - 1e-12]
    if not falling:
        return ()
    most = min(falling, key=lambda at: ratios[at])
    adjusted = None if told is None else told["p_adjusted"]
    found = [_loss(rows, most, sizes, _chance(adjusted, rows["p_value"].iloc[most], groups))]
    for at in falling:
        chance = _chance(None, rows["p_value"].iloc[at], groups)
        if at != most and chance == BEYOND:
            found.append(_loss(rows, at, sizes, chance))
    return tuple(found)


def _loss(rows: pd.DataFrame, at: int, sizes: Mapping[str, float | None], chance: str) -> Loss:
    line = rows.iloc[at]
    inner = str(line["rung"])
    return Loss(
        place=at,
        outer=str(rows["rung"].iloc[at - 1]),
        inner=inner,
        before=float(rows["share"].iloc[at - 1]),
        after=float(line["share"]),
        count=float(line["count"]) if is_known(line["count"]) else None,
        n=sizes.get(inner),
        chance=chance,
    )


def _chance(adjusted: object, p_value: object, groups: int) -> str:
    """What the adjusted p says; where it is withheld, what the step's own p makes certain.

    Holm's adjusted p of m comparisons lies between p and m·p.
    """
    if is_known(adjusted):
        return BEYOND if float(adjusted) < SIGNIFICANT else WITHIN  # type: ignore[arg-type]
    if not is_known(p_value):
        return UNTOLD
    p = float(p_value)  # type: ignore[arg-type]
    return WITHIN if p >= SIGNIFICANT else BEYOND if groups * p < SIGNIFICANT else UNTOLD


def rung_sizes(protected: Protected, variable: str) -> dict[str, float | None]:
    """People with a stated category on each rung, where that is known."""
    frame = protected.frames.get("rungs")
    if frame is None:
        return {}
    rows = frame[frame["variable"] == variable]
    return {
        str(row["rung"]): float(row["n"]) if is_known(row["n"]) else None
        for _, row in rows.iterrows()
    }


def loss_note(losses: Sequence[Loss], rows: pd.DataFrame) -> str:
    """What stands beside the name of a group: where it loses most, and where beyond chance."""
    hidden = any(withheld(row) for _, row in rows.iterrows())
    if not losses:
        if rows["step_ratio"].isna().all():
            return "every step is withheld" if hidden else "no step can be compared"
        return "no step shown loses any" if hidden else "no step loses any"
    ends = {BEYOND: "; more than chance", WITHIN: "; chance could explain it", UNTOLD: ""}
    most, *others = losses
    lead = "of the steps shown, loses most" if hidden else "loses most"
    told = f"{lead} at “{most.inner}”, {most.shares()}{ends[most.chance]}"
    more = [f"at “{loss.inner}”, {loss.shares()}" for loss in others]
    return f"{told}. Also more than chance: {joined(more)}" if more else told


def ladder_headline(
    variable: str, found: Mapping[str, Sequence[Loss]], terms: Terms, *, whole: bool
) -> str:
    """The largest loss that chance does not explain, or else the largest.

    Parameters
    ----------
    variable : str
        The characteristic.
    found : mapping of category to sequence of Loss
        For each group.
    terms : Terms
        What people are called.
    whole : bool
        Whether nothing is withheld.
    """
    known = [
        (group, loss) for group, losses in found.items() for loss in losses if group != "Not stated"
    ]
    if not known:
        shown = "" if whole else " that can be shown"
        return f"By {plain_name(variable)}, no step{shown} loses any group"
    clear = [(group, loss) for group, loss in known if loss.chance == BEYOND]
    group, loss = max(clear or known, key=lambda one: one[1].before - one[1].after)
    who = capital(whose(variable, group, terms))
    step = f"between “{loss.outer}” and “{loss.inner}”"
    ends = {BEYOND: f", {RARELY}", WITHIN: ", but chance alone could explain that", UNTOLD: ""}
    fall = f"{loss.shares()}{loss.people()}{ends[loss.chance]}"
    return f"{who} are lost {step}: their share falls {fall}"
