"""``schema``: the tables an estate may have, shown, templated and mapped."""

from __future__ import annotations

import json
from pathlib import Path

import click

from participation_stats.cli.console import refuse_overwriting, show_titles, write_whole


@click.group(short_help="The tables an estate may have, and their codes.")
def schema() -> None:
    """The tables an estate may have: their columns, codes and templates."""


@schema.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print names and meanings as JSON.")
def schema_list(as_json: bool) -> None:
    """Name every table and what one row of it is.

    \b
    participation-stats schema list
    """
    from participation_stats.intake.schemas import load_schema, schema_names

    schemas = {name: load_schema(name) for name in schema_names()}
    told = {name: f"{own.title}. {_first(own.description)}" for name, own in schemas.items()}
    show_titles(told, as_json)


def _first(text: str) -> str:
    """The first sentence."""
    return text.split(". ", 1)[0].rstrip(".") + "."


@schema.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the Table Schema itself.")
def schema_show(name: str, as_json: bool) -> None:
    """Show the columns of one table with type, codes and meaning.

    \b
    participation-stats schema show attendance
    """
    from participation_stats.intake.schemas import describe, descriptor

    click.echo(json.dumps(descriptor(name), indent=2) if as_json else describe(name))


@schema.command("template", short_help="Write a table with headings only, and an example.")
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the two files."
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def schema_template(name: str, out: Path, force: bool) -> None:
    """Write NAME.csv with headings only, and NAME_example.csv with rows filled in.

    \b
    participation-stats schema template estate_survey --out new_wave
    """
    from participation_stats.intake.schemas import template

    empty, filled = template(name)
    files = {out / f"{name}.csv": empty, out / f"{name}_example.csv": filled}
    for path in files:
        if path.exists() and not force:
            refuse_overwriting(path, "schema template")
    for path, text in files.items():
        write_whole(path, text, "schema template")
        click.echo(f"Written: {path}")
