"""The rules over a population's counts and shares, and over profiles beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .keys import stands_in
from .rulebook import Breach, Frames, cross_rule


def _decimals(shares: pd.Series[float]) -> int:
    """To how many decimal places these shares are given, as far as one can see."""
    return next(
        (places for places in range(2, 7) if np.allclose(shares, shares.round(places), atol=1e-9)),
        6,
    )


def _whole_variables(frames: Frames) -> pd.DataFrame:
    """The population rows of variables without a row that is wrong already."""
    rows = frames["population"].astype({"share": "float64", "count": "float64"})
    return rows[rows["sound"].groupby(rows["variable"]).transform("all").fillna(False).astype(bool)]


@cross_rule("error", population="variable category count|share")
def shares_do_not_sum_to_one(frames: Frames) -> Iterator[Breach]:
    """The shares of a characteristic add up to 1, within what rounding can explain."""
    rows = _whole_variables(frames)
    complete = rows["share"].notna().groupby(rows["variable"]).transform("all")
    counted = rows["count"].notna().groupby(rows["variable"]).transform("all")
    shares = rows[complete & ~counted]
    groups = shares.groupby("variable")["share"]
    # Each rounded share is off by at most half of its last place.
    allowed = groups.transform(lambda column: len(column) * 0.5 * 10.0 ** -_decimals(column))
    total = groups.transform("sum").round(6)
    yield Breach(
        "population",
        "share",
        shares.assign(total=total)[(total - 1).abs() > allowed + 1e-9],
        "the shares of {variable} add up to {total}",
        "shares are fractions of one whole; look for a group that is missing or stands twice",
    )


@cross_rule("error", population="variable category count|share")
def counts_and_shares_mixed(frames: Frames) -> Iterator[Breach]:
    """All groups of a characteristic have counts, or all have shares."""
    rows = _whole_variables(frames)
    has_count, has_share = rows["count"].notna(), rows["share"].notna()
    by = rows["variable"]
    usable = has_count.groupby(by).transform("all") | has_share.groupby(by).transform("all")
    neither = ~has_count & ~has_share
    yield Breach(
        "population",
        "count" if has_count.any() else "share",
        rows[neither],
        "{category} of {variable} has neither a count nor a share",
        "give one of the two",
    )
    majority = has_count.groupby(by).transform("mean") >= 0.5
    odd = np.where(majority, ~has_count, ~has_share)
    whole = ~neither.groupby(by).transform("any")
    yield Breach(
        "population",
        "count",
        rows[~usable & whole & odd],
        "some groups of {variable} have counts and others shares, also {category}",
        "give counts for all groups, or shares for all",
    )


@cross_rule("warning", population="variable category count share")
def share_disagrees_with_count(frames: Frames) -> Iterator[Breach]:
    """Where both are given, the share is the count over the total."""
    rows = _whole_variables(frames)
    counted = rows["count"].notna().groupby(rows["variable"]).transform("all")
    both = rows[counted & rows["share"].notna()]
    total = rows.groupby("variable")["count"].sum().reindex(both["variable"]).to_numpy()
    share: pd.Series[float] = both["count"] / np.where(total > 0, total, np.nan)
    # Published shares are rounded to whole percentages at worst.
    yield Breach(
        "population",
        "share",
        both[(share - both["share"]).abs() > 0.0051],
        "the share of {category} of {variable} is {share}, which its count does not give",
        "the count is used; correct the share or leave it out",
    )


@cross_rule("warning", profiles="variable category", population="variable category")
def group_not_in_population(frames: Frames) -> Iterator[Breach]:
    """Every group of a published profile has its share of the population to be compared with."""
    population = frames["population"].dropna()
    rows = frames["profiles"].dropna()
    compared = rows[stands_in(rows["variable"], population["variable"])]
    compared = compared[compared["category"].str.casefold() != "not stated"]
    known = pd.MultiIndex.from_frame(population[["variable", "category"]])
    yield Breach(
        "profiles",
        "category",
        compared[~pd.MultiIndex.from_frame(compared[["variable", "category"]]).isin(known)],
        "'{category}' is no group of {variable} in population",
        "use the same names on both sides, or roll groups up",
    )
