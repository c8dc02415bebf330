"""Panels made once for a report: the same rows as ever, and nobody's changes reach another."""

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.intake import estates
from participation_stats.studies.comparisons import comparison_report
from participation_stats.studies.pages import Commission
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


def test_an_estate_of_another_class_keeps_its_own_panel(estate):
    class Louder(ps.Estate):
        def panel(self, body=None):
            return super().panel(body).assign(format="LOUD")

    louder = Louder(estate.name, estate.title, estate.tables)
    assert set(at_rest(louder).panel()["format"]) == {"LOUD"}


def test_two_years_of_a_place_have_one_panel(estate, monkeypatch):
    made = []

    def counted(*tables):
        made.append(tables)
        return join_panel(*tables)

    join_panel = estates.join_panel
    monkeypatch.setattr(estates, "join_panel", counted)
    comparison_report(estate, Commission(ps.Policy.publish()), years=(2011, 2013))
    assert len(made) == 1
