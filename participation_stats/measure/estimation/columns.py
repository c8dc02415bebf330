"""Columns that are named must be there."""

from __future__ import annotations

from collections.abc import Sequence

from participation_stats.errors import InputError


def require_column(name: object, known: Sequence[object], where: str) -> None:
    """Refuse a column that is not there.

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
