"""The api samples of R's survey package as designs, and what R says of them."""

import json
from functools import cache
from pathlib import Path

import pandas as pd

import participation_stats as ps

GOLDEN = Path(__file__).parents[2] / "golden"
R = json.loads((GOLDEN / "estimation.json").read_text(encoding="utf-8"))


@cache
def sample(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "api" / f"{name}.csv", dtype={"cds": str})


@cache
def design(name: str) -> ps.SurveyDesign:
    """The designs of estimation.R."""
    match name:
        case "srs":
            return ps.survey_design(sample("apisrs"), weights="pw", fpc="fpc")
        case "strat":
            return ps.survey_design(sample("apistrat"), weights="pw", strata="stype", fpc="fpc")
        case "clus1":
            return ps.survey_design(sample("apiclus1"), weights="pw", clusters="dnum", fpc="fpc")
        case "clus2":
            return ps.survey_design(sample("apiclus2"), weights="pw", clusters="dnum")
        case "nested":
            return ps.survey_design(
                sample("apistrat"), weights="pw", strata="stype", clusters="dnum", nest=True
            )
    raise KeyError(name)
