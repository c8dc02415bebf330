"""``validate``: everything that is wrong with a table or a folder, in one run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from participation_stats.cli.console import bar

if TYPE_CHECKING:
    from participation_stats.intake.validation import Validation


@click.command(short_help="Find all that is wrong with a table or folder.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--schema", metavar="NAME", help="The table it is; default: from the file's name.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A mapping file, as `schema map` drafts it: their columns and labels to ours.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="How to print the problems.",
)
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@click.option("--quiet", is_flag=True, help="Print nothing: the exit code says it.")
@click.option(
    "--write",
    "target",
    type=click.Path(path_type=Path),
    help="Also write valid rows, rejected rows with reasons, and issues into this folder.",
)
def validate(
    path: Path,
    schema: str | None,
    mapping: Path | None,
    style: str,
    as_json: bool,
    quiet: bool,
    target: Path | None,
) -> int:
    """Find everything that is wrong with a table or a folder of tables, in one run.

    \b
    participation-stats validate my_estate
    participation-stats validate new_wave.csv --schema estate_survey --write checked
    participation-stats validate export.csv --mapping wave.yaml

    Exit code 0: valid. 1: errors were found. 2: could not run.
    """
    from participation_stats.intake.validation import validate as run

    style = "json" if as_json else style
    with bar("Validating", quiet or style == "json") as progress:
        outcome = run(path, schema, mapping=mapping, progress=progress)
    if not quiet:
        click.echo(_rendered(outcome, style))
    if target is not None:
        outcome.write(target)
        if not quiet:
            click.echo(f"Written: {target}", err=True)
    return 0 if outcome.ok else 1


def _rendered(outcome: Validation, style: str) -> str:
    if style == "json":
        return outcome.to_json()
    if style == "html":
        return outcome.to_html()
    return outcome.to_text(colour=sys.stdout.isatty())
