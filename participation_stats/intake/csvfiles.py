"""Reading a CSV file into raw cells: by Arrow where every line is a row, with care elsewhere.

Arrow reads a million rows in a tenth of a second but cannot say on which line a row stood, and
says little of rows that are too short. So it is used where rows and lines agree in number, which
proves that no row was skipped or spread over lines; all else is read line by line.
"""

from __future__ import annotations

import contextlib
import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from participation_stats.errors import SourceError

from .dialects import Dialect
from .gauges import CountedStream, Reached, bytes_of, unheard
from .raw import BrokenRow, Cells, from_arrow

_TEXT = pa.dictionary(pa.int32(), pa.string())
_BATCH = 100_000
#: A row that goes on over more lines than hold so many letters has a quotation mark left open.
_LONGEST = 1 << 17
_MARKS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
#: So many lines with a quotation mark that is never closed are no slip of the pen.
_MOST_UNCLOSED = 1000

Parts = tuple[list[str], list[Cells], NDArray[np.int64], tuple[BrokenRow, ...]]


def parse_csv(path: Path, dialect: Dialect, reached: Reached = unheard) -> Parts:
    """Headings, columns, line of each row, and the rows that could not be cut into columns.

    `reached` is told which part of the file has been read, from 0 to 1.

    Raises
    ------
    SourceError
        If quotation marks are so broken that the file is no table.
    """
    with _long_cells():
        return _parse_fast(path, dialect, reached) or _parse_carefully(path, dialect, reached)


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be of any length: the limit is the process's, and others leave it anywhere."""
    before = csv.field_size_limit((1 << 31) - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parse_fast(path: Path, dialect: Dialect, reached: Reached = unheard) -> Parts | None:
    quick = dialect.encoding in ("utf-8", "utf-8-sig") and dialect.header_line == 1
    if not quick or dialect.line_count is None or dialect.line_count < 2:
        return None
    headings = next(_Records(path, dialect))
    if headings.lines != 1:
        return None
    width = len(headings.cells)
    broken: list[BrokenRow] = []

    def told(part: float) -> None:
        # With quotation marks all may have to be read again, line by line.
        reached(part / 2 if dialect.has_quotes else part)

    table = _arrow_table(path, dialect, width, told)
    if table is None and not dialect.has_quotes:  # without quotation marks a row is a line
        table = _arrow_table(path, dialect, width, told, broken)
    if table is None or table.num_rows + len(broken) != dialect.line_count - 1:
        return None
    if _ends_open(path, dialect):
        return None
    lines = np.setdiff1d(
        np.arange(2, dialect.line_count + 1), [row.line for row in broken], assume_unique=True
    )
    columns = []
    for _ in range(width):  # each column is let go before the next is copied: half the memory
        columns.append(from_arrow(table[0]))
        table = table.remove_column(0)
    return headings.cells, columns, lines, tuple(broken)


def _arrow_table(
    path: Path,
    dialect: Dialect,
    width: int,
    reached: Reached,
    broken: list[BrokenRow] | None = None,
) -> pa.Table | None:
    """The columns as Arrow reads them; None at a broken row, unless they are to be collected."""

    def collect(row: Any) -> str:
        if broken is None:
            return "error"
        broken.append(_ragged(row.number, row.text, row.actual_columns, width, dialect.delimiter))
        return "skip"

    names = [str(position) for position in range(width)]
    options = {
        "read_options": pa.csv.ReadOptions(
            column_names=names,
            skip_rows=1,
            block_size=1 << 22,
            use_threads=broken is None,  # threads do not know which row it is
        ),
        "parse_options": pa.csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=dialect.has_quotes,
            invalid_row_handler=collect,
        ),
        "convert_options": pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, _TEXT),
            strings_can_be_null=False,
            check_utf8=False,  # the dialect was found by decoding every byte
        ),
    }
    try:
        with path.open("rb") as stream:
            counted = CountedStream(stream, bytes_of(path), reached)
            return pa.csv.read_csv(pa.PythonFile(counted, mode="r"), **options)
    except pa.ArrowException:  # a row too short or too long, or a cell larger than a block
        return None


def _ends_open(path: Path, dialect: Dialect) -> bool:
    """Does the last line, a row of its own, end within quotation marks? Arrow does not mind."""
    if not dialect.has_quotes:
        return False
    with path.open("rb") as stream:
        stream.seek(-min(path.stat().st_size, 1 << 22), 2)
        last = stream.read().splitlines()[-1].decode(errors="replace")
    try:
        list(csv.reader([last], delimiter=dialect.delimiter, strict=True))
    except csv.Error:  # the end, or text after a closing mark, which may hide an open one
        return True
    return False


def _parse_carefully(path: Path, dialect: Dialect, reached: Reached = unheard) -> Parts:
    records = _Records(path, dialect)
    size = max(1, bytes_of(path))
    headings = next(records).cells
    columns: list[list[pa.Array]] = [[] for _ in headings]
    batch: list[list[str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    for record in records:
        if record.what:
            broken.append(BrokenRow(record.line, record.text, record.what, record.hint))
        elif len(record.cells) != len(headings):
            count, width = len(record.cells), len(headings)
            broken.append(_ragged(record.line, record.text, count, width, dialect.delimiter))
        else:
            batch.append(record.cells)
            lines.append(record.line)
        if len(batch) == _BATCH:
            _encode(batch, columns)
            reached(records.letters / size)
    _encode(batch, columns)
    cells = [from_arrow(pa.chunked_array(chunks, _TEXT)) for chunks in columns]
    return headings, cells, np.array(lines, dtype=np.int64), tuple(broken)


def _encode(batch: list[list[str]], columns: list[list[pa.Array]]) -> None:
    for chunks, cells in zip(columns, zip(*batch, strict=True), strict=False):
        # surrogates cannot come in: every byte was decoded strictly
        chunks.append(pa.array(cells, pa.string()).dictionary_encode())
    batch.clear()


class _Record:
    """One row: its cells, the line it starts on, how many lines it takes, its text."""

    def __init__(self, cells: list[str], line: int, text: list[str], what: str = "") -> None:
        self.cells = cells
        self.line = line
        self.lines = len(text)
        self.text = "".join(text).rstrip("\r\n")
        self.what = what
        self.hint = "close the quotation mark, or leave it out" if what else ""


def _ragged(line: int, text: str, cells: int, width: int, delimiter: str) -> BrokenRow:
    difference = cells - width
    mark = _MARKS.get(delimiter, delimiter)
    word = "too many" if difference > 0 else "too few"
    plural = "cell" if abs(difference) == 1 else "cells"
    return BrokenRow(
        line,
        text,
        f"{abs(difference)} {plural} {word}: {cells} where the heading has {width}",
        f"a {mark} within a value needs quotation marks round it"
        if difference > 0
        else "an empty cell still needs its delimiter",
    )


class _Records(Iterator[_Record]):
    """The rows of a file with their lines, going on after a quotation mark left open.

    `letters` counts what has been read.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path = path
        self._delimiter = dialect.delimiter
        self._source = self._open(path, dialect)
        self._returned: deque[str] = deque()
        self._taken: list[str] = []
        self._letters = 0
        self.letters = 0
        self._number = dialect.header_line - 1
        self._unclosed = 0
        self._reader = self._restart()

    @staticmethod
    def _open(path: Path, dialect: Dialect) -> Iterator[str]:
        with path.open(encoding=dialect.encoding, newline="") as stream:
            for number, line in enumerate(stream, start=1):
                if number >= dialect.header_line:
                    yield line

    def _restart(self) -> Iterator[list[str]]:
        self._ended = False
        return csv.reader(iter(self._line, None), delimiter=self._delimiter)

    def _line(self) -> str | None:
        line = self._returned.popleft() if self._returned else next(self._source, None)
        if line is None:
            self._ended = True
        else:
            self._taken.append(line)
            self._number += 1
            self._letters += len(line)
            self.letters += len(line)
            if self._letters > _LONGEST and len(self._taken) > 1:
                raise csv.Error("the row has no end")
        return line

    def __next__(self) -> _Record:
        while True:
            self._taken, self._letters = [], 0
            first = self._number + 1
            try:
                cells = next(self._reader)
            except csv.Error:
                return self._skip(first)
            # Having asked for another line at the end, it was within quotation marks there.
            if self._ended or (len(self._taken) > 1 and self._swallows(len(cells))):
                return self._skip(first)
            if cells:
                return _Record(cells, first, self._taken)

    def _swallows(self, width: int) -> bool:
        """Has a quotation mark left open met another one, lines later, with rows in between?"""
        try:
            list(csv.reader(self._taken, delimiter=self._delimiter, strict=True))
        except csv.Error:  # the other one opens a cell: text follows it where a delimiter should
            return True
        # In a long table, a line that has every delimiter of a row is one; prose seldom has.
        inner = self._taken[1:-1]
        return width >= 5 and any(line.count(self._delimiter) == width - 1 for line in inner)

    def _skip(self, first: int) -> _Record:
        """Give the first line of the trouble up and go on with the next one."""
        self._unclosed += 1
        if self._unclosed > _MOST_UNCLOSED:
            raise SourceError(
                f"more than {_MOST_UNCLOSED:,} rows have a quotation mark that is never closed",
                where=self._path.name,
                hint="ask for the file again, as CSV UTF-8",
            )
        line, *rest = self._taken
        self._returned.extendleft(reversed(rest))
        self._number = first
        self._reader = self._restart()
        return _Record([], first, [line], "a quotation mark that is never closed")
