"""``report``: the report of an estate, as a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from participation_stats.cli.console import (
    bar,
    command_line,
    policy_named,
    policy_option,
    progress,
)

if TYPE_CHECKING:
    from participation_stats.intake.estates import Estate

KINDS = ("estate", "body", "survey", "tsm", "compare")
_PATH = click.Path(path_type=Path)


@click.command(short_help="Write the report of an estate.")
@click.argument("folder", type=_PATH, required=False)
@click.option("--example", metavar="NAME", help="A bundled estate instead of a folder.")
@click.option(
    "--out", type=_PATH, help="Where to write; default reports/NAME, or reports/NAME-KIND."
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="estate",
    show_default=True,
    help="Everything; one body; a wave of the survey; the regulator's summary of approach; what "
    "changed.",
)
@policy_option
@click.option("--reason", help="Why an internal report is needed; printed on every page.")
@click.option("--body", "bodies", multiple=True, help="Only this body (may be repeated).")
@click.option("--wave", help="Of kinds survey and tsm: which wave; default the last.")
@click.option("--homes", type=click.IntRange(min=1), help="Of kind tsm: homes of the stock.")
@click.option("--before", type=_PATH, help="Of kind compare: the folder of an earlier time.")
@click.option(
    "--years",
    type=int,
    nargs=2,
    metavar="FIRST LAST",
    help="Of kind compare: two years of one folder.",
)
@click.option("--sections", type=_PATH, help="A YAML file: order, leave_out, titles, text.")
@click.option("--templates", type=_PATH, help="A folder of templates that replace ours.")
@click.option("--document", type=click.Choice(["docx", "odt"]), help="Also a copy, through pandoc.")
@click.option("--date", "time", help="A date to print; nothing reads the clock.")
@click.option("--force", is_flag=True, help="Replace whatever stands in the output folder.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def report(
    folder: Path | None,
    example: str | None,
    out: Path | None,
    kind: str,
    policy: str,
    reason: str | None,
    bodies: tuple[str, ...],
    before: Path | None,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the report of an estate's FOLDER of tables (no folder: St Mary's).

    \b
    participation-stats report
    participation-stats report my_estate --out reports/my_estate
    participation-stats report --example southern_women
    participation-stats report my_estate --policy internal --reason "board paper"
    participation-stats report my_estate --kind body --body committee
    participation-stats report my_estate --kind tsm --wave 2025 --homes 7271 --document docx
    participation-stats report my_estate --kind compare --before my_estate_2024
    """
    import pandas as pd

    from participation_stats.intake.folders import estate_folder, table_files
    from participation_stats.release.processes import beside, settled, spare

    if folder is not None and example is not None:
        raise click.UsageError("Give a FOLDER or --example NAME, not both.")
    for place in (folder, before):
        if place is not None:
            table_files(estate_folder(place))  # a wrong path is told before much is loaded
    silent = quiet or as_json
    with settled():
        # The libraries of the report are loaded while another process reads.
        with (
            progress("Reading the tables", silent),
            beside(lambda: _read(folder, example or "st_marys"), spare()) as reading,
        ):
            from participation_stats.studies.publication import write_report

            estate = reading()
            earlier = None if before is None else _read(before, "")
        name = estate.name if kind == "estate" else f"{estate.name}-{kind}"
        # What follows are tables of a few hundred rows, for which words held by Arrow take longer.
        words = pd.option_context("mode.string_storage", "python")
        with words, bar("Working out and drawing", silent) as drawn:
            page = write_report(
                estate,
                out or Path("reports") / name,
                kind=kind,  # type: ignore[arg-type]  # click has checked it
                policy=policy_named(policy, reason),
                bodies=bodies or None,
                before=earlier,
                command=command_line(),
                progress=drawn,
                processes=spare(),
                **options,
            )
    if as_json:
        click.echo(json.dumps({"estate": estate.name, "page": str(page)}))
    elif not quiet:
        click.echo(f"Report written: {page}")


def _read(folder: Path | None, example: str) -> Estate:
    from participation_stats.intake.estates import load_example, read_estate

    return read_estate(folder) if folder is not None else load_example(example)
