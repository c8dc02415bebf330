"""Panels made once for a report: the same rows as ever, and nobody's changes reach another."""

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.studies.panels import at_rest


@pytest.fixture(scope="module")
def estate():
    return ps.load_example("st_marys")


def test_the_panel_is_that_of_the_estate(estate):
    resting = at_rest(estate)
    for body in (None, "committee"):
        pd.testing.assert_frame_equal(resting.panel(body), estate.panel(body))
        assert resting.panel(body).attrs == estate.panel(body).attrs
    assert str(resting) == str(estate)
    with pytest.raises(InputError, match="there is no body 'comittee'"):
        resting.panel("comittee")


def test_who_changes_their_panel_changes_nobody_elses(estate):
    resting = at_rest(estate)
    mine = resting.panel()
    mine["attended"] = 0
    mine.loc[0, "format"] = "changed"
    pd.testing.assert_frame_equal(resting.panel(), estate.panel())
