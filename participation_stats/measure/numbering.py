"""Numbering columns: which of its distinct values each row has.

Reading words is most of the work of any estimate from a million rows, so words that are held as
Arrow are read by several threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

Ints = npt.NDArray[np.int64]
Order = Callable[[list[Any]], list[Any]]

#: Rows from which a thread is worth starting.
THREADED = 100_000
#: Rows at a time: what is made of so many on the way is kept in cache.
STRETCH = 1 << 16
THREADS = min(4, os.cpu_count() or 1)


class Numbered(NamedTuple):
    """A column in numbers.

    Attributes
    ----------
    codes : array of int of shape (rows,)
        Place of each row's value among `values`; −1 where it is missing.
    values : list
        The distinct values.
    """

    codes: Ints
    values: list[Any]


def number_columns(
    columns: Sequence[pd.Series], where: str, order: Order | None = None
) -> list[Numbered]:
    """Number the values of columns.

    Parameters
    ----------
    columns : sequence of Series
        Of one length.
    where : str
        Who asks, for messages.
    order : callable, optional
        Puts distinct values in order. Default: words as they are met, whole numbers by size.

    Raises
    ------
    InputError
        If values cannot be told apart (lists, say) or put in order.

    Examples
    --------
    >>> number_columns([pd.Series(["b", None, "a", "b"])], "example", sorted)
    [Numbered(codes=array([ 1, -1,  0,  1]), values=['a', 'b'])]
    """
    if not columns or len(columns[0]) < THREADED:
        return [_numbered(column, where, order) for column in columns]
    with ThreadPoolExecutor(THREADS) as pool:
        looked_up = list(pool.map(lambda column: _lookup(column, order), columns))
        # All at once: threads that are done with one column go on with the next.
        running = [
            pool.submit(lookup.write, start, part)
            for lookup in looked_up
            if lookup is not None
            for start, part in lookup.parts()
        ]
        for done in running:
            done.result()
        # Words that are not all met early on take one pass of one thread for each column.
        waiting = {
            at: pool.submit(_numbered, columns[at], where, order)
            for at, lookup in enumerate(looked_up)
            if lookup is None or lookup.news
        }
        return [
            waiting[at].result() if lookup is None or lookup.news else lookup.numbered
            for at, lookup in enumerate(looked_up)
        ]


def _numbered(column: pd.Series, where: str, order: Order | None) -> Numbered:
    try:
        codes, values = _counted(column) or _hashed(column)
        if order is None:
            return Numbered(codes, values)
        ordered = order(values)
    except TypeError as error:
        raise InputError(
            f"'{column.name}' holds values that are no categories",
            where=where,
            expected="text, numbers, dates or truth values, of one kind",
            got=", ".join(sorted({type(value).__name__ for value in column.dropna()})),
        ) from error
    if ordered == values:
        return Numbered(codes, values)
    place = {value: at for at, value in enumerate(ordered)}
    # The last place is that of -1, which pandas gives what is missing.
    lookup = np.array([*(place[value] for value in values), -1], dtype=np.int64)
    return Numbered(lookup[codes], ordered)


def _hashed(column: pd.Series) -> Numbered:
    codes, uniques = pd.factorize(column)
    return Numbered(codes.astype(np.int64, copy=False), uniques.tolist())


def _counted(column: pd.Series) -> Numbered | None:
    """Number whole numbers that lie close together, by size; None where they do not."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu" or column.empty:
        return None
    numbers = column.to_numpy()
    least = int(numbers.min())
    span = int(numbers.max()) - least + 1
    if span > len(numbers) + 1000:
        return None
    # A difference of small numbers need not be small enough for their own kind.
    wide = numbers.astype(np.int64 if column.dtype.kind == "i" else np.uint64, copy=False)
    places = (wide - wide.dtype.type(least)).astype(np.int64, copy=False)
    met = np.bincount(places, minlength=span) > 0
    if not met.all():
        places = (np.cumsum(met) - 1)[places]
    return Numbered(places, [least + at for at in np.flatnonzero(met).tolist()])


@dataclass
class _Lookup:
    """Words held as Arrow, to be looked up among those that the first rows have.

    A part of the rows at a time, because what is made of it then stays in cache: large pieces of
    new memory cost more than the reading, and threads wait for one another to get them. ``news``
    is true once a word is met that is none of those.
    """

    chunks: list[Any]
    known: Any
    numbered: Numbered
    news: bool = False

    def parts(self) -> Iterator[tuple[int, Any]]:
        """Pieces of a stretch at most that lie in one piece of memory, and where they begin."""
        start = 0
        for chunk in self.chunks:
            for at in range(0, len(chunk), STRETCH):
                part = chunk.slice(at, STRETCH)
                yield start, part
                start += len(part)

    def write(self, start: int, part: Any) -> None:
        """Number the words of one part."""
        import pyarrow.compute as pc

        if self.news:
            return
        found, gaps = pc.index_in(part, options=self.known), part.null_count
        if found.null_count > gaps:
            self.news = True
            return
        whole = pc.fill_null(found, -1) if gaps else found
        self.numbered.codes[start : start + len(part)] = whole.to_numpy()


def _lookup(column: pd.Series, order: Order | None) -> _Lookup | None:
    """How to look up a column; None where it does not hold few words as Arrow."""
    dtype = column.dtype
    if not (isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"):
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    held = column.array.__arrow_array__()
    words = pc.unique(held.slice(0, STRETCH)).drop_null()
    if len(words) > STRETCH // 8:
        return None
    values = words.to_pylist() if order is None else order(words.to_pylist())
    return _Lookup(
        held.chunks if isinstance(held, pa.ChunkedArray) else [held],
        pc.SetLookupOptions(value_set=pa.array(values, words.type)),
        Numbered(np.empty(len(held), dtype=np.int64), values),
    )
