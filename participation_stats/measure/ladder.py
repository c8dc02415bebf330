"""The participation ladder: at which step from resident to decision does a group get lost?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from participation_stats.errors import InputError

from .margins import By
from .results import Result, Rule
from .rungs import WHERE, clean_rungs
from .steps import adjusted_in_step, rung_sizes, stepped

_SHOWN = ["variable", "category", "rung", "count", "share", "step_ratio", "ratio", "p_value"]
#: Below this adjusted p a sentence says that chance alone would hardly explain it.
SIGNIFICANT = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Ladder(Result):
    """What `participation_ladder` found.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, rung, count, share, step_ratio, ratio, p_value, test``; rungs of
        each group outermost first. On the outermost rung the ratio is 1 and there is no step.
    losses : DataFrame
        ``variable, category, rung, outer, step_ratio, p_value, p_adjusted, sentence``: for each
        group the step that loses the most, and the same in words, with other steps that lose
        more than chance explains; NA where no step loses any.
    rungs : DataFrame
        ``variable, rung, n, not_stated``: people with a stated category, and the others.
    basis : DataFrame
        ``variable, category, rung, source, count, share``: for each row of the table the counts
        that its numbers rest on: its own, those of the rung outside, and the outermost.
    """

    losses: pd.DataFrame
    rungs: pd.DataFrame
    basis: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        # A step ratio beside one share gives the other away: a row leaves only if every count
        # that it rests on may.
        Rule(
            "table",
            derived=("count", "share", "step_ratio", "ratio", "p_value"),
            margin=("variable", "category", "rung"),
            follows="basis",
        ),
        # The p-values of a variable are adjusted together.
        Rule(
            "losses",
            derived=("rung", "outer", "step_ratio", "p_value", "p_adjusted", "sentence"),
            margin=("variable",),
            follows="basis",
        ),
        Rule("rungs"),
        Rule("basis", count="count", derived=("share",), margin=("variable", "rung", "source")),
    )


def participation_ladder(
    rungs: Any,
    by: By = None,
    *,
    nested: Sequence[str] = (),
    capacity: str | None = "resident",
    regular_share: float = 0.5,
    regular_least: int = 3,
) -> Ladder:
    r"""Follow each group from rung to rung, and name the step at which it is lost.

    With :math:`s_k` a group's share of the people on rung k, outermost 0,

    .. math::

        \text{step ratio}_k = s_k / s_{k-1}, \qquad
        \text{ratio}_k = s_k / s_0 = \prod_{j \le k} \text{step ratio}_j .

    A group that nobody stands for on a rung has a step ratio and ratio of 0 there; from 0 there
    is no further step ratio (NaN). People whose category is not stated are left out of shares.

    Each step has an exact test that the rung holds the group as the rung outside does; column
    ``test`` says which:

    - *fair draw*: everybody on the rung stands on the rung outside too; the group's count is
      hypergeometric, the smaller tail is doubled;
    - *fair draw by shares*: the same where the rung outside is known in shares alone (binomial);
    - *two samples*: different people; both together are the urn (Fisher's test, tail doubled);
    - *exchange*: some people stand on both; groups are exchanged among people, who keep the
      rungs they stand on (exact, ordered by :math:`X^2`).

    Parameters
    ----------
    rungs : mapping or Place
        Name → margins, Tally, frame of people or mapping from group to count, outermost first;
        the outermost may hold shares. Of an estate: residents (population), answered the survey,
        came once, comes regularly, and whoever held a seat on a committee, a network and a subgroup
        (kinds of bodies), as far as its tables allow.
    by : str, tuple of str, or sequence of these, optional
        Variables. Default: all of the outermost rung; a rung without one is left out for it.
    nested : sequence of str
        Rungs of which it is known that everybody stands on the rung outside. By default the
        first step is taken so if its counts allow it, and others where ``person_id`` shows it.
    capacity : str, optional
        For an estate: whom to follow. ``None``: everybody, staff and officers too.
    regular_share, regular_least
        For an estate: who came to at least this share of the meetings of a body that they could
        have come to, and at least so often, is regular.

    Returns
    -------
    Ladder

    Raises
    ------
    InputError
        If there are not two rungs, a group is missing from the outermost rung, counts are not
        whole, shares do not add up to 1, or a rung named in `nested` does not fit into the rung
        outside.

    Examples
    --------
    >>> ladder = participation_ladder(
    ...     {
    ...         "residents": {"Renter": 528, "Owner": 472},
    ...         "answered": {"Renter": 60, "Owner": 90},
    ...         "committee": {"Renter": 2, "Owner": 10},
    ...     },
    ...     by="housing_tenure",
    ... )
    >>> ladder.table.drop(columns="variable").round(3)
      category       rung  count  share  step_ratio  ratio  p_value         test
    0    Owner  residents    472  0.472         NaN  1.000      NaN          NaN
    1    Owner   answered     90  0.600       1.271  1.271    0.001    fair draw
    2    Owner  committee     10  0.833       1.389  1.766    0.189  two samples
    3   Renter  residents    528  0.528         NaN  1.000      NaN          NaN
    4   Renter   answered     60  0.400       0.758  0.758    0.001    fair draw
    5   Renter  committee      2  0.167       0.417  0.316    0.189  two samples
    >>> print(ladder.losses["sentence"][1])
    Renter: the step that loses the most is from "answered" to "committee", where the share falls
    from 40.0% to 16.7% (2 of 12). Chance alone could explain it (adjusted p = 0.19). They are also
    lost from "residents" to "answered", from 52.8% to 40.0% (60 of 150), which chance alone would
    hardly explain (adjusted p < 0.001).
    """
    if not 0 < regular_share <= 1 or regular_least < 1:
        raise InputError(
            f"regular is said to be a share of {regular_share:g} and {regular_least} times",
            where=WHERE,
            expected="a share above 0 and at most 1, and once or more often",
        )
    clean = clean_rungs(rungs, by, capacity=capacity, regular=(regular_share, regular_least))
    _check_names(nested, [rung.name for rung in clean])
    cells = stepped(clean, nested)
    cells = cells.assign(p_adjusted=adjusted_in_step(cells))
    counted = cells["count"].notna().all()
    table = cells[[*_SHOWN, "test"]].astype({"count": "int64" if counted else "Int64"})
    return Ladder(table, _losses(cells), rung_sizes(clean), _basis(table))


def _check_names(nested: Sequence[str], names: Sequence[str]) -> None:
    for name in [nested] if isinstance(nested, str) else nested:
        if name not in names:
            raise InputError(
                f"nested names no rung: {name!r}",
                where=WHERE,
                expected="one of " + ", ".join(names),
                got=repr(name),
            )


def _losses(cells: pd.DataFrame) -> pd.DataFrame:
    """For each group the row with the smallest step ratio below 1; a step to nobody is 0."""
    columns = ["rung", "outer", "step_ratio", "p_value", "p_adjusted", "sentence"]
    groups = cells[["variable", "category"]].drop_duplicates()
    falling = cells[cells["step_ratio"] < 1 - 1e-12]
    worst = falling.sort_values("step_ratio", kind="stable").drop_duplicates(
        ["variable", "category"]
    )
    others = falling.drop(index=worst.index)
    others = others[others["p_adjusted"] < SIGNIFICANT]
    more = others.assign(more=_more(others)).groupby(["variable", "category"])["more"].agg("".join)
    losses = groups.merge(worst.assign(sentence=_sentences(worst))[[*groups, *columns]], how="left")
    none = losses["category"] + ": no step loses any of their share."
    also = losses[["variable", "category"]].merge(more.reset_index(), how="left")["more"].fillna("")
    return losses.assign(sentence=losses["sentence"].fillna(none) + also).reset_index(drop=True)


def _sentences(worst: pd.DataFrame) -> pd.Series:
    """Of each group the step that loses the most."""
    return (
        worst["category"]
        + ': the step that loses the most is from "' + worst["outer"]
        + '" to "' + worst["rung"]
        + '", where the share falls from ' + _fall(worst)
        + "). " + _shown(worst["p_adjusted"], _chance)
    )  # fmt: skip


def _more(others: pd.DataFrame) -> pd.Series:
    """Of each further step that loses, where chance alone would hardly explain it."""
    return (
        ' They are also lost from "' + others["outer"]
        + '" to "' + others["rung"] + '", from ' + _fall(others)
        + "), which chance alone would hardly explain (adjusted "
        + _shown(others["p_adjusted"], _p_value) + ")."
    )  # fmt: skip


def _fall(steps: pd.DataFrame) -> pd.Series:
    counts = _shown(steps["count"], "{:.0f}".format) + " of " + _shown(steps["n"], "{:.0f}".format)
    before, after = (
        _shown(100 * steps[name], "{:.1f}%".format) for name in ("outer_share", "share")
    )
    return before + " to " + after + " (" + counts


def _shown(numbers: pd.Series, how: Callable[[float], str]) -> pd.Series:
    return numbers.map(how).astype("str")


def _chance(p: float) -> str:
    could = "would hardly" if p < SIGNIFICANT else "could"
    return f"Chance alone {could} explain it (adjusted {_p_value(p)})."


def _p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _basis(table: pd.DataFrame) -> pd.DataFrame:
    """Each row's own counts, those one rung out, and the outermost, under the row's own key."""
    keys = ["variable", "category"]
    groups = table.groupby(keys, sort=False)
    rows = table[[*keys, "rung"]]
    sources = pd.concat(
        [
            rows.assign(source=source)
            for source in (
                table["rung"],
                groups["rung"].shift(),
                groups["rung"].transform("first"),
            )
        ]
    ).dropna(subset="source")
    held = table[[*keys, "rung", "count", "share"]].rename(columns={"rung": "source"})
    basis = sources.drop_duplicates().merge(held, on=[*keys, "source"])
    return basis.reset_index(drop=True)
