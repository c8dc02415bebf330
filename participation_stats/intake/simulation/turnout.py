"""Who came, who spoke, and what was decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.intake.simulation import setting
from participation_stats.intake.simulation.residents import Floats, leaning
from participation_stats.intake.simulation.truth import Truth

Flags = npt.NDArray[np.bool_]
ITEMS = {"committee": 1, "network": 2, "subgroup": 2}
#: Log-odds for a professional, or for a resident among residents; invented.
SPEAKS, PASSES = 0.4, 1.2
APOLOGISES = 0.5


def chance(log_odds: npt.NDArray[np.floating[Any]]) -> Floats:
    """The probability of given log-odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def leanings(rng: np.random.Generator, residents: pd.DataFrame, truth: Truth) -> Floats:
    """Each resident's log-odds of coming to an informal open meeting, person intercept included."""
    effects = {
        "ethnicity": truth.ethnicity,
        "gender": truth.gender,
        "housing_tenure": truth.housing_tenure,
        "length_band": truth.length_of_residence,
    }
    fixed = sum(
        leaning(residents[variable].to_numpy(dtype=np.str_), mapping)
        for variable, mapping in effects.items()
    )
    own = truth.person_sd * rng.standard_normal(len(residents))
    return np.asarray(truth.intercept + fixed + own, dtype=np.float64)


def draw_open(
    rng: np.random.Generator,
    residents: pd.DataFrame,
    lean: Floats,
    seats: pd.DataFrame,
    meetings: pd.DataFrame,
    truth: Truth,
) -> pd.DataFrame:
    """Sign-in sheets of the open meetings: residents without a seat who came.

    Those with a seat on the body that meets have rows in any case; `draw_seated` writes them.
    """
    dates = meetings["date"].to_numpy()[:, None]
    there = residents["moved_in"].to_numpy() <= dates
    there &= ~(residents["moved_out"].to_numpy() < dates)
    formal = (meetings["format"] == "formal").to_numpy()[:, None]
    came = rng.random(there.shape) < chance(lean + truth.formal * formal)
    ids = residents["person_id"].to_numpy()
    for number, meeting in enumerate(meetings.itertuples()):
        holders = seats.loc[(seats["body_id"] == meeting.body_id) & _sitting(seats, meeting.date)]
        there[number] &= ~np.isin(ids, holders["person_id"].to_numpy())
    rows, people = np.nonzero(there & came)
    return pd.DataFrame(
        {
            "meeting_id": meetings["meeting_id"].to_numpy()[rows],
            "person_id": ids[people],
            "status": "present",
            "capacity": "resident",
        }
    )


def draw_seated(
    rng: np.random.Generator,
    seats: pd.DataFrame,
    lean: pd.Series[float],
    meetings: pd.DataFrame,
    truth: Truth,
) -> pd.DataFrame:
    """The register of those with a seat at every meeting of their body: present or not.

    Parameters
    ----------
    lean : Series
        Log-odds by person_id, of residents as from `leanings`, of professionals likewise.
    """
    pairs = meetings.merge(seats, on="body_id")
    sitting = (pairs["start_date"] <= pairs["date"]) & ~(pairs["end_date"] < pairs["date"])
    pairs = pairs.loc[sitting].reset_index(drop=True)
    resident = (pairs["capacity"] == "resident").to_numpy()
    formal = (pairs["format"] == "formal").to_numpy()
    after = (pairs["date"] >= setting.SUBGROUP_START).to_numpy()
    shift = np.where(
        resident,
        truth.member + truth.formal * formal + truth.after_subgroup * after,
        truth.professional_formal * formal,
    )
    present = rng.random(len(pairs)) < chance(lean[pairs["person_id"]].to_numpy() + shift)
    excused = rng.random(len(pairs)) < APOLOGISES
    outnumbered = resident & (pairs["body_id"] != "committee").to_numpy()
    speaks = rng.random(len(pairs)) < chance(SPEAKS + truth.speaking * outnumbered)
    pairs["status"] = np.where(present, "present", np.where(excused, "apologies", "absent"))
    minuted = present & formal & (pairs["open_to"] == "members").to_numpy()
    pairs["spoke"] = pd.Series(np.where(speaks, "yes", "no"), dtype="str").where(minuted)
    return pairs[["meeting_id", "person_id", "status", "capacity", "spoke"]]


def draw_decisions(
    rng: np.random.Generator, register: pd.DataFrame, meetings: pd.DataFrame, truth: Truth
) -> pd.DataFrame:
    """Items decided at members' formal meetings: who proposed them and what became of them."""
    minuted = meetings.loc[(meetings["format"] == "formal") & (meetings["open_to"] == "members")]
    present = register.loc[register["status"] == "present"].merge(minuted, on="meeting_id")
    present = present.sort_values(["date", "meeting_id"], kind="stable", ignore_index=True)
    outnumbered = (
        (present["capacity"] == "resident") & (present["body_id"] != "committee")
    ).to_numpy()
    # Gumbel's trick again: the largest key within a meeting is a draw by weight.
    proposers = []
    for _ in range(max(ITEMS.values())):
        gumbel = -np.log(-np.log(rng.random(len(present))))
        present["key"] = truth.proposing * outnumbered + gumbel
        proposers.append(present.loc[present.groupby("meeting_id")["key"].idxmax()])
    items = pd.concat(
        rows.loc[rows["body_id"].map(ITEMS) > number] for number, rows in enumerate(proposers)
    ).sort_values(["date", "meeting_id"], kind="stable", ignore_index=True)
    minority = ((items["capacity"] == "resident") & (items["body_id"] != "committee")).to_numpy()
    passed = rng.random(len(items)) < chance(PASSES + truth.passing * minority)
    otherwise = np.array(["deferred", "rejected", "withdrawn"])[
        np.floor(rng.random(len(items)) * 3).astype(np.int64)
    ]
    return pd.DataFrame(
        {
            "decision_id": [f"d{number:03d}" for number in range(1, len(items) + 1)],
            "meeting_id": items["meeting_id"],
            "proposed_by": items["person_id"],
            "capacity": items["capacity"],
            "outcome": np.where(passed, "passed", otherwise),
        }
    )


def _sitting(seats: pd.DataFrame, date: object) -> pd.Series[bool]:
    return (seats["start_date"] <= date) & ~(seats["end_date"] < date)
