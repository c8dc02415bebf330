"""Command line: arguments in, exit code out; no statistics.

Exit codes: 0 done (``validate``: valid), 1 ``validate`` found errors, 2 could not run.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from participation_stats.errors import DataWarning, InputError, ParticipationError

if TYPE_CHECKING:
    import pandas as pd

    from participation_stats.measure.inference.judgement import Design
    from participation_stats.release.policies import Policy

COULD_NOT_RUN = 2
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
        0 done, 1 invalid data (``validate``), 2 could not run.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        return _run(None if arguments is None else list(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="participation-stats", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return COULD_NOT_RUN
    except click.Abort:
        click.echo("Stopped. Nothing half-written was left.", err=True)
        return COULD_NOT_RUN
    except ParticipationError as error:
        click.echo(f"Error: {error}", err=True)
        return COULD_NOT_RUN


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


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--example", metavar="NAME", help="A bundled estate instead of a folder.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write; default reports/NAME."
)
@click.option(
    "--policy",
    type=click.Choice(["publish", "internal"]),
    default="publish",
    show_default=True,
    help="What may leave.",
)
@click.option("--reason", help="Why an internal report is needed; printed on every page.")
@click.option("--body", "bodies", multiple=True, help="Only this body (may be repeated).")
@click.option("--date", "time", help="A date to print; nothing reads the clock.")
@click.option("--force", is_flag=True, help="Replace whatever stands in the output folder.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def report(
    folder: Path | None,
    example: str | None,
    out: Path | None,
    policy: str,
    reason: str | None,
    bodies: tuple[str, ...],
    time: str | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the report of an estate's FOLDER of tables (no folder: St Mary's).

    \b
    participation-stats report
    participation-stats report my_estate --out reports/my_estate
    participation-stats report --example southern_women
    participation-stats report my_estate --policy internal --reason "board paper"
    """
    from participation_stats.intake.estates import load_example, read_estate
    from participation_stats.studies.publication import write_report

    if folder is not None and example is not None:
        raise click.UsageError("Give a FOLDER or --example NAME, not both.")
    with _progress("Reading the tables", quiet or as_json):
        estate = read_estate(folder) if folder else load_example(example or "st_marys")
    place = out or Path("reports") / estate.name
    with _progress("Working out and drawing", quiet or as_json):
        page = write_report(
            estate,
            place,
            policy=_policy(policy, reason),
            bodies=bodies or None,
            time=time,
            force=force,
            command=_command_line(),
        )
    if as_json:
        click.echo(json.dumps({"estate": estate.name, "page": str(page)}))
    elif not quiet:
        click.echo(f"Report written: {page}")


def _policy(name: str, reason: str | None) -> Policy:
    from participation_stats.release.policies import Policy

    return Policy.internal(reason or "") if name == "internal" else Policy.publish()


def _command_line() -> str:
    """The command as typed, with only the last part of a path: folders can name people."""
    words = [Path(word).name if "/" in word or "\\" in word else word for word in sys.argv[1:]]
    return " ".join(["participation-stats", *words])


@commands.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--schema", metavar="NAME", help="The table it is; default: from the file's name.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="How to print the problems.",
)
@click.option(
    "--write",
    "target",
    type=click.Path(path_type=Path),
    help="Also write valid rows, rejected rows with reasons, and issues into this folder.",
)
def validate(path: Path, schema: str | None, style: str, target: Path | None) -> int:
    """Find everything that is wrong with a table or a folder of tables, in one run.

    \b
    participation-stats validate my_estate
    participation-stats validate new_wave.csv --schema estate_survey --write checked

    Exit code 0: valid. 1: errors were found. 2: could not run.
    """
    from participation_stats.intake.validation import validate as run

    outcome = run(path, schema)
    if style == "json":
        click.echo(outcome.to_json())
    elif style == "html":
        click.echo(outcome.to_html())
    else:
        click.echo(outcome.to_text(colour=sys.stdout.isatty()))
    if target is not None:
        outcome.write(target)
        click.echo(f"Written: {target}", err=True)
    return 0 if outcome.ok else 1


@commands.command()
@click.argument("body", type=click.Path(path_type=Path))
@click.argument("population", type=click.Path(path_type=Path))
@click.option("--by", multiple=True, help="A variable to compare (may be repeated); default all.")
@click.option(
    "--design",
    type=click.Choice(["body", "sample", "shares"]),
    default="body",
    show_default=True,
    help="How the people came to be in the body.",
)
@click.option("--confidence", type=float, default=0.95, show_default=True)
@click.option(
    "--policy", type=click.Choice(["publish", "internal"]), default="publish", show_default=True
)
@click.option("--reason", help="Why an internal table is needed.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def ratios(
    body: Path,
    population: Path,
    by: tuple[str, ...],
    design: Design,
    confidence: float,
    policy: str,
    reason: str | None,
    as_json: bool,
) -> None:
    """Compare a BODY's margins with a POPULATION's (CSV: variable, category, count or share).

    \b
    participation-stats ratios committee.csv census.csv
    participation-stats ratios committee.csv census.csv --by ethnicity --json
    """
    from participation_stats.measure.representation import representativeness_ratios
    from participation_stats.release.disclosure import protect
    from participation_stats.release.tables import readable

    result = representativeness_ratios(
        _margins(body, by), _margins(population, by), design=design, confidence=confidence
    )
    protected = protect(result, _policy(policy, reason))
    if as_json:
        click.echo(protected.table.to_json(orient="records", indent=2))
        return
    click.echo(readable(protected.table).to_string(index=False))
    for note in protected.notes:
        click.echo(note, err=True)


def _margins(path: Path, by: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    from participation_stats.intake.sources import read_margins

    margins = read_margins(path)
    if not by:
        return margins
    unknown = sorted(set(by) - set(margins["variable"]))
    if unknown:
        raise InputError(
            f"no variable '{unknown[0]}' in '{path.name}'",
            where="ratios",
            expected="one of " + ", ".join(sorted(set(margins["variable"]))),
            got=f"--by {unknown[0]}",
            hint="check the spelling, or leave --by out to compare every variable",
        )
    return pd.DataFrame(margins[margins["variable"].isin(by)])


@commands.group()
def schema() -> None:
    """The tables an estate may have: their columns, codes and templates."""


@schema.command("list")
def schema_list() -> None:
    """Name every table and what one row of it is."""
    from participation_stats.intake.schemas import load_schema, schema_names

    for name in schema_names():
        click.echo(f"{name:15} {load_schema(name).title}")


@schema.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the Table Schema itself.")
def schema_show(name: str, as_json: bool) -> None:
    """Show the columns of one table with type, codes and meaning."""
    from participation_stats.intake.schemas import describe, descriptor

    click.echo(json.dumps(descriptor(name), indent=2) if as_json else describe(name))


@schema.command("template")
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the two files."
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def schema_template(name: str, out: Path, force: bool) -> None:
    """Write NAME.csv with headings only, and NAME_example.csv with rows filled in."""
    from participation_stats.intake.schemas import template

    empty, filled = template(name)
    files = {out / f"{name}.csv": empty, out / f"{name}_example.csv": filled}
    for path in files:
        if path.exists() and not force:
            _refuse_overwriting(path, "schema template")
    out.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
        click.echo(f"Written: {path}")


@commands.group()
def example() -> None:
    """The estates that come with the package."""


@example.command("list")
def example_list() -> None:
    """Name the bundled estates."""
    from participation_stats.intake.estates import example_names, load_example

    for name in example_names():
        click.echo(f"{name:20} {load_example(name).title}")


@example.command("copy")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
def example_copy(name: str, folder: Path) -> None:
    """Copy the CSV tables of a bundled estate into FOLDER."""
    from participation_stats.intake.estates import copy_example

    copy_example(name, folder)
    click.echo(f"Copied: {folder}")


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=int, required=True, help="Seed of the random generator.")
@click.option("--residents", type=click.IntRange(min=100), default=3000, show_default=True)
def simulate(folder: Path, seed: int, residents: int) -> None:
    """Write a synthetic estate with known truth into FOLDER as CSV tables."""
    from participation_stats.intake.simulation import simulate_estate, write_estate

    if folder.exists():
        _refuse_overwriting(folder, "simulate")
    write_estate(simulate_estate(seed=seed, residents=residents), folder)
    click.echo(f"Written: {folder}")


def _refuse_overwriting(path: Path, where: str) -> NoReturn:
    from participation_stats.errors import OutputError

    raise OutputError(
        f"'{path}' exists already",
        where=where,
        expected="a new place",
        got="an existing file or folder",
        hint="choose another place, or remove it first",
    )


@contextlib.contextmanager
def _progress(step: str, silent: bool) -> Iterator[None]:
    """One line on a terminal while a step runs; nothing in a pipe."""
    if not silent and sys.stderr.isatty():
        click.echo(f"{step} …", err=True)
    yield
