"""Levels of confidence, checked."""

from __future__ import annotations

from participation_stats.errors import InputError


def check_confidence(confidence: object, where: str) -> None:
    """Refuse a level that is no fraction.

    Raises
    ------
    InputError
        If it is not a number between 0 and 1.
    """
    if isinstance(confidence, int | float) and 0 < confidence < 1:
        return
    raise InputError(
        "a confidence that is not between 0 and 1",
        where=where,
        expected="a fraction such as 0.95",
        got=f"{confidence}",
    )
