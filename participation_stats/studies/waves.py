"""Waves: the answers of one survey, ready to be compared with the population."""

from __future__ import annotations

import dataclasses

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.measure.rungs import banded_like

#: Columns of a survey that ask about engagement, with the question in a few words.
QUESTIONS = {
    "heard_of_meetings": "had heard of the residents' meetings",
    "came_last_year": "came to a meeting in the last twelve months",
    "volunteered": "did unpaid work on the estate in the last twelve months",
    "can_influence": "agree that they can influence decisions (4 or 5 of 5)",
    "trusts_landlord": "agree that they trust the landlord (4 or 5 of 5)",
}
#: Answers from which on somebody agrees.
AGREES = 4


@dataclasses.dataclass(frozen=True)
class Wave:
    """One survey.

    Parameters
    ----------
    name : str
        As the table has it; empty where the table has no waves.
    answers : DataFrame
        One row for each respondent, bands under the population's names; what is asked about
        engagement as yes and no.
    variables : tuple of str
        Characteristics that survey and population share.
    """

    name: str
    answers: pd.DataFrame
    variables: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the survey is called."""
        return f"Survey of {self.name}" if self.name else "Survey"

    @property
    def n(self) -> int:
        """Answers."""
        return len(self.answers)

    @property
    def people(self) -> frozenset[str]:
        """Who answered, so that `protect_all` knows which tables are of the same people."""
        return frozenset(f"respondent {number}" for number in self.answers.index)

    def asked(self) -> dict[str, str]:
        """What was asked about engagement, and answered by anybody."""
        return {
            name: told
            for name, told in QUESTIONS.items()
            if name in self.answers and self.answers[name].notna().any()
        }


def read_wave(estate: Estate, wave: str | None) -> Wave:
    """One survey of an estate.

    Parameters
    ----------
    estate : Estate
    wave : str, optional
        Default: the last one.

    Raises
    ------
    InputError
        If the estate has no survey, or no such wave.
    """
    if not estate.has("estate_survey"):
        raise InputError(
            "there is no survey to report on",
            where="write_report",
            expected="a table estate_survey with at least one answer",
            got=", ".join(estate.tables) or "no table",
            hint="add estate_survey.csv to the folder, or ask for another kind of report",
        )
    table = estate.tables["estate_survey"]
    names = sorted(table["wave"].dropna().astype(str).unique()) if "wave" in table else []
    if wave is not None and wave not in names:
        raise InputError(
            f"no wave '{wave}' in the survey of {estate.title}",
            where="write_report",
            expected="one of " + ", ".join(names) if names else "a survey with a column wave",
            got=f"'{wave}'",
        )
    name = wave or (names[-1] if names else "")
    rows = table[table["wave"].astype("str").eq(name)] if name else table
    return _comparable(estate, name, rows.reset_index(drop=True))


def _comparable(estate: Estate, name: str, rows: pd.DataFrame) -> Wave:
    """Answers with a column for each variable of the population, numbers put into its bands."""
    if not estate.has("population"):
        return Wave(name, _as_flags(rows), ())
    population = estate.population()
    columns = {}
    for variable, block in population.groupby("variable", sort=False):
        source = next(
            (one for one in (str(variable), str(variable).removesuffix("_band")) if one in rows),
            None,
        )
        if source is None:
            continue
        numeric = pd.api.types.is_numeric_dtype(rows[source])
        bands = block["category"].tolist()
        column = banded_like(rows[source], bands) if numeric else rows[source].astype("str")
        if column.dropna().isin(bands).all() and column.notna().any():
            columns[str(variable)] = column
    return Wave(name, _as_flags(rows.assign(**columns)), tuple(columns))


def _as_flags(rows: pd.DataFrame) -> pd.DataFrame:
    """What is asked about engagement as yes and no; of a scale, whether they agree."""
    flags = {}
    for name in QUESTIONS:
        if name not in rows:
            continue
        column = rows[name]
        if pd.api.types.is_numeric_dtype(column):
            values = pd.to_numeric(column).astype("float64")
            column = values.ge(AGREES).map({True: "yes", False: "no"}).where(values.notna())
        # Both answers are known of, so that a question to which nobody said yes has a share of 0.
        flags[name] = pd.Categorical(column, categories=["no", "yes"])
    return rows.assign(**flags)
