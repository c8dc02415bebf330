"""Voices: what each capacity has of a body, measure by measure, and in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from participation_stats.release.phrases import Terms, capital, joined, number, percent
from participation_stats.release.presences import CAPACITIES, capacity_name
from participation_stats.release.seats import held_text, is_known, rows_by, withheld

#: For each measure its heading, what there is so many of, and how a sentence speaks of it.
MEASURES = {
    "seats": ("Seats", "seats", "of the seats"),
    "votes": ("Votes", "votes", "of the votes"),
    "voting_power": ("Voting power", "swings", "of the voting power"),
    "present": ("In the room", "attendances", "of those in the room"),
    "spoke": ("Spoke", "times spoken", "of those who spoke"),
    "proposed": ("Items proposed", "items", "of the proposals"),
    "passed": ("Items passed", "items", "of the items passed"),
}
#: With which a sentence about power begins where it is known.
BASES = ("seats", "votes")
#: With which verb a sentence speaks of a measure, where it is not "have".
VERBS = {"present": "are", "spoke": "are", "proposed": "made", "passed": "proposed"}


def voice_rows(table: pd.DataFrame) -> pd.DataFrame:
    """One form for seats, votes, power and presence: ``measure, category, count, n, share``.

    Parameters
    ----------
    table : DataFrame
        The released table of a `Voice`, a `Seats` or a `VotingPower`.

    Returns
    -------
    DataFrame
        With ``suppressed``; capacities in the order in which they are shown. Votes that fall as
        the seats do are left out: they say nothing more.
    """
    if "measure" in table:
        rows = table
    elif "bloc" in table:
        rows = pd.concat(
            [
                _part(table, "votes", "bloc", "votes", "share"),
                _part(table, "voting_power", "bloc", "swings", "banzhaf"),
            ]
        )
    else:
        votes = table["votes"].astype("Float64")
        whole = table.assign(vote_share=votes / votes.sum(skipna=False))
        rows = pd.concat(
            [
                _part(table, "seats", "category", "count", "share"),
                _part(whole, "votes", "category", "votes", "vote_share"),
            ]
        )
    return _without_like_votes(_ordered(rows)).reset_index(drop=True)


def _part(table: pd.DataFrame, measure: str, who: str, count: str, share: str) -> pd.DataFrame:
    counts = table[count].astype("Float64")
    return pd.DataFrame(
        {
            "measure": measure,
            "category": table[who].astype("str"),
            "count": counts,
            "n": counts.sum(skipna=False),
            "share": table[share].astype("Float64"),
            "suppressed": table["suppressed"],
        }
    )


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Capacities as everywhere, residents first; blocs that are none in the order given."""
    names = [str(name) for name in dict.fromkeys(rows["category"])]
    known = [name for name in CAPACITIES if name in names]
    order = [*known, *(name for name in names if name not in known)]
    measures = [name for name in MEASURES if name in set(rows["measure"])]
    return rows.assign(category=rows["category"].astype("str")).sort_values(
        ["category", "measure"],
        key=lambda column: column.map((order if column.name == "category" else measures).index),
        kind="stable",
    )


def _without_like_votes(rows: pd.DataFrame) -> pd.DataFrame:
    wide = rows.pivot_table("share", "category", "measure", dropna=False, observed=True)
    if not {"seats", "votes"} <= set(wide):
        return rows
    alike = np.allclose(
        wide["seats"].to_numpy(dtype=float, na_value=np.nan),
        wide["votes"].to_numpy(dtype=float, na_value=np.nan),
        equal_nan=True,
    )
    return rows[rows["measure"] != "votes"] if alike else rows


def base_of(rows: pd.DataFrame) -> str:
    """The measure with which the others are compared: seats, or votes, or the first."""
    held = list(dict.fromkeys(rows["measure"]))
    return next((name for name in BASES if name in held), held[0])


def voice_headline(rows: pd.DataFrame) -> str:
    """What residents hold, and what they have of the rest; of blocs the one that differs most.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": ["seats", "present"], "category": "resident",
    ...     "count": [2, 24], "n": [10, 160], "share": [0.2, 0.15], "suppressed": False})
    >>> voice_headline(rows)
    'Residents hold 2 of the 10 seats and are 15% of those in the room'
    """
    base = base_of(rows)
    shares = rows.pivot_table("share", "category", "measure", dropna=False, sort=False)
    who = _subject(shares.astype(float), base)
    own = rows_by(rows[rows["category"] == who], "measure")
    name = capital(name_of(who))
    if not is_known(own[base]["share"]):
        return f"{name}: what they hold and what they have is withheld"
    _, noun, _ = MEASURES[base]
    held = held_text(
        float(own[base]["count"]),
        float(own[base]["n"]),
        Terms(places=noun, place=noun.removesuffix("s")),
    )
    chosen = _chosen(own, base)
    if who not in CAPACITIES:
        # A bloc may be one or many: no verb fits both.
        return f"{name}: {joined([held, *(_amount(one, own[one]) for one in chosen)])}"
    told = [f"{VERBS.get(one, 'have')} {_amount(one, own[one])}" for one in chosen]
    return joined([f"{name} hold {held}", *told])


def _subject(shares: pd.DataFrame, base: str) -> str:
    if "resident" in shares.index or shares.shape[1] < 2:
        return "resident" if "resident" in shares.index else str(shares.index[0])
    gaps = shares.drop(columns=base).sub(shares[base], axis=0).abs().max(axis=1)
    return str(gaps.fillna(-1).idxmax())


def _chosen(own: Mapping[str, pd.Series], base: str) -> list[str]:
    """At most three of the measures that are known; passed says more than proposed."""
    order = ("votes", "present", "voting_power", "passed", "spoke", "proposed")
    known = [name for name in order if name in own and name != base]
    return [name for name in known if is_known(own[name]["share"])][:3]


def _amount(measure: str, line: pd.Series) -> str:
    share = float(line["share"])
    amount = "none" if share == 0 else "all" if share == 1 else percent(share)
    return f"{amount} {MEASURES[measure][2]}"


def name_of(category: str) -> str:
    """What a capacity is called; a bloc by its own name."""
    return capacity_name(category, 2)


def voice_sentences(rows: pd.DataFrame) -> str:
    """Every number: for each capacity its share and count of each measure."""
    told = []
    for category, block in rows.groupby("category", sort=False):
        parts = [
            f"{MEASURES[str(row['measure'])][0].lower()} {cell_text(row, whole=True)}"
            for _, row in block.iterrows()
        ]
        told.append(f"{capital(name_of(str(category)))}: {', '.join(parts)}.")
    return " ".join(told)


def cell_text(row: pd.Series, *, whole: bool = False) -> str:
    """Share and count of one cell: ``"15% (24)"``; with the total where `whole`."""
    if withheld(row) and not is_known(row["share"]):
        return "withheld"
    if not is_known(row["share"]):
        return "no figure"
    beside = f" of {number(float(row['n']))}" if whole and is_known(row["n"]) else ""
    count = f" ({number(float(row['count']))}{beside})" if is_known(row["count"]) else ""
    return f"{percent(float(row['share']))}{count}"
