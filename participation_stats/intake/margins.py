"""Margins that are whole: a group that is left out takes its fellows with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .checked import CheckedTable
from .suggestions import nearest

#: Tables of margins, with the columns of which all groups are needed together.
_MARGINS = {"population": ("variable",), "profiles": ("body_id", "variable")}


def whole_margins(table: CheckedTable) -> pd.DataFrame:
    """The valid rows; of margins only those of which every group is valid."""
    rows = np.flatnonzero(table.good)
    keys = [name for name in _MARGINS.get(table.schema.name, ()) if name in table.columns]
    if not keys:
        return table.typed(rows)
    written = pd.DataFrame(
        {name: table.columns[name].texts(np.arange(len(table.raw))) for name in keys}
    )
    wrong = [
        finding.rows
        for finding in table.findings
        if finding.severity == "error"
        and finding.rows is not None
        # A second copy takes nothing away: the first is there.
        and finding.rule != "duplicate row"
    ]
    broken = written.iloc[np.concatenate([np.empty(0, dtype=np.intp), *wrong])]
    whole = ~pd.MultiIndex.from_frame(written).isin(pd.MultiIndex.from_frame(broken))
    return table.typed(rows[whole[rows]])


def of_variable(
    table: pd.DataFrame, variable: str | Sequence[str] | None, where: str
) -> pd.DataFrame:
    """Margins of one variable, of several, or of all; without an amount that nothing has.

    Raises
    ------
    InputError
        If there is no such variable.
    """
    rows = table
    if variable is not None:
        wanted = [variable] if isinstance(variable, str) else list(variable)
        known = [str(name) for name in table["variable"].unique()]
        for name in wanted:
            if name not in known:
                raise InputError(
                    f"there is no variable '{name}'",
                    where=where,
                    expected="one of " + ", ".join(known),
                    hint=f"perhaps '{close}' is meant" if (close := nearest(name, known)) else "",
                )
        rows = table[table["variable"].isin(wanted)]
    blank = [name for name in ("count", "share") if name in rows and rows[name].isna().all()]
    return rows.drop(columns=blank).reset_index(drop=True)
