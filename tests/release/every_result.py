"""A specimen of every kind of result: of sixty people a group of six, a group of fourteen."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

import participation_stats as ps
from participation_stats.release.disclosure import protect_all
from participation_stats.release.policies import Policy
from participation_stats.studies.comparisons import Activity
from participation_stats.studies.quality import DataQuality

#: Six people are fewer than the threshold of 10.
GROUPS = {"Anglo": 40, "Bantu": 14, "Canary": 6}
CITY = {"Anglo": 0.6, "Bantu": 0.3, "Canary": 0.1}
#: Small enough for a body in which everything is withheld.
BOARD = {"Anglo": 8, "Bantu": 0, "Canary": 4}


@functools.cache
def people() -> pd.DataFrame:
    """One row per person: a group, whether they answered, and a score."""
    rng = np.random.default_rng(7)
    group = np.repeat(list(GROUPS), list(GROUPS.values()))
    return pd.DataFrame(
        {
            "who": [f"p{number:02d}" for number in range(60)],
            "group": group,
            "answered": (rng.random(60) < 0.6).astype(int),
            "came": (rng.random(60) < 0.5).astype(int),
            "score": rng.integers(1, 6, 60).astype(float),
            "trust": rng.integers(1, 6, 60).astype(float),
            "years": rng.integers(1, 20, 60).astype(float),
            "weight": rng.uniform(0.5, 2.0, 60),
        }
    )


@functools.cache
def log() -> pd.DataFrame:
    """One row per person and month; some are touched by an event in month 4."""
    rng = np.random.default_rng(8)
    rows = people().loc[np.repeat(np.arange(60), 8), ["who", "group", "years"]]
    rows = rows.reset_index(drop=True).assign(month=list(range(1, 9)) * 60)
    rows["format"] = np.where(rng.random(480) < 0.4, "online", "formal")
    rows["attended"] = (rng.random(480) < 0.5).astype(int)
    rows["rate"] = rng.random(480)
    rows["network"] = rows["who"].map({f"p{number:02d}": 4 for number in range(0, 60, 2)})
    return rows


@functools.cache
def estate() -> ps.Estate:
    return ps.load_example("st_marys")


@functools.cache
def survey():
    return ps.survey_design(people(), weights="weight")


@functools.cache
def logit():
    return ps.fit_logit("attended ~ group + format", log(), unit="who")


@functools.cache
def mixed():
    return ps.fit_mixed_logit("attended ~ group", log(), unit="who")


@functools.cache
def regression():
    return ps.survey_logit("came ~ group", survey())


def stays():
    durations = ps.attendance_durations(log(), unit="who", time="month", gap=2, by=["group"])
    return durations.table


def ratios():
    return ps.representativeness_ratios(BOARD, CITY, by="group")


def audited():
    return ps.audit(protect_all({"": ratios()}, Policy.publish()))


def imputed():
    answers = people().assign(score=people()["score"].where(people().index % 7 != 0))
    design = ps.survey_design(answers, weights="weight")
    filled = ps.survey_impute(design, "score", using=["group"], rng=1, n_imputations=3)
    return filled.estimate("score", by="group")


SPECIMENS = {
    "Activity": lambda: Activity(
        pd.DataFrame({"measure": ["meetings"], "count": [4], "other_count": [7]})
    ),
    "AttendanceRecord": lambda: ps.attendance_record(estate(), "committee"),
    "Audit": audited,
    "CoAttendance": lambda: ps.co_attendance(estate(), "network", pairs=True),
    "Comparison": lambda: ps.compare_bodies(BOARD, GROUPS, "group"),
    "CountFit": lambda: ps.fit_counts("score ~ group", people()),
    "DataQuality": lambda: DataQuality(pd.DataFrame({"data_table": ["people"], "rows_read": [3]})),
    "Differences": lambda: ps.survey_estimate(survey(), "score", by="group").differences(),
    "Durations": lambda: ps.attendance_durations(log(), unit="who", time="month", gap=2),
    "Effects": lambda: logit().effects("group"),
    "EngagementTable": lambda: ps.survey_engagement(survey(), "came", by="group"),
    "Estimates": lambda: ps.survey_estimate(survey(), "score", by="group"),
    "EventStudy": lambda: ps.fit_event_study(
        "rate", log(), unit="who", time="month", event="network", leads=2, lags=2
    ),
    "Fit": logit,
    "FitCheck": lambda: logit().check(),
    "FitComparison": lambda: logit().compare(
        ps.fit_logit("attended ~ group", log(), unit="who")
    ),
    "Funnel": lambda: ps.funnel({"board": BOARD, "forum": GROUPS}, CITY, by="group"),
    "GapDecomposition": lambda: ps.decompose_gap(
        "score", people(), group="group", groups=("Anglo", "Canary"), factors=["years"]
    ),
    "GeeFit": lambda: ps.fit_gee("attended ~ group", log(), unit="who"),
    "GroupComparison": lambda: ps.compare_groups(people(), "score", "group"),
    "HazardFit": lambda: ps.fit_hazard("duration ~ group", stays(), method="cox"),
    "HazardOddsFit": lambda: ps.fit_hazard("duration ~ group", stays(), baseline="1"),
    "ImputedEstimates": imputed,
    "Inequality": lambda: ps.attendance_inequality([9, 7, 4, 2, 1, 1, 0]),
    "Ladder": lambda: ps.participation_ladder(
        {"residents": {"Anglo": 600, "Bantu": 300, "Canary": 100}, "came": GROUPS, "board": BOARD},
        by="group",
    ),
    "MixedFit": mixed,
    "PanelComparison": lambda: ps.compare_panels("rate ~ format", log(), unit="who", time="month"),
    "PanelFit": lambda: ps.fit_panel("rate ~ format", log(), unit="who", time="month"),
    "PersonEffects": lambda: mixed().person_effects(log()),
    "ProfileDistance": lambda: ps.profile_distance(BOARD, CITY, by="group"),
    "RaoScott": lambda: ps.rao_scott_test(survey(), "group", "came"),
    "Rates": lambda: logit().rates("group"),
    "Regulars": lambda: ps.regulars(estate(), "committee"),
    "Representativeness": ratios,
    "ResponseQuality": lambda: ps.r_indicators(people(), "answered", "group"),
    "RetentionCurves": lambda: ps.retention_curves(stays(), by="group"),
    "Scale": lambda: ps.score_scale(people().head(8), ["score", "trust"]),
    "Seats": lambda: ps.seats(estate(), "network"),
    "SurveyEffects": lambda: regression().effects("group"),
    "SurveyFit": regression,
    "SurveyRates": lambda: regression().rates("group"),
    "Tally": lambda: ps.tally(people(), ["group"]),
    "TermTests": lambda: regression().test(),
    "Trend": lambda: ps.ratio_trend({"2011": BOARD, "2012": GROUPS}, population=CITY, by="group"),
    "Turnover": lambda: ps.turnover(estate(), "committee"),
    "Voice": lambda: ps.voice_shares(estate(), "network"),
    "VotingPower": lambda: ps.voting_power({"resident": 2, "officer": 3, "staff": 3}),
    "Weighting": lambda: ps.rake(people(), pd.DataFrame(
        {"variable": "group", "category": list(CITY), "share": list(CITY.values())}
    )),
}  # fmt: skip
