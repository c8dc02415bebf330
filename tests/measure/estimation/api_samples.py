"""The api samples of R's survey package with the columns and designs of the R scripts."""

from functools import cache
from pathlib import Path

import pandas as pd

import participation_stats as ps

GOLDEN = Path(__file__).parents[2] / "golden"
MARGINS = pd.read_csv(GOLDEN / "api" / "apipop_margins.csv")


@cache
def sample(name: str) -> pd.DataFrame:
    frame = pd.read_csv(GOLDEN / "api" / f"{name}.csv", dtype={"cds": str})
    frame = frame.rename(columns=lambda column: column.replace(".", "_"))
    met, high = (frame["sch_wide"] == "Yes").astype(int), (frame["api00"] > 650).astype(float)
    return frame.assign(
        met=met,
        high=high,
        asked=high.where(frame["snum"] % 7 != 0),
        never=met.where(frame["stype"] != "M", 0),
        elementary=frame["stype"] == "E",
    )


@cache
def design(name: str) -> ps.SurveyDesign:
    clus1, strat = sample("apiclus1"), sample("apistrat")
    if name == "raked":
        wanted = MARGINS[MARGINS["variable"].isin(["stype", "sch.wide"])].replace(
            "sch.wide", "sch_wide"
        )
        raked = ps.rake(clus1, wanted, weights="pw")
        return ps.survey_design(clus1, weights=raked, clusters="dnum", fpc="fpc")
    frame, stated = {
        "srs": (sample("apisrs"), {"fpc": "fpc"}),
        "strat": (strat, {"strata": "stype", "fpc": "fpc"}),
        "clus1": (clus1, {"clusters": "dnum", "fpc": "fpc"}),
        "clus2": (sample("apiclus2"), {"clusters": "dnum"}),
        "nested": (strat, {"strata": "stype", "clusters": "dnum", "nest": True}),
    }[name]
    return ps.survey_design(frame, weights="pw", **stated)
