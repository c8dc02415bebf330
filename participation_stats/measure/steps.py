"""The steps of a ladder: shares at each rung, ratios between rungs, and an exact test of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .inference.adjustment import holm
from .inference.exchange import exchange_p_value
from .inference.fair_draw import Draw, Floats, Ints, distribution_of, doubled, tails
from .margins import category_order
from .rungs import WHERE, Rung
from .tallies import BETWEEN, NOT_STATED

#: What a step is tested as.
NESTED, SHARES, TWO, EXCHANGE = "fair draw", "fair draw by shares", "two samples", "exchange"

_GROUP = ["variable", "category"]
#: Published shares are rounded; more than this is a group left out.
_ROUNDING = 0.02


def rung_sizes(rungs: Sequence[Rung]) -> pd.DataFrame:
    """``variable, rung, n, not_stated``: people with a stated category on each rung."""
    parts = [rung.margins.assign(rung=rung.name, place=at) for at, rung in enumerate(rungs)]
    rows = pd.concat(parts, ignore_index=True)
    missing = rows["category"] == NOT_STATED
    # In shares alone there is no number of people; a rung with nobody stated has 0.
    rows = rows.assign(n=rows["count"].mask(missing, 0), not_stated=rows["count"].where(missing, 0))
    sums = rows.groupby(["variable", "place", "rung"], sort=False)[["n", "not_stated"]]
    sizes = sums.sum(skipna=False).reset_index()
    order = {name: at for at, name in enumerate(dict.fromkeys(rungs[0].margins["variable"]))}
    sizes = sizes[sizes["variable"].isin(order)]
    sizes = sizes.sort_values(["variable", "place"], key=lambda k: k.map(order).fillna(k))
    sizes = sizes.astype({"n": "Int64", "not_stated": "Int64"})
    return sizes.drop(columns="place").reset_index(drop=True)


def stepped(rungs: Sequence[Rung], nested: Sequence[str]) -> pd.DataFrame:
    """One row for each group and rung, with the rung outside beside it and the test between.

    Returns
    -------
    DataFrame
        ``variable, category, rung, count, n, share, outer, outer_count, outer_n, outer_share,
        first_share, step_ratio, ratio, test, p_value``; in the order of the outermost
        variables, groups in theirs, rungs outermost first. Without counts ``count`` is NaN.
    """
    cells = _ordered(_completed(rungs), rungs)
    groups = cells.groupby(_GROUP, sort=False)
    for name in ("count", "n", "share"):
        cells[f"outer_{name}"] = groups[name].shift()
    cells["outer"] = groups["rung"].shift().astype("str")
    cells["first_share"] = groups["share"].transform("first")
    _check_present(cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        cells["ratio"] = cells["share"] / cells["first_share"]
        step = cells["share"] / cells["outer_share"]
    cells["step_ratio"] = step.where(cells["outer_share"] > 0)
    return _tested(cells, {rung.name: rung for rung in rungs}, nested)


def adjusted_in_step(cells: pd.DataFrame) -> Floats:
    """Holm's p within the groups of each variable and step; two groups are one test."""
    families = cells.groupby(["variable", "rung"], sort=False).ngroup()
    family: Ints = np.asarray(families, dtype=np.int64)
    p_value = cells["p_value"].to_numpy(dtype=float)
    tests = np.bincount(family, weights=~np.isnan(p_value)).astype(np.int64)
    return holm(p_value, family, np.where(tests == 2, 1, tests).astype(np.int64)[family])


def _completed(rungs: Sequence[Rung]) -> pd.DataFrame:
    """Counts and shares of every outermost group on each rung that knows the variable."""
    first = rungs[0].margins
    keys = first.loc[first["category"] != NOT_STATED, _GROUP]
    parts = []
    for at, rung in enumerate(rungs):
        stated = rung.margins[rung.margins["category"] != NOT_STATED]
        _check_counts(stated, rung.name, shares=at == 0)
        _check_groups(stated, keys, rungs[0].name, rung.name)
        part = keys[keys["variable"].isin(stated["variable"])]
        if part.empty:
            continue
        part = part.merge(stated[[*_GROUP, "count", "share"]], on=_GROUP, how="left")
        counted = ~part["variable"].isin(stated.loc[stated["count"].isna(), "variable"])
        part["count"] = part["count"].fillna(0).where(counted)
        parts.append(_with_shares(part, rung, counted).assign(rung=rung.name, place=at))
    cells = pd.concat(parts, ignore_index=True)
    # A rung where nobody states the characteristic says nothing about it.
    return cells[~(cells["n"] == 0)].reset_index(drop=True)


def _check_counts(stated: pd.DataFrame, name: str, *, shares: bool) -> None:
    if not shares and stated["count"].isna().any():
        raise InputError(
            f"{name} has a group without a count",
            where=WHERE,
            expected="counts of people on every rung but the outermost",
            hint="people who were counted, not percentages, can be tested",
        )
    counts = stated["count"].dropna()
    broken = counts[counts != counts.round()]
    if len(broken):
        raise InputError(
            f"{name} has a count that is not whole",
            where=WHERE,
            expected="counts of people, not weighted",
            got=f"{broken.iloc[0]:g}",
        )


def _with_shares(part: pd.DataFrame, rung: Rung, counted: pd.Series) -> pd.DataFrame:
    sums = part.groupby("variable", sort=False)[["count", "share"]].transform("sum")
    n, named = sums["count"].where(counted), sums["share"]
    missing = rung.margins[rung.margins["category"] == NOT_STATED]
    unknown = part["variable"].map(missing.groupby("variable")["share"].sum()).fillna(0.0)
    wrong = ~counted & ((named + unknown - 1).abs() > _ROUNDING)
    if wrong.any():
        at = part[wrong].iloc[0]
        raise InputError(
            f"the shares of '{at['variable']}' in {rung.name} add up to "
            f"{float((named + unknown)[wrong].iloc[0]):.2f}",
            where=WHERE,
            expected="shares of all groups, which add up to 1",
            hint="add the groups that are left out, or one row 'Other' for them",
        )
    share = (part["count"] / n).where(counted, part["share"] / named)
    return part.assign(n=n, share=share)


def _ordered(cells: pd.DataFrame, rungs: Sequence[Rung]) -> pd.DataFrame:
    first = rungs[0].margins
    rank = {
        (variable, category): (at, place)
        for at, (variable, rows) in enumerate(first.groupby("variable", sort=False))
        for place, category in enumerate(category_order(rows["category"].tolist()))
    }
    places = [rank[key] for key in zip(cells["variable"], cells["category"], strict=True)]
    order = pd.DataFrame(places, columns=["at", "group"]).assign(place=cells["place"])
    return cells.iloc[np.lexsort(order[["place", "group", "at"]].to_numpy().T)].reset_index(
        drop=True
    )


def _check_groups(stated: pd.DataFrame, keys: pd.DataFrame, first: str, name: str) -> None:
    both = stated.merge(keys, on=_GROUP, how="left", indicator=True)
    ours = both["variable"].isin(keys["variable"])
    lost = both[(both["_merge"] == "left_only") & ours & (both["count"] > 0)]
    if len(lost):
        row = lost.iloc[0]
        raise InputError(
            f"{first} has no category '{row['category']}' of '{row['variable']}' "
            f"({name} has {row['count']:g} people there)",
            where=WHERE,
            expected="every group on the outermost rung",
            got=", ".join(keys.loc[keys["variable"] == row["variable"], "category"]),
            hint='roll up with ps.recode(..., to="broad"), or add the category',
        )


def _check_present(cells: pd.DataFrame) -> None:
    appears = cells[(cells["first_share"] == 0) & (cells["count"] > 0)]
    if len(appears):
        row = appears.iloc[0]
        raise InputError(
            f"the outermost rung has nobody in '{row['category']}' of '{row['variable']}' "
            f"({row['rung']} has {row['count']:g} people there)",
            where=WHERE,
            expected="the outermost rung to hold everybody",
        )


def _tested(cells: pd.DataFrame, by_name: dict[str, Rung], nested: Sequence[str]) -> pd.DataFrame:
    """Decide for each variable and step how it is tested; then all exact tails at once."""
    cells = cells.assign(test=pd.Series(pd.NA, index=cells.index, dtype="str"), p_value=np.nan)
    outermost = next(iter(by_name))
    for (variable, name), rows in cells.groupby(["variable", "rung"], sort=False):
        outer = rows["outer"].iloc[0]
        if pd.isna(outer):
            continue
        pair = by_name[str(outer)], by_name[str(name)]
        test = _kind(rows, pair, nested, outer == outermost)
        cells.loc[rows.index, "test"] = test
        if test == EXCHANGE:
            came, category = _together(pair, str(variable))
            cells.loc[rows.index, "p_value"] = [
                exchange_p_value(came, category == group) for group in rows["category"]
            ]
    drawn = cells["test"].isin([NESTED, SHARES, TWO])
    cells.loc[drawn, "p_value"] = _tails(cells[drawn])
    # Of a group of which nobody is left there is nothing to test.
    gone = cells["outer_share"] == 0
    return cells.assign(p_value=cells["p_value"].mask(gone), test=cells["test"].mask(gone))


def _kind(rows: pd.DataFrame, pair: tuple[Rung, Rung], nested: Sequence[str], first: bool) -> str:
    outer, inner = pair
    if rows["outer_count"].isna().any():
        return SHARES
    rest = rows["n"] - rows["count"] <= rows["outer_n"] - rows["outer_count"]
    fits = bool(((rows["count"] <= rows["outer_count"]) & rest).all())
    if inner.name in nested:
        if not fits:
            row = rows[(rows["count"] > rows["outer_count"]) | ~rest].iloc[0]
            raise InputError(
                f"{inner.name} is said to be drawn from {outer.name}, but has {row['count']:g} "
                f"of {row['n']:g} in '{row['category']}', and that {row['outer_count']:g} of "
                f"{row['outer_n']:g}",
                where=WHERE,
                hint=f"leave {inner.name} out of nested=",
            )
        return NESTED
    if outer.people is None or inner.people is None:
        return NESTED if first and fits else TWO
    shared = inner.people["person_id"].isin(outer.people["person_id"])
    if not shared.any():
        return TWO
    return NESTED if shared.all() and fits else EXCHANGE


def _tails(cells: pd.DataFrame) -> Floats:
    """Doubled exact tails of a draw from the rung outside, or from both rungs together."""
    x, n, K, N = (
        cells[name].fillna(0).to_numpy(dtype=float)
        for name in ("count", "n", "outer_count", "outer_n")
    )
    two = cells["test"].eq(TWO).to_numpy()
    known = cells["test"].ne(SHARES).to_numpy()
    draw = Draw(
        n.astype(np.int64),
        np.where(two, K + x, K),
        np.where(known, np.where(two, N + n, N), np.inf),
        np.where(known, 0.0, cells["outer_share"].to_numpy(dtype=float)),
    )
    return doubled(*tails(x.astype(np.int64), distribution_of(draw)))


def _together(pair: tuple[Rung, Rung], variable: str) -> tuple[np.ndarray, np.ndarray]:
    """For all people of both rungs who state it: on which they stand, and their category."""
    sides = []
    for rung, name in zip(pair, ("outer", "inner"), strict=True):
        if rung.people is None:
            raise TypeError("people of both rungs are known where they are exchanged")
        category = _categories(rung.people, variable)
        side = pd.DataFrame({"person_id": rung.people["person_id"], name: category})
        sides.append(side[side[name].notna()])
    both = sides[0].merge(sides[1], on="person_id", how="outer")
    came = both[["outer", "inner"]].notna().to_numpy()
    return came, both["inner"].fillna(both["outer"]).to_numpy()


def _categories(people: pd.DataFrame, variable: str) -> pd.Series:
    if variable in people:
        return people[variable].astype("str")
    first, *others = variable.split(BETWEEN)
    return people[first].astype("str").str.cat(people[others].astype("str"), sep=BETWEEN)
