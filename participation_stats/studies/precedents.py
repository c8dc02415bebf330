"""Precedents: what an estate has published before, and who sat on its bodies then."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence

from participation_stats.intake.estates import Estate
from participation_stats.release.releases import Past, Release, dated_body
from participation_stats.studies.seating import Seating


def past_of(
    estate: Estate,
    seatings: Sequence[Seating],
    earlier: Sequence[Release],
    inputs: Mapping[str, str],
) -> Past:
    """What has been published of an estate before a report of these seats.

    Parameters
    ----------
    estate : Estate
    seatings : sequence of Seating
        The bodies whose seats are counted now.
    earlier : sequence of Release
        From `published_before`.
    inputs : mapping of str to str
        Digest of every input file; other files are other data, whatever period they name.
    """
    return Past(
        place=estate.title,
        label=f"{estate.period or estate.title} [{_digest(estate, inputs)}]",
        earlier=tuple(earlier),
        seats=_seats_then(estate, earlier),
        counted={one.body: (one.day, one.n) for one in seatings if one.day},
    )


def _digest(estate: Estate, inputs: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    if inputs:
        digest.update(repr(sorted(inputs.items())).encode())
    else:  # tables that never were files
        for name in sorted(estate.tables):
            digest.update(estate.tables[name].to_csv(index=False).encode())
    return digest.hexdigest()[:12]


def _seats_then(estate: Estate, earlier: Sequence[Release]) -> dict[str, frozenset[Hashable]]:
    """Who sat on a body on the day of an earlier count, where as many are still on record."""
    found: dict[str, frozenset[Hashable]] = {}
    if not estate.has("memberships", "people"):
        return found
    for release in earlier:
        for body, (day, n) in release.counted.items():
            if body in estate.bodies_named():
                who = estate.members(body, on=day)["person_id"].astype(str)
                if len(who) == n:
                    found[dated_body(body, release.label)] = frozenset(who)
    return found
