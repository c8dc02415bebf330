"""The frozen result base and what disclosure must know.

Every result of this package is a frozen dataclass with one tidy, unrounded ``.table``
(fractions, never percentages) and any number of further frames. It declares, for each frame,
which column counts people and which columns the count can be worked out from, so that
``protect`` needs no list of topics and drawing stays generic.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

import pandas as pd

from .vocabulary import VOCABULARY as VOCABULARY
from .vocabulary import Column as Column
from .vocabulary import Unit as Unit

#: Rows of a frame that a notebook shows; the frame has all.
NOTEBOOK_ROWS = 30


@dataclasses.dataclass(frozen=True)
class Rule:
    """What disclosure must know of one frame of a result.

    Parameters
    ----------
    table : str
        Name of the frame, e.g. ``"table"``.
    count : str, optional
        The column that counts people. ``None``: the frame counts nobody itself.
    derived : tuple of str
        Columns from which the count, or a suppressed count elsewhere, can be worked out.
    margin : tuple of str
        Columns naming the rows whose counts add up to a total that is published too.
    variable : str, optional
        The column naming the characteristic; rows of a public one (see `PUBLIC_VARIABLES`)
        are not suppressed. ``None``: every row is treated as personal.
    follows : str, optional
        Another frame of the same result: where it has a suppressed cell within the same
        `margin`, the derived columns here are suppressed too.
    individual : bool
        One row is one person. Such a frame never leaves under a publishing policy.
    whole : str, optional
        The column that counts the people of whom ``count``, and the other counts of a row, are
        parts. Rows of a group then are a chain: one that is small takes all of them with it.
    """

    table: str
    count: str | None = None
    derived: tuple[str, ...] = ()
    margin: tuple[str, ...] = ()
    variable: str | None = "variable"
    follows: str | None = None
    individual: bool = False
    whole: str | None = None


#: Role facts that are public by their nature: the fields that data_schemas/ marks `public`, as a
#: test holds. Everything else is personal, whether the schemas know it or not.
PUBLIC_VARIABLES = frozenset(
    {
        "capacity",
        "role",
        "organisation",
        "format",
        "status",
        "body_id",
        "meeting_id",
        "kind",
        "date",
    }
)


class Place(Protocol):
    """What a measure needs of an estate: its tables by name. Absent tables have no key."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name, as data_schemas/ describes them."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The base of every result: frozen, tidy, printable, and ready for ``protect``.

    Attributes
    ----------
    table : DataFrame
        The tidy, unrounded main table.
    rules : tuple of Rule
        Class attribute: what disclosure must know of each frame.
    """

    table: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = ()

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every frame of the result by its name, ``table`` first."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}

    def facts(self) -> dict[str, str | int | float | bool | None]:
        """Every scalar of the result by its name (``n_rows``, ``gini``, ``converged`` …)."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: value
            for name, value in values.items()
            if value is None or isinstance(value, str | int | float | bool)
        }

    def coarsened(self, small: Callable[[int, int], bool]) -> tuple[Result, str]:
        """The same in coarser steps, where steps are what makes its numbers small.

        Parameters
        ----------
        small : callable
            Whether a count, of a total, is one that must not be told.

        Returns
        -------
        result : Result
            Itself, for most kinds of result.
        words : str
            What was made coarser, in sentences; empty where nothing was.
        """
        return self, ""

    def compared(self) -> pd.DataFrame:
        """How many people are in each of the groups compared, which are all that have anybody.

        Returns
        -------
        DataFrame
            ``variable, category, n_units``. The reference of a model, which has no term of its
            own, is there too, as its number may follow from the others'. Empty where the result
            is about groups that somebody chose.
        """
        return pd.DataFrame(columns=["variable", "category", "n_units"])

    def __str__(self) -> str:
        parts = [type(self).__name__]
        facts = ", ".join(f"{name} {_short(value)}" for name, value in self.facts().items())
        if facts:
            parts.append(facts)
        for name, frame in self.frames().items():
            parts.append(f"\n.{name}\n{rounded(frame).to_string(index=False)}")
        return "\n".join(parts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        facts = ", ".join(
            f"{html.escape(name)} <b>{html.escape(_short(value))}</b>"
            for name, value in self.facts().items()
            if value is not None
        )
        blocks = "".join(_framed(name, frame) for name, frame in self.frames().items())
        title = html.escape(type(self).__name__)
        return f"<div><strong>{title}</strong>{f'<p>{facts}</p>' if facts else ''}{blocks}</div>"


def _framed(name: str, frame: pd.DataFrame) -> str:
    """One frame as a notebook shows it: its first rows under its name."""
    shown = rounded(frame.head(NOTEBOOK_ROWS))
    table = shown.to_html(index=False, border=0, na_rep="–", justify="left")
    rest = len(frame) - len(shown)
    more = f"<p>… and {rest:,} more rows in <code>.{html.escape(name)}</code></p>" if rest else ""
    return f"<p><code>.{html.escape(name)}</code></p>{table}{more}"


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Copy for reading: floats to three decimals, p-values to four. The original stays exact."""
    decimals = {
        str(name): 4 if unit_of(str(name)) == "probability" else 3
        for name in frame.select_dtypes("float").columns
    }
    return frame.round(decimals)


def number_of(count: int, noun: str, plural: str = "") -> str:
    """A number and what it counts, in the singular of one.

    Examples
    --------
    >>> number_of(1, "person", "people"), number_of(1200, "row")
    ('1 person', '1,200 rows')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def left_out(count: int, noun: str, plural: str = "") -> str:
    """That so many were not used, as a value of theirs is missing.

    Examples
    --------
    >>> left_out(1, "row"), left_out(3, "person", "people")
    ('1 row with a missing value is left out.', '3 people with a missing value are left out.')
    """
    are = "is" if count == 1 else "are"
    return f"{number_of(count, noun, plural)} with a missing value {are} left out."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> listed(["age"]), listed(["age", "gender", "tenure"])
    ('age', 'age, gender and tenure')
    """
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def told_p(p_value: float) -> str:
    """A p-value in a sentence: none is nought.

    Examples
    --------
    >>> told_p(0.03125), told_p(1e-9)
    ('p = 0.0312', 'p < .0001')
    """
    return "p < .0001" if p_value < 0.0001 else f"p = {p_value:.4f}"


def unit_of(column: str) -> Unit:
    """The unit of a column of the vocabulary; ``"word"`` for a key that it does not name."""
    return VOCABULARY[column].unit if column in VOCABULARY else "word"


def _short(value: str | int | float | bool | None) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
