"""One spelling for what people write in many: spaces, dashes, case and common misspellings.

Two labels are the same only if they are equal after this. Nothing is matched by likeness: a
distance between words would one day join two groups that are not the same.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping

from .catalogue import read_codes, schemas_folder

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = re.compile("[\u2018\u2019\u201b\u02bc`]")
_AROUND_MARKS = re.compile(r"\s*([/:,;\-])\s*")


def normal(text: str) -> str:
    """A label without the differences that mean nothing.

    Case, spaces of every kind (also U+00A0), kinds of dashes and quotes, ``&`` for ``and``, spaces
    around marks, a full stop at the end. The marks themselves stay: ``other/chinese`` joins two
    groups, ``other - chinese`` names one.

    Examples
    --------
    >>> normal("  White \u2013\u00a0BRITISH. ")
    'white-british'
    >>> normal("Mixed: White & Asian")
    'mixed:white and asian'
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    text = _QUOTES.sub("'", _DASHES.sub("-", text)).replace("&", " and ")
    text = _AROUND_MARKS.sub(r"\1", " ".join(text.split()))
    return text.rstrip(".").strip()


def corrected(key: str) -> str:
    """A normal label with each misspelt word of the list set right.

    Examples
    --------
    >>> corrected("black carribean")
    'black caribbean'
    """
    return re.sub(r"[^\W\d_]+", lambda word: spellings().get(word[0], word[0]), key)


@functools.cache
def spellings() -> Mapping[str, str]:
    """Misspelt words, each with the word meant."""
    table = read_codes(schemas_folder() / "codelists" / "aliases" / "spellings.csv")
    return dict(zip(table["wrong"], table["right"], strict=True))
