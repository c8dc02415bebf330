"""Processes: values worked out beside this process by copies of it.

Nothing is read or loaded twice: each begins as a copy of this process as it stands. That is safe in
a command, which has no threads at work; in somebody else's program it may not be, so nothing here
is done unasked.
"""

from __future__ import annotations

import gc
import os
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

#: More at once gain little, and each holds a copy of what it changes.
MOST = 4
#: Turns that can be dealt: so many fit into the least pipe that Linux makes, a page of memory.
MOST_TURNS = 1_024
_END = object()
#: How many new things there are before garbage is looked for among them.
_SELDOM = 100_000


def spare() -> int:
    """How many processes can work at once: 1 where a process cannot be copied safely.

    Examples
    --------
    >>> 1 <= spare() <= 4
    True
    """
    # Elsewhere than on Linux, what the system itself keeps may not survive the copying.
    if "fork" not in get_all_start_methods() or not hasattr(os, "sched_getaffinity"):
        return 1
    return min(MOST, len(os.sched_getaffinity(0)))


@contextmanager
def settled() -> Iterator[None]:
    """Leave in peace what is there by now: until this is left, no garbage is looked for in it.

    What a command has loaded stays as long as it runs. In a copy of this process, what is looked
    at takes memory of its own.

    Examples
    --------
    >>> with settled():
    ...     gc.get_freeze_count() > 0
    True
    """
    outermost, before = not gc.get_freeze_count(), gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if outermost:
            gc.unfreeze()


@contextmanager
def apart(streams: Sequence[Iterable[T]]) -> Iterator[list[Iterator[T]]]:
    """Work out each of some streams of values in a process of its own, until this is left.

    Parameters
    ----------
    streams : sequence of iterables
        Nothing of them is asked for in this process. What they give must pickle.

    Yields
    ------
    list of iterators
        The values of each stream in their order, as far as its process came: an iterator ends
        early where that one failed or was killed, and the caller works out the rest.

    Examples
    --------
    >>> with apart([(2 * number for number in range(3)), "ab"]) as streams:
    ...     [list(stream) for stream in streams]
    [[0, 2, 4], ['a', 'b']]
    """
    fork = get_context("fork")
    pipes = [fork.Pipe(duplex=False) for _ in streams]
    workers = [
        fork.Process(target=_send, args=(stream, there, [end for end, _ in pipes]), daemon=True)
        for stream, (_, there) in zip(streams, pipes, strict=True)
    ]
    queues: list[SimpleQueue[Any]] = [SimpleQueue() for _ in streams]
    # A pipe holds little: unless somebody reads, the other process waits.
    readers = [
        Thread(target=_receive, args=(here, queue))
        for (here, _), queue in zip(pipes, queues, strict=True)
    ]
    try:
        with warnings.catch_warnings(), settled():
            # Of idle threads of libraries, which keep no lock.
            warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
            for worker, (_, there) in zip(workers, pipes, strict=True):
                worker.start()
                there.close()  # or the end of what the other writes would never be seen
        for reader in readers:
            reader.start()
        yield [_unpacked(queue) for queue in queues]
    finally:
        for worker in workers:
            if worker.pid is not None:
                worker.kill()
                worker.join()
        for reader in readers:
            if reader.ident is not None:
                reader.join()


@contextmanager
def dealt(number: int) -> Iterator[Callable[[], Iterator[int]]]:
    """Deal turns to processes that begin inside this: whoever is free takes the next.

    Parameters
    ----------
    number : int
        How many turns, `MOST_TURNS` at most.

    Yields
    ------
    callable
        Gives the turns of one process, in order. All processes together have each turn once.

    Examples
    --------
    >>> with dealt(3) as taken:
    ...     one, other = taken(), taken()
    ...     next(one), next(other), list(one)
    (0, 1, [2])
    """
    assert number <= MOST_TURNS
    # What is read from a pipe is read once, and nobody can be killed while they hold a lock.
    here, there = os.pipe()
    with os.fdopen(here, "rb", buffering=0) as turns:
        with os.fdopen(there, "wb", buffering=0) as all_of_them:
            all_of_them.write(b"".join(turn.to_bytes(4) for turn in range(number)))

        def taken() -> Iterator[int]:
            return map(int.from_bytes, iter(lambda: turns.read(4), b""))

        yield taken


@contextmanager
def beside(task: Callable[[], T], processes: int) -> Iterator[Callable[[], T]]:
    """Begin a task in a process of its own, where there may be more than one.

    Parameters
    ----------
    task : callable
        What it gives must pickle.
    processes : int
        With 1 the task is done in this process, when it is asked for.

    Yields
    ------
    callable
        Waits for the task, warns as it warned and gives its value. Where its process failed or
        was killed the task is done here: an error too is met as if there had been no other process.

    Examples
    --------
    >>> with beside(lambda: 6 * 7, processes=2) as answer:
    ...     answer()
    42
    """
    if processes < 2:
        yield task
        return
    with apart([(_overheard(begun) for begun in [task])]) as (values,):

        def value() -> T:
            for found, told in values:
                for warning in told:
                    warnings.warn_explicit(*warning)
                return found
            return task()

        yield value


def _overheard(task: Callable[[], T]) -> tuple[T, list[tuple[Any, ...]]]:
    """What a task gives, and of what it warned."""
    with warnings.catch_warnings(record=True) as told:
        value = task()
    return value, [(str(one.message), one.category, one.filename, one.lineno) for one in told]


def _send(stream: Iterable[Any], there: Connection, others: list[Connection]) -> None:
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_DFL)  # an interrupt is told by one process
    for end in others:
        end.close()  # if nobody reads any more, this process must learn of it
    try:
        for value in stream:
            there.send(value)
    except Exception:
        return  # the caller works it out again, and meets the same error


def _receive(here: Connection, queue: SimpleQueue[Any]) -> None:
    with here:
        try:
            while True:
                queue.put(here.recv_bytes())
        except (EOFError, OSError):
            queue.put(_END)


def _unpacked(queue: SimpleQueue[Any]) -> Iterator[Any]:
    """Values as they come, made by who asks for them.

    To make them may import; two threads that import modules of one circle meet one half loaded.
    """
    return map(ForkingPickler.loads, iter(queue.get, _END))
