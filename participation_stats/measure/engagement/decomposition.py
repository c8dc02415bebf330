"""How much of the gap between two groups goes with what else differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.engagement.covariance import few_clusters
from participation_stats.measure.engagement.gap_parts import (
    POOLED,
    Part,
    Sides,
    identified,
    three_fold,
    two_fold,
)
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.engagement.row_designs import (
    RowDesign,
    read_rows,
    refuse_few,
)
from participation_stats.measure.engagement.standardisation import ROUNDING, tested
from participation_stats.measure.inference.confidence import check_confidence
from participation_stats.measure.results import Result, Rule, listed
from participation_stats.measure.tallies import level_order

_TESTED = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False)
class GapDecomposition(Result):
    """A gap between two groups, taken apart.

    Attributes
    ----------
    table : DataFrame
        ``part`` ("gap", "explained" and "unexplained"), ``factor`` (empty in the rows of totals),
        ``n_units`` (people of the smaller group), ``estimate`` (in units of the outcome: a
        fraction, for a rate), ``share_of_gap``, ``std_error, statistic, p_value, conf_low,
        conf_high``.
    three_fold : DataFrame
        The same columns, with ``part`` "endowments", "coefficients" and "interaction"; no rows
        where a group lacks somebody with each characteristic (see ``note``).
    groups : DataFrame
        ``variable, category, n_units, n_rows, mean``.
    gap : float
        Mean of the first group less that of the second.
    explained_share : float
        Of the gap; not a number where there is none. Below nought where the groups differ in what
        would have them the other way round.
    reference : str
        Whose coefficients the explained part is worked out with.
    """

    three_fold: pd.DataFrame
    groups: pd.DataFrame
    gap: float
    explained_share: float
    outcome: str
    reference: str
    n_rows: int
    n_units: int
    n_missing: int
    clustered_by: str
    confidence: float
    note: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=(*_TESTED, "share_of_gap"), variable=None),
        Rule("three_fold", count="n_units", derived=(*_TESTED, "share_of_gap"), variable=None),
        Rule("groups", count="n_units", derived=("n_rows", "mean"), margin=("variable",)),
    )

    def describe(self) -> str:
        """The finding in two sentences."""
        first, second = self.groups["category"]
        means = self.groups["mean"].to_numpy()
        factors = listed(self.table.loc[self.table["factor"] != "", "factor"].tolist())
        found = f"Mean {self.outcome} is {means[0]:.3f} of {first} and {means[1]:.3f} of {second}: "
        if np.isnan(self.explained_share):
            return " ".join([f"{found}there is no gap to take apart.", self.note]).strip()
        method = f"(Oaxaca–Blinder, {self.reference} coefficients)"
        if self.explained_share < 0:
            told = (
                f"None of it goes with differences in {factors} {method}: were the groups alike in "
                f"these, it would be {self.gap * (1 - self.explained_share):.3f}."
            )
        elif self.explained_share > 1:
            told = (
                f"More than all of it goes with differences in {factors} {method}: these alone "
                f"would make it {self.gap * self.explained_share:.3f}, and the rest narrows it."
            )
        else:
            told = (
                f"{self.explained_share:.0%} of it goes with differences in {factors} {method}; "
                "the rest does not, which is no proof of a cause either way."
            )
        return " ".join([f"{found}a gap of {self.gap:.3f}. {told}", self.note]).strip()


def decompose_gap(
    outcome: str,
    data: Any,
    *,
    group: str,
    factors: Sequence[str],
    groups: tuple[object, object] | None = None,
    reference: object = POOLED,
    unit: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> GapDecomposition:
    r"""Take a gap between two groups apart, after Oaxaca and Blinder.

    .. math::

        \bar y_A - \bar y_B = (\bar x_A - \bar x_B)'\beta^*
        + \{\bar x_A'(\beta_A - \beta^*) + \bar x_B'(\beta^* - \beta_B)\}

    explained and unexplained, with β of least squares in a group, and β* of the reference: both
    groups together with an indicator of the group ("pooled"), or one of them. What a factor
    explains is the sum over its terms, the same whichever level they are compared with. The
    unexplained part is not given by factor, as that would depend on the level. In three parts,
    seen from group B:
    :math:`(\bar x_A - \bar x_B)'\beta_B` (endowments), :math:`\bar x_B'(\beta_A - \beta_B)`
    (coefficients) and :math:`(\bar x_A - \bar x_B)'(\beta_A - \beta_B)` (interaction).

    Parameters
    ----------
    outcome : str
        A column of numbers: a person's rate of attendance (a fraction), or attended 0 and 1.
    data : frame, str or Path
        One row per person, or per person and meeting with `unit`.
    group : str
        The column that names the group.
    factors : sequence of str
        Such as length of residence, housing tenure, age: text as factors, numbers as they are.
    groups : tuple of two, optional
        A and B. By default the two that there are, in their order.
    reference : optional
        ``"pooled"``, or one of the two groups.
    unit : str, optional
        The column that names the person, by whom errors are clustered.
    weights : str, optional
        Weights of rows, such as meetings eligible.
    confidence : float
        Level of the intervals.

    Returns
    -------
    GapDecomposition
        Errors by the delta method from what each person adds to the means and the coefficients,
        both of which are taken as estimated, times G/(G − 1).

    Raises
    ------
    InputError
        If a column is wrong, there are not two groups, the reference is none of them, a weight
        is not above nought, or a person is in both groups.
    EstimationError
        If terms cannot be told apart in the reference, or there are too few people for them.

    References
    ----------
    Oaxaca (1973), International Economic Review 14; Blinder (1973), Journal of Human Resources 8;
    Jann (2008), The Stata Journal 8, for the pooled reference and errors.

    Examples
    --------
    Owners come oftener, but have lived here longer, and years go with coming in both groups:

    >>> import pandas as pd
    >>> log = pd.DataFrame({"tenure": ["Owned"] * 4 + ["Rent"] * 4})
    >>> log["years"] = [4.0, 6, 8, 10, 1, 2, 3, 4]
    >>> log["rate"] = 0.1 + 0.05 * log["years"] + [0.02, -0.02, 0, 0, 0, 0, -0.02, 0.02]
    >>> gap = decompose_gap("rate", log, group="tenure", factors=["years"])
    >>> print(gap.table[["part", "factor", "estimate", "share_of_gap"]].round(4))
              part factor  estimate  share_of_gap
    0          gap           0.2250         1.000
    1    explained           0.2214         0.984
    2    explained  years    0.2214         0.984
    3  unexplained           0.0036         0.016
    """
    check_confidence(confidence, "decompose_gap")
    chosen = [factors] if isinstance(factors, str) else list(factors)
    if not chosen:
        raise InputError(
            "no factors",
            where="decompose_gap",
            expected="what may explain the gap, such as ['age_band', 'housing_tenure']",
            got="none",
        )
    numbers = [outcome, *([weights] if weights else [])]
    rows = read_rows(data, [group, *chosen], numbers, unit, "decompose_gap")
    rows, pair = _two_groups(rows, group, chosen, numbers, unit, groups)
    coded = rows.coded(" + ".join(chosen))
    refuse_few(rows.n_units, len(coded.terms) + 1, "decompose_gap")
    label = rows.patterns[group].to_numpy()[rows.pattern]
    first = np.asarray(label == pair[0], dtype=bool)
    sides = Sides(
        x=coded.design[rows.pattern],
        y=rows.frame[outcome].to_numpy(dtype=float),
        weights=_weights(rows, weights),
        sides=np.stack([first, ~first]),
    )
    counted = _counted(rows, sides, group, pair)
    parts, note = two_fold(sides, coded.terms, pair, reference), ""
    if all(identified(sides, side) for side in (0, 1)):
        three = three_fold(sides)
    else:
        three, note = [], "No three parts: not every characteristic occurs in both groups."
    smaller = int(counted["n_units"].min())
    gap = parts[0][2]
    if abs(gap) <= ROUNDING * float(np.abs(sides.y).max()):
        # What rounding leaves of no gap has no parts.
        gap = 0.0
    note = " ".join(told for told in (note, few_clusters(smaller)) if told)
    table = _table(parts, rows, confidence, smaller, gap)
    return GapDecomposition(
        table,
        three_fold=_table(three, rows, confidence, smaller, gap) if three else table.iloc[:0],
        groups=counted,
        gap=gap,
        explained_share=float(table["share_of_gap"].iloc[1]),
        outcome=outcome,
        reference=str(reference),
        n_rows=len(rows.pattern),
        n_units=rows.n_units,
        n_missing=rows.n_missing,
        clustered_by=unit or "",
        confidence=confidence,
        note=note,
    )


def _table(
    parts: list[Part], rows: RowDesign, confidence: float, n_units: int, gap: float
) -> pd.DataFrame:
    estimates = np.array([part[2] for part in parts])
    influence = np.array([part[3] for part in parts]).T
    summed = rows.by_person(influence)
    factor = rows.n_units / (rows.n_units - 1)
    errors = np.sqrt(factor * (summed**2).sum(axis=0))
    shares = estimates / gap if gap else np.full(len(parts), np.nan)
    table = pd.DataFrame(
        {
            "part": pd.Series([part[0] for part in parts], dtype="str"),
            "factor": pd.Series([part[1] for part in parts], dtype="str"),
            "n_units": pd.Series([n_units] * len(parts), dtype="int64"),
            **tested(estimates, errors, confidence),
        }
    )
    table.insert(4, "share_of_gap", shares)
    if not gap:
        table.loc[table["part"] == "gap", "estimate"] = 0.0
    return table


def _two_groups(
    rows: RowDesign,
    group: str,
    factors: list[str],
    numbers: list[str],
    unit: str | None,
    groups: tuple[object, object] | None,
) -> tuple[RowDesign, tuple[object, object]]:
    """The rows of two groups, A and B."""
    column = rows.frame[group]
    known = level_order(column.unique())
    if isinstance(column.dtype, pd.CategoricalDtype):
        known = list(column.cat.remove_unused_categories().cat.categories)
    wanted = list(known if groups is None else groups)
    if len(wanted) != 2 or len(set(wanted)) != 2 or not set(wanted) <= set(known):
        raise InputError(
            f"'{group}' does not give two groups",
            where="decompose_gap",
            expected=f"two of {', '.join(map(str, known))}",
            got=", ".join(map(str, wanted)),
            hint="name two of them: groups=(…, …)",
        )
    missing = rows.n_missing
    if len(known) > 2:
        kept = rows.frame[column.isin(wanted)]
        rows = read_rows(kept, [group, *factors], numbers, unit, "decompose_gap")
    if unit is not None:
        both = int((rows.frame[[unit, group]].drop_duplicates()[unit].duplicated()).sum())
        if both:
            raise InputError(
                f"{both} people are in both groups",
                where="decompose_gap",
                expected=f"one '{group}' for each '{unit}'",
                got=f"{rows.n_units} people",
            )
    pair = (wanted[0], wanted[1])
    return RowDesign(**{**vars(rows), "n_missing": missing}), pair


def _weights(rows: RowDesign, weights: str | None) -> Floats:
    if weights is None:
        return np.ones(len(rows.pattern))
    given = rows.frame[weights].to_numpy(dtype=float)
    wrong = given[~(given > 0) | ~np.isfinite(given)]
    if wrong.size:
        raise InputError(
            f"'{weights}' has {wrong.size} values that are not above nought",
            where="decompose_gap",
            expected="weights above nought",
            got=f"{wrong[0]:g}",
        )
    return given


def _counted(
    rows: RowDesign, sides: Sides, group: str, pair: tuple[object, object]
) -> pd.DataFrame:
    people = [len(np.unique(rows.person[side])) for side in sides.sides]
    return pd.DataFrame(
        {
            "variable": group,
            "category": [str(level) for level in pair],
            "n_units": people,
            "n_rows": sides.sides.sum(axis=1),
            "mean": [float(sides.mean(sides.y[:, None], side)[0][0]) for side in (0, 1)],
        }
    )
