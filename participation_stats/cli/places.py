"""``example`` and ``simulate``: estates that come with the package or are made up."""

from __future__ import annotations

import json
from pathlib import Path

import click

from participation_stats.cli.console import counted, refuse_overwriting, show_titles

_SOME = click.IntRange(min=1)


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


@click.command(short_help="Write a synthetic estate, or a whole nation, with known truth.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=int, required=True, help="Seed of the random generator.")
@click.option(
    "--residents",
    type=click.IntRange(min=100),
    default=3000,
    show_default=True,
    help="Residents of each estate.",
)
@click.option("--estates", type=_SOME, help="Many estates, as Parquet by landlord, with results.")
@click.option(
    "--landlords", type=_SOME, default=40, show_default=True, help="Owners; with --estates."
)
@click.option(
    "--workers", type=_SOME, default=1, show_default=True, help="Processes; with --estates."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def simulate(
    folder: Path,
    seed: int,
    residents: int,
    estates: int | None,
    landlords: int,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a synthetic estate with known truth into FOLDER as CSV tables.

    With --estates, a nation of estates as Parquet, partitioned by landlord, and the results of
    each landlord and of all in FOLDER/results/landlords.csv. A run that was killed goes on
    where it stopped when the same command is given again.

    \b
    participation-stats simulate made_up --seed 1
    participation-stats simulate nation --seed 1 --estates 2000 --landlords 40 --workers 2
    """
    from participation_stats.intake.simulation import simulate_estate, write_estate

    if estates is not None:
        written = _nation(folder, seed, residents, estates, landlords, workers, quiet or as_json)
    else:
        if folder.exists():
            refuse_overwriting(folder, "simulate")
        written = write_estate(simulate_estate(seed=seed, residents=residents), folder)
    if as_json:
        click.echo(json.dumps({"written": str(written)}))
    elif not quiet:
        click.echo(f"Written: {written}")


def _nation(
    folder: Path,
    seed: int,
    residents: int,
    estates: int,
    landlords: int,
    workers: int,
    silent: bool,
) -> Path:
    from participation_stats.intake.simulation import simulate_nation
    from participation_stats.studies.nation import compare_landlords

    nation = simulate_nation(
        folder,
        seed=seed,
        landlords=landlords,
        estates=estates,
        residents=residents,
        workers=workers,
        progress=counted("Landlords simulated", silent),
    )
    return compare_landlords(nation, progress=counted("Landlords compared", silent))
