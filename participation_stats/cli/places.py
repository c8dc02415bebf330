"""``example`` and ``simulate``: estates that come with the package or are made up."""

from __future__ import annotations

from pathlib import Path

import click

from participation_stats.cli.console import refuse_overwriting, show_titles


@click.group()
def example() -> None:
    """The estates that come with the package."""


@example.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print names and titles as JSON.")
def example_list(as_json: bool) -> None:
    """Name the bundled estates.

    \b
    participation-stats example list
    """
    from participation_stats.intake.estates import example_names, load_example

    show_titles({name: load_example(name).title for name in example_names()}, as_json)


@example.command("copy")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
def example_copy(name: str, folder: Path) -> None:
    """Copy the CSV tables of a bundled estate into FOLDER.

    \b
    participation-stats example copy st_marys my_estate
    """
    from participation_stats.intake.estates import copy_example

    copy_example(name, folder)
    click.echo(f"Copied: {folder}")


@click.command(short_help="Write a synthetic estate with known truth.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=int, required=True, help="Seed of the random generator.")
@click.option("--residents", type=click.IntRange(min=100), default=3000, show_default=True)
def simulate(folder: Path, seed: int, residents: int) -> None:
    """Write a synthetic estate with known truth into FOLDER as CSV tables.

    \b
    participation-stats simulate made_up --seed 1
    """
    from participation_stats.intake.simulation import simulate_estate, write_estate

    if folder.exists():
        refuse_overwriting(folder, "simulate")
    write_estate(simulate_estate(seed=seed, residents=residents), folder)
    click.echo(f"Written: {folder}")
