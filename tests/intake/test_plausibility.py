"""Whole-file rules: what makes them speak, what does not, and their words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from participation_stats.intake.plausibility import PLAUSIBILITY
from participation_stats.intake.schemas import descriptor, load_schema
from participation_stats.intake.validation import validate
from participation_stats.intake.waves import _holm

RNG = np.random.default_rng(7)


def people(rows=200, **columns):
    frame = pd.DataFrame({"person_id": [f"p{place}" for place in range(rows)]})
    return frame.assign(**columns)


def survey(rows=200, **columns):
    frame = pd.DataFrame({"respondent_id": [f"r{place}" for place in range(rows)]})
    return frame.assign(**columns)


def found(rule, **tables):
    issues = validate(tables).issues
    issues = issues[issues["rule"] == rule]
    return [
        (table, None if pd.isna(row) else row, column, message)
        for table, row, column, message in issues[["table", "row", "column", "message"]].itertuples(
            index=False
        )
    ]


def test_each_rule_says_what_it_means_and_rejects_nothing():
    for rule in PLAUSIBILITY:
        assert rule.__doc__.split("\n")[0].endswith(".")
    frame = people(ethnicity="-9", age=[20, 25] * 100)
    assert len(validate({"people": frame}).valid["people"]) == 200


class TestNotStated:
    RULE = "not stated above limit"

    def test_counts_by_reason(self):
        frame = people(gender=["Female"] * 150 + ["-9"] * 30 + [""] * 20)
        assert found(self.RULE, people=frame) == [
            (
                *("people", None, "gender"),
                "gender is not stated for 25% of 200 rows (prefer not to say 30, not recorded "
                "20); the limit is 20%",
            )
        ]

    def test_at_the_limit(self):
        assert found(self.RULE, people=people(gender=["Female"] * 160 + [""] * 40)) == []

    def test_who_was_not_asked_does_not_count(self):
        frame = people(gender=["Female"] * 60 + ["-1"] * 130 + ["-9"] * 10)
        assert found(self.RULE, people=frame) == []

    def test_a_number_or_its_band_is_enough(self):
        frame = people(age=["34"] * 100 + [""] * 100, age_band=[""] * 100 + ["25 to 34"] * 100)
        assert found(self.RULE, people=frame) == []
        frame = people(age=["34"] * 100 + [""] * 100, age_band=["25 to 34"] * 100 + [""] * 100)
        ((_, _, column, _),) = found(self.RULE, people=frame)
        assert column == "age"

    def test_few_rows_have_no_shares(self):
        assert found(self.RULE, people=people(rows=99, gender="")) == []


class TestCodes:
    def test_a_code_never_used(self):
        frame = people(disability="Disabled")
        assert found("code never used", people=frame) == [
            ("people", None, "disability", "nobody has the disability 'Not disabled'")
        ]

    def test_codes_of_rejected_rows_do_not_count(self):
        frame = people(disability=["Disabled"] * 199 + ["Not disabled"], age=["3"] * 199 + ["x"])
        assert len(found("code never used", people=frame)) == 1

    def test_nothing_stated_at_all(self):
        assert found("code never used", people=people(disability="")) == []


class TestDates:
    def test_a_year_mistyped(self):
        meetings = pd.DataFrame(
            {
                "meeting_id": ["m1", "m2", "m3", "m4"],
                "body_id": "b",
                "date": ["2011-05-01", "2101-06-01", "2011-07-01", "2012-07-01"],
            }
        )
        assert found("date far from the rest", meetings=meetings) == [
            ("meetings", 2, "date", "date is more than 10 years from the usual (2011)")
        ]
        assert found("date far from the rest", meetings=meetings[:2]) == []


class TestAges:
    RULE = "ages are heaped"

    def test_estimated(self):
        frame = people(rows=400, age=[str(25 + 5 * (place % 8)) for place in range(400)])
        assert found(self.RULE, people=frame) == [
            (
                *("people", None, "age"),
                "100% of ages from 23 to 62 end in 0 or 5, where 20% would (Whipple's index 500)",
            )
        ]

    def test_known(self):
        # 40 years of age equally often: exactly a fifth end in 0 or 5.
        frame = people(rows=400, age=[str(23 + place % 40) for place in range(400)])
        assert found(self.RULE, people=frame) == []

    def test_few(self):
        assert found(self.RULE, people=people(rows=99, age="30")) == []


class TestSurvey:
    def answers(self, **columns):
        return survey(
            rows=3,
            household_id=["h1", "h1", "h2"],
            wave="2011",
            ethnicity="Portuguese",
            gender="Female",
            age=["34", "34", "34"],
            housing_tenure="Social rent",
            length_of_residence="4",
            disability="Disabled",
            **columns,
        )

    def test_same_answers_twice(self):
        assert found("same answers twice", estate_survey=self.answers()) == [
            (
                *("estate_survey", 2, "respondent_id"),
                "every answer is the same as in an earlier row of this household",
            )
        ]

    def test_one_answer_differs(self):
        frame = self.answers(volunteered=["yes", "no", "no"])
        assert found("same answers twice", estate_survey=frame) == []

    def test_few_answers_prove_nothing(self):
        frame = self.answers()[["respondent_id", "household_id", "wave", "gender"]]
        assert found("same answers twice", estate_survey=frame) == []

    def test_straight_lining(self, tmp_path):
        schema = descriptor("estate_survey")
        item = next(field for field in schema["fields"] if field["name"] == "can_influence")
        schema["fields"] += [item | {"name": name} for name in ("feels_safe", "knows_people")]
        path = tmp_path / "estate_survey.json"
        path.write_text(json.dumps(schema))
        frame = survey(
            rows=3,
            can_influence=["3", "3", "3"],
            trusts_landlord=["3", "4", "3"],
            feels_safe=["3", "3", "-9"],
            knows_people=["3", "3", "3"],
        )
        issues = validate(frame, load_schema(path)).issues.query("rule == 'straight lining'")
        assert issues[["row", "column", "message"]].values.tolist() == [
            [
                1,
                "can_influence",
                "the same answer to all 4 items from can_influence to knows_people",
            ]
        ]


class TestAgainstPopulation:
    def test_groups_that_the_population_lacks(self):
        population = pd.DataFrame(
            {"variable": "gender", "category": ["Female", "Male"], "share": ["0.5", "0.5"]}
        )
        frame = people(gender=["Female"] * 100 + ["Other"] * 40 + ["Male"] * 60)
        assert found("groups not in population", people=frame, population=population) == [
            (
                *("people", None, "gender"),
                "population has no share for 'Other' (40 rows) of gender",
            )
        ]

    @pytest.mark.parametrize("women", [70, 90, 100, 110, 130])
    def test_the_exact_binomial_test(self, women):
        population = pd.DataFrame(
            {"variable": "gender", "category": ["Female", "Male"], "share": ["0.5", "0.5"]}
        )
        frame = survey(wave="2011", gender=["Female"] * women + ["Male"] * (200 - women))
        spoke = found("wave unlike population", estate_survey=frame, population=population)
        # With a share of one half the doubled tail is scipy's two-sided test.
        assert bool(spoke) == (stats.binomtest(women, 200, 0.5).pvalue < 0.01)
        if women == 130:
            ((*_, message),) = spoke
            assert message == (
                "'Female' is 65% of gender in wave 2011, but 50% of the population "
                "(adjusted p < .0001)"
            )

    def test_a_survey_without_waves_is_one(self):
        population = pd.DataFrame(
            {"variable": "length_of_residence", "category": ["under 1", "1 to 4"], "share": 0.5}
        )
        frame = survey(length_of_residence=["0.5"] * 150 + ["3"] * 50)
        ((_, _, column, message),) = found(
            "wave unlike population", estate_survey=frame, population=population
        )
        assert column == "length_of_residence"
        assert message.startswith(
            "'under 1' is 75% of length_of_residence in the survey, but 50% of the population"
        )

    def test_a_population_of_nobody_says_nothing(self):
        population = pd.DataFrame(
            {"variable": "gender", "category": ["Female", "Male"], "count": ["0", "0"]}
        )
        frame = survey(gender=["Female", "Male"] * 100)
        rule = "wave unlike population"
        assert found(rule, estate_survey=frame, population=population) == []

    def test_weights_are_taken_into_account(self):
        population = pd.DataFrame(
            {"variable": "gender", "category": ["Female", "Male"], "count": ["1500", "1500"]}
        )
        frame = survey(
            rows=300,
            wave="2011",
            gender=["Female"] * 200 + ["Male"] * 100,
            weight=["7.5"] * 200 + ["15"] * 100,
        )
        rule = "wave unlike population"
        assert found(rule, estate_survey=frame, population=population) == []
        unweighted = frame.drop(columns="weight")
        assert len(found(rule, estate_survey=unweighted, population=population)) == 1


class TestWaves:
    @pytest.mark.parametrize("women", [60, 85, 100, 115, 140])
    def test_the_exact_hypergeometric_test(self, women):
        frame = survey(
            rows=400,
            wave=["2011"] * 200 + ["2012"] * 200,
            gender=["Female", "Male"] * 100 + ["Female"] * women + ["Male"] * (200 - women),
        )
        spoke = found("wave moved", estate_survey=frame)
        # Equal waves make the test symmetric: both doubled tails and Fisher's test agree.
        table = [[100, 100], [women, 200 - women]]
        assert bool(spoke) == (stats.fisher_exact(table).pvalue < 0.01)
        if women == 140:
            ((*_, message),) = spoke
            assert message.startswith(
                "'Female' is 70% of gender in wave 2012, but 50% in wave 2011"
            )

    @staticmethod
    def two(first, second, column="gender", **columns):
        """Two waves of 200: half of each group in one, 140 to 60 in the other."""
        even, uneven = ["Female", "Male"] * 100, ["Female"] * 140 + ["Male"] * 60
        return survey(
            rows=400, wave=[first] * 200 + [second] * 200, **{column: even + uneven}, **columns
        )

    def test_waves_stand_in_the_order_of_time(self):
        ((*_, message),) = found("wave moved", estate_survey=self.two("Wave 9", "Wave 10"))
        assert "70% of gender in wave Wave 10, but 50% in wave Wave 9" in message
        days = ["2012-04-01"] * 200 + ["2011-10-01"] * 200
        frame = self.two("Spring", "Autumn", survey_date=days)
        ((*_, message),) = found("wave moved", estate_survey=frame)
        assert "50% of gender in wave Spring, but 70% in wave Autumn" in message

    def test_a_small_wave_between_two_is_passed_over(self):
        frame = self.two("2011", "2013")
        between = survey(rows=20, wave="2012", gender="Male").assign(
            respondent_id=[f"s{place}" for place in range(20)]
        )
        ((*_, message),) = found("wave moved", estate_survey=pd.concat([frame, between]))
        assert "in wave 2013, but 50% in wave 2011" in message

    @pytest.mark.parametrize(
        ("column", "values", "told"),
        [
            ("age", ("20", "70"), "'16 to 24' is 70%"),
            ("length_of_residence", ("0.5", "30"), "'10 or more' is 30%"),
            ("housing_tenure", ("Social rent", "Leasehold"), "'Leasehold' is 30%"),
            ("age_band", ("16 to 24", "65 and over"), "'16 to 24' is 70%"),
        ],
    )
    def test_every_characteristic_is_compared(self, column, values, told):
        texts = dict(zip(("Female", "Male"), values, strict=True))
        frame = self.two("2011", "2012")
        frame[column] = frame.pop("gender").map(texts)
        ((_, _, place, message),) = found("wave moved", estate_survey=frame)
        assert (place, message.split(" in wave")[0]) == (column, f"{told} of {column}")

    def test_an_age_or_its_band_is_one_characteristic(self):
        frame = self.two("2011", "2012")
        young = frame.pop("gender").eq("Female")
        stated = np.arange(400) % 2 == 0
        frame["age"] = np.where(stated, np.where(young, "20", "70"), "")
        frame["age_band"] = np.where(stated, "", np.where(young, "16 to 24", "65 and over"))
        ((_, _, place, message),) = found("wave moved", estate_survey=frame)
        assert (place, message.split(",")[0]) == ("age", "'16 to 24' is 70% of age in wave 2012")

    def test_the_more_is_compared_the_more_it_takes(self):
        # Alone p = .0056 speaks; beside the three groups of a second question it does not.
        frame = survey(
            rows=400,
            wave=["1"] * 200 + ["2"] * 200,
            gender=["Female", "Male"] * 100 + ["Female"] * 128 + ["Male"] * 72,
        )
        assert 0.0025 < stats.fisher_exact([[100, 100], [128, 72]]).pvalue < 0.01
        assert len(found("wave moved", estate_survey=frame)) == 1
        steady = ["White British", "Portuguese", "Other", "Other White"] * 100
        assert found("wave moved", estate_survey=frame.assign(ethnicity=steady)) == []

    def test_holm_as_statsmodels_has_it(self):
        p_values = pd.Series(RNG.uniform(0, 0.1, 20))
        expected = multipletests(p_values, method="holm")[1]
        np.testing.assert_allclose(_holm(p_values), expected, rtol=1e-12)

    def test_a_fair_draw_rarely_speaks(self):
        groups = np.array(load_schema("people").field("ethnicity").categories)
        spoke = 0
        for _ in range(40):
            frame = survey(
                rows=400, wave=["1"] * 200 + ["2"] * 200, ethnicity=RNG.choice(groups, 400)
            )
            spoke += bool(found("wave moved", estate_survey=frame))
        # At most 1 in 100 on average: more than 4 of 40 has a probability below .0001.
        assert spoke <= 4

    def test_a_small_wave_says_nothing(self):
        frame = survey(
            rows=150,
            wave=["2011"] * 100 + ["2012"] * 50,
            gender=["Female"] * 100 + ["Male"] * 50,
        )
        assert found("wave moved", estate_survey=frame) == []
