"""The frames that a register becomes: of its marks, lines, columns and totals, and the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .attendees import Attendee
from .layouts import RegisterLayout
from .marks import STATUSES, says_cancelled

_KIND = re.compile(r"\b(AGM|EGM|SGM)\b", re.IGNORECASE)
_COUNT = re.compile(r"\d+(\.0+)?")


def frame_of(rows: Sequence[tuple[Any, ...]], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Rows as a frame with these columns and kinds, also where there are no rows."""
    frame = pd.DataFrame(list(rows), columns=list(kinds), dtype=object)
    return frame.astype(dict(kinds))


def columns_frame(layout: RegisterLayout, body_id: str) -> pd.DataFrame:
    """One row for each column under a date."""
    seen: dict[str, int] = {}
    rows = []
    for column in layout.dates:
        meeting = None
        if column.status == "held":
            meeting = f"{body_id}-{column.date}"
            seen[meeting] = seen.get(meeting, 0) + 1
            meeting += f"-{seen[meeting]}" if seen[meeting] > 1 else ""
        kind = _KIND.search(column.heading)
        rows.append(
            (
                column.place + 1,
                column.heading,
                column.date,
                meeting,
                kind[0].upper() if kind else "meeting",
                column.status,
                column.note or None,
            )
        )
    texts = dict.fromkeys(("meeting_id", "kind", "status", "note"), "str")
    kinds = {"column": "int64", "heading": "str", "date": "datetime64[us]", **texts}
    return frame_of(rows, kinds)


def rows_frame(attendees: Sequence[Attendee]) -> pd.DataFrame:
    """One row for each line of a person."""
    rows = [
        (one.line.line.number, one.person_id, one.line.section, one.capacity, one.same_as)
        for one in attendees
    ]
    kinds = {"row": "int64", "person_id": "str", "section": "str", "capacity": "str"}
    return frame_of(rows, {**kinds, "same_as": "Int64"})


def marks_frame(
    attendees: Sequence[Attendee], columns: pd.DataFrame, meanings: Mapping[str, str | None]
) -> pd.DataFrame:
    """One row for each cell under a date."""
    rows = []
    for one in attendees:
        for column, meeting, status in zip(
            columns["column"], columns["meeting_id"], columns["status"], strict=True
        ):
            mark = one.line.line.cells[column - 1].strip()
            called_off = status == "cancelled" and says_cancelled(mark)
            meaning = "cancelled" if called_off else meanings[mark]
            rows.append((one.line.line.number, column, one.person_id, meeting, mark, meaning))
    kinds = {"row": "int64", "column": "int64"}
    texts = dict.fromkeys(("person_id", "meeting_id", "mark", "meaning"), "str")
    return _without_returns(frame_of(rows, {**kinds, **texts}), columns)


def _without_returns(marks: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Who is marked as there after having left has not left: what the mark says is not known."""
    date = marks["column"].map(columns.set_index("column")["date"])
    last = date.where(marks["meaning"].isin(STATUSES)).groupby(marks["row"]).transform("max")
    returned = marks["meaning"].eq("left") & (date < last)
    return marks.assign(meaning=marks["meaning"].mask(returned))


def attendance_frame(marks: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each person at each meeting held; of two lines the stronger mark counts."""
    stated = marks[marks["meaning"].isin(STATUSES) & marks["meeting_id"].notna()]
    strength = stated["meaning"].map({status: rank for rank, status in enumerate(STATUSES)})
    order = stated.assign(strength=strength.astype("int64")).sort_values(
        ["column", "strength", "row"], kind="stable"
    )
    once = order.drop_duplicates(["meeting_id", "person_id"]).sort_values(["column", "row"])
    capacity = once["row"].map(rows.set_index("row")["capacity"]).astype("str")
    table = once.rename(columns={"meaning": "status"}).assign(capacity=capacity)
    return table[["meeting_id", "person_id", "status", "capacity"]].reset_index(drop=True)


def meetings_frame(columns: pd.DataFrame, body_id: str) -> pd.DataFrame:
    """The meetings that were held."""
    held = columns[columns["meeting_id"].notna()].assign(body_id=body_id)
    return held[["meeting_id", "body_id", "date"]].astype({"body_id": "str"}).reset_index(drop=True)


def people_frame(
    layout: RegisterLayout, attendees: Sequence[Attendee], *, keep_names: bool
) -> pd.DataFrame:
    """One row for each person, as on the first of the person's lines."""
    first = {one.person_id: one for one in reversed(attendees)}
    people = [first[name] for name in sorted(first, key=lambda name: int(name[1:]))]
    rows = [(one.person_id, one.capacity, one.organisation) for one in people]
    table = frame_of(rows, dict.fromkeys(("person_id", "capacity", "organisation"), "str"))
    if not keep_names:
        return table
    table["name"] = [one.name or None for one in people]
    for place in layout.others:
        heading = layout.header.cells[place].strip() or f"column {place + 1}"
        if heading not in table:
            cells = [one.line.line.cells[place].strip() or None for one in people]
            table[heading] = pd.Series(cells, dtype="str")
    return table.astype({"name": "str"})


def totals_frame(
    layout: RegisterLayout, marks: pd.DataFrame, rows: pd.DataFrame, columns: pd.DataFrame
) -> pd.DataFrame:
    """Totals as stated, beside the same counted again over the lines as they stand."""
    held = set(columns.loc[columns["status"].eq("held"), "column"])
    residents = set(rows.loc[rows["capacity"].eq("resident"), "row"])
    cells = marks[marks["column"].isin(held)]

    def count(what: str, row: int | None, column: int | None) -> tuple[int | None, ...]:
        """Lines, lines of residents, people."""
        if what == "head count":
            return None, None, None
        chosen = cells["meaning"].eq(what)
        chosen &= True if row is None else cells["row"].eq(row)
        chosen &= True if column is None else cells["column"].eq(column)
        own = chosen & cells["row"].isin(residents)
        once = cells[chosen].drop_duplicates(["column", "person_id"])
        return int(chosen.sum()), int(own.sum()), len(once)

    found: list[tuple[Any, ...]] = []
    for place in layout.totals:
        what = _what(layout.header.cells[place])
        for entry in layout.people:
            stated = entry.line.cells[place].strip()
            if what and stated:
                whole = count(what, entry.line.number, None)[0]
                found.append((entry.line.number, place + 1, what, stated, whole, whole, whole))
    for entry in layout.below:
        if entry.kind not in ("totals", "head count"):
            continue
        what = "head count" if entry.kind == "head count" else _what(layout.name_of(entry.line))
        places = [column.place for column in layout.dates]
        for place in [*places, *(place for place in layout.totals if what == "present")]:
            stated = entry.line.cells[place].strip()
            over = place + 1 if place in places else None
            if what and stated and (over or _what(layout.header.cells[place]) == what):
                found.append((entry.line.number, place + 1, what, stated, *count(what, None, over)))
    kinds = {"row": "int64", "column": "int64", "what": "str", "stated": "str"}
    counts = dict.fromkeys(("counted", "counted_residents", "counted_once"), "Int64")
    return frame_of(found, {**kinds, **counts})


def _what(label: str) -> str | None:
    """What a total counts, by its label; None for a share."""
    label = label.strip().casefold()
    if "%" in label or "cent" in label or label in ("rate", "proportion") or "quor" in label:
        return None
    if "apol" in label or label == "ap":
        return "apologies"
    return "absent" if "absen" in label or label == "a" else "present"


def stated_number(text: str) -> int | None:
    """A total as a number; None for ``#REF!`` or a formula."""
    return int(float(text)) if _COUNT.fullmatch(text) else None


def apart_frame(layout: RegisterLayout) -> pd.DataFrame:
    """The lines that are nobody's."""
    rows = [(line.number, line.text, kind) for line, kind in layout.above]
    rows.append((layout.header.number, layout.header.text, "header"))
    rows += [
        (entry.line.number, entry.line.text, entry.kind)
        for entry in layout.below
        if entry.kind != "person"
    ]
    return frame_of(rows, {"row": "int64", "text": "str", "reason": "str"})
