"""Models of a survey drawn: what was answered is named, not meetings; means are no shares."""

import pandas as pd
import pytest
from sheets import faults, words

import participation_stats as ps

POLICY = ps.Policy.internal("a check")


def asked():
    people = pd.DataFrame({"gender": ["Female", "Male"] * 60})
    people["came"] = [at % 10 < (5 if at % 2 else 2) for at in range(120)]
    people["trust"] = [1 + at % 5 + (at % 2) for at in range(120)]
    return ps.survey_design(people)


def drawn(draw, result):
    return draw(ps.protect(result, POLICY))


def test_rates_of_a_survey_are_shares_of_people():
    fit = ps.survey_logit("came ~ gender", asked())
    figure = drawn(ps.draw_rates, fit.rates("gender"))
    assert figure.alt_text.startswith(
        "Other things alike, 40% of male residents say yes to “came” and 20% of female residents."
    )
    assert "Share that says yes to “came”" in words(figure)
    assert "meetings" not in figure.alt_text
    few = ps.survey_design(asked().frame.iloc[:18])
    hidden = ps.protect(ps.survey_logit("came ~ gender", few).rates("gender"), ps.Policy.publish())
    assert ps.draw_rates(hidden).alt_text.startswith("Adjusted shares are withheld")


def test_odds_of_a_survey_are_of_an_answer():
    figure = drawn(ps.draw_coefficients, ps.survey_logit("came ~ gender", asked()))
    # 40% against 20%: odds of 2/3 against 1/4.
    assert figure.alt_text.startswith(
        "Male (gender): 2.67 times the odds of answering yes to “came” of the reference group"
    )
    effects = drawn(
        ps.draw_coefficients, ps.survey_logit("came ~ gender", asked()).effects("gender")
    )
    assert effects.alt_text.startswith("Male (gender), against Female: +20.0 percentage points")
    assert "share that said yes to “came”" in " ".join(words(effects).split())


def test_a_linear_model_is_drawn_in_its_own_unit():
    fit = ps.survey_linear("trust ~ gender", asked())
    difference = fit.table["estimate"].iloc[1]
    figure = drawn(ps.draw_coefficients, fit)
    assert f"Male (gender): {difference:+.2f} in the mean of “trust”" in figure.alt_text
    assert "odds" not in figure.alt_text
    with pytest.raises(ps.InputError, match="these are means of 'trust', not rates"):
        drawn(ps.draw_rates, fit.rates("gender"))


def engagement(policy=POLICY, rows=120, **more):
    frame = asked().frame.iloc[:rows].assign(**more)
    frame["area"] = [("north", "south", None)[at % 3] for at in range(len(frame))]
    table = ps.survey_engagement(
        ps.survey_design(frame), {"came": None, "trust": (4, 5, 6)}, by=["gender", "area"]
    )
    return ps.protect(table, policy)


def dots(figure):
    return sorted(
        float(x)
        for mark in figure.axes[0].collections
        if type(mark).__name__ == "PathCollection"
        for x, _ in mark.get_offsets()
    )


def test_shares_stand_at_the_estimates_beside_everybody():
    protected = engagement()
    figure = ps.draw_shares(protected, item="came")
    table = protected.table[protected.table["item"] == "came"]
    assert dots(figure) == pytest.approx(sorted(table["estimate"].dropna()))
    assert figure.alt_text.startswith("40% of male residents say yes to “came”, of everybody 30%.")
    assert "everybody, 30%" in words(figure)
    assert "Female residents: 20% (12% to 32%)." in figure.alt_text
    assert "stated" not in figure.alt_text, "those of no known group are not drawn"
    assert faults(figure) == []


def test_shares_of_one_variable_and_of_another_answer():
    figure = ps.draw_shares(engagement(), item="trust", variable="area")
    assert "Weighted share that answers 4 or 5 or 6 to “trust”" in " ".join(words(figure).split())
    assert "Female" not in words(figure)
    assert figure.alt_text.startswith(
        "No group's share that answers 4 or 5 or 6 to “trust” differs from everybody's"
    )
    assert faults(figure) == []


def test_shares_do_not_say_what_is_withheld():
    """Beside a withheld group no adjusted p is told: so neither is what it allows to be said."""
    frame = pd.DataFrame({"area": ["east"] * 60 + ["south"] * 60 + ["west"] * 14})
    frame["came"] = [("yes", "no", "no")[at % 3] for at in range(len(frame))]
    table = ps.survey_engagement(ps.survey_design(frame), "came", by="area")
    protected = ps.protect(table, ps.Policy.publish())
    figure, released = ps.draw_shares(protected), protected.table
    assert released["p_adjusted"].isna().all()
    assert released["estimate"].notna().any()
    assert "No group's share" not in figure.alt_text
    assert "whether chance could explain it is not told" in figure.alt_text


@pytest.mark.slow
@pytest.mark.parametrize("policy", [POLICY, ps.Policy.publish()])
@pytest.mark.parametrize("more", [{}, {"came": False}, {"came": True}, {"came": None}])
@pytest.mark.parametrize("rows", [12, 60])
def test_shares_in_small_and_odd_cases(policy, more, rows):
    figure = ps.draw_shares(engagement(policy, rows, **more), item="came")
    assert faults(figure) == []
    assert "nan" not in figure.alt_text


def test_withheld_shares_leave_no_trace():
    one, other = (
        ps.draw_shares(engagement(ps.Policy.publish(), 12, came=came), item="came").alt_text
        for came in ([True] * 3 + [False] * 9, [True] * 4 + [False] * 8)
    )
    assert one == other
    assert "withheld" in one


def test_what_is_no_table_of_engagement_is_refused():
    with pytest.raises(ps.InputError, match="2 items in one figure"):
        ps.draw_shares(engagement())
    with pytest.raises(ps.InputError, match="no item 'cane' in the table"):
        ps.draw_shares(engagement(), item="cane")
    with pytest.raises(ps.InputError, match="the table has no column 'item'"):
        drawn(ps.draw_shares, ps.survey_estimate(asked(), "came", by="gender"))
    for result in (engagement(), ps.protect(ps.survey_estimate(asked(), "trust"), POLICY)):
        with pytest.raises(ps.InputError, match=r"no adjusted rates|no column 'category'"):
            ps.draw_rates(result)
