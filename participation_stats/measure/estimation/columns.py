"""Columns that are named must be there."""

from __future__ import annotations

from collections.abc import Sequence

from participation_stats.errors import InputError


def require_column(name: object, known: Sequence[object], where: str) -> None:
    """Refuse a column that is not there, or is there twice.

    Raises
    ------
    InputError
        Naming the columns that are.
    """
    if name not in known:
        raise InputError(
            f"no column '{name}'",
            where=where,
            expected=f"one of {', '.join(map(str, list(known)[:20]))}",
            got=f"'{name}'",
            hint="check the spelling; names are case-sensitive",
        )
    copies = list(known).count(name)
    if copies > 1:
        raise InputError(
            f"the frame has {copies} columns '{name}'",
            where=where,
            expected="every column of a name of its own",
            got=f"'{name}' {copies} times",
            hint="rename or drop one of them",
        )
