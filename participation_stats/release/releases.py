"""Releases: what earlier reports of a place have told already.

A number that is safe alone may not be safe beside last year's: of a body that one person left
and one joined, two tables tell who they are. A release holds nothing but what was published,
and the days on which seats were counted, from which an estate that keeps its history knows who
sat there then.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence

from participation_stats.release.cells import Cell, Margin
from participation_stats.release.linkage import UNKNOWN, Bounds, Knowledge, View

#: Ends the name of a body that an earlier release told other groups of, of the same people.
CORRECTED = ", corrected since"


@dataclasses.dataclass(frozen=True)
class Release:
    """What one report told.

    Parameters
    ----------
    label : str
        Names the data: reports of the same label tell of the same people.
    cells : mapping of Cell to (low, high)
        Bounds of every count; from 0 to infinity where it was withheld.
    withheld : set of Cell
    views : tuple of View
        What adds up to what.
    place : str
        The estate; bodies of different estates have nobody in common.
    threshold : int
        Of the policy.
    counted : mapping of str to (str, int)
        By body the day on which its seats were counted, and how many they were.
    """

    label: str
    cells: Mapping[Cell, Bounds]
    withheld: frozenset[Cell]
    views: tuple[View, ...]
    place: str = ""
    threshold: int = 0
    counted: Mapping[str, tuple[str, int]] = dataclasses.field(default_factory=dict)

    @property
    def totals(self) -> dict[tuple[str, str], Bounds]:
        """How many people each margin counts."""
        return {(view.body, view.variable): view.total for view in self.views}

    def without_words(self) -> Release:
        """The same without what its verdicts tell of withheld counts."""
        unknown = dict.fromkeys(self.withheld, UNKNOWN)
        return dataclasses.replace(self, cells={**self.cells, **unknown})

    def renamed(self, bodies: Mapping[tuple[str, str], str]) -> Release:
        """The same with the bodies of these margins (body, variable) named otherwise."""

        def name(cell: Cell) -> Cell:
            body = bodies.get((cell.body, cell.variable), cell.body)
            return dataclasses.replace(cell, body=body)

        return dataclasses.replace(
            self,
            cells={name(cell): bounds for cell, bounds in self.cells.items()},
            withheld=frozenset(name(cell) for cell in self.withheld),
            views=tuple(
                dataclasses.replace(view, body=bodies.get((view.body, view.variable), view.body))
                for view in self.views
            ),
        )


@dataclasses.dataclass(frozen=True)
class Past:
    """What has been published before a report, and what the report is called among them.

    Parameters
    ----------
    place : str
        The estate.
    label : str
        Names the data of the report.
    earlier : tuple of Release
        From `published_before`.
    seats : mapping of str to set
        Who sat on the bodies of earlier releases (`dated_body`), where the data still say so.
    counted : mapping of str to (str, int)
        By body the day on which its seats are counted now, and how many they are.
    """

    place: str = ""
    label: str = ""
    earlier: tuple[Release, ...] = ()
    seats: Mapping[str, frozenset[Hashable]] = dataclasses.field(default_factory=dict)
    counted: Mapping[str, tuple[str, int]] = dataclasses.field(default_factory=dict)

    def entry(self, release: Release) -> Release:
        """A release as it is entered in the register."""
        return dataclasses.replace(release, place=self.place, counted=dict(self.counted))


def dated_body(body: str, label: str) -> str:
    """How a body is named as it was in an earlier report.

    Examples
    --------
    >>> dated_body("committee", "2011")
    'committee @ 2011'
    """
    return f"{body} @ {label}"


def release_of(knowledge: Knowledge, label: str, threshold: int) -> Release:
    """What is to be kept of a release: what can be read in it, and nothing else.

    A view of which a row has been left out of its table is left out too: the name of a group
    that is the only one says what everybody is.
    """
    views = tuple(view for view in knowledge.views if knowledge.cells.keys() >= {*view.cells})
    return Release(label, dict(knowledge.cells), knowledge.withheld, views, threshold=threshold)


def merged(releases: Iterable[Release]) -> tuple[Release, ...]:
    """One release for each place and label: all that was told of the same people.

    Withheld is what none of them told.
    """
    found: dict[tuple[str, str], Release] = {}
    for one in releases:
        key = one.place, one.label
        found[key] = _both(found[key], one) if key in found else one
    return tuple(found[key] for key in sorted(found))


def _both(first: Release, second: Release) -> Release:
    cells = dict(first.cells)
    for cell, told in second.cells.items():
        cells[cell] = _narrowed(cells.get(cell, UNKNOWN), told)
    withheld = {
        cell
        for cell in first.withheld | second.withheld
        if all(cell in one.withheld or cell not in one.cells for one in (first, second))
    }
    return dataclasses.replace(
        second,
        cells=cells,
        withheld=frozenset(withheld),
        views=tuple(dict.fromkeys((*first.views, *second.views))),
        threshold=min(first.threshold, second.threshold),
        counted={**first.counted, **second.counted},
    )


def _narrowed(one: Bounds, other: Bounds) -> Bounds:
    return max(one[0], other[0]), min(one[1], other[1])


def beside(knowledge: Knowledge, releases: Iterable[Release]) -> Knowledge:
    """What is known once earlier releases are read too (see `placed`)."""
    cells, views = dict(knowledge.cells), list(knowledge.views)
    withheld, before = set(knowledge.withheld), dict(knowledge.before)
    for release in releases:
        for cell, told in release.cells.items():
            before[cell] = _narrowed(before.get(cell, UNKNOWN), told)
            cells[cell] = _narrowed(cells.get(cell, UNKNOWN), told)
        # What this release tells is no secret any longer; whether it should, its policy says.
        withheld |= release.withheld - knowledge.cells.keys()
        views.extend(view for view in release.views if view not in views)
    return dataclasses.replace(
        knowledge, cells=cells, views=tuple(views), withheld=frozenset(withheld), before=before
    )


def consistent(
    releases: Iterable[Release],
    margins: Sequence[Margin],
    totals: Mapping[tuple[str, str], Bounds],
    label: str,
) -> list[Release]:
    """The same releases; one of this label that has counted otherwise gets another label.

    The same files read by another version of this package may be other counts.
    """
    counts = {
        cell: count
        for margin in margins
        for cell, count in zip(margin.cells, margin.counts.values(), strict=True)
    }
    found = []
    for release in releases:
        agrees = all(
            (count := counts.get(cell)) is None or low <= count <= high
            for cell, (low, high) in release.cells.items()
        ) and all(totals.get(key, total) == total for key, total in release.totals.items())
        if release.label == label and not agrees:
            release = dataclasses.replace(release, label=f"{label}, counted otherwise")
        found.append(release)
    return found


def placed(
    releases: Iterable[Release],
    margins: Sequence[Margin],
    people: Mapping[str, frozenset[Hashable]],
    label: str,
    totals: Mapping[tuple[str, str], Bounds],
) -> list[Release]:
    """Earlier releases with the bodies named by whom they count.

    A body of another label is another body, ``"committee @ 2011"``, whose seats `people` may
    give. Where they are not known and every number told both times is the same, it is taken to
    be the same people: readers who saw nobody come or go will take it so.
    """
    found = []
    for release in releases:
        if release.label == label:
            found.append(release)
            continue
        keys = {(cell.body, cell.variable) for cell in release.cells} | release.totals.keys()
        same = {
            (margin.body, margin.variable)
            for margin in margins
            if not _seats_known(margin, release, people) and _is_unmoved(margin, release, totals)
        }
        names = {key: dated_body(key[0], release.label) for key in keys - same}
        for margin in margins:
            key = margin.body, margin.variable
            if key in names and _is_corrected(margin, release, people):
                names[key] += CORRECTED  # told of people who are now said to be otherwise
        found.append(release.renamed(names))
    return found


def _seats_known(
    margin: Margin, release: Release, people: Mapping[str, frozenset[Hashable]]
) -> bool:
    """Whether it is known who has come and gone, and that explains what has changed."""
    given = margin.body in people and dated_body(margin.body, release.label) in people
    return given and not _is_corrected(margin, release, people)


def _is_corrected(
    margin: Margin, release: Release, people: Mapping[str, frozenset[Hashable]]
) -> bool:
    """Whether more has changed than those who came and went can explain.

    The same people have other groups: their records were put right since.
    """
    now, then = people.get(margin.body), people.get(dated_body(margin.body, release.label))
    if now is None or then is None:
        return False
    changes = _changes(margin, release)
    joined = sum(change for change in changes if change > 0)
    left = -sum(change for change in changes if change < 0)
    return joined > len(now - then) or left > len(then - now)


def _is_unmoved(margin: Margin, release: Release, totals: Mapping[tuple[str, str], Bounds]) -> bool:
    key = margin.body, margin.variable
    changes = _changes(margin, release)
    return bool(changes) and not any(changes) and totals.get(key) == release.totals.get(key)


def _changes(margin: Margin, release: Release) -> list[int]:
    """By how much each count that was told exactly both times has changed."""
    return [
        count - int(release.cells[cell][0])
        for cell, count in zip(margin.cells, margin.counts.values(), strict=True)
        if count is not None and _is_exact(release, cell)
    ]


def few_moved(
    margin: Margin,
    releases: Iterable[Release],
    people: Mapping[str, frozenset[Hashable]],
    label: str,
    threshold: int,
    totals: Mapping[tuple[str, str], Bounds],
) -> str:
    """Label of an earlier release beside which this margin tells of few people, or nothing.

    Where it is not known who has come and gone, those who know may count on the fewest: of the
    categories stated exactly both times, and of all others together by the total, Σ max(Δ, 0)
    joined and Σ max(−Δ, 0) left. If few of either, the difference tells what they are, or what
    they are not. If nobody left, it is a table of those who joined, and no count in it may be
    small; and so the other way round.
    """
    for release in releases:
        if release.label == label or _seats_known(margin, release, people):
            continue
        changes = _changes(margin, release)
        moves = [*changes, *_change_of_others(margin, release, totals, changes)]
        joined = sum(change for change in moves if change > 0)
        left = -sum(change for change in moves if change < 0)
        few = 0 < joined < threshold or 0 < left < threshold
        one_way = (joined > 0) != (left > 0)
        if few or (one_way and _tells(changes, joined + left, threshold)):
            return release.label
    return ""


def _change_of_others(
    margin: Margin,
    release: Release,
    totals: Mapping[tuple[str, str], Bounds],
    changes: Sequence[int],
) -> list[int]:
    """By how much the groups of which nothing is told have changed together, where it is known."""
    key = margin.body, margin.variable
    (low, high), (then, most) = totals.get(key, UNKNOWN), release.totals.get(key, UNKNOWN)
    known = changes and low == high and then == most
    return [int(low - then) - sum(changes)] if known else []


def _tells(changes: Sequence[int], moved: int, threshold: int) -> bool:
    """Whether a table of those who moved has a group of few, of nobody or of almost all."""
    return any(abs(x) < threshold or moved - abs(x) < threshold for x in changes)


def _is_exact(release: Release, cell: Cell) -> bool:
    low, high = release.cells.get(cell, UNKNOWN)
    return low == high
