"""What a raw label may mean, and whether all its meanings lie in one group.

A label is read in its standard meaning, that of the census lists and the aliases. Where every
value of a column could also be a code of the estate's own list, that reading counts as well, and
the two must agree: ``Other`` is two census groups there and a quarter of the estate here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from .codelists import describe_codelist, load_codelist
from .crosswalks import (
    EVERYONE,
    MISSING,
    Meaning,
    aliases,
    family_of,
    labels_of,
    landings,
    missing,
    numbers_of,
    siblings,
    vocabulary,
)
from .intervals import bands_touched, interval
from .spelling import corrected, normal

How = Literal[
    "code", "alias", "spelling", "band", "given", "missing", "total", "ambiguous", "unknown"
]


class Match(NamedTuple):
    """What became of one raw value.

    `code` is ``None`` unless `how` names a way of mapping; `candidates` are the groups that an
    ambiguous value may be; `reason` says why a missing value is missing; `remarks` are what the
    reader should know of the mapping.
    """

    code: str | None
    how: How
    candidates: tuple[str, ...] = ()
    reason: str = ""
    remarks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reads the normal labels of one column into one list.

    Parameters
    ----------
    to : str
        The list to reach.
    sources : tuple of str
        The lists that the column is known to use; empty if nobody said.
    bare_codes : bool
        Whether codes of `sources` count; labels always do.
    given : mapping of str to str
        The caller's own aliases, normal label → code of `to`.
    """

    to: str
    sources: tuple[str, ...] = ()
    bare_codes: bool = True
    given: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def read(self, keys: Iterable[str]) -> dict[str, Match]:
        """Each normal label with its match."""
        spelled = {key: key if key in self.given else corrected(key) for key in keys}
        lists, standard = self._readings(spelled.values())
        found = {}
        for key, word in spelled.items():
            match = self._match(word, lists, standard)
            if word != key and match.how in ("code", "alias"):
                match = match._replace(how="spelling")
            found[key] = match
        return found

    def _readings(self, keys: Iterable[str]) -> tuple[tuple[str, ...], bool]:
        """The lists that come first, and whether the standard meaning counts beside them."""
        if self.sources:
            return self.sources, False
        family = family_of(self.to)
        own = siblings(family, "own")
        ours = {key for name in own for key in vocabulary(name)}
        theirs = {key for key in keys if _standard(key, family)}
        known = {key for key in keys if key in ours} | theirs
        plausible = tuple(name for name in own if known <= set(vocabulary(name)))
        return plausible, known <= theirs or not plausible

    def _match(self, key: str, lists: tuple[str, ...], standard: bool) -> Match:
        if key in self.given:
            return Match(self.given[key], "given")
        reason = missing(key)
        if reason is not None:
            return Match(None, "missing", reason=reason)
        meanings = [found for name in lists for found in self._in_list(key, name)]
        how: How = "code" if meanings else "alias"
        if standard or not meanings:
            meanings += _standard(key, family_of(self.to))
        return _special(meanings) or self._landed(meanings, how) or self._banded(key)

    def _in_list(self, key: str, name: str) -> list[Meaning]:
        """What a label, or a code that counts, means in one list."""
        code = (vocabulary if self.bare_codes else labels_of)(name).get(key)
        if code is None and self.sources:
            code = numbers_of(name).get(key)
        if code is None:
            return []
        codelist = load_codelist(name)
        reason = missing(normal(codelist.labels[codelist.codes.index(code)]))
        caution = str(describe_codelist(name).get("caution", ""))
        return [Meaning(MISSING, reason) if reason else Meaning(name, code, note=caution)]

    def _landed(self, meanings: list[Meaning], how: How) -> Match | None:
        """The group in which all the meanings lie, if it is one."""
        pairs = [
            (start, end)
            for start in meanings
            for end in landings(start.codelist, self.to).get(start.code, ())
        ]
        codes = tuple(dict.fromkeys(end.code for _, end in pairs))
        if not codes:
            return None
        if len(codes) == 1:
            return Match(codes[0], how, remarks=_remarks(pairs))
        order = load_codelist(self.to).codes
        return Match(None, "ambiguous", tuple(sorted(codes, key=order.index)))

    def _banded(self, key: str) -> Match:
        """The band in which an interval lies, if the list has bands and the label states one."""
        codelist = load_codelist(self.to)
        span = interval(key) if "min" in codelist.table.columns else None
        touched = bands_touched(codelist, span) if span else ()
        if len(touched) == 1:
            return Match(touched[0], "band")
        return Match(None, "ambiguous" if touched else "unknown", touched)


def _standard(key: str, family: str) -> list[Meaning]:
    """What a label means in the census lists and among the aliases."""
    found = [*aliases(family).get(key, ())]
    for name in siblings(family, "standard"):
        code = vocabulary(name).get(key)
        if code is not None:
            found.append(Meaning(name, code))
    return found


def _special(meanings: list[Meaning]) -> Match | None:
    """A label of everybody together, or of nobody knows whom."""
    kinds = {meaning.codelist for meaning in meanings}
    if EVERYONE in kinds:
        return Match(None, "total")
    if MISSING in kinds:
        code = next(meaning.code for meaning in meanings if meaning.codelist == MISSING)
        return Match(None, "missing", reason=missing(normal(code)) or "")
    return None


def _remarks(pairs: list[tuple[Meaning, Meaning]]) -> tuple[str, ...]:
    """Notes of what was used, and evidence that is unconfirmed."""
    used = [meaning for pair in pairs for meaning in pair]
    doubts = [meaning.evidence for meaning in used if "unconfirmed" in meaning.evidence]
    notes = [meaning.note for meaning in used if meaning.note]
    return tuple(dict.fromkeys(notes + doubts))
