"""The estate survey: a stratified sample of households, answered unequally."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from participation_stats.intake.simulation import setting
from participation_stats.intake.simulation.residents import Floats, leaning
from participation_stats.intake.simulation.truth import Truth
from participation_stats.intake.simulation.turnout import chance

FIELDWORK = pd.Timestamp("2011-09-12")
FIELDWORK_DAYS = 19
ITEM_MISSING = 0.02


def draw_responses(
    rng: np.random.Generator, residents: pd.DataFrame, came: pd.Series[bool], truth: Truth
) -> pd.DataFrame:
    """Answers with the columns of `estate_survey`.

    Parameters
    ----------
    residents : DataFrame
        As `draw_residents` gives them.
    came : Series of bool
        In the same order: came to an open meeting within a year before the fieldwork.

    Notes
    -----
    Households are drawn within blocks (the strata) and every adult in them is invited. The
    weight is the inverse of the block's share of households drawn, times invited over answered
    in the block, so that weights add up to about the block's residents.
    """
    households = residents[["household_id", "block"]].drop_duplicates()
    fraction = leaning(households["block"].to_numpy(dtype=np.str_), setting.BLOCKS)
    drawn = households.loc[rng.random(len(households)) < fraction, "household_id"]
    invited = residents.assign(came=came.to_numpy())
    invited = invited.loc[invited["household_id"].isin(drawn)].reset_index(drop=True)
    answers = rng.random(len(invited)) < chance(
        _by_group(invited, truth.response) + truth.response_intercept
    )
    rate = pd.Series(answers).groupby(invited["block"]).transform("mean")
    frame = invited.loc[answers].assign(rate=rate[answers]).reset_index(drop=True)
    fraction = leaning(frame["block"].to_numpy(dtype=np.str_), setting.BLOCKS)
    days = np.floor(rng.random(len(frame)) * FIELDWORK_DAYS)
    lean = _by_group(
        frame, {"gender": truth.gender, "length_of_residence": truth.length_of_residence}
    )
    out = pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in range(1, len(frame) + 1)],
            "household_id": frame["household_id"],
            "wave": "2011",
            "survey_date": FIELDWORK + pd.to_timedelta(days, unit="D"),
            **{name: frame[name] for name in setting.STATED},
            "weight": np.round(1 / (fraction * frame["rate"]), 4),
            "stratum": frame["block"],
            "cluster": frame["household_id"],
            "heard_of_meetings": _yes_no(rng, np.where(frame["came"], 4.0, 0.6 + lean)),
            "came_last_year": np.where(frame["came"], "yes", "no"),
            "volunteered": _yes_no(rng, -1.6 + lean + 1.2 * frame["came"].to_numpy()),
            "can_influence": _scale(rng, -0.4 + 0.5 * frame["came"].to_numpy() - 0.3 * lean),
            "trusts_landlord": _scale(rng, -0.1 + 0.2 * lean),
        }
    )
    for item in ("heard_of_meetings", "volunteered", "can_influence", "trusts_landlord"):
        out[item] = out[item].mask(rng.random(len(out)) < ITEM_MISSING)
    # In the order of answering, so that numbers do not run by residents' ids.
    out = out.sort_values("survey_date", kind="stable", ignore_index=True)
    out["respondent_id"] = np.sort(out["respondent_id"].to_numpy())
    return out


def _by_group(people: pd.DataFrame, effects: Mapping[str, Mapping[str, float]]) -> Floats:
    columns = {"length_of_residence": "length_band"}
    total = np.zeros(len(people))
    for variable, mapping in effects.items():
        total += leaning(people[columns.get(variable, variable)].to_numpy(dtype=np.str_), mapping)
    return total


def _yes_no(rng: np.random.Generator, log_odds: Floats) -> pd.Series[str]:
    return pd.Series(
        np.where(rng.random(len(log_odds)) < chance(log_odds), "yes", "no"), dtype="str"
    )


def _scale(rng: np.random.Generator, lean: Floats) -> pd.Series[int]:
    """Answers 1 to 5: a latent opinion cut at fixed points."""
    latent = lean + rng.standard_normal(len(lean))
    return pd.Series(np.digitize(latent, [-1.0, -0.3, 0.3, 1.0]) + 1, dtype="Int64")
