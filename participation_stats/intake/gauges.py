"""How far a long reading and checking has come, for whoever waits."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

Progress = Callable[[int, int], None]
Reached = Callable[[float], None]

#: What each byte of a file costs in each stage, as measured with ten million rows.
SCANNING, READING, CHECKING, COMPARING = 1, 6, 1, 4
_ALL = SCANNING + READING + CHECKING + COMPARING
#: So many steps of the whole are told at most.
_STEPS = 500


def unheard(_part: float) -> None:
    """For stages of which nobody asks how far they are."""


class Gauge:
    """Turns stages, each with its cost, into calls of ``report(done, total)`` that only rise."""

    def __init__(self, report: Progress | None, total: int) -> None:
        self._report = report
        self.total = max(1, total)
        self._begun = 0.0
        self._told = -1

    def stage(self, size: int, cost: int) -> Reached:
        """Begin a stage; what it returns is told which part of it, from 0 to 1, is done."""
        start, length = self._begun, size * cost / _ALL
        self._begun += length
        return lambda part: self._tell(start + length * min(1.0, part))

    def finish(self) -> None:
        """Say that all is done."""
        if self._report is not None and self._told < self.total:
            self._report(self.total, self.total)

    def _tell(self, done: float) -> None:
        step = max(1, self.total // _STEPS)
        # The total is told once, by `finish`.
        whole = min(int(done), self.total - 1)
        if self._report is not None and whole - self._told >= step:
            self._told = whole
            self._report(whole, self.total)


SILENT = Gauge(None, 0)


def bytes_of(path: Path) -> int:
    """The size of a file; nothing if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class CountedStream(io.RawIOBase):
    """The bytes of a file, of which it is told which part has been read."""

    def __init__(self, stream: BinaryIO, size: int, reached: Reached) -> None:
        super().__init__()
        self._stream = stream
        self._size = max(1, size)
        self._reached = reached
        self._read = 0

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        data = self._stream.read(size)
        self._read += len(data)
        self._reached(self._read / self._size)
        return data
