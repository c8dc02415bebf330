"""Audits: an attack on what is about to leave, and on what has left already, before it leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

import pandas as pd

from participation_stats.errors import DisclosureError, InputError
from participation_stats.measure.results import Result
from participation_stats.release.attack import Breach, breaches_of, possible_range
from participation_stats.release.cells import Cell, Margin, margins_of, row_cells
from participation_stats.release.disclosure import Protected
from participation_stats.release.linkage import Bounds, Knowledge, View, known
from participation_stats.release.releases import (
    Release,
    beside,
    consistent,
    few_moved,
    placed,
    release_of,
)
from participation_stats.release.withholding import FAMILY_COLUMNS, touched_rows


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Audit(Result):
    """What an attacker can say of each withheld count.

    Attributes
    ----------
    table : DataFrame
        ``body, variable, category, low, high``: the least and the greatest count that agree
        with everything published. Anybody can work them out.
    release : Release
        What was published, for the register.
    """

    release: Release


def audit(
    released: Mapping[str, Protected],
    *,
    people: Mapping[str, Iterable[Hashable]] | None = None,
    earlier: Sequence[Release] = (),
    label: str = "",
) -> Audit:
    """Attack everything that is published together, as a reader would who knows who sits where.

    For each withheld count the least and the greatest value are found that agree with all
    published cells, margins, totals, roundings and verdicts, now and in earlier releases. Fewer
    than 3 possible values are a breach. So is the count of a group among the few people whom
    two tables tell apart (who sit on one body and not on the other), and a number beside a
    withheld count from which it follows.

    Parameters
    ----------
    released : mapping of str to Protected
        Everything in the report, by the name of the table.
    people : mapping of str to iterable of ids, optional
        Who is in each body, as for `protect_all`.
    earlier : sequence of Release, optional
        From `published_before`.
    label : str
        Names the data of this release.

    Returns
    -------
    Audit

    Raises
    ------
    DisclosureError
        A withheld count can be worked out; the message names the tables.
    InputError
        Something is no Protected, or the tables contradict one another.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 4}
    >>> city = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}
    >>> found = ps.representativeness_ratios(boards, city, by="tenure")
    >>> print(audit({"boards": ps.protect(found, ps.Policy.publish())}))
    Audit
    <BLANKLINE>
    .table
    body variable       category  low  high
           tenure Housed by work   11    16
           tenure          Other    0     5
    """
    _check(released)
    attacked = {name: one for name, one in released.items() if one.policy.withholds}
    for name, one in attacked.items():
        _refuse_open_rows(name, one)
    threshold = max((one.policy.threshold for one in attacked.values()), default=0)
    base = max((one.policy.rounding for one in attacked.values()), default=1)
    seats = {body: frozenset(members) for body, members in (people or {}).items()}
    margins = {name: _margins(name, one) for name, one in released.items()}
    everything = [margin for found in margins.values() for margin in found]
    own = known(everything, _views(released, margins), seats, base)
    own = own.telling({cell: told for one in released.values() for cell, told in one.told.items()})
    totals = {(view.body, view.variable): view.total for view in own.views}
    earlier = consistent(earlier, everything, totals, label)
    whole = beside(own, placed(earlier, everything, seats, label, totals))
    _refuse_moves(everything, earlier, seats, label, threshold, totals)
    rows: list[tuple[Cell, int, int]] = []
    for part in whole.components():
        if part.withheld:
            refuse(breaches_of(part, threshold, _sensitive(part, own)), margins)
            rows += _ranges(part, own)
    return Audit(_table(rows), release=release_of(own, label, threshold))


def _check(released: Mapping[str, object]) -> None:
    if not isinstance(released, Mapping):
        raise InputError(
            f"this is a {type(released).__name__}",
            where="audit",
            expected="everything in the report by the name of the table",
            got=type(released).__name__,
        )
    for name, one in released.items():
        if not isinstance(one, Protected):
            raise InputError(
                f"'{name}' is no Protected",
                where="audit",
                expected="what protect or protect_all gave",
                got=type(one).__name__,
            )


def _margins(name: str, one: Protected) -> list[Margin]:
    rules = {rule.table: rule for rule in one.rules}
    policy = one.policy if one.policy.withholds else dataclasses.replace(one.policy, rounding=1)
    return [
        margin
        for table, frame in one.frames.items()
        if table in rules
        for margin in margins_of(name, frame, rules[table], one.body, policy)
    ] + [*_margins_of_terms(name, one)]


def _margins_of_terms(name: str, one: Protected) -> Iterator[Margin]:
    """The margins that the terms of a model state.

    The group that others are compared with has no term, and is among the unlisted of `Knowledge`.
    """
    for rule in one.rules:
        frame = one.frames.get(rule.table)
        if frame is None or "term" not in frame or rule.count not in frame:
            continue
        terms: dict[Cell | None, int | None] = {}
        for cell, count in zip(row_cells(frame, rule, one.body), frame[rule.count], strict=True):
            # A group's own term comes before those that multiply it by a number.
            terms.setdefault(cell, None if pd.isna(count) else int(count))
        for view in one.views:
            counts = {cell.category: terms[cell] for cell in view.cells if cell in terms}
            if counts:
                yield Margin(name, view.body, view.variable, counts)


def _views(
    released: Mapping[str, Protected], margins: Mapping[str, list[Margin]]
) -> Iterator[View]:
    """What adds up: as `protect` knew it, or whatever a table without a gap adds up to."""
    for name, one in released.items():
        yield from one.views
        told = {(view.body, view.variable) for view in one.views}
        for margin in margins[name]:
            if (margin.body, margin.variable) not in told and None not in margin.counts.values():
                total = float(margin.total)
                yield View(margin.body, margin.variable, tuple(margin.counts), (total, total))


def _sensitive(part: Knowledge, own: Knowledge) -> list[Cell]:
    """The cells of this release: before it, no more than the others was known."""
    return [cell for cell in part.cells if cell in own.cells]


def _refuse_open_rows(name: str, one: Protected) -> None:
    """No number beside a withheld count may be one from which it follows."""
    rules = {rule.table: rule for rule in one.rules}
    for table, frame in one.frames.items():
        rule = rules.get(table)
        if rule is None or rule.count is None or rule.count not in frame:
            continue
        cells = row_cells(frame, rule, one.body)
        marks = zip(cells, frame["suppressed"], strict=True)
        hidden = {cell for cell, mark in marks if mark and cell is not None}
        gone = frame[frame["suppressed"].to_numpy(dtype=bool)]
        open_columns = [
            column
            for column in (rule.count, *rule.derived)
            if column in gone and column != "verdict" and bool(gone[column].notna().any())
        ]
        touched = frame[touched_rows(frame, rule, one.body, hidden)]
        open_columns += [
            column
            for column in FAMILY_COLUMNS - {"verdict"}
            if column in touched and bool(touched[column].notna().any())
        ]
        if open_columns:
            raise DisclosureError(
                f"'{', '.join(dict.fromkeys(open_columns))}' is told beside a withheld count",
                where=f"audit, table '{name}'",
                expected="no number from which a withheld count follows",
                hint="publish what protect gave, unchanged",
            )


def _refuse_moves(
    margins: Sequence[Margin],
    earlier: Sequence[Release],
    people: Mapping[str, frozenset[Hashable]],
    label: str,
    threshold: int,
    totals: Mapping[tuple[str, str], Bounds],
) -> None:
    for margin in margins:
        then = few_moved(margin, earlier, people, label, threshold, totals)
        if then:
            raise DisclosureError(
                f"beside the release of {then} it tells who came or went: fewer than "
                f"{threshold} people did",
                where=f"audit, table '{margin.table}', {margin.variable}",
                hint="pass earlier= to protect_all, and what would tell is withheld; or pool years",
            )


def refuse(breaches: Sequence[Breach], margins: Mapping[str, list[Margin]]) -> None:
    """Raise if there is a breach, naming the tables that it rests on."""
    if not breaches:
        return
    first = breaches[0]
    tables = dict.fromkeys(
        name
        for name, found in margins.items()
        for margin in found
        if first.told_by & set(margin.cells)
    )
    told = ", ".join(f"'{name}'" for name in tables) or "an earlier release"
    more = f" and {len(breaches) - 1} more" if len(breaches) > 1 else ""
    raise DisclosureError(
        f"{first.target.name}{more} can be worked out from {told}",
        where="audit",
        expected="at least 3 possible values of every withheld count",
        got=f"{first.low} to {first.high}",
        hint="protect these tables together: ps.protect_all(results, policy, people=...)",
    )


def _ranges(part: Knowledge, own: Knowledge) -> list[tuple[Cell, int, int]]:
    return [
        (cell, int(low), int(min(high, 1e9)))
        for cell, (low, high) in possible_range(part).items()
        if cell in own.withheld
    ]


def _table(rows: Sequence[tuple[Cell, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(*dataclasses.astuple(cell), low, high) for cell, low, high in sorted(rows)],
        columns=["body", "variable", "category", "low", "high"],
    )
