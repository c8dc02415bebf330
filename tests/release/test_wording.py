"""Numbers to sentences: each sentence in full, by hand, for the cases that go wrong."""

import numpy as np
import pandas as pd
import pytest
from specimens import ETHNICITY, SYNTHETIC, Policy, network, ratio_rows, ratios

from participation_stats.errors import InputError
from participation_stats.release import phrases, seats, wording
from participation_stats.release.phrases import Terms


def row(**changes):
    base = {
        "variable": "ethnicity",
        "category": "Black African",
        "count": 0,
        "expected": 5.4,
        "share": 0.0,
        "population_share": 0.27,
        "ratio": 0.0,
        "chance_low": 2 / 5.4,
        "chance_high": 9 / 5.4,
        "p_value": 0.0037,
        "p_adjusted": 0.03,
        "verdict": "under-represented",
        "suppressed": False,
    }
    return pd.Series(base | changes)


def told(**changes):
    return " ".join(wording.ratio_sentences(row(**changes)))


def test_nobody_of_a_group():
    assert told() == (
        "Black African residents hold none of the 20 seats; proportional would be 5.4, so about "
        "five seats short. Drawn by lot, they would usually hold 2 to 9. Chance alone would be "
        "this far out less than 1 time in 100 (adjusted for several groups, p = .03), so they are "
        "under-represented."
    )


def test_everybody_of_a_group():
    assert told(
        count=20, share=1, p_value=1e-9, p_adjusted=1e-8, verdict="over-represented"
    ).startswith(
        "Black African residents hold all of the 20 seats; proportional would be 5.4, so about "
        "15 seats more."
    )


def test_small_uncorrected_p_that_the_family_takes_back():
    assert told(p_value=0.03, p_adjusted=0.18, verdict="too small to tell").endswith(
        "Chance alone would be this far out less than 1 time in 20, but with several groups "
        "compared one such is no surprise (adjusted p = .18): too small to tell."
    )


def test_in_line_and_no_p():
    assert told(p_value=0.8, p_adjusted=1.0, verdict="in line").endswith(
        "about 8 times in 10 (adjusted for several groups, p = 1): in line with the population."
    )
    # Where there is nothing to adjust for, one p is told and no more.
    assert told(p_value=0.8, p_adjusted=0.8, verdict="in line").endswith(
        "10 (p = .80): in line with the population."
    )
    assert told(p_value=np.nan, p_adjusted=np.nan).endswith(
        "Drawn by lot, they would usually hold 2 to 9."
    )


def test_a_draw_with_one_possible_value():
    assert "Drawn by lot, they would usually hold 5." in told(
        chance_low=5 / 5.4, chance_high=5 / 5.4
    )


def test_the_only_seat():
    # One seat: expected .27.
    text = told(count=1, expected=0.27, share=1, ratio=1 / 0.27)
    assert text.startswith(
        "Black African residents hold the only seat; proportional would be 0.3, so less than one "
        "seat more."
    )
    assert seats.held_text(0, 1, Terms()) == "not the only seat"


def test_shares_without_counts():
    text = told(count=np.nan, expected=np.nan, share=0.12, ratio=0.44)
    assert text.startswith(
        "Black African residents are 12% here and 27% of the population: a ratio of 0.44."
    )


def test_a_body_of_nobody_has_no_figure():
    nobody = row(count=0, expected=0.0, share=np.nan, ratio=np.nan, population_share=np.nan)
    assert wording.ratio_sentences(nobody) == ("There is no figure for Black African residents.",)
    assert seats.count_text(nobody) == "no figure"


def test_withheld_row_says_so_and_nothing_else():
    withheld = row(suppressed=True, count=pd.NA, expected=np.nan, share=np.nan, verdict=pd.NA)
    assert wording.ratio_sentences(withheld) == (
        "How many seats Black African residents hold is withheld, so that nobody can be "
        "identified.",
    )
    assert seats.count_text(withheld) == "[c] withheld"
    # What is proportional is no secret: it follows from the population and the number of seats.
    public = row(suppressed=True, count=pd.NA, share=np.nan)
    assert seats.count_text(public) == "[c] of 20; proportional would be 5.4"


def test_withheld_row_whose_verdict_may_be_said():
    withheld = row(suppressed=True, count=pd.NA, expected=np.nan, share=np.nan)
    assert wording.ratio_sentences(withheld)[1] == ("What can be said: they are under-represented.")


def test_exactly_proportional_is_said_once():
    assert told(count=5.4, expected=5.4).startswith(
        "Black African residents hold 5.4 of the 20 seats, which is exactly proportional. Drawn"
    )


def test_a_sentence_goes_on_after_a_colon():
    aged = row(variable="age_band", category="16 to 24")
    assert wording.first_sentence(aged, Terms()).startswith("residents aged 16 to 24 hold none of")
    assert wording.first_sentence(row(), Terms()).startswith("Black African residents hold none")
    gone = row(suppressed=True, count=pd.NA)
    assert wording.first_sentence(gone, Terms()) == (
        "Black African residents; how many seats they hold is withheld."
    )


def test_an_alternative_text_names_the_withheld_once():
    gone = {"suppressed": True, "count": pd.NA, "expected": np.nan, "share": np.nan}
    rows = pd.DataFrame(
        [
            row(category="A", verdict="over-represented", **gone),
            row(category="B", verdict="too small to tell", **gone),
            row(category="C", verdict=pd.NA, **gone),
        ]
    )
    assert wording.sentences(rows) == (
        "Withheld, so that nobody can be identified: A, B and C. What can be said of A: "
        "over-represented. What can be said of B: too small to tell."
    )


def test_other_words_for_people_and_places():
    members = Terms(people="citizens", hold="are", places="board members", place="board member")
    assert wording.ratio_sentences(row(count=2), terms=members)[0] == (
        "Black African citizens are 2 of the 20 board members; proportional would be 5.4, "
        "so about three board members short."
    )


@pytest.mark.parametrize(
    ("gap", "n", "text"),
    [
        (5.4, 20, "about five seats short"),
        (5.5, 20, "about six seats short"),
        (5.0, 20, "five seats short"),
        (1.02, 20, "one seat short"),
        (1.3, 20, "about one seat short"),
        (-1.0, 20, "one seat more"),
        (0.94, 20, "less than one seat short"),
        (-0.3, 20, "less than one seat more"),
        (0.0, 20, "exactly proportional"),
        (9.6, 40, "about 10 seats short"),
        (349.17, 870, "349 seats short"),
        (-2.4, 870, "two seats more"),
    ],
)
def test_seats_short(gap, n, text):
    assert seats.gap_text(gap, n) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.00099, "less than 1 time in 1,000"),
        (0.001, "less than 1 time in 100"),
        (0.01, "less than 1 time in 20"),
        (0.0499, "less than 1 time in 20"),
        (0.05, "about 1 time in 20"),
        (0.149, "about 1 time in 7"),
        (0.5, "about 5 times in 10"),
        (0.949, "about 9 times in 10"),
        (0.96, "nearly every time"),
    ],
)
def test_how_often_never_overstates(p, text):
    assert phrases.how_often(p) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0516, "p = .052"),
        (0.0496, "p = .050"),
        (0.00949, "p = .009"),
        (0.2, "p = .20"),
        (0.99, "p = .99"),
    ],
)
def test_p_values_near_the_edge_keep_a_digit_more(p, text):
    assert phrases.p_text(p) == text


@pytest.mark.parametrize(
    ("variable", "category", "text"),
    [
        ("gender", "Female", "female residents"),
        ("gender", "Other", "residents whose gender is recorded as Other"),
        ("age_band", "65 and over", "residents aged 65 and over"),
        ("length_of_residence", "10 or more", "residents here 10 or more years"),
        ("length_of_residence", "Not stated", "residents whose length of residence is not stated"),
        ("housing_tenure", "Leasehold", "leaseholders"),
        ("disability", "Not disabled", "residents who are not disabled"),
        ("disability", "Disabled", "disabled residents"),
        # A name keeps its capitals within a sentence too.
        ("hispanic_or_latino", "Hispanic or Latino", "Hispanic or Latino residents"),
        ("religion", "None", "residents with religion 'None'"),
        (
            "ethnicity",
            "Any other mixed or multiple background",
            "residents recorded as Any other mixed or multiple background",
        ),
    ],
)
def test_groups_as_subjects(variable, category, text):
    assert phrases.whose(variable, category, Terms()) == text


def test_groups_in_order():
    assert phrases.in_order(["Not stated", "white", "Other", "Asian"]) == [
        "Asian",
        "white",
        "Other",
        "Not stated",
    ]
    # One name that is no band: back to the alphabet.
    assert phrases.in_order(["5 to 9", "10 or more", "long"]) == ["10 or more", "5 to 9", "long"]


def headline_of(counts, population, policy=SYNTHETIC, variable="ethnicity", **options):
    return wording.headline(ratios(ratio_rows(variable, counts, population), policy), **options)


def test_headline_names_who_is_missing_most():
    assert wording.headline(network(), name="the local network") == (
        "Black African residents hold none of the 20 seats on the local network: about five seats "
        "short, which chance alone would rarely do"
    )


def test_headline_of_an_excess_only():
    text = headline_of({"A": 30, "B": 0, "C": 0}, {"A": 600, "B": 1200, "C": 1200})
    assert text.startswith("B residents hold none of the 30 seats: 12 seats short")
    text = headline_of({"A": 6, "B": 2, "C": 2}, {"A": 600, "B": 1200, "C": 1200})
    assert text == (
        "A residents hold 6 of the 10 seats: four seats more than proportional, "
        "which chance alone would rarely do"
    )


def test_headline_when_nothing_can_be_told():
    assert headline_of({"A": 3, "B": 3}, {"A": 1000, "B": 2000}) == (
        "B residents hold 3 of the 6 seats: one seat short, but chance alone could explain that"
    )
    assert headline_of({"A": 2, "B": 4}, {"A": 1000, "B": 2000}) == (
        "By ethnicity, chance alone could explain every difference; 6 seats are too few to tell "
        "more"
    )
    assert headline_of({"A": 100, "B": 100}, {"A": 1500, "B": 1500}) == (
        "By ethnicity, seats are in line with the population"
    )


def test_headline_of_withheld_rows():
    assert wording.headline(network(Policy.publish())) == "Ethnicity: all counts are withheld"
    partly = headline_of(
        {"A": 100, "B": 11, "C": 4, "D": 8},
        {"A": 500, "B": 1500, "C": 500, "D": 500},
        Policy.publish(),
    )
    # The adjusted p would give a withheld one away, but of so small a p the verdict is certain.
    assert partly == (
        "B residents hold 11 of the 123 seats: 51 seats short, which chance alone would rarely do "
        "(part of the table is withheld)"
    )
    quiet = headline_of(
        {"A": 30, "B": 90, "C": 5, "D": 5},
        {"A": 800, "B": 2000, "C": 100, "D": 100},
        Policy.publish(),
    )
    assert quiet.startswith("By ethnicity, seats are in line with the population (part of the")


def test_profile_headline_and_base():
    table = ratio_rows("ethnicity", dict.fromkeys(ETHNICITY, 3), ETHNICITY)
    protected = ratios(table, not_stated=4)
    assert wording.profile_headline(protected, "ethnicity") == (
        "About four of the 18 seats would have to change group to match residents by ethnicity; "
        "after a fair draw, about four"
    )
    assert wording.base_note(protected, "ethnicity") == (
        "18 people, and 4 more whose ethnicity is not stated, who are left out."
    )
    assert wording.base_note(network(Policy.publish()), "ethnicity") == "20 people."


def test_unknown_variable_and_body():
    with pytest.raises(InputError) as caught:
        wording.headline(network(), "gender")
    assert str(caught.value) == (
        "headline: no variable 'gender' in the table. Expected 'ethnicity'; got 'gender'."
    )
    with pytest.raises(InputError, match=r"Expected a table with a body; got 'network'\."):
        wording.headline(network(), body="network")
