"""The formula of a model of attendance, in which format and capacity interact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError
from participation_stats.measure.tallies import BETWEEN, collapse, column_names

#: What interacts wherever a model has both: a formal meeting may keep residents away and not
#: the officers who called it.
CROSSED = (("format", "capacity"),)
WHERE = "attendance_formula"


@dataclass(frozen=True)
class AttendanceFormula(Card):
    """A formula that the data can bear.

    Attributes
    ----------
    formula : str
        ``"attended ~ gender + format * capacity"``.
    terms : tuple of str
        Its right side, term by term.
    left_out : tuple of str
        Characteristics of which the data hold fewer than two groups.
    note : str
        What was left out and why, in sentences; empty where nothing was.
    """

    formula: str
    terms: tuple[str, ...]
    left_out: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        return self.formula


def attendance_formula(
    data: Any,
    characteristics: Sequence[str],
    *,
    response: str = "attended",
    crossed: Sequence[tuple[str, str]] = CROSSED,
) -> AttendanceFormula:
    """Put a formula together: every characteristic with two groups or more, pairs crossed.

    Format and capacity interact in every model that has both. Where some combination never
    occurs (officers who were never asked to an informal meeting) the interaction has nothing to
    rest on: it is left out, and the note says which combination is lacking.

    Parameters
    ----------
    data : frame, str or Path
        One row per person and meeting at risk, as of `fit_logit`.
    characteristics : sequence of str
        Columns, in the order of the formula; those that are not there are left out too.
    response : str
        The left side.
    crossed : sequence of pairs of str
        Which characteristics interact where both are in the formula.

    Returns
    -------
    AttendanceFormula

    Raises
    ------
    InputError
        If no characteristic has two groups.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"format": ["formal", "informal"] * 2, "gender": "Female"})
    >>> log["capacity"] = ["resident", "resident", "officer", "officer"]
    >>> print(attendance_formula(log, ["gender", "format", "capacity"]))
    attended ~ format * capacity
    >>> attendance_formula(log.iloc[:3], ["format", "capacity"]).note
    "Whether format matters as much to every capacity cannot be told: nobody is in 'informal ×
    officer'."
    """
    known = column_names(data, WHERE) or []
    groups = {name: _groups(data, [name]) for name in characteristics if name in known}
    kept = [name for name in characteristics if len(groups.get(name, ())) > 1]
    out = tuple(name for name in characteristics if name not in kept)
    if not kept:
        raise InputError(
            "no characteristic has two groups",
            where=WHERE,
            expected="a column with two groups or more among " + ", ".join(characteristics),
            got="one group or none in each",
        )
    terms, notes = list(kept), []
    for one, other in crossed:
        if one not in terms or other not in terms:
            continue
        lacking = _lacking(data, one, other)
        if lacking:
            notes.append(
                f"Whether {one} matters as much to every {other} cannot be told: nobody is in "
                + ", ".join(f"'{combination}'" for combination in lacking)
                + "."
            )
            continue
        terms[terms.index(one)] = f"{one} * {other}"
        terms.remove(other)
    return AttendanceFormula(
        f"{response} ~ {' + '.join(terms)}", tuple(terms), out, " ".join(notes)
    )


def _lacking(data: Any, one: str, other: str) -> list[str]:
    """Combinations of two factors that no row has."""
    pairs = set(_groups(data, [one, other]).itertuples(index=False, name=None))
    if not pairs:
        return [f"{one}{BETWEEN}{other}"]
    firsts, seconds = (list(dict.fromkeys(place)) for place in zip(*sorted(pairs), strict=True))
    return [
        f"{first}{BETWEEN}{second}"
        for first in firsts
        for second in sorted(seconds)
        if (first, second) not in pairs
    ]


def _groups(data: Any, names: list[str]) -> pd.DataFrame:
    """The combinations that occur; none where every row lacks a value."""
    try:
        return collapse(data, names).patterns
    except InputError:
        return pd.DataFrame(columns=names)
