"""R-indicators: RISQ's own numbers, R's glm by rows, closed forms, simulated truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps

GOLDEN = Path(__file__).parent.parent / "golden"
BY = ["ethnicity", "tenure", "residence"]

# Sums over cells instead of rows, in double precision: they differ by rounding in the last few
# of 16 digits. Start, stopping rule and information are those of R's glm, so that the covariance
# (which another stopping rule moves by 4e-7 of itself) agrees as well.
EXACT = {"rel": 1e-10, "abs": 1e-12}

NAMES = {
    "design": "design",
    "n": "n",
    "N": "population",
    "rr": "response_rate",
    "S2_unadj": "s2",
    "bias": "bias",
    "bias_factor": "bias_factor",
    "R": "r_indicator",
    "R_unadj": "r_unadjusted",
    "R_se": "std_error",
    "CV": "cv",
    "CV_se": "cv_std_error",
    "CV_unadj": "cv_unadjusted",
    "lambda1": "lambda_1",
    "lambda2": "lambda_2",
}
OF_VARIABLES = {
    "Pu": "unconditional",
    "PuSE": "std_error",
    "Pc": "conditional",
    "CVu": "cv_unconditional",
    "CVc": "cv_conditional",
    "CVuSE": "cv_std_error",
}
OF_GROUPS = {
    "category_Pu_unadj": "unconditional",
    "category_Pu_SE": "std_error",
    "category_Pc_unadj": "conditional",
}


def estate_survey() -> pd.DataFrame:
    rows = pd.read_csv(GOLDEN / "estate_survey_SI_w5.csv")
    return rows.assign(resp=rows["resp"].eq("Yes"))


def risq(name: str) -> dict:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def quality() -> ps.ResponseQuality:
    return ps.r_indicators(estate_survey(), "resp", BY, weights=".weight", design="SI")


class TestTargetRun:
    """Every number of `estate_survey_SI_w5_v3.json`."""

    def test_whole(self, quality):
        target = risq("estate_survey_SI_w5_v3.json")
        assert set(target) == {*NAMES, "byVar"}
        for theirs, ours in NAMES.items():
            value = getattr(quality, ours)
            expected = target[theirs]
            if not isinstance(expected, str):
                expected = pytest.approx(expected, **EXACT)
            assert value == expected, theirs

    def test_variables_and_groups(self, quality):
        variables = quality.variables.set_index("variable")
        groups = quality.categories.set_index(["variable", "category"])
        compared = 0
        for entry in risq("estate_survey_SI_w5_v3.json")["byVar"]:
            name = entry.pop("variable")
            assert set(entry) == {*OF_VARIABLES, *OF_GROUPS}
            for theirs, ours in OF_VARIABLES.items():
                assert variables.loc[name, ours] == pytest.approx(entry[theirs], **EXACT)
                compared += 1
            for theirs, ours in OF_GROUPS.items():
                for category, expected in entry[theirs].items():
                    assert groups.loc[(name, category), ours] == pytest.approx(expected, **EXACT)
                    compared += 1
        assert compared == 3 * 6 + 10 * 3

    def test_the_other_run_where_the_two_do_not_differ(self, quality):
        """RISQ 2.0 did not adjust CV; it gives the standard errors of conditional partials."""
        other = risq("estate_survey_SI_w5.json")
        assert quality.cv_unadjusted == pytest.approx(other["CV"], **EXACT)
        variables = quality.variables.set_index("variable")
        for entry in other["byVariables"]:
            row = variables.loc[entry["variable"]]
            assert row["unconditional_unadjusted"] == pytest.approx(entry["PuUnadj"], **EXACT)
            assert row["conditional_unadjusted"] == pytest.approx(entry["PcUnadj"], **EXACT)
            assert row["conditional_std_error"] == pytest.approx(entry["PcSEApprox"], **EXACT)
        groups = quality.categories.set_index(["variable", "category"])
        for name, entries in other["byCategories"].items():
            for entry in entries:
                row = groups.loc[(name, entry["category"])]
                assert row["conditional_std_error"] == pytest.approx(entry["PcUnadjSE"], **EXACT)
                assert row["std_error"] == pytest.approx(entry["PuUnadjSE"], **EXACT)


class TestDesigns:
    """Against `r_indicators_designs.R`: rows and R's glm, where we sum over cells."""

    ARGUMENTS: ClassVar[dict] = {
        "stratified": {"weights": "stratum_weight", "strata": "residence"},
        "unequal": {"weights": "pps_weight"},
        "census": {},
        "probit": {"weights": ".weight"},
        "unequal probit": {"weights": "pps_weight"},
    }
    RUNS: ClassVar[dict] = {run["name"]: run for run in risq("r_indicators_designs.json")["runs"]}

    @pytest.mark.parametrize("name", ARGUMENTS)
    def test_r(self, name):
        run = self.RUNS[name]
        rows = estate_survey()
        rows["stratum_weight"] = rows["residence"].map({"<2": 3, "10+": 6.5, "2-10": 5})
        rows["pps_weight"] = 2 + ((np.arange(len(rows)) * 7919) % 101) / 20
        found = ps.r_indicators(
            rows, "resp", BY, design=run["design"], link=run["link"], **self.ARGUMENTS[name]
        )
        for fact in ("population", "r_indicator", "std_error", "r_unadjusted", "cv"):
            assert getattr(found, fact) == pytest.approx(run[fact], **EXACT), fact
        assert found.cv_std_error == pytest.approx(run["cv_std_error"], **EXACT)
        groups = found.categories.set_index(["variable", "category"])
        for entry in run["variables"]:
            row = found.variables.set_index("variable").loc[entry["variable"]]
            for column in ("unconditional", "std_error", "conditional"):
                assert row[column] == pytest.approx(entry[column], **EXACT)
            for group in entry["groups"]:
                row = groups.loc[(entry["variable"], group.pop("category"))]
                for column, expected in group.items():
                    assert row[column] == pytest.approx(expected, **EXACT), column


def counted(cells: list[tuple], *names: str, weight: float | None = None) -> pd.DataFrame:
    """Rows from cells of (groups …, asked, answered)."""
    blocks = []
    for *groups, asked, answered in cells:
        block = pd.DataFrame({"answered": np.arange(asked) < answered})
        blocks.append(block.assign(**dict(zip(names, groups, strict=True))))
    rows = pd.concat(blocks, ignore_index=True)
    return rows if weight is None else rows.assign(weight=weight)


class TestClosedForms:
    # The information is that of R's last step but one, good to about 1e-6 of itself.
    NEAR: ClassVar[dict] = {"rel": 1e-5}

    def test_one_characteristic(self):
        """Propensities are the groups' rates; λ1 = ΣN_h p_h q_h / n_h."""
        rows = counted([("a", 120, 60), ("b", 80, 20)], "group", weight=10)
        found = ps.r_indicators(rows, "answered", "group", weights="weight")
        N, share, rate = 2000, np.array([0.6, 0.4]), np.array([0.5, 0.25])
        mean = share @ rate
        s2 = share @ (rate - mean) ** 2 * N / (N - 1)
        lambda_1 = N * (share * rate * (1 - rate) / np.array([120, 80])).sum()
        lambda_2 = N * 0.9 / 200 * (s2 * (N - 1) / N * 200 / 199)
        factor = 1 - (lambda_1 - lambda_2) / N / s2
        assert found.response_rate == pytest.approx(mean)
        assert found.r_unadjusted == pytest.approx(1 - 2 * np.sqrt(s2), rel=1e-9)
        assert found.lambda_1 == pytest.approx(lambda_1, **self.NEAR)
        assert found.lambda_2 == pytest.approx(lambda_2, **self.NEAR)
        assert found.r_indicator == pytest.approx(1 - 2 * np.sqrt(factor * s2), **self.NEAR)
        assert found.categories["propensity"].tolist() == pytest.approx(rate.tolist(), rel=1e-9)
        signed = np.sqrt(share) * (rate - mean)
        assert found.categories["unconditional"].tolist() == pytest.approx(signed.tolist())
        # With nothing else to hold equal, the conditional partial is the unconditional one.
        assert found.categories["conditional"].tolist() == pytest.approx(abs(signed).tolist())
        # The difference from the mean is (1 − N_h/N) times that of two independent rates.
        gap = np.sqrt((rate * (1 - rate) / np.array([120, 80])).sum())
        delta = np.sqrt(share) * (1 - share) * gap
        assert found.categories["delta_std_error"].tolist() == pytest.approx(
            delta.tolist(), **self.NEAR
        )

    def test_a_variables_partial_is_the_spread_between_its_groups(self, quality):
        squares = quality.categories.assign(p=lambda t: t["unconditional"] ** 2)
        summed = np.sqrt(squares.groupby("variable", sort=False)["p"].sum())
        unadjusted = quality.variables["unconditional_unadjusted"]
        assert unadjusted.tolist() == pytest.approx(summed.tolist())

    def test_a_body_cannot_look_bad(self):
        """The docstring's .818: propensities of 25 certain people and 2,975 impossible ones."""
        share = 25 / 3000
        assert 1 - 2 * np.sqrt(share * (1 - share) * 3000 / 2999) == pytest.approx(0.818, abs=5e-4)

    @pytest.mark.parametrize("link", ["logit", "probit"])
    def test_equal_rates_are_no_spread(self, link):
        rows = counted([("a", 40, 10), ("b", 80, 20), ("c", 20, 5)], "group")
        found = ps.r_indicators(rows, "answered", "group", link=link)
        assert (found.r_indicator, found.cv, found.bias_factor) == (1.0, 0.0, 0.0)
        assert np.isnan(found.std_error)
        assert np.isnan(found.cv_std_error)
        assert found.categories["conditional_std_error"].isna().all()


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
