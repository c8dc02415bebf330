"""What every command shares: progress, the policy by name, refusing to overwrite."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

_BAR = 30

if TYPE_CHECKING:
    from participation_stats.release.policies import Policy


#: What ``--policy`` may name: each a way of making a `Policy`.
POLICIES = ("publish", "strict", "lenient", "internal")

policy_option = click.option(
    "--policy",
    type=click.Choice(POLICIES),
    default="publish",
    show_default=True,
    help="Withhold counts under 10, 30 (strict) or 5 (lenient); or nothing (internal).",
)


def policy_named(name: str, reason: str | None) -> Policy:
    """Turn the words of ``--policy`` and ``--reason`` into a policy."""
    from participation_stats.release.policies import Policy

    if name == "internal":
        return Policy.internal(reason or "")
    if reason is not None:
        raise click.UsageError(
            f"--reason says why an internal copy is needed; --policy {name} needs none."
        )
    presets = {"publish": Policy.publish, "strict": Policy.strict, "lenient": Policy.lenient}
    return presets[name]()


def command_line() -> str:
    """The command as typed, with only the last part of a path: folders can name people."""
    words = [Path(word).name if "/" in word or "\\" in word else word for word in sys.argv[1:]]
    return " ".join(["participation-stats", *words])


def refuse_overwriting(path: Path, where: str) -> NoReturn:
    """Stop because something stands already where `where` was to write."""
    from participation_stats.errors import OutputError

    raise OutputError(
        f"'{path}' exists already",
        where=where,
        expected="a new place",
        got="an existing file or folder",
        hint="choose another place, or remove it first",
    )


def write_whole(path: Path, text: str, where: str) -> None:
    """Write a file whole or not at all: beside its place, then renamed into it."""
    from participation_stats.errors import OutputError

    half = path.with_name(f".{path.name}.half")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        raise OutputError(
            f"cannot write '{path}' ({error.strerror or error})",
            where=where,
            expected="a folder that can be written, with room on the disk",
            got=type(error).__name__,
            hint="check permissions and free space; nothing half-written was left",
        ) from error


@contextlib.contextmanager
def progress(step: str, silent: bool) -> Iterator[None]:
    """One line on a terminal while a step runs; nothing in a pipe."""
    if not silent and sys.stderr.isatty():
        click.echo(f"{step} …", err=True)
    yield


def counted(step: str, silent: bool) -> Callable[[int, int], None] | None:
    """A line on a terminal that counts how much of a step is done; nothing in a pipe."""
    if silent or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"\r{step}: {done} of {total}", err=True, nl=done == total)

    return show


@contextlib.contextmanager
def bar(step: str, silent: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal that shows how much of a step is done, and goes; nothing in a pipe."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    width = 0

    def show(done: int, total: int) -> None:
        nonlocal width
        full = _BAR * done // total
        line = f"{step} [{'#' * full}{'.' * (_BAR - full)}] {100 * done // total:3d}%"
        width = len(line)
        click.echo(f"\r{line}", err=True, nl=False)

    try:
        yield show
    finally:  # what is printed next begins on an empty line, an error too
        click.echo("\r" + " " * width + "\r", err=True, nl=False)


def show_titles(titles: Mapping[str, str], as_json: bool) -> None:
    """Print names with their titles: a list to read, or JSON for a script."""
    if as_json:
        click.echo(json.dumps(titles, indent=2, ensure_ascii=False))
        return
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{name:{width}}  {title}")
