"""How far a whole profile is from the population's, and how far chance alone would put it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from ..inference.fair_draw import Floats
from ..inference.goodness_of_fit import (
    ORDERINGS,
    Ordering,
    Reference,
    Urn,
    references_of,
    statistic_of,
)
from ..margins import By, clean_margins
from ..results import Result, Rule
from .alignment import align
from .places import of_place

_WHERE = "profile_distance"


@dataclass(frozen=True, eq=False, repr=False)
class ProfileDistance(Result):
    """What `profile_distance` found.

    Attributes
    ----------
    table : DataFrame
        ``[body,] variable, measure, observed, chance_mean, chance_95, excess``.
    overall : DataFrame
        ``[body,] variable, n, not_stated, groups, members_against_others, p_value, ordering,
        method, tables``.
    profile : DataFrame
        The shares compared: ``[body,] variable, category, count, share, population_share``.
    """

    overall: pd.DataFrame
    profile: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "table", derived=("observed", "excess"), margin=("body", "variable"), follows="profile"
        ),
        Rule(
            "overall",
            derived=("members_against_others", "p_value"),
            margin=("body", "variable"),
            follows="profile",
        ),
        Rule("profile", count="count", derived=("share",), margin=("body", "variable")),
    )


@dataclass(frozen=True)
class _Measure:
    """A distance, the ordering statistic that it grows with, and the map between them."""

    ordering: Ordering
    of_statistic: Callable[[Floats, float], Floats]


#: D = ½Σ|p−W|; Cohen's w = √(X²/n); Kullback–Leibler Σp ln(p/W) = G/2n.
_MEASURES = {
    "dissimilarity": _Measure("dissimilarity", lambda value, n: value),
    "cohen_w": _Measure("x2", lambda value, n: np.sqrt(value / n)),
    "kullback_leibler": _Measure("g", lambda value, n: value / (2.0 * n)),
}


def profile_distance(
    body: Any,
    population: Any,
    *,
    by: By = None,
    ordering: Ordering = "x2",
    method: Literal["auto", "enumeration", "monte_carlo"] = "auto",
    draws: int = 99_999,
    limit: int = 500_000,
    seed: int = 0,
) -> ProfileDistance:
    """Distance between a body's profile and its population's, beside what chance would give.

    With p the body's shares of the groups of one variable and W the population's:

    - **dissimilarity** D = ½Σ|p − W|: the share of seats that would have to change group;
    - **Cohen's w** = √ΣW(p/W − 1)²: the size of the deviation of all ratios from 1 (Cohen 1988);
    - **Kullback–Leibler** divergence Σp ln(p/W), the body from the population, in nats.

    Each is above 0 in any small body, however fairly drawn. So each comes with its mean and its
    95% quantile under a fair draw, and with the excess of what was observed over the mean.

    Parameters
    ----------
    body, population : margins, Tally, frame of people, mapping
        As for `representativeness_ratios`; counts of people, and an estimated benchmark is
        taken as it stands. "Not stated" is left out and its number given.
    by : str, tuple of str, or sequence of these, optional
    ordering : {"x2", "g", "dissimilarity", "probability"}
        Which tables count as more extreme in the exact test of goodness of fit: by X², by G, by
        D, or by how improbable they are. It is named in ``.overall``.
    method : {"auto", "enumeration", "monte_carlo"}
        Sum over every possible table, or draw tables. Default: enumerate up to `limit`.
    draws : int
        Tables drawn by Monte Carlo; p = (1 + b)/(draws + 1), so never 0.
    limit : int
        Most tables that are enumerated.
    seed : int
        Of the Monte Carlo.

    Returns
    -------
    ProfileDistance
        ``members_against_others`` in ``.overall`` is D·N/(N−n), the dissimilarity of members
        from those who are not members; NaN where N is not known.

    Raises
    ------
    InputError
        An argument is not as described, or the groups differ.

    Notes
    -----
    Under a fair draw the counts are multivariate hypergeometric, or multinomial where only
    shares are known. Duncan & Duncan (1955), American Sociological Review 20, for D; its bias in
    small units: Carrington & Troske (1997), Journal of Business & Economic Statistics 15.

    Examples
    --------
    275 jurors against registered voters: the textbook's chi-square of 5.89 on 3 degrees of
    freedom (p .117), here with an exact p.

    >>> jurors = {"Black": 26, "Hispanic": 25, "White": 205, "Other": 19}
    >>> voters = {"Black": 0.07, "Hispanic": 0.12, "White": 0.72, "Other": 0.09}
    >>> found = profile_distance(jurors, voters, by="ethnicity")
    >>> found.table.drop(columns="variable").round(3)
                measure  observed  chance_mean  chance_95  excess
    0     dissimilarity     0.050        0.032      0.058   0.018
    1           cohen_w     0.146        0.096      0.168   0.050
    2  kullback_leibler     0.011        0.005      0.014   0.005
    >>> print(f"{275 * found.table.loc[1, 'observed'] ** 2:.2f}")
    5.89
    >>> row = found.overall.iloc[0]
    >>> f"p {row['p_value']:.3f} by {row['ordering']}, {row['method']} of {row['tables']} tables"
    'p 0.116 by x2, Monte Carlo of 99999 tables'
    """
    if ordering not in ORDERINGS:
        raise InputError(
            f"ordering is {ordering!r}", where=_WHERE, expected=f"one of {', '.join(ORDERINGS)}"
        )
    most = {"auto": limit, "enumeration": 10**9, "monte_carlo": 0}.get(method)
    if most is None:
        raise InputError(
            f"method is {method!r}", where=_WHERE, expected="auto, enumeration or monte_carlo"
        )
    if draws < 1:
        raise InputError(f"draws is {draws}", where=_WHERE, expected="at least 1")
    body, population, by = of_place(body, population, by, _WHERE)
    ours = clean_margins(body, by, where=_WHERE, side="body")
    theirs = clean_margins(population, by, where=_WHERE, side="population", beside=ours)
    aligned = align(ours, theirs, where=_WHERE)
    rows = [
        _one_profile(cells, aligned.profiles.iloc[int(str(place))], ordering, most, draws, seed)
        for place, cells in aligned.cells.groupby("profile", sort=True)
    ]
    tables, overall = [row[0] for row in rows], pd.DataFrame([row[1] for row in rows])
    lead = ["body"] if (aligned.cells["body"] != "").any() else []
    dropped = [] if lead else ["body"]
    shown = aligned.cells[~aligned.cells["residual"].to_numpy(dtype=bool)]
    n = aligned.profiles["n"].to_numpy()[shown["profile"]]
    profile = shown.assign(
        count=shown["count"].astype(np.int64),
        share=np.where(n > 0, shown["count"] / np.maximum(n, 1), np.nan),
    )
    names = [*lead, "variable", "category", "count", "share", "population_share"]
    return ProfileDistance(
        pd.concat(tables, ignore_index=True).drop(columns=dropped),
        overall.drop(columns=dropped),
        profile[names].reset_index(drop=True),
    )


def _one_profile(
    cells: pd.DataFrame,
    about: pd.Series,
    ordering: Ordering,
    limit: int,
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """The rows of ``.table`` and the row of ``.overall`` of one body and variable."""
    x = cells["count"].to_numpy(dtype=float)
    W = cells["population_share"].to_numpy(dtype=float)
    n, N = round(float(about["n"])), float(about["N"])
    W = W / W.sum()
    urn = Urn(W, np.round(W * N) if np.isfinite(N) and n <= N else None)
    references: dict[Ordering, Reference] = {}
    if n > 0:
        wanted: set[Ordering] = {ordering, *(measure.ordering for measure in _MEASURES.values())}
        references = {
            name: references_of([n], urn, ordering=name, limit=limit, draws=draws, seed=seed)[n]
            for name in wanted
        }
    statistic = {name: _statistic(x, n, urn, name) for name in references}
    table = pd.DataFrame(
        [
            _beside_chance(name, measure, n, references, statistic)
            for name, measure in _MEASURES.items()
        ]
    )
    names = {"body": about["body"], "variable": about["variable"]}
    distance = float(table["observed"].iloc[0])
    decided = references.get(ordering)
    overall = {
        **names,
        "n": n,
        "not_stated": round(float(about["not_stated"])),
        "groups": int((W > 0).sum()),
        "members_against_others": distance * N / (N - n) if n < N < np.inf else np.nan,
        "p_value": decided.p_value(statistic[ordering]) if decided else np.nan,
        "ordering": ordering,
        "method": decided.method if decided else "none",
        "tables": decided.tables if decided else 0,
    }
    table.insert(0, "body", str(about["body"]))
    table.insert(1, "variable", str(about["variable"]))
    return table, overall


def _statistic(x: Floats, n: int, urn: Urn, ordering: Ordering) -> float:
    outside = x[urn.W == 0].sum()
    if outside == 0 or ordering == "dissimilarity":
        # The dissimilarity counts people of groups that the population does not have.
        return float(statistic_of(x, n, urn, ordering)) + float(outside) / (2.0 * n)
    return np.inf


def _beside_chance(
    name: str,
    measure: _Measure,
    n: int,
    references: dict[Ordering, Reference],
    statistic: dict[Ordering, float],
) -> dict[str, object]:
    if not references:
        return {"measure": name} | dict.fromkeys(_CHANCE, np.nan)

    def on_scale(values: Floats) -> Floats:
        return measure.of_statistic(values, n)

    chance = references[measure.ordering].mapped(on_scale)
    observed = float(on_scale(np.array([statistic[measure.ordering]]))[0])
    numbers = (observed, chance.mean(), chance.quantile(0.95), observed - chance.mean())
    return {"measure": name} | dict(zip(_CHANCE, numbers, strict=True))


_CHANCE = ("observed", "chance_mean", "chance_95", "excess")
