"""Results to draw that the package's own measures make, from counts whose truth is plain."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pandas as pd
from specimens import SYNTHETIC, Policy

import participation_stats as ps
from participation_stats.measure.results import Result, Rule
from participation_stats.release.disclosure import Protected, protect

#: Three rungs: Owners of 60 who came 45, of the board of 12 all but one. Renters are lost at
#: answering, beyond chance, and again on the board.
RUNGS = {
    "residents": {"Renter": 528, "Owner": 472},
    "answered the survey": {"Renter": 60, "Owner": 90},
    "board": {"Renter": 1, "Owner": 11},
}


def ladder(policy: Policy = SYNTHETIC, board: tuple[int, int] = (1, 11)) -> Protected:
    rungs = {**RUNGS, "board": dict(zip(("Renter", "Owner"), board, strict=True))}
    return protect(ps.participation_ladder(rungs, by="tenure"), policy)


def long_ladder(number: int, policy: Policy = SYNTHETIC, rungs: int = 4) -> Protected:
    """`number` groups with long names, of which every second one is lost at the last step."""
    names = [
        "Any other mixed or multiple ethnic background",
        "White: English, Welsh, Scottish, Northern Irish or British",
        *(f"Group {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"),
    ][: max(number - 1, 0)]
    names.append("Other")
    steps = {}
    for rung in range(rungs):
        size = 400 // (rung + 1) ** 2
        steps[f"rung with a long name {rung}" if rung else "residents"] = {
            name: size // (1 + (place % 2) * rung) + place for place, name in enumerate(names)
        }
    return protect(ps.participation_ladder(steps, by="ethnicity"), policy)


VOICE = {
    "seats": {"resident": 2, "councillor": 1, "officer": 2, "staff": 5},
    "present": {"resident": 24, "councillor": 14, "officer": 37, "staff": 85},
    "passed": {"resident": 0, "councillor": 3, "officer": 7, "staff": 24},
}


def voice(policy: Policy = SYNTHETIC) -> Protected:
    return protect(ps.voice_shares(VOICE), policy)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Voice(Result):
    """A voice by something that is no public fact."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=("share",), margin=("measure", "variable")),
    )


def private_voice(policy: Policy, spoke: tuple[int, int] = (2, 3)) -> Protected:
    """Seats that can be shown, and people who spoke that cannot."""
    rows = [
        {"measure": measure, "category": name, "count": count}
        for measure, counts in (("seats", (40, 60)), ("spoke", spoke))
        for name, count in zip(("Renter", "Owner"), counts, strict=True)
    ]
    table = pd.DataFrame(rows).assign(variable="tenure")
    n = table.groupby("measure")["count"].transform("sum")
    return protect(Voice(table.assign(n=n, share=table["count"] / n)), policy)


def retention(policy: Policy = SYNTHETIC, groups: int = 2, each: int = 40) -> Protected:
    """Groups of which group k loses k + 1 of ten at each of three meetings; the rest stay."""
    rows = [
        {"ethnicity": f"Group {'ABCDEFGHIJKLMNOPQRST'[group]}", "duration": time, "event": event}
        for group in range(groups)
        for time, event, people in (
            *((time, 1, each * (group % 3 + 1) // 10) for time in (1, 2, 4)),
            (6, 0, each - 3 * (each * (group % 3 + 1) // 10)),
        )
        for _ in range(people)
    ]
    return protect(ps.retention_curves(pd.DataFrame(rows), by="ethnicity"), policy)


def event_study(policy: Policy = SYNTHETIC, people: int = 120, fall: float = 0.5) -> Protected:
    """Every third person is touched in month 4 and then comes less by `fall`."""
    rng = np.random.default_rng(3)
    log = pd.DataFrame({"who": np.repeat(range(people), 7), "month": [*range(1, 8)] * people})
    log["event"] = np.where(log["who"] % 3 == 0, 4.0, np.nan)
    chance = np.where(log["month"] >= log["event"], 0.7 - fall, 0.7)
    log["came"] = (rng.random(len(log)) < chance).astype(float)
    study = ps.fit_event_study("came", log, unit="who", time="month", event="event", leads=2)
    return protect(study, policy)


def weights(policy: Policy = SYNTHETIC, counts: tuple[int, ...] = (120, 60, 4, 16)) -> Protected:
    """A sample weighted to four groups of a quarter each."""
    names = ("Black African", "White British", "Portuguese", "Other")
    sample = pd.DataFrame(
        {"ethnicity": [n for n, k in zip(names, counts, strict=True) for _ in range(k)]}
    )
    return protect(ps.rake(sample, {"ethnicity": dict.fromkeys(names, 0.25)}), policy)


def response(policy: Policy = SYNTHETIC, answered: tuple[int, ...] = (40, 90, 5, 45)) -> Protected:
    """100, 100, 10 and 50 people asked, of whom so many answered."""
    names = ("Black African", "White British", "Portuguese", "Other")
    rows = [
        {"ethnicity": name, "answered": int(place < came)}
        for name, asked, came in zip(names, (100, 100, 10, 50), answered, strict=True)
        for place in range(asked)
    ]
    return protect(ps.r_indicators(pd.DataFrame(rows), "answered", "ethnicity"), policy)
