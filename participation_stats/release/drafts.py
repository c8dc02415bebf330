"""Drafts: a result on its way out, what it counts, and what is left of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from participation_stats.measure.results import PUBLIC_VARIABLES, Result, Rule, unit_of
from participation_stats.release.cells import (
    NOT_STATED,
    Cell,
    Margin,
    counted_by,
    margins_of,
    row_cells,
)
from participation_stats.release.policies import Policy
from participation_stats.release.scalars import (
    Scalar,
    beside_gaps,
    of_few,
    people_of,
    without_small_parts,
)
from participation_stats.release.suppression import is_few_of, is_small, primary, primary_terms
from participation_stats.release.withholding import cleared, emptied, following, hushed

#: Columns that count no part of the people of their row: rows of the log, or all who were asked.
WHOLES = frozenset({"n_rows", "sampled", "n"})
#: A model with fewer residual degrees of freedom is close to a list of its rows.
LEAST_RESIDUAL_DF = 10


@dataclasses.dataclass(frozen=True, eq=False)
class Draft:
    """One result under the name of its table, and the body that it describes."""

    name: str
    body: str
    result: Result
    #: What was made coarser so that it can leave.
    coarser: str = ""
    #: The lists of groups, by variable, that other tables of the same release name.
    listed: Mapping[str, Sequence[frozenset[str]]] = dataclasses.field(default_factory=dict)

    def coarsened(self, policy: Policy) -> Draft:
        """The same in steps so coarse that they tell of no few people, where that is its trouble.

        Even which times a table lists would tell when somebody stopped.
        """
        result, words = self.result.coarsened(lambda count, total: is_small(count, total, policy))
        return dataclasses.replace(self, result=result, coarser=words)

    @property
    def kind(self) -> str:
        """Class name of the result."""
        return type(self.result).__name__

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """What disclosure must know of each frame."""
        return {rule.table: rule for rule in self.result.rules}

    @cached_property
    def facts(self) -> dict[str, Scalar]:
        """The scalars of the result."""
        return dict(self.result.facts())

    @cached_property
    def marked(self) -> dict[str, pd.DataFrame]:
        """Every frame, nothing suppressed yet."""
        return {
            name: frame.assign(suppressed=False) for name, frame in self.result.frames().items()
        }

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames that may leave: declared, and not of single people."""
        return {
            name: frame
            for name, frame in self.marked.items()
            if name in self.rules and not self.rules[name].individual
        }

    @property
    def absences(self) -> list[str]:
        """One sentence for each frame that may not leave."""
        return [
            f"The {_frame_name(name)} is withheld: its rows are about single people."
            for name in self.marked
            if name not in self.frames
        ]

    @property
    def people(self) -> int | None:
        """How many people it describes, where it says so."""
        return people_of(self.facts)

    @property
    def is_model(self) -> bool:
        """Whether it holds the terms of a model."""
        return any("term" in frame for frame in self.frames.values())

    def too_few(self, policy: Policy) -> str:
        """Why the whole result is withheld, or an empty string."""
        if self.people is None:
            return ""
        if self.people < policy.threshold:
            return f"Everything here rests on fewer than {policy.threshold} people and is withheld."
        terms = max((len(x) for x in self.frames.values() if "term" in x), default=0)
        if terms and self.people - terms < LEAST_RESIDUAL_DF:
            return (
                f"The model has {terms} terms for its people, which leaves fewer than "
                f"{LEAST_RESIDUAL_DF} degrees of freedom; its numbers are withheld."
            )
        return ""

    def margins(self, policy: Policy) -> list[Margin]:
        """Everything it counts that adds up."""
        compared = self._compared(policy)
        whole = {(margin.body, margin.variable) for margin in compared}
        parts = [m for m in self.stated(policy) if (m.body, m.variable) not in whole]
        return [*parts, *compared]

    def stated(self, policy: Policy) -> list[Margin]:
        """The margins of its rows."""
        return [
            margin
            for name, frame in self.frames.items()
            for margin in margins_of(self.name, frame, self.rules[name], self.body, policy)
        ]

    def _compared(self, policy: Policy) -> list[Margin]:
        """How many people each group has among whom it compares, those without a row too."""
        told = self.result.compared()
        told = told[~told["variable"].isin(PUBLIC_VARIABLES)]
        margins = []
        for variable, rows in told.groupby("variable", sort=False):
            counts = {str(row["category"]): int(row["n_units"]) for row in rows.to_dict("records")}
            if policy.zeros_disclose:
                counts |= dict.fromkeys(self._absent(str(variable), counts.keys()), 0)
            body = counted_by(self.body, "n_units")
            margins.append(Margin(self.name, body, str(variable), counts))
        # All of them at once are no group, as in the margins of rows.
        return [margin for margin in margins if not any(one.is_everybody for one in margin.cells)]

    def _absent(self, variable: str, groups: Collection[str]) -> list[str]:
        """Groups of the place that have nobody here: where all others are told, that follows."""
        named = set(groups) - {NOT_STATED}
        lists = [names for names in self.listed.get(variable, ()) if named <= names]
        return sorted(max(lists, key=len, default=frozenset()) - named)

    def first(self, policy: Policy) -> set[Cell]:
        """The cells that are withheld for themselves."""
        hidden: set[Cell] = set()
        for margin in self.margins(policy):
            hidden |= primary(margin, policy)
        for name, frame in self.frames.items():
            if "term" in frame or "reference" in frame:
                hidden |= primary_terms(self._counts(name), self.people, policy)
            hidden |= self._few_within(name, policy)
        return hidden

    def _few_within(self, name: str, policy: Policy) -> set[Cell]:
        """Groups of which a part that is told too (who stopped coming) is small."""
        frame, rule = self.frames[name], self.rules[name]
        parts = [
            column
            for column in rule.derived
            if column in frame and unit_of(column) == "count" and column not in WHOLES
        ]
        cells = row_cells(frame, rule, self.body)
        if rule.whole is not None:
            return _small_links(cells, frame, rule, parts, policy)
        counts = self._counts(name)
        return {
            cell
            for column in parts
            for cell, part in zip(cells, frame[column], strict=True)
            if cell is not None and not pd.isna(part) and is_few_of(int(part), counts[cell], policy)
        }

    def _counts(self, name: str) -> dict[Cell, int]:
        frame, rule = self.frames[name], self.rules[name]
        cells = row_cells(frame, rule, self.body)
        counts = frame[rule.count] if rule.count in frame else [pd.NA] * len(frame)
        return {
            cell: 0 if pd.isna(count) else int(count)
            for cell, count in zip(cells, counts, strict=True)
            if cell is not None
        }

    def without(
        self, hidden: Collection[Cell], few: Collection[Cell], policy: Policy
    ) -> dict[str, pd.DataFrame]:
        """The frames with the hidden cells withheld, and hardly anything told of the `few`."""
        out = {
            name: cleared(frame, self.rules[name], self.body, hidden, policy)
            for name, frame in self.frames.items()
        }
        for name, rule in self.rules.items():
            if name in out and rule.follows in out:
                out[name] = following(out[name], rule, out[rule.follows])
        out = hushed(out, self.rules, self.body, few)
        return {name: self._without_lone(name, frame) for name, frame in out.items()}

    def _without_lone(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Without hidden rows that are the only group: their name says what everybody is."""
        rule = self.rules[name]
        if "category" not in frame or "reference" in frame or rule.count not in frame:
            return frame
        cells = row_cells(frame, rule, self.body)
        keys = [None if cell is None else (cell.body, cell.variable) for cell in cells]
        groups = Counter(key for cell, key in dict(zip(cells, keys, strict=True)).items() if cell)
        lone = np.array(
            [
                cell is not None and not cell.is_everybody and groups[key] == 1
                for cell, key in zip(cells, keys, strict=True)
            ],
            dtype=bool,
        )
        kept = ~(lone & frame["suppressed"].to_numpy(dtype=bool))
        return frame.iloc[np.flatnonzero(kept)]

    def emptied(self) -> dict[str, pd.DataFrame]:
        """The frames without a number."""
        return {name: emptied(frame) for name, frame in self.frames.items()}

    def facts_beside(self, frames: Mapping[str, pd.DataFrame], policy: Policy) -> dict[str, Scalar]:
        """The facts that may stand beside these frames."""
        told = without_small_parts(self.facts, policy)
        if any(bool(frame["suppressed"].any()) for frame in frames.values()):
            return beside_gaps(told, policy)
        return told

    def facts_of_few(self) -> dict[str, Scalar]:
        """The facts where everything else is withheld."""
        return of_few(self.facts)


def _frame_name(name: str) -> str:
    return "main table" if name == "table" else f"table '{name}'"


def _small_links(
    cells: Sequence[Cell | None],
    frame: pd.DataFrame,
    rule: Rule,
    parts: Sequence[str],
    policy: Policy,
) -> set[Cell]:
    """Groups of which one row counts few people, has a small part, or is withheld already.

    A group that is the only one is of everybody.
    """
    told = [str(rule.count), *(name for name in parts if name != rule.whole)]
    counts = frame[told].astype("Int64")
    groups = {cell for cell in cells if cell is not None and not cell.is_everybody}
    found = groups if len(groups) == 1 else set()
    for cell, whole, row in zip(
        cells, frame[rule.whole], counts.itertuples(index=False), strict=True
    ):
        if cell is not None and (
            pd.isna(whole)
            or whole < policy.threshold
            or any(pd.isna(part) or is_small(int(part), int(whole), policy) for part in row)
        ):
            found.add(cell)
    return found
