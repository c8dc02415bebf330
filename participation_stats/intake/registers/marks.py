"""The marks in a register: what P, Ap, a tick or a dash says about one person at one meeting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: What a mark can say. "left" and "not_member": the person held no seat at the time.
MEANINGS = ("present", "apologies", "absent", "not_recorded", "not_member", "left")
#: Stronger first: of two rows for one person the stronger mark counts.
STATUSES = ("present", "apologies", "absent")

_MEANT = {
    "present": "p pp present pres attended attending here late y yes true 1 / ✓ ✔ ☑ √ ✅ • ●",
    "apologies": "ap aps apol apols apology apologies apologised a/p",
    "absent": "a ab abs absent n no false 0 x ✗ ✘ × ❌",
    "not_recorded": "- – — ? . … ¿ tbc unknown",
    "not_member": "n/a na not_member",
    "left": "l left resigned",
}
_KNOWN = {mark: meaning for meaning, marks in _MEANT.items() for mark in marks.split()}
_CROSSES = frozenset(("x", "✗", "✘", "×", "❌"))
#: Marks that by themselves show how presence is written.
_PRESENCES = frozenset(mark for mark, meaning in _KNOWN.items() if meaning == "present")
_REMARK = re.compile(
    r"\s*[(\[](?P<bracketed>[^)\]]*)[)\]]?\s*$|\s+[-–—]\s+(?P<dashed>.*)$"
    r"|\s+(?P<word>late|received|sent|given|tendered|online|by phone|left early)$"
)
_KEY = re.compile(
    r"(?P<mark>[^\s=:,;]{1,10})\s*=\s*(?P<words>[^=]*?)(?=[\s,;]+[^\s=:,;]{1,10}\s*=|$)"
)
_KEY_WORDS = (
    ("not_member", r"not (yet )?(a )?(on|member|elected|in post)|n/?a\b"),
    ("left", r"left|resigned|stood down"),
    ("apologies", r"apolog"),
    ("absent", r"absent|not (present|there)|did not (come|attend)|no show"),
    ("present", r"present|attend|came|here|late"),
)
_CANCELLED = re.compile(
    r"\b(cancel(l?ed|l?ation)?|canc'?d|no meeting|not held|postponed|abandoned)\b", re.IGNORECASE
)


def normal_mark(text: str) -> str:
    """A mark without case, spaces, stops and stars: "ap. " and "AP" are one."""
    mark = " ".join(text.split()).casefold()
    return mark.rstrip("*.").rstrip() or mark


def says_cancelled(text: str) -> bool:
    """Does a heading or a cell say that the meeting did not take place?"""
    return bool(_CANCELLED.search(text))


def read_key(lines: Iterable[str]) -> dict[str, str]:
    """What the register's own key says: "P = present   A = apologies".

    >>> read_key(["P = present   A = apologies   n/a = not yet on committee"])
    {'p': 'present', 'a': 'apologies', 'n/a': 'not_member'}
    """
    told = {}
    for line in lines:
        for found in _KEY.finditer(line):
            words = found["words"].casefold()
            meaning = next((name for name, said in _KEY_WORDS if re.search(said, words)), None)
            if meaning:
                told[normal_mark(found["mark"])] = meaning
    return told


def meanings_of(
    written: Iterable[str], key: Mapping[str, str], told: Mapping[str, str]
) -> dict[str, str | None]:
    """What each mark of a register means; None where that cannot be known.

    Parameters
    ----------
    written : iterable of str
        The marks as written.
    key, told : mapping of str to str
        What the register's key and, above it, the caller say of normalised marks.
    """
    own = {**key, **told}
    known = {**_KNOWN, **own}
    marks = {text: normal_mark(text) for text in written}
    used = {_without_remark(mark)[0] for mark in marks.values()}
    # Where nothing else shows who came, a cross may be a tick.
    if not any(mark in used for mark in _PRESENCES | {m for m in own if own[m] == "present"}):
        for cross in _CROSSES - set(own):
            known.pop(cross)
    return {text: _meaning(mark, known) for text, mark in marks.items()}


def _meaning(mark: str, known: Mapping[str, str]) -> str | None:
    if not mark:
        return "not_recorded"
    if mark in known:
        return known[mark]
    bare, remark = _without_remark(mark)
    # A remark that is a mark itself, as in "A (apols)", says two things at once.
    contradicted = remark in known and known[remark] != known.get(bare)
    return None if contradicted else known.get(bare)


def _without_remark(mark: str) -> tuple[str, str]:
    found = _REMARK.search(mark)
    if not found:
        return mark, ""
    return normal_mark(mark[: found.start()]), normal_mark(next(filter(None, found.groups()), ""))
