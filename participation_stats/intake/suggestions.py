"""Suggestions: the known name that somebody may have meant. For hints only; never a correction."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that is most like this one, if any is."""
    folded = {"_".join(word.casefold().split()): word for word in known}
    key = "_".join(name.casefold().replace("-", " ").split())
    close = difflib.get_close_matches(key, list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else None
