"""Dates as clerks write them above a column: with or without a year, with a word beside them."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
from collections.abc import Sequence

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAMES = {
    name: number for number, month in enumerate(_MONTHS, start=1) for name in (month, month[:3])
} | {"sept": 9}
_MONTH = "(?P<name>" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"'?(?P<year>[0-9]{4}|[0-9]{2})(?![0-9])"
_WEEKDAY = r"(?:(?:mon|tues?|wed|weds|thu|thurs?|fri|sat|sun|wednes|satur)(?:day)?\.?,?\s*)?"
_REST = r"(?P<rest>(?:[\s,;:(\[–—-].*)?)"
#: Day before month, as in Britain; the month by name or by number.
_FORMS = tuple(
    re.compile(_WEEKDAY + form + _REST, re.IGNORECASE | re.DOTALL)
    for form in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"
        r"(?:[ T][0-9]{1,2}:[0-9][0-9](?::[0-9][0-9])?)?",
        r"(?P<day>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2})[-/.]" + _YEAR,
        r"(?P<day>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2})",
        _DAY + r"[\s.-]*(?:of\s+)?" + _MONTH + r"[\s,.-]*" + _YEAR,
        _DAY + r"[\s.-]*(?:of\s+)?" + _MONTH,
        _MONTH + r"\s*" + _DAY + r",?\s+" + r"(?P<year>[0-9]{4})(?![0-9])",
        # "Apr 25" may be a day or a year: only what can be no year is taken for a day.
        _MONTH + r"\s*(?P<day>[0-9](?![0-9])|[0-9]{1,2}(?=st|nd|rd|th))(?:st|nd|rd|th)?",
    )
)
_FIGURES = _FORMS[1:3]
_DATELIKE = re.compile(
    _MONTH.replace("?P<name>", "?:") + r"[\s.'-]*(?:[0-9]{4}|[0-9]{2})?\W*", re.I
)
_CALENDAR_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9][0-9](?![0-9])")
_FINANCIAL_YEAR = re.compile(
    r"(?<![0-9])((?:19|20)[0-9][0-9])\s*[/–-]\s*(?:20)?[0-9][0-9](?![0-9])"
)
_EXCEL_EPOCH = datetime.date(1899, 12, 30)
_EXCEL_DAYS = range(36_526, 55_154)  # 2000 to 2050


@dataclasses.dataclass(frozen=True)
class WrittenDate:
    """Day and month as written, the year if it was, and the words that stood beside them."""

    day: int
    month: int
    year: int | None = None
    note: str = ""

    def in_year(self, year: int) -> datetime.date | None:
        """The date in a year; None if there is no such day."""
        try:
            return datetime.date(year, self.month, self.day)
        except ValueError:
            return None


def read_heading(text: str, *, month_first: bool = False) -> WrittenDate | None:
    """The date that a heading begins with; None if it begins with none.

    With `month_first` 4/8 is the eighth of April.

    >>> read_heading("10.3.26 AGM")
    WrittenDate(day=10, month=3, year=2026, note='AGM')
    """
    text = " ".join(text.split())
    if text.isdecimal() and text.isascii():
        return _of_spreadsheet(int(text[:9]))
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            parts = found.groupdict()
            name = parts.get("name")
            day, month = int(parts["day"]), _NAMES[name.lower()] if name else int(parts["month"])
            if month_first and form in _FIGURES:
                day, month = month, day
            written = WrittenDate(day, month, _year(parts.get("year")), _note(parts["rest"]))
            # 2024 is a leap year: without a year, 29 February may be meant.
            if written.in_year(written.year or 2024):
                return written
    return None


def looks_like_date(text: str) -> bool:
    """Is this a date, in either order, or a month without its day?"""
    return (
        read_heading(text) is not None
        or read_heading(text, month_first=True) is not None
        or bool(_DATELIKE.fullmatch(text.strip()))
    )


def is_month_first(texts: Sequence[str]) -> bool:
    """Do dates in figures show that the month comes first: some as 5/13, and none as 13/5?"""
    swapped = [read_heading(text, month_first=True) for text in texts]
    plain = [read_heading(text) for text in texts]
    only = [bool(after) and not before for before, after in zip(plain, swapped, strict=True)]
    never = [bool(before) and not after for before, after in zip(plain, swapped, strict=True)]
    return any(only) and not any(never)


def year_alone(text: str) -> int | None:
    """The year, if the text is nothing but a year."""
    text = text.strip()
    return int(text) if _CALENDAR_YEAR.fullmatch(text) else None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    year = int(text)
    if len(text) == 4:
        return year or None
    return year + (1900 if year >= 80 else 2000)


def _note(rest: str) -> str:
    return rest.strip(" ,;:()[]–—-")


def _of_spreadsheet(number: int) -> WrittenDate | None:
    """The day that a spreadsheet shows as a number where it was not told that it is a date."""
    if number not in _EXCEL_DAYS:
        return None
    date = _EXCEL_EPOCH + datetime.timedelta(days=number)
    return WrittenDate(date.day, date.month, date.year, "")


def first_year(titles: Sequence[str], month: int) -> int | None:
    """The year of a first meeting in some month, from the titles above the table.

    "2025/26" is a year that begins in April, so that a first meeting in January is of 2026.
    """
    for title in titles:
        spanning = _FINANCIAL_YEAR.search(title)
        if spanning:
            return int(spanning[1]) + (month < 4)
        plain = _CALENDAR_YEAR.search(title)
        if plain:
            return int(plain[0])
    return None


def with_years(
    written: Sequence[WrittenDate | None],
    years: Sequence[int | None],
    year: int | None,
    titles: Sequence[str],
) -> list[datetime.date | None]:
    """Dates in full: columns run in one direction, so a year is that of the date beside it.

    Parameters
    ----------
    written : sequence of WrittenDate or None
        Above each column; None where no date could be read.
    years : sequence of int or None
        What a row of years above says of each column.
    year : int or None
        The year of the first meeting, where no date says it. Default: as the titles say.
    titles : sequence of str
        The lines above the table.
    """
    stated = [
        date and dataclasses.replace(date, year=date.year or above)
        for date, above in zip(written, years, strict=True)
    ]
    last_first = _days_passing(stated) > _days_passing(stated[::-1])
    in_order = stated[::-1] if last_first else stated
    first = next((date for date in in_order if date), None)
    start = year or (first_year(titles, first.month) if first else None)
    full = _forward(in_order, start)
    return full[::-1] if last_first else full


def _days_passing(dates: Sequence[WrittenDate | None]) -> int:
    """About how many days pass if each date is the first such day after the one before."""
    days = [31 * date.month + date.day for date in dates if date]
    return sum((later - earlier) % 372 for earlier, later in itertools.pairwise(days))


def _forward(dates: Sequence[WrittenDate | None], start: int | None) -> list[datetime.date | None]:
    full: list[datetime.date | None] = []
    before: datetime.date | None = None
    for place, date in enumerate(dates):
        found = None
        if date is not None and date.year is not None:
            found = date.in_year(date.year)
        elif date is not None:
            found = _beside(date, before, dates[place + 1 :], start)
        before = found or before
        full.append(found)
    return full


def _beside(
    date: WrittenDate,
    before: datetime.date | None,
    following: Sequence[WrittenDate | None],
    start: int | None,
) -> datetime.date | None:
    """The first such day after the date before it, else the last one before the next in full."""
    if before is not None:
        days = (date.in_year(year) for year in range(before.year, before.year + 9))
        return next((day for day in days if day and day >= before), None)
    if start is not None:
        return date.in_year(start)
    stated = (other.in_year(other.year) for other in following if other and other.year)
    after = next((day for day in stated if day), None)
    if after is None:
        return None
    days = (date.in_year(year) for year in range(after.year, after.year - 9, -1))
    return next((day for day in days if day and day <= after), None)
