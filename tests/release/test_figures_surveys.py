"""Models of a survey drawn: what was answered is named, not meetings; means are no shares."""

import pandas as pd
import pytest
from sheets import words

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
        "Other things alike, 40% of Male residents say yes to “came” and 20% of Female residents."
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
        "Gender: Male: 2.67 times the odds of answering yes to “came” of its reference group"
    )
    effects = drawn(
        ps.draw_coefficients, ps.survey_logit("came ~ gender", asked()).effects("gender")
    )
    assert effects.alt_text.startswith("Gender: Male, against Female: +20.0 percentage points")
    assert "share that said yes to “came”" in " ".join(words(effects).split())


def test_a_linear_model_is_drawn_in_its_own_unit():
    fit = ps.survey_linear("trust ~ gender", asked())
    difference = fit.table["estimate"].iloc[1]
    figure = drawn(ps.draw_coefficients, fit)
    assert f"Gender: Male: {difference:+.2f} in the mean of “trust”" in figure.alt_text
    assert "odds" not in figure.alt_text
    with pytest.raises(ps.InputError, match="these are means of 'trust', not rates"):
        drawn(ps.draw_rates, fit.rates("gender"))
