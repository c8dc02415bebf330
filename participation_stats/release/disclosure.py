"""The only door out: a policy, and `protect`, which withholds what would identify somebody.

Figures, tables and reports take a `Protected` and nothing else, and only `protect` makes one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

import pandas as pd

from participation_stats.errors import DisclosureError, InputError
from participation_stats.measure.results import Result, Rule, unit_of
from participation_stats.release.policies import Policy
from participation_stats.release.suppression import margins_of, withheld_rows

__all__ = ["Protected", "Worded", "protect"]

#: A model with fewer residual degrees of freedom is close to a list of its rows.
LEAST_RESIDUAL_DF = 10
#: Worked out from every row of a margin (Holm's adjustment, and the verdict that rests on it):
#: beside one suppressed row they would tell its p-value, hence its count.
FAMILY_COLUMNS = frozenset({"p_adjusted", "verdict"})
#: Facts that count the people described.
PEOPLE_FACTS = ("n", "n_units")

Scalar = str | int | float | bool | None


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


@dataclasses.dataclass(frozen=True, eq=False)
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


@runtime_checkable
class Worded(Protocol):
    """A result that can say which verdict each possible count of a row would have had."""

    def possible_words(self, frame: str, row: int) -> Mapping[int, str]:
        """Verdict by count, for the row at this position of the frame."""


def protect(result: Result, policy: Policy) -> Protected:
    """Withhold every number from which a small group could be worked out.

    A count below the threshold, a zero, and a count that leaves fewer than the threshold
    outside (everyone, or all but a few) are withheld with every number derived from them.
    Where the rest of a margin would give a withheld count away, more of it is withheld.
    Role facts (`PUBLIC_VARIABLES`) pass.

    Where derived numbers are published the count beside them is exact: for a body of 12 a ratio
    maps one to one to its count, so a rounded count beside it would protect nothing and
    contradict it. Counts that stand alone are rounded to the policy's base.

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
    """
    _check(result, policy)
    frames = {name: frame.copy() for name, frame in result.frames().items()}
    rules = {rule.table: rule for rule in result.rules}
    facts: dict[str, Scalar] = dict(result.facts())
    for frame in frames.values():
        frame["suppressed"] = False
    if not policy.withholds:
        return Protected(type(result).__name__, frames, facts, policy, (), _DOOR)
    notes: list[str] = []
    few = _too_few(facts, frames, policy)
    for name in list(frames):
        rule = rules.get(name)
        if rule is None or rule.individual:
            del frames[name]
            notes.append(f"The table '{name}' is withheld: its rows are about single people.")
        elif few:
            frames[name] = _emptied(frames[name])
        else:
            frames[name] = _cleared(frames[name], rule, result, policy)
    if few:
        notes.append(few)
        facts = {name: value if isinstance(value, str) else None for name, value in facts.items()}
    for name, frame in frames.items():
        rule = rules[name]
        if rule.follows in frames:
            frames[name] = _following(frame, rule, frames[str(rule.follows)])
        notes.extend(_note(frames[name], policy))
    return Protected(
        type(result).__name__, frames, facts, policy, tuple(dict.fromkeys(notes)), _DOOR
    )


def _check(result: object, policy: object) -> None:
    if not isinstance(result, Result):
        raise InputError(
            "this is no result",
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


def _too_few(
    facts: Mapping[str, Scalar], frames: Mapping[str, pd.DataFrame], policy: Policy
) -> str:
    """Why the whole result is withheld, or an empty string."""
    people = [value for name in PEOPLE_FACTS if isinstance(value := facts.get(name), int | float)]
    if not people:
        return ""
    least = min(people)
    if least < policy.threshold:
        return f"Everything here rests on fewer than {policy.threshold} people and is withheld."
    terms = sum(len(frame) for frame in frames.values() if "term" in frame)
    if terms and least - terms < LEAST_RESIDUAL_DF:
        return (
            f"The model has {terms} terms for its people, which leaves fewer than "
            f"{LEAST_RESIDUAL_DF} degrees of freedom; its numbers are withheld."
        )
    return ""


def _emptied(frame: pd.DataFrame) -> pd.DataFrame:
    names = [str(name) for name in frame]
    numbers = [name for name in names if unit_of(name) != "word" or name in FAMILY_COLUMNS]
    return _withhold(frame, pd.Series(True, index=frame.index), numbers)


def _cleared(frame: pd.DataFrame, rule: Rule, result: Result, policy: Policy) -> pd.DataFrame:
    if rule.count is None:
        return frame
    hidden = pd.Series(False, index=frame.index)
    for _, rows in margins_of(frame, rule):
        hidden.loc[rows.index] = withheld_rows(rows, rule, policy)
    derived = [name for name in rule.derived if name in frame]
    cleared = _withhold(frame, hidden, [rule.count, *derived])
    touched = _touched(frame, rule, hidden) & ~hidden
    for name in FAMILY_COLUMNS & set(derived):
        cleared[name] = cleared[name].mask(touched)
    if "verdict" in cleared:
        _restore_words(cleared, frame, rule, result, policy, hidden)
    if not derived and policy.rounding > 1:
        cleared[rule.count] = _to_base(cleared[rule.count], policy.rounding)
    return cleared


def _touched(frame: pd.DataFrame, rule: Rule, hidden: pd.Series) -> pd.Series:
    """Rows whose margin has a withheld row."""
    touched = pd.Series(False, index=frame.index)
    for _, rows in margins_of(frame, rule):
        touched.loc[rows.index] = bool(hidden.loc[rows.index].any())
    return touched


def _withhold(frame: pd.DataFrame, hidden: pd.Series, columns: list[str]) -> pd.DataFrame:
    out = frame.copy()
    out["suppressed"] = out["suppressed"] | hidden
    for name in columns:
        if pd.api.types.is_integer_dtype(out[name]):
            out[name] = out[name].astype("Int64")
        elif pd.api.types.is_bool_dtype(out[name]):
            out[name] = out[name].astype("boolean")
        out[name] = out[name].mask(hidden)
    return out


def _restore_words(
    cleared: pd.DataFrame,
    frame: pd.DataFrame,
    rule: Rule,
    result: Result,
    policy: Policy,
    hidden: pd.Series,
) -> None:
    """Give back a withheld verdict that enough possible counts share."""
    if not isinstance(result, Worded):
        return
    for position, index in enumerate(frame.index):
        if hidden.loc[index]:
            words = result.possible_words(rule.table, position)
            word = frame.loc[index, "verdict"]
            if sum(other == word for other in words.values()) >= policy.verdict_counts:
                cleared.loc[index, "verdict"] = word


def _to_base(counts: pd.Series, base: int) -> pd.Series:
    numbers = counts.astype("Float64")
    return (((numbers + base / 2) // base) * base).astype("Int64")


def _following(frame: pd.DataFrame, rule: Rule, leader: pd.DataFrame) -> pd.DataFrame:
    """Withhold the derived columns of margins in which the leading frame withholds a row."""
    keys = [name for name in rule.margin if name in frame and name in leader]
    if keys:
        gone = leader.loc[leader["suppressed"], keys].drop_duplicates()
        index = pd.MultiIndex.from_frame(gone)
        hidden = pd.Series(pd.MultiIndex.from_frame(frame[keys]).isin(index), index=frame.index)
    else:
        hidden = pd.Series(bool(leader["suppressed"].any()), index=frame.index)
    return _withhold(frame, hidden, [name for name in rule.derived if name in frame])


def _note(frame: pd.DataFrame, policy: Policy) -> list[str]:
    gone, rows = int(frame["suppressed"].sum()), len(frame)
    if not gone:
        return []
    return [
        f"{gone} of {rows} rows withheld: counts under {policy.threshold}, groups of nobody or of "
        "everybody, and what would give them away. Pool small groups, two bodies or two years, "
        "and more of this table can be shown."
    ]
