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
