"""``report``: the report of an estate, as a folder."""

from __future__ import annotations

import json
from pathlib import Path

import click

from participation_stats.cli.console import command_line, policy_named, progress


@click.command(short_help="Write the report of an estate.")
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
    with progress("Reading the tables", quiet or as_json):
        estate = read_estate(folder) if folder else load_example(example or "st_marys")
    place = out or Path("reports") / estate.name
    with progress("Working out and drawing", quiet or as_json):
        page = write_report(
            estate,
            place,
            policy=policy_named(policy, reason),
            bodies=bodies or None,
            time=time,
            force=force,
            command=command_line(),
        )
    if as_json:
        click.echo(json.dumps({"estate": estate.name, "page": str(page)}))
    elif not quiet:
        click.echo(f"Report written: {page}")
