"""What a notebook shows of a result: its facts and the first rows of its frames, as valid HTML."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.measure.results import NOTEBOOK_ROWS


class Checked(HTMLParser):
    """Counts rows of tables, and insists that every element that is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.words = [], 0, []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.rows += tag == "tr"
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def estate():
    return ps.load_example("st_marys")


def results(estate):
    board = {"Renters": 66, "Owners <&>": 350, "Other": 16}
    city = {"Renters": 0.52, "Owners <&>": 0.42, "Other": 0.06}
    yield ps.representativeness_ratios(board, city, by="tenure")
    yield ps.participation_ladder(estate)
    yield ps.seats(estate, "subgroup")
    yield ps.voting_power({"residents": 2, "staff": 5})
    yield ps.attendance_inequality([1, 2, 3, 30])
    yield ps.turnover(estate, "committee")
    panel = estate.panel("committee")
    yield ps.fit_logit("attended ~ gender", panel, unit="person_id")
    yield ps.rake(pd.DataFrame({"g": ["a", "b", "b"]}), {"g": {"a": 10, "b": 10}})


def test_facts_and_first_rows_of_every_frame(estate):
    for result in results(estate):
        text = result._repr_html_()
        page = Checked(text)
        said = "".join(page.words)
        assert type(result).__name__ in said
        for name, value in result.facts().items():
            assert value is None or name in said
        shown = [min(len(frame), NOTEBOOK_ROWS) for frame in result.frames().values()]
        assert page.rows == sum(shown) + len(shown)  # and a heading each
        for name, frame in result.frames().items():
            rest = len(frame) - NOTEBOOK_ROWS
            assert (f"{rest:,} more rows in .{name}" in said) is (rest > 0)


def test_names_are_text_and_not_markup(estate):
    text = next(iter(results(estate)))._repr_html_()
    assert "Owners &lt;&amp;&gt;" in text
    assert "Owners <&>" not in text


def test_what_is_missing_is_a_dash_and_numbers_are_short(estate):
    text = ps.participation_ladder(estate, by="gender")._repr_html_()
    assert "NaN" not in text
    assert "<td>–</td>" in text
    assert "<td>0.57</td>" in text or "<td>0.570</td>" in text


def test_protected_results_and_validations_show_themselves_too(estate):
    found = ps.representativeness_ratios(
        {"Female": 11, "Male": 1}, {"Female": 1710, "Male": 1290}, by="gender"
    )
    text = ps.protect(found, ps.Policy.publish())._repr_html_()
    Checked(text.replace("<br>", ""))
    assert "[c]" in text
    assert ">11<" not in text
    assert "valid" in estate.validation._repr_html_()
    assert np.char.count(text, "<table") >= 1
