"""Where things stand in a register: the line of dates, the names, and what each line is."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Sequence

from participation_stats.errors import SourceError

from .dates import (
    WrittenDate,
    is_month_first,
    looks_like_date,
    read_heading,
    with_years,
    year_alone,
)
from .marks import meanings_of, says_cancelled
from .sheets import Line, dates_in

_NAME = re.compile(
    r"((full |first |fore|given |last |sur|family |member'?s? |resident'?s? )?names?( of .*)?"
    r"|members?|residents?|persons?|people|attendees?|who)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(grand |sub-?)?(totals?|sums?)\b.*|.*\btotals?|attendances?|count|quorum.*|p|a|ap"
    r"|(number |no\.? |times )?(present|attended|in attendance)\b.*"
    r"|(number |no\.? )?(of )?(apologies|absen(t|ces?))\b.*",
    re.IGNORECASE,
)
_SHARE = re.compile(r".*%.*|per ?cent.*|rate|proportion", re.IGNORECASE)
_HEADS = re.compile(r".*\b(head ?count|public|visitors|guests|observers)\b.*", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*(n\.?b\b|notes?\b|key\b|p\.?s\.?\b|\*|sheet kept|legend|source|vacan(t|cy)\b)",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r".*\b(committee|residents?|attendance|attending|officers?|councillors?|staff|landlord|guests?"
    r"|visitors?|members?|board|others?|partners?|co-?opted|tenants?|leaseholders?|observers?)\b.*",
    re.IGNORECASE,
)
#: Lines about the meetings and not about a person.
_ABOUT_MEETING = re.compile(
    r"(quorum|quorate)\b.*|venue|location|chaired by|minutes( \w+)?|agenda|topic|format"
    r"|(type|length|start|end) of meeting|(start |end )?time",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+([.,]\d+)?%?|#[A-Z/0]+[!?]?|=.*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class DateColumn:
    """One column under a date: held, cancelled, blank (nobody is marked) or unreadable."""

    place: int
    heading: str
    date: datetime.date | None
    status: str
    note: str


@dataclasses.dataclass(frozen=True)
class SortedLine:
    """A line below the dates and what it is; of a person, under which section heading."""

    line: Line
    kind: str
    section: str = ""


@dataclasses.dataclass(frozen=True)
class RegisterLayout:
    """A register taken apart; every line of the file is in `above`, `header` or `below`."""

    above: tuple[tuple[Line, str], ...]
    header: Line
    below: tuple[SortedLine, ...]
    dates: tuple[DateColumn, ...]
    names: tuple[int, ...]
    totals: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def people(self) -> list[SortedLine]:
        """The lines of people."""
        return [line for line in self.below if line.kind == "person"]

    def name_of(self, line: Line) -> str:
        """What stands in the columns of names."""
        return " ".join(" ".join(line.cells[place].split()) for place in self.names).strip()


def lay_out(lines: Sequence[Line], year: int | None, where: str) -> RegisterLayout:
    """Find the line of dates, the columns and the kind of each line.

    Raises
    ------
    SourceError
        If there are no dates across the top, or no names to the left of them.
    """
    at = _header_at(lines, where)
    header = lines[at]
    places = _date_places(header, lines[at + 1 :])
    names = _name_places(header, lines[at + 1 :], places[0])
    if not names:
        raise SourceError(
            "no column of names stands to the left of the dates",
            where=where,
            expected="people down the side, dates across the top",
            got=", ".join(filter(None, header.cells[:5])),
        )
    above = tuple((line, _kind_above(line, places)) for line in lines[:at])
    below = _sorted(lines[at + 1 :], names, places)
    rest = [place for place in range(len(header.cells)) if place not in {*names, *places}]
    totals = tuple(place for place in rest if _is_total(header.cells[place]))
    return RegisterLayout(
        above=above,
        header=header,
        below=below,
        dates=_dated(header, places, above, below, year),
        names=names,
        totals=totals,
        others=tuple(place for place in rest if place not in totals),
    )


def _header_at(lines: Sequence[Line], where: str) -> int:
    def merit(at: int) -> tuple[int, bool]:
        named = any(_NAME.fullmatch(cell.strip()) for cell in lines[at].cells)
        return dates_in(lines[at]), named

    best = max(range(len(lines)), key=merit, default=None)
    if best is None or not dates_in(lines[best]):
        raise SourceError(
            "no dates stand across the top",
            where=where,
            expected="an attendance register: people down the side, a date above each meeting",
            hint="write the dates as 2025-04-08, or use ps.read_table for a plain table",
        )
    return best


def _date_places(header: Line, below: Sequence[Line]) -> list[int]:
    """The columns of meetings: under a date, between two dates, or full of marks."""
    dated = [place for place, cell in enumerate(header.cells) if looks_like_date(cell)]
    places = list(dated)
    for place in range(dated[0] + 1, len(header.cells)):
        heading = header.cells[place].strip()
        if place in dated or _is_total(heading):
            continue
        cells = [line.cells[place].strip() for line in below]
        between = bool(heading) and place < dated[-1] and any(cells)
        if between or _full_of_marks(cells):
            places.append(place)
    return sorted(places)


def _full_of_marks(cells: Sequence[str]) -> bool:
    stated = [cell for cell in cells if cell and not _NUMBER.fullmatch(cell)]
    meant = meanings_of(stated, {}, {})
    known = [cell for cell in stated if meant[cell] not in (None, "not_recorded")]
    return len(known) > len(stated) / 2


def _is_total(heading: str) -> bool:
    heading = heading.strip()
    return bool(_TOTAL.fullmatch(heading) or _SHARE.fullmatch(heading))


def _name_places(header: Line, below: Sequence[Line], end: int) -> tuple[int, ...]:
    named = [place for place in range(end) if _NAME.fullmatch(header.cells[place].strip())]
    if named:
        parts = [place for place in named if "name" in header.cells[place].lower()]
        return tuple(parts or named[:1])
    words = {
        place: len({line.cells[place] for line in below if _wordy(line.cells[place])})
        for place in range(end)
    }
    best = max(words, key=lambda place: words[place], default=None)
    return (best,) if best is not None and words[best] else ()


def _wordy(cell: str) -> bool:
    return any(letter.isalpha() for letter in cell) and not _NUMBER.fullmatch(cell.strip())


def _kind_above(line: Line, places: Sequence[int]) -> str:
    if not line.filled:
        return "empty row"
    if "=" in line.text:
        return "key"
    # A year beside the dates and not over them is that of the first.
    return "years" if _years(line, places) else "title"


def _years(line: Line, places: Sequence[int]) -> dict[int, int]:
    years = {place: year_alone(line.cells[place]) for place in places}
    return {place: year for place, year in years.items() if year}


def _sorted(
    lines: Sequence[Line], names: tuple[int, ...], places: list[int]
) -> tuple[SortedLine, ...]:
    last = max(
        (at for at, line in enumerate(lines) if _has_marks(line, places)), default=len(lines)
    )
    found, section = [], ""
    for at, line in enumerate(lines):
        kind = _kind(line, names, places, after=at > last)
        if kind == "section heading":
            section = " ".join(line.cells[line.filled[0]].split())
        found.append(SortedLine(line, kind, section if kind == "person" else ""))
    return tuple(found)


def _has_marks(line: Line, places: list[int]) -> bool:
    cells = [line.cells[place].strip() for place in places]
    return any(cell and not _NUMBER.fullmatch(cell) for cell in cells)


def _kind(line: Line, names: tuple[int, ...], places: list[int], *, after: bool) -> str:
    filled = line.filled
    if not filled:
        return "empty row"
    first = line.cells[filled[0]].strip()
    label = " ".join(line.cells[place].strip() for place in names).strip() or (
        first if filled[0] < places[0] else ""
    )
    cells = [line.cells[place].strip() for place in places]
    counts = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    numeric = all(cell in counts for cell in cells if cell)
    if first.startswith("=") and len(filled) == 1:
        return "stray formula"
    if any(cells) and all(map(looks_like_date, filter(None, cells))):
        return "header again"
    if _ABOUT_MEETING.fullmatch(label):
        return "about the meetings"
    if numeric and _HEADS.fullmatch(label) and counts:
        return "head count"
    if numeric and _TOTAL.fullmatch(label) and (counts or label.casefold().startswith("total")):
        return "totals"
    more = [cell for cell in counts if cell not in ("0", "1")]
    if numeric and len(more) > (len(counts) / 2 if label else 0):
        return "totals"
    if len(filled) == 1 and filled[0] < places[0]:
        return _kind_alone(first, filled[0] in names, after=after)
    return "person" if any(cells) or any(line.cells[place].strip() for place in names) else "note"


def _kind_alone(text: str, in_names: bool, *, after: bool) -> str:
    """What a line with one filled cell is."""
    if _NOTE.match(text) or {":", "="} & set(text) or len(text.split()) > 6 or not _wordy(text):
        return "note"
    if _SECTION.fullmatch(text) and not after:
        return "section heading"
    if in_names:
        return "person"
    return "note" if after else "section heading"


def _dated(
    header: Line,
    places: list[int],
    above: Sequence[tuple[Line, str]],
    below: Sequence[SortedLine],
    year: int | None,
) -> tuple[DateColumn, ...]:
    headings = [" ".join(header.cells[place].split()) for place in places]
    month_first = is_month_first(headings)
    written = [read_heading(heading, month_first=month_first) for heading in headings]
    titles = [line.text for line, kind in above if kind == "title"]
    full = with_years(written, _years_above(above, places), year, titles)
    return tuple(
        DateColumn(
            place, heading, date, _status(place, heading, date, below), _note(heading, parts)
        )
        for place, heading, date, parts in zip(places, headings, full, written, strict=True)
    )


def _note(heading: str, written: WrittenDate | None) -> str:
    return written.note if written else ""


def _years_above(above: Sequence[tuple[Line, str]], places: list[int]) -> list[int | None]:
    """The year over each column; it stands once, over the first of its columns."""
    found: dict[int, int] = {}
    for line, kind in above:
        if kind == "years":
            found |= _years(line, places)
    over: list[int | None] = []
    for place in places:
        left = [at for at in found if at <= place]
        over.append(found[max(left)] if left else None)
    return over


def _status(
    place: int, heading: str, date: datetime.date | None, below: Sequence[SortedLine]
) -> str:
    cells = [line.line.cells[place].strip() for line in below if line.kind == "person"]
    stated = [cell for cell in cells if cell]
    if not [cell for cell in stated if not says_cancelled(cell)] and (
        says_cancelled(heading) or stated
    ):
        return "cancelled"
    if date is None:
        return "unreadable"
    return "held" if stated else "blank"
