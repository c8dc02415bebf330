"""Command line: arguments in, exit code out; no statistics.

Exit codes: 0 done (``validate``: valid), 1 ``validate`` found errors, 2 could not run, 130
interrupted (Ctrl-C), 143 asked to stop by the system. Stopped or not, what is written is whole.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import NoReturn

import click

from participation_stats.cli.comparison import ratios
from participation_stats.cli.mapping import schema_map
from participation_stats.cli.places import example, simulate
from participation_stats.cli.reports import report
from participation_stats.cli.tables import schema
from participation_stats.cli.validation import validate
from participation_stats.errors import DataWarning, ParticipationError

COULD_NOT_RUN = 2
#: What is added to the number of a signal: 130 for an interrupt, as shells have it.
STOPPED = 128
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the program's name; those of the process when not given.

    Returns
    -------
    int
        0 done, 1 invalid data (``validate``), 2 could not run, 130 interrupted, 143 asked to stop.
    """
    if arguments is None:
        # This process ends with the command. Where somebody's program calls, its end is its own.
        atexit.register(_end_soon)
    with warnings.catch_warnings(), _stopping_tidily():
        warnings.showwarning = _show_warning
        return _run(None if arguments is None else list(arguments))


def _end_soon() -> None:
    """Nobody waits until all libraries are searched for garbage."""
    if "duckdb" not in sys.modules:  # which complains of all that was not let go of
        gc.freeze()


def _run(arguments: list[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="participation-stats", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return COULD_NOT_RUN
    except ParticipationError as error:
        click.echo(f"Error: {error}", err=True)
        return COULD_NOT_RUN
    except Exception as error:
        # click wraps an interrupt as its own error, and so does Python while it loads a library.
        causes = list(_causes(error))
        if not any(isinstance(one, click.Abort | KeyboardInterrupt) for one in causes):
            raise
        click.echo("Stopped. Nothing half-written was left.", err=True)
        asked = [one.number for one in causes if isinstance(one, _Asked)]
        return STOPPED + (asked[0] if asked else signal.SIGINT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it comes of, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


class _Asked(KeyboardInterrupt):
    """Somebody asked this process to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _ask(number: int, _frame: FrameType | None) -> NoReturn:
    raise _Asked(number)


@contextlib.contextmanager
def _stopping_tidily() -> Iterator[None]:
    """A process that the system asks to stop tidies up, as one that is interrupted does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _show_warning(
    message: Warning | str, category: type[Warning], *_where: object, **_more: object
) -> None:
    """Print our own warnings as one plain line; those of libraries are not the reader's."""
    if issubclass(category, DataWarning):
        click.echo(f"Note: {message}", err=True)


@click.group(context_settings=SETTINGS)
@click.version_option(package_name="participation-stats")
def commands() -> None:
    """Do the people who take part look like the people who live here?

    \b
    participation-stats report                       the bundled St Mary's estate
    participation-stats validate new_wave.csv        what is wrong, where, what to do
    participation-stats ratios body.csv population.csv
    """


schema.add_command(schema_map)
for command in (report, validate, ratios, schema, example, simulate):
    commands.add_command(command)
