"""``schema map``: a first mapping from the columns and labels of a file to ours."""

from __future__ import annotations

from pathlib import Path

import click

from participation_stats.cli.console import refuse_overwriting


@click.command("map", short_help="Draft a mapping of a file's columns and labels to ours.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--schema",
    metavar="NAME",
    default="estate_survey",
    show_default=True,
    help="The table that the file is to become.",
)
@click.option("--tool", metavar="NAME", help="The survey tool; default: found from the headings.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the mapping into this file.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def schema_map(path: Path, schema: str, tool: str | None, out: Path | None, force: bool) -> None:
    """Draft a mapping file (YAML): their columns to our fields, their labels to our codes.

    What is not sure is left empty, with a comment that says so. Fill it in once, and next year's
    wave is one command:

    \b
    participation-stats schema map wave.csv --out wave.yaml
    participation-stats validate wave.csv --mapping wave.yaml
    """
    from participation_stats.intake.drafts import draft_mapping

    if out is not None and out.exists() and not force:
        refuse_overwriting(out, "schema map")
    mapping = draft_mapping(path, schema, tool=tool)
    if out is None:
        click.echo(mapping.to_yaml(), nl=False)
    else:
        mapping.write(out, overwrite=force)
        click.echo(f"Written: {out}")
    if mapping.unsure:
        click.echo(f"To be decided by a person ({len(mapping.unsure)}):", err=True)
        for line in mapping.unsure:
            click.echo(f"  {line}", err=True)
