"""R-indicators: what may go in, what is refused, and how little is enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from response_specimens import BY, counted, estate_survey

import participation_stats as ps


@pytest.fixture(scope="module")
def quality() -> ps.ResponseQuality:
    return ps.r_indicators(estate_survey(), "resp", BY, weights=".weight", design="SI")


class TestSmallCases:
    def test_one_group_adds_nothing(self):
        rows = counted([("a", 60, 30), ("b", 40, 10)], "group").assign(place="St Mary's")
        alone = ps.r_indicators(rows, "answered", "group")
        both = ps.r_indicators(rows, "answered", ["group", "place"])
        assert both.r_indicator == pytest.approx(alone.r_indicator, rel=1e-12)
        place = both.variables.set_index("variable").loc["place"]
        assert place["unconditional"] == pytest.approx(0, abs=1e-12)
        assert place["conditional"] == pytest.approx(0, abs=1e-12)
        assert np.isnan(place["std_error"])

    def test_only_one_group(self):
        rows = counted([("St Mary's", 60, 30)], "place")
        found = ps.r_indicators(rows, "answered", "place")
        assert found.r_indicator == 1.0
        assert np.isnan(found.std_error)

    @pytest.mark.parametrize(("answered", "whole"), [(0, "nobody"), (12, "everybody")])
    def test_all_or_none_answered(self, answered, whole):
        rows = counted([("a", 12, answered)], "group")
        with pytest.raises(ps.EstimationError) as caught:
            ps.r_indicators(rows, "answered", "group")
        assert str(caught.value) == (
            f"r_indicators: {whole} answered ({answered} of 12). Expected some who answered and "
            "some who did not; got no propensities to compare. Hint: give everybody who was "
            "asked, answered or not, one row each."
        )

    def test_a_group_that_never_answered(self):
        rows = counted([("Portuguese", 9, 0), ("White British", 40, 20)], "ethnicity")
        with pytest.raises(ps.EstimationError) as caught:
            ps.r_indicators(rows, "answered", "ethnicity")
        assert str(caught.value) == (
            "r_indicators: nobody of ethnicity 'Portuguese' answered (0 of 9). Expected in every "
            "group some who answered and some who did not; got separation: no finite odds fit. "
            "Hint: merge the group with another by ps.roll_up, or use fewer characteristics."
        )

    def test_groups_that_together_tell_who_answered(self):
        rows = counted(
            [("a", "x", 10, 5), ("a", "y", 10, 10), ("b", "x", 10, 0), ("b", "y", 10, 5)],
            "one",
            "other",
        )
        with pytest.raises(ps.EstimationError, match="together tell exactly who answered"):
            ps.r_indicators(rows, "answered", ["one", "other"])

    def test_a_model_that_does_not_settle(self, monkeypatch):
        monkeypatch.setattr("participation_stats.measure.response.propensities.STEPS", 1)
        rows = counted([("a", 12, 3), ("b", 12, 9)], "group")
        with pytest.raises(ps.EstimationError, match="has not settled after 1 steps") as caught:
            ps.r_indicators(rows, "answered", "group")
        assert "24 people asked, 2 terms" in str(caught.value)

    @pytest.mark.slow
    @pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 8, 12])
    def test_every_answer_of_small_samples(self, n):
        """Two groups of any sizes and answers: a number, or separation by name."""
        for first in range(1, n):
            sizes = (first, n - first)
            for came in np.ndindex(sizes[0] + 1, sizes[1] + 1):
                cells = [("a", sizes[0], came[0]), ("b", sizes[1], came[1])]
                rows = counted(cells, "group", weight=4.0)
                pure = any(k in (0, size) for k, size in zip(came, sizes, strict=True))
                if pure:
                    with pytest.raises(ps.EstimationError, match="answered"):
                        ps.r_indicators(rows, "answered", "group", weights="weight")
                else:
                    found = ps.r_indicators(rows, "answered", "group", weights="weight")
                    assert -1 <= found.r_indicator <= 1
                    assert found.categories["sampled"].tolist() == list(sizes)
                    assert found.categories["count"].tolist() == list(came)


class TestWhatGoesIn:
    def test_order_of_rows(self, quality):
        shuffled = estate_survey().sample(frac=1, random_state=3)
        found = ps.r_indicators(shuffled, "resp", BY, weights=".weight")
        pd.testing.assert_frame_equal(found.table, quality.table)
        pd.testing.assert_frame_equal(found.categories, quality.categories)

    @pytest.mark.parametrize("engine", ["polars", "lazy", "duckdb", "arrow"])
    def test_engines(self, engine, quality):
        rows = estate_survey()
        if engine == "duckdb":
            duckdb = pytest.importorskip("duckdb")
            given = duckdb.connect().from_df(rows)
        elif engine == "arrow":
            given = pytest.importorskip("pyarrow").Table.from_pandas(rows)
        else:
            given = pytest.importorskip("polars").DataFrame(rows.to_dict("list"))
            given = given.lazy() if engine == "lazy" else given
        found = ps.r_indicators(given, "resp", BY, weights=".weight")
        pd.testing.assert_frame_equal(found.categories, quality.categories)

    def test_missing_is_a_group_of_its_own_and_stands_last(self):
        cells = [("a", 40, 20), (None, 30, 6), ("Not stated", 10, 3), ("Other", 20, 9)]
        found = ps.r_indicators(counted(cells, "group"), "answered", "group")
        assert found.categories["category"].tolist() == ["a", "Other", "Not stated"]
        assert found.categories["sampled"].tolist() == [40, 20, 40]
        assert found.categories["count"].tolist() == [20, 9, 9]

    def test_order_of_groups(self):
        bands = counted([("10 or more", 20, 9), ("under 1", 20, 4), ("1 to 4", 20, 6)], "band")
        numbers = counted([(10, 20, 9), (2, 20, 4)], "size")
        kind = pd.CategoricalDtype(["high", "low", "none"])
        listed = counted([("low", 20, 9), ("high", 20, 4)], "level").astype({"level": kind})
        for rows, name, expected in (
            (bands, "band", ["under 1", "1 to 4", "10 or more"]),
            (numbers, "size", ["2", "10"]),
            (listed, "level", ["high", "low"]),
        ):
            found = ps.r_indicators(rows, "answered", name)
            assert found.categories["category"].tolist() == expected

    def test_an_intersection_is_a_column_made_beforehand(self):
        rows = estate_survey()
        made = rows.assign(both=rows["tenure"] + " × " + rows["residence"])
        found = ps.r_indicators(rows, "resp", ["ethnicity", ("tenure", "residence")])
        other = ps.r_indicators(made, "resp", ["ethnicity", "both"])
        assert found.r_indicator == pytest.approx(other.r_indicator, rel=1e-12)
        of_both = found.categories[found.categories["variable"] == "tenure × residence"]
        assert set(of_both["category"]) == set(made["both"])

    def test_a_characteristic_that_others_add_up_to(self):
        """Wards made of streets say nothing new: R stays, and the model can still be fitted."""
        rows = estate_survey()
        nested = rows.assign(renting=rows["tenure"].str.contains("rent"))
        found = ps.r_indicators(rows, "resp", BY)
        more = ps.r_indicators(nested, "resp", [*BY, "renting"])
        for fact in ("r_indicator", "std_error", "cv", "lambda_1"):
            # Another set of columns, solved in another order: rounding times the condition.
            assert getattr(more, fact) == pytest.approx(getattr(found, fact), rel=1e-8)

    def test_answers_as_numbers(self, quality):
        rows = estate_survey().assign(resp=lambda t: t["resp"].astype("Int64"))
        found = ps.r_indicators(rows, "resp", BY, weights=".weight")
        assert found.facts() == quality.facts()

    def test_a_stratum_may_be_a_characteristic(self):
        rows = estate_survey()
        found = ps.r_indicators(
            rows, "resp", BY, weights=".weight", design="STSI", strata="residence"
        )
        # Residence explains response, so that what is left to chance within strata is less.
        assert found.lambda_2 < ps.r_indicators(rows, "resp", BY, weights=".weight").lambda_2

    @pytest.mark.parametrize("weight", [1.0, 1.7, 40.0])
    def test_constant_weights_set_the_population_and_nothing_of_the_model(self, weight, quality):
        rows = estate_survey().assign(weight=weight)
        found = ps.r_indicators(rows, "resp", BY, weights="weight")
        assert found.population == pytest.approx(600 * weight)
        assert found.response_rate == pytest.approx(quality.response_rate)
        # S² differs by its divisor N − 1 alone.
        assert found.s2 * (found.population - 1) / found.population == pytest.approx(
            quality.s2 * 2999 / 3000
        )


def refused(error: type, rows: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(error) as caught:
        ps.r_indicators(rows, *args, **kwargs)
    return str(caught.value)


class TestRefusals:
    ROWS = counted([("a", 20, 8), ("b", 30, 9)], "group", weight=2.0)

    def test_no_frame(self):
        assert refused(ps.InputError, {"group": ["a"]}, "answered", "group") == (
            "r_indicators: this is a dict, not a frame. Expected a pandas, polars, DuckDB, Dask "
            "or Spark frame, or the path of a file; got dict. Hint: a CSV or Parquet file can be "
            "given by its path."
        )

    def test_no_rows(self):
        assert refused(ps.InputError, self.ROWS.head(0), "answered", "group") == (
            "r_indicators: nobody was asked. Expected one row for everybody asked; got no rows."
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            ("came", "group", {}),
            ("answered", ["group", "came"], {}),
            ("answered", [("group", "came")], {}),
            ("answered", "group", {"weights": "came"}),
            ("answered", "group", {"strata": "came", "design": "STSI"}),
        ],
    )
    def test_no_column(self, arguments):
        responded, by, more = arguments
        assert refused(ps.InputError, self.ROWS, responded, by, **more) == (
            "r_indicators: no column 'came'. Expected one of answered, group, weight; got "
            "'came'. Hint: check the spelling; names are case-sensitive."
        )

    def test_no_characteristic(self):
        assert refused(ps.InputError, self.ROWS, "answered", []) == (
            "r_indicators: no characteristic to compare by. Expected columns known of everybody "
            "asked, answered or not; got by=[]."
        )

    @pytest.mark.parametrize(
        ("by", "more"),
        [(["group", "answered"], {}), (["group", "weight"], {"weights": "weight"})],
    )
    def test_a_column_asked_for_twice(self, by, more):
        told = refused(ps.InputError, self.ROWS, "answered", by, **more)
        assert f"'{by[1]}' is asked for twice" in told
        assert "response, weights and characteristics in columns of their own" in told

    @pytest.mark.parametrize(("value", "got"), [("complete", "'complete'"), (None, "missing")])
    def test_answers_that_are_none(self, value, got):
        rows = self.ROWS.astype({"answered": object})
        rows.loc[[3, 4], "answered"] = value
        assert refused(ps.InputError, rows, "answered", "group") == (
            "r_indicators: 'answered' is neither 0 nor 1 in 2 rows. Expected 1 for who answered "
            f"and 0 for who did not, or true and false; got {got}. Hint: make it first: "
            "frame.assign(answered=frame['outcome'].eq('complete'))."
        )

    @pytest.mark.parametrize(
        ("value", "got"),
        [(0, "'0'"), (-1, "'-1'"), (None, "missing"), ("two", "'two'"), (np.inf, "'inf'")],
    )
    def test_weights_that_are_none(self, value, got):
        rows = self.ROWS.astype({"weight": object})
        rows.loc[3, "weight"] = value
        assert refused(ps.InputError, rows, "answered", "group", weights="weight") == (
            "r_indicators: 'weight' has 1 weights that are no number above 0. Expected for "
            f"everybody asked the number of people that they stand for; got {got}."
        )

    def test_design_not_known(self):
        assert refused(ps.InputError, self.ROWS, "answered", "group", design="quota") == (
            "r_indicators: design 'quota' is not known. Expected SI, STSI, PPS, census; got "
            "'quota'."
        )

    def test_link_not_known(self):
        assert refused(ps.InputError, self.ROWS, "answered", "group", link="identity") == (
            "r_indicators: link 'identity' is not known. Expected logit, probit; got 'identity'."
        )

    @pytest.mark.parametrize("design", ["SI", "PPS", "census"])
    def test_strata_without_stsi(self, design):
        told = refused(ps.InputError, self.ROWS, "answered", "group", design=design, strata="group")
        assert told == (
            f"r_indicators: design '{design}' has no strata. Expected strata= with "
            "design='STSI', and only with it; got strata."
        )

    def test_stsi_without_strata(self):
        told = refused(ps.InputError, self.ROWS, "answered", "group", design="STSI")
        assert "design 'STSI' needs its strata" in told

    def test_pps_without_weights(self):
        assert refused(ps.InputError, self.ROWS, "answered", "group", design="PPS") == (
            "r_indicators: design 'PPS' needs its weights. Expected weights=, one over each "
            "person's chance of being asked; got no weights."
        )

    def test_census_with_weights(self):
        told = refused(
            ps.InputError, self.ROWS, "answered", "group", design="census", weights="weight"
        )
        assert told == (
            "r_indicators: weights other than 1 in a census. Expected a weight of 1 for "
            "everybody, or none; got weights from 2 to 2. Hint: a sample is design='SI', 'STSI' "
            "or 'PPS'."
        )

    def test_weights_that_vary(self):
        rows = self.ROWS.assign(weight=self.ROWS["group"].map({"a": 2.0, "b": 3.0}))
        assert refused(ps.InputError, rows, "answered", "group", weights="weight") == (
            "r_indicators: weights vary. Expected one weight for all who had the same chance of "
            "being asked; got from 2 to 3. Hint: use design='STSI' with strata= or design='PPS'."
        )
        rows = rows.assign(place=np.where(rows.index < 30, "north", "south"))
        told = refused(
            ps.InputError,
            rows,
            "answered",
            "group",
            weights="weight",
            design="STSI",
            strata="place",
        )
        assert "weights vary in stratum 'north'" in told

    @pytest.mark.parametrize("design", ["SI", "PPS"])
    def test_weights_too_light(self, design):
        rows = self.ROWS.assign(weight=0.02)
        told = refused(ps.InputError, rows, "answered", "group", weights="weight", design=design)
        assert told == (
            "r_indicators: the weights sum to fewer people than were asked. Expected design "
            "weights of 1 or more: the people that each person asked stands for; got 50 people "
            "asked of 1. Hint: weights scaled to sum to 1 or less than n have lost the size of "
            "the population."
        )

    def test_a_stratum_of_one(self):
        rows = self.ROWS.assign(place=["lodge", *["tower"] * 49])
        arguments = {"weights": "weight", "design": "STSI", "strata": "place"}
        assert refused(ps.InputError, rows, "answered", "group", **arguments) == (
            "r_indicators: only one person asked in stratum 'lodge'. Expected two or more, or all "
            "there are, for a variance; got 1 of 2. Hint: merge it with a stratum drawn alike."
        )
        # One who is everybody there leaves nothing to chance.
        rows.loc[0, "weight"] = 1.0
        assert ps.r_indicators(rows, "answered", "group", **arguments).population == 99.0
