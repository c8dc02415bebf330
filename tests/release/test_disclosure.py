"""protect: what is withheld, what passes, and that there is no other door."""

import dataclasses
from typing import ClassVar

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import DisclosureError, InputError
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import Protected, protect
from participation_stats.release.policies import Policy


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Profile(Result):
    overall: pd.DataFrame
    people: pd.DataFrame
    rules: ClassVar = (
        Rule(
            "table",
            count="count",
            derived=("share", "p_adjusted", "verdict"),
            margin=("variable",),
        ),
        Rule(
            "overall",
            count="n",
            derived=("dissimilarity",),
            margin=("variable",),
            follows="table",
        ),
        Rule("people", individual=True),
    )


def profile(counts: dict[str, int], variable: str = "ethnicity") -> Profile:
    n = sum(counts.values())
    table = pd.DataFrame(
        {
            "variable": variable,
            "category": list(counts),
            "count": list(counts.values()),
            "share": [count / n for count in counts.values()],
            "p_adjusted": 0.5,
            "verdict": "in line",
        }
    )
    overall = pd.DataFrame({"variable": [variable], "n": [n], "dissimilarity": [0.2]})
    return Profile(table=table, overall=overall, people=pd.DataFrame({"person": [1, 2]}))


def withheld(counts: dict[str, int], policy: Policy | None = None, **kw: str) -> set[str]:
    table = protect(profile(counts, **kw), policy or Policy.publish()).table
    return set(table.loc[table["suppressed"], "category"])


def test_small_counts_go_with_all_that_derives_from_them():
    out = protect(profile({"A": 30, "B": 25, "C": 4, "D": 9}), Policy.publish())
    gone = out.table[out.table["suppressed"]]
    assert set(gone["category"]) == {"C", "D"}
    assert gone[["count", "share", "p_adjusted", "verdict"]].isna().all(axis=None)
    kept = out.table[~out.table["suppressed"]]
    assert kept["share"].notna().all() and list(kept["count"]) == [30, 25]
    # The adjusted p and the verdict of A and B rest on the p-values of C and D too.
    assert kept[["p_adjusted", "verdict"]].isna().all(axis=None)
    assert out.frames["overall"]["dissimilarity"].isna().all()


def test_zero_everyone_and_all_but_a_few_are_class_disclosure():
    assert withheld({"A": 20, "B": 0, "C": 15}) == {"B", "C"}
    assert withheld({"A": 20, "B": 0}) == {"A", "B"}
    assert len(protect(profile({"A": 20}), Policy.publish()).table) == 0
    assert withheld({"A": 95, "B": 5}) == {"A", "B"}


def test_the_sum_of_the_withheld_reaches_the_threshold():
    assert withheld({"A": 40, "B": 30, "C": 3, "D": 4}) == {"B", "C", "D"}
    assert withheld({"A": 40, "B": 30, "C": 3}) == {"B", "C"}


def test_role_facts_pass():
    assert withheld({"resident": 2, "officer": 11}, variable="capacity") == set()


def test_individual_and_undeclared_frames_are_withheld():
    out = protect(profile({"A": 30, "B": 25}), Policy.publish())
    assert "people" not in out.frames
    assert any("'people'" in note for note in out.notes)
    assert "people" in protect(profile({"A": 3}), Policy.internal("a board paper")).frames


def test_an_exemption_withholds_nothing_and_says_so():
    out = protect(profile({"A": 3}), Policy.publish().exempt("these people are synthetic"))
    assert not out.table["suppressed"].any()
    assert out.banner == "Nothing is withheld here: these people are synthetic."


def test_no_other_door():
    with pytest.raises(DisclosureError, match="a Protected was built by hand"):
        Protected("Profile", {}, {}, Policy.publish(), ())
    out = protect(profile({"A": 30, "B": 4}), Policy.publish())
    with pytest.raises((DisclosureError, ValueError)):
        dataclasses.replace(out, notes=())
    copy = out.table
    copy["count"] = 1
    assert out.table["count"].isna().all()


def test_policies_need_reasons():
    with pytest.raises(DisclosureError, match="a threshold of 0 without a written reason"):
        Policy.internal(" ")
    with pytest.raises(DisclosureError, match="a threshold of 2 without a written reason"):
        Policy("mine", threshold=2)
    with pytest.raises(DisclosureError, match="an exemption without a reason"):
        Policy.publish().exempt("")
    with pytest.raises(InputError, match="a rounding base or a number of verdict counts"):
        Policy("mine", rounding=0)


def test_bad_input():
    with pytest.raises(InputError, match="this is no result"):
        protect(pd.DataFrame(), Policy.publish())
    with pytest.raises(InputError, match="this is no policy"):
        protect(profile({"A": 3}), "publish")


def test_a_protected_prints_its_tables_with_markers_and_says_why():
    text = str(protect(profile({"A": 30, "B": 25, "C": 4, "D": 9}), Policy.publish()))
    assert text.startswith(
        "Profile, protected. Policy publish: counts of fewer than 10 people are withheld."
    )
    assert ".table" in text and ".overall" in text and text.count("[c]") > 4
    assert "The table 'people' is withheld: its rows are about single people." in text
    assert "mappingproxy" not in text and "Protected(" not in text


def test_a_protected_has_a_page_for_notebooks():
    released = protect(profile({"<b>A</b>": 30, "B": 4}), Policy.publish().exempt("made up"))
    page = released._repr_html_()
    assert "Nothing is withheld here: made up." in page
    assert "&lt;b&gt;A" in page and "<b>A" not in page and "<table" in page


class TestFewInASurvey:
    """What a survey says rests on the fewest who gave an answer, not on all who were asked."""

    @staticmethod
    def design(yes, of, **columns):
        frame = pd.DataFrame({"came": ["yes"] * yes + ["no"] * (of - yes), **columns})
        return ps.survey_design(frame)

    def test_three_of_six_hundred_are_three_also_where_no_groups_are_told_apart(self):
        few = ps.survey_estimate(self.design(3, 600), "came", statistic="proportion")
        many = ps.survey_estimate(self.design(30, 600), "came", statistic="proportion")
        assert ps.protect(few, Policy.publish()).table["estimate"].isna().all()
        assert ps.protect(many, Policy.publish()).table["estimate"].notna().all()

    def test_what_people_of_no_stated_group_answered_is_theirs(self):
        group = ["a", "b"] * 3 + [None] * 5 + ["a", "b"] * 46
        estimates = ps.survey_estimate(
            self.design(50, 103, group=group), "came", by="group", statistic="proportion"
        )
        shown = ps.protect(estimates, Policy.publish()).table.set_index("category")["estimate"]
        assert shown["Not stated"].isna().all()
        assert shown["a"].notna().all()

    def test_a_rate_of_38_in_40_tells_of_the_two(self):
        frame = pd.DataFrame(
            {
                "came": [1] * 38 + [0] * 2 + [1] * 20 + [0] * 20,
                "group": ["a"] * 40 + ["b"] * 40,
            }
        )
        fit = ps.survey_logit("came ~ group", ps.survey_design(frame))
        assert fit.rates("group").table["n_smallest"].tolist() == [2, 20]
        assert fit.effects("group").table["n_smallest"].tolist() == [2]
        rates = ps.protect(fit.rates("group"), Policy.publish()).table
        assert rates.loc[rates["category"] == "a", "estimate"].isna().all()
