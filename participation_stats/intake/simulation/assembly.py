"""Put the simulated tables together as an estate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.intake.descriptors import Schema
from participation_stats.intake.estates import Estate
from participation_stats.intake.parsing import empty_column
from participation_stats.intake.schemas import load_schema
from participation_stats.intake.simulation import setting
from participation_stats.intake.simulation.residents import Floats, draw_residents, scaled_counts
from participation_stats.intake.simulation.responses import FIELDWORK, draw_responses
from participation_stats.intake.simulation.seats import draw_panel, draw_professionals, draw_seats
from participation_stats.intake.simulation.truth import Truth
from participation_stats.intake.simulation.turnout import (
    draw_decisions,
    draw_open,
    draw_seated,
    leanings,
)

SMALLEST = 100
TITLE = "St Mary's"
DESCRIPTION = (
    "A simulated estate in South London. The population margins of ethnicity, gender and length "
    "of residence are those that the source publishes, and the bodies follow its setting; the "
    "people, every other figure and every record are invented. The simulated register treats "
    "all residents as aged 16 or over."
)
PERIOD = "September 2010 to December 2013"


def simulate_estate(
    *, seed: int, truth: Truth | None = None, residents: int = setting.RESIDENTS
) -> Estate:
    """Simulate an estate with the setting of St Mary's and a truth of your choice.

    Parameters
    ----------
    seed : int
        Seed of the random generator, 0 or more. The same seed, truth and size give the same
        tables.
    truth : Truth, optional
        Effects in log-odds; the defaults are those of the bundled estate.
    residents : int
        Number of residents, 100 or more. The published margins hold exactly where they give
        whole numbers, as with 3,000; otherwise to the nearest person by largest remainders.

    Returns
    -------
    Estate
        All nine tables, ``synthetic=True``. `people` holds every resident and the
        professionals, so that those who never come are in every denominator; `attendance`
        holds who was present, and for those with a seat also apologies and absences.

    Raises
    ------
    InputError
        If the seed is not a whole number from 0, or there are fewer than 100 residents.

    Notes
    -----
    Margins are exact by construction: categories are dealt to ranked random scores, and scores
    that share a part make length of residence, age, tenure and ethnicity depend on each other.

    Sources: Alexander, J. (2021), SN Social Sciences 1, 56, for the published margins and the
    setting. Tenure, age and disability are invented and marked so in `population`.

    Examples
    --------
    >>> estate = simulate_estate(seed=2011)
    >>> population = estate.tables["population"]
    >>> population.loc[population["variable"] == "gender", ["category", "count", "share"]]
      category   count  share
    6   Female  1710.0   0.57
    7     Male  1290.0   0.43
    """
    return Estate(
        name="st_marys",
        title=TITLE,
        tables=simulate_tables(seed, truth, residents),
        synthetic=True,
        already_published=None,
        description=DESCRIPTION,
        source=setting.CITATION,
        period=PERIOD,
        folder=None,
        validation=None,
    )


def simulate_tables(
    seed: int, truth: Truth | None = None, residents: int = setting.RESIDENTS
) -> dict[str, pd.DataFrame]:
    """The nine tables of a simulated estate by name; see `simulate_estate`."""
    _check(seed, residents)
    truth = truth or Truth()
    rng = np.random.default_rng(seed)
    everybody = draw_residents(rng, residents)
    professionals = draw_professionals(rng, residents + 1)
    seats = draw_seats(rng, everybody, professionals, truth)
    # Those with a seat stay, so that a seat ends for the reasons that `Truth` names and no other.
    seated = everybody["person_id"].isin(seats["person_id"])
    everybody["moved_out"] = everybody["moved_out"].mask(seated)
    lean = leanings(rng, everybody, truth)
    meetings = setting.meetings()
    register = _register(rng, everybody, professionals, lean, seats, meetings, truth)
    decisions = draw_decisions(rng, register, meetings, truth)
    survey = draw_responses(rng, everybody, _came(everybody, register, meetings), truth)
    people = pd.concat([everybody, professionals], ignore_index=True)
    tables = {
        "estate_survey": _unrecorded(rng, survey, truth.not_stated),
        "people": _people(rng, people, truth),
        "bodies": setting.bodies(),
        "memberships": seats,
        "meetings": meetings,
        "attendance": register,
        "decisions": decisions,
        "population": _population(residents),
        "profiles": draw_panel(rng, everybody, truth),
    }
    return {name: typed(table, load_schema(name)) for name, table in tables.items()}


def typed(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The same table with the types that `read_table` gives its columns."""
    return table.astype(
        {name: empty_column(schema.field(name), 0).dtype for name in table.columns.astype(str)}
    )


def _check(seed: int, residents: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(
            "the seed is not a whole number from 0",
            where="simulate_estate",
            expected="a whole number, 0 or more",
            got=repr(seed),
        )
    if residents < SMALLEST:
        raise InputError(
            "too few residents to fill the bodies",
            where="simulate_estate",
            expected=f"{SMALLEST} or more",
            got=str(residents),
        )


def _register(
    rng: np.random.Generator,
    everybody: pd.DataFrame,
    professionals: pd.DataFrame,
    lean: Floats,
    seats: pd.DataFrame,
    meetings: pd.DataFrame,
    truth: Truth,
) -> pd.DataFrame:
    own = truth.person_sd * rng.standard_normal(len(professionals))
    posts = professionals["capacity"].map(lambda capacity: truth.professional.get(capacity, 0.0))
    all_lean = pd.concat(
        [
            pd.Series(lean, index=everybody["person_id"]),
            pd.Series(posts.to_numpy() + own, index=professionals["person_id"]),
        ]
    )
    seated = draw_seated(rng, seats, all_lean, meetings, truth)
    is_open = (meetings["open_to"] == "residents").to_numpy()
    dropped_in = draw_open(rng, everybody, lean, seats, meetings.loc[is_open], truth)
    register = pd.concat([seated, dropped_in], ignore_index=True)
    return register.sort_values(["meeting_id", "person_id"], kind="stable", ignore_index=True)


def _came(
    everybody: pd.DataFrame, register: pd.DataFrame, meetings: pd.DataFrame
) -> pd.Series[bool]:
    """Came to an open meeting within the year before the fieldwork."""
    year = meetings["date"].between(FIELDWORK - pd.DateOffset(years=1), FIELDWORK)
    ids = meetings.loc[year & (meetings["open_to"] == "residents"), "meeting_id"]
    present = register.loc[register["meeting_id"].isin(ids) & (register["status"] == "present")]
    return everybody["person_id"].isin(present["person_id"])


def _people(rng: np.random.Generator, people: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    columns = ["person_id", "capacity", "organisation", *setting.STATED, "moved_in", "moved_out"]
    frame = _unrecorded(rng, people[columns], truth.not_stated)
    outsider = (people["capacity"] != "resident").to_numpy()
    # Professionals are asked less often; an estate without missing values has none for them either.
    for name in ("ethnicity", "age"):
        if truth.not_stated.get(name, 0.0) > 0:
            hidden = outsider & (rng.random(len(frame)) < setting.PROFESSIONAL_NOT_STATED)
            frame[name] = frame[name].mask(hidden)
    return frame


def _unrecorded(
    rng: np.random.Generator, frame: pd.DataFrame, rates: Mapping[str, float]
) -> pd.DataFrame:
    """The same frame with categories missing completely at random."""
    hidden = {
        name: frame[name].mask(rng.random(len(frame)) < rates.get(name, 0.0))
        for name in setting.STATED
    }
    return frame.assign(**hidden)


def _population(size: int) -> pd.DataFrame:
    rows = [
        (
            variable,
            category,
            count,
            count / size,
            np.nan,
            setting.REMAINDER if (variable, category) == ("ethnicity", "Other") else margin.source,
            setting.REFERENCE_DATE,
        )
        for variable, margin in setting.MARGINS.items()
        for category, count in scaled_counts(margin.counts, size).items()
    ]
    columns = ["variable", "category", "count", "share", "std_error", "source", "reference_date"]
    return pd.DataFrame(rows, columns=columns)
