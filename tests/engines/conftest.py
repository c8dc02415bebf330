"""St Mary's rows as Parquet and CSV files, from which each engine reads them."""

import numpy as np
import pytest
from journey import travel

import participation_stats as ps


@pytest.fixture(scope="session")
def rows(tmp_path_factory):
    """Name of a table → pandas frame; and the folder with the same as Parquet and CSV."""
    estate = ps.load_example("st_marys")
    people = estate.tables["people"].query("capacity == 'resident'")
    # Who answered is made up here, from a seed: the survey's respondents are not people's ids.
    answered = np.random.default_rng(20261124).random(len(people)) < 0.2
    frames = {
        "people": people.assign(answered=answered.astype(int)),
        "panel": estate.panel(),
        "survey": estate.tables["estate_survey"],
    }
    columns = {
        "people": ["person_id", "ethnicity", "gender", "housing_tenure", "answered"],
        "survey": [
            "respondent_id",
            "ethnicity",
            "gender",
            "housing_tenure",
            "weight",
            "stratum",
            "cluster",
            "can_influence",
            "trusts_landlord",
        ],
        "panel": [
            "person_id",
            "meeting_id",
            "body_id",
            "date",
            "format",
            "capacity",
            "attended",
            "ethnicity",
            "gender",
        ],
    }
    frames = {name: frame[columns[name]].reset_index(drop=True) for name, frame in frames.items()}
    folder = tmp_path_factory.mktemp("rows")
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        frame.to_csv(folder / f"{name}.csv", index=False)
    return frames, folder


@pytest.fixture(scope="session")
def expected(rows):
    """What pandas finds."""
    return travel(**rows[0])
