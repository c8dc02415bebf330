"""Does a published table hold together? Percentages that n people can give, sums, groups."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from participation_stats.errors import DataWarning

from ..margins import row_name
from ..tallies import NOT_STATED

_PROFILE = ["body", "variable"]


def warn_implausible(body: pd.DataFrame, population: pd.DataFrame, *, where: str) -> None:
    """Warn, naming the row, of what cannot be right in the margins that describe a body.

    Only a table that gives shares is taken for a published one: a tally cannot be wrong in
    these ways. Takes frames of `clean_margins`.

    - A share that no whole number of the n people can give, at the decimals printed (the GRIM
      test: Brown & Heathers 2017, Social Psychological and Personality Science 8).
    - A group of the population that the table does not list; it is counted as nobody.
    """
    published = body[body["share"].notna()]
    if published.empty:
        return
    for message in [*_grim(published, body), *_unlisted(published, population)]:
        warnings.warn(f"{where}: body, {message}", DataWarning, stacklevel=3)


def decimals_of(share: float) -> int:
    """Decimals to which a share was printed; at least 2, since 40% may stand as 0.4.

    Examples
    --------
    >>> decimals_of(0.154), decimals_of(0.4)
    (3, 2)
    """
    text = np.format_float_positional(round(share, 12), trim="-")
    return max(2, len(text.partition(".")[2]))


def _grim(published: pd.DataFrame, body: pd.DataFrame) -> list[str]:
    sums = body["count"].groupby([body[name] for name in _PROFILE]).transform("sum")
    sizes = body["n"].fillna(sums.where(body["count"].notna()))
    found = []
    for (index, row), n in zip(published.iterrows(), sizes[body["share"].notna()], strict=True):
        if not n > 0:
            continue
        step = 0.5 * 10.0 ** -decimals_of(row["share"]) + 1e-9
        nearest = round(row["share"] * n) if np.isnan(row["count"]) else row["count"]
        if abs(nearest / n - row["share"]) > step:
            name = row_name(index, row["variable"], row["category"], row["body"])
            found.append(
                f"{name}: a share of {row['share']:g} is not possible; {nearest:.0f} of {n:.0f} "
                f"is {nearest / n:.4f}"
            )
    return found


def _unlisted(published: pd.DataFrame, population: pd.DataFrame) -> list[str]:
    stated = population[population["category"] != NOT_STATED]
    found = []
    for (body, variable), rows in published.groupby(_PROFILE, sort=False):
        theirs = stated[stated["variable"] == variable]
        for index, group in theirs.loc[~theirs["category"].isin(rows["category"])].iterrows():
            of = f"{body}, " if body else ""
            found.append(
                f"{of}{variable}: no row for '{group['category']}' (row {index} of the "
                "population); counted as nobody"
            )
    return found
