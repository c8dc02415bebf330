"""Tidy tables: one row for each number, with what it is of and between which limits it lies.

The columns have the names that official statistics use for such files; every result has the same,
so that files of several results can be laid one under another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from participation_stats.measure.results import unit_of
from participation_stats.release.disclosure import Protected
from participation_stats.release.linkage import Floats
from participation_stats.release.phrases import WITHHELD
from participation_stats.release.tables import NOT_APPLICABLE, released_frame, withheld_rows

#: The columns that every tidy table has, in this order.
TIDY = (
    "measure",
    "variable",
    "category",
    "value",
    "numerator",
    "denominator",
    "lower",
    "upper",
    "marker",
)
#: Columns that are numbers and yet say which row it is.
KEYS = ("duration", "since_event", "meeting", "level")
#: Pairs of limits, and the measures whose limits they may be, most telling first.
LIMITS = {
    ("conf_low", "conf_high"): ("ratio", "estimate", "share"),
    ("limit_low", "limit_high"): ("ratio",),
}
#: Numerators and denominators of shares; a denominator that no column has follows from both.
PARTS = {
    "share": ("count", "n"),
    "population_share": ("population_count", "population_total"),
}
_NUMBERS = ("count", "fraction", "ratio", "probability", "number")


def tidy_table(protected: Protected, frame: str = "table") -> pd.DataFrame:
    """One row for each number of a released table.

    Parameters
    ----------
    protected : Protected
        What `protect` gave.
    frame : str
        Which of its frames; ``"table"`` is the main one.

    Returns
    -------
    DataFrame
        ``measure`` (the name of the column that the number had), ``variable``, ``category``,
        ``value`` (unrounded; fractions, never percentages), ``numerator`` and ``denominator`` (of
        a share), ``lower`` and ``upper`` (its interval, or its control limits), ``marker``
        (``[c]`` withheld, ``[z]`` does not apply, else empty), and whatever else tells the rows
        apart (body, period, rung, verdict …).

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or has no such frame.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 4}
    >>> city = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}
    >>> found = ps.representativeness_ratios(boards, city, by="tenure")
    >>> tidy = tidy_table(ps.protect(found, ps.Policy.publish()))
    >>> shares = tidy[tidy["measure"] == "share"]
    >>> columns = ["category", "value", "numerator", "denominator", "marker"]
    >>> print(shares[columns].to_string(index=False, float_format="{:.2f}".format))
          category  value  numerator  denominator marker
    Housed by work   <NA>       <NA>         <NA>    [c]
            Owners   0.81     350.00       432.00
           Renters   0.15      66.00       432.00
             Other   <NA>       <NA>         <NA>    [c]
    """
    return tidied(released_frame(protected, frame, "tidy_table"))


def tidied(released: pd.DataFrame) -> pd.DataFrame:
    """One row for each number of one frame of a `Protected`."""
    names = [str(name) for name in released.columns if name != "suppressed"]
    limits = _limits_of(names)
    ends = {end for pair in limits.values() for end in pair}
    told = [
        name
        for name in names
        if unit_of(name) in _NUMBERS and name not in KEYS and name not in ends
    ]
    keys = [name for name in names if name not in told and name not in ends]
    if not told:
        return pd.DataFrame(columns=[*TIDY])
    # Numbers of one row stand together, as the table has them.
    row = np.arange(len(released)).repeat(len(told))
    tidy: dict[str, Any] = {
        "measure": _measures(released, told),
        "variable": _text(released, "variable").array[row],
        "category": _text(released, "category").array[row],
    }
    for name, parts in _parts(released, told, limits).items():
        tidy[name] = pd.array(np.stack(parts, axis=1).ravel(), dtype="Float64")
    hidden = np.stack([withheld_rows(released, name) for name in told], axis=1).ravel()
    absent = np.where(hidden, WITHHELD, NOT_APPLICABLE)
    tidy["marker"] = np.where(pd.isna(tidy["value"]), absent, "")
    others = {
        key: released[key].to_numpy()[row]
        for key in keys
        if key not in ("variable", "category", "measure")
    }
    return pd.DataFrame({**{name: tidy[name] for name in TIDY}, **others})


def _limits_of(names: list[str]) -> dict[str, tuple[str, str]]:
    """For each measure that has limits the columns in which they are."""
    found: dict[str, tuple[str, str]] = {}
    for (low, high), measures in LIMITS.items():
        owner = next((name for name in measures if name in names and name not in found), None)
        if owner is not None and {low, high} <= set(names):
            found[owner] = (low, high)
    return found


def _parts(
    released: pd.DataFrame, told: list[str], limits: dict[str, tuple[str, str]]
) -> dict[str, list[Floats]]:
    """For each column of numbers of the tidy table, that of each measure."""
    parts: dict[str, list[Floats]] = {}
    for name in told:
        value = _numbers(released, name)
        numerator, denominator = _whole(released, name, value)
        lower, upper = (_numbers(released, end) for end in limits.get(name, ("", "")))
        found = {
            "value": value,
            "numerator": numerator,
            "denominator": denominator,
            "lower": lower,
            "upper": upper,
        }
        for column, part in found.items():
            parts.setdefault(column, []).append(part)
    return parts


def _measures(released: pd.DataFrame, told: list[str]) -> list[str]:
    """The columns' names; where the table has measures of its own, theirs before them."""
    if "measure" not in released:
        return told * len(released)
    return [f"{own} {name}" for own in released["measure"].astype("str") for name in told]


def _whole(released: pd.DataFrame, name: str, value: Floats) -> tuple[Floats, Floats]:
    """Numerator and denominator of a share, as far as both are released."""
    numerator, denominator = (_numbers(released, part) for part in PARTS.get(name, ("", "")))
    follows = np.round(numerator / np.where(value > 0, value, np.nan))
    denominator = np.where(np.isnan(denominator), follows, denominator)
    known = ~np.isnan(value)
    return np.where(known, numerator, np.nan), np.where(known, denominator, np.nan)


def _numbers(released: pd.DataFrame, name: str) -> Floats:
    """A column, NaN where a number is missing; of a column that there is not, all are."""
    if name not in released:
        return np.full(len(released), np.nan)
    return released[name].to_numpy(dtype=float, na_value=np.nan)


def _text(released: pd.DataFrame, name: str) -> pd.Series:
    if name not in released:
        return pd.Series([pd.NA] * len(released), dtype="str")
    return released[name].reset_index(drop=True).astype("str")
