"""The table of engagement by group: against R, by hand, and in small cases."""

import json

import numpy as np
import pandas as pd
import pytest
from api_samples import GOLDEN, design

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.measure.estimation.engagement_groups import score_p_values

R = json.loads((GOLDEN / "engagement_tables.json").read_text(encoding="utf-8"))
# As asked of everything that R's survey package knows.
CLOSE = {"rtol": 1e-6, "atol": 1e-10}
ASKED = pd.DataFrame(
    {
        "came": ["yes", "no", "no", "yes", "no", "no", "yes", "no", "no", "no", "yes", None],
        "trust": [1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 5],
        "gender": [*list("FFFFFFFMMMM"), None],
        "years": ["10 or more", "under 1", "1 to 4"] * 4,
        "w": np.linspace(1, 2, 12),
    }
)


def told(case):
    return f"{case['design']} {case['item']} by {case['by']}"


@pytest.mark.parametrize("case", R["tables"], ids=told)
def test_against_r(case):
    found = ps.survey_engagement(design(case["design"]), case["item"], by=case["by"])
    table, rows = found.table, pd.DataFrame(case["rows"])
    assert table["category"].tolist() == rows["group"].tolist()
    assert table["n"].tolist() == rows["n"].tolist()
    varied = rows["low"].notna().to_numpy()
    for ours, theirs in (
        ("estimate", "estimate"),
        ("conf_low", "low"),
        ("conf_high", "high"),
        ("difference", "difference"),
        ("difference_std_error", "error"),
    ):
        np.testing.assert_allclose(
            table.loc[varied, ours].to_numpy(float), rows.loc[varied, theirs], **CLOSE
        )
    # A group of one answer has no error of its own: its p is that of the score test.
    p_values = np.where(varied, rows["p"], rows["score_p"])
    np.testing.assert_allclose(table["p_value"], p_values, rtol=1e-5, atol=1e-12)
    assert table["difference_std_error"].isna().tolist() == (~varied).tolist()
    # Holm within the variable; two groups are one test.
    ranked = np.sort(p_values)
    size = len(ranked) if len(ranked) > 2 else 1
    factors = np.maximum(size - np.arange(len(ranked)), 1)
    stepped = np.minimum(1, np.maximum.accumulate(ranked * factors))
    np.testing.assert_allclose(np.sort(table["p_adjusted"]), stepped, rtol=1e-5, atol=1e-12)


def test_one_answer_only_is_said():
    table = ps.survey_engagement(design("clus1"), "never", by="stype").table.set_index("category")
    assert table.loc["M", "estimate"] == 0
    assert 0 < table.loc["M", "conf_high"] < 1
    assert "p from a score test" in table.loc["M", "note"]
    assert (table.loc[["E", "H"], "note"] == "").all()


def test_score_test_keeps_its_level():
    # Nobody differs: 400 surveys of 30 clusters in two strata; a group of about 8 of 120.
    rng = np.random.default_rng(5)
    p_values = []
    for _ in range(400):
        frame = pd.DataFrame({"block": np.repeat(np.arange(30), 4), "w": rng.uniform(1, 3, 120)})
        frame["ward"] = np.where(frame["block"] < 15, "n", "s")
        frame["came"] = rng.random(120) < 0.25
        frame["group"] = np.where(rng.random(120) < 0.07, "few", "many")
        made = ps.survey_design(frame, weights="w", strata="ward", clusters="block")
        found = score_p_values(made, frame["came"].astype("boolean"), frame["group"], ["few"])
        p_values.append(found[0])
    rejected = np.nanmean(np.array(p_values) < 0.05)
    # 400 draws at .05 have a standard error of .011; few degrees of freedom make it cautious.
    assert 0.01 <= rejected <= 0.085


def test_everybody_and_both_answers():
    found = ps.survey_engagement(ps.survey_design(ASKED, weights="w"), "came", by="gender")
    whole = found.overall
    assert whole["category"].tolist() == ["yes", "Other"]
    assert whole["estimate"].sum() == pytest.approx(1)
    assert whole["conf_low"].iloc[0] == pytest.approx(1 - whole["conf_high"].iloc[1])
    answered = ASKED[ASKED["came"].notna()]
    share = answered["w"][answered["came"] == "yes"].sum() / answered["w"].sum()
    assert whole["estimate"].iloc[0] == pytest.approx(share, rel=1e-12)
    table = found.table.set_index("category")
    assert table.loc["F", "difference"] == pytest.approx(table.loc["F", "estimate"] - share)


def test_those_of_unknown_group_are_counted_and_no_group():
    table = ps.survey_engagement(ps.survey_design(ASKED), {"trust": (4, 5)}, by="gender").table
    unknown = table.set_index("category").loc["Not stated"]
    assert unknown["n"] == 1
    assert pd.isna(unknown["estimate"])
    assert unknown["note"] == "not a group: neither estimated nor compared"


def test_two_groups_are_one_test_and_bands_stand_in_order():
    found = ps.survey_engagement(
        ps.survey_design(ASKED), ["came"], by=["gender", "years", ("gender", "years")]
    ).table
    gender = found[(found["variable"] == "gender") & found["p_value"].notna()]
    assert gender["p_adjusted"].max() == pytest.approx(gender["p_value"].max())
    years = found.loc[found["variable"] == "years", "category"].tolist()
    assert years == ["under 1", "1 to 4", "10 or more"]
    crossed = found.loc[found["variable"] == "gender × years", "category"].tolist()
    assert crossed[:3] == ["F × under 1", "F × 1 to 4", "F × 10 or more"]
    assert crossed[-1] == "Not stated"


def test_answers_that_count():
    made = ps.survey_design(ASKED.assign(truth=ASKED["came"] == "yes", number=1))
    found = ps.survey_engagement(
        made, {"trust": [4, 5], "truth": None, "came": "no", "number": None}, by="years"
    )
    told = found.overall.drop_duplicates("item").set_index("item")
    assert told["category"].to_dict() == {
        "trust": "4 or 5",
        "truth": "True",
        "came": "no",
        "number": "1",
    }
    assert told.loc["trust", "estimate"] == pytest.approx(4 / 12)
    assert told.loc["number", "estimate"] == 1
    assert "trust: 4 or 5" in found.describe()


@pytest.mark.parametrize(
    ("change", "estimate"),
    [({"came": "no"}, 0.0), ({"came": "yes"}, 1.0), ({"came": None}, np.nan)],
)
def test_nobody_everybody_and_all_not_stated(change, estimate):
    found = ps.survey_engagement(ps.survey_design(ASKED.assign(**change)), "came", by="gender")
    values = found.table.loc[found.table["category"] != "Not stated", "estimate"]
    np.testing.assert_array_equal(values.to_numpy(float), [estimate, estimate])
    assert (found.table["note"] != "").all()
    assert found.table["p_value"].isna().all()


def test_everybody_of_unknown_group():
    found = ps.survey_engagement(ps.survey_design(ASKED.assign(gender=None)), "came", by="gender")
    assert found.table["category"].tolist() == ["Not stated"]
    assert found.table["n"].tolist() == [11]


def test_levels_that_nobody_has_are_shown():
    listed = ASKED.assign(gender=pd.Categorical(ASKED["gender"], categories=["M", "F", "X"]))
    table = ps.survey_engagement(ps.survey_design(listed), "came", by="gender").table
    assert table["category"].tolist() == ["M", "F", "X", "Not stated"]
    assert table.set_index("category").loc["X", ["n", "note"]].tolist() == [0, "nobody answered"]


def test_small_numbers_are_withheld():
    made = ps.survey_design(pd.concat([ASKED] * 8, ignore_index=True))
    found = ps.survey_engagement(made, ["came"], by=["gender", "years"])
    released = ps.protect(found, ps.Policy.publish())
    frame = released.table.set_index(["variable", "category"])
    assert frame.loc[("years", "under 1"), "suppressed"]
    assert pd.isna(frame.loc[("years", "under 1"), "estimate"])
    rare = made.frame.assign(came=np.where(np.arange(96) < 3, "yes", "no"))
    few = ps.survey_engagement(ps.survey_design(rare), ["came"], by="years")
    hidden = ps.protect(few, ps.Policy.publish()).frames["overall"]
    assert hidden["estimate"].isna().all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: ps.survey_engagement(ASKED, "came", by="gender"), "this is a DataFrame, not a"),
        (lambda d: ps.survey_engagement(d, [], by="gender"), "no items"),
        (lambda d: ps.survey_engagement(d, "come", by="gender"), "no column 'come'"),
        (lambda d: ps.survey_engagement(d, "came", by=[]), "nothing to compare by"),
        (
            lambda d: ps.survey_engagement(d, "came", by="sex"),
            r"no column 'sex'\. Expected one of came",
        ),
        (
            lambda d: ps.survey_engagement(d, "trust", by="gender"),
            "'trust' has other answers than yes and no",
        ),
        (
            lambda d: ps.survey_engagement(d, {"trust": 9}, by="gender"),
            "nobody gave the answer '9' to 'trust'",
        ),
        (
            lambda d: ps.survey_engagement(
                ps.survey_design(pd.concat([ASKED, ASKED]).assign(age=range(24))), "came", by="age"
            ),
            "'age' is a number of 24 values",
        ),
        (
            lambda d: ps.survey_engagement(d, "came", by="gender", confidence=95),
            "confidence is not between 0 and 1",
        ),
        (
            lambda d: ps.survey_engagement(d, "came", by="gender", interval="wald"),
            "interval 'wald' is not known",
        ),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call(ps.survey_design(ASKED))


def test_replicates_give_their_own_errors():
    made = design("clus1")
    jackknife = ps.survey_replicates(made)
    found = ps.survey_engagement(jackknife, "met", by="both").table
    linear = ps.survey_engagement(made, "met", by="both").table
    np.testing.assert_allclose(found["estimate"], linear["estimate"], rtol=1e-12)
    wanted = ps.survey_estimate(jackknife, "met", by="both").table
    np.testing.assert_allclose(found["std_error"], wanted["std_error"], rtol=1e-12)
    assert not np.allclose(found["std_error"], linear["std_error"], rtol=1e-6)
    assert "jackknife" in ps.survey_engagement(jackknife, "met", by="both").describe()


def test_a_design_over_a_file(tmp_path):
    path = tmp_path / "asked.parquet"
    frame = ASKED.assign(block=list("abcdef") * 2)
    frame.to_parquet(path)
    far, near = (ps.survey_design(data, weights="w", clusters="block") for data in (path, frame))
    found = ps.survey_engagement(far, "came", by="years").table
    pd.testing.assert_frame_equal(found, ps.survey_engagement(near, "came", by="years").table)


def test_errors_of_replicates_are_not_called_linearised():
    frame = pd.DataFrame({"came": [1, 0, 1, 0, 1, 1, 0, 0], "g": list("aabbaabb")})
    made = ps.survey_design(frame)
    linear = ps.survey_engagement(made, "came", by="g").describe()
    assert "whom it is part of, by linearisation with their covariance" in linear
    told = ps.survey_engagement(ps.survey_replicates(made), "came", by="g").describe()
    assert "linearisation" not in told
    assert told.count("the delete-one jackknife (8 replicates") == 1
    for by in (3, {"g"}):
        with pytest.raises(ps.InputError, match=r"by= is an? \w+\. Expected a column, or a list"):
            ps.survey_estimate(made, "came", by=by)
