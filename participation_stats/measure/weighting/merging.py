"""Categories merged on both sides: in the sample and in the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.tallies import BETWEEN, level_name


@dataclass(frozen=True, eq=False)
class Merging:
    """Which category becomes which, by variable.

    Attributes
    ----------
    steps : mapping of str to mapping of str to str
        Variable, category, and the category that it becomes. Others stay as they are.
    listed : frozenset of str
        Variables whose steps come from a code list, which may name more than there is.
    """

    steps: Mapping[str, Mapping[str, str]]
    listed: frozenset[str] = frozenset()

    def label(self, variable: str, category: str) -> str:
        """The category that one becomes; of an intersection each part by its own variable.

        Examples
        --------
        >>> merging = Merging({"age": {"65 to 74": "65 and over", "75 and over": "65 and over"}})
        >>> merging.label("age", "65 to 74"), merging.label("age × sex", "75 and over × Male")
        ('65 and over', '65 and over × Male')
        """
        if variable in self.steps:
            return self.steps[variable].get(category, category)
        names, parts = variable.split(BETWEEN), category.split(BETWEEN)
        if len(names) != len(parts):
            return category
        return BETWEEN.join(
            self.steps.get(name, {}).get(part, part)
            for name, part in zip(names, parts, strict=True)
        )

    def told(self, seen: Mapping[str, set[str]]) -> str:
        """What was merged of the categories seen, in words; empty where nothing was."""
        sentences = []
        for variable, steps in self.steps.items():
            groups: dict[str, list[str]] = {}
            for fine in sorted(seen.get(variable, set())):
                if steps.get(fine, fine) != fine:
                    groups.setdefault(steps[fine], []).append(fine)
            sentences += [
                f"{variable}: {', '.join(fine)} into {coarse}" for coarse, fine in groups.items()
            ]
        return "; ".join(sentences)


def read_merging(collapse: Any, where: str) -> Merging:
    """What `collapse` asks for.

    Raises
    ------
    InputError
        If it is no mapping from variables to categories or to code lists with parents.
    """
    if collapse is None:
        return Merging({})
    if not isinstance(collapse, Mapping):
        raise _refused(type(collapse).__name__, where)
    steps: dict[str, Mapping[str, str]] = {}
    listed = set()
    for variable, step in collapse.items():
        table = getattr(step, "table", step)
        if isinstance(table, pd.DataFrame):
            steps[str(variable)] = _parents(str(variable), table, where)
            listed.add(str(variable))
        elif isinstance(step, Mapping):
            steps[str(variable)] = {
                level_name(fine): level_name(coarse) for fine, coarse in step.items()
            }
        else:
            raise _refused(f"a {type(step).__name__} for '{variable}'", where)
    return Merging(steps, frozenset(listed))


def check_merging(
    merging: Merging, seen: Mapping[str, set[str]], variables: set[str], where: str
) -> None:
    """Refuse a step that names a variable or a category that neither side has.

    Raises
    ------
    InputError
        With the names that there are.
    """
    for variable, steps in merging.steps.items():
        if variable not in variables:
            raise InputError(
                f"collapse= names '{variable}', which is not weighted by",
                where=where,
                expected=f"one of {', '.join(sorted(variables))}",
                got=f"'{variable}'",
                hint="check the spelling, or leave it out",
            )
        unknown = sorted(set(steps) - seen.get(variable, set()))
        if unknown and variable not in merging.listed:
            raise InputError(
                f"collapse= merges '{unknown[0]}' of '{variable}', which nobody has",
                where=where,
                expected=f"categories of frame or margins: {', '.join(sorted(seen[variable]))}",
                got=f"'{unknown[0]}'",
                hint="check the spelling",
            )


def _parents(variable: str, table: pd.DataFrame, where: str) -> dict[str, str]:
    for name in ("code", "parent"):
        if name not in table:
            raise InputError(
                f"the list in collapse= for '{variable}' has no column '{name}'",
                where=where,
                expected="a code list with code and parent",
                got=", ".join(str(column) for column in table.columns),
                hint="give a mapping such as {'ethnicity': {'Chinese': 'Asian'}} instead",
            )
    known = table[table["parent"].notna()]
    return dict(zip(known["code"].astype(str), known["parent"].astype(str), strict=True))


def _refused(got: str, where: str) -> InputError:
    return InputError(
        "collapse= cannot be read",
        where=where,
        expected="a mapping from variable to {category: merged category} or to a code list "
        "with columns code and parent",
        got=got,
        hint="such as collapse={'ethnicity': {'Chinese': 'Asian', 'Indian': 'Asian'}}",
    )
