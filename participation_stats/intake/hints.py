"""What somebody may have meant by a value that cannot be taken: for hints, never a correction."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Mapping

import pandas as pd

from .codelists import codelist_names, load_codelist
from .schemas import Field
from .shaping import recode

#: Whole days since 30 December 1899, as spreadsheets store dates: those from 1954 to 2064.
_SERIAL = range(20_000, 60_000)
_DAY_ZERO = datetime.date(1899, 12, 30)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}.*$", re.DOTALL)
_DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%d/%b/%Y", "%d/%b/%y", "%d/%B/%Y", "%d/%B/%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%b/%d/%Y", "%B/%d/%Y")
_YEAR_FIRST = ("%Y/%m/%d", "%Y%m%d")
_UNIT = re.compile(
    r"(?P<number>[0-9]{1,4}(?:[.,][0-9]{1,3})?) ?(?P<unit>years?|yrs?|months?)(?: old)?"
)
_MAPPED = frozenset({"code", "alias", "spelling", "band", "given"})


def date_hint(value: str) -> str:
    """How the day that was probably meant is written.

    Examples
    --------
    >>> date_hint("14/10/2025"), date_hint("45944")
    ('perhaps 2025-10-14 is meant', 'if it is the number of a spreadsheet, 2025-10-14 is meant')
    >>> date_hint("04/05/2025")
    'write 2025-05-04 if the day stands first, 2025-04-05 if the month does'
    """
    if re.fullmatch(r"[0-9]{5}", value) and int(value) in _SERIAL:
        day = _DAY_ZERO + datetime.timedelta(days=int(value))
        return f"if it is the number of a spreadsheet, {day} is meant"
    bare = _CLOCK.sub("", value.strip())
    if _ISO.fullmatch(bare):
        there = _days(bare.replace("-", "/"), _YEAR_FIRST)
        return f"write the day alone: {bare}" if there else "there is no such day"
    plain = re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", "", bare, flags=re.IGNORECASE)
    plain = re.sub(r"[\s./,-]+", "/", plain)
    day_first, month_first = _days(plain, _DAY_FIRST), _days(plain, _MONTH_FIRST)
    either = {*_days(plain, _YEAR_FIRST), *day_first, *month_first}
    if len(either) == 1:
        return f"perhaps {either.pop()} is meant"
    if len(day_first) == len(month_first) == 1:
        return f"write {day_first[0]} if the day stands first, {month_first[0]} if the month does"
    return "write year-month-day, such as 2011-10-26"


def _days(text: str, forms: tuple[str, ...]) -> list[datetime.date]:
    """The day that a text is by these forms; by the first that fits."""
    for form in forms:
        try:
            return [datetime.datetime.strptime(text, form).date()]
        except ValueError:
            continue
    return []


def number_hint(value: str, field: Field) -> str:
    """How the number that was probably meant is written.

    Examples
    --------
    >>> from participation_stats.intake.schemas import load_schema
    >>> length = load_schema("people").field("length_of_residence")
    >>> number_hint("18 months", length), number_hint("1,5", length)
    ('write it in years: 1.5', 'write 1.5: a decimal point, no comma')
    """
    whole = field.type == "integer"
    text = value.strip()
    found = _UNIT.fullmatch(text.casefold())
    if found and field.unit == "years":
        number = float(found["number"].replace(",", "."))
        if found["unit"].startswith("month"):
            return f"write it in years: {int(number / 12) if whole else round(number / 12, 2):g}"
        if not whole or number.is_integer():
            return f"write {number:g} alone"
    if re.fullmatch(r"[0-9]{1,3}([ ,][0-9]{3})+", text):
        plain = f"write {re.sub('[ ,]', '', text)}"
        single = not whole and text.count(",") == 1 and " " not in text
        return plain + (f", or {text.replace(',', '.')} if the comma is a decimal point" * single)
    if re.fullmatch(r"[0-9]+,0*", text):
        return f"write {text.split(',', 1)[0]}"
    if re.fullmatch(r"[0-9]+,[0-9]+", text) and not whole:
        return f"write {text.replace(',', '.')}: a decimal point, no comma"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)? ?%", text) and field.maximum == 1:
        return f"write it as a fraction: {float(text.rstrip('% ')) / 100:g}"
    return f"write {'a whole number' if whole else 'a number'}, or leave the cell empty"


def code_hint(
    field: Field, value: str, codes: tuple[str, ...], reasons: Mapping[str, str], *, suggest: bool
) -> str:
    """The code that was probably meant, or those there are.

    Parameters
    ----------
    field : Field
    value : str
    codes : tuple of str
        Those allowed.
    reasons : mapping of str to str
        Codes of missing values, with what they say.
    suggest : bool
        Look for what was meant, which takes a while; else only list the codes.
    """
    listed = "use one of " + ", ".join(codes[:8]) + (" ..." if len(codes) > 8 else "")
    if not suggest:
        return listed
    known = {code.casefold(): code for code in codes}
    if field.codelist in codelist_names():
        own = load_codelist(str(field.codelist))
        pairs = zip(own.labels, own.codes, strict=True)
        known = {label.casefold(): code for label, code in pairs if code in codes} | known
    folded = value.strip().casefold()
    if folded in known:
        return f"perhaps '{known[folded]}' is meant"
    # A bare number is a code of whoever sent it: only they can say of what.
    meant = _recoded_hint(field, value, codes, reasons) if not folded.isdecimal() else ""
    close = difflib.get_close_matches(folded, list(known), n=1, cutoff=0.7)
    return meant or (f"perhaps '{known[close[0]]}' is meant" if close else listed)


def _recoded_hint(
    field: Field, value: str, codes: tuple[str, ...], reasons: Mapping[str, str]
) -> str:
    """What `recode` makes of a label: a code, a reason why it is missing, or too many codes."""
    if field.codelist not in codelist_names():
        return ""
    recoded = recode(pd.Series([value], dtype="str"), str(field.codelist), unmapped="ignore")
    told = recoded.report.iloc[0]
    if told["how"] in _MAPPED and told["code"] in codes:
        return f"perhaps '{told['code']}' is meant"
    if told["how"] == "ambiguous":
        return "it may be " + " or ".join(str(told["candidates"]).split(" | ")) + ": ask which"
    if told["how"] == "missing":
        reason = recoded.reasons.iloc[0]
        written = next((text for text, said in reasons.items() if said == reason), "")
        return f"write {written} for '{reason.lower()}'" if written else "leave the cell empty"
    return ""
