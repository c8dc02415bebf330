"""What weighting refuses, in which words; and categories merged on both sides."""

import re

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps

FRAME = pd.DataFrame(
    {
        "gender": ["Female", "Female", "Male", "Male", "Female", "Male"],
        "ethnicity": ["Chinese", "Indian", "Irish", "Irish", "Irish", "Indian"],
        "children": [0, 1, 2, 0, 3, 1],
        "weight": [1.0, 2.0, 1.0, 1.5, 1.0, 0.5],
    },
    index=pd.Index([11, 12, 13, 14, 15, 16], name="respondent"),
)
GENDER = {"gender": {"Female": 60, "Male": 40}}
ETHNICITY = {"ethnicity": {"Chinese": 5, "Indian": 25, "Irish": 70}}


def margins(**columns) -> pd.DataFrame:
    return pd.DataFrame({"variable": "gender", "category": ["Female", "Male"], **columns})


REFUSED = {
    "column not there": (
        lambda: ps.rake(FRAME, {"sex": {"F": 1, "M": 1}}),
        r"rake: frame has no column 'sex', which the margins have\. Expected a column for every",
    ),
    "part of an intersection not there": (
        lambda: ps.rake(FRAME, {"gender × age": {"Female × 1": 1}}),
        r"frame has no column 'age'",
    ),
    "category not in margins": (
        lambda: ps.rake(FRAME, {"ethnicity": {"Irish": 60, "Indian": 40}}),
        r"rake: margins have nobody in category 'Chinese' of 'ethnicity' \(frame has 1 row there\)"
        r".*got 'Irish', 'Indian' in margins\. Hint: merge categories on both sides with collapse=",
    ),
    "several categories not in margins": (
        lambda: ps.rake(FRAME, {"ethnicity": {"Irish": 60}}),
        r"nobody in category 'Chinese' and 1 more of 'ethnicity'",
    ),
    "target of nobody": (
        lambda: ps.rake(FRAME, {"gender": {"Female": 60, "Male": 0}}),
        r"margins have nobody in category 'Male' of 'gender' \(frame has 3 rows there\)",
    ),
    "category not in frame": (
        lambda: ps.rake(FRAME, {"gender": {"Female": 50, "Male": 40, "Other": 10}}),
        r"rake: frame has nobody in category 'Other' of 'gender' \(10\.0% of the population\).*"
        r"an empty category, which no weight can fill.*collapse=\{'gender': \{'Other': \.\.\.\}\}",
    ),
    "several categories not in frame": (
        lambda: ps.rake(FRAME, {"gender": {"Female": 5, "Male": 4, "Other": 1, "Another": 1}}),
        r"nobody in category 'Another' and 1 more of 'gender'",
    ),
    "empty cell of an intersection": (
        lambda: ps.poststratify(
            FRAME[["gender", "ethnicity"]],
            {
                ("gender", "ethnicity"): {
                    (g, e): 5 for g in ("Female", "Male") for e in ETHNICITY["ethnicity"]
                }
            },
        ),
        r"poststratify: frame has nobody in category 'Male × Chinese' of 'gender × ethnicity'",
    ),
    "not stated in frame": (
        lambda: ps.rake(
            FRAME.assign(gender=["Female", None, "Male", "Male", None, "Male"]), GENDER
        ),
        r"rake: 'gender' is not stated in 2 of 6 rows \(the first is row 12\).*leave those rows",
    ),
    "everyone not stated": (
        lambda: ps.rake(FRAME.assign(gender=pd.Series(None, FRAME.index, dtype="str")), GENDER),
        r"'gender' is not stated in 6 of 6 rows",
    ),
    "not stated in margins": (
        lambda: ps.rake(FRAME, {"gender": {"Female": 60, "Male": 40, "Not stated": 9}}),
        r"margins of 'gender' have a row 'Not stated'.*leave the row out",
    ),
    "two columns of a name": (
        lambda: ps.rake(pd.concat([FRAME, FRAME[["gender"]]], axis=1), GENDER),
        r"rake: frame has 2 columns 'gender'\. Expected every column of a name of its own",
    ),
    "lists in a column": (
        lambda: ps.rake(FRAME.assign(gender=[["Female"]] * 6), GENDER),
        r"rake: 'gender' holds values that are no categories.*got list",
    ),
    "no rows": (
        lambda: ps.rake(FRAME.head(0), GENDER),
        r"rake: frame has no rows\. Expected one row per respondent; got none",
    ),
    "no frame": (lambda: ps.rake(12, GENDER), r"rake: frame is int\. Expected one row per"),
    "no margins": (lambda: ps.rake(FRAME, 12), r"rake: margins is int"),
    "empty margins": (lambda: ps.rake(FRAME, margins(count=1).head(0)), r"margins has no rows"),
    "margins without numbers": (
        lambda: ps.rake(FRAME, margins(count=[3, None])),
        r"margins of 'gender' lack a number.*got none for 'Male'\. Hint: merge the categories that",
    ),
    "counts and shares mixed": (
        lambda: ps.rake(FRAME, margins(count=[3, None], share=[None, 0.4])),
        r"margins of 'gender' lack a number.*got counts and shares mixed",
    ),
    "negative count": (lambda: ps.rake(FRAME, margins(count=[3, -1])), r"'count' is not a number"),
    "shares short of 1": (
        lambda: ps.rake(FRAME, margins(share=[0.5, 0.3])),
        r"margins of 'gender' add up to 0\.8\. Expected shares that add up to 1.*stated one",
    ),
    "counts of nobody": (
        lambda: ps.rake(FRAME, margins(count=[0, 0])),
        r"margins of 'gender' add up to 0\. Expected somebody in them",
    ),
    "margins in words": (
        lambda: ps.rake(FRAME, {"gender": {"Female": "many", "Male": 3}}),
        r"margins, row 0 \(gender: Female\): 'count' is not a number.*got 'many'",
    ),
    "two bodies": (
        lambda: ps.rake(FRAME, margins(count=[1, 2], body=["north", "south"])),
        r"margins are of 2 bodies.*got 'north', 'south'",
    ),
    "two populations": (
        lambda: ps.rake(FRAME, {**GENDER, "ethnicity": {"Chinese": 5, "Indian": 25, "Irish": 90}}),
        r"populations of different size: gender and ethnicity.*got 100 and 120",
    ),
    "weight column not there": (
        lambda: ps.rake(FRAME, GENDER, weights="wt"),
        r"rake: no column 'wt'",
    ),
    "weight of 0": (
        lambda: ps.rake(FRAME, GENDER, weights=[1, 1, 0, 1, 1, 1]),
        r"rake: weights: 1 of 6 rows have no weight above 0 \(the first is row 13\).*got 0",
    ),
    "negative weight": (
        lambda: ps.rake(FRAME.assign(weight=-1.0), GENDER, weights="weight"),
        r"'weight': 6 of 6 rows have no weight above 0 \(the first is row 11\).*got -1\.0",
    ),
    "missing weight": (
        lambda: ps.rake(FRAME.assign(weight=[1, 1, 1, 1, 1, None]), GENDER, weights="weight"),
        r"the first is row 16\).*got nan.*a missing weight is not 1",
    ),
    "endless weight": (
        lambda: ps.rake(FRAME, GENDER, weights=[1, 1, 1, 1, 1, np.inf]),
        r"rows have no weight above 0.*got inf",
    ),
    "weight in words": (
        lambda: ps.rake(FRAME, GENDER, weights="ethnicity"),
        r"'ethnicity': 6 of 6 rows have no weight above 0.*got Chinese",
    ),
    "too few weights": (
        lambda: ps.rake(FRAME, GENDER, weights=[1, 2]),
        r"weights are of other rows than frame\. Expected one weight for each of 6 rows.*2 weights",
    ),
    "weights of another index": (
        lambda: ps.rake(FRAME, GENDER, weights=pd.Series(1.0, range(6))),
        r"weights are of other rows than frame.*got 6 weights with another index",
    ),
    "weights of one number": (
        lambda: ps.rake(FRAME, GENDER, weights=2.0),
        r"weights is float\. Expected a column of the frame, or one number per row",
    ),
    "bounds not around 1": (
        lambda: ps.rake(FRAME, GENDER, bounds=(1.2, 3)),
        r"rake: bounds= are not two factors around 1.*got \(1\.2, 3\)",
    ),
    "bounds of one number": (
        lambda: ps.rake(FRAME, GENDER, bounds=3),
        r"bounds= are not two factors around 1.*got 3\.",
    ),
    "bounds too narrow": (
        lambda: ps.rake(FRAME, {"gender": {"Female": 90, "Male": 10}}, bounds=(0.5, 1.5)),
        r"rake: the margins are not reached in 1,000 iterations with factors from 0\.5 to 1\.5\. "
        r"Expected every share of the margins to 1e-10; got the largest gap at 'gender: .*' with "
        r".*% of the weights where the margins have .*%\. Hint: widen bounds=",
    ),
    "no iterations": (
        lambda: ps.rake(FRAME, GENDER, max_iterations=0),
        r"max_iterations is not a whole number above 0\. Expected 1 or more; got 0",
    ),
    "several margins to post-stratify": (
        lambda: ps.poststratify(FRAME, {**GENDER, **ETHNICITY}),
        r"poststratify: margins have 2 variables.*got gender, ethnicity\. Hint: use rake",
    ),
    "unknown distance": (
        lambda: ps.calibrate(FRAME, GENDER, distance="euclid"),
        r"calibrate: distance 'euclid' is not known\. Expected 'linear', 'raking', 'logit'",
    ),
    "nothing to calibrate to": (
        lambda: ps.calibrate(FRAME),
        r"calibrate: there is nothing to calibrate to\. Expected margins, totals= or both",
    ),
    "logit without bounds": (
        lambda: ps.calibrate(FRAME, GENDER, distance="logit"),
        r"calibrate: bounds= are not two factors around 1.*got None",
    ),
    "logit without an upper bound": (
        lambda: ps.calibrate(FRAME, GENDER, distance="logit", bounds=(0, np.inf)),
        r"bounds= are not two factors around 1.*got \(0, inf\)",
    ),
    "totals of words": (
        lambda: ps.calibrate(FRAME, GENDER, totals={"ethnicity": 10}),
        r"calibrate: 'ethnicity' is not a column of numbers.*got 'Chinese'",
    ),
    "totals that are no number": (
        lambda: ps.calibrate(FRAME, GENDER, totals={"children": "many"}),
        r"totals= for 'children' is not a number.*got 'many'",
    ),
    "totals that are no mapping": (
        lambda: ps.calibrate(FRAME, GENDER, totals=[3]),
        r"totals= is list\. Expected a mapping from numeric column to its sum",
    ),
    "totals of a column not there": (
        lambda: ps.calibrate(FRAME, GENDER, totals={"age_total": 3}),
        r"no column 'age_total'",
    ),
    "totals out of reach": (
        lambda: ps.calibrate(FRAME, GENDER, totals={"children": 900}, distance="raking"),
        r"not reached in 200 iterations\. .*'children' with a total of .* where 900 was asked",
    ),
    "totals with a gap": (
        lambda: ps.calibrate(
            FRAME.assign(children=[0, 1, None, 0, 3, 1]), GENDER, totals={"children": 9}
        ),
        r"'children' is not stated in 1 of 6 rows \(the first is row 13\)",
    ),
    "collapse of another kind": (
        lambda: ps.rake(FRAME, GENDER, collapse=["gender"]),
        r"rake: collapse= cannot be read\. Expected a mapping from variable.*got list",
    ),
    "collapse to a word": (
        lambda: ps.rake(FRAME, GENDER, collapse={"gender": "broad"}),
        r"collapse= cannot be read.*got a str for 'gender'",
    ),
    "collapse of another variable": (
        lambda: ps.rake(FRAME, GENDER, collapse={"tenure": {"a": "b"}}),
        r"collapse= names 'tenure', which is not weighted by\. Expected one of gender;",
    ),
    "collapse of a category of nobody": (
        lambda: ps.rake(FRAME, GENDER, collapse={"gender": {"Femal": "Female"}}),
        r"collapse= merges 'Femal' of 'gender', which nobody has\. Expected categories of frame or "
        r"margins: Female, Male; got 'Femal'",
    ),
    "list without parents": (
        lambda: ps.rake(FRAME, GENDER, collapse={"gender": pd.DataFrame({"code": ["Female"]})}),
        r"the list in collapse= for 'gender' has no column 'parent'.*got code",
    ),
    "trim of something else": (
        lambda: ps.trim(FRAME, upper=3),
        r"trim: this is a DataFrame, not a Weighting",
    ),
    "trim without limits": (
        lambda: ps.trim(ps.rake(FRAME, GENDER)),
        r"trim: the limits do not hold the mean weight.*got lower=None, upper=None",
    ),
    "trim below the mean": (
        lambda: ps.trim(ps.rake(FRAME, GENDER), upper=10),
        r"Expected lower= of 0 or more and at most 16\.6667, upper= of at least 16\.6667; "
        r"got lower=None, upper=10",
    ),
    "trim to words": (
        lambda: ps.trim(ps.rake(FRAME, GENDER), upper="five"),
        r"the limits do not hold the mean weight.*got lower=None, upper=five",
    ),
    "trim below what the margins need": (
        lambda: ps.trim(ps.rake(FRAME, GENDER), upper=18),
        r"trim: the margins cannot be met with weights from .* to 18\. Expected both kept after "
        r"500 rounds; got weights from",
    ),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_in_words(call, words):
    with pytest.raises(ps.ParticipationError, match=words):
        call()


def test_what_does_not_converge_names_the_margin_and_the_category():
    # Everybody Irish is male here, and more Irish are wanted than men.
    frame = pd.DataFrame(
        {"gender": ["Female", "Male", "Male"], "origin": ["Other", "Irish", "Other"]}
    )
    wanted = {"gender": {"Female": 70, "Male": 30}, "origin": {"Irish": 40, "Other": 60}}
    with pytest.raises(ps.EstimationError) as caught:
        ps.rake(frame, wanted)
    assert "the margins are not reached in 1,000 iterations. " in str(caught.value)
    # Either of two groups with the same gap.
    assert re.search(
        r"largest gap at 'gender: (Female' with 60|Male' with 40)\.0+% of the weights "
        r"where the margins have (70|30)\.0+%",
        str(caught.value),
    )
    assert "some combinations that the margins need have no rows" in str(caught.value)


def test_collapse_merges_both_sides_and_says_so():
    merged = ps.rake(
        FRAME,
        {**GENDER, "ethnicity": {"Chinese": 5, "Indian": 20, "Pakistani": 10, "Irish": 65}},
        collapse={"ethnicity": {"Chinese": "Asian", "Indian": "Asian", "Pakistani": "Asian"}},
    )
    assert merged.collapsed == "ethnicity: Chinese, Indian, Pakistani into Asian"
    assert "Merged: ethnicity: Chinese, Indian, Pakistani into Asian." in merged.describe()
    table = merged.table.set_index(["variable", "category"])
    assert table.loc[("ethnicity", "Asian"), "n"] == 3
    assert table.loc[("ethnicity", "Asian"), "target"] == pytest.approx(0.35)
    by_hand = FRAME.assign(ethnicity=FRAME["ethnicity"].replace(["Chinese", "Indian"], "Asian"))
    expected = ps.rake(by_hand, {**GENDER, "ethnicity": {"Asian": 35, "Irish": 65}})
    np.testing.assert_allclose(merged.weights, expected.weights, rtol=1e-10)


def test_collapse_by_the_roll_up_of_a_code_list():
    codes = pd.DataFrame(
        {
            "code": ["Chinese", "Indian", "Irish", "Arab"],
            "parent": ["Asian", "Asian", "White", "Other"],
        }
    )
    wanted = {"ethnicity": {"Asian": 30, "White": 70}}
    found = ps.poststratify(FRAME, wanted, collapse={"ethnicity": codes})
    np.testing.assert_allclose(found.weights, [10, 10, 70 / 3, 70 / 3, 70 / 3, 10])
    assert found.collapsed == "ethnicity: Chinese, Indian into Asian; ethnicity: Irish into White"
    named = FRAME.assign(ethnicity=FRAME["ethnicity"].replace("Irish", "White Irish"))
    listed = ps.load_codelist("ethnicity_18")
    again = ps.poststratify(named, wanted, collapse={"ethnicity": listed})
    np.testing.assert_allclose(again.weights, found.weights)


def test_collapse_within_an_intersection():
    joint = {("Female", "Asian"): 20, ("Female", "Irish"): 40, ("Male", "Asian"): 10}
    joint[("Male", "Irish")] = 30
    merging = {"ethnicity": {"Chinese": "Asian", "Indian": "Asian"}}
    found = ps.poststratify(FRAME, {("gender", "ethnicity"): joint}, collapse=merging)
    np.testing.assert_allclose(found.weights, [10, 10, 15, 15, 40, 10])
    assert found.collapsed == "ethnicity: Chinese, Indian into Asian"


def test_shares_that_add_up_to_more_are_no_counts():
    with pytest.raises(ps.InputError, match=r"margins of 'gender' add up to 1.4"):
        ps.rake(FRAME, {"gender": {"Female": 0.7, "Male": 0.7}})
    with pytest.raises(ps.InputError, match=r"'share' is not a number of people.*got -0.2\."):
        ps.rake(FRAME, {"gender": {"Female": -0.2, "Male": 1.0}})


def test_one_weight_is_said_in_the_singular():
    weighting = ps.rake(FRAME, {"gender": {"Female": 60, "Male": 40}}, weights=[1, 1, 4, 1, 1, 1])
    assert " 1 weight was trimmed (" in ps.trim(weighting, upper=25).describe()


@pytest.mark.parametrize("held", [int, float, str, "Int64"])
@pytest.mark.parametrize("known", [int, float, str])
def test_whole_numbers_are_the_same_groups_however_they_are_held(held, known):
    """A gap elsewhere in a column makes pandas hold 1 as 1.0."""
    frame = pd.DataFrame({"children": pd.Series([0, 0, 1, 2, 1, 0]).astype(held)})
    shares = {0: 0.4, 1: 0.4, 2: 0.2}
    weighting = ps.rake(frame, {"children": {known(key): share for key, share in shares.items()}})
    assert weighting.table["category"].tolist() == ["0", "1", "2"]
    np.testing.assert_allclose(weighting.table["share_after"], [0.4, 0.4, 0.2], rtol=1e-9)
    counted = pd.DataFrame({"variable": "children", "category": list(shares), "count": [4, 4, 2]})
    counted["category"] = counted["category"].astype(known)
    merged = ps.rake(frame, counted, collapse={"children": {known(2): known(1)}})
    assert merged.table["category"].tolist() == ["0", "1"]
    assert merged.collapsed == "children: 2 into 1"
