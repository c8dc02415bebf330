"""Two bodies side by side: do they differ by more than chance would make two halves of one?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from participation_stats.errors import DataWarning, InputError

from ..inference.adjustment import holm
from ..inference.fair_draw import Draw, Floats, Ints
from ..inference.goodness_of_fit import Urn, references_of, statistic_of
from ..inference.judgement import Judgement, judge
from ..inference.verdicts import verdicts_of
from ..margins import By, category_order, clean_margins
from ..results import Result, Rule
from ..tallies import NOT_STATED, column_names, gathered

_WHERE = "compare_bodies"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Result):
    """What `compare_bodies` found.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, count, other_count, share, other_share, ratio, conf_low,
        conf_high, p_value, p_adjusted, verdict``: the first body beside the other.
    overall : DataFrame
        ``variable, n, other_n, dissimilarity, dissimilarity_expected, p_value``.
    bodies : DataFrame
        ``body, variable, category, count, share``: the counts compared.
    first, other : str
        What the two are called.
    """

    overall: pd.DataFrame
    bodies: pd.DataFrame
    first: str = "first"
    other: str = "other"
    confidence: float = 0.95
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table",
            derived=(
                "count", "other_count", "share", "other_share", "ratio", "conf_low", "conf_high",
                "p_value", "p_adjusted", "verdict",
            ),
            margin=("variable",),
            follows="bodies",
        ),
        Rule(
            "overall",
            derived=("dissimilarity", "dissimilarity_expected", "p_value"),
            margin=("variable",),
            follows="bodies",
        ),
        Rule("bodies", count="count", derived=("share",), margin=("body", "variable")),
    )  # fmt: skip


def compare_bodies(
    first: Any,
    other: Any,
    by: By = None,
    *,
    names: tuple[str, str] = ("first", "other"),
    confidence: float = 0.95,
    adjust: Literal["holm", "none"] = "holm",
    mid_p: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare the profiles of two bodies, exactly.

    Put both together: n₁ + n₂ people, K of them in a group. If the two do not differ, the first
    is a fair draw of n₁ from these, and its x₁ people of the group are hypergeometric (Fisher's
    exact test, here with the smaller tail doubled). The **ratio** is (x₁/n₁) / (x₂/n₂). Its
    interval inverts both tails of Fisher's noncentral distribution in the odds ω and maps them
    by the shares that both bodies would then have, so it contains 1 exactly where p is at
    least α.

    Parameters
    ----------
    first, other : margins, Tally, frame of people, mapping
        Each a single body, as for `representativeness_ratios`; counts of people.
    by : str, tuple of str, or sequence of these, optional
    names : (str, str)
        What the two are called.
    confidence : float
    adjust : {"holm", "none"}
        Holm within each variable.
    mid_p : bool
    seed : int
        Of the Monte Carlo in ``.overall``.

    Returns
    -------
    Comparison
        The ratio is infinite where only the first has anybody of the group, and NaN where
        neither has. ``verdict`` says how the group fares in the first, compared with the other.

    Raises
    ------
    InputError
        An argument is not as described, or a body has nobody stated.

    Warns
    -----
    DataWarning
        The same ``person_id`` is in both: the two are then not independent, and p is too large
        where they mostly share people.

    Examples
    --------
    A residents' committee of twelve and a network of nineteen, by capacity.

    >>> committee = {"Councillor": 1, "Officer": 1, "Resident": 10}
    >>> network = {"Councillor": 2, "Officer": 12, "Resident": 5}
    >>> found = compare_bodies(network, committee, names=("network", "committee"))
    >>> found.table[["category", "count", "other_count", "ratio", "p_value", "verdict"]].round(3)
         category  count  other_count  ratio  p_value            verdict
    0  Councillor      2            1  1.263    1.000  too small to tell
    1     Officer     12            1  7.579    0.006   over-represented
    2    Resident      5           10  0.316    0.005  under-represented
    """
    if adjust not in ("holm", "none"):
        raise InputError(f"adjust has {adjust!r}", where=_WHERE, expected="'holm' or 'none'")
    _warn_of_shared_people(first, other, names)
    frame = _beside(first, other, by, names)
    judged = _judged(frame, confidence, mid_p)
    table = _table(frame, judged, confidence, adjust)
    overall = _overall(frame, judged.deviation, seed)
    bodies = pd.concat(
        [
            table[["variable", "category"]].assign(
                body=name, count=table[count], share=table[share]
            )
            for name, count, share in (
                (names[0], "count", "share"),
                (names[1], "other_count", "other_share"),
            )
        ],
        ignore_index=True,
    )
    columns = ["body", "variable", "category", "count", "share"]
    return Comparison(table, overall, bodies[columns], *names, confidence)


def _warn_of_shared_people(first: Any, other: Any, names: tuple[str, str]) -> None:
    people = []
    for data in (first, other):
        known = None if isinstance(data, Mapping | pd.Series) else column_names(data, _WHERE)
        if "person_id" not in (known or ()):
            return
        people.append(gathered(data, _WHERE, ["person_id"])["person_id"].dropna())
    shared = len(set(people[0]) & set(people[1]))
    if shared:
        warnings.warn(
            f"{_WHERE}: {shared} people are in both {names[0]} and {names[1]}; "
            "the test takes the two as different people",
            DataWarning,
            stacklevel=3,
        )


def _beside(first: Any, other: Any, by: By, names: tuple[str, str]) -> pd.DataFrame:
    """``variable, category, x, other`` and the totals ``n, m`` of each variable."""
    sides: list[pd.Series] = []
    clean: pd.DataFrame | None = None
    for data, side, column in ((first, names[0], "x"), (other, names[1], "other")):
        clean = clean_margins(data, by, where=_WHERE, side=side, beside=clean)
        if clean["count"].isna().any() or len(clean["body"].unique()) > 1:
            raise InputError(
                f"{side} is not one body with a count for every group",
                where=_WHERE,
                expected="counts of people of a single body",
                hint="choose one body, or compare several with representativeness_ratios",
            )
        stated = clean[clean["category"] != NOT_STATED]
        sides.append(stated.set_index(["variable", "category"])["count"].rename(column))
    shared = [name for name in _variables(sides[0]) if name in _variables(sides[1])]
    if not shared:
        raise InputError(
            f"{names[0]} and {names[1]} have no variable in common",
            where=_WHERE,
            got=f"{', '.join(_variables(sides[0]))} and {', '.join(_variables(sides[1]))}",
            hint="count both by the same characteristics",
        )
    frame = pd.concat(sides, axis=1).fillna(0.0)
    rows = [
        (variable, category)
        for variable in shared
        for category in category_order(list(frame.loc[variable].index))
    ]
    frame = frame.loc[rows].reset_index()
    totals = frame.groupby("variable", sort=False)[["x", "other"]].transform("sum")
    return frame.assign(n=totals["x"], m=totals["other"])


def _variables(counts: pd.Series) -> list[str]:
    return list(dict.fromkeys(counts.index.get_level_values("variable")))


def _judged(frame: pd.DataFrame, confidence: float, mid_p: bool) -> Judgement:
    x, other, n, m = (frame[name].to_numpy(dtype=float) for name in ("x", "other", "n", "m"))
    draw = Draw.from_people(n, x + other, n + m)
    return judge(x.astype(np.int64), draw, confidence=confidence, mid_p=mid_p)


def _table(frame: pd.DataFrame, judged: Judgement, confidence: float, adjust: str) -> pd.DataFrame:
    x, other, n, m = (frame[name].to_numpy(dtype=float) for name in ("x", "other", "n", "m"))
    K = x + other

    def ratio_of(share: Floats) -> Floats:
        # Whoever of the K is not in the first body is in the other.
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.maximum(0.0, (K - share * n) / m)
            return np.where(K > 0, share / rest, np.nan)

    # Where one of the two is empty nothing can be compared.
    known = (n > 0) & (m > 0) & (K > 0)
    p_value = np.where(known, judged.p_value, np.nan)
    variable: Ints = pd.factorize(frame["variable"])[0].astype(np.int64)
    tests = np.bincount(variable, weights=known)
    adjusted = holm(p_value, variable, np.where(tests == 2, 1, tests).astype(np.int64)[variable])
    if adjust == "none":
        adjusted = p_value
    with np.errstate(divide="ignore", invalid="ignore"):
        share, other_share = x / n, other / m
    ratio = ratio_of(share)
    low, high = (ratio_of(limit) for limit in (judged.conf_low, judged.conf_high))
    expected = n * K / (n + m)
    return pd.DataFrame(
        {
            "variable": frame["variable"],
            "category": frame["category"],
            "count": x.astype(np.int64),
            "other_count": other.astype(np.int64),
            "share": share,
            "other_share": other_share,
            "ratio": ratio,
            "conf_low": np.where(known, low, np.nan),
            "conf_high": np.where(known, high, np.nan),
            "p_value": p_value,
            "p_adjusted": adjusted,
            "verdict": pd.Series(
                verdicts_of(
                    ratio, expected, n - expected, adjusted, low, high, confidence=confidence
                ),
                dtype="str",
            ),
        }
    )


def _overall(frame: pd.DataFrame, deviation: Floats, seed: int) -> pd.DataFrame:
    rows = []
    for variable, part in frame.assign(deviation=deviation).groupby("variable", sort=False):
        x, other = part["x"].to_numpy(dtype=float), part["other"].to_numpy(dtype=float)
        n, m = x.sum(), other.sum()
        row = {"variable": variable, "n": int(n), "other_n": int(m)}
        if n == 0 or m == 0:
            rows.append(row | dict.fromkeys(_DISTANCES, np.nan))
            continue
        pooled = x + other
        urn = Urn(pooled / pooled.sum(), pooled)
        reference = references_of([int(n)], urn, seed=seed)[int(n)]
        numbers = (
            np.abs(x / n - other / m).sum() / 2.0,
            # |X/n − (K−X)/m| is |X − nK/N| times 1/n + 1/m.
            part["deviation"].sum() * (1.0 / n + 1.0 / m) / 2.0,
            reference.p_value(float(statistic_of(x, n, urn))),
        )
        rows.append(row | dict(zip(_DISTANCES, numbers, strict=True)))
    return pd.DataFrame(rows)


_DISTANCES = ("dissimilarity", "dissimilarity_expected", "p_value")
