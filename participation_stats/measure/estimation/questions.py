"""What is asked of a design, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from participation_stats.errors import InputError

from .columns import require_column
from .domains import WHERE as WHERE
from .domains import By, domain_columns
from .intervals import Interval

Statistic = Literal["mean", "proportion", "total", "ratio", "quantile"]


@dataclass(frozen=True)
class Question:
    """An estimate that is wanted."""

    value: str
    by: tuple[str, ...]
    statistic: Statistic
    answer: Any
    denominator: str | None
    quantiles: tuple[float, ...]
    interval: Interval | None
    confidence: float

    @property
    def columns(self) -> list[str]:
        """The columns that it needs of the frame."""
        named = [self.value, *self.by, *([self.denominator] if self.denominator else [])]
        return list(dict.fromkeys(named))


def read_question(
    known: Sequence[object],
    value: str,
    by: By,
    statistic: Statistic,
    answer: Any,
    denominator: str | None,
    quantiles: float | Sequence[float],
    interval: Interval | None,
    confidence: float,
) -> Question:
    """Check everything that is asked.

    Raises
    ------
    InputError
        Naming the argument or column that does not fit.
    """
    _require_one(statistic, get_args(Statistic), "statistic")
    if interval is not None:
        _require_one(interval, get_args(Interval), "interval")
    require_column(value, known, WHERE)
    if (statistic == "ratio") != (denominator is not None):
        raise InputError(
            "a ratio has no denominator=" if statistic == "ratio" else "denominator= without ratio",
            where=WHERE,
            expected="statistic='ratio' and denominator= together",
            got=f"statistic={statistic!r}, denominator={denominator!r}",
        )
    if denominator is not None:
        require_column(denominator, known, WHERE)
    _require_share(confidence, "confidence")
    several = (quantiles,) if isinstance(quantiles, int | float) else tuple(quantiles)
    for share in several or (None,):
        _require_share(share, "quantiles")
    names = domain_columns(by, known, WHERE)
    return Question(
        value, names, statistic, answer, denominator, several, interval, float(confidence)
    )


def _require_one(given: object, known: Sequence[str], argument: str) -> None:
    if given not in known:
        raise InputError(
            f"{argument} {given!r} is not known",
            where=WHERE,
            expected=", ".join(map(repr, known)),
            got=repr(given),
        )


def _require_share(given: object, argument: str) -> None:
    if not isinstance(given, int | float) or not 0 < given < 1:
        raise InputError(
            f"{argument} is not between 0 and 1",
            where=WHERE,
            expected="a fraction, such as 0.95",
            got=repr(given),
        )
