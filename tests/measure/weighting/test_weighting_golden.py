"""Weights against R's survey package on its own api samples, row by row.

Deliberate differences:

=====================  ================================  ===================================
what                   R survey 4.1                      here
=====================  ================================  ===================================
bounds of factors      relative to the base weights      relative to base weights scaled to
                                                         the population (1 changes no share)
trimmed weight         shared out equally, margins lost  margins met again, until limits and
                                                         margins both hold
where rake ends        margins to 1 person by default    shares to 1e-10
=====================  ================================  ===================================

The script scales base weights before it bounds, repeats cut and rake, and rakes to 1e-14 of
the base weights.
Tolerance 1e-8 relative: both sides meet the margins to about 1e-10 of the population, and a
weight is at most a few hundred times less sure than the margins.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps

GOLDEN = Path(__file__).parents[2] / "golden"
R = json.loads((GOLDEN / "weighting.json").read_text(encoding="utf-8"))
MARGINS = pd.read_csv(GOLDEN / "api" / "apipop_margins.csv")
TOTALS = pd.read_csv(GOLDEN / "api" / "apipop_totals.csv").set_index("variable")["total"]
CLOSE = 1e-8


def sample(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "api" / f"{name}.csv", dtype={"cds": str})


def margins(*variables: str) -> pd.DataFrame:
    return MARGINS[MARGINS["variable"].isin(variables)]


def told(case: dict) -> str:
    extra = [
        case.get("base"),
        *case.get("variables", []),
        *case.get("numeric", []),
        case.get("distance"),
        case.get("bounds"),
    ]
    return " ".join(str(part) for part in [case["sample"], *extra] if part)


@pytest.mark.parametrize("case", R["rake"], ids=told)
def test_rake(case):
    raked = ps.rake(sample(case["sample"]), margins(*case["variables"]), weights=case["base"])
    np.testing.assert_allclose(raked.weights, case["weights"], rtol=CLOSE)


@pytest.mark.parametrize("case", R["poststratify"], ids=told)
def test_poststratify(case):
    found = ps.poststratify(sample(case["sample"]), margins(case["variable"]), weights="pw")
    np.testing.assert_allclose(found.weights, case["weights"], rtol=1e-12)


@pytest.mark.parametrize("case", R["calibrate"], ids=told)
def test_calibrate(case):
    found = ps.calibrate(
        sample(case["sample"]),
        margins(*case["variables"]),
        weights="pw",
        distance=case["distance"],
        bounds=case["bounds"],
        totals={name: TOTALS[name] for name in case["numeric"]},
    )
    np.testing.assert_allclose(found.weights, case["weights"], rtol=CLOSE)


@pytest.mark.parametrize("case", R["trim"], ids=told)
def test_trim(case):
    raked = ps.rake(sample(case["sample"]), margins(*case["variables"]), weights=case["base"])
    trimmed = ps.trim(raked, lower=case["lower"], upper=case["upper"])
    # Rounds end at 1e-8 of the mean weight here and 1e-9 in R.
    np.testing.assert_allclose(trimmed.weights, case["weights"], rtol=1e-6)
    assert trimmed.n_trimmed == case["outside"]
    assert not np.allclose(case["trim_weights"], case["weights"], rtol=1e-3)
    assert trimmed.share_trimmed * trimmed.total == pytest.approx(case["cut"], rel=1e-6)


def test_svy_as_a_second_oracle():
    svy = pytest.importorskip("svy", reason="svy is an optional second oracle")
    polars = pytest.importorskip("polars")
    frame, wanted = sample("apistrat"), margins("stype", "comp.imp", "awards")
    controls = {
        variable: dict(zip(part["category"], part["count"].astype(float), strict=True))
        for variable, part in wanted.groupby("variable")
    }
    design = svy.Design(wgt="pw")
    theirs = svy.Sample(polars.from_pandas(frame), design).weighting.rake(
        controls=controls, wgt_name="raked", tol=1e-10, max_iter=1000
    )
    ours = ps.rake(frame, wanted, weights="pw")
    np.testing.assert_allclose(ours.weights, theirs.data["raked"].to_numpy(), rtol=CLOSE)
