"""Deliver a folder whole or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import filelock

from participation_stats.errors import OutputError, ParticipationError

#: What stood in the place before, while it changes hands.
_EARLIER = "earlier"
#: How a process is asked to stop.
_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def deliver(folder: Path, record: Mapping[str, object], *, force: bool = False) -> Iterator[Path]:
    """Yield a draft folder that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder : Path
        Where the finished folder shall stand.
    record : mapping
        The provenance of what is written. An earlier folder with the same ``inputs`` and
        ``kind`` is this report rendered before and gives way; anything else stays unless `force`
        is true.
    force : bool
        Whether to replace whatever stands there.

    Yields
    ------
    Path
        An empty folder to write into. It is removed if the block raises.

    Raises
    ------
    OutputError
        If something else stands at `folder`, another process is writing it, or the place cannot
        be written.
    """
    with _only_writer(folder):
        _clear_up(folder)
        _check_place(folder, record, force)
        draft = None
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _undisturbed():
                draft = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
            draft.chmod(0o755)  # mkdtemp makes it private; a report is to be read
            yield draft
            with _undisturbed():
                _replace(folder, draft)
        except OSError as error:
            raise _cannot_write(folder, error) from error
        finally:
            with _undisturbed():
                if draft is not None:
                    shutil.rmtree(draft, ignore_errors=True)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever asks to stop is heard when the block has ended: what it does is done whole."""
    if threading.current_thread() is not threading.main_thread():
        yield  # nobody is stopped here
        return
    asked: list[int] = []
    handlers = {
        one: signal.signal(one, lambda number, _frame: asked.append(number)) for one in _STOPS
    }
    try:
        yield
    finally:
        for one, handler in handlers.items():
            signal.signal(one, signal.SIG_DFL if handler is None else handler)
    for number in asked:
        signal.raise_signal(number)


@contextlib.contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Nobody else writes this folder meanwhile; the lock goes with the process that holds it.

    It lies among the temporary files, so that nothing stands beside the report.
    """
    # Each user has files of their own there: those of others cannot be opened.
    owner = getattr(os, "getuid", int)()
    name = hashlib.sha256(f"{owner} {folder.resolve()}".encode()).hexdigest()[:32]
    path = Path(tempfile.gettempdir()) / f"participation-stats-{name}.lock"
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OutputError(
            f"another report is being written to '{folder}'",
            where="write_report",
            expected="one writer at a time",
            got="a folder that another process has taken",
            hint="wait until it has finished, or choose another folder",
        ) from error
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        yield
    finally:
        # While it is still held: whoever has opened it meanwhile finds that it has lost its name,
        # and does not take it for a lock. (Windows keeps what is open; filelock removes it there.)
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def _prefix(folder: Path) -> str:
    """How what is written beside a folder is named until it takes its place."""
    return f".{folder.name}.draft-"


def _clear_up(folder: Path) -> None:
    """Remove what a writer left that was killed; what stood there before it is put back.

    Only one writer is here at a time, so that whatever bears the name of a draft is nobody's.
    """
    for left in sorted(folder.parent.glob(f"{glob.escape(_prefix(folder))}*")):
        with contextlib.suppress(OSError):
            if not folder.exists() and (left / _EARLIER).exists():
                (left / _EARLIER).rename(folder)
            shutil.rmtree(left, ignore_errors=True)


def _check_place(folder: Path, record: Mapping[str, object], force: bool) -> None:
    if force or not folder.exists():
        return
    if folder.is_dir() and (not any(folder.iterdir()) or _same_report(folder, record)):
        return
    raise OutputError(
        f"'{folder}' already holds something else",
        where="write_report",
        expected="a new folder, or an earlier report of the same inputs",
        got="a file" if folder.is_file() else f"{sum(1 for _ in folder.iterdir())} other items",
        hint="choose another folder, or pass force=True (--force) to replace it",
    )


def _same_report(folder: Path, record: Mapping[str, object]) -> bool:
    try:
        earlier = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        return all(earlier.get(name) == record.get(name) for name in ("inputs", "kind"))
    except (OSError, ValueError, AttributeError):
        return False


def _replace(folder: Path, draft: Path) -> None:
    """Put the draft in place; what stood there goes only once the draft stands."""
    if not folder.exists():
        draft.rename(folder)
        return
    earlier = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent)) / _EARLIER
    folder.rename(earlier)
    try:
        draft.rename(folder)
    except OSError:
        earlier.rename(folder)
        raise
    finally:
        if earlier.is_file():
            earlier.unlink()
        shutil.rmtree(earlier.parent, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> ParticipationError:
    if isinstance(error, ParticipationError):  # of what was to be written, not of the place
        return error
    return OutputError(
        f"cannot write '{folder}' ({error.strerror or error})",
        where="write_report",
        expected="a folder that can be written, with room on the disk",
        got=type(error).__name__,
        hint="check permissions and free space; nothing half-written was left",
    )
