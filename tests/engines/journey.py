"""The whole journey from rows to numbers, as an analyst would write it, on any engine."""

import numpy as np
import pandas as pd

import participation_stats as ps

GROUPS = ["ethnicity", "gender", ("gender", "housing_tenure")]


def travel(people, panel, survey):
    """Every statistic that starts from rows, by name."""
    counted = ps.tally(people, GROUPS)
    weighted = ps.tally(survey, GROUPS[:2], weights="weight")
    rungs = {"residents": people, "survey": survey, "network": {"Female": 9, "Male": 5}}
    logit = ps.fit_logit("attended ~ format * gender + ethnicity", panel, unit="person_id")
    shared_out = ps.attendance_inequality(panel)
    design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    influence = ps.survey_estimate(design, "can_influence", by=["gender", "ethnicity"])
    drawn = ps.survey_replicates(design, "bootstrap", replicates=20, rng=1)
    return {
        "tally": counted.table,
        "tally weighted": weighted.table,
        "ratios": ps.representativeness_ratios(survey, people, by=GROUPS[:2]).table,
        "ratios of tallies": ps.representativeness_ratios(
            weighted, counted, design="sample", design_effect=1.2
        ).overall,
        "ladder": ps.participation_ladder(rungs, by="gender").table,
        "r indicators": ps.r_indicators(people, "answered", GROUPS[:2], design="census").table,
        "inequality": shared_out.table,
        "gini": pd.DataFrame({"gini": [shared_out.gini], "n": [shared_out.n]}),
        "turnover": ps.turnover(panel, period="quarter").table,
        "turnover of a body": ps.turnover(panel, "network", capacity="resident").table,
        "logit": logit.table,
        "rates": logit.rates("ethnicity").table,
        "estimates": influence.table,
        "differences": influence.differences("overall").table,
        "replicates": ps.survey_estimate(
            drawn, "can_influence", statistic="ratio", denominator="trusts_landlord"
        ).table,
        "effects": logit.effects("gender").table,
    }


def assert_same(found, expected):
    """Every number to 1e-12, every count and word exactly."""
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        other = found[name]
        assert list(other.columns) == list(table.columns), name
        for column in table:
            if pd.api.types.is_float_dtype(table[column]):
                np.testing.assert_allclose(
                    other[column].to_numpy(float, na_value=np.nan),
                    table[column].to_numpy(float, na_value=np.nan),
                    rtol=1e-12,  # sums in another order: a few units in the last place
                    atol=1e-14,  # a p-value or difference that is nought
                    err_msg=f"{name}: {column}",
                )
            else:
                pd.testing.assert_series_equal(
                    other[column], table[column], check_dtype=False, obj=f"{name}: {column}"
                )
