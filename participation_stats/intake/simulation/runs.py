"""A long run in a folder: alone there, and gone with all its workers when it is killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock

from participation_stats.errors import OutputError

#: Seconds that a run waits for the workers of one that was killed.
_PATIENCE = 5


@contextlib.contextmanager
def only_run(folder: Path, where: str) -> Iterator[None]:
    """Nobody else works in the folder meanwhile; the lock goes with the process that holds it.

    Raises
    ------
    OutputError
        If another run is at work there, or the folder cannot be written.
    """
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=_PATIENCE)
    except filelock.Timeout as error:
        raise OutputError(
            f"another run is at work in '{folder}'",
            where=where,
            expected="one run at a time",
            got="a folder that another process has taken",
            hint="wait until it has finished; what it finishes is not made again",
        ) from error
    except OSError as error:
        raise OutputError(
            f"'{folder}' cannot be written",
            where=where,
            expected="a folder that can be written to",
            got=error.strerror or str(error),
        ) from error
    try:
        yield
    finally:
        lock.release()


def end_with_parent() -> None:
    """Make this worker end when its run is killed, not go on beside the run that follows."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
