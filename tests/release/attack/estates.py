"""Small random estates: 3 to 40 people, 1 to 3 variables, 1 to 4 overlapping bodies."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pandas as pd

from participation_stats.measure.results import Result, Rule


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Profile(Result):
    overall: pd.DataFrame
    rules: ClassVar = (
        Rule("table", count="count", derived=("share",), margin=("variable",)),
        Rule("overall", derived=("dissimilarity",), margin=("variable",), follows="table"),
    )


@dataclasses.dataclass(frozen=True)
class SmallEstate:
    """Who sits where, and the group of everybody by variable (-1: not stated)."""

    people: dict[str, frozenset[int]]
    groups: dict[str, np.ndarray]
    categories: dict[str, list[str]]

    def profile(self, body: str) -> Profile:
        members = sorted(self.people[body])
        rows, overall = [], []
        for variable, names in self.categories.items():
            held = self.groups[variable][members]
            n = int((held >= 0).sum())
            for code, name in enumerate(names):
                count = int((held == code).sum())
                share = count / n if n else np.nan
                rows.append((variable, name, count, share))
            overall.append((variable, n, len(members) - n, 0.1))
        return Profile(
            table=pd.DataFrame(rows, columns=["variable", "category", "count", "share"]),
            overall=pd.DataFrame(overall, columns=["variable", "n", "not_stated", "dissimilarity"]),
        )


def draw_estate(rng: np.random.Generator) -> SmallEstate:
    size = int(rng.integers(3, 41))
    categories = {
        variable: [f"{variable}{code}" for code in range(int(rng.integers(2, 6)))]
        for variable in "vwx"[: int(rng.integers(1, 4))]
    }
    missing = rng.choice([0.0, 0.0, 0.1, 0.3])
    groups = {}
    for variable, names in categories.items():
        weights = rng.dirichlet(np.full(len(names), 0.7))
        held = rng.choice(len(names), size=size, p=weights)
        groups[variable] = np.where(rng.random(size) < missing, -1, held)
    return SmallEstate(_draw_bodies(rng, size), groups, categories)


def _draw_bodies(rng: np.random.Generator, size: int) -> dict[str, frozenset[int]]:
    """Random, nested, or nearly the same: differing by one or two people tempts an attacker."""
    bodies: dict[str, frozenset[int]] = {}
    everybody = np.arange(size)
    for number in range(int(rng.integers(1, 5))):
        kind = rng.choice(["any", "nested", "near"]) if bodies else "any"
        base = np.array(sorted(next(reversed(bodies.values())))) if bodies else everybody
        if kind == "any":
            chosen = rng.choice(everybody, size=int(rng.integers(3, size + 1)), replace=False)
        elif kind == "nested":
            least = min(3, len(base))
            chosen = rng.choice(base, size=int(rng.integers(least, len(base) + 1)), replace=False)
        else:
            chosen = np.setdiff1d(base, rng.choice(base, size=int(rng.integers(0, 3))))
            more = rng.choice(everybody, size=int(rng.integers(0, 3)))
            chosen = np.union1d(chosen, more) if len(chosen) or len(more) else base
        bodies[f"body{number}"] = frozenset(int(person) for person in chosen)
    return bodies
