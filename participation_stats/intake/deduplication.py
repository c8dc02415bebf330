"""deduplicate: one row of each household or person, and a log of every row left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError, OutputError

from .frames import require_frame
from .renderings import neutralised


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Deduplicated(Card):
    """A frame with one row for each key, and what was left out.

    Attributes
    ----------
    table : DataFrame
        The rows kept, in their order.
    log : DataFrame
        One row for each left out: ``left_out`` and ``kept_instead`` (positions counted from 1)
        and the columns of the key.
    """

    table: pd.DataFrame
    log: pd.DataFrame

    def write_log(self, path: str | Path) -> Path:
        """Write the log as CSV, with formulas defused.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        safe = self.log.copy()
        for name in safe.select_dtypes(["str", "object"]).columns:
            safe[name] = neutralised(safe[name])
        try:
            safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        except OSError as error:
            raise OutputError("the log cannot be written", where=str(path)) from error
        return Path(path)


def deduplicate(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str],
    keep: Literal["first", "last"] = "last",
    order: str | None = None,
) -> Deduplicated:
    """Keep one row of each household, person or whatever names what should stand once.

    Nothing is guessed: it is done only when asked for, and every row left out is in the log. A
    row whose key is missing is kept, for nobody knows what it repeats.

    Parameters
    ----------
    table : DataFrame
    by : str or sequence of str
        The columns of the key, such as ``["wave", "household_id"]``.
    keep : {"first", "last"}
        Which row stays.
    order : str, optional
        A column, such as ``"survey_date"``, that says which is first; a row in which it is
        missing counts as the first. Default: the order of the rows.

    Raises
    ------
    InputError
        If a column is not there, or `keep` is another word.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"household_id": ["h1", "h2", "h1"], "age": [34, 50, 36]})
    >>> once = deduplicate(answers, by="household_id")
    >>> print(once.table)
      household_id  age
    1           h2   50
    2           h1   36
    >>> print(once.log)
       left_out  kept_instead household_id
    0         1             3           h1
    """
    table = require_frame(table, "deduplicate")
    names = [by] if isinstance(by, str) else list(by)
    for name in [*names, *([order] if order else [])]:
        if name not in table:
            raise InputError(
                f"there is no column '{name}'",
                where="deduplicate",
                got=", ".join(map(str, table.columns)),
            )
    if keep not in ("first", "last"):
        raise InputError(
            "this is no way to keep a row",
            where="deduplicate",
            expected="first or last",
            got=repr(keep),
        )
    places = pd.DataFrame({name: table[name].array for name in names})
    if order:
        rank = pd.Series(table[order].array)
        places = places.loc[rank.sort_values(kind="stable", na_position="first").index]
    named = places.dropna()
    extra = named.index[named.duplicated(keep=keep)]
    chosen = named.drop(index=extra).reset_index(names="at")
    log = named.loc[extra].reset_index(names="at").merge(chosen, on=names, suffixes=("", "_kept"))
    log = log.sort_values("at", ignore_index=True)
    return Deduplicated(
        table=table[~np.isin(np.arange(len(table)), extra)],
        log=pd.DataFrame(
            {
                "left_out": log["at"] + 1,
                "kept_instead": log["at_kept"] + 1,
                **{name: log[name] for name in names},
            }
        ),
    )
