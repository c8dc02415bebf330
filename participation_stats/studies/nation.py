"""Landlord by landlord over a simulated nation: who sits, who comes, and how unequally."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from participation_stats.errors import OutputError
from participation_stats.intake.simulation.nation import Nation, Progress
from participation_stats.intake.simulation.runs import only_run
from participation_stats.measure.concentration import attendance_inequality
from participation_stats.measure.engagement.logit import fit_logit
from participation_stats.measure.representation import representativeness_ratios
from participation_stats.measure.tallies import tally
from participation_stats.release.disclosure import protect
from participation_stats.release.policies import Policy

#: The rows of all landlords together.
POOLED = "All"
GROUPS = ("ethnicity", "gender")
FORMULA = "attended ~ format + seat + gender + ethnicity"
#: The one shape of every table that leaves: a number, what it is of, and how sure it is.
COLUMNS = ["landlord", "measure", "variable", "category", "value", "lower", "upper", "numerator"]


def compare_landlords(nation: Nation, *, progress: Progress | None = None) -> Path:
    """Work out the same measures for each landlord and for all; a killed run goes on later.

    For every landlord: the ratios of those who ever held a committee seat against all
    residents, the odds of coming to a meeting (clustered by person), and the Gini index of
    attendance over everybody who could have come. All rows stay in their files.

    Parameters
    ----------
    nation : Nation
        From `simulate_nation`.
    progress : callable, optional
        Called with landlords done and landlords in all, the nation itself being the last.

    Returns
    -------
    Path
        ``results/landlords.csv`` in the nation's folder: ``landlord`` ("All" for the nation),
        ``measure, variable, category, value, lower, upper, numerator`` (people counted).

    Raises
    ------
    OutputError
        If the results cannot be written, or another run is at work in the folder.

    Examples
    --------
    >>> import tempfile
    >>> from participation_stats.intake.simulation.nation import simulate_nation
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nation = simulate_nation(folder, seed=1, landlords=2, estates=2, residents=600)
    ...     table = pd.read_csv(compare_landlords(nation))
    >>> sorted(table["landlord"].unique()), sorted(table["measure"].unique())
    (['All', 'L1', 'L2'], ['gini', 'odds ratio', 'ratio'])
    """
    parts = nation.folder / "results" / "parts"
    places = [*nation.names, POOLED]
    with only_run(nation.folder, "compare_landlords"):
        for done, landlord in enumerate(places, start=1):
            part = parts / f"{landlord}.csv"
            if not part.exists():
                _write(_results(nation, landlord), part)
            if progress is not None:
                progress(done, len(places))
        whole = pd.concat([pd.read_csv(parts / f"{name}.csv") for name in places])
        return _write(whole, nation.folder / "results" / "landlords.csv")


def _write(table: pd.DataFrame, path: Path) -> Path:
    """Whole or not at all."""
    draft = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(draft, index=False, lineterminator="\n")
        return draft.replace(path)
    except OSError as error:
        raise OutputError(
            f"'{path}' cannot be written",
            where="compare_landlords",
            expected="a folder that can be written to, with room",
            got=error.strerror or str(error),
            hint="what is finished stays; run the same command again to go on",
        ) from error


def _results(nation: Nation, landlord: str) -> pd.DataFrame:
    of = "*" if landlord == POOLED else landlord
    policy = Policy.publish().exempt("simulated people")
    ratios = representativeness_ratios(
        tally(nation.rows("seats", of), GROUPS), tally(nation.rows("people", of), GROUPS)
    )
    panel = nation.rows("panel", of)
    odds = fit_logit(FORMULA, panel, unit="person_id")
    shared = protect(attendance_inequality(panel), policy).facts
    blocks = [
        _tidy(protect(ratios, policy).table, "ratio", "ratio", "count"),
        _tidy(_odds_ratios(protect(odds, policy).table), "odds ratio", "value", "n_units"),
        pd.DataFrame({"measure": ["gini"], "value": [shared["gini"]], "numerator": [shared["n"]]}),
    ]
    table = pd.concat(blocks).assign(landlord=landlord)
    return table[COLUMNS]


def _tidy(table: pd.DataFrame, measure: str, value: str, people: str) -> pd.DataFrame:
    names = {value: "value", "conf_low": "lower", "conf_high": "upper", people: "numerator"}
    tidy = table.rename(columns=names).assign(measure=measure)
    return tidy[[name for name in COLUMNS if name in tidy]]


def _odds_ratios(terms: pd.DataFrame) -> pd.DataFrame:
    """Odds ratios, with a term such as gender[T.Male] told apart."""
    logs = ["estimate", "conf_low", "conf_high"]
    apart = terms["term"].str.extract(r"^(?P<variable>\w+)\[T\.(?P<category>.+)\]$")
    table = apart.assign(n_units=terms["n_units"])
    table[logs] = np.exp(terms[logs].to_numpy(float))
    return pd.DataFrame(table[apart["variable"].notna()]).rename(columns={"estimate": "value"})
