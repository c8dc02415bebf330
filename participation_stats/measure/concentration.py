"""How unequally attendance is shared out among people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

from .results import Result, Rule
from .tallies import collapse, column_names

Floats = npt.NDArray[np.float64]

WHERE = "attendance_inequality"


@dataclass(frozen=True, eq=False, repr=False)
class Inequality(Result):
    """How unequally attendances are shared out.

    Attributes
    ----------
    table : DataFrame
        Points of the Lorenz curve, one per person and the origin: ``people_share`` and
        ``attendance_share`` (cumulated fractions, those who come least first).
    gini, gini_unbiased : float
        0 when everybody comes equally often; the unbiased form is n/(n − 1) times the plain one.
    hill_0, hill_1, hill_2 : float
        Effective numbers of participants: all who came, the exponential of Shannon's entropy,
        and the inverse of Simpson's concentration.
    n, total, half : int
        People counted, attendances, and the fewest people who make up half of them.
    """

    gini: float
    gini_unbiased: float
    hill_0: float
    hill_1: float
    hill_2: float
    n: int
    total: int
    half: int
    rules: ClassVar[tuple[Rule, ...]] = (Rule("table", individual=True),)

    @property
    def lorenz(self) -> pd.DataFrame:
        """The points of the Lorenz curve."""
        return self.table

    @property
    def hill(self) -> tuple[float, float, float]:
        """Hill numbers of order 0, 1 and 2."""
        return self.hill_0, self.hill_1, self.hill_2

    def top_share(self, q: float) -> float:
        """Share of attendances of the ⌈qn⌉ people who come most, 0 < q ≤ 1.

        Raises
        ------
        InputError
            If `q` is not above 0 and at most 1.
        """
        if not 0 < q <= 1:
            raise InputError(
                f"a share of people of {q}",
                where="top_share",
                expected="a fraction above 0 and at most 1",
                got=str(q),
                hint="the top fifth is top_share(0.2)",
            )
        # 0.2 * 15 is 3.0000000000000004 in floating point; that is 3 people, not 4.
        people = int(np.ceil(np.round(q * self.n, 9)))
        return float(1 - self.table["attendance_share"].iloc[self.n - people])


def attendance_inequality(
    counts: Any, *, unit: str = "person_id", response: str = "attended"
) -> Inequality:
    r"""Measure how unequally attendances are shared out among people.

    With counts x ascending, n people and shares s = x/Σx,

    .. math::

        G = \frac{\sum_i (2i - n - 1)\,x_{(i)}}{n \sum_i x_i}, \qquad
        {}^0\!D = \#\{s>0\}, \quad {}^1\!D = e^{-\sum s \ln s}, \quad
        {}^2\!D = 1/\sum s^2 .

    Parameters
    ----------
    counts : iterable of int, or frame, str or Path
        Meetings attended, one number per person. Give only those who ever came, or, with
        noughts, all who were eligible: the two answer different questions. Or the log itself,
        one row per person and meeting, as `fit_logit` takes it: any frame that narwhals knows,
        lazy or eager, or a path or glob of CSV or Parquet.
    unit, response : str
        With a log: the column that names the person, and the one that is 1 where they came.

    Returns
    -------
    Inequality

    Raises
    ------
    InputError
        If there is nobody, nobody ever came, or a count is missing, negative or not whole; with
        a log, as `collapse` does.

    References
    ----------
    Gini (1912); Hill (1973), Ecology 54, 427-432.

    Examples
    --------
    The 18 women of Davis, Gardner & Gardner (1941) at 14 social events:

    >>> women = attendance_inequality([8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2])
    >>> women.n, women.total, women.half
    (18, 89, 6)
    >>> round(women.gini, 10), round(women.top_share(3 / 18), 10)
    (0.234082397, 0.2696629213)
    >>> [round(number, 7) for number in women.hill]
    [18.0, 16.4436113, 15.3210832]
    """
    ascending = np.sort(_clean(_counted(counts, unit, response)))
    n, total = len(ascending), float(ascending.sum())
    rank = np.arange(1, n + 1)
    gini = float((2 * rank - n - 1) @ ascending / (n * total))
    shares = ascending[ascending > 0] / total
    cumulated = np.concatenate([[0.0], np.cumsum(ascending) / total])
    cumulated[-1] = 1.0
    reached = np.cumsum(ascending[::-1]) >= total / 2
    return Inequality(
        pd.DataFrame({"people_share": np.arange(n + 1) / n, "attendance_share": cumulated}),
        gini=gini,
        gini_unbiased=gini * n / (n - 1) if n > 1 else float("nan"),
        hill_0=float(len(shares)),
        hill_1=float(np.exp(-(shares @ np.log(shares)))),
        hill_2=float(1 / (shares @ shares)),
        n=n,
        total=int(total),
        half=int(np.argmax(reached)) + 1,
    )


def _counted(counts: Any, unit: str, response: str) -> Iterable[Any]:
    """One number per person, from the log where that is what was given."""
    if isinstance(counts, pd.Series) or column_names(counts, WHERE) is None:
        return cast("Iterable[Any]", counts)
    cells = collapse(counts, [], response, unit=unit).cells
    return np.repeat(cells["successes"].to_numpy(), cells["units"].to_numpy())


def _clean(counts: Iterable[Any]) -> Floats:
    try:
        values = np.asarray(list(counts), dtype=float)
    except (TypeError, ValueError) as error:
        raise _refused("a count that is no number", repr(counts)[:60]) from error
    if values.ndim != 1 or len(values) == 0:
        raise _refused("nobody to count", "no counts")
    wrong = ~np.isfinite(values) | (values < 0) | (values != np.round(values))
    if wrong.any():
        raise _refused(f"a count of {values[wrong][0]:g}", f"{int(wrong.sum())} such counts")
    if values.sum() == 0:
        raise _refused("nobody ever came", f"{len(values)} counts of 0")
    return values


def _refused(what: str, got: str) -> InputError:
    return InputError(
        what,
        where=WHERE,
        expected="whole numbers of meetings attended, one per person, not all 0",
        got=got,
    )
