"""The people of a register: who stands on two lines, and in what right each came."""

from __future__ import annotations

import dataclasses
import re
import unicodedata

from participation_stats.intake.spelling import normal

from .layouts import RegisterLayout, SortedLine

_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "rev", "cllr", "councillor", "prof", "sir", "dame")
)
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]?")
_NOBODY = re.compile(r"(anon\w*|unknown|no name|not given|n/?a|name not .*|\?+|-+)", re.IGNORECASE)
_TWO = re.compile(r"\s(&|and|\+)\s|\S&\S", re.IGNORECASE)
_COUNCILLOR = re.compile(r"\b(cllr|councillors?|alderman)\b", re.IGNORECASE)
_OFFICER = re.compile(r"\b(council|borough|local authority)\b", re.IGNORECASE)
_STAFF = re.compile(
    r"\b(homes|housing|landlord|police|contractors?|trust|ltd|limited|staff|charity"
    r"|school|nhs|services|company)\b",
    re.IGNORECASE,
)
#: Headings over people who are not of the residents.
_GUESTS = re.compile(
    r"\b(in attendance|staff|landlord|guests?|visitors?|partners?|organisations?|professionals?)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(r"capacity|role|position|post|job( title)?", re.IGNORECASE)
_SENDER = re.compile(r"organi[sz]ation|representing|employer|from", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Attendee:
    """One line of a register about a person.

    `same_as` is the line of the file on which the person stands before, `doubt` why a person
    should look at the line, in words that name nobody.
    """

    line: SortedLine
    person_id: str
    name: str
    capacity: str | None
    organisation: str | None
    same_as: int | None
    doubt: str


def find_attendees(
    layout: RegisterLayout, capacity: str | None, *, merge: bool
) -> tuple[Attendee, ...]:
    """Everybody on the register in order, under pseudonyms made from that order."""
    people = layout.people
    digits = max(2, len(str(len(people))))
    named: dict[str, list[Attendee]] = {}
    found: list[Attendee] = []
    for entry in people:
        name = layout.name_of(entry.line)
        key = _key(name)
        earlier = next(
            (one for one in named.get(key, []) if _may_be_one(layout, one, entry, name)), None
        )
        ids = {one.person_id for one in found}
        own = f"p{len(ids) + 1:0{digits}d}"
        right, organisation = _capacity(layout, entry, name, capacity)
        attendee = Attendee(
            line=entry,
            person_id=earlier.person_id if earlier and merge else own,
            name=name,
            capacity=right,
            organisation=organisation,
            same_as=earlier.line.line.number if earlier else None,
            doubt=_doubt(name, key, named),
        )
        found.append(attendee)
        if key:
            named.setdefault(key, []).append(attendee)
    return tuple(found)


def _key(name: str) -> str:
    """What is left of a name without title, brackets, accents and stops; empty for nobody."""
    bare = _BRACKETS.sub(" ", name).strip()
    if not bare or _NOBODY.fullmatch(bare):
        return ""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", bare)
        if not unicodedata.combining(letter)
    )
    words = re.sub(r"[\W_]+", " ", plain.casefold()).split()
    rest = [word for word in words if word not in _TITLES]
    return " ".join(rest)


def _title(name: str) -> str:
    first = re.match(r"[^\W\d_]+", name.strip())
    word = first[0].casefold() if first else ""
    return word if word in ("mr", "mrs", "ms", "miss") else ""


def _may_be_one(layout: RegisterLayout, one: Attendee, entry: SortedLine, name: str) -> bool:
    """Nothing on the two lines says that they are two people of one name."""
    titles = {_title(one.name), _title(name)} - {""}
    if len(titles) > 1:
        return False
    for place in layout.others:
        if re.fullmatch(r"(no\.?|#|nr|number)?", layout.header.cells[place].strip(), re.IGNORECASE):
            continue
        said = {normal(one.line.line.cells[place]), normal(entry.line.cells[place])} - {""}
        if len(said) > 1:
            return False
    return True


def _doubt(name: str, key: str, named: dict[str, list[Attendee]]) -> str:
    if not key:
        return "no name"
    if _TWO.search(_BRACKETS.sub(" ", name)):
        return "one line for two people"
    return "another line has this name" if key in named else ""


def _capacity(
    layout: RegisterLayout, entry: SortedLine, name: str, usual: str | None
) -> tuple[str | None, str | None]:
    """In what right a person came, by title, brackets, role and section; and who sends them."""
    brackets = [text.strip("()[] ") for text in _BRACKETS.findall(name)]
    senders = [*_under(layout, entry, _SENDER), *brackets]
    own = " ".join([*senders, *_under(layout, entry, _ROLE)])
    if _COUNCILLOR.search(f"{name} {own} {entry.section}"):
        return "councillor", None
    sender = next((text for text in senders if _OFFICER.search(text) or _STAFF.search(text)), None)
    # A section of council tenants is one of residents: its words count for guests alone.
    said = f"{own} {entry.section}" if _GUESTS.search(entry.section) else own
    if _OFFICER.search(said):
        return "officer", sender
    if _STAFF.search(said):
        return "staff", sender
    if said != own:
        return "other", sender
    return usual, None


def _under(layout: RegisterLayout, entry: SortedLine, heading: re.Pattern[str]) -> list[str]:
    """What a line says in the columns of such headings."""
    cells = [
        entry.line.cells[place].strip()
        for place in layout.others
        if heading.fullmatch(layout.header.cells[place].strip())
    ]
    return [cell for cell in cells if cell]
