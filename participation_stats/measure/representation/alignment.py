"""A body's margins beside the population's: the same groups on both sides, or a named error."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from participation_stats.errors import DataWarning, InputError

from ..inference.fair_draw import Flags, Floats, Ints
from ..margins import category_order, row_name
from ..tallies import NOT_STATED

_PROFILE = ["body", "variable"]


@dataclass(frozen=True)
class Alignment:
    """Body and population, group by group.

    Attributes
    ----------
    cells : DataFrame
        One row per body, variable and group: ``body, variable, category, count, weighted``,
        ``population_count`` (NaN where only shares are known), ``population_share``,
        ``std_error`` of that share and ``benchmark_n`` (NaN where it is not an estimate),
        ``profile`` (the row of `profiles` that it belongs to), ``row`` (in the body's table),
        ``residual`` (everybody outside the groups that the population lists).
    profiles : DataFrame
        One row per body and variable: ``body, variable, n`` (stated), ``not_stated``,
        ``everybody`` (both), ``weight`` (sum of weights of those in `n`),
        ``N`` (inf where only shares are known).
    """

    cells: pd.DataFrame
    profiles: pd.DataFrame


def align(
    body: pd.DataFrame, population: pd.DataFrame, *, where: str, include: bool = False
) -> Alignment:
    """Align two frames of `clean_margins`.

    A group of the population that the body does not list counts 0 there. A group of the body
    that the population does not list is an error. "Not stated" is set aside on either side,
    unless `include`, when it stays in both denominators.
    """
    benchmark = _benchmark(population, where, include)
    body = _with_counts(body, where)
    _check_variables(body, benchmark, where)
    by_body = bool((benchmark["body"] != "").any())
    keys = _PROFILE if by_body else ["variable"]
    missing = body["category"] == NOT_STATED
    stated = body if include else body[~missing]
    pairs = body[_PROFILE].drop_duplicates(ignore_index=True)
    pairs["profile"] = np.arange(len(pairs))
    groups = benchmark if by_body else benchmark.drop(columns="body")
    cells = pairs.merge(groups, on=keys, how="left", sort=False)
    found = stated[[*_PROFILE, "category", "count", "weighted"]].assign(
        row=stated.index, place=np.arange(len(stated))
    )
    cells = cells.merge(found, on=[*_PROFILE, "category"], how="left", sort=False)
    met = np.isin(found["place"], cells.pop("place"))
    _check_groups(stated, met, benchmark, where, include)
    cells["count"] = cells["count"].fillna(0.0)
    cells["weighted"] = cells["weighted"].fillna(0.0 if body["weighted"].notna().any() else np.nan)
    cells["residual"] = False
    profiles = _profiles(pairs, cells, body, where, include)
    cells = cells.drop(columns="N")
    if not include:
        cells, profiles = _completed(cells, profiles, where)
    return Alignment(ordered(cells), profiles)


def _with_counts(body: pd.DataFrame, where: str) -> pd.DataFrame:
    """Counts from shares of n where a published table gives only those; whole people only."""
    counts = body["count"].where(body["count"].notna(), (body["share"] * body["n"]).round())
    empty = np.flatnonzero(counts.isna())
    if len(empty):
        row = body.iloc[int(empty[0])]
        name = row_name(body.index[int(empty[0])], row["variable"], row["category"], row["body"])
        raise InputError(
            f"body, {name}: no count",
            where=where,
            expected="count, or share and n",
            hint="add n, the number of people that the share is of",
        )
    broken = np.flatnonzero(np.abs(counts - counts.round()) > 1e-9)
    if len(broken):
        row = body.iloc[int(broken[0])]
        name = row_name(body.index[int(broken[0])], row["variable"], row["category"], row["body"])
        raise InputError(
            f"body, {name}: the count is not a whole number",
            where=where,
            expected="people",
            got=f"{row['count']:g}",
            hint="give people in count and their weights in weighted",
        )
    return body.assign(count=counts.round())


def _benchmark(population: pd.DataFrame, where: str, include: bool) -> pd.DataFrame:
    """Shares and, where they are known for every group, counts of the population."""
    stated = population if include else population[population["category"] != NOT_STATED]
    if stated.empty:
        raise InputError(
            "population states no category",
            where=where,
            expected="at least one group that is stated",
            hint="every row of the population is Not stated",
        )
    at = _numbered(stated)
    sizes = np.bincount(at)

    def all_of(flags: pd.Series) -> Flags:
        """For each row whether all rows of its variable have a flag."""
        return np.asarray((np.bincount(at, flags) == sizes)[at])

    count = stated["count"]
    counted, shared = all_of(count.notna()), all_of(stated["share"].notna())
    wrong = np.flatnonzero(~counted & ~shared)
    if len(wrong):
        first = int(wrong[0])
        row = stated.iloc[first]
        raise InputError(
            f"population, {row_name(stated.index[first], row['variable'], row['category'])}: "
            "neither every count nor every share of the variable is given",
            where=where,
            expected="count in every row of a variable, or share in every row",
            hint="leave out groups whose figures were withheld, or pool them with another",
        )
    total = np.bincount(at, count.fillna(0.0))[at]
    empty = np.flatnonzero(counted & (total == 0))
    if len(empty):
        raise InputError(
            f"population has nobody in any group of '{stated['variable'].iloc[int(empty[0])]}'",
            where=where,
            expected="a population",
            hint="check the counts of the population table",
        )
    named = _named_share(population, include)
    with np.errstate(divide="ignore", invalid="ignore"):  # of variables that have shares only
        share = np.where(counted, count / total, stated["share"] / named)
        error = stated["std_error"].to_numpy() / np.where(counted, total, named)
    exact = (count == count.round()) & stated["std_error"].isna() & stated["n"].isna()
    return pd.DataFrame(
        {
            "body": stated["body"].array,
            "variable": stated["variable"].array,
            "category": stated["category"].array,
            "population_count": np.where(counted, count, np.nan),
            "population_share": share,
            # A standard error of a count becomes one of its share.
            "std_error": error,
            "benchmark_n": stated["n"].to_numpy(),
            "N": np.where(counted & all_of(exact), total, np.inf),
        }
    )


def _numbered(rows: pd.DataFrame) -> Ints:
    """Which body and variable each row is of, numbered as they are met."""
    return np.asarray(rows.groupby(_PROFILE, sort=False).ngroup(), dtype=np.int64)


def _named_share(population: pd.DataFrame, include: bool) -> Floats:
    """What the shares of a variable are of, once "Not stated" is set aside: 1 less its share.

    For each row that stays.
    """
    missing = (population["category"] == NOT_STATED).to_numpy()
    if include or not missing.any():
        return np.ones(len(population))
    at = _numbered(population)
    aside = np.bincount(at[missing], population["share"][missing].fillna(0.0), at.max() + 1)
    return np.asarray(1.0 - aside[at[~missing]], dtype=float)


def _check_variables(body: pd.DataFrame, benchmark: pd.DataFrame, where: str) -> None:
    ours, theirs = dict.fromkeys(body["variable"]), dict.fromkeys(benchmark["variable"])
    for name in ours:
        if name not in theirs:
            raise InputError(
                f"population has no variable '{name}'",
                where=where,
                expected="the body's variables in the population",
                got=", ".join(repr(other) for other in theirs),
                hint="add it to the population table, or choose the variables by by=",
            )


def _check_groups(
    stated: pd.DataFrame,
    met: Flags,
    benchmark: pd.DataFrame,
    where: str,
    include: bool,
) -> None:
    unknown = stated[~met & ~(include & (stated["category"] == NOT_STATED))]
    for index, row in unknown.iterrows():
        if row["count"] == 0:
            warnings.warn(
                f"{where}: body, {row_name(index, row['variable'], row['category'], row['body'])}:"
                " nobody there and no such group in the population; the row is left out",
                DataWarning,
                stacklevel=4,
            )
            continue
        mine = stated[(stated["variable"] == row["variable"]) & (stated["body"] == row["body"])]
        theirs = benchmark.loc[benchmark["variable"] == row["variable"], "category"].nunique()
        people = "1 person" if row["count"] == 1 else f"{row['count']:.0f} people"
        raise InputError(
            f"population has no category '{row['category']}' of '{row['variable']}' "
            f"(body has {people} there)",
            where=where,
            expected="the same categories on both sides",
            got=f"{len(mine)} in body, {theirs} in population",
            hint='roll up with ps.recode(..., to="broad"), or add the category to the '
            "population table",
        )


def _profiles(
    pairs: pd.DataFrame, cells: pd.DataFrame, body: pd.DataFrame, where: str, include: bool
) -> pd.DataFrame:
    at, groups = _numbered(body), len(pairs)
    missing = (body["category"] == NOT_STATED).to_numpy()
    weighed = body["weighted"].notna().to_numpy() & (~missing | include)
    listed = np.bincount(at, np.where(missing, 0.0, body["count"]), groups)
    not_stated = np.bincount(at, np.where(missing, body["count"], 0.0), groups)
    most = np.full(groups, np.nan)
    np.fmax.at(most, at, body["n"].to_numpy())
    n = np.where(np.isnan(most), listed, most - not_stated) + (not_stated if include else 0.0)
    weight = np.bincount(at, np.where(weighed, body["weighted"], 0.0), groups)
    short = np.flatnonzero(n < listed - 1e-9)
    if len(short):
        first = int(short[0])
        raise InputError(
            f"body: the groups of '{pairs['variable'].iloc[first]}' hold more people than n",
            where=where,
            expected=f"at most n = {n[first]:.0f}",
            got=f"{listed[first]:.0f}",
            hint="groups of one variable must not overlap; give overlapping ones as variables",
        )
    return pairs.assign(
        not_stated=not_stated,
        n=n,
        everybody=n + (0.0 if include else not_stated),
        weight=np.where(np.bincount(at[weighed], minlength=groups) > 0, weight, np.nan),
        N=cells.groupby("profile")["N"].first().to_numpy(),
    )


def _completed(
    cells: pd.DataFrame, profiles: pd.DataFrame, where: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Account for everybody: people that no row lists, and shares that do not add up to 1."""
    at = cells["profile"].to_numpy()
    rest = 1.0 - np.bincount(at, weights=cells["population_share"])
    unlisted = profiles["n"].to_numpy(dtype=float) - np.bincount(at, weights=cells["count"])
    # Published percentages are rounded: half a point in each row, two points in all.
    rounding = np.minimum(0.02, 0.005 * np.bincount(at)) + 1e-9
    whole = np.abs(rest) <= rounding
    missing = np.where(whole, unlisted, 0.0)
    profiles = profiles.assign(
        n=profiles["n"] - missing, not_stated=profiles["not_stated"] + missing
    )
    for flags, what in (
        (missing > 0, "its groups hold fewer people than n; the others count as not stated"),
        (rest < -rounding, "the population's shares add up to more than 1"),
        ((rest > rounding) & (unlisted == 0), "the population's shares add up to less than 1"),
    ):
        for variable in dict.fromkeys(profiles.loc[flags, "variable"]):
            warnings.warn(f"{where}: '{variable}': {what}", DataWarning, stacklevel=4)
    extra = profiles.loc[rest > rounding, _PROFILE].assign(
        profile=np.flatnonzero(rest > rounding),
        category="(everybody else)",
        count=unlisted[rest > rounding],
        population_share=rest[rest > rounding],
        residual=True,
    )
    return (pd.concat([cells, extra]) if len(extra) else cells), profiles


def ordered(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with the groups of each variable in their customary order."""
    rank = {
        (variable, name): place
        for variable, names in cells.groupby("variable", sort=False)["category"]
        for place, name in enumerate(category_order(list(dict.fromkeys(names))))
    }
    place = [rank[key] for key in zip(cells["variable"], cells["category"], strict=True)]
    order = np.lexsort((np.array(place), cells["profile"].to_numpy(dtype=np.int64)))
    return cells.iloc[order].reset_index(drop=True)
