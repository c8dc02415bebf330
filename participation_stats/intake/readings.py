"""What a raw label may mean, and whether all its meanings lie in one group.

A label is read in its standard meaning, that of the census lists and the aliases. Where every
value of a column could also be of the estate's own list, that reading counts as well, and the two
must agree: ``Other`` is two groups in the census and a quarter of the estate here. Where a value
is known to the estate's list alone ("Portuguese", "Leasehold"), only that reading counts.
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
        own, standard = siblings(family, "own"), set(siblings(family, "standard"))
        meanings = {key: _everywhere(key, family) for key in keys}
        known = {key: found for key, found in meanings.items() if found}
        plausible = tuple(name for name in own if all(_speaks(known[key], name) for key in known))
        usual = all(standard & {found.codelist for found in known[key]} for key in known)
        return plausible, bool(standard) and (usual or not plausible)

    def _match(self, key: str, lists: tuple[str, ...], standard: bool) -> Match:
        if key in self.given:
            return Match(self.given[key], "given")
        reason = missing(key)
        if reason is not None:
            return Match(None, "missing", reason=reason)
        if not self.sources and interval(key):
            return self._banded(key)
        meanings = [found for name in lists for found in self._in_list(key, name)]
        how: How = "code" if meanings else "alias"
        if standard or not meanings:
            listed = _in_standard(key, family_of(self.to))
            how = "code" if meanings or listed else "alias"
            meanings += [*listed, *aliases(family_of(self.to)).get(key, ())]
        return _special(meanings) or self._landed(meanings, how) or self._banded(key)

    def _in_list(self, key: str, name: str) -> list[Meaning]:
        """What a label, or a code that counts, means in one list."""
        code = (vocabulary if self.bare_codes else labels_of)(name).get(key)
        if code is None:
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


def _in_standard(key: str, family: str) -> list[Meaning]:
    """What a label means in the census lists."""
    lists = siblings(family, "standard")
    return [Meaning(name, vocabulary(name)[key]) for name in lists if key in vocabulary(name)]


def _everywhere(key: str, family: str) -> list[Meaning]:
    """What a label means in any list that need not be named, and among the aliases."""
    own = [name for name in siblings(family, "own") if key in vocabulary(name)]
    meanings = [Meaning(name, vocabulary(name)[key]) for name in own]
    found = [*meanings, *_in_standard(key, family), *aliases(family).get(key, ())]
    return [meaning for meaning in found if meaning.codelist not in (EVERYONE, MISSING)]


def _speaks(meanings: Iterable[Meaning], name: str) -> bool:
    """Whether a label could stand in a column that uses the list: as a code of it, or for one."""
    return any(normal(meaning.code) in vocabulary(name) for meaning in meanings)


def _special(meanings: list[Meaning]) -> Match | None:
    """A label of everybody together, or of nobody knows whom."""
    kinds = {meaning.codelist for meaning in meanings}
    if EVERYONE in kinds:
        return Match(None, "total")
    if MISSING in kinds:
        code = next(meaning.code for meaning in meanings if meaning.codelist == MISSING)
        return Match(None, "missing", reason=missing(normal(code)) or "")
    return None


def _remarks(pairs: Iterable[tuple[Meaning, Meaning]]) -> tuple[str, ...]:
    """Notes and unconfirmed evidence of the surest way to the group."""
    return min((_doubts(pair) for pair in pairs), key=len)


def _doubts(pair: tuple[Meaning, Meaning]) -> tuple[str, ...]:
    pieces = [piece for meaning in pair for piece in meaning.evidence.split("; ")]
    notes = [meaning.note for meaning in pair if meaning.note]
    return tuple(dict.fromkeys([*notes, *(p for p in pieces if p.startswith("unconfirmed"))]))
