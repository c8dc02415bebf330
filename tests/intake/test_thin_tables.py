"""Tables of which little came: headings alone, one row, a column that is blank or nonsense.

Such a file is a normal case, and every rule is asked about it: it is judged, never a traceback.
"""

from __future__ import annotations

import pandas as pd
import pytest

from participation_stats.intake.catalogue import schemas_folder
from participation_stats.intake.schemas import load_schema, schema_names
from participation_stats.intake.validation import validate

FILLED = {
    name: pd.read_csv(
        schemas_folder() / "examples" / f"{name}.csv", dtype="str", keep_default_na=False
    )
    for name in schema_names()
}


def thin(whole):
    """The table with little in any of its columns."""
    return [whole.head(0), whole.head(1), whole.assign(**dict.fromkeys(whole, "")), whole + "§"]


def thinned(whole):
    """The table with little in one of its columns, for each."""
    for column in whole:
        yield whole.drop(columns=column)
        for text in ("", "§", whole[column].iloc[0]):
            yield whole.assign(**{column: text})


def judge(name, table, others):
    checked = validate({**others, name: table})
    assert len(checked.valid[name]) + len(checked.rejected[name]) == len(table)
    assert checked.to_text()
    if not set(load_schema(name).required) <= set(table):
        assert len(checked.valid[name]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", FILLED)
def test_a_table_with_little_in_it_is_judged_beside_the_others(name):
    for table in thin(FILLED[name]):
        judge(name, table, FILLED)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILLED)
def test_a_table_with_little_in_a_column_is_judged(name):
    for table in thinned(FILLED[name]):
        judge(name, table, {})


@pytest.mark.slow
@pytest.mark.parametrize("name", FILLED)
def test_a_table_with_little_in_a_column_is_judged_beside_the_others(name):
    for table in thinned(FILLED[name]):
        judge(name, table, FILLED)


def test_headings_alone_are_valid():
    checked = validate({name: table.head(0) for name, table in FILLED.items()})
    assert checked.ok
    assert checked.issues.empty
    assert checked.summary()["rows"].eq(0).all()
