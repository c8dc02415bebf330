"""What a body or population argument may be, and what each wrong one is told."""

import re

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.measure.margins import category_order, clean_margins

MARGINS = pd.DataFrame({"variable": "g", "category": ["A", "B"], "count": [3, 9]})
POPULATION = pd.DataFrame({"variable": "g", "category": ["A", "B"], "count": [30, 90]})


def told(body, population=POPULATION, **options):
    with pytest.raises(ps.InputError) as error:
        ps.representativeness_ratios(body, population, **options)
    return str(error.value)


def test_category_missing_from_the_population_reads_as_the_style_has_it():
    body = pd.DataFrame(
        {
            "variable": "ethnicity",
            "category": [
                "Black African",
                "Black Caribbean",
                "Portuguese",
                "White British",
                "Other",
            ],
            "count": [1, 5, 3, 2, 1],
        }
    )
    population = body[body["category"] != "Portuguese"].assign(count=[810, 540, 540, 720])
    assert told(body, population) == (
        "representativeness_ratios: population has no category 'Portuguese' of 'ethnicity' (body "
        "has 3 people there). Expected the same categories on both sides; got 5 in body, 4 in "
        'population. Hint: roll up with ps.recode(..., to="broad"), or add the category to the '
        "population table."
    )


CASES = {
    "no margins": (
        lambda: (pd.DataFrame({"who": [1]}), {}),
        "body is neither margins nor is it said what to count. Expected columns variable and "
        "category, or by=; got 'who'.",
    ),
    "no frame at all": (lambda: (7, {}), "body is int. Expected margins, a Tally"),
    "empty mapping": (lambda: ({}, {}), "body is an empty mapping"),
    "nobody in the body": (
        lambda: (pd.DataFrame({"g": []}), {"by": "g"}),
        "body has no rows. Expected at least one person; got an empty frame.",
    ),
    "empty margins": (
        lambda: (MARGINS.iloc[:0], {}),
        "body has no rows. Expected at least one group; got an empty table.",
    ),
    "no such column": (
        lambda: (pd.DataFrame({"g": ["A"]}), {"by": "gender"}),
        "no column 'gender'",
    ),
    "no such variable": (
        lambda: (MARGINS, {"by": "gender"}),
        "body has no variable 'gender'. Expected every variable named in by=; got 'g'.",
    ),
    "text for a count": (
        lambda: (MARGINS.astype(object).assign(count=["3", "[c]"]), {}),
        "body, row 1 (g: B): 'count' is not a number of people or a share. Expected a number of "
        "0 or more; got '[c]'.",
    ),
    "below nothing": (
        lambda: (MARGINS.assign(count=[-1, 9]), {}),
        "body, row 0 (g: A): 'count' is not a number of people or a share.",
    ),
    "infinite": (
        lambda: (MARGINS.assign(count=[np.inf, 9]), {}),
        "body, row 0 (g: A): 'count' is not a number of people or a share.",
    ),
    "half a person": (
        lambda: (MARGINS.assign(count=[2.5, 9]), {}),
        "body, row 0 (g: A): the count is not a whole number. Expected people; got 2.5. Hint: "
        "give people in count and their weights in weighted.",
    ),
    "no count": (
        lambda: (MARGINS.assign(count=[np.nan, 9]), {}),
        "body, row 0 (g: A): no count. Expected count, or share and n.",
    ),
    "percentages": (
        lambda: (MARGINS.assign(share=[25.0, 75.0], n=12).drop(columns="count"), {}),
        "body, row 0 (g: A): the share is above 1. Expected shares as fractions from 0 to 1; got "
        "25. Hint: divide percentages by 100.",
    ),
    "twice": (
        lambda: (pd.concat([MARGINS, MARGINS]), {}),
        "body names a group twice: row 0 (g: A).",
    ),
    "more than n": (
        lambda: (MARGINS.assign(n=10), {}),
        "body: the groups of 'g' hold more people than n. Expected at most n = 10; got 12.",
    ),
    "confidence": (lambda: (MARGINS, {"confidence": 95}), "confidence is not between 0 and 1."),
    "in_line": (lambda: (MARGINS, {"in_line": (1.1, 1.2)}), "in_line does not hold 1."),
    "design": (
        lambda: (MARGINS, {"design": "census"}),
        "design has 'census'. Expected one of 'body', 'sample', 'shares'.",
    ),
    "adjust": (lambda: (MARGINS, {"adjust": "bonferroni"}), "adjust has 'bonferroni'."),
    "not_stated": (lambda: (MARGINS, {"not_stated": "drop"}), "not_stated has 'drop'."),
    "extra": (lambda: (MARGINS, {"extra": ["ppr"]}), "extra has 'ppr'. Expected one of 'seats"),
    "weights for a body": (
        lambda: (pd.DataFrame({"g": ["A"], "w": [1.0]}), {"by": "g", "weights": "w"}),
        "weights or a design effect for a body. Expected design='sample'",
    ),
    "weights without a design effect": (
        lambda: (MARGINS.assign(weighted=[2.0, 10.0]), {"design": "sample"}),
        "weighted counts without a design effect.",
    ),
    "design effect": (
        lambda: (MARGINS, {"design": "sample", "design_effect": 0.0}),
        "the design effect is not above 0.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_body_and_options(case):
    make, expected = CASES[case]
    body, options = make()
    assert expected in told(body, **options)


POPULATIONS = {
    "no such variable": (
        POPULATION.assign(variable="h"),
        "population has no variable 'g'. Expected the body's variables in the population; got "
        "'h'. Hint: add it to the population table, or choose the variables by by=.",
    ),
    "neither count nor share": (
        POPULATION.assign(count=[30, np.nan]),
        "population, row 0 (g: A): neither every count nor every share of the variable is given.",
    ),
    "nobody": (POPULATION.assign(count=0), "population has nobody in any group of 'g'."),
    "all not stated": (
        POPULATION.iloc[:1].assign(category="Not stated"),
        "population states no category.",
    ),
    "two dates": (
        pd.concat([POPULATION, POPULATION.assign(count=[31, 92])]),
        "population names a group twice: row 0 (g: A). Expected each group once in each variable.",
    ),
    "no category": (
        POPULATION.drop(columns="category"),
        "population is neither margins nor is it said what to count.",
    ),
}


@pytest.mark.parametrize("case", POPULATIONS)
def test_population(case):
    population, expected = POPULATIONS[case]
    assert expected in told(MARGINS, population)


def test_joint_population_missing():
    body = pd.DataFrame({"e": ["A"], "g": ["F"]})
    margins = ps.tally(pd.DataFrame({"e": ["A", "B"], "g": ["F", "M"]}), ["e", "g"])
    assert "population has no variable 'e × g'" in told(body, margins, by=[("e", "g")])


def test_a_pandas_missing_category_is_not_stated():
    frame = pd.DataFrame({"variable": "g", "category": ["A", None], "count": [3, 2]})
    assert clean_margins(frame, where="f", side="body")["category"].tolist() == ["A", "Not stated"]
    twice = pd.DataFrame(
        {"variable": "g", "category": ["A", None, "Not stated"], "count": [3, 2, 1]}
    )
    clean = clean_margins(twice, where="f", side="body")
    assert clean["count"].tolist() == [3, 3]


def test_nullable_and_text_numbers_are_read():
    frame = pd.DataFrame(
        {
            "variable": "g",
            "category": ["A", "B"],
            "count": pd.array([3, None], dtype="Int64"),
            "share": ["0.25", "0.75"],
        }
    )
    clean = clean_margins(frame, where="f", side="body")
    assert clean["count"].tolist()[0] == 3.0
    assert clean["count"].isna().tolist() == [False, True]
    assert clean["share"].tolist() == [0.25, 0.75]


def test_order_of_bands_groups_and_the_last_two():
    assert category_order(["65 and over", "under 16", "16 to 24"]) == [
        "under 16",
        "16 to 24",
        "65 and over",
    ]
    assert category_order(["b", "Other", "Not stated", "A", "Pooled (2 groups)"]) == [
        "A", "b", "Other", "Pooled (2 groups)", "Not stated",
    ]  # fmt: skip


def test_nothing_given_is_changed():
    body, population = MARGINS.copy(), POPULATION.copy()
    ps.representativeness_ratios(body, population)
    pd.testing.assert_frame_equal(body, MARGINS)
    pd.testing.assert_frame_equal(population, POPULATION)


def test_messages_have_one_form():
    message = told(MARGINS, POPULATION.assign(variable="h"))
    assert re.match(r"^representativeness_ratios: .+\. Expected .+; got .+\. Hint: .+\.$", message)
