"""What goes with coming: who is in the model, and what it compares with."""

import dataclasses

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.studies.engagement import CHARACTERISTICS, engage


@pytest.fixture(scope="module")
def estate():
    """St Mary's with nobody moving, everything stated, and a seat for nobody but officials."""
    estate = ps.simulate_estate(seed=3, truth=ps.Truth(not_stated={}), residents=1500)
    people = estate.tables["people"].drop(columns=["moved_in", "moved_out"])
    tables = {**estate.tables, "people": people}
    return dataclasses.replace(estate, tables=tables)


def without_the_absent(estate):
    """The same records with only those people in them who came to something or held a seat."""
    attendance, seats = estate.tables["attendance"], estate.tables["memberships"]
    seen = set(attendance.loc[attendance["status"].eq("present"), "person_id"])
    people = estate.tables["people"]
    kept = people[people["person_id"].isin(seen | set(seats["person_id"]))]
    return dataclasses.replace(estate, tables={**estate.tables, "people": kept})


def joint_of(estate, names):
    people = estate.tables["people"].query("capacity == 'resident'").copy()
    people["length_of_residence"] = ps.band(
        people["length_of_residence"], "length_of_residence_band"
    )
    return ps.tally(people, [*names, tuple(names)]).table.assign(std_error=None, source="count")


def test_levels_stand_in_the_order_of_the_lists(estate):
    references = engage(estate).fit.references
    assert references["length_of_residence"] == "under 1"
    assert references["housing_tenure"] == "Social rent"
    assert references["seat"] == "no"


@pytest.mark.slow
def test_with_a_joint_table_the_absent_need_no_records(estate):
    """A log of attenders and the population's joint give the model of the whole register."""
    names = [name for name in CHARACTERISTICS if name not in ("format", "seat")]
    whole = engage(estate).fit
    tables = {**without_the_absent(estate).tables, "population": joint_of(estate, names)}
    found = engage(dataclasses.replace(estate, tables=tables)).fit
    assert (found.n_rows, found.n_units) == (whole.n_rows, whole.n_units)
    # Sums of the same numbers in another order.
    pd.testing.assert_frame_equal(found.table, whole.table, rtol=1e-8, atol=1e-8)
    assert "is known from a joint table" in found.describe()
    assert "in no log" not in whole.describe()


@pytest.mark.slow
def test_with_margins_alone_it_says_so(estate):
    found = engage(without_the_absent(estate)).fit
    assert found.n_units == engage(estate).fit.n_units
    assert "taken as independent beyond these" in found.describe()
    told = found.rates("gender").table.set_index("category")["estimate"]
    real = engage(estate).fit.rates("gender").table.set_index("category")["estimate"]
    # Margins are exact, how groups go together is not: rates differ by a fraction of themselves.
    assert told["Female"] == pytest.approx(real["Female"], rel=0.1)


def test_a_population_without_counts_leaves_the_log_as_it_is(estate):
    small = without_the_absent(estate)
    population = small.tables["population"].drop(columns="count")
    tables = {**small.tables, "population": population}
    fit = engage(dataclasses.replace(small, tables=tables)).fit
    assert fit.n_units < 700
    assert fit.note == ""
