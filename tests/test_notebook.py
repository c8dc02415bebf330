"""What a notebook shows of a result: its facts and the first rows of its frames, as valid HTML."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.measure.results import NOTEBOOK_ROWS, Result


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


@pytest.mark.slow
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


CANARY = "CANARY7319"


def public_classes():
    found = {name: getattr(ps, name) for name in ps.__all__}
    return {
        name: one
        for name, one in found.items()
        if isinstance(one, type) and not issubclass(one, BaseException)
    }


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """Everything public that is no result of a statistic; ids and answers hold a canary."""
    folder = tmp_path_factory.mktemp("cards")
    ids = [f"{CANARY}{n}" for n in range(60)]
    people = pd.DataFrame({"person_id": ids, "gender": ["Female", "Male"] * 30})
    rows = people.assign(meeting=1, attended=[0, 1, 1] * 20, age=range(60))
    answers = people.assign(weight=1.5, answer=[1.0, 2.0, None] * 20)
    design = ps.survey_design(answers, weights="weight")
    people.to_csv(folder / "people.csv", index=False)
    (folder / "register.csv").write_text(
        "Name,1 May 2024,5 June 2024\n" + "".join(f"{one},x,\n" for one in ids), encoding="utf-8"
    )
    schema = ps.load_schema("people")
    found = [
        ps.attendance_formula(rows, ["gender"], crossed=()),
        ps.collapse(rows, ["gender"], "attended", unit="person_id"),
        ps.load_codelist(ps.codelist_names()[0]),
        ps.draft_mapping(folder / "people.csv", "people"),
        ps.deduplicate(people, by="person_id"),
        ps.Estate("place", "A place", {"people": people}),
        ps.Export("a tool", *[people] * 5, people["person_id"], people["person_id"]),
        schema,
        schema.fields[0],
        ps.load_schema("attendance").foreign_keys[0],
        ps.Policy.internal("a test"),
        ps.recode(people["gender"], "gender"),
        ps.SpssFile(*[people] * 5),
        ps.read_register(folder / "register.csv"),
        design,
        ps.survey_replicates(design, "jackknife"),
        ps.survey_impute(design, ["answer"], using=["gender"], n_imputations=2, rng=1),
        ps.Truth(),
        ps.simulate_nation(folder / "nation", seed=1, landlords=1, estates=1, residents=200),
    ]
    return {type(one).__name__: one for one in found}


def test_every_public_class_shows_itself_in_a_notebook():
    without = [name for name, one in public_classes().items() if not hasattr(one, "_repr_html_")]
    assert without == []


def test_what_is_no_result_is_a_short_card_and_never_a_row(cards):
    others = {
        name
        for name, one in public_classes().items()
        if not issubclass(one, Result) and name not in ("Protected", "Validation")
    }
    assert cards.keys() == others
    for name, card in cards.items():
        page = Checked(card._repr_html_())
        said = "".join(page.words)
        assert name in said
        assert page.rows >= 1 and page.rows < NOTEBOOK_ROWS
        assert len(said) < 2000
        for text in (card._repr_html_(), repr(card), str(card)):
            assert CANARY not in text, name
    assert "60 rows" in cards["Estate"]._repr_html_()
    assert "people 60" in repr(cards["Estate"])
    assert "a test" in cards["Policy"]._repr_html_()
