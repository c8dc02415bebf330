"""R-indicators: RISQ's own numbers, R's glm by rows, closed forms, simulated truth."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from response_specimens import BY, GOLDEN, counted, estate_survey

import participation_stats as ps
from participation_stats.measure.results import VOCABULARY

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


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(20240)
    people = pd.DataFrame(
        {
            "group": rng.choice(list("pqrs"), 3000, p=[0.4, 0.3, 0.2, 0.1]),
            "tenure": rng.choice(list("xyz"), 3000, p=[0.5, 0.3, 0.2]),
        }
    )
    eta = -0.3 + people["group"].map({"p": 0, "q": 0.5, "r": -0.7, "s": -0.2})
    eta += people["tenure"].map({"x": 0, "y": -0.6, "z": 0.4})
    chance = (1 / (1 + np.exp(-eta))).to_numpy()
    results = []
    for _ in range(300):
        asked = rng.choice(3000, 600, replace=False)
        came = rng.random(600) < chance[asked]
        rows = people.iloc[asked].assign(answered=came, weight=5.0)
        results.append(ps.r_indicators(rows, "answered", ["group", "tenure"], weights="weight"))
    return chance, results


@pytest.mark.slow
class TestSimulation:
    """300 simple random samples of 600 from one population of 3,000 with known propensities."""

    # A standard deviation of 300 draws is known to 1/√600 = 4.1%; three of these are 12%. The
    # formula itself is of first order: with 1,500 draws it gave .94 ± .02 of the true spread.
    SPREAD: ClassVar[tuple] = (0.82, 1.12)

    def test_r_is_near_the_truth_and_nearer_than_unadjusted(self, drawn):
        chance, results = drawn
        truth = 1 - 2 * chance.std(ddof=1)
        found = np.mean([one.r_indicator for one in results])
        plain = np.mean([one.r_unadjusted for one in results])
        # The mean of 300 has a standard error of .041/√300 = .0024; the adjustment is of first
        # order too (with 1,500 draws it left .006 where .012 had been).
        assert abs(found - truth) < 0.006 + 3 * 0.0024
        assert abs(found - truth) < abs(plain - truth)
        assert plain < truth

    @pytest.mark.parametrize(
        ("value", "error"), [("r_indicator", "std_error"), ("cv", "cv_std_error")]
    )
    def test_standard_errors_of_the_whole(self, drawn, value, error):
        _, results = drawn
        spread = np.std([getattr(one, value) for one in results], ddof=1)
        stated = np.mean([getattr(one, error) for one in results])
        assert self.SPREAD[0] < stated / spread < self.SPREAD[1]

    def test_standard_errors_of_variables(self, drawn):
        _, results = drawn
        spread = np.std([one.table["unconditional"] for one in results], axis=0, ddof=1)
        stated = np.mean([one.table["std_error"] for one in results], axis=0)
        # A root with a bias removed: the same bounds, 5% wider.
        assert ((stated / spread > 0.78) & (stated / spread < 1.18)).all()

    def test_standard_errors_of_groups(self, drawn):
        _, results = drawn
        spread = np.std([one.categories["unconditional"] for one in results], axis=0, ddof=1)
        delta = np.mean([one.categories["delta_std_error"] for one in results], axis=0)
        assert ((delta / spread > 0.87) & (delta / spread < 1.13)).all()
        # As the docstring says: RISQ's takes the propensities as known.
        manual = np.mean([one.categories["std_error"] for one in results], axis=0)
        assert ((manual / spread > 0.45) & (manual / spread < 0.9)).all()


class TestResult:
    def test_variables_are_the_table(self, quality):
        assert quality.variables is quality.table
        assert list(quality.frames()) == ["table", "categories"]

    def test_vocabulary_and_rules_name_every_column(self, quality):
        frames = quality.frames()
        for rule in quality.rules:
            frame = frames[rule.table]
            assert set(frame.columns) <= set(VOCABULARY)
            keys = {"variable", "category", rule.count}
            assert set(rule.derived) == set(frame.columns) - keys

    def test_small_groups_are_withheld(self):
        cells = [("a", "x", 40, 20), ("a", "y", 30, 11), ("b", "x", 20, 4), ("b", "y", 60, 30)]
        cells += [("c", "x", 30, 14), ("c", "y", 30, 12), ("d", "x", 9, 2), ("d", "y", 9, 3)]
        rows = counted(cells, "one", "other")
        found = ps.r_indicators(rows, "answered", ["one", "other"])
        protected = ps.protect(found, ps.Policy.publish())
        groups = protected.frames["categories"].set_index("category")
        assert groups["suppressed"]["d"]
        assert groups.loc["d"].drop(["variable", "suppressed"]).isna().all()
        # One withheld group alone would follow from the others and the total.
        assert groups.loc[["a", "b", "c"], "suppressed"].any()
        variables = protected.frames["table"].set_index("variable")
        assert variables.loc["one"].drop("suppressed").isna().all()
        assert variables.loc["other"].drop("suppressed").notna().all()
