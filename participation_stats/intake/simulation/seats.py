"""Who sits where: recruitment to the committee, the network and the subgroup, and leaving."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.intake.simulation import setting
from participation_stats.intake.simulation.residents import deal, leaning, scaled_counts
from participation_stats.intake.simulation.truth import Truth


def draw_professionals(rng: np.random.Generator, first: int) -> pd.DataFrame:
    """The network's professionals with the columns of `people`; they do not live there."""
    size = len(setting.POSTS)
    shares = {name: round(share * 100) for name, share in setting.PROFESSIONAL_ETHNICITY.items()}
    return pd.DataFrame(
        {
            "person_id": [f"p{number:04d}" for number in range(first, first + size)],
            "capacity": [post.capacity for post in setting.POSTS],
            "organisation": [post.organisation for post in setting.POSTS],
            "ethnicity": deal(scaled_counts(shares, size), rng.random(size)),
            "gender": deal(scaled_counts({"Female": 11, "Male": 7}, size), rng.random(size)),
            "age": np.floor(28 + rng.random(size) * 34).astype(np.int64),
        }
    )


def draw_seats(
    rng: np.random.Generator, residents: pd.DataFrame, professionals: pd.DataFrame, truth: Truth
) -> pd.DataFrame:
    """Every seat held, with the columns of `memberships`.

    The committee is drawn by `Truth.recruitment` from those who lived there when the records
    begin, a fixed number of them men. Its members give up their seats by `Truth.leaving`.
    The network's residents come from the committee, the subgroup's from both; one of the
    latter stops in 2012/13.
    """
    committee = _committee(rng, residents, truth)
    network = _residents_of(rng, committee, "network", setting.KICK_OFF, setting.NETWORK_RESIDENTS)
    subgroup = _subgroup_residents(rng, committee, network)
    posts = professionals["person_id"].to_numpy()
    roles = [post.role for post in setting.POSTS]
    chosen = np.array([post.subgroup for post in setting.POSTS])
    seats = [
        committee,
        network,
        _seats("network", posts, roles, professionals["capacity"], setting.KICK_OFF),
        subgroup,
        _seats(
            "subgroup",
            posts[chosen],
            ["chair"] + ["member"] * (int(chosen.sum()) - 1),
            professionals["capacity"][chosen],
            setting.SUBGROUP_START,
        ),
    ]
    return pd.concat(seats, ignore_index=True)


def draw_panel(rng: np.random.Generator, residents: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """The small grants panel of 2010: a profile only, as its records were not kept."""
    chosen = residents.iloc[_drawn(rng, _log_weights(residents, truth), setting.PANEL_SEATS)]
    rows = [
        ("grants_panel", variable, category, int((chosen[variable] == category).sum()))
        for variable in ("ethnicity", "gender")
        for category in setting.MARGINS[variable].counts
    ]
    return pd.DataFrame(rows, columns=["body_id", "variable", "category", "count"])


def _log_weights(residents: pd.DataFrame, truth: Truth) -> npt.NDArray[np.float64]:
    columns = {"length_of_residence": "length_band"}
    weights = np.zeros(len(residents))
    for variable, effects in truth.recruitment.items():
        labels = residents[columns.get(variable, variable)].to_numpy(dtype=np.str_)
        weights += leaning(labels, effects)
    there = (residents["moved_in"] <= setting.FIRST_DAY).to_numpy()
    return np.where(there, weights, -np.inf)


def _drawn(
    rng: np.random.Generator, log_weights: npt.NDArray[np.float64], seats: int
) -> npt.NDArray[np.int64]:
    """Positions drawn one after another without replacement, by weight (Gumbel's trick)."""
    gumbel = -np.log(-np.log(rng.random(len(log_weights))))
    return np.argsort(-(log_weights + gumbel), kind="stable")[:seats]


def _committee(rng: np.random.Generator, residents: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    log_weights = _log_weights(residents, truth)
    women = (residents["gender"] == "Female").to_numpy()
    drawn = np.concatenate(
        [
            _drawn(rng, np.where(women, log_weights, -np.inf), setting.COMMITTEE_WOMEN),
            _drawn(rng, np.where(women, -np.inf, log_weights), setting.COMMITTEE_MEN),
        ]
    )
    people = residents["person_id"].to_numpy()[rng.permutation(drawn)]
    roles = list(setting.COMMITTEE_ROLES) + ["member"] * (len(people) - 3)
    seats = _seats("committee", people, roles, "resident", setting.FIRST_DAY)
    return seats.assign(end_date=_leaving_dates(rng, len(seats), truth))


def _leaving_dates(rng: np.random.Generator, size: int, truth: Truth) -> pd.DatetimeIndex:
    """End of the month in which the seat is given up; missing for those who stay."""
    months = pd.date_range(setting.FIRST_DAY, setting.LAST_DAY, freq="ME")[1:]
    after = months >= setting.SUBGROUP_START
    hazard = 1 / (1 + np.exp(-(truth.leaving + truth.leaving_after_subgroup * after)))
    leaves = rng.random((size, len(months))) < hazard
    first = months[leaves.argmax(axis=1)]
    return pd.DatetimeIndex(first.where(leaves.any(axis=1)))


def _residents_of(
    rng: np.random.Generator, committee: pd.DataFrame, body: str, start: pd.Timestamp, size: int
) -> pd.DataFrame:
    sitting = committee.loc[committee["end_date"].isna() | (committee["end_date"] >= start)]
    people = rng.permutation(sitting["person_id"].to_numpy(dtype=object))[:size]
    return _seats(body, people, ["representative"] * len(people), "resident", start)


def _subgroup_residents(
    rng: np.random.Generator, committee: pd.DataFrame, network: pd.DataFrame
) -> pd.DataFrame:
    others = committee.loc[~committee["person_id"].isin(network["person_id"])]
    start = setting.SUBGROUP_START
    third = _residents_of(rng, others, "subgroup", start, setting.SUBGROUP_RESIDENTS - len(network))
    seats = pd.concat(
        [network.assign(body_id="subgroup", role="member", start_date=start), third],
        ignore_index=True,
    )
    # One resident stops in 2012/13: the setting's, not an effect to be recovered.
    months = pd.date_range("2012-09-01", "2013-03-31", freq="ME")
    stops = months[int(rng.random() * len(months))]
    last = seats.index == len(seats) - 1
    return seats.assign(role="member", end_date=seats["end_date"].mask(last, stops))


def _seats(
    body: str,
    people: npt.NDArray[np.object_],
    roles: list[str],
    capacity: str | pd.Series[str],
    start: pd.Timestamp,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "body_id": body,
            "person_id": people,
            "role": roles,
            "capacity": capacity if isinstance(capacity, str) else capacity.to_numpy(),
            "votes": 1,
            "start_date": start,
            "end_date": pd.Series(pd.NaT, index=range(len(people)), dtype="datetime64[s]"),
        }
    )
