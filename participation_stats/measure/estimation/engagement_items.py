"""Which answers count as taking part: items of a questionnaire as truth values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .answers import read_answers
from .surveys import require_column

#: Answers that count where the caller does not say which.
YES = ("yes", "true", "1", "1.0")
NO = ("no", "false", "0", "0.0")
Items = str | Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Item:
    """One item.

    Attributes
    ----------
    name : str
    told : str
        The answers that count, in words.
    holds : Series of shape (rows,)
        Whether an answer counts; missing where there is none.
    """

    name: str
    told: str
    holds: pd.Series


def read_items(frame: pd.DataFrame, items: Items, where: str) -> list[Item]:
    """Items by name, with the answers that count: those given, else yes, true or 1.

    Raises
    ------
    InputError
        If there are none, a column is not there, nobody gave an answer that is to count, or it
        is not said which answers do.

    Examples
    --------
    >>> asked = pd.DataFrame({"came": ["yes", "no", None], "trust": [5, 2, 4]})
    >>> [(item.told, item.holds.tolist()) for item in
    ...  read_items(asked, {"came": "yes", "trust": (4, 5)}, "survey_engagement")]
    [('yes', [True, False, <NA>]), ('4 or 5', [True, False, True])]
    """
    if isinstance(items, Mapping):
        wanted = dict(items)
    else:
        wanted = dict.fromkeys([items] if isinstance(items, str) else items)
    if not wanted:
        raise InputError("no items", where=where, expected="columns of answers", got="none")
    for name in wanted:
        require_column(name, list(frame.columns), where)
    return [_item(frame, name, answers, where) for name, answers in wanted.items()]


def _item(frame: pd.DataFrame, name: str, answers: Any, where: str) -> Item:
    if answers is None:
        answers = _affirmative(frame[name], where)
        if answers is None:
            # Everybody said no, or nobody anything: that is an answer too.
            answered = frame[name].notna()
            return Item(name, "yes", pd.Series(False, frame.index, "boolean").where(answered))
    found = read_answers(frame, name, answers, where)
    holds = np.any(found.columns, axis=0) if found.columns else np.zeros(len(frame), dtype=bool)
    truth = pd.Series(holds, index=frame.index, dtype="boolean").where(found.answered)
    return Item(name, " or ".join(found.labels), truth)


def _affirmative(column: pd.Series, where: str) -> list[object] | None:
    """The answers of a yes-or-no item that count; None where nobody gave one of them.

    Raises
    ------
    InputError
        If it has other answers than yes and no.
    """
    known = list(pd.unique(column.dropna()))
    odd = [value for value in known if str(value).casefold() not in (*YES, *NO)]
    if odd:
        raise InputError(
            f"'{column.name}' has other answers than yes and no",
            where=where,
            expected="yes and no, 1 and 0, or truth values",
            got=repr(odd[0]),
            hint=f"say which answers count: items={{'{column.name}': [...]}}",
        )
    return [value for value in known if str(value).casefold() in YES] or None
