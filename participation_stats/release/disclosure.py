"""The only door out: a policy, and `protect`, which withholds what would identify somebody.

Figures, tables and reports take a `Protected` and nothing else, and only `protect` makes one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from participation_stats.errors import DisclosureError, InputError
from participation_stats.measure.results import Result, Rule
from participation_stats.release.cells import OF_THEM, Cell, is_headcount
from participation_stats.release.drafts import Draft
from participation_stats.release.linkage import Bounds, View
from participation_stats.release.patterns import (
    Pattern,
    choose_pattern,
    told_words,
    with_words,
)
from participation_stats.release.policies import Policy
from participation_stats.release.pools import Offer, Pool, offers
from participation_stats.release.releases import Release
from participation_stats.release.remarks import remarks
from participation_stats.release.scalars import Scalar


class _Frames(Mapping[str, pd.DataFrame]):
    """Frames by name; each is handed out as a copy, so that none can be changed in place."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = {name: frame.copy() for name, frame in frames.items()}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return f"frames {', '.join(self._frames) or 'none'}"


_DOOR = object()


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Protected:
    """A result after `protect`: what may be drawn, written and read.

    Attributes
    ----------
    kind : str
        Class name of the result.
    frames : Mapping of str to DataFrame
        Each with a column ``suppressed`` and NA for what is withheld; copies on every access.
        A frame of individuals is absent, and the notes say so.
    facts : Mapping of str to scalar
        The scalars of the result, ``None`` where withheld.
    policy : Policy
        The policy applied.
    notes : tuple of str
        What was withheld and what can be done, in sentences.
    body : str
        Whom its tables describe, where they have no column that says so.
    rules : tuple of Rule
        The result's own, by which an audit reads the frames.
    views : tuple of View
        Which counts add up to which totals; an attacker is taken to know.
    told : mapping of Cell to (low, high)
        What the verdict on a withheld count tells of it.

    Raises
    ------
    DisclosureError
        Built by hand and not by `protect`.
    """

    kind: str
    frames: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Scalar]
    policy: Policy
    notes: tuple[str, ...]
    body: str = ""
    rules: tuple[Rule, ...] = dataclasses.field(default=(), repr=False)
    views: tuple[View, ...] = dataclasses.field(default=(), repr=False)
    told: Mapping[Cell, Bounds] = dataclasses.field(default_factory=dict, repr=False)
    door: dataclasses.InitVar[object] = None

    def __post_init__(self, door: object) -> None:
        if door is not _DOOR:
            raise DisclosureError(
                "a Protected was built by hand",
                where="Protected",
                expected="the result of protect(result, policy)",
                got=f"Protected({self.kind!r}, ...)",
            )
        object.__setattr__(self, "frames", _Frames(self.frames))

    @property
    def table(self) -> pd.DataFrame:
        """The main frame."""
        if "table" not in self.frames:
            raise DisclosureError(
                f"the main table of {self.kind} is withheld",
                where="Protected.table",
                hint=" ".join(self.notes),
            )
        return self.frames["table"]

    @property
    def banner(self) -> str | None:
        """What must be printed beside this result; ``None`` where nothing was lifted."""
        return self.policy.banner

    def __repr__(self) -> str:
        # Tables take a Protected, so what shows them is looked up when it is asked for.
        from participation_stats.release.previews import preview

        return preview(self)

    def _repr_html_(self) -> str:
        from participation_stats.release.previews import preview_html

        return preview_html(self)


def protect(result: Result, policy: Policy) -> Protected:
    """Withhold every number from which a small group could be worked out.

    A count below the threshold, a zero, and a count that leaves fewer than the threshold
    outside (everyone, or all but a few) are withheld with every number derived from them.
    Where the rest of a margin would give a withheld count away, more of it is withheld.
    Role facts (`PUBLIC_VARIABLES`) pass.

    Where derived numbers are published the count beside them is exact: for a body of 12 a ratio
    maps one to one to its count, so a rounded count beside it would protect nothing and
    contradict it, and a ratio or p-value of the rounded count would be wrong. Counts that stand
    alone are rounded to the policy's base.

    Adjusted p-values rest on every row of their margin and go wherever one of it is withheld. A
    verdict stays where it follows from what is published, and where at least
    ``policy.verdict_counts`` counts that are still possible share it.

    Parameters
    ----------
    result : Result
        Any result of this package.
    policy : Policy
        What may leave.

    Returns
    -------
    Protected
        The same frames with a column ``suppressed`` and NA for what is withheld.

    Raises
    ------
    InputError
        `result` is not a result, or `policy` not a policy.

    Examples
    --------
    >>> import participation_stats as ps
    >>> boards = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 4}
    >>> city = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}
    >>> found = ps.representativeness_ratios(boards, city, by="tenure")
    >>> released = protect(found, Policy.publish())
    >>> released.table[["category", "count", "verdict", "suppressed"]]
             category  count            verdict  suppressed
    0  Housed by work   <NA>  too small to tell        True
    1          Owners    350   over-represented       False
    2         Renters     66  under-represented       False
    3           Other   <NA>  under-represented        True
    """
    return protect_all({"": result}, policy)[""]


def protect_all(
    results: Mapping[str, Result],
    policy: Policy,
    *,
    bodies: Mapping[str, str] | None = None,
    people: Mapping[str, Iterable[Hashable]] | None = None,
    earlier: Sequence[Release] = (),
    label: str = "",
    pools: Iterable[Pool] = (),
) -> dict[str, Protected]:
    """Protect everything that is published together, so that no table gives away another.

    Tables of one body, of bodies that share people, and of a variable and its intersections are
    held side by side. An integer programme withholds the least that is enough; what is enough
    is found by attacking its answer (see `audit`), which also protects the few people in whom
    two bodies differ.

    Parameters
    ----------
    results : mapping of str to Result
        By the name of the table, for messages.
    policy : Policy
        What may leave.
    bodies : mapping of str to str, optional
        Whom a table describes, by its name; the name itself where not given. Tables with a
        column ``body`` say so themselves.
    people : mapping of str to iterable of ids, optional
        Who is in each body, so that overlaps are known; ids go nowhere. Bodies not given here
        are taken to share nobody. A body in an earlier release is named ``"body @ label"``.
    earlier : sequence of Release, optional
        What has been published before, from `published_before`.
    label : str
        Names the data of this release: earlier releases of the same label tell of the same
        people.
    pools : iterable of Pool, optional
        Bodies or years counted together. They are not published: where one of them could be
        shown whole beside everything else, the notes say so.

    Returns
    -------
    dict
        `Protected` by the name of the table.

    Raises
    ------
    InputError
        Something is not a result, or `policy` not a policy; two tables count different people
        under one name, or more people than `people` gives.
    DisclosureError
        An earlier release gives away what is withheld now.
    """
    _check(results, policy)
    bodies = bodies or {}
    drafts = [Draft(name, bodies.get(name, name), result) for name, result in results.items()]
    if not policy.withholds:
        return {draft.name: _sealed(draft, draft.marked, draft.facts, policy) for draft in drafts}
    drafts = _listing([draft.coarsened(policy) for draft in drafts], policy)
    seats = {body: frozenset(members) for body, members in (people or {}).items()}
    few = {draft.name: why for draft in drafts if (why := _too_few(draft, drafts, policy))}
    full = [draft for draft in drafts if draft.name not in few]
    pattern = choose_pattern(full, policy, seats, earlier, label)
    told = told_words(full, pattern, policy)
    found = offers(pools, pattern, policy) if pattern.hidden else []
    out = {draft.name: _released(draft, pattern, told, policy, found) for draft in full}
    out |= {
        draft.name: _empty(draft, few[draft.name], policy) for draft in drafts if draft.name in few
    }
    return {name: out[name] for name in results}


def _check(results: Mapping[str, object], policy: object) -> None:
    for name, result in results.items():
        if not isinstance(result, Result):
            raise InputError(
                f"'{name}' is no result" if name else "this is no result",
                where="protect",
                expected="a Result of this package",
                got=type(result).__name__,
            )
    if not isinstance(policy, Policy):
        raise InputError(
            "this is no policy",
            where="protect",
            expected="Policy.publish() or another Policy",
            got=type(policy).__name__,
        )


def _listing(drafts: Sequence[Draft], policy: Policy) -> list[Draft]:
    """The same, each knowing what groups there are by the tables that count everybody's."""
    listed: dict[str, list[frozenset[str]]] = {}
    for margin in (margin for draft in drafts for margin in draft.stated(policy)):
        if is_headcount(margin.body):
            listed.setdefault(margin.variable, []).append(frozenset(margin.counts))
    return [dataclasses.replace(draft, listed=listed) for draft in drafts]


def _too_few(draft: Draft, drafts: Sequence[Draft], policy: Policy) -> str:
    """Why nothing of a result may be told: it, or the model that it comes from, is too thin."""
    own = draft.too_few(policy)
    if own or draft.people is not None:
        return own
    if not any(rule.count == "n_units" for rule in draft.rules.values()):
        return ""
    whole, _, _ = draft.body.partition(OF_THEM)
    models = (other for other in drafts if other.body in {draft.body, whole} and other.is_model)
    return next((told for other in models if (told := other.too_few(policy))), "")


def _released(
    draft: Draft,
    pattern: Pattern,
    told: Mapping[Cell, Bounds],
    policy: Policy,
    found: Sequence[Offer],
) -> Protected:
    frames = draft.without(pattern.hidden, pattern.few, policy)
    coarser = [draft.coarser] if draft.coarser else []
    notes = [*draft.absences, *coarser, *remarks(draft, frames, pattern, policy, found)]
    frames = with_words(draft, frames, pattern, told)
    facts = draft.facts_beside(frames, policy)
    views = pattern.views_of(draft.margins(policy))
    return _sealed(draft, frames, facts, policy, notes, views, told)


def _empty(draft: Draft, why: str, policy: Policy) -> Protected:
    notes = [*draft.absences, why]
    return _sealed(draft, draft.emptied(), draft.facts_of_few(), policy, notes)


def _sealed(
    draft: Draft,
    frames: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Scalar],
    policy: Policy,
    notes: Sequence[str] = (),
    views: tuple[View, ...] = (),
    told: Mapping[Cell, Bounds] | None = None,
) -> Protected:
    """The only place that makes a `Protected`."""
    cells = {cell for view in views for cell in view.cells}
    return Protected(
        kind=draft.kind,
        frames=frames,
        facts=MappingProxyType(dict(facts)),
        policy=policy,
        notes=tuple(dict.fromkeys(notes)),
        body=draft.body,
        rules=tuple(draft.rules.values()),
        views=views,
        told={cell: bounds for cell, bounds in (told or {}).items() if cell in cells},
        door=_DOOR,
    )
