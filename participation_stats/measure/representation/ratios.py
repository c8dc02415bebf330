"""The representativeness ratio: does a body look like the people it comes from?"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from ..inference.judgement import Design
from ..margins import (
    By,
    clean_margins,
    design_effect_of,
    multiplied_margins,
)
from ..results import Result, Rule
from .alignment import align
from .assessment import Terms, assess
from .hypotheticals import Basis
from .places import of_place
from .plausibility import warn_implausible
from .pooling import pool_rare
from .profile_fit import overall_fit
from .ratio_columns import EXTRA_COLUMNS, with_extras

_WHERE = "representativeness_ratios"

#: The contract's columns, in their order; ``body`` stands before them where there are several.
COLUMNS = (
    "variable", "category", "count", "expected", "share", "population_count", "population_share",
    "ratio", "conf_low", "conf_high", "chance_low", "chance_high", "p_value", "p_adjusted",
    "verdict",
)  # fmt: skip

#: What tells the count, or a suppressed count beside it.
_DERIVED = (
    "weighted", "share", "ratio", "conf_low", "conf_high", "p_value", "p_adjusted", "verdict",
    "seats_short", "absolute_disparity", "comparative_disparity", "selection_ratio",
    "rate_per_1000", "z", "ratio_all_out", "ratio_all_in", "share_unweighted", "ratio_unweighted",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Representativeness(Result):
    """What `representativeness_ratios` found.

    Attributes
    ----------
    table : DataFrame
        One row per body, variable and group, in the columns of the contract.
    overall : DataFrame
        One row per body and variable, the whole profile at once: ``variable, n`` (stated),
        ``not_stated, dissimilarity, dissimilarity_expected`` (its mean under a fair draw),
        ``cohen_w`` and ``p_value``: exact goodness of fit, tables ordered by X².
    confidence : float
    design : str
    pooled : mapping
        From (body, variable) to the rare groups that were put together; body is ``""`` where
        there is one.
    basis : Basis
        What the verdicts rest on.
    """

    overall: pd.DataFrame
    confidence: float = 0.95
    design: str = "body"
    pooled: Mapping[tuple[str, str], tuple[str, ...]] = dataclasses.field(default_factory=dict)
    basis: Basis | None = None
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=_DERIVED, margin=("body", "variable")),
        Rule(
            "overall",
            derived=("dissimilarity", "cohen_w", "p_value"),
            margin=("body", "variable"),
            follows="table",
        ),
    )

    def possible_words(self, frame: str, row: int) -> Mapping[int, str]:
        """The verdict by count that one row of a frame might have had; for disclosure control.

        A word about a small group may be published where enough counts share it.
        """
        if frame != "table" or self.basis is None:
            return {}
        return self.basis.words_by_count(row)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *self._remarks()])

    def _repr_html_(self) -> str:
        remarks = "".join(f"<p>{html.escape(line)}</p>" for line in self._remarks())
        return super()._repr_html_() + remarks

    def _remarks(self) -> list[str]:
        """What every printing must say: how many are not stated, and what was pooled."""
        lines = []
        missing = self.overall[self.overall["not_stated"] > 0]
        for row in missing.to_dict("records"):
            everybody = row["n"] + row["not_stated"]
            of = f"{row['body']}, {row['variable']}" if "body" in row else str(row["variable"])
            lines.append(
                f"Not stated, {of}: {row['not_stated']} of {everybody} "
                f"({row['not_stated'] / everybody:.0%})"
            )
        for (body, variable), names in self.pooled.items():
            of = f"{body}, {variable}" if body else variable
            lines.append(f"Pooled, {of}: {'; '.join(names)}")
        return lines


def representativeness_ratios(
    body: Any,
    population: Any,
    *,
    by: By = None,
    confidence: float = 0.95,
    design: Design = "body",
    adjust: Literal["holm", "bh", "none"] = "holm",
    not_stated: Literal["exclude", "include", "bounds"] = "exclude",
    in_line: tuple[float, float] = (0.8, 1.25),
    mid_p: bool = False,
    weights: str | None = None,
    design_effect: float | None = None,
    pool: bool | None = None,
    independent: bool = False,
    extra: Sequence[str] = (),
    seed: int = 0,
) -> Representativeness:
    """Compare a body with the population that it comes from, group by group.

    A body (committee, network, meeting, survey sample) has n people, x of them in a group; of
    the population's N, K are in it, W = K/N. The **ratio** is r = (x/n) / W: 1 is proportional,
    0.5 is half the people there would be, 2 is twice as many. The same number is called the
    participation-to-prevalence ratio, representation quotient or disparity index.

    Three statements of uncertainty stand beside it, and they are not the same:

    - the **chance range** (`chance_low`, `chance_high`): ratios that a fair draw of n from the
      population would give, from α/2 to 1 − α/2 of the hypergeometric distribution;
    - the **p-value** under that same draw, the smaller exact tail doubled,
      min(1, 2·min(P(X ≤ x), P(X ≥ x)));
    - the **interval** (`conf_low`, `conf_high`), whose meaning depends on `design`. Each is the
      dual of the p-value: it contains 1 exactly where p is at least α.

    Parameters
    ----------
    body, population : margins, Tally, frame of people, mapping
        Margins are a frame with ``variable, category`` and ``count``; a population may give
        ``share`` (a fraction) instead, and a published body ``share`` and ``n``. A mapping from
        group to number will do; so will a mapping from the names of several bodies to any of
        these, or margins with a ``body`` column. A population with a ``body`` column gives each
        body its own benchmark; one with ``std_error`` (of the share or count) or ``n`` (people
        asked) is an estimate and is treated as one. Where the population is an estate, the body
        may be a ``body_id`` of it.
    by : str, tuple of str, or sequence of these, optional
        Columns of people to count, a tuple for an intersection; for margins, variables to keep.
    confidence : float
        1 − α, as a fraction.
    design : {"body", "sample", "shares"}
        "body": the body is a fact, and the interval is for the tendency with which the group is
        recruited. Both tails of Fisher's noncentral hypergeometric distribution are inverted in
        the odds ω and mapped by r(ω) = E_ω[X]/(nW), so the limits are always feasible.
        "sample": the body is a random sample of the population, and the interval is for the
        group's share of it (test inversion with finite population, over K).
        "shares": Clopper–Pearson for x/n over W; taken by itself where no counts are known.
        Where the benchmark is an estimate: the score interval of Koopman, Miettinen & Nurminen.
    adjust : {"holm", "bh", "none"}
        Holm within each variable of each body (two groups are one test) and, with several
        bodies, Benjamini–Hochberg across them (Benjamini & Bogomolov 2014); Benjamini–Hochberg
        within each variable; or p as it is.
    not_stated : {"exclude", "include", "bounds"}
        Leave people whose group is not known out of shares; count them in both denominators; or
        leave them out and add ``ratio_all_out`` and ``ratio_all_in``, the ratio if none or all
        of them were in the group. The first of these is also the ratio on the other denominator.
    in_line : (float, float)
        An interval inside these limits is "in line".
    mid_p : bool
        Count half of P(X = x) only: shorter intervals, whose coverage can fall below nominal.
    weights : str, optional
        Column of design weights in a frame of people (`design` "sample"). Shares and ratios are
        then weighted, counts are people, and n counts for n over the design effect: binomial
        limits at the effective n (Korn & Graubard 1998), with finite correction.
    design_effect : float, optional
        Of a weighted or clustered sample. Default: Kish's 1 + CV² of `weights`.
    pool : bool, optional
        Put groups of which a fair draw would hold less than one person together. Default: in
        intersections only. The groups are named in `Representativeness.pooled`.
    independent : bool
        For intersections that the population does not give: multiply its margins.
    extra : sequence of str
        Further columns: ``seats_short`` (nW − x), ``seats_floor`` and ``seats_ceiling`` (of nW),
        ``absolute_disparity`` (W − x/n), ``comparative_disparity`` (1 − r), ``selection_ratio``
        (of odds), ``rate_per_1000`` (of x in K), ``z`` (the standard-deviation test of jury law,
        with the finite correction where N is known), ``chance_count_low`` and
        ``chance_count_high``, ``ratio_all_out`` and ``ratio_all_in``, ``share_unweighted`` and
        ``ratio_unweighted``.
    seed : int
        For the Monte Carlo of ``overall.p_value`` where there are too many tables to enumerate.

    Returns
    -------
    Representativeness
        ``.table`` by group and ``.overall`` by variable. ``verdict`` is "over-represented" or
        "under-represented" where the adjusted p is below α, "in line" where it is not and the
        interval lies inside `in_line`, otherwise "too small to tell"; never
        "under-represented" where a fair draw would hold less than one person.

    Raises
    ------
    InputError
        An argument is not as described, the body has nobody, or the groups differ.

    Warns
    -----
    DataWarning
        A published table does not hold together, or a count that no draw from the population
        can give; each message names the row.

    References
    ----------
    Fisher, R. A. (1935), Journal of the Royal Statistical Society 98. Clopper & Pearson (1934),
    Biometrika 26. Holm (1979), Scandinavian Journal of Statistics 6. Castaneda v. Partida,
    430 U.S. 482 (1977).

    Examples
    --------
    The grand juries of Hidalgo County, Texas, over eleven years (Castaneda v. Partida): 339 of
    870 summoned were Mexican-American, of a population that was 79.1 per cent so.

    >>> summoned = {"Mexican-American": 339, "Other": 531}
    >>> county = {"Mexican-American": 0.791, "Other": 0.209}
    >>> jury = representativeness_ratios(summoned, county, extra=["seats_short", "z"])
    >>> row = jury.table.iloc[0]
    >>> f"{row['share']:.1%}, expected {row['expected']:.0f}, short {row['seats_short']:.0f}"
    '39.0%, expected 688, short 349'
    >>> f"z {row['z']:.1f}, p {row['p_value']:.1e}, {row['verdict']}"
    'z -29.1, p 8.4e-145, under-represented'

    Members of neighbourhood boards in Minneapolis: 15.4 per cent of 428 rented their homes, in
    a city where 52.8 per cent did.

    >>> boards = pd.DataFrame({"variable": "tenure", "category": ["Renters"],
    ...                        "share": [0.154], "n": [428]})
    >>> city = pd.DataFrame({"variable": "tenure", "category": ["Renters"], "share": [0.528]})
    >>> found = representativeness_ratios(boards, city).table
    >>> found[["category", "count", "ratio", "conf_low", "conf_high", "verdict"]].round(3)
      category  count  ratio  conf_low  conf_high            verdict
    0  Renters     66  0.292      0.23      0.364  under-represented

    A committee of twelve. Nobody of a group that is a sixth of the residents: that alone can
    happen by chance, and the verdict says so.

    >>> committee = {"Black Caribbean": 6, "Portuguese": 0, "White British": 6}
    >>> estate = {"Black Caribbean": 1300, "Portuguese": 500, "White British": 1200}
    >>> twelve = representativeness_ratios(committee, estate, by="ethnicity")
    >>> twelve.table[["category", "count", "ratio", "conf_high", "p_value", "verdict"]].round(3)
              category  count  ratio  conf_high  p_value            verdict
    0  Black Caribbean      6  1.154      1.820    0.852  too small to tell
    1       Portuguese      0  0.000      1.584    0.223  too small to tell
    2    White British      6  1.250      1.972    0.669  too small to tell
    """
    _check_choices(confidence, design, adjust, not_stated, in_line, extra)
    body, population, by = of_place(body, population, by, _WHERE)
    ours = clean_margins(body, by, where=_WHERE, side="body", weights=weights)
    theirs = _population(population, by, independent, ours)
    warn_implausible(ours, theirs, where=_WHERE)
    effect = _design_effect(body, ours, weights, design_effect, design)
    terms = Terms(design, confidence, adjust, mid_p, effect)
    aligned = align(ours, theirs, where=_WHERE, include=not_stated == "include")
    aligned, pooled = pool_rare(aligned, pool)
    cells = assess(aligned.cells, aligned.profiles, terms, _WHERE)
    overall = overall_fit(cells, aligned.profiles, seed=seed)
    wanted = tuple(extra)
    if not_stated == "bounds":
        wanted = tuple(dict.fromkeys([*wanted, "ratio_all_out", "ratio_all_in"]))
    cells = with_extras(cells, aligned.profiles, wanted)
    basis = Basis(cells, terms, in_line)
    cells["verdict"] = basis.verdicts()
    lead = ["body"] if (cells["body"] != "").any() else []
    weighted = ["weighted"] if cells["weighted"].notna().any() else []
    shown = cells.loc[
        ~cells["residual"].to_numpy(dtype=bool), [*lead, *COLUMNS, *weighted, *wanted]
    ]
    table = shown.reset_index(drop=True).astype({"count": np.int64, "verdict": "str"})
    overall = overall[[*lead, *overall.columns.drop("body")]]
    return Representativeness(table, overall, confidence, design, pooled, basis)


def _population(population: Any, by: By, independent: bool, ours: pd.DataFrame) -> pd.DataFrame:
    """Clean margins of the population; intersections multiplied where the caller says so."""
    if not independent or by is None:
        return clean_margins(population, by, where=_WHERE, side="population", beside=ours)
    names = [by] if isinstance(by, str | tuple) else list(by)
    parts = list(dict.fromkeys(part for n in names for part in ([n] if isinstance(n, str) else n)))
    simple = clean_margins(population, parts, where=_WHERE, side="population")
    joint = [multiplied_margins(simple, name) for name in names if isinstance(name, tuple)]
    kept = simple[simple["variable"].isin([name for name in names if isinstance(name, str)])]
    return pd.concat([kept, *joint], ignore_index=True)


def _design_effect(
    body: Any, ours: pd.DataFrame, weights: str | None, given: float | None, design: Design
) -> float:
    weighted = bool(ours["weighted"].notna().any())
    if (weighted or given is not None) and design == "body":
        raise InputError(
            "weights or a design effect for a body",
            where=_WHERE,
            expected="design='sample': weights make a sample stand for its population",
            got="design='body'",
            hint="leave the weights out for a committee or network; everybody on it counts as one",
        )
    if given is not None:
        if not given > 0:
            raise InputError(
                "the design effect is not above 0",
                where=_WHERE,
                expected="a number such as 1.4",
                got=f"{given:g}",
            )
        return float(given)
    if not weighted:
        return 1.0
    if weights is None:
        raise InputError(
            "weighted counts without a design effect",
            where=_WHERE,
            expected="design_effect=, or the frame of people with weights=",
            hint="Kish's is 1 + CV² of the weights; a Weighting has it as .design_effect",
        )
    return design_effect_of(body[weights])


def _check_choices(
    confidence: float,
    design: str,
    adjust: str,
    not_stated: str,
    in_line: tuple[float, float],
    extra: Sequence[str],
) -> None:
    if not 0.0 < confidence < 1.0:
        raise InputError(
            "confidence is not between 0 and 1",
            where=_WHERE,
            expected="a fraction such as 0.95",
            got=f"{confidence:g}",
        )
    if not 0.0 < in_line[0] <= 1.0 <= in_line[1]:
        raise InputError(
            "in_line does not hold 1",
            where=_WHERE,
            expected="two ratios around 1, such as (0.8, 1.25)",
            got=f"({in_line[0]:g}, {in_line[1]:g})",
        )
    choices = [
        ("design", design, ("body", "sample", "shares")),
        ("adjust", adjust, ("holm", "bh", "none")),
        ("not_stated", not_stated, ("exclude", "include", "bounds")),
        *(("extra", name, tuple(EXTRA_COLUMNS)) for name in extra),
    ]
    for name, value, allowed in choices:
        if value not in allowed:
            raise InputError(
                f"{name} has {value!r}",
                where=_WHERE,
                expected=f"one of {', '.join(repr(choice) for choice in allowed)}",
            )
