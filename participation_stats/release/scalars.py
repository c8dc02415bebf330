"""Scalars: which single numbers of a result may stand beside tables with gaps.

One number worked out from every person, told to sixteen digits, can be matched by trying every
count that a gap may hold. So beside a gap a number stays only if it is known not to rest on
counts, and a summary of many people only rounded.
"""

from __future__ import annotations

from collections.abc import Mapping

from participation_stats.release.policies import Policy

Scalar = str | int | float | bool | None

#: Facts that count the people described.
PEOPLE = ("n", "n_units")
#: Facts in sentences, which may name a group of which nobody came.
SENTENCES = frozenset({"note"})
#: Facts that count some of the people described.
PARTS = frozenset({"zeros", "never_came", "too_short", "n_touched", "n_events", "answered"})
#: What the caller chose, or what is known of everybody.
CHOSEN = frozenset({"confidence", "quota", "total", "population", "degrees_freedom"})
#: Summaries of everybody that may be told to two decimals, of enough people.
SUMMARIES = frozenset(
    {
        "r_indicator", "std_error", "cv", "response_rate", "design_effect", "effective_n",
        "alpha", "omega", "pre_trend_p_value",
    }
)  # fmt: skip
#: How many times the threshold of people a summary must rest on.
MANY = 10
_DECIMALS = 2


def people_of(facts: Mapping[str, Scalar]) -> int | None:
    """How many people a result describes, where it says so."""
    known = [x for name in PEOPLE if isinstance(x := facts.get(name), int)]
    return min(known, default=None)


def without_small_parts(facts: Mapping[str, Scalar], policy: Policy) -> dict[str, Scalar]:
    """The facts; what counts a few of the people, or all but a few, is withheld."""
    people = people_of(facts)
    return {
        name: None if name in PARTS and _is_few(value, people, policy) else value
        for name, value in facts.items()
    }


def _is_few(value: Scalar, people: int | None, policy: Policy) -> bool:
    if not isinstance(value, int):
        return False
    rest = policy.threshold if people is None else people - value
    return value < policy.threshold or rest < policy.threshold


def beside_gaps(facts: Mapping[str, Scalar], policy: Policy) -> dict[str, Scalar]:
    """The facts that may stand beside a table in which something is withheld.

    Examples
    --------
    >>> told = {"n": 582, "r_indicator": 0.8349, "log_likelihood": -331.25, "design": "SI"}
    >>> beside_gaps(told, Policy.publish())
    {'n': 582, 'r_indicator': 0.83, 'log_likelihood': None, 'design': 'SI'}
    """
    many = (people_of(facts) or 0) >= MANY * policy.threshold
    return {name: _beside_gap(name, value, many) for name, value in facts.items()}


def _beside_gap(name: str, value: Scalar, many: bool) -> Scalar:
    if name in SENTENCES:
        return None
    if not isinstance(value, float) or name in CHOSEN:
        return value
    return round(value, _DECIMALS) if name in SUMMARIES and many else None


def of_few(facts: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The facts that are names and nothing else."""
    return {
        name: value if isinstance(value, str) and name not in SENTENCES else None
        for name, value in facts.items()
    }
