"""``ratios``: one published table of margins against another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from participation_stats.cli.console import policy_named, policy_option
from participation_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from participation_stats.measure.inference.judgement import Design


@click.command(short_help="Compare a body with a population.")
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
@click.option(
    "--confidence", type=float, default=0.95, show_default=True, help="Level of the intervals."
)
@policy_option
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
    protected = protect(result, policy_named(policy, reason))
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
