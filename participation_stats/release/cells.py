"""Cells: which people each row of a frame counts, so that tables can be held side by side."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from participation_stats.measure.results import PUBLIC_VARIABLES, Rule
from participation_stats.release.policies import Policy

#: A category that says nothing about anybody: a missing answer is not a characteristic.
NOT_STATED = "Not stated"
#: The group and the variable of a row that tells no groups apart.
EVERYBODY = "Everybody"
#: The column that counts people at risk, of whom one may be in several groups over time.
AT_RISK = "n_units"
#: Between a body and a part of its people, in the name of that part.
OF_THEM = ", "
#: Between the parts of an intersection, in the names of variables and of categories.
BETWEEN = " × "

#: A level of a factor: ``gender[T.Male]``, ``C(tenure, Treatment('Own'))[T.Rent]``.
_LEVEL = re.compile(r"(?:C\(\s*([^,()\[\]]+?)\s*(?:,.*)?\)|([^,()\[\]]+))\[(?:T\.)?(.*)\]")


@dataclasses.dataclass(frozen=True, order=True)
class Cell:
    """The people of one group in one body: the thing that a count is of."""

    body: str
    variable: str
    category: str

    @property
    def is_everybody(self) -> bool:
        """Whether no groups are told apart."""
        return self.category == EVERYBODY and self.variable.capitalize() == EVERYBODY

    def __str__(self) -> str:
        return f"{self.category} ({self.variable}{f' of {self.body}' if self.body else ''})"


@dataclasses.dataclass(frozen=True)
class Margin:
    """Cells whose counts add up to a total that is known, and the table that states them.

    Parameters
    ----------
    table : str
        Name of the table, for messages.
    body, variable : str
    counts : mapping of str to int or None
        By category, in the table's order; ``None`` where the count is withheld or missing.
    exact : bool
        Whether the table states counts as they are, not rounded.
    """

    table: str
    body: str
    variable: str
    counts: Mapping[str, int | None]
    exact: bool = True

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells in the table's order."""
        return tuple(Cell(self.body, self.variable, category) for category in self.counts)

    def rounded(self, base: int) -> Margin:
        """As its table tells it: the same, its counts rounded where they are not exact."""
        if self.exact:
            return self
        told = {
            name: None if count is None else to_base(count, base)
            for name, count in self.counts.items()
        }
        return dataclasses.replace(self, counts=told)

    @property
    def total(self) -> int:
        """The sum of what is stated."""
        return sum(count for count in self.counts.values() if count is not None)


def row_cells(frame: pd.DataFrame, rule: Rule, body: str) -> list[Cell | None]:
    """The cell that each row counts; ``None`` where it counts nobody in particular.

    Role facts are nobody in particular, and neither is the count of those "Not stated"; but
    what they did or answered is theirs. Model terms such as ``ethnicity[T.Portuguese]`` are read
    as the group that they name, and a row without any group is about everybody.
    """
    if rule.count is None or rule.count not in frame:
        return [None] * len(frame)
    return [_cell(row, rule, body) for row in frame.to_dict("records")]


def _cell(row: Mapping[object, object], rule: Rule, body: str) -> Cell | None:
    if "term" in row:
        variable, category = read_term(str(row["term"]))
    elif "category" in row:
        variable, category = str(row.get(rule.variable or "", "")), str(row["category"])
    else:
        # All of them at once: a number that rests on few people is one about those few.
        variable, category = EVERYBODY, EVERYBODY
    if rule.variable is not None and variable in PUBLIC_VARIABLES:
        return None
    if category == NOT_STATED and rule.count == "count":
        return None
    return Cell(_body_of(row, rule, body), variable, category)


def _body_of(row: Mapping[object, object], rule: Rule, body: str) -> str:
    """The body a row is about: its own column, else the caller's word; with period or rung."""
    keys = [name for name in rule.margin if name in row and name != rule.variable]
    parts = [str(row[name]) for name in keys]
    if body and "body" not in keys:
        parts.insert(0, body)
    return counted_by(", ".join(parts), str(rule.count))


def counted_by(body: str, count: str) -> str:
    """How a body is named among cells, by the column that counts its people.

    People eligible (``n_units``) and people present (``count``) of one body are different people.

    Examples
    --------
    >>> counted_by("retention", "n_units"), counted_by("committee", "count")
    ('retention [n_units]', 'committee')
    """
    return body if count == "count" else f"{body} [{count}]"


def is_headcount(body: str) -> bool:
    """Whether the people of a body, as `counted_by` names it, are counted each once.

    People at risk of something may have been in one group and then in another.

    Examples
    --------
    >>> is_headcount("committee"), is_headcount("retention [n_units]")
    (True, False)
    """
    return not body.endswith(f" [{AT_RISK}]")


def read_term(term: str) -> tuple[str, str]:
    """Variable and category of a model term, which is about a group even beside a number.

    Examples
    --------
    >>> read_term("ethnicity[T.Portuguese]"), read_term("Intercept")
    (('ethnicity', 'Portuguese'), ('term', 'Intercept'))
    >>> read_term("age:C(gender, Treatment('Other'))[T.Male]:format[T.online]")
    ('gender × format', 'Male × online')
    """
    levels = [(name, level) for name, level in term_levels(term) if level]
    if not levels:
        return "term", term
    return BETWEEN.join(name for name, _ in levels), BETWEEN.join(level for _, level in levels)


def term_levels(term: str) -> list[tuple[str, str]]:
    """What a model term multiplies: factors, each with its level, and numbers without one.

    Examples
    --------
    >>> term_levels("C(tenure, Treatment('a:b'))[T.c:d]:age")
    [('tenure', 'c:d'), ('age', '')]
    """
    pieces, brackets, round_ones = [""], 0, 0
    for letter in term:
        brackets += (letter == "[") - (letter == "]")
        if not brackets:
            round_ones += (letter == "(") - (letter == ")")
        if letter == ":" and not brackets and not round_ones:
            pieces.append("")
        else:
            pieces[-1] += letter
    found = [(piece, _LEVEL.fullmatch(piece)) for piece in pieces]
    return [(level[1] or level[2], level[3]) if level else (piece, "") for piece, level in found]


def margins_of(
    table: str, frame: pd.DataFrame, rule: Rule, body: str, policy: Policy
) -> list[Margin]:
    """The margins that one frame states; none where its rows do not add up."""
    if "category" not in frame or "reference" in frame or rule.whole is not None:
        return []
    found: dict[tuple[str, str], dict[str, int | None]] = {}
    for cell, count in zip(row_cells(frame, rule, body), _counts(frame, rule), strict=True):
        # All of them at once are no group, whose name would tell what everybody is.
        if cell is not None and not cell.is_everybody:
            found.setdefault((cell.body, cell.variable), {})[cell.category] = count
    exact = not is_rounded(frame, rule, policy)
    return [Margin(table, *key, counts, exact) for key, counts in found.items()]


def _counts(frame: pd.DataFrame, rule: Rule) -> Iterable[int | None]:
    if rule.count is None or rule.count not in frame:
        return [None] * len(frame)
    return [None if pd.isna(count) else int(count) for count in frame[rule.count]]


def is_rounded(frame: pd.DataFrame, rule: Rule, policy: Policy) -> bool:
    """Whether the counts of a frame are rounded: only where no number beside them is exact."""
    return policy.rounding > 1 and not any(name in frame for name in rule.derived)


def to_base(count: int, base: int) -> int:
    """The nearest multiple of a base.

    Examples
    --------
    >>> [to_base(count, 5) for count in (12, 13, 15)]
    [10, 15, 15]
    """
    return (2 * count + base) // (2 * base) * base


def from_base(rounded: int, base: int) -> tuple[int, int]:
    """The least and the greatest count that are rounded to this.

    Examples
    --------
    >>> from_base(15, 5), from_base(12, 4)
    ((13, 17), (10, 13))
    """
    return rounded - base // 2, rounded + (base - 1) // 2
